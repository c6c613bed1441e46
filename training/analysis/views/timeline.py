"""All dated rows of an attempt on one line: which times its results hold, in which window, and what lies outside.

Times are taken as the plugins give them, by the machine's clock. How far that clock was from another one is for the
reader to find out: nothing is shifted here.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from training.analysis.render import cell
from training.analysis.results import ResultRow
from training.analysis.views.axis import DAY, SECOND, moment
from training.analysis.views.material import Material
from training.sentence import phrase

MOST_VALUES = 200_000
"""Times that are read for one page; what goes beyond is told."""

MOST_LANES = 12
STRETCHES = 24
FEW = 200
"""Events of a window, at most, whose rows are listed."""

ASSEMBLED = "engram.timeline"
PLUGIN, DESCRIPTION = "Plugin", "Description"
OTHERS = ""  # the lane of what has none of its own
STARTS = frozenset({"linux.pslist", "windows.pslist"})
TELLING = ("pid", "comm", "process", "imagefilename", "command", "filepath", "path", "name", "description")
"""Columns that say what an event is about, in the order in which they say it."""

MOST_TELLING = 3
Cited = Callable[[Material, int], int | None]
Held = tuple[Material, int, int]
"""A cited row: its result, its number, that of its citation."""


@dataclass(frozen=True, slots=True, order=True)
class Lane:
    """Times of one kind that one plugin knows, by the name of the column."""

    plugin: str
    kind: str


@dataclass(frozen=True, slots=True)
class Event:
    """A dated row: when, in which lane, which row of which result, its citation."""

    at: int
    lane: Lane
    material: Material
    row: int
    cited: int | None = None


@dataclass(frozen=True, slots=True)
class Times:
    """Every time that was read, rising: moments, and beside them lanes and places by number.

    `used` are the results that were read, `covered` plugins whose own results were left out since the assembled
    timeline has their times, `left` the results that were left out for whatever reason; `cut` is whether there were
    more times than are read for a page, `coarse` the lanes that know whole seconds only.
    """

    moments: tuple[int, ...]
    lanes_of: tuple[int, ...]
    places: tuple[tuple[int, int], ...]
    lanes: tuple[Lane, ...]
    used: tuple[Material, ...]
    covered: tuple[str, ...]
    left: tuple[Material, ...]
    cut: bool
    coarse: tuple[Lane, ...]

    def event(self, i: int, cited: Cited) -> Event:
        """The event at a place."""
        material, row = self.place(i)
        return Event(self.moments[i], self.lanes[self.lanes_of[i]], material, row, cited(material, row))

    def place(self, i: int) -> tuple[Material, int]:
        """The result and the row behind the time at a place."""
        number, row = self.places[i]
        return self.used[number], row

    def within(self, begin: int, end: int) -> range:
        """Places of the times from one moment to another, both of them counted."""
        return range(bisect_left(self.moments, begin), bisect_right(self.moments, end))


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the window: how many events each lane has there; the last one counts its end."""

    begin: int
    end: int
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """Events of all lanes."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A window of the times. `lanes` are those shown, in order, the last perhaps the sum of `summed` others.

    `parts` are equal stretches of the window, of which empty ones beside each other are one; `marked` the cited events
    in it; `before` and `after` count what lies outside.
    """

    times: Times
    begin: int
    end: int
    lanes: tuple[Lane, ...]
    summed: int
    parts: tuple[Part, ...]
    marked: tuple[Event, ...]
    total: int
    before: int
    after: int

    @property
    def first(self) -> int | None:
        """The first moment of all."""
        return self.times.moments[0] if self.times.moments else None

    @property
    def last(self) -> int | None:
        """The last moment of all."""
        return self.times.moments[-1] if self.times.moments else None

    def lane_of(self, i: int) -> int:
        """The shown lane in which an event at a place stands."""
        return _shown(self.times, self.lanes)[self.times.lanes_of[i]]

    def lanes_in(self, first: int, after: int) -> Counter[int]:
        """How many events from one place to before another each shown lane has."""
        return _sums(self.times, _shown(self.times, self.lanes), first, after)


def read(materials: Sequence[Material]) -> Times:
    """The times of all complete results, each once: of a plugin's whole result where there is one, else of all of its
    results; of the assembled timeline for the plugins that it has.
    """
    complete = [one for one in materials if one.complete]
    used, covered = _used(complete)
    lanes: dict[Lane, int] = {}
    found: list[tuple[int, int, tuple[int, int]]] = []
    fine: set[int] = set()
    given = _values(used)
    for at, lane, place in islice(given, MOST_VALUES):
        number = lanes.setdefault(lane, len(lanes))
        found.append((at, number, place))
        if at % SECOND:
            fine.add(number)
    cut = next(given, None) is not None
    found.sort()
    return Times(
        tuple(at for at, _, _ in found),
        tuple(number for _, number, _ in found),
        tuple(place for _, _, place in found),
        tuple(lanes),
        tuple(used),
        covered,
        tuple(one for one in complete if not any(one is other for other in used)),
        cut,
        tuple(lane for lane, number in lanes.items() if number not in fine),
    )


def _used(materials: Sequence[Material]) -> tuple[list[Material], tuple[str, ...]]:
    """The results that are read, and the plugins that are left out for the assembled timeline."""
    by_plugin: dict[str, list[Material]] = defaultdict(list)
    for one in materials:
        by_plugin[one.plugin].append(one)
    chosen = [one for each in by_plugin.values() for one in _of_one_plugin(each)]
    covered = {str(name) for one in chosen if one.plugin == ASSEMBLED for _, name in one.result.values(PLUGIN)}
    kept = [one for one in chosen if one.plugin not in covered and _dated(one)]
    return kept, tuple(sorted(one.plugin for one in chosen if one.plugin in covered))


