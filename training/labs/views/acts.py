"""Acts on the workbench: cite, note, draft, submit a finding, take a hint, close."""

from uuid import UUID

from flask import redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.errors import Conflict, Refused
from training.labs import forms, policy
from training.labs.models import Attempt
from training.labs.service import attempts, findings, notebook
from training.labs.service.attempts import Case
from training.labs.spot import LONGEST
from training.labs.views.blueprint import bp
from training.labs.views.here import Said, back, case_of, keep, lines_of, question_of, show, told
from training.web.guard import guarded, load, permit
from training.web.rooms import clock, rooms, store


@bp.post("/attempts/<uuid:attempt_id>/cite")
@guarded(policy.may_work)
def cite(attempt_id: UUID) -> ResponseReturnValue:
    """Hold on to a row or a line, and tick it for the question that is being worked on."""
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        number, row = forms.place(request.form)
        if number is None:
            made = notebook.cite_line(session, case, row, lines_of(case), clock())
        else:
            column = request.form.get("cell", "")[:LONGEST]
            made = notebook.cite(session, case, number, row, column, rooms().engine.result, clock())
        keep(session, case, more=(made.number,))
    if there := forms.way_back(request.form):
        return redirect(f"/attempts/{attempt_id}/{there}", 303)
    return back(attempt_id, "result" if number else "record")


@bp.post("/attempts/<uuid:attempt_id>/uncite")
@guarded(policy.may_work)
def uncite(attempt_id: UUID) -> ResponseReturnValue:
    """Take a citation out of the notebook."""
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        notebook.drop(session, case, forms.numbered(request.form, "citation"), clock())
    return back(attempt_id, "notebook")


@bp.post("/attempts/<uuid:attempt_id>/note")
@guarded(policy.may_work)
def note(attempt_id: UUID) -> ResponseReturnValue:
    """Write down what a citation means."""
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        number = forms.numbered(request.form, "citation")
        notebook.note(session, case, number, request.form.get("note", ""), clock())
    return back(attempt_id, f"c{number}")


@bp.post("/attempts/<uuid:attempt_id>/draft")
@guarded(policy.may_work)
def draft(attempt_id: UUID) -> ResponseReturnValue:
    """Keep what is typed, for a page that does so by itself."""
    with store().writing() as session:
        keep(session, case_of(session, load(session, Attempt, attempt_id, lock=True)))
    return "", 204


@bp.post("/attempts/<uuid:attempt_id>/check")
@guarded(policy.may_work)
def check(attempt_id: UUID) -> ResponseReturnValue:
    """Keep what is typed and show how it is read. Nothing is submitted. With a place, cite that instead."""
    if "place" in request.form:
        return cite(attempt_id)
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        read = keep(session, case)
    return show(attempt_id, Said("finding", claimed=forms.claimed(request.form), read=read))


@bp.post("/attempts/<uuid:attempt_id>/findings")
@guarded(policy.may_work)
def submit(attempt_id: UUID) -> ResponseReturnValue:
    """Submit a finding."""
    claimed = forms.claimed(request.form)
    try:
        with store().writing() as session:
            case = _held(session, attempt_id)
            key = forms.request_key(request.form)
            question = question_of(session, case)
            sources = (rooms().engine.result, lines_of(case))
            done = findings.submit(session, case, question, claimed, key, sources, clock())
    except (Conflict, Refused) as bad:
        status = 409 if isinstance(bad, Conflict) else 422
        return show(attempt_id, Said("finding", bad.message, claimed=claimed), status)
    if done.finding is None:
        said = Said("finding", done.fault, claimed=claimed, read=done.read, uncited=done.uncited)
        return show(attempt_id, said, 409 if done.fault else 422)
    return told(case, question, done.finding) or back(attempt_id, "finding")


def _held(session: Session, attempt_id: UUID) -> Case:
    """The case of the reader's attempt, which nobody else changes meanwhile, in one query."""
    case = attempts.held(session, rooms().settings.instance, attempt_id)
    if case is None:
        return case_of(session, load(session, Attempt, attempt_id))  # there is none: the reader is turned away
    permit(case.attempt)
    return case


@bp.post("/attempts/<uuid:attempt_id>/hints")
@guarded(policy.may_work)
def hint(attempt_id: UUID) -> ResponseReturnValue:
    """Open a hint at the price that its button shows."""
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        number = forms.numbered(request.form, "hint")
        if forms.has_finding(request.form):
            keep(session, case)
        findings.take_hint(session, case, question_of(session, case), number, clock())
    return back(attempt_id, "finding")


@bp.post("/attempts/<uuid:attempt_id>/close")
@guarded(policy.may_work)
def close(attempt_id: UUID) -> ResponseReturnValue:
    """End the attempt."""
    with store().writing() as session:
        attempts.close(session, load(session, Attempt, attempt_id, lock=True), clock())
    return back(attempt_id, "questions")
