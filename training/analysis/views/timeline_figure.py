"""The timeline as a picture: a lane for each kind of time, marks for single events, bars where there are many."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import log1p

from training.analysis.views import axis as times
from training.analysis.views.axis import Axis
from training.analysis.views.drawing import CHARACTER, Anchor, Box, Figure, Line, Mark, Shape, Words, clip
from training.analysis.views.timeline import OTHERS, Event, Lane, Timeline, about
from training.analysis.views.tree_figure import broken
from training.sentence import phrase

WIDTH, HEAD, FOOT = 1080, 30, 22
LEFT, RIGHT, COUNT = 212, 1016, 1074  # where the axis lies, and where the column of counts ends
PLAIN, TALL = 26, 40  # height of a lane, and of one whose cited events have words above them
SINGLES = 120  # events of a window, at most, that have a mark each
BINS = (120, 60, 40, 30, 20)  # bars that the axis is divided into: as many as fit into a figure; each divides the first
MOST_BARS = 280
MOST_MARKED, MOST_LABELS = 40, 20
LABEL = 150.0  # pixels of the words at a cited event


def figure(line: Timeline, capture: int | None = None) -> Figure:
    """The window of a timeline. `capture` is the moment of capture by the machine's clock, where the reader gave it."""
    inside = line.times.within(line.begin, line.end)
    axis = times.axis(line.times.moments[inside.start : inside.stop], line.begin, line.end, LEFT, RIGHT)
    marked = line.marked[:MOST_MARKED]
    lanes = {_lane(line, one) for one in marked}
    heights = [TALL if number in lanes else PLAIN for number in range(len(line.lanes))]
    bases = [HEAD + sum(heights[: number + 1]) - 10 for number in range(len(line.lanes))]
    foot = HEAD + sum(heights) + 4
    shapes: list[Shape] = [*_frame(axis, bases, foot), *_events(line, axis, bases)]
    shapes += [Mark(axis.x(one.at), bases[_lane(line, one)], "diamond", "sus") for one in marked]
    words = [*_head(axis), *_names(line, bases), *_labels(line, axis, bases, marked)]
    if capture is not None and line.begin <= capture <= line.end:
        x = axis.x(capture)
        shapes.append(Line(((x, HEAD), (x, foot)), "cap"))
        anchor: Anchor = "end" if x > (LEFT + RIGHT) / 2 else "start"
        said = phrase("capture %(time)s", time=times.told(capture)[11:19])
        words.append(Words(x - 5 if anchor == "end" else x + 5, foot + 14, said, anchor, "m ui"))
    return Figure(WIDTH, foot + FOOT, phrase("Timeline"), _said(line), tuple(shapes), tuple(words))


def _lane(line: Timeline, one: Event) -> int:
    return line.lanes.index(one.lane) if one.lane in line.lanes else len(line.lanes) - 1


def name(lane: Lane) -> str:
    """A lane in few words: its plugin without the system, and the kind of time without 'Date' or 'Time'."""
    if lane.plugin == OTHERS:
        return lane.kind
    plugin = lane.plugin.partition(".")[2] or lane.plugin
    kind = lane.kind.removesuffix(" Date").removesuffix("Time").strip().lower()
    return f"{plugin} · {kind}" if kind not in {"", "command", "creation time"} else plugin


def _frame(axis: Axis, bases: Sequence[float], foot: float) -> Iterator[Shape]:
    for x, _ in axis.labels():
        yield Line(((x, HEAD - 4), (x, foot)), "gr")
        yield Line(((x, HEAD - 10), (x, HEAD - 4)), "ax")
    for one in axis.stretches:
        yield Line(((one.left, HEAD - 3.5), (one.right, HEAD - 3.5)), "ax")
    for _, _, x in axis.gaps:
        yield from broken(x, HEAD - 3.5)
    for base in bases:
        for one in axis.stretches:
            yield Line(((one.left, base), (one.right, base)), "ln")


