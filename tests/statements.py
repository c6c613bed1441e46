"""SQL that SQLAlchemy has put together once serves the databases of all tests of a process.

It keeps that for each engine, and knows it again by the dialect. Each test has a database, and so engines, of its own:
all would put the same statements together anew, which takes longer than SQLite takes to run them.
"""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.util import LRUCache

from training.store import Store

KEPT = 2_000
"""Statements of one kind of engine: those of the whole program, and not many more."""


class Statements:
    """What the first database of SQLite has of it, and all others get."""

    def __init__(self) -> None:
        self._first: list[tuple[Any, Any]] = []

    def lend(self, store: Store) -> Store:
        """Let a new store use it: its engine that writes and the one that only reads, each that of its kind."""
        if not store.is_sqlite:
            return store
        reader = store._reader
        kinds: tuple[tuple[Engine, ...], ...] = ((store.engine,), (store._readers, reader))
        if not self._first:
            for engine, *_ in kinds:
                with engine.connect():  # now its dialect knows what it is connected to
                    self._first.append((engine.dialect, LRUCache(KEPT)))
        for engines, (dialect, compiled) in zip(kinds, self._first, strict=True):
            for engine in engines:
                engine.dialect, engine._compiled_cache = dialect, compiled
        return store


statements = Statements()
