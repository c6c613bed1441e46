"""The functions of the key language. Each registers with an example and a docstring, which docs/grading.md repeats.

Those over lists, rows and chains stand here; those over single values in `scalars`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise

from training.grading.keys import scalars as _scalars  # noqa: F401 - registers its functions
from training.grading.keys.calls import FUNCTIONS, MOST_ARGUMENTS, Scene, function, list_of, text_of, whole_of
from training.grading.keys.data import LONGEST_TEXT, Data, before, column, frozen, kind, taken_in
from training.grading.keys.syntax import KeyProblem

__all__ = ["FUNCTIONS", "Scene", "joined"]


def _distinct(scene: Scene, value: Data) -> dict[object, Data]:
    """Distinct elements in the order of first appearance, under their frozen forms."""
    seen: dict[object, Data] = {}
    for item in list_of(scene, value):
        seen.setdefault(frozen(item, scene.at), item)
    return seen


@function("the", "the(list(7)) = 7", 1)
def _the(scene: Scene, given: list[Data]) -> Data:
    """The only element of a list; a list of none or several has no value."""
    items = list_of(scene, given[0])
    if len(items) != 1:
        raise scene.problem(f"exactly one element is expected, there are {len(items)}")
    return items[0]


@function("uniq", "uniq(list(2, 1, 2)) = list(2, 1)", 1)
def _uniq(scene: Scene, given: list[Data]) -> Data:
    """A list without repetitions, in the order of first appearance."""
    return list(_distinct(scene, given[0]).values())


@function("set", "set(list(2, 1, 2)) = list(2, 1)", 1)
def _set(scene: Scene, given: list[Data]) -> Data:
    """A list without repetitions; the order does not matter."""
    return _uniq(scene, given)


@function("count", "count(list(2, 2)) = 2", 1)
def _count(scene: Scene, given: list[Data]) -> Data:
    """How many elements a list has, repetitions included."""
    return len(list_of(scene, given[0]))


def _extreme(scene: Scene, items: list[Data], *, lowest: bool) -> Data:
    """The element whose value (or column after `by`) is lowest or highest. Equal ones have no order: no value."""
    if not items:
        raise scene.problem("the list is empty")
    best: list[Data] = []
    best_value: Data = None
    for item in items:
        value = item
        if scene.by is not None:
            if not isinstance(item, Mapping):
                raise scene.problem(f"rows are expected, not {kind(item)}")
            value = column(item, scene.by, scene.at)
        if value is None:
            continue
        if not best or (before(value, best_value, scene.at) if lowest else before(best_value, value, scene.at)):
            best, best_value = [item], value
        elif frozen(value, scene.at) == frozen(best_value, scene.at):
            best.append(item)
    if not best:
        raise scene.problem("all values are null")
    if scene.by is not None and len({frozen(item, scene.at) for item in best}) > 1:
        raise scene.problem(f"{len(best)} rows share this {scene.by}: they have no order")
    return best[0]


@function("first", 'first(truth.tasks by pid).comm = "init"', 1)
def _first(scene: Scene, given: list[Data]) -> Data:
    """`first(rows by COLUMN)`: the row with the lowest value there; without `by` the first of the list."""
    items = list_of(scene, given[0])
    if scene.by is not None:
        return _extreme(scene, items, lowest=True)
    if not items:
        raise scene.problem("the list is empty")
    return items[0]


@function("last", 'last(truth.tasks by pid).comm = "upd"', 1)
def _last(scene: Scene, given: list[Data]) -> Data:
    """`last(rows by COLUMN)`: the row with the highest value there; without `by` the last of the list."""
    items = list_of(scene, given[0])
    if scene.by is not None:
        return _extreme(scene, items, lowest=False)
    if not items:
        raise scene.problem("the list is empty")
    return items[-1]


@function("min", "min(list(3, null, 1)) = 1", 1)
def _min(scene: Scene, given: list[Data]) -> Data:
    """The lowest value of a list; nulls don't count."""
    return _extreme(scene, list_of(scene, given[0]), lowest=True)


@function("max", "max(list(3, null, 1)) = 3", 1)
def _max(scene: Scene, given: list[Data]) -> Data:
    """The highest value of a list; nulls don't count."""
    return _extreme(scene, list_of(scene, given[0]), lowest=False)


@function("modal", "modal(list(1, 2, 2)) = 2", 1)
def _modal(scene: Scene, given: list[Data]) -> Data:
    """The most frequent value of a list; two that are equally frequent have no value."""
    items = list_of(scene, given[0])
    ranking = Counter(frozen(item, scene.at) for item in items).most_common(2)
    if not ranking:
        raise scene.problem("the list is empty")
    if len(ranking) > 1 and ranking[0][1] == ranking[1][1]:
        raise scene.problem(f"two values are equally frequent ({ranking[0][1]} times)")
    return next(item for item in items if frozen(item, scene.at) == ranking[0][0])


@function("union", "union(list(1), list(1, 2)) = list(1, 2)", 2, MOST_ARGUMENTS)
def _union(scene: Scene, given: list[Data]) -> Data:
    """All values that stand in any of the lists, without repetitions."""
    return _uniq(scene, [[item for one in given for item in list_of(scene, one)]])


