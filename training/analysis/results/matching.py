"""Which rows pass a filter: one byte per row, 1 for those that do."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import compress
from operator import ge, gt, le, lt
from typing import Any

from training.analysis.cards import Column
from training.analysis.render import ABSENCES
from training.analysis.results.aids import Aids, Coded, Part, fold, rank
from training.analysis.results.few import Few
from training.analysis.results.form import NUMBERS, pack
from training.analysis.results.query import COMPARING, Filter
from training.errors import Refused
from training.sentence import phrase

VALUED = NUMBERS | {"float"}
BREAK = "\n"
SPARSE = 8  # one row in so many
ABOVE = "\U0010ffff"  # sorts after every character of a time
WHEN = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[ T](\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?)?)?)?)?(?:Z|\+00:00| UTC)?"
)
MARKS = ("", "-", "-", "T", ":", ":", ".")
LONGEST_NUMBER = 30
HOLDS: dict[str, Callable[[float, float], bool]] = {">": gt, ">=": ge, "<": lt, "<=": le}


@dataclass(frozen=True, slots=True)
class Needle:
    """A text that is looked for in lines."""

    text: str
    operator: str

    def among(self, lines: Sequence[str]) -> bytes:
        """Which lines have it, a byte each."""
        text = self.text
        if self.operator == "contains":
            return bytes([text in line for line in lines])
        if self.operator == "starts":
            return bytes([line.startswith(text) for line in lines])
        if self.operator == "ends":
            return bytes([line.endswith(text) for line in lines])
        return bytes([line == text for line in lines])

    def within(self, parts: Iterable[Part], wanted: bytes) -> bytes:
        """Which lines of all parts have it, a byte each; those that aren't wanted may be given as without."""
        made = bytearray()
        dense = None
        for part in parts:
            need = wanted[len(made) : len(made) + part.rows]
            if dense is None:  # the first part tells, then each the next
                dense = not self.text or part.text.count(self.text) > part.rows // SPARSE
            found = self._each(part, need) if dense else self._jump(part.text, part.rows)
            dense = not self.text or found.count(1) > need.count(1) // SPARSE
            made += found
        return bytes(made)

    def _each(self, part: Part, need: bytes) -> bytes:
        """Line by line."""
        lines = part.text.split(BREAK)
        if need.count(1) > part.rows // 2:
            return self.among(lines)
        made = bytearray(part.rows)
        places = list(compress(range(part.rows), need))
        for place, found in zip(places, self.among([lines[place] for place in places]), strict=True):
            made[place] = found
        return bytes(made)

    def _jump(self, body: str, rows: int) -> bytes:
        """From one occurrence to the next: quicker than line by line where there are few."""
        made = bytearray(rows)
        if BREAK in self.text:  # no line has one
            return bytes(made)
        lead = self.operator in {"starts", "is"}
        wanted = f"{BREAK * lead}{self.text}{BREAK * (self.operator in {'ends', 'is'})}"
        text = body if self.operator == "contains" else f"{BREAK}{body}{BREAK}"
        row = 0 if self.operator == "contains" else -1
        begin, at = 0, text.find(wanted)
        while at >= 0:
            row += text.count(BREAK, begin, at + lead)
            made[row] = 1
            begin = text.find(BREAK, at + lead)
            if begin < 0:
                break
            at = text.find(wanted, begin)
        return bytes(made)


