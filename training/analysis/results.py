"""One result: an SQLite file per run, written once, then only read.

Table `rows`: n, depth, parent, absent (JSON), and for each plugin column i a value `c<i>` and a text `t<i>`, the latter
only where what the page shows differs from the value. Numbers above 2^63-1 (kernel addresses) don't fit SQLite's
integers; they are stored as text of 20 digits, which sorts after all numbers and among itself in the right order.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from training.analysis.cards import Column
from training.analysis.render import cell
from training.errors import Damaged, NotThere, Refused

FORMAT = 1
LARGEST = 2**63 - 1
DIGITS = 20
LONGEST_FILTER = 200
LONGEST_PAGE = 1000

SCHEMA = """
CREATE TABLE about (format INTEGER NOT NULL, columns TEXT NOT NULL, rows INTEGER NOT NULL);
CREATE TABLE rows (n INTEGER PRIMARY KEY, depth INTEGER NOT NULL, parent INTEGER, absent TEXT, {cells});
"""


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows whose shown text contains `text`, ignoring the case of A to Z, in one column or in any."""

    text: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One row. `cells` are as in `vol -r json`; `absent` gives the kind of absence by index of the column."""

    n: int
    depth: int
    parent: int | None
    cells: tuple[Any, ...]
    absent: dict[int, str]

    def shown(self, columns: tuple[Column, ...]) -> tuple[str, ...]:
        """The cells as the page shows them."""
        return tuple(
            cell(value, column.type, self.absent.get(i))
            for i, (value, column) in enumerate(zip(self.cells, columns, strict=True))
        )


def pack(value: Any) -> Any:
    """A cell as it is stored."""
    return f"{value:0{DIGITS}d}" if isinstance(value, int) and value > LARGEST else value


def unpack(value: Any, kind: str) -> Any:
    """A stored cell as it was."""
    if kind == "bool" and value is not None:
        return bool(value)
    if isinstance(value, str) and kind in {"int", "hex", "bin"}:
        return int(value)
    return value


class Result:
    """A finished result, opened for reading. Use it as a context manager, in one thread."""

    def __init__(self, connection: sqlite3.Connection, columns: tuple[Column, ...], rows: int) -> None:
        self._connection = connection
        self.columns = columns
        self.rows = rows
        self._index = {column.name: i for i, column in reversed(list(enumerate(columns)))}

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a result. Raises NotThere when there is no file, Damaged when it is not a result."""
        if not path.is_file():
            raise NotThere(f"the result {path.name} is not there; ask for the run again")
        # immutable: no lock, no journal; true because a result is renamed into place when it is whole.
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)
        try:
            connection.execute("PRAGMA trusted_schema=OFF")
            form, columns, rows = connection.execute("SELECT format, columns, rows FROM about").fetchone()
            if form != FORMAT:
                raise ValueError(f"it has format {form}, and this version reads {FORMAT}")  # noqa: TRY301 - one way out
            return cls(connection, tuple(Column(**column) for column in json.loads(columns)), rows)
        except (sqlite3.DatabaseError, TypeError, ValueError) as bad:
            connection.close()
            raise Damaged(f"the result {path.name} can't be read: {bad}") from None

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def count(self, where: Filter | None = None) -> int:
        """How many rows pass the filter. Raises Refused for an unknown column."""
        condition, values = self._where(where)
        return int(self._connection.execute(f"SELECT count(*) FROM rows{condition}", values).fetchone()[0])  # noqa: S608 - made of our own names only

    def page(
        self,
        *,
        sort: str | None = None,
        descending: bool = False,
        where: Filter | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> list[ResultRow]:
        """Rows that pass the filter, by a column (absent values last) or in the order of the run. Raises Refused for an
        unknown column.
        """
        condition, values = self._where(where)
        way = "DESC" if descending else "ASC"
        order = f"n {way}"
        if sort is not None:
            column = f"c{self._column(sort)}"
            order = f"{column} IS NULL, {column} {way}, n"
        window = (max(1, min(limit, LONGEST_PAGE)), max(0, min(offset, LARGEST)))
        return self._select(f"{condition} ORDER BY {order} LIMIT ? OFFSET ?", (*values, *window))

    def row(self, n: int) -> ResultRow:
        """The row of that number. Raises NotThere."""
        found = self._select(" WHERE n = ?", (n,)) if 0 <= n <= LARGEST else []
        if not found:
            raise NotThere(f"the result has no row {n}; it has {self.rows}")
        return found[0]

    def all(self) -> list[dict[str, Any]]:
        """All rows in order, as `{"n": …, "depth": …, column: value}`, for answer keys."""
        names = [column.name for column in self.columns]
        return [{"n": row.n, "depth": row.depth, **dict(zip(names, row.cells, strict=True))} for row in self]

    def __iter__(self) -> Iterator[ResultRow]:
        yield from self._select(" ORDER BY n", ())

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

    def _select(self, rest: str, values: tuple[Any, ...]) -> list[ResultRow]:
        cells = ", ".join(f"c{i}" for i in range(len(self.columns)))
        found = self._connection.execute(f"SELECT n, depth, parent, absent, {cells} FROM rows{rest}", values)  # noqa: S608 - made of our own names only
        return [
            ResultRow(
                n, depth, parent,
                tuple(unpack(value, column.type) for value, column in zip(stored, self.columns, strict=True)),
                {int(i): kind for i, kind in json.loads(absent).items()} if absent else {},
            )
            for n, depth, parent, absent, *stored in found
        ]  # fmt: skip

    def _column(self, name: str) -> int:
        if name not in self._index:
            raise Refused(f"there is no column {name[:50]!r}; there are {', '.join(self._index)}", field="column")
        return self._index[name]

    def _where(self, where: Filter | None) -> tuple[str, tuple[Any, ...]]:
        if where is None or not where.text:
            return "", ()
        if len(where.text) > LONGEST_FILTER:
            raise Refused(
                f"the filter has {len(where.text)} characters; at most {LONGEST_FILTER} are read", field="text"
            )
        columns = range(len(self.columns)) if where.column is None else [self._column(where.column)]
        text = where.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        condition = " OR ".join(f"coalesce(t{i}, c{i}) LIKE ? ESCAPE '\\'" for i in columns)
        return f" WHERE ({condition})", (f"%{text}%",) * len(columns)
