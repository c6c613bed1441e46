"""Aids to look things up in a long result: per column the order of its rows, its texts, and its kinds of absence.

A row has a place: 0 for the first of the file, whatever its number. Per column there are

- `order`: the places of the rows that have a value, by value and then by place (unsigned 32 bits, little-endian), and
  `missing`: those of the others;
- texts, in one of two forms. Few different ones: `words` (each once, a line each) and `codes` (per row the number of
  its word; 8 or 32 bits). Many: `lines`, parts of at most 4,096 rows (known by the place of their first), a
  line per row, and `folded`, the same with case folded, of those parts that are not all ASCII;
- `kinds`: per row 0, or 1 + the index of its kind of absence in ABSENCES; not there when all are 0.

`numbers` holds the row numbers where they are not simply 0, 1, 2 … They are made when a result is written (`finish`)
where it is long; of short and old ones they are made while reading, by the same code.
"""

import json
import sqlite3
import sys
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, compress, pairwise
from typing import Any, Self

from training.analysis.cards import Column
from training.analysis.render import ABSENCES, visible
from training.analysis.results.form import shown

SCHEMA = "CREATE TABLE aids (kind TEXT, i INTEGER, part INTEGER, body BLOB, UNIQUE (kind, i, part))"
LONG = 2_000  # rows from which aids are worth their writing
HEAVY = 4 * 2**20  # bytes of a file with fewer rows for which they are, too
PART_ROWS = 4_096
PART_CHARS = 2**20
FEWEST_WORDS = 256
WORDS_CHARS = 4 * 2**20
EARLY = 4_000  # rows after which a column whose texts are nearly all different is seen for what it is
SMALL_CODES = 256  # as many words fit a code of 8 bits

Key = tuple[str, int, int]
Value = int | float | str | None
"""A cell as it is stored."""


