"""Who is known to a session and its organisation, as far as a list can name them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from training.accounts.models import Membership, Person
from training.accounts.service.passwords import fold
from training.hosting.models import SessionMember, TeachingSession
from training.hosting.roster.models import RosterNote
from training.hosting.roster.reading.cells import Row, id_key
from training.hosting.roster.reading.looks import skeleton

ASKED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Known:
    """Everybody a list may mean.

    Attributes:
        members: of the session, also those who were taken out.
        notes: of the session, by person.
        numbers: who bears a number: in this session, and in the organisation's other sessions.
        logins: accounts by folded sign-in name, of whatever organisation.
        people: accounts of members and of all who bear a number or sign-in name of the list.
        alike: sign-in names of the organisation, by what they look like.
    """

    members: Mapping[UUID, SessionMember]
    notes: Mapping[UUID, str]
    numbers: Mapping[str, frozenset[UUID]]
    earlier: Mapping[str, frozenset[UUID]]
    logins: Mapping[str, UUID]
    people: Mapping[UUID, Person]
    organisation: UUID
    alike: Mapping[str, frozenset[str]]

    def belongs(self, person: UUID) -> bool:
        """Whether somebody holds a role in the organisation of the session."""
        return any(held.organisation_id == self.organisation for held in self.people[person].memberships)


def look(session: Session, teaching: TeachingSession, rows: Iterable[Row]) -> Known:
    """Find them: a few queries, however long the list is."""
    rows = list(rows)
    members = {one.person_id: one for one in teaching.members}
    here = _by_number((one.number, one.person_id) for one in teaching.members)
    wanted = {id_key(row.values.get("number", "")) for row in rows} - {""}
    earlier = _by_number(
        (number, person) for number, person in _numbers(session, teaching) if id_key(number) in wanted - here.keys()
    )
    logins = _logins(session, rows)
    ids = {*members, *logins.values(), *(one for found in earlier.values() for one in found)}
    notes = session.execute(select(RosterNote.person_id, RosterNote.note).filter_by(session_id=teaching.id))
    people = {one.id: one for one in _people(session, ids)}
    place, said = teaching.organisation_id, {who: one for who, one in notes}  # noqa: C416 - a row is no pair to the type checker
    return Known(members, said, here, earlier, logins, people, place, _alike(session, place))


def login_key(row: Row) -> str:
    """The sign-in name that a row gives, or its e-mail address for want of one, as accounts compare it."""
    return fold(row.values.get("login", "") or row.values.get("email", ""))


def _by_number(pairs: Iterable[tuple[str, UUID]]) -> dict[str, frozenset[UUID]]:
    found: dict[str, set[UUID]] = {}
    for number, person in pairs:
        if key := id_key(number):
            found.setdefault(key, set()).add(person)
    return {key: frozenset(people) for key, people in found.items()}


def _numbers(session: Session, teaching: TeachingSession) -> list[tuple[str, UUID]]:
    found = select(SessionMember.number, SessionMember.person_id).distinct()
    found = found.join(TeachingSession, TeachingSession.id == SessionMember.session_id)
    found = found.where(
        TeachingSession.organisation_id == teaching.organisation_id,
        SessionMember.session_id != teaching.id,
        SessionMember.number != "",
    )
    return [(number, person) for number, person in session.execute(found)]


def _logins(session: Session, rows: Iterable[Row]) -> dict[str, UUID]:
    keys = sorted({login_key(row) for row in rows} - {""})
    found: dict[str, UUID] = {}
    for at in range(0, len(keys), ASKED_AT_ONCE):
        some = select(Person.login_key, Person.id).where(Person.login_key.in_(keys[at : at + ASKED_AT_ONCE]))
        found |= {key: person for key, person in session.execute(some)}  # noqa: C416 - as above
    return found


def _alike(session: Session, organisation: UUID) -> dict[str, frozenset[str]]:
    names = select(Person.login).join(Membership, Membership.person_id == Person.id)
    found: dict[str, set[str]] = {}
    for login in session.scalars(names.where(Membership.organisation_id == organisation).distinct()):
        found.setdefault(skeleton(login), set()).add(login)
    return {look: frozenset(logins) for look, logins in found.items()}


def _people(session: Session, ids: Iterable[UUID]) -> Iterable[Person]:
    wanted = sorted(ids)
    for at in range(0, len(wanted), ASKED_AT_ONCE):
        some = select(Person).where(Person.id.in_(wanted[at : at + ASKED_AT_ONCE]))
        yield from session.scalars(some.options(selectinload(Person.memberships)))
