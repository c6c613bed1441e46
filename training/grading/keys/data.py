"""Values of the key language: what comes in from JSON, what may meet in a comparison, how much work is allowed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from training.grading.keys.syntax import KeyProblem, nearest
from training.grading.values.times import iso, of_iso

Data = int | float | str | bool | datetime | None | list["Data"] | Mapping[str, object]
"""A value: a scalar of JSON, a time, a list, or a row (whose cells are taken in when they are asked for)."""

MOST_STEPS = 5_000_000
"""Steps that one evaluation may take: nodes visited and list elements touched."""

LONGEST_TEXT = 100_000
"""Characters of a text that an expression may build."""

_MISSING = object()


class Budget:
    """Counts steps and ends an evaluation that takes too many: the language always ends."""

    def __init__(self) -> None:
        self._left = MOST_STEPS

    def spend(self, steps: int, at: int) -> None:
        """Take steps away. Raises `KeyProblem` where none are left."""
        self._left -= steps
        if self._left < 0:
            raise KeyProblem("this takes more steps than an expression may", at)


def taken_in(value: object, at: int = 0) -> Data:
    """A JSON value as data: texts that are ISO times with a zone become times, sequences become lists."""
    if isinstance(value, str):
        return of_iso(value) or value
    if value is None or isinstance(value, bool | int | Mapping):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [taken_in(item, at) for item in value]
    raise KeyProblem(f"a {type(value).__name__} is no value of the key language", at)


Members = tuple[Data, frozenset[object]]
"""A list of values of one kind: one of them, and the frozen forms of all."""


class Names(Mapping[str, Data]):
    """Names with their values, each taken in when it is first asked for and then kept for all further evaluations."""

    def __init__(self, given: Mapping[str, object]) -> None:
        self._given = given
        self._taken: dict[str, Data] = {}
        self._members: dict[str, Members | None] = {}

    def __getitem__(self, name: str) -> Data:
        if name not in self._taken:
            self._taken[name] = taken_in(self._given[name])
        return self._taken[name]

    def members(self, name: str) -> Members | None:
        """The elements of a list of one kind, for looking them up; None where it is none."""
        if name not in self._members:
            self._members[name] = _members(self[name])
        return self._members[name]

    def __contains__(self, name: object) -> bool:
        return name in self._given

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)


_KINDS: dict[type, str] = {
    type(None): "nothing (null)",
    bool: "a truth value",
    int: "a number",
    float: "a number",
    str: "a text",
    datetime: "a time",
    list: "a list",
    dict: "a row",
}


def kind(value: Data) -> str:
    """What a value is, with its article, for messages. It is asked for each cell that is compared."""
    exact = _KINDS.get(type(value))
    return exact or next((name for types, name in _KINDS.items() if isinstance(value, types)), "a row")


def frozen(value: Data, at: int) -> object:
    """A value that can stand in a set, so that equal values are equal and a number is never a truth value."""
    if isinstance(value, list):
        return ("list", tuple(frozen(item, at) for item in value))
    if isinstance(value, Mapping):
        return ("row", tuple(sorted((name, frozen(taken_in(cell, at), at)) for name, cell in value.items())))
    return (kind(value), value)


def _members(value: Data) -> Members | None:
    if not isinstance(value, list) or not value or len({kind(item) for item in value}) > 1:
        return None
    return value[0], frozenset(frozen(item, 0) for item in value)


def comparable(left: Data, right: Data, at: int) -> None:
    """Refuse to compare a number with a text and the like. Raises `KeyProblem`."""
    if left is None or right is None or kind(left) == kind(right):
        return
    help_text = (
        "; text() and number() turn one into the other" if {kind(left), kind(right)} == {"a number", "a text"} else ""
    )
    raise KeyProblem(f"{kind(left)} is compared with {kind(right)}{help_text}", at)


def before(left: Data, right: Data, at: int) -> bool:
    """Whether left comes before right. Raises `KeyProblem` where the two have no order."""
    comparable(left, right, at)
    if isinstance(left, int | float) and isinstance(right, int | float) and not isinstance(left, bool):
        return left < right
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    if isinstance(left, datetime) and isinstance(right, datetime):
        return left < right
    raise KeyProblem(f"{kind(left)} and {kind(right)} have no order", at)


def column(row: Mapping[str, object], name: str, at: int) -> Data:
    """The cell of a row. Raises `KeyProblem` that names the nearest column."""
    cell = row.get(name, _MISSING)
    if cell is _MISSING:
        raise KeyProblem(f"no column is named '{name}'{nearest(name, row)}", at)
    return taken_in(cell, at)


def columns_of(rows: Sequence[Data]) -> frozenset[str]:
    """Names of all columns that any of the rows has."""
    return frozenset(name for row in rows if isinstance(row, Mapping) for name in row)


def plain(value: Data) -> object:
    """Data as JSON again: times as ISO texts, which `taken_in` reads back."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {name: plain(taken_in(cell)) for name, cell in value.items()}
    return value


def size(value: Data) -> int:
    """How many scalars a value holds."""
    if isinstance(value, list):
        return sum(size(item) for item in value)
    return len(value) if isinstance(value, Mapping) else 1
