"""Seals: digests of rows, kept in the chain, by which a row that was changed behind the program's back is found.

A room names its tables and columns once (`seal_rows`). From then on every row that a unit of work adds, changes or
removes is noted, and its digest goes into the next event of the unit, or into one of its own at the commit. Statements
on whole tables are noted too; only rows inserted by statement, and statements with many sets of values, have to be
named by their caller (`note_row`). What a person typed could be guessed from a bare digest: such rows are sealed under
a salt of that person, and once it is erased the seal says nothing any more.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, Table, Uuid, event, insert, null, select, type_coerce
from sqlalchemy import inspect as look_at
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, UOWTransaction
from sqlalchemy.orm.attributes import get_history

from training.audit.models import Salt

GONE = ""
"""Stands for a row that the program itself removed."""
TOUCHED, HELD, FORGOTTEN, BEFORE = "touched rows", "seals held", "forgotten people", "rows before savepoints"
_salt = cast("Table", Salt.__table__)

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A table whose rows are sealed: over which columns, whose words it holds, and from when a row is final."""

    table: Table
    columns: tuple[str, ...]
    person: SQLColumnExpression[Any] | None
    final: ColumnElement[bool] | None

    def rows(self) -> Select[Any]:
        """The rows that have to have a seal, by name and content."""
        asked = select(*self.table.primary_key, *(self.table.c[name].label(f"of_{name}") for name in self.columns))
        return asked if self.final is None else asked.where(self.final)

    @property
    def whose(self) -> ColumnElement[Any]:
        """The id of the person whose words a row holds, as the column `whose`; null for rows of nobody.

        The type is given here: a subquery over a foreign key has none yet where the model that the key refers to is
        imported later.
        """
        return type_coerce(null() if self.person is None else self.person, Uuid()).label("whose")

    def name(self, key: Sequence[Any]) -> str:
        """What a row is called in the chain: its table and key."""
        return f"{self.table.name}:{'/'.join(map(str, key))}"


SEALED: dict[str, Sealed] = {}


def seal_rows(
    table: Table,
    columns: str,
    *,
    person: SQLColumnExpression[Any] | None = None,
    final: ColumnElement[bool] | None = None,
) -> None:
    """Have the rows of a table sealed from now on.

    Args:
        table: whose rows.
        columns: names of the columns that are sealed.
        person: the id of the person whose words or name a row holds, as an expression over the row.
        final: the condition under which a row is sealed; without one always.
    """
    SEALED[table.name] = Sealed(table, tuple(columns.split()), person, final)


def note_row(session: Session, table: str, key: Sequence[Any]) -> None:
    """Note that a statement added or changed a row; of a table that is not sealed, nothing."""
    if table in SEALED:
        session.info.setdefault(TOUCHED, {})[table, tuple(key)] = None


@contextmanager
def held(session: Session) -> Iterator[None]:
    """Put sealing off until the end: for work that changes rows several times and erases salts between."""
    session.info[HELD] = True
    try:
        yield
    finally:
        del session.info[HELD]


def forget(session: Session, person: UUID) -> None:
    """Seal rows of a person without a salt for the rest of this unit: nothing in them names anybody any more."""
    session.info.setdefault(FORGOTTEN, set()).add(person)


def pending(session: Session) -> bool:
    """Whether rows wait to be sealed. In a savepoint none are: it may be undone, and the rows before it not."""
    return bool(session.info.get(TOUCHED)) and not session.info.get(HELD) and not session.in_nested_transaction()


def collect(session: Session) -> dict[str, str] | None:
    """The seals of the rows that were touched since the last time, by name; None where there are none."""
    if not pending(session):
        return None
    seals = {}
    for table, key in session.info.pop(TOUCHED):
        seal = _seal(session, SEALED[table], key)
        if seal is not None:
            seals[SEALED[table].name(key)] = seal
    return seals or None


def _seal(session: Session, sealed: Sealed, key: Key) -> str | None:
    """The seal of a row as it is now; None where it is not final."""
    identity = [column == value for column, value in zip(sealed.table.primary_key, key, strict=True)]
    row = session.connection().execute(sealed.rows().add_columns(sealed.whose).where(*identity)).mappings()
    content = row.first()
    if content is None:
        there = select(sealed.table).where(*identity)
        return None if session.connection().execute(there).first() else GONE
    whose = content["whose"]
    if whose is None or whose in session.info.get(FORGOTTEN, ()):
        return digest(sealed, content)
    salt_id, value = _salt_of(session, whose)
    return f"{salt_id}:{digest(sealed, content, value)}"


def _salt_of(session: Session, person: UUID) -> tuple[UUID, str]:
    """A salt of a person: the first that there is, else a new one."""
    connection = session.connection()
    asked = select(_salt.c.id, _salt.c.value).where(_salt.c.person == person).order_by(_salt.c.id).limit(1)
    if row := connection.execute(asked).first():
        return row.id, row.value
    made = Salt.random(person)
    connection.execute(insert(_salt).values(made))
    return made["id"], made["value"]


def digest(sealed: Sealed, row: Mapping[Any, Any], salt: str = "") -> str:
    """SHA-256, in hexadecimal, over salt, table and sealed columns of a row as canonical JSON."""
    content = {name: row[f"of_{name}"] for name in sealed.columns}
    key = [row[column.name] for column in sealed.table.primary_key]
    canonical = json.dumps(
        [salt, sealed.name(key), content], sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    return value.value if isinstance(value, Enum) else str(value)


@event.listens_for(Session, "after_flush")
def _flushed(session: Session, _context: UOWTransaction) -> None:
    """Note the rows of objects that were just written."""
    for row in (*session.new, *session.dirty, *session.deleted):
        mapper = look_at(type(row))
        sealed = SEALED.get(getattr(mapper.local_table, "name", ""))
        if sealed is None:
            continue
        names = [mapper.get_property_by_column(sealed.table.c[name]).key for name in sealed.columns]
        if row not in session.dirty or any(get_history(row, name).has_changes() for name in names):
            note_row(session, sealed.table.name, mapper.primary_key_from_instance(row))


@event.listens_for(Session, "after_transaction_create")
def _savepoint_begun(session: Session, transaction: SessionTransaction) -> None:
    """Remember which rows were touched before a savepoint."""
    if transaction.nested:
        session.info.setdefault(BEFORE, {})[transaction] = dict(session.info.get(TOUCHED, {}))


@event.listens_for(Session, "after_soft_rollback")
def _savepoint_undone(session: Session, transaction: SessionTransaction) -> None:
    """Rows that were touched in a savepoint that is undone were not touched: a dry run leaves no seal."""
    if transaction.nested and transaction in session.info.get(BEFORE, {}):
        session.info[TOUCHED] = session.info[BEFORE][transaction]


@event.listens_for(Session, "after_transaction_end")
def _unit_ended(session: Session, transaction: SessionTransaction) -> None:
    """Forget what was remembered for savepoints; a savepoint itself ends before it is known to be undone."""
    if transaction.parent is None:
        session.info.pop(BEFORE, None)


@event.listens_for(Session, "do_orm_execute")
def _executed(state: ORMExecuteState) -> None:
    """Note the rows that a statement is about to change or remove."""
    if not (state.is_update or state.is_delete):
        return
    statement = cast("Any", state.statement)
    sealed = SEALED.get(statement.table.name)
    if sealed is not None:
        asked = select(*sealed.table.primary_key)
        if statement.whereclause is not None:
            asked = asked.where(statement.whereclause)
        for key in state.session.connection().execute(asked, state.parameters or {}):
            note_row(state.session, sealed.table.name, tuple(key))
