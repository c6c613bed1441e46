"""The radar of eight dimensions, as points in a square of 400 by 400 with its centre in the middle.

Level 4 lies 160 from the centre. Axis k = 1 to 8 stands at -90 + 45(k - 1) degrees; a score s lies at 40 s along it.
A dimension that is not published has a hatched stub on its axis: the shape is open there, and is never drawn through
zero. An open shape has no inside: it is a line without fill, since any fill would need an edge, through the centre or
straight across the gap, that no score says.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from training.assessment.scoring.dimensions import Dimension, Level

CENTRE, STEP, TOP = 200, 40, 4
STUB = (124, 156)
"""Where a stub begins and ends, from the centre."""
HALF_WIDE = 7
LABEL = 178
AXES = 8

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Axis:
    """One dimension: where its axis ends, where its name stands; its score and target as points, or its stub."""

    code: str
    end: Point
    label: Point
    anchor: str
    score: Point | None
    target: Point | None
    confidence: str
    stub: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Radar:
    """Axes; corners of the filled shape, none where it is open; runs of neighbours that lines join, closed if whole."""

    axes: tuple[Axis, ...]
    filled: tuple[Point, ...]
    scores: tuple[tuple[Point, ...], ...]
    targets: tuple[tuple[Point, ...], ...]
    closed: bool


def radar(dimensions: Sequence[Dimension], codes: Sequence[str]) -> Radar:
    """The figure. `codes` are the eight dimensions; one that was not scored is not published."""
    levels = {one.code: one.level for one in dimensions}
    axes = tuple(_axis(k, code, levels.get(code)) for k, code in enumerate(codes))
    whole = all(one.score for one in axes)
    scores, targets = (_runs(axes, take, whole=whole) for take in (_score, _target))
    return Radar(axes, scores[0] if whole else (), scores, targets, whole)


def point(axis: int, score: Fraction | float) -> Point:
    """Where a score lies on an axis, counted from 0; to one decimal of what is exact."""
    return _along(axis, STEP * float(score))


def _along(axis: int, far: float, aside: float = 0.0) -> Point:
    angle = math.radians(-90 + 45 * axis)
    x = CENTRE + far * math.cos(angle) - aside * math.sin(angle)
    y = CENTRE + far * math.sin(angle) + aside * math.cos(angle)
    return round(x, 1), round(y, 1)


def _axis(k: int, code: str, level: Level | None) -> Axis:
    corners = ((STUB[0], -HALF_WIDE), (STUB[1], -HALF_WIDE), (STUB[1], HALF_WIDE), (STUB[0], HALF_WIDE))
    anchor = "middle" if k % 4 == 0 else "start" if k < AXES // 2 else "end"
    return Axis(
        code,
        _along(k, STEP * TOP),
        _along(k, LABEL),
        anchor,
        point(k, level.score) if level else None,
        point(k, level.target) if level else None,
        level.confidence if level else "",
        () if level else tuple(_along(k, far, aside) for far, aside in corners),
    )


def _score(one: Axis) -> Point | None:
    return one.score


def _target(one: Axis) -> Point | None:
    return one.target


def _runs(axes: Sequence[Axis], take: Callable[[Axis], Point | None], *, whole: bool) -> tuple[tuple[Point, ...], ...]:
    """Points of neighbours that are published, run by run, around the circle."""
    points = [take(one) for one in axes]
    if whole:
        return (tuple(one for one in points if one),)
    first = points.index(None)
    runs: list[list[Point]] = [[]]
    for one in (*points[first:], *points[:first]):
        if one is None:
            runs.append([])
        else:
            runs[-1].append(one)
    return tuple(tuple(run) for run in runs if run)
