"""Appeals: the page of the trainee, the list of the instructor, and the decision."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.errors import Conflict, DomainError, NotThere, Refused, TooMany
from training.labs import forms
from training.labs.models import Attempt, Finding
from training.labs.service import attempts, progress
from training.marking import amending, policy
from training.marking.models.appeals import Appeal, Outcome
from training.marking.service import appeals as appeals_of
from training.marking.service import judgements
from training.marking.service.appeals import Decision
from training.marking.views.blueprint import bp
from training.marking.views.overrides import Opened
from training.marking.views.regrade import me, mine
from training.sentence import phrase
from training.store import new_id
from training.web.guard import guarded, load, permit
from training.web.rooms import clock, rooms, store

STATUS: dict[type[DomainError], int] = {Conflict: 409, TooMany: 429}


@bp.get("/attempts/<uuid:attempt_id>/appeals")
@guarded(policy.may_appeal)
def attempt_appeals(attempt_id: UUID) -> ResponseReturnValue:
    """The appeals of the reader's attempt, and the form of a new one."""
    return _of_attempt(attempt_id)


@bp.post("/attempts/<uuid:attempt_id>/appeals", endpoint="appeal")
@guarded(policy.may_appeal)
def make(attempt_id: UUID) -> ResponseReturnValue:
    """Appeal. What is refused stands in the form again."""
    try:
        with store().writing() as session:
            attempt = load(session, Attempt, attempt_id, lock=True)
            finding, kind = _chosen(session, attempt), amending.kind(request.form)
            text, key = request.form.get("text", ""), forms.request_key(request.form)
            case = attempts.case(session, rooms().settings.instance, attempt)
            appeals_of.appeal(session, case, finding, kind, text, key, clock())
    except (Conflict, Refused, TooMany) as bad:
        return _of_attempt(attempt_id, bad)
    flash(gettext("It is sent. The answer will stand on this page."), "ok")
    return redirect(url_for("marking.attempt_appeals", attempt_id=attempt_id), 303)


@bp.get("/marking/appeals")
@guarded(policy.may_mark)
def appeals() -> ResponseReturnValue:
    """Appeals of the reader's organisations, open ones first."""
    permit(None)
    with store().reading() as session:
        listed = appeals_of.listed(session, mine())
        people = {attempt.person_id for _, attempt, _ in listed} | {
            one.decided_by for one, _, _ in listed if one.decided_by
        }
        names = accounts.names(session, people)
    return render_template("marking/appeals.html", listed=listed, names=names)


@bp.get("/marking/appeals/<uuid:appeal_id>")
@guarded(policy.may_decide)
def decision(appeal_id: UUID) -> ResponseReturnValue:
    """One appeal, with the finding and all that was said of it."""
    return _of_appeal(appeal_id)


@bp.post("/marking/appeals/<uuid:appeal_id>", endpoint="decide")
@guarded(policy.may_decide)
def decide(appeal_id: UUID) -> ResponseReturnValue:
    """Decide an appeal."""
    try:
        with store().writing() as session:
            appeal, here = _opened(session, appeal_id, lock=True)
            given = amending.decision(request.form)
            appeals_of.decide(session, here.case, appeal, here.finding, given, me(), clock())
    except (Conflict, Refused) as bad:
        return _of_appeal(appeal_id, bad)
    flash(_done(given), "ok")
    return redirect(url_for("marking.appeals"), 303)


def _done(given: Decision) -> str:
    """What became of an appeal, for whoever decided it."""
    words: dict[Outcome, str] = {
        Outcome.UPHELD: gettext("Upheld: the credit is raised, and the token comes back. The trainee reads your note."),
        Outcome.DISMISSED: gettext("Dismissed: the credit stays. The trainee reads your note."),
        Outcome.ANSWERED: gettext("Answered. The trainee reads your note."),
    }
    return words[given.outcome]


def _chosen(session: Session, attempt: Attempt) -> Finding:
    """The finding that a form names, of this attempt."""
    found = session.get(Finding, amending.identity(request.form.get("finding", "")))
    if found is None or found.attempt_id != attempt.id:
        raise NotThere(phrase("This attempt has no such finding."))
    return found


def _opened(session: Session, appeal_id: UUID, *, lock: bool = False) -> tuple[Appeal, Opened]:
    """An appeal with its finding and attempt, if the reader may decide about it; 404 otherwise."""
    appeal = session.get(Appeal, appeal_id)
    attempt = load(session, Attempt, appeal.attempt_id if appeal else appeal_id, lock=lock)
    found = session.get_one(Appeal, appeal_id, populate_existing=True)
    case = attempts.case(session, rooms().settings.instance, attempt)
    return found, Opened(case, session.get_one(Finding, found.finding_id))


def _of_attempt(attempt_id: UUID, bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        case = attempts.case(session, rooms().settings.instance, load(session, Attempt, attempt_id))
        desk = appeals_of.desk(session, case, clock())
        stands = progress.progress_of_all(session, case)
        found = {one.id: one for one in desk.findings}
    typed = {name: request.form.get(name, "") for name in ("finding", "kind", "text")}
    typed["finding"] = typed["finding"] or request.args.get("finding", "")
    here = {"progress": stands, "found": found, "typed": typed, "bad": bad, "key": str(new_id())}
    here["longest"] = judgements.LONGEST
    return render_template("marking/appeal_attempt.html", case=case, desk=desk, **here), _status(bad)


def _of_appeal(appeal_id: UUID, bad: DomainError | None = None) -> ResponseReturnValue:
    with store().reading() as session:
        appeal, here = _opened(session, appeal_id)
        chain = judgements.chain(here.finding)
        stands = progress.progress_of_all(session, here.case).get(here.finding.question)
        barred = appeals_of.barred(session, here.case.attempt, here.finding, me())
        markers = judgements.markers(session, [here.finding])
        people = judgements.people(here.finding, markers) | {here.case.attempt.person_id}
        names = accounts.names(session, people | ({appeal.decided_by} if appeal.decided_by else set()))
    more: dict[str, object] = {"case": here.case, "finding": here.finding, "chain": chain, "names": names}
    more["markers"] = markers
    more |= {"progress": stands, "question": stands.question if stands else None}
    return render_template("marking/appeal.html", appeal=appeal, barred=barred, bad=bad, **more), _status(bad)


def _status(bad: DomainError | None) -> int:
    return 200 if bad is None else STATUS.get(type(bad), 422)
