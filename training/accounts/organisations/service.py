"""What can be done with organisations: roles given and taken, a new one with its first host, a name, closing.

Whoever changes who holds a role first locks the organisation's row, so that of two who each take one of the last two
hosts, the second is refused.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, case, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.accounts.actor import Actor, Role
from training.accounts.models import Membership, Organisation, OrganisationLook, Person
from training.accounts.organisations import policy, signs
from training.accounts.service import passwords, people
from training.audit import service as audit
from training.errors import Conflict, NotThere, Refused
from training.sentence import phrase
from training.store import locked

NEEDED = (Role.HOST, Role.ADMINISTRATOR)
"""Roles whose last holder keeps them: without one nobody could give them again on a page."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An organisation in the list of all: how many open accounts hold a role there, and how many of them host."""

    place: Organisation
    people: int
    hosts: int
    administered: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """How an organisation shows itself in small: its short name or name, and the digest of its logo.

    The digest is empty where there is no logo, or none that is small enough to stand on every page.
    """

    id: UUID
    name: str
    sha256: str


def shown(session: Session, organisation: UUID) -> Shown | None:
    """How an organisation shows itself in small, where it has chosen a look."""
    found = session.execute(_small(), {"id": organisation}).first()
    return Shown(organisation, found.short_name or found.name, found.sha256 or "") if found else None


@cache
def _small() -> Select[Any]:
    """The question of `shown`, which every page asks: made once."""
    look = OrganisationLook
    fits = (look.logo_type == signs.PNG) | (func.length(look.logo) <= signs.DRAWN)
    return (
        select(Organisation.name, look.short_name, case((fits, look.logo_sha256), else_="").label("sha256"))
        .join(look, look.organisation_id == Organisation.id)
        .where(Organisation.id == bindparam("id"))
    )


def only(session: Session) -> UUID | None:
    """The organisation that is alone in this installation, closed ones not counted."""
    found = session.scalars(select(Organisation.id).where(Organisation.closed_at.is_(None)).limit(2)).all()
    return found[0] if len(found) == 1 else None


def kept(session: Session, organisation: UUID, *, lock: bool = False) -> policy.Kept | None:
    """An organisation with what its policy asks for; None where there is none."""
    query = select(Organisation).where(Organisation.id == organisation)
    place = session.scalar(locked(query) if lock else query)
    if place is None:
        return None
    held = select(Membership).filter_by(organisation_id=organisation, role=Role.ADMINISTRATOR.value)
    return policy.Kept(place, session.scalar(select(held.exists())) or False, accounts.founding(session))


def listed(session: Session) -> list[Listed]:
    """All organisations by name, closed ones last."""
    rows = session.execute(
        select(Membership.organisation_id, Membership.role, func.count())
        .join(Person, (Person.id == Membership.person_id) & Person.disabled_at.is_(None))
        .group_by(Membership.organisation_id, Membership.role)
    ).all()
    counted = {(where, role): number for where, role, number in rows}
    each = session.execute(
        select(Membership.organisation_id, func.count(Membership.person_id.distinct()))
        .join(Person, (Person.id == Membership.person_id) & Person.disabled_at.is_(None))
        .group_by(Membership.organisation_id)
    ).all()
    people_of = {where: number for where, number in each}  # noqa: C416 - a row is no pair to the type checker
    administered = set(session.scalars(select(Membership.organisation_id).filter_by(role=Role.ADMINISTRATOR.value)))
    places = sorted(accounts.organisations(session), key=lambda place: place.closed_at is not None)
    return [
        Listed(one, people_of.get(one.id, 0), counted.get((one.id, Role.HOST.value), 0), one.id in administered)
        for one in places
    ]


def make(session: Session, actor: Actor, name: str, kind: str, token: str, now: datetime) -> Organisation:
    """Add an organisation with an invitation for its first host, whose link carries the token.

    Raises Refused for a name, kind or token that can't be used, Conflict when the name is taken.
    """
    place = accounts.make_organisation(session, name, kind, actor=actor.id, now=now)
    invite_host(session, actor, place, token, now)
    return place


def invite_host(session: Session, actor: Actor, place: Organisation, token: str, now: datetime) -> None:
    """Make an invitation for a host, on behalf of the installation. Raises Conflict where it is closed."""
    if place.closed_at is not None:
        raise Conflict(phrase("%(name)s is closed. Open it again first.", name=place.name))
    acting = replace(actor, roles=actor.roles | {(place.id, Role.ADMINISTRATOR)})
    accounts.invite(session, place, Role.HOST, actor=acting, now=now, token=token)


