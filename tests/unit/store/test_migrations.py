import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from tests.conftest import People
from training.accounts import service as accounts
from training.audit import service as audit
from training.authoring import service as authoring
from training.authoring.service import Copy
from training.content import ownership
from training.content.models import Release
from training.errors import Conflict
from training.schema import metadata
from training.settings import Settings
from training.store import Base, Store
from training.store.migrate import FOLDER, downgrade, revisions, standing, upgrade

pytestmark = pytest.mark.own_database
DAY = timedelta(days=1)


def test_the_migrated_schema_is_the_one_that_the_rows_describe(store: Store) -> None:
    with store.engine.connect() as connection:
        options = {"compare_type": True, "render_as_batch": True}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata())
    assert found == []


def test_the_names_of_the_files_are_the_revisions_and_the_last_is_the_greatest() -> None:
    script = ScriptDirectory(str(FOLDER))
    assert revisions() == {one.revision for one in script.walk_revisions()}
    assert max(revisions()) == script.get_current_head()


def test_checks_and_partial_indexes_are_the_same_too(store: Store, tmp_path: Path) -> None:
    # compare_metadata is blind to check constraints and to the WHERE of a partial index: look at a made database.
    if not store.is_sqlite:
        with store.engine.connect() as connection:
            assert _names(connection) == _described()
        return
    made = create_engine(f"sqlite:///{tmp_path / 'made.db'}", poolclass=NullPool)
    Base.metadata.create_all(made)
    with made.connect() as expected, store.engine.connect() as connection:
        assert _names(connection) == _names(expected) == _described()
        assert _indexes(connection) == _indexes(expected)
    made.dispose()


def _names(connection: Connection) -> set[str]:
    look = inspect(connection)
    tables = [name for name in look.get_table_names() if name != "alembic_version"]
    return {f"{table}.{check['name']}" for table in tables for check in look.get_check_constraints(table)}


def _described() -> set[str]:
    from sqlalchemy import CheckConstraint  # noqa: PLC0415

    return {
        f"{table.name}.{one.name}"
        for table in metadata().tables.values()
        for one in table.constraints
        if isinstance(one, CheckConstraint) and one.name
    }


def _indexes(connection: Connection) -> set[str]:
    query = "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '%WHERE%'"
    return {re.sub(r"[\s\"]+", " ", sql) for (sql,) in connection.execute(text(query))}


def test_down_to_nothing_and_up_again(settings: Settings) -> None:
    url = settings.database
    assert downgrade(url, "base").database is None
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    engine.dispose()
    assert upgrade(url).current


def test_an_account_in_french_survives_the_way_back_to_a_version_without_it(
    settings: Settings, store: Store, people: People
) -> None:
    with store.writing() as session:
        accounts.prefer(session, people["trainee"], language="fr")
    store.close()
    downgrade(settings.database, "0010")
    engine = create_engine(settings.database, poolclass=NullPool)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT language FROM person WHERE login = 'trainee'")).scalars().all() == [None]
    with engine.connect() as connection, pytest.raises(DBAPIError):
        connection.execute(text("UPDATE person SET language = 'fr'"))
    engine.dispose()
    assert upgrade(settings.database).current


def test_a_database_of_a_newer_version_is_refused(settings: Settings) -> None:
    engine = create_engine(settings.database, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from_tomorrow'"))
    engine.dispose()
    with pytest.raises(Conflict, match="newer version"):
        standing(settings.database)


APPEND_ONLY = ("event", "custody", "finding", "grading_version", "judgement", "draft_revision", "local_note")


def test_append_only_tables_are_guarded_in_the_database_itself(store: Store) -> None:
    names = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'" if store.is_sqlite else "SELECT tgname FROM pg_trigger"
    )
    with store.engine.connect() as connection:
        found = set(connection.execute(text(names)).scalars())
    expected = [f"{table}_no_{act}" for table in APPEND_ONLY for act in ("update", "delete")]
    assert [name for name in expected if name not in found] == []


@pytest.mark.parametrize("act", ["UPDATE event SET act = 'other'", "DELETE FROM event"])
def test_the_audit_log_refuses_changes(store: Store, act: str) -> None:
    with store.writing() as session:
        audit.record(session, act="test.done", actor=None, subject="thing:1", details={}, now=datetime.now(UTC))
    with pytest.raises(DBAPIError, match="append-only"), store.writing() as session:
        session.execute(text(act))


def test_content_gets_its_owners_when_the_schema_comes_forward(
    settings: Settings, store: Store, people: People
) -> None:
    now = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    with store.writing() as session:
        authoring.begin(session, Copy("course", "theirs"), {"a.md": b"A"}, people["other_instructor"], now)
        authoring.begin(session, Copy("lab", "theirs"), {"a.md": b"A"}, people["other_instructor"], now)
        authoring.begin(session, Copy("course", "by-command"), {"a.md": b"A"}, None, now)
        for name in ("shipped", "edited"):
            session.add(release(name, now))
        authoring.begin(session, Copy("course", "edited"), {"a.md": b"A"}, people["other_instructor"], now + DAY)
        authoring.add(session, Copy("course", "by-command"), "b.md", b"B", people["other_instructor"], now + DAY)
    store.close()
    downgrade(settings.database, "0026")
    assert upgrade(settings.database).current
    with store.reading() as session:
        assert accounts.founding(session) == people.home
        named = [("course", "theirs"), ("lab", "theirs"), ("course", "by-command"), ("course", "edited")]
        owners = [ownership.of(session, *one).owner for one in (*named, ("course", "shipped"))]
    assert owners == [people.elsewhere, people.elsewhere, people.home, people.home, people.home]


def release(name: str, now: datetime) -> Release:
    """A release that the program made when it started."""
    return Release(kind="course", name=name, sha256="0" * 64, published_at=now, current=True, number=1, note="")
