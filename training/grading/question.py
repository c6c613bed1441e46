"""A question as an author writes it in `lab.yaml`: what is asked, its proof, its key, its mistakes, its worth.

`Questions` is the type of a whole list; a lab's model uses it as a field, and every error comes with its place.
docs/grading.md explains each field with worked examples.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from training.grading.keys.expression import Expression
from training.grading.keys.syntax import KeyProblem, Query
from training.grading.parts import Accept, Code, Hint, Key, Mistake, Model, Source, Text
from training.grading.values.base import Spec, Unreadable
from training.grading.values.reading import kind_of, names, read

RESERVED = frozenset({"key", "value", "truth", "text", "number", "by"})
"""Names that mean something in an expression, so that no question may have them as its id."""

_ELEMENTS = ("pid", "count", "path", "string", "timestamp", "endpoint")
_SMALLEST_CHOICE = 2


def _falling(points: tuple[float, ...]) -> tuple[float, ...]:
    if any(later > earlier for earlier, later in pairwise(points)):
        raise ValueError("the points of later tries never rise")
    return points


def _listed(points: object) -> object:
    return [points] if isinstance(points, int | float) and not isinstance(points, bool) else points


Points = Annotated[
    tuple[Annotated[float, Field(ge=0, le=1_000)], ...],
    Field(min_length=1, max_length=20),
    BeforeValidator(_listed),
    AfterValidator(_falling),
]


class Question(Model):
    """One question of a lab. See docs/grading.md for every field.

    Attributes:
        id: how expressions and pages name it; lower case, such as q1.
        type: answer type, see `values`.
        text: what is asked.
        short: the same in a few words, for the list of questions; never the answer.
        points: what a right answer is worth at each try; never rising; its length is the number of tries.
        expects: help beside the field; the type's own where it is left out.
        element, options, steps, tolerance, method: what the type needs, see `Spec`.
        proof: sources of which one must be cited; where there is none, no citation is asked for.
        needs: how many cited rows make full support, or 'each': every element must be shown.
        corroboration: independent sources; where there is one, it is worth a quarter of the credit.
        facts: names for expressions, evaluated in order after the key; the only way for a `where` to know other rows.
        key, mistakes, accept, hints: see there.
        after: explanation that is shown when the question is solved or its tries are spent.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")
    type: str
    text: Text
    short: str = Field(default="", max_length=40)
    points: Points
    expects: str = Field(default="", max_length=500)
    element: str | None = None
    options: dict[str, Text] = Field(default_factory=dict, max_length=20)
    steps: dict[str, Text] = Field(default_factory=dict, max_length=50)
    tolerance: int = Field(default=0, ge=0, le=86_400)
    method: Literal["net", "all"] = "net"
    proof: tuple[Source, ...] = Field(default=(), max_length=20)
    needs: Annotated[int, Field(ge=1, le=40)] | Literal["each"] | None = None
    corroboration: tuple[Source, ...] = Field(default=(), max_length=20)
    facts: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")], Code] = Field(
        default_factory=dict, max_length=20
    )
    key: Key
    mistakes: tuple[Mistake, ...] = Field(default=(), max_length=30)
    accept: tuple[Accept, ...] = Field(default=(), max_length=30)
    hints: tuple[Hint, ...] = Field(default=(), max_length=10)
    after: str = Field(default="", max_length=8_000)

    @cached_property
    def spec(self) -> Spec:
        """What the answer type has to know."""
        return Spec(
            type=self.type,
            element=self.element,
            options=self.options,
            steps=self.steps,
            tolerance=self.tolerance,
            names=self.key.names is not None,
            method=self.method,
        )

    @property
    def needed(self) -> int | Literal["each"]:
        """How many cited rows make full support; collections need every element shown unless the author says else."""
        return self.needs or ("each" if kind_of(self.spec).many else 1)

    @property
    def help(self) -> str:
        """The form that is expected, one phrase."""
        return self.expects or kind_of(self.spec).expected

    def worded(self, understood: str) -> tuple[str, ...]:
        """A value as it was understood, in the words that the page shows: ids of steps and options as their texts."""
        if self.type == "choice":
            return (self.options.get(understood, understood),)
        if self.type != "sequence":
            return (understood,)
        return tuple(self.steps.get(step, step) for step in understood.split(" > "))

    def mistake(self, code: str) -> Mistake | None:
        """The mistake of this name."""
        return next((one for one in self.mistakes if one.code == code), None)

    @cached_property
    def material(self) -> str:
        """SHA-256 over all that decides the key: a seal that was made from something else is stale."""
        parts = self.model_dump_json(
            include={
                "id",
                "type",
                "element",
                "options",
                "steps",
                "tolerance",
                "method",
                "facts",
                "key",
                "proof",
                "corroboration",
            }
        )
        tests = [item.model_dump_json(exclude={"say", "next", "credit", "weight"}) for item in self.mistakes]
        forms = [item.model_dump_json(exclude={"say", "credit"}) for item in self.accept]
        return hashlib.sha256("\n".join([parts, *tests, "-", *forms]).encode()).hexdigest()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if troubles := list(self._troubles()):
            raise ValueError("; ".join(troubles))
        return self

    def _troubles(self) -> Iterable[str]:
        """What is wrong between the fields, all of it."""
        if self.id in RESERVED:
            yield f"`{self.id}` means something in expressions: name the question otherwise"
        if self.type not in names():
            yield f"no answer type is named '{self.type}'; there are {', '.join(names())}"
            return
        if (self.type == "set") != (self.element is not None):
            yield "a set, and nothing else, has an `element` type"
        if self.element is not None and self.element not in _ELEMENTS:
            yield f"elements of a set are one of {', '.join(_ELEMENTS)}"
            return
        if (self.type == "choice") != (len(self.options) >= _SMALLEST_CHOICE):
            yield "a choice, and nothing else, has two `options` or more"
        if (self.type == "sequence") != (len(self.steps) >= _SMALLEST_CHOICE):
            yield "a sequence, and nothing else, has two `steps` or more"
        if self.tolerance and "timestamp" not in {self.type, self.element}:
            yield "`tolerance` belongs to times"
        if self.corroboration and not self.proof:
            yield "corroboration is a second source: a question with it has `proof`"
        if self.needs == "each" and not kind_of(self.spec).many:
            yield "`needs: each` belongs to set, chain and sequence"
        yield from self._troubles_of_sources()
        yield from self._troubles_of_values()

    def _troubles_of_sources(self) -> Iterable[str]:
        for source in (*self.proof, *self.corroboration):
            if source.step is not None and source.step not in self.steps:
                yield f"the source {source.name} shows step '{source.step}', which the question has not"
            if self.type == "endpoint" and len(source.shows) == 1:
                yield f"the source {source.name} shows one column: an endpoint needs two, address and port"
            if self.needed == "each" and source in self.proof and not source.shows and source.step is None:
                what = "the `step`" if self.type == "sequence" else "the columns"
                yield f"each element must be shown: {source.name} names {what} that shows one, or `needs` is a number"

    def _troubles_of_values(self) -> Iterable[str]:
        many = kind_of(self.spec).many
        if self.key.constant is not None and (self.type != "choice" or self.key.constant not in self.options):
            yield "a constant key is the id of an option of a choice"
        if self.key.names is not None and self.type != "chain":
            yield "`names` belongs to a chain"
        for mistake in self.mistakes:
            if mistake.choice is not None and (mistake.choice not in self.options or self.type != "choice"):
                yield f"{mistake.code}: '{mistake.choice}' is no option of this question"
            if mistake.choice is not None and mistake.choice == self.key.constant:
                yield f"{mistake.code}: '{mistake.choice}' is the right option"
            if mistake.includes is not None and not many:
                yield f"{mistake.code}: `includes` belongs to set, chain and sequence"
        typed_values = [mistake.value for mistake in self.mistakes] + [form.value for form in self.accept]
        for typed in typed_values:
            if typed is None:
                continue
            try:
                read(typed, self.spec)
            except Unreadable as trouble:
                yield f"the value '{typed[:60]}' can't be read: {trouble}"


