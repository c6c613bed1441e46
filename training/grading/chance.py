"""How often signs are expected when everybody works alone: base rates, without which a sign says nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chance:
    """How often a sign was seen in a session, and how often it is expected when everybody works alone.

    `expected` is None where it can't be worked out. `counts`: whether the sign may be one of those that a listing
    needs; it may not where chance alone, or the habit of a class, makes it likely.
    """

    seen: int
    expected: float | None
    counts: bool = True


def foreign_by_chance(wrong: int, others: int, space: int) -> float:
    """Wrong values that are right on one of the other exhibits, when they are drawn from `space` values alike."""
    return wrong * others / space


def rare_by_chance(people: int, wrong: float, share: float, values: float = 1.0) -> float:
    """Pairs of persons with one and the same rare wrong value at a question.

    Args:
        people: how many answered.
        wrong: share of them that erred.
        share: share of the wrong answers that each rare value has.
        values: how many such values there are.
    """
    return people * (people - 1) / 2 * wrong**2 * share**2 * values


def values_behind(counts: Iterable[int]) -> float:
    """How many values there are in all, seen or not, behind those that were seen so often.

    The estimate of Anne Chao (1984), corrected for bias: d + f1 (f1 - 1) / (2 (f2 + 1)), where d values were seen, f1
    of them once and f2 twice. It is a lower bound, so that what is expected by chance is rather too high.
    """
    seen = list(counts)
    once, twice = seen.count(1), seen.count(2)
    return len(seen) + once * (once - 1) / (2 * (twice + 1))


def near_by_chance(others: int, span: float, window: float) -> float:
    """Chance that at least one of `others` right answers, spread over `span` seconds, is within the window of one."""
    return 1 - (1 - min(1.0, 2 * window / span if span else 1.0)) ** others


def spread(times: Sequence[float]) -> float:
    """Length of the stretch over which two times or more were spread evenly, judged by the first and the last."""
    return (max(times) - min(times)) * (len(times) + 1) / (len(times) - 1)
