"""The tree of processes as a picture: by depth, or along an axis of starts."""

from collections.abc import Iterator
from dataclasses import dataclass

from training.analysis.views import axis as times
from training.analysis.views.axis import Axis
from training.analysis.views.drawing import CHARACTER, Box, Figure, Form, Line, Mark, Shape, Words, clip
from training.analysis.views.tree import Limb, Tree
from training.sentence import counted, phrase

ROW, HEAD = 26, 30  # height of a line, and of the head above them
WIDTH, TIMED = 620, 880
NAMES = 28  # pixels before the first mark
STEP, INDENT = 18, 250  # pixels for a level, and for all of them together
PID, START = 478, 612  # where those columns end
AXIS = (420, 868)  # where the axis of starts lies; names and numbers are left of it
NO_START, NUMBERS = 398, 376  # where a process without a start stands, and where the column of numbers ends then


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a line of the tree stands: its mark."""

    x: float
    y: float


def figure(tree: Tree, *, timed: bool = False) -> Figure:
    """The page of a tree. `timed`: each mark stands at its start on an axis of time, instead of at its depth."""
    axis = _axis(tree) if timed else None
    places = {tree.first + i: _Place(_x(tree, one, axis), _y(i)) for i, one in enumerate(tree.shown)}
    shapes: list[Shape] = list(_frame(tree, axis))
    words = list(_head(axis))
    for place, one in enumerate(tree.shown, tree.first):
        shapes += _shapes(tree, one, places[place], places, axis)
        words += _words(tree, one, places[place], axis)
    height = HEAD + ROW * len(tree.shown) + 8
    return Figure(TIMED if axis else WIDTH, height, _title(tree), _said(tree), tuple(shapes), tuple(words))


def _y(i: int) -> float:
    return HEAD + ROW * i + ROW / 2


def _axis(tree: Tree) -> Axis | None:
    known = sorted(one.process.start for one in tree.shown if one.process and one.process.start is not None)
    return times.axis(known, known[0], known[-1], *AXIS) if known else None


def _x(tree: Tree, one: Limb, axis: Axis | None) -> float:
    if axis is not None:
        return axis.x(one.process.start) if one.process and one.process.start is not None else float(NO_START)
    return NAMES + one.depth * _step(tree)


def _step(tree: Tree) -> float:
    """Pixels for a level: fewer in a deep tree."""
    deepest = max((one.depth for one in tree.shown), default=0)
    return min(STEP, INDENT / max(deepest, 1))


def _frame(tree: Tree, axis: Axis | None) -> Iterator[Shape]:
    width = TIMED if axis else WIDTH
    yield Line(((0, HEAD - 3.5), (width, HEAD - 3.5)), "ax")
    if axis:
        foot = HEAD + ROW * len(tree.shown)
        for x, _ in axis.labels():
            yield Line(((x, HEAD - 7), (x, foot)), "gr")
        for _, _, x in axis.gaps:
            yield from broken(x, HEAD - 3.5)


def broken(x: float, y: float) -> Iterator[Line]:
    """Two slanted strokes across an axis: here it leaves something out."""
    for shift in (-3, 3):
        yield Line(((x + shift - 2, y + 6), (x + shift + 2, y - 6)), "ax")


def _head(axis: Axis | None) -> Iterator[Words]:
    y = HEAD - 12
    yield Words(8, y, phrase("Name"), role="m ui")
    if axis is None:
        yield Words(PID, y, "PID", "end", "m ui")
        yield Words(START, y, phrase("Start, UTC"), "end", "m ui")
        return
    yield Words(NUMBERS, y, "PID", "end", "m ui")
    for x, text in axis.labels():
        yield Words(x, y, text, "middle", "m")


def _shapes(tree: Tree, one: Limb, at: _Place, places: dict[int, _Place], axis: Axis | None) -> Iterator[Shape]:
    if one.process is not None and one.process.pid == tree.focus:
        yield Box(0, at.y - ROW / 2, TIMED if axis else WIDTH, ROW, "hl")
    if one.above is not None:
        yield _branch(tree, one, at, places.get(one.above), axis)
    elif one.orphan:
        yield Line(((at.x - 18, at.y), (at.x - 6, at.y)), "gone")
    if one.process is not None:
        unknown = axis is not None and one.process.start is None
        yield Mark(at.x, at.y, *_look(one, unknown=unknown))


def _look(one: Limb, *, unknown: bool) -> tuple[Form, str]:
    """Form and role of the mark of a process."""
    if one.process is None:
        return "square", "nd"
    if one.process.cited:
        return "diamond", "sus"
    form: Form = "double" if one.process.only else "square"
    return form, "gone" if one.orphan or unknown else "nd"


def _branch(tree: Tree, one: Limb, at: _Place, above: _Place | None, axis: Axis | None) -> Line:
    """The line from the mark of the parent, or from the head where that is on an earlier page, to that of the child."""
    role = "path" if one.path else "ln"
    parent = tree.limbs[one.above or 0]
    x = above.x if above else _x(tree, parent, axis)
    top = above.y + 5 if above else HEAD - 3.5
    end = at.x - 6 if at.x > x + 6 else at.x + 6 if at.x < x - 6 else at.x
    if end == at.x:
        return Line(((x, top), (x, at.y - 6)), role)
    return Line(((x, top), (x, at.y), (end, at.y)), role)


def _words(tree: Tree, one: Limb, at: _Place, axis: Axis | None) -> Iterator[Words]:
    base = at.y + 4
    left = (8 + one.depth * min(8.0, 140 / max(_deepest(tree), 1))) if axis else at.x + 13
    if one.process is None:
        said = counted("%(num)s process folded", "%(num)s processes folded", one.folded)
        yield Words(left if axis else at.x + 2, base, said, role="m ui")
        return
    process, end = one.process, (NUMBERS if axis else PID)
    pid = str(process.pid)
    yield Words(
        left, base, clip(process.name, end - left - 8 - CHARACTER * len(pid)), role="b" if process.cited else ""
    )
    yield Words(end, base, pid, "end")
    if axis is None and process.start is not None:
        yield Words(START, base, _start(tree, process.start), "end", "m")


def _deepest(tree: Tree) -> int:
    return max((one.depth for one in tree.shown), default=0)


def _start(tree: Tree, at: int) -> str:
    """The time of the day, with the day where the page has several."""
    days = {one.process.start // times.DAY for one in tree.shown if one.process and one.process.start is not None}
    return times.told(at)[11:19] if len(days) == 1 else times.told(at)[2:16]


def _title(tree: Tree) -> str:
    if tree.focus is not None:
        return phrase("Process tree around PID %(pid)s", pid=str(tree.focus))
    return phrase("Process tree")


def _said(tree: Tree) -> str:
    if tree.chain:
        return phrase(
            "%(n)s lines; the line of ancestors is %(chain)s. The table below has the same.",
            n=len(tree.shown),
            chain=chain(tree),
        )
    roots = sum(one.depth == 0 for one in tree.limbs)
    return phrase(
        "%(n)s processes under %(roots)s that have no parent here. The table below has the same.",
        n=tree.processes,
        roots=roots,
    )


MOST_LINKS = 12


def chain(tree: Tree) -> str:
    """The numbers from the root to the process that is looked at, as `1 > 298 > 331`; the middle of a long one is left
    out.
    """
    parts = [str(pid) for pid in tree.chain]
    half = MOST_LINKS // 2
    return " > ".join(parts if len(parts) <= MOST_LINKS else [*parts[:half], "…", *parts[-half:]])
