"""The functions of the key language. Each registers with an example and a docstring, which docs/grading.md repeats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from training.grading.keys.data import LONGEST_TEXT, Budget, Data, before, column, frozen, kind, taken_in
from training.grading.keys.syntax import KeyProblem
from training.grading.values.network import endpoint as canonical_endpoint
from training.grading.values.times import iso

MOST_ARGUMENTS = 40
_LONGEST_NUMBER = 40
_ZONE_MINUTES = frozenset({0, 30, 45})
"""Minutes past the hour by which zones differ from UTC."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a call stands: its place, the steps that are left, the column after `by`."""

    at: int
    budget: Budget
    by: str | None = None

    def problem(self, reason: str) -> KeyProblem:
        """An error at this place."""
        return KeyProblem(reason, self.at)


@dataclass(frozen=True, slots=True)
class Function:
    """A function: an example that is true, how many arguments it takes, and what it does with them.

    Examples may use `truth.tasks`, rows with pid, ppid and comm; a test works each of them out.
    """

    example: str
    fewest: int
    most: int
    body: Callable[[Scene, list[Data]], Data]


FUNCTIONS: dict[str, Function] = {}
_Body = Callable[[Scene, list[Data]], Data]


def _function(name: str, example: str, fewest: int, most: int | None = None) -> Callable[[_Body], _Body]:
    def register(body: _Body) -> _Body:
        FUNCTIONS[name] = Function(example, fewest, fewest if most is None else most, body)
        return body

    return register


def _list(scene: Scene, value: Data) -> list[Data]:
    if not isinstance(value, list):
        raise scene.problem(f"a list is expected, not {kind(value)}")
    scene.budget.spend(len(value), scene.at)
    return value


def _text(scene: Scene, value: Data) -> str:
    if not isinstance(value, str):
        raise scene.problem(f"a text is expected, not {kind(value)}")
    return value


def _whole(scene: Scene, value: Data) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise scene.problem(f"a whole number is expected, not {kind(value)}")
    return value


def _distinct(scene: Scene, value: Data) -> dict[object, Data]:
    """Distinct elements in the order of first appearance, under their frozen forms."""
    seen: dict[object, Data] = {}
    for item in _list(scene, value):
        seen.setdefault(frozen(item, scene.at), item)
    return seen


@_function("the", "the(list(7)) = 7", 1)
def _the(scene: Scene, given: list[Data]) -> Data:
    """The only element of a list; a list of none or several has no value."""
    items = _list(scene, given[0])
    if len(items) != 1:
        raise scene.problem(f"exactly one element is expected, there are {len(items)}")
    return items[0]


@_function("uniq", "uniq(list(2, 1, 2)) = list(2, 1)", 1)
def _uniq(scene: Scene, given: list[Data]) -> Data:
    """A list without repetitions, in the order of first appearance."""
    return list(_distinct(scene, given[0]).values())


@_function("set", "set(list(2, 1, 2)) = list(2, 1)", 1)
def _set(scene: Scene, given: list[Data]) -> Data:
    """A list without repetitions; the order does not matter."""
    return _uniq(scene, given)


@_function("count", "count(list(2, 2)) = 2", 1)
def _count(scene: Scene, given: list[Data]) -> Data:
    """How many elements a list has, repetitions included."""
    return len(_list(scene, given[0]))


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


@_function("first", 'first(truth.tasks by pid).comm = "init"', 1)
def _first(scene: Scene, given: list[Data]) -> Data:
    """`first(rows by COLUMN)`: the row with the lowest value there; without `by` the first of the list."""
    items = _list(scene, given[0])
    if scene.by is not None:
        return _extreme(scene, items, lowest=True)
    if not items:
        raise scene.problem("the list is empty")
    return items[0]


@_function("last", 'last(truth.tasks by pid).comm = "upd"', 1)
def _last(scene: Scene, given: list[Data]) -> Data:
    """`last(rows by COLUMN)`: the row with the highest value there; without `by` the last of the list."""
    items = _list(scene, given[0])
    if scene.by is not None:
        return _extreme(scene, items, lowest=False)
    if not items:
        raise scene.problem("the list is empty")
    return items[-1]


