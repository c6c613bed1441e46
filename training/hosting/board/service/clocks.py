"""Time given back: a pause of the room, minutes for everybody or for one. Dates only ever move to later."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.audit import service as audit
from training.errors import Refused
from training.hosting.board.models import Incident
from training.hosting.board.service import counter
from training.hosting.board.service.texts import REASON, by, line, open_only
from training.hosting.models import Part, TeachingSession
from training.hosting.service.record import note
from training.labs.models import Accommodation, Assignment, Attempt
from training.labs.service import assignments, circles
from training.labs.service.terms import Terms, dates_of
from training.sentence import phrase

MOST = 240
"""Minutes that are given at once."""


def paused(session: Session, teaching_id: UUID) -> Incident | None:
    """The pause that goes on."""
    return session.scalars(select(Incident).filter_by(session_id=teaching_id, kind="pause", ended_at=None)).first()


def pause(
    session: Session, actor: Actor, teaching: TeachingSession, part: Part | None, reason: str, now: datetime
) -> None:
    """Stop the clocks of a session, or of what one slot works on. Who pauses what is paused changes nothing.

    Raises:
        Refused: there is no reason.
        Conflict: the session is not open.
    """
    open_only(teaching)
    if paused(session, teaching.id) is not None:
        return
    why = line(reason, "reason", REASON, phrase("Write why: the log of disturbances keeps it."))
    made = _incident(session, actor, teaching, "pause", why, now)
    made.part_id = part.id if part else None
    session.add(made)
    if part is None:
        teaching.paused_at = now
    details = {"part": str(part.id) if part else None, "reason": audit.commit_to(session, by(actor), why)}
    note(session, "session.paused", actor, teaching, details, now)
    counter.moved(session, teaching.id)


def resume(session: Session, actor: Actor, teaching: TeachingSession, now: datetime) -> None:
    """Go on: dates and time limits of what is open, and had not passed when the pause began, move by it.

    Doing it twice changes nothing. What opens later was not hit: its slot is moved in the timetable, if it has to be.

    Raises:
        Conflict: the session is not open.
    """
    open_only(teaching)
    it = paused(session, teaching.id)
    if it is None:
        return
    took = max(now - it.began_at, timedelta())  # a clock that was set back takes no time away
    it.ended_at, it.minutes, teaching.paused_at = it.began_at + took, ceil(took / timedelta(minutes=1)), None
    part = session.get(Part, it.part_id) if it.part_id else None
    if took and (part is not None or it.part_id is None):
        for one in (found for found in _set_for(session, teaching, part) if found.opens_at <= now):
            _later(session, actor, one, took, it.reason, it.began_at, now)
    note(session, "session.resumed", actor, teaching, {"minutes": it.minutes}, now)
    counter.moved(session, teaching.id)


def extend(
    session: Session,
    actor: Actor,
    teaching: TeachingSession,
    part: Part,
    given: tuple[int, UUID | None],
    reason: str,
    request_key: str,
    now: datetime,
) -> int:
    """Give minutes to everybody in a slot, or to one person; how many labs that moved. The same request gives it once.

    A slot whose labs have neither dates nor time limits has nothing to move: the disturbance is logged all the same.

    Raises:
        Refused: the minutes are none, the person is no trainee of the session, or there is no reason.
        Conflict: the session is not open.
    """
    open_only(teaching)
    minutes, person = given
    seen = select(Incident.id).filter_by(session_id=teaching.id, request_key=request_key)
    if session.scalar(seen) is not None:
        return 0
    if not 1 <= minutes <= MOST:
        raise Refused(phrase("Give 1 to %(most)s minutes.", most=MOST), field="minutes")
    trainees = {one.person_id for one in teaching.members if one.active and not one.staff}
    if person is not None and person not in trainees:
        raise Refused(phrase("Choose a trainee from the list."), field="person")
    why = line(reason, "reason", REASON, phrase("Write why: the log of disturbances keeps it."))
    made = _incident(session, actor, teaching, "extension", why, now)
    made.part_id, made.person_id, made.minutes, made.ended_at = part.id, person, minutes, now
    made.request_key = request_key
    session.add(made)
    moved, more = _set_for(session, teaching, part), timedelta(minutes=minutes)
    for one in moved:
        if person is None:
            _later(session, actor, one, more, why, now - more, now)  # an end that is past by less is to come again
        else:
            _more(session, actor, one, person, minutes, why, now)
    details = {"part": str(part.id), "person": str(person) if person else None, "minutes": minutes}
    note(session, "time.given", actor, teaching, details | {"reason": audit.commit_to(session, by(actor), why)}, now)
    counter.moved(session, teaching.id)
    return len(moved)


def log(session: Session, teaching_id: UUID) -> list[Incident]:
    """All disturbances of a session, the newest first."""
    found = select(Incident).filter_by(session_id=teaching_id).order_by(Incident.number.desc())
    return list(session.scalars(found))


def _incident(
    session: Session, actor: Actor, teaching: TeachingSession, kind: str, reason: str, now: datetime
) -> Incident:
    number = counter.next_number(session, Incident, teaching.id)
    made = Incident(session_id=teaching.id, number=number, kind=kind, reason=reason, by=by(actor), began_at=now)
    made.request_key = ""
    return made


def _set_for(session: Session, teaching: TeachingSession, part: Part | None) -> Sequence[Assignment]:
    """What stands for a session, or for one slot of it, and has dates or a time limit that can move."""
    names = {ref["name"] for ref in part.refs if ref["kind"] != "course"} if part else set[str]()
    standing = circles.of(session, teaching.id)
    timed = [one for one in standing if (one.timeline or one.minutes) and one.released_at is None]
    return [one for one in timed if part is None or one.lab in names]


def _later(
    session: Session, actor: Actor, it: Assignment, more: timedelta, why: str, since: datetime, now: datetime
) -> None:
    """Move what had not passed at `since`: dates for everybody, time limits of those who were at work then."""
    at_work = _begun(session, it, since)
    moved = tuple((until + more if until > since else until, share) for until, share in dates_of(it))
    if whole := bool(moved) and moved[-1][0] > now:
        assignments.change(session, actor, it, replace(assignments.wish_of(it), dates=moved), now)
    if it.minutes or not whole:  # a time limit, or a date that is past for all but those who have more time
        for person in at_work:
            _more(session, actor, it, person, ceil(more / timedelta(minutes=1)), why, now)


def _begun(session: Session, it: Assignment, since: datetime) -> list[UUID]:
    """Whose attempts were open at a time, and their own time not over."""
    extra = {one.person_id: timedelta(minutes=one.extra_minutes) for one in assignments.accommodations(session, it)}
    found = select(Attempt.person_id, Attempt.opened_at).filter_by(assignment_id=it.id, closed_at=None)
    own = ((person, Terms(it, extra.get(person, timedelta()), begun)) for person, begun in session.execute(found))
    return [person for person, terms in own if terms.until is None or terms.until > since]


def _more(session: Session, actor: Actor, it: Assignment, person: UUID, minutes: int, why: str, now: datetime) -> None:
    """Minutes for one person, beside those that the person has."""
    had = session.scalar(select(Accommodation.extra_minutes).filter_by(assignment_id=it.id, person_id=person)) or 0
    assignments.accommodate(session, actor, it, person, had + minutes, why, now)
