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

from training.grading import wellformed
from training.grading.keys.expression import Expression
from training.grading.keys.syntax import KeyProblem, Query
from training.grading.parts import Accept, Code, Hint, Key, Lookalike, Lost, Mistake, Model, Source, Text
from training.grading.rubric import COURT_VIEW, Criterion
from training.grading.values.base import Canon, Method, Spec, Unit
from training.grading.values.reading import kind_of, read
from training.grading.values.tolerance import Band, Width
from training.sentence import phrase

RESERVED = frozenset({"key", "value", "truth", "text", "number", "by"})
"""Names that mean something in an expression, so that no question may have them as its id."""

_ALWAYS = frozenset(
    {"id", "type", "element", "options", "steps", "tolerance", "method", "facts", "proof", "corroboration"}
)
"""What has always been a part of `Question.material`; all else is added where it is set, so that old seals hold."""

_SINCE = frozenset({"items", "reasons", "before", "band", "unit", "ignore_case"})
_FORMS_OF_KEY = frozenset({"truth", "rows", "constant", "names"})


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
        element, options, items, reasons, steps, before, tolerance, band, unit, method, ignore_case: what the type
            needs, see `Spec`.
        proof: sources of which one must be cited; where there is none, no citation is asked for.
        needs: how many cited rows make full support, or 'each': every element must be shown.
        corroboration: independent sources; where there is one, it is worth a quarter of the credit.
        facts: names for expressions, evaluated in order after the key; the only way for a `where` to know other rows.
        key: see there; only a written answer has none.
        lost: what is right where the thing is gone from the image; for live labs alone.
        mistakes, accept, lookalikes, hints: see there.
        by: written: who asks in court, prosecution, defence or the court.
        rubric: written: what a marker looks at; the usual one of the court view where `by` is given and this is not.
        after: explanation that is shown when the question is solved or its tries are spent; of a written one the model
            answer, which is shown when the attempt has ended.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")
    type: str
    text: Text
    short: str = Field(default="", max_length=40)
    points: Points
    expects: str = Field(default="", max_length=500)
    element: str | None = None
    options: dict[str, Text] = Field(default_factory=dict, max_length=20)
    items: dict[str, Text] = Field(default_factory=dict, max_length=20)
    reasons: dict[str, Text] = Field(default_factory=dict, max_length=20)
    steps: dict[str, Text] = Field(default_factory=dict, max_length=50)
    before: dict[str, tuple[str, ...]] = Field(default_factory=dict, max_length=50)
    tolerance: Width = 0
    band: tuple[Band, ...] = Field(default=(), max_length=10)
    unit: Unit | None = None
    method: Method = "net"
    ignore_case: bool = False
    proof: tuple[Source, ...] = Field(default=(), max_length=20)
    needs: Annotated[int, Field(ge=1, le=40)] | Literal["each"] | None = None
    corroboration: tuple[Source, ...] = Field(default=(), max_length=20)
    facts: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")], Code] = Field(
        default_factory=dict, max_length=20
    )
    key: Key | None = None
    lost: Lost | None = None
    mistakes: tuple[Mistake, ...] = Field(default=(), max_length=30)
    accept: tuple[Accept, ...] = Field(default=(), max_length=30)
    lookalikes: tuple[Lookalike, ...] = Field(default=(), max_length=30)
    hints: tuple[Hint, ...] = Field(default=(), max_length=10)
    by: Literal["prosecution", "defence", "court"] | None = None
    rubric: tuple[Criterion, ...] = Field(default=(), max_length=12)
    after: str = Field(default="", max_length=8_000)

    @cached_property
    def spec(self) -> Spec:
        """What the answer type has to know."""
        return Spec(
            type=self.type,
            element=self.element,
            options=self.options,
            items=self.items,
            reasons=self.reasons,
            steps=self.steps,
            before=self.before,
            tolerance=self.tolerance,
            band=self.band,
            unit=self.unit,
            names=self.key is not None and self.key.names is not None,
            method=self.method,
            pattern=self.key.pattern if self.key is not None else None,
            ignore_case=self.ignore_case,
        )

    @cached_property
    def fixed(self) -> Canon | None:
        """The key of a question whose answer is the same on every exhibit, canonical; a pattern is its own text."""
        if self.key is None:
            return None
        return read(self.key.constant, self.spec).canon if self.key.constant is not None else self.key.pattern

    @property
    def needed(self) -> int | Literal["each"]:
        """How many cited rows make full support; collections need every element shown unless the author says else."""
        return self.needs or ("each" if kind_of(self.spec).each else 1)

    @property
    def help(self) -> str:
        """The form that is expected, one phrase."""
        form = self.expects or kind_of(self.spec).wanted(self.spec)
        return (
            phrase("%(form)s; or the word lost, where it was gone before your image", form=form) if self.lost else form
        )

    def worded(self, understood: str) -> tuple[str, ...]:
        """A value as it was understood, in the words that the page shows: ids of steps and options as their texts.

        A sequence gives one text for each step; every other type gives one text.
        """
        match self.type:
            case "choice":
                return (self.options.get(understood, understood),)
            case "choices":
                return ("; ".join(self.options.get(one, one) for one in understood.split(", ")),)
            case "matching":
                return ("; ".join(self._pair(one) for one in understood.split(", ")),)
            case "statement":
                truth, _, reason = understood.partition(": ")
                words = self.reasons.get(reason, reason)
                said = {
                    "true": phrase("true: %(reason)s", reason=words),
                    "false": phrase("false: %(reason)s", reason=words),
                }
                return (said.get(truth, f"{truth}: {words}"),)
            case "sequence":
                return tuple(self.steps.get(step, step) for step in understood.split(" > "))
        return (understood,)

    def _pair(self, pair: str) -> str:
        left, _, right = pair.partition("=")
        return f"{self.items.get(left, left)} = {self.options.get(right, right)}"

    def mistake(self, code: str) -> Mistake | None:
        """The mistake of this name."""
        return next((one for one in self.mistakes if one.code == code), None)

    @cached_property
    def material(self) -> str:
        """SHA-256 over all that decides the key: a seal that was made from something else is stale."""
        parts = [self._dumped()]
        parts += [item.model_dump_json(exclude={"say", "next", "credit", "weight"}) for item in self.mistakes]
        parts.append("-")
        parts += [item.model_dump_json(exclude={"say", "credit"}) for item in self.accept]
        if self.lookalikes:
            parts.append("-")
            parts += [item.model_dump_json(exclude={"say", "cost", "weight"}) for item in self.lookalikes]
        if self.lost is not None:
            parts += ["-", self.lost.model_dump_json(include={"when", "proof"})]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _dumped(self) -> str:
        """The fields that decide the key, in the form that they had before there were others."""
        forms = set(_FORMS_OF_KEY) | ({"pattern"} if self.key is not None and self.key.pattern is not None else set())
        wanted: dict[str, bool | set[str]] = {**dict.fromkeys(_ALWAYS, True), "key": forms}
        fields = type(self).model_fields
        wanted |= {
            name: True for name in _SINCE if getattr(self, name) != fields[name].get_default(call_default_factory=True)
        }
        return self.model_dump_json(include=wanted)

    @model_validator(mode="before")
    @classmethod
    def _by_the_usual_rubric(cls, data: object) -> object:
        """The court view is marked by one rubric in all labs, which authors need not repeat."""
        if isinstance(data, dict) and data.get("by") and "rubric" not in data:
            return {**data, "rubric": (COURT_VIEW,)}
        return data

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if troubles := list(self._troubles()):
            raise ValueError("; ".join(troubles))
        return self

    def _troubles(self) -> Iterable[str]:
        """What is wrong between the fields, all of it."""
        if self.id in RESERVED:
            yield f"`{self.id}` means something in expressions: name the question otherwise"
        yield from wellformed.troubles(self)


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
    found: list[tuple[str, str | None, tuple[str, ...]]] = []
    if key is not None:
        found += [(f"key.{form}", getattr(key, form), ("truth",)) for form in ("truth", "rows", "names")]
    if question.lost is not None:
        found.append(("lost.when", question.lost.when, ("truth",)))
        found += [
            (f"lost.proof {index} where", one.where, ("value", "key"))
            for index, one in enumerate(question.lost.proof, 1)
        ]
    for index, mistake in enumerate(question.mistakes, 1):
        found.append((f"mistakes {index} when", mistake.when, ("truth", "key")))
        found.append((f"mistakes {index} includes", mistake.includes, ("truth", "key")))
    found += [(f"accept {index} when", form.when, ("truth", "key")) for index, form in enumerate(question.accept, 1)]
    for index, alike in enumerate(question.lookalikes, 1):
        found.append((f"lookalikes {index} values", alike.values, ("truth", "key")))
        found.append((f"lookalikes {index} where", alike.where, ("value", "key")))
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
    """The runs that keys, mistakes and accepted forms need: what `prove` and `seal` must be given, beside the lines of
    what was handed over.
    """
    return frozenset(
        query
        for question in questions
        for _, code, _ in expressions(question)
        for query in Expression.parse(code).queries
        if not query.material
    )


def sources(questions: Iterable[Question]) -> frozenset[Query]:
    """The plain runs that trainees may cite. Given to `prove`, it also checks that the proof can be found there.

    A plugin that the keys ask with options is left to them: some have no plain run.
    """
    questions = tuple(questions)
    asked = {query.plugin for query in queries(questions) if query.options}
    named = (
        one.plugin
        for question in questions
        for several in (
            *(question.proof, question.corroboration, question.lookalikes),
            question.lost.proof if question.lost else (),
        )
        for one in several
    )
    return frozenset(Query(plugin) for plugin in named if plugin is not None and plugin not in asked)
