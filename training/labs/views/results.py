"""Results for instructors: the sheets of their organisations, and one attempt."""

from typing import Any
from uuid import UUID

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from training.accounts import service as accounts
from training.content import ownership
from training.labs import bench, export, policy
from training.labs.models import Attempt
from training.labs.service import dumps, findings, history, notebook, procedure, runs
from training.labs.service import results as sheets_of
from training.labs.service import roll as rolls
from training.labs.views.blueprint import bp
from training.labs.views.here import case_of, lines_of
from training.web.guard import guarded, load, permit
from training.web.rooms import actor, clock, rooms, store


@bp.get("/results", endpoint="results")
@guarded(policy.may_see_results)
def results_page() -> ResponseReturnValue:
    """Attempts of the instructor's organisations, question by question."""
    permit(None)
    with store().reading() as session:
        sheets = sheets_of.sheets(session, actor(), rooms().settings.instance)
        names = accounts.names(session, {person for sheet in sheets for person in sheet.people})
    return render_template("labs/results.html", sheets=sheets, names=names, now=clock())


@bp.get("/results/people")
@guarded(policy.may_see_results)
def people() -> ResponseReturnValue:
    """The same by person: one row for each, one column for each lab."""
    permit(None)
    with store().reading() as session:
        roll = rolls.of_organisations(session, actor(), rooms().settings.instance, clock())
        names = accounts.names(session, roll.people)
    return render_template("labs/people.html", roll=roll, names=names)


@bp.get("/results/people.csv")
@guarded(policy.may_see_results)
def people_file() -> ResponseReturnValue:
    """The same for a spreadsheet. Taking it is recorded."""
    permit(None)
    with store().writing() as session:
        roll = rolls.of_organisations(session, actor(), rooms().settings.instance, clock())
        names = accounts.names(session, roll.people)
        rolls.note(session, roll, f"person:{actor().id}", actor().id, clock())
    return Response(rolls.as_csv(roll, names), headers=export.attached(f"results-{clock():%Y-%m-%d}.csv"))


@bp.get("/results/<uuid:attempt_id>")
@guarded(policy.may_see_result)
def result(attempt_id: UUID) -> ResponseReturnValue:
    """One attempt: findings with their rows and verdicts, runs, and every command that was typed."""
    return result_page(attempt_id)


def result_page(attempt_id: UUID, *, lifted: bool = False) -> ResponseReturnValue:
    """The page of an attempt; `lifted` shows the masked values of what is cited, which the caller has logged."""
    with store().reading() as session:
        case = case_of(session, load(session, Attempt, attempt_id))
        progress = findings.progress_of_all(session, case)
        opened = rooms().engine.result if lifted else rooms().shown
        places = notebook.places(session, notebook.every(session, case.attempt), opened, lines_of(case))
        tabs = bench.tabs_of(session, runs.listed(session, case.attempt)[::-1], clock())
        dumped = {tab.asked.number: len(dumps.of(tab.run, rooms().shown)) for tab in tabs}
        line = sheets_of.Line(case.attempt, progress, case.terms, own=case.own)
        names = accounts.names(session, {case.attempt.person_id, *line.judges})
        number = sheets_of.release_numbers(session)[case.release.id]
        typed = history.listed(session, case.attempt)
        owned = ownership.of(session, "lab", case.release.name)
    here: dict[str, Any] = {"places": {str(place.citation.id): place for place in places}, "tabs": tabs, "typed": typed}
    here["dumped"] = {number: count for number, count in dumped.items() if count}
    here |= {"name": names.get(case.attempt.person_id, ""), "names": names, "line": line, "now": clock()}
    here["model"] = policy.may_see_model(actor(), owned, told=procedure.may_be_told(case, clock()))
    here |= {"masked": any(place.masked for place in places), "lifted": lifted}
    return render_template("labs/result.html", case=case, progress=progress, number=number, **here)