class Matching:
    """Filters of one result."""

    def __init__(self, aids: Aids | Few, columns: Sequence[Column]) -> None:
        self._aids, self._columns = aids, columns

    def passing(self, one: Filter, among: Sequence[int], alive: int | None = None) -> int:
        """The rows that pass, in the columns `among`, as one large number with a byte per row (first row lowest).

        With `alive`, such a number, only of its rows it is said rightly whether they pass.
        """
        everything = ones(self._aids.rows)
        wanted = everything if alive is None else alive
        found = 0
        # Columns with few different texts first: they are quick, and may already let every row pass.
        for i in sorted(among, key=lambda i: self._aids.coded(i) is None) if len(among) > 1 else among:
            found |= int.from_bytes(self._column(one, i, wanted & (everything ^ found)), "little")
            if wanted & found == wanted:
                break
        return everything ^ found if one.exclude else found

    def _column(self, one: Filter, i: int, wanted: int) -> bytes:
        kind = self._columns[i].type
        if one.operator in {"absent", "present"}:
            return self._absent(one, i)
        by_value = one.operator in COMPARING or (one.operator == "is" and one.column is not None and not one.case)
        if by_value and kind in VALUED:
            value = pack(number(one, kind))
            return self._range(one.operator, i, value, value)
        if by_value and kind == "datetime":
            return self._range(one.operator, i, *period(one))
        if one.operator in COMPARING:
            return self._whole_numbers(one, i)
        return self._text(one, i, wanted)

    def _text(self, one: Filter, i: int, wanted: int) -> bytes:
        needle = Needle(one.text if one.case else fold(one.text), one.operator)
        coded = self._aids.coded(i)
        if coded is not None:
            words = coded.words if one.case else [fold(word) for word in coded.words]
            return spread(needle.among(words), coded)
        return needle.within(self._aids.parts(i, exact=one.case), wanted.to_bytes(self._aids.rows, "little"))

    def _whole_numbers(self, one: Filter, i: int) -> bytes:
        """Comparison in a column of text: its whole numbers by value."""
        bound = number(one, "int")
        holds = HOLDS[one.operator]

        def test(lines: Sequence[str]) -> bytes:
            return bytes(
                [line.isdecimal() and len(line) < LONGEST_NUMBER and holds(int(line), bound) for line in lines]
            )

        coded = self._aids.coded(i)
        if coded is not None:
            return spread(test(coded.words), coded)
        return b"".join(test(part.text.split(BREAK)) for part in self._aids.parts(i, exact=True))

    def _absent(self, one: Filter, i: int) -> bytes:
        rows = self._aids.rows
        if one.text and one.operator == "absent":
            kinds = self._aids.kinds(i)
            return bytes(rows) if kinds is None else kinds.translate(table({1 + ABSENCES.index(one.text)}))
        present = one.operator == "present"
        made = bytearray(bytes([present]) * rows)
        for place in self._aids.missing(i):
            made[place] = not present
        return bytes(made)

    def _range(self, operator: str, i: int, low: Any, high: Any) -> bytes:
        """Rows by value. The text of the filter means all values from `low` to `high`."""
        order = self._aids.order(i)

        def at(place: int) -> tuple[bool, Any]:
            return rank(self._aids.value(i, place))

        first, after = bisect_left(order, rank(low), key=at), bisect_right(order, rank(high), key=at)
        ranges = {
            "is": order[first:after],
            ">=": order[first:],
            ">": order[after:],
            "<": order[:first],
            "<=": order[:after],
        }
        made = bytearray(self._aids.rows)
        for place in ranges[operator]:
            made[place] = 1
        return bytes(made)


def number(one: Filter, kind: str) -> float:
    """The number that a filter names: decimal, 0x…, 0b…, in a column of fractions a fraction. Raises Refused."""
    text = one.text.strip()
    value: float | None = None
    if len(text) <= LONGEST_NUMBER:
        with suppress(ValueError):
            value = float(text) if kind == "float" else int(text, 10 if text.isdecimal() else 0)
    if value is None or not -(2**64) < value < 2**64:
        raise Refused(phrase("%(typed)s is no number; write 4096 or 0x1000", typed=repr(one.text[:50])), field="text")
    return value


def period(one: Filter) -> tuple[str, str]:
    """First and last of the times that a filter names, as they are stored. Raises Refused."""
    found = WHEN.fullmatch(one.text.strip())
    if found is None:
        why = phrase("%(typed)s is no time; write 2026-03-10, or 2026-03-10 12:06:38 (UTC)", typed=repr(one.text[:50]))
        raise Refused(why, field="text")
    stem = "".join(mark + part for mark, part in zip(MARKS, found.groups(), strict=True) if part is not None)
    return stem, stem + ABOVE


def cost(one: Filter) -> int:
    """How long a filter takes, roughly: by value, by the texts of one column, by those of all."""
    if one.column is None:
        return 2
    return int(one.operator in {"contains", "starts", "ends"} or (one.operator == "is" and one.case))


def spread(hits: bytes, coded: Coded) -> bytes:
    """From which words match to which rows do."""
    if len(set(hits)) == 1:
        return hits[:1] * len(coded.codes)
    if isinstance(coded.codes, bytes):
        return coded.codes.translate(hits.ljust(256, b"\0"))
    return bytes(map(hits.__getitem__, coded.codes))


def table(wanted: set[int]) -> bytes:
    """A table for bytes.translate: 1 for the wanted values."""
    return bytes(value in wanted for value in range(256))


def ones(rows: int) -> int:
    """All rows, as Matching.passing gives them."""
    return int.from_bytes(b"\1" * rows, "little")
