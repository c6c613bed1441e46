"""The page of what is found."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.search import policy, service
from training.search.service import Hit
from training.web.guard import guarded, permit
from training.web.language import reading_language
from training.web.rooms import rooms, store

bp = Blueprint("search", __name__, template_folder="templates")

SHOWN = 200  # characters of the question that the page shows again


@bp.get("/search")
@guarded(policy.may_search)
def index() -> ResponseReturnValue:
    """Passages of courses, labs, plugin cards and the glossary that hold the words."""
    permit(None)
    asked = request.args.get("q", "")
    found = service.search(store(), rooms().settings, asked, reading_language(), request.args.get("page", 1, int))
    return render_template("search/index.html", asked=asked[:SHOWN], found=found, address=address, most=service.MOST)


def address(hit: Hit) -> str:
    """Where a hit stands."""
    if hit.kind == "module":
        return url_for("courses.module", name=hit.name, module=hit.place, _anchor=hit.anchor or None)
    if hit.kind == "term":
        return url_for("courses.words", _anchor=hit.anchor)
    endpoint = {"course": "courses.course", "lab": "labs.open_lab", "plugin": "labs.plugin"}[hit.kind]
    return url_for(endpoint, name=hit.name)
