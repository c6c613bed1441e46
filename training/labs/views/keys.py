"""Where the sealed keys of a lab stand, for instructors: what they were proved with, and whether they still hold."""

from flask import render_template
from flask.typing import ResponseReturnValue

from training.content import ownership
from training.content import service as content
from training.content.policy import may_read_keys
from training.labs import drift, reader
from training.labs.views.blueprint import bp
from training.web.guard import guarded, permit
from training.web.rooms import rooms, store


@bp.get("/labs/<name>/keys")
@guarded(may_read_keys)
def keys(name: str) -> ResponseReturnValue:
    """The keys of the lab that is offered now, by exhibit. Never a key itself: a digest tells them apart."""
    settings = rooms().settings
    with store().reading() as session:
        permit(ownership.of(session, "lab", name))
        release = content.get(session, "lab", name)
    lab = reader.load(content.folder_of(settings.instance, release))
    standing = drift.standing(lab, settings.instance, settings.labs / "exhibits")
    return render_template("labs/keys.html", lab=lab, release=release, standing=standing)
