"""Sign-ins: begin one with a password, find the one behind a token, renew and end them.

The browser holds a random token; the database its SHA-256. A token is replaced whenever what it may do changes: at the
second step, when the password changes, when a second factor comes or goes. Source of the rules: OWASP ASVS 5.0, Session
Management.
"""

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, cast

from sqlalchemy import Connection, Table, bindparam, case, select, update
from sqlalchemy.orm import Session, selectinload

from training.accounts.models import Membership, Organisation, Person, SignIn
from training.accounts.service import backoff, passwords
from training.accounts.service.devices import Device
from training.accounts.service.passwords import Sealed
from training.audit import service as audit
from training.errors import Refused
from training.sentence import phrase
from training.store import Store

TOUCH = timedelta(minutes=1)  # seen_at is written at most this often, or every page view would take the write lock
WRONG = phrase(
    "The sign-in name or the password is not right. Check both and try again; after several failures there is a short "
    "wait each time."
)

_SIGN_IN, _PERSON, _HELD, _PLACE = (cast("Table", one.__table__) for one in (SignIn, Person, Membership, Organisation))
_CLOSED = select(_PLACE.c.id).where(_PLACE.c.closed_at.is_not(None))
_SIGN_IN_COLUMNS = [_SIGN_IN.c[name] for name in ("token_hash", "started_at", "seen_at", "second_factor_done")]
_PERSON_COLUMNS = [_PERSON.c[name] for name in ("id", "login", "name", "home_id", "language", "theme", "totp_secret")]
BEHIND = (  # asked with every request: made once, and one query, for tables rather than for objects
    select(*_SIGN_IN_COLUMNS, *_PERSON_COLUMNS, _PERSON.c.disabled_at, _HELD.c.organisation_id, _HELD.c.role)
    .join_from(_SIGN_IN, _PERSON, _PERSON.c.id == _SIGN_IN.c.person_id)
    .outerjoin(_HELD, (_HELD.c.person_id == _PERSON.c.id) & _HELD.c.organisation_id.not_in(_CLOSED))
    .where(_SIGN_IN.c.token_hash == bindparam("digest"), _SIGN_IN.c.ended_at.is_(None))
)


class Held(NamedTuple):
    """A role that a person holds in an organisation."""

    organisation_id: uuid.UUID
    role: str


class Owner(NamedTuple):
    """The person behind a sign-in as the row was when a request came; fields as in `Person`."""

    id: uuid.UUID
    login: str
    name: str
    home_id: uuid.UUID
    language: str | None
    theme: str | None
    totp_secret: str | None
    memberships: tuple[Held, ...]


