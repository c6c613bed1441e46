"""What real attempts and real marking rounds show of a person."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.unit.labs import conftest as at_work
from tests.unit.labs import setting
from tests.unit.labs.conftest import Desk
from tests.unit.labs.setting import EXAMINATION, DeskOf, close, teacher
from tests.unit.labs.test_findings import answer, prove
from tests.unit.marking import rounds as marking
from tests.unit.marking.rounds import FULL, Office, finish
from training.labs.models import Assignment
from training.labs.service import assignments, evidence, findings
from training.labs.service.evidence import Taken
from training.learning.competence.evidence import Evidence
from training.learning.competence.table import LAB
from training.learning.service import records
from training.marking.models.rounds import Mark
from training.web.rooms import Rooms

answered, desk_of, desk, set_lab = at_work.answered, at_work.desk_of, at_work.desk, setting.set_lab  # fixtures
office, six = marking.office, marking.six  # fixtures


@pytest.fixture(scope="module")
def content_of_the_repository() -> dict[str, list[Path]]:
    """No course and no lab but the one that a desk publishes itself."""
    return {}


def taken(rooms: Rooms, person: UUID) -> list[Taken]:
    with rooms.store.reading() as session:
        return evidence.of_person(session, rooms.settings.instance, person, LAB)


def solve(desk: Desk, *names: str) -> None:
    for name in names:
        desk.rooms.clock.forward(minutes=1)  # type: ignore[attr-defined]
        desk.submit(name, answer(desk, name), prove(desk, name))


def test_the_day_is_the_one_on_which_60_percent_were_reached(desk: Desk, rooms: Rooms, clock: Clock) -> None:
    assert taken(rooms, desk.attempt_id) == []
    solve(desk, "q1", "q2", "q3", "q4", "q5", "q6")
    (before,) = taken(rooms, desk.actor.id)  # type: ignore[arg-type]
    assert (int(before.earned), int(before.worth), before.at) == (60, 105, clock())
    clock.forward(days=1)
    solve(desk, "q7")
    reached = clock()
    clock.forward(days=100)
    desk.submit("q8", "1")
    (after,) = taken(rooms, desk.actor.id)  # type: ignore[arg-type]
    assert (after.at, after.last, int(after.earned)) == (reached, clock(), 70)
    assert (after.part, int(after.part_earned), int(after.part_worth), after.questions) == (8, 70, 75, 13)
    assert not after.case.terms.examination


def test_points_are_exact_and_hints_count(desk: Desk, rooms: Rooms) -> None:
    desk.submit("q1", "3")
    with rooms.store.writing() as session:
        findings.take_hint(session, desk.case(session, lock=True), desk.question("q2"), 1, rooms.clock())
    solve(desk, "q1")
    (one,) = taken(rooms, desk.actor.id)  # type: ignore[arg-type]
    assert one.hints == 1
    assert one.earned == Fraction(8)
    assert one.judges == frozenset()


def test_verifying_counts_before_the_first_finding_alone(desk_of: DeskOf, rooms: Rooms, clock: Clock) -> None:
    for name, first in (("trainee", True), ("colleague", False)):
        desk = desk_of(name)
        if first:
            verify(desk)
        clock.forward(seconds=1)
        desk.submit("q1", "3")
        clock.forward(seconds=1)
        verify(desk)
        (one,) = taken(rooms, desk.actor.id)  # type: ignore[arg-type]
        assert one.verified is first


def verify(desk: Desk) -> None:
    from training.labs.service import history  # noqa: PLC0415

    with desk.rooms.store.writing() as session:
        history.keep(session, desk.case(session).attempt, "Verify ", desk.rooms.clock(), answer="It is the one.")


def test_a_variant_is_unseen_once(desk_of: DeskOf, rooms: Rooms, clock: Clock) -> None:
    first = desk_of("trainee")
    close(first)  # nothing was submitted, and it was seen
    clock.forward(days=1)
    second = desk_of("trainee")
    second.submit("q1", "3")
    (one,) = taken(rooms, second.actor.id)  # type: ignore[arg-type]
    assert (one.case.attempt.id, one.unseen) == (second.attempt_id, False)


def test_an_examination_shows_nothing_before_its_release(
    set_lab: Callable[..., UUID], desk_of: DeskOf, rooms: Rooms, people: People, clock: Clock
) -> None:
    made = set_lab(**EXAMINATION)
    desk = desk_of("trainee")
    solve(desk, "q1")
    sat = clock()
    assert taken(rooms, people["trainee"]) == []
    clock.forward(days=3)
    with rooms.store.writing() as session:
        assignments.release(session, teacher(people), session.get_one(Assignment, made), clock())
    (one,) = taken(rooms, people["trainee"])
    assert (one.case.terms.examination, one.unseen, one.at) == (True, True, sat)


def test_nobody_else_stands_in_the_evidence(desk_of: DeskOf, rooms: Rooms, people: People) -> None:
    desk_of("colleague").submit("q1", "3")
    desk_of("trainee").submit("q2", "/x")
    assert {one.case.attempt.person_id for one in taken(rooms, people["trainee"])} == {people["trainee"]}


def test_floats_of_the_records_come_back_exact() -> None:
    assert evidence.exact(2 / 3) == Fraction(2, 3)
    assert evidence.exact(0.1 + 0.2) == Fraction(3, 10)
    assert evidence.exact(59.99) < 60
    assert evidence.exact(0.5999999) < Fraction(3, 5)
    assert evidence.exact(3 * (1 / 3) * 0.6) == Fraction(3, 5)


# marking


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six pieces are enough to say how far markers agree, for once."""
    monkeypatch.setattr(records, "FEWEST", 6)


