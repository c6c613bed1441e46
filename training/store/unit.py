"""The unit of work: how the program reads and writes its database.

SQLite is the default and PostgreSQL one setting away, so the rules are those that hold on both: a unit either only
reads or may write, it commits once at its end, and whoever writes on SQLite says so at the start (`BEGIN IMMEDIATE`),
since a transaction that reads first and writes later fails as 'locked' whatever the timeout.
"""

import fcntl
import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, Select, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

T = TypeVar("T", bound=Select)  # type: ignore[type-arg]  # of rows of any kind
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "busy_timeout=5000",
    "journal_size_limit=67108864",
)


def locked(query: T) -> T:
    """The same query for whoever is going to change the rows: they wait for each other, and see what the other left.

    A row that was read earlier in the unit is read anew; else it would be locked as it is now and looked at as it was.
    """
    return query.with_for_update().execution_options(populate_existing=True)


class Turns:
    """A lock that is handed on in the order in which it was asked for; Python's own goes to whoever is quickest.

    It holds among all processes that name the same file, which is made when it is first taken.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._opened: int | None = None
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    def __enter__(self) -> None:
        self._queue()
        try:
            if self._opened is None:
                self._opened = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._opened, fcntl.LOCK_EX)
        except OSError:
            self._hand_on()
            raise

    def __exit__(self, *_: object) -> None:
        if self._opened is not None:
            fcntl.flock(self._opened, fcntl.LOCK_UN)
        self._hand_on()

    def close(self) -> None:
        """Give the file back. A lock is the open file's: one that was opened before a fork would be both processes'."""
        if self._opened is not None:
            os.close(self._opened)
            self._opened = None

    def _queue(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()  # until the one before hands on

    def _hand_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


class Store:
    """A database and the two ways to use it. `threads` is the number of threads that may hold a unit at once."""

    def __init__(self, url: str, threads: int = 16) -> None:
        self.url = url
        self._threads = threads
        self.engine = self._open("BEGIN IMMEDIATE", PRAGMAS)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        # SQLite's own busy handler sleeps and is unfair; a queue before BEGIN IMMEDIATE keeps writers in order.
        self._turns = Turns(_beside(self.engine)) if self.is_sqlite else None
        self._held = threading.local()
        # Readers of SQLite have connections of their own, which refuse to write as long as they live.
        self._readers = self._open("BEGIN", (*PRAGMAS, "query_only=ON")) if self.is_sqlite else self.engine
        self._reader = self._readers.execution_options(postgresql_readonly=True)
        if not self.is_sqlite:  # which shows a unit one state of the database anyway
            self._reader = self._reader.execution_options(isolation_level="REPEATABLE READ")
        self._read = sessionmaker(self._reader, expire_on_commit=False, autoflush=False)
        self._write = sessionmaker(self.engine, expire_on_commit=False)

    def _open(self, begin: str, pragmas: Sequence[str]) -> Engine:
        engine = create_engine(
            self.url,
            pool_size=self._threads + 4,
            max_overflow=0,
            pool_timeout=5,
            pool_use_lifo=True,  # the connection that was used last knows most of what it will read
            hide_parameters=True,  # what people typed has no place in a log
        )
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", partial(_connect, pragmas))
            # To listen for 'begin' would do as well, and have every statement of every unit look for listeners.
            engine.dialect.do_begin = partial(_begin, begin)  # type: ignore[method-assign]
        return engine

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A unit that sees one state of the database and can't change it."""
        with self._read.begin() as session:
            yield session

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        """The same without objects, for the one query that every request begins with."""
        with self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A unit that may write: all of it is kept, or nothing. A second one inside it, in one thread, is a mistake."""
        if getattr(self._held, "unit", False):
            msg = "a writing unit is open in this thread already: pass its session on"
            raise RuntimeError(msg)
        self._held.unit = True
        try:
            with self._turns or nullcontext(), self._write.begin() as session:
                yield session
        finally:
            self._held.unit = False

    def close(self) -> None:
        """Give all connections back. The next unit opens new ones."""
        self.engine.dispose()
        self._readers.dispose()
        if self._turns:
            self._turns.close()


def _beside(engine: Engine) -> Path:
    """The file whose lock is held by whoever writes into a database of SQLite."""
    return Path(f"{engine.url.database}-turn")


def _connect(pragmas: Sequence[str], dbapi: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    dbapi.isolation_level = None  # the driver's own BEGIN comes too late
    cursor = dbapi.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(statement: str, dbapi: PoolProxiedConnection) -> None:
    dbapi.cursor().execute(statement)
