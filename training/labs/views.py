"""Pages of labs: the list, the lab, the workbench with everything that can be done there, and results for instructors.

Every act is a form that leads back to the same spot of the workbench, so that nothing needs a script.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.accounts import service as accounts
from training.content import service as content
from training.errors import Conflict, Refused, TooMany
from training.evidence import service as evidence
from training.grading.credit import written
from training.labs import bench, forms, policy
from training.labs.forms import Spot
from training.labs.models import Attempt
from training.labs.service import attempts, findings, notebook, results, runs
from training.labs.service.findings import Claimed, Read
from training.store import new_id
from training.web.guard import guarded, load, permit
from training.web.rooms import actor, clock, rooms, store

bp = Blueprint("labs", __name__, template_folder="templates")
bp.add_app_template_filter(written, "points")
ACTS = "runs,cite,uncite,note,draft,check,findings,hints,close"


@dataclass(frozen=True, slots=True)
class Said:
    """What the page says about the request that it answers: beside the command, beside the finding, or on top."""

    where: str = ""
    message: str = ""
    command: str | None = None
    claimed: Claimed | None = None
    read: Read | None = None
    uncited: bool = False


@bp.get("/labs")
@guarded(policy.may_list)
def index() -> ResponseReturnValue:
    """The labs that are offered, and where the reader stands in each."""
    permit(None)
    with store().reading() as session:
        cards = results.cards(session, actor(), rooms().settings.instance)
    return render_template("labs/index.html", cards=cards)


@bp.get("/labs/<name>")
@guarded(policy.may_list)
def open_lab(name: str) -> ResponseReturnValue:
    """One lab before it is begun: the case, what is needed, the attempts so far."""
    permit(None)
    with store().reading() as session:
        release = content.get(session, "lab", name)
        card = results.card(session, actor(), rooms().settings.instance, release)
        exhibit = evidence.by_name(session, card.lab.exhibits[0])
    return render_template("labs/lab.html", card=card, lab=card.lab, exhibit=exhibit)


@bp.post("/labs/<name>")
@guarded(policy.may_list)
def begin(name: str) -> ResponseReturnValue:
    """Begin the lab, or go on with the attempt that is open."""
    permit(None)
    with store().writing() as session:
        attempt = attempts.begin(session, rooms().settings.instance, actor(), name, clock())
    return redirect(url_for(".workbench", attempt_id=attempt.id), 303)


@bp.get("/attempts/<uuid:attempt_id>")
@guarded(policy.may_work)
def workbench(attempt_id: UUID) -> ResponseReturnValue:
    """The workbench: briefing and questions, command and results, finding and notebook."""
    return _show(attempt_id, Said(command=forms.chosen(request.args) or None))


@bp.get(f"/attempts/<uuid:attempt_id>/<any({ACTS}):act>")
@guarded(policy.may_work)
def step_back(attempt_id: UUID, act: str) -> ResponseReturnValue:  # noqa: ARG001 - whichever act it was
    """The address of an act, opened as a page (a reload, a bookmark): back to the workbench."""
    with store().reading() as session:
        load(session, Attempt, attempt_id)
    return _back(attempt_id, "")


@bp.post("/attempts/<uuid:attempt_id>/runs")
@guarded(policy.may_work)
def run(attempt_id: UUID) -> ResponseReturnValue:
    """Put a command to the exhibit."""
    typed = forms.command(request.form)
    try:
        with store().writing() as session:
            asked = runs.ask(session, load(session, Attempt, attempt_id, lock=True), typed, clock())
    except (Refused, TooMany) as bad:
        status = 429 if isinstance(bad, TooMany) else 422
        return _show(attempt_id, Said("command", bad.message, command=typed), status)
    rooms().engine.wake()
    for note in asked.notes:
        flash(note)
    return _back(attempt_id, "result", run=str(asked.number))


@bp.get("/attempts/<uuid:attempt_id>/runs/<int:number>")
@guarded(policy.may_work)
def run_state(attempt_id: UUID, number: int) -> ResponseReturnValue:
    """The entry of one run in the list of runs, for a page that waits for it. Unchanged: 304."""
    with store().reading() as session:
        asked = runs.numbered(session, load(session, Attempt, attempt_id), number)
        tab = bench.tab_of(session, asked, clock())
    here = {"attempt_id": attempt_id, "spot": _spot(), "link": _link(attempt_id)}
    answer = make_response(render_template("labs/run.html", tab=tab, **here))
    answer.set_etag(bench.mark_of(tab), weak=True)
    answer.cache_control.private = answer.cache_control.no_cache = True
    return answer.make_conditional(request)


@bp.post("/attempts/<uuid:attempt_id>/cite")
@guarded(policy.may_work)
def cite(attempt_id: UUID) -> ResponseReturnValue:
    """Hold on to a row or a line, and tick it for the question that is being worked on."""
    with store().writing() as session:
        case = _case(session, load(session, Attempt, attempt_id, lock=True))
        number, row = forms.place(request.form)
        if number is None:
            made = notebook.cite_line(session, case.attempt, row, _lines(case), clock())
        else:
            column = request.form.get("cell", "")[: forms.LONGEST]
            made = notebook.cite(session, case.attempt, number, row, column, rooms().engine.result, clock())
        _keep(session, case, more=(made.number,))
    return _back(attempt_id, "result" if number else "record")


@bp.post("/attempts/<uuid:attempt_id>/uncite")
@guarded(policy.may_work)
def uncite(attempt_id: UUID) -> ResponseReturnValue:
    """Take a citation out of the notebook."""
    with store().writing() as session:
        attempt = load(session, Attempt, attempt_id, lock=True)
        notebook.drop(session, attempt, forms.numbered(request.form, "citation"), clock())
    return _back(attempt_id, "notebook")


@bp.post("/attempts/<uuid:attempt_id>/note")
@guarded(policy.may_work)
def note(attempt_id: UUID) -> ResponseReturnValue:
    """Write down what a citation means."""
    with store().writing() as session:
        attempt = load(session, Attempt, attempt_id, lock=True)
        number = forms.numbered(request.form, "citation")
        notebook.note(session, attempt, number, request.form.get("note", ""))
    return _back(attempt_id, f"c{number}")


@bp.post("/attempts/<uuid:attempt_id>/draft")
@guarded(policy.may_work)
def draft(attempt_id: UUID) -> ResponseReturnValue:
    """Keep what is typed, for a page that does so by itself."""
    with store().writing() as session:
        _keep(session, _case(session, load(session, Attempt, attempt_id, lock=True)))
    return "", 204


@bp.post("/attempts/<uuid:attempt_id>/check")
@guarded(policy.may_work)
def check(attempt_id: UUID) -> ResponseReturnValue:
    """Keep what is typed and show how it is read. Nothing is submitted."""
    with store().writing() as session:
        case = _case(session, load(session, Attempt, attempt_id, lock=True))
        read = _keep(session, case)
    return _show(attempt_id, Said("finding", claimed=forms.claimed(request.form), read=read))


@bp.post("/attempts/<uuid:attempt_id>/findings")
@guarded(policy.may_work)
def submit(attempt_id: UUID) -> ResponseReturnValue:
    """Submit a finding."""
    claimed = forms.claimed(request.form)
    try:
        with store().writing() as session:
            case = _case(session, load(session, Attempt, attempt_id, lock=True))
            key = forms.request_key(request.form)
            question = attempts.question_of(case.lab, _spot().question)
            sources = (rooms().engine.result, _lines(case))
            done = findings.submit(session, case, question, claimed, key, sources, clock())
    except (Conflict, Refused) as bad:
        status = 409 if isinstance(bad, Conflict) else 422
        return _show(attempt_id, Said("finding", bad.message, claimed=claimed), status)
    if done.finding is None:
        return _show(attempt_id, Said("finding", claimed=claimed, read=done.read, uncited=done.uncited), 422)
    return _back(attempt_id, "finding")


@bp.post("/attempts/<uuid:attempt_id>/hints")
@guarded(policy.may_work)
def hint(attempt_id: UUID) -> ResponseReturnValue:
    """Open a hint at the price that its button shows."""
    with store().writing() as session:
        case = _case(session, load(session, Attempt, attempt_id, lock=True))
        number = forms.numbered(request.form, "hint")
        if "value" in request.form:
            _keep(session, case)
        findings.take_hint(session, case, attempts.question_of(case.lab, _spot().question), number, clock())
    return _back(attempt_id, "finding")


@bp.post("/attempts/<uuid:attempt_id>/close")
@guarded(policy.may_work)
def close(attempt_id: UUID) -> ResponseReturnValue:
    """End the attempt."""
    with store().writing() as session:
        attempts.close(session, load(session, Attempt, attempt_id, lock=True), clock())
    return _back(attempt_id, "questions")


@bp.get("/results", endpoint="results")
@guarded(policy.may_see_results)
def results_page() -> ResponseReturnValue:
    """Attempts of the instructor's organisations, question by question."""
    permit(None)
    with store().reading() as session:
        sheets = results.sheets(session, actor(), rooms().settings.instance)
        names = accounts.names(session, {person for sheet in sheets for person in sheet.people})
    return render_template("labs/results.html", sheets=sheets, names=names)


