"""One at a time: while a bundle is made one with what is here, nobody else changes it.

Numbers are looked up and then given, and a row that somebody else wrote in between would be taken for one that the
bundle can't have here. SQLite has one writer at a time anyway; PostgreSQL is asked for it.
"""

import random
import time

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from training.audit import service as audit
from training.errors import Conflict
from training.hosting.carry.tables import CARRIED
from training.sentence import phrase

PATIENCE = "200ms"
"""Less than PostgreSQL's `deadlock_timeout`. Whoever holds one thing and waits for another is never stopped by us."""
LONGEST = 30.0  # seconds
PAUSE = 0.1, 0.4  # seconds
TABLES = ", ".join(f'"{one.name}"' for one in CARRIED)
LOCK = text(f"LOCK TABLE {TABLES} IN EXCLUSIVE MODE")  # others may read


def take(session: Session) -> None:
    """Wait until no unit changes what is carried, and let none begin before this one ends. Raises Conflict."""
    if session.connection().dialect.name != "postgresql":
        return
    until = time.monotonic() + LONGEST
    while not _taken(session):
        if time.monotonic() > until:
            raise Conflict(phrase("Others are at work here all the time. Try again when fewer are."))
        time.sleep(random.uniform(*PAUSE))  # noqa: S311 - so that two don't meet again


def _taken(session: Session) -> bool:
    try:
        with session.begin_nested():  # undoing it gives back what was had already
            session.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
            session.execute(LOCK)
            session.execute(audit.ALONE)
            session.execute(text("SET LOCAL lock_timeout TO DEFAULT"))
    except OperationalError as bad:
        if getattr(bad.orig, "sqlstate", "") != "55P03":  # lock_not_available
            raise
        return False
    return True
