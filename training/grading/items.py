"""How a question behaves in a class, honest at small numbers: every figure has its interval, and few say little.

Only first tries count, and of these only those before which no hint of the question was open. Intervals are at 95 %:

- Wilson's interval (E. B. Wilson, 1927) for shares, and for a mean credit as long as ten persons are not there:
  credit between 0 and 1 varies less around its mean than right and wrong do, so it is not too narrow.
- The percentile bootstrap over persons (B. Efron, 1979) for the mean of partial credit and for discrimination, with
  2,000 resamples and a fixed seed. Resamples in which nothing varies have no correlation; they are counted.
- R. A. Fisher's z for correlations of small classes, where the bootstrap is too narrow: of twelve persons who answer at
  random it calls 7 in 100 questions worse than useless, and not the 2 or 3 that it should. The wider of both counts.
  The same z says how many persons a correlation needs to be told from none.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter
from random import Random

Z = statistics.NormalDist().inv_cdf(0.975)
RESAMPLES = 2_000
SEED = 20_270_101
FEWEST = 10
"""Persons from which on a bootstrap says something, and options are compared between halves."""
DEAD_AFTER = 40
"""Tries after which an option that nobody took is called dead."""
HARD, EASY = 0.2, 0.95
"""A question is looked at when its facility lies wholly below the first or wholly above the second."""
WIDTH = 0.15
"""How well facility should be known: to so much on either side."""
_NONE = 1e-12


class Word(StrEnum):
    """All that is said of a question."""

    LOOK = "look"
    FINE = "fine"
    FEW = "few"


@dataclass(frozen=True, slots=True)
class Interval:
    """Both ends of an interval at 95 %."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether the value lies in it, its ends included."""
        return self.low - _NONE <= value <= self.high + _NONE


@dataclass(frozen=True, slots=True)
class First:
    """The first try of one person at one question, as it is judged now.

    Attributes:
        person: who, by any name that is unique in the pool.
        question: which question, by any name that is unique in the pool.
        worth: points of a right answer at the first try.
        credit: 0 to 1.
        variant: the exhibit that was worked on.
        options: ids of the options that were taken, for questions that have options.
        hinted: whether a hint of the question was open before.
        seconds: time since the finding before, of any question, or since the attempt was begun.
    """

    person: str
    question: str
    worth: float
    credit: float
    variant: str = ""
    options: tuple[str, ...] = ()
    hinted: bool = False
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What has to be known of a question with options: their ids, and which of them are right on every variant."""

    options: tuple[str, ...] = ()
    key: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Facility:
    """Mean credit of the first tries, 0 to 1, with its interval.

    `missing` is how many persons it lacks to be known to 15 points on either side, wherever it lies.
    """

    value: float
    interval: Interval
    missing: int


@dataclass(frozen=True, slots=True)
class Discrimination:
    """How a question goes along with the rest of the work, its own part left out.

    Attributes:
        value: correlation of its credit with the credit of the person's other first tries, -1 to 1.
        interval: None where fewer than half of the resamples vary.
        flat: resamples without any variation, of `RESAMPLES`.
        efficiency: covariance as a share of what these very figures could reach, were both sorted alike.
        missing: persons that it lacks to be told from none; 0 where it is told, None where it is too near to none.
    """

    value: float
    interval: Interval | None
    flat: int
    efficiency: float | None
    missing: int | None


@dataclass(frozen=True, slots=True)
class Taken:
    """How often an option was taken: in all, by the upper and by the lower half of the class by the rest of the work.

    `right`: it belongs to the key. `dead`: nobody took it in 40 tries. `check`: more of the upper half took it than the
    key, so that the key is wrong until somebody has looked.
    """

    option: str
    count: int
    upper: int
    lower: int
    right: bool
    dead: bool
    check: bool


@dataclass(frozen=True, slots=True)
class Variant:
    """Facility on one exhibit; `unequal` only where the interval excludes the facility of the whole pool."""

    name: str
    persons: int
    value: float
    interval: Interval
    unequal: bool


@dataclass(frozen=True, slots=True)
class Item:
    """What is known of one question.

    Attributes:
        question: its name.
        persons: first tries that count: no hint was open before.
        aided: first tries that are left out since a hint was open.
        facility: None without a try that counts.
        discrimination: None below ten persons, and where nothing varies.
        taken: by option, for questions with options.
        seconds: lower quartile, median and upper quartile of the time to the first try.
        hints: share of the persons who opened a hint before their first try, with its interval.
        variants: by exhibit, where there is more than one.
        word: what is said of it.
    """

    question: str
    persons: int
    aided: int
    facility: Facility | None
    discrimination: Discrimination | None
    taken: tuple[Taken, ...]
    seconds: tuple[float, float, float] | None
    hints: tuple[float, Interval] | None
    variants: tuple[Variant, ...]
    word: Word


def wilson(share: float, count: int) -> Interval:
    """Wilson's interval of a share (0 to 1) that was seen in `count` cases; all of 0 to 1 without a case."""
    if not count:
        return Interval(0.0, 1.0)
    over = Z * Z / count
    middle = share + over / 2
    half = Z * math.sqrt(share * (1 - share) / count + over / (4 * count))
    return Interval(max(0.0, (middle - half) / (1 + over)), min(1.0, (middle + half) / (1 + over)))


