"""Images of the memory: taken by a program inside, or from outside; asked for the truth, read off, compared, handed on.

Each step leaves its mark in the row of the acquisition, so that a server that is killed in between goes on from there:

    taken (size, sha256) -> truth asked -> received (sha256 on our side) -> exhibit
"""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Literal
from uuid import UUID

import structlog
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from training.errors import Conflict, Damaged, DomainError, NotThere
from training.forge.truth import Truth
from training.labs import lived
from training.machines import medium as media
from training.machines.marks import Acquired
from training.machines.models import Acquisition, Entry, Medium, Response
from training.machines.ranges import Guest, Range
from training.machines.service import carrying, responses
from training.sentence import phrase
from training.store import Store

log = structlog.get_logger("engram.machines")

TOLD = 4_096
"""The last bytes of an output in which an acquirer's line is looked for."""
MOST = 12
"""Acquisitions of one response."""
LONGEST = 300
"""Characters of what went wrong."""
KINDS: tuple[Literal["footprint"], Literal["events"]] = ("footprint", "events")
IMAGE, LIME, DISPLACED = "image.raw", "was-lime", "displaced"


def inside(session: Session, response: Response, entry: Entry, said: Acquired, now: datetime) -> None:
    """Note that a program inside has written an image, as it says itself."""
    number = responses.next_number(session, Acquisition, response.id)
    if number > MOST:
        return
    plugged = session.scalars(
        select(Medium).where(
            Medium.response_id == response.id,
            Medium.kind == "evidence",
            Medium.plugged_at.is_not(None),
            Medium.unplugged_at.is_(None),
        )
    ).first()
    session.add(
        Acquisition(
            response_id=response.id,
            number=number,
            way="inside",
            entry=entry.number,
            medium=plugged.number if plugged else None,
            file=said.file,
            began_at=entry.at,
            ended_at=now,
            paused=0.0,
            size=said.size,
            sha256=said.sha256,
            received="",
            truth=None,
            exhibit="",
            fault="",
        )
    )


def outside(session: Session, response: Response, now: datetime) -> Acquisition:
    """Write down that an image is to be taken from outside. Then call `take`."""
    responses.before_machine(response)
    if open_one := session.scalars(_of(response.id).where(Acquisition.ended_at.is_(None))).first():
        return open_one
    number = responses.next_number(session, Acquisition, response.id)
    if number > MOST:
        raise Conflict(phrase("This response has %(n)s images and takes no more.", n=MOST))
    made = Acquisition(
        response_id=response.id,
        number=number,
        way="outside",
        file=f"outside-{number}.raw",
        began_at=now,
        paused=0.0,
        size=0,
        sha256="",
        received="",
        truth=None,
        exhibit="",
        fault="",
    )
    session.add(made)
    responses.happen(session, response, "image", made.file, now)
    return made


def take(store: Store, here: Range, response_id: UUID, clock: Callable[[], datetime]) -> None:
    """Take the image that was written down, if one was. The machine stands still meanwhile. Raises MachineFault."""
    with here.alone(response_id):
        with store.reading() as session:
            response = session.get_one(Response, response_id)
            asked = session.scalars(_of(response_id).where(Acquisition.ended_at.is_(None))).first()
        if asked is None or not response.running:
            return
        try:
            _dump(store, here, response, asked, clock)
        except DomainError as fault:
            _note(store, asked, fault=fault.message)
            raise


def _dump(store: Store, here: Range, response: Response, asked: Acquisition, clock: Callable[[], datetime]) -> None:
    guest, target = responses.guest_of(here, response), image_of(here, asked)
    target.parent.mkdir(exist_ok=True, mode=0o700)
    target.unlink(missing_ok=True)  # half of one, from before the server was killed
    dumped = guest.dump(target)
    told, shown, now = _account(here, response, guest, asked), responses.clock_of(guest), clock()
    with suppress(DomainError):  # a machine's own clocks don't see that it stood still; the world outside does
        guest.order("gap", f"{dumped.paused:.1f}")
    with store.reading() as session:
        lab = responses.lab_of(session, here, response)
    _displaced(here, lab.id, response.variant, target)
    with store.writing() as session:
        response = responses.get(session, response.id)
        done = session.get_one(Acquisition, (response.id, asked.number))
        done.began_at, done.ended_at, done.paused = dumped.begun, dumped.ended, dumped.paused
        done.size, done.sha256, done.received, done.truth = dumped.size, dumped.sha256, dumped.sha256, told
        done.fault = ""
        if shown is not None:  # the machine's clock stood still as well
            response.guest_offset = shown - now.timestamp()
        responses.moved(response)


