"""How far markers agree: Krippendorff's alpha with a bootstrap interval, and the raw differences behind it.

The formulas are those of K. Krippendorff, "Computing Krippendorff's alpha-reliability" (2011), by coincidences: in a
unit with m >= 2 marks every ordered pair of marks adds 1/(m - 1). Marks may be missing. Alpha says nothing where all
marks are equal, and little where few units are marked twice: then pages show the differences alone.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

Unit = Sequence[int | None]
"""The marks of one piece, one for each marker; None for a mark that is missing."""

RESAMPLES = 5_000
SEED = 20_261_125
"""Fixed, so that the same marks always give the same interval."""

COVERED = 0.95
FEWEST = 10
"""Units with two marks or more below which only the raw differences are shown."""

GOOD, TENTATIVE = 0.80, 0.667
"""Customary readings: from 0.80 good, from 0.667 for tentative conclusions only."""


class Metric(StrEnum):
    """How far apart two marks are held to be."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"


class Reading(StrEnum):
    """What an alpha is customarily taken for."""

    GOOD = "good"
    TENTATIVE = "tentative"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Differences:
    """Units with two marks or more by the distance of their lowest and highest mark.

    `equal` have none, `one` is one level, `more` are further apart.
    """

    equal: int
    one: int
    more: int

    @property
    def units(self) -> int:
        """How many units have two marks or more."""
        return self.equal + self.one + self.more


@dataclass(frozen=True, slots=True)
class Agreement:
    """What can honestly be said of one criterion.

    Attributes:
        differences: always there.
        alpha: ordinal alpha; None below `FEWEST` doubly marked units, or where the marks have no variation.
        interval: 95 % of the resamples; None where alpha is, or where too few resamples have any variation.
    """

    differences: Differences
    alpha: float | None = None
    interval: tuple[float, float] | None = None

    @property
    def enough(self) -> bool:
        """Whether enough units are doubly marked to say more than the raw differences."""
        return self.differences.units >= FEWEST

    @property
    def reading(self) -> Reading | None:
        """What the alpha is customarily taken for; None where there is none."""
        return None if self.alpha is None else reading(self.alpha)


def agreement(units: Iterable[Unit]) -> Agreement:
    """What a page shows of one criterion: the differences, and from `FEWEST` units on the ordinal alpha."""
    found = [list(unit) for unit in units]
    apart = differences(found)
    if apart.units < FEWEST:
        return Agreement(apart)
    return Agreement(apart, alpha(found, Metric.ORDINAL), interval(found, Metric.ORDINAL))


def reading(value: float) -> Reading:
    """The customary reading of an alpha."""
    return Reading.GOOD if value >= GOOD else Reading.TENTATIVE if value >= TENTATIVE else Reading.LOW


def differences(units: Iterable[Unit]) -> Differences:
    """Count how far apart the marks of each unit are. Units with one mark or none say nothing."""
    apart = Counter(min(max(marks) - min(marks), 2) for marks in _pairable(units))
    return Differences(apart[0], apart[1], apart[2])


def alpha(units: Iterable[Unit], metric: Metric) -> float | None:
    """Krippendorff's alpha: 1 for agreement in everything, 0 for what chance gives, below 0 for less than that.

    None where there is nothing to agree on: all marks are equal, or no unit has two ('no variation').
    """
    return _alpha(Counter(_pairable(units)), metric)


def interval(units: Iterable[Unit], metric: Metric, resamples: int = RESAMPLES) -> tuple[float, float] | None:
    """A 95 % percentile bootstrap interval of alpha over units, from a fixed seed.

    Resamples without variation have no alpha and are left out; None where they are more than half.
    """
    found = sorted(_pairable(units))  # whatever order the pieces come in
    if not found:
        return None
    draw = random.Random(SEED)  # noqa: S311 - a resample, no secret
    drawn = (Counter(draw.choices(found, k=len(found))) for _ in range(resamples))
    values = sorted(value for sample in drawn if (value := _alpha(sample, metric)) is not None)
    if 2 * len(values) <= resamples:
        return None
    tail = (1 - COVERED) / 2
    return _quantile(values, tail), _quantile(values, 1 - tail)


def _pairable(units: Iterable[Unit]) -> list[tuple[int, ...]]:
    """Units with two marks or more, without what is missing; sorted, since the order of markers does not matter."""
    present = (tuple(sorted(mark for mark in unit if mark is not None)) for unit in units)
    return [marks for marks in present if len(marks) > 1]


@lru_cache(maxsize=4_096)
def _counted(marks: tuple[int, ...]) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[tuple[int, int], float], ...]]:
    """How often each mark occurs in a unit, and the coincidences of each two different ones, the lower one first."""
    counted = sorted(Counter(marks).items())
    pairs = [
        ((low, high), often * count / (len(marks) - 1))
        for index, (low, often) in enumerate(counted)
        for high, count in counted[index + 1 :]
    ]
    return tuple(counted), tuple(pairs)


def _alpha(units: Mapping[tuple[int, ...], int], metric: Metric) -> float | None:
    """Alpha of units that are given with how often each occurs."""
    observed: dict[tuple[int, int], float] = defaultdict(float)
    totals: dict[int, int] = defaultdict(int)
    for marks, times in units.items():
        counted, pairs = _counted(marks)
        for mark, often in counted:
            totals[mark] += often * times
        for pair, share in pairs:
            observed[pair] += share * times
    squared = _squares(totals, metric)
    expected = sum(totals[low] * totals[high] * square for (low, high), square in squared.items())
    if not expected:
        return None
    # Both orders of each pair are left out above and below: the ratio is the same.
    differ = sum(often * squared[pair] for pair, often in observed.items())
    return 1.0 - (sum(totals.values()) - 1) * differ / expected


def _squares(totals: Mapping[int, int], metric: Metric) -> dict[tuple[int, int], float]:
    """Squared distance of each two different marks, the lower one first."""
    marks = sorted(totals)
    found: dict[tuple[int, int], float] = {}
    for index, low in enumerate(marks):
        between = float(totals[low])
        for high in marks[index + 1 :]:
            between += totals[high]
            if metric is Metric.ORDINAL:
                distance = between - (totals[low] + totals[high]) / 2
            else:
                distance = 1.0 if metric is Metric.NOMINAL else float(high - low)
            found[low, high] = distance**2
    return found


def _quantile(values: Sequence[float], share: float) -> float:
    """A quantile of sorted values, straight between two of them."""
    place = share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (place - low) * (values[high] - values[low])
