"""Organisations, people, their roles and what they choose for themselves."""

import hashlib
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from training.accounts.actor import Actor, Role
from training.accounts.models import THEMES, Kind, Membership, Organisation, Person
from training.accounts.service import backoff, passwords
from training.accounts.service.passwords import Sealed
from training.accounts.service.signing_in import Owner, end_all
from training.audit import service as audit
from training.audit.models import Event
from training.errors import Conflict, NotThere, Refused
from training.sentence import LANGUAGES, joined, phrase
from training.store import new_id

ACADEMY = "Engram academy"
LOGIN = range(2, 81)  # characters of a login
NAME = 120  # characters at most


@dataclass(frozen=True, slots=True)
class Credential:
    """An account as it is handed to a person once; the password is stored nowhere."""

    login: str
    role: Role
    password: str


def found(session: Session, now: datetime) -> tuple[Credential, ...]:
    """Set up an empty installation: one organisation, and an account with a random password for each of three roles.

    Returns nothing, and changes nothing, where an organisation exists.
    """
    if session.scalars(select(Organisation.id).limit(1)).first() is not None:
        return ()
    academy = make_organisation(session, ACADEMY, Kind.UNIVERSITY, now=now)
    starters = (
        ("admin", "Administrator", Role.ADMINISTRATOR),
        ("instructor", "First instructor", Role.INSTRUCTOR),
        ("trainee", "First trainee", Role.TRAINEE),
    )
    credentials = []
    for login, name, role in starters:
        password = passwords.random_password()
        sealed = passwords.seal(password, login)
        make_person(session, login=login, name=name, sealed=sealed, home=academy.id, role=role, now=now)
        credentials.append(Credential(login, role, password))
    return tuple(credentials)


def make_organisation(
    session: Session, name: str, kind: str, *, actor: uuid.UUID | None = None, now: datetime
) -> Organisation:
    """Add an organisation; the first one runs the installation.

    Raises Refused when `kind` is no value of Kind, Conflict when the name is taken.
    """
    if kind not in tuple(Kind):
        message = phrase("An organisation is one of %(kinds)s, not %(kind)s.", kinds=", ".join(Kind), kind=kind)
        raise Refused(message, field="kind")
    known_as = checked_name(name)
    organisation = Organisation(id=new_id(), name=known_as, name_key=passwords.fold(known_as), kind=str(kind))
    organisation.founding = session.scalars(select(Organisation.id).limit(1)).first() is None
    taken = phrase("There is an organisation called %(name)s already.", name=name)
    _insert(session, organisation, Conflict(taken, field="organisation"))
    subject, details = f"organisation:{organisation.id}", {"kind": organisation.kind}
    audit.record(session, act="organisation.made", actor=actor, subject=subject, details=details, now=now)
    return organisation


def founding(session: Session) -> uuid.UUID | None:
    """The organisation that runs the installation: the first one, unless another was named on the command line."""
    return session.scalar(select(Organisation.id).where(Organisation.founding))


def make_person(
    session: Session,
    *,
    login: str,
    name: str,
    sealed: Sealed,
    home: uuid.UUID,
    role: Role,
    actor: uuid.UUID | None = None,
    now: datetime,
) -> Person:
    """Add a person with a role in the home organisation. Raises Refused for a login or name that can't be used,
    Conflict when the login is taken.
    """
    login = checked_login(login)
    person = Person(
        id=new_id(),
        login=login,
        login_key=passwords.fold(login),
        name=checked_name(name),
        password_hash=sealed,
        home_id=home,
        made_at=now,
        memberships=[Membership(organisation_id=home, role=role.value)],
    )
    taken = phrase("The sign-in name %(login)s is taken. Choose another one.", login=login)
    _insert(session, person, Conflict(taken, field="login"))
    details = {
        "organisation": str(home),
        "role": role.value,
        "login": audit.commit_to(session, person.id, person.login),
        "name": audit.commit_to(session, person.id, person.name),
    }
    audit.record(session, act="person.made", actor=actor, subject=f"person:{person.id}", details=details, now=now)
    return person


def actor_of(person: Person | Owner) -> Actor:
    """The person as services and policies see one; memberships must be loaded, as `find` does.

    Whoever holds no role in the home organisation any more works nowhere: courses and labs are closed then.
    """
    roles = frozenset((held.organisation_id, Role(held.role)) for held in person.memberships)
    at_home = any(where == person.home_id for where, _ in roles)
    return Actor(id=person.id, name=person.name, home=person.home_id if at_home else None, roles=roles)


def find(session: Session, person_id: uuid.UUID) -> Person | None:
    """A person with roles; None when there is none with that id."""
    return session.scalar(select(Person).where(Person.id == person_id).options(selectinload(Person.memberships)))


