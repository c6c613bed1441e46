"""What is recorded of the reader's own examinations in a session: percentages, critical errors, appeals."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from training.credentials import critical, policy, resits, results
from training.credentials.overview import overview
from training.credentials.rules import percent
from training.credentials.views.blueprint import bp
from training.credentials.words import WORDS
from training.errors import DomainError, NotThere
from training.hosting.models import TeachingSession
from training.hosting.service import timetable
from training.hosting.views import blueprint as hosting
from training.sentence import phrase
from training.web.guard import guarded, load
from training.web.language import reading_language
from training.web.rooms import actor, clock, store

OWN = "/sessions/<uuid:session_id>/results"


@bp.get(OWN)
@guarded(policy.may_read_own)
def own(session_id: UUID) -> ResponseReturnValue:
    """The percentages that are recorded, critical errors with their reasons, and what is still needed."""
    return _page(session_id)


@bp.post(f"{OWN}/<uuid:critical_id>/appeal")
@guarded(policy.may_read_own)
def appeal(session_id: UUID, critical_id: UUID) -> ResponseReturnValue:
    """Appeal against a critical error. What is refused stands in the form again."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            row = critical.get(session, teaching, critical_id)
            critical.appeal(session, actor(), teaching, row, request.form.get("text", ""), clock())
    except NotThere:
        raise
    except DomainError as bad:
        return _page(session_id, bad, critical_id)
    flash(_("Your appeal is sent. The answer will stand on this page."), "ok")
    return redirect(url_for(".own", session_id=session_id), 303)


def _page(session_id: UUID, bad: DomainError | None = None, about: UUID | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        found = overview(session, teaching)
        line = next((one for one in found.lines if one.person_id == actor().id), None)
        if line is None:
            raise NotThere(phrase("There is no such trainee in this session."))
        errors = [critical.seen(teaching, one, clock()) for one in line.errors]
        alone = {one.row.id for one in errors if one.row.waits and not critical.deciders(session, teaching, one.row)}
        again = resits.to_come(session, teaching, line.person_id, clock())
    here = {"teaching": teaching, "found": found, "line": line, "errors": errors, "alone": alone, "resits": again}
    here |= {"bad": bad, "about": about, "text": request.form.get("text", ""), "longest": critical.LONGEST}
    here["local"] = lambda moment: f"{timetable.local(teaching, moment):%Y-%m-%d %H:%M}"
    here |= {"score": lambda row: percent(results.share(row)), "words": WORDS[reading_language()]}
    return render_template("credentials/own.html", **here), hosting.status(bad)
