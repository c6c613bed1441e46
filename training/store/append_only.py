"""Tables whose rows are added and never changed: the database itself refuses, whoever asks."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, event

ACTS = ("update", "delete")


def guard(table: Table, acts: Sequence[str] = ACTS) -> None:
    """Give a table its triggers whenever it is made from the description; migrations call `statements` themselves."""

    def after_create(_target: Table, connection: Connection, **_: Any) -> None:
        for statement in statements(table.name, connection.dialect.name, acts):
            connection.exec_driver_sql(statement)

    event.listen(table, "after_create", after_create)


def statements(table: str, dialect: str, acts: Sequence[str] = ACTS) -> list[str]:
    """The SQL that makes a table append-only, for 'sqlite' or 'postgresql'. Dropping the table drops the triggers.

    With 'update' alone, rows can't be changed, and can still go together with what they belong to.
    """
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for act in acts
        ]
    function = f"{table}_is_append_only"
    refuse = f"RAISE EXCEPTION '{table} is append-only'"
    return [
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refuse}; END $$",
        *(
            f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
            for act in (*acts, *(("truncate",) if "delete" in acts else ()))
        ),
    ]
