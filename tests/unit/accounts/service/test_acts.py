"""Every act on accounts and organisations stands in the log once, with who did it and to whom."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import SEALED, People
from training.accounts import service
from training.accounts.actor import Role
from training.accounts.models import Kind, Organisation, Person
from training.accounts.organisations import service as organisations
from training.audit import service as audit
from training.audit.models import Event
from training.store import Store

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def told(store: Store, since: int) -> list[tuple[str, UUID | None, str]]:
    with store.reading() as session:
        found = session.scalars(select(Event).where(Event.seq > since).order_by(Event.seq))
        return [(one.act, one.actor, one.subject) for one in found if one.act != audit.SEALED]


def last(store: Store) -> int:
    with store.reading() as session:
        return audit.check(session).events


def give(session: Session, person: Person, by: UUID) -> None:
    service.give_role(session, person, person.home_id, Role.INSTRUCTOR, actor=by, now=NOW)


def take(session: Session, person: Person, by: UUID) -> None:
    service.take_role(session, person, person.home_id, Role.TRAINEE, actor=by, now=NOW)


def close(session: Session, person: Person, by: UUID) -> None:
    service.disable(session, person, actor=by, now=NOW)
    service.disable(session, person, actor=by, now=NOW)


def reopen(session: Session, person: Person, by: UUID) -> None:
    person.disabled_at = NOW
    service.enable(session, person, actor=by, now=NOW)
    service.enable(session, person, actor=by, now=NOW)


def set_password(session: Session, person: Person, by: UUID) -> None:
    service.set_password(session, person, SEALED, actor=by, now=NOW)


def end(session: Session, person: Person, by: UUID) -> None:
    for _ in range(2):
        service.start(session, person.id, now=NOW)
    assert service.end_all(session, person.id, actor=by, now=NOW) == 2
    assert service.end_all(session, person.id, actor=by, now=NOW) == 0


ACTS = {
    "role.given": give,
    "role.taken": take,
    "person.disabled": close,
    "person.enabled": reopen,
    "password.set": set_password,
    "sign-in.ended": end,
}


@pytest.mark.parametrize("act", ACTS)
def test_what_staff_do_to_an_account_is_told_once(store: Store, people: People, act: str) -> None:
    before, by = last(store), people["host"]
    with store.writing() as session:
        person = service.find(session, people["trainee"])
        assert person
        ACTS[act](session, person, by)
    assert told(store, before) == [(act, by, f"person:{people['trainee']}")]


def test_a_new_name_is_told_without_being_said(store: Store, people: People) -> None:
    before, person = last(store), people["trainee"]
    with store.writing() as session:
        service.rename(session, person, "Amina Diallo", now=NOW)
        service.rename(session, person, "Amina Diallo", now=NOW)
    assert told(store, before) == [("person.renamed", person, f"person:{person}")]
    with store.reading() as session:
        details: dict[str, Any] = session.scalars(select(Event.details).where(Event.act == "person.renamed")).one()
        assert audit.matches(session, details["name"], "Amina Diallo")
    assert "Amina" not in str(details)


def test_a_sign_in_that_its_owner_ends_is_told(store: Store, people: People) -> None:
    before, person = last(store), people["trainee"]
    with store.writing() as session:
        token = service.hash_token(service.start(session, person, now=NOW))
        assert service.end(session, token, person_id=person, now=NOW)
        assert not service.end(session, token, person_id=person, now=NOW)
    assert told(store, before) == [("sign-in.ended", person, f"person:{person}")]


def test_what_is_done_to_an_organisation_is_told(store: Store, people: People) -> None:
    before, by = last(store), people["administrator"]
    with store.writing() as session:
        found = service.find(session, by)
        assert found
        actor = service.actor_of(found)
        place = service.make_organisation(session, "Harbour police", Kind.AGENCY, actor=by, now=NOW)
        organisations.rename(session, actor, place, "Harbour Police of Selby", NOW)
        organisations.close(session, actor, place, NOW)
        organisations.reopen(session, actor, place, NOW)
        subject = f"organisation:{place.id}"
    acts = ("organisation.made", "organisation.renamed", "organisation.closed", "organisation.reopened")
    assert told(store, before) == [(act, by, subject) for act in acts]
    with store.reading() as session:
        assert session.get_one(Organisation, place.id).name == "Harbour Police of Selby"
