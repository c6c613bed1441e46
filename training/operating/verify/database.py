"""The database itself: its pages and indexes, what belongs to what, the schema, and that every value can be read.

SQLite checks its own file. PostgreSQL has checksums of its own and is asked for what a client may ask: constraints and
triggers in force, indexes with the extension amcheck where an administrator installed it.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from sqlalchemy import Connection, MetaData, Table, create_engine, inspect, select, text
from sqlalchemy.exc import DBAPIError

from training.operating.verify.part import Part
from training.store import Store

UNREADABLE = (DBAPIError, ValueError, TypeError, LookupError)
"""What reading a damaged value raises: the driver, or the type of its column."""
OBJECTS = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"


def check(store: Store, expected: MetaData) -> Part:
    """Hold the database against the schema of this program, and read every row of every table."""
    part, rows = Part("database"), list[int]()
    for test in (_sqlite,) if store.is_sqlite else (_postgresql, _amcheck):
        part.faults += _asked(store, partial(test, expected))
    for table in expected.sorted_tables:
        part.faults += _asked(store, partial(_read, table, rows))
    part.summary = f"{len(expected.tables)} tables, {sum(rows)} rows read, {len(part.faults)} faults"
    return part


def _asked(store: Store, test: Callable[[Connection], Iterable[str]]) -> list[str]:
    """Faults that a test finds, in a unit of its own: on a damaged database even the end of one may fail."""
    faults = list[str]()
    try:
        with store.looking() as connection:
            for fault in test(connection):
                faults.append(fault)
    except DBAPIError as bad:
        if not faults:
            faults.append(_said(bad))
    return faults


def _said(bad: BaseException) -> str:
    return str(getattr(bad, "orig", None) or bad).strip().splitlines()[0]


def _sqlite(expected: MetaData, connection: Connection) -> Iterator[str]:
    for line in connection.exec_driver_sql("PRAGMA integrity_check").scalars():
        if line != "ok":
            yield from str(line).splitlines()
    for table, row, other, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"table {table}, row {row}: the row of {other} that it belongs to is missing"
    present = {(kind, name): sql for kind, name, sql in connection.exec_driver_sql(OBJECTS)}
    for (kind, name), sql in _objects(expected).items():
        if (kind, name) not in present:
            yield f"the {kind} {name} is missing"
        elif kind == "trigger" and _plain(present[kind, name]) != _plain(sql):
            yield f"the trigger {name} is not the one that this program makes"


def _objects(expected: MetaData) -> dict[tuple[str, str], str]:
    """Tables, indexes and triggers that a new database has, with the statement that made each."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        expected.create_all(connection)
        made = {(kind, name): sql for kind, name, sql in connection.exec_driver_sql(OBJECTS)}
    engine.dispose()
    return made


def _plain(sql: str) -> str:
    return " ".join(sql.split())


def _postgresql(expected: MetaData, connection: Connection) -> Iterator[str]:
    present = inspect(connection)
    tables = set(present.get_table_names())
    for table in expected.sorted_tables:
        if table.name not in tables:
            yield f"the table {table.name} is missing"
            continue
        indexes = {index["name"] for index in present.get_indexes(table.name)}
        yield from (f"the index {index.name} is missing" for index in table.indexes if index.name not in indexes)
        yield from _orphans(connection, table)
    not_valid = text("SELECT conname, conrelid::regclass FROM pg_constraint WHERE NOT convalidated")
    for name, owner in connection.execute(not_valid):
        yield f"the constraint {name} of {owner} was never checked against its rows"
    invalid = text("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid")
    yield from (f"the index {name} is not valid" for name in connection.execute(invalid).scalars())
    triggers = text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'")
    in_force = set(connection.execute(triggers).scalars())
    for kind, name in _objects(expected):
        if kind == "trigger" and name not in in_force:
            yield f"the trigger {name} is missing or switched off"


def _orphans(connection: Connection, table: Table) -> Iterator[str]:
    """Rows without what they belong to: PostgreSQL lets them in while its triggers are switched off."""
    for key in table.foreign_keys:
        other = key.column.table.alias()
        lost = select(table).where(
            key.parent.is_not(None), ~select(other).where(other.c[key.column.name] == key.parent).exists()
        )
        if count := len(connection.execute(lost).all()):
            yield f"table {table.name}: {count} rows whose row of {key.column.table.name} is missing"


def _amcheck(_expected: MetaData, connection: Connection) -> Iterator[str]:
    """Look through indexes where the extension is there and this user may call it."""
    if not connection.execute(text("SELECT 1 FROM pg_extension WHERE extname = 'amcheck'")).first():
        return
    callable_ = "SELECT has_function_privilege('bt_index_check(regclass)', 'EXECUTE')"
    if not connection.execute(text(callable_)).scalar():
        return
    indexes = text(
        "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_am a ON a.oid = c.relam"
        " WHERE a.amname = 'btree' AND c.relkind = 'i' AND c.relnamespace = current_schema()::regnamespace"
    )
    for name in connection.execute(indexes).scalars().all():
        try:
            with connection.begin_nested():
                connection.execute(text("SELECT bt_index_check(CAST(:name AS regclass))"), {"name": name})
        except DBAPIError as bad:
            yield f"index {name}: {_said(bad)}"


def _read(table: Table, rows: list[int], connection: Connection) -> Iterator[str]:
    """Read a table to its end, each value as the type of its column; `rows` gets how many came."""
    count = 0
    try:
        for _ in connection.execute(select(table), execution_options={"yield_per": 1000}):
            count += 1
    except UNREADABLE as bad:
        yield f"table {table.name}: row {count + 1} can't be read: {_said(bad)}"
    rows.append(count)
