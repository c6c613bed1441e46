"""Runs of an attempt: ask, watch, end, ask again, point at a row, and the history of what was typed."""

from dataclasses import replace
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.analysis import reasons
from training.analysis.command import View
from training.errors import Conflict, Refused
from training.labs import bench, forms, policy, table
from training.labs.models import Attempt
from training.labs.service import history, runs
from training.labs.service.runs import Asked, Told
from training.labs.spot import RECORD, Spot
from training.labs.views.acts import BUTTONS, check
from training.labs.views.blueprint import bp
from training.labs.views.here import LONGEST_IN_ADDRESS, Said, back, case_of, in_place, keep, link_of, spot_of
from training.labs.views.showing import after, show
from training.web.guard import guarded, load
from training.web.language import spoken
from training.web.rooms import clock, rooms, store

bp.add_app_template_global(reasons.of, "reason_of")

ANSWERED = ("said", "commands", "tabs", "result")
"""The parts that change where a command is answered."""


@bp.post("/attempts/<uuid:attempt_id>/runs")
@guarded(policy.may_work)
def run(attempt_id: UUID) -> ResponseReturnValue:
    """Put a command to the exhibit, and keep the finding that is typed beside it. Without a command, check that one."""
    if forms.to_fill_in(request.form):
        return _fill_in(attempt_id)
    typed = forms.begun(request.form) or forms.command(request.form)
    if not typed.strip() and forms.has_finding(request.form):
        return check(attempt_id)
    if runs.is_verify(typed):
        return verify(attempt_id)
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        keep(session, case)
        said = runs.put(session, case, typed, clock())
    left = forms.command(request.form) if forms.begun(request.form) else ""
    return _answer(attempt_id, said, typed, left)


BUTTONS["begin"] = run


def _fill_in(attempt_id: UUID) -> ResponseReturnValue:
    """Back to the workbench with what was chosen in its command line; nothing is run."""
    with store().reading() as session:
        load(session, Attempt, attempt_id)
    return redirect(link_of(attempt_id)(anchor="command", command=forms.chosen(request.form)), 303)


@bp.post("/attempts/<uuid:attempt_id>/verify")
@guarded(policy.may_work)
def verify(attempt_id: UUID) -> ResponseReturnValue:
    """Hash the exhibit, and keep the finding that is typed beside it. Hashing takes no hold of the database."""
    with store().reading() as session:
        exhibit = load(session, Attempt, attempt_id).exhibit
    found = rooms().vault.verify(exhibit)
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        keep(session, case)
        answer = runs.verified(session, case, found, clock())
    flash(str(spoken(answer)), "part" if found.fault else "message")
    if in_place():
        return show(attempt_id, Said(), parts=ANSWERED, spot=spot_of().at(run=RECORD))
    return redirect(link_of(attempt_id)(anchor="result", run=RECORD), 303)


@bp.get("/attempts/<uuid:attempt_id>/verify")
@guarded(policy.may_work)
def step_back_to_record(attempt_id: UUID) -> ResponseReturnValue:
    """The same address, opened as a page: back to the record."""
    with store().reading() as session:
        load(session, Attempt, attempt_id)
    return back(attempt_id, "result", run=RECORD)


@bp.post("/attempts/<uuid:attempt_id>/runs/<int(max=999999999):number>/again")
@guarded(policy.may_work)
def again(attempt_id: UUID, number: int) -> ResponseReturnValue:
    """Ask anew for a run that failed, was ended or is partial."""
    with store().writing() as session:
        said = runs.again(session, case_of(session, load(session, Attempt, attempt_id, lock=True)), number, clock())
    return _answer(attempt_id, said, None)


@bp.post("/attempts/<uuid:attempt_id>/runs/<int(max=999999999):number>/end")
@guarded(policy.may_work)
def end(attempt_id: UUID, number: int) -> ResponseReturnValue:
    """End a run that nobody else waits for."""
    try:
        with store().writing() as session:
            running = runs.end(session, load(session, Attempt, attempt_id, lock=True), number, clock())
    except Conflict as bad:
        return show(attempt_id, Said("result", bad.message), 409, parts=("result",))
    if running:
        rooms().engine.end(running, runs.ENDED)
    return after(attempt_id, ("tabs", "result"), "result", run=number)


@bp.get("/attempts/<uuid:attempt_id>/runs/<int(max=999999999):number>")
@guarded(policy.may_work)
def run_state(attempt_id: UUID, number: int) -> ResponseReturnValue:
    """The entry of one run in the list of runs, for a page that waits for it. Unchanged: 304."""
    with store().reading() as session:
        asked = runs.numbered(session, load(session, Attempt, attempt_id), number)
        tab = bench.tab_of(session, asked, clock())
    here = {"attempt_id": attempt_id, "spot": spot_of(), "link": link_of(attempt_id, near=True)}
    answer = make_response(render_template("labs/run.html", tab=tab, **here))
    answer.set_etag(bench.mark_of(tab), weak=True)
    answer.cache_control.private = answer.cache_control.no_cache = True
    return answer.make_conditional(request)


@bp.get("/attempts/<uuid:attempt_id>/runs/<int(max=999999999):number>/rows/<int(max=999999999):row>")
@bp.get(
    "/attempts/<uuid:attempt_id>/runs/<int(max=999999999):number>/rows/<int(max=999999999):row>/<path:column>",
    endpoint="cell",
)
@guarded(policy.may_work)
def row(attempt_id: UUID, number: int, row: int, column: str = "") -> ResponseReturnValue:
    """The permanent address of a row or a cell: the page of the workbench that holds it, with the place marked."""
    with store().reading() as session:
        asked = runs.numbered(session, load(session, Attempt, attempt_id), number)
    here = spot_of()
    start = here if here.number == number else Spot(question=here.question, run=str(number))
    with rooms().shown(asked.run) as result:
        there = replace(table.page_of(result, row, start), cell=column)
    return redirect(url_for("labs.workbench", attempt_id=attempt_id, _anchor=f"row-{row}", **there.args()), 303)


@bp.get("/attempts/<uuid:attempt_id>/history", endpoint="history")
@guarded(policy.may_work)
def history_page(attempt_id: UUID) -> ResponseReturnValue:
    """Every command that was typed in the attempt, the newest first."""
    with store().reading() as session:
        case = case_of(session, load(session, Attempt, attempt_id))
        typed = history.listed(session, case.attempt)
    here = {"case": case, "closed": case.over(clock()), "typed": typed, "link": link_of(attempt_id)}
    return render_template("labs/history.html", **here)


def _answer(attempt_id: UUID, said: Asked | Told, typed: str | None, left: str = "") -> ResponseReturnValue:
    """To the run that answers, seen as its command asked, with what is left in the command line; or the page with what
    is to be told.
    """
    if isinstance(said, Told):
        told = Said("command", said.message, command=typed)
        return show(attempt_id, told, 429 if said.limit else 422, parts=("said", "commands"))
    rooms().engine.wake()
    for note in said.notes:
        flash(str(spoken(note)))
    spot = spot_of().at(run=str(said.number))
    try:
        spot = spot.seen(said.command.view) if said.command and said.command.view != View() else spot
    except Refused as bad:
        flash(str(spoken(bad.message)))
    if in_place():
        return show(attempt_id, Said(), parts=ANSWERED, spot=spot)
    return redirect(link_of(attempt_id)(anchor="result", spot=spot, command=left[:LONGEST_IN_ADDRESS]), 303)
