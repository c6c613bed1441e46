"""Step 5: a dimension is published where enough of its indicators are, with enough answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from training.assessment.scoring.given import Rules
from training.assessment.scoring.indicators import Indicator, confidence


@dataclass(frozen=True, slots=True)
class Level:
    """Where a published dimension stands: score and target, both weighted means of its published indicators.

    `confidence` is worked out as for an indicator, from the coverage of the dimension and the evidence of all answers
    that were used in it.
    """

    score: Fraction
    target: Fraction
    confidence: str

    @property
    def gap(self) -> Fraction:
        """What is missing to the target."""
        return max(Fraction(0), self.target - self.score)


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension; `level` is None where it is not published."""

    code: str
    indicators: tuple[Indicator, ...]
    coverage: Fraction
    level: Level | None

    @property
    def published(self) -> tuple[Indicator, ...]:
        """Its indicators that are published."""
        return tuple(one for one in self.indicators if one.scored)


def dimension(code: str, indicators: Sequence[Indicator], rules: Rules) -> Dimension:
    """Put the indicators of a dimension together."""
    seen = [one for one in indicators if one.scored]
    used, asked = sum(one.used for one in seen), sum(one.asked for one in indicators)
    coverage = Fraction(used, asked) if asked else Fraction(0)
    enough = Fraction(len(seen), len(indicators)) >= rules.min_share
    published = enough and coverage >= rules.min_coverage and bool(seen)
    return Dimension(code, tuple(indicators), coverage, _level(seen, coverage) if published else None)


def _level(seen: Sequence[Indicator], coverage: Fraction) -> Level:
    scored = [(one, one.scored) for one in seen if one.scored]
    weight = sum(one.given.weight for one in seen)
    score = sum((found.score * one.given.weight for one, found in scored), Fraction(0)) / weight
    target = sum((one.given.target * one.given.weight for one in seen), Fraction(0)) / weight
    evidence = sum((found.evidence * one.used for one, found in scored), Fraction(0)) / sum(one.used for one in seen)
    return Level(score, target, confidence(coverage, evidence))
