"""Mastery by objective: the share of the points of each objective's questions, by the latest answers."""

from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.courses.manuscript import reader
from training.courses.manuscript.course import Module
from training.courses.manuscript.format import Objective
from training.learning.service.courses import MASTERY, Place, answers_of, shares


@dataclass(frozen=True, slots=True)
class Behind:
    """A question behind an objective: its id, its number on the page, how right the latest answer is, None without."""

    question: str
    number: int
    share: Fraction | None

    @property
    def state(self) -> str:
        """`ok` right, `part` partly, `bad` wrong, `open` not answered: as a page shows it."""
        if self.share is None:
            return "open"
        return "ok" if self.share == 1 else "part" if self.share else "bad"


@dataclass(frozen=True, slots=True)
class Mastery:
    """How far somebody is with an objective."""

    objective: Objective
    questions: tuple[Behind, ...]

    @property
    def points(self) -> Fraction:
        """Points by the latest answers; each question has one."""
        return sum((one.share for one in self.questions if one.share), Fraction(0))

    @property
    def percent(self) -> int:
        """The share of the points in whole percent, rounded down: 79.9 % is not 80 %."""
        return int(100 * self.points / len(self.questions)) if self.questions else 0

    @property
    def mastered(self) -> bool:
        """Whether 80 % of the points are right."""
        return bool(self.questions) and self.points >= MASTERY * len(self.questions)

    @property
    def state(self) -> str:
        """`ok` mastered, `work` begun, `open` not begun."""
        answered = any(one.share is not None for one in self.questions)
        return "ok" if self.mastered else "work" if answered else "open"


def of_course(session: Session, actor: Actor, place: Place) -> dict[str, tuple[Mastery, ...]]:
    """Each objective of each module of the release in use, by the id of the module."""
    keys = reader.keys(place.folder)
    latest = {name: rows[-1].value for name, rows in answers_of(session, actor, place.course.id).items()}
    return {module.id: _of_module(module, shares(module, keys, latest)) for module in place.course.modules}


def _of_module(module: Module, found: dict[str, Fraction]) -> tuple[Mastery, ...]:
    return tuple(
        Mastery(
            objective,
            tuple(
                Behind(one.id, one.number, found.get(one.id))
                for one in module.questions
                if one.objective == objective.id
            ),
        )
        for objective in module.file.objectives
    )
