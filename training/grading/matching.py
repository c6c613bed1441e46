"""What a value is: right, an accepted form, a named mistake, or right in part."""

from __future__ import annotations

from dataclasses import dataclass

from training.grading.parts import Mistake
from training.grading.question import Question
from training.grading.sealed import SealedKey
from training.grading.values.base import Canon, Scalar
from training.grading.values.reading import kind_of


@dataclass(frozen=True, slots=True)
class Match:
    """What a value was found to be.

    Attributes:
        correctness: 0 to 1.
        mistake: the named mistake that matched.
        said: what the author says of an accepted form.
        elements: elements of the value; 1 where it is no collection.
        hits: elements of it that belong in the answer.
    """

    correctness: float
    mistake: Mistake | None = None
    said: str = ""
    elements: int = 1
    hits: int = 0


def match(question: Question, value: Canon, key: SealedKey) -> Match:
    """Find out what a value is. The right answer first, then accepted forms, then mistakes in the author's order.

    A mistake that names a whole value has the author's credit. One that names elements (`includes`) only explains:
    the type's own formula decides, with the weight of each such element.
    """
    kind, spec = kind_of(question.spec), question.spec
    elements = value if isinstance(value, tuple) else (value,)
    hits = kind.hits(value, key.answer, spec)
    if kind.same(value, key.answer, spec):
        return Match(1.0, elements=len(elements), hits=hits)
    for form, values in zip(question.accept, key.accept, strict=True):
        if any(kind.same(value, one, spec) for one in values):
            return Match(form.credit, said=form.say, elements=len(elements), hits=hits)
    weights: dict[Scalar, float] = {}
    found: Mistake | None = None
    for mistake, values in zip(question.mistakes, key.mistakes, strict=True):
        if mistake.includes is not None:
            inside = [one for one in values if not isinstance(one, tuple) and one in elements]
            weights |= {one: mistake.weight for one in inside if one not in weights}
            found = found or (mistake if inside else None)
        elif found is None and any(kind.same(value, one, spec) for one in values):
            return Match(mistake.credit, mistake, elements=len(elements), hits=hits)
    return Match(kind.correctness(value, key.answer, spec, weights), found, elements=len(elements), hits=hits)
