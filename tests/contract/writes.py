"""Tell whether a request wrote anything: into the database, or into the folder of the installation."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DATABASE = "engram.db"

State = tuple[int, frozenset[tuple[str, int, int]]]


class Watch:
    """The state of an installation on SQLite, cheap enough to be read before and after each of thousands of requests.

    SQLite counts, for each connection, the commits of other connections that changed the database; of files the path,
    the size and the time of the last change are compared. PostgreSQL has nothing as exact (a row that is locked counts
    like one that is written), so refusals are watched on SQLite alone.
    """

    def __init__(self, instance: Path) -> None:
        self._instance = instance
        self._connection = sqlite3.connect(f"file:{instance / DATABASE}?mode=ro", uri=True)

    def close(self) -> None:
        self._connection.close()

    def state(self) -> State:
        (commits,) = self._connection.execute("PRAGMA data_version").fetchone()
        return commits, frozenset(_files(str(self._instance)))


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(DATABASE):
                continue
            inside = entry.is_dir()
            status = entry.stat(follow_symlinks=False)
            yield entry.path, status.st_size, 0 if inside else status.st_mtime_ns
            if inside and not entry.is_symlink():
                yield from _files(entry.path)


@contextmanager
def watched(instance: Path) -> Iterator[Watch]:
    """A watch that is closed at the end."""
    watch = Watch(instance)
    try:
        yield watch
    finally:
        watch.close()
