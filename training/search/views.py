"""The page of what is found."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from training.search import policy, service
from training.search.service import Hit
from training.web.guard import guarded, permit
from training.web.language import reading_language
from training.web.rooms import actor, rooms, store

bp = Blueprint("search", __name__, template_folder="templates")

SHOWN = 200  # characters of the question that the page shows again


@bp.get("/search")
@guarded(policy.may_search)
def index() -> ResponseReturnValue:
    """Passages of courses, labs, plugin cards and the glossary that hold the words."""
    permit(None)
    asked, exact, page = request.args.get("q", ""), "exact" in request.args, request.args.get("page", 1, int)
    given = (store(), rooms().settings, asked, reading_language(), page)
    found = service.search(*given, reader=actor().id, exact=exact)
    again = {"q": asked[:SHOWN]} | ({"exact": 1} if exact else {})
    return render_template("search/index.html", found=found, address=address, again=again, most=service.MOST)


def address(hit: Hit) -> str:
    """Where a hit stands."""
    if hit.kind == "module":
        return url_for("courses.module", name=hit.name, module=hit.place, _anchor=hit.anchor or None)
    if hit.kind == "term":
        return url_for("courses.words", _anchor=hit.anchor)
    endpoint = {"course": "courses.course", "lab": "labs.open_lab", "plugin": "labs.plugin"}[hit.kind]
    return url_for(endpoint, name=hit.name)
