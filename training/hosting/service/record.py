"""What all services of sessions need: an audit entry, a lock that tells the second, faults by field."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.accounts.models import Person
from training.audit import service as audit
from training.audit.models import Event
from training.errors import Conflict, Refused
from training.hosting.models import TeachingSession
from training.sentence import joined, phrase


class Faulty(Refused):
    """Some fields can't be accepted: `fields` has what is wrong with each."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(joined(*fields.values()), field=next(iter(fields), None))
        self.fields = dict(fields)


def note(
    session: Session, act: str, actor: Actor, teaching: TeachingSession, details: Mapping[str, Any], now: datetime
) -> None:
    """Add an act on a session to the audit chain; names of people and what they type only as commitments."""
    session.flush()
    audit.record(session, act=act, actor=actor.id, subject=f"session:{teaching.id}", details=details, now=now)


def not_closed(teaching: TeachingSession) -> None:
    """Raises Conflict for a session that is closed: it is a record by then."""
    if teaching.closed_at is not None:
        raise Conflict(phrase("This session is closed. What it holds is a record, and nothing of it changes any more."))


def was_done(session: Session, teaching: TeachingSession, act: str) -> str:
    """Who did something to a session, and when, one sentence; for whoever wants to do it a second time."""
    found = select(Event.at, Person.name).outerjoin(Person, Person.id == Event.actor)
    found = found.where(Event.subject == f"session:{teaching.id}", Event.act == act)
    last = session.execute(found.order_by(Event.seq.desc()).limit(1)).first()
    if last is None:
        return ""
    when = f"{last.at:%Y-%m-%d %H:%M} UTC"
    if last.name is None:
        return phrase("It was done at %(time)s by command.", time=when)
    return phrase("%(name)s did it at %(time)s.", name=last.name, time=when)
