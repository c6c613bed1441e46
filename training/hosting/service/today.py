"""What goes on for a person who is in a session that runs: for the home page."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.hosting import policy
from training.hosting.models import SessionMember, TeachingSession
from training.hosting.service import sessions, timetable
from training.hosting.service.timetable import Now

AHEAD = timedelta(hours=16)
"""How far ahead the next slot may lie to be told: the next morning is."""


@dataclass(frozen=True, slots=True)
class Today:
    """An open session of a person, and what goes on in it; `starts` is the next slot's time of day in its zone."""

    teaching: TeachingSession
    now: Now
    starts: str


def of(session: Session, actor: Actor, now: datetime) -> list[Today]:
    """The open sessions in which a person is, with what is now and what is next; those without either are left out."""
    mine = select(SessionMember.session_id).filter_by(person_id=actor.id, withdrawn_at=None)
    found = select(TeachingSession).where(
        TeachingSession.id.in_(mine), TeachingSession.opened_at.is_not(None), TeachingSession.closed_at.is_(None)
    )
    listed = [one for one in session.scalars(found.order_by(TeachingSession.opened_at)) if policy.may_see(actor, one)]
    shown = [(one, timetable.now(timetable.parts(session, one), now)) for one in listed]
    return [
        Today(one, it, f"{timetable.local(one, it.following.starts_at):%H:%M}" if it.following else "")
        for one, it in shown
        if it.current or (it.following and it.following.starts_at - now <= AHEAD)
    ]


def ahead(session: Session, actor: Actor, now: datetime, shown: Collection[Today]) -> list[TeachingSession]:
    """A person's other sessions that are not over: those that are open, then the next ones to come."""
    told = {one.teaching.id for one in shown}
    mine = sessions.of_person(session, actor.id, now) if actor.id else []
    return [one for one in mine if not one.closed_at and one.id not in told and policy.may_see(actor, one)]


def zones(session: Session, circles: Collection[UUID | None]) -> dict[UUID, str]:
    """The time zones of these sessions: what is set for one is told in its zone."""
    found = select(TeachingSession.id, TeachingSession.zone).where(
        TeachingSession.id.in_([one for one in circles if one])
    )
    return {one.id: one.zone for one in session.execute(found)} if any(circles) else {}
