"""Acts on the workbench: cite, note, draft, submit a finding, take a hint, close."""

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from training.errors import Conflict, Refused
from training.labs import forms, policy
from training.labs.models import Attempt
from training.labs.service import attempts, findings, notebook, rules
from training.labs.service.attempts import Case
from training.labs.views import beside
from training.labs.views.blueprint import bp
from training.labs.views.here import (
    Said,
    back,
    case_of,
    in_place,
    keep,
    lines_of,
    link_of,
    question_of,
    spot_of,
    tick,
    told,
)
from training.labs.views.showing import Touched, after, show
from training.web.guard import guarded, load, permit
from training.web.rooms import clock, rooms, store


@bp.post("/attempts/<uuid:attempt_id>/cite")
@guarded(policy.may_work)
def cite(attempt_id: UUID) -> ResponseReturnValue:
    """Hold on to a row or a line, and tick it for the question that is being worked on."""
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        if "places" in request.form:
            return _cite_together(session, case)
        number, row = forms.place(request.form)
        if number is None:
            made = notebook.cite_line(session, case, row, lines_of(case), clock())
        else:
            made = notebook.cite(session, case, number, row, forms.cell(request.form), rooms().shown, clock())
        there = forms.way_back(request.form)
        if there:
            tick(session, case, (made.number,))
        else:
            keep(session, case, more=(made.number,))
        touched = Touched.of(made)
    if there:
        return _back_beside(attempt_id, there, f"r{number}-{row}" if there.startswith("seeing/tree") else "")
    return after(attempt_id, (), "strip" if spot_of().row else "result" if number else "record", touched)


def _cite_together(session: Session, case: Case) -> ResponseReturnValue:
    """Hold on to several rows with one press, on a page beside the workbench."""
    result, now = rooms().shown, clock()
    rows = forms.places(request.form)
    made = [notebook.cite(session, case, number, row, "", result, now).number for number, row in rows]
    tick(session, case, made)
    return _back_beside(case.attempt.id, forms.way_back(request.form), "chain")


def _back_beside(attempt_id: UUID, there: str, anchor: str) -> ResponseReturnValue:
    """Back to the place of a page beside the workbench from which something was sent."""
    address = beside.way(f"/attempts/{attempt_id}/{there}")
    return redirect(f"{address}#{anchor}" if anchor else address, 303)


@bp.post("/attempts/<uuid:attempt_id>/uncite")
@guarded(policy.may_work)
def uncite(attempt_id: UUID) -> ResponseReturnValue:
    """Take a citation out of the notebook."""
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        keep(session, case)
        touched = Touched.of(notebook.drop(session, case, _citation("uncite"), clock()))
    return after(attempt_id, (), "notebook", touched)


@bp.post("/attempts/<uuid:attempt_id>/note")
@guarded(policy.may_work)
def note(attempt_id: UUID) -> ResponseReturnValue:
    """Write down what citations mean."""
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        attempts.still_open(case, clock())
        touched = Touched.of(notebook.get(session, case.attempt, _citation("note")))
        keep(session, case)
    return after(attempt_id, (), f"c{touched.citation}", touched, shut=touched.citation)


@bp.post("/attempts/<uuid:attempt_id>/pen")
@guarded(policy.may_work)
def pen(attempt_id: UUID) -> ResponseReturnValue:
    """Open the field of a note; what is typed elsewhere is kept."""
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        attempts.still_open(case, clock())
        touched = Touched.of(notebook.get(session, case.attempt, _citation("pen")))
        keep(session, case)
    return after(attempt_id, (), f"note-{touched.citation}", touched, noting=touched.citation)


@bp.post("/attempts/<uuid:attempt_id>/use")
@guarded(policy.may_work)
def use(attempt_id: UUID) -> ResponseReturnValue:
    """Put a cell into the field of a question and cite it there. Another value that stands there is not overwritten."""
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        if "fill" in request.form:
            return _fill(session, case)
        keep(session, case)
        name, mark, spotted = forms.used(request.form)
        question = rules.of(session, case).question(name) or attempts.question_of(case.lab, name)
        sources = (rooms().shown, lines_of(case))
        done = findings.use(session, case, question, spotted, sources, clock(), instead=mark)
        touched = Touched.of(done.citation) if done.citation else None
    if touched is None:
        said = Said("finding", offered=done.offered, at=request.form["use"].split(" ", 2)[2])
        return show(attempt_id, said, 409, parts=("finding",), spot=spot_of().at(question=name))
    return after(attempt_id, ("finding", "questions", "strip"), "finding", touched, question=name)


