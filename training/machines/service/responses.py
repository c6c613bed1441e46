"""Begin a response, find it again, and let its machine go.

What is done to a machine is written down before it is done: a server that is killed in between finds it undone, and
does it when it is next looked at.
"""

import hashlib
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import case, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.audit import service as audit
from training.content import service as content
from training.content.models import Release
from training.errors import Conflict, DomainError, NotThere
from training.forge.linux.machine import MachineFault
from training.labs import reader
from training.labs.livefile import Live
from training.labs.models import Assignment
from training.labs.reader import Lab
from training.labs.service import live
from training.machines import marks
from training.machines.models import Happening, Medium, Response
from training.machines.ranges import Guest, Range
from training.machines.service import forgetting
from training.sentence import phrase
from training.store import Store, locked

PROMPTED, FIRST = 5.0, 65_536
"""Seconds until the first prompt of a machine has to be there; bytes of the console in which it is looked for."""


def current(session: Session, person: UUID | None, name: str = "") -> Response | None:
    """The response of a person that goes on, at any lab or at the one of this name."""
    found = select(Response).where(Response.person_id == person, Response.ended_at.is_(None))
    if name:
        found = found.join(Release, Release.id == Response.release_id).where(Release.name == name)
    return session.scalars(found).first()


def lab_of(session: Session, here: Range, response: Response) -> Lab:
    """The lab that a response works on, as it was frozen."""
    return reader.load(content.folder_of(here.instance, session.get_one(Release, response.release_id)))


def situation(lab: Lab) -> Live:
    """The live part of a lab. Raises NotThere for a lab without one."""
    if lab.file.live is None:
        raise NotThere(phrase("This lab has no live part."))
    return lab.file.live


def begin(session: Session, here: Range, actor: Actor, name: str, now: datetime) -> Response:
    """Open a response at a live lab, or find the one that the person has open there. No machine runs yet: see `start`.

    Raises:
        NotThere: there is no such lab, or it has no live part.
        Refused, Conflict: as an attempt at the lab can't be begun; or a machine of another lab runs for the person.
    """
    if (open_one := current(session, actor.id, name)) is not None:
        return open_one
    other = current(session, actor.id)
    if other is not None:
        title = lab_of(session, here, other).title
        why = phrase("A machine already runs for you in '%(title)s'. Hand it over or stop it first.", title=title)
        raise Conflict(why)
    admitted = live.admit(session, here.instance, actor, name, now)
    situation(admitted.lab)
    variant = _variant(session, here, actor, admitted.lab)
    assignment_id = admitted.assignment.id if admitted.assignment else None
    made = new(admitted.person_id, admitted.organisation_id, admitted.release.id, assignment_id, variant, now)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:  # the same person was quicker in another window
        found = current(session, actor.id)
        if found is None:
            raise
        return found
    session.add_all(bag(made, situation(admitted.lab)))
    return made


def new(
    person_id: UUID, organisation_id: UUID, release_id: UUID, assignment_id: UUID | None, variant: str, now: datetime
) -> Response:
    """A response whose machine is still to be started, in no session yet."""
    return Response(
        person_id=person_id,
        organisation_id=organisation_id,
        release_id=release_id,
        assignment_id=assignment_id,
        variant=variant,
        state="starting",
        level="",
        range_offset=0.0,
        guest_offset=0.0,
        begun_at=now,
        why="",
        settled=0,
        acts=0,
        seal="",
    )


def _variant(session: Session, here: Range, actor: Actor, lab: Lab) -> str:
    """The variant that the fewest of the organisation had, of those the person has not had; prepared ones only."""
    made = [one for one in situation(lab).variants if here.prepared(lab.id, one)]
    offered = [one for one in made if here.ready(lab.id, one)] or made  # of what can't be started, starting says why
    if not offered:
        raise Conflict(
            phrase(
                "No machine of this lab was prepared on this server. Have it prepared on the page of the lab. Whoever "
                "runs the server can do that with: python app.py machines prepare %(lab)s",
                lab=lab.id,
            )
        )
    had = (
        select(Response.variant, func.count(), func.max(case((Response.person_id == actor.id, 1), else_=0)))
        .join(Release, Release.id == Response.release_id)
        .where(Release.name == lab.id, Response.organisation_id == actor.home)
        .group_by(Response.variant)
    )
    known = {letter: (bool(own), count) for letter, count, own in session.execute(had)}
    lot = {one: hashlib.sha256(f"{actor.id} {one}".encode()).hexdigest() for one in offered}
    return min(offered, key=lambda one: (*known.get(one, (False, 0)), lot[one]))


