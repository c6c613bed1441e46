"""What is typed on the board, and who acts there."""

from uuid import UUID

from training.accounts.actor import Actor
from training.errors import Conflict, Refused
from training.hosting.models import TeachingSession
from training.hosting.service.record import not_closed
from training.sentence import phrase

REASON = 300
"""Characters of a reason."""


def line(typed: str, field: str, most: int, missing: str) -> str:
    """One line of text. Raises Refused with `missing` where there is none, or says how long it may be."""
    text = " ".join(typed.split())
    if not text:
        raise Refused(missing, field=field)
    if len(text) > most:
        raise Refused(phrase("It has %(n)s characters; at most %(most)s fit.", n=len(text), most=most), field=field)
    return text


def by(actor: Actor) -> UUID:
    """Who acts. Raises Refused for nobody."""
    if actor.id is None:
        raise Refused(phrase("Sign in first."))
    return actor.id


def open_only(teaching: TeachingSession) -> None:
    """Raises Conflict for a session that is not open."""
    not_closed(teaching)
    if not teaching.running:
        raise Conflict(phrase("The session is not open yet. Open it first."))
