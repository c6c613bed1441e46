"""The way in: what an instructor can do with findings."""

from flask import render_template
from flask.typing import ResponseReturnValue

from training.marking import policy
from training.marking.views.blueprint import bp
from training.web.guard import guarded, permit


@bp.get("/marking")
@guarded(policy.may_mark)
def index() -> ResponseReturnValue:
    """All of it, on one page."""
    permit(None)
    return render_template("marking/index.html")
