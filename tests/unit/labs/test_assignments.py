"""Labs that are set: who begins on what, dates with extra time, late shares, limits, changes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.unit.labs import setting
from tests.unit.labs.conftest import LAB
from tests.unit.labs.setting import DAY, NOW, DeskOf, acts, change, give, teacher
from tests.unit.labs.test_findings import answer, prove
from training.audit import service as audit
from training.audit.models import Event
from training.errors import Conflict, NotThere, Refused
from training.labs.models import Assignment, Attempt, Finding
from training.labs.service import assignments, attempts, findings, results
from training.labs.service.terms import Terms
from training.store import Store
from training.web.rooms import Rooms

set_lab = setting.set_lab  # fixture
TIMES = st.integers(0, 60 * 24 * 10)


def test_an_attempt_belongs_to_what_is_set_when_it_is_begun(set_lab: Callable[..., UUID], desk_of: DeskOf) -> None:
    before = desk_of("colleague")
    made = set_lab()
    inside, outside = desk_of("trainee"), desk_of("stranger")
    with inside.rooms.store.reading() as session:
        belongs = [one.case(session).attempt.assignment_id for one in (before, inside, outside)]
    assert belongs == [None, made, None]


def test_what_is_not_open_yet_binds_nobody(set_lab: Callable[..., UUID], desk_of: DeskOf) -> None:
    set_lab(opens_at=NOW + DAY)
    desk = desk_of("trainee")
    with desk.rooms.store.reading() as session:
        assert desk.case(session).terms == Terms(None, timedelta(), NOW)


def test_a_late_finding_has_the_share_that_was_in_force_and_points_earned_earlier_stay(
    set_lab: Callable[..., UUID], desk_of: DeskOf, clock: Clock
) -> None:
    set_lab(dates=((NOW + DAY, 100), (NOW + 3 * DAY, 50)), after="practice")
    desk = desk_of("trainee")
    assert desk.submit("q1", answer(desk, "q1"), prove(desk, "q1")).finding
    clock.forward(days=2)
    late = desk.submit("q5", answer(desk, "q5"), prove(desk, "q5")).finding
    clock.forward(days=2)
    after = desk.submit("q7", answer(desk, "q7"), prove(desk, "q7")).finding
    assert late
    assert after
    assert [late.share, after.share] == [0.5, 0.0]
    worth = [desk.question(name).points[0] for name in ("q1", "q5", "q7")]
    assert [desk.progress(name).standing.points for name in ("q1", "q5", "q7")] == [worth[0], worth[1] / 2, 0]
    assert late.points == worth[1] / 2
    assert desk.progress("q7").solved


def test_after_the_last_date_nothing_is_accepted_and_the_date_is_said(
    set_lab: Callable[..., UUID], desk_of: DeskOf, clock: Clock
) -> None:
    set_lab(dates=((NOW + DAY, 100),))
    desk = desk_of("trainee")
    clock.forward(days=1)
    assert desk.submit("q1", "3", key="the-last-one").finding, "at exactly that time it is accepted"
    clock.forward(seconds=1)
    with pytest.raises(Conflict, match=r"The last date was 2026-11-26 09:00 UTC\."):
        desk.submit("q1", "4")
    assert desk.submit("q1", "3", key="the-last-one").repeated, "a repeated request still finds its finding"
    with pytest.raises(Conflict, match="The last date was"), desk.rooms.store.writing() as session:
        findings.take_hint(session, desk.case(session), desk.question("q1"), 1, clock())
    with pytest.raises(Conflict, match=r"'Week one' can't be begun any more\. The last date was"):
        desk_of("colleague")
    assert len(desk.progress("q1").findings) == 1


def test_extra_time_moves_every_date_and_the_limit_of_one_person(
    set_lab: Callable[..., UUID], desk_of: DeskOf, people: People, clock: Clock
) -> None:
    made = set_lab(dates=((NOW + DAY, 100), (NOW + 2 * DAY, 40)), minutes=60)
    desk, other = desk_of("trainee"), desk_of("colleague")
    give(desk.rooms, people, made, 30)
    clock.forward(minutes=80)
    done = desk.submit("q1", "3").finding
    assert done
    assert done.share == 1.0
    with pytest.raises(Conflict, match=r"The time of this attempt was up at 2026-11-25 10:00 UTC"):
        other.submit("q1", "3")
    with desk.rooms.store.reading() as session:
        terms = desk.case(session).terms
        assert assignments.at_work(session, session.get_one(Assignment, made), clock()) == 1, "the time of one is over"
    assert terms.ends_at == NOW + timedelta(minutes=90)
    assert terms.dates == ((NOW + DAY + timedelta(minutes=30), 100), (NOW + 2 * DAY + timedelta(minutes=30), 40))
    clock.forward(minutes=11)
    with pytest.raises(Conflict, match="up at 2026-11-25 10:30 UTC"):
        desk.submit("q1", "4")


def test_a_second_entry_replaces_the_first_and_the_log_says_so_once_each(
    set_lab: Callable[..., UUID], desk_of: DeskOf, people: People, store: Store
) -> None:
    made, desk = set_lab(), desk_of("trainee")
    for minutes in (30, 30, 45):
        give(desk.rooms, people, made, minutes)
    with store.reading() as session:
        (kept,) = assignments.accommodations(session, session.get_one(Assignment, made))
    assert (kept.extra_minutes, kept.note) == (45, "as agreed")
    assert acts(store).count("accommodation.given") == 2
    with store.reading() as session:
        given = list(session.scalars(select(Event.details).filter_by(act="accommodation.given").order_by(Event.seq)))
    person = str(people["trainee"])
    assert given == [
        {"assignment": str(made), "person": person, "minutes": {"from": 0, "to": 30}},
        {"assignment": str(made), "person": person, "minutes": {"from": 30, "to": 45}},
    ]


def test_the_log_has_no_title_but_shows_that_it_was_this_one(
    set_lab: Callable[..., UUID], rooms: Rooms, people: People, store: Store
) -> None:
    made = set_lab(title="A second sitting for Ana")
    change(rooms, people, made, title="A second sitting")
    with store.reading() as session:
        found = list(session.scalars(select(Event.details).filter(Event.act.like("assignment.%")).order_by(Event.seq)))
        assert "sitting" not in str(found)
        assert [audit.matches(session, one["title"], "A second sitting for Ana") for one in found] == [True, False]
        assert audit.matches(session, found[1]["title"], "A second sitting")


def test_time_is_given_to_trainees_of_the_organisation_only(
    set_lab: Callable[..., UUID], rooms: Rooms, people: People
) -> None:
    made = set_lab()
    for name in ("stranger", "host"):
        with pytest.raises(NotThere, match="No trainee of this organisation"):
            give(rooms, people, made, 30, name)


def test_one_lab_is_set_once_for_an_organisation(set_lab: Callable[..., UUID], rooms: Rooms, people: People) -> None:
    made = set_lab()
    with pytest.raises(Conflict, match=r"'Week one' is set for this lab\. Withdraw it first\."):
        set_lab(title="Week two")
    for _ in range(2):
        with rooms.store.writing() as session:
            assignments.withdraw(session, teacher(people), session.get_one(Assignment, made), rooms.clock())
    set_lab(title="Week two")
    with rooms.store.reading() as session:
        listed = assignments.listed(session, [people.home])
        assert assignments.listed(session, [people.elsewhere]) == []
    assert [one.assignment.title for one in listed] == ["Week two", "Week one"]
    assert acts(rooms.store).count("assignment.withdrawn") == 1


def test_once_somebody_has_begun_only_dates_move_and_only_to_later(
    set_lab: Callable[..., UUID], desk_of: DeskOf, rooms: Rooms, people: People, store: Store
) -> None:
    made = set_lab(dates=((NOW + DAY, 100), (NOW + 2 * DAY, 50)))
    change(rooms, people, made, pass_percent=70, minutes=90)
    desk_of("trainee")
    for changed, why in (
        ({"pass_percent": 50}, "only dates can still move"),
        ({"mode": "examination"}, "only dates can still move"),
        ({"dates": ((NOW + DAY, 100),)}, "no date can be added"),
        ({"dates": ((NOW + DAY, 100), (NOW + 2 * DAY, 60))}, "no date can be added"),
        ({"dates": ((NOW + DAY / 2, 100), (NOW + 2 * DAY, 50))}, "only move to later"),
        ({"dates": ((NOW + 3 * DAY, 100), (NOW + 2 * DAY, 50))}, "later than the one before"),
    ):
        with pytest.raises(Refused, match=why):
            change(rooms, people, made, **changed)
    later = ((NOW + DAY, 100), (NOW + 5 * DAY, 50))
    change(rooms, people, made, dates=later)
    change(rooms, people, made, dates=later)
    with store.reading() as session:
        assert assignments.wish_of(session.get_one(Assignment, made)).dates == later
        (last,) = session.scalars(
            select(Event.details).filter_by(act="assignment.changed").order_by(Event.seq.desc()).limit(1)
        )
    assert acts(store).count("assignment.changed") == 2
    assert last["from"]["timeline"][1][0] == (NOW + 2 * DAY).isoformat()
    assert last["to"]["timeline"][1][0] == (NOW + 5 * DAY).isoformat()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "t" * 121}, "title"),
        ({"mode": "quiz"}, "mode"),
        ({"after": "never"}, "after"),
        ({"minutes": 0}, "minutes"),
        ({"pass_percent": 101}, "pass_percent"),
        ({"pass_percent": 0}, "pass_percent"),
        ({"opens_at": NOW + 3_000 * DAY}, "opens_at"),
        ({"dates": ((NOW - DAY, 100),), "opens_at": NOW - 2 * DAY}, "dates"),
        ({"dates": ((NOW + DAY, 50), (NOW + 2 * DAY, 50))}, "dates"),
        ({"dates": ((NOW + DAY, 100), (NOW + DAY, 50))}, "dates"),
        ({"dates": ((NOW + DAY, 101),)}, "dates"),
        ({"dates": tuple((NOW + day * DAY, 100 - day) for day in range(1, 12))}, "dates"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    set_lab: Callable[..., UUID], given: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refused) as bad:
        set_lab(**given)
    assert bad.value.field == field


def test_what_lies_just_beyond_a_limit_is_refused_and_what_reaches_it_is_set(
    set_lab: Callable[..., UUID], rooms: Rooms, people: People
) -> None:
    furthest = NOW + assignments.FURTHEST
    for beyond, field in (
        ({"minutes": 100_001}, "minutes"),
        ({"dates": ((furthest + timedelta(seconds=1), 100),)}, "dates"),
        ({"dates": ((NOW + DAY, 100),), "opens_at": NOW + DAY}, "dates"),
        ({"dates": ((NOW + DAY, 100), (NOW + 2 * DAY, -1))}, "dates"),
        ({"title": " " + "t" * 121}, "title"),
    ):
        with pytest.raises(Refused) as bad:
            set_lab(**beyond)
        assert bad.value.field == field, beyond
    made = set_lab(minutes=100_000, dates=((NOW + DAY, 100), (furthest, 0)), title="t" * 120, pass_percent=100)
    with rooms.store.writing() as session:
        found, teaches, who = session.get_one(Assignment, made), teacher(people), people["trainee"]
        for minutes, note, field in ((-1, "", "extra"), (100_001, "", "extra"), (5, "n" * 501, "note")):
            with pytest.raises(Refused) as bad:
                assignments.accommodate(session, teaches, found, who, minutes, note, NOW)
            assert bad.value.field == field, (minutes, note)
        assert assignments.accommodations(session, found) == []
        assert assignments.accommodate(session, teaches, found, who, 100_000, "n" * 500, NOW).extra_minutes == 100_000


def test_the_lab_of_what_is_set_can_not_change_and_what_was_withdrawn_changes_no_more(
    set_lab: Callable[..., UUID], rooms: Rooms, people: People
) -> None:
    made = set_lab()
    with pytest.raises(Refused, match="Withdraw this, and set the other lab") as bad:
        change(rooms, people, made, lab="another-lab")
    assert bad.value.field == "lab"
    setting.withdraw(rooms, people, made)
    with pytest.raises(Conflict, match="was withdrawn and can't change"):
        change(rooms, people, made, title="Week two")
    with rooms.store.reading() as session:
        assert session.get_one(Assignment, made).title == "Week one"


def test_whoever_has_more_time_has_it_before_they_begin(
    set_lab: Callable[..., UUID], rooms: Rooms, people: People
) -> None:
    made = set_lab(minutes=90)
    give(rooms, people, made, 30)
    with rooms.store.reading() as session:
        terms = [assignments.terms_for(session, people.home, LAB, people[one], NOW) for one in ("trainee", "colleague")]
    assert [one.minutes(NOW) for one in terms] == [120, 90]


def test_an_unknown_lab_can_not_be_set(set_lab: Callable[..., UUID]) -> None:
    with pytest.raises(NotThere):
        set_lab(lab="no-such-lab")


def test_the_sheet_says_who_passed_and_what_was_late(
    set_lab: Callable[..., UUID], desk_of: DeskOf, people: People, clock: Clock
) -> None:
    set_lab(dates=((NOW + DAY, 100), (NOW + 3 * DAY, 50)), pass_percent=9)
    desk, other = desk_of("trainee"), desk_of("colleague")
    desk.submit("q1", answer(desk, "q1"), prove(desk, "q1"))
    clock.forward(days=2)
    other.submit("q1", answer(other, "q1"), prove(other, "q1"))
    with desk.rooms.store.reading() as session:
        (sheet,) = results.sheets(session, teacher(people), desk.rooms.settings.instance)
    lines = {line.attempt.person_id: line for line in sheet.lines}
    mine, late = lines[people["trainee"]], lines[people["colleague"]]
    assert (mine.score, mine.passed, mine.late) == (10, True, None)
    assert (late.score, late.passed, late.late) == (5, False, 0.5)
    assert results.passed(9.5, 95, 10)
    assert not results.passed(9.49, 95, 10)


def test_many_cases_come_with_one_query_and_in_their_order(desk_of: DeskOf, set_lab: Callable[..., UUID]) -> None:
    set_lab()
    desks = [desk_of(name) for name in ("trainee", "colleague", "stranger")]
    with desks[0].rooms.store.reading() as session:
        rows = [session.get_one(Attempt, desk.attempt_id) for desk in reversed(desks)]
        cases = attempts.cases(session, desks[0].rooms.settings.instance, rows)
    assert [case.attempt.id for case in cases] == [desk.attempt_id for desk in reversed(desks)]
    assert [case.terms.assignment is None for case in cases] == [True, False, False]


def test_shares_are_kept_with_the_finding(set_lab: Callable[..., UUID], desk_of: DeskOf) -> None:
    set_lab(dates=((NOW + DAY, 80),))
    desk = desk_of("trainee")
    desk.submit("q1", "3")
    with desk.rooms.store.reading() as session:
        (kept,) = session.scalars(select(Finding))
    assert kept.share == 0.8


@given(
    steps=st.lists(st.integers(1, 60 * 24), min_size=0, max_size=4),
    after=st.sampled_from(["closed", "practice"]),
    minutes=st.none() | st.integers(1, 60 * 24 * 5),
    extra=st.integers(0, 60 * 24),
    first=TIMES,
    then=TIMES,
)
def test_shares_only_fall_with_time_and_more_time_never_costs(
    steps: list[int], after: str, minutes: int | None, extra: int, first: int, then: int
) -> None:
    dates = [NOW + timedelta(minutes=sum(steps[: place + 1])) for place in range(len(steps))]
    timeline = [[until.isoformat(), 100 - 20 * place] for place, until in enumerate(dates)]
    assignment = Assignment(mode="practice", timeline=timeline, after=after, minutes=minutes, released_at=None)

    def share(minute: int, more: int) -> float:
        found = Terms(assignment, timedelta(minutes=more), NOW).share(NOW + timedelta(minutes=minute))
        return -1.0 if found is None else found

    early, late = sorted((first, then))
    assert share(early, extra) >= share(late, extra)
    assert share(early, extra) >= share(early, 0)
    assert share(early + extra, extra) == share(early, 0), "every date, and the limit, moves by the extra time"
