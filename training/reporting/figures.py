"""Figures of the annex: what a figure of the workbench is as a part of a report, with its table. Pure.

A figure in a report is drawn from complete runs alone, and stands on one page: what a page of the workbench would lead
on to is told as a number.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Literal

from training.analysis.views import Material, axis, network, network_figure, pattern, timeline, timeline_figure, tree
from training.analysis.views import tree_figure as limbs
from training.analysis.views.crossing import Pattern, State
from training.analysis.views.drawing import LONGEST, Figure
from training.analysis.views.tree import Cited
from training.reporting.document import Drawn, Word
from training.sentence import Sentence, counted, joined, packed, phrase

Name = Literal["tree", "timeline", "network", "matrix"]
NAMES: dict[str, Sentence] = {
    "tree": phrase("Process tree"),
    "timeline": phrase("Timeline"),
    "network": phrase("Network"),
    "matrix": phrase("Cross-view"),
}
"""The figures, in the order in which a report has them."""

LEGENDS: dict[str, Sentence] = {
    "tree": phrase(
        "Square: seen in the list. Diamond: you cited it. Square in a square: seen by one source only. Dashed: its "
        "parent is not there or can't be it. Heavy line: the ancestors of what you look at or cited."
    ),
    "timeline": phrase(
        "All times are those of the machine's clock. Circle: one dated row. Bar: several, the higher the more. "
        "Diamond: you cited it. A break in the axis leaves out time in which nothing is dated."
    ),
    "network": phrase(
        "Square: a process or a socket. Circle: a far end. Diamond: you cited the socket. Square in a square: seen by "
        "one source only. Dashed square: no process has it open. Dashed line: the connection is not established. Short "
        "line with an end: it waits for others."
    ),
    "matrix": phrase(
        "Full square: seen there. Empty square: not seen, although the source was run, is whole and lists such things. "
        "Dashed square: unknown. Stroke: the source does not list such things. Nothing: not run. A line on a ground of "
        "its own stands out; what could explain it innocently is said below."
    ),
}
"""What the marks of each figure mean."""
MOST_ROWS = 48  # of the table of a figure
MOST_PLACES = 4  # rows of runs that one line of it names
CELL = 80  # characters of a cell of evidence
SEEN: dict[State, Sentence] = {
    State.SEEN: phrase("seen"),
    State.NOT_SEEN: phrase("not seen"),
    State.NOT_LISTED: phrase("does not list such"),
    State.UNKNOWN: phrase("unknown"),
    State.NOT_RUN: phrase("not run"),
}
START, NAME, PLACE = phrase("Start, UTC"), phrase("Name"), phrase("Run and row")
Rows = Iterable[tuple[str, ...]]
Given = dict[str, str]


def of_tree(found: Sequence[Material], os: str, cited: Cited, given: Given, caption: str) -> Drawn | None:
    """The tree of processes, around `pid` where it is given; None where there is nothing to draw."""
    made = tree.of(found, os, focus=int(given["pid"]) if "pid" in given else None, cited=cited)
    if not made.shown:
        return None
    heads = (phrase("Depth"), "PID", "PPID", NAME, START, PLACE, phrase("What stands out"))
    more = max(0, len(made.limbs) - len(made.shown))
    return _drawn(
        "tree", limbs.figure(made), (heads, map(_limb, made.shown), more), made.table.used.values(), given, caption
    )


def _limb(one: tree.Limb) -> tuple[str, ...]:
    process = one.process
    if process is None:
        folded = counted("%(num)s process folded", "%(num)s processes folded", one.folded)
        return (str(one.depth), "", "", "", "", "", folded)
    start = "" if process.start is None else axis.told(process.start)
    ppid = "" if process.ppid is None else str(process.ppid)
    return (
        str(one.depth), str(process.pid), ppid, _cut(process.name), start, _places(process.rows), one.said,
    )  # fmt: skip


def of_timeline(found: Sequence[Material], cited: Cited, held: Any, given: Given, caption: str) -> Drawn | None:
    """Dated rows in a window `from`, `to`; few are listed, of many each stretch is counted."""
    read = timeline.read(found)
    begin, end = axis.moment(given.get("from")), axis.moment(given.get("to"))
    window = (begin, end) if begin is not None and end is not None else timeline.window(read)
    line = timeline.of(read, cited, *window, held(read.left))
    if not line.total:
        return None
    heads: tuple[str, ...]
    if line.total <= MOST_ROWS:
        heads = (phrase("Time, UTC"), phrase("Plugin and kind of time"), phrase("What it is about"), PLACE)
        rows = [_event(one) for one in timeline.events(line, cited, 0, MOST_ROWS)]
    else:
        heads = (phrase("From, UTC"), phrase("To, UTC"), phrase("All"), *map(timeline_figure.name, line.lanes))
        rows = [_stretch(one) for one in line.parts]
    return _drawn("timeline", timeline_figure.figure(line), (heads, rows, 0), read.used, given, caption)


def _event(one: timeline.Event) -> tuple[str, ...]:
    about = timeline.about(one.material, one.material.result.row(one.row))
    return (
        axis.told(one.at, fraction=True), _cut(timeline_figure.name(one.lane)), _cut(about),
        _places([(one.material, one.row)]),
    )  # fmt: skip


def _stretch(one: timeline.Part) -> tuple[str, ...]:
    return (axis.told(one.begin), axis.told(one.end), str(one.total), *(str(count) for count in one.counts))


def of_network(found: Sequence[Material], os: str, cited: Cited, given: Given, caption: str) -> Drawn | None:
    """Sockets with their holders and ends."""
    made = network.of(found, os, cited)
    if not made.shown:
        return None
    heads = (
        phrase("Process"), phrase("Own end"), phrase("Far end"), phrase("Protocol"), phrase("State"), PLACE,
        phrase("What stands out"),
    )  # fmt: skip
    more = len(made.sockets) - len(made.shown)
    table = (heads, map(_socket, made.shown), more)
    return _drawn("network", network_figure.figure(made), table, made.used.values(), given, caption)


def _socket(one: network.Socket) -> tuple[str, ...]:
    holders = _cut(", ".join(f"{held.name} {held.pid}" for held in one.holders[: network.MOST_HOLDERS]))
    return (holders, _cut(one.own), _cut(one.far), _cut(one.proto), _cut(one.state), _places(one.rows), one.said)


def of_matrix(table: Any, given: Given, caption: str) -> Drawn | None:
    """A cross-view by what its sources have and lack."""
    made = pattern.of(table)
    if not made.groups:
        return None
    sources = table.view.sources
    heads = (phrase("How many"), *(one.name for one in sources), phrase("Such as"), phrase("What stands out"))
    rows = (
        (
            str(one.count),
            *(SEEN[state] for state in one.states),
            _cut(", ".join(one.examples)),
            joined(*(_pattern(found) for found in one.patterns)),
        )
        for one in made.groups
    )
    return _drawn("matrix", pattern.figure(made), (heads, rows, made.rest), table.used.values(), given, caption)


def _pattern(one: Pattern) -> str:
    return phrase("%(says)s It can be innocent: %(innocent)s", says=one.says, innocent=one.innocent)


def _drawn(
    name: Name,
    figure: Figure,
    table: tuple[Sequence[str], Rows, int],
    used: Iterable[Material],
    given: Given,
    caption: str,
) -> Drawn:
    heads, rows, more = table
    every = list(rows)
    return Drawn(
        name=name,
        number=0,  # which the report gives that it stands in
        width=figure.width,
        height=figure.height,
        called=packed(figure.title),
        tells=packed(figure.desc),
        lines=tuple(figure.paths()),
        words=tuple(
            Word(x=round(one.x, 1), y=round(one.y, 1), says=packed(one.text), anchor=one.anchor, role=one.role)
            for one in figure.words
        ),
        heads=tuple(packed(one) for one in heads),
        rows=tuple(tuple(packed(one) for one in row) for row in islice(every, MOST_ROWS)),
        more=more + max(0, len(every) - MOST_ROWS),
        runs=tuple(sorted({one.run.number for one in used})),
        given=given,
        caption=caption,
    )


def _places(rows: Iterable[tuple[Material, int]]) -> str:
    """Rows by run, as '3:12' for row 12 of run 3."""
    named = [f"{material.run.number}:{row}" for material, row in rows]
    return " ".join([*named[:MOST_PLACES], *(["…"] if len(named) > MOST_PLACES else [])])


def _cut(text: str) -> str:
    """Evidence for a cell."""
    return text[:LONGEST] if len(text) <= CELL else f"{text[: CELL - 1]}…"
