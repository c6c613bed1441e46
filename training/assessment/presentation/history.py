"""Rounds about the same thing, side by side: a line only between rounds that used the same indicators."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from training.assessment.presentation import words

WIDTH, HEIGHT, STEP = 60, 88, 20
"""Of one round, of the plot, of one level."""
FOOT = 84


class Version(Protocol):
    """What a round is known by."""

    version: str


class Stood(Protocol):
    """Where a round stood; `training.assessment.service.report.Standing` is one."""

    @property
    def held(self) -> Version:
        """The round."""
        ...

    def dimension(self, code: str) -> tuple[Fraction, str] | None:
        """Score and confidence; None where it is not published."""
        ...

    def target(self, code: str) -> Fraction | None:
        """The target as it stood then."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """One round in a row: score, confidence and target as they stood, the change since the round before, the point."""

    score: Fraction | None
    confidence: str
    target: Fraction | None
    change: str
    x: int
    y: float | None
    joined: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A dimension in all rounds."""

    code: str
    places: tuple[Place, ...]

    @property
    def lines(self) -> tuple[tuple[float, float, float, float], ...]:
        """Lines between neighbours that can be compared."""
        found = []
        for before, now in zip(self.places, self.places[1:], strict=False):
            if now.joined and before.y is not None and now.y is not None:
                found.append((float(before.x), before.y, float(now.x), now.y))
        return tuple(found)


def side_by_side(rounds: Sequence[Stood], codes: Sequence[str]) -> tuple[Row, ...]:
    """A row for each dimension."""
    return tuple(Row(code, tuple(_place(rounds, n, code) for n in range(len(rounds)))) for code in codes)


def _place(rounds: Sequence[Stood], n: int, code: str) -> Place:
    now = rounds[n].dimension(code)
    before = rounds[n - 1].dimension(code) if n else None
    same = bool(n) and rounds[n - 1].held.version == rounds[n].held.version
    score, confidence = now or (None, "")
    return Place(
        score,
        confidence,
        rounds[n].target(code),
        words.change(before, now, same_version=same) if n else "",
        WIDTH // 2 + n * WIDTH,
        round(FOOT - STEP * float(score), 1) if score is not None else None,
        same and before is not None and now is not None,
    )
