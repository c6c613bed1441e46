from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from training.grading.credit import History, Tried, standing
from training.grading.late import Timeline, share

T = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
HOUR, TICK = timedelta(hours=1), timedelta(microseconds=1)
ROWS = [["2026-03-10T12:00:00Z", 100], ["2026-03-10T13:00:00Z", 60], ["2026-03-10T14:00:00Z", 25]]


def line(after: str = "closed") -> Timeline:
    return Timeline.of(ROWS, after)


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (T - timedelta(days=400), 1.0),
        (T, 1.0),
        (T + TICK, 0.6),
        (T + HOUR, 0.6),
        (T + HOUR + TICK, 0.25),
        (T + 2 * HOUR, 0.25),
        (T + 2 * HOUR + TICK, None),
        (datetime(2026, 3, 10, 13, 0, tzinfo=timezone(HOUR)), 1.0),
    ],
)
def test_a_date_counts_up_to_its_own_moment(received: datetime, expected: float | None) -> None:
    assert share(line(), received) == expected
    assert share(line("practice"), received) == (0.0 if expected is None else expected)


def test_extra_time_moves_every_date() -> None:
    extra = timedelta(minutes=30)
    assert share(line(), T + extra, extra) == 1.0
    assert share(line(), T + extra + TICK, extra) == 0.6
    assert share(line(), T + 2 * HOUR + extra, extra) == 0.25
    assert share(line(), T + 2 * HOUR + extra + TICK, extra) is None
    assert line().moved(extra).rows[0] == ["2026-03-10T12:30:00+00:00", 100.0]
    assert share(line("practice"), T + 2 * HOUR + extra + TICK, extra) == 0.0
    moved = [[f"2026-03-10T{hour}:30:00Z", percent] for hour, percent in ((12, 100), (13, 60), (14, 25))]
    assert [line(after).moved(extra) for after in ("closed", "practice")] == [
        Timeline.of(moved), Timeline.of(moved, "practice")
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"^extra time is never less than none$"):
        share(line(), T, -TICK)


def test_without_dates_nothing_is_ever_late() -> None:
    assert share(Timeline(), T) == share(Timeline(after="practice"), T) == 1.0
    assert share(Timeline(), T, -HOUR) == 1.0


def test_the_date_in_force_can_be_shown() -> None:
    found = line().in_force(T + TICK)
    assert found is not None
    assert (found.until, found.percent) == (T + HOUR, 60)
    assert line().in_force(T + 3 * HOUR) is None


def test_an_attempt_may_straddle_dates_and_keeps_what_it_earned() -> None:
    """Half the credit in time, all of it at 60 %, and the same again at 25 %."""
    history = History()
    earned = []
    for credit, received in ((0.5, T), (1.0, T + HOUR), (1.0, T + 2 * HOUR)):
        late = share(line(), received)
        assert late is not None
        history = history.and_then(Tried(credit, late))
        earned.append(standing([10, 10, 10], history).points)
    assert earned == pytest.approx([5, 8, 8])


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([["2026-03-10T12:00:00", 100]], "timezone"),
        ([["yesterday", 100]], "datetime"),
        ([["2026-03-10T12:00:00Z", 101]], "less than or equal to 100"),
        ([["2026-03-10T12:00:00Z", -1]], "greater than or equal to 0"),
        ([["2026-03-10T12:00:00Z"]], "^a date of a timeline is a time and a percentage$"),
        ([["2026-03-10T12:00:00Z", 100, 1]], "^a date of a timeline is a time and a percentage$"),
        ([["2026-03-10T12:00:00Z", 100], ["2026-03-10T12:00:00+00:00", 50]], "comes after the one before it"),
        ([["2026-03-10T12:00:00Z", 50], ["2026-03-10T12:00:01Z", 50]], "percentage falls"),
        ([[f"2026-03-{day:02}T12:00:00Z", 100 - day] for day in range(1, 13)], "at most 10"),
    ],
)
def test_what_is_no_timeline(rows: list[list[object]], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Timeline.of(rows)


def test_what_follows_the_last_date_is_one_of_two() -> None:
    with pytest.raises(ValidationError, match="'closed' or 'practice'"):
        Timeline.of([], "partial")


minutes = st.lists(st.integers(0, 500), min_size=1, max_size=5, unique=True).map(sorted)
percents = st.lists(st.integers(0, 100), min_size=5, max_size=5, unique=True).map(lambda all_: sorted(all_)[::-1])


@given(minutes, percents, st.integers(-60, 600), st.integers(0, 300), st.sampled_from(["closed", "practice"]))
def test_extra_time_is_never_a_loss_and_a_timeline_survives_json(
    dates: list[int], falling: list[int], at: int, extra: int, after: str
) -> None:
    rows = [[(T + timedelta(minutes=one)).isoformat(), percent] for one, percent in zip(dates, falling, strict=False)]
    timeline = Timeline.of(rows, after)
    assert Timeline.of(timeline.rows, after) == timeline
    received, more = T + timedelta(minutes=at), timedelta(minutes=extra)
    assert (share(timeline, received, more) or 0.0) >= (share(timeline, received) or 0.0)
    assert share(timeline, received + more, more) == share(timeline, received)