@_function("min", "min(list(3, null, 1)) = 1", 1)
def _min(scene: Scene, given: list[Data]) -> Data:
    """The lowest value of a list; nulls don't count."""
    return _extreme(scene, _list(scene, given[0]), lowest=True)


@_function("max", "max(list(3, null, 1)) = 3", 1)
def _max(scene: Scene, given: list[Data]) -> Data:
    """The highest value of a list; nulls don't count."""
    return _extreme(scene, _list(scene, given[0]), lowest=False)


@_function("modal", "modal(list(1, 2, 2)) = 2", 1)
def _modal(scene: Scene, given: list[Data]) -> Data:
    """The most frequent value of a list; two that are equally frequent have no value."""
    items = _list(scene, given[0])
    ranking = Counter(frozen(item, scene.at) for item in items).most_common(2)
    if not ranking:
        raise scene.problem("the list is empty")
    if len(ranking) > 1 and ranking[0][1] == ranking[1][1]:
        raise scene.problem(f"two values are equally frequent ({ranking[0][1]} times)")
    return next(item for item in items if frozen(item, scene.at) == ranking[0][0])


@_function("union", "union(list(1), list(1, 2)) = list(1, 2)", 2, MOST_ARGUMENTS)
def _union(scene: Scene, given: list[Data]) -> Data:
    """All values that stand in any of the lists, without repetitions."""
    return _uniq(scene, [[item for one in given for item in _list(scene, one)]])


@_function("intersect", "intersect(list(1, 2), list(2, 3)) = list(2)", 2)
def _intersect(scene: Scene, given: list[Data]) -> Data:
    """The values of the first list that the second has too."""
    kept = _distinct(scene, given[1])
    return [item for form, item in _distinct(scene, given[0]).items() if form in kept]


@_function("minus", "minus(list(1, 2), list(2)) = list(1)", 2)
def _minus(scene: Scene, given: list[Data]) -> Data:
    """The values of the first list that the second has not, in their order."""
    gone = _distinct(scene, given[1])
    return [item for form, item in _distinct(scene, given[0]).items() if form not in gone]


@_function("list", "list(1, 2) has 2", 0, MOST_ARGUMENTS)
def _make_list(scene: Scene, given: list[Data]) -> Data:  # noqa: ARG001 - all functions look alike
    """A list of its arguments."""
    return list(given)


@_function("reverse", "reverse(list(1, 2)) = list(2, 1)", 1)
def _reverse(scene: Scene, given: list[Data]) -> Data:
    """A list from its end to its start."""
    return list(reversed(_list(scene, given[0])))


@_function("cut", 'cut("kworker", 4) = "kwor"', 2)
def _cut(scene: Scene, given: list[Data]) -> Data:
    """`cut(text, n)`: the first n characters, as a name field cuts a name."""
    return _text(scene, given[0])[: max(0, _whole(scene, given[1]))]


@_function("basename", 'basename("/usr/bin/tar") = "tar"', 1)
def _basename(scene: Scene, given: list[Data]) -> Data:
    """What follows the last slash of a path."""
    return _text(scene, given[0]).rpartition("/")[2]


@_function("lower", 'lower("NTDLL.DLL") = "ntdll.dll"', 1)
def _lower(scene: Scene, given: list[Data]) -> Data:
    """The text in small letters, as Windows compares names."""
    return _text(scene, given[0]).lower()


@_function("folder", 'folder("/usr/bin/tar") = "/usr/bin"', 1)
def _folder(scene: Scene, given: list[Data]) -> Data:
    """What stands before the last slash of a path; '/' for a path in the root."""
    return _text(scene, given[0]).rpartition("/")[0] or "/"


@_function("strip_end", 'strip_end("a.tgz", ".tgz") = "a"', 2)
def _strip_end(scene: Scene, given: list[Data]) -> Data:
    """`strip_end(text, end)`: the text without that end, where it has it."""
    return _text(scene, given[0]).removesuffix(_text(scene, given[1]))


@_function("text", 'text(7) = "7"', 1)
def _to_text(scene: Scene, given: list[Data]) -> Data:
    """A number or a time as text."""
    value = given[0]
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        return _bounded(scene, value)
    raise scene.problem(f"a number, a time or a text is expected, not {kind(value)}")


