"""The history of the command line: every command as it was typed, with the run that answers it or what was said."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.errors import TooMany
from training.labs.models import Attempt, AttemptCommand
from training.sentence import phrase

MOST_COMMANDS = 5_000
"""Commands that one attempt may send: beyond what hands can type, within what a disk keeps."""

VERIFY = "verify"
"""The command that hashes the exhibit. It is no plugin: it gives no run, and stands here with its answer."""

LONGEST = 24_000
"""Characters of a command that are kept; a longer one is never understood."""


def keep(
    session: Session,
    attempt: Attempt,
    typed: str,
    now: datetime,
    *,
    number: int | None = None,
    answer: str | None = None,
) -> None:
    """Note a command with the number of its run in the attempt, or with what the trainee was told instead.

    Raises TooMany when the attempt has sent as many commands as it may.
    """
    if not typed.strip():
        return
    count = session.scalar(select(func.count()).select_from(AttemptCommand).filter_by(attempt_id=attempt.id)) or 0
    if count >= MOST_COMMANDS:
        raise TooMany(phrase("This attempt has sent %(n)s commands, and no more are taken.", n=MOST_COMMANDS))
    clipped = typed if len(typed) <= LONGEST else typed[: LONGEST - 1] + "…"
    session.add(AttemptCommand(attempt_id=attempt.id, at=now, typed=clipped, number=number, answer=answer))
    session.flush()


def listed(session: Session, attempt: Attempt, newest: int | None = None) -> list[AttemptCommand]:
    """The commands of an attempt, the newest first; all of them, or only so many."""
    found = select(AttemptCommand).filter_by(attempt_id=attempt.id)
    found = found.order_by(AttemptCommand.at.desc(), AttemptCommand.id.desc()).limit(newest)
    return list(session.scalars(found))


def verified_at(session: Session, attempt: Attempt) -> datetime | None:
    """When the exhibit was last hashed in an attempt; None where it never was."""
    typed = func.lower(func.trim(AttemptCommand.typed))
    found = select(func.max(AttemptCommand.at)).where(AttemptCommand.attempt_id == attempt.id, typed == VERIFY)
    return session.scalar(found.where(AttemptCommand.number.is_(None)))
