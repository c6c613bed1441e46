"""The parts of a question as an author writes them: sources, key, mistakes, accepted forms, look-alikes, hints."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from training.grading.keys.expression import Expression
from training.grading.values import patterns

Text = Annotated[str, Field(min_length=1, max_length=4_000)]


class Model(BaseModel):
    """Base of all models that authors write."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)


def _parsed(text: str) -> str:
    Expression.parse(text)  # raises KeyProblem, a ValueError: pydantic reports it at the field
    return text


Code = Annotated[str, Field(min_length=1, max_length=2_000), AfterValidator(_parsed)]
"""An expression of the key language, kept as text; parsed once when the question is loaded."""


def _usable(text: str) -> str:
    patterns.check(text)  # raises BadPattern, a ValueError
    return text


Pattern = Annotated[str, Field(min_length=1, max_length=patterns.LONGEST_PATTERN), AfterValidator(_usable)]
"""A regular expression in the syntax of RE2: without references back and without looking around."""


class Source(Model):
    """What a citation must be, to count as proof or as corroboration.

    Attributes:
        plugin: canonical name of a plugin whose row is cited, or
        material: name of a record, log or form whose line is cited.
        shows: columns of the cited row of which one must hold the value, or one element of it; an endpoint joins two.
            For a material: fields of the cited line, each read as if it had been typed.
        where: condition over the row's columns, `value` (the finding), `key`, and earlier answers; for a material the
            columns are the line's fields, `text` (the line) and `number`.
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
        constant: only for a question of understanding: the right answer as a person would type it (for a choice the id
            of the option), the same on every variant.
        pattern: only for the type `pattern`: the regular expression that a right answer fits, the same on every
            variant. RE2 reads it, so that no text can make it slow.
        names: only for a chain: pairs of process name and PID (`pairs(…)`), so that names may be typed.
        same: the answer is meant to be the same on every variant, such as the kernel's release.
    """

    truth: Code | None = None
    rows: Code | None = None
    constant: str | None = None
    pattern: Pattern | None = None
    names: Code | None = None
    same: bool = False

    @model_validator(mode="after")
    def _two_forms(self) -> Self:
        if self.constant is not None or self.pattern is not None:
            forms = (self.constant, self.pattern, self.truth, self.rows)
            if sum(form is not None for form in forms) > 1:
                raise ValueError("a key that is the same everywhere (`constant`, `pattern`) has no other form")
            return self
        if self.truth is None or self.rows is None:
            raise ValueError("a key needs both forms: `truth` and `rows`")
        if Expression.parse(self.truth).queries:
            raise ValueError("the truth form asks plugins: then both forms rest on the same source")
        if not Expression.parse(self.rows).queries:
            raise ValueError("the rows form asks no plugin: then both forms rest on the same source")
        return self


class Lost(Model):
    """What is right where the thing that is asked for was gone before the image was taken; for live labs alone.

    Attributes:
        when: over the truth (`truth.…`): whether it is gone.
        share: what the finding `lost` pays of the question, where it is gone and a source is cited.
        proof: places that say so: lines of the console's record, of the acquisition record, or rows.
        say: what is said of any other finding where it is gone; never the answer. A general sentence where left out.
        there: what is said of the finding `lost` where it is there. A general sentence where it is left out.
    """

    when: Code
    share: float = Field(default=0.6, gt=0, lt=1)
    proof: tuple[Source, ...] = Field(min_length=1, max_length=10)
    say: str = Field(default="", max_length=1_000)
    there: str = Field(default="", max_length=1_000)

    @model_validator(mode="after")
    def _over_truth(self) -> Self:
        if Expression.parse(self.when).queries:
            raise ValueError("`when` asks the truth alone")
        if any(source.shows for source in self.proof):
            raise ValueError("a source of a loss shows no value: say with `where` what its line must be")
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


class Lookalike(Model):
    """Rows that look like the answer and are innocent: naming or citing one is explained, and costs what is said here.

    Attributes:
        code: its name, such as M-FPMAL.
        plugin: canonical name of the plugin whose rows are meant, together with
        where: the condition that such a row meets; the same names as in a source's `where`.
        values: expression for the values that these rows lead to: one value or a list of them; for a set, chain or
            sequence an element or a list of elements. None of them is, or belongs to, the right answer.
        say: why they are innocent; never the answer.
        cost: share of the credit that citing such a row takes, once however many of them are cited.
        weight: what each such element costs in a set, 1 being one wrong element.
    """

    code: str = Field(pattern=r"^[A-Z][A-Z0-9-]{1,30}$")
    plugin: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_.]{1,100}$")
    where: Code | None = None
    values: Code | None = None
    say: Text
    cost: float = Field(default=0.0, ge=0, le=1)
    weight: float = Field(default=1.0, ge=1, le=100)

    @cached_property
    def condition(self) -> Expression | None:
        """The parsed condition."""
        return Expression.parse(self.where) if self.where is not None else None

    @model_validator(mode="after")
    def _something_to_find(self) -> Self:
        if (self.plugin is None) != (self.where is None):
            raise ValueError("a look-alike's rows are named by `plugin` and `where` together")
        if self.where is None and self.values is None:
            raise ValueError("a look-alike needs `values`, or `plugin` and `where`, or all three")
        if self.cost and self.where is None:
            raise ValueError("`cost` is for citing a row: it needs `plugin` and `where`")
        if self.weight != 1 and self.values is None:
            raise ValueError("`weight` is for naming an element: it needs `values`")
        return self
