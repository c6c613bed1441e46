"""Records of a session: read them, add one, what the session chose."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.audit import service as audit
from training.errors import Conflict
from training.hosting import plan as plans
from training.hosting.attendance.models import CheckIn, Choice, Detail, Record
from training.hosting.attendance.state import Rule
from training.hosting.models import TeachingSession
from training.hosting.service.record import Faulty, not_closed, note
from training.hosting.service.timetable import HalfDay
from training.sentence import phrase

REMARK, MOST_LATE = 300, 240


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a session chose: see models.Choice."""

    by_join: bool = False
    ask_seat: bool = False
    check_out: bool = False
    late_entry: int = 30


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record came from: way, key of the request, and of a trainee's own the address, device and seat said."""

    how: str
    request_key: str = ""
    address: str = ""
    device: str = ""
    seat: str = ""
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """What is said of a person: `what` as in models.Record, minutes, a remark, the record that it corrects."""

    what: str
    minutes: int | None = None
    remark: str = ""
    replaces: UUID | None = None


def running(teaching: TeachingSession) -> None:
    """Raises Conflict unless the session is open: before there is nobody to be present, afterwards all is a record."""
    not_closed(teaching)
    if teaching.opened_at is None:
        raise Conflict(phrase("This session is not open yet. Attendance is kept from its opening on."))


def of(session: Session, teaching: TeachingSession, person: UUID | None = None) -> list[Record]:
    """What was recorded, in order; of one person, where one is named."""
    found = select(Record).filter_by(session_id=teaching.id).order_by(Record.seq)
    return list(session.scalars(found.filter_by(person_id=person) if person else found))


def last(session: Session, teaching: TeachingSession) -> int:
    """The number of the newest record, 0 before the first. A page keeps it, to learn what came after it was shown."""
    return session.scalar(select(func.max(Record.seq)).filter_by(session_id=teaching.id)) or 0


def add(
    session: Session,
    actor: Actor,
    teaching: TeachingSession,
    person: UUID,
    half: HalfDay,
    mark: Mark,
    origin: Origin,
    now: datetime,
) -> Record | None:
    """Add a record; None where this request added it before. The row of the session is locked by the caller.

    Raises:
        Conflict: the same form was sent before with something else.
    """
    before = _sent_before(session, teaching, person, half, mark, origin)
    if before is not None:
        if before.minutes != mark.minutes:
            raise Conflict(phrase("This form was sent before with something else. Open the page again."))
        return None
    made = Record(session_id=teaching.id, seq=last(session, teaching) + 1, person_id=person, day=half.day)
    made.half, made.what, made.minutes, made.how = half.half, mark.what, mark.minutes, origin.how
    made.by, made.at, made.step, made.request_key = actor.id, now, origin.step, origin.request_key[:64]
    made.replaces = mark.replaces
    made.detail = Detail(address=origin.address[:45], device=origin.device, seat=origin.seat, remark=mark.remark)
    session.add(made)
    details: dict[str, object] = {"person": str(person), "day": half.day, "half": half.half, "seq": made.seq}
    details |= {"what": mark.what, "minutes": mark.minutes, "how": origin.how}
    if mark.remark:
        details["remark"] = audit.commit_to(session, person, mark.remark)
    note(session, "attendance.recorded", actor, teaching, details, now)
    return made


def _sent_before(
    session: Session, teaching: TeachingSession, person: UUID, half: HalfDay, mark: Mark, origin: Origin
) -> Record | None:
    """What the same request made, if it was sent before, as a browser does that heard no answer."""
    if not origin.request_key:
        return None
    found = select(Record).filter_by(session_id=teaching.id, request_key=origin.request_key, person_id=person)
    return session.scalars(found.filter_by(day=half.day, half=half.half, what=mark.what)).first()


def chosen(session: Session, teaching: TeachingSession) -> Chosen:
    """What the session chose, or what holds without a choice."""
    row = session.get(Choice, teaching.id)
    return Chosen(row.by_join, row.ask_seat, row.check_out, row.late_entry) if row else Chosen()


def choose(session: Session, actor: Actor, teaching: TeachingSession, wish: Chosen, now: datetime) -> None:
    """Change it. Raises Faulty, or Conflict for a session that is closed."""
    not_closed(teaching)
    if not 0 <= wish.late_entry <= MOST_LATE:
        raise Faulty({"late_entry": phrase("A whole number from %(least)s to %(most)s.", least=0, most=MOST_LATE)})
    if wish == chosen(session, teaching):
        return
    row = session.get(Choice, teaching.id) or Choice(session_id=teaching.id)
    row.by_join, row.ask_seat, row.check_out = wish.by_join, wish.ask_seat, wish.check_out
    row.late_entry = wish.late_entry
    session.add(row)
    told = {"by_join": wish.by_join, "ask_seat": wish.ask_seat, "check_out": wish.check_out}
    note(session, "attendance.chosen", actor, teaching, {**told, "late_entry": wish.late_entry}, now)


def rule_of(session: Session, teaching: TeachingSession) -> Rule:
    """The rules by which attendance of the session counts."""
    percent = plans.rules_of(teaching.rules).attendance.percent
    return Rule(percent, teaching.late_minutes, chosen(session, teaching).late_entry)


def check_ins(session: Session, teaching: TeachingSession) -> dict[tuple[int, int], CheckIn]:
    """Check-in by day and half, where anything was done about it."""
    found = session.scalars(select(CheckIn).filter_by(session_id=teaching.id))
    return {(one.day, one.half): one for one in found}
