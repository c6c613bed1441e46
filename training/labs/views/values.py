"""Masked values, shown once to who asks for them: each time is recorded before the answer is made."""

from uuid import UUID

from flask.typing import ResponseReturnValue

from training.labs import policy, table
from training.labs.models import Attempt
from training.labs.service import notebook, runs, unmasking
from training.labs.spot import Spot
from training.labs.views.blueprint import bp
from training.labs.views.here import Said, case_of, keep, lines_of, spot_of
from training.labs.views.results import result_page
from training.labs.views.showing import show
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, rooms, store

bp.add_app_template_global(unmasking.is_shown, "is_shown")


@bp.post("/attempts/<uuid:attempt_id>/runs/<int(max=999999999):number>/values")
@guarded(policy.may_work)
def values(attempt_id: UUID, number: int) -> ResponseReturnValue:
    """The page of a run with the values of its rows, in place of their marks. What is typed beside it is kept."""
    here = spot_of()
    spot = here if here.number == number else Spot(question=here.question, run=str(number))
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id, lock=True))
        if not case.over(clock()):
            keep(session, case)
        run = runs.numbered(session, case.attempt, number).run
        there, _ = table.of(run, spot, {}, rooms().shown)
        rows = [row.n for row in there.rows] if there and there.masked else []
        unmasking.note(session, case.attempt, {number: rows}, actor().id, clock())
    return show(attempt_id, Said(lifted=True), parts=("result",), spot=spot)


@bp.post("/results/<uuid:attempt_id>/values")
@guarded(policy.may_see_result)
def values_of(attempt_id: UUID) -> ResponseReturnValue:
    """The page of an attempt with the values of what is cited in it."""
    with store().writing() as session:
        case = case_of(session, load(session, Attempt, attempt_id))
        places = notebook.places(session, notebook.every(session, case.attempt), rooms().shown, lines_of(case))
        unmasking.note(session, case.attempt, unmasking.rows_of(places), actor().id, clock())
    return result_page(attempt_id, lifted=True)
