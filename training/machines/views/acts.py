"""What a trainee does on the page of the live work. Each act is a form that leads back to its own part of the page."""

from collections.abc import Callable
from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from training.errors import Conflict, DomainError, Refused, TooMany
from training.machines import forms, policy
from training.machines.models import Response
from training.machines.service import acquiring, console, guiding, handing, noting, responses
from training.machines.views.blueprint import PLACE, bp, in_place, range_
from training.machines.views.live import look
from training.machines.views.page import moving, page, part
from training.sentence import phrase
from training.web.guard import guarded, load
from training.web.rooms import actor, clock, rooms, store

Act = Callable[[Session, Response], object]
SCRIPTED, PLAIN = 0.28, 0.8
"""Seconds that an answer waits for the end of a line: a script asks again by itself, a reader would have to."""


def _do(response_id: UUID, act: Act, anchor: str) -> ResponseReturnValue:
    """Do something to a response that nobody else changes meanwhile; back to its part of the page, or what is wrong."""
    try:
        with store().writing() as session:
            act(session, load(session, Response, response_id, lock=True))
        look(response_id)
    except (Refused, Conflict, TooMany) as bad:
        return page(response_id, request.form, bad, anchor)
    return redirect(url_for(".live", response_id=response_id, _anchor=anchor), 303)


@bp.post(f"{PLACE}/confirm")
@guarded(policy.may_work)
def confirm(response_id: UUID) -> ResponseReturnValue:
    """The authority and its limits were read."""
    return _do(response_id, lambda session, it: responses.confirm(session, it, clock()), "console")


@bp.post(f"{PLACE}/type")
@guarded(policy.may_work)
def type_line(response_id: UUID) -> ResponseReturnValue:
    """Type a line, or press a key."""
    key = request.form.get("key", "")
    act, given = (console.press, key) if key else (console.write, request.form.get("line", ""))
    try:
        with store().writing() as session:
            response = load(session, Response, response_id, lock=True)
            entry = act(session, range_(), response, given, forms.request_key(request.form), clock())
        if entry is not None:
            console.send(range_(), entry)
            console.wait(range_(), entry, SCRIPTED if in_place() else PLAIN)
        look(response_id)
    except (Refused, Conflict, TooMany) as bad:
        return page(response_id, request.form, bad, "console")
    return _console(response_id)


def _console(response_id: UUID) -> ResponseReturnValue:
    if not in_place():
        return redirect(url_for(".live", response_id=response_id, _anchor="console"), 303)
    with store().reading() as session:
        response = load(session, Response, response_id)
        here = moving(session, response)
    return part(here)


@bp.post(f"{PLACE}/remarks")
@guarded(policy.may_work)
def remark(response_id: UUID) -> ResponseReturnValue:
    """Note something to a line, or to the moment."""

    def act(session: Session, it: Response) -> None:
        entry = forms.maybe_number(request.form, "entry")
        noting.remark(session, it, request.form.get("text", ""), entry, clock())

    return _do(response_id, act, "remarks")


@bp.post(f"{PLACE}/scene")
@guarded(policy.may_work)
def scene(response_id: UUID) -> ResponseReturnValue:
    """Keep the form of the scene."""
    return _do(response_id, lambda session, it: noting.scene(session, it, request.form, clock()), "scene")


@bp.post(f"{PLACE}/custody")
@guarded(policy.may_work)
def custody(response_id: UUID) -> ResponseReturnValue:
    """Keep a line of the custody form."""
    return _do(response_id, lambda session, it: noting.custody(session, it, request.form, clock()), "custody")


@bp.post(f"{PLACE}/decisions/<fork>")
@guarded(policy.may_work)
def decide(response_id: UUID, fork: str) -> ResponseReturnValue:
    """Decide at a fork."""

    def act(session: Session, it: Response) -> None:
        found = noting.fork_of(responses.situation(responses.lab_of(session, range_(), it)), fork)
        choice, reason = (request.form.get(name, "") for name in ("choice", "reason"))
        noting.decide(session, it, found, choice, reason, clock())

    return _do(response_id, act, f"fork-{fork}")


@bp.post(f"{PLACE}/media/<int(max=99):number>")
@guarded(policy.may_work)
def carry(response_id: UUID, number: int) -> ResponseReturnValue:
    """Put a medium into the machine, or take it out."""
    act = request.form.get("act", "")
    return _do(response_id, lambda session, it: noting.carry(session, it, number, act, clock()), "media")


@bp.post(f"{PLACE}/images")
@guarded(policy.may_work)
def take_image(response_id: UUID) -> ResponseReturnValue:
    """Take an image of the memory from outside."""
    try:
        with store().writing() as session:
            acquiring.outside(session, load(session, Response, response_id, lock=True), clock())
        acquiring.take(store(), range_(), response_id, clock)
    except (Refused, Conflict) as bad:
        return page(response_id, request.form, bad, "images")
    return redirect(url_for(".live", response_id=response_id, _anchor="images"), 303)


@bp.post(f"{PLACE}/images/<int(max=99):number>/receive")
@guarded(policy.may_work)
def receive(response_id: UUID, number: int) -> ResponseReturnValue:
    """Read an image off its medium, and compare both digests."""
    with store().reading() as session:
        load(session, Response, response_id)
    try:
        acquiring.receive(store(), range_(), response_id, number)
    except DomainError as bad:
        return page(response_id, request.form, bad, "images")
    return redirect(url_for(".live", response_id=response_id, _anchor="images"), 303)


@bp.post(f"{PLACE}/hand-over")
@guarded(policy.may_work)
def hand_over(response_id: UUID) -> ResponseReturnValue:
    """Seal the record and hand it over with an image; then the own exhibit opens. Asking again goes on with that."""
    try:
        with store().writing() as session:
            response = load(session, Response, response_id, lock=True)
            if response.state != "handed":
                image, note = forms.number(request.form, "image"), request.form.get("note", "")
                handing.seal(session, range_(), response, image, note, clock())
    except (Refused, Conflict) as bad:
        return page(response_id, request.form, bad, "handover")
    attempt = handing.finish(store(), rooms().settings, range_(), response_id, clock)
    if attempt is None:
        return redirect(url_for(".live", response_id=response_id, _anchor="handover"), 303)
    rooms().engine.wake()
    return redirect(url_for("labs.workbench", attempt_id=attempt), 303)


@bp.post(f"{PLACE}/stop")
@guarded(policy.may_read)
def stop(response_id: UUID) -> ResponseReturnValue:
    """Let the machine go, by its trainee or by an instructor."""
    return ended(response_id)


@bp.post(f"{PLACE}/reset")
@guarded(policy.may_read)
def reset(response_id: UUID) -> ResponseReturnValue:
    """Let the machine go, and begin anew on the same one."""
    return ended(response_id, again=True)


def ended(response_id: UUID, *, again: bool = False) -> ResponseReturnValue:
    """End a response that somebody means to end; where it is wanted another one stands in its place."""
    with store().writing() as session:
        response = load(session, Response, response_id, lock=True)
        _sure(response)
        guiding.stop(session, actor(), response, clock())
        fresh = guiding.anew(session, range_(), response, clock()) if again else None
    responses.let_go(range_(), response_id)
    if fresh is not None:
        responses.start(store(), range_(), fresh.id, clock)
    mine = policy.may_work(actor(), response)
    to = fresh.id if fresh is not None else response_id
    return redirect(url_for(".live" if mine else ".watch", response_id=to), 303)


def _sure(response: Response) -> None:
    responses.working(response)
    if request.form.get("sure") != "1":
        raise Refused(phrase("Tick the box first. Nothing was changed."), field="sure")
