"""What the records say of one person, as plain values: the only input of the calculation.

Shares and points are exact fractions. Instants are aware; days are counted in the host's time zone when a level is
worked out, not here. `ident` names the record that a piece of evidence comes from.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator

PLAIN = re.compile(r"[0-9]{1,15}(?:/[1-9][0-9]{0,14})?")


def _plain(value: object) -> object:
    """A fraction out of a document: figures, and a slash between them. Exponents could ask for any memory."""
    if isinstance(value, str) and not PLAIN.fullmatch(value):
        raise ValueError("a fraction is written as figures, such as 2/3")
    if isinstance(value, float):
        raise ValueError("a fraction is written as a text or as a whole number")  # noqa: TRY004 - of pydantic
    return value


Exact = Annotated[Fraction, BeforeValidator(_plain)]
"""A fraction that a document may hold."""


@dataclass(frozen=True, slots=True)
class Read:
    """A module that was marked as read, in a release."""

    ident: str
    at: datetime
    module: str
    release: str


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to a question, judged by the key of its release; `share` is 0 to 1."""

    ident: str
    at: datetime
    module: str
    question: str
    release: str
    share: Exact


@dataclass(frozen=True, slots=True)
class Attempted:
    """An attempt at a lab or an exercise, as far as its person may know what came of it.

    Attributes:
        at: when the points reached what is enough, or the last finding where they did not.
        release: SHA-256 of the files of the lab.
        variant: SHA-256 of what it was worked on; `unseen` says that the person had not had it in this lab before.
        examination: mode; `released` when its results were, empty in practice.
        hints: how many were opened.
        critical: whether a critical error stands.
        verified: whether the exhibit was hashed before the first finding.
        earned, worth: points, and what all questions are worth at first.
        part_earned, part_worth, part: the same of the questions that were answered, and how many they are; `part_at`
            is the last finding.
        questions: how many the lab has.
        judged_by: people who judged findings of it.
    """

    ident: str
    at: datetime
    lab: str
    release: str
    variant: str
    examination: bool
    unseen: bool
    hints: int
    critical: bool
    verified: bool
    earned: Exact
    worth: Exact
    part_at: datetime
    part_earned: Exact
    part_worth: Exact
    part: int
    questions: int
    judged_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stated:
    """What a supervisor confirmed: use at work, teaching under observation, or a reviewed piece that was then used.

    `day` is when it was done, `at` when it was written down; there are no details of a case.
    """

    ident: str
    at: datetime
    day: date
    competency: str
    kind: Literal["casework", "teaching", "review"]
    task: str
    by: str


@dataclass(frozen=True, slots=True)
class Marked:
    """Marking in a round of a lab that was released; `acceptable` where the markers agree well enough."""

    ident: str
    at: datetime
    lab: str
    acceptable: bool


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A refresher whose questions are all answered: points of how many questions, at the last answer."""

    ident: str
    at: datetime
    competency: str
    earned: Exact
    asked: int


@dataclass(frozen=True, slots=True)
class Changed:
    """That a release changed law or tool for objectives of a module, first published at `at`; `feeds` competencies."""

    ident: str
    at: datetime
    module: str
    objectives: tuple[str, ...]
    kind: Literal["law", "tool"]
    what: str
    feeds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quiz:
    """An objective of a module in one release: what it feeds, and the questions on it that the person is asked."""

    objective: str
    feeds: tuple[str, ...]
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """A release of a course: when it was published, and the objectives of each module of the catalogue in it."""

    published_at: datetime
    modules: Mapping[str, tuple[Quiz, ...]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All records of one person that have to do with competencies, in any order.

    `editions` are releases by their id; `offered` says for each module which one is offered now.
    """

    readings: tuple[Read, ...] = ()
    answers: tuple[Answered, ...] = ()
    attempts: tuple[Attempted, ...] = ()
    statements: tuple[Stated, ...] = ()
    marks: tuple[Marked, ...] = ()
    refreshers: tuple[Refreshed, ...] = ()
    changes: tuple[Changed, ...] = ()
    editions: Mapping[str, Edition] = field(default_factory=dict)
    offered: Mapping[str, str] = field(default_factory=dict)
