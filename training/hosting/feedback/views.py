"""Pages of feedback: the form of a trainee; for the staff days, rates and results."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from training.assessment.presentation.tables import as_csv
from training.assessment.scoring.exact import shown
from training.errors import Conflict, DomainError, NotThere, Refused
from training.hosting.feedback import forms, policy, questions, service
from training.hosting.feedback.models import Survey
from training.hosting.feedback.questions import KINDS, NAMES
from training.hosting.feedback.results import LEAST, Results
from training.hosting.models import TeachingSession
from training.hosting.service import timetable
from training.hosting.views.blueprint import PLACE as SESSION
from training.hosting.views.blueprint import faults, status
from training.sentence import phrase
from training.web.guard import guarded, load
from training.web.language import reading_language, spoken
from training.web.rooms import actor, clock, rooms, store

bp = Blueprint("hosting_feedback", "training.hosting.feedback", template_folder="templates")
PLACE = f"{SESSION}/feedback"


@bp.get(PLACE)
@guarded(policy.may_run)
def feedback(session_id: UUID) -> ResponseReturnValue:
    """When which survey opens, how many have answered, and what those that are over came to."""
    return _page(session_id)


@bp.post(PLACE)
@guarded(policy.may_run)
def plan(session_id: UUID) -> ResponseReturnValue:
    """Set the day on which a survey opens."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            service.plan(session, actor(), teaching, request.form.get("kind", ""), forms.day(request.form), clock())
    except (Refused, Conflict) as bad:
        return _page(session_id, bad)
    return redirect(url_for(".feedback", session_id=session_id), 303)


@bp.post(f"{PLACE}/<kind>/close")
@guarded(policy.may_run)
def close(session_id: UUID, kind: str) -> ResponseReturnValue:
    """Take no answers any more."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            service.close(session, actor(), teaching, service.get(session, teaching, kind), clock())
    except Conflict as bad:
        return _page(session_id, bad)
    return redirect(url_for(".feedback", session_id=session_id), 303)


@bp.get(f"{PLACE}/<kind>/results.csv")
@guarded(policy.may_run)
def exported(session_id: UUID, kind: str) -> ResponseReturnValue:
    """What a survey came to, as CSV: figures by question and no answers of single people."""
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        survey = service.get(session, teaching, kind)
        found = service.outcome(session, survey, _modules(session, teaching), clock())
    if found is None or not found.items:
        raise NotThere(phrase("This survey shows no results."))
    answer = Response(as_csv(_table(found)), content_type="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=f"feedback-{kind}.csv")
    return answer


@bp.get(f"{PLACE}/<kind>/answer")
@guarded(policy.may_answer)
def answer(session_id: UUID, kind: str) -> ResponseReturnValue:
    """The questions."""
    return _form(session_id, kind)


@bp.post(f"{PLACE}/<kind>/answer")
@guarded(policy.may_answer)
def send(session_id: UUID, kind: str) -> ResponseReturnValue:
    """Send answers, once."""
    try:
        with store().writing() as session:
            teaching, me = load(session, TeachingSession, session_id), actor().id
            assert me is not None  # noqa: S101 - the policy let a person in
            survey = service.get(session, teaching, kind)
            given = forms.answers(request.form, questions.of(kind, _modules(session, teaching)))
            service.answer(session, survey, me, given, clock())
    except (Refused, Conflict) as bad:
        return _form(session_id, kind, bad)
    flash(_("Thank you. Your answers are kept without your name."), "ok")
    return redirect(url_for("hosting.session", session_id=session_id), 303)


def _modules(session: Session, teaching: TeachingSession) -> dict[str, str]:
    return service.modules(session, teaching, rooms().settings.instance, reading_language())


def _page(session_id: UUID, bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        surveys, modules = service.every(session, teaching), _modules(session, teaching)
        found = {kind: service.outcome(session, one, modules, clock()) for kind, one in surveys.items()}
        counts = {kind: service.answered(session, one) for kind, one in surveys.items()}
    here: dict[str, Any] = {"teaching": teaching, "surveys": surveys, "found": found, "counts": counts}
    here |= {"kinds": KINDS, "called": NAMES, "least": LEAST, "now": clock(), "given": request.form}
    here |= {"usual": {kind: service.usual(teaching, kind).isoformat() for kind in KINDS}, "shown": shown}
    here |= {"percent": lambda share: shown(share * 100, 0), "local": lambda moment: _local(teaching, moment)}
    return render_template("hosting_feedback/feedback.html", faults=faults(bad), **here), status(bad)


def _form(session_id: UUID, kind: str, bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        survey = service.get(session, teaching, kind)
        asked = questions.of(kind, _modules(session, teaching))
        me = actor().id
        done = me is None or survey.id not in {one.id for one in service.waiting(session, teaching, me, clock())}
    here: dict[str, Any] = {"teaching": teaching, "survey": survey, "asked": asked, "done": done, "called": NAMES}
    here |= {"given": request.form, "least": LEAST, "open": _open(survey), "local": _local(teaching, survey.closes_at)}
    return render_template("hosting_feedback/answer.html", faults=faults(bad), **here), status(bad)


def _open(survey: Survey) -> bool:
    return survey.collecting(clock())


def _local(teaching: TeachingSession, moment: Any) -> str:
    return f"{timetable.local(teaching, moment):%Y-%m-%d %H:%M}"


def _table(found: Results) -> list[tuple[str, ...]]:
    """A row for each question, and one for each option of it."""
    rows: list[tuple[str, ...]] = [
        ("question", "option", "answers", "median", "lower quartile", "upper quartile", "share in percent"),
        (str(_("Answered")), "", f"{found.answered}/{found.asked}", "", "", "", shown(found.rate * 100, 0)),
    ]
    for one in found.items:
        said, count = str(spoken(one.question.said)), str(one.answers)
        if not one.shown:
            rows.append((said, "", f"< {LEAST}", "", "", "", ""))
        elif one.shares is not None:
            rows += [
                (said, str(spoken(one.question.options[key])), count, "", "", "", shown(share * 100, 0))
                for key, share in one.shares.items()
            ]
        elif one.texts is not None:
            rows += [(said, text, count, "", "", "", "") for text in one.texts]
        else:
            figures = (shown(each) if each is not None else "" for each in (one.median, one.q1, one.q3))
            rows.append((said, "", count, *figures, shown(one.agree * 100, 0) if one.agree is not None else ""))
    return rows