class Known(NamedTuple):
    """A sign-in that is alive, with its person, as the rows were when a request came; fields as in `SignIn`."""

    token_hash: bytes
    started_at: datetime
    seen_at: datetime
    second_factor_done: bool
    person: Owner

    @property
    def person_id(self) -> uuid.UUID:
        """Whose it is."""
        return self.person.id


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a sign-in comes from: the address, what its browser shows of itself, and how many failures a minute the
    site lets through from one network.
    """

    address: str
    device: Device
    most: int


@dataclass(frozen=True, slots=True)
class _Try:
    """A counted try: its failure row, and the account as it was when the try began (none: unknown account)."""

    failure: uuid.UUID
    person: uuid.UUID | None
    sealed: Sealed


def sign_in(store: Store, login: str, password: str, *, caller: Caller, now: datetime) -> str:
    """Check a password and begin a sign-in; return its token. Whether a second step follows, `step_of` says.

    Unknown, disabled and known accounts take the same path, time and words. Raises Refused, or TooMany while the
    account has to wait; a browser that is known for it waits for its own failures alone.
    """
    tried = _admit(store, login, caller, now)
    right = passwords.proves(password, tried.sealed)
    renewed = passwords.reseal(password) if right and passwords.outdated(tried.sealed) else None
    with store.writing() as session:
        person = _unchanged(session, tried) if right else None
        token = _begin(session, person, tried, renewed, address=caller.address, now=now) if person else None
        if token is None:
            _record_failure(session, tried, now)
    if token is None:
        raise Refused(WRONG, field="password")
    return token


def change_password(store: Store, sign_in: Known, old: str, new: str, *, address: str, now: datetime) -> str:
    """Replace one's own password, which ends all other sign-ins; return the new token of this one.

    Raises Refused when the old password is wrong or the new one is not good enough, TooMany while the account waits.
    """
    with store.writing() as session:
        failure = backoff.admit(session, backoff.own(sign_in.person_id), address, now)
        tried = _Try(failure, sign_in.person_id, Sealed(session.get_one(Person, sign_in.person_id).password_hash))
    right = passwords.proves(old, tried.sealed)
    with store.writing() as session:
        if right:
            backoff.withdraw(session, tried.failure)
        else:
            _record_failure(session, tried, now)
    if not right:
        raise Refused(phrase("The present password is not right."), field="old_password")
    with store.reading() as session:
        place = session.get_one(Organisation, sign_in.person.home_id).name
    sealed = passwords.seal(new, sign_in.person.login, sign_in.person.name, place)
    with store.writing() as session:
        person = _unchanged(session, tried)
        if person is None:
            raise Refused(phrase("The password was changed elsewhere meanwhile. Sign in again."), field="old_password")
        person.password_hash = sealed
        audit.record(
            session, act="password.changed", actor=person.id, subject=f"person:{person.id}", details={}, now=now
        )
        end_all(session, person.id, actor=person.id, now=now, but=sign_in.token_hash)
        return renew(session, sign_in.token_hash, now)


def start(session: Session, person_id: uuid.UUID, *, now: datetime) -> str:
    """Begin a sign-in of a person who was proven otherwise, such as by an invitation; return its token."""
    return _start(session, person_id, started_at=now, done=False, now=now)


def renew(session: Session, token_hash: bytes, now: datetime, *, done: bool = False) -> str:
    """End a sign-in and go on under a new token with the same start; `done` marks the second step as taken."""
    old = session.get_one(SignIn, token_hash, with_for_update=True)
    old.ended_at = old.ended_at or now
    return _start(session, old.person_id, started_at=old.started_at, done=done or old.second_factor_done, now=now)


def current(connection: Connection, token: str, now: datetime, *, idle: timedelta, life: timedelta) -> Known | None:
    """The sign-in behind a token, with person and roles, if it is alive: not ended, idle, too old or disabled."""
    rows = connection.execute(BEHIND, {"digest": hash_token(token)}).all()  # one for each role held
    if not rows:
        return None
    row, split = rows[0], len(_SIGN_IN_COLUMNS)
    if row.disabled_at is not None or now >= min(row.seen_at + idle, row.started_at + life):
        return None
    held = tuple(Held(one.organisation_id, one.role) for one in rows if one.role is not None)
    return Known._make((*row[:split], Owner._make((*row[split : split + len(_PERSON_COLUMNS)], held))))


def touch(session: Session, token_hash: bytes, now: datetime) -> None:
    """Note that a sign-in is in use. One that was begun by a clock that ran ahead begins now: else it would live on
    until that day.
    """
    began = case((SignIn.started_at > now, now), else_=SignIn.started_at)
    session.execute(update(SignIn).where(SignIn.token_hash == token_hash).values(seen_at=now, started_at=began))


def untouched(sign_in: Known, now: datetime) -> bool:
    """Whether it is to be noted that a sign-in is in use: no more than once a minute, and where its times lie ahead."""
    return now - sign_in.seen_at >= TOUCH or max(sign_in.seen_at, sign_in.started_at) > now


def running(session: Session, person_id: uuid.UUID, now: datetime, *, idle: timedelta, life: timedelta) -> list[SignIn]:
    """The sign-ins of a person that are alive, latest first."""
    rows = session.scalars(
        select(SignIn)
        .where(
            SignIn.person_id == person_id,
            SignIn.ended_at.is_(None),
            SignIn.seen_at > now - idle,
            SignIn.started_at > now - life,
        )
        .order_by(SignIn.seen_at.desc(), SignIn.token_hash)
    )
    return list(rows)


def end(session: Session, token_hash: bytes, *, person_id: uuid.UUID, now: datetime) -> bool:
    """End one sign-in of a person; whether there was one to end. Somebody else's is not touched."""
    ended = session.scalars(
        update(SignIn)
        .where(SignIn.token_hash == token_hash, SignIn.person_id == person_id, SignIn.ended_at.is_(None))
        .values(ended_at=now)
        .returning(SignIn.token_hash)
    ).all()
    if ended:
        _record_end(session, person_id, actor=person_id, count=1, now=now)
    return bool(ended)


