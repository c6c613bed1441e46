"""Erasure in two phases: asked for, and carried out when its time has come and nothing holds it.

What is asked for can be taken back until then. Carrying it out is one unit for the rows; files come after, and are done
again where the program was stopped between the two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from training.accounts.models import Organisation, Person
from training.accounts.service import backoff, passwords
from training.accounts.service.passwords import NOBODY, Sealed
from training.audit import service as audit
from training.errors import Conflict, NotThere, Refused
from training.machines.ranges import Range
from training.machines.service import forgetting, responses
from training.personal.models import Erasure
from training.personal.service import copies, erasing
from training.personal.service.holds import holding
from training.sentence import joined, phrase
from training.settings import Settings
from training.store import Store, locked

SHORTEST, LONGEST = 10, 500  # characters of a reason
LATE = timedelta(days=1)
"""For so long rows may still come in that a request had begun to write before the erasure."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for.

    Attributes:
        reason: why, of whoever asks for somebody else; empty for oneself.
        keeps_certificates: whether certificates shall stay valid, with the name that is printed on them.
        days: how long it waits at least.
    """

    reason: str = ""
    keeps_certificates: bool = False
    days: int = 30


@dataclass(frozen=True, slots=True)
class Done:
    """An erasure that was carried out: rows by table, files, and whether the database was written anew."""

    erasure: Erasure
    rows: int
    files: int
    whole: bool


def waiting(session: Session, person: UUID) -> Erasure | None:
    """What is asked for a person and neither taken back nor done."""
    mine = select(Erasure).where(Erasure.person_id == person, Erasure.withdrawn_at.is_(None), Erasure.done_at.is_(None))
    return session.scalars(mine).one_or_none()


def all_waiting(session: Session, organisation: UUID) -> Sequence[tuple[Erasure, Person]]:
    """What waits in an organisation, the one that is due first at the top."""
    found = select(Erasure, Person).join(Person, Person.id == Erasure.person_id)
    found = found.options(selectinload(Person.memberships))
    found = found.where(Person.home_id == organisation, Erasure.withdrawn_at.is_(None), Erasure.done_at.is_(None))
    return [(one, person) for one, person in session.execute(found.order_by(Erasure.due_at, Erasure.id))]


def ask(session: Session, person_id: UUID, by: UUID | None, wish: Wish, now: datetime) -> Erasure:
    """Ask for an erasure. Raises Refused for a reason that says nothing, Conflict where one waits or was done."""
    person = _locked(session, person_id)
    own = by == person.id
    reason = "" if own else _reason(wish.reason)
    if person.erased_at is not None:
        raise Conflict(phrase("What was held about this person is erased already."))
    made = Erasure(
        person_id=person.id,
        own=own,
        asked_by=by,
        reason=reason,
        keeps_certificates=wish.keeps_certificates,
        asked_at=now,
        due_at=now + timedelta(days=wish.days),
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise Conflict(phrase("An erasure of this person waits already.")) from None
    details = {"own": own, "due": made.due_at.isoformat(), "certificates": wish.keeps_certificates}
    _record(session, "personal.erasure_asked", by, person.id, details, now)
    return made


def withdraw(session: Session, person_id: UUID, by: UUID | None, now: datetime) -> None:
    """Take back what waits. Raises Conflict where nothing does, any more."""
    person = _locked(session, person_id)
    found = waiting(session, person.id)
    if found is None:
        raise Conflict(phrase("No erasure waits, any more."))
    found.withdrawn_at, found.withdrawn_by = now, by
    _record(session, "personal.erasure_withdrawn", by, person.id, {}, now)


def withdraw_other(session: Session, person_id: UUID, by: UUID | None, now: datetime) -> None:
    """Take back what was asked for somebody else. Raises Conflict for what the person asked."""
    found = waiting(session, person_id)
    if found is not None and found.own:
        raise Conflict(phrase("The person asked for this, and only the person can take it back."))
    withdraw(session, person_id, by, now)


def proven(store: Store, person_id: UUID, password: str, address: str, now: datetime) -> None:
    """Make sure that the person asks, by their password. Raises Refused, and TooMany while the account waits.

    Whoever came by a slip chooses a password first: what can't be taken back wants more than a sign-in that is open.
    """
    with store.reading() as session:
        if lacks_password(session, person_id):
            raise Refused(phrase("You have no password yet. Choose one first, then ask."), field="password")
    with store.writing() as session:
        person = session.get_one(Person, person_id)
        failure, sealed = backoff.admit(session, backoff.own(person.id), address, now), person.password_hash
    if not passwords.proves(password, Sealed(sealed)):
        raise Refused(phrase("The password is not right."), field="password")
    with store.writing() as session:
        backoff.withdraw(session, failure)


def lacks_password(session: Session, person: UUID) -> bool:
    """Whether a person has chosen no password yet, and comes in by slips alone."""
    return session.scalar(select(Person.password_hash).where(Person.id == person)) == NOBODY


def due(session: Session, now: datetime) -> list[Erasure]:
    """What is to be carried out now: its time has come, or the program was stopped before its files were done."""
    rows = Erasure.withdrawn_at.is_(None) & Erasure.done_at.is_(None) & (Erasure.due_at <= now)
    files = Erasure.done_at.is_not(None) & Erasure.files_done_at.is_(None)
    late = Erasure.done_at > now - LATE
    return list(session.scalars(select(Erasure).where(rows | files | late).order_by(Erasure.due_at, Erasure.id)))


def carry_out(
    store: Store,
    settings: Settings,
    erasure_id: UUID,
    now: datetime,
    *,
    at_once: bool = False,
    here: Range | None = None,
) -> Done:
    """Erase, or finish what was begun. Doing it again erases what came in meanwhile, and nothing else. A machine of the
    person that runs is ended; `here` is the range that it runs on, that of the installation if not given.

    Raises Conflict where it was taken back, is not due yet (unless `at_once`), or something holds it.
    """
    with store.writing() as session:
        rows = _rows(session, erasure_id, now, at_once=at_once)
    return _files(store, settings, here or Range.of(settings), erasure_id, rows, now)


def again(session: Session, person_id: UUID, now: datetime) -> int:
    """Erase what came in of somebody who was erased before; how many rows. Within the unit that wrote it.

    Files are left to the next pass: a bundle brought it, and may lie among them.
    """
    done = select(Erasure).where(Erasure.person_id == person_id, Erasure.done_at.is_not(None))
    erasure = session.scalars(done.order_by(Erasure.done_at.desc(), Erasure.id).limit(1)).one_or_none()
    if erasure is None:
        return 0
    rows = _rows(session, erasure.id, now, at_once=False)
    erasure.files_done_at = None
    return rows


def _rows(session: Session, erasure_id: UUID, now: datetime, *, at_once: bool) -> int:
    erasure = session.get(Erasure, erasure_id)
    if erasure is None:
        raise NotThere(phrase("There is no such request."))
    person = _locked(session, erasure.person_id)
    session.refresh(erasure, with_for_update=True)
    if erasure.withdrawn_at is not None:
        raise Conflict(phrase("This request was taken back."))
    first = erasure.done_at is None
    if first and erasure.due_at > now and not at_once:
        raise Conflict(phrase("It is not due before %(time)s.", time=f"{erasure.due_at:%Y-%m-%d %H:%M} UTC"))
    places = select(Organisation.id).where(Organisation.id.in_({held.organisation_id for held in person.memberships}))
    session.execute(locked(places.order_by(Organisation.id)))  # of two last hosts, the second sees that the first went
    if first and (holds := holding(session, person)):
        raise Conflict(joined(*holds))
    responses.end_of_erased(session, person.id, now)
    counts = erasing.erase(session, erasure, now)
    rows = sum(counts.values()) - counts["person"]
    if first or rows:
        erasure.files_done_at = None
    if first:
        erasure.done_at, erasure.outcome, erasure.reason = now, counts, ""
        _record(session, "personal.erased", erasure.asked_by, person.id, {"rows": rows, "own": erasure.own}, now)
    elif rows:
        _record(session, "personal.erased_again", None, person.id, {"rows": rows}, now)
    return rows


def _files(store: Store, settings: Settings, here: Range, erasure_id: UUID, rows: int, now: datetime) -> Done:
    with store.reading() as session:
        erasure = session.get_one(Erasure, erasure_id)
        sessions = copies.sessions_of(session, erasure.person_id)
        ids = copies.called(session, erasure.person_id)
    if erasure.files_done_at is not None:
        return Done(erasure, rows, 0, whole=True)
    files = copies.clear(settings.instance, sessions, ids)
    files += clear_machines(store, here)
    whole = copies.overwrite(settings)
    if whole:
        with store.writing() as session:
            erasure = session.get_one(Erasure, erasure_id)
            erasure.files_done_at = now
    return Done(erasure, rows, files, whole)


def clear_machines(store: Store, here: Range) -> int:
    """End machines of people who were erased, and remove what they and their records left; of how many responses."""
    with store.reading() as session:
        found = forgetting.erased(session, here)
    for response in found:
        responses.discard(here, response)
    return len(found)


def _locked(session: Session, person_id: UUID) -> Person:
    wanted = locked(select(Person).where(Person.id == person_id)).options(selectinload(Person.memberships))
    person = session.scalars(wanted).one_or_none()
    if person is None:
        raise NotThere(phrase("There is no such person."))
    return person


def _reason(text: str) -> str:
    text = text.strip().replace("\r\n", "\n")
    if not SHORTEST <= len(text) <= LONGEST:
        message = phrase(
            "Say in %(least)s to %(most)s characters why this person's data shall be erased.",
            least=SHORTEST,
            most=LONGEST,
        )
        raise Refused(message, field="reason")
    return text


def _record(
    session: Session, act: str, by: UUID | None, person: UUID, details: dict[str, object], now: datetime
) -> None:
    session.flush()
    audit.record(session, act=act, actor=by, subject=f"person:{person}", details=details, now=now)
