"""Rows of a session as plain values: read from the database, written as JSON, and read from JSON again.

A value is what JSON has; times are ISO 8601 in UTC, ids and dates text, bytes `{"bytes": base64}`, sentences
`{"say": …}` as they are stored. What comes from elsewhere is held against the columns of this program.
"""

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from math import isfinite
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Float, Integer, LargeBinary, Table, Uuid, select
from sqlalchemy import Enum as Choice
from sqlalchemy.orm import Session

from training import schema
from training.errors import Refused
from training.hosting.carry.tables import BY_NAME, CARRIED, SESSION, Carried
from training.sentence import Sentence, packed, phrase, unpacked
from training.store import Told, UtcTime

Row = Mapping[str, Any]
State = Mapping[str, Mapping[str, Row]]
"""Rows by table and key."""

BATCH = 400  # values that one statement asks for
NAMED = ("grading_version", "printed_logo", "run", "exhibit", "release", "person")
"""Tables whose rows go along because others name them; each before those that its own rows may name."""
LATER = ("organisation_look", "membership")
ROLES = frozenset(("trainee", "instructor"))
"""Roles that go along. Whoever hosts or administers over there is given that role over there."""


def table(name: str) -> Table:
    """A table of this program."""
    return schema.metadata().tables[name]


def identity(name: str) -> tuple[str, ...]:
    """The columns that tell one row of a table from another."""
    return BY_NAME[name].identity or tuple(one.name for one in table(name).primary_key)


def key(name: str, row: Row) -> str:
    """What a row is called."""
    return "\x1f".join(str(row[column]) for column in identity(name))


def read(session: Session, of: UUID) -> dict[str, dict[str, Row]]:
    """All that belongs to a session here. Empty tables where there is no such session."""
    found: dict[str, dict[str, Row]] = {}
    for one in CARRIED:
        if one.of is not None and one.name not in LATER:
            found[one.name] = _by_key(one, _owned(session, one, found, of))
    for name in NAMED:
        found[name] = _by_key(BY_NAME[name], _called(session, name, found))
    for name in LATER:
        found[name] = _by_key(BY_NAME[name], _owned(session, BY_NAME[name], found, of))
    found["organisation"] = _by_key(BY_NAME["organisation"], _called(session, "organisation", found))
    hosts = {row["organisation_id"] for row in found["teaching_session"].values()}
    found["membership"] = {
        name: row
        for name, row in found["membership"].items()
        if row["organisation_id"] in hosts and row["role"] in ROLES
    }
    return found


def _owned(session: Session, one: Carried, found: State, of: UUID) -> list[Row]:
    assert one.of is not None  # noqa: S101 - asked by the caller
    values = _values(one.of[1], found, of)
    rows = _select(session, one, one.of[0], values)
    if one.also:
        wanted = _values(one.also[1], found, of)
        rows = [row for row in rows if row[one.also[0]] in wanted]
    return rows


def _values(source: str, found: State, of: UUID) -> set[str]:
    if source == SESSION:
        return {str(of)}
    name, _, column = source.partition(".")
    return {row[column or "id"] for row in found[name].values()}


def _called(session: Session, name: str, found: State) -> list[Row]:
    """Rows of a table that carried rows name in a column of theirs."""
    (column,) = table(name).primary_key
    wanted: set[str] = set()
    for other, rows in found.items():
        if (name, other) == ("organisation", "person"):  # accounts are at home where the session is
            continue
        refs = [c.name for c in table(other).columns if any(f.column.table.name == name for f in c.foreign_keys)]
        refs += ["exhibit"] if name == "exhibit" and other in {"assignment_person", "run"} else []
        wanted |= {row[ref] for row in rows.values() for ref in refs if row.get(ref) is not None}
    return _select(session, BY_NAME[name], column.name, wanted)


def of_keys(session: Session, name: str, keys: Iterable[str]) -> dict[str, Row]:
    """The rows with these keys that there are, whatever they belong to."""
    wanted = set(keys)
    column = identity(name)[0]
    found = _select(session, BY_NAME[name], column, {one.partition("\x1f")[0] for one in wanted})
    return {key(name, row): row for row in found if key(name, row) in wanted}


def alike(session: Session, name: str, wanted: Iterable[Row]) -> dict[tuple[str, ...], list[Row]]:
    """Rows that name the same things as those, by the columns that say so."""
    columns = BY_NAME[name].alike
    asked = {row[columns[0]] for row in wanted}
    found: dict[tuple[str, ...], list[Row]] = {}
    for row in _select(session, BY_NAME[name], columns[0], asked):
        found.setdefault(sign(row, columns), []).append(row)
    return found


def sign(row: Row, columns: Sequence[str]) -> tuple[str, ...]:
    """What tells a row from others by these columns."""
    return tuple(str(row[column]) for column in columns)


def _select(session: Session, one: Carried, column: str, values: Iterable[str]) -> list[Row]:
    here = table(one.name)
    columns = [each for each in here.columns if each.name not in one.hidden]
    asked = [decoded(here.columns[column], value) for value in sorted(values)]
    rows: list[Row] = []
    for at in range(0, len(asked), BATCH):
        found = select(*columns).where(here.columns[column].in_(asked[at : at + BATCH]))
        rows += [
            {each.name: encoded(value) for each, value in zip(columns, row, strict=True)}
            for row in session.execute(found)
        ]
    return rows


