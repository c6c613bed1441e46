"""Edits of a timetable: add a slot, change or move it, drop it, exchange its lab, say who leads it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.content import service as content
from training.errors import Conflict, NotThere
from training.hosting import plan as plans
from training.hosting.models import Part, TeachingSession
from training.hosting.plan import KINDS, REF
from training.hosting.service import labs, releases, timetable
from training.hosting.service.record import Faulty, not_closed, note
from training.sentence import phrase

TITLE, MINUTES, REFS, MOST = 160, 720, 10, 300


@dataclass(frozen=True, slots=True)
class Slot:
    """What a host wants of a slot: day from 1, time of day in the session's zone; `refs` as a plan writes them."""

    day: int
    at: time
    minutes: int
    kind: str
    title: str
    refs: tuple[str, ...] = ()
    exam: str = ""
    lead: UUID | None = None


def slot_of(teaching: TeachingSession, part: Part) -> Slot:
    """A slot as a form shows it."""
    at = timetable.local(teaching, part.starts_at).time()
    refs = tuple(plans.as_text(ref) for ref in part.refs)
    return Slot(part.day, at, part.minutes, part.kind, part.said, refs, part.exam, part.lead_id)


def get(session: Session, teaching: TeachingSession, key: UUID) -> Part:
    """A slot of this session. Raises NotThere."""
    found = session.get(Part, key)
    if found is None or found.session_id != teaching.id:
        raise NotThere(phrase("No slot of this session is meant. Choose one from the timetable."))
    return timetable.worded(found, plans.rules_of(teaching.rules).texts)


def add(session: Session, actor: Actor, teaching: TeachingSession, slot: Slot, now: datetime) -> Part:
    """Add a slot. Of an open session what it works on is pinned and set at once.

    Raises:
        Faulty: fields can't be accepted; all of them are named.
        Conflict: the session is closed.
    """
    not_closed(teaching)
    slots = timetable.parts(session, teaching)
    if len(slots) >= MOST:
        raise Conflict(phrase("A timetable has at most %(most)s slots.", most=MOST))
    part = Part(session_id=teaching.id, number=1, began_at=None, ended_at=None)
    _fill(teaching, part, _sound(session, teaching, slot, slots, None))
    session.add(part)
    _follow(session, actor, teaching, now)
    note(session, "part.added", actor, teaching, {"part": str(part.id), **_told(part)}, now)
    return part


def change(session: Session, actor: Actor, teaching: TeachingSession, part: Part, slot: Slot, now: datetime) -> None:
    """Move a slot, or change what it is. Errors as `add`."""
    not_closed(teaching)
    others = [one for one in timetable.parts(session, teaching) if one.id != part.id]
    before = _told(part), part.title
    _fill(teaching, part, _sound(session, teaching, slot, others, part))
    if before == (_told(part), part.title):
        return
    _follow(session, actor, teaching, now)
    details = {"part": str(part.id), "from": before[0], "to": _told(part)}
    note(session, "part.changed", actor, teaching, details, now)


def drop(session: Session, actor: Actor, teaching: TeachingSession, part: Part, now: datetime) -> None:
    """Take a slot out of the timetable. One that was begun is part of the record and stays.

    Raises:
        Conflict: it was begun, or the session is closed.
    """
    not_closed(teaching)
    if part.began_at is not None:
        raise Conflict(phrase("'%(title)s' was begun, so it stays in the timetable.", title=part.said))
    details = {"part": str(part.id), **_told(part)}
    session.delete(part)
    _follow(session, actor, teaching, now)
    note(session, "part.dropped", actor, teaching, details, now)


def leave_out(session: Session, actor: Actor, teaching: TeachingSession, now: datetime) -> int:
    """Let slots work without what is not in this installation; from how many that took something. They keep their
    time and title, so that the room has its lesson; an examination that loses its lab asks for another.

    Raises:
        Conflict: the session is closed.
    """
    not_closed(teaching)
    slots = timetable.parts(session, teaching)
    gone, changed = set(releases.missing(session, slots)), list[tuple[Part, dict[str, object]]]()
    for one in slots:
        kept = [ref for ref in one.refs if releases.key_of(ref) not in gone]
        if kept != one.refs:
            changed.append((one, _told(one)))
            one.refs = kept
    if changed:
        _follow(session, actor, teaching, now)
    for one, before in changed:
        note(session, "part.changed", actor, teaching, {"part": str(one.id), "from": before, "to": _told(one)}, now)
    return len(changed)