def _head(axis: Axis) -> Iterator[Words]:
    yield Words(8, HEAD - 12, phrase("Times, UTC"), role="m ui")
    for x, text in axis.labels():
        yield Words(x, HEAD - 14, text, "middle", "m")
    yield Words(COUNT, HEAD - 12, phrase("Rows"), "end", "m ui")


def _names(line: Timeline, bases: Sequence[float]) -> Iterator[Words]:
    for number, (lane, base) in enumerate(zip(line.lanes, bases, strict=True)):
        text = name(lane)
        yield Words(
            8,
            base + 1,
            text if lane.plugin == OTHERS else clip(text, LEFT - 14),
            role="m ui" if lane.plugin == OTHERS else "m",
        )
        yield Words(COUNT, base + 1, str(sum(part.counts[number] for part in line.parts)), "end")


def _events(line: Timeline, axis: Axis, bases: Sequence[float]) -> list[Shape]:
    """A mark for each event where they are few; else bars, the higher the more events, on a scale that grows slowly."""
    inside = line.times.within(line.begin, line.end)
    if len(inside) <= SINGLES:
        return [Mark(axis.x(line.times.moments[i]), bases[line.lane_of(i)], "circle") for i in inside]
    counts = _counts(line, axis)
    for bins in BINS:
        grouped = Counter[tuple[int, int]]()
        for (lane, place), count in counts.items():
            grouped[lane, place * bins // BINS[0]] += count
        if len(grouped) <= MOST_BARS:
            break
    width = (RIGHT - LEFT) / bins
    most = Counter[int]()
    for (lane, _), count in grouped.items():
        most[lane] = max(most[lane], count)
    return [
        Box(LEFT + place * width, bases[lane] - (high := _height(count, most[lane])), width - 1, high, "bin")
        for (lane, place), count in sorted(grouped.items())
    ]


def _counts(line: Timeline, axis: Axis) -> Counter[tuple[int, int]]:
    """Events by lane and by place in the finest division. As times rise its borders are looked for, not each event."""
    inside = line.times.within(line.begin, line.end)
    width = (RIGHT - LEFT) / BINS[0]
    borders = [
        bisect_left(line.times.moments, LEFT + place * width, inside.start, inside.stop, key=axis.x)
        for place in range(BINS[0])
    ]
    made = Counter[tuple[int, int]]()
    for place, (one, two) in enumerate(pairwise([*borders, inside.stop])):
        for lane, count in line.lanes_in(one, two).items():
            made[lane, place] += count
    return made


def _height(count: int, most: int) -> float:
    return round(3 + 13 * log1p(count) / log1p(most), 1)


def _labels(line: Timeline, axis: Axis, bases: Sequence[float], marked: tuple[Event, ...]) -> Iterator[Words]:
    """Words at cited events, as far as there is room: what it is, else the number of its citation alone."""
    ends: dict[int, float] = {}
    for one in marked[:MOST_LABELS]:
        lane, x = _lane(line, one), axis.x(one.at)
        left = max(x - 4, ends.get(lane, 0.0))
        room = min(LABEL, COUNT - left)
        text = clip(f"C{one.cited} {about(one.material, one.material.result.row(one.row))}", room)
        if left > x + 2 * CHARACTER or room < LABEL / 2:
            text, left = f"C{one.cited}", x - 4
            if left < ends.get(lane, 0.0):
                continue
        yield Words(left, bases[lane] - 13, text, role="b")
        ends[lane] = left + CHARACTER * (len(text) + 1)


def _said(line: Timeline) -> str:
    return phrase(
        "%(n)s dated rows from %(begin)s to %(end)s, of %(kinds)s kinds; %(cited)s of them are cited. The tables below "
        "have the same.",
        n=line.total,
        begin=times.told(line.begin),
        end=times.told(line.end),
        kinds=len(line.lanes) + max(line.summed - 1, 0),
        cited=len(line.marked),
    )
