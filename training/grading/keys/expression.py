"""An expression of the key language: parse it, ask what it needs, evaluate it.

The language is total: an expression is parsed within fixed limits, has no loops, no recursion and no definitions, and
every evaluation runs on a budget of steps. What goes wrong is always a `KeyProblem`, with its place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from training.grading.keys.data import (
    Budget,
    Data,
    Members,
    Names,
    before,
    column,
    columns_of,
    comparable,
    frozen,
    kind,
    taken_in,
)
from training.grading.keys.functions import FUNCTIONS, Scene, joined
from training.grading.keys.parser import parse
from training.grading.keys.syntax import (
    Binary,
    Call,
    Const,
    Field,
    Filter,
    KeyProblem,
    Name,
    Node,
    Query,
    Rows,
    Unary,
    children,
    nearest,
)

Row = Mapping[str, object]
RowSets = Mapping[Query, Sequence[Row]]
"""Rows of each run that expressions ask for; cells are JSON scalars, as the plugin's columns give them. Lines of a
material are rows too, with their fields as texts beside `text` and `number`.
"""


@dataclass(frozen=True)
class Expression:
    """A parsed expression.

    Attributes:
        text: as the author wrote it.
        tree: its syntax tree.
    """

    text: str
    tree: Node = field(repr=False)

    @staticmethod
    def parse(text: str) -> Expression:
        """Parse an expression. Raises `KeyProblem`."""
        return _parsed(text)

    @cached_property
    def queries(self) -> frozenset[Query]:
        """The runs and materials whose rows it needs, known before any evaluation."""
        return frozenset(node.query for node in _walk(self.tree) if isinstance(node, Rows))

    @cached_property
    def names(self) -> frozenset[str]:
        """All bare names in it; inside a filter these may be columns."""
        return frozenset(node.name for node in _walk(self.tree) if isinstance(node, Name))

    def check(self, known: Collection[str], *, row: bool = False) -> None:
        """Refuse names that mean nothing here.

        Args:
            known: names that have a value; any other bare name inside a filter is a column.
            row: the whole expression is a condition on a row, so that names are columns everywhere.

        Raises:
            KeyProblem: with the nearest valid name.
        """
        _check(self.tree, known, row=row)

    def evaluate(self, given: Mapping[str, object], rows: RowSets, *, row: Row | None = None) -> Data:
        """The value of the expression.

        Args:
            given: values of names, JSON or times; as `Names` where many evaluations share them.
            rows: the rows of every run in `queries`.
            row: the row that a condition is about.

        Raises:
            KeyProblem: it has no value on these rows.
        """
        return self._value(self.tree, given, rows, row)

    def holds(self, given: Mapping[str, object], row: Row) -> bool:
        """Whether a condition is true of a row; a condition that has no value there is not."""
        try:
            return self._value(self.tree, given, {}, row) is True
        except KeyProblem:
            return False

    @staticmethod
    def _value(tree: Node, given: Mapping[str, object], rows: RowSets, row: Row | None) -> Data:
        scope = None if row is None else _Scope(row, [row])
        try:
            names = given if isinstance(given, Names) else Names(given)
            return _Evaluation(names, rows).value(tree, scope)
        except RecursionError:
            raise KeyProblem("the values are nested too deep") from None


@lru_cache(maxsize=4_096)
def _parsed(text: str) -> Expression:
    return Expression(text, parse(text, {name: (one.fewest, one.most) for name, one in FUNCTIONS.items()}))


def _walk(tree: Node) -> list[Node]:
    found = [tree]
    for node in found:
        found.extend(children(node))
    return found


def _check(node: Node, known: Collection[str], *, row: bool) -> None:
    if isinstance(node, Name) and not row and node.name not in known:
        raise KeyProblem(f"nothing is named '{node.name}' here{nearest(node.name, known)}", node.at)
    if isinstance(node, Field) and node.base is None and not row:
        raise KeyProblem("a column without rows: it belongs in a filter", node.at)
    for child in children(node):
        _check(child, known, row=row or (isinstance(node, Filter) and child is node.condition))


class _Scope:
    """The row that names are looked up in, and the rows of its list: a column that only others have is empty here."""

    __slots__ = ("_siblings", "row")

    def __init__(self, row: Row, siblings: Sequence[Data]) -> None:
        self.row = row
        self._siblings = siblings

    def column(self, name: str, at: int, budget: Budget) -> Data:
        if name in self.row:
            return column(self.row, name, at)
        budget.spend(len(self._siblings), at)
        if any(isinstance(other, Mapping) and name in other for other in self._siblings):
            return None
        raise KeyProblem(f"no column is named '{name}'{nearest(name, columns_of(self._siblings))}", at)


class _Evaluation:
    """One evaluation: given names, rows, a budget of steps."""

    def __init__(self, given: Names, rows: RowSets) -> None:
        self._given = given
        self._rows = rows
        self._budget = Budget()

    def value(self, node: Node, scope: _Scope | None) -> Data:
        self._budget.spend(1, node.at)
        if isinstance(node, Const):
            return taken_in(node.value, node.at)
        if isinstance(node, Rows):
            return self._rows_of(node)
        if isinstance(node, Name | Field):
            return self._name(node, scope) if isinstance(node, Name) else self._field(node, scope)
        if isinstance(node, Filter | Call):
            return self._filter(node, scope) if isinstance(node, Filter) else self._call(node, scope)
        return self._unary(node, scope) if isinstance(node, Unary) else self._binary(node, scope)

    def _name(self, node: Name, scope: _Scope | None) -> Data:
        if node.name in self._given:
            return self._given[node.name]
        if scope is not None:
            return scope.column(node.name, node.at, self._budget)
        raise KeyProblem(f"nothing is named '{node.name}' here{nearest(node.name, self._given)}", node.at)

    def _field(self, node: Field, scope: _Scope | None) -> Data:
        if node.base is None:
            if scope is None:
                raise KeyProblem("a column without rows: it belongs in a filter", node.at)
            return scope.column(node.name, node.at, self._budget)
        base = self.value(node.base, scope)
        if isinstance(base, Mapping):
            return column(base, node.name, node.at)
        if not isinstance(base, list):
            raise KeyProblem(f"{kind(base)} has no columns", node.at)
        return [one.column(node.name, node.at, self._budget) for one in self._scopes(base, node.at)]

    def _scopes(self, rows: list[Data], at: int) -> Iterator[_Scope]:
        self._budget.spend(len(rows), at)
        for row in rows:
            if not isinstance(row, Mapping):
                raise KeyProblem(f"rows are expected, not {kind(row)}", at)
            yield _Scope(row, rows)

    def _filter(self, node: Filter, scope: _Scope | None) -> Data:
        base = self.value(node.base, scope)
        if not isinstance(base, list):
            raise KeyProblem(f"only a list of rows can be filtered, not {kind(base)}", node.at)
        return [one.row for one in self._scopes(base, node.at) if self._truth(node.condition, one)]

    def _truth(self, node: Node, scope: _Scope | None) -> bool:
        value = self.value(node, scope)
        if not isinstance(value, bool):
            raise KeyProblem(f"a condition is expected here, this is {kind(value)}", node.at)
        return value

    def _rows_of(self, node: Rows) -> Data:
        if node.query not in self._rows:
            what = "lines" if node.query.material else "rows"
            raise KeyProblem(f"the {what} of {node.query} are not here", node.at)
        rows = self._rows[node.query]
        self._budget.spend(len(rows), node.at)
        return list(rows)

    def _call(self, node: Call, scope: _Scope | None) -> Data:
        arguments = [self.value(argument, scope) for argument in node.arguments]
        return FUNCTIONS[node.function].body(Scene(node.at, self._budget, node.by), arguments)

    def _unary(self, node: Unary, scope: _Scope | None) -> Data:
        if node.operator == "not":
            return not self._truth(node.operand, scope)
        return joined(0, self.value(node.operand, scope), "-", node.at)

    def _binary(self, node: Binary, scope: _Scope | None) -> Data:
        sign = node.operator
        if sign == "and":
            return self._truth(node.left, scope) and self._truth(node.right, scope)
        if sign == "or":
            return self._truth(node.left, scope) or self._truth(node.right, scope)
        if sign == "in" and isinstance(node.right, Name) and (members := self._members(node.right.name)):
            return self._among(members, self.value(node.left, scope), node.at)
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        if sign in {"+", "-"}:
            return joined(left, right, sign, node.at)
        return self._compared(sign, left, right, node.at)

    def _members(self, name: str) -> Members | None:
        return self._given.members(name) if name in self._given else None

    @staticmethod
    def _among(members: Members, value: Data, at: int) -> bool:
        """`in` on a name that stands for a list of one kind: looked up, since a condition may be asked of many rows."""
        one, forms = members
        comparable(one, value, at)
        return frozen(value, at) in forms

    def _compared(self, sign: str, left: Data, right: Data, at: int) -> bool:
        if sign in {"=", "!="}:
            comparable(left, right, at)
            return (frozen(left, at) == frozen(right, at)) is (sign == "=")
        if sign == "in" or (sign == "has" and isinstance(left, list)):
            return self._holds(right, left, at) if sign == "in" else self._holds(left, right, at)
        if left is None or right is None:  # null is neither before nor after, and holds nothing
            return False
        if sign in {"<", ">="}:
            return before(left, right, at) is (sign == "<")
        if sign in {">", "<="}:
            return before(right, left, at) is (sign == ">")
        if isinstance(left, str) and isinstance(right, str):
            return {"starts": left.startswith, "ends": left.endswith, "has": left.__contains__}[sign](right)
        raise KeyProblem(f"`{sign}` compares texts, not {kind(left)} with {kind(right)}", at)

    def _holds(self, items: Data, value: Data, at: int) -> bool:
        if not isinstance(items, list):
            raise KeyProblem(f"`in` looks into a list, not into {kind(items)}", at)
        self._budget.spend(len(items), at)
        wanted = frozen(value, at)
        for item in items:
            comparable(item, value, at)
            if frozen(item, at) == wanted:
                return True
        return False
