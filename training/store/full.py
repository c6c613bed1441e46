"""Whether an error says that a disk is full: of a database of either kind, or of a file.

A full disk is no fault of the program. Nothing of the unit was kept, reading goes on, and so does writing as soon as
there is room again; nobody has to start anything anew.
"""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from training.store.busy import is_busy

POSTGRESQL = "53100"
"""What PostgreSQL calls it (appendix A of its manual, disk_full)."""
SYSTEM = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the system calls it; a quota that is used up is the same to whoever writes."""


def is_full(error: BaseException) -> bool:
    """Whether a write failed because there was no room for it."""
    if isinstance(error, DBAPIError):
        known = error.orig
        if isinstance(known, sqlite3.Error):
            return getattr(known, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL
        return getattr(known, "sqlstate", "") == POSTGRESQL
    return isinstance(error, OSError) and error.errno in SYSTEM


@contextmanager
def if_there_is_room() -> Iterator[None]:
    """What is written inside is left out where the disk is full, or where others hold the database for too long. For
    what is good to have, and nobody was told of.
    """
    try:
        yield
    except (SQLAlchemyError, OSError) as bad:
        if not is_full(bad) and not is_busy(bad):
            raise
