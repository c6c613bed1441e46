"""The tree of processes as several plugins know it: who began whom, and when.

Parents are numbers that an image claims, so they are followed with care: a number can belong to nobody, to a process
that is younger than its child and so is another one that got the number later, or lead round in a circle.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from training.analysis.views import axis as times
from training.analysis.views.catalogue import view
from training.analysis.views.crossing import Entry, State, Table, cross
from training.analysis.views.material import Material
from training.sentence import listed, phrase

MOST_ROWS = 48
"""Processes and folds on one page of the tree: three words each, and a figure has 150."""

CHILDREN = 24  # of one process, before the others are folded
DEEP = 3  # levels below the process that is looked at
KTHREADD = 2
SAME = {"tree": "list"}  # sources that read the same structure: agreement of the two is none

Rows = tuple[tuple[Material, int], ...]
Cited = Callable[[Material, int], int | None]
"""The number of the citation that holds on to a row of a result; None where there is none."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process. `start` is a moment; `rows` show it; `only` names the one source that has it where others could."""

    pid: int
    ppid: int | None
    name: str
    start: int | None
    uid: str
    ended: bool
    only: str
    rows: Rows
    cited: tuple[int, ...]

    def of(self, plugin: str) -> Rows:
        """Its rows in the result of one plugin."""
        return tuple(one for one in self.rows if one[0].plugin == plugin)


@dataclass(frozen=True, slots=True)
class Limb:
    """A line of the tree: a process, or (`process` None) `folded` ones below process `of` that are not drawn.

    `above` is the place of its parent among all lines, None for a root. `path` is whether it belongs to the ancestry
    that is followed, `orphan` whether its parent is not drawn because it is not there or can't be it.
    """

    depth: int
    process: Process | None
    above: int | None = None
    remarks: tuple[str, ...] = ()
    path: bool = False
    orphan: bool = False
    folded: int = 0
    of: int = 0

    @property
    def said(self) -> str:
        """What stands out, as a row of words."""
        return listed(self.remarks, heavy=True)


@dataclass(frozen=True, slots=True)
class Tree:
    """All lines, of which `first` to `last` stand on the page; `table` says which results they were made of.

    `focus` is the PID that is looked at; `found` whether it is there, `siblings` how many others its parent has;
    `chain` are the PIDs from the root to it.
    """

    table: Table
    limbs: tuple[Limb, ...]
    processes: int
    page: int = 1
    focus: int | None = None
    found: bool = True
    siblings: int = 0
    chain: tuple[int, ...] = ()

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-len(self.limbs) // MOST_ROWS))

    @property
    def first(self) -> int:
        """Place of the first line of the page."""
        return (self.page - 1) * MOST_ROWS

    @property
    def shown(self) -> tuple[Limb, ...]:
        """The lines of the page."""
        return self.limbs[self.first : self.first + MOST_ROWS]


@dataclass(slots=True)
class _Forest:
    """Processes by place, and how they hang together."""

    processes: list[Process]
    parent: dict[int, int] = field(default_factory=dict)
    children: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    remarks: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    orphans: set[int] = field(default_factory=set)
    sizes: dict[int, int] = field(default_factory=dict)

    def below(self, places: Iterable[int]) -> int:
        """How many processes these are with everything below them."""
        return sum(self.sizes[place] for place in places)


def nobody(_material: Material, _row: int) -> int | None:
    """Nothing is cited."""


def of(
    materials: Sequence[Material],
    os: str,
    *,
    focus: int | None = None,
    opened: Iterable[int] = (),
    page: int = 1,
    cited: Cited = nobody,
) -> Tree:
    """The tree of the processes that the given results know.

    With `focus` only the ancestors of that PID, and what is below it down to three levels. The children of the kernel's
    own starter of threads are folded, and of any process those beyond 24, where its PID isn't among `opened`.
    """
    table = cross(view(os, "processes"), materials)
    forest = _Forest(_processes(table, cited))
    _join(forest)
    _cut_circles(forest)
    _sort(forest)
    targets = [place for place, one in enumerate(forest.processes) if one.pid == focus]
    followed = targets if focus is not None else [place for place, one in enumerate(forest.processes) if one.cited]
    path = {above for place in followed for above in _up(forest, place)}
    kept = _kept(forest, targets, path) if focus is not None else None
    limbs = tuple(_limbs(forest, kept, path, frozenset(opened), os))
    made = Tree(table, limbs, len(forest.processes), focus=focus, found=focus is None or bool(targets))
    made = replace(made, page=max(1, min(page, made.pages)))
    if not targets:
        return made
    siblings = len(forest.children[forest.parent[targets[0]]]) - 1 if targets[0] in forest.parent else 0
    chain = tuple(forest.processes[place].pid for place in reversed(_up(forest, targets[0])))
    return replace(made, siblings=siblings, chain=chain)


