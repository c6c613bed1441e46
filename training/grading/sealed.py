"""What proving leaves behind: reports for authors, and sealed keys that `judge` reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from training.grading.keys.expression import Expression
from training.grading.question import Question, expressions
from training.grading.values.base import Canon


@dataclass(frozen=True, slots=True)
class Proved:
    """What proving one question came to.

    Attributes:
        id: the question.
        truth: key by its truth form, canonical; None where it has no value.
        rows: key by its rows form.
        agree: both are there and are one answer.
        mistakes: code and values of each mistake, in the author's order.
        lookalikes: code and values of each look-alike, in the author's order.
        problems: what must be solved before the key can be sealed.
        remarks: what an author may want to know.
    """

    id: str
    truth: Canon | None
    rows: Canon | None
    agree: bool
    mistakes: tuple[tuple[str, tuple[Canon, ...]], ...] = ()
    lookalikes: tuple[tuple[str, tuple[Canon, ...]], ...] = ()
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing stands in the way of grading: the key may be sealed, or the question needs none."""
        return self.agree and not self.problems


class SealedKey(BaseModel):
    """The right answer of one question on one exhibit, and what its mistakes and accepted forms came to there.

    Attributes:
        answer: canonical right answer.
        mistakes: wrong values of each mistake (elements, for `includes`), in the author's order.
        accept: values of each accepted form, in the author's order.
        lookalikes: values of each look-alike (elements, for a collection), in the author's order.
        given: facts and earlier answers that conditions on citations name, as JSON.
        names: chain: names that belong to one process, and its PID.
        shared: chain: names that belong to several processes.
        material: `Question.material` at the time of sealing.
        lost: whether the thing was gone from this image: then the right answer is that.
        void: why the question was withdrawn, where a grading version withdrew it; then every finding is wholly right.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    answer: Canon
    mistakes: tuple[tuple[Canon, ...], ...] = ()
    accept: tuple[tuple[Canon, ...], ...] = ()
    lookalikes: tuple[tuple[Canon, ...], ...] = ()
    given: dict[str, JsonValue] = Field(default_factory=dict)
    names: dict[str, int] = Field(default_factory=dict)
    shared: tuple[str, ...] = ()
    material: str
    lost: bool = Field(default=False, exclude_if=lambda gone: not gone)  # keys sealed before stay byte for byte
    void: str = ""


class Sealed(BaseModel):
    """The sealed keys of one exhibit.

    Attributes:
        keys: sealed key of each question that was proved.
        unproved: problems of each question that was not: its findings go to a marker.
        materials: `Question.material` of every question at the time of sealing.
        truth: SHA-256 of the truth that the keys were proved against.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: dict[str, SealedKey]
    unproved: dict[str, tuple[str, ...]]
    materials: dict[str, str]
    truth: str

    def stale(self, questions: Sequence[Question]) -> tuple[str, ...]:
        """Ids of questions that must be sealed anew: changed, new, or resting on one of these."""
        stale: list[str] = []
        for question in questions:
            if self.materials.get(question.id) != question.material or names_in(question) & set(stale):
                stale.append(question.id)
        return tuple(stale)


def names_in(question: Question) -> set[str]:
    """All bare names in the expressions of a question."""
    return {name for _, code, _ in expressions(question) for name in Expression.parse(code).names}
