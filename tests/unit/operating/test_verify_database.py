"""What `verify` finds in a database of either kind: what is missing, what belongs to nothing, what was changed."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.conftest import People
from tests.sealed import demand_seals
from training import schema
from training.operating.verify import database, records
from training.store import Store

pytestmark = pytest.mark.own_database


def faults(store: Store) -> list[str]:
    return database.check(store, schema.metadata()).faults


def act(store: Store, *statements: str) -> None:
    with store.writing() as session:
        for statement in statements:
            session.connection().execute(text(statement))


def test_a_new_database_has_no_faults(store: Store, people: People) -> None:
    assert (faults(store), len(people.ids)) == ([], 7)
    demand_seals(store)


def test_a_missing_index_and_a_missing_table_are_named(store: Store) -> None:
    act(store, "DROP INDEX ix_run_state", "DROP TABLE margin_note")
    assert {"the index ix_run_state is missing", "the table margin_note is missing"} <= set(faults(store))


def test_a_missing_trigger_is_named(store: Store) -> None:
    act(store, "DROP TRIGGER event_no_delete" + ("" if store.is_sqlite else " ON event"))
    assert any(fault.startswith("the trigger event_no_delete is missing") for fault in faults(store))


def test_a_row_without_what_it_belongs_to_is_named_with_its_table(store: Store, people: People) -> None:
    off = "PRAGMA foreign_keys = OFF" if store.is_sqlite else "SET session_replication_role = replica"
    engine = create_engine(store.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(off)
        connection.execute(text("DELETE FROM person WHERE login = 'host'"))
    engine.dispose()
    assert len(people.ids) == 7
    assert any(fault.startswith("table membership") and "person" in fault for fault in faults(store))


def test_a_role_that_was_changed_by_statement_is_told(store: Store, people: People) -> None:
    act(store, "UPDATE membership SET role = 'administrator' WHERE role = 'host'")
    with store.reading() as session:
        (fault,) = records.check(session).faults
    assert fault.startswith(f"membership:{people['host']}/{people.home}/host is missing")


def test_a_finding_can_not_be_deleted(store: Store) -> None:
    names = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'" if store.is_sqlite else "SELECT tgname FROM pg_trigger"
    )
    with store.looking() as connection:
        assert {"finding_no_update", "finding_no_delete"} <= set(connection.execute(text(names)).scalars())