def _set_of_questions(questions: tuple[Question, ...]) -> tuple[Question, ...]:
    """Ids are unique, and expressions name only what they may: earlier questions, `key` where there is one."""
    earlier: list[str] = []
    troubles: list[str] = []
    for question in questions:
        if question.id in earlier:
            troubles.append(f"two questions are named '{question.id}'")
        taken = {*RESERVED, *earlier, question.id} & set(question.facts)
        troubles += [f"{question.id}, facts: '{name}' already means something" for name in sorted(taken)]
        for place, code, known in expressions(question):
            expression, row = Expression.parse(code), place.endswith("where")
            try:
                expression.check({*known, *earlier}, row=row)
            except KeyProblem as problem:
                troubles.append(f"{question.id}, {place}: {problem}")
            if row and expression.queries:
                troubles.append(
                    f"{question.id}, {place}: a condition on a citation can't ask for other rows; use `facts`"
                )
        earlier.append(question.id)
    if troubles:
        raise ValueError("; ".join(troubles))
    return questions


Questions = Annotated[tuple[Question, ...], AfterValidator(_set_of_questions)]
"""All questions of a lab, in order. Use it as the type of a model's field, or `TypeAdapter(Questions)`."""


def expressions(question: Question) -> list[tuple[str, str, tuple[str, ...]]]:
    """Every expression of a question: its place, its text, the names that it may use beside earlier questions."""
    key = question.key
    found: list[tuple[str, str | None, tuple[str, ...]]] = [
        ("key.truth", key.truth, ("truth",)),
        ("key.rows", key.rows, ("truth",)),
        ("key.names", key.names, ("truth",)),
    ]
    for index, mistake in enumerate(question.mistakes, 1):
        found.append((f"mistakes {index} when", mistake.when, ("truth", "key")))
        found.append((f"mistakes {index} includes", mistake.includes, ("truth", "key")))
    found += [(f"accept {index} when", form.when, ("truth", "key")) for index, form in enumerate(question.accept, 1)]
    for name in ("proof", "corroboration"):
        sources: tuple[Source, ...] = getattr(question, name)
        found += [(f"{name} {index} where", one.where, ("value", "key")) for index, one in enumerate(sources, 1)]
    facts = tuple(question.facts)
    found = [(place, code, (*known, *facts) if "key" in known else known) for place, code, known in found]
    found += [
        (f"facts {name}", code, ("truth", "key", *facts[:index]))
        for index, (name, code) in enumerate(question.facts.items())
    ]
    return [(place, code, known) for place, code, known in found if code is not None]


def queries(questions: Iterable[Question]) -> frozenset[Query]:
    """The runs that keys, mistakes and accepted forms need: what `prove` and `seal` must be given."""
    return frozenset(
        query
        for question in questions
        for _, code, _ in expressions(question)
        for query in Expression.parse(code).queries
    )


def sources(questions: Iterable[Question]) -> frozenset[Query]:
    """The plain runs that trainees may cite. Given to `prove`, it also checks that the proof can be found there."""
    return frozenset(
        Query(source.plugin)
        for question in questions
        for source in (*question.proof, *question.corroboration)
        if source.plugin is not None
    )
