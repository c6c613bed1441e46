"""Steps 6 and 7: which gaps come first, and which courses answer them."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from training.assessment.scoring.given import natural
from training.assessment.scoring.indicators import Indicator


@dataclass(frozen=True, slots=True)
class Course:
    """A course by its number, its points, and the indicators that they come from, in the order of the ranking."""

    number: int
    points: Fraction
    indicators: tuple[str, ...]


def ranked(indicators: Iterable[Indicator]) -> tuple[Indicator, ...]:
    """Published indicators with a gap, by priority downward; ties by gap, weight, then code in natural order."""
    with_gap = [one for one in indicators if one.gap > 0]
    return tuple(sorted(with_gap, key=lambda one: (-one.priority, -one.gap, -one.given.weight, _order(one))))


def ranked_alike(indicators: Iterable[Indicator]) -> tuple[Indicator, ...]:
    """The same with all weights equal: what the choice of weights changes."""
    with_gap = [one for one in indicators if one.gap > 0]
    return tuple(sorted(with_gap, key=lambda one: (-one.gap * one.given.feasibility, -one.gap, _order(one))))


def courses(ranking: Iterable[Indicator]) -> tuple[Course, ...]:
    """Courses by points downward, ties by number upward. Each indicator gives its priority in full to each course."""
    held = tuple(ranking)
    numbers = {number for one in held for number in one.given.courses}
    found = [_course(number, [one for one in held if number in one.given.courses]) for number in numbers]
    return tuple(sorted(found, key=lambda one: (-one.points, one.number)))


def _course(number: int, sources: list[Indicator]) -> Course:
    points = sum((one.priority for one in sources), Fraction(0))
    return Course(number, points, tuple(one.given.code for one in sources))


def _order(one: Indicator) -> tuple[int, int]:
    return natural(one.given.code)
