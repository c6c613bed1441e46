"""Change the rules of a session: with a reason, within limits, and once it is open only for the better of everybody."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.audit import service as audit
from training.errors import Conflict
from training.hosting import ruling
from training.hosting.models import RuleChange, TeachingSession
from training.hosting.plan import Texts
from training.hosting.ruling import Difference, Setting
from training.hosting.service import labs, timetable
from training.hosting.service.record import Faulty, not_closed, note
from training.sentence import phrase

REASON, MOST = 200, 20
"""Characters of a reason; changes of one session."""


def changes(session: Session, teaching: TeachingSession) -> list[RuleChange]:
    """All changes of a session's rules, the first one first."""
    found = select(RuleChange).filter_by(session_id=teaching.id).order_by(RuleChange.number)
    return list(session.scalars(found))


def planned(teaching: TeachingSession, made: Sequence[RuleChange]) -> Setting:
    """The rules as the plan had them when the session was made."""
    now = ruling.of(teaching)
    return ruling.read(made[0].before, now.rules.texts) if made else now


def what(one: RuleChange, texts: Texts | None = None) -> list[Difference]:
    """What a change was about; `texts`: those of the session in other languages."""
    return ruling.differences(ruling.read(one.before, texts), ruling.read(one.after, texts))


def halves(session: Session, teaching: TeachingSession) -> int:
    """How many half-days the timetable has."""
    return len(timetable.half_days(teaching, timetable.parts(session, teaching)))


def stands(teaching: TeachingSession, *, settled: bool) -> str:
    """Why no rule can change any more, one sentence; empty where some can.

    `settled`: whether two people have confirmed results by them, or a certificate rests on them.
    """
    if teaching.closed_at is not None:
        return phrase("This session is closed. What it holds is a record, and nothing of it changes any more.")
    if settled:
        return phrase("Results were confirmed or certificates issued by these rules: nothing of them changes any more.")
    return ""


def change(
    session: Session,
    actor: Actor,
    teaching: TeachingSession,
    wish: Setting,
    reason: str,
    *,
    seen: int,
    settled: bool,
    now: datetime,
) -> RuleChange | None:
    """Set other rules; None where these are the same. The row of the session must be locked.

    `seen` is the number of changes that whoever wishes this has looked at; `settled` as in `stands`.

    Raises:
        Conflict: somebody else changed the rules meanwhile; or nothing of them changes any more.
        Faulty: fields can't be accepted, or may not change any more; all of them are named.
    """
    not_closed(teaching)
    if why := stands(teaching, settled=settled):
        raise Conflict(why)
    before, so_far = ruling.of(teaching), len(changes(session, teaching))
    if seen != so_far:
        raise Conflict(phrase("Somebody else changed the rules since you looked. Look at them again."))
    if not ruling.differences(before, wish):
        return None
    if so_far >= MOST:
        raise Conflict(phrase("The rules of a session change at most %(most)s times.", most=MOST))
    slots = timetable.parts(session, teaching)
    held, reason = [one.exam for one in slots if one.exam], " ".join(reason.split())
    _sound(teaching, before, wish, reason, held, len(timetable.half_days(teaching, slots)))
    made = RuleChange(
        session_id=teaching.id,
        number=so_far + 1,
        before=before.kept(),
        after=wish.kept(),
        reason=reason,
        begun=teaching.opened_at is not None,
        by=actor.id,
        at=now,
    )
    session.add(made)
    teaching.rules, teaching.late_minutes = wish.rules.model_dump(mode="json"), wish.late_minutes
    if wish.hints != before.hints:
        teaching.hints = wish.hints
        labs.arrange(session, actor, teaching, slots, now)
    details = {
        "change": made.number,
        "from": before.kept(),
        "to": wish.kept(),
        "begun": made.begun,
        "reason": audit.commit_to(session, actor.id or teaching.id, reason),
    }
    note(session, "rules.changed", actor, teaching, details, now)
    return made


def _sound(
    teaching: TeachingSession, before: Setting, wish: Setting, reason: str, held: Sequence[str], count: int
) -> None:
    """Raises Faulty with every field that can't be accepted."""
    faults = ruling.faults(wish, count, held)
    if teaching.opened_at is not None:
        faults |= ruling.harder(before, wish)
    if not 1 <= len(reason) <= REASON or not reason.isprintable():
        faults["reason"] = phrase("Say why, in 1 to %(most)s characters.", most=REASON)
    if faults:
        raise Faulty(faults)
