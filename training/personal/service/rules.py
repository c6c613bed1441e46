"""Rules of retention: for how long an organisation keeps what, and which rows are older than that.

Without a rule everything is kept. A rule counts months from the closing of a session, or from the last use of what
belongs to no session.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from training.accounts.actor import Actor, Role
from training.accounts.models import Invitation, Membership, Organisation, Person, SignIn
from training.assessment.models import Contact, Round
from training.audit import service as audit
from training.errors import Refused
from training.hosting.models import TeachingSession
from training.labs.models import Assignment, Attempt
from training.personal.models import RetentionRule
from training.personal.registry import BY_NAME, NOBODY, PERSON, TABLES, Table, Term
from training.personal.service.reach import key_of, of_schema
from training.sentence import phrase
from training.store import locked

MONTH = timedelta(days=30.44)  # on average
MOST = 240


@dataclass(frozen=True, slots=True)
class Kind:
    """What a rule can be about.

    Attributes:
        title: what it is, for whoever sets the rule.
        after: from when months count.
        least: fewest months that can be set.
        usual: months that are suggested.
        sessions: whether it is worked off session by session.
    """

    title: str
    after: str
    least: int
    usual: int
    sessions: bool = True


CLOSED = phrase("after the session was closed")
KINDS: Mapping[Term, Kind] = {
    Term.WORK: Kind(
        phrase("What was typed at work: commands, drafts, findings and reasonings, notes, texts of appeals and marks"),
        phrase("after the session was closed; for practice, after the work was ended or begun"),
        6,
        24,
    ),
    Term.PRESENCE: Kind(
        phrase("Addresses, devices, seats and remarks of attendance, reasons for more time"), CLOSED, 1, 12
    ),
    Term.LISTS: Kind(phrase("Rosters that wait, notes on people, the host's own numbers, paper slips"), CLOSED, 1, 6),
    Term.TALK: Kind(phrase("Messages to the room and requests for help"), CLOSED, 1, 12),
    Term.TRACES: Kind(
        phrase("Sign-ins but for the last of each person, names in invitations"),
        phrase("after they were used last"),
        1,
        6,
        sessions=False,
    ),
    Term.CONTACTS: Kind(
        phrase("Contact details left after an assessment"),
        phrase("after the assessment was closed"),
        1,
        12,
        sessions=False,
    ),
    Term.ACCOUNT: Kind(
        phrase("Accounts of trainees that nobody uses: their erasure is asked for"),
        phrase("after the last sign-in"),
        12,
        36,
        sessions=False,
    ),
}
SAID = "session_message"
"""Its texts stay when a person is erased, and go by a rule: they belong to the session."""


def standing(session: Session, organisation: UUID) -> dict[Term, RetentionRule]:
    """The rules of an organisation."""
    found = session.scalars(select(RetentionRule).where(RetentionRule.organisation_id == organisation))
    return {Term(one.term): one for one in found}


def keep(session: Session, actor: Actor, place: Organisation, wanted: Mapping[Term, int | None], now: datetime) -> int:
    """Set rules, in months, or take them back (None); how many changed. Raises Refused for too few or too many."""
    for term, months in wanted.items():
        least = KINDS[term].least
        if months is not None and not least <= months <= MOST:
            message = phrase("Give between %(least)s and %(most)s months.", least=str(least), most=str(MOST))
            raise Refused(message, field=term.value)
    session.execute(locked(select(Organisation.id).where(Organisation.id == place.id)))
    before, changed = standing(session, place.id), 0
    for term, months in wanted.items():
        had = before.get(term)
        was = had.months if had else None
        if was == months:
            continue
        changed += 1
        _set(session, actor, place, term, months, had, now)
        details = {"term": term.value, "months": months, "before": was}
        subject = f"organisation:{place.id}"
        audit.record(session, act="retention.rule_set", actor=actor.id, subject=subject, details=details, now=now)
    return changed


def _set(
    session: Session,
    actor: Actor,
    place: Organisation,
    term: Term,
    months: int | None,
    had: RetentionRule | None,
    now: datetime,
) -> None:
    if had is not None and months is None:
        session.delete(had)
    elif had is not None and months is not None:
        had.months, had.set_by, had.set_at = months, actor.id, now
    elif months is not None:
        session.add(
            RetentionRule(organisation_id=place.id, term=term.value, months=months, set_by=actor.id, set_at=now)
        )
    session.flush()


def closed_before(session: Session, organisation: UUID, cutoff: datetime) -> list[UUID]:
    """Sessions of an organisation that were closed before a time."""
    found = select(TeachingSession.id).where(
        TeachingSession.organisation_id == organisation, TeachingSession.closed_at < cutoff
    )
    return list(session.scalars(found.order_by(TeachingSession.closed_at)))


def of_session(one: Table, of: UUID) -> ColumnElement[bool]:
    """The condition that a row belongs to a session: it, or what it belongs to, names the session."""
    table = of_schema(one.name)
    named = one.of[1] == PERSON
    told = table.c[one.of[0]].is_not(None) if named else None  # what concerns the whole room stays
    if "session_id" in table.c:
        mine = table.c.session_id == of
        return and_(mine, told) if told is not None else mine
    if "assignment_id" in table.c and (named or one.of == NOBODY):
        return table.c.assignment_id.in_(select(Assignment.id).where(Assignment.circle == of))
    for column in table.c:  # such as the survey that was answered
        for key in column.foreign_keys:
            if "session_id" in key.column.table.c:
                return column.in_(select(key.column).where(key.column.table.c.session_id == of))
    column_name, target = one.of
    parent, _, named_by = target.partition(".")
    return table.c[column_name].in_(select(key_of(parent, named_by)).where(of_session(BY_NAME[parent], of)))


def of_practice(one: Table, organisation: UUID, cutoff: datetime) -> ColumnElement[bool]:
    """The condition that a row belongs to work outside of sessions that was ended, or begun, before a time."""
    table = of_schema(one.name)
    if one.name == Attempt.__tablename__:
        of_sessions = select(Assignment.id).where(Assignment.circle.is_not(None))
        alone = or_(Attempt.assignment_id.is_(None), Attempt.assignment_id.not_in(of_sessions))
        return and_(
            Attempt.organisation_id == organisation, alone, func.coalesce(Attempt.closed_at, Attempt.opened_at) < cutoff
        )
    if "attempt_id" in table.c:
        attempt = BY_NAME[Attempt.__tablename__]
        return table.c.attempt_id.in_(select(Attempt.id).where(of_practice(attempt, organisation, cutoff)))
    if one.of[1] == PERSON:  # more time is given in sessions and by assignments, which say when they end
        given = select(Assignment.id).where(
            Assignment.organisation_id == organisation, Assignment.circle.is_(None), Assignment.withdrawn_at < cutoff
        )
        return table.c.assignment_id.in_(given)
    column, target = one.of
    parent, _, key = target.partition(".")
    return table.c[column].in_(select(key_of(parent, key)).where(of_practice(BY_NAME[parent], organisation, cutoff)))


def of_place(one: Table, organisation: UUID, cutoff: datetime) -> ColumnElement[bool]:
    """The condition for what belongs to no session: sign-ins, invitations, contact details."""
    if one.name == SignIn.__tablename__:
        later = aliased(SignIn)
        newer = select(later.person_id).where(later.person_id == SignIn.person_id, later.seen_at > SignIn.seen_at)
        mine = SignIn.person_id.in_(select(Person.id).where(Person.home_id == organisation))
        return and_(mine, SignIn.seen_at < cutoff, newer.exists())
    if one.name == Invitation.__tablename__:
        return and_(Invitation.organisation_id == organisation, Invitation.expires_at < cutoff)
    closed = select(Round.id).where(Round.organisation_id == organisation, Round.closed_at < cutoff)
    return Contact.round_id.in_(closed)


def tables_of(term: Term) -> Iterator[Table]:
    """The tables that a rule is about."""
    names = {"sign_in", "invitation"} if term is Term.TRACES else {"assessment_contact"}
    for one in TABLES:
        if one.term is term and (KINDS[term].sessions or one.name in names):
            yield one


def unused(session: Session, organisation: UUID, cutoff: datetime) -> list[Person]:
    """Trainees of an organisation, and of no other, who have not signed in since a time, nor were made since."""
    last = select(func.max(SignIn.seen_at)).where(SignIn.person_id == Person.id).scalar_subquery()
    more = select(Membership.person_id).where(
        or_(Membership.role != Role.TRAINEE.value, Membership.organisation_id != organisation)
    )
    found = select(Person).where(
        Person.home_id == organisation,
        Person.erased_at.is_(None),
        Person.id.not_in(more),
        Person.made_at < cutoff,
        or_(last.is_(None), last < cutoff),
    )
    return list(session.scalars(found.order_by(Person.made_at)))