def end_all(
    session: Session, person_id: uuid.UUID, *, actor: uuid.UUID | None, now: datetime, but: bytes | None = None
) -> int:
    """End every sign-in of a person, except the one with the digest `but`; how many were ended."""
    alive = update(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None))
    if but is not None:
        alive = alive.where(SignIn.token_hash != but)
    ended = session.scalars(alive.values(ended_at=now).returning(SignIn.token_hash)).all()
    if ended:
        _record_end(session, person_id, actor=actor, count=len(ended), now=now)
    return len(ended)


def hash_token(token: str) -> bytes:
    """What is stored of a token: it is random, so a plain digest is enough."""
    return hashlib.sha256(token.encode()).digest()


def new_token() -> str:
    """256 random bits, fit for a cookie or a link."""
    return secrets.token_urlsafe(32)


def _admit(store: Store, login: str, caller: Caller, now: datetime) -> _Try:
    with store.writing() as session:
        person = session.scalar(select(Person).where(Person.login_key == passwords.fold(login)))
        name = caller.device.name_for(person.id, person.password_hash, now) if person else None
        if name is not None:
            failure = backoff.admit(session, backoff.counter("device", name), caller.address, now)
        else:
            account = backoff.account_of(login)
            failure = backoff.admit_sign_in(session, account, caller.address, now, most=caller.most)
        if person is None:
            return _Try(failure, None, passwords.NOBODY)
        return _Try(failure, person.id, Sealed(person.password_hash))


def _unchanged(session: Session, tried: _Try) -> Person | None:
    """The person whose password was proven, unless the account was disabled or given another password meanwhile."""
    if tried.person is None:
        return None
    person = session.get_one(Person, tried.person, with_for_update=True, options=[selectinload(Person.memberships)])
    return person if person.disabled_at is None and person.password_hash == tried.sealed else None


def _begin(
    session: Session, person: Person, tried: _Try, renewed: Sealed | None, *, address: str, now: datetime
) -> str:
    backoff.withdraw(session, tried.failure)
    backoff.clear(session, [backoff.account_of(person.login)], address)
    if renewed:
        person.password_hash = renewed
    details = {"address": audit.commit_to(session, person.id, address)}
    audit.record(
        session, act="sign-in.started", actor=person.id, subject=f"person:{person.id}", details=details, now=now
    )
    return start(session, person.id, now=now)


def _start(session: Session, person_id: uuid.UUID, *, started_at: datetime, done: bool, now: datetime) -> str:
    token = new_token()
    session.add(
        SignIn(
            token_hash=hash_token(token),
            person_id=person_id,
            started_at=started_at,
            seen_at=now,
            second_factor_done=done,
        )
    )
    session.flush()
    return token


def _record_failure(session: Session, tried: _Try, now: datetime) -> None:
    subject = f"person:{tried.person or 'unknown'}"
    audit.record(session, act="sign-in.failed", actor=None, subject=subject, details={}, now=now)


def _record_end(session: Session, person_id: uuid.UUID, *, actor: uuid.UUID | None, count: int, now: datetime) -> None:
    subject = f"person:{person_id}"
    audit.record(session, act="sign-in.ended", actor=actor, subject=subject, details={"count": count}, now=now)
