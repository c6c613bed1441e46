"""The form of the instrument's files. All mistakes of a file are reported at once, with their place."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Group = Literal["S", "P", "I", "A"]
Code = Annotated[str, Field(pattern=r"^D[1-8]\.[1-9]$")]
Module = Annotated[str, Field(pattern=r"^m[1-5]-[1-9]$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,19}$")]
QuestionId = Annotated[str, Field(pattern=r"^[SPIA][1-9][0-9]?$")]
WITH_OPTIONS = {"one", "several", "offers"}


class Strict(BaseModel):
    """Nothing that is not named, nothing changed afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Indicator(Strict):
    """An indicator: default weight, who answers, courses and modules that answer a gap."""

    code: Code
    weight: Annotated[int, Field(ge=1, le=3)]
    groups: tuple[Group, ...]
    courses: tuple[Annotated[int, Field(ge=1, le=5)], ...]
    modules: tuple[Module, ...]

    @property
    def dimension(self) -> str:
        """The dimension that it belongs to."""
        return self.code.split(".")[0]

    @model_validator(mode="after")
    def _modules_belong(self) -> Self:
        if {int(one[1]) for one in self.modules} != set(self.courses):
            msg = f"{self.code}: modules and courses don't name the same courses"
            raise ValueError(msg)
        return self


class Indicators(Strict):
    """indicators.yaml."""

    version: Annotated[str, Field(pattern=r"^[0-9]{4}\.[0-9]{1,3}$")]
    groups: tuple[Group, ...]
    courses: dict[int, Annotated[str, Field(pattern=r"^[a-z][a-z-]{1,60}$")]]
    indicators: tuple[Indicator, ...]


class Condition(Strict):
    """When a question is shown: one of three forms.

    `dimension`: the first question routes to it. `question` with `among` or `not`: one of these options was chosen, or
    none of them. `indicator` with `least`: it was rated at least so high. What is blank hides nothing.
    """

    dimension: str | None = None
    question: QuestionId | None = None
    among: tuple[str, ...] = ()
    excluded: Annotated[tuple[str, ...], Field(alias="not")] = ()
    indicator: Code | None = None
    least: Annotated[int, Field(ge=1, le=4)] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        forms = (
            self.dimension is not None,
            self.question is not None and bool(self.among) != bool(self.excluded),
            self.indicator is not None and self.least is not None,
        )
        if sum(forms) != 1:
            msg = "a condition names a dimension, a question with among or not, or an indicator with least"
            raise ValueError(msg)
        return self


class Input(Strict):
    """One thing to fill in."""

    name: Name
    kind: Literal["one", "several", "levels", "line", "text", "number", "date", "rank", "offers", "contact"]
    options: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()  # options that stand with no other
    most: Annotated[int, Field(ge=1, le=9)] | None = None
    indicators: tuple[Code, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if bool(self.options) != (self.kind in WITH_OPTIONS) or bool(self.indicators) != (self.kind == "levels"):
            msg = f"{self.name}: a {self.kind} has no such options or indicators"
            raise ValueError(msg)
        if set(self.alone) - set(self.options):
            msg = f"{self.name}: what stands alone is no option"
            raise ValueError(msg)
        return self


class Question(Strict):
    """A question: its fields, when it is shown; `needed` where the form asks for an answer."""

    id: QuestionId
    needed: bool = False
    dont_know: bool = False
    when: tuple[Condition, ...] = ()
    fields: Annotated[tuple[Input, ...], Field(min_length=1)]

    @property
    def indicators(self) -> tuple[str, ...]:
        """The indicators that are rated in it."""
        return tuple(code for one in self.fields for code in one.indicators)


class Questionnaire(Strict):
    """The questions of one group, page by page."""

    name: Name
    group: Group
    routes: dict[str, tuple[str, ...]] = {}
    pages: tuple[tuple[QuestionId, ...], ...]
    questions: tuple[Question, ...]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        ids = [one.id for one in self.questions]
        if [one for page in self.pages for one in page] != ids or len(set(ids)) != len(ids):
            msg = f"{self.name}: pages and questions don't have the same order"
            raise ValueError(msg)
        if [one.id for one in self.questions if one.needed] != ids[:1]:
            msg = f"{self.name}: the first question is needed, and no other"
            raise ValueError(msg)
        if any(one[0] != self.group for one in ids):
            msg = f"{self.name}: a question begins with another letter than its group"
            raise ValueError(msg)
        return self

    @property
    def indicators(self) -> tuple[str, ...]:
        """The indicators that are rated in it."""
        return tuple(code for one in self.questions for code in one.indicators)


class Questionnaires(Strict):
    """questionnaires.yaml."""

    version: str
    questionnaires: tuple[Questionnaire, ...]
