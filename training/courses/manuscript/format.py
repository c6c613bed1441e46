"""What stands in the files of a course. docs/authoring.md explains each field to authors."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    StrictBool,
    StrictStr,
    Tag,
)


def _shaped(pattern: str, said: str) -> AfterValidator:
    """Refuses a text that hasn't a form, and says which form is expected."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"'{text[:60]}' is not {said}")
        return text

    return AfterValidator(check)


Folder = Annotated[str, _shaped(r"[0-9]{2}-[a-z0-9][a-z0-9-]{0,70}", "the folder of a module, such as 01-first-steps")]
Name = Annotated[str, _shaped(r"[a-z0-9][a-z0-9-]{0,79}", "a name of small letters, digits and dashes")]
Competency = Annotated[str, _shaped(r"K(?:[1-9]|1[0-6])", "a competency, K1 to K16")]
Sentence = Annotated[str, Field(min_length=1, max_length=1_000)]
Id = Annotated[str, _shaped(r"[a-z][a-z0-9-]{0,39}", "an id: a small letter, then small letters, digits and dashes")]
ObjectiveId = Annotated[str, _shaped(r"o[1-9][0-9]?", "the id of an objective, such as o1")]
ModuleId = Annotated[str, _shaped(r"m[1-9][0-9]?-[1-9][0-9]?", "the id of a module, such as m3-1")]
QuestionId = Annotated[str, _shaped(r"m[1-9][0-9]?-[1-9][0-9]?-q[1-9][0-9]?", "the id of a question, such as m3-1-q1")]
UNSEEN = {
    *("know", "understand", "be", "learn", "appreciate", "realise", "realize", "grasp", "comprehend", "familiarise"),
    *("become", "see", "feel", "believe", "have", "remember", "gain", "get"),
    *("connaître", "savoir", "comprendre", "être", "apprendre", "يعرف", "يفهم", "يدرك", "معرفة", "فهم", "إدراك"),
}
"""Words with which an objective does not begin: what they say can't be observed."""

Role = Literal["first-responder", "investigator", "examiner", "prosecutor", "judge"]
Level = Literal["introductory", "intermediate", "advanced"]
Licence = Literal["VSL-1.0", "CC-BY-4.0"]
Mark = Literal["V1", "V2", "V3", "Reading"]
"""How a fact was checked: primary source read; two independent secondary sources; one good secondary source.

`Reading` marks what is no fact: the course's own method, or its argued reading of a text.
"""

NOT_CHECKED = "X"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CourseFile(_Model):
    """`course.yaml`. `minutes` is a typical time for all of it, `review` the day of the next review.

    `court` says that each module has a court box.
    """

    id: Name
    title: Sentence
    summary: Sentence
    level: Level
    roles: tuple[Role, ...] = Field(min_length=1)
    language: Literal["en", "fr", "ar"]
    minutes: int = Field(ge=5, le=10_000)
    licence: Licence
    authors: tuple[Sentence, ...] = Field(min_length=1)
    review: date
    court: StrictBool = False
    modules: tuple[Folder, ...] = Field(min_length=1, max_length=60)


def _observable(text: str) -> str:
    first = next(iter(text.lower().replace(",", " ").split()), "")
    if first in UNSEEN:
        raise ValueError(f"begins with '{first}', which nobody can observe; begin with a verb such as State or Compare")
    return text


class Objective(_Model):
    """What somebody can do after the module, and the competencies K1 to K16 that it feeds."""

    id: ObjectiveId
    text: Annotated[Sentence, AfterValidator(_observable)]
    bloom: Literal["remember", "understand", "apply", "analyse", "evaluate", "create"]
    feeds: tuple[Competency, ...] = Field(min_length=1)


class Reference(_Model):
    """A source by name, how its facts were checked and when. Without a mark, or marked X, they were not: a warning."""

    text: Sentence
    mark: Literal["V1", "V2", "V3", "Reading", "X"] = "X"
    as_of: date


class Change(_Model):
    """What the last review changed: law or a tool, for which objectives, in one sentence."""

    kind: Literal["law", "tool"]
    objectives: tuple[ObjectiveId, ...] = Field(min_length=1)
    what: Sentence


def _kind_of_changes(value: object) -> str:
    return "none" if isinstance(value, str) else "change"


class ModuleFile(_Model):
    """The front matter of a module's `index.md`.

    `pools` says of how many questions of each pool a reader gets; `changes` what the last review changed.
    """

    id: ModuleId
    title: Sentence
    level: Level
    roles: tuple[Role, ...] = Field(min_length=1)
    minutes: int = Field(ge=5, le=600)
    review: date
    licence: Licence
    objectives: tuple[Objective, ...] = Field(min_length=1, max_length=8)
    sources: tuple[Reference, ...] = Field(min_length=1)
    labs: tuple[Name, ...] = ()
    pools: Mapping[Id, Annotated[int, Field(ge=1, le=20)]] = Field(default_factory=dict)
    changes: Annotated[
        Annotated[Literal["none"], Tag("none")] | Annotated[Change, Tag("change")], Discriminator(_kind_of_changes)
    ] = "none"