def bag(response: Response, scene: Live) -> list[Medium]:
    """The media that a trainee takes along, with serial numbers of their own: the kit and two evidence media."""
    lot = hashlib.sha256(response.id.bytes).hexdigest().upper()
    kinds = (("kit", f"KIT-{lot[:4]}"), ("evidence", f"EV-{lot[4:8]}"), ("evidence", f"EV-{lot[8:12]}"))
    return [
        Medium(
            response_id=response.id,
            number=number,
            kind=kind,
            serial=serial,
            failing=scene.failing and number == 2,  # noqa: PLR2004 - the first evidence medium
        )
        for number, (kind, serial) in enumerate(kinds, 1)
    ]


def start(store: Store, here: Range, response_id: UUID, clock: Callable[[], datetime]) -> None:
    """Bring the machine of a response to life, unless it lives already. It can be asked for again at any time.

    Where it can't be started, a response that has just begun is gone again.

    Raises:
        TooMany: all machines of the server, or of the session, are in use.
        Conflict: QEMU is not there, or did not do it.
    """
    with here.alone(response_id):
        with store.reading() as session:
            response = session.get_one(Response, response_id)
            if response.state != "starting":
                return
            assignment = session.get(Assignment, response.assignment_id) if response.assignment_id else None
            lab = lab_of(session, here, response)
        snapshot = here.snapshot(lab.id, response.variant)
        try:
            guest = _started(here, response_id, snapshot, str(assignment.circle or "") if assignment else "")
        except DomainError as fault:
            with store.writing() as session:
                session.execute(delete(Medium).where(Medium.response_id == response_id))
                session.execute(delete(Response).where(Response.id == response_id))
            if not isinstance(fault, MachineFault):
                raise
            why = phrase("No machine could be started; everything else works. %(why)s", why=fault.message)
            raise Conflict(why) from fault
        here.keep_plan(lab.id, response_id, response.variant)
        shown, now = clock_of(guest), clock()
        prompted(guest)
        ahead = here.plan(response_id).machine.clock_offset
        with store.writing() as session:
            response = get(session, response_id)
            response.state, response.level = "live", guest.level
            if shown is not None:
                response.guest_offset = shown - now.timestamp()
                response.range_offset = response.guest_offset - ahead
            moved(response)
            details = {"variant": response.variant, "level": guest.level}
            _record(session, "response.begun", response, response.person_id, details, now)


def _started(here: Range, response_id: UUID, snapshot: Path, group: str) -> Guest:
    """The machine, started now or by a server that was killed before it could write that down."""
    folder = here.machine(response_id)
    with suppress(NotThere):
        found = here.guests.attach(folder)
        if found.running:
            return found
        found.clear()
    return here.guests.start(snapshot, folder, here.limits, group)


def prompted(guest: Guest) -> None:
    """Make the shell prompt: the saved one showed its prompt to nobody. What is typed next begins behind its mark."""
    guest.type(b"\n")
    until = time.monotonic() + PROMPTED
    while time.monotonic() < until:
        found = marks.marks(guest.console(0, FIRST), 0)
        if found and guest.console_size > found[-1].stop:
            break
        time.sleep(0.01)


def clock_of(guest: Guest) -> float | None:
    """What the machine's own clock shows, in seconds since 1970; None where the range is silent."""
    try:
        said = guest.order("clock")
    except DomainError:
        return None
    try:
        return float(said)
    except ValueError:
        return None


def confirm(session: Session, response: Response, now: datetime) -> None:
    """The authority and its limits were read. From now on the world of the machine goes on. Twice changes nothing."""
    if response.confirmed_at is not None:
        return
    working(response)
    response.confirmed_at = now
    happen(session, response, "arrival", "", now, wish="live")
    _record(session, "response.confirmed", response, response.person_id, {}, now)


def get(session: Session, response_id: UUID) -> Response:
    """A response, which nobody else changes until the unit ends."""
    return session.get_one(Response, response_id, with_for_update=True, populate_existing=True)


def working(response: Response) -> None:
    """Raises Conflict where the response has ended."""
    if response.ended_at is not None:
        raise Conflict(phrase("This machine has been let go. The record can be read, and nothing is added to it."))


