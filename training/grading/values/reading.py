"""The way in: read what a person typed."""

from __future__ import annotations

from training.grading.values import (  # noqa: F401 - each registers its types
    amounts,
    choices,
    digests,
    groups,
    network,
    numbers,
    paths,
    sets,
    texts,
    times,
)
from training.grading.values.base import (
    REGISTRY,
    AnswerType,
    Spec,
    Unreadable,
    Value,
    marks,
    readable,
    without_controls,
)


def read(text: str, spec: Spec) -> Value:
    """Read a typed answer.

    Args:
        text: what was typed; any text at all.
        spec: what the question's answer type has to know (`Question.spec`).

    Raises:
        Unreadable: with the reason, the expected form and an example. Nothing else is ever raised for a text.
    """
    kind = kind_of(spec)
    try:
        canon, notes = kind.read(without_controls(readable(text, kind.longest)), spec)
    except Unreadable as unreadable:
        unreadable.expected = unreadable.expected or kind.expected
        unreadable.example = unreadable.example or kind.example
        raise
    written = kind.write(canon, spec)
    return Value(kind.name, canon, written, (*notes, *marks(text, written)))


def kind_of(spec: Spec) -> AnswerType:
    """The answer type of a specification."""
    return REGISTRY[spec.type]


def names() -> tuple[str, ...]:
    """Names of all answer types, in order of the alphabet."""
    return tuple(sorted(REGISTRY))
