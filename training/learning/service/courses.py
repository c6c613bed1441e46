"""What a person does with a course: begin it, read, answer, move on to a newer release; and how far that person is.

Every function that is about a person takes the actor, so that nobody's rows can be asked for by an id from outside.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.audit import service as audit
from training.content import service as content
from training.content.models import Release
from training.content.source import ContentError
from training.courses.manuscript import drawing, reader
from training.courses.manuscript.course import Course, Module
from training.courses.manuscript.format import Key
from training.courses.manuscript.questions import Question
from training.errors import UNREADABLE, Conflict, Damaged, NotThere, TooMany
from training.learning import judge
from training.learning.judge import Feedback
from training.learning.models import Answer, Enrolment, Reading
from training.sentence import phrase
from training.store import locked

MASTERY = Fraction(4, 5)  # share of a module's points from which it is mastered
MOST_ANSWERS = 200  # to one question by one person


@dataclass(frozen=True, slots=True)
class Place:
    """A person in a course: the release in use, its number from 1, its content, and a newer release or None."""

    release: Release
    number: int
    course: Course
    folder: Path
    begun: bool
    newer: Release | None

    def module(self, name: str) -> Module:
        """The module with this id in the release in use."""
        module = self.course.module(name)
        if module is None:
            names = {"course": self.course.title, "module": name}
            raise NotThere(phrase("%(course)s has no module %(module)s in this release", **names))
        return module

    def question(self, module: str, name: str) -> Question:
        """The question with this id in a module of the release in use."""
        question = self.module(module).question(name)
        if question is None:
            names = {"module": module, "question": name}
            raise NotThere(phrase("module %(module)s has no question %(question)s in this release", **names))
        return question


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a person is with a module: `right` of `questions` wholly right, by the latest answers."""

    read_at: datetime | None
    questions: int
    answered: int
    right: int
    mastered: bool

    @property
    def state(self) -> str:
        """`ok` done, `work` begun, `open` not begun: as the page shows it."""
        if self.read_at and self.mastered:
            return "ok"
        return "work" if self.read_at or self.answered else "open"


@dataclass(frozen=True, slots=True)
class Given:
    """The latest answer to a question, what is said about it, and how many answers there were."""

    value: tuple[str, ...]
    feedback: Feedback
    answers: int
    at: datetime


@dataclass(frozen=True, slots=True)
class HomeCard:
    """A course in a list: the states of its modules, how many are done, and the next one to read, None when all are."""

    name: str
    title: str
    text: str
    done: int
    modules: int
    begun: bool
    next: Module | None
    minutes: int
    states: tuple[str, ...]


def place(session: Session, instance: Path, actor: Actor, course: str, language: str = "") -> Place:
    """Where the actor is in a course: the release begun with, or else the one to begin with. Raises NotThere.

    The course is as this person gets it: questions drawn, options in the person's order, in the language where it is
    there.
    """
    current = content.release_for(session, "course", course, actor.id)
    enrolment = _enrolment(session, actor, course)
    release = session.get_one(Release, enrolment.release_id) if enrolment else current
    folder = content.folder_of(instance, release)
    newer = current if _moves(release, current) else None
    try:
        mine = drawing.for_person(reader.load(folder, language), _id(actor), release.sha256)
    except (ContentError, OSError, RuntimeError) as bad:
        said = phrase("The course %(name)s is damaged and can't be opened until it is repaired.", name=course)
        raise Damaged(said) from bad
    return Place(release, release.number, mine, folder, enrolment is not None, newer)


def begin(session: Session, actor: Actor, place: Place, now: datetime) -> None:
    """Pin the release that the actor sees, at the first opened module. Done already, it changes nothing."""
    course = place.course.id
    if _enrolment(session, actor, course):
        return
    try:
        with session.begin_nested():
            session.add(Enrolment(person_id=_id(actor), course=course, release_id=place.release.id, begun_at=now))
    except IntegrityError:  # another request of the same person was quicker
        return
    _note(session, "course.begun", actor, course, place.release, now)


def move(session: Session, actor: Actor, course: str, now: datetime) -> None:
    """Go on with the release that is offered now. What was read and answered stays, by the ids of modules."""
    enrolment = _enrolment(session, actor, course, lock=True)
    current = content.release_for(session, "course", course, actor.id)
    if enrolment is None or not _moves(session.get_one(Release, enrolment.release_id), current):
        return
    enrolment.release_id = current.id
    _note(session, "course.moved", actor, course, current, now)


def _moves(begun: Release, current: Release) -> bool:
    """Whether whoever has begun one release may go on with another: never back to one that others are held to."""
    return begun.id != current.id and (current.current or current.number > begun.number)


def mark_read(session: Session, actor: Actor, place: Place, module: Module, now: datetime) -> None:
    """Note that the actor has read a module; the first time stands."""
    begin(session, actor, place, now)
    known = select(Reading).filter_by(person_id=_id(actor), course=place.course.id, module=module.id)
    _enrolment(session, actor, place.course.id, lock=True)
    if session.scalars(known).first() is None:
        row = Reading(
            person_id=_id(actor), course=place.course.id, module=module.id, release_id=place.release.id, read_at=now
        )
        session.add(row)


