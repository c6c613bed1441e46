"""The syntax tree of the key language, its limits and its errors."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST = 2_000
"""Characters that an expression may have."""

DEEPEST = 40
"""How deep brackets of an expression may stand within each other."""

MOST_LEVELS = 100
"""Levels that a syntax tree may have, so that walking it needs no more than a known depth."""

Constant = int | str | bool | None


class KeyProblem(ValueError):
    """An expression that can't be read, or that has no value on these rows.

    Attributes:
        reason: what is wrong, one sentence without a full stop.
        at: where in the expression, counted from 1; 0 where it has no place.
    """

    def __init__(self, reason: str, at: int = 0) -> None:
        super().__init__(f"{reason} (at character {at})" if at else reason)
        self.reason = reason
        self.at = at


@dataclass(frozen=True, slots=True, order=True)
class Query:
    """Rows that an expression needs: of one run, which is a plugin under its canonical name and its options, sorted by
    name; or the lines of a material that was handed over, whose name stands in the place of the plugin's.
    """

    plugin: str
    options: tuple[tuple[str, Constant], ...] = ()
    material: bool = False

    def __str__(self) -> str:
        return " ".join([self.plugin, *(f"{name}={value}" for name, value in self.options)])


@dataclass(frozen=True, slots=True)
class Const:
    """A number, a text, true, false or null."""

    at: int
    value: Constant


@dataclass(frozen=True, slots=True)
class Name:
    """A bare name: a given value, or a column of the row that is being filtered."""

    at: int
    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """`.COLUMN` of a row, of every row of a list, or (without a base) of the row that is being filtered."""

    at: int
    base: Node | None
    name: str


@dataclass(frozen=True, slots=True)
class Filter:
    """`base[condition]`: the rows for which the condition is true."""

    at: int
    base: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Rows:
    """`rows("plugin", option=constant)`, or `lines("material")`."""

    at: int
    query: Query


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments; `by` is the column of `first(rows by COLUMN)`."""

    at: int
    function: str
    arguments: tuple[Node, ...]
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Unary:
    """`not x` or `-x`."""

    at: int
    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and what stands between them."""

    at: int
    operator: str
    left: Node
    right: Node


Node = Const | Name | Field | Filter | Rows | Call | Unary | Binary


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below a node."""
    match node:
        case Field(base=base):
            return () if base is None else (base,)
        case Filter(base=base, condition=condition):
            return (base, condition)
        case Call(arguments=arguments):
            return arguments
        case Unary(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case _:
            return ()


def nearest(name: str, known: Iterable[str]) -> str:
    """A half sentence that names the nearest valid names, or all where there are few."""
    choices = sorted(set(known))
    close = difflib.get_close_matches(name[:100], choices, n=2, cutoff=0.6)
    folded = [choice for choice in choices if choice.casefold() == name.casefold()]
    if found := list(dict.fromkeys([*folded, *close])):
        return f"; nearest: {', '.join(found[:2])}"
    return f"; there are: {', '.join(choices)}" if 0 < len(choices) <= 20 else ""  # noqa: PLR2004 - fits a message
