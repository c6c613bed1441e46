"""An attempt step by step: for the person whose it is, and for instructors of the organisation."""

from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.labs import policy
from training.labs.models import Attempt, Citation
from training.labs.service import materials, notebook, procedure, replay, rules
from training.labs.service.attempts import Case
from training.labs.service.notebook import Place
from training.labs.service.replay import PAGE, Step
from training.labs.spot import number
from training.labs.views.blueprint import bp
from training.labs.views.here import case_of
from training.web.guard import guarded, load
from training.web.rooms import clock, rooms, store


@bp.get("/attempts/<uuid:attempt_id>/replay", endpoint="replay")
@guarded(policy.may_work)
def replay_own(attempt_id: UUID) -> ResponseReturnValue:
    """The reader's own attempt. In an examination no verdict is shown before it is released."""
    with store().reading() as session:
        case = case_of(session, load(session, Attempt, attempt_id))
        return _page(session, case, told=case.told(clock()), shows_procedure=procedure.may_be_told(case, clock()))


@bp.get("/results/<uuid:attempt_id>/replay", endpoint="replay_of")
@guarded(policy.may_see_result)
def replay_of_another(attempt_id: UUID) -> ResponseReturnValue:
    """An attempt of the instructor's organisation, with verdicts and the procedure."""
    with store().reading() as session:
        case = case_of(session, load(session, Attempt, attempt_id))
        name = accounts.names(session, {case.attempt.person_id}).get(case.attempt.person_id, "")
        return _page(session, case, told=True, shows_procedure=True, name=name, instructor=True)


def _page(
    session: Session, case: Case, *, told: bool, shows_procedure: bool, name: str = "", instructor: bool = False
) -> str:
    every = replay.steps(session, case, told=told)
    one = number(request.args.get("step", ""))
    current = every[one - 1] if 1 <= one <= len(every) else None
    pages = -(-len(every) // PAGE)
    page = min(-(-one // PAGE) if current else number(request.args.get("page", "1")) or 1, pages)
    shown = every[(page - 1) * PAGE : page * PAGE]
    questions = rules.of(session, case).questions
    return render_template(
        "labs/replay.html",
        case=case,
        up=url_for("labs.workbench", attempt_id=case.attempt.id),
        shown=shown,
        current=current,
        total=len(every),
        page=page,
        pages=pages,
        places=places_of(session, case, shown if current is None else [current, *shown]),
        questions={question.id: question for question in questions},
        score=procedure.score_of(session, case) if shows_procedure else None,
        told=told,
        bound=not instructor and case.bound(clock()),
        name=name,
        instructor=instructor,
    )


def places_of(session: Session, case: Case, shown: list[Step]) -> dict[str, Place]:
    """The rows and lines that steps name, by the ids of their citations."""
    ids = replay.cited_in(shown)
    made: list[Citation] = [one for one in notebook.every(session, case.attempt) if one.id in ids]
    places = notebook.places(session, made, rooms().shown, materials.of(case))
    return {str(place.citation.id): place for place in places}
