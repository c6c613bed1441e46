"""Pages of instructors: the machines of a session or an organisation, a console that is watched, and stepping in."""

from collections.abc import Callable
from uuid import UUID

from flask import Response as Answer
from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.accounts.models import Person
from training.errors import Conflict, DomainError, Refused
from training.hosting.models import TeachingSession
from training.machines import policy
from training.machines.models import Response
from training.machines.service import guiding, responses
from training.machines.views.blueprint import PLACE, bp, faults, range_, status
from training.machines.views.live import look
from training.machines.views.page import mark_of, moving, part, unchanged
from training.web.guard import guarded, load, permit
from training.web.rooms import actor, clock, store

Act = Callable[[Session, Response], object]


@bp.get("/machines", endpoint="list")
@guarded(policy.may_list)
def listed() -> ResponseReturnValue:
    """The reader's own machines, and those of the organisations in which the reader teaches."""
    permit(None)
    with store().reading() as session:
        rows = guiding.listed(session, range_(), actor())
    may = {"guides": policy.may_guide, "works": policy.may_work}
    return render_template("machines/list.html", rows=rows, teaching=None, **may)


@bp.get("/sessions/<uuid:session_id>/machines")
@guarded(policy.may_list_session)
def of_session(session_id: UUID) -> ResponseReturnValue:
    """The machines of a session."""
    with store().reading() as session:
        teaching = load(session, TeachingSession, session_id)
        rows = guiding.listed(session, range_(), actor(), teaching.id)
    may = {"guides": policy.may_guide, "works": policy.may_work}
    return render_template("machines/list.html", rows=rows, teaching=teaching, **may)


@bp.get(f"{PLACE}/watch")
@guarded(policy.may_guide)
def watch(response_id: UUID) -> ResponseReturnValue:
    """A trainee's console, to be read; the trainee is told."""
    return _page(response_id)


def _page(response_id: UUID, bad: DomainError | None = None) -> ResponseReturnValue:
    _looked(response_id)
    with store().reading() as session:
        response = load(session, Response, response_id)
        here = moving(session, response)
        lab = responses.lab_of(session, range_(), response)
        name = session.get_one(Person, response.person_id).name
    here |= {"lab": lab, "scene": responses.situation(lab), "name": name, "now": clock()}
    here |= {"faults": faults(bad), "bad": bad, "given": request.form}
    return render_template("machines/watch.html", **here), status(bad)


@bp.get(f"{PLACE}/watch/moving")
@guarded(policy.may_guide)
def watch_moving(response_id: UUID) -> ResponseReturnValue:
    """What moves on it. Unchanged: 304."""
    _looked(response_id)
    with store().reading() as session:
        response = load(session, Response, response_id)
        if unchanged(response):
            answer = Answer(status=304)
            answer.set_etag(mark_of(response, clock()), weak=True)
            return answer
        here = moving(session, response)
    return part(here, "machines/_watched.html")


def _looked(response_id: UUID) -> None:
    """Write down that somebody looks, from time to time, and do what waits."""
    with store().reading() as session:
        due = guiding.due(load(session, Response, response_id), clock())
    if due:
        with store().writing() as session:
            guiding.watch(session, actor(), load(session, Response, response_id, lock=True), clock())
    look(response_id)


def _do(response_id: UUID, act: Act) -> ResponseReturnValue:
    try:
        with store().writing() as session:
            act(session, load(session, Response, response_id, lock=True))
        look(response_id)
    except (Refused, Conflict) as bad:
        return _page(response_id, bad)
    return redirect(url_for(".watch", response_id=response_id), 303)


@bp.post(f"{PLACE}/watch/hint")
@guarded(policy.may_guide)
def hint(response_id: UUID) -> ResponseReturnValue:
    """Tell the trainee something."""
    text = request.form.get("text", "")
    return _do(response_id, lambda session, it: guiding.hint(session, actor(), it, text, clock()))


@bp.post(f"{PLACE}/watch/event")
@guarded(policy.may_guide)
def fire(response_id: UUID) -> ResponseReturnValue:
    """Let an event of the scenario happen now."""
    name = request.form.get("event", "")

    def act(session: Session, it: Response) -> None:
        scene = responses.situation(responses.lab_of(session, range_(), it))
        guiding.fire(session, actor(), it, scene, name, clock())

    return _do(response_id, act)


@bp.post(f"{PLACE}/watch/skip")
@guarded(policy.may_guide)
def skip(response_id: UUID) -> ResponseReturnValue:
    """Let what the scenario does next happen now."""
    return _do(response_id, lambda session, it: guiding.skip(session, actor(), it, clock()))
