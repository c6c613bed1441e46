"""What the people of a session are told on every page: messages, a pause, their place in the help queue."""

from dataclasses import dataclass
from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session, lazyload

from training.accounts.sign_in import local
from training.hosting.board import policy
from training.hosting.board.models import Incident, Message
from training.hosting.board.service import asking, clocks, counter, messages
from training.hosting.board.service.counter import Standing
from training.hosting.board.views.blueprint import PLACE, bp, part, tag, unchanged
from training.hosting.models import TeachingSession
from training.web.guard import guarded, load, permit
from training.web.rooms import actor, clock, store


@dataclass(frozen=True, slots=True)
class Told:
    """What a person of a session is told now."""

    standing: Standing
    title: str
    messages: list[Message]
    paused: Incident | None
    place: asking.Place | None
    mark: str


@bp.app_template_global()
def session_notices() -> list[Told]:
    """What the reader is told of each open session, for the top of any page."""
    if actor().id is None:
        return []
    with store().looking() as connection:
        found = [one for one in counter.running(connection, actor().id, clock()) if policy.may_follow(actor(), one)]
    if not found:
        return []
    with store().reading() as session:
        return [_told(session, one) for one in found]


@bp.get(f"{PLACE}/notices")
@guarded(policy.may_follow)
def notices(session_id: UUID) -> ResponseReturnValue:
    """The same for a page that asks again. Unchanged: 304, after one look."""
    with store().looking() as connection:
        standing = permit(counter.standing(connection, session_id, actor().id, clock()) or counter.NOBODY)
    if answer := unchanged(standing.mark):
        return answer
    with store().reading() as session:
        told = _told(session, standing)
    return part(tag(standing.mark), "hosting_board/_told.html", told=told, back=local(request.args.get("back")))


def _told(session: Session, standing: Standing) -> Told:
    alone = [lazyload(TeachingSession.members)]  # every page passes here, and needs none of them
    teaching = session.get_one(TeachingSession, standing.session_id, options=alone)
    said = messages.of(session, teaching.id, standing.done_to, to=actor().id) if standing.running else []
    paused = clocks.paused(session, teaching.id) if standing.running else None
    who = actor().id if standing.role == "trainee" else None
    mine = asking.place(session, teaching, who, clock()) if who else None
    return Told(standing, teaching.title, said, paused, mine, tag(standing.mark))


@bp.post(f"{PLACE}/messages/<int(max=999999):number>/read")
@guarded(policy.may_ask)
def read(session_id: UUID, number: int) -> ResponseReturnValue:
    """The reader has read all messages up to this one."""
    with store().writing() as session:
        teaching = load(session, TeachingSession, session_id, lock=True)
        if who := actor().id:
            messages.read(session, who, teaching.id, number)
    return redirect(local(request.form.get("back")) or url_for("web.home"), 303)
