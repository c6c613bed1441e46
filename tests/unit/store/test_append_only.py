"""What the triggers of append-only tables let through: nothing, but for changes of erasable rows in an erasure."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from training.store.append_only import statements

CHANGE, REMOVE = "UPDATE kept SET text = ''", "DELETE FROM kept"


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
        made.executescript("CREATE TABLE erasing (id TEXT); CREATE TABLE kept (text TEXT);")
        made.execute("INSERT INTO kept VALUES ('what somebody typed')")
        yield made


def lets(database: sqlite3.Connection, statement: str) -> bool:
    try:
        database.execute(statement)
    except sqlite3.IntegrityError as bad:
        return str(bad) != "kept is append-only"
    return True


@pytest.mark.parametrize(
    ("acts", "erasable", "gate", "changes", "removes"),
    [
        (("update", "delete"), False, False, False, False),
        (("update", "delete"), False, True, False, False),
        (("update", "delete"), True, False, False, False),
        (("update", "delete"), True, True, True, False),
        (("update",), False, True, False, True),
    ],
)
def test_rows_change_in_an_erasure_alone_and_are_never_removed(
    database: sqlite3.Connection, *, acts: tuple[str, ...], erasable: bool, gate: bool, changes: bool, removes: bool
) -> None:
    for statement in statements("kept", "sqlite", acts, erasable=erasable):
        database.execute(statement)
    if gate:
        database.execute("INSERT INTO erasing VALUES ('1')")
    assert (lets(database, CHANGE), lets(database, REMOVE)) == (changes, removes)
