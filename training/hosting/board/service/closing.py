"""Closing a session from where its board is known: a pause that goes on ends first."""

from datetime import datetime

from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.hosting.board.service import clocks
from training.hosting.models import TeachingSession
from training.hosting.service import sessions


def close(session: Session, actor: Actor, teaching: TeachingSession, now: datetime) -> None:
    """Close a session. The row must be locked.

    A pause gives its time back before anything is asked: whoever is at work in an examination that was stopped is at
    work still, also where its date passed during the pause. The log of disturbances has no pause without an end then.

    Raises:
        Conflict: as `sessions.close`; the pause goes on in that case.
    """
    if teaching.running:
        clocks.resume(session, actor, teaching, now)
    sessions.close(session, actor, teaching, now)