@bp.get("/results/<uuid:attempt_id>")
@guarded(policy.may_see_result)
def result(attempt_id: UUID) -> ResponseReturnValue:
    """One attempt: what was submitted, on which rows it stands, what grading said, which runs were asked for."""
    with store().reading() as session:
        case = _case(session, load(session, Attempt, attempt_id))
        progress = findings.progress_of_all(session, case)
        places = notebook.places(session, notebook.every(session, case.attempt), rooms().engine.result, _lines(case))
        listed = [bench.tab_of(session, one, clock()) for one in reversed(runs.listed(session, case.attempt))]
        name = accounts.names(session, {case.attempt.person_id}).get(case.attempt.person_id, "")
        number = results.release_numbers(session)[case.release.id]
    by_id = {str(place.citation.id): place for place in places}
    here = {"places": by_id, "tabs": listed, "name": name, "number": number}
    return render_template("labs/result.html", case=case, progress=progress, **here)


def _spot() -> Spot:
    return Spot.of(request.args)


def _case(session: Any, attempt: Attempt) -> attempts.Case:
    return attempts.case(session, rooms().settings.instance, attempt)


def _lines(case: attempts.Case) -> list[str]:
    return evidence.record(rooms().settings.instance, case.exhibit)


def _keep(session: Any, case: attempts.Case, more: tuple[int, ...] = ()) -> Read:
    """Keep what stands in the form of the finding, with further citations ticked; how it would be read."""
    name = _spot().question
    if case.lab.question(name) is None:
        return Read(None)
    question, typed = attempts.question_of(case.lab, name), forms.claimed(request.form)
    claimed = Claimed(typed.value, typed.confidence, (*typed.cited, *more))
    findings.keep_draft(session, case, question, claimed, clock())
    return findings.read(case, question, claimed.value)


def _link(attempt_id: UUID) -> Any:
    """Addresses of the workbench at the present spot with some parts changed."""

    def link(endpoint: str = "labs.workbench", anchor: str = "", spot: Spot | None = None, **changes: Any) -> str:
        there = (spot or _spot()).at(**changes)
        return url_for(endpoint, attempt_id=attempt_id, _anchor=anchor or None, **there.args())

    return link


def _back(attempt_id: UUID, anchor: str, **changes: Any) -> ResponseReturnValue:
    """Back to the workbench, where the reader was."""
    return redirect(_link(attempt_id)(anchor=anchor, **changes), 303)


def _show(attempt_id: UUID, said: Said, status: int = 200) -> ResponseReturnValue:
    with store().reading() as session:
        attempt = load(session, Attempt, attempt_id)
        built = bench.build(session, rooms().settings.instance, rooms().engine.result, attempt, _spot(), clock())
    link = partial(_link(attempt_id), spot=built.spot)
    here = {"link": link, "request_key": str(new_id()), "cards": bench.cards()}
    return render_template("labs/workbench.html", bench=built, said=said, **here), status
