"""Amendments: how a grading version differs from the release that it grades. Pure; who may amend is not decided here.

A list of amendments is applied in its order; amending what is amended already changes nothing. Questions and sealed
keys are changed together, so that a key never goes stale by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from training.grading.judge import understand
from training.grading.parts import Accept as Form
from training.grading.question import Points, Question
from training.grading.sealed import SealedKey
from training.grading.values.base import Canon, Unreadable
from training.grading.values.reading import kind_of, read
from training.sentence import phrase

MOST_AMENDMENTS = 200
"""Amendments that one list may hold."""

Name = Annotated[str, Field(min_length=1, max_length=40)]
Reason = Annotated[str, Field(min_length=1, max_length=1_000)]
Keys = Mapping[str, SealedKey]


class Unamendable(ValueError):
    """An amendment that can't be applied: one sentence that names the question.

    Attributes:
        question: id of the question.
    """

    def __init__(self, question: str, why: str) -> None:
        super().__init__(why)
        self.question = question


class _Amendment(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Accept(_Amendment):
    """A value becomes an accepted form, ahead of the author's own forms and of all mistakes.

    Attributes:
        question: id of the question.
        value: as a person would type it.
        credit: correctness of a finding with this value.
        say: what is noted beside the credit.
    """

    do: Literal["accept"] = "accept"
    question: Name
    value: str = Field(min_length=1, max_length=2_000)
    credit: float = Field(default=1.0, gt=0, le=1)
    say: str = Field(default="", max_length=1_000)


class Void(_Amendment):
    """A question is withdrawn: every finding on it, judged or not, earns full credit.

    Attributes:
        question: id of the question.
        reason: what is shown with it.
    """

    do: Literal["void"] = "void"
    question: Name
    reason: Reason


class Rules(_Amendment):
    """Questions and seals are those of another release of the lab; what stands before it counts no more.

    Attributes:
        release: SHA-256 of that release, hexadecimal.
    """

    do: Literal["rules"] = "rules"
    release: str = Field(pattern=r"^[0-9a-f]{64}$")


class Worth(_Amendment):
    """A question is worth something else. A list of another length also changes how many tries count.

    Attributes:
        question: id of the question.
        points: what full credit is worth at each try, never rising.
    """

    do: Literal["worth"] = "worth"
    question: Name
    points: Points


Amendment = Annotated[Accept | Void | Rules | Worth, Field(discriminator="do")]
AMENDMENTS: TypeAdapter[tuple[Amendment, ...]] = TypeAdapter(
    Annotated[tuple[Amendment, ...], Field(max_length=MOST_AMENDMENTS)]
)
"""Reads and writes a list of amendments: `validate_python`, `dump_python(…, mode="json")`."""


def release_of(amendments: Sequence[Amendment]) -> str | None:
    """SHA-256 of the release whose questions and seals are amended, the last that is named; None: the attempt's own."""
    return next((one.release for one in reversed(amendments) if isinstance(one, Rules)), None)


def amended(
    questions: Sequence[Question], keys: Keys, amendments: Sequence[Amendment]
) -> tuple[tuple[Question, ...], dict[str, SealedKey]]:
    """Questions and sealed keys of a grading version.

    Args:
        questions: of the release that `release_of` names, else of the attempt's own.
        keys: sealed keys of the same release for one exhibit, by id of the question.
        amendments: in their order; those up to the last `Rules` count no more.

    Returns:
        All questions in their order, and the keys. Each key fits its question.

    Raises:
        Unamendable: there is no such question, the value can't be read, or the question has no such part.
    """
    changed = {question.id: question for question in questions}
    sealed = dict(keys)
    last = max((place for place, one in enumerate(amendments, 1) if isinstance(one, Rules)), default=0)
    for amendment in (one for one in amendments[last:] if not isinstance(one, Rules)):
        question = changed.get(amendment.question)
        if question is None:
            there = ", ".join(changed)
            why = phrase("There is no question %(id)s; there are: %(known)s.", id=amendment.question, known=there)
            raise Unamendable(amendment.question, why)
        new, key = _applied(amendment, question, sealed.get(question.id))
        changed[question.id] = new
        if key is not None:
            sealed[question.id] = key
    return tuple(changed.values()), sealed


def _applied(
    amendment: Accept | Void | Worth, question: Question, key: SealedKey | None
) -> tuple[Question, SealedKey | None]:
    if isinstance(amendment, Accept):
        return _accepting(amendment, question, key)
    if isinstance(amendment, Void):
        bare = SealedKey(answer="", material=question.material)
        return question, (key or bare).model_copy(update={"void": amendment.reason})
    return _changed(question, points=amendment.points), key


def _accepting(amendment: Accept, question: Question, key: SealedKey | None) -> tuple[Question, SealedKey | None]:
    """The form goes to the front; an amendment that gave the same value before is replaced."""
    if question.key is None:
        why = phrase("Question %(id)s is free text: a marker decides, no value is accepted.", id=question.id)
        raise Unamendable(question.id, why)
    spec, kind = question.spec, kind_of(question.spec)
    try:
        value = read(amendment.value, spec).canon
    except Unreadable as unreadable:
        why = phrase("The value for %(id)s can't be read: %(why)s", id=question.id, why=unreadable.why)
        raise Unamendable(question.id, why) from unreadable
    kept = [
        index
        for index, form in enumerate(question.accept)
        if form.value is None or not kind.same(read(form.value, spec).canon, value, spec)
    ]
    form = Form(value=amendment.value, say=amendment.say, credit=amendment.credit)
    new = _changed(question, accept=[form, *(question.accept[index] for index in kept)])
    if key is None or key.void:
        return new, key and key.model_copy(update={"material": new.material})
    forms = (_on_exhibit(question, amendment.value, key), *(key.accept[index] for index in kept))
    return new, key.model_copy(update={"accept": forms, "material": new.material})


def _on_exhibit(question: Question, text: str, key: SealedKey) -> tuple[Canon, ...]:
    """The value that a text stands for on one exhibit; none where it names a process that is not there."""
    try:
        return (understand(question, text, key).canon,)
    except Unreadable:
        return ()


def _changed(question: Question, **fields: Any) -> Question:
    """The question with other fields, validated anew: `model_copy` would keep what was worked out from the old ones."""
    try:
        return Question.model_validate({**{name: getattr(question, name) for name in Question.model_fields}, **fields})
    except ValidationError as trouble:
        first = trouble.errors()[0]["msg"].removeprefix("Value error, ")
        why = phrase("Question %(id)s can't be changed so: %(why)s.", id=question.id, why=first)
        raise Unamendable(question.id, why) from trouble
