"""Results by person: one row for each, one column for each lab, and the same as a file."""

import csv
import io
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from tests.conftest import People
from tests.unit.labs import setting
from tests.unit.labs.conftest import FOLDER, LAB, Desk
from tests.unit.labs.test_findings import answer, prove
from training.accounts.actor import Actor, Role
from training.accounts.models import Person
from training.audit.models import Event
from training.content import service as content
from training.labs.models import Assignment, Attempt
from training.labs.service import attempts, results, roll
from training.labs.service.roll import Roll
from training.store import new_id
from training.web.rooms import Rooms

set_lab = setting.set_lab  # fixture
Desks = Callable[[str], Desk]


def instructor(people: People, name: str = "instructor") -> Actor:
    home = people.elsewhere if name == "other_instructor" else people.home
    return Actor(people[name], name, home, frozenset({(home, Role.INSTRUCTOR)}))


def made(desk: Desk, actor: Actor, circle: object = None, people: object = ()) -> Roll:
    instance, now = desk.rooms.settings.instance, desk.rooms.clock()
    with desk.rooms.store.reading() as session:
        if circle:
            return roll.of_circle(session, instance, circle, people, now)  # type: ignore[arg-type] # ids of tests
        return roll.of_organisations(session, actor, instance, now)


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_each_person_has_one_row_and_the_newest_attempt_counts(desk_of: Desks, people: People) -> None:
    desk = desk_of("trainee")
    desk.submit("q1", answer(desk, "q1"), prove(desk, "q1"))
    with desk.rooms.store.writing() as session:
        session.get_one(Attempt, desk.attempt_id).closed_at = desk.rooms.clock()
    desk.rooms.clock.forward(hours=1)  # type: ignore[attr-defined] # the clock of tests
    with desk.rooms.store.writing() as session:
        again = attempts.begin(session, desk.rooms.settings.instance, desk.actor, LAB, desk.rooms.clock())
        newest = again.id
    found = made(desk, instructor(people))
    assert [one.name for one in found.columns] == [LAB]
    by_person = {row.person: row for row in found.rows}
    assert by_person.keys() == {people["trainee"], people["colleague"]}
    cell = by_person[people["trainee"]].cells[LAB]
    assert (cell.line.attempt.id, cell.attempts, cell.state) == (newest, 2, "open")
    assert by_person[people["colleague"]].cells == {}
    assert by_person[people["trainee"]].passed == 0
    elsewhere = made(desk, instructor(people, "other_instructor"))
    assert [(row.person, row.cells) for row in elsewhere.rows] == [(people["stranger"], {})]
    assert made(desk, desk.actor).rows == (), "a trainee is nobody's instructor"


def test_whoever_has_begun_another_lab_is_still_listed_as_missing_at_this_one(
    desk_of: Desks, people: People, tmp_path: Path
) -> None:
    desk, folder = desk_of("trainee"), tmp_path / "labs" / "another-case"
    shutil.copytree(FOLDER, folder)
    file = folder / "lab.yaml"
    file.write_text(file.read_text("utf-8").replace(f"id: {LAB}\n", "id: another-case\n", 1), "utf-8")
    colleague = Actor(people["colleague"], "C", people.home, frozenset({(people.home, Role.TRAINEE)}))
    instance, now = desk.rooms.settings.instance, desk.rooms.clock()
    with desk.rooms.store.writing() as session:
        content.publish(session, instance, "lab", folder, lambda _folder: (), now)
        attempts.begin(session, instance, colleague, "another-case", now)
    with desk.rooms.store.reading() as session:
        waiting = {sheet.release.name: sheet.waiting for sheet in results.sheets(session, instructor(people), instance)}
    assert waiting == {LAB: (people["colleague"],), "another-case": (people["trainee"],)}


def test_an_attempt_that_has_ended_is_passed_or_not(desk_of: Desks, people: People) -> None:
    desk = desk_of("trainee")
    with desk.rooms.store.writing() as session:
        session.get_one(Attempt, desk.attempt_id).closed_at = desk.rooms.clock()
    cell = next(row for row in made(desk, instructor(people)).rows if row.person == people["trainee"]).cells[LAB]
    assert cell.state == "not passed"


def test_a_session_shows_its_people_and_what_they_did_in_it(desk_of: Desks, people: People) -> None:
    desk, other, circle = desk_of("trainee"), desk_of("colleague"), new_id()
    with desk.rooms.store.writing() as session:
        now = desk.rooms.clock()
        given = {"organisation_id": people.home, "title": "Session", "mode": "practice", "timeline": [], "hints": True}
        given |= {"after": "closed", "pass_percent": 60, "made_by": people["instructor"], "made_at": now}
        session.add(it := Assignment(lab=LAB, circle=circle, opens_at=now - timedelta(days=1), **given))
        session.flush()
        session.get_one(Attempt, desk.attempt_id).assignment_id = it.id
    found = made(desk, instructor(people), circle, [people["trainee"], people["colleague"]])
    cells = {row.person: set(row.cells) for row in found.rows}
    assert cells == {people["trainee"]: {LAB}, people["colleague"]: set()}, "practice of one's own is not"
    assert other.attempt_id != desk.attempt_id
    empty = made(desk, instructor(people), new_id(), [people["trainee"]])
    assert [(row.person, row.cells) for row in empty.rows] == [(people["trainee"], {})]
    assert empty.columns == ()


def test_a_lab_that_is_set_has_a_column_until_it_is_withdrawn(
    set_lab: Callable[..., UUID], rooms: Rooms, people: People
) -> None:
    def columns(name: str) -> list[str]:
        with rooms.store.reading() as session:
            actor, now = instructor(people, name), rooms.clock()
            return [one.name for one in roll.of_organisations(session, actor, rooms.settings.instance, now).columns]

    it = set_lab()
    assert columns("instructor") == [LAB]
    assert columns("other_instructor") == []
    setting.withdraw(rooms, people, it)
    assert columns("instructor") == []


def test_no_name_is_a_formula_in_a_spreadsheet_and_taking_the_file_is_recorded(desk_of: Desks, people: People) -> None:
    desk = desk_of("trainee")
    desk.submit("q1", answer(desk, "q1"), prove(desk, "q1"))
    with desk.rooms.store.writing() as session:
        session.get_one(Person, people["colleague"]).name = '=HYPERLINK("https://a.example","x")'
    found = made(desk, instructor(people))
    names = {people["trainee"]: "+Trainee, first", people["colleague"]: '=HYPERLINK("https://a.example","x")'}
    text = roll.as_csv(found, names)
    assert text.startswith("\ufeff")
    head, *lines = read(text)
    assert head == ["trainee", "labs passed", *(f"{LAB} {one}" for one in ("state", "points", "of", "begun"))]
    assert [line[0] for line in lines] == ["'+Trainee, first", '\'=HYPERLINK("https://a.example","x")']
    assert lines[0][1:5] == ["0", "open", "10", "105"]
    assert lines[1][1:] == ["0", "not begun", "", "", ""]
    with desk.rooms.store.writing() as session:
        roll.note(session, found, "session:1", people["instructor"], desk.rooms.clock())
        event = session.scalars(select(Event).filter_by(act="results.exported")).one()
        assert (event.subject, event.details) == ("session:1", {"form": "csv", "people": 2, "labs": 1})
