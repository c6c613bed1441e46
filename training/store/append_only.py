"""Tables whose rows are added and never changed: the database itself refuses, whoever asks.

Some hold what a person typed or a name, and that has to go when the person asks for it. Those are `erasable`: their
rows may be changed, and not removed, in a transaction that has written a row into the table `erasing`. No other
transaction ever sees such a row: it is gone again before the commit.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, event

ACTS = ("update", "delete")
AT_WORK = "EXISTS (SELECT 1 FROM erasing)"


def guard(table: Table, acts: Sequence[str] = ACTS, *, erasable: bool = False) -> None:
    """Give a table its triggers whenever it is made from the description; migrations call `statements` themselves."""

    def after_create(_target: Table, connection: Connection, **_: Any) -> None:
        for statement in statements(table.name, connection.dialect.name, acts, erasable=erasable):
            connection.exec_driver_sql(statement)

    event.listen(table, "after_create", after_create)


def statements(table: str, dialect: str, acts: Sequence[str] = ACTS, *, erasable: bool = False) -> list[str]:
    """The SQL that makes a table append-only, for 'sqlite' or 'postgresql'. Dropping the table drops the triggers.

    With 'update' alone, rows can't be changed, and can still go together with what they belong to.
    """
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
            f"{f'WHEN NOT {AT_WORK} ' if erasable and act == 'update' else ''}"
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for act in acts
        ]
    function = f"{table}_is_append_only"
    refuse = f"RAISE EXCEPTION '{table} is append-only'"
    if erasable:
        refuse = f"IF TG_OP <> 'UPDATE' OR NOT {AT_WORK} THEN {refuse}; END IF; RETURN NULL"
    return [
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refuse}; END $$",
        *(
            f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
            for act in (*acts, *(("truncate",) if "delete" in acts else ()))
        ),
    ]
