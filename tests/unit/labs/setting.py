"""Labs that are set, for tests: by whom, with more time for somebody, changed and withdrawn."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.unit.labs.conftest import LAB, Desk
from training.accounts.actor import Actor, Role
from training.audit.models import Event
from training.labs.models import Assignment
from training.labs.service import assignments, attempts
from training.labs.service.assignments import Wish
from training.store import Store
from training.web.rooms import Rooms

DeskOf = Callable[[str], Desk]
NOW = Clock().now
DAY = timedelta(days=1)
EXAMINATION: dict[str, Any] = {"mode": "examination", "dates": ((NOW + DAY, 100),), "hints": False}


def teacher(people: People) -> Actor:
    return Actor(people["instructor"], "Instructor", people.home, frozenset({(people.home, Role.INSTRUCTOR)}))


@pytest.fixture
def set_lab(rooms: Rooms, people: People, desk_of: DeskOf) -> Callable[..., UUID]:
    """Set the lab for the home organisation: practice without dates unless said otherwise."""

    def make(**given: Any) -> UUID:
        wish = Wish(**{"lab": LAB, "title": "Week one", "mode": "practice", "opens_at": NOW, **given})
        with rooms.store.writing() as session:
            return assignments.make(session, teacher(people), people.home, wish, rooms.clock()).id

    return make


def give(rooms: Rooms, people: People, assignment: UUID, minutes: int, name: str = "trainee") -> None:
    with rooms.store.writing() as session:
        found = session.get_one(Assignment, assignment)
        assignments.accommodate(session, teacher(people), found, people[name], minutes, "as agreed", rooms.clock())


def acts(store: Store) -> list[str]:
    with store.reading() as session:
        return list(session.scalars(select(Event.act).order_by(Event.seq)))


def close(desk: Desk) -> None:
    with desk.rooms.store.writing() as session:
        attempts.close(session, desk.case(session, lock=True).attempt, desk.rooms.clock())


def withdraw(rooms: Rooms, people: People, made: UUID) -> None:
    with rooms.store.writing() as session:
        assignments.withdraw(session, teacher(people), session.get_one(Assignment, made), rooms.clock())


def change(rooms: Rooms, people: People, made: UUID, **given: Any) -> None:
    with rooms.store.writing() as session:
        found = session.get_one(Assignment, made)
        wish = replace(assignments.wish_of(found), **given)
        assignments.change(session, teacher(people), found, wish, rooms.clock())
