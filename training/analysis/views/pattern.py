"""A cross-view in one look: things that the same sources have and lack are one line, what stands out first."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from training.analysis.render import visible
from training.analysis.views.crossing import REMARK, Entry, Pattern, State, Table, View
from training.analysis.views.drawing import Box, Figure, Line, Mark, Shape, Words, clip
from training.sentence import phrase

MOST_GROUPS = 16
EXAMPLES = 6  # things that are named of each group
LETTERS = {
    State.SEEN: "s",
    State.NOT_SEEN: "n",
    State.NOT_LISTED: "l",
    State.UNKNOWN: "u",
    State.NOT_RUN: "r",
}
"""A state as an address spells it."""

WIDTH, HEAD, ROW = 1080, 34, 30
COUNT, FIRST, NAMES = 96, 150, 660  # where the counts end, the first source stands, and the names begin


@dataclass(frozen=True, slots=True)
class Group:
    """Things of which each source says the same, and that stand out equally. `code` is how an address spells it.

    `states` are by source, in the order of the view; `patterns` say what stands out; `examples` name the first of them.
    """

    code: str
    states: tuple[State, ...]
    count: int
    patterns: tuple[Pattern, ...]
    examples: tuple[str, ...]

    @property
    def odd(self) -> bool:
        """Whether it is more than a remark."""
        return any(one.weight > REMARK for one in self.patterns)


@dataclass(frozen=True, slots=True)
class Matrix:
    """The groups of a cross-view that are shown, and how many things there are in the `others` that are not."""

    table: Table
    groups: tuple[Group, ...]
    others: int = 0
    rest: int = 0


def code(view: View, entry: Entry) -> str:
    """What each source says of an entry, a letter each, and how far up it belongs, such as 'nnns3'."""
    return "".join(LETTERS[entry.sights[one.name].state] for one in view.sources) + str(entry.weight)


def of(table: Table) -> Matrix:
    """The groups of a cross-view: what stands out most first, then those with most things."""
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in table.entries:
        groups[code(table.view, entry)].append(entry)
    made = [_group(table.view, name, entries) for name, entries in groups.items()]
    made.sort(key=lambda one: (-int(one.code[-1]) if one.odd else 0, -one.count, one.code))
    shown = made[: MOST_GROUPS if len(made) <= MOST_GROUPS else MOST_GROUPS - 1]
    rest = made[len(shown) :]
    return Matrix(table, tuple(shown), len(rest), sum(one.count for one in rest))


def _group(view: View, name: str, entries: Sequence[Entry]) -> Group:
    states = tuple(entries[0].sights[one.name].state for one in view.sources)
    patterns = dict.fromkeys(pattern for entry in entries for pattern in entry.patterns)
    ordered = sorted(patterns, key=lambda one: -one.weight)
    return Group(name, states, len(entries), tuple(ordered), tuple(label(view, one) for one in entries[:EXAMPLES]))


def label(view: View, entry: Entry) -> str:
    """A thing in few words: its key, of a process its name and number."""
    parts = dict(zip(view.key, entry.key, strict=True))
    if view.name == "processes":
        parts = {name: parts.get(name) for name in ("name", "PID")}
    return visible(" ".join(str(part)[:60] for part in parts.values() if part is not None))


def figure(matrix: Matrix) -> Figure:
    """The groups as a matrix: a line for each, a column for each source."""
    sources = matrix.table.view.sources
    step = (NAMES - 40 - FIRST) / max(len(sources), 1)
    shapes: list[Shape] = []
    words = [
        Words(COUNT, HEAD - 12, phrase("How many"), "end", "m ui"),
        *(Words(FIRST + step * (i + 0.5), HEAD - 12, one.name, "middle", "m ui") for i, one in enumerate(sources)),
        Words(NAMES, HEAD - 12, phrase("Such as"), role="m ui"),
    ]
    shapes.append(Line(((0, HEAD - 3.5), (WIDTH, HEAD - 3.5)), "ax"))
    for number, group in enumerate(matrix.groups):
        y = HEAD + ROW * (number + 0.5)
        if group.odd:
            shapes.append(Box(0, y - ROW / 2, WIDTH, ROW, "hl"))
        words.append(Words(COUNT, y + 4, str(group.count), "end", "b" if group.odd else ""))
        words.append(Words(NAMES, y + 4, clip(", ".join(group.examples), WIDTH - NAMES - 8)))
        for i, state in enumerate(group.states):
            shapes += _cell(FIRST + step * (i + 0.5), y, state)
    height = HEAD + ROW * len(matrix.groups) + 8
    return Figure(WIDTH, height, phrase("Cross-view"), _said(matrix), tuple(shapes), tuple(words))


def _cell(x: float, y: float, state: State) -> list[Shape]:
    """Full: seen. Empty: not seen. Dashed: unknown. A stroke: not listed there. Nothing: not run."""
    if state is State.SEEN:
        return [Mark(x, y, "square", "bin")]
    if state is State.NOT_SEEN:
        return [Mark(x, y)]
    if state is State.UNKNOWN:
        return [Mark(x, y, "square", "gone")]
    return [Line(((x - 5, y), (x + 5, y)))] if state is State.NOT_LISTED else []


def _said(matrix: Matrix) -> str:
    return phrase(
        "%(n)s things in %(groups)s groups, by which sources have them; %(odd)s of the groups stand out. The table "
        "below has the same.",
        n=len(matrix.table.entries),
        groups=len(matrix.groups) + matrix.others,
        odd=sum(one.odd for one in matrix.groups),
    )