class Option(_Model):
    """One option of a question, one item to put into order or to match, or one reason."""

    id: Id
    text: Sentence


Type = Literal["choice", "multiple", "order", "matching", "statement", "number", "time", "address", "short"]


class QuestionBlock(_Model):
    """A fenced block `quiz`.

    `options` belong to choice, multiple, matching (the right sides) and statement (the reasons); `items` to order and
    matching (the left sides); number, time, address and short have neither. Questions of one `pool` stand for each
    other.
    """

    id: QuestionId
    objective: str
    type: Type
    stem: Sentence
    pool: Id | None = None
    options: tuple[Option, ...] = Field(default=(), max_length=10)
    items: tuple[Option, ...] = Field(default=(), max_length=10)


class Judgement(_Model):
    """The answer to a statement: whether it is true, and the id of the reason."""

    truth: StrictBool
    reason: Id


def _answer(value: object) -> object:
    """The kinds of answers in one place, so that a wrong one is one mistake and not one for each kind."""
    ids = isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
    pairs = isinstance(value, dict) and value.keys() != {"truth", "reason"}
    if ids:
        return tuple(value) if isinstance(value, list | tuple) else value
    if pairs and isinstance(value, dict) and all(isinstance(one, str) for one in value.values()):
        return value
    if isinstance(value, dict) and not pairs:
        if isinstance(value["truth"], bool) and isinstance(value["reason"], str):
            return Judgement(truth=value["truth"], reason=value["reason"])
        raise ValueError("truth is true or false, and reason the id of a reason")
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        return value
    raise ValueError("an id, a list of ids, a figure, a text, pairs {a: b}, or {truth: false, reason: b} is expected")


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Bank = Annotated[
    str,
    _shaped(r"(?:law-[1-9]\.[1-9]|f[1-9]{2})-[0-9]{2}", "a question of the blueprint, such as law-1.1-01 or f21-01"),
]
Answer = Annotated[int | float | str | tuple[str, ...] | Judgement | Mapping[str, str], PlainValidator(_answer)]


class Key(_Model):
    """The key of a question, from `keys.yaml`: there keys stand by the id of their question. No page shows it.

    `answer` is the id of an option, a list of ids, a figure, a text, a mapping of items to options, or a judgement;
    `tolerance` is how far a number, or a time in seconds, may be off; `accept` lists other texts that are as good;
    `feedback` says for each wrong option, reason or item what is wrong with it; `bank` names the questions of the
    blueprint that this one comes from.
    """

    answer: Answer
    tolerance: float = Field(default=0, ge=0)
    accept: tuple[Sentence, ...] = ()
    mark: Mark
    source: Sentence
    explanation: Sentence
    feedback: Mapping[str, Sentence] = Field(default_factory=dict)
    bank: Annotated[tuple[Bank, ...], BeforeValidator(_listed)] = ()


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


Digest = Annotated[StrictStr, _shaped(r"[0-9a-f]{16}", "a digest, which check writes: --translated FILE")]


class TranslatedCourse(_Model):
    """`course.<language>.yaml`. `of` is the digest of the title and summary that were translated."""

    title: Sentence
    summary: Sentence
    of: Digest | None = None


class TranslatedModule(_Model):
    """The front matter of `index.<language>.md`: what has words in it, who translated it, and the next review.

    `changes` is the sentence on what the last review changed; `of` holds the digests of the sections of the original
    that were translated, written by check.
    """

    title: Sentence
    objectives: Mapping[ObjectiveId, Annotated[Sentence, AfterValidator(_observable)]]
    translators: tuple[Sentence, ...] = Field(min_length=1)
    review: date
    changes: Sentence | None = None
    of: Mapping[Annotated[str, _shaped(r"front|s[0-9]{1,3}", "front or the id of a section, such as s1")], Digest] = (
        Field(default_factory=dict)
    )


class TranslatedQuestion(_Model):
    """A fenced block `quiz` of a translation: ids of the original, words of its own."""

    id: str
    stem: Sentence
    options: tuple[Option, ...] = Field(default=(), max_length=10)
    items: tuple[Option, ...] = Field(default=(), max_length=10)


class TranslatedKey(_Model):
    """What a key says to readers, from `keys.<language>.yaml`. `accept` are typed answers that are as good."""

    explanation: Sentence
    feedback: Mapping[str, Sentence] = Field(default_factory=dict)
    accept: tuple[Sentence, ...] = ()
