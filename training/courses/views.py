"""Pages of courses: the list, the syllabus, the module, the glossary."""

import re
from collections.abc import Callable
from itertools import count

from babel import Locale
from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.authoring import notes
from training.content import service as content
from training.courses import glossary, policy
from training.courses.course import Module, marked
from training.courses.local import LocalNote, html_of
from training.errors import NotThere
from training.labs import reader as labs
from training.learning import service as learning
from training.learning.forms import Tried
from training.learning.service import Place, mastery
from training.sentence import phrase
from training.store import new_id
from training.web.guard import guarded, permit
from training.web.language import reading_language
from training.web.rooms import actor, clock, rooms, store

FOLDER = re.compile(r"[0-9]{2}-[a-z0-9-]{1,71}")
bp = Blueprint("courses", __name__, template_folder="templates")


@bp.get("/courses")
@guarded(policy.may_read)
def index() -> ResponseReturnValue:
    """The courses that are offered, and where the reader stands in each."""
    permit(None)
    with store().reading() as session:
        cards = learning.home_cards(session, rooms().settings.instance, actor(), reading_language())
    return render_template("courses/index.html", cards=cards)


@bp.get("/glossary")
@guarded(policy.may_read)
def words() -> ResponseReturnValue:
    """All terms of the courses in the reader's language."""
    permit(None)
    terms = glossary.ordered(glossary.known(rooms().settings.courses), reading_language())
    return render_template("courses/glossary.html", terms=terms, language=reading_language())


@bp.get("/courses/<name>")
@guarded(policy.may_read)
def course(name: str) -> ResponseReturnValue:
    """The syllabus with the state of each module, and the release that the reader works with."""
    permit(None)
    with store().reading() as session:
        place = _place(session, name)
        standings = learning.progress(session, actor(), place)
        titles = _labs(session, place)
        mastered = mastery.of_course(session, actor(), place)
    card = learning.summary(place, standings)
    return render_template(
        "courses/course.html", place=place, standings=standings, card=card, labs=titles, mastered=mastered
    )


@bp.get("/courses/<name>/<module>")
@guarded(policy.may_read)
def module(name: str, module: str) -> ResponseReturnValue:
    """A module: text, figures, questions, the way into the lab. The first one opened pins the release.

    Under the name of its folder, by which other courses link to it, it leads to the page of its id.
    """
    permit(None)
    return _by_folder(name, module) if FOLDER.fullmatch(module) else page(name, module)


def _by_folder(name: str, folder: str) -> ResponseReturnValue:
    with store().reading() as session:
        found = [one for one in _place(session, name).course.modules if one.folder == folder]
    if not found:
        raise NotThere(phrase("%(course)s has no module %(module)s in this release", course=name, module=folder))
    return redirect(url_for("courses.module", name=name, module=found[0].id))


def page(name: str, module: str, tried: Tried | None = None) -> str:
    """The page of a module; `tried` is an answer that was not taken, shown with the reason beside its question."""
    with store().reading() as session:
        place = _place(session, name)
        shown = place.module(module)
        given = learning.given(session, actor(), place, shown)
        standings = learning.progress(session, actor(), place)
        titles = _labs(session, place)
        local = _local(session, shown)
        mastered = mastery.of_course(session, actor(), place)[shown.id]
    if not place.begun:
        with store().writing() as session:
            learning.begin(session, actor(), place, clock())
    return render_template(
        "courses/module.html",
        place=place,
        module=shown,
        beside=place.course.beside(shown),
        given=given,
        standings=standings,
        labs=titles,
        local=local,
        mastered=mastered,
        text=_text(shown),
        wanted=reading_language(),
        named=_named,
        today=clock().date(),
        new_key=new_id,
        tried=tried,
    )


def _place(session: Session, name: str) -> Place:
    return learning.place(session, rooms().settings.instance, actor(), name, reading_language())


def _named(language: str) -> str:
    """The name of a language in the reader's own."""
    return Locale(language).get_display_name(reading_language()) or language


def _text(module: Module) -> Callable[[str], str]:
    """Completes the HTML of a module: definitions beside their terms, a mark at sections that changed since."""
    terms, numbers = glossary.known(rooms().settings.courses), count(1)
    mark = render_template("courses/stale.html") if module.stale else ""

    def completed(html: str) -> str:
        explained = glossary.explain(html, terms, module.language, numbers)
        return marked(explained, module.stale, mark) if mark else explained

    return completed


def _local(session: Session, module: Module) -> dict[str, LocalNote]:
    """The notes of the reader's organisation for the places of a module."""
    wanted = {part.local.key for part in module.parts if part.local}
    rows = notes.local_notes(session, actor().home) if wanted else {}
    return {
        key: LocalNote(row.jurisdiction, row.article, row.dated, row.checked_by, html_of(row.text))
        for key, row in rows.items()
        if key in wanted
    }


def _labs(session: Session, place: Place) -> dict[str, str]:
    """Titles of the labs of a course that are there, by name; others are not in this installation."""
    wanted, instance = set(place.course.labs), rooms().settings.instance
    releases = [one for one in content.offered(session, "lab") if one.name in wanted] if wanted else []
    return {one.name: labs.load(content.folder_of(instance, one)).title for one in releases}
