"""A session that is open and keeps attendance, without the courses and labs that opening it by the service wants."""

from collections.abc import Callable
from uuid import UUID

import pytest

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching, somebody
from training.accounts.actor import Actor, Role
from training.hosting.attendance.service import standing
from training.hosting.attendance.state import Present
from training.hosting.models import TeachingSession
from training.store import Store

WEDNESDAY_MORNING = 5
"""Number of the half-day in which the clock of tests stands; the one after it has examination A."""


@pytest.fixture
def running(store: Store, people: People, clock: Clock) -> UUID:
    """An open one-week session with two trainees, at seats 01 and 02."""
    with store.writing() as session:
        made = make_teaching(session, people, clock(), trainees=("trainee", "colleague"))
        made.opened_at = clock()
        return made.id


@pytest.fixture
def staff(people: People) -> Actor:
    """The instructor."""
    return instructor(people)


@pytest.fixture
def trainee(people: People) -> Actor:
    """The one at seat 01."""
    return somebody(people, "trainee", Role.TRAINEE)


@pytest.fixture
def standing_of(store: Store, people: People, running: UUID) -> Callable[[str, int], Present]:
    """How it stands with somebody in the half-day of a number."""

    def look(name: str, number: int) -> Present:
        with store.reading() as session:
            return standing.attended(session, session.get_one(TeachingSession, running))[people[name]][number - 1]

    return look
