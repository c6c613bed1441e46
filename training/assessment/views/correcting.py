"""A correction of a closed round: answers are taken again, and a new result is shown only when it points at nobody."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from training.assessment import policy
from training.assessment.models import Round
from training.assessment.service import closing
from training.assessment.views.blueprint import bp
from training.assessment.views.rounds import round_page
from training.errors import DomainError
from training.web.errors import STATUS
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, store


@bp.post("/assessments/<uuid:round_id>/reopen")
@guarded(policy.may_run)
def reopen(round_id: UUID) -> ResponseReturnValue:
    """Take answers again, with the reason."""
    try:
        with store().writing() as session:
            held = load(session, Round, round_id, lock=True)
            closing.reopen(session, held, request.form.get("why", ""), actor(), clock())
    except DomainError as bad:
        return round_page(round_id, bad), STATUS[type(bad)]
    return redirect(url_for(".round", round_id=round_id), 303)


@bp.post("/assessments/<uuid:round_id>/correct")
@guarded(policy.may_run)
def correct(round_id: UUID) -> ResponseReturnValue:
    """Work the results out anew."""
    try:
        with store().writing() as session:
            held = load(session, Round, round_id, lock=True)
            closing.correct(session, held, actor(), clock())
    except DomainError as bad:
        return round_page(round_id, bad), STATUS[type(bad)]
    flash(gettext("The corrected result is shown. The earlier one stays in the history of the round."), "ok")
    return redirect(url_for(".results", round_id=round_id), 303)


@bp.post("/assessments/<uuid:round_id>/drop")
@guarded(policy.may_run)
def drop(round_id: UUID) -> ResponseReturnValue:
    """End the correction; the result stays as it was."""
    try:
        with store().writing() as session:
            held = load(session, Round, round_id, lock=True)
            closing.drop(session, held, actor(), clock())
    except DomainError as bad:
        return round_page(round_id, bad), STATUS[type(bad)]
    return redirect(url_for(".round", round_id=round_id), 303)
