"""What is done to a machine on somebody's word: it was written down first, and is done here, once and by one at a time.

A wish is an order to the range ('link cut', 'fire courier', 'skip', 'live'), or 'plug 2' and 'unplug 2' for media.
"""

from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from training.errors import DomainError
from training.machines import medium as media
from training.machines.models import Happening, Medium, Response
from training.machines.ranges import Guest, Range
from training.machines.service import responses
from training.store import Store

SILENT = "silent"
"""What stands as the answer of a range that says nothing: somebody ended the process that it hears with."""
DONE = "ok"
LONGEST = 200


def out(store: Store, here: Range, response_id: UUID, now: datetime) -> None:
    """Do whatever waits, in its order. What can't be done is not tried again; its answer says why."""
    waiting = select(Happening).where(Happening.response_id == response_id, Happening.done_at.is_(None))
    with store.reading() as session:
        if session.scalars(waiting.limit(1)).first() is None:
            return
    with here.alone(response_id):
        with store.reading() as session:  # another process may have done it while this one waited
            todo = session.scalars(waiting.order_by(Happening.number)).all()
            bag = {one.number: one for one in session.scalars(select(Medium).filter_by(response_id=response_id))}
            running = session.get_one(Response, response_id).state == "live"
        answers = {one.number: _done(here, response_id, one.wish, bag) if running else SILENT for one in todo}
        with store.writing() as session:
            response = responses.get(session, response_id)
            for one in session.scalars(waiting):
                if one.number in answers:
                    one.answer, one.done_at = answers[one.number][:LONGEST], now
                    _moved(session.get(Medium, (response_id, _number(one.wish))), one, now)
            responses.moved(response)


def _done(here: Range, response_id: UUID, wish: str, bag: dict[int, Medium]) -> str:
    try:
        guest = here.guests.attach(here.machine(response_id))
        medium = bag.get(_number(wish))
        if medium is None:
            return f"{DONE} {guest.order(*wish.split())}".strip()
        if wish.startswith("plug"):
            _plug(here, guest, medium)
        else:
            guest.unplug(medium.kind)
    except DomainError as fault:
        return f"{SILENT}: {fault.message}" if _number(wish) else SILENT
    return DONE


def _plug(here: Range, guest: Guest, medium: Medium) -> None:
    image = image_of(here, medium)
    guest.plug(medium.kind, image, medium.serial, read_only=medium.kind == "kit", failing=medium.failing)


def image_of(here: Range, medium: Medium) -> Path:
    """The file behind a medium, made when it is first needed."""
    if medium.kind == "kit":
        return media.kit(here.instance / "snapshots" / "kit.img")
    image = here.record(medium.response_id) / f"medium-{medium.number}.img"
    if not image.exists():
        media.blank(image)
    return image


def _number(wish: str) -> int:
    """The number of the medium that a wish is about, else 0."""
    act, _, number = wish.partition(" ")
    return int(number) if act in {"plug", "unplug"} else 0


def _moved(medium: Medium | None, done: Happening, now: datetime) -> None:
    if medium is None or done.answer != DONE:
        return
    if done.kind == "plug":
        medium.plugged_at, medium.unplugged_at = now, None
    else:
        medium.unplugged_at = now
