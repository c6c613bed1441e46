"""A session that tests of rooms about hosting begin with."""

from uuid import UUID

import pytest

from tests.conftest import Clock, People
from tests.hosting_place import lacks_live_labs, make_teaching, open_teaching
from training.hosting.models import TeachingSession
from training.store import Store


@pytest.fixture
def teaching(store: Store, people: People, clock: Clock) -> UUID:
    """A planned session of the home organisation from the one-week plan: an instructor leads, one trainee, seat 01."""
    with store.writing() as session:
        return make_teaching(session, people, clock()).id


@pytest.fixture
def published(published: str, store: Store) -> str:
    """Courses and labs of the repository, but for those that need machines: an installation may lack some."""
    with store.writing() as session:
        lacks_live_labs(session)
    return published


@pytest.fixture
def opened(store: Store, people: People, clock: Clock, teaching: UUID, published: str) -> UUID:
    """The same, open, with courses and labs of the repository published: releases are pinned, labs are set."""
    with store.writing() as session:
        return open_teaching(session, people, session.get_one(TeachingSession, teaching), clock()).id
