"""Labs that are set for a circle of people: who gets what, what outsiders see, and examinations beside practice."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError

from tests.conftest import Clock, People
from tests.unit.labs import setting
from tests.unit.labs.conftest import FOLDER, LAB
from tests.unit.labs.setting import DAY, EXAMINATION, NOW, DeskOf, close, teacher
from training.accounts.actor import Actor, Role
from training.accounts.models import Person
from training.content import service as content
from training.content.models import Release
from training.errors import Conflict, NotThere
from training.evidence.models import Exhibit
from training.labs.models import Assignment, Attempt
from training.labs.service import assignments, attempts, circles, news, results
from training.labs.service.assignments import Wish
from training.store import new_id
from training.web.rooms import Rooms

set_lab = setting.set_lab  # fixture
SetFor = Callable[..., UUID]


@pytest.fixture
def set_for(rooms: Rooms, people: People) -> SetFor:
    """Set the lab for a circle of named people; practice without dates unless said otherwise."""

    def make(*names: str, circle: UUID | None = None, **given: Any) -> UUID:
        wish = Wish(**{"lab": LAB, "title": "Our week", "mode": "practice", "opens_at": NOW, **given})
        with rooms.store.writing() as session:
            made = assignments.make(
                session, teacher(people), people.home, wish, rooms.clock(), circle=circle or new_id()
            )
            circles.set_members(session, made, [people[name] for name in names])
            return made.id

    return make


def attempt_of(rooms: Rooms, attempt: UUID) -> Attempt:
    with rooms.store.reading() as session:
        return session.get_one(Attempt, attempt)


def test_a_circle_goes_before_the_organisation_and_others_never_see_it(
    set_lab: Callable[..., UUID], set_for: SetFor, desk_of: DeskOf, rooms: Rooms, people: People, clock: Clock
) -> None:
    set_for("trainee")
    clock.forward(minutes=1)
    ours = set_for("trainee")
    clock.forward(minutes=1)
    for_all = set_lab()
    inside, outside = desk_of("trainee"), desk_of("colleague")
    assert attempt_of(rooms, inside.attempt_id).assignment_id == ours
    assert attempt_of(rooms, outside.attempt_id).assignment_id == for_all
    with rooms.store.reading() as session:
        seen = {
            name: assignments.standing_in(session, people.home, people[name])[LAB].assignment
            for name in ("trainee", "colleague")
        }
        due = {
            name: news.due(session, desk.actor, NOW)[0].assignment
            for name, desk in (("trainee", inside), ("colleague", outside))
        }
    assert {name: one and one.id for name, one in seen.items()} == {"trainee": ours, "colleague": for_all}
    assert {name: one.id for name, one in due.items()} == {"trainee": ours, "colleague": for_all}


def test_practice_is_closed_for_what_a_session_sets_when_that_has_opened_and_not_before(
    set_for: SetFor, desk_of: DeskOf, rooms: Rooms, people: People, clock: Clock
) -> None:
    practice, made = desk_of("trainee"), set_for("trainee", opens_at=NOW + DAY)

    def begun() -> Attempt:
        with rooms.store.writing() as session:
            instance = rooms.settings.instance
            return attempts.begin_set(session, instance, practice.actor, LAB, rooms.clock())

    assert begun().id == practice.attempt_id
    assert attempt_of(rooms, practice.attempt_id).closed_at is None
    clock.forward(days=1)
    first = begun()
    assert first.assignment_id == made
    assert attempt_of(rooms, practice.attempt_id).closed_at == clock()
    clock.forward(minutes=1)
    assert begun().id == first.id, "what was begun goes on"
    assert attempt_of(rooms, first.id).closed_at is None


def test_practice_goes_on_where_the_organisation_and_no_session_sets_the_lab(
    set_lab: Callable[..., UUID], desk_of: DeskOf, rooms: Rooms
) -> None:
    practice = desk_of("trainee")
    set_lab()
    with rooms.store.writing() as session:
        begun = attempts.begin_set(session, rooms.settings.instance, practice.actor, LAB, rooms.clock())
        assert (begun.id, begun.closed_at) == (practice.attempt_id, None)


def test_whoever_is_outside_of_the_only_circle_has_nothing_set(
    set_for: SetFor, desk_of: DeskOf, rooms: Rooms, people: People
) -> None:
    set_for("trainee")
    outside = desk_of("colleague")
    assert attempt_of(rooms, outside.attempt_id).assignment_id is None
    with rooms.store.reading() as session:
        assert assignments.standing_in(session, people.home, people["colleague"]) == {}
        assert news.due(session, outside.actor, NOW) == []


def test_one_lab_is_set_once_for_a_circle_and_once_for_each(set_lab: Callable[..., UUID], set_for: SetFor) -> None:
    circle = new_id()
    made = {set_lab(), set_for(circle=circle), set_for(), set_for()}
    assert len(made) == 4
    with pytest.raises(Conflict, match="'Our week' is set for this lab"):
        set_for(circle=circle)
    with pytest.raises(Conflict, match="'Week one' is set for this lab"):
        set_lab()


def test_two_who_set_the_same_lab_for_a_circle_at_once_meet_in_the_database(rooms: Rooms, people: People) -> None:
    circle = new_id()
    row = {"organisation_id": people.home, "lab": LAB, "circle": circle, "title": "x", "mode": "practice"}
    row |= {"opens_at": NOW, "timeline": [], "after": "closed", "hints": True, "pass_percent": 60}
    row |= {"made_by": people["instructor"], "made_at": NOW}
    with rooms.store.writing() as session:
        session.add(Assignment(**row))
        session.flush()
        with pytest.raises(IntegrityError), session.begin_nested():
            session.add(Assignment(**row))
        session.add(Assignment(**row | {"circle": new_id()}))
        session.add(Assignment(**row | {"circle": circle, "withdrawn_at": NOW}))


def test_the_exhibit_that_is_kept_for_a_person_is_the_one_that_the_attempt_gets(
    set_for: SetFor, desk_of: DeskOf, rooms: Rooms, people: People, exhibit: str
) -> None:
    other = second_exhibit(rooms, exhibit)
    made = set_for("trainee", "colleague")
    with rooms.store.writing() as session:
        found = session.get_one(Assignment, made)
        circles.set_exhibits(
            session,
            found,
            {people["trainee"]: other, people["colleague"]: "f" * 64, people["stranger"]: other},
        )
        assert circles.members(session, found) == {people["trainee"]: other, people["colleague"]: "f" * 64}
    assert attempt_of(rooms, desk_of("trainee").attempt_id).exhibit == other
    assert attempt_of(rooms, desk_of("colleague").attempt_id).exhibit == exhibit, "not registered: as it is without"


def test_what_waits_in_an_examination_is_not_given_out_before(
    set_for: SetFor, desk_of: DeskOf, rooms: Rooms, people: People, exhibit: str, clock: Clock
) -> None:
    other = second_exhibit(rooms, exhibit)
    for kept, free in ((exhibit, other), (other, exhibit)):
        made = set_for("trainee", **EXAMINATION | {"opens_at": NOW + DAY, "dates": ((NOW + 2 * DAY, 100),)})
        with rooms.store.writing() as session:
            found = session.get_one(Assignment, made)
            circles.set_exhibits(session, found, {people["trainee"]: kept})
        practice = desk_of("trainee")
        assert attempt_of(rooms, practice.attempt_id).exhibit == free
        close(practice)
        with rooms.store.writing() as session:
            assignments.withdraw(session, teacher(people), session.get_one(Assignment, made), clock())


@pytest.mark.usefixtures("desk_of")
def test_an_exhibit_is_kept_back_for_one_person_until_the_examination_is_over(
    set_for: SetFor, rooms: Rooms, people: People
) -> None:
    made, kept = set_for("trainee", **EXAMINATION), "e" * 64
    with rooms.store.writing() as session:
        found = session.get_one(Assignment, made)
        circles.set_exhibits(session, found, {people["trainee"]: kept})

        def reserved(name: str = "trainee", lab: str = LAB) -> set[str]:
            session.flush()
            return circles.reserved(session, lab, people[name])

        assert reserved() == {kept}
        assert (reserved("colleague"), reserved(lab="another-case")) == (set(), set())
        for name, value in (("mode", "practice"), ("withdrawn_at", NOW), ("released_at", NOW)):
            before = getattr(found, name)
            setattr(found, name, value)
            assert reserved() == set(), name
            setattr(found, name, before)
        assert reserved() == {kept}


def second_exhibit(rooms: Rooms, first: str) -> str:
    """Another registered image that the lab names; nothing is run on it."""
    with rooms.store.writing() as session:
        row = session.get_one(Exhibit, first)
        values = {one.key: getattr(row, one.key) for one in inspect(Exhibit).column_attrs}
        session.add(Exhibit(**values | {"sha256": "e" * 64, "name": "finance-workstation-b"}))
    return "e" * 64


def test_practice_of_others_stands_still_beside_the_examination_of_a_circle_and_is_not_told_whose_it_is(
    set_for: SetFor, desk_of: DeskOf, rooms: Rooms, people: People, clock: Clock
) -> None:
    outside = desk_of("colleague")
    set_for("trainee", **EXAMINATION)
    with pytest.raises(Conflict) as bad:
        outside.submit("q1", "3")
    assert "Our week" not in bad.value.message
    with rooms.store.reading() as session:
        assert outside.case(session).told(clock()) is False
    close(outside)
    with pytest.raises(Conflict, match="An examination of this lab is under way") as bad:
        desk_of("colleague")
    assert "Our week" not in bad.value.message
    taken = desk_of("trainee")
    assert taken.submit("q1", "3").finding
    clock.forward(days=1, seconds=1)
    assert desk_of("colleague").submit("q1", "3").finding, "when it has ended, practice goes on"


def test_whoever_sat_an_examination_of_a_circle_waits_for_its_results_also_outside_of_it(
    set_for: SetFor, desk_of: DeskOf, rooms: Rooms, people: People, clock: Clock
) -> None:
    made = set_for("trainee", **EXAMINATION)
    close(desk_of("trainee"))
    with rooms.store.writing() as session:
        circles.set_members(session, session.get_one(Assignment, made), [])
    clock.forward(days=2)
    with pytest.raises(Conflict, match="its results are not released yet"):
        desk_of("trainee")


def test_what_the_organisation_has_set_follows_a_circles_examination_that_is_released(
    set_lab: Callable[..., UUID], set_for: SetFor, desk_of: DeskOf, rooms: Rooms, people: People, clock: Clock
) -> None:
    for_all, made = set_lab(), set_for("trainee", **EXAMINATION)
    close(desk_of("trainee"))
    with rooms.store.writing() as session:
        assignments.release(session, teacher(people), session.get_one(Assignment, made), clock())
    clock.forward(seconds=1)
    assert attempt_of(rooms, desk_of("trainee").attempt_id).assignment_id == for_all


def test_time_is_given_only_to_people_of_the_circle(
    set_for: SetFor, desk_of: DeskOf, rooms: Rooms, people: People, clock: Clock
) -> None:
    made = set_for("trainee", **EXAMINATION)
    with rooms.store.writing() as session:
        found = session.get_one(Assignment, made)
        assert [one for one, _ in circles.trainees(session, found)] == [people["trainee"]]
        assignments.accommodate(session, teacher(people), found, people["trainee"], 5, "", clock())
        with pytest.raises(NotThere):
            assignments.accommodate(session, teacher(people), found, people["colleague"], 5, "", clock())


def test_whoever_can_not_sign_in_any_more_is_not_listed_for_more_time_or_as_not_having_begun(
    set_lab: Callable[..., UUID], rooms: Rooms, people: People, clock: Clock
) -> None:
    made = set_lab()
    with rooms.store.writing() as session:
        session.get_one(Person, people["colleague"]).disabled_at = clock()
    with rooms.store.reading() as session:
        listed = circles.trainees(session, session.get_one(Assignment, made))
        (sheet,) = results.sheets(session, teacher(people), rooms.settings.instance)
    assert [one for one, _ in listed] == [people["trainee"]]
    assert sheet.waiting == (people["trainee"],)


def test_a_guest_of_another_organisation_works_for_the_organisation_of_the_circle(
    set_for: SetFor, desk_of: DeskOf, rooms: Rooms, people: People
) -> None:
    set_for("stranger")
    made = attempt_of(rooms, desk_of("stranger").attempt_id)
    assert made.organisation_id == people.home


def test_an_attempt_begins_on_the_release_that_the_person_is_held_to(
    desk_of: DeskOf, rooms: Rooms, people: People, tmp_path: Path, clock: Clock
) -> None:
    close(desk_of("trainee"))
    with rooms.store.writing() as session:
        first = content.get(session, "lab", LAB)
        content.hold_to(session, new_id(), [people["trainee"]], [first], clock())
    shutil.copytree(FOLDER, tmp_path / LAB)
    file = tmp_path / LAB / "lab.yaml"
    file.write_text(file.read_text("utf-8") + "# changed\n", "utf-8")
    with rooms.store.writing() as session:
        second = content.publish(session, rooms.settings.instance, "lab", tmp_path / LAB, lambda _: (), clock())
    actors = {name: desk_of_release(rooms, people, name) for name in ("trainee", "colleague")}
    assert actors == {"trainee": first.id, "colleague": second.id}
    with rooms.store.reading() as session:
        card = results.cards(session, held_actor(people, "trainee"), rooms.settings.instance, clock())[0]
    assert card.release.id == first.id


def held_actor(people: People, name: str) -> Actor:
    return Actor(people[name], name, people.home, frozenset({(people.home, Role.TRAINEE)}))


def desk_of_release(rooms: Rooms, people: People, name: str) -> UUID:
    with rooms.store.writing() as session:
        made = attempts.begin(session, rooms.settings.instance, held_actor(people, name), LAB, rooms.clock())
        return session.scalars(select(Release.id).where(Release.id == made.release_id)).one()
