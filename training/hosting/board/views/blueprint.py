"""The blueprint to which the modules of this folder add their pages, and answers that a page asks for again."""

from flask import Blueprint, Response, make_response, render_template, request

from training.hosting.board.service.state import Mark
from training.web.language import reading_language

bp = Blueprint("hosting_board", "training.hosting.board", template_folder="templates")
PLACE = "/sessions/<uuid:session_id>"


def tag(mark: str, language: str | None = None) -> str:
    """The version of a part of a page, in a language; in that of the reader of this request, where none is named."""
    return f"{mark}.{language or reading_language()}"


def unchanged(mark: str) -> Response | None:
    """The whole answer for whoever has this version already."""
    if not request.if_none_match.contains_weak(tag(mark)):
        return None
    return marked(Response(status=304), tag(mark))


def held(mark: Mark) -> Response | None:
    """The same for a board: for whoever may keep the version that is there."""
    known = next((one for one in request.if_none_match.as_set(include_weak=True) if mark.held(one)), None)
    return marked(Response(status=304), known) if known else None


def part(version: str, template: str, **here: object) -> Response:
    """A part of a page, with its version."""
    return marked(make_response(render_template(template, **here)), version)


def marked(answer: Response, version: str) -> Response:
    """An answer that says which version it is."""
    answer.set_etag(version, weak=True)
    answer.cache_control.no_store = True  # the page itself keeps the version that it shows
    return answer
