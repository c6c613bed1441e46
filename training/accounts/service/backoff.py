"""Slow down whoever guesses at one account, known or not, without ever locking its owner out for good.

A try is written down *before* it is checked and taken back when it was right. So a hundred tries at once count as a
hundred, and none of them is checked while the account has to wait.
"""

import hashlib
import math
import uuid
from datetime import datetime, timedelta

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from training.accounts.models import Failure
from training.accounts.service.passwords import fold
from training.errors import TooMany
from training.sentence import counted

FREE = 5  # failures within WINDOW that cost no waiting
WINDOW = timedelta(hours=1)
LONGEST = 300  # seconds


def account_of(login: str) -> str:
    """The name under which tries at an account are counted: a digest, since some type a password in the wrong field."""
    return hashlib.sha256(fold(login).encode()).hexdigest()


def waiting(failures: int) -> timedelta:
    """How long an account waits after its last failure: nothing for the first five, then 2, 4, 8 … 300 seconds."""
    if failures < FREE:
        return timedelta(0)
    return timedelta(seconds=min(LONGEST, 2 ** min(failures - FREE + 1, 16)))


def admit(session: Session, account: str, address: str, now: datetime) -> uuid.UUID:
    """Count a try, and return its id for `withdraw`. Raises TooMany, and counts nothing, while the account waits."""
    if session.get_bind().dialect.name == "postgresql":  # SQLite's writers are alone already
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": int(account[:15], 16)})
    session.execute(delete(Failure).where(Failure.at <= now - WINDOW))
    times = session.scalars(select(Failure.at).where(Failure.account == account)).all()
    # After a clock was set back some are of later: all count, but none is waited for until the clock is there again.
    ready = max((at for at in times if at <= now), default=now - WINDOW) + waiting(len(times))
    if now < ready:
        seconds = math.ceil((ready - now).total_seconds())
        raise TooMany(
            counted(
                "After several failures this account waits a little before the next try. Try again in %(num)s second.",
                "After several failures this account waits a little before the next try. Try again in %(num)s seconds.",
                seconds,
            )
        )
    failure = Failure(account=account, address=address, at=now)
    session.add(failure)
    session.flush()
    return failure.id


def withdraw(session: Session, failure: uuid.UUID) -> None:
    """Take a try back that was right."""
    session.execute(delete(Failure).where(Failure.id == failure))


def clear(session: Session, login: str) -> None:
    """Forget the failures of an account: its owner is in, or someone set a new password."""
    session.execute(delete(Failure).where(Failure.account == account_of(login)))