def answer(
    session: Session, actor: Actor, place: Place, question: Question, value: list[str], request_key: str, now: datetime
) -> Answer:
    """Save an answer, then judge it. A request key that was used gives that answer; for another answer: Conflict."""
    begin(session, actor, place, now)
    _enrolment(session, actor, place.course.id, lock=True)  # one after the other for one person in one course
    mine = select(Answer).where(Answer.person_id == _id(actor))
    if seen := session.scalars(mine.where(Answer.request_key == request_key)).first():
        if (seen.question, seen.value) != (question.id, value):
            raise Conflict(
                phrase("This form was sent before, with another answer. Open the page again and answer there.")
            )
        return seen
    module = question.id.rpartition("-q")[0]
    spent = session.scalar(select(func.count()).select_from(mine.where(Answer.question == question.id).subquery()))
    if (spent or 0) >= MOST_ANSWERS:
        raise TooMany(phrase("This question was answered %(n)s times. More answers are not kept.", n=MOST_ANSWERS))
    row = Answer(
        person_id=_id(actor),
        course=place.course.id,
        module=module,
        question=question.id,
        release_id=place.release.id,
        value=value,
        request_key=request_key,
        at=now,
    )
    session.add(row)
    session.flush()
    row.score = judge.score(question, reader.keys(place.folder)[question.id], value)
    return row


def given(session: Session, actor: Actor, place: Place, module: Module) -> dict[str, Given]:
    """The latest answer to each question of a module with its feedback, judged by the key of the release in use."""
    keys = reader.keys(place.folder, module.language)
    answers = answers_of(session, actor, place.course.id, module.id)
    return {
        question.id: _given(question, keys[question.id], answers[question.id])
        for question in module.questions
        if question.id in answers and judge.fits(question, answers[question.id][-1].value)
    }


def progress(session: Session, actor: Actor, place: Place) -> dict[str, Standing]:
    """How far the actor is with each module of the release in use, by the id of the module."""
    course, keys = place.course, reader.keys(place.folder)
    readings = select(Reading).filter_by(person_id=_id(actor), course=course.id)
    read = {row.module: row.read_at for row in session.scalars(readings)}
    answers = {name: rows[-1].value for name, rows in answers_of(session, actor, course.id).items()}
    return {module.id: _standing(module, keys, answers, read.get(module.id)) for module in course.modules}


def home_cards(session: Session, instance: Path, actor: Actor, language: str = "") -> list[HomeCard]:
    """Each course that is offered to the reader, those begun first, with the next module to read."""
    cards = []
    for release in content.offered_to(session, "course", actor.id):
        try:
            here = place(session, instance, actor, release.name, language)
            cards.append(summary(here, progress(session, actor, here)))
        except UNREADABLE:  # a damaged course hides no other; its own page says what is wrong
            continue
    return sorted(cards, key=lambda card: (not card.begun, card.title))


def summary(place: Place, standings: Mapping[str, Standing]) -> HomeCard:
    """A course in a list, from the states of its modules."""
    course = place.course
    undone = [module for module in course.modules if standings[module.id].state != "ok"]
    total = len(course.modules)
    following = undone[0] if undone else None
    states = tuple(standings[module.id].state for module in course.modules)
    return HomeCard(
        *(course.id, course.title, course.file.summary, total - len(undone), total),
        *(place.begun, following, course.file.minutes, states),
    )


def _given(question: Question, key: Key, answers: list[Answer]) -> Given:
    latest = answers[-1]
    said = judge.feedback(question, key, latest.value, len(answers))
    return Given(tuple(latest.value), said, len(answers), latest.at)


def _standing(
    module: Module, keys: Mapping[str, Key], answers: Mapping[str, list[str]], read_at: datetime | None
) -> Standing:
    """How far it is, from the shares of its questions."""
    found = shares(module, keys, answers)
    total = len(module.questions)
    mastered = sum(found.values(), Fraction(0)) >= MASTERY * total
    return Standing(read_at, total, len(found), sum(one == 1 for one in found.values()), mastered)


def shares(module: Module, keys: Mapping[str, Key], answers: Mapping[str, list[str]]) -> dict[str, Fraction]:
    """How right the answers to a module are, by question: each 0 to 1.

    Judged anew by the keys of the release in use, so that it agrees with the feedback on the page.
    """
    return {
        question.id: Fraction(judge.score(question, keys[question.id], answers[question.id])).limit_denominator(1_000)
        for question in module.questions
        if question.id in answers and judge.fits(question, answers[question.id])
    }


def answers_of(session: Session, actor: Actor, course: str, module: str | None = None) -> dict[str, list[Answer]]:
    """The actor's answers to each question, oldest first."""
    mine = select(Answer).filter_by(person_id=_id(actor), course=course).order_by(Answer.at, Answer.id)
    found: dict[str, list[Answer]] = {}
    for row in session.scalars(mine if module is None else mine.filter_by(module=module)):
        found.setdefault(row.question, []).append(row)
    return found


def _enrolment(session: Session, actor: Actor, course: str, *, lock: bool = False) -> Enrolment | None:
    mine = select(Enrolment).filter_by(person_id=_id(actor), course=course)
    return session.scalars(locked(mine) if lock else mine).first()


def _note(session: Session, act: str, actor: Actor, course: str, release: Release, now: datetime) -> None:
    details = {"course": course, "release": str(release.id)}
    audit.record(session, act=act, actor=actor.id, subject=f"course:{course}", details=details, now=now)


def _id(actor: Actor) -> UUID:
    if actor.id is None:
        raise NotThere(phrase("nobody is signed in"))
    return actor.id
