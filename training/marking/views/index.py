"""The way in: what an instructor can do with findings."""

from flask import render_template
from flask.typing import ResponseReturnValue

from training.marking import policy
from training.marking.service import waiting
from training.marking.views.blueprint import bp
from training.web.guard import guarded, permit
from training.web.rooms import actor, rooms, store


@bp.get("/marking")
@guarded(policy.may_mark)
def index() -> ResponseReturnValue:
    """All of it, on one page."""
    permit(None)
    settings = rooms().settings
    with store().reading() as session:
        waits = waiting.of(session, actor(), settings.instance, settings.labs / "exhibits")
    return render_template("marking/index.html", waits=waits)
