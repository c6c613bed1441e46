"""What staff does from the board: begin and end slots, speak to all, pause, give time, take requests for help."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.errors import Conflict, NotThere, Refused, TooMany
from training.hosting.board import forms, policy
from training.hosting.board.service import asking, clocks, messages, parts
from training.hosting.board.views.blueprint import PLACE, bp
from training.hosting.board.views.board import page
from training.hosting.models import Part, TeachingSession
from training.hosting.service import slots
from training.web.guard import guarded, load
from training.web.language import spoken
from training.web.rooms import actor, clock, store

Act = Callable[[Session, TeachingSession], object]


def _do(session_id: UUID, act: Act, anchor: str) -> ResponseReturnValue:
    """Do something to a session that nobody else changes meanwhile, and go back to the board; or say what is wrong."""
    try:
        with store().writing() as session:
            act(session, load(session, TeachingSession, session_id, lock=True))
    except (Refused, Conflict, TooMany, NotThere) as bad:
        return page(session_id, request.form, bad)
    wanted = request.args.get("part", "")[:40]
    return redirect(url_for(".board", session_id=session_id, part=wanted or None, _anchor=anchor), 303)


@bp.post(f"{PLACE}/board/parts/<uuid:part_id>/begin")
@guarded(policy.may_run)
def begin(session_id: UUID, part_id: UUID) -> ResponseReturnValue:
    """A slot begins."""
    return _do(session_id, lambda session, it: parts.begin(session, actor(), it, *_slot(session, it, part_id)), "part")


@bp.post(f"{PLACE}/board/parts/<uuid:part_id>/end")
@guarded(policy.may_run)
def end(session_id: UUID, part_id: UUID) -> ResponseReturnValue:
    """A slot ends."""
    return _do(session_id, lambda session, it: parts.end(session, actor(), it, *_slot(session, it, part_id)), "part")


def _slot(session: Session, teaching: TeachingSession, part_id: UUID) -> tuple[Part, datetime]:
    return slots.get(session, teaching, part_id), clock()


@bp.post(f"{PLACE}/board/parts/<uuid:part_id>/times")
@guarded(policy.may_run)
def correct(session_id: UUID, part_id: UUID) -> ResponseReturnValue:
    """Correct when a slot began and ended."""

    def act(session: Session, it: TeachingSession) -> None:
        slot, times = slots.get(session, it, part_id), forms.times(request.form)
        parts.correct(session, actor(), it, slot, times, forms.typed(request.form, "reason"), clock())

    return _do(session_id, act, "times")


@bp.post(f"{PLACE}/board/messages")
@guarded(policy.may_run)
def say(session_id: UUID) -> ResponseReturnValue:
    """Tell everybody in the session."""

    def act(session: Session, it: TeachingSession) -> None:
        text, ready = forms.typed(request.form, "text", 2000), request.form.get("ready", "")
        said = text if text.strip() else str(spoken(messages.TEMPLATES.get(ready, "")))  # as the sender read it
        messages.say(session, actor(), it, said, forms.request_key(request.form), clock())

    return _do(session_id, act, "messages")


@bp.post(f"{PLACE}/board/messages/<int(max=999999):number>/withdraw")
@guarded(policy.may_run)
def withdraw(session_id: UUID, number: int) -> ResponseReturnValue:
    """Show a message no more."""
    return _do(session_id, lambda session, it: messages.withdraw(session, actor(), it, number, clock()), "messages")


@bp.post(f"{PLACE}/board/pause")
@guarded(policy.may_run)
def pause(session_id: UUID) -> ResponseReturnValue:
    """Stop the clocks of the session, or of one slot."""

    def act(session: Session, it: TeachingSession) -> None:
        only = forms.person(request.form, "only")
        slot = slots.get(session, it, only) if only else None
        clocks.pause(session, actor(), it, slot, forms.typed(request.form, "reason"), clock())

    return _do(session_id, act, "time")


@bp.post(f"{PLACE}/board/resume")
@guarded(policy.may_run)
def resume(session_id: UUID) -> ResponseReturnValue:
    """Go on; dates and limits move by the pause."""
    return _do(session_id, lambda session, it: clocks.resume(session, actor(), it, clock()), "time")


@bp.post(f"{PLACE}/board/parts/<uuid:part_id>/extend")
@guarded(policy.may_run)
def extend(session_id: UUID, part_id: UUID) -> ResponseReturnValue:
    """Give minutes to all, or to one."""

    def act(session: Session, it: TeachingSession) -> None:
        slot, more, key = slots.get(session, it, part_id), forms.given(request.form), forms.request_key(request.form)
        clocks.extend(session, actor(), it, slot, more, forms.typed(request.form, "reason"), key, clock())

    return _do(session_id, act, "time")


@bp.post(f"{PLACE}/board/help/<int(max=999999):number>/take")
@guarded(policy.may_run)
def take(session_id: UUID, number: int) -> ResponseReturnValue:
    """Go to whoever asked."""
    return _do(session_id, lambda session, it: asking.take(session, actor(), it, number, clock()), "queue")


@bp.post(f"{PLACE}/board/help/<int(max=999999):number>/hand")
@guarded(policy.may_run)
def hand(session_id: UUID, number: int) -> ResponseReturnValue:
    """Give a request to a colleague, or back."""

    def act(session: Session, it: TeachingSession) -> None:
        asking.hand_on(session, actor(), it, number, forms.person(request.form, "to"), clock())

    return _do(session_id, act, "queue")


@bp.post(f"{PLACE}/board/help/<int(max=999999):number>/close")
@guarded(policy.may_run)
def close(session_id: UUID, number: int) -> ResponseReturnValue:
    """The trainee was helped."""
    word = request.form.get("word", "")[:10]
    return _do(session_id, lambda session, it: asking.close(session, actor(), it, number, word, clock()), "queue")
