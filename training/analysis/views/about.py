"""Everything about one process: the rows of any result that name its PID."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from training.analysis.results import Filter, Query, ResultRow
from training.analysis.views.material import Material

Relation = Literal["process", "thread", "child", "traced"]
MOST = 200  # rows per result
# Columns by which a row belongs to a process, as the plugins of Volatility name them; the first that is there counts.
OWN = ("pid", "process id", "processid", "pids")
THREAD = ("tid", "tracee tid")
OTHERS: tuple[tuple[str, Relation], ...] = (("ppid", "child"), ("tracer tid", "traced"))


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one result that belong to a process, by `column`; `relation` says how: they are of the process itself, of
    its first thread, of its children, or of what it traces. `total` may be more than the rows given.
    """

    material: Material
    column: str
    relation: Relation
    rows: tuple[ResultRow, ...]
    total: int


def about_pid(pid: int, materials: Sequence[Material], most: int = MOST) -> tuple[Group, ...]:
    """The rows of all results that name a PID, by plugin, those of the process itself first."""
    groups = [group for material in materials for group in _of(material, pid, most)]
    order = ("process", "thread", "child", "traced")
    return tuple(sorted(groups, key=lambda group: (order.index(group.relation), group.material.plugin)))


def _of(material: Material, pid: int, most: int) -> list[Group]:
    names = {column.name.casefold(): column.name for column in reversed(material.result.columns)}
    own = next((names[name] for name in OWN if name in names), None)
    thread = next((names[name] for name in THREAD if name in names), None)
    wanted: list[tuple[str | None, Relation]] = [(own, "process")]
    if own is None:  # kernel threads are listed by their own number only
        wanted.append((thread, "thread"))
    wanted += [(names.get(name), relation) for name, relation in OTHERS]
    found = (_group(material, column, relation, pid, most) for column, relation in wanted if column is not None)
    return [group for group in found if group.total]


def _group(material: Material, column: str, relation: Relation, pid: int, most: int) -> Group:
    result = material.result
    kind = next(one.type for one in result.columns if one.name == column)
    if kind in {"int", "hex"}:
        query = Query((Filter(str(pid), column, operator="is"),))
        return Group(material, column, relation, tuple(result.page(query, limit=most)), result.count(query))
    # A list of several PIDs in one text, such as that of processes with the same credentials.
    i = [one.name for one in result.columns].index(column)
    query = Query((Filter(str(pid), column),))
    rows = [row for row in result.select(query) if str(pid) in str(row.cells[i]).replace(",", " ").split()]
    return Group(material, column, relation, tuple(rows[:most]), len(rows))
