"""Pages of courses: the list, the syllabus, the module."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.content import service as content
from training.courses import policy
from training.labs import reader as labs
from training.learning import service as learning
from training.learning.forms import Tried
from training.learning.service import Place
from training.store import new_id
from training.web.guard import guarded, permit
from training.web.rooms import actor, clock, rooms, store

bp = Blueprint("courses", __name__, template_folder="templates")


@bp.get("/courses")
@guarded(policy.may_read)
def index() -> ResponseReturnValue:
    """The courses that are offered, and where the reader stands in each."""
    permit(None)
    with store().reading() as session:
        cards = learning.home_cards(session, rooms().settings.instance, actor())
    return render_template("courses/index.html", cards=cards)


@bp.get("/courses/<name>")
@guarded(policy.may_read)
def course(name: str) -> ResponseReturnValue:
    """The syllabus with the state of each module, and the release that the reader works with."""
    permit(None)
    with store().reading() as session:
        place = _place(session, name)
        standings = learning.progress(session, actor(), place)
        titles = _labs(session, place)
    card = learning.summary(place, standings)
    return render_template("courses/course.html", place=place, standings=standings, card=card, labs=titles)


@bp.get("/courses/<name>/<module>")
@guarded(policy.may_read)
def module(name: str, module: str) -> ResponseReturnValue:
    """A module: text, figures, questions, the way into the lab. The first one opened pins the release."""
    permit(None)
    return page(name, module)


def page(name: str, module: str, tried: Tried | None = None) -> str:
    """The page of a module; `tried` is an answer that was not taken, shown with the reason beside its question."""
    with store().reading() as session:
        place = _place(session, name)
        shown = place.module(module)
        given = learning.given(session, actor(), place, shown)
        standings = learning.progress(session, actor(), place)
        titles = _labs(session, place)
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
        today=clock().date(),
        new_key=new_id,
        tried=tried,
    )


def _place(session: Session, name: str) -> Place:
    return learning.place(session, rooms().settings.instance, actor(), name)


def _labs(session: Session, place: Place) -> dict[str, str]:
    """Titles of the labs of a course that are there, by name; others are not in this installation."""
    releases = [content.latest(session, "lab", name) for name in place.course.labs]
    instance = rooms().settings.instance
    return {one.name: labs.load(content.folder_of(instance, one)).title for one in releases if one}
