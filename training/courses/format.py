"""What stands in the files of a course. docs/authoring.md explains each field to authors."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

FOLDER = r"^[0-9]{2}-[a-z0-9][a-z0-9-]{0,70}$"
Sentence = Annotated[str, Field(min_length=1, max_length=1_000)]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Role = Literal["first-responder", "investigator", "examiner", "prosecutor", "judge"]
Level = Literal["introductory", "intermediate", "advanced"]
Licence = Literal["VSL-1.0", "CC-BY-4.0"]
Mark = Literal["V1", "V2", "V3"]
"""How a fact was checked: primary source read; two independent secondary sources; one good secondary source."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CourseFile(_Model):
    """`course.yaml`. `minutes` is a typical time for all of it, `review` the day of the next review."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,79}$")
    title: Sentence
    summary: Sentence
    level: Level
    roles: tuple[Role, ...] = Field(min_length=1)
    language: Literal["en", "fr", "ar"]
    minutes: int = Field(ge=5, le=10_000)
    licence: Licence
    authors: tuple[Sentence, ...] = Field(min_length=1)
    review: date
    modules: tuple[Annotated[str, Field(pattern=FOLDER)], ...] = Field(min_length=1, max_length=60)


class Objective(_Model):
    """What somebody can do after the module, and the competencies K1 to K16 that it feeds."""

    id: Annotated[str, Field(pattern=r"^o[1-9][0-9]?$")]
    text: Sentence
    bloom: Literal["remember", "understand", "apply", "analyse", "evaluate", "create"]
    feeds: tuple[Annotated[str, Field(pattern=r"^K(?:[1-9]|1[0-6])$")], ...] = Field(min_length=1)


class Reference(_Model):
    """A source by name, how its facts were checked and when."""

    text: Sentence
    mark: Mark
    as_of: date


class ModuleFile(_Model):
    """The front matter of a module's `index.md`. `changes` says what the last review changed, 'none' where nothing."""

    id: str = Field(pattern=r"^m[1-9][0-9]?-[1-9][0-9]?$")
    title: Sentence
    level: Level
    roles: tuple[Role, ...] = Field(min_length=1)
    minutes: int = Field(ge=5, le=600)
    review: date
    licence: Licence
    objectives: tuple[Objective, ...] = Field(min_length=1, max_length=8)
    sources: tuple[Reference, ...] = Field(min_length=1)
    labs: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,79}$")], ...] = ()
    changes: Sentence = "none"


class Option(_Model):
    """One option of a question, or one item to put into order."""

    id: Id
    text: Sentence


class QuestionBlock(_Model):
    """A fenced block `quiz`: `options` for choice and multiple, `items` for order, neither for number and short."""

    id: str = Field(pattern=r"^m[1-9][0-9]?-[1-9][0-9]?-q[1-9][0-9]?$")
    objective: str
    type: Literal["choice", "multiple", "order", "number", "short"]
    stem: Sentence
    options: tuple[Option, ...] = Field(default=(), max_length=10)
    items: tuple[Option, ...] = Field(default=(), max_length=10)


class Key(_Model):
    """The key of a question, from `keys.yaml`, which no page shows.

    `answer` is the id of an option, a list of ids, a number or a text; `tolerance` is how far a number may be off;
    `accept` lists other texts that are as good; `feedback` says for each wrong option what is wrong with it.
    """

    answer: int | float | str | tuple[str, ...]
    tolerance: float = Field(default=0, ge=0)
    accept: tuple[Sentence, ...] = ()
    mark: Mark
    source: Sentence
    explanation: Sentence
    feedback: Mapping[str, Sentence] = Field(default_factory=dict)


class Keys(RootModel[dict[str, Key]]):
    """`keys.yaml`: all keys of a course by the id of their question."""


class OutputBlock(_Model):
    """A fenced block `output`: rows of a plugin, generated from a real exhibit.

    `plugin` is a command as in a lab (`linux.pslist --pid 4`), `where` a condition of the key language over one row,
    `limit` the most rows that are shown.
    """

    plugin: Annotated[str, Field(min_length=1, max_length=500)]
    exhibit: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")]
    columns: tuple[Annotated[str, Field(min_length=1, max_length=80)], ...] = Field(min_length=1, max_length=12)
    where: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    limit: int = Field(default=10, ge=1, le=50)
    caption: Sentence
