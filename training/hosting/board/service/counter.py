"""The counter of a session, by which a page that looks again knows whether anything is new."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import Connection, Table, bindparam, func, select
from sqlalchemy.orm import Session

from training.hosting.board.models import Board, Follower, HelpRequest, Incident, Message
from training.hosting.models import SessionMember, TeachingSession
from training.labs.models import Activity

Numbered = TypeVar("Numbered", Message, HelpRequest, Incident)

_teaching, _member = (cast("Table", one.__table__) for one in (TeachingSession, SessionMember))
_board, _follower, _activity = (cast("Table", one.__table__) for one in (Board, Follower, Activity))
_message = cast("Table", Message.__table__)

STANDS = timedelta(minutes=10)
"""How long a message to all stands on pages and on the wall: what a room was told of ten minutes ago is past."""

_PAST = (  # from the newest back, which is mostly the first that is looked at
    select(_message.c.number)
    .where(_message.c.session_id == _teaching.c.id, _message.c.at <= bindparam("past"))
    .order_by(_message.c.number.desc())
    .limit(1)
    .correlate(_teaching)
    .scalar_subquery()
)
# Sixty seats ask this every five seconds: it is made once, and reads one row of each table.
_STANDING = (
    select(
        _teaching.c.id,
        _teaching.c.organisation_id,
        _teaching.c.opened_at,
        _teaching.c.closed_at,
        _member.c.role,
        _member.c.withdrawn_at,
        func.coalesce(_board.c.version, 0),
        func.coalesce(_follower.c.read_to, 0),
        func.coalesce(_PAST, 0),
    )
    .select_from(_teaching)
    .join(_member, (_member.c.session_id == _teaching.c.id) & (_member.c.person_id == bindparam("person")))
    .outerjoin(_board, _board.c.session_id == _teaching.c.id)
    .outerjoin(
        _follower,
        (_follower.c.session_id == _teaching.c.id) & (_follower.c.person_id == bindparam("person")),
    )
)
_STANDING_IN = _STANDING.where(_teaching.c.id == bindparam("session"))
_RUNNING = _STANDING.where(
    _teaching.c.opened_at.is_not(None), _teaching.c.closed_at.is_(None), _member.c.withdrawn_at.is_(None)
).order_by(_teaching.c.opened_at.desc())
_ACTS = select(func.coalesce(func.sum(_activity.c.acts), 0)).where(_activity.c.circle == bindparam("session"))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands in a session, as one look tells it.

    Attributes:
        session_id, organisation_id: of the session and its host.
        running: whether the session is open and not closed.
        role: of the person in it; `active` whether the person is still in it.
        version: the counter.
        read_to: number of the last message that the person has read; `past` of the last whose time is over.
    """

    session_id: UUID
    organisation_id: UUID
    running: bool
    role: str
    active: bool
    version: int
    read_to: int
    past: int = 0

    @property
    def done_to(self) -> int:
        """Number of the last message that the person is told no more."""
        return max(self.read_to, self.past)

    @property
    def mark(self) -> str:
        """What changes whenever there may be something new for the person, or something falls away."""
        return f"{self.version}.{self.done_to}.{self.running:d}"


NOBODY = Standing(UUID(int=0), UUID(int=0), running=False, role="", active=False, version=0, read_to=0)
"""Of somebody in a session that there is not, or that never had the person: nobody follows by it."""


def standing(connection: Connection, session_id: UUID, person: UUID | None, now: datetime) -> Standing | None:
    """Where a person stands in a session; None where there is no such session, or it never had the person."""
    row = connection.execute(_STANDING_IN, _given(person, now) | {"session": session_id}).first()
    return _standing(row) if row else None


def running(connection: Connection, person: UUID | None, now: datetime) -> list[Standing]:
    """The same for each open session in which the person is, the one that opened last first."""
    return [_standing(row) for row in connection.execute(_RUNNING, _given(person, now))]


def _given(person: UUID | None, now: datetime) -> dict[str, Any]:
    return {"person": person, "past": now - STANDS}


def _standing(row: Any) -> Standing:
    session_id, organisation, opened, closed, role, withdrawn, version, read_to, past = row
    live = opened is not None and closed is None
    return Standing(session_id, organisation, live, role, withdrawn is None, version, read_to, past)


def version(session: Session, session_id: UUID) -> int:
    """The counter of a session; 0 while nothing has moved it."""
    found = session.get(Board, session_id)
    return found.version if found else 0


def acts(session: Session, session_id: UUID) -> int:
    """How often people of a session did something in its labs: the sum of their own counters.

    One counter for all would have everybody who submits wait for the row.
    """
    return int(session.connection().execute(_ACTS, {"session": session_id}).scalar_one())


def moved(session: Session, session_id: UUID) -> None:
    """Let every page of a session look again. The row of the session is locked by the caller, so that staff queue."""
    found = session.get(Board, session_id)
    if found is None:
        session.add(Board(session_id=session_id, version=1))
    else:
        found.version += 1
    session.flush()


def next_number(session: Session, kind: type[Numbered], session_id: UUID) -> int:
    """The place that the next row of a kind gets in a session."""
    return (session.scalar(select(func.max(kind.number)).filter_by(session_id=session_id)) or 0) + 1


def minute(now: datetime) -> int:
    """The minute in which a page is made: what it says of 'how long' holds until the next."""
    return int(now.timestamp() // 60)
