"""A whole round, scored."""

from dataclasses import dataclass

from training.assessment.scoring.cells import cells
from training.assessment.scoring.dimensions import Dimension, dimension
from training.assessment.scoring.given import Given, natural
from training.assessment.scoring.indicators import Indicator, indicator
from training.assessment.scoring.priority import Course, courses, ranked, ranked_alike


@dataclass(frozen=True, slots=True)
class Result:
    """Indicators as they were given, dimensions in natural order, the ranking with and without weights, courses."""

    indicators: tuple[Indicator, ...]
    dimensions: tuple[Dimension, ...]
    ranking: tuple[Indicator, ...]
    alike: tuple[Indicator, ...]
    courses: tuple[Course, ...]

    def indicator(self, code: str) -> Indicator | None:
        """The indicator of this code."""
        return next((one for one in self.indicators if one.given.code == code), None)


def score(given: Given) -> Result:
    """Steps 1 to 7."""
    found = tuple(indicator(one, cells(one, given.answers, given.rules), given.rules) for one in given.indicators)
    codes = dict.fromkeys(one.given.dimension for one in sorted(found, key=lambda one: natural(one.given.code)))
    dimensions = tuple(
        dimension(code, [one for one in found if one.given.dimension == code], given.rules) for code in codes
    )
    ranking = ranked(found)
    return Result(found, dimensions, ranking, ranked_alike(found), courses(ranking))
