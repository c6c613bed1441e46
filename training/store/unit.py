"""The unit of work: how the program reads and writes its database.

SQLite is the default and PostgreSQL one setting away, so the rules are those that hold on both: a unit either only
reads or may write, it commits once at its end, and whoever writes on SQLite says so at the start (`BEGIN IMMEDIATE`),
since a transaction that reads first and writes later fails as 'locked' whatever the timeout.
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "busy_timeout=5000",
    "journal_size_limit=67108864",
)


class Store:
    """A database and the two ways to use it. `threads` is the number of threads that may hold a unit at once."""

    def __init__(self, url: str, threads: int = 16) -> None:
        self.url = url
        self.engine = create_engine(
            url,
            pool_size=threads + 4,
            max_overflow=0,
            pool_timeout=5,
            hide_parameters=True,  # what people typed has no place in a log
        )
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        # SQLite's own busy handler sleeps and is unfair; one lock before BEGIN IMMEDIATE keeps the queue in order.
        self._writers: AbstractContextManager[object] = threading.Lock() if self.is_sqlite else nullcontext()
        self._held = threading.local()
        if self.is_sqlite:
            event.listen(self.engine, "connect", _connect)
            event.listen(self.engine, "begin", _begin)
        reader = self.engine.execution_options(writes=False, postgresql_readonly=True)
        self._read = sessionmaker(reader, expire_on_commit=False, autoflush=False)
        self._write = sessionmaker(self.engine.execution_options(writes=True), expire_on_commit=False)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A unit that sees one state of the database and can't change it."""
        with self._read.begin() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A unit that may write: all of it is kept, or nothing. A second one inside it, in one thread, is a mistake."""
        if getattr(self._held, "unit", False):
            msg = "a writing unit is open in this thread already: pass its session on"
            raise RuntimeError(msg)
        self._held.unit = True
        try:
            with self._writers, self._write.begin() as session:
                yield session
        finally:
            self._held.unit = False

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _connect(dbapi: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    dbapi.isolation_level = None  # the driver's own BEGIN comes too late
    cursor = dbapi.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = bool(connection.get_execution_options().get("writes", True))
    connection.exec_driver_sql(f"PRAGMA query_only={int(not writes)}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
