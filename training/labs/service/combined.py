"""Points of a live lab: half for how somebody worked at the machine, half for what was found in the own image."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from training.evidence.models import OwnExhibit

HALF = 0.5


@dataclass(frozen=True, slots=True)
class Halves:
    """The two halves of an attempt at a live lab.

    Attributes:
        findings: share of the points of its questions, 0 to 1.
        conduct: share that grading gave to the work at the machine, 0 to 1; None while nothing is said of it.
        provisional: whether a marker may still change the share of conduct.
    """

    findings: float
    conduct: float | None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """Points of an attempt, out of what its questions are worth together. `halves` are there for a live lab alone."""

    score: float
    total: float
    awaited: float
    halves: Halves | None = None


def points(own: OwnExhibit | None, score: float, total: float, awaited: float) -> Points:
    """The points that count: those of the findings, or of a live lab half of them and half of the conduct.

    Args:
        own: what makes the exhibit somebody's own; None for any other lab.
        score: earned by findings.
        total: what the questions are worth at first.
        awaited: what waits for markers, at most. Conduct of which nothing is said yet waits as well.
    """
    if own is None:
        return Points(score, total, awaited)
    said: Mapping[str, Any] = own.conduct or {}
    share = min(1.0, max(0.0, float(said["share"]))) if "share" in said else None
    earned = HALF * score + HALF * total * (share or 0.0)
    waits = HALF * awaited + (HALF * total if share is None else 0.0)
    halves = Halves(score / total if total else 0.0, share, bool(said.get("waiting")))
    return Points(earned, total, waits, halves)
