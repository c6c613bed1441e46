"""Two sides of a session made one, as a pure function of three states: ours, theirs, and what both once had.

Every bundle knows the bundles that its side had sent or taken before. The last ones that both sides know are what both
once had; where two of them crossed on their way, what both once had is itself made of them in the same way, as version
control does with criss-cross merges.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from training.hosting.carry.rows import Row, State
from training.hosting.carry.tables import CARRIED, FIXED, Carried, How


class _Unsure:
    """A value of which both sides once had different ones: it equals none."""

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]


UNSURE = _Unsure()


@dataclass(frozen=True, slots=True)
class Clash:
    """A row that differs and can't be made one; `column` is empty where the whole row is meant."""

    table: str
    key: str
    column: str
    here: Any
    there: Any


@dataclass(slots=True)
class Merged:
    """What has to be done here: rows to add, columns to change, rows to remove; and what can't be made one."""

    new: list[tuple[str, str, Row]] = field(default_factory=list)
    changed: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    gone: list[tuple[str, str]] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)


def merge(ours: State, theirs: State, base: State) -> Merged:
    """What has to be done here so that ours holds what theirs holds too. Nothing that only we have is lost."""
    made = Merged()
    for one in CARRIED:
        here, there, before = (state.get(one.name, {}) for state in (ours, theirs, base))
        for key in sorted(there):
            _one(made, one, key, here.get(key), there[key], before.get(key))
        if one.goes:
            for key in sorted(here.keys() - there.keys()):
                if _same(one, here[key], before.get(key)):
                    made.gone.append((one.name, key))
    return made


def _one(made: Merged, one: Carried, key: str, here: Row | None, there: Row, before: Row | None) -> None:
    if here is None:
        # What was removed here since stays removed, unless the other side worked on it.
        if before is None or (one.how is How.ROW and not _same(one, there, before)):
            made.new.append((one.name, key, there))
    elif one.how is How.EVENT:
        if not _same(one, here, there) and not _same(one, there, before):
            made.clashes.append(Clash(one.name, key, "", here, there))
    elif one.how is How.ROW:
        _columns(made, one, key, here, there, before or {})


def _columns(made: Merged, one: Carried, key: str, here: Row, there: Row, before: Row) -> None:
    changes: dict[str, Any] = {}
    for column in compared(one, here):
        value, clash = settled(before.get(column, UNSURE), here[column], there[column])
        if clash and one.grows:
            value, clash = largest(here[column], there[column]), False
        if clash or (value != here[column] and column in FIXED - one.switches):
            made.clashes.append(Clash(one.name, key, column, here[column], there[column]))
        elif value != here[column]:
            changes[column] = value
    if changes:
        made.changed.append((one.name, key, changes))


def compared(one: Carried, row: Row) -> list[str]:
    """The columns of a row that are compared: all but its numbers and what never leaves."""
    return [column for column in row if column not in one.places and column not in one.hidden]


def settled(base: Any, ours: Any, theirs: Any) -> tuple[Any, bool]:
    """The value of one column, and whether both sides changed it, each in its own way; then ours stays."""
    if theirs in (ours, base):
        return ours, False
    if ours == base:
        return theirs, False
    return ours, True


def largest(one: Any, other: Any) -> Any:
    """The larger of two numbers or times; nothing is less than anything."""
    return max((each for each in (one, other) if each is not None), default=None)


def _same(one: Carried, row: Row, other: Row | None) -> bool:
    return other is not None and all(row[column] == other.get(column, UNSURE) for column in compared(one, row))


def ancestor(heads: Iterable[str], knows: Mapping[str, frozenset[str]], state: Callable[[str], State]) -> State:
    """What both sides once had, of the bundles that both know.

    Args:
        heads: the bundles, by name.
        knows: for each, all that went before it.
        state: the rows of a bundle.
    """
    known = set(heads)
    tops = sorted(one for one in known if not any(one in knows[other] for other in known if other != one))
    if not tops:
        return {}
    made, seen = state(tops[0]), {tops[0]} | (knows[tops[0]] & known)
    for top in tops[1:]:
        below = {top} | (knows[top] & known)
        made = _blended(made, state(top), ancestor(seen & below, knows, state))
        seen |= below
    return made


def _blended(one: State, other: State, base: State) -> dict[str, dict[str, Row]]:
    made: dict[str, dict[str, Row]] = {}
    for rule in CARRIED:
        left, right, before = (state.get(rule.name, {}) for state in (one, other, base))
        rows = {key: _blend(rule, left.get(key), right.get(key), before.get(key)) for key in left.keys() | right.keys()}
        made[rule.name] = {key: row for key, row in rows.items() if row is not None}
    return made


def _blend(rule: Carried, left: Row | None, right: Row | None, before: Row | None) -> Row | None:
    if left is None or right is None:
        there = left or right
        assert there is not None  # noqa: S101 - one of the two has the key
        return None if rule.goes and _same(rule, there, before) else there
    values: dict[str, Any] = {}
    for column in left:
        value, clash = settled((before or {}).get(column, UNSURE), left[column], right[column])
        if clash:
            value = largest(left[column], right[column]) if rule.grows else UNSURE
        values[column] = value
    return values
