"""Steps 3 and 4: coverage decides whether an indicator is published; its score counts groups alike but for the
strength of their evidence.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from training.assessment.scoring.cells import Cell, Shown
from training.assessment.scoring.given import Asked, Rules

SPLIT = 2
"""Levels between the medians of groups from which they see different things."""
STRONG = (Fraction(4, 5), Fraction(3, 4))
FAIR = (Fraction(3, 5), Fraction(1, 2))
"""Least coverage and least evidence of a confidence."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What a published indicator says: score, evidence, confidence, whether groups are split."""

    score: Fraction
    evidence: Fraction
    confidence: str
    split: bool

    @property
    def level(self) -> int:
        """The level that is shown: the nearest, halves down."""
        return math.ceil(self.score - Fraction(1, 2))


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator with its cells; `scored` is None where it is withheld. `used` counts answers of cells shown."""

    given: Asked
    cells: tuple[Cell, ...]
    used: int
    asked: int
    scored: Scored | None

    @property
    def coverage(self) -> Fraction:
        """Used of asked answers."""
        return Fraction(self.used, self.asked) if self.asked else Fraction(0)

    @property
    def gap(self) -> Fraction:
        """What is missing to the target; 0 where nothing is, or where the indicator is withheld."""
        return max(Fraction(0), self.given.target - self.scored.score) if self.scored else Fraction(0)

    @property
    def weighty(self) -> Fraction:
        """Gap times weight: what is important, however hard."""
        return self.gap * self.given.weight

    @property
    def priority(self) -> Fraction:
        """Gap times weight times feasibility, from 0 to 12."""
        return self.weighty * self.given.feasibility

    @property
    def flags(self) -> tuple[str, ...]:
        """All flags of the indicator and its cells, each once."""
        found = [flag for cell in self.cells if cell.shown for flag in cell.shown.flags]
        return (*(("split",) if self.scored and self.scored.split else ()), *dict.fromkeys(found))


def indicator(given: Asked, cells: tuple[Cell, ...], rules: Rules) -> Indicator:
    """Score an indicator from its cells."""
    seen = [cell.shown for cell in cells if cell.shown]
    used, asked = sum(one.n for one in seen), sum(cell.asked for cell in cells)
    covered = Fraction(used, asked) if asked else Fraction(0)
    published = bool(seen) and covered >= rules.min_coverage
    return Indicator(given, cells, used, asked, _scored(seen, used, covered) if published else None)


def _scored(seen: Sequence[Shown], used: int, covered: Fraction) -> Scored:
    score = sum((one.evidence * one.median for one in seen), Fraction(0)) / sum(one.evidence for one in seen)
    evidence = sum((one.evidence * one.n for one in seen), Fraction(0)) / used
    medians = [one.median for one in seen]
    return Scored(score, evidence, confidence(covered, evidence), max(medians) - min(medians) >= SPLIT)


def confidence(covered: Fraction, evidence: Fraction) -> str:
    """How far a score can be relied on: strong, fair or weak."""
    for name, (least, weight) in (("strong", STRONG), ("fair", FAIR)):
        if covered >= least and evidence >= weight:
            return name
    return "weak"