def ask_truth(store: Store, here: Range, response_id: UUID) -> None:
    """Let the machine write down what it is like, for each image from inside for which it has not been asked."""
    waiting = _of(response_id).where(Acquisition.truth.is_(None), Acquisition.way == "inside")
    with store.reading() as session:
        if session.scalars(waiting.limit(1)).first() is None:
            return
    with here.alone(response_id):
        with store.reading() as session:
            response = session.get_one(Response, response_id)
            todo = session.scalars(waiting).all()
        if not todo:
            return
        guest = responses.guest_of(here, response)
        told = {one.number: _account(here, response, guest, one) for one in todo}
        with store.writing() as session:
            response = responses.get(session, response_id)
            for number, known in told.items():
                session.get_one(Acquisition, (response_id, number)).truth = known
            responses.moved(response)


def _account(here: Range, response: Response, guest: Guest, one: Acquisition) -> bool:
    """Keep what the machine says of itself right after an image; False where it is silent or says nothing whole."""
    from training.forge.linux import witness  # noqa: PLC0415 - the forge is much code, for those who acquire alone

    folder = folder_of(here, one)
    folder.mkdir(exist_ok=True, mode=0o700)
    plan = here.plan(response.id)
    lines = {kind: _lines(guest, kind) for kind in KINDS}
    try:
        first = lived.with_footprint(guest.account("truth", plan.of_interest), lines["footprint"])
        again = guest.account("truth", plan.of_interest)
        maps = guest.account("maps", [str(pid) for pid in witness.planted_pids(first, plan)])
        truth = witness.as_found(first, maps, again, plan)
    except DomainError as fault:
        (folder / "silent").write_text(f"{fault.message}\n", "utf-8")
        return False
    (folder / "truth.json").write_text(truth.model_dump_json(), "utf-8")
    for kind, each in lines.items():
        (folder / f"{kind}.jsonl").write_text("".join(f"{line}\n" for line in each), "utf-8")
    return True


def _lines(guest: Guest, kind: Literal["footprint", "events"]) -> list[str]:
    """What the machine tells of the time since the arrival; nothing where it is silent."""
    try:
        return guest.account(kind)
    except DomainError:
        return []


def receive(store: Store, here: Range, response_id: UUID, number: int) -> Path:
    """The raw image of an acquisition on our side, read off the evidence medium where it came from inside.

    Both digests are compared, that of the machine's side and that of the file as it came off the medium. Can be asked
    for again. The medium must be out of the machine, or the machine let go.

    Raises:
        NotThere: there is no such image, or the medium has no such file.
        Damaged: the digests differ, or the file is no image of memory.
    """
    with store.reading() as session:
        one, response = _whole(session, response_id, number), session.get_one(Response, response_id)
        lab = responses.lab_of(session, here, response)
        bag = session.scalars(select(Medium).filter_by(response_id=response_id, kind="evidence")).all()
    bag = sorted((each for each in bag if each.plugged_at), key=lambda each: each.number != one.medium)
    raw = image_of(here, one)
    if one.received and raw.is_file():
        return raw
    raw.parent.mkdir(exist_ok=True, mode=0o700)
    with here.alone(response_id):
        try:
            digest = _read_off(here, one, bag, raw)
        except DomainError as fault:
            _note(store, one, fault=fault.message)
            raise
        _note(store, one, received=digest)
        _displaced(here, lab.id, response.variant, raw)
    return raw