def _fill(session: Session, case: Case) -> ResponseReturnValue:
    """Put what a page beside the workbench shows into the field of the question at hand; what is ticked stays."""
    mark, text = forms.filled(request.form)
    at = findings.fill(session, case, spot_of().question, text, clock(), instead=mark)
    given = {"question": at.number}
    if at.typed == text:
        flash(_("It stands in the field of question %(question)s. Nothing was submitted.", **given), "ok")
    else:
        flash(_("Another value stands in the field of question %(question)s: nothing was changed.", **given), "part")
    return _back_beside(case.attempt.id, forms.way_back(request.form), "chain")


def _citation(button: str) -> int:
    """The number of a citation, as its button on the workbench or the field of a form gives it."""
    return forms.numbered(request.form, button if button in request.form else "citation")


@bp.post("/attempts/<uuid:attempt_id>/draft")
@guarded(policy.may_work)
def draft(attempt_id: UUID) -> ResponseReturnValue:
    """Keep what is typed, for a page that does so by itself."""
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        attempts.still_open(case, clock())
        keep(session, case)
    return "", 204


@bp.post("/attempts/<uuid:attempt_id>/check")
@guarded(policy.may_work)
def check(attempt_id: UUID) -> ResponseReturnValue:
    """Keep what is typed and show how it is read. Nothing is submitted. Buttons that stand on the page by the dozen,
    of rows and of the notebook, say by their name what is done instead.
    """
    for name in BUTTONS.keys() & request.form.keys():
        return BUTTONS[name](attempt_id)
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        read = keep(session, case)
    if not forms.has_finding(request.form):
        return after(attempt_id, ("notebook",), "finding")
    said = Said("finding", claimed=forms.claimed(request.form), read=read)
    return show(attempt_id, said, parts=("finding",))


def _older(attempt_id: UUID) -> ResponseReturnValue:
    """Show all citations; what is typed is kept."""
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        keep(session, case)
    if in_place():
        return show(attempt_id, Said(), parts=("finding", "notebook"))
    return redirect(link_of(attempt_id)(anchor="notebook", every=1), 303)


@bp.post("/attempts/<uuid:attempt_id>/findings")
@guarded(policy.may_work)
def submit(attempt_id: UUID) -> ResponseReturnValue:
    """Submit a finding."""
    claimed = None
    try:
        with store().writing() as session:
            case = _held(session, attempt_id)
            claimed = forms.claimed(request.form)
            for number, text in forms.notes(request.form).items():
                notebook.note(session, case, number, text, clock())
            key = forms.request_key(request.form)
            question = question_of(session, case)
            sources = (rooms().engine.result, lines_of(case))
            done = findings.submit(session, case, question, claimed, key, sources, clock())
    except (Conflict, Refused) as bad:
        status = 409 if isinstance(bad, Conflict) else 422
        return show(attempt_id, Said("finding", bad.message, claimed=claimed), status, parts=("finding",))
    if done.finding is None:
        said = Said("finding", done.fault, claimed=claimed, read=done.read, uncited=done.uncited)
        return show(attempt_id, said, 409 if done.fault else 422, parts=("finding",))
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
        keep(session, case)
        findings.take_hint(session, case, question_of(session, case), number, clock())
    return after(attempt_id, ("finding", "questions", "score"), "finding")


@bp.post("/attempts/<uuid:attempt_id>/close")
@guarded(policy.may_work)
def close(attempt_id: UUID) -> ResponseReturnValue:
    """End the attempt."""
    with store().writing() as session:
        attempts.close(session, load(session, Attempt, attempt_id, lock=True), clock())
    return back(attempt_id, "questions")


BUTTONS: dict[str, Callable[[UUID], ResponseReturnValue]] = {
    "place": cite,
    "note": note,
    "uncite": uncite,
    "pen": pen,
    "use": use,
    "older": _older,
}
"""Acts by the names of the buttons that ask for them in the form of the page; `runs` adds the one that begins a run."""
