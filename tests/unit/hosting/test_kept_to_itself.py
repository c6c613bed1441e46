"""An open session works with its own people, releases, labs and rules, and a closed one is a record."""

from collections.abc import Callable
from dataclasses import replace
from datetime import time
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching, open_teaching, somebody
from training.accounts.actor import Role
from training.content.models import Pinned, Release
from training.errors import Conflict, NotThere
from training.hosting import ruling
from training.hosting.models import TeachingSession
from training.hosting.service import people as members
from training.hosting.service import releases, rules, sessions, slots, timetable, today
from training.hosting.service.people import Place
from training.hosting.service.slots import Slot
from training.labs.models import Accommodation, Assignment
from training.labs.service import circles
from training.store import Store

LESSON = Slot(1, time(9), 60, "L", "In court", ("course/courtroom/m5-2",))
LATE = Slot(5, time(17, 30), 60, "E", "Late examination", ("lab/identity-collector",))


def test_people_are_held_to_the_releases_of_their_own_session(
    store: Store, people: People, clock: Clock, opened: UUID
) -> None:
    with store.writing() as session:
        made = make_teaching(session, people, clock(), plan="", days=1, trainees=("colleague",))
        slots.add(session, instructor(people), made, LESSON, clock())
        sessions.open_up(session, instructor(people), made, clock())
        assert [(one.kind, one.name) for one in releases.of(session, made)] == [("course", "courtroom")]
        held = session.execute(select(Pinned.kind, Pinned.name).filter_by(person_id=people["colleague"]))
        assert [tuple(one) for one in held] == [("course", "courtroom")]
        with pytest.raises(NotThere, match="works with no winter"):
            releases.upgrade(session, instructor(people), made, "course", "winter", clock())
        other = session.scalars(select(Release.name).filter_by(kind="lab", current=True)).first()
        assert other
        with pytest.raises(NotThere, match=f"This session works with no {other}"):
            releases.upgrade(session, instructor(people), made, "lab", other, clock())


def test_what_a_changed_slot_works_on_is_pinned_and_set_and_what_it_worked_on_is_not_set_any_more(
    store: Store, people: People, clock: Clock, opened: UUID
) -> None:
    with store.writing() as session:
        made, staff = session.get_one(TeachingSession, opened), instructor(people)
        part = slots.add(session, staff, made, replace(LATE, refs=()), clock())
        slots.change(session, staff, made, part, LATE, clock())
        assert "identity-collector" in {one.name for one in releases.of(session, made)}
        assert "identity-collector" in {one.lab for one in circles.of(session, opened)}
        slots.change(session, staff, made, part, replace(LATE, refs=()), clock())
        assert "identity-collector" not in {one.lab for one in circles.of(session, opened)}


def test_what_slots_let_go_of_is_not_set_any_more(store: Store, people: People, clock: Clock, opened: UUID) -> None:
    with store.writing() as session:
        made = session.get_one(TeachingSession, opened)
        assert "moot" in {one.lab for one in circles.of(session, opened)}
        session.scalars(select(Release).filter_by(kind="lab", name="moot", current=True)).one().current = False
        session.flush()
        assert slots.leave_out(session, instructor(people), made, clock())
        assert "moot" not in {one.lab for one in circles.of(session, opened)}


def test_more_time_is_worked_out_for_each_examination(
    store: Store, people: People, clock: Clock, teaching: UUID, published: str
) -> None:
    def given(session: Session) -> dict[str, int]:
        found = select(Assignment.lab, Accommodation.extra_minutes)
        rows = session.execute(found.join(Assignment, Assignment.id == Accommodation.assignment_id))
        return {lab: minutes for lab, minutes in rows}  # noqa: C416 - a row is no pair to the type checker

    with store.writing() as session:
        made, staff, place = session.get_one(TeachingSession, teaching), instructor(people), Place(seat="01")
        slots.add(session, staff, made, LATE, clock())
        members.change(session, staff, made, people["trainee"], replace(place, extra_percent=25), clock())
        open_teaching(session, people, made, clock())
        assert given(session) == {"one-case": 53, "identity-collector": 15}
        members.change(session, staff, made, people["trainee"], replace(place, extra_percent=50), clock())
        assert given(session) == {"one-case": 105, "identity-collector": 30}


def test_rules_change_in_their_own_session(store: Store, people: People, clock: Clock) -> None:
    with store.writing() as session:
        first, second = (make_teaching(session, people, clock()) for _ in range(2))
        wish = replace(ruling.of(first), late_minutes=11)
        assert rules.change(session, instructor(people), first, wish, "Snow", seen=0, settled=False, now=clock())
        session.flush()
        assert [len(rules.changes(session, one)) for one in (first, second)] == [1, 0]
        assert rules.change(session, instructor(people), second, wish, "Snow", seen=0, settled=False, now=clock())


def test_staff_who_are_in_no_session_have_none_today(store: Store, people: People, clock: Clock) -> None:
    with store.writing() as session:
        made = make_teaching(session, people, clock())
        made.opened_at = clock()
        session.flush()
        host, lead = somebody(people, "host", Role.HOST), instructor(people)
        assert today.of(session, host, clock()) == []
        assert [one.teaching.id for one in today.of(session, lead, clock())] == [made.id]


def test_nothing_of_a_closed_session_changes(store: Store, people: People, clock: Clock, teaching: UUID) -> None:
    with store.writing() as session:
        made, staff = session.get_one(TeachingSession, teaching), instructor(people)
        made.opened_at = made.closed_at = clock()
        session.flush()
        part, wish = timetable.parts(session, made)[0], sessions.wish_of(made)
        acts: list[Callable[[], object]] = [
            lambda: sessions.change(session, staff, made, replace(wish, title="Another"), clock()),
            lambda: members.add(session, staff, made, people["colleague"], Place(), clock()),
            lambda: members.change(session, staff, made, people["trainee"], Place(seat="02"), clock()),
            lambda: members.withdraw(session, staff, made, people["trainee"], clock()),
            lambda: slots.add(session, staff, made, replace(LESSON, refs=(), at=time(19)), clock()),
            lambda: slots.change(session, staff, made, part, replace(slots.slot_of(made, part), minutes=5), clock()),
            lambda: slots.drop(session, staff, made, part, clock()),
            lambda: slots.leave_out(session, staff, made, clock()),
            lambda: releases.upgrade(session, staff, made, "course", "courtroom", clock()),
        ]
        for act in acts:
            with pytest.raises(Conflict, match="What it holds is a record"):
                act()
        assert sessions.wish_of(made) == wish
