"""What rules of retention find, and its removal: found, told, and removed when the waiting time has passed.

Whoever hosts can postpone what was found, or hold it, with a reason. The audit chain notes figures alone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.audit import service as audit
from training.errors import Conflict, Refused
from training.hosting.models import TeachingSession
from training.labs.models import Attempt, Finding
from training.marking.models.appeals import Appeal
from training.marking.models.rounds import Piece, Round
from training.marking.models.signs import SignCase
from training.personal.models import Erasing, RetentionDue, RetentionRule
from training.personal.registry import BY_NAME, Fate, Table, Term
from training.personal.service import asking, erasing
from training.personal.service.asking import Wish
from training.personal.service.reach import of_schema
from training.personal.service.rules import (
    KINDS,
    MONTH,
    SAID,
    closed_before,
    of_place,
    of_practice,
    of_session,
    tables_of,
    unused,
)
from training.sentence import phrase
from training.store import locked, new_id

SHORTEST, LONGEST = 10, 300  # characters of a reason
POSTPONED = (30, 90, 365)  # days for which something can be postponed
BY_RULE = "Nobody has used this account for as long as the rule of the organisation says."
PART: Mapping[str, Mapping[str, Any]] = {
    SAID: {"text": "-"},
    "roster_import": {"source": None},
    "invitation": {"name": "", "login": ""},
}
"""What a rule writes where the registry says something else, or nothing, for a person who is erased."""


def listed(session: Session, organisation: UUID) -> Sequence[tuple[RetentionDue, str]]:
    """What was found and stands, with the title of its session; what is due first at the top."""
    found = select(RetentionDue, TeachingSession.title).outerjoin(
        TeachingSession, TeachingSession.id == RetentionDue.session_id
    )
    found = found.where(RetentionDue.organisation_id == organisation, RetentionDue.done_at.is_(None))
    rows = session.execute(found.order_by(RetentionDue.due_at, RetentionDue.id))
    return [(due, title or "") for due, title in rows]


def find(session: Session, days: int, now: datetime) -> int:
    """Note what is older than the rules say, and how much; how much of it is new. In a unit that writes."""
    new = 0
    for rule in session.scalars(select(RetentionRule).order_by(RetentionRule.organisation_id, RetentionRule.term)):
        term, cutoff = Term(rule.term), now - rule.months * MONTH
        sessions: list[UUID | None] = []
        if KINDS[term].sessions:
            sessions += closed_before(session, rule.organisation_id, cutoff)
        if not KINDS[term].sessions or term is Term.WORK:
            sessions.append(None)
        for of in sessions:
            new += _note(session, rule, of, days, now)
    return new


def _note(session: Session, rule: RetentionRule, of: UUID | None, days: int, now: datetime) -> bool:
    counts = _counts(session, rule, of, now)
    one = {"organisation_id": rule.organisation_id, "term": rule.term, "session_id": of}
    standing = session.scalars(select(RetentionDue).filter_by(**one, done_at=None)).one_or_none()
    if standing is not None:
        standing.counts = counts
        return False
    if not counts:
        return False
    due = now + timedelta(days=days)
    session.add(RetentionDue(**one, counts=counts, found_at=now, due_at=due, state="waiting", reason=""))
    session.flush()
    _record(session, "retention.found", None, rule.organisation_id, _told(rule.term, of, counts), now)
    return True


def _counts(session: Session, rule: RetentionRule, of: UUID | None, now: datetime) -> dict[str, int]:
    """How many rows there are to remove, by table."""
    if rule.term == Term.ACCOUNT:
        found = unused(session, rule.organisation_id, now - rule.months * MONTH)
        waits = sum(asking.waiting(session, one.id) is None for one in found)
        return {"person": waits} if waits else {}
    counts = {}
    for one, which, values in _work(rule, of, now):
        changed = erasing.differing(one, values)
        query = select(func.count()).select_from(of_schema(one.name)).where(which)
        if count := session.scalar(query if changed is None else query.where(changed)):
            counts[one.name] = count
    return counts


def _work(
    rule: RetentionRule, of: UUID | None, now: datetime
) -> list[tuple[Table, ColumnElement[bool], Mapping[str, Any]]]:
    """The tables that are worked off, which of their rows, and what is written into those that stay."""
    term, cutoff = Term(rule.term), now - rule.months * MONTH
    found = []
    for one in tables_of(term):
        values: Mapping[str, Any] = PART.get(one.name, one.emptied)
        if one.fate is not Fate.REMOVED and one.name != "assessment_contact" and not values:
            continue
        if of is not None:
            which = of_session(one, of)
        elif term is Term.WORK:
            which = of_practice(one, rule.organisation_id, cutoff)
        else:
            which = of_place(one, rule.organisation_id, cutoff)
        found.append((one, which, values))
    return found


def ready(session: Session, now: datetime) -> list[RetentionDue]:
    """What is to be removed now."""
    found = select(RetentionDue).where(RetentionDue.state == "waiting", RetentionDue.due_at <= now)
    return list(session.scalars(found.order_by(RetentionDue.due_at, RetentionDue.id)))


def remove(session: Session, due_id: UUID, days: int, now: datetime) -> int:
    """Remove what was found; how many rows. Raises Conflict where it is held, or the matter is not at its end."""
    due = session.scalars(locked(select(RetentionDue).where(RetentionDue.id == due_id))).one()
    if due.state != "waiting" or due.due_at > now:
        raise Conflict(phrase("This was postponed, held or done meanwhile."))
    key = {"organisation_id": due.organisation_id, "term": due.term}
    rule = session.scalars(select(RetentionRule).filter_by(**key)).one_or_none()
    counts: dict[str, int] = {}
    if rule is not None:  # else it was taken back, and nothing is removed any more
        if due.term == Term.WORK and _open(session, due.session_id, due.organisation_id):
            raise Conflict(phrase("An appeal, a case or a round of marking is still open."))
        counts = _removed(session, rule, due.session_id, days, now)
    due.counts, due.state, due.done_at = counts, "done", now
    _record(session, "retention.removed", None, due.organisation_id, _told(due.term, due.session_id, counts), now)
    return sum(counts.values())


def _removed(session: Session, rule: RetentionRule, of: UUID | None, days: int, now: datetime) -> dict[str, int]:
    if rule.term == Term.ACCOUNT:
        return _asked(session, rule, days, now)
    gate = new_id()
    session.add(Erasing(id=gate))
    session.flush()
    counts = {}
    for one, which, values in _work(rule, of, now):
        if one.name == "finding":
            attempts = which_attempts(rule, of, now)
            erasing.blank(session, attempts)
        if one.name == "sign_case":
            erasing.unsigned(session, SignCase.id.in_(select(SignCase.id).where(which)))
        if count := erasing.apply(session, one, which, values, removed=one.name == "assessment_contact"):
            counts[one.name] = count
    session.flush()
    session.execute(delete(Erasing).where(Erasing.id == gate))
    return counts


def which_attempts(rule: RetentionRule, of: UUID | None, now: datetime) -> ColumnElement[bool]:
    """The attempts whose texts a rule is about."""
    attempt = BY_NAME[Attempt.__tablename__]
    if of is not None:
        return of_session(attempt, of)
    return of_practice(attempt, rule.organisation_id, now - rule.months * MONTH)


def _asked(session: Session, rule: RetentionRule, days: int, now: datetime) -> dict[str, int]:
    """Ask for the erasure of accounts that nobody uses: their people are told when they sign in after all."""
    count = 0
    for person in unused(session, rule.organisation_id, now - rule.months * MONTH):
        if asking.waiting(session, person.id) is None:
            asking.ask(session, person.id, None, Wish(BY_RULE, days=days), now)
            count += 1
    return {"person": count} if count else {}


def _open(session: Session, of: UUID | None, organisation: UUID) -> bool:
    """Whether an appeal, a case or a round that needs the texts is not at its end."""
    attempt = BY_NAME[Attempt.__tablename__]
    which = of_session(attempt, of) if of is not None else Attempt.organisation_id == organisation
    attempts = select(Attempt.id).where(which)
    pieces = select(Finding.id).where(Finding.attempt_id.in_(attempts))
    queries = (
        select(Appeal.id).where(Appeal.attempt_id.in_(attempts), Appeal.outcome.is_(None)),
        select(SignCase.id).where(SignCase.state == "open", SignCase.organisation_id == organisation),
        select(Piece.id).join(Round).where(Piece.finding_id.in_(pieces), Round.closed_at.is_(None)),
    )
    return any(session.scalar(query.limit(1)) is not None for query in queries)


def decide(session: Session, actor: Actor, due: RetentionDue, act: str, given: tuple[int, str], now: datetime) -> None:
    """Postpone what was found, hold it, or let it go on. `given` are the days and the reason.

    Raises Refused for a reason that says nothing or days that can't be chosen, Conflict for what is done.
    """
    days, reason = given
    if due.done_at is not None:
        raise Conflict(phrase("This is removed already."))
    if act == "release":
        due.state, due.reason, due.due_at = "waiting", "", max(due.due_at, now + timedelta(days=days))
    elif act == "hold":
        due.state, due.reason = "held", _reason(reason)
    elif act == "postpone" and days in POSTPONED:
        due.state, due.reason, due.due_at = "waiting", _reason(reason), max(due.due_at, now) + timedelta(days=days)
    else:
        raise Refused(phrase("Choose what shall happen, and for how long."), field="act")
    due.decided_by, due.decided_at = actor.id, now
    details = {"term": due.term, "act": act, "due": due.due_at.isoformat()}
    _record(session, "retention.decided", actor.id, due.organisation_id, details, now)


def _reason(text: str) -> str:
    text = " ".join(text.split())
    if not SHORTEST <= len(text) <= LONGEST:
        message = phrase("Give a reason of %(least)s to %(most)s characters.", least=SHORTEST, most=LONGEST)
        raise Refused(message, field="reason")
    return text


def _told(term: str, of: UUID | None, counts: Mapping[str, int]) -> dict[str, Any]:
    return {"term": term, "session": str(of) if of else None, "rows": sum(counts.values())}


def _record(
    session: Session, act: str, by: UUID | None, organisation: UUID, details: dict[str, Any], now: datetime
) -> None:
    session.flush()
    subject = f"organisation:{organisation}"
    audit.record(session, act=act, actor=by, subject=subject, details=details, now=now)
