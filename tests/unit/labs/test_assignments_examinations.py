"""Labs that are set as examinations: taken once, binding practice beside them, told when they are released."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import inspect

from tests.conftest import Clock, People
from tests.unit.labs import setting
from tests.unit.labs.conftest import LAB
from tests.unit.labs.setting import EXAMINATION, DeskOf, acts, close, give, teacher, withdraw
from tests.unit.labs.test_findings import answer, prove
from training.content.models import Release
from training.errors import Conflict, Refused
from training.evidence.models import Exhibit
from training.labs.models import Assignment, Attempt
from training.labs.service import assignments, attempts, findings, results, sitting
from training.labs.service.attempts import Case
from training.store import Base, new_id
from training.web.rooms import Rooms

set_lab = setting.set_lab  # fixture
HALF_AN_HOUR = timedelta(minutes=30)


def test_an_examination_is_taken_once_and_practice_stands_still_beside_it(
    set_lab: Callable[..., UUID], desk_of: DeskOf, rooms: Rooms, people: People
) -> None:
    practice = desk_of("trainee")
    made = set_lab(**EXAMINATION)
    with pytest.raises(Conflict, match="The examination 'Week one' is open, and this attempt was begun before it"):
        practice.submit("q1", "3")
    with pytest.raises(Conflict, match="Close the attempt, then begin the lab"):
        desk_of("trainee")
    close(practice)
    taken = desk_of("trainee")
    assert taken.attempt_id != practice.attempt_id
    assert taken.submit("q1", "3").finding
    close(taken)
    with pytest.raises(Conflict, match=r"You have taken the examination 'Week one'\. It can be taken once\."):
        desk_of("trainee")
    with rooms.store.writing() as session:
        assignments.withdraw(session, teacher(people), session.get_one(Assignment, made), rooms.clock())
    with pytest.raises(Conflict, match="its results are not released yet"):
        desk_of("trainee")
    with rooms.store.writing() as session:
        assignments.release(session, teacher(people), session.get_one(Assignment, made), rooms.clock())
    assert desk_of("trainee").attempt_id not in {practice.attempt_id, taken.attempt_id}


def test_an_examination_can_not_be_begun_after_its_last_date(
    set_lab: Callable[..., UUID], desk_of: DeskOf, people: People, rooms: Rooms, clock: Clock
) -> None:
    made = set_lab(**EXAMINATION)
    give(rooms, people, made, 30)
    clock.forward(days=1, seconds=1)
    with pytest.raises(Conflict, match=r"'Week one' can't be begun any more\. The last date was"):
        desk_of("colleague")
    assert desk_of("trainee").submit("q1", "3").finding, "with more time it can"


def test_practice_goes_on_until_the_examination_opens(
    set_lab: Callable[..., UUID], desk_of: DeskOf, clock: Clock
) -> None:
    practice = desk_of("trainee")
    set_lab(**EXAMINATION | {"opens_at": clock() + HALF_AN_HOUR})
    assert practice.submit("q1", "3").finding
    clock.forward(minutes=30)
    with pytest.raises(Conflict, match="The examination 'Week one' is open"):
        practice.submit("q1", "4")


def test_an_examination_binds_nobody_of_another_organisation_or_at_another_lab(
    set_lab: Callable[..., UUID], desk_of: DeskOf, rooms: Rooms, clock: Clock
) -> None:
    made = set_lab(**EXAMINATION)
    close(desk_of("colleague"))

    def is_free(name: str) -> None:
        for _ in range(2):
            desk = desk_of(name)
            assert desk.submit("q1", "3").finding
            with rooms.store.reading() as session:
                assert desk.case(session).told(clock())
            close(desk)

    is_free("stranger")
    with rooms.store.writing() as session:
        session.get_one(Assignment, made).lab = "another-lab"
    is_free("trainee")
    is_free("colleague")


def test_practice_that_is_set_is_told_at_once_also_the_second_time(
    set_lab: Callable[..., UUID], desk_of: DeskOf, rooms: Rooms, clock: Clock
) -> None:
    set_lab()
    close(desk_of("trainee"))
    again = desk_of("trainee")
    with rooms.store.reading() as session:
        assert again.case(session).told(clock())


def test_more_time_for_one_examination_is_none_for_another(
    set_lab: Callable[..., UUID], desk_of: DeskOf, rooms: Rooms, people: People, clock: Clock
) -> None:
    practice = desk_of("colleague")
    first = set_lab(mode="examination", minutes=60)
    for name in ("trainee", "colleague"):
        give(rooms, people, first, 600, name)
    withdraw(rooms, people, first)
    second = set_lab(mode="examination", minutes=60, title="Week two")
    taken = desk_of("trainee")
    with rooms.store.reading() as session:
        found = session.get_one(Assignment, second)
        coming = assignments.terms_for(session, people.home, LAB, people["trainee"], clock())
        case, beside = taken.case(session), practice.case(session).beside
        assert (coming.assignment, coming.extra, case.terms.extra) == (found, timedelta(), timedelta())
        assert [(one.assignment, one.extra) for one in beside] == [(found, timedelta())]
        assert assignments.at_work(session, found, clock()) == 1
        assert sitting.sits(session, people["trainee"], clock())
        clock.forward(minutes=61)
        assert assignments.at_work(session, found, clock()) == 0
        assert not sitting.sits(session, people["trainee"], clock())


def test_whoever_has_closed_an_examination_or_works_on_another_is_not_at_work_on_it(
    set_lab: Callable[..., UUID], desk_of: DeskOf, rooms: Rooms, people: People, clock: Clock
) -> None:
    first = set_lab(**EXAMINATION)
    close(desk_of("trainee"))
    withdraw(rooms, people, first)
    second = set_lab(**EXAMINATION, title="Week two")
    desk_of("colleague")
    with rooms.store.reading() as session:
        found = [session.get_one(Assignment, one) for one in (first, second)]
        assert [assignments.at_work(session, one, clock()) for one in found] == [0, 1]
    give(rooms, people, second, 30)
    with rooms.store.reading() as session:
        after = clock() + timedelta(days=1, minutes=10)
        assert not sitting.sits(session, people["colleague"], after), "the time of somebody else is none of theirs"


def test_once_results_are_released_everybody_can_practise(
    set_lab: Callable[..., UUID], desk_of: DeskOf, rooms: Rooms, people: People, clock: Clock
) -> None:
    made, taken = set_lab(**EXAMINATION), desk_of("trainee")
    close(taken)
    with rooms.store.writing() as session:
        assignments.release(session, teacher(people), session.get_one(Assignment, made), clock())
    clock.forward(seconds=1)
    for name in ("trainee", "colleague"):
        desk = desk_of(name)
        assert desk.attempt_id != taken.attempt_id
        assert desk.submit("q1", "3").finding
        with rooms.store.reading() as session:
            case = desk.case(session)
            assert (case.terms.assignment, case.bound(clock()), case.told(clock())) == (None, False, True)


def test_a_withdrawn_examination_can_be_set_again_before_its_release(
    set_lab: Callable[..., UUID], desk_of: DeskOf, rooms: Rooms, people: People
) -> None:
    made = set_lab(**EXAMINATION)
    first = desk_of("trainee")
    close(first)
    with rooms.store.writing() as session:
        assignments.withdraw(session, teacher(people), session.get_one(Assignment, made), rooms.clock())
    set_lab(**EXAMINATION, title="Once more")
    second = desk_of("trainee")
    assert second.attempt_id != first.attempt_id
    assert second.submit("q1", "3").finding, "what tells nothing can be taken meanwhile"


def test_practice_stands_still_until_whoever_has_the_most_time_is_done(
    set_lab: Callable[..., UUID], desk_of: DeskOf, people: People, clock: Clock
) -> None:
    practice, other = desk_of("trainee"), desk_of("colleague")
    made = set_lab(**EXAMINATION)
    give(practice.rooms, people, made, 120)
    give(practice.rooms, people, made, 0, "colleague")
    clock.forward(days=1, minutes=1)
    for desk in (practice, other):
        with pytest.raises(Conflict, match=r"'Week one' has not ended for everybody yet.*close this attempt"):
            desk.submit("q1", "3")
    with pytest.raises(Conflict, match="not ended for everybody"):
        desk_of("colleague")
    with practice.rooms.store.reading() as session:
        (card,) = results.cards(session, other.actor, practice.rooms.settings.instance, clock())
        assert "not ended for everybody" in results.offer(session, other.actor, card, clock()).stopped
    close(practice)
    examination = desk_of("trainee")
    assert examination.submit("q1", "3").finding, "the person's own time is not over"
    clock.forward(minutes=119)
    assert examination.submit("q1", "4").finding, "at exactly the last date of whoever has the most time"
    clock.forward(seconds=1)
    assert other.submit("q1", "3").finding


def test_a_withdrawn_examination_binds_practice_while_somebody_takes_it(
    set_lab: Callable[..., UUID], desk_of: DeskOf, rooms: Rooms, people: People
) -> None:
    practice = desk_of("colleague")
    made = set_lab(**EXAMINATION)
    taken = desk_of("trainee")
    withdraw(rooms, people, made)
    set_lab(title="Week two")
    with pytest.raises(Conflict, match="'Week one' has not ended for everybody yet") as why:
        practice.submit("q1", "3")
    assert "close this attempt" not in why.value.message, "nobody begins on it any more"
    close(practice)
    with pytest.raises(Conflict, match="not ended for everybody"):
        desk_of("colleague").submit("q1", "3")
    assert taken.submit("q1", "3").finding
    close(taken)
    assert desk_of("colleague").submit("q1", "3").finding


def test_a_withdrawn_examination_ends_with_the_time_of_whoever_began_last(
    set_lab: Callable[..., UUID], desk_of: DeskOf, rooms: Rooms, people: People, clock: Clock
) -> None:
    practice = desk_of("colleague")
    made = set_lab(mode="examination", minutes=60)
    taken = desk_of("trainee")
    give(rooms, people, made, 30)
    withdraw(rooms, people, made)
    clock.forward(minutes=90)
    assert taken.submit("q1", "3").finding
    with pytest.raises(Conflict, match="not ended for everybody"):
        practice.submit("q1", "3")
    clock.forward(seconds=1)
    assert practice.submit("q1", "3").finding


def test_of_two_examinations_neither_is_stopped_by_the_withdrawn_one(
    set_lab: Callable[..., UUID], desk_of: DeskOf, rooms: Rooms, people: People
) -> None:
    first = set_lab(**EXAMINATION)
    taken = desk_of("trainee")
    withdraw(rooms, people, first)
    second = set_lab(**{**EXAMINATION, "title": "Week two"})
    other = desk_of("colleague")
    assert other.submit("q1", "3").finding
    with rooms.store.reading() as session:
        cases = [desk.case(session) for desk in (taken, other)]
    assert [[one.assignment and one.assignment.id for one in case.beside] for case in cases] == [[second], [second]]


def test_an_act_holds_the_same_case_as_pages_read_and_none_of_an_attempt_that_is_not_there(
    set_lab: Callable[..., UUID], desk_of: DeskOf, rooms: Rooms, people: People
) -> None:
    first = set_lab(**EXAMINATION)
    taken = desk_of("trainee")
    give(rooms, people, first, 30)
    withdraw(rooms, people, first)
    second = set_lab(**{**EXAMINATION, "title": "Week two"})
    with rooms.store.writing() as session:
        shown = taken.case(session)
        held = attempts.held(session, rooms.settings.instance, taken.attempt_id)
        assert attempts.held(session, rooms.settings.instance, new_id()) is None
    assert held is not None
    assert held.terms.assignment is not None
    assert (held.attempt.id, held.terms.assignment.id, held.terms.extra) == (taken.attempt_id, first, HALF_AN_HOUR)
    assert [one.assignment and one.assignment.id for one in held.beside] == [second]
    assert what_applies(held) == what_applies(shown)


def what_applies(case: Case) -> list[object]:
    """All that a case holds, without what its rows are read as."""
    kept: list[tuple[type[Base], object]] = [(Attempt, case.attempt), (Release, case.release), (Exhibit, case.exhibit)]
    kept += [(Assignment, one.assignment) for one in (case.terms, *case.beside)]
    rows = [[getattr(one, name) for name in inspect(kind).columns.keys()] for kind, one in kept]  # noqa: SIM118
    return [rows, case.version, case.sat, *((one.extra, one.begun) for one in (case.terms, *case.beside))]


def test_practice_is_set_without_hints_as_well(set_lab: Callable[..., UUID], desk_of: DeskOf, rooms: Rooms) -> None:
    set_lab(hints=False)
    desk = desk_of("trainee")
    with pytest.raises(Refused, match="without hints"), rooms.store.writing() as session:
        findings.take_hint(session, desk.case(session), desk.question("q1"), 1, rooms.clock())


def test_points_are_withheld_until_they_are_released(
    set_lab: Callable[..., UUID], desk_of: DeskOf, rooms: Rooms, people: People
) -> None:
    made, desk = set_lab(**EXAMINATION), desk_of("trainee")
    desk.submit("q1", answer(desk, "q1"), prove(desk, "q1"))
    now = desk.progress("q1")
    assert (now.solved, now.settled, now.told) == (True, False, False)
    with rooms.store.reading() as session:
        (card,) = results.cards(session, desk.actor, rooms.settings.instance, rooms.clock())
    assert (card.points, card.score) == (None, "")
    with pytest.raises(Refused, match="without hints"), rooms.store.writing() as session:
        findings.take_hint(session, desk.case(session), desk.question("q1"), 1, rooms.clock())
    for _ in range(2):
        with rooms.store.writing() as session:
            assignments.release(session, teacher(people), session.get_one(Assignment, made), rooms.clock())
    assert desk.progress("q1").settled
    with rooms.store.reading() as session:
        (card,) = results.cards(session, desk.actor, rooms.settings.instance, rooms.clock())
    assert card.score == "10 / 105"
    assert desk.submit("q2", "/a").finding, "received at exactly that time"
    rooms.clock.forward(seconds=1)  # type: ignore[attr-defined]  # the clock of tests
    with pytest.raises(Conflict, match=r"The results of this examination were released at 2026-11-25 09:00 UTC, which"):
        desk.submit("q2", "/b")
    assert acts(rooms.store).count("assignment.released") == 1


def test_practice_has_nothing_to_release(set_lab: Callable[..., UUID], rooms: Rooms, people: People) -> None:
    made = set_lab()
    with pytest.raises(Refused, match="nothing to release"), rooms.store.writing() as session:
        assignments.release(session, teacher(people), session.get_one(Assignment, made), rooms.clock())