def _processes(table: Table, cited: Cited) -> list[Process]:
    users = _users(table)
    made = [one for entry in table.entries if (one := _process(entry, table, users, cited)) is not None]
    return sorted(made, key=_order)


def _order(one: Process) -> tuple[bool, int, int]:
    """By start, those without one last; then by number."""
    return one.start is None, one.start or 0, one.pid


def _users(table: Table) -> Mapping[int, str]:
    """User by row of the list of processes, where it tells."""
    listed = table.used.get("linux.pslist")
    columns = listed.columns() if listed else {}
    if listed is None or "UID" not in columns:
        return {}
    return {n: str(uid) for n, uid in listed.result.values("UID")}


def _process(entry: Entry, table: Table, users: Mapping[int, str], cited: Cited) -> Process | None:
    """The process of an entry; None for a thread, and for what is no process."""
    pid, second, third = entry.key
    linux = table.view.os == "linux"
    if not isinstance(pid, int) or isinstance(pid, bool) or pid <= 0 or (linux and second != pid):
        return None
    seen = [(source, entry.sights[source.name]) for source in table.view.sources]
    rows = {(source.plugin, n): None for source, sight in seen if sight.state is State.SEEN for n in sight.rows}
    placed: Rows = tuple((table.used[plugin], n) for plugin, n in rows)
    started = entry.cells.get("started") if linux else third
    numbers = sorted({number for where in placed if (number := cited(*where)) is not None})
    return Process(
        pid=pid,
        ppid=_number(entry.cells.get("PPID", "")),
        name=str((third if linux else second) or ""),
        start=times.moment(started.partition(", ")[0].replace("Z", "+00:00")) if started else None,
        uid=next((users[n] for plugin, n in rows if plugin == "linux.pslist" and n in users), ""),
        ended=entry.cells.get("state", "").startswith("EXIT_") or bool(entry.cells.get("ended")),
        only=_only(entry, table),
        rows=placed,
        cited=tuple(numbers),
    )


def _number(text: str) -> int | None:
    first = text.partition(", ")[0]
    return int(first) if first.isascii() and first.isdigit() else None


def _only(entry: Entry, table: Table) -> str:
    """The name of the one source that has it, where another one that could have it hasn't; else nothing."""
    states: dict[str, Any] = defaultdict(set)
    for source in table.view.sources:
        states[SAME.get(source.name, source.name)].add(entry.sights[source.name].state)
    has = [name for name, all_of in states.items() if State.SEEN in all_of]
    lacks = [name for name, all_of in states.items() if State.SEEN not in all_of and State.NOT_SEEN in all_of]
    return has[0] if len(has) == 1 and lacks else ""


def _join(forest: _Forest) -> None:
    """Find the parent of each process, or say why it has none."""
    by_pid: dict[int, list[int]] = defaultdict(list)
    for place, one in enumerate(forest.processes):
        by_pid[one.pid].append(place)
    for place, one in enumerate(forest.processes):
        if len(by_pid[one.pid]) > 1:
            forest.remarks[place].append(phrase("several processes have this number"))
        if one.only:
            forest.remarks[place].append(phrase("seen by one source only: %(source)s", source=one.only))
        if one.ended:
            forest.remarks[place].append(phrase("has ended"))
        if not one.ppid:
            continue
        _hang(forest, place, by_pid.get(one.ppid, []))


def _hang(forest: _Forest, place: int, candidates: Sequence[int]) -> None:
    one = forest.processes[place]
    others = [each for each in candidates if each != place]
    fitting = [each for each in others if not _younger(forest.processes[each], one)]
    if fitting:
        # Of several the one that still lives, then the one that began last before the child.
        living = [each for each in fitting if not forest.processes[each].ended] or fitting
        forest.parent[place] = max(living, key=lambda each: (forest.processes[each].start or 0, -each))
        return
    forest.orphans.add(place)
    if others:
        said = phrase("parent %(pid)s began later, so it is another process with that number", pid=str(one.ppid))
    elif one.ppid == one.pid:
        said = phrase("names itself as its parent")
    else:
        said = phrase("parent %(pid)s is not there", pid=str(one.ppid))
    forest.remarks[place].append(said)


