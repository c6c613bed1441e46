"""The workbench, and the part of it that shows a result."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from training.labs import forms, policy
from training.labs.models import Attempt
from training.labs.views.blueprint import bp
from training.labs.views.here import Said, back, show
from training.web.guard import guarded, load
from training.web.rooms import store

ACTS = "runs,cite,uncite,note,draft,check,findings,hints,close"


@bp.get("/attempts/<uuid:attempt_id>")
@guarded(policy.may_work)
def workbench(attempt_id: UUID) -> ResponseReturnValue:
    """The workbench: briefing and questions, command and results, finding and notebook."""
    return show(attempt_id, Said(command=forms.chosen(request.args) or None))


@bp.get("/attempts/<uuid:attempt_id>/result")
@guarded(policy.may_work)
def shown(attempt_id: UUID) -> ResponseReturnValue:
    """The result alone, for a page that brings it in place."""
    return show(attempt_id, Said(), template="labs/shown.html")


@bp.get(f"/attempts/<uuid:attempt_id>/<any({ACTS}):act>")
@guarded(policy.may_work)
def step_back(attempt_id: UUID, act: str) -> ResponseReturnValue:  # noqa: ARG001 - whichever act it was
    """The address of an act, opened as a page (a reload, a bookmark): back to the workbench."""
    with store().reading() as session:
        load(session, Attempt, attempt_id)
    return back(attempt_id, "")


@bp.get("/attempts/<uuid:attempt_id>/runs/<int(max=999999999):number>/<any(end,again):act>")
@guarded(policy.may_work)
def step_back_to_run(attempt_id: UUID, number: int, act: str) -> ResponseReturnValue:  # noqa: ARG001 - as above
    """The same for an act on one run."""
    with store().reading() as session:
        load(session, Attempt, attempt_id)
    return back(attempt_id, "result", run=number)