def by_login(session: Session, login: str) -> Person:
    """A person with roles, by login in any case. Raises NotThere."""
    query = select(Person).where(Person.login_key == passwords.fold(login)).options(selectinload(Person.memberships))
    person = session.scalar(query)
    if person is None:
        raise NotThere(phrase("There is no account called %(login)s.", login=login), field="login")
    return person


def members(session: Session, organisation_id: uuid.UUID) -> list[Person]:
    """Everyone who holds a role in an organisation, by name, with all their roles."""
    belongs = select(Membership.person_id).where(Membership.organisation_id == organisation_id)
    query = select(Person).where(Person.id.in_(belongs)).options(selectinload(Person.memberships))
    return sorted(session.scalars(query), key=lambda person: (passwords.fold(person.name), person.login_key))


def organisations(session: Session, ids: Iterable[uuid.UUID] | None = None) -> list[Organisation]:
    """Organisations by name; those with the given ids, or all."""
    query = select(Organisation)
    if ids is not None:
        query = query.where(Organisation.id.in_(list(ids)))
    return sorted(session.scalars(query), key=lambda organisation: passwords.fold(organisation.name))


def by_name(session: Session, name: str) -> Organisation:
    """The organisation of a name, in any case. Raises NotThere with the names that there are."""
    found = session.scalar(select(Organisation).filter_by(name_key=passwords.fold(" ".join(name.split()))))
    if found is None:
        there = ", ".join(one.name for one in organisations(session))
        raise NotThere(
            phrase("There is no organisation called %(name)s. There are: %(there)s.", name=name, there=there)
        )
    return found


def names(
    session: Session, ids: Iterable[uuid.UUID], *, within: Iterable[uuid.UUID] | None = None
) -> dict[uuid.UUID, str]:
    """The names of people, for pages that list what they did; `within` leaves out whoever is of no such organisation.

    What belongs to the whole installation, such as courses, is worked on by people of several organisations, who don't
    learn each other's names there.
    """
    query = select(Person.id, Person.name).where(Person.id.in_(set(ids)))
    if within is not None:
        places = set(within)
        held = select(Membership.person_id).where(Membership.organisation_id.in_(places))
        query = query.where(Person.home_id.in_(places) | Person.id.in_(held))
    rows = session.execute(query)
    return {person_id: name for person_id, name in rows}  # noqa: C416 - a row is no pair to the type checker


def give_role(
    session: Session,
    person: Person,
    organisation_id: uuid.UUID,
    role: Role,
    *,
    actor: uuid.UUID | None,
    now: datetime,
) -> bool:
    """Give a person a role, which ends all sign-ins; whether it was new. Memberships must be loaded."""
    if not add_role(session, person, organisation_id, role, actor=actor, now=now):
        return False
    end_all(session, person.id, actor=actor, now=now)
    return True


def take_role(
    session: Session,
    person: Person,
    organisation_id: uuid.UUID,
    role: Role,
    *,
    actor: uuid.UUID | None,
    now: datetime,
) -> None:
    """Take a role from a person, which ends all sign-ins. Raises NotThere when the person does not hold it."""
    held = next((m for m in person.memberships if (m.organisation_id, m.role) == (organisation_id, role)), None)
    if held is None:
        message = phrase("%(login)s does not hold the role %(role)s there.", login=person.login, role=role.value)
        raise NotThere(message, field="role")
    person.memberships.remove(held)
    session.delete(held)
    _record_role(session, "role.taken", person, organisation_id, role, actor, now)
    end_all(session, person.id, actor=actor, now=now)


def add_role(
    session: Session,
    person: Person,
    organisation_id: uuid.UUID,
    role: Role,
    *,
    actor: uuid.UUID | None,
    now: datetime,
) -> bool:
    """Give a role and leave sign-ins as they are, for callers that renew them; whether it was new."""
    if any((held.organisation_id, held.role) == (organisation_id, role) for held in person.memberships):
        return False
    person.memberships.append(Membership(organisation_id=organisation_id, role=role.value))
    _record_role(session, "role.given", person, organisation_id, role, actor, now)
    return True


def sealed_of(session: Session, person_id: uuid.UUID) -> Sealed:
    """The password of a person as it is stored."""
    return Sealed(session.scalars(select(Person.password_hash).where(Person.id == person_id)).one())


def password_mark(person: Person) -> str:
    """What a form carries to say which password it would replace; it tells nothing about that password.

    The stored hash has 128 random bits of salt, so a guessed password can't be tried on its digest.
    """
    return hashlib.sha256(person.password_hash.encode()).hexdigest()


