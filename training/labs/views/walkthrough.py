"""The model walk-through of an attempt that has ended: for its person, and for instructors of the organisation."""

from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.content import ownership
from training.errors import Conflict
from training.labs import policy
from training.labs.models import Attempt
from training.labs.service import path, procedure, replay, rules, walkthrough
from training.labs.service.attempts import Case
from training.labs.views.blueprint import bp
from training.labs.views.here import case_of
from training.labs.views.replay import places_of
from training.sentence import phrase
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, rooms, store


@bp.get("/attempts/<uuid:attempt_id>/walkthrough", endpoint="walkthrough")
@guarded(policy.may_work)
def walkthrough_own(attempt_id: UUID) -> ResponseReturnValue:
    """The reader's own exhibit, question by question, once nothing can be submitted any more."""
    with store().reading() as session:
        case = case_of(session, load(session, Attempt, attempt_id))
        if not procedure.may_be_told(case, clock()):
            raise Conflict(
                phrase("The walk-through is shown when the attempt is closed and no examination withholds its results.")
            )
        return _page(session, case)


@bp.get("/results/<uuid:attempt_id>/walkthrough", endpoint="walkthrough_of")
@guarded(policy.may_see_result)
def walkthrough_of_another(attempt_id: UUID) -> ResponseReturnValue:
    """The exhibit of an attempt of the instructor's organisation: at any time where the lab belongs to that, too."""
    with store().reading() as session:
        case = case_of(session, load(session, Attempt, attempt_id))
        owned = ownership.of(session, "lab", case.release.name)
        if not policy.may_see_model(actor(), owned, told=procedure.may_be_told(case, clock())):
            raise Conflict(
                phrase(
                    "This lab belongs to another organisation. You see its right answers when your trainee may: when "
                    "the attempt is closed and no examination withholds its results."
                )
            )
        name = accounts.names(session, {case.attempt.person_id}).get(case.attempt.person_id, "")
        return _page(session, case, name=name, instructor=True)


def _page(session: Session, case: Case, *, name: str = "", instructor: bool = False) -> str:
    """One question: on one side the model, on the other what was done for it, with the way to the others."""
    questions = {one.id: one for one in rules.of(session, case).questions}
    wanted = request.args.get("question", "")
    current = wanted if wanted in questions else next(iter(questions))
    paths = path.of(replay.steps(session, case))
    shown = [*paths.of(current), *paths.loose]
    return render_template(
        "labs/walkthrough.html",
        case=case,
        walk=walkthrough.of(session, case, rooms().engine.result, rooms().shown, only=current)[0],
        questions=questions,
        current=list(questions).index(current),
        path=paths.of(current),
        loose=paths.loose,
        places=places_of(session, case, shown),
        up=url_for("labs.workbench", attempt_id=case.attempt.id),
        told=True,
        name=name,
        instructor=instructor,
    )
