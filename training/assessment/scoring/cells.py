"""Steps 1 and 2: a cell is one indicator answered by one group. With fewer answers than the rule asks for it says
nothing but how many were asked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from training.assessment.scoring.given import NOT_APPLICABLE, Answers, Asked, Rules, level

WIDE = 2
"""Levels between the quartiles from which answers are far apart."""
CLAIM = 3
"""The median from which weak evidence makes a claim of it."""
HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a cell says: answers, median, quartiles, mean weight of the evidence, flags `wide` and `claim`."""

    n: int
    median: Fraction
    q1: Fraction
    q3: Fraction
    evidence: Fraction
    flags: tuple[str, ...]

    @property
    def iqr(self) -> Fraction:
        """The distance between the quartiles."""
        return self.q3 - self.q1


@dataclass(frozen=True, slots=True)
class Cell:
    """One indicator answered by one group; `shown` is None where the cell is suppressed."""

    indicator: str
    group: str
    asked: int
    shown: Shown | None


def cells(one: Asked, answers: Iterable[Answers], rules: Rules) -> tuple[Cell, ...]:
    """The cells of an indicator, in the order of its groups."""
    held = tuple(answers)
    return tuple(_cell(one, group, held, rules) for group in one.groups)


def _cell(one: Asked, group: str, answers: Iterable[Answers], rules: Rules) -> Cell:
    given = [each.levels[one.code] for each in answers if each.group == group and one.code in each.levels]
    asked = [answer for answer in given if answer != NOT_APPLICABLE]
    found = [read for answer in asked if (read := level(answer)) is not None]
    if len(found) < rules.min_cell:
        return Cell(one.code, group, len(asked), None)
    return Cell(one.code, group, len(asked), _shown(found, rules))


def _shown(found: Sequence[tuple[int, str]], rules: Rules) -> Shown:
    values = sorted(value for value, _ in found)
    median, q1, q3 = (quantile(values, Fraction(n, 4)) for n in (2, 1, 3))
    evidence = sum((rules.weights[grade] for _, grade in found), Fraction(0)) / len(found)
    flags: tuple[str, ...] = ("wide",) if q3 - q1 >= WIDE else ()
    flags += ("claim",) if median >= CLAIM and evidence < HALF else ()
    return Shown(len(found), median, q1, q3, evidence, flags)


def quantile(values: Sequence[int], share: Fraction) -> Fraction:
    """A quantile of sorted values by linear interpolation at position (n - 1) times share, counted from 0.

    It is type 7 of Hyndman and Fan (The American Statistician 50, 1996), which spreadsheets call inclusive. At 1/2 it
    is the median: the middle value, or the mean of the two in the middle.
    """
    place = (len(values) - 1) * share
    low = int(place)
    if low + 1 == len(values):
        return Fraction(values[low])
    return values[low] + (values[low + 1] - values[low]) * (place - low)
