"""A finished result, opened for reading."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import compress
from pathlib import Path
from sys import getsizeof
from typing import Any, Self
from urllib.parse import quote

from training.analysis.cards import Column
from training.analysis.results.aids import Aids
from training.analysis.results.few import MOST, Few
from training.analysis.results.form import LARGEST, READABLE, ResultRow, unpack
from training.analysis.results.matching import Matching, cost
from training.analysis.results.passing import Passing
from training.analysis.results.query import ALL, Filter, Query
from training.errors import Damaged, NotThere, Refused
from training.sentence import phrase

LONGEST_PAGE = 1_000
REMEMBERED = 4  # queries whose rows are kept while a result is open
MOST_ROWS = 2_000  # single rows that stay in memory: those that findings cite are read again and again
LOOKED_AT = 5_000  # rows in which a column must always hold the same to be held for constant
LARGEST_KEPT = 4_096  # bytes of the cells of such a row: 8 MiB in all; a larger row is read from the file each time


@dataclass(frozen=True, slots=True)
class File:
    """The file of a result as it was found: a change of its content would not leave all of this as it was."""

    path: Path
    size: int
    changed: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """Raises NotThere when there is no file."""
        try:
            found = path.stat()
        except OSError:
            raise NotThere(phrase("the result %(file)s is not there; ask for the run again", file=path.name)) from None
        return cls(path, found.st_size, found.st_mtime_ns, found.st_ino)

    def connect(self) -> sqlite3.Connection:
        """Open it for reading."""
        # immutable: no lock, no journal; true because a result is renamed into place when it is whole.
        connection = sqlite3.connect(f"file:{quote(str(self.path))}?mode=ro&immutable=1", uri=True)
        connection.execute("PRAGMA trusted_schema=OFF")
        return connection


_rows: dict[tuple[File, int], ResultRow] = {}


class Result:
    """A finished result, opened for reading. Use it as a context manager, in one thread."""

    def __init__(self, file: File, columns: tuple[Column, ...], rows: int) -> None:
        self.file = file
        self.columns = columns
        self.rows = rows
        self._found: dict[Query, Sequence[int] | Passing] = {}

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a result. Raises NotThere when there is no file, Damaged when it is not a result."""
        file = File.of(path)
        return cls(file, *_about(file))

    @cached_property
    def _connection(self) -> sqlite3.Connection:
        """Made when something is read that is not in memory."""
        return self.file.connect()

    @cached_property
    def _aids(self) -> Aids:
        return Aids(self._connection, self.columns)

    @property
    def constant(self) -> frozenset[str]:
        """Names of the columns that hold the same in each of the first 5,000 rows; none of a result of a single row."""
        return _constant(self.file, self.columns)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {column.name: i for i, column in reversed(list(enumerate(self.columns)))}

    def close(self) -> None:
        """Give the file back."""
        if "_connection" in self.__dict__:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def count(self, where: Query | Filter | None = None) -> int:
        """How many rows pass. Raises Refused for what can't be asked, such as an unknown column."""
        return len(self._places(_query(where)))

    def page(
        self,
        query: Query | None = None,
        *,
        where: Filter | None = None,
        sort: str | None = None,
        descending: bool = False,
        offset: int = 0,
        limit: int = 100,
    ) -> list[ResultRow]:
        """Rows that pass the query, in its order, from `offset` on, at most 1,000.

        Raises Refused for what can't be asked. Without a query, `where`, `sort` and `descending` make one.
        """
        asked = query or Query((where,) if where else (), sort=sort, descending=descending)
        first = max(0, min(offset, LARGEST))
        places = self._places(asked)[first : first + max(1, min(limit, LONGEST_PAGE))]
        return self._rows([self._aids.numbers[place] for place in places])

    def select(self, query: Query = ALL, chunk: int = 500) -> Iterator[ResultRow]:
        """All rows that pass the query, in its order, without holding them all."""
        places = list(self._places(query))
        for first in range(0, len(places), chunk):
            yield from self._rows([self._aids.numbers[place] for place in places[first : first + chunk]])

    def position(self, n: int, query: Query = ALL) -> int | None:
        """Where row n stands among the rows that pass the query, from 0; None when it doesn't pass. Raises NotThere."""
        place = self._place(n)
        try:
            return self._places(query).index(place)
        except ValueError:
            return None

    def neighbours(self, n: int, query: Query = ALL) -> tuple[int | None, int | None]:
        """Numbers of the rows before and after row n among those that pass; None at the ends and where n fails."""
        at = self.position(n, query)
        if at is None:
            return None, None
        places, numbers = self._places(query), self._aids.numbers
        before = numbers[places[at - 1]] if at else None
        return before, numbers[places[at + 1]] if at + 1 < len(places) else None

    def row(self, n: int) -> ResultRow:
        """The row of that number. Raises NotThere."""
        if kept := _rows.get((self.file, n)):
            return kept
        found = self._rows([n]) if 0 <= n <= LARGEST else []
        if not found:
            raise NotThere(_no_row(n, self.rows))
        if sum(map(getsizeof, found[0].cells)) <= LARGEST_KEPT:
            if len(_rows) >= MOST_ROWS:
                _rows.clear()
            _rows[self.file, n] = found[0]
        return found[0]

    def all(self) -> list[dict[str, Any]]:
        """All rows in order, as `{"n": …, "depth": …, column: value}`, for answer keys."""
        names = [column.name for column in self.columns]
        return [{"n": row.n, "depth": row.depth, **dict(zip(names, row.cells, strict=True))} for row in self]

    def __iter__(self) -> Iterator[ResultRow]:
        yield from self._select(" ORDER BY n", ())

    def values(self, column: str) -> Iterator[tuple[int, Any]]:
        """Row and value of each cell of a column that has a value, in the order of the run: quicker than whole rows.

        Raises Refused for a column that isn't there.
        """
        i = self._column(column)
        wanted = f"SELECT n, c{i}, absent FROM rows WHERE c{i} IS NOT NULL ORDER BY n"  # noqa: S608 - a number
        gone: dict[str | None, bool] = {None: False}  # rows of one plugin lack the same cells again and again
        for n, value, absent in self._connection.execute(wanted):
            if absent not in gone:
                gone[absent] = str(i) in json.loads(absent)
            if not gone[absent]:
                yield n, unpack(value, self.columns[i].type)

    def files(self) -> list[tuple[str, str, int]]:
        """Files that the run wrote out of the image, as it named them: name, SHA-256 of the content, bytes."""
        there = self._connection.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'files'")
        if there.fetchone() is None:
            return []
        return self._connection.execute("SELECT name, sha256, bytes FROM files ORDER BY rowid").fetchall()

    def tree(self) -> list[dict[str, Any]]:
        """The rows as `vol -r json` nests them: each with its cells by column name and `__children`."""
        names = [column.name for column in self.columns]
        made: dict[int, dict[str, Any]] = {}
        top: list[dict[str, Any]] = []
        for row in self:
            made[row.n] = {"__children": [], **dict(zip(names, row.cells, strict=True))}
            above = made.get(row.parent) if row.parent is not None else None
            (top if above is None else above["__children"]).append(made[row.n])
        return top

    def _rows(self, numbers: Sequence[int]) -> list[ResultRow]:
        """Rows by number, in the order given; those that aren't there are left out."""
        rest = " WHERE n IN (SELECT value FROM json_each(?))"
        found = {row.n: row for row in self._select(rest, (json.dumps(list(numbers)),))}
        return [found[n] for n in numbers if n in found]

    def _select(self, rest: str, values: tuple[Any, ...]) -> Iterator[ResultRow]:
        cells = ", ".join(f"c{i}" for i in range(len(self.columns)))
        found = self._connection.execute(f"SELECT n, depth, parent, absent, {cells} FROM rows{rest}", values)  # noqa: S608 - made of our own names only
        for n, depth, parent, absent, *stored in found:
            yield ResultRow(
                n, depth, parent,
                tuple(unpack(value, column.type) for value, column in zip(stored, self.columns, strict=True)),
                {int(i): kind for i, kind in json.loads(absent).items()} if absent else {},
            )  # fmt: skip

    def _column(self, name: str) -> int:
        if name not in self._index:
            given = {"typed": repr(name[:50]), "known": ", ".join(column.name for column in self.columns)}
            raise Refused(phrase("there is no column %(typed)s; there are %(known)s", **given), field="column")
        return self._index[name]

    def _place(self, n: int) -> int:
        try:
            return self._aids.numbers.index(n)
        except (ValueError, OverflowError):
            raise NotThere(_no_row(n, self.rows)) from None

    def _places(self, query: Query) -> Sequence[int] | Passing:
        """The rows that pass, by place, in the order of the query."""
        if query not in self._found:
            while len(self._found) >= REMEMBERED:
                self._found.pop(next(iter(self._found)))
            self._found[query] = self._look(query.checked())
        return self._found[query]

    def _look(self, query: Query) -> Sequence[int] | Passing:
        aids: Aids | Few = self._aids
        rows, alive, places = aids.rows, None, None
        for group in self._groups(query):
            matching, flags = Matching(aids, self.columns), 0
            for one in group:
                flags |= matching.passing(one, self._among(one), alive)
            alive = flags if alive is None else alive & flags
            if places is None and alive.bit_count() <= MOST:  # a byte per row, 1 for those that pass
                places = list(compress(range(rows), alive.to_bytes(rows, "little")))
                aids, alive = Few(self._connection, self.columns, [aids.numbers[place] for place in places]), None
        order = self._ordered(query, aids)
        passing = order if alive is None else Passing(order, alive.to_bytes(aids.rows, "little"))
        return passing if places is None else [places[place] for place in passing]

    def _ordered(self, query: Query, aids: Aids | Few) -> Sequence[int]:
        """All places in the order of the query."""
        if query.sort is None:
            return range(aids.rows)[:: -1 if query.descending else 1]
        i = self._column(query.sort)
        order = aids.order(i)
        return (order[::-1] if query.descending else order) + aids.missing(i)

    def _groups(self, query: Query) -> list[tuple[Filter, ...]]:
        """Filters in groups: a row must pass at least one of each. The quick ones first."""
        filters = tuple(one for one in query.filters if not one.idle)
        groups = [filters] if query.any and filters else [(one,) for one in filters]
        if query.text:
            groups.append((Filter(query.text),))
        if query.sort is not None:
            self._column(query.sort)
        return sorted(groups, key=lambda group: max(cost(one) for one in group))

    def _among(self, one: Filter) -> Sequence[int]:
        return range(len(self.columns)) if one.column is None else [self._column(one.column)]


