"""What an upgrade does besides its migrations: a copy of what was there, and nothing where rows would be lost."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from training.errors import Conflict
from training.store.migrate import demand, downgrade, standing, upgrade

pytestmark = pytest.mark.any_database
BEFORE, NOW = "0029", datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """The database of an earlier version."""
    upgrade(f"sqlite:///{tmp_path / 'engram.db'}", BEFORE)
    return tmp_path / "engram.db"


def test_a_filled_database_is_copied_first_and_the_last_three_copies_stay(older: Path) -> None:
    url = f"sqlite:///{older}"
    for hour in range(5):
        assert upgrade(url, now=NOW.replace(hour=hour)).current
        downgrade(url, BEFORE)
    copies = sorted((older.parent / "before-upgrade").iterdir())
    assert [one.name for one in copies] == [f"20261125T0{hour}0000Z.db" for hour in (2, 3, 4)]
    assert [one.stat().st_mode & 0o777 for one in (copies[0].parent, *copies)] == [0o700, *[0o600] * 3]
    with closing(sqlite3.connect(copies[-1])) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(BEFORE,)]


def test_an_upgrade_that_would_leave_rows_without_what_they_belong_to_is_undone(older: Path) -> None:
    with closing(sqlite3.connect(older)) as connection, connection:
        connection.execute(
            "INSERT INTO person (id, login, login_key, name, password_hash, home_id, made_at)"
            " VALUES ('1', 'a', 'a', 'A', 'x', 'nowhere', '2026-11-25 09:00:00')"
        )
    with pytest.raises(Conflict, match="1 rows of person without what they belong to; undone"):
        upgrade(f"sqlite:///{older}")
    assert standing(f"sqlite:///{older}").database == BEFORE


def test_commands_want_a_database_at_the_schema_of_this_program(older: Path) -> None:
    with pytest.raises(Conflict, match="not at this version's schema"):
        demand(f"sqlite:///{older}")
    with pytest.raises(Conflict, match="no installation yet"):
        demand(f"sqlite:///{older}.missing")
    upgrade(f"sqlite:///{older}")
    demand(f"sqlite:///{older}")
