"""When a missed question returns, and which questions a refresher asks: pure functions of the answers.

Intervals of about 1, 7, 30 and 90 days. That they grow is a convenience: Latimier, Peyre and Ramus (2021) found spaced
retrieval better than massed, and no clear gain of growing over equal intervals.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from training.learning.competence.evidence import Answered
from training.learning.competence.showings import day_of

INTERVALS = (1, 7, 30, 90)
"""Days until a missed question returns, for each time that it was answered right in a row when it was due."""
ASKED = 10
"""Questions of a refresher."""


@dataclass(frozen=True, slots=True)
class Due:
    """A question that returns on a day; `step` says how often it was answered right since it was last missed."""

    question: str
    module: str
    day: date
    step: int


def due(answers: Iterable[Answered], zone: tzinfo) -> dict[str, Due]:
    """All questions that return at some time, by their id.

    A question that is missed returns on the next day. Answered right on its day or later, it moves on to the next
    interval, and after the last one it stays away; answered right before its day, it stays where it is, since that
    shows nothing that the first look at the feedback did not. Missed again, it begins anew.
    """
    found: dict[str, Due] = {}
    for one in sorted(answers, key=lambda each: (each.at, each.ident)):
        day, known = day_of(one.at, zone), found.get(one.question)
        if one.share < 1:
            found[one.question] = Due(one.question, one.module, day + timedelta(days=INTERVALS[0]), 0)
        elif known and day >= known.day:
            step = known.step + 1
            if step == len(INTERVALS):
                del found[one.question]
            else:
                found[one.question] = Due(one.question, one.module, day + timedelta(days=INTERVALS[step]), step)
    return found


def drawn(
    objectives: Mapping[str, Sequence[str]], missed: Iterable[str], seed: str, count: int = ASKED
) -> tuple[str, ...]:
    """The questions of a refresher, in the order in which they are asked; the same seed draws the same ones.

    Questions that were missed before come first, at most half of them where others are left; the others are taken from
    one objective after the other, so that none is left out before another is asked twice.

    Args:
        objectives: questions by objective.
        missed: questions that were ever missed; those of other objectives are left out.
        seed: any text.
        count: how many.
    """
    lots = random.Random(seed)  # noqa: S311 - a draw that must come out the same again, no secret
    known = [name for names in objectives.values() for name in names]
    before = sorted({*missed} & {*known})
    again = lots.sample(before, len(before))
    piles = [lots.sample(sorted(names), len(names)) for _, names in sorted(objectives.items())]
    lots.shuffle(piles)
    longest = max(map(len, piles), default=0)
    others = [pile[turn] for turn in range(longest) for pile in piles if turn < len(pile)]
    first = again[: count // 2]
    chosen = list(dict.fromkeys((*first, *(name for name in others if name not in again), *again)))[:count]
    return tuple(lots.sample(chosen, len(chosen)))
