"""The workbench, and the pages of its plugins and its runs."""

from collections import defaultdict
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from training.labs import bench, forms, policy
from training.labs.models import Attempt
from training.labs.service import notebook, offers, runs
from training.labs.spot import LONGEST
from training.labs.spot import number as whole
from training.labs.views.blueprint import bp
from training.labs.views.here import Said, back, case_of, keep, link_of, spot_of
from training.labs.views.showing import show, wanted
from training.web.guard import guarded, load
from training.web.rooms import clock, store

ACTS = "runs,cite,uncite,note,pen,use,draft,check,findings,hints,close"
PAGE = 100
"""Runs on a page of all runs."""


@bp.get("/attempts/<uuid:attempt_id>")
@guarded(policy.may_work)
def workbench(attempt_id: UUID) -> ResponseReturnValue:
    """The workbench: briefing and questions, command and results, finding and notebook. To a script some of it."""
    return show(attempt_id, Said(command=forms.chosen(request.args) or None), parts=wanted())


@bp.get("/attempts/<uuid:attempt_id>/choose")
@guarded(policy.may_work)
def choose(attempt_id: UUID) -> ResponseReturnValue:
    """The plugins to choose from, for those who don't type. What they had typed comes back where none is chosen."""
    with store().reading() as session:
        case = case_of(session, load(session, Attempt, attempt_id))
        words = request.args.get("words", "")[:LONGEST]
        topics = offers.by_topic(session, case, words)
    here = {"case": case, "spot": spot_of(), "link": link_of(attempt_id), "topics": topics, "words": words}
    return render_template("labs/choose.html", typed=forms.chosen(request.args), **here)


@bp.post("/attempts/<uuid:attempt_id>/choose")
@guarded(policy.may_work)
def to_choose(attempt_id: UUID) -> ResponseReturnValue:
    """To the plugins to choose from, with what is typed beside them kept."""
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        keep(session, case)
    return back(attempt_id, "", endpoint="labs.choose")


@bp.get("/attempts/<uuid:attempt_id>/all-runs")
@guarded(policy.may_work)
def all_runs(attempt_id: UUID) -> ResponseReturnValue:
    """Every run of the attempt, the newest first, with the citations that stand on it."""
    with store().reading() as session:
        case = case_of(session, load(session, Attempt, attempt_id))
        listed = runs.listed(session, case.attempt)
        pages = max(1, -(-len(listed) // PAGE))
        page = min(whole(request.args.get("from", "")) or 1, pages)
        tabs = bench.tabs_of(session, listed[(page - 1) * PAGE : page * PAGE], clock())
        cited = defaultdict(list)
        for one in notebook.every(session, case.attempt):
            if one.dropped_at is None:
                cited[one.run_id].append(one.number)
    here = {"case": case, "link": link_of(attempt_id), "tabs": tabs, "cited": cited, "total": len(listed)}
    return render_template("labs/all_runs.html", page=page, pages=pages, **here)


@bp.get(f"/attempts/<uuid:attempt_id>/<any({ACTS}):act>")
@guarded(policy.may_work)
def step_back(attempt_id: UUID, act: str) -> ResponseReturnValue:  # noqa: ARG001 - whichever act it was
    """The address of an act, opened as a page (a reload, a bookmark): back to the workbench."""
    with store().reading() as session:
        load(session, Attempt, attempt_id)
    return back(attempt_id, "")


@bp.get("/attempts/<uuid:attempt_id>/runs/<int(max=999999999):number>/<any(end,again,values):act>")
@guarded(policy.may_work)
def step_back_to_run(attempt_id: UUID, number: int, act: str) -> ResponseReturnValue:  # noqa: ARG001 - as above
    """The same for an act on one run."""
    with store().reading() as session:
        load(session, Attempt, attempt_id)
    return back(attempt_id, "result", run=spot_of().run or number)
