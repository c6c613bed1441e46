"""What a value is: right, an accepted form, a named mistake, a look-alike, or right in part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.grading.parts import Lookalike, Mistake
from training.grading.question import Question
from training.grading.sealed import SealedKey
from training.grading.values.base import Canon, Scalar, Spec
from training.grading.values.reading import kind_of

WHOLE = 1.0 - 1e-9
"""From here on a share counts as all of it: sums of floats seldom meet 1 exactly."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a value was found to be.

    Attributes:
        correctness: 0 to 1.
        mistake: the named mistake that matched.
        lookalikes: look-alikes whose values the finding names, in the author's order.
        accepted: it is an accepted form.
        said: what the author says of that form.
        elements: elements of the value; 1 where it is no collection.
        hits: elements of it that belong in the answer.
    """

    correctness: float
    mistake: Mistake | None = None
    lookalikes: tuple[Lookalike, ...] = ()
    accepted: bool = False
    said: str = ""
    elements: int = 1
    hits: int = 0


def match(question: Question, value: Canon, key: SealedKey) -> Match:
    """Find out what a value is. The right answer first, then accepted forms, then mistakes in the author's order.

    A mistake that names a whole value has the author's credit. One that names elements (`includes`) only explains, and
    so does a look-alike: the type's own formula decides, with the weight of each such element; where several name one
    element, the heaviest weight counts.
    """
    kind, spec = kind_of(question.spec), question.spec
    elements = len(value) if isinstance(value, tuple) else 1
    hits = kind.hits(value, key.answer, spec)
    if kind.same(value, key.answer, spec):
        return Match(1.0, elements=elements, hits=hits)
    for form, values in zip(question.accept, key.accept, strict=True):
        if _among(value, values, spec):
            return Match(form.credit, accepted=True, said=form.say, elements=elements, hits=hits)
    weights: dict[Scalar, float] = {}
    alike = _lookalikes(question, value, key, weights)
    found: Mistake | None = None
    for mistake, values in zip(question.mistakes, key.mistakes, strict=True):
        if mistake.includes is not None:
            named = _weigh(value, values, mistake.weight, weights)  # also where another is named already: each weighs
            found = mistake if named and found is None else found
        elif found is None and _among(value, values, spec):
            return Match(mistake.credit, mistake, alike, elements=elements, hits=hits)
    return Match(kind.correctness(value, key.answer, spec, weights), found, alike, elements=elements, hits=hits)


def _among(value: Canon, values: Sequence[Canon], spec: Spec) -> bool:
    """Whether a value is one of these. Collections of another size are never the same, and are not compared."""
    kind = kind_of(spec)
    if kind.many and isinstance(value, tuple):
        values = [one for one in values if isinstance(one, tuple) and len(one) == len(value)]
    return any(kind.same(value, one, spec) for one in values)


def _lookalikes(
    question: Question, value: Canon, key: SealedKey, weights: dict[Scalar, float]
) -> tuple[Lookalike, ...]:
    """The look-alikes that a value names; the weights of named elements are noted."""
    many = kind_of(question.spec).many
    found: list[Lookalike] = []
    for lookalike, values in zip(question.lookalikes, key.lookalikes, strict=True):
        if _weigh(value, values, lookalike.weight, weights) if many else _among(value, values, question.spec):
            found.append(lookalike)
    return tuple(found)


def _weigh(value: Canon, wrong: tuple[Canon, ...], weight: float, weights: dict[Scalar, float]) -> bool:
    """Note what the wrong elements of a value weigh. Returns whether it has any of them."""
    elements = frozenset(value) if isinstance(value, tuple) else {value}
    inside = [one for one in wrong if not isinstance(one, tuple) and one in elements]
    for one in inside:
        weights[one] = max(weight, weights.get(one, 1.0))
    return bool(inside)
