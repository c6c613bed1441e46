"""How well a person's stated confidence fits what became of the findings: advice, never a mark.

The measure is the Brier score (Glenn W. Brier, 1950): the mean of (p - y) squared, where p is what a level of
confidence stands for and y is 1 for a finding that held and 0 for one that did not. Beside it stands what the person
would have had by always saying the own share of right findings: r (1 - r). Lower is better.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MEANS = {"certain": 0.95, "probable": 0.75, "possible": 0.50}
"""What each level of confidence stands for, as a probability; the surest first."""

FEWEST = 10
"""Findings from which on anything is said. Fewer are shown as counts only."""


@dataclass(frozen=True, slots=True)
class Level:
    """The findings of one level of confidence.

    Attributes:
        confidence: certain, probable or possible.
        means: the probability that it stands for.
        findings: how many were submitted with it.
        held: how many of these were right.
    """

    confidence: str
    means: float
    findings: int
    held: int

    @property
    def excess(self) -> float:
        """How many findings fewer held than the word promises; negative where more did."""
        return self.findings * self.means - self.held


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the confidence of a person came to.

    Attributes:
        findings: findings with a confidence that were judged.
        held: how many of them were right.
        brier: the Brier score, 0 to 1, lower is better; None without findings.
        reference: r (1 - r), what always saying the own share of right findings would give; None without findings.
        levels: certain, probable, possible, those without findings included.
    """

    findings: int
    held: int
    brier: float | None
    reference: float | None
    levels: tuple[Level, ...]

    @property
    def told(self) -> Level | None:
        """The level that a sentence is about, 'of your 8 "certain" findings 5 held': the one that is furthest off.

        None below ten findings: then only the counts are shown.
        """
        if self.findings < FEWEST:
            return None
        return max(self.levels, key=lambda level: (abs(level.excess), level.means))

    @property
    def too_sure(self) -> bool:
        """Whether always saying the own share of right findings would have been nearer, and fewer held than was said.

        False below ten findings.
        """
        if self.brier is None or self.reference is None or self.findings < FEWEST:
            return False
        return self.brier > self.reference and sum(level.excess for level in self.levels) > 0


def of(pairs: Iterable[tuple[str | None, bool]]) -> Calibration:
    """Work it out from pairs of a confidence and whether the value was right. Pairs without a confidence are left out.

    A value that is right in part did not hold. Which try it was does not matter: each finding was a statement.

    Raises:
        KeyError: a confidence is none of the three.
    """
    given = [(confidence, held) for confidence, held in pairs if confidence is not None]
    levels = tuple(
        Level(name, means, len(mine), sum(mine))
        for name, means in MEANS.items()
        for mine in [[held for confidence, held in given if confidence == name]]
    )
    if not given:
        return Calibration(0, 0, None, None, levels)
    count, held = len(given), sum(held for _, held in given)
    brier = sum((MEANS[confidence] - right) ** 2 for confidence, right in given) / count
    share = held / count
    return Calibration(count, held, brier, share * (1 - share), levels)
