"""To which organisation a course or lab belongs, who gave it there, and what changes when another one takes over."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from tests.conftest import People
from training.accounts import service as accounts
from training.accounts.models import Organisation
from training.audit.models import Event
from training.content import ownership
from training.content.ownership import Owned
from training.store import Store

pytestmark = pytest.mark.any_database
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def test_a_thing_belongs_to_whom_it_was_given_and_else_to_who_runs_the_installation(
    store: Store, people: People
) -> None:
    by, things = people["instructor"], [("course", "a"), ("lab", "a"), ("course", "b")]
    with store.writing() as session:
        ownership.give(session, "course", "a", people.elsewhere, by, NOW)
    with store.reading() as session:
        owners = [people.elsewhere, people.home, people.home]
        expected = {(kind, name): Owned(kind, name, owner) for (kind, name), owner in zip(things, owners, strict=True)}
        assert ownership.of_all(session, things) == expected
        assert {one: ownership.of(session, *one) for one in things} == expected
        event = session.scalars(select(Event).where(Event.act == "owner.set")).one()
    assert (event.actor, event.subject, event.details) == (by, "course:a", {"organisation": str(people.elsewhere)})


def test_whoever_takes_over_runs_the_installation_alone_and_gets_what_was_given_to_nobody(
    store: Store, people: People
) -> None:
    with store.writing() as session:
        ownership.give(session, "course", "a", people.home, None, NOW)
        ownership.hand_over(session, people.elsewhere, NOW)
    with store.reading() as session:
        assert accounts.founding(session) == people.elsewhere
        assert session.scalars(select(Organisation.id).where(Organisation.founding)).all() == [people.elsewhere]
        assert ownership.of(session, "course", "a").owner == people.home
        assert ownership.of(session, "course", "b").owner == people.elsewhere
        told = session.scalars(select(Event).where(Event.act == "owner.set").order_by(Event.seq.desc())).first()
    assert told
    assert (told.subject, told.details) == ("installation", {"organisation": str(people.elsewhere)})