def _younger(parent: Process, child: Process) -> bool:
    return parent.start is not None and child.start is not None and parent.start > child.start


def _cut_circles(forest: _Forest) -> None:
    """Take out of each circle of parents the link of its process with the lowest number."""
    done: set[int] = set()
    for start in range(len(forest.processes)):
        way, seen, place = list[int](), set[int](), start
        while place not in done and place not in seen and place in forest.parent:
            way.append(place)
            seen.add(place)
            place = forest.parent[place]
        if place in seen:
            circle = way[way.index(place) :]
            lowest = min(circle, key=lambda each: (forest.processes[each].pid, each))
            del forest.parent[lowest]
            forest.orphans.add(lowest)
            forest.remarks[lowest].append(phrase("its parents lead round in a circle"))
        done.update(way)
        done.add(place)


def _sort(forest: _Forest) -> None:
    """Children of each process in order, and how much is below it."""
    for place in forest.parent:
        forest.children[forest.parent[place]].append(place)
    for each in forest.children.values():
        each.sort(key=lambda place: _order(forest.processes[place]))
    downwards = [place for place in range(len(forest.processes)) if place not in forest.parent]
    for place in downwards:  # it grows while it is gone through
        downwards += forest.children.get(place, [])
    for place in reversed(downwards):
        forest.sizes[place] = 1 + forest.below(forest.children.get(place, []))


def _up(forest: _Forest, place: int) -> list[int]:
    """A process and its ancestors, itself first."""
    made = [place]
    while made[-1] in forest.parent:
        made.append(forest.parent[made[-1]])
    return made


def _kept(forest: _Forest, targets: Sequence[int], path: set[int]) -> set[int]:
    """What is drawn around the processes looked at: ancestors, and some levels below."""
    kept, level = set(path), list(targets)
    for _ in range(DEEP):
        level = [child for place in level for child in forest.children[place]]
        kept.update(level)
    return kept


def _limbs(forest: _Forest, kept: set[int] | None, path: set[int], opened: frozenset[int], os: str) -> Iterable[Limb]:
    """The lines of the tree from top to bottom, without recursion: an image may claim a chain of any length."""
    roots = [place for place in range(len(forest.processes)) if place not in forest.parent]
    waiting: list[tuple[int, int, int | None, int]] = [(place, 0, None, 0) for place in reversed(roots)]
    count = 0
    while waiting:
        place, depth, above, folded = waiting.pop()
        one = forest.processes[place]
        if folded:
            yield Limb(depth, None, above, folded=folded, of=one.pid)
            count += 1
            continue
        if kept is not None and place not in kept:
            continue
        remarks, orphan = tuple(forest.remarks[place]), place in forest.orphans
        yield Limb(depth, one, above, remarks, place in path, orphan)
        drawn, rest = _drawn(forest, place, kept, opened, os)
        below = [(child, depth + 1, count, 0) for child in drawn]
        if rest:
            below.append((place, depth + 1, count, rest))
        waiting += reversed(below)
        count += 1


def _drawn(
    forest: _Forest, place: int, kept: set[int] | None, opened: frozenset[int], os: str
) -> tuple[list[int], int]:
    """The children that are drawn, and how many are folded."""
    one, children = forest.processes[place], forest.children[place]
    there = [child for child in children if kept is None or child in kept]
    if kept is not None and not there:
        return [], forest.below(children)
    if kept is not None and len(there) < len(children):  # an ancestor: the other children are its child's siblings
        return there, 0
    if one.pid in opened:
        return there, 0
    threads = os == "linux" and one.pid == KTHREADD
    if not threads and len(there) <= CHILDREN:
        return there, 0
    telling = {
        child
        for child in there
        if forest.processes[child].cited or forest.remarks[child] or (threads and forest.children[child])
    }
    plain = [child for child in there if child not in telling]
    chosen = telling | set(plain[: 0 if threads else max(0, CHILDREN - len(telling))])
    return [child for child in there if child in chosen], forest.below(child for child in there if child not in chosen)