def set_password(
    session: Session,
    person: Person,
    sealed: Sealed,
    *,
    actor: uuid.UUID | None,
    now: datetime,
    before: str | None = None,
) -> None:
    """Replace a person's password: all sign-ins end, and the account need not wait any more.

    `before` is the mark of the password that may be replaced, None for whichever it is. Raises Conflict when there is
    another one by now, such as after the same form was sent twice.
    """
    if before is not None and before != password_mark(person):
        raise Conflict(_replaced(session, person))
    person.password_hash = sealed
    audit.record(session, act="password.set", actor=actor, subject=f"person:{person.id}", details={}, now=now)
    end_all(session, person.id, actor=actor, now=now)
    backoff.clear(session, backoff.of_person(person))


def _replaced(session: Session, person: Person) -> str:
    acts = ("password.set", "password.changed")
    query = select(Event).where(Event.subject == f"person:{person.id}", Event.act.in_(acts))
    last = session.scalars(query.order_by(Event.seq.desc()).limit(1)).first()
    where = {"login": person.login, "time": f"{last.at:%Y-%m-%d %H:%M:%S}Z" if last else ""}
    if last is None:
        said = phrase("The password of %(login)s was renewed since this form was made.", login=person.login)
    elif last.act == "password.set":
        said = phrase("The password of %(login)s was set at %(time)s and shown once.", **where)
    else:
        said = phrase("The password of %(login)s was changed by its owner at %(time)s.", **where)
    return joined(said, phrase("Nothing was changed now. If it is lost, set another one."))


def disable(session: Session, person: Person, *, actor: uuid.UUID | None, now: datetime) -> None:
    """Close an account, end its sign-ins and keep everything it did."""
    if person.disabled_at is None:
        person.disabled_at = now
        audit.record(session, act="person.disabled", actor=actor, subject=f"person:{person.id}", details={}, now=now)
    end_all(session, person.id, actor=actor, now=now)


def enable(session: Session, person: Person, *, actor: uuid.UUID | None, now: datetime) -> None:
    """Open a disabled account again."""
    if person.disabled_at is not None:
        person.disabled_at = None
        audit.record(session, act="person.enabled", actor=actor, subject=f"person:{person.id}", details={}, now=now)


def rename(session: Session, person_id: uuid.UUID, name: str, *, now: datetime) -> None:
    """Change one's own name, as others see it."""
    person = session.get_one(Person, person_id)
    if (new := checked_name(name)) != person.name:
        person.name = new
        details = {"name": audit.commit_to(session, person.id, new)}
        audit.record(
            session, act="person.renamed", actor=person.id, subject=f"person:{person.id}", details=details, now=now
        )


def prefer(session: Session, person_id: uuid.UUID, *, language: str | None = None, theme: str | None = None) -> None:
    """Keep one's choice of language or theme with the account; None leaves it, an empty text takes it back."""
    person = session.get_one(Person, person_id)
    if language is not None:
        person.language = _choice(language, tuple(LANGUAGES), "language")
    if theme is not None:
        person.theme = _choice(theme, THEMES, "theme")


def checked_login(login: str) -> str:
    """A login as it is kept. Raises Refused when it could be mistaken or can't be typed."""
    login = unicodedata.normalize("NFKC", login).strip()
    if len(login) not in LOGIN or not login.isprintable() or any(sign.isspace() for sign in login):
        message = phrase(
            "Choose a sign-in name of %(least)s to %(most)s letters, digits or signs, without spaces.",
            least=LOGIN[0],
            most=LOGIN[-1],
        )
        raise Refused(message, field="login")
    return login


def checked_name(name: str) -> str:
    """A name as it is kept: spaces unified. Raises Refused when it is empty, too long or holds control characters."""
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not name or len(name) > NAME or not name.isprintable():
        message = phrase("Give a name of 1 to %(n)s characters, without control characters.", n=NAME)
        raise Refused(message, field="name")
    return name


def _choice(value: str, allowed: tuple[str, ...], field: str) -> str | None:
    if value and value not in allowed:
        raise Refused(phrase("Choose one of %(these)s.", these=", ".join(allowed)), field=field)
    return value or None


def _insert(session: Session, row: Organisation | Person, taken: Conflict) -> None:
    try:
        with session.begin_nested():  # a refused insert would undo the whole unit on PostgreSQL
            session.add(row)
            session.flush()
    except IntegrityError as refused:
        if "unique" not in str(refused.orig).lower():
            raise
        raise taken from None


def _record_role(
    session: Session,
    act: str,
    person: Person,
    organisation_id: uuid.UUID,
    role: Role,
    actor: uuid.UUID | None,
    now: datetime,
) -> None:
    details = {"organisation": str(organisation_id), "role": role.value}
    audit.record(session, act=act, actor=actor, subject=f"person:{person.id}", details=details, now=now)
