"""From verdicts to points: value that falls with tries, hints with a price, nothing earned is ever taken away.

Tries follow PrairieLearn's rule: try n with credit s adds (s - best so far) x value n, where s is better than the best
so far. A late try adds its share of that; the best credit is kept whole, so what was paid in part is not paid again.
The price of a hint is a share of the question's first value and is subtracted from what is earned afterwards. What
stands is the highest that (points of tries - prices of hints) has ever been, and at least 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.grading.question import Question


@dataclass(frozen=True, slots=True)
class Tried:
    """A judged finding.

    Attributes:
        credit: 0 to 1.
        share: what lateness leaves of its gain, 0 to 1, as it was in force when the finding was received.
    """

    credit: float
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Hinted:
    """An opened hint: its price as a share of the question's first value, as it was when it was opened."""

    price: float


@dataclass(frozen=True, slots=True)
class History:
    """What happened on one question of one attempt, in order of time. Unreadable findings are no part of it."""

    events: tuple[Tried | Hinted, ...] = ()

    @property
    def hints(self) -> int:
        """How many hints are open."""
        return sum(isinstance(event, Hinted) for event in self.events)

    def and_then(self, event: Tried | Hinted) -> History:
        """The history with one more event."""
        return History((*self.events, event))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a question stands.

    Attributes:
        points: earned so far; never falls.
        best: best credit so far, 0 to 1.
        tries: tries spent.
        tries_left: tries that are left.
        worth: what a finding of full credit would add at the next try, for the share that was asked about.
    """

    points: float
    best: float
    tries: int
    tries_left: int
    worth: float


def standing(points: Sequence[float], history: History, share: float = 1.0) -> Standing:
    """Work out where a question stands. Tries beyond the list add nothing.

    Args:
        points: what full credit is worth at each try, never rising.
        history: what happened so far, in order of time.
        share: what lateness would leave of the next try's gain, 0 to 1; only `worth` depends on it.
    """
    raw = best = prices = highest = 0.0
    tries = 0
    for event in history.events:
        if isinstance(event, Hinted):
            prices += event.price * points[0]
            continue
        if tries < len(points) and event.credit > best:
            raw += (event.credit - best) * points[tries] * event.share
            best = event.credit
        tries = min(tries + 1, len(points))
        highest = max(highest, raw - prices)
    left = len(points) - tries
    gain = (1.0 - best) * points[tries] * share if left else 0.0
    return Standing(highest, best, tries, left, max(0.0, raw + gain - prices - highest) if left else 0.0)


def written(points: float) -> str:
    """Points as every page writes them: at most two decimals, no zeros at their end."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def worth_now(question: Question, history: History, share: float = 1.0) -> float:
    """What a finding of full credit would add to this question now, with what lateness leaves of it."""
    return standing(question.points, history, share).worth
