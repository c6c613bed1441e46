"""Refreshers and spaced repetition: what returns today, ten questions for a competency, the answers to them."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.content.models import Release
from training.courses.manuscript import reader
from training.courses.manuscript.questions import Question
from training.errors import Conflict, NotThere
from training.labs.service.evidence import exact
from training.learning import judge
from training.learning.competence import spacing
from training.learning.competence.evidence import Answered, Read
from training.learning.competence.showings import day_of
from training.learning.competence.standing import Standing, State
from training.learning.competence.table import BY_ID, QUIZ, Competency, course_of
from training.learning.models import Answer, Refresher
from training.learning.service import courses, records
from training.learning.service.competence import Profile
from training.learning.service.courses import Given, Place
from training.sentence import phrase

MOST_DUE = 10
"""Questions that a page shows at once of those that return."""


@dataclass(frozen=True, slots=True)
class Returning:
    """A question that returns: where it stands, and since which day it is due."""

    place: Place
    module: str
    question: Question
    due: spacing.Due


@dataclass(frozen=True, slots=True)
class Step:
    """A question of a refresher: its number from 1, whether it was answered, and what is said of the answer.

    `question` is None where the release in use does not have it any more; then nothing can be said.
    """

    number: int
    place: Place | None
    question: Question | None
    answered: bool
    given: Given | None


@dataclass(frozen=True, slots=True)
class Begun:
    """A refresher with its questions; points count when all are answered."""

    refresher: Refresher
    competency: Competency
    steps: tuple[Step, ...]
    points: Fraction

    @property
    def next(self) -> Step | None:
        """The first question that is not answered."""
        return next((one for one in self.steps if not one.answered), None)

    @property
    def lost(self) -> bool:
        """Whether a question is gone that was not answered: then another refresher is begun."""
        return any(one.question is None and not one.answered for one in self.steps)

    @property
    def passed(self) -> bool:
        """Whether 80 % of the points were reached."""
        return bool(self.steps) and self.next is None and self.points >= QUIZ * len(self.steps)


def returning(
    session: Session, instance: Path, actor: Actor, now: datetime, zone: ZoneInfo, language: str = ""
) -> list[Returning]:
    """The questions that return today or were due before, the oldest first: missed ones, after growing intervals."""
    today = day_of(now, zone)
    due: dict[str, list[spacing.Due]] = {}
    for course, answers in _answers(session, actor).items():
        due[course] = [one for one in spacing.due(answers, zone).values() if one.day <= today]
    found = [
        Returning(place, one.module, question, one)
        for place in _places(session, instance, actor, [name for name, some in due.items() if some], language)
        for one in due[place.course.id]
        if (module := place.course.module(one.module)) and (question := module.question(one.question))
    ]
    return sorted(found, key=lambda one: (one.due.day, one.module, one.question.id))


def waiting(session: Session, actor: Actor, now: datetime, zone: ZoneInfo) -> int:
    """How many questions return today or were due before, for the home page: without looking into the courses."""
    today, offered = day_of(now, zone), select(Release.name).where(Release.kind == "course", Release.current)
    here = {*session.scalars(offered)}
    found = (spacing.due(answers, zone) for name, answers in _answers(session, actor).items() if name in here)
    return sum(one.day <= today for due in found for one in due.values())


def said_of(
    session: Session, instance: Path, actor: Actor, answered: str, language: str = ""
) -> tuple[Place, Question, Given] | None:
    """What is said of the latest answer to a question, as course/question; None where there is none."""
    course, _, name = answered.partition("/")
    for place in _places(session, instance, actor, [course], language):
        module = place.course.module(name.rpartition("-q")[0])
        question = module.question(name) if module else None
        if module and question and (said := courses.given(session, actor, place, module).get(name)):
            return place, question, said
    return None


def begin(session: Session, instance: Path, actor: Actor, profile: Profile, name: str, now: datetime) -> Refresher:
    """Draw ten questions for a competency, or find those that were drawn and are not all answered.

    Raises:
        NotThere: there is no such competency.
        Conflict: nothing was shown yet, or it has lapsed; then the full evidence is what renews it. Or there is no
            question here.
    """
    standing = next((one for one in profile.standings if one.competency.id == name), None)
    if standing is None:
        raise NotThere(phrase("There is no competency %(name)s.", name=name[:10]))
    if standing.state not in {State.CURRENT, State.FADING}:
        raise Conflict(
            phrase(
                "A refresher renews what was shown and has not lapsed. %(name)s needs the full evidence of its level.",
                name=name,
            )
        )
    newest = select(Refresher).filter_by(person_id=_id(actor), competency=name).order_by(Refresher.begun_at.desc())
    last = session.scalars(newest.limit(1)).first()
    if last is not None:
        begun = opened(session, instance, actor, last)
        if begun.next is not None and not begun.lost:
            return last
    made = Refresher(person_id=_id(actor), competency=name, questions=_drawn(standing, profile), begun_at=now)
    if not made.questions:
        raise Conflict(phrase("No question on %(name)s is in this installation.", name=name))
    session.add(made)
    session.flush()
    return made


def opened(session: Session, instance: Path, actor: Actor, refresher: Refresher, language: str = "") -> Begun:
    """A refresher with the questions as the actor gets them, and what was said of the answers."""
    names = list(dict.fromkeys(course for course, _, _ in refresher.questions))
    places = {one.course.id: one for one in _places(session, instance, actor, names, language)}
    keys = [records.answer_key(refresher, number) for number in range(len(refresher.questions))]
    mine = select(Answer).where(Answer.person_id == _id(actor), Answer.request_key.in_(keys))
    answers = {one.request_key: one for one in session.scalars(mine)}
    steps, points = [], Fraction(0)
    for number, (course, module, name) in enumerate(refresher.questions):
        row, place = answers.get(keys[number]), places.get(course)
        row = row if row and (row.course, row.question) == (course, name) else None
        points += exact(row.score or 0.0) if row else 0
        shown = place.course.module(module) if place else None
        question = shown.question(name) if shown else None
        question = replace(question, number=number + 1) if question else None
        given = _said(place, question, row) if place and question and row else None
        steps.append(Step(number + 1, place, question, row is not None, given))
    return Begun(refresher, BY_ID[refresher.competency], tuple(steps), points)


def answer(session: Session, actor: Actor, begun: Begun, number: int, value: list[str], now: datetime) -> None:
    """Answer a question of a refresher: once, and the first answer stays. Raises NotThere, Conflict."""
    step = next((one for one in begun.steps if one.number == number), None)
    if step is None or step.place is None or step.question is None:
        raise NotThere(phrase("This refresher has no question %(n)s here any more.", n=str(number)))
    key = records.answer_key(begun.refresher, number - 1)
    courses.answer(session, actor, step.place, step.question, value, key, now)


def _said(place: Place, question: Question, row: Answer) -> Given | None:
    """What is said of an answer, with the explanation: it is the only one."""
    key = reader.keys(place.folder, place.course.language)[question.id]
    if not judge.fits(question, row.value):
        return None
    return Given(tuple(row.value), judge.feedback(question, key, row.value, judge.PATIENCE), 1, row.at)


def _drawn(standing: Standing, profile: Profile) -> list[list[str]]:
    """The questions, as course, module and id, from the releases that the person works with."""
    evidence, name = profile.evidence, standing.competency.id
    in_use = dict(evidence.offered)
    both: tuple[Read | Answered, ...] = (*evidence.readings, *evidence.answers)
    in_use |= {one.module: one.release for one in sorted(both, key=lambda each: each.at)}
    objectives = {
        f"{module} {quiz.objective}": quiz.questions
        for module, release in in_use.items()
        for quiz in evidence.editions[release].modules.get(module, ())
        if name in quiz.feeds
    }
    module_of = {question: key.split()[0] for key, questions in objectives.items() for question in questions}
    missed = {one.question for one in evidence.answers if one.share < 1}
    chosen = spacing.drawn(objectives, missed, secrets.token_hex(16))
    return [[course_of(module_of[question]), module_of[question], question] for question in chosen]


def _answers(session: Session, actor: Actor) -> dict[str, list[Answered]]:
    """All answers of the actor by course."""
    rows = select(Answer.id, Answer.at, Answer.course, Answer.module, Answer.question, Answer.score)
    found: dict[str, list[Answered]] = {}
    for row in session.execute(rows.where(Answer.person_id == _id(actor), Answer.score.is_not(None))):
        one = Answered(str(row.id), row.at, row.module, row.question, "", exact(row.score or 0.0))
        found.setdefault(row.course, []).append(one)
    return found


def _places(session: Session, instance: Path, actor: Actor, names: list[str], language: str) -> Iterator[Place]:
    """The courses of these names that are here, as the actor gets them."""
    if names:
        here = select(Release.name).where(Release.kind == "course", Release.current, Release.name.in_(names))
        for name in session.scalars(here.order_by(Release.name)).all():
            yield courses.place(session, instance, actor, name, language)


def _id(actor: Actor) -> UUID:
    if actor.id is None:
        raise NotThere(phrase("nobody is signed in"))
    return actor.id
