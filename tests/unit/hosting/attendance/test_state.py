"""What records say: exact minutes, boundaries, order against clocks, marks against arrivals, examinations."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.hosting.attendance.state import Rule, Slot, Times, state_of, times_of
from training.hosting.models import Part
from training.hosting.service.timetable import HalfDay

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
RULE = Rule()


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


HALF = HalfDay(1, 1, 1, at(0), at(210), 180, examination=False)
TIMES = Times(HALF, (Slot(at(0), at(90)), Slot(at(120), at(210))), at(0))  # a break from 90 to 120
EXAM = Times(HalfDay(6, 3, 2, at(0), at(180), 180, examination=True), (Slot(at(0), at(180)),), at(0), at(0))


@dataclass
class Said:
    seq: int
    what: str
    at: datetime = START
    minutes: int | None = None
    id: UUID = field(default_factory=uuid4)


def test_nobody_of_whom_nothing_is_known_is_absent_or_there() -> None:
    state = state_of(TIMES, [], RULE)
    assert (state.status, state.exact, state.attended) == ("open", 0, False)


def test_breaks_are_no_contact_time() -> None:
    state = state_of(TIMES, [Said(1, "arrived", at(-5)), Said(2, "left", at(100)), Said(3, "arrived", at(110))], RULE)
    assert (state.exact, state.contact, state.status, state.attended) == (180, 180, "present", True)


@pytest.mark.parametrize(
    ("seconds", "attended"),
    [(45 * 60 - 1, True), (45 * 60, True), (45 * 60 + Fraction(1, 1000), False), (45 * 60 + 1, False)],
)
def test_three_quarters_of_the_contact_minutes_count_to_the_millisecond(seconds: Fraction, attended: bool) -> None:  # noqa: FBT001
    late = Said(1, "arrived", START + timedelta(microseconds=int(seconds * 1_000_000)))
    state = state_of(TIMES, [late], RULE)
    assert state.exact == 180 - Fraction(seconds) / 60
    assert state.attended is attended


def test_whole_minutes_decide_the_same_as_exact_ones_on_both_sides_of_the_line() -> None:
    odd = Times(HalfDay(3, 2, 1, at(0), at(210), 210, examination=False), (Slot(at(0), at(210)),), at(0))
    for seconds, whole in ((52.5 * 60, 158), (52.5 * 60 + 1, 157)):  # 75 % are 157.5 minutes
        state = state_of(odd, [Said(1, "arrived", START + timedelta(seconds=seconds))], RULE)
        assert (state.minutes, state.attended) == (whole, whole == 158)
        assert state.shown == whole


@pytest.mark.parametrize(
    ("late", "words"),
    [(23.04, (23, 157)), (0.4, (0, 180)), (10.02, (11, 170)), (10, (10, 170)), (45, (45, 135)), (45.4, (45, 134))],
)
def test_minutes_are_shown_whole_and_tell_the_same_as_the_exact_ones(late: float, words: tuple[int, int]) -> None:
    state = state_of(TIMES, [Said(1, "arrived", at(late))], RULE)
    assert (state.late_shown, state.shown) == words
    assert state.contact_shown == 180
    assert (state.late_shown > RULE.late) == (state.status == "late")
    assert (state.shown >= 135) == state.attended


@pytest.mark.parametrize(("seconds", "status"), [(600, "present"), (601, "late"), (599, "present")])
def test_late_begins_after_the_minutes_of_the_session(seconds: int, status: str) -> None:
    state = state_of(TIMES, [Said(1, "arrived", START + timedelta(seconds=seconds))], RULE)
    assert (state.status, state.late) == (status, Fraction(seconds, 60))


def test_a_half_day_that_began_late_makes_nobody_late() -> None:
    part = Part(day=1, half=1, starts_at=at(0), minutes=60, kind="L", began_at=at(15), ended_at=at(70))
    state = state_of(times_of(HALF, [part]), [Said(1, "arrived", at(14))], RULE)
    assert (state.status, state.late, state.exact, state.contact) == ("present", 0, 55, 55)


def test_slots_that_overlap_in_truth_are_not_counted_twice() -> None:
    one = Part(day=1, half=1, starts_at=at(0), minutes=60, kind="L", began_at=at(0), ended_at=at(70))
    two = Part(day=1, half=1, starts_at=at(60), minutes=60, kind="P", began_at=None, ended_at=None)
    pause = Part(day=1, half=1, starts_at=at(120), minutes=60, kind="break", began_at=None, ended_at=None)
    times = times_of(HALF, [two, pause, one])
    assert times.contact == 120
    assert state_of(times, [Said(1, "present")], RULE).exact == 120


def test_a_clock_that_is_set_back_reorders_no_arrivals_and_makes_no_negative_time() -> None:
    back = [Said(1, "arrived", at(30)), Said(2, "left", at(-600)), Said(3, "arrived", at(40))]
    state = state_of(TIMES, back, RULE)
    assert state.exact == 50 + 90  # from 40 on: the departure counts as at 30
    assert [one.seq for one in state.records] == [1, 2, 3]


def test_early_scans_wait_and_count_from_their_own_moment_when_check_in_opens() -> None:
    early = [Said(1, "waiting", at(-20))]
    assert state_of(TIMES, early, RULE, opened=False).status == "waiting"
    opened = state_of(TIMES, early, RULE, opened=True)
    assert (opened.status, opened.late, opened.exact) == ("present", 0, 180)


def test_the_word_of_the_staff_holds_over_arrivals_before_it_and_one_who_comes_after_absent_is_there() -> None:
    scanned = Said(1, "arrived", at(0))
    assert state_of(TIMES, [scanned, Said(2, "absent")], RULE).status == "absent"
    came = state_of(TIMES, [Said(1, "absent", at(5)), Said(2, "arrived", at(60))], RULE)
    assert (came.status, came.exact) == ("late", 120)
    assert state_of(TIMES, [Said(1, "present"), Said(2, "arrived", at(60))], RULE).exact == 180
    assert state_of(TIMES, [Said(1, "late", minutes=20)], RULE).exact == 160
    assert state_of(TIMES, [Said(1, "late", minutes=5)], RULE).status == "late"
    fixed = state_of(TIMES, [scanned, Said(2, "present", minutes=135)], RULE)
    assert (fixed.exact, fixed.attended) == (135, True)
    assert not state_of(TIMES, [scanned, Said(2, "present", minutes=134)], RULE).attended


def test_marks_that_are_taken_back_let_arrivals_count_again() -> None:
    said = [Said(1, "arrived", at(0)), Said(2, "absent"), Said(3, "left", at(60)), Said(4, "void")]
    state = state_of(TIMES, said, RULE)
    assert (state.status, state.exact, state.gone) == ("present", 60, True)


def test_excused_is_not_attended() -> None:
    state = state_of(TIMES, [Said(1, "excused")], RULE)
    assert (state.status, state.exact, state.attended) == ("excused", 0, False)


@pytest.mark.parametrize(("minutes", "admitted"), [(0, True), (30, True), (30.001, False), (40, False)])
def test_an_examination_is_entered_within_thirty_minutes(minutes: float, admitted: bool) -> None:  # noqa: FBT001
    state = state_of(EXAM, [Said(1, "arrived", at(minutes))], RULE)
    assert state.admitted is admitted
    assert state.attended is admitted  # 140 of 180 minutes would do otherwise


def test_an_instructor_admits_or_does_not() -> None:
    late = Said(1, "arrived", at(40))
    assert state_of(EXAM, [late, Said(2, "admitted")], RULE).attended
    assert not state_of(EXAM, [Said(1, "arrived", at(0)), Said(2, "barred")], RULE).attended
    assert state_of(TIMES, [late], RULE).admitted is None


WHATS = st.sampled_from(
    ["waiting", "arrived", "left", "present", "late", "excused", "absent", "admitted", "barred", "void"]
)
RECORDS = st.lists(
    st.tuples(WHATS, st.integers(-10_000, 10_000), st.none() | st.integers(0, 400), st.booleans()), max_size=12
)


@given(RECORDS, st.booleans(), st.randoms(use_true_random=False))
def test_whatever_clocks_retries_and_order_of_reading_do_the_state_is_sound(
    drawn: list[tuple[str, int, int | None, bool]],
    opened: bool,  # noqa: FBT001
    shuffle: random.Random,
) -> None:
    said: list[Said] = []
    twice: list[Said] = []
    for what, minute, minutes, again in drawn:
        given_minutes = minutes if what in {"present", "late", "excused"} else None
        said.append(Said(2 * len(said) + 1, what, at(minute), given_minutes))
        twice.append(said[-1])
        if again:  # a retry that slipped through: the same, directly afterwards
            twice.append(Said(said[-1].seq + 1, what, at(minute), given_minutes))
    for times in (TIMES, EXAM):
        state = state_of(times, said, RULE, opened=opened)
        assert 0 <= state.exact <= state.contact
        assert 0 <= state.minutes <= times.half.minutes
        assert (state.minutes * 4 >= times.half.minutes * 3) is (state.exact * 4 >= state.contact * 3)
        assert state.late >= 0
        assert not state.attended or state.exact * 4 >= state.contact * 3
        assert not (times is EXAM and state.attended and not state.admitted)
        mixed = list(said)
        shuffle.shuffle(mixed)
        assert state_of(times, mixed, RULE, opened=opened) == state
        doubled = state_of(times, twice, RULE, opened=opened)
        assert (doubled.exact, doubled.status, doubled.attended) == (state.exact, state.status, state.attended)
