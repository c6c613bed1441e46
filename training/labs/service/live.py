"""Live labs: who may begin at the machine, the image that comes of it, and the attempt that opens on it."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.audit import service as audit
from training.content import service as content
from training.content.models import Release
from training.errors import NotThere, Refused
from training.evidence import own
from training.evidence import service as evidence
from training.evidence.models import OwnExhibit
from training.evidence.own import Acquired, Whose
from training.forge.truth import Truth
from training.grading.conduct import ConductVerdict
from training.labs import console, reader
from training.labs.labfile import LabFile
from training.labs.material import FORM
from training.labs.models import Assignment, Attempt
from training.labs.reader import Lab
from training.labs.service import activity, assignments, attempts, own_keys
from training.labs.service.activity import Act
from training.sentence import phrase
from training.settings import Settings
from training.store import Store

if TYPE_CHECKING:
    from training.forge.scenario import Scenario

keys_of = own_keys.of
WIDTH = 104
"""Characters of a line of the record, as in those that the forge writes."""

CONSOLE_TITLE, FORM_TITLE = "Record of your console", "Your forms and decisions"
CONSOLE_ORIGIN = "Kept by the range while you worked, and sealed when you handed over; times by its reference clock."
FORM_ORIGIN = "Filled in by you, and sealed when you handed over."


@dataclass(frozen=True, slots=True)
class Admitted:
    """That somebody may begin at the machine of a lab, for whom, and under what."""

    release: Release
    lab: Lab
    person_id: UUID
    organisation_id: UUID
    assignment: Assignment | None


@dataclass(frozen=True, slots=True)
class Taken:
    """One acquisition whose image is whole.

    Attributes:
        response_id: the live work.
        number: of the acquisition in it, from 1.
        plan: the variant that the machine played.
        base: folder of the pack whose kernel it ran.
        way: by a program inside, or by the machine's monitor from outside.
        tool: what took it, in words for the record.
        began_at, ended_at: in real time, UTC.
        range_offset: seconds; the range's reference clock shows UTC plus these.
        medium: serial number of the evidence medium; empty where there was none.
        sha256_source: worked out on the machine's side; empty where nobody did.
        sha256_received: of the file as it arrived here.
        form: of the file as it arrived; the image that is registered is always raw.
        truth: what the machine wrote down; None where it could not, and then `why`.
        told: what is known of the live work for keys, as JSON (`truth.response.…`).
        notes: further paragraphs of the record, such as the clock pair.
    """

    response_id: UUID
    number: int
    person_id: UUID
    organisation_id: UUID
    release_id: UUID
    assignment_id: UUID | None
    plan: "Scenario"
    base: Path
    way: Literal["inside", "outside"]
    tool: str
    began_at: datetime
    ended_at: datetime
    range_offset: float
    sha256_received: str
    medium: str = ""
    sha256_source: str = ""
    form: Literal["raw", "lime"] = "raw"
    truth: Truth | None = None
    why: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Handed:
    """What is handed over with an image: what was typed and said at the console, and the forms, field by field."""

    entries: Sequence[console.Entry]
    form: Sequence[tuple[str, str]]


def admit(session: Session, instance: Path, actor: Actor, name: str, now: datetime) -> Admitted:
    """Whether somebody may begin at the machine of a live lab now, as an attempt at another lab is begun.

    Practice may be begun anew while an attempt at the lab is open: it is closed when the new image is handed over.

    Raises:
        NotThere: no such lab is offered, or it has no machine.
        Refused: the actor belongs to no organisation.
        Conflict: an examination has been taken, or waits for an open attempt; or the last date is past.
    """
    if actor.id is None or actor.home is None:
        raise Refused(
            phrase("Only a member of an organisation can begin a lab. Ask whoever invited you to add you to one.")
        )
    release = content.release_for(session, "lab", name, actor.id)
    lab = reader.load(content.folder_of(instance, release))
    if lab.file.live is None:
        raise NotThere(phrase("This lab has no live part."))
    terms = assignments.terms_for(session, actor.home, name, actor.id, now)
    open_one = attempts.current(session, actor.id, name)
    if open_one is not None:
        attempts.not_beside(assignments.longest(session, terms), open_one, now)
    assigned = assignments.taken_by(session, name, terms, actor, now)
    return Admitted(release, lab, actor.id, assigned.organisation_id if assigned else actor.home, assigned)


def take(store: Store, settings: Settings, taken: Taken, image: Path, now: datetime) -> str:
    """Register an image as the own exhibit of whoever acquired it; its SHA-256. The file is moved.

    Raises what `evidence.own.acquired` raises.
    """
    whose = Whose(
        taken.person_id,
        taken.organisation_id,
        taken.release_id,
        taken.assignment_id,
        taken.response_id,
        taken.number,
    )
    with store.reading() as session:
        lab = reader.load(content.folder_of(settings.instance, session.get_one(Release, taken.release_id)))
    made = acquired_of(lab.file, taken, whose, image.stat().st_size)
    return own.acquired(store, settings.instance, image, made, now)


def acquired_of(file: LabFile, taken: Taken, whose: Whose | None, size: int) -> Acquired:
    """An acquisition as evidence keeps it, with its record and what keys may know of it."""
    told = {
        **taken.told,
        "began": _iso(taken, taken.began_at),
        "ended": _iso(taken, taken.ended_at),
        "sha256": taken.sha256_received,
    }
    return Acquired(
        whose=whose,
        plan=taken.plan,
        base=taken.base,
        way=taken.way,
        record=record(file, taken, size),
        truth=taken.truth,
        captured_at=_reference(taken, taken.began_at),
        began_at=taken.began_at,
        ended_at=taken.ended_at,
        why=taken.why,
        told=told,
        touches=tuple(_touches(taken)),
    )


def _reference(taken: Taken, at: datetime) -> datetime:
    return at + timedelta(seconds=taken.range_offset)


def _iso(taken: Taken, at: datetime) -> str:
    return f"{_reference(taken, at).replace(microsecond=0):%Y-%m-%dT%H:%M:%SZ}"


def _touches(taken: Taken) -> Iterator[str]:
    if taken.sha256_source:
        where = f" onto the medium {taken.medium}" if taken.medium else ""
        yield f"Written{where}; SHA-256 on the machine's side {taken.sha256_source}"
    same = "the same as on the machine's side" if taken.sha256_source == taken.sha256_received else "the only one"
    differs = taken.sha256_source not in {"", taken.sha256_received}
    said = "DIFFERENT from that of the machine's side" if differs else same
    yield f"Arrived; SHA-256 {taken.sha256_received}, {said}"
    if taken.form == "lime":
        yield "Read out of the LiME format into raw memory, address by address"


def record(file: LabFile, taken: Taken, size: int) -> str:
    """The acquisition record of an own image: numbered lines, as those of other exhibits are.

    The names of people stay out of it: it belongs to whoever holds the response.
    """
    plan, said = taken.plan, taken.plan.record
    paragraphs = [
        "ACQUISITION RECORD",
        f"Case {said.case}, exhibit {said.exhibit}-{taken.number}. {said.firm}.",
        f"Response {str(taken.response_id)[:8]}, acquisition {taken.number}.",
        f"Machine: {plan.machine.host}, address {plan.machine.own_address}.",
        *(file.live.authority if file.live else ()),
        *(file.live.limits if file.live else ()),
        *taken.notes,
        "Accounts of the machine: " + ", ".join(f"{each.uid} = {each.name}" for each in plan.accounts) + ".",
        f"Acquisition begun:  {_iso(taken, taken.began_at)} by the reference clock.",
        f"Acquisition ended:  {_iso(taken, taken.ended_at)} by the reference clock.",
        f"Tool: {taken.tool}.",
        f"Medium: {taken.medium}." if taken.medium else "Medium: none; the memory came out of the machine directly.",
        f"SHA-256 on the machine's side: {taken.sha256_source or 'not worked out'}",
        f"SHA-256 on arrival: {taken.sha256_received}",
        f"Image as it is examined: raw physical memory, {size} bytes.",
        f"Training range: {said.stage_hand}",
    ]
    lines = [
        line
        for paragraph in paragraphs
        for line in textwrap.wrap(console.shown(paragraph), WIDTH, break_long_words=False, break_on_hyphens=False)
    ]
    return "".join(f"{number:3}  {line}\n" for number, line in enumerate(lines, start=1))


def hand_over(store: Store, settings: Settings, sha256: str, handed: Handed, now: datetime) -> UUID:
    """Seal what belongs to an own exhibit, open its attempt and ask for the runs of its keys; the attempt's id.

    An open attempt of the person at the same lab, on an earlier image, is closed. Doing it twice changes nothing. Wake
    the engine afterwards.
    """
    with store.writing() as session:
        own.lay_beside(session, settings.instance, sha256, list(materials_of(handed)), now)
        attempt = open(session, settings.instance, sha256, now)
    return attempt.id


def materials_of(handed: Handed) -> Iterator[tuple[Mapping[str, object], bytes]]:
    """What is sealed with an image: each description, as an author would write one, and its bytes."""
    typed = console.write(["RECORD OF THE CONSOLE", "Times by the range's reference clock, UTC."], handed.entries)
    yield (
        {
            "name": console.NAME,
            "title": CONSOLE_TITLE,
            "origin": CONSOLE_ORIGIN,
            "file": "console.txt",
            "kind": "console",
        },
        typed,
    )
    if handed.form:
        said, names = console.form(handed.form)
        told = {"name": FORM, "title": FORM_TITLE, "origin": FORM_ORIGIN, "file": "form.txt", "kind": "form"}
        yield {**told, "columns": list(names)}, said


def open(session: Session, instance: Path, sha256: str, now: datetime) -> Attempt:  # noqa: A001 - as labs are opened
    """The attempt on an own exhibit, opened where it is not yet; the runs of its keys are asked for."""
    whose, exhibit = own.demand(session, sha256), evidence.get(session, sha256)
    release = session.get_one(Release, whose.release_id)
    lab = reader.load(content.folder_of(instance, release))
    current = attempts.current(session, whose.person_id, release.name)
    own_keys.begin(session, lab, exhibit, now)
    if current is not None and current.exhibit == sha256:
        return current
    if current is not None:
        attempts.close(session, current, now)
        session.flush()
    made = Attempt(
        person_id=whose.person_id,
        organisation_id=whose.organisation_id,
        release_id=whose.release_id,
        exhibit=sha256,
        assignment_id=whose.assignment_id,
        opened_at=now,
        closed_at=None,
    )
    session.add(made)
    session.flush()
    details = {"release": release.sha256, "exhibit": sha256, "response": str(whose.response_id)}
    subject = f"attempt:{made.id}"
    audit.record(session, act="attempt.opened", actor=whose.person_id, subject=subject, details=details, now=now)
    assigned = session.get(Assignment, whose.assignment_id) if whose.assignment_id else None
    activity.told(session, assigned, whose.person_id, Act.MOVED, now)
    return made


def note_conduct(session: Session, sha256: str, verdict: ConductVerdict) -> OwnExhibit:
    """Keep what grading says of the live work that an own exhibit came of; said again, the newer counts."""
    whose = own.demand(session, sha256)
    whose.conduct = verdict.model_dump(mode="json")
    session.flush()
    return whose