def _follow(session: Session, actor: Actor, teaching: TeachingSession, now: datetime) -> None:
    """Number the slots anew; releases and labs of an open session follow the timetable."""
    session.flush()
    slots = timetable.parts(session, teaching)
    for number, one in enumerate(slots, 1):
        one.number = number
    teaching.days = max(teaching.days, max((one.day for one in slots), default=1))
    if teaching.running:
        releases.pin(session, teaching, slots)
        releases.hold(session, teaching, now)
        labs.arrange(session, actor, teaching, slots, now)


def _fill(teaching: TeachingSession, part: Part, slot: Slot) -> None:
    part.day, part.half = slot.day, 1 if slot.at < timetable.NOON else 2
    part.starts_at = timetable.instant(teaching.zone, _date(teaching, slot.day), slot.at)
    part.minutes, part.kind, part.title, part.exam = slot.minutes, slot.kind, slot.title, slot.exam
    part.refs, part.lead_id = [plans.as_ref(ref, slot.kind) for ref in slot.refs], slot.lead


def _date(teaching: TeachingSession, day: int) -> date:
    return teaching.starts_on + timedelta(days=day - 1)


def _sound(session: Session, teaching: TeachingSession, slot: Slot, others: list[Part], before: Part | None) -> Slot:
    """The slot as it is kept. Raises Faulty with every field that can't be accepted."""
    rules = plans.rules_of(teaching.rules)
    title, faults = plans.meant(rules.texts, " ".join(slot.title.split())), dict[str, str]()
    if not 1 <= len(title) <= TITLE or not title.isprintable():
        faults["title"] = phrase("The title has 1 to %(most)s characters.", most=TITLE)
    if slot.kind not in KINDS:
        faults["kind"] = phrase("Choose what kind of slot it is.")
    if not 1 <= slot.minutes <= MINUTES:
        faults["minutes"] = phrase("A whole number from %(least)s to %(most)s.", least=1, most=MINUTES)
    if not 1 <= slot.day <= teaching.days:
        faults["day"] = phrase("The session has %(days)s days.", days=str(teaching.days))
    if slot.lead is not None and not any(
        one.person_id == slot.lead and one.active and one.staff for one in teaching.members
    ):
        faults["lead"] = phrase("Only who teaches in this session can lead a slot.")
    if slot.exam and (slot.kind != "E" or rules.examination(slot.exam) is None):
        faults["exam"] = phrase("Only a slot of kind examination can be one, and it must be one of the rules.")
    faults |= _of_refs(session, slot, {plans.as_text(ref) for ref in before.refs} if before else set())
    if not faults:
        faults |= _of_time(teaching, slot, others)
    if faults:
        raise Faulty(faults)
    return Slot(slot.day, slot.at, slot.minutes, slot.kind, title, slot.refs, slot.exam, slot.lead)


def _of_refs(session: Session, slot: Slot, before: set[str]) -> dict[str, str]:
    """What is worked on must be installed, or stand there already."""
    if len(slot.refs) > REFS:
        return {"refs": phrase("At most %(most)s can be chosen.", most=REFS)}
    here = {f"{kind}/{one.name}" for kind in ("course", "lab") for one in content.offered(session, kind)}
    here |= {one.replace("lab/", "exercise/") for one in here}
    wrong = [one for one in slot.refs if not REF.fullmatch(one) or "/".join(one.split("/")[:2]) not in here]
    if [one for one in wrong if one not in before]:
        return {"refs": phrase("Choose labs and modules of this installation, from the list.")}
    return {}


def _of_time(teaching: TeachingSession, slot: Slot, others: list[Part]) -> dict[str, str]:
    starts = timetable.instant(teaching.zone, _date(teaching, slot.day), slot.at)
    ends = starts + timedelta(minutes=slot.minutes)
    met = next((one for one in others if one.starts_at < ends and starts < one.ends_at), None)
    if met is None:
        return {}
    at = f"{timetable.local(teaching, met.starts_at):%H:%M}"
    said = phrase("At that time '%(title)s' is planned, from %(time)s on. Move it first.", title=met.said, time=at)
    return {"at": said}


def _told(part: Part) -> dict[str, object]:
    """What the audit log says of a slot; without its title, which may say anything of anybody."""
    return {
        "starts_at": part.starts_at.isoformat(),
        "minutes": part.minutes,
        "kind": part.kind,
        "refs": part.refs,
        "exam": part.exam,
        "lead": str(part.lead_id) if part.lead_id else None,
    }
