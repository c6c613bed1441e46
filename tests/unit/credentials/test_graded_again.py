"""What is taken over from grading, piece by piece, and which lab is a piece where the plan and what was set differ."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching
from tests.labs_place import make_assignment
from tests.unit.credentials.test_graded import found_in
from tests.unit.credentials.test_resits import four, of_lab, week
from training.audit.models import Event
from training.content.models import Release
from training.credentials import graded, grid, results
from training.credentials.graded import Graded
from training.credentials.grid import Row, Sheet
from training.credentials.models import Result
from training.errors import Conflict
from training.hosting.models import Part, TeachingSession
from training.labs.models import Assignment, Attempt
from training.settings import Settings
from training.store import Store, new_id

__all__ = ["four", "week"]  # fixtures
LATE = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)  # Saturday in Paris
ROW = Row(UUID(int=5), "A", "a", "", "", None, ("", "50", "50.0"), "2026-11-27", "")


def offer(row: Row = ROW, piece: int = 0, **changed: Any) -> Graded:
    given: dict[str, Any] = {"attempt_id": UUID(int=9), "lab": "L", "release": Release(), "begun": LATE, "waiting": 0}
    given |= {"over": True, "told": False, "percent": "50", "own": False}
    return Graded(piece=piece, row=row, **{**given, **changed})


def test_an_offer_says_how_it_stands_beside_what_is_recorded() -> None:
    for piece, changed, state in (
        (0, {}, "new"),
        (1, {}, "same"),
        (2, {}, "same"),
        (1, {"percent": "50.01"}, "other"),
        (1, {"waiting": 1}, "waits"),
        (0, {"waiting": 2}, "waits"),
        (0, {"over": False}, "work"),
        (0, {"over": False, "waiting": 1}, "work"),
        (0, {"own": True}, "own"),
        (0, {"own": True, "over": False, "waiting": 1}, "own"),
    ):
        one = offer(piece=piece, **changed)
        assert (one.state, one.recorded) == (state, ROW.pieces[piece]), (piece, changed)
    assert offer(piece=2).key == f"2-{ROW.person_id}"


def test_what_was_offered_is_told_by_all_that_stands_there() -> None:
    found = [offer(), offer(piece=1)]
    said = [
        [f"0-{ROW.person_id}", str(UUID(int=9)), "50", "", "new"],
        [f"1-{ROW.person_id}", str(UUID(int=9)), "50", "50", "same"],
    ]
    assert graded.digest(found) == hashlib.sha256(json.dumps(said).encode()).hexdigest()
    assert graded.digest([]) == hashlib.sha256(b"[]").hexdigest()


@pytest.fixture
def taught(store: Store, people: People, clock: Clock) -> UUID:
    with store.writing() as session:
        made = make_teaching(session, people, clock(), trainees=("trainee", "colleague"))
    clock.now = LATE + timedelta(hours=9)
    return made.id


def test_new_percent_is_taken_over_and_another_one_where_it_was_chosen(
    store: Store, people: People, clock: Clock, taught: UUID
) -> None:
    """All pieces of a person make one record, dated on the day on which the person began, or as it was recorded."""
    by, keys = instructor(people), [new_id() for _ in range(6)]
    mine, other = people["trainee"], people["colleague"]

    def sheet(teaching: TeachingSession) -> Sheet:
        return grid.sheet(session, by, teaching, "A", 1, clock())

    with store.writing() as session:
        teaching = session.get_one(TeachingSession, taught)
        results.record(session, by, teaching, mine, results.Wish("A", 1, ("10", "20", ""), "2026-11-25"), clock())
    clock.forward(minutes=1)
    with store.writing() as session:
        it = sheet(session.get_one(TeachingSession, taught))
        first, second = it.rows
        assert (first.person_id, second.person_id) == (mine, other)
        found = [
            offer(first, 0, percent="11", attempt_id=keys[0]),
            offer(second, 0, percent="71", attempt_id=keys[1]),
            offer(first, 1, percent="21", attempt_id=keys[2]),
            offer(second, 1, percent="72", attempt_id=keys[3], waiting=1),
            offer(first, 2, percent="31", attempt_id=keys[4]),
            offer(second, 2, percent="73", attempt_id=keys[5], begun=LATE - timedelta(hours=1)),
        ]
        also = {f"1-{mine}", f"1-{other}", f"0-{uuid4()}"}
        assert graded.take(session, by, it, found, also, clock()) == 2
    with store.reading() as session:
        kept = {one.person_id: one for one in session.scalars(select(Result).filter_by(at=clock()))}
        assert {
            key: (one.examination, one.sitting, one.pieces, one.sat_on.isoformat()) for key, one in kept.items()
        } == {
            mine: ("A", 1, ["10", "21", "31"], "2026-11-25"),
            other: ("A", 1, ["71", "", "73"], "2026-11-28"),
        }
        assert {one.by for one in kept.values()} == {by.id}
        events = session.scalars(select(Event).filter_by(act="result.recorded", at=clock()))
        assert {one.details["person"]: one.details["attempts"] for one in events} == {
            str(mine): {"1": str(keys[2]), "2": str(keys[4])},
            str(other): {"0": str(keys[1]), "2": str(keys[5])},
        }
    with store.writing() as session:
        it = sheet(session.get_one(TeachingSession, taught))
        row = it.rows[0]
        same = offer(row, 1, percent="21")
        for nothing, chosen in (([], ()), ([offer(row, 0, percent="11")], ()), ([same], (same.key,))):
            with pytest.raises(Conflict) as bad:
                graded.take(session, by, it, nothing, chosen, clock())
            assert str(bad.value) == "There is nothing to take over, or nothing was chosen."


@pytest.fixture
def meant(store: Store, people: People, clock: Clock, taught: UUID) -> Callable[..., dict[int, str]]:
    """The labs of examination B, for pieces with these labs, what its slots say, and what was set in which mode."""

    def found(
        pieces: tuple[str | None, ...], held: tuple[str, ...], taken: dict[str, str], elsewhere: str = ""
    ) -> dict[int, str]:
        with store.writing() as session:
            teaching = session.get_one(TeachingSession, taught)
            for part in session.scalars(select(Part).filter_by(session_id=taught)):
                part.refs = [{"kind": "lab", "name": f"lab-of-{part.exam}"}]
                if part.exam == "B":
                    part.refs = [{"kind": "lab", "name": one, "mode": "examination"} for one in held]
                    part.refs += [{"kind": "lab", "name": "practised"}, {"kind": "lab", "name": "p", "mode": ""}]
                elif part.exam:
                    part.refs = [{"kind": "lab", "name": "of-a", "mode": "examination"}]
            rows = [(lab, mode, teaching.id) for lab, mode in taken.items()]
            rows += [(elsewhere, "examination", uuid4())] if elsewhere else []
            for lab, mode, circle in [
                *rows,
                ("practised", "examination", teaching.id),
                ("of-a", "examination", teaching.id),
            ]:
                by = people["instructor"]
                session.add(make_assignment(people.home, lab, by, clock(), circle=circle, mode=mode))
            session.flush()
            rules = dict(teaching.rules)
            first, last = rules["examinations"]
            of_one = {**last["pieces"][0], "weight": 100 // len(pieces)}
            last = {**last, "pieces": [{**of_one, "lab": lab} for lab in pieces]}
            teaching.rules = {**rules, "examinations": [first, last]}
            examination = grid.sheet(session, instructor(people), teaching, "B", 1, clock()).examination
            labs = graded.labs_of(session, teaching, examination)
            session.rollback()
        return labs

    return found


EXAM, PRACTICE = "examination", "practice"


@pytest.mark.parametrize(
    ("pieces", "held", "taken", "elsewhere", "labs"),
    [
        (("x", None), ("x",), {}, "", {}),
        (("x", None), ("x",), {"x": PRACTICE}, "", {}),
        (("x", None), ("x",), {}, "x", {}),
        (("x", None), ("x",), {"x": EXAM}, "", {0: "x"}),
        (("x", None), (), {"x": EXAM}, "", {0: "x"}),
        (("x", None), ("y",), {"y": EXAM}, "", {0: "y"}),
        (("x", None), ("y",), {"x": EXAM, "y": EXAM}, "", {0: "x"}),
        (("x", "z"), ("x", "y"), {"x": EXAM, "y": EXAM}, "", {0: "x", 1: "y"}),
        (("z", "x"), ("x", "y"), {"x": EXAM, "y": EXAM}, "", {1: "x", 0: "y"}),
        (("x", "z"), ("y", "v"), {"y": EXAM, "v": EXAM}, "", {}),
        (("x", "z"), ("y",), {"y": EXAM}, "", {}),
        (("x", "z"), ("x", "y", "v"), {"x": EXAM, "y": EXAM, "v": EXAM}, "", {0: "x"}),
        (("x", "z"), ("x", "y", "v"), {"x": EXAM, "y": EXAM, "v": PRACTICE}, "", {0: "x", 1: "y"}),
        ((None,), ("y",), {"y": EXAM}, "", {0: "y"}),
        ((None,), ("y",), {"y": PRACTICE}, "", {}),
        ((None,), ("y", "v"), {"y": EXAM, "v": EXAM}, "", {}),
        ((None, None), ("y",), {"y": EXAM}, "", {}),
        (("x",), ("x", "y"), {"x": EXAM, "y": EXAM}, "", {0: "x"}),
    ],
)
def test_the_lab_of_a_piece_is_the_one_that_can_be_meant(
    meant: Callable[..., dict[int, str]],
    pieces: tuple[str | None, ...],
    held: tuple[str, ...],
    taken: dict[str, str],
    elsewhere: str,
    labs: dict[int, str],
) -> None:
    """Only what was set in examination mode, in this session, in slots of this examination."""
    assert meant(pieces, held, taken, elsewhere) == labs


def test_the_newest_attempt_of_the_examination_is_offered_whole(
    store: Store, settings: Settings, people: People, clock: Clock, week: UUID
) -> None:
    """Not one of practice on the same lab, and not one of somebody's own resit."""
    columns = Attempt.__mapper__.column_attrs

    with store.writing() as session:
        (exam,) = of_lab(session, week)
        works = {one.person_id: one for one in session.scalars(select(Attempt))}
        mine, other = works[people["trainee"]], works[people["colleague"]]
        values = {one.key: getattr(exam, one.key) for one in Assignment.__mapper__.column_attrs}
        session.add_all([
            Assignment(**{**values, "id": (practice := new_id()), "mode": "practice", "withdrawn_at": clock()}),
            Assignment(**{**values, "id": (resit := new_id()), "person_id": people["trainee"]}),
            Assignment(**{**values, "id": (again := new_id()), "withdrawn_at": clock()}),
        ])  # fmt: skip
        session.flush()

        def another(of: Attempt, assignment: UUID, minutes: int) -> Attempt:
            row = {one.key: getattr(of, one.key) for one in columns}
            row |= {"id": new_id(), "assignment_id": assignment, "opened_at": of.opened_at + timedelta(minutes=minutes)}
            made = Attempt(**{**row, "closed_at": clock()})
            session.add(made)
            return made

        newest = another(mine, again, 5)
        for assignment, minutes in ((practice, 20), (resit, 20), (again, -5)):
            another(mine, assignment, minutes)
        session.add_all([found_in(newest, "q2", 1.0), found_in(newest, "q3", 0.0, judged=False)])
        session.flush()
        it = grid.sheet(session, instructor(people), session.get_one(TeachingSession, week), "B", 1, clock())
        found = graded.offered(session, settings.instance, it, clock())
        release = session.get_one(Release, mine.release_id)
        same: dict[str, Any] = {
            "piece": 0,
            "lab": "One case",
            "release": release,
            "over": True,
            "told": False,
            "own": False,
        }
        assert found == [
            Graded(
                row=it.rows[0], attempt_id=newest.id, begun=newest.opened_at, waiting=1, percent="8.92", **same,
            ),
            Graded(row=it.rows[1], attempt_id=other.id, begun=other.opened_at, waiting=0, percent="0", **same),
        ]  # fmt: skip
        own = replace(it, by=people["colleague"])
        assert [one.own for one in graded.offered(session, settings.instance, own, clock())] == [False, True]
        of_lab(session, week)[0].released_at = clock()
        told = graded.offered(session, settings.instance, it, clock())
        assert [one.told for one in told if one.attempt_id == other.id] == [True]
