"""Check-in: open it, count heads, arrive with a code or without, leave. What looks odd is a sign, never a refusal."""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.accounts.service import backoff
from training.errors import Conflict, Refused
from training.hosting.attendance import codes
from training.hosting.attendance.models import CheckIn, Record
from training.hosting.attendance.service import records
from training.hosting.attendance.service.records import Mark, Origin
from training.hosting.attendance.service.standing import Ledger, ledger
from training.hosting.attendance.state import ARRIVALS, Times
from training.hosting.models import TeachingSession
from training.hosting.service.record import Faulty, note
from training.sentence import counted, phrase
from training.store import Store

MOST_HEADS, SEAT = 1000, 10
WRONG = phrase("This is not the code that the screen shows now. Read it again: it changes every 20 seconds.")


@dataclass(frozen=True, slots=True)
class Press:
    """What came with a press of 'I am here'.

    Attributes:
        key: of the session's codes.
        typed: the code that was typed; empty: none.
        ticket: what the device kept of a code that was scanned; empty: none.
        seat: that was said; empty: none.
        origin: of the press.
    """

    key: bytes
    typed: str
    ticket: str
    seat: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that does not fit, for the staff to look at: about whom, and what it is."""

    people: tuple[UUID, ...]
    text: str


def guess(store: Store, actor: Actor, teaching_id: UUID, address: str, now: datetime) -> UUID:
    """Count a typed code as a wrong one before it is looked at; `backoff.withdraw` takes it back when it was right.

    A unit of its own, so that it stands when the press is refused. Raises TooMany while the person has to wait.
    """
    with store.writing() as session:
        return backoff.admit(session, backoff.counter("attendance", teaching_id, actor.id), address, now)


def arrive(session: Session, actor: Actor, teaching: TeachingSession, press: Press, now: datetime) -> bool:
    """Record that the actor is here; whether anything was added. The row of the session is locked.

    Before check-in opens the arrival waits, and counts from this moment on when it opens.

    Raises:
        Conflict: the session is not open, or check-in of the half-day is closed.
        Refused: there is no half-day now, or no code of it; or the code was used on this device by somebody else.
    """
    records.running(teaching)
    found = ledger(session, teaching)
    times = open_now(found, now)
    place = codes.Place(press.key, times.half.day, times.half.half)
    mine = _person(actor)
    state = found.of(mine, times)
    said = found.said.get((mine, place.day, place.half), [])
    inside = state.status == "waiting" or (state.exact and not state.gone)
    if inside or any(one.request_key == press.origin.request_key for one in said):
        return False  # before the code is looked at: a retry may come when its code is over
    proof = _proof(session, teaching, place, press, now)
    seat = _seat(session, teaching, place, mine, press.seat)
    if proof is not None and any(one.step == proof.step for one in said):
        return False
    if proof is not None:
        _once_for_each_device(session, teaching, proof.step, press.origin.device, mine)
    check_in = found.check_ins.get((place.day, place.half))
    what = "arrived" if check_in is not None and check_in.opened_at is not None else "waiting"
    how = "join" if proof is None else "qr" if proof.scanned else "code"
    origin = replace(press.origin, how=how, seat=seat, step=proof.step if proof else None)
    at = proof.at if proof else now
    return records.add(session, actor, teaching, mine, times.half, Mark(what), origin, at) is not None


def leave(session: Session, actor: Actor, teaching: TeachingSession, origin: Origin, now: datetime) -> None:
    """Record that the actor leaves. Who is not there changes nothing.

    Raises:
        Conflict: the session is not open, or has no check-out.
        Refused: there is no half-day now.
    """
    records.running(teaching)
    if not records.chosen(session, teaching).check_out:
        raise Conflict(phrase("This session has no check-out. Tell your instructor when you leave early."))
    found = ledger(session, teaching)
    times, mine = half_now(found, now), _person(actor)
    state = found.of(mine, times)
    if state.status in {"present", "late"} and not state.gone:
        records.add(session, actor, teaching, mine, times.half, Mark("left"), origin, now)


def open_up(session: Session, actor: Actor, teaching: TeachingSession, times: Times, now: datetime) -> None:
    """Open check-in of a half-day, again after it was closed: who waits has arrived. Twice changes nothing."""
    records.running(teaching)
    row = _row(session, teaching, times)
    if row.opened_at is None or row.closed_at is not None:
        row.opened_at, row.closed_at = row.opened_at or now, None
        _noted(session, "attendance.opened", actor, teaching, times, now)


def shut(session: Session, actor: Actor, teaching: TeachingSession, times: Times, now: datetime) -> None:
    """Close it: codes are not taken any more. Twice changes nothing."""
    records.running(teaching)
    row = _row(session, teaching, times)
    if row.opened_at is not None and row.closed_at is None:
        row.closed_at = now
        _noted(session, "attendance.shut", actor, teaching, times, now)


def count(session: Session, actor: Actor, teaching: TeachingSession, times: Times, heads: int, now: datetime) -> None:
    """Keep how many trainees were counted in the room. Raises Faulty."""
    records.running(teaching)
    if not 0 <= heads <= MOST_HEADS:
        raise Faulty({"heads": phrase("A whole number from %(least)s to %(most)s.", least=0, most=MOST_HEADS)})
    row = _row(session, teaching, times)
    row.heads, row.counted_at = heads, now
    note(session, "attendance.counted", actor, teaching, {"day": row.day, "half": row.half, "heads": heads}, now)


def half_now(found: Ledger, now: datetime) -> Times:
    """The half-day that people come to now. Raises Refused."""
    times = found.now(now)
    if times is None:
        raise Refused(phrase("There is no half-day now. Check-in begins an hour before one."))
    return times


def open_now(found: Ledger, now: datetime) -> Times:
    """The same, where its check-in has not been closed. Raises Refused, Conflict."""
    times = half_now(found, now)
    row = found.check_ins.get((times.half.day, times.half.half))
    if row is not None and row.closed_at is not None:
        raise Conflict(phrase("Check-in of this half-day is closed. Tell your instructor that you are here."))
    return times


def signs(found: Ledger, times: Times, teaching: TeachingSession) -> list[Sign]:
    """What does not fit in a half-day: devices and addresses that several used, seats, heads. All may be harmless."""
    half = times.half
    said = [one for person in teaching.members for one in found.said.get((person.person_id, half.day, half.half), [])]
    arrivals = [one for one in said if one.what in ARRIVALS and one.detail is not None]
    made = _shared(arrivals, "device", phrase("One device checked in several people."))
    addresses = _shared(arrivals, "address", phrase("Several people came from one address."))
    everybody = len({one.person_id for one in arrivals})
    made += [one for one in addresses if 2 * len(one.people) <= everybody]  # else the room shares one: it says nothing
    seats = {one.person_id: one.seat for one in teaching.members}
    for one in arrivals:
        said_seat = one.detail.seat if one.detail else ""
        if said_seat and said_seat != (seats.get(one.person_id) or ""):
            made.append(Sign((one.person_id,), phrase("Said another seat: %(seat)s.", seat=said_seat)))
    return made + _heads(found, times, teaching)


def _heads(found: Ledger, times: Times, teaching: TeachingSession) -> list[Sign]:
    row = found.check_ins.get((times.half.day, times.half.half))
    if row is None or row.heads is None:
        return []
    people = [one.person_id for one in teaching.members if one.active and not one.staff]
    listed = sum(found.of(one, times).status in {"present", "late"} for one in people)
    if listed == row.heads:
        return []
    text = counted(
        "%(num)s head was counted; the list has %(listed)s.",
        "%(num)s heads were counted; the list has %(listed)s.",
        row.heads,
        listed=str(listed),
    )
    return [Sign((), text)]


def _shared(arrivals: list[Record], of: str, text: str) -> list[Sign]:
    people: dict[str, Counter[UUID]] = defaultdict(Counter)
    for one in arrivals:
        if value := getattr(one.detail, of):
            people[value][one.person_id] += 1
    return [Sign(tuple(who), text) for who in people.values() if len(who) > 1]


def _proof(
    session: Session, teaching: TeachingSession, place: codes.Place, press: Press, now: datetime
) -> codes.Proof | None:
    """What shows that the actor is in the room; None where the session wants nothing."""
    proof = codes.recognised(place, press.typed, now) if press.typed.strip() else None
    if proof is None and press.ticket:
        proof = codes.redeemed(place, press.ticket, press.origin.device, now)
    if proof is None and (press.typed.strip() or not records.chosen(session, teaching).by_join):
        missing = phrase("Type the code that the screen shows, or scan its square code.")
        raise Refused(WRONG if press.typed.strip() else missing, field="code")
    return proof


def _seat(session: Session, teaching: TeachingSession, place: codes.Place, person: UUID, typed: str) -> str:
    if not records.chosen(session, teaching).ask_seat or not codes.asked_for_seat(place, person):
        return ""
    seat = " ".join(typed.split())
    if not 1 <= len(seat) <= SEAT or not seat.isprintable():
        raise Refused(phrase("Write the number of your seat: it stands on the desk."), field="seat")
    return seat


def _once_for_each_device(session: Session, teaching: TeachingSession, step: int, device: str, person: UUID) -> None:
    found = select(Record).filter_by(session_id=teaching.id, step=step).where(Record.person_id != person)
    if any(one.detail is not None and one.detail.device == device for one in session.scalars(found)):
        raise Refused(
            phrase("Somebody used this code on this device already. Take the next one that the screen shows."),
            field="code",
        )


def _row(session: Session, teaching: TeachingSession, times: Times) -> CheckIn:
    place = {"session_id": teaching.id, "day": times.half.day, "half": times.half.half}
    row = session.get(CheckIn, tuple(place.values()))
    if row is None:
        row = CheckIn(**place, opened_at=None, closed_at=None, heads=None, counted_at=None)
        session.add(row)
    return row


def _noted(session: Session, act: str, actor: Actor, teaching: TeachingSession, times: Times, now: datetime) -> None:
    note(session, act, actor, teaching, {"day": times.half.day, "half": times.half.half}, now)


def _person(actor: Actor) -> UUID:
    if actor.id is None:  # the policy of the page lets nobody in who is not a trainee of the session
        raise Refused(phrase("Sign in first."))
    return actor.id
