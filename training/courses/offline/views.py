"""Pages that give a course as one: to print, to read offline."""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from training.content import service as content
from training.content.markdown.words import direction
from training.courses import policy
from training.courses.manuscript import glossary, reader
from training.courses.offline import service
from training.courses.offline.chapters import Edition, edition
from training.courses.offline.page import whole
from training.courses.offline.service import Kind
from training.labs import reader as labs
from training.learning import service as learning
from training.web.guard import guarded, permit
from training.web.language import reading_language
from training.web.rooms import actor, rooms, store

bp = Blueprint("offline", __name__, template_folder="templates")

TYPES = {"html": "text/html; charset=utf-8", "epub": "application/epub+zip"}


@bp.get("/courses/<name>/print")
@guarded(policy.may_read)
def printed(name: str) -> ResponseReturnValue:
    """The whole course on one page, to print it."""
    permit(None)
    made = _edition(name)
    return render_template("offline/print.html", made=made, body=whole(made), turned=direction(made.language))


@bp.get("/courses/<name>/offline.html")
@guarded(policy.may_read)
def page(name: str) -> ResponseReturnValue:
    """The whole course as one file that asks for nothing."""
    permit(None)
    return _file(name, "html")


@bp.get("/courses/<name>/offline.epub")
@guarded(policy.may_read)
def epub(name: str) -> ResponseReturnValue:
    """The whole course as a book."""
    permit(None)
    return _file(name, "epub")


def _file(name: str, kind: Kind) -> ResponseReturnValue:
    made = _edition(name)
    answer = Response(service.copy(rooms().settings.instance, made, kind), content_type=TYPES[kind])
    answer.headers.set("Content-Disposition", "attachment", filename=f"{made.course.id}.{made.language}.{kind}")
    return answer


def _edition(name: str) -> Edition:
    """The course in the release and the language of the reader; titles of the labs that are here."""
    settings, language = rooms().settings, reading_language()
    with store().reading() as session:
        place = learning.place(session, settings.instance, actor(), name, language)
        releases = [content.latest(session, "lab", lab) for lab in place.course.labs]
    here = content.read_each(settings.instance, filter(None, releases), labs.load)
    titles = {one.name: lab.title for one, lab in here}
    course = reader.load(place.folder, language)  # of no reader: a place has the questions drawn for one
    terms = glossary.of_release(place.folder, glossary.offered(settings.courses, settings.instance))
    return edition(course, place.release, terms, titles)
