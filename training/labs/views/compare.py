"""What the runs of an attempt say together: cross-views, and everything about one process."""

import re
from dataclasses import replace
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.analysis import views as analysis
from training.analysis.models import State
from training.analysis.views import Group, pattern
from training.labs import policy
from training.labs.models import Attempt
from training.labs.service import crossing, findings, notebook, runs, seeing
from training.labs.service.attempts import Case
from training.labs.service.runs import Told
from training.labs.spot import number
from training.labs.views.blueprint import bp
from training.labs.views.here import case_of, lines_of, spot_of
from training.web.guard import guarded, load
from training.web.language import spoken
from training.web.rooms import clock, rooms, store

MOST_ROWS = 10
"""Rows of one run on the page of a process: the others stand in the run."""

PAGE = 40
"""Things on a page of a cross-view."""

PATTERN = re.compile(r"[snlur]{1,8}[0-9]", re.ASCII)
"""What the sources say of a thing, as the matrix spells it."""


@bp.get("/attempts/<uuid:attempt_id>/compare/<name>")
@guarded(policy.may_work)
def compare(attempt_id: UUID, name: str) -> ResponseReturnValue:
    """A cross-view: what several plugins say of the same things, what stands out first; or only those of a pattern."""
    with store().reading() as session:
        case = case_of(session, load(session, Attempt, attempt_id))
        listed = runs.listed(session, case.attempt)
        cited = notebook.by_row(session, case.attempt)
        room = runs.room(session, case.attempt)
    view = analysis.view(case.exhibit.os, name)
    table = crossing.table_of(listed, view, rooms().shown)
    wanted = request.args.get("pattern", "")
    if PATTERN.fullmatch(wanted):
        table = replace(table, entries=tuple(one for one in table.entries if pattern.code(view, one) == wanted))
    else:
        wanted = ""
    sources = crossing.sources_of(listed, view.plugins)
    page = min(number(request.args.get("page", "1")) or 1, max(1, -(-len(table.entries) // PAGE)))
    here = {
        "case": case,
        "table": table,
        "sources": sources,
        "page": page,
        "size": PAGE,
        "pattern": wanted,
        "cited": cited,
        "room": room,
        "most": runs.AT_ONCE,
    }
    others = analysis.views_of(case.exhibit.os)
    return render_template("labs/compare.html", views=others, closed=_closed(case), **here)


@bp.post("/attempts/<uuid:attempt_id>/compare/<name>")
@guarded(policy.may_work)
def compare_missing(attempt_id: UUID, name: str) -> ResponseReturnValue:
    """Run what a cross-view misses."""
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        plugins = analysis.view(case.exhibit.os, name).plugins
        sources = crossing.sources_of(runs.listed(session, case.attempt), plugins)
        said = crossing.ask(session, case, [one.plugin for one in sources if one.missing], clock())
    return asked(said, url_for(".compare", attempt_id=attempt_id, name=name))


@bp.get("/attempts/<uuid:attempt_id>/processes/<int(max=4294967295):pid>")
@guarded(policy.may_work)
def process(attempt_id: UUID, pid: int) -> ResponseReturnValue:
    """Everything that the runs of the attempt say about one process."""
    with store().reading() as session:
        case = case_of(session, load(session, Attempt, attempt_id))
        listed = runs.listed(session, case.attempt)
        missing = crossing.commands_about(session, case, listed, pid)
        room = runs.room(session, case.attempt)
        cited = notebook.by_row(session, case.attempt)
        hand = findings.hand(session, case, spot_of().question, clock())
        support = seeing.support(session, case, hand, rooms().shown, lines_of(case))
    groups = crossing.groups_of(listed, pid, rooms().shown)
    waiting = sum(not one.run.state.ended for one in listed)
    here = {
        "case": case,
        "groups": groups,
        "missing": missing,
        "waiting": waiting,
        "room": room,
        "most": runs.AT_ONCE,
        "most_rows": MOST_ROWS,
        "cited": cited,
        "hand": hand,
        "support": support,
        "fill": str(pid) if hand.takes and hand.question.type == "pid" else "",
        "mark": findings.mark_of,
        "fits": [
            findings.fitting(hand, one.material.result.columns, one.rows[:MOST_ROWS]) if _citable(one) else ()
            for one in groups
        ],
    }
    return render_template("labs/process.html", pid=pid, closed=_closed(case), **here)


@bp.post("/attempts/<uuid:attempt_id>/processes/<int(max=4294967295):pid>")
@guarded(policy.may_work)
def process_missing(attempt_id: UUID, pid: int) -> ResponseReturnValue:
    """Run what would say more about a process, a few commands at a time."""
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        commands = crossing.commands_about(session, case, runs.listed(session, case.attempt), pid)
        said = crossing.ask(session, case, commands, clock())
    return asked(said, url_for(".process", attempt_id=attempt_id, pid=pid))


def _citable(group: Group) -> bool:
    return group.material.run.run.state is State.COMPLETE


def _closed(case: Case) -> bool:
    return case.over(clock())


def asked(said: list[runs.Asked | Told], there: str) -> ResponseReturnValue:
    """Back to the page that asked, with whatever the command line said, each sentence once."""
    rooms().engine.wake()
    for message in dict.fromkeys(one.message for one in said if isinstance(one, Told)):
        flash(str(spoken(message)), "part")
    return redirect(there, 303)
