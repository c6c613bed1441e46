"""Whether an error says that somebody else holds the database: another process its lock, or other threads all places.

That is no fault of the program either. Nothing of the unit was kept, and the same may be tried again soon.
"""

import sqlite3

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

HELD = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
"""What SQLite calls it; its further codes have these in their lowest byte."""
POSTGRESQL = frozenset({"55P03", "40P01", "40001"})
"""What PostgreSQL calls it (appendix A of its manual): lock_not_available, deadlock_detected, serialization_failure."""


def is_busy(error: BaseException) -> bool:
    """Whether a unit failed because others held the database longer than it waits."""
    if isinstance(error, NoConnection):
        return True
    if not isinstance(error, DBAPIError):
        return False
    known = error.orig
    if isinstance(known, sqlite3.Error):
        return getattr(known, "sqlite_errorcode", 0) & 0xFF in HELD
    return getattr(known, "sqlstate", "") in POSTGRESQL
