"""Places and notes in the pages of courses: all of it works with links and forms, scripts only save a page."""

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.courses.manuscript.course import Module
from training.errors import Conflict, Refused, TooMany
from training.learning import service as learning
from training.learning.forms import request_key
from training.learning.service import Place
from training.reading import export, forms, policy
from training.reading.forms import Typed
from training.reading.models import MarginNote
from training.reading.service import notes, places
from training.reading.service.notes import Margin
from training.reading.service.places import Stop
from training.store import if_there_is_room, new_id
from training.web.errors import STATUS
from training.web.guard import guarded, load, permit
from training.web.language import reading_language
from training.web.rooms import actor, clock, rooms, store

bp = Blueprint("reading", __name__, template_folder="templates")


@bp.app_template_global()
def margin(place: Place, module: Module) -> Margin:
    """The text of a module with the reader's notes, for its page."""
    with store().reading() as session:
        return notes.margin(session, actor(), place.course.id, module)


@bp.app_template_global()
def stop_in(course: str) -> Stop | None:
    """Where the reader stopped in a course."""
    return _stops().get(course)


@bp.app_template_global()
def last_stop() -> Stop | None:
    """Where the reader stopped last, in whatever course."""
    return max(_stops().values(), key=lambda stop: stop.at, default=None)


def _stops() -> dict[str, Stop]:
    """Asked once for all courses of a page."""
    if "stops" not in g:
        with store().reading() as session:
            g.stops = places.stops(session, actor())
    return cast("dict[str, Stop]", g.stops)


@bp.get("/courses/<name>/<module>/at/<int:section>")
@guarded(policy.may_keep)
def at(name: str, module: str, section: int) -> ResponseReturnValue:
    """Open a section and keep it as the place: what the list of sections leads to where no script runs."""
    permit(None)
    if request.headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"}:  # not by a link on another site
        with if_there_is_room(), store().writing() as session:  # else a full disk would shut readers out
            here = _place(session, name)
            places.keep_section(session, actor(), name, here.module(module), section, clock())
    return redirect(url_for("courses.module", name=name, module=module, _anchor=f"s{section}"), 303)


@bp.get("/courses/<name>/<module>/on")
@guarded(policy.may_keep)
def on(name: str, module: str) -> ResponseReturnValue:
    """Go on where the reader stopped: the paragraph, or its section where the text changed."""
    permit(None)
    with store().reading() as session:
        anchor = places.anchor(session, actor(), name, _place(session, name).module(module))
    return redirect(url_for("courses.module", name=name, module=module, _anchor=anchor), 303)


@bp.post("/courses/<name>/<module>/place")
@guarded(policy.may_keep)
def keep(name: str, module: str) -> ResponseReturnValue:
    """Keep the paragraph that is being read; a script of the page says it now and then."""
    permit(None)
    mark = forms.mark(request.form)
    with store().reading() as session:
        here = _place(session, name).module(module)
        due = places.due(session, actor(), name, here, mark, clock())
    if due:
        with store().writing() as session:
            places.keep(session, actor(), name, here, mark, clock())
    return "", 204


@bp.get("/courses/<name>/<module>/notes")
@guarded(policy.may_keep)
def new(name: str, module: str) -> ResponseReturnValue:
    """Write a note: the paragraphs of a section to choose from, or the one that `at` names."""
    permit(None)
    return _form(name, module, request.args.get("at", "")[:20], request.args.get("section", 0, int))


@bp.post("/courses/<name>/<module>/notes")
@guarded(policy.may_keep)
def write(name: str, module: str) -> ResponseReturnValue:
    """Keep a note and go back to its paragraph; what is not taken comes back with the reason."""
    permit(None)
    try:
        key, mark = request_key(request.form), forms.mark(request.form)
        with store().writing() as session:
            here = _place(session, name).module(module)
            notes.write(session, actor(), name, here, mark, request.form.get("text", ""), key, clock())
    except (Refused, Conflict, TooMany) as bad:
        tried = forms.typed(request.form, bad.message, bad.field)
        return _form(name, module, tried.mark, request.args.get("section", 0, int), tried), STATUS[type(bad)]
    return redirect(url_for("courses.module", name=name, module=module, _anchor=f"p-{mark}"), 303)


@bp.get("/courses/<name>/notes")
@guarded(policy.may_keep)
def mine(name: str) -> ResponseReturnValue:
    """All notes of the reader in a course."""
    permit(None)
    return render_template("reading/mine.html", **_mine(name))


@bp.get("/courses/<name>/notes.txt")
@guarded(policy.may_keep)
def exported(name: str) -> ResponseReturnValue:
    """The same as a text file."""
    permit(None)
    answer = Response(export.text(**_mine(name)), content_type="text/plain; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}-notes.txt")
    return answer


@bp.get("/notes/<uuid:note_id>")
@guarded(policy.may_change)
def note(note_id: UUID) -> ResponseReturnValue:
    """A note, to change or delete it."""
    return _note(note_id)


@bp.post("/notes/<uuid:note_id>")
@guarded(policy.may_change)
def change(note_id: UUID) -> ResponseReturnValue:
    """Give a note another text."""
    try:
        with store().writing() as session:
            found = load(session, MarginNote, note_id, lock=True)
            notes.change(found, request.form.get("text", ""), forms.version(request.form), clock())
    except (Refused, Conflict) as bad:
        tried = forms.typed(request.form, bad.message, bad.field)
        return _note(note_id, tried), STATUS[type(bad)]
    return _back(found)


@bp.post("/notes/<uuid:note_id>/delete")
@guarded(policy.may_change)
def delete(note_id: UUID) -> ResponseReturnValue:
    """Delete a note for good."""
    with store().writing() as session:
        found = load(session, MarginNote, note_id, lock=True)
        session.delete(found)
    return _back(found)


def _note(note_id: UUID, tried: Typed | None = None) -> str:
    with store().reading() as session:
        found = load(session, MarginNote, note_id)
    return render_template("reading/note.html", note=found, longest=notes.LONGEST, tried=tried)


def _back(note: MarginNote) -> ResponseReturnValue:
    return redirect(url_for("courses.module", name=note.course, module=note.module, _anchor=f"p-{note.mark}"), 303)


def _form(name: str, module: str, mark: str, section: int, tried: Typed | None = None) -> str:
    """The page for a new note; a mark that is nowhere in the module chooses nothing."""
    with store().reading() as session:
        place = _place(session, name)
    here = place.module(module)
    found = notes.section_of(here, mark)
    shown = section if found is None else found
    heading = next((one for one in here.headings if one.number == shown), None)
    given = {"place": place, "module": here, "section": shown, "heading": heading, "mark": mark, "tried": tried}
    given |= {"choices": notes.choices(here, shown), "longest": notes.LONGEST, "key": new_id()}
    return render_template("reading/new.html", **given)


def _mine(name: str) -> Mapping[str, Any]:
    with store().reading() as session:
        place = _place(session, name)
        found = notes.of_course(session, actor(), place.course)
    return {"course": place.course, "found": found}


def _place(session: Session, name: str) -> Place:
    return learning.place(session, rooms().settings.instance, actor(), name, reading_language())
