"""What grading says of an examination, offered for a class: exactly, and nothing that waits or is still at work."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching, somebody
from tests.unit.credentials.test_resits import LATER, Grant, begun, failed, four, granted, of_lab, week
from training.accounts.actor import Actor, Role
from training.audit.models import Event
from training.credentials import graded, grid, results
from training.credentials.graded import Graded
from training.credentials.grid import Entry, Sheet
from training.credentials.overview import overview
from training.errors import Conflict, NotThere
from training.hosting.models import TeachingSession
from training.hosting.service.record import Faulty
from training.labs.models import Assignment, Attempt, Finding
from training.settings import Settings
from training.store import Store, new_id

__all__ = ["failed", "four", "granted", "week"]  # fixtures


def found_in(attempt: Attempt, question: str, credit: float, *, judged: bool = True) -> Finding:
    at: dict[str, Any] = {"step": 1, "try_no": 1, "request_key": question, "at": attempt.opened_at}
    said: dict[str, Any] = {
        "value": "1",
        "understood": "1",
        "confidence": None,
        "citations": [],
        "verdict": {},
        "points": 0.0,
    }
    return Finding(attempt_id=attempt.id, question=question, judged=judged, credit=credit, **at, **said)


@pytest.mark.database
def test_what_is_over_and_judged_is_taken_over_and_the_rest_is_told(
    store: Store, settings: Settings, people: People, clock: Clock, week: UUID
) -> None:
    by = instructor(people)
    with store.writing() as session:
        works = {one.person_id: one for one in session.scalars(select(Attempt))}
        mine, other = works[people["trainee"]], works[people["colleague"]]
        session.add_all([found_in(mine, "q2", 1.0), found_in(mine, "q12", 0.5)])
        session.add_all([found_in(other, "q2", 1.0), found_in(other, "q3", 0.0, judged=False)])

    def offers(who: Actor = by) -> tuple[Sheet, list[Graded]]:
        it = grid.sheet(session, who, session.get_one(TeachingSession, week), "B", 1, clock())
        return it, graded.offered(session, settings.instance, it, clock())

    with store.reading() as session:
        first, second = offers()[1]
        assert (first.attempt_id, first.percent, first.state, first.over) == (mine.id, "10.71", "new", True)
        assert first.release.number == 1
        assert (second.percent, second.waiting, second.state) == ("8.92", 1, "waits"), "10 of 112, cut and not rounded"
        assert [one.state for one in offers(somebody(people, "trainee", Role.INSTRUCTOR))[1]] == ["own", "waits"]
        assert offers()[0].rows[0].day == "2026-11-27"
    with store.writing() as session:
        session.get_one(Attempt, mine.id).closed_at = None
        clock.forward(hours=-9)
        assert [one.state for one in offers()[1]] == ["work", "waits"]
        session.get_one(Attempt, mine.id).closed_at = clock.now
    clock.forward(hours=9)
    with store.writing() as session:
        it, found = offers()
        assert graded.take(session, by, it, found, (), clock()) == 1
        with pytest.raises(Conflict, match="nothing to take over"):
            graded.take(session, by, *offers(), (), clock())
        key = (people["trainee"], "B", 1)
        row = results.newest(session, it.teaching)[key]
        assert (row.pieces, row.score, results.whole(row)) == (["10.71", ""], 69_615, False)
        line = overview(session, it.teaching).of(people["trainee"])
        assert line
        assert (line.results, len(line.lacking)) == ((), 1), "half a result is none"
        event = session.scalars(select(Event).filter_by(act="result.recorded")).one()
        assert event.details["attempts"] == {"0": str(mine.id)}
        clock.forward(minutes=1)
        it = offers()[0]
        assert (
            grid.keep(
                session,
                by,
                it,
                [Entry(key[0], {"1": "12", "2": "50"}, it.rows[0].seen)],
                clock(),
                lambda _who, column: column,
            )
            == 1
        )
    with store.writing() as session:
        it, found = offers()
        assert [one.state for one in found] == ["other", "waits"]
        with pytest.raises(Conflict):
            graded.take(session, by, it, found, (), clock())
        clock.forward(minutes=1)
        assert graded.take(session, by, it, found, {found[0].key, "1-nobody"}, clock()) == 1
        assert [one.state for one in offers()[1]] == ["same", "waits"]
        line = overview(session, it.teaching).of(people["trainee"])
        assert line
        assert line.results[0].score == 244_615


def test_a_resit_has_its_own_sheet_and_attempts_and_other_labs_are_those_that_can_be_meant(
    store: Store, settings: Settings, people: People, clock: Clock, failed: UUID, granted: Grant
) -> None:
    by = instructor(people)
    granted(failed)
    clock.now = LATER + timedelta(hours=8)
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, failed)
        it = grid.sheet(session, by, teaching, "B", 2, clock())
        assert [(one.person_id, one.day) for one in it.rows] == [(people["trainee"], "2026-12-11")]
        assert graded.offered(session, settings.instance, it, clock()) == [], "it was not begun"
        with pytest.raises(Faulty) as bad:
            entry = Entry(people["trainee"], {"1": "60", "2": "60", "day": "2026-12-10"}, "")
            grid.keep(session, by, it, [entry], clock(), lambda _person, column: column)
        assert list(bad.value.fields) == ["day"]
        assert "2026-12-11" in str(bad.value.fields["day"])
        for name, sitting in (("B", 3), ("B", 0), ("Z", 1)):
            with pytest.raises(NotThere):
                grid.sheet(session, by, teaching, name, sitting, clock())
        rules = {**teaching.rules}
        first, last = (dict(one) for one in rules["examinations"])
        for pieces, labs in (
            ([{**last["pieces"][0], "lab": "another-lab"}, last["pieces"][1]], {0: "one-case"}),
            ([{"title": "All of it", "weight": 100, "minutes": 60, "lab": None}], {0: "one-case"}),
            ([{**one, "lab": None} for one in last["pieces"]], {}),
        ):
            teaching.rules = {**rules, "examinations": [first, {**last, "pieces": pieces}]}
            examination = grid.sheet(session, by, teaching, "B", 1, clock()).examination
            assert graded.labs_of(session, teaching, examination) == labs
        session.rollback()


def test_the_attempt_of_a_resit_is_offered_with_it_alone_and_none_in_another_session(
    store: Store, settings: Settings, people: People, clock: Clock, failed: UUID, granted: Grant
) -> None:
    granted(failed)
    clock.now = LATER + timedelta(minutes=1)
    again = begun(store, settings, people, clock, "trainee")
    clock.now = LATER + timedelta(hours=8)

    def offered(teaching: TeachingSession, sitting: int) -> list[Graded]:
        it = grid.sheet(session, instructor(people), teaching, "B", sitting, clock())
        return graded.offered(session, settings.instance, it, clock())

    with store.writing() as session:
        teaching = session.get_one(TeachingSession, failed)
        assert [one.attempt_id for one in offered(teaching, 2)] == [again.id]
        first = offered(teaching, 1)
        assert [one.row.person_id for one in first] == [people["trainee"], people["colleague"]]
        assert again.id not in {one.attempt_id for one in first}
        other = make_teaching(session, people, clock(), trainees=("trainee", "colleague"))
        examination = grid.sheet(session, instructor(people), other, "B", 1, clock()).examination
        assert graded.labs_of(session, other, examination) == {}
        columns = {one.key: getattr(of_lab(session, failed)[0], one.key) for one in Assignment.__mapper__.column_attrs}
        session.add(Assignment(**{**columns, "id": new_id(), "circle": other.id}))
        session.flush()
        assert graded.labs_of(session, other, examination) == {0: "one-case"}
        assert offered(other, 1) == [], "the same lab was set there, and nobody has begun on it"
