"""Rows that a plugin must give, and in what the rows that it gave differ from them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Cell = str | int | bool | None
Row = tuple[Cell, ...]

DEPTH = "depth"
"""The name under which the depth of a row in a tree stands among its columns; elsewhere it is 0."""
NUMBER = "n"
"""The name of a row's number, which is never compared: a result is a set of rows."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a plugin must show.

    Attributes:
        columns: those that are compared.
        rows: what stands in them, in any order.
        left_out: further columns of the plugin, each with the reason for which the plan doesn't know what they show.
        aside: rows that are not compared, by a column and what stands in it, each with the reason.
        blur: makes rows alike that the plan can't tell apart.
        may_lack: why rows may be missing; further ones are a difference even so.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    aside: Mapping[tuple[str, Cell], str] = field(default_factory=dict)
    blur: Callable[[Row], Row] | None = None
    may_lack: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is not as it must be: without ``got`` it is missing, without ``wanted`` nobody planned it.

    With both the row is there and differs in ``columns``.
    """

    wanted: Row | None
    got: Row | None
    columns: tuple[str, ...] = ()


def expect(
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    always: Mapping[str, Cell] | None = None,
    left_out: Mapping[str, str] | None = None,
    aside: Mapping[tuple[str, Cell], str] | None = None,
    blur: Callable[[Row], Row] | None = None,
    may_lack: str = "",
) -> Expected:
    """What a plugin must show; ``always`` are columns that hold the same in each row."""
    same = always or {}
    return Expected(
        (*columns, *same), tuple((*row, *same.values()) for row in rows), left_out or {}, aside or {}, blur, may_lack
    )


def compare(expected: Expected, given: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """In what given rows differ from those expected; empty where they are the same.

    A column that is neither compared nor left out makes every row differ, as does a depth where no tree is expected.
    """
    columns, strange = expected.columns, _strange(expected, given)
    blur = expected.blur or (lambda row: row)
    compared = (row for row in given if not any(row.get(name) == cell for name, cell in expected.aside))
    wanted = Counter(blur(row) + (None,) * len(strange) for row in expected.rows)
    got = Counter(
        blur(tuple(row.get(name) for name in columns)) + tuple(row.get(name) for name in strange) for row in compared
    )
    missing = sorted((wanted - got).elements(), key=repr)
    extra = sorted((got - wanted).elements(), key=repr)
    found = _paired((*columns, *strange), missing, extra)
    return [each for each in found if each.got is not None or not expected.may_lack]


def _strange(expected: Expected, given: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Columns of the rows that nobody speaks of."""
    spoken = {*expected.columns, *expected.left_out, NUMBER, DEPTH}
    found = [name for name in (given[0] if given else ()) if name not in spoken]
    if DEPTH not in expected.columns and any(row.get(DEPTH) for row in given):
        found.append(DEPTH)
    return tuple(found)


def _paired(columns: tuple[str, ...], missing: list[Row], extra: list[Row]) -> Iterable[Difference]:
    """A missing and an extra row that agree in most of their columns are one that was changed."""
    for row in missing:
        best = max(extra, key=lambda other: _alike(row, other), default=None)
        if best is None or 2 * _alike(row, best) < len(columns):
            yield Difference(row, None)
            continue
        extra.remove(best)
        yield Difference(row, best, tuple(name for name, a, b in zip(columns, row, best, strict=True) if a != b))
    for row in extra:
        yield Difference(None, row)


def _alike(row: Row, other: Row) -> int:
    return sum(a == b for a, b in zip(row, other, strict=True))