def acceptable(six: Office, held: UUID) -> dict[str, bool]:
    with six.rooms.store.reading() as session:
        made = {
            name: records.of(session, six.rooms.settings.instance, six.people[name]).marks for name in six.people.ids
        }
    assert all(
        one.ident == f"round:{held}" and one.lab == "finance-workstation" for row in made.values() for one in row
    )
    return {name: row[0].acceptable for name, row in made.items() if row}


def test_six_pieces_say_too_little_of_how_far_markers_agree(six: Office) -> None:
    held = six.open()
    finish(six, held, FULL)
    assert acceptable(six, held) == {}  # not released
    six.release_round(held)
    found = acceptable(six, held)
    assert found
    assert not any(found.values())


def test_markers_who_agree_have_acceptable_agreement(six: Office, few: None) -> None:
    held = six.open()
    finish(six, held, FULL)
    six.release_round(held)
    found = acceptable(six, held)
    assert "trainee" not in found
    assert all(found.values())


def test_a_level_that_was_taken_over_from_the_other_marker_is_no_agreement(six: Office, few: None) -> None:
    held = six.open()
    finish(six, held, FULL)
    for piece in six.pieces(held, "second"):
        with six.rooms.store.writing() as session:
            mark = session.scalars(select(Mark).filter_by(piece_id=piece, marker_id=six.people["second"])).one()
            mark.alone = {**FULL, "claim": 2}  # as it was before the other's mark could be seen
    six.release_round(held)
    found = acceptable(six, held)
    assert found
    assert not any(found.values())


@pytest.mark.parametrize(
    ("pairs", "agree"),
    [
        ([(3, 3), (2, 2), (1, 1), (0, 0), (3, 3), (2, 2)], True),
        ([(3, 3)] * 6, True),
        ([(3, 2), (2, 2), (1, 1), (0, 0), (3, 3), (1, 1)], True),
        ([(3, 0), (0, 3), (1, 2), (2, 1), (3, 0), (0, 3)], False),
        ([(3, 2)] * 6, False),
        ([(3, 3)] * 5, False),
        ([(3, 3)] * 5 + [(3, None)], False),
    ],
)
def test_agreement_is_an_alpha_from_two_thirds_on(pairs: list[tuple[int, int | None]], agree: bool, few: None) -> None:  # noqa: FBT001
    assert records._agree([list(pair) for pair in pairs]) is agree


def test_a_person_without_records_has_no_evidence(rooms: Rooms, people: People) -> None:
    with rooms.store.reading() as session:
        found = records.of(session, rooms.settings.instance, people["stranger"])
    assert found == Evidence(editions=found.editions, offered=found.offered)
