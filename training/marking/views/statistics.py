"""Item statistics: choose a release, and read how its questions behave."""

from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue

from training.accounts import service as accounts
from training.grading import items
from training.marking import policy
from training.marking.service import items as figures_of
from training.marking.service import releases
from training.marking.views.blueprint import bp
from training.marking.views.regrade import mine
from training.web.guard import guarded, permit
from training.web.rooms import rooms, store


@bp.get("/marking/statistics")
@guarded(policy.may_mark)
def statistics() -> ResponseReturnValue:
    """The releases on which the reader's organisations have attempts."""
    permit(None)
    with store().reading() as session:
        worked = releases.worked(session, mine())
        places = {one.id: one.name for one in accounts.organisations(session, mine())}
    return render_template("marking/statistics.html", worked=worked, places=places)


@bp.get("/marking/statistics/<uuid:organisation_id>/<uuid:release_id>")
@guarded(policy.may_mark)
def figures(organisation_id: UUID, release_id: UUID) -> ResponseReturnValue:
    """How each question of a release behaved in an organisation."""
    permit(organisation_id)
    with store().reading() as session:
        release = releases.release_of(session, release_id, organisation_id)
        found = figures_of.statistics(session, rooms().settings.instance, release, organisation_id)
    spread = items.fisher(0.3, found.persons)
    return render_template(
        "marking/figures.html", found=found, organisation_id=organisation_id, limits=items, spread=spread
    )
