"""What counts as practice: work of this organisation, of no session, that was ended or begun long enough ago."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from tests.unit.personal.conftest import Held
from training.labs.models import Assignment, Attempt
from training.labs.models.assignment import Accommodation
from training.personal.registry import BY_NAME
from training.personal.service import rules

pytestmark = pytest.mark.any_database


def given(held: Held, **changed: Any) -> UUID:
    """An assignment of the organisation, of no session."""
    now = held.clock()
    values: dict[str, Any] = {
        "organisation_id": held.people.home, "lab": "first-look", "title": "Set", "mode": "practice", "opens_at": now,
        "timeline": [], "after": "closed", "minutes": 90, "hints": True, "pass_percent": 60, "made_at": now,
        "made_by": held.people["instructor"],
    }  # fmt: skip
    with held.store.writing() as session:
        made = Assignment(**values | changed)
        session.add(made)
        session.flush()
        return made.id


def practice(held: Held, kind: type[Any], cutoff: datetime, column: Any) -> set[Any]:
    """The rows of a table that are practice of the organisation, by one of their columns."""
    which = rules.of_practice(BY_NAME[kind.__tablename__], held.people.home, cutoff)
    with held.store.reading() as session:
        return set(session.scalars(select(column).where(which)))


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, True),
        ({"closed_at": -1}, True),
        ({"closed_at": 0}, False),
        ({"closed_at": 1}, False),
        ({"opened_at": 0}, False),
        ({"organisation_id": "elsewhere"}, False),
        ({"assignment_id": "of no session"}, True),
        ({"assignment_id": "of the session"}, False),
    ],
    ids=str,
)
def test_which_attempts_are_practice(held: Held, changed: dict[str, Any], found: bool) -> None:  # noqa: FBT001 - a case
    cutoff = held.clock() + timedelta(days=30)
    ids = {
        "elsewhere": held.people.elsewhere,
        "of no session": given(held),
        "of the session": given(held, circle=held.session),
    }
    values: dict[str, Any] = {"assignment_id": None, "closed_at": None, "opened_at": held.clock()}
    for name, value in changed.items():
        values[name] = ids[value] if isinstance(value, str) else cutoff + timedelta(days=value)
    with held.store.writing() as session:
        session.execute(update(Attempt).where(Attempt.id == held.attempt).values(values))
    assert practice(held, Attempt, cutoff, Attempt.id) == ({held.attempt} if found else set())


def test_more_time_goes_with_assignments_of_no_session_that_were_withdrawn(held: Held) -> None:
    now = held.clock()
    cutoff = now + timedelta(days=30)
    made = {
        "long withdrawn": given(held, withdrawn_at=now),
        "withdrawn at the very time": given(held, withdrawn_at=cutoff),
        "still set": given(held),
        "of a session": given(held, withdrawn_at=now, circle=held.session),
        "of another organisation": given(held, withdrawn_at=now, organisation_id=held.people.elsewhere),
    }
    with held.store.writing() as session:
        for each in made.values():
            session.add(
                Accommodation(assignment_id=each, person_id=held.id, extra_minutes=30, at=now, note="because",
                              given_by=held.people["instructor"])
            )  # fmt: skip
    found = practice(held, Accommodation, cutoff, Accommodation.assignment_id)
    assert {name for name, each in made.items() if each in found} == {"long withdrawn"}