def fisher(correlation: float, count: int) -> Interval:
    """The interval within which a correlation (-1 to 1) would be known from `count` persons; everything below four."""
    if count <= 3:  # noqa: PLR2004 - the method divides by the root of n - 3
        return Interval(-1.0, 1.0)
    half = Z / math.sqrt(count - 3)
    middle = math.atanh(max(-1 + _NONE, min(1 - _NONE, correlation)))
    return Interval(math.tanh(middle - half), math.tanh(middle + half))


def persons_for(width: float) -> int:
    """Persons from which on a share is known to `width` on either side, wherever it lies: worst is one half."""
    return math.ceil((Z / (2 * width)) ** 2 - Z * Z)


def persons_to_tell(correlation: float) -> int | None:
    """Persons from which on a correlation excludes none; None for one that nobody will ever tell from none."""
    size = abs(correlation)
    if size < 0.01:  # noqa: PLR2004 - tens of thousands of persons
        return None
    return 3 + math.floor((Z / math.atanh(min(size, 1 - _NONE))) ** 2) + 1


def analyse(asked: Mapping[str, Choices], firsts: Sequence[First]) -> tuple[Item, ...]:
    """Work out the figures of some questions from the first tries of a pool, one for each person and question.

    `firsts` may hold other questions too: they count towards the rest of a person's work. Takes less than two seconds
    for 60 persons and 10 questions.
    """
    rests = _rests([one for one in firsts if not one.hinted])
    by_question: dict[str, list[First]] = {name: [] for name in asked}
    for one in firsts:
        if one.question in by_question:
            by_question[one.question].append(one)
    return tuple(_item(name, asked[name], mine, rests) for name, mine in by_question.items())


def _rests(counted: Sequence[First]) -> dict[tuple[str, str], float]:
    """Share of the points of a person's other first tries, by person and question; none where there is no other."""
    sums: dict[str, list[float]] = {}
    for one in counted:
        total = sums.setdefault(one.person, [0.0, 0.0])
        total[0] += one.credit * one.worth
        total[1] += one.worth
    rests = {}
    for one in counted:
        got, worth = sums[one.person]
        if worth - one.worth > _NONE:
            rests[one.person, one.question] = (got - one.credit * one.worth) / (worth - one.worth)
    return rests


def _item(name: str, choices: Choices, firsts: Sequence[First], rests: Mapping[tuple[str, str], float]) -> Item:
    counted = [one for one in firsts if not one.hinted]
    marks = sorted(one.credit for one in counted)  # in whatever order people come, the same are drawn
    facility = _facility(marks) if marks else None
    pairs = [(one, rests[one.person, name]) for one in counted if (one.person, name) in rests]
    discrimination = _discrimination(sorted((one.credit, rest) for one, rest in pairs))
    aided = len(firsts) - len(counted)
    times = [one.seconds for one in counted if one.seconds is not None]
    return Item(
        question=name,
        persons=len(counted),
        aided=aided,
        facility=facility,
        discrimination=discrimination,
        taken=tuple(_taken(choices, counted, pairs)),
        seconds=_quartiles(times),
        hints=(aided / len(firsts), wilson(aided / len(firsts), len(firsts))) if firsts else None,
        variants=tuple(_variants(counted, facility.value)) if facility else (),
        word=word(facility, discrimination, alone=not pairs),
    )


def word(facility: Facility | None, discrimination: Discrimination | None, *, alone: bool = False) -> Word:
    """What is said, by whole intervals only. `alone`: nobody did another question, so that nothing can go along."""
    if facility is None:
        return Word.FEW
    share, link = facility.interval, discrimination.interval if discrimination else None
    if share.high < HARD or share.low > EASY or (link is not None and link.high < 0):
        return Word.LOOK
    known = alone if link is None else link.low >= 0
    return Word.FINE if share.low >= HARD and share.high <= EASY and known else Word.FEW


def _facility(marks: Sequence[float]) -> Facility:
    count, value = len(marks), statistics.fmean(marks)
    return Facility(value, _mean_interval(marks, value), max(0, persons_for(WIDTH) - count))


