"""Rubrics: what a marker looks at, the levels of each criterion, and the credit that chosen levels make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from training.grading.parts import Model, Text
from training.sentence import phrase

Levels = Mapping[str, int]
"""Chosen levels: name of the criterion to the number of its level, 0 for the worst."""


class Criterion(Model):
    """One criterion of a rubric.

    Attributes:
        id: its name.
        text: what is looked at.
        levels: what each level means, from the worst (0) to the best.
        weight: its share of the credit, relative to the other criteria.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")
    text: Text
    levels: Annotated[tuple[Text, ...], Field(min_length=2, max_length=10)]
    weight: float = Field(default=1.0, gt=0, le=100)

    @property
    def best(self) -> int:
        """Number of the best level."""
        return len(self.levels) - 1


CORRECTNESS = Criterion(
    id="correctness",
    text="How right is the finding?",
    levels=("0: wrong", "¼: a small part is right", "½: half of it is right", "¾: right but for a detail", "1: right"),
)
"""What a marker judges where a question has no rubric, since its key could not be proved: quarters of correctness."""

COURT_VIEW = Criterion(
    id="court",
    text="Claim tied to rows, limits stated, alternative named",
    levels=(
        "wrong, or not supported by the rows",
        "correct, but overstated",
        "correct, one of the three is missing",
        "correct: the claim is tied to rows, its limits are stated, an alternative is named",
    ),
)
"""What a marker looks at where somebody in court asks and the author gives no rubric."""


class WrongLevels(ValueError):
    """Levels that a rubric does not have, or a rubric that a page can't show."""


@dataclass(frozen=True, slots=True)
class Line:
    """A criterion with what was chosen for it: `level` is None where nothing was, `text` then is empty."""

    criterion: Criterion
    level: int | None

    @property
    def text(self) -> str:
        """What the chosen level means."""
        return "" if self.level is None else self.criterion.levels[self.level]


def checked(criteria: Sequence[Criterion], levels: Levels) -> dict[str, int]:
    """Levels as they are kept, in the rubric's order; some may be missing.

    Raises:
        WrongLevels: a criterion or a level that the rubric does not have, or two criteria of one name.
    """
    known = {criterion.id: criterion for criterion in criteria}
    if len(known) < len(criteria):
        raise WrongLevels(phrase("Two criteria of the rubric have the same name."))
    if strange := [name for name in levels if name not in known]:
        raise WrongLevels(phrase("The rubric has no criterion '%(name)s'.", name=strange[0][:40]))
    for name, level in levels.items():
        if isinstance(level, bool) or not 0 <= level <= known[name].best:
            raise WrongLevels(
                phrase(
                    "'%(criterion)s' has levels 0 to %(best)s, not %(level)s.",
                    criterion=known[name].text,
                    best=str(known[name].best),
                    level=str(level),
                )
            )
    return {name: levels[name] for name in known if name in levels}


def missing(criteria: Sequence[Criterion], levels: Levels) -> tuple[Criterion, ...]:
    """The criteria for which nothing is chosen yet."""
    return tuple(criterion for criterion in criteria if criterion.id not in levels)


def lines(criteria: Sequence[Criterion], levels: Levels) -> tuple[Line, ...]:
    """What a page shows: every criterion with its chosen level."""
    return tuple(Line(criterion, levels.get(criterion.id)) for criterion in criteria)


def score(criteria: Sequence[Criterion], levels: Levels) -> float:
    """Credit of a marked piece, 0 to 1: the weighted share of the best levels.

    Level 2 of 0 to 3 is two thirds of its criterion; the weights say how much each criterion counts beside the others.

    Raises:
        WrongLevels: a level is missing, or the rubric does not have it.
    """
    given = checked(criteria, levels)
    if not criteria or missing(criteria, given):
        raise WrongLevels(phrase("Every criterion needs a level."))
    whole = sum(criterion.weight for criterion in criteria)
    reached = sum(criterion.weight * (given[criterion.id] / criterion.best) for criterion in criteria)
    return min(1.0, reached / whole)
