"""Paper sign-in slips: a one-time code for one person, for those without e-mail and for passwords that are lost.

Codes are derived from the random key of the form that makes them, and stored as digests only. So the same form, sent
again because a printer failed, prints the same slips; without it nobody can print them again, and new ones are made.
"""

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload

from training.accounts import policy as accounts
from training.accounts.actor import Actor, Role
from training.accounts.models import Person
from training.accounts.service.passwords import NOBODY
from training.errors import NotThere, Refused
from training.hosting.models import SessionMember, TeachingSession
from training.hosting.roster.models import SignInSlip
from training.hosting.roster.service.codes import last_moment
from training.hosting.service import people
from training.hosting.service.record import not_closed, note
from training.labs.service import sitting
from training.sentence import phrase
from training.store import locked

LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Figures and letters without i, l, o, u: five bits each, none is taken for another on paper."""
LENGTH, GROUP = 12, 4
SEED = re.compile(r"[\w-]{43}", re.ASCII)
LOOKALIKE = str.maketrans({"o": "0", "i": "1", "l": "1", "u": "v"})
SHORTEST = timedelta(hours=24)
PER_PAGE = (8, 10)


@dataclass(frozen=True, slots=True)
class Printed:
    """A slip for the printer; `code` is empty when it was used or replaced since this form was first sent."""

    person: UUID
    name: str
    login: str
    seat: str
    code: str


def seed() -> str:
    """What the codes of one form are derived from."""
    return secrets.token_urlsafe(32)


def spelled(code: str) -> str:
    """A code in groups, as it is printed."""
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def key(typed: str) -> str:
    """A code as it is compared: case, spaces, signs and look-alikes don't count."""
    wide = unicodedata.normalize("NFKC", typed[:60]).casefold()
    plain = "".join(str(unicodedata.digit(one, one)) for one in wide).translate(LOOKALIKE)
    return "".join(one for one in plain if one in LETTERS)


def without_password(session: Session, teaching: TeachingSession) -> set[UUID]:
    """People of a session who can come in by a slip alone."""
    found = select(Person.id).join(SessionMember, SessionMember.person_id == Person.id)
    return set(session.scalars(found.where(SessionMember.session_id == teaching.id, Person.password_hash == NOBODY)))


def standing(session: Session, teaching: TeachingSession, now: datetime) -> set[UUID]:
    """People of a session who have a slip that is good."""
    found = select(SignInSlip.person_id).where(SignInSlip.session_id == teaching.id, SignInSlip.ended_at.is_(None))
    return set(session.scalars(found.where(SignInSlip.expires_at > now)))


def reachable(session: Session, actor: Actor, teaching: TeachingSession, now: datetime) -> set[UUID]:
    """People of a session for whom an actor can make slips: those whose password the actor could set as well, and of
    whom none sits an examination, unless the actor is an administrator there.
    """
    ids = [one.person_id for one in teaching.members if one.active]
    found = session.scalars(select(Person).where(Person.id.in_(ids)).options(selectinload(Person.memberships)))
    near = {one.id: one.home_id for one in found if one.disabled_at is None and accounts.may_manage(actor, one)}
    return {
        who
        for who, home in near.items()
        if actor.holds(Role.ADMINISTRATOR, home) or not sitting.sits(session, who, now)
    }


def make(
    session: Session, actor: Actor, teaching: TeachingSession, wanted: Collection[UUID], start: str, now: datetime
) -> list[Printed]:
    """Slips for these people, by seat. An older slip of theirs is good for nothing from now on.

    Raises:
        Refused: nobody is meant for whom the actor can make one, or the form has lost its key.
        Conflict: the session is closed.
    """
    not_closed(teaching)
    if not SEED.fullmatch(start):
        raise Refused(phrase("This form has lost its key. Open the page again and fill it in once more."))
    may = reachable(session, actor, teaching, now)
    meant = [one for one in people.of(session, teaching) if one.member.person_id in may & set(wanted)]
    if not meant:
        raise Refused(phrase("There is nobody to make a slip for. Choose people whose accounts you can change."))
    codes = {one.member.person_id: _derived(start, teaching.id, one.member.person_id) for one in meant}
    asked = select(SignInSlip).where(SignInSlip.code_hash.in_(map(digest, codes.values())))
    known = {one.person_id: one for one in session.scalars(asked)}
    _replace(session, actor, teaching, {who: code for who, code in codes.items() if who not in known}, now)
    dead = {who for who, slip in known.items() if slip.ended_at is not None}
    return [
        Printed(who, one.name, one.login, one.member.seat or "", "" if who in dead else codes[who])
        for one in meant
        for who in [one.member.person_id]
    ]


def find(session: Session, typed: str, now: datetime, *, lock: bool = False) -> SignInSlip | None:
    """The slip of a code, if it is good: not used, replaced or expired, its person in a session that goes on."""
    code = key(typed)
    query = select(SignInSlip).where(SignInSlip.code_hash == digest(code), SignInSlip.ended_at.is_(None))
    slip = session.scalar(locked(query) if lock else query) if len(code) == LENGTH else None
    if slip is None or now >= slip.expires_at:
        return None
    teaching, person = session.get_one(TeachingSession, slip.session_id), session.get_one(Person, slip.person_id)
    inside = any(one.person_id == person.id and one.active for one in teaching.members)
    return slip if inside and teaching.closed_at is None and person.disabled_at is None else None


def use(session: Session, typed: str, now: datetime) -> Person:
    """Take a slip; whose it is. Whoever comes second finds nothing. Raises NotThere."""
    slip = find(session, typed, now, lock=True)
    if slip is None:
        raise NotThere(phrase("This slip is good for nothing any more. Ask for a new one."), field="code")
    slip.used_at = slip.ended_at = now
    person, teaching = session.get_one(Person, slip.person_id), session.get_one(TeachingSession, slip.session_id)
    owner = Actor(id=person.id, name=person.name)
    note(session, "slip.used", owner, teaching, {"person": str(person.id)}, now)
    people.joined(session, owner, teaching, person.id, now)
    return person


def digest(code: str) -> bytes:
    """What is kept of a code. It has 60 random bits and lives for days, so a plain digest is enough."""
    return hashlib.sha256(code.encode()).digest()


def _replace(session: Session, actor: Actor, teaching: TeachingSession, fresh: dict[UUID, str], now: datetime) -> None:
    if not fresh:
        return
    assert actor.id is not None  # noqa: S101 - slips are made on a page for staff
    old = update(SignInSlip).where(SignInSlip.person_id.in_(fresh), SignInSlip.ended_at.is_(None))
    session.execute(old.values(ended_at=now))
    until = max(last_moment(teaching), now + SHORTEST)
    common = {"session_id": teaching.id, "made_by": actor.id, "made_at": now, "expires_at": until}
    session.add_all(SignInSlip(code_hash=digest(code), person_id=who, **common) for who, code in fresh.items())
    people_of = sorted(str(who) for who in fresh)
    note(session, "slips.made", actor, teaching, {"people": people_of}, now)


def _derived(start: str, teaching: UUID, person: UUID) -> str:
    bits = int.from_bytes(hmac.digest(start.encode(), f"{teaching} {person}".encode(), "sha256"))
    return "".join(LETTERS[bits >> 5 * at & 31] for at in range(LENGTH))
