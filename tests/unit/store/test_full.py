"""A full disk, as both databases and the system say it."""

import errno

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.listening import full
from training.store import Store, if_there_is_room, is_full


def write(store: Store) -> None:
    """Write what needs room."""
    with store.writing() as session:
        if store.is_sqlite:
            session.execute(text("CREATE TABLE more AS SELECT randomblob(1000000) AS bytes"))
        else:
            session.execute(text("DO $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$"))


@pytest.mark.database
def test_a_database_that_has_no_room_is_known_as_such(store: Store) -> None:
    with full(store):
        with pytest.raises(DBAPIError) as refused:
            write(store)
        assert is_full(refused.value)
        with if_there_is_room():
            write(store)
    with store.reading() as session:
        assert session.scalar(text("SELECT 1")) == 1


@pytest.mark.database
def test_another_fault_of_a_database_is_none_of_a_full_disk(store: Store) -> None:
    with pytest.raises(DBAPIError) as refused, if_there_is_room(), store.writing() as session:
        session.execute(text("SELECT nothing FROM nowhere"))
    assert not is_full(refused.value)


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        (ValueError("full"), False),
    ],
)
def test_files_say_it_by_their_number(error: Exception, *, full: bool) -> None:
    assert is_full(error) is full