def _mean_interval(marks: Sequence[float], mean: float) -> Interval:
    """Bootstrap for partial credit that varies among ten persons or more, Wilson's interval else."""
    count = len(marks)
    if count < FEWEST or len(set(marks)) == 1 or set(marks) <= {0.0, 1.0}:
        return wilson(mean, count)
    return _ends([sum(pick(marks)) / count for pick in _resamples(count)])


def _resamples(count: int) -> Iterator[Callable[[Sequence[float]], tuple[float, ...]]]:
    """Pickers of `count` persons with replacement; the same ones at every call."""
    random, everyone = Random(SEED), range(count)  # noqa: S311 - repeatable on purpose
    for _ in range(RESAMPLES):
        yield itemgetter(*random.choices(everyone, k=count))


def _ends(values: list[float]) -> Interval:
    """The middle 95 % of values."""
    cuts = statistics.quantiles(values, n=40, method="inclusive")
    return Interval(cuts[0], cuts[-1])


def _discrimination(pairs: Sequence[tuple[float, float]]) -> Discrimination | None:
    """From pairs of a credit and the rest of the work, in order."""
    count = len(pairs)
    if count < FEWEST:
        return None
    # Centred first, so that sums of squares lose no digits; a correlation does not mind.
    middle, rest = (statistics.fmean(side) for side in zip(*pairs, strict=True))
    x, y = [mark - middle for mark, _ in pairs], [other - rest for _, other in pairs]
    parts = (x, y, [a * a for a in x], [b * b for b in y], [a * b for a, b in zip(x, y, strict=True)])
    value = _correlation(count, *(sum(part) for part in parts))
    if value is None:
        return None
    found = [_correlation(count, *(sum(pick(part)) for part in parts)) for pick in _resamples(count)]
    seen = [one for one in found if one is not None]
    interval = _wider(_ends(seen), fisher(value, count)) if 2 * len(seen) >= RESAMPLES else None
    told = interval is not None and not interval.holds(0.0)
    needed = persons_to_tell(value)
    missing = 0 if told else None if needed is None else max(1, needed - count)
    best = sum(a * b for a, b in zip(sorted(x), sorted(y), strict=True))
    return Discrimination(
        value=value,
        interval=interval,
        flat=RESAMPLES - len(seen),
        efficiency=sum(parts[4]) / best if best > _NONE else None,
        missing=missing,
    )


def _wider(one: Interval, other: Interval) -> Interval:
    return Interval(min(one.low, other.low), max(one.high, other.high))


def _correlation(count: int, x: float, y: float, xx: float, yy: float, xy: float) -> float | None:
    """Pearson's, from sums; None where one of both does not vary."""
    spread_x, spread_y = count * xx - x * x, count * yy - y * y
    if spread_x <= _NONE * count * count or spread_y <= _NONE * count * count:
        return None
    return max(-1.0, min(1.0, (count * xy - x * y) / math.sqrt(spread_x * spread_y)))


def _taken(choices: Choices, counted: Sequence[First], pairs: Sequence[tuple[First, float]]) -> Iterator[Taken]:
    """Counts by option. Persons whose rest is exactly the median belong to neither half."""
    if not choices.options:
        return
    middle = statistics.median(rest for _, rest in pairs) if pairs else 0.0
    halves = ([one for one, rest in pairs if rest > middle], [one for one, rest in pairs if rest < middle])

    def of(option: str, some: Sequence[First]) -> int:
        return sum(option in one.options for one in some)

    key = next(iter(choices.key)) if len(choices.key) == 1 and len(counted) >= FEWEST else None
    of_key = of(key, halves[0]) if key is not None else 0
    for option in choices.options:
        count, upper, lower = of(option, counted), of(option, halves[0]), of(option, halves[1])
        right = option in choices.key
        dead = bool(choices.key) and not right and not count and len(counted) >= DEAD_AFTER
        check = key is not None and not right and upper > of_key
        yield Taken(option, count, upper, lower, right, dead, check)


def _variants(counted: Sequence[First], pooled: float) -> Iterator[Variant]:
    names = sorted({one.variant for one in counted})
    if len(names) < 2:  # noqa: PLR2004 - nothing to compare
        return
    for name in names:
        marks = sorted(one.credit for one in counted if one.variant == name)
        value = statistics.fmean(marks)
        interval = _mean_interval(marks, value)
        yield Variant(name, len(marks), value, interval, unequal=not interval.holds(pooled))


def _quartiles(times: Sequence[float]) -> tuple[float, float, float] | None:
    if not times:
        return None
    if len(times) == 1:
        return times[0], times[0], times[0]
    low, middle, high = statistics.quantiles(times, n=4, method="inclusive")
    return low, middle, high
