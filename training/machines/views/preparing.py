"""Whether the machines of a lab are prepared, said before anybody wants one, and their preparation on demand."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from training.content import service as content
from training.labs import reader
from training.labs.reader import Lab
from training.labs.service import live
from training.machines import policy
from training.machines.service import demanding, responses
from training.machines.service.demanding import Standing
from training.machines.views.blueprint import bp, range_
from training.web.guard import guarded, permit
from training.web.rooms import actor, clock, rooms, store


@bp.app_template_global()
def machines_of(lab: Lab) -> Standing:
    """How the machines of a live lab stand, for the page on which it is begun."""
    return demanding.standing(range_(), lab)


@bp.get("/labs/<name>/live/prepare")
@guarded(policy.may_begin)
def prepared(name: str) -> ResponseReturnValue:
    """How far the preparation is; the page looks again by itself."""
    permit(None)
    with store().reading() as session:
        release = content.release_for(session, "lab", name, actor().id)
    lab = reader.load(content.folder_of(rooms().settings.instance, release))
    responses.situation(lab)
    return render_template("machines/prepare.html", lab=lab, machines=demanding.standing(range_(), lab))


@bp.post("/labs/<name>/live/prepare")
@guarded(policy.may_begin)
def prepare(name: str) -> ResponseReturnValue:
    """Have the machines of a lab prepared that are not, for whoever may begin one."""
    permit(None)
    with store().reading() as session:
        admitted = live.admit(session, range_().instance, actor(), name, clock())
    trainee_of = None if policy.is_staff(actor()) else actor().home
    demanding.begin(rooms().settings, range_(), admitted.lab, rooms().clock, trainee_of)
    return redirect(url_for(".prepared", name=name), 303)
