"""Rows as plain values, for what every submission reads and writes: an object that a session keeps costs more than the
statement that it comes from.
"""

from collections import namedtuple
from collections.abc import Iterator
from itertools import islice
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import FromClause, Table, insert
from sqlalchemy.orm import Session

from training.store.base import Base

Row = TypeVar("Row", bound=Base)


class Plain(Generic[Row]):
    """A kind of row, read and written as values, which no session keeps and nothing changes.

    A value has the columns of the kind by their names, and its properties; `more` are names of what it holds besides,
    such as the rows that belong to it.

    Attributes:
        table: what the values are read from: the table of the kind, or an alias of it.
        columns: what to select for a value, in order.
    """

    def __init__(self, kind: type[Row], alias: str | None = None, more: tuple[str, ...] = ()) -> None:
        table = cast("Table", kind.__table__)
        self.table: FromClause = table.alias(alias) if alias else table
        self.columns = tuple(self.table.c)
        self._names = tuple(one.key for one in self.columns)
        self._insert = insert(table)
        said = {name: one for name, one in vars(kind).items() if isinstance(one, property)}
        fields = namedtuple(kind.__name__, (*self._names, *more))  # type: ignore[misc]  # noqa: PYI024 - names by kind
        self._value = type(kind.__name__, (fields,), {"__slots__": (), **said})

    def take(self, values: Iterator[Any], *more: object) -> Row:
        """The value that stands next among those that a query gave for `columns`, among others."""
        return cast("Row", self._value(*islice(values, len(self._names)), *more))

    def maybe(self, values: Iterator[Any]) -> Row | None:
        """The same where an outer join may have found none."""
        key, *others = islice(values, len(self._names))
        return None if key is None else cast("Row", self._value(key, *others))

    def put(self, session: Session, **given: object) -> Row:
        """Insert a row now, with all its columns given; it, as a value."""
        session.connection().execute(self._insert, {name: given[name] for name in self._names})
        return cast("Row", self._value(**given))
