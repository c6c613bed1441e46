"""Critical errors of a trainee, for those who run the session: recording them, answering appeals, taking them back."""

from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from training.accounts import service as accounts
from training.credentials import critical, forms, policy, results
from training.credentials.overview import overview
from training.credentials.views.blueprint import bp
from training.errors import DomainError, NotThere
from training.hosting.models import TeachingSession
from training.hosting.service import timetable
from training.hosting.views import blueprint as hosting
from training.sentence import phrase
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, store

PLACE = "/sessions/<uuid:session_id>/certificates"
ERRORS = f"{PLACE}/<uuid:person_id>/critical"


@bp.get(ERRORS, endpoint="critical")
@guarded(policy.may_run)
def show(session_id: UUID, person_id: UUID) -> ResponseReturnValue:
    """The critical errors of a trainee, with what was said of each."""
    return _page(session_id, person_id)


@bp.post(ERRORS)
@guarded(policy.may_confirm)
def record_critical(session_id: UUID, person_id: UUID) -> ResponseReturnValue:
    """Record one, with its reason."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            critical.record(session, actor(), teaching, person_id, forms.error(request.form), clock())
    except NotThere:
        raise
    except DomainError as bad:
        return _page(session_id, person_id, bad, "new")
    flash(_("The critical error is recorded. The person sees it with its reason, and may appeal."), "ok")
    return redirect(url_for(".critical", session_id=session_id, person_id=person_id), 303)


@bp.post(f"{PLACE}/critical/<uuid:critical_id>/decide")
@guarded(policy.may_run)
def decide(session_id: UUID, critical_id: UUID) -> ResponseReturnValue:
    """Say that one stands after an appeal, or take it back."""
    try:
        with store().writing() as session:
            teaching = load(session, TeachingSession, session_id, lock=True)
            row = critical.get(session, teaching, critical_id)
            person_id, outcome = row.person_id, request.form.get("outcome", "")
            critical.decide(session, actor(), teaching, row, outcome, request.form.get("note", ""), clock())
    except NotThere:
        raise
    except DomainError as bad:
        return _page(session_id, person_id, bad, str(critical_id))
    stands = outcome == critical.STANDS
    flash(_("The critical error stands.") if stands else _("The critical error is withdrawn."), "ok")
    return redirect(url_for(".critical", session_id=session_id, person_id=person_id), 303)


def _page(session_id: UUID, person_id: UUID, bad: DomainError | None = None, about: str = "") -> ResponseReturnValue:
    me = actor()
    with store().reading() as session:
        g.may = policy.may_run
        teaching = load(session, TeachingSession, session_id)
        found = overview(session, teaching)
        line = found.of(person_id)
        if line is None:
            raise NotThere(phrase("There is no such trainee in this session."))
        errors = [critical.seen(teaching, one, clock()) for one in line.errors]
        deciders = {one.row.id: critical.deciders(session, teaching, one.row) for one in errors if one.row.waits}
        people = {who for one in line.errors for who in (one.by, one.decided_by) if who}
        names = accounts.names(session, people)
        sittings = {
            one.name: [
                number
                for number in range(1, found.rules.resit.times + 2)
                if number == 1 or results.resit(session, teaching, person_id, one.name, number)
            ]
            for one in found.rules.examinations
        }
    here = {"teaching": teaching, "found": found, "line": line, "errors": errors, "deciders": deciders, "names": names}
    here |= {"bad": bad, "about": about, "given": request.form if bad else {}, "sittings": sittings, "me": me.id}
    here |= {"confirms": policy.may_confirm(me, teaching) and me.id != person_id, "longest": critical.LONGEST}
    here["only_back"] = lambda row: critical.barred(row, me.id) or critical.only_back(row, me.id)
    here["barred"] = lambda row: critical.barred(row, me.id)
    here["local"] = lambda moment: f"{timetable.local(teaching, moment):%Y-%m-%d %H:%M}"
    return render_template("credentials/critical.html", **here), hosting.status(bad)
