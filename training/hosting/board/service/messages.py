"""What staff says to everybody in a session: shown on every page of its people until they have read it.

After ten minutes it falls away by itself; whoever said it is not told.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.audit import service as audit
from training.errors import NotThere, TooMany
from training.hosting.board.models import Follower, Message
from training.hosting.board.service import counter
from training.hosting.board.service.texts import by, line, open_only
from training.hosting.models import TeachingSession
from training.hosting.service.record import note
from training.sentence import phrase

TEXT = 500
MOST = 500
"""Messages of a session: a hundred a day are more than anybody reads."""

TEMPLATES: Mapping[str, str] = {
    "left": phrase("Ten minutes left in this part. Submit what you have."),
    "break": phrase("Break. Go on where you were when we are back; everything is kept."),
    "front": phrase("Please look to the front for three minutes."),
    "stuck": phrase("If a question holds you for more than twenty minutes, move on and come back to it."),
}
"""Sentences that a room hears often, ready to be sent."""


def say(
    session: Session, actor: Actor, teaching: TeachingSession, text: str, request_key: str, now: datetime
) -> Message:
    """Tell everybody. The same request tells it once.

    Raises:
        Refused: there is no text, or it is too long.
        Conflict: the session is not open.
        TooMany: the session has had as many as it may.
    """
    open_only(teaching)
    seen = session.scalars(select(Message).filter_by(session_id=teaching.id, request_key=request_key)).first()
    if seen is not None:
        return seen
    said = line(text, "text", TEXT, phrase("Write what everybody shall read."))
    number = counter.next_number(session, Message, teaching.id)
    if number > MOST:
        raise TooMany(phrase("This session has had %(n)s messages, and takes no more.", n=MOST))
    made = Message(session_id=teaching.id, number=number, text=said, by=by(actor), at=now, request_key=request_key)
    session.add(made)
    details = {"message": number, "text": audit.commit_to(session, by(actor), said)}
    note(session, "message.sent", actor, teaching, details, now)
    counter.moved(session, teaching.id)
    return made


def withdraw(session: Session, actor: Actor, teaching: TeachingSession, number: int, now: datetime) -> None:
    """Show a message to nobody any more. Doing it twice changes nothing. Raises NotThere."""
    found = session.scalars(select(Message).filter_by(session_id=teaching.id, number=number)).first()
    if found is None:
        raise NotThere(phrase("There is no such message."))
    if found.withdrawn_at is None:
        found.withdrawn_at = now
        note(session, "message.withdrawn", actor, teaching, {"message": number}, now)
        counter.moved(session, teaching.id)


def of(session: Session, session_id: UUID, after: int = 0, *, to: UUID | None = None) -> list[Message]:
    """What was said and not withdrawn, the newest first; with a number, only what came after it.

    `to` is whoever is told: nobody is told what they have said themselves.
    """
    found = select(Message).filter_by(session_id=session_id, withdrawn_at=None).where(Message.number > after)
    found = found if to is None else found.where(Message.by != to)
    return list(session.scalars(found.order_by(Message.number.desc())))


def standing(session: Session, session_id: UUID, now: datetime) -> list[Message]:
    """Those of them whose time is not over, for the wall."""
    return [one for one in of(session, session_id) if one.at > now - counter.STANDS]


def read(session: Session, person: UUID, session_id: UUID, number: int) -> None:
    """Note that a person has read all messages up to a number. It never goes back."""
    last = counter.next_number(session, Message, session_id) - 1
    found = session.get(Follower, (session_id, person))
    if found is None:
        session.add(Follower(session_id=session_id, person_id=person, read_to=min(number, last)))
    else:
        found.read_to = max(found.read_to, min(number, last))
