"""What the page of the live work shows, put together once for the whole page and for the parts that change."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.content.models import Release
from training.errors import DomainError
from training.machines import forms, shown
from training.machines.models import Decision, Form, Remark, Response
from training.machines.service import acquiring, console, guiding, handing, noting, responses
from training.machines.views.blueprint import Here, faults, range_, status
from training.store import new_id
from training.web.guard import load
from training.web.language import reading_language
from training.web.rooms import clock, store


def mark_of(response: Response, now: datetime) -> str:
    """The version of the moving parts of a page, in the language of the reader."""
    size = console.size(range_(), response)
    return f"{response.acts}.{size}.{int(guiding.watched(response, now))}.{reading_language()}"


def moving(session: Session, response: Response) -> Here:
    """What moves: the console, hints and events, media, images, what waits."""
    here = range_()
    rows = console.entries(session, response.id, last=shown.LAST)
    earlier, known = rows[0].number - 1 if rows else 0, forms.place(request.args, "after")
    rows = [one for one in rows if one.number > known]  # a script has the others already
    return {
        "response": response,
        "entries": shown.entries(here, response, rows),
        "earlier": earlier,
        "waiting": shown.waiting(here, response, rows),
        "open_entry": console.open_entry(session, response.id),
        "remarks": noting.rows(session, Remark, response),
        "told": guiding.told(session, response),
        "media": noting.media(session, response),
        "images": acquiring.of(session, response.id),
        "watched": guiding.watched(response, clock()),
        "reference": response.reference(clock()),
        "mark": mark_of(response, clock()),
    }


def whole(session: Session, response: Response) -> Here:
    """All that the page shows."""
    here = range_()
    lab = responses.lab_of(session, here, response)
    decisions = noting.rows(session, Decision, response)
    forms = noting.rows(session, Form, response)
    scene = next((one for one in reversed(forms) if one.kind == "scene"), None)
    return moving(session, response) | {
        "lab": lab,
        "scene": responses.situation(lab),
        "release": session.get_one(Release, response.release_id),
        "decided": {one.fork: one for one in decisions},
        "forms": forms,
        "last_scene": scene,
        "pair": noting.clock_pair(scene.content) if scene and scene.content else None,
        "custody": [one for one in forms if one.kind == "custody"],
        "points": handing.points(session, here, response),
    }


def page(
    response_id: UUID, given: Mapping[str, str] | None = None, bad: DomainError | None = None, about: str = ""
) -> ResponseReturnValue:
    """The page of the live work; with what was typed, and what was wrong with it, in the part that it is about."""
    with store().reading() as session:
        here = whole(session, load(session, Response, response_id))
    here |= {"given": given or {}, "faults": faults(bad), "bad": bad, "about": about, "key": str(new_id())}
    here |= {"now": clock()}
    return render_template("machines/live.html", **here), status(bad)


def part(here: Here, template: str = "machines/_moving.html") -> ResponseReturnValue:
    """The moving parts alone, with their version."""
    answer = make_response(render_template(template, **here))
    answer.set_etag(here["mark"], weak=True)
    answer.cache_control.no_store = True  # the page itself keeps the version that it shows
    return answer


def unchanged(response: Response) -> bool:
    """Whether whoever asks has the present version already."""
    return bool(request.if_none_match.contains_weak(mark_of(response, clock())))