def _bounded(scene: Scene, value: float | str) -> str:
    """Text of a number, within the digits that Python writes."""
    try:
        return str(value)
    except ValueError:
        raise scene.problem("the number has too many digits") from None


@_function("number", 'number("0x10") = 16', 1)
def _number(scene: Scene, given: list[Data]) -> Data:
    """A whole number from its text: decimal, or hexadecimal with 0x."""
    value = given[0]
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = _text(scene, value).strip()
    base = 16 if text[:2].lower() == "0x" else 10
    if len(text) <= _LONGEST_NUMBER and text.isascii() and "_" not in text:
        with suppress(ValueError):
            return int(text, base)
    raise scene.problem(f"'{text[:40]}' is no whole number")


@_function("time", 'time(5) = time("1970-01-01T00:00:05Z")', 1)
def _time(scene: Scene, given: list[Data]) -> Data:
    """A time from seconds since 1970-01-01 UTC, or from an ISO text with a zone."""
    value = given[0]
    if isinstance(value, datetime):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value)
        except OverflowError:
            raise scene.problem("there is no such time") from None
    raise scene.problem(f"seconds, or an ISO time with a zone, are expected, not {kind(value)}")


@_function("hours", "hours(time(0)) has time(3600)", 1)
def _hours(scene: Scene, given: list[Data]) -> Data:
    """Times that a mistaken zone makes of a time: off by whole hours up to 14, or by hours with :30 or :45."""
    moment = given[0]
    if not isinstance(moment, datetime):
        raise scene.problem(f"a time is expected, not {kind(moment)}")
    shifts = [minutes for minutes in range(1, 14 * 60 + 1) if minutes % 60 in _ZONE_MINUTES]
    try:
        return [moment + timedelta(minutes=sign * shift) for shift in shifts for sign in (1, -1)]
    except OverflowError:
        raise scene.problem("there is no such time") from None


@_function("endpoint", 'endpoint("192.0.2.1", "80") = "192.0.2.1:80"', 2)
def _endpoint(scene: Scene, given: list[Data]) -> Data:
    """`endpoint(address, port)` as one value; the port may be a number or its text."""
    port = _whole(scene, _number(scene, [given[1]]))
    try:
        return canonical_endpoint(_text(scene, given[0]), port)
    except ValueError as error:
        raise scene.problem(f"no endpoint: {error}") from error


@_function("ancestors", 'ancestors(truth.tasks, 145, "pid", "ppid") = list(1, 145)', 4)
def _ancestors(scene: Scene, given: list[Data]) -> Data:
    """`ancestors(rows, pid, "PID", "PPID")`: the chain from the first known ancestor down to pid itself."""
    rows, wanted = _list(scene, given[0]), _whole(scene, given[1])
    own, parent = _text(scene, given[2]), _text(scene, given[3])
    parents: dict[int, int] = {}
    for row in rows:
        if not isinstance(row, Mapping):
            raise scene.problem(f"rows are expected, not {kind(row)}")
        pid = _whole(scene, column(row, own, scene.at))
        above = _whole(scene, column(row, parent, scene.at))
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


@_function("pairs", 'pairs(list("sh"), list(7)) = list(list("sh", 7))', 2)
def _pairs(scene: Scene, given: list[Data]) -> Data:
    """`pairs(names, values)`: a list of two-element lists, taken from two lists of equal length."""
    names, values = _list(scene, given[0]), _list(scene, given[1])
    if len(names) != len(values):
        raise scene.problem(f"the lists have {len(names)} and {len(values)} elements")
    return [[name, value] for name, value in zip(names, values, strict=True)]


@_function("in_order", 'in_order("b", time(2), "a", time(1)) = list("a", "b")', 4, MOST_ARGUMENTS)
def _in_order(scene: Scene, given: list[Data]) -> Data:
    """`in_order("a", time of a, "b", time of b, ...)`: the names in order of their times; equal times have no value."""
    if len(given) % 2:
        raise scene.problem("each step needs its time after it")
    times: list[tuple[datetime, str]] = []
    for name, moment in zip(given[::2], given[1::2], strict=True):
        if not isinstance(moment, datetime):
            raise scene.problem(f"the time of '{_text(scene, name)}' is {kind(moment)}, not a time")
        times.append((moment, _text(scene, name)))
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