@function("intersect", "intersect(list(1, 2), list(2, 3)) = list(2)", 2)
def _intersect(scene: Scene, given: list[Data]) -> Data:
    """The values of the first list that the second has too."""
    kept = _distinct(scene, given[1])
    return [item for form, item in _distinct(scene, given[0]).items() if form in kept]


@function("minus", "minus(list(1, 2), list(2)) = list(1)", 2)
def _minus(scene: Scene, given: list[Data]) -> Data:
    """The values of the first list that the second has not, in their order."""
    gone = _distinct(scene, given[1])
    return [item for form, item in _distinct(scene, given[0]).items() if form not in gone]


@function("list", "list(1, 2) has 2", 0, MOST_ARGUMENTS)
def _makelist_of(scene: Scene, given: list[Data]) -> Data:  # noqa: ARG001 - all functions look alike
    """A list of its arguments."""
    return list(given)


@function("position", "position(list(7, 9), 9) = 2", 2)
def _position(scene: Scene, given: list[Data]) -> Data:
    """`position(list, value)`: the place of a value in a list, counted from 1; one that is not there has none."""
    sought = frozen(given[1], scene.at)
    for place, item in enumerate(list_of(scene, given[0]), 1):
        if frozen(item, scene.at) == sought:
            return place
    raise scene.problem("the list does not hold the value")


@function("reverse", "reverse(list(1, 2)) = list(2, 1)", 1)
def _reverse(scene: Scene, given: list[Data]) -> Data:
    """A list from its end to its start."""
    return list(reversed(list_of(scene, given[0])))


@function("ancestors", 'ancestors(truth.tasks, 145, "pid", "ppid") = list(1, 145)', 4)
def _ancestors(scene: Scene, given: list[Data]) -> Data:
    """`ancestors(rows, pid, "PID", "PPID")`: the chain from the first known ancestor down to pid itself."""
    rows, wanted = list_of(scene, given[0]), whole_of(scene, given[1])
    own, parent = text_of(scene, given[2]), text_of(scene, given[3])
    parents: dict[int, int] = {}
    for row in rows:
        if not isinstance(row, Mapping):
            raise scene.problem(f"rows are expected, not {kind(row)}")
        pid = whole_of(scene, column(row, own, scene.at))
        above = whole_of(scene, column(row, parent, scene.at))
        if parents.setdefault(pid, above) != above:
            raise scene.problem(f"PID {pid} has several parents in these rows")
    if wanted not in parents:
        raise scene.problem(f"PID {wanted} is not in these rows")
    chain = [wanted]
    while parents[chain[-1]] in parents:
        if parents[chain[-1]] in chain:
            raise scene.problem(f"PID {wanted} is its own ancestor in these rows")
        scene.budget.spend(len(chain), scene.at)
        chain.append(parents[chain[-1]])
    return list(reversed(chain))


@function("pairs", 'pairs(list("sh"), list(7)) = list(list("sh", 7))', 2)
def _pairs(scene: Scene, given: list[Data]) -> Data:
    """`pairs(names, values)`: a list of two-element lists, taken from two lists of equal length."""
    names, values = list_of(scene, given[0]), list_of(scene, given[1])
    if len(names) != len(values):
        raise scene.problem(f"the lists have {len(names)} and {len(values)} elements")
    return [[name, value] for name, value in zip(names, values, strict=True)]


@function("in_order", 'in_order("b", time(2), "a", time(1)) = list("a", "b")', 4, MOST_ARGUMENTS)
def _in_order(scene: Scene, given: list[Data]) -> Data:
    """`in_order("a", time of a, "b", time of b, ...)`: the names in order of their times; equal times have no value."""
    if len(given) % 2:
        raise scene.problem("each step needs its time after it")
    times: list[tuple[datetime, str]] = []
    for name, moment in zip(given[::2], given[1::2], strict=True):
        if not isinstance(moment, datetime):
            raise scene.problem(f"the time of '{text_of(scene, name)}' is {kind(moment)}, not a time")
        times.append((moment, text_of(scene, name)))
    times.sort()
    for (earlier, one), (later, other) in pairwise(times):
        if earlier == later:
            raise scene.problem(f"'{one}' and '{other}' have the same time: they have no order")
    return [name for _, name in times]


def joined(left: Data, right: Data, sign: str, at: int) -> Data:
    """`+` and `-`: numbers; time and seconds; time minus time gives seconds; text plus text."""
    try:
        if sign == "+" and isinstance(left, str) and isinstance(right, str):
            if len(left) + len(right) > LONGEST_TEXT:
                raise KeyProblem(f"the text would have more than {LONGEST_TEXT:,} characters", at)
            return left + right
        if isinstance(left, datetime) and isinstance(right, datetime) and sign == "-":
            seconds = (left - right).total_seconds()
            return int(seconds) if seconds.is_integer() else seconds
        number = isinstance(right, int | float) and not isinstance(right, bool)
        if isinstance(left, datetime) and isinstance(right, int | float) and number:
            return left + timedelta(seconds=right if sign == "+" else -right)
        if isinstance(left, int | float) and not isinstance(left, bool) and isinstance(right, int | float) and number:
            return taken_in(left + right if sign == "+" else left - right, at)
    except OverflowError:
        raise KeyProblem("the result is out of range", at) from None
    word = "added to" if sign == "+" else "taken from"
    raise KeyProblem(f"{kind(right)} can't be {word} {kind(left)}", at)
