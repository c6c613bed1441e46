"""An axis of time: where moments stand, where it is broken, and what is written at it.

Moments are whole microseconds since 1970, UTC, so that arithmetic on what an image claims can't overflow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST, LATEST = ((one - EPOCH) // timedelta(microseconds=1) for one in (
    datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
))  # fmt: skip
STEPS = (
    *(SECOND // 10, SECOND // 5, SECOND // 2, SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND),
    *(MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    *(HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR),
    *(days * DAY for days in (1, 2, 7, 14, 30, 91, 182, 365, 730, 1_825, 3_650, 18_250, 36_500, 182_500, 365_000)),
)
"""How far apart labels may stand."""

GAP = 0.25  # share of the axis without a moment from which it is broken
GAP_WIDTH = 26.0  # pixels of a break
PAD = 9.0  # pixels between the ends of a stretch and its first and last moment
APART = 78.0  # pixels between labels


def moment(text: Any) -> int | None:
    """A time as the JSON renderer gives it; None for what is no time."""
    try:
        read = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).__sub__(EPOCH) // timedelta(microseconds=1)


def told(at: int, *, fraction: bool = False) -> str:
    """A moment as `2026-03-11 09:14:33Z`, with its fraction of a second where it is wanted and there is one."""
    there = EPOCH + timedelta(microseconds=max(EARLIEST, min(at, LATEST)))
    text = there.replace(tzinfo=None).isoformat(" ", "microseconds" if fraction and at % SECOND else "seconds")
    return f"{text}Z"


def spelled(at: int) -> str:
    """A moment as an address spells it, to the second before it."""
    return told(at).replace(" ", "T")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the axis without a break: two moments, and where it begins and ends in pixels."""

    begin: int
    end: int
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from left to right, with the same scale in all its stretches."""

    stretches: tuple[Stretch, ...]

    @property
    def begin(self) -> int:
        """The first moment on it."""
        return self.stretches[0].begin

    @property
    def end(self) -> int:
        """The last moment on it."""
        return self.stretches[-1].end

    def x(self, at: int) -> float:
        """Where a moment stands; in a break its middle, beyond the ends at the end."""
        for number, one in enumerate(self.stretches):
            if at < one.begin:
                return one.left - GAP_WIDTH / 2 if number else one.left
            if at <= one.end:
                inner = one.right - one.left - 2 * PAD
                share = (at - one.begin) / (one.end - one.begin) if one.end > one.begin else 0.5
                return round(one.left + PAD + inner * share, 1)
        return self.stretches[-1].right

    @property
    def gaps(self) -> list[tuple[int, int, float]]:
        """Each break: the moments at its ends, and the pixel of its middle."""
        return [(one.end, two.begin, (one.right + two.left) / 2) for one, two in pairwise(self.stretches)]

    def labels(self) -> list[tuple[float, str]]:
        """What is written at the axis, and where; each stretch has at least one label if there is room for it."""
        per_pixel = self._per_pixel()
        step = next((one for one in STEPS if one >= APART * per_pixel), STEPS[-1])
        made: list[tuple[float, str]] = []
        for one in self.stretches:
            ticks = list(_multiples(one, step)) or [one.begin]
            for at in ticks:
                x = self.x(at)
                if not made or x - made[-1][0] >= APART:
                    made.append((x, _label(at, step)))
        return made

    def _per_pixel(self) -> float:
        length = sum(one.end - one.begin for one in self.stretches)
        pixels = sum(one.right - one.left - 2 * PAD for one in self.stretches)
        return max(length / max(pixels, 1.0), 1.0)


def axis(times: Sequence[int], begin: int, end: int, left: float, right: float) -> Axis:
    """The axis of a window, broken where more than a quarter of it has no moment between two of `times` (rising)."""
    inside = [one for one in times if begin <= one <= end]
    breaks = [(one, two) for one, two in pairwise(inside) if two - one > GAP * (end - begin)]
    ends = [begin, *(at for both in breaks for at in both), end]
    parts = list(zip(ends[::2], ends[1::2], strict=True))
    room = right - left - GAP_WIDTH * len(breaks) - 2 * PAD * len(parts)
    length = sum(two - one for one, two in parts)
    made, x = [], left
    for one, two in parts:
        width = 2 * PAD + room * ((two - one) / length if length else 1 / len(parts))
        made.append(Stretch(one, two, x, x + width))
        x += width + GAP_WIDTH
    return Axis(tuple(made))


def _multiples(one: Stretch, step: int) -> Iterator[int]:
    at = -(-one.begin // step) * step
    while at <= one.end:
        yield at
        at += step


def _label(at: int, step: int) -> str:
    text = told(at, fraction=True)
    if step >= DAY or at % DAY == 0:
        return text[:10]
    if step < SECOND:
        return text[11:21].rstrip("Z")
    return text[11:19] if step < MINUTE or at % MINUTE else text[11:16]


def lasting(micros: int) -> str:
    """A length of time in its two largest units, such as '3 h 12 min'."""
    units = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"))
    parts, rest = [], max(micros, 0)
    for size, name in units:
        if rest >= size:
            parts.append(f"{rest // size} {name}")
            rest %= size
    return " ".join(parts[:2]) or f"{rest // 1000} ms"
