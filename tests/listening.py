"""What tests listen for at a database. A store serves many tests, so that whoever listens stops at the end."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from training.store import Store


@contextmanager
def full(store: Store) -> Iterator[None]:
    """SQLite: each write that needs another page fails, as on a full disk. PostgreSQL has no such switch."""

    def no_page_more(dbapi: sqlite3.Connection, *_: object) -> None:
        dbapi.execute("PRAGMA max_page_count=1")

    if store.is_sqlite:
        event.listen(store.engine, "checkout", no_page_more)
    try:
        yield
    finally:
        if store.is_sqlite:
            event.remove(store.engine, "checkout", no_page_more)
            store.close()  # a connection has no page more as long as it lives


@contextmanager
def statements(at: Engine | Connection) -> Iterator[list[str]]:
    """The statements that are executed meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(at, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(at, "before_cursor_execute", note)
