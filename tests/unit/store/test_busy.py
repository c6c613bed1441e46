"""A database that others hold, as both kinds say it."""

import sqlite3

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from training.store import Store, if_there_is_room, is_busy, is_full


@pytest.mark.any_database
def test_a_lock_of_sqlite_is_known_as_such_and_optional_writes_are_left_out(store: Store) -> None:
    other = sqlite3.connect(store.url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DBAPIError) as refused, store.writing() as session:
        session.execute(text("SELECT 1"))
    assert is_busy(refused.value)
    assert not is_full(refused.value)
    written = []
    with if_there_is_room(), store.writing() as session:
        written.append(session.scalar(text("SELECT 1")))
    assert not written
    other.execute("ROLLBACK")
    other.close()
    with store.writing() as session:
        assert session.scalar(text("SELECT 1")) == 1


class _PostgreSQL(Exception):
    """An error as psycopg raises it, by its state."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.sqlstate = state


@pytest.mark.parametrize(
    ("error", "busy"),
    [
        (OperationalError("", None, _PostgreSQL("55P03")), True),
        (OperationalError("", None, _PostgreSQL("40P01")), True),
        (OperationalError("", None, _PostgreSQL("53100")), False),
        (NoConnection("QueuePool limit"), True),
        (ValueError("locked"), False),
    ],
)
def test_others_say_it_by_their_state(error: Exception, *, busy: bool) -> None:
    assert is_busy(error) is busy
