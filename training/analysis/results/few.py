"""The same look-ups as in aids, over a few rows that are read at once: what is left when most rows are ruled out."""

import json
import sqlite3
from array import array
from collections.abc import Iterator, Sequence

from training.analysis.cards import Column
from training.analysis.render import ABSENCES
from training.analysis.results.aids import Part, Value, fold, line, rank
from training.analysis.results.form import shown

MOST = 500
"""Rows from which reading them one by one takes as long as looking at all."""


class Few:
    """Some rows of a result, by number; their places are counted anew. See Aids for what each look-up gives."""

    def __init__(self, connection: sqlite3.Connection, columns: Sequence[Column], numbers: Sequence[int]) -> None:
        cells = ", ".join(f"c{i}, t{i}" for i in range(len(columns)))
        wanted = f"SELECT absent, {cells} FROM rows WHERE n IN (SELECT value FROM json_each(?)) ORDER BY n"  # noqa: S608 - our own names
        self.numbers = numbers
        self._columns = columns
        self._rows = connection.execute(wanted, (json.dumps(list(numbers)),)).fetchall()
        self._absent = [json.loads(row[0]) if row[0] else {} for row in self._rows]

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self._rows)

    def value(self, i: int, place: int) -> Value:
        """The stored value of a cell."""
        value: Value = self._rows[place][1 + 2 * i]
        return value

    def order(self, i: int) -> "array[int]":
        """Places of the rows that have a value in column i, by value."""
        there = (place for place in range(self.rows) if not self._gone(i, place))
        return array("I", sorted(there, key=lambda place: rank(self.value(i, place))))

    def missing(self, i: int) -> "array[int]":
        """Places of the others."""
        return array("I", (place for place in range(self.rows) if self._gone(i, place)))

    def kinds(self, i: int) -> bytes:
        """Per row the kind of absence in column i."""
        found = (absent.get(str(i)) for absent in self._absent)
        return bytes(0 if kind is None else 1 + ABSENCES.index(kind) for kind in found)

    def coded(self, _i: int) -> None:
        """Texts of so few rows have one form only."""
        return

    def parts(self, i: int, *, exact: bool) -> Iterator[Part]:
        """The texts of column i."""
        kind = self._columns[i].type
        text = "\n".join(line(shown(row[1 + 2 * i], row[2 + 2 * i], kind)) for row in self._rows)
        if self._rows:
            yield Part(self.rows, text if exact else fold(text))

    def _gone(self, i: int, place: int) -> bool:
        return self.value(i, place) is None or str(i) in self._absent[place]