@lru_cache(maxsize=256)
def _about(file: File) -> tuple[tuple[Column, ...], int]:
    """Columns and number of rows. Raises Damaged when the file is no result."""
    try:
        with closing(file.connect()) as connection:
            form, columns, rows = connection.execute("SELECT format, columns, rows FROM about").fetchone()
        if form not in READABLE:
            raise ValueError(f"it has format {form}, and this version reads {max(READABLE)}")  # noqa: TRY301 - one way out
        return tuple(Column(**column) for column in json.loads(columns)), rows
    except (sqlite3.DatabaseError, TypeError, ValueError) as bad:
        raise Damaged(
            phrase("the result %(file)s can't be read: %(fault)s", file=file.path.name, fault=str(bad))
        ) from None


@lru_cache(maxsize=256)
def _constant(file: File, columns: tuple[Column, ...]) -> frozenset[str]:
    """The columns of a result whose first cells are all alike."""
    alike = ", ".join(f"count(DISTINCT coalesce(c{i}, '')) = 1" for i in range(len(columns)))
    asked = f"SELECT count(*), {alike} FROM (SELECT * FROM rows ORDER BY n LIMIT ?)"  # noqa: S608 - numbers
    with closing(file.connect()) as connection:
        many, *found = connection.execute(asked, (LOOKED_AT,)).fetchone()
    return frozenset(column.name for column, one in zip(columns, found, strict=True) if one and many > 1)


def _no_row(n: int, rows: int) -> str:
    return phrase("the result has no row %(n)s; it has %(rows)s", n=str(n), rows=str(rows))


def _query(where: Query | Filter | None) -> Query:
    if isinstance(where, Query):
        return where
    return Query((where,)) if where is not None else ALL
