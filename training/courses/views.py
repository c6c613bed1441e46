"""Pages of courses: the list, the syllabus, the module, the glossary."""

import re
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

from babel import Locale
from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.authoring import notes
from training.content import service as content
from training.courses import policy
from training.courses.manuscript import glossary, reader
from training.courses.manuscript.course import Module, marked
from training.courses.manuscript.glossary import Term
from training.courses.manuscript.local import LocalNote, html_of
from training.errors import NotThere
from training.labs import reader as labs
from training.labs.service import results
from training.learning import service as learning
from training.learning.forms import Tried
from training.learning.service import Place, mastery
from training.search import releases
from training.sentence import phrase
from training.store import if_there_is_room, new_id
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
        damages = content.damaged(rooms().settings.instance, content.offered(session, "course"), reader.load)
    return render_template("courses/index.html", cards=cards, damages=damages)


@bp.get("/glossary")
@guarded(policy.may_read)
def words() -> ResponseReturnValue:
    """All terms of the courses in the reader's language, and what the reader's own releases say in other words."""
    permit(None)
    offered, language = glossary.known(_glossary()), reading_language()
    held = _held(language)
    gone = {name: term for _, terms in held for name, term in terms.items() if name not in offered}
    terms = glossary.ordered({**gone, **offered}, language)
    other = glossary.otherwise({**gone, **offered}, held, language)
    return render_template("courses/glossary.html", terms=terms, other=other, language=language)


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
        cards = results.cards(session, actor(), rooms().settings.instance, clock(), titles)
    here = {"labs": titles, "mastered": mastered, "taken": {one.lab.id: one for one in cards}}
    card = learning.summary(place, standings)
    return render_template("courses/course.html", place=place, standings=standings, card=card, **here)


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
        with if_there_is_room(), store().writing() as session:  # else a full disk would shut readers out
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
        text=_text(shown, place.folder),
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


def _glossary() -> Path:
    """The folder of the glossary on offer."""
    return glossary.offered(rooms().settings.courses, rooms().settings.instance)


def _held(language: str) -> list[tuple[str, Mapping[str, Term]]]:
    """The courses that the reader can open, each with its title and the terms that the release in use holds."""
    instance = rooms().settings.instance
    with store().reading() as session:
        used = releases.opened(session, ["course"], actor().id).values()
    read = content.read_each(
        instance, used, lambda folder: (reader.load(folder, language).title, glossary.known(folder))
    )
    return [(title, terms) for _, (title, terms) in read if terms]


def _text(module: Module, folder: Path) -> Callable[[str], str]:
    """Completes the HTML of a module: definitions beside their terms, a mark at sections that changed since."""
    terms, numbers = glossary.of_release(folder, _glossary()), count(1)
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
    return {one.name: lab.title for one, lab in content.read_each(instance, releases, labs.load)}