def acting(response: Response) -> None:
    """Raises Conflict where nothing may be done: it was let go, starts, or the authority is not confirmed."""
    working(response)
    if response.state == "starting":
        raise Conflict(phrase("The machine is still being started. Open the page again in a moment."))
    if response.confirmed_at is None:
        raise Conflict(phrase("Read the authority and its limits and confirm them first. Nothing was done."))


def before_machine(response: Response) -> None:
    """Raises Conflict where nothing can be done to the machine: as `acting`, or it has ended by itself."""
    acting(response)
    if response.gone_at is not None:
        raise Conflict(phrase("%(why)s What you acquired before can be handed over.", why=response.why))


def moved(response: Response) -> None:
    """A page that shows the response has something new to show."""
    response.acts += 1


def happen(
    session: Session,
    response: Response,
    kind: str,
    text: str,
    now: datetime,
    *,
    wish: str = "",
    by: UUID | None = None,
) -> Happening:
    """Write down what happens to the machine; with a wish the range is told by `carrying.out`."""
    made = Happening(
        response_id=response.id,
        number=next_number(session, Happening, response.id),
        kind=kind,
        text=text,
        wish=wish,
        by=by,
        at=now,
        done_at=None if wish else now,
        answer="",
    )
    session.add(made)
    session.flush()
    moved(response)
    return made


def next_number(session: Session, kind: type, response_id: UUID) -> int:
    """The number of the next row of a kind in a response, from 1."""
    return (session.scalar(select(func.max(kind.number)).where(kind.response_id == response_id)) or 0) + 1  # type: ignore[attr-defined]


def guest_of(here: Range, response: Response) -> Guest:
    """The machine of a response. Raises NotThere where it was never started."""
    return here.guests.attach(here.machine(response.id))


def end(session: Session, response: Response, why: str, now: datetime, by: UUID | None = None) -> None:
    """Close a response without a hand-over. Call `let_go` after the unit."""
    if response.ended_at is not None:
        return
    response.state, response.ended_at, response.why = "ended", now, why
    happen(session, response, "stop", "", now, by=by)
    _record(session, "response.ended", response, by, {}, now)


def end_of_erased(session: Session, person: UUID, now: datetime) -> None:
    """Close what a person who is erased has not ended. Call `discard` after the unit, for all that the person had."""
    found = session.scalars(locked(select(Response).where(Response.person_id == person, Response.ended_at.is_(None))))
    for response in list(found):
        end(session, response, phrase("The data of the person were erased."), now)


def gone(session: Session, response: Response, why: str, now: datetime) -> None:
    """The machine has ended by itself; the response goes on. Call `let_go` after the unit."""
    if not response.running:
        return
    response.gone_at, response.why = now, why
    happen(session, response, "stop", "", now)


def let_go(here: Range, response_id: UUID, *, sealed: bool = False) -> None:
    """Stop the machine of a response that has ended, keep its console, and clear its folder. Twice does no harm.

    Where nothing was handed over, media and images go as well.
    """
    with here.alone(response_id):
        with suppress(NotThere):
            guest = here.guests.attach(here.machine(response_id))
            guest.stop()
            keep_console(here, response_id, guest)
            guest.clear()
        if not sealed:
            forgetting.media(here.record(response_id))


def discard(here: Range, response_id: UUID) -> None:
    """Stop the machine of a response whose person was erased, and remove all files of both. Twice does no harm."""
    with here.alone(response_id), suppress(NotThere):
        guest = here.guests.attach(here.machine(response_id))
        guest.stop()
        guest.clear()
    shutil.rmtree(here.machine(response_id), ignore_errors=True)
    shutil.rmtree(here.record(response_id), ignore_errors=True)


def keep_console(here: Range, response_id: UUID, guest: Guest) -> None:
    """Copy the console to where the record lies."""
    target = here.record(response_id) / "console"
    with target.with_suffix(".part").open("wb") as file:
        at, size = 0, guest.console_size
        while at < size and (piece := guest.console(at, min(size - at, 1 << 20))):
            file.write(piece)
            at += len(piece)
    target.with_suffix(".part").replace(target)


def _record(
    session: Session, act: str, response: Response, actor: UUID | None, details: Mapping[str, object], now: datetime
) -> None:
    audit.record(session, act=act, actor=actor, subject=f"response:{response.id}", details=details, now=now)
