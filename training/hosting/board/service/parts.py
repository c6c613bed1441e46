"""The timetable as it was kept: a slot begins and ends by one press, and real times are corrected with a reason."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.audit import service as audit
from training.errors import Conflict, Refused
from training.hosting.board.models import Incident
from training.hosting.board.service import counter
from training.hosting.board.service.texts import REASON, by, line, open_only
from training.hosting.models import Part, TeachingSession
from training.hosting.service import timetable
from training.hosting.service.record import not_closed, note
from training.sentence import phrase


def begin(session: Session, actor: Actor, teaching: TeachingSession, part: Part, now: datetime) -> None:
    """A slot begins now; the one that went on ends. Pressing twice changes nothing.

    Raises:
        Conflict: the session is not open, or the slot has ended.
    """
    open_only(teaching)
    if part.ended_at is not None:
        raise Conflict(phrase("'%(title)s' has ended. Correct its times, if that was a mistake.", title=part.said))
    if part.began_at is not None:
        return
    for other in timetable.parts(session, teaching):
        if other.began_at is not None and other.ended_at is None:
            _end(session, actor, teaching, other, now)
    part.began_at = now
    note(session, "part.began", actor, teaching, {"part": str(part.id)}, now)
    counter.moved(session, teaching.id)


def end(session: Session, actor: Actor, teaching: TeachingSession, part: Part, now: datetime) -> None:
    """A slot ends now. Pressing twice changes nothing.

    Raises:
        Conflict: the session is not open, or the slot has not begun.
    """
    open_only(teaching)
    if part.began_at is None:
        raise Conflict(phrase("'%(title)s' has not begun.", title=part.said))
    if part.ended_at is None:
        _end(session, actor, teaching, part, now)
        counter.moved(session, teaching.id)


def _end(session: Session, actor: Actor, teaching: TeachingSession, part: Part, now: datetime) -> None:
    part.ended_at = max(now, part.began_at or now)  # a clock that was set back ends nothing before it began
    note(session, "part.ended", actor, teaching, {"part": str(part.id)}, now)


def correct(
    session: Session,
    actor: Actor,
    teaching: TeachingSession,
    part: Part,
    times: tuple[time | None, time | None],
    reason: str,
    now: datetime,
) -> None:
    """Set the real times of a slot, on its day and in the session's zone; None: it has not begun, or goes on.

    Raises:
        Refused: there is no reason, an end without a beginning, an end before it, or a time that is still to come.
        Conflict: the session is closed.
    """
    not_closed(teaching)
    why = line(reason, "reason", REASON, phrase("Write why the times are corrected."))
    began, ended = (_instant(teaching, part, one) for one in times)
    if ended is not None and (began is None or ended < began):
        raise Refused(phrase("The end is not before the beginning, and there is none without one."), field="ended")
    if any(one is not None and one > now + timedelta(minutes=1) for one in (began, ended)):
        raise Refused(phrase("A real time lies in the past. This one is still to come."), field="began")
    before = [_told(part.began_at), _told(part.ended_at)]
    if before == [_told(began), _told(ended)]:
        return
    part.began_at, part.ended_at = began, ended
    made = Incident(session_id=teaching.id, kind="times", part_id=part.id, reason=why, by=by(actor), request_key="")
    made.number, made.began_at, made.ended_at = counter.next_number(session, Incident, teaching.id), now, now
    session.add(made)
    details = {"part": str(part.id), "from": before, "to": [_told(began), _told(ended)]}
    details |= {"reason": audit.commit_to(session, by(actor), why)}
    note(session, "part.corrected", actor, teaching, details, now)
    counter.moved(session, teaching.id)


def _instant(teaching: TeachingSession, part: Part, at: time | None) -> datetime | None:
    if at is None:
        return None
    return timetable.instant(teaching.zone, teaching.starts_on + timedelta(days=part.day - 1), at)


def _told(at: datetime | None) -> str | None:
    return at.isoformat(timespec="minutes") if at else None


def shown(parts: Sequence[Part], now: datetime, wanted: str = "") -> Part | None:
    """The slot that a board shows: the one that is asked for, else what goes on, what comes, or the last."""
    asked = next((one for one in parts if str(one.id) == wanted), None)
    here = timetable.now(parts, now)
    return asked or here.current or here.following or (parts[-1] if parts else None)


def late(part: Part, now: datetime) -> int:
    """By how many whole minutes a slot runs behind its plan; negative: ahead of it. 0 while it is not due."""
    if part.ended_at is not None:
        behind = part.ended_at - part.ends_at
    elif part.began_at is not None:
        behind = max(part.began_at - part.starts_at, now - part.ends_at)
    else:
        behind = max(now - part.starts_at, timedelta())
    return int(behind.total_seconds() / 60)
