"""What answers come to: medians, shares and texts, and nothing of a group of fewer than five."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from training.assessment.scoring.cells import quantile
from training.hosting.feedback.questions import CANT_SAY, Question

LEAST = 5
"""Answers from which something is shown, of a survey and of each question."""
GENERAL = Fraction(1, 2)
"""The share of answers from which a survey may be generalised; below, it only describes those who answered."""
AGREES = 4


@dataclass(frozen=True, slots=True)
class Item:
    """One question: how many answered it; None of the rest where they were too few.

    Attributes:
        median, q1, q3: of a scale or of numbers.
        agree: share of 4 and 5 on a scale, of yes.
        shares: by option, where several can be chosen.
        texts: in no order.
    """

    question: Question
    answers: int
    median: Fraction | None = None
    q1: Fraction | None = None
    q3: Fraction | None = None
    agree: Fraction | None = None
    shares: Mapping[str, Fraction] | None = None
    texts: tuple[str, ...] | None = None

    @property
    def shown(self) -> bool:
        """Whether enough people answered it."""
        return self.answers >= LEAST


@dataclass(frozen=True, slots=True)
class Results:
    """What a survey came to. `items` is empty where too few answered."""

    answered: int
    asked: int
    items: tuple[Item, ...]

    @property
    def rate(self) -> Fraction:
        """The share of those asked who answered."""
        return Fraction(self.answered, self.asked) if self.asked else Fraction(0)

    @property
    def general(self) -> bool:
        """Whether half of those asked or more answered."""
        return self.rate >= GENERAL


def of(questions: Sequence[Question], answers: Sequence[Mapping[str, Any]], asked: int) -> Results:
    """What answers come to. With fewer than LEAST of them nothing but how many there were."""
    known = max(asked, len(answers))
    if len(answers) < LEAST:
        return Results(len(answers), known, ())
    return Results(len(answers), known, tuple(_item(one, answers) for one in questions))


def _item(question: Question, answers: Sequence[Mapping[str, Any]]) -> Item:
    none: tuple[object, ...] = (None, "", [], CANT_SAY if question.kind == "scale" else None)
    given = [one[question.name] for one in answers if one.get(question.name) not in none]
    if len(given) < LEAST:
        return Item(question, len(given))
    return MADE[question.kind](question, given)


def _figures(question: Question, given: Sequence[Any]) -> Item:
    values = sorted(int(one) for one in given)
    median, q1, q3 = (quantile(values, Fraction(n, 4)) for n in (2, 1, 3))
    agree = Fraction(sum(one >= AGREES for one in values), len(values)) if question.kind == "scale" else None
    return Item(question, len(values), median, q1, q3, agree)


def _yes(question: Question, given: Sequence[Any]) -> Item:
    return Item(question, len(given), agree=Fraction(sum(one == "1" for one in given), len(given)))


def _many(question: Question, given: Sequence[Any]) -> Item:
    shares = {key: Fraction(sum(key in one for one in given), len(given)) for key in question.options}
    return Item(question, len(given), shares=shares)


def _texts(question: Question, given: Sequence[Any]) -> Item:
    mixed = [str(one) for one in given]
    secrets.SystemRandom().shuffle(mixed)
    return Item(question, len(mixed), texts=tuple(mixed))


MADE = {"scale": _figures, "number": _figures, "yes": _yes, "many": _many, "text": _texts}