@dataclass(frozen=True, slots=True)
class Coded:
    """The texts of a column with few different ones: each once, and per row which one it has."""

    words: tuple[str, ...]
    codes: bytes | Sequence[int]

    @classmethod
    def read(cls, words: bytes, codes: bytes) -> Self:
        """From the bodies of two aids."""
        split = tuple(words.decode().split("\n"))
        return cls(split, codes if len(split) <= SMALL_CODES else _read(codes, "I"))


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that follow each other: a line per row."""

    rows: int
    text: str


class Aids:
    """The aids of an open result, kept or made."""

    def __init__(self, connection: sqlite3.Connection, columns: Sequence[Column]) -> None:
        self._connection, self._columns = connection, columns
        self._made: dict[int, dict[Key, bytes]] = {}
        self._coded: dict[int, Coded | None] = {}
        kept = connection.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'aids'").fetchone()
        self._kept = kept is not None

    @cached_property
    def numbers(self) -> Sequence[int]:
        """The number of each row, by place."""
        if self._kept:
            rows = int(self._connection.execute("SELECT rows FROM about").fetchone()[0])
            body = self._body(("numbers", 0, 0))
            return range(rows) if body is None else _read(body, "q")
        return numbers_of(self._connection)

    @cached_property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.numbers)

    def value(self, i: int, place: int) -> Value:
        """The stored value of a cell."""
        value: Value = self._connection.execute(
            f"SELECT c{i} FROM rows WHERE n = ?",  # noqa: S608 - a number
            (self.numbers[place],),
        ).fetchone()[0]
        return value

    def order(self, i: int) -> "array[int]":
        """Places of the rows that have a value in column i, by value."""
        return _read(self._body(("order", i, 0)) or b"", "I")

    def missing(self, i: int) -> "array[int]":
        """Places of the rows that have no value in column i."""
        return _read(self._body(("missing", i, 0)) or b"", "I")

    def kinds(self, i: int) -> bytes | None:
        """Per row the kind of absence in column i; None when no cell has one."""
        return self._body(("kinds", i, 0))

    def coded(self, i: int) -> Coded | None:
        """The texts of column i where they are few; None where `parts` has them."""
        if i not in self._coded:
            words, codes = self._body(("words", i, 0)), self._body(("codes", i, 0))
            self._coded[i] = None if words is None or codes is None else Coded.read(words, codes)
        return self._coded[i]

    def parts(self, i: int, *, exact: bool) -> Iterator[Part]:
        """The texts of column i, part by part: `exact` as they are shown, or with case folded."""
        for first, after in pairwise([*self._firsts(i), self.rows]):
            body = self._body(("lines", i, first)) or b""
            if not exact:
                body = body.lower() if body.isascii() else self._body(("folded", i, first)) or b""
            yield Part(after - first, body.decode())

    @cached_property
    def _absences(self) -> dict[int, bytes]:
        return kinds_of(self._connection, self.numbers)

    def _body(self, key: Key) -> bytes | None:
        if self._kept:
            found = self._connection.execute("SELECT body FROM aids WHERE kind = ? AND i = ? AND part = ?", key)
            return next((bytes(body) for (body,) in found), None)
        return self._column(key[1]).get(key)

    def _firsts(self, i: int) -> list[int]:
        """The places at which the parts of column i begin."""
        if self._kept:
            wanted = "SELECT part FROM aids WHERE kind = 'lines' AND i = ? ORDER BY part"
            return [part for (part,) in self._connection.execute(wanted, (i,))]
        return sorted(part for kind, _, part in self._column(i) if kind == "lines")

    def _column(self, i: int) -> dict[Key, bytes]:
        if i not in self._made:
            maker = Maker(self._connection, self.numbers, self._absences.get(i))
            self._made[i] = dict(maker.column(i, self._columns[i].type))
        return self._made[i]


def finish(connection: sqlite3.Connection, columns: Sequence[Column]) -> bool:
    """Add the aids to a result whose rows are all in, where it is long; whether it was. Call it before the commit."""
    pages, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    rows = connection.execute("SELECT count(*) FROM rows").fetchone()[0]
    if rows < LONG and pages * size < HEAVY:
        return False
    numbers = numbers_of(connection)
    connection.execute(SCHEMA)
    if not isinstance(numbers, range):
        connection.execute("INSERT INTO aids VALUES ('numbers', 0, 0, ?)", (_bytes(numbers, "q"),))
    kinds = kinds_of(connection, numbers)
    for i, column in enumerate(columns):
        maker = Maker(connection, numbers, kinds.get(i))
        for key, body in maker.column(i, column.type):
            connection.execute("INSERT INTO aids VALUES (?, ?, ?, ?)", (*key, body))
    return True


def numbers_of(connection: sqlite3.Connection) -> Sequence[int]:
    """The numbers of all rows, rising; a range where none is left out."""
    rows, last = connection.execute("SELECT count(*), coalesce(max(n), -1) FROM rows").fetchone()
    if last == rows - 1:
        return range(rows)
    return array("q", (n for (n,) in connection.execute("SELECT n FROM rows ORDER BY n")))


def kinds_of(connection: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, bytes]:
    """For each column that has absent cells the kind of absence per row, as in Aids.kinds."""
    made: dict[int, bytearray] = {}
    read: dict[str, list[tuple[int, int]]] = {}  # rows of one plugin lack the same cells again and again
    places = _places(numbers)
    for n, absent in connection.execute("SELECT n, absent FROM rows WHERE absent IS NOT NULL"):
        if absent not in read:
            read[absent] = [(int(i), 1 + ABSENCES.index(kind)) for i, kind in json.loads(absent).items()]
        for i, code in read[absent]:
            made.setdefault(i, bytearray(len(numbers)))[places[n]] = code
    return {i: bytes(kinds) for i, kinds in made.items()}


class Maker:
    """Makes the aids of one column."""

    def __init__(self, connection: sqlite3.Connection, numbers: Sequence[int], kinds: bytes | None) -> None:
        self.connection, self.numbers, self.kinds = connection, numbers, kinds

    def column(self, i: int, kind: str) -> Iterator[tuple[Key, bytes]]:
        """Everything about column i, whose type is `kind`: keys and bodies."""
        if self.kinds is not None:
            yield ("kinds", i, 0), self.kinds
        few = self.few(i, kind)
        if few is not None:
            words, codes, order = few
            yield ("words", i, 0), "\n".join(words).encode()
            yield ("codes", i, 0), _bytes(codes, "B" if len(words) <= SMALL_CODES else "I")
            yield from self.ordered(i, order)
            return
        first = 0
        for lines in self.cut(i, kind):
            exact = "\n".join(lines)
            yield ("lines", i, first), exact.encode()
            if not exact.isascii():
                yield ("folded", i, first), fold(exact).encode()
            first += len(lines)
        yield from self.ordered(i, self.sorted(i))

    def few(self, i: int, kind: str) -> "tuple[list[str], array[int], Iterator[int]] | None":
        """Words, codes and order, or None when there are too many different texts."""
        most, chars = max(FEWEST_WORDS, len(self.numbers) // 4), 0
        known: dict[tuple[Any, str | None], int] = {}
        codes = array("I")
        words: list[str] = []
        members: dict[Any, array[int]] = {}
        for place, (value, text) in enumerate(self.cells(i)):
            key = (value if not isinstance(value, float) else repr(value), text)
            code = known.get(key)
            if code is None:
                words.append(line(shown(value, text, kind)))
                chars += len(words[-1])
                if len(words) > most or chars > WORDS_CHARS or (place == EARLY and len(words) > EARLY * 0.9):
                    return None
                code = known[key] = len(known)
            codes.append(code)
            if value is not None:
                members.setdefault(value, array("I")).append(place)
        ordered = sorted(members, key=rank)
        return words, codes, chain.from_iterable(members[value] for value in ordered)

    def sorted(self, i: int) -> Iterator[int]:
        """Places of the rows that have a value, by value and then by place."""
        places = _places(self.numbers)
        found = self.connection.execute(f"SELECT n FROM rows WHERE c{i} IS NOT NULL ORDER BY c{i}, n")  # noqa: S608 - a number
        return (places[n] for (n,) in found)

    def ordered(self, i: int, order: Iterator[int]) -> Iterator[tuple[Key, bytes]]:
        """Order and what is missing; a value that only stands for its absence, such as N/A, is missing too."""
        kinds, rows = self.kinds, len(self.numbers)
        there = array("I", order if kinds is None else (place for place in order if not kinds[place]))
        yield ("order", i, 0), _bytes(there, "I")
        if len(there) < rows:
            gone = bytearray(b"\1" * rows)
            for place in there:
                gone[place] = 0
            yield ("missing", i, 0), _bytes(compress(range(rows), gone), "I")

    def cells(self, i: int) -> Iterator[tuple[Any, str | None]]:
        """Values and texts of a column, in the order of the run."""
        yield from self.connection.execute(f"SELECT c{i}, t{i} FROM rows ORDER BY n")  # noqa: S608 - a number

    def cut(self, i: int, kind: str) -> Iterator[list[str]]:
        """The texts of a column in parts that are neither too many nor too long."""
        lines: list[str] = []
        chars = 0
        for value, text in self.cells(i):
            lines.append(line(shown(value, text, kind)))
            chars += len(lines[-1])
            if len(lines) >= PART_ROWS or chars >= PART_CHARS:
                yield lines
                lines, chars = [], 0
        if lines:
            yield lines


def fold(text: str) -> str:
    """Text for comparing: without case, and letters with marks in one form."""
    return unicodedata.normalize("NFC", text).casefold()


def line(text: str) -> str:
    """A cell as one line. The page shows no line breaks, so this changes nothing of a result that was made by us."""
    return visible(text) if "\n" in text else text


def rank(value: Value) -> tuple[bool, Any]:
    """What SQLite sorts by: numbers before text."""
    return isinstance(value, str), value


def _places(numbers: Sequence[int]) -> Any:
    return numbers if isinstance(numbers, range) else dict(zip(numbers, range(len(numbers)), strict=True))


def _bytes(values: Any, code: str) -> bytes:
    made = array(code, values)
    if sys.byteorder == "big":
        made.byteswap()
    return made.tobytes()


def _read(body: bytes, code: str) -> "array[int]":
    made = array(code)
    made.frombytes(body)
    if sys.byteorder == "big":
        made.byteswap()
    return made
