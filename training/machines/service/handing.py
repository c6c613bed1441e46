"""Hand over: what is missing is said first, then the record is sealed, the machine let go, and the image handed on.

Sealing is one transaction. What follows it takes seconds and can be interrupted; `finish` goes on wherever it stopped.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from training.audit import service as audit
from training.errors import Conflict, DomainError, Refused
from training.labs import console as written
from training.labs.models import Assignment, Attempt
from training.labs.service import attempts, live, reasons
from training.machines import conduct
from training.machines.models import Acquisition, Decision, Entry, Form, Medium, Remark, Response
from training.machines.ranges import Range
from training.machines.service import acquiring, console, forgetting, noting, responses, sealing
from training.sentence import phrase
from training.settings import Settings
from training.store import Store

log = structlog.get_logger("engram.machines")

OUTPUT = 256 << 10
"""Bytes of the output of one command that go into the material; its digest is of all of it."""
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Point:
    """A line of the check list: what it asks, whether it is met, and whether nothing can be handed over before."""

    text: str
    met: bool
    needed: bool = False


def points(session: Session, here: Range, response: Response) -> list[Point]:
    """The check list of the hand-over, in the order of the work."""
    scene = responses.situation(responses.lab_of(session, here, response))
    forms, images = noting.rows(session, Form, response), acquiring.of(session, response.id)
    whole = [one for one in images if one.ended_at is not None]
    decided = {one.fork for one in noting.rows(session, Decision, response)}
    bag = noting.media(session, response)
    running = console.open_entry(session, response.id)
    found = [
        Point(phrase("Authority and limits read"), response.confirmed_at is not None, needed=True),
        Point(phrase("Form of the scene filled in"), any(one.kind == "scene" for one in forms)),
        Point(phrase("Clock pair taken"), any(one.clock_offset is not None for one in forms)),
    ]
    found += [Point(one.ask, one.id in decided, needed=one.needed) for one in scene.forks]
    found += [
        Point(phrase("Memory acquired"), bool(whole), needed=True),
        Point(phrase("Digest of the image noted at the machine"), any(one.sha256 for one in whole)),
        Point(phrase("Form of custody filled in"), any(one.kind == "custody" for one in forms)),
        Point(phrase("No command runs any more"), running is None),
        Point(phrase("All media taken out of the machine"), not any(one.plugged for one in bag)),
    ]
    return found


def seal(session: Session, here: Range, response: Response, image: int, note: str, now: datetime) -> None:
    """Hand over the record with one image: nothing can be added to either afterwards. Then call `finish`.

    Raises:
        Conflict: it was handed over or let go already; or something that is needed is missing.
        Refused: no such image.
    """
    responses.acting(response)
    if missing := [one.text for one in points(session, here, response) if one.needed and not one.met]:
        raise Conflict(phrase("Before the hand-over there has to be: %(what)s.", what="; ".join(missing)))
    one = session.get(Acquisition, (response.id, image))
    if one is None or one.ended_at is None:
        raise Refused(phrase("Choose the image that you hand over."), field="image")
    number = responses.next_number(session, Form, response.id)
    content = {"image": str(image), "note": note[: noting.LONGEST]}
    session.add(Form(response_id=response.id, number=number, kind="handover", content=content, at=now))
    session.flush()
    seal = sealing.digest(session, response)
    response.state, response.image, response.seal = "handed", image, seal
    response.handed_over_at = response.ended_at = now
    response.why = phrase("Handed over.")
    responses.happen(session, response, "stop", "", now, by=response.person_id)
    details = {"seal": response.seal, "image": one.sha256}
    subject = f"response:{response.id}"
    audit.record(
        session, act="response.handed_over", actor=response.person_id, subject=subject, details=details, now=now
    )


def finish(store: Store, settings: Settings, here: Range, response_id: UUID, clock: Clock) -> UUID | None:
    """Let the machine go, make the trainee's own exhibit of the image, and open the attempt on it; its id.

    None where nothing was handed over, or the image can't be received: the acquisition says why. Asking again goes on;
    who asks while somebody else does it waits.
    """
    with here.finishing(response_id):
        return _finish(store, settings, here, response_id, clock)


def _finish(store: Store, settings: Settings, here: Range, response_id: UUID, clock: Clock) -> UUID | None:
    with store.reading() as session:
        response = session.get_one(Response, response_id)
        if response.state != "handed" or response.image is None:
            return None
        if response.attempt_id is not None:
            return response.attempt_id
        number = response.image
    responses.let_go(here, response_id, sealed=True)
    try:
        sha256 = _registered(store, settings, here, response_id, number, clock)
    except DomainError as fault:
        acquiring.fault(store, response_id, number, fault.message)
        log.warning("machines.not_received", response=str(response_id), why=fault.message)
        return None
    with store.reading() as session:
        handed = _handed(session, here, response)
    attempt = live.hand_over(store, settings, sha256, handed, clock())
    with store.writing() as session:
        response = responses.get(session, response_id)
        response.attempt_id = attempt
        responses.moved(response)
        verdict = conduct.verdict_of(session, here, response)
        live.note_conduct(session, sha256, verdict)
        scene = responses.situation(responses.lab_of(session, here, response))
        texts = conduct.to_be_read(session, response, scene, verdict)
        reasons.hand(session, settings.instance, attempt, texts, clock())
    forgetting.media(here.record(response_id))
    return attempt


def _registered(store: Store, settings: Settings, here: Range, response_id: UUID, number: int, clock: Clock) -> str:
    """The exhibit made of an image; its SHA-256."""
    with store.reading() as session:
        one = session.get_one(Acquisition, (response_id, number))
    if one.exhibit:
        return one.exhibit
    raw = acquiring.receive(store, here, response_id, number)
    with store.reading() as session:
        taken = _taken(session, here, session.get_one(Response, response_id), number)
    sha256 = live.take(store, settings, taken, raw, clock())
    with store.writing() as session:
        one = session.get_one(Acquisition, (response_id, number))
        one.exhibit, one.fault = sha256, ""
    return sha256


def _taken(session: Session, here: Range, response: Response, number: int) -> live.Taken:
    one = session.get_one(Acquisition, (response.id, number))
    medium = session.get(Medium, (response.id, one.medium)) if one.medium else None
    plan = here.plan(response.id)
    truth, why = acquiring.truth_of(here, one)
    return live.Taken(
        response_id=response.id,
        person_id=response.person_id,
        organisation_id=response.organisation_id,
        release_id=response.release_id,
        assignment_id=response.assignment_id,
        plan=plan,
        base=here.base(response.id),
        number=number,
        way=one.way,  # type: ignore[arg-type]  # the column takes these two words only
        tool=_tool(session, one),
        began_at=one.began_at,
        ended_at=one.ended_at or one.began_at,
        range_offset=response.range_offset,
        medium=medium.serial if medium else "",
        sha256_source=one.sha256,
        sha256_received=one.received,
        form="lime" if (acquiring.folder_of(here, one) / acquiring.LIME).exists() else "raw",
        truth=truth,
        why=why,
        told=_told(here, one),
        notes=tuple(_notes(session, response)),
    )


def _tool(session: Session, one: Acquisition) -> str:
    entry = session.get(Entry, (one.response_id, one.entry)) if one.entry else None
    return entry.line if entry else "memory written from outside while the machine stood still"


def _told(here: Range, one: Acquisition) -> Mapping[str, object]:
    """What the machine told of the time since the arrival: PIDs that the console started, its shell, and when what
    happened by the machine's clock, in seconds.
    """
    footprint = [line for line in acquiring.lines_of(here, one, "footprint") if line.get("kind") == "started"]
    own = {line["pid"] for line in footprint}
    above = {line["ppid"] for line in footprint} - own  # the console's shell, which was there before
    events = {line["name"]: line["seconds"] for line in acquiring.lines_of(here, one, "events") if "name" in line}
    told: dict[str, object] = {"own": sorted(own), "events": events}
    return told | ({"shell": min(above)} if above else {})


def _notes(session: Session, response: Response) -> list[str]:
    scenes = [one for one in noting.rows(session, Form, response) if one.kind == "scene"]
    if not scenes:
        return []
    last = scenes[-1]
    ahead = "not taken" if last.clock_offset is None else f"{last.clock_offset:+.0f} s (ahead is plus)"
    return [f"Clock of the machine against the reference clock: {ahead}"]


def _handed(session: Session, here: Range, response: Response) -> live.Handed:
    """The record as materials of the exhibit: console and forms, with times of the range's reference clock."""
    ahead = timedelta(seconds=response.range_offset)
    remarks: dict[int, list[str]] = {}
    for one in noting.rows(session, Remark, response):
        remarks.setdefault(one.entry or 0, []).append(one.text)
    entries = [
        written.Entry(
            number=one.number,
            at=one.at + ahead,
            command=one.line,
            exit=one.exit,
            seconds=one.seconds,
            output=console.printed(here, response, one.start, min((one.stop or one.start) - one.start, OUTPUT)),
            sha256=one.sha256 or "",
            remarks=tuple(remarks.get(one.number, ())),
        )
        for one in console.entries(session, response.id)
    ]
    forms = [
        (f"{one.kind}: {name}", value)
        for one in noting.rows(session, Form, response)
        for name, value in one.content.items()
        if value
    ]
    forms += [
        (f"decision: {one.fork}", f"{one.choice}\n{one.reason}") for one in noting.rows(session, Decision, response)
    ]
    forms += [("remark", text) for text in remarks.get(0, ())]
    return live.Handed(entries=entries, form=forms)


def told(session: Session, here: Range, response: Response, now: datetime) -> bool:
    """Whether the person may be told how the work was judged: in an examination not before it is released."""
    if response.attempt_id is not None:
        return attempts.case(session, here.instance, session.get_one(Attempt, response.attempt_id)).told(now)
    set_as = session.get(Assignment, response.assignment_id) if response.assignment_id else None
    return set_as is None or not set_as.examination or set_as.released_at is not None