def _displaced(here: Range, lab: str, variant: str, raw: Path) -> None:
    """Keep how many pages of the memory are no more what they were at the arrival."""
    size, memory = raw.stat().st_size, here.plan(UUID(raw.parent.parent.name)).machine.memory << 20
    os.truncate(raw, max(size, memory))  # one from inside ends with the last range of RAM
    try:
        pages = here.guests.displaced(raw, here.snapshot(lab, variant))
        (raw.parent / DISPLACED).write_text(f"{pages}\n", "utf-8")
    except (DomainError, OSError):
        log.exception("machines.not_compared", image=str(raw))  # a figure less; the image is whole all the same
    finally:
        os.truncate(raw, size)


def _whole(session: Session, response_id: UUID, number: int) -> Acquisition:
    found = session.get(Acquisition, (response_id, number))
    if found is None or found.ended_at is None:
        raise NotThere(phrase("There is no such image."))
    return found


def _read_off(here: Range, one: Acquisition, bag: Sequence[Medium], raw: Path) -> str:
    """Look for the file on the media, compare, make raw memory of it; the SHA-256 of the file as it came.

    It may lie on another medium than the first one: who wrote it elsewhere may have copied it.
    """
    if any(medium.plugged for medium in bag) and here.machine(one.response_id).is_dir():
        raise Conflict(phrase("A medium is still in the machine. Take it out first."))
    name, taken = PurePosixPath(one.file).name, raw.parent / "taken"
    other = ""
    for medium in bag:
        for file in media.read(carrying.image_of(here, medium), taken):
            if PurePosixPath(file.name).name != name:
                continue
            if file.sha256 == one.sha256:
                _as_raw(taken / file.name, raw)
                shutil.rmtree(taken)
                return file.sha256
            other = file.sha256
    shutil.rmtree(taken, ignore_errors=True)
    if not other:
        raise NotThere(phrase("No evidence medium has a file %(name)s: it was not taken along.", name=name))
    raise Damaged(
        phrase(
            "The digests differ: %(there)s was noted at the machine, %(here)s came off the medium.",
            there=one.sha256[:16],
            here=other[:16],
        )
    )


def _as_raw(source: Path, raw: Path) -> None:
    """Raw memory of a file as it came off a medium."""
    if media.kind_of(source) == "lime":
        (raw.parent / LIME).touch()
        media.unlime(source, raw)
    else:
        source.replace(raw)


def _note(store: Store, one: Acquisition, *, received: str = "", fault: str = "") -> None:
    with store.writing() as session:
        row = session.get_one(Acquisition, (one.response_id, one.number))
        row.received, row.fault = received or row.received, fault[:LONGEST]
        responses.moved(responses.get(session, one.response_id))


def fault(store: Store, response_id: UUID, number: int, why: str) -> None:
    """Keep why an image could not be registered; it is tried again."""
    with store.writing() as session:
        session.get_one(Acquisition, (response_id, number)).fault = why[:LONGEST]
        responses.moved(responses.get(session, response_id))


def truth_of(here: Range, one: Acquisition) -> tuple[Truth | None, str]:
    """What the machine wrote down about itself right after an image; else None, and why."""
    folder = folder_of(here, one)
    if one.truth:
        return Truth.model_validate_json((folder / "truth.json").read_bytes()), ""
    said = folder / "silent"
    return None, said.read_text("utf-8").strip() if said.is_file() else "the machine was not asked"


def lines_of(here: Range, one: Acquisition, kind: str) -> list[dict[str, Any]]:
    """What the machine told since the arrival: 'footprint' or 'events'; nothing where it was silent."""
    file = folder_of(here, one) / f"{kind}.jsonl"
    if not file.is_file():
        return []
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line]


def folder_of(here: Range, one: Acquisition) -> Path:
    """Where what belongs to an image lies."""
    return here.record(one.response_id) / f"image-{one.number}"


def image_of(here: Range, one: Acquisition) -> Path:
    """The raw image, where it is on our side."""
    return folder_of(here, one) / IMAGE


def of(session: Session, response_id: UUID) -> list[Acquisition]:
    """All images of a response, in their order."""
    return list(session.scalars(_of(response_id)))


def _of(response_id: UUID) -> Select[Acquisition]:
    return select(Acquisition).where(Acquisition.response_id == response_id).order_by(Acquisition.number)