def _of_one_plugin(found: Sequence[Material]) -> Sequence[Material]:
    """The last of its whole results, where there is one; else all that were narrowed, each of which has other rows."""
    return [one for one in found if one.whole][-1:] or found


def _dated(material: Material) -> list[str]:
    return [column.name for column in material.result.columns if column.type == "datetime"]


def _values(used: Sequence[Material]) -> Iterator[tuple[int, Lane, tuple[int, int]]]:
    for number, material in enumerate(used):
        names = dict(material.result.values(PLUGIN)) if material.plugin == ASSEMBLED else {}
        for column in _dated(material):
            own = Lane(material.plugin, column)
            for n, text in material.result.values(column):
                at = moment(text)
                if at is not None:
                    yield at, Lane(str(names[n]), column) if n in names else own, (number, n)


def window(times: Times) -> tuple[int, int]:
    """The window that is shown first: from the start of the first process to the last event within a day after it.

    An image may claim any time. Of the starts (where no list of processes is there: of all events) those of the day
    that has most of them count, so that a single one that is far away moves nothing.
    """
    starts = [i for i, lane in enumerate(times.lanes) if lane.plugin in STARTS]
    chosen = [at for at, lane in zip(times.moments, times.lanes_of, strict=True) if lane in starts] or times.moments
    if not chosen:
        return 0, SECOND
    most, begin = 0, chosen[0]
    for i, at in enumerate(chosen):
        here = bisect_right(chosen, at + DAY) - i
        if here > most:
            most, begin = here, at
    end = times.moments[bisect_right(times.moments, begin + DAY) - 1]
    return begin, max(end, begin + SECOND)


def of(times: Times, cited: Cited, begin: int, end: int, held: Sequence[Held] = ()) -> Timeline:
    """The times between two moments, at least a second apart. `held` are cited rows of results that were left out: they
    are marked where the same plugin has the same time among those that were read.
    """
    end = max(end, begin + SECOND)
    inside = times.within(begin, end)
    lanes, summed = _lanes(times, Counter(times.lanes_of[inside.start : inside.stop]))
    shown = _shown(times, lanes)
    parts = list[Part]()
    for number in range(STRETCHES):
        one, two = (begin + (end - begin) * n // STRETCHES for n in (number, number + 1))
        stretch = times.within(one, two if number == STRETCHES - 1 else two - 1)
        here = _sums(times, shown, stretch.start, stretch.stop)
        if not stretch and parts and not parts[-1].total:
            one = parts.pop().begin
        parts.append(Part(one, two, tuple(here[lane] for lane in range(len(lanes)))))
    own = [times.event(i, cited) for i in inside if cited(*times.place(i)) is not None]
    marked = tuple(sorted([*own, *_beside(times, held, begin, end)], key=lambda one: one.at))
    before, after = inside.start, len(times.moments) - inside.stop
    return Timeline(times, begin, end, lanes, summed, tuple(parts), marked, len(inside), before, after)


def _shown(times: Times, lanes: Sequence[Lane]) -> list[int]:
    """For each lane the shown one in which its events stand: itself, or the last, which sums up the others."""
    place = {lane: i for i, lane in enumerate(lanes)}
    return [place.get(lane, len(lanes) - 1) for lane in times.lanes]


def _sums(times: Times, shown: Sequence[int], first: int, after: int) -> Counter[int]:
    made = Counter[int]()
    for lane, count in Counter(times.lanes_of[first:after]).items():
        made[shown[lane]] += count
    return made


def _beside(times: Times, held: Sequence[Held], begin: int, end: int) -> Iterator[Event]:
    """Cited rows of results that were left out, in the lane in which their time stands."""
    for material, n, number in held:
        row, columns = material.result.row(n), material.columns()
        for name in _dated(material):
            at = None if columns[name] in row.absent else moment(row.cells[columns[name]])
            if at is None or not begin <= at <= end:
                continue
            there = (times.lanes[times.lanes_of[i]] for i in times.within(at, at))
            lane = next((one for one in there if one.plugin == material.plugin), None)
            if lane is not None:
                yield Event(at, lane, material, n, number)


def _lanes(times: Times, counts: Counter[int]) -> tuple[tuple[Lane, ...], int]:
    """The lanes of a window that are shown, by name, and how many others the last of them sums up."""
    if len(counts) <= MOST_LANES:
        return tuple(sorted(times.lanes[number] for number in counts)), 0
    chosen = sorted(times.lanes[number] for number, _ in counts.most_common(MOST_LANES - 1))
    return (*chosen, Lane(OTHERS, phrase("others"))), len(counts) - len(chosen)


def events(line: Timeline, cited: Cited, first: int, most: int) -> list[Event]:
    """Events of the window from the place `first` on, by time."""
    inside = line.times.within(line.begin, line.end)
    return [line.times.event(i, cited) for i in inside[first : first + most]]


def about(material: Material, row: ResultRow) -> str:
    """What a row is about, in the plugin's own words: the cells that tell most, beside each other."""
    columns = material.result.columns
    names = {column.name.casefold(): i for i, column in reversed(list(enumerate(columns)))}
    chosen = [names[name] for name in TELLING if name in names and names[name] not in row.absent]
    if len(chosen) < 2:  # noqa: PLR2004 - one cell alone says little
        rest = (i for i, column in enumerate(columns) if column.type == "str" and i not in (*chosen, *row.absent))
        chosen += list(rest)[: MOST_TELLING - len(chosen)]
    texts = (cell(row.cells[i], columns[i].type) for i in chosen[:MOST_TELLING])
    return " ".join(text for text in texts if text)
