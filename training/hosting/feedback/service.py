"""Surveys of a session: set their days, take answers, close them, and say what they came to."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.errors import Conflict, NotThere, Refused
from training.hosting.feedback import questions, results
from training.hosting.feedback.models import Answered, Answers, Survey
from training.hosting.feedback.questions import FORM, KINDS
from training.hosting.feedback.results import Results
from training.hosting.models import TeachingSession
from training.hosting.service import timetable, works
from training.hosting.service.record import note
from training.sentence import phrase

OPEN = {FORM: timedelta(days=7), "quarter": timedelta(days=21), "year": timedelta(days=21)}
"""How long answers are taken. Of the later ones people are reminded after 7 and 14 days (curriculum 5.6)."""
AFTER = {FORM: 0, "quarter": 91, "year": 365}
"""Days after the last day of the session."""
MORNING = time(8)
FURTHEST = timedelta(days=3 * 366)


def every(session: Session, teaching: TeachingSession) -> dict[str, Survey]:
    """The surveys of a session that are set, by kind."""
    return {one.kind: one for one in session.scalars(select(Survey).filter_by(session_id=teaching.id))}


def get(session: Session, teaching: TeachingSession, kind: str) -> Survey:
    """A survey of a session. Raises NotThere."""
    found = every(session, teaching).get(kind)
    if found is None:
        raise NotThere(phrase("There is no such survey of this session."))
    return found


def usual(teaching: TeachingSession, kind: str) -> date:
    """The day on which a survey of this kind mostly opens."""
    return teaching.starts_on + timedelta(days=teaching.days - 1 + AFTER[kind])


def plan(session: Session, actor: Actor, teaching: TeachingSession, kind: str, day: date, now: datetime) -> Survey:
    """Set the day on which a survey opens, at eight in the morning, or at once where that is past on that day.

    The row of the session must be locked. Also after the close of the session: it changes nothing of what it holds.

    Raises:
        Refused: no such survey, or a day that is past, or too far away.
        Conflict: answers were taken already; or the session was never opened.
    """
    if kind not in KINDS:
        raise Refused(phrase("Choose one of the surveys."), field="kind")
    if teaching.opened_at is None:
        raise Conflict(phrase("The session was never opened."))
    here = timetable.local(teaching, now).date()
    if not here <= day <= here + FURTHEST:
        raise Refused(phrase("A survey opens today or later, within three years."), field="day")
    found = every(session, teaching).get(kind)
    if found is not None and found.opens_at <= now:
        raise Conflict(phrase("This survey has opened, so its days stay."))
    made = found or Survey(session_id=teaching.id, kind=kind, made_by=actor.id, made_at=now, asked=0)
    made.opens_at = max(now, timetable.instant(teaching.zone, day, MORNING))
    made.closes_at = made.opens_at + OPEN[kind]
    made.asked = sum(one.active and one.role == "trainee" for one in teaching.members)
    session.add(made)
    details = {"kind": kind, "opens_at": made.opens_at.isoformat(), "closes_at": made.closes_at.isoformat()}
    note(session, "feedback.planned", actor, teaching, details, now)
    return made


def close(session: Session, actor: Actor, teaching: TeachingSession, survey: Survey, now: datetime) -> None:
    """Take no answers any more, for good: results are shown from then on. Raises Conflict where it is not open."""
    if not survey.collecting(now):
        raise Conflict(phrase("This survey takes no answers now."))
    survey.closes_at = now
    note(session, "feedback.closed", actor, teaching, {"kind": survey.kind}, now)


def waiting(session: Session, teaching: TeachingSession, person: UUID, now: datetime) -> list[Survey]:
    """The surveys that are open, and that a person has not answered."""
    done = set(session.scalars(select(Answered.survey_id).filter_by(person_id=person)))
    found = sorted(every(session, teaching).values(), key=lambda one: one.opens_at)
    return [one for one in found if one.collecting(now) and one.id not in done]


def answer(session: Session, survey: Survey, person: UUID, data: Mapping[str, Any], now: datetime) -> None:
    """Keep answers, and beside them that the person has answered. Nothing joins the two.

    Raises:
        Conflict: the survey is not open; or the person has answered.
        Refused: nothing was answered.
    """
    if not survey.collecting(now):
        raise Conflict(phrase("This survey takes no answers now."))
    if not data:
        raise Refused(phrase("Answer at least one question, then send the form."))
    try:
        with session.begin_nested():
            session.add(Answered(survey_id=survey.id, person_id=person))
    except IntegrityError:
        raise Conflict(phrase("You have answered this survey. Nothing was kept a second time.")) from None
    session.add(Answers(survey_id=survey.id, data=dict(data)))
    session.flush()


def answered(session: Session, survey: Survey) -> int:
    """How many people have answered."""
    return session.scalar(select(func.count()).select_from(Answers).filter_by(survey_id=survey.id)) or 0


def outcome(session: Session, survey: Survey, modules: Mapping[str, str], now: datetime) -> Results | None:
    """What a survey came to; None while answers are taken: two looks would tell what somebody answered in between."""
    if not survey.over(now):
        return None
    given = session.scalars(select(Answers.data).filter_by(survey_id=survey.id)).all()
    return results.of(questions.of(survey.kind, modules), given, survey.asked)


def modules(session: Session, teaching: TeachingSession, instance: Path, language: str) -> dict[str, str]:
    """The modules of courses that the timetable names, by reference, each with its title."""
    titles = works.titles(session, instance, language)
    refs = (ref for one in timetable.parts(session, teaching) for ref in one.refs if ref.get("module"))
    named = {f"{ref['name']}/{ref['module']}": (ref["name"], ref["module"]) for ref in refs}
    return {key: titles.get(pair, key) for key, pair in named.items()}
