"""Results: the profile, one indicator, rounds side by side."""

from typing import Any
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue

from training.assessment import policy
from training.assessment.instrument.reader import instrument
from training.assessment.models import Round
from training.assessment.presentation import words
from training.assessment.presentation.history import side_by_side
from training.assessment.presentation.radar import radar
from training.assessment.service import report as service
from training.assessment.service.report import Report
from training.assessment.views.blueprint import bp, said
from training.errors import NotThere
from training.sentence import phrase
from training.web.guard import guarded, load
from training.web.rooms import actor, store


@bp.get("/assessments/<uuid:round_id>/results")
@guarded(policy.may_see)
def results(round_id: UUID) -> ResponseReturnValue:
    """Radar and table, priorities, courses, cautions."""
    found = reported(round_id)
    return render_template("assessment/results.html", **shown(found), may=policy.may_run(actor(), found.now.held))


@bp.get("/assessments/<uuid:round_id>/results/<indicator_code>")
@guarded(policy.may_see)
def indicator(round_id: UUID, indicator_code: str) -> ResponseReturnValue:
    """One indicator: levels, groups, evidence, documents, change, modules."""
    found = reported(round_id)
    one = found.result.indicator(indicator_code)
    known = instrument().indicator(indicator_code)
    if one is None or known is None:
        raise NotThere(phrase("There is no indicator %(code)s.", code=indicator_code[:10]))
    return render_template("assessment/indicator.html", **shown(found), one=one, known=known)


@bp.get("/assessments/<uuid:round_id>/history")
@guarded(policy.may_see)
def history(round_id: UUID) -> ResponseReturnValue:
    """Closed rounds about the same thing, side by side."""
    with store().reading() as session:
        held = load(session, Round, round_id)
        rounds = service.history(session, held.organisation_id, held.subject_key)
    rows = side_by_side(rounds, instrument().dimensions)
    return render_template("assessment/history.html", held=held, rounds=rounds, rows=rows, said=said())


def reported(round_id: UUID) -> Report:
    """The report of a round that the reader may see."""
    with store().reading() as session:
        return service.report(session, load(session, Round, round_id))


def shown(found: Report) -> dict[str, Any]:
    """What the templates of results ask for."""
    made = instrument()
    figure = radar(found.result.dimensions, made.dimensions)
    by_code = {one.code: one for one in found.result.dimensions}
    return {
        "report": found,
        "held": found.now.held,
        "result": found.result,
        "radar": figure,
        "dimensions": [(code, by_code.get(code)) for code in made.dimensions],
        "said": said(),
        "made": made,
        "words": words,
    }
