"""The blueprint to which the modules of this folder add their pages, and answers that a page asks for again."""

from flask import Blueprint, Response, make_response, render_template, request

from training.web.language import reading_language

bp = Blueprint("hosting_board", "training.hosting.board", template_folder="templates")
PLACE = "/sessions/<uuid:session_id>"


def tag(mark: str) -> str:
    """The version of a part of a page, in the language of its reader."""
    return f"{mark}.{reading_language()}"


def unchanged(mark: str) -> Response | None:
    """The whole answer for whoever has this version already."""
    if not request.if_none_match.contains_weak(tag(mark)):
        return None
    return _marked(Response(status=304), mark)


def part(mark: str, template: str, **here: object) -> Response:
    """A part of a page, with its version."""
    return _marked(make_response(render_template(template, mark=tag(mark), **here)), mark)


def _marked(answer: Response, mark: str) -> Response:
    answer.set_etag(tag(mark), weak=True)
    answer.cache_control.no_store = True  # the page itself keeps the version that it shows
    return answer
