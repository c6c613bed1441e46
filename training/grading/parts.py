"""The parts of a question as an author writes them: sources, key, mistakes, accepted forms, hints."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from training.grading.keys.expression import Expression

Text = Annotated[str, Field(min_length=1, max_length=4_000)]


class Model(BaseModel):
    """Base of all models that authors write."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)


def _parsed(text: str) -> str:
    Expression.parse(text)  # raises KeyProblem, a ValueError: pydantic reports it at the field
    return text


Code = Annotated[str, Field(min_length=1, max_length=2_000), AfterValidator(_parsed)]
"""An expression of the key language, kept as text; parsed once when the question is loaded."""


class Source(Model):
    """What a citation must be, to count as proof or as corroboration.

    Attributes:
        plugin: canonical name of a plugin whose row is cited, or
        material: name of a record, log or form whose line is cited.
        shows: columns of the cited row of which one must hold the value, or one element of it; an endpoint joins two.
        where: condition over the row's columns, `value` (the finding), `key`, and earlier answers; for a material the
            columns are `text` (the line) and `number`.
        step: for a sequence: the step that such a citation shows.
    """

    plugin: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_.]{1,100}$")
    material: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_.-]{1,100}$")
    shows: tuple[str, ...] = Field(default=(), max_length=8)
    where: Code | None = None
    step: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.plugin is None) == (self.material is None):
            raise ValueError("a source names either a plugin or a material")
        if not self.shows and self.where is None:
            raise ValueError("a source needs `shows` (columns that hold the value), `where` (a condition), or both")
        if self.material is not None and self.shows:
            raise ValueError("a line of a material has no columns: use `where` with `text`")
        return self

    @property
    def name(self) -> str:
        """The plugin or the material."""
        return self.plugin or self.material or ""

    @cached_property
    def condition(self) -> Expression | None:
        """The parsed condition."""
        return Expression.parse(self.where) if self.where is not None else None


class Key(Model):
    """The right answer in two forms, each an expression that holds on every variant.

    Attributes:
        truth: over what the guest wrote down (`truth.…`), never over rows.
        rows: over plugin rows (`rows("linux.psaux")…`); may use `truth` for what the scenario drew.
        constant: only for a choice: the id of the right option, the same on every variant.
        names: only for a chain: pairs of process name and PID (`pairs(…)`), so that names may be typed.
    """

    truth: Code | None = None
    rows: Code | None = None
    constant: str | None = None
    names: Code | None = None

    @model_validator(mode="after")
    def _two_forms(self) -> Self:
        if self.constant is not None:
            if self.truth is not None or self.rows is not None:
                raise ValueError("a constant key has no other form")
            return self
        if self.truth is None or self.rows is None:
            raise ValueError("a key needs both forms: `truth` and `rows`")
        if Expression.parse(self.truth).queries:
            raise ValueError("the truth form asks plugins: then both forms rest on the same source")
        if not Expression.parse(self.rows).queries:
            raise ValueError("the rows form asks no plugin: then both forms rest on the same source")
        return self


class Mistake(Model):
    """A wrong answer that is worth an explanation. The first that matches wins; the right answer is never a mistake.

    Attributes:
        code: name of the mistake, such as M-PPID.
        when: expression for one wrong value or a list of them, or
        value: one wrong value as a person would type it, or
        choice: id of the wrong option, or
        includes: for set, chain, sequence: expression for an element, or a list, that does not belong in the answer.
        say: what the data show; never the answer.
        next: what to do next; a general sentence where it is left out.
        credit: correctness of such a finding, 0 to 1; with `includes` the type's own formula decides.
        weight: with `includes` in a set: what each such element costs, 1 being one wrong element.
    """

    code: str = Field(pattern=r"^[A-Z][A-Z0-9-]{1,30}$")
    when: Code | None = None
    value: Text | None = None
    choice: str | None = None
    includes: Code | None = None
    say: Text
    next: str = Field(default="", max_length=1_000)
    credit: float = Field(default=0.0, ge=0, lt=1)
    weight: float = Field(default=1.0, ge=1, le=100)

    @property
    def short(self) -> str:
        """The first sentence of what is said."""
        return self.say.strip().partition(". ")[0].removesuffix(".") + "."

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        if sum(test is not None for test in (self.when, self.value, self.choice, self.includes)) != 1:
            raise ValueError("a mistake has exactly one of `when`, `value`, `choice`, `includes`")
        if self.weight != 1 and self.includes is None:
            raise ValueError("`weight` belongs to `includes`")
        if self.credit and self.includes is not None:
            raise ValueError("`credit` has no meaning with `includes`: the formula of the type decides")
        return self


class Accept(Model):
    """Another form of the right answer.

    Attributes:
        when: expression for one accepted value or a list of them, or
        value: one accepted value as a person would type it.
        say: what is noted beside the credit.
        credit: correctness, 1 unless this form is worth less.
    """

    when: Code | None = None
    value: Text | None = None
    say: str = Field(default="", max_length=1_000)
    credit: float = Field(default=1.0, gt=0, le=1)

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        if (self.when is None) == (self.value is None):
            raise ValueError("an accepted form has either `when` or `value`")
        return self


class Hint(Model):
    """A hint. Its price is a share of the question's first value, shown before it is opened and charged once."""

    price: float = Field(ge=0, le=1)
    text: Text