def rename(session: Session, actor: Actor, place: Organisation, name: str, now: datetime) -> None:
    """Change the name of an organisation. Raises Refused for none that can be used, Conflict when it is taken."""
    before, new = place.name, people.checked_name(name)
    if new == before:
        return
    try:
        with session.begin_nested():  # a refused update would undo the whole unit on PostgreSQL
            place.name, place.name_key = new, passwords.fold(new)
            session.flush()
    except IntegrityError:
        taken = phrase("There is an organisation called %(name)s already.", name=new)
        raise Conflict(taken, field="name") from None
    _record(session, "organisation.renamed", actor, place.id, {"before": before, "name": new}, now)


def close(session: Session, actor: Actor, place: Organisation, now: datetime) -> None:
    """Close an organisation: all that its people did stays, and their roles in it count for nothing from now on.

    Raises Refused where the actor holds a role: nobody locks themselves out.
    """
    if any(where == place.id for where, _ in actor.roles):
        raise Refused(
            phrase("You hold a role in %(name)s. Somebody who holds none there can close it.", name=place.name)
        )
    if place.closed_at is None:
        place.closed_at = now
        _record(session, "organisation.closed", actor, place.id, {}, now)


def reopen(session: Session, actor: Actor, place: Organisation, now: datetime) -> None:
    """Open a closed organisation again, with the roles that its people held."""
    if place.closed_at is not None:
        place.closed_at = None
        _record(session, "organisation.reopened", actor, place.id, {}, now)


def give(session: Session, actor: Actor, place: Organisation, person_id: UUID, role: Role, now: datetime) -> None:
    """Give a role to somebody who holds another one here already. Others are invited.

    Raises NotThere for anybody else, Refused for oneself and for a role that is out of the actor's reach.
    """
    person = _member(session, actor, place, person_id)
    _reaches(actor, place, person, (role,))
    accounts.give_role(session, person, place.id, role, actor=actor.id, now=now)


def take(session: Session, actor: Actor, place: Organisation, person_id: UUID, role: Role, now: datetime) -> None:
    """Take a role. Raises NotThere, Refused as `give`, and Refused for the last host or administrator."""
    person = _member(session, actor, place, person_id)
    _take(session, actor, place, person, (role,), now)


def part(session: Session, actor: Actor, place: Organisation, person_id: UUID, now: datetime) -> None:
    """Take all roles in this organisation from somebody who has moved away. Raises as `take`."""
    person = _member(session, actor, place, person_id)
    held = tuple(Role(one.role) for one in person.memberships if one.organisation_id == place.id)
    _take(session, actor, place, person, held, now)


def spare(session: Session, person: Person) -> None:
    """Refuse to do without somebody who is the last open account with a role that an organisation needs."""
    for held in person.memberships:
        _spare(session, person, held.organisation_id, Role(held.role))


def _take(
    session: Session, actor: Actor, place: Organisation, person: Person, roles: tuple[Role, ...], now: datetime
) -> None:
    _reaches(actor, place, person, roles)
    for role in roles:
        _spare(session, person, place.id, role)
        accounts.take_role(session, person, place.id, role, actor=actor.id, now=now)


def _member(session: Session, actor: Actor, place: Organisation, person_id: UUID) -> Person:
    """Somebody else who holds a role here."""
    session.execute(select(Organisation.id).filter_by(id=place.id).with_for_update())
    person = accounts.find(session, person_id)
    if person is None or not any(held.organisation_id == place.id for held in person.memberships):
        raise NotThere(phrase("Nobody of this organisation is meant. Look at its members again."))
    if person.id == actor.id:
        raise Refused(phrase("Your own roles are changed by somebody else: ask another host or an administrator."))
    return person


def _reaches(actor: Actor, place: Organisation, person: Person, roles: tuple[Role, ...]) -> None:
    if not policy.may_change(actor, place.id, policy.highest(person, place.id)):
        above = phrase("%(name)s holds a higher role than yours, or the same. Ask an administrator.", name=person.name)
        raise Refused(above)
    if not all(policy.may_give(actor, place.id, role) for role in roles):
        raise Refused(phrase("Your role does not reach so far: hosts give and take lower roles, administrators all."))


def _spare(session: Session, person: Person, organisation: UUID, role: Role) -> None:
    if role not in NEEDED:
        return
    others = select(Membership.person_id).join(Person, Person.id == Membership.person_id)
    others = others.where(Membership.organisation_id == organisation, Membership.role == role.value)
    others = others.where(Membership.person_id != person.id, Person.disabled_at.is_(None))
    if session.scalar(others.limit(1)) is None:
        raise Refused(_last(role, person.name))


def _last(role: Role, name: str) -> str:
    if role is Role.HOST:
        return phrase("%(name)s is the last host here. Make somebody else a host first.", name=name)
    return phrase("%(name)s is the last administrator here. Make somebody else an administrator first.", name=name)


def _record(
    session: Session, act: str, actor: Actor, organisation: UUID, details: dict[str, str], now: datetime
) -> None:
    subject = f"organisation:{organisation}"
    audit.record(session, act=act, actor=actor.id, subject=subject, details=details, now=now)