def _by_key(one: Carried, rows: Iterable[Row]) -> dict[str, Row]:
    found = {key(one.name, row): row for row in rows}
    return dict(sorted(found.items()))


def encoded(value: Any) -> Any:
    """A value of the database as JSON has it."""
    if isinstance(value, Sentence):
        return {"say": packed(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, UUID | date):
        return str(value)
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    return value


def decoded(column: Column[Any], value: Any) -> Any:
    """A value from JSON as the column takes it. Raises ValueError, TypeError and others for what it can't be."""
    if value is None and not column.nullable:
        raise ValueError("empty")
    if value is None:
        return value
    if isinstance(column.type, JSON):
        return _sound(value)
    reading = next((read for kind, read in READ if isinstance(column.type, kind)), _text)
    return reading(value, column.type)


def _text(value: Any, kind: Any) -> str:
    text = str(_of(str, value))
    if len(text) > (getattr(kind, "length", None) or len(text)):
        raise ValueError("too long")
    return str(_sound(text))


def _sound(value: Any) -> Any:
    """The same. Raises ValueError for what not every database keeps: NUL, halves of characters, no finite numbers."""
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("NUL")
        value.encode()
    elif isinstance(value, float) and not isfinite(value):
        raise ValueError("not finite")
    elif isinstance(value, dict | list):
        for one in (*value, *value.values()) if isinstance(value, dict) else value:
            _sound(one)
    return value


READ: tuple[tuple[type, Callable[[Any, Any], Any]], ...] = (
    (Told, lambda value, kind: unpacked(value["say"]) if isinstance(value, dict) else _text(value, kind)),
    (LargeBinary, lambda value, _kind: base64.b64decode(value["bytes"], validate=True)),
    (Uuid, lambda value, _kind: UUID(_of(str, value))),
    (UtcTime, lambda value, _kind: _instant(value)),
    (Date, lambda value, _kind: date.fromisoformat(_of(str, value))),
    (Choice, lambda value, kind: kind.python_type(value)),
    (Boolean, lambda value, _kind: _of(bool, value)),
    (Float, lambda value, _kind: _sound(float(_of((int, float), value)))),
    (BigInteger, lambda value, _kind: _within(2**63, value)),
    (Integer, lambda value, _kind: _within(2**31, value)),
)
"""How a value is read, by the type of its column: the first that fits."""


def _of(kind: Any, value: Any) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(type(value).__name__)
    return value


def _within(limit: int, value: Any) -> int:
    """A whole number that the column holds on every database."""
    number = int(_of(int, value))
    if not -limit <= number < limit:
        raise ValueError("too large")
    return number


def _instant(value: Any) -> datetime:
    found = datetime.fromisoformat(_of(str, value))
    if found.tzinfo is None:
        raise ValueError("no time zone")
    return found


def checked(document: Any) -> dict[str, dict[str, Row]]:
    """Rows from elsewhere. Raises Refused where they are not those of this program, with table and column."""
    if not isinstance(document, dict) or set(document) - set(BY_NAME):
        raise Refused(phrase("The bundle has rows of a table that is not carried. It was made by another program."))
    found: dict[str, dict[str, Row]] = {}
    for one in CARRIED:
        rows = document.get(one.name, [])
        if not isinstance(rows, list):
            raise Refused(phrase("The rows of %(table)s can't be read.", table=one.name))
        columns = [each for each in table(one.name).columns if each.name not in one.hidden]
        for number, row in enumerate(rows, 1):
            _check(one.name, columns, number, row)
        found[one.name] = {key(one.name, row): row for row in rows}
        if len(found[one.name]) != len(rows):
            raise Refused(phrase("A row of %(table)s stands in the bundle twice.", table=one.name))
    return found


def _check(name: str, columns: Sequence[Column[Any]], number: int, row: Any) -> None:
    if not isinstance(row, dict) or set(row) != {each.name for each in columns}:
        raise Refused(phrase("%(table)s, row %(n)s: its columns are not those of here.", table=name, n=number))
    for each in columns:
        try:
            same = encoded(decoded(each, row[each.name])) == row[each.name]
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
            same = False
        if not same:
            raise Refused(
                phrase("%(table)s, row %(n)s: %(column)s can't be read.", table=name, n=number, column=each.name)
            )


def document(state: State) -> dict[str, list[Row]]:
    """Rows as they stand in a bundle, in a fixed order."""
    return {name: [rows[each] for each in sorted(rows)] for name, rows in sorted(state.items())}


def renamed(state: State, names: Mapping[str, str]) -> dict[str, dict[str, Row]]:
    """The same rows with ids of the other side exchanged for those of here, wherever they stand."""
    if not names:
        return {name: dict(rows) for name, rows in state.items()}
    found: dict[str, dict[str, Row]] = {}
    for name, rows in state.items():
        changed = ({column: _exchanged(value, names) for column, value in row.items()} for row in rows.values())
        found[name] = {key(name, row): row for row in changed}
    return found


def _exchanged(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [_exchanged(one, names) for one in value]
    if isinstance(value, dict):
        return {name: _exchanged(one, names) for name, one in value.items()}
    return value
