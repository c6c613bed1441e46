"""The second factor: codes of six digits from an app (TOTP, RFC 6238: SHA-1, 30 seconds), each good for one use."""

import unicodedata
import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hmac import compare_digest

import pyotp
import segno
from sqlalchemy.orm import Session

from training.accounts.actor import Role
from training.accounts.models import Person, SignIn
from training.accounts.service import at_rest, backoff
from training.accounts.service.signing_in import Known, end_all, renew
from training.audit import service as audit
from training.errors import Refused
from training.sentence import phrase
from training.store import Store

PERIOD = 30  # seconds of a step
DRIFT = 1  # steps that a phone's clock may be off, either way
ISSUER = "Engram"
QUIET = 4  # modules of white around a QR code (ISO/IEC 18004)
STAFF = frozenset({Role.INSTRUCTOR, Role.HOST, Role.ADMINISTRATOR})
WRONG = phrase(
    "The code is not right, or was used before. Wait for the next one and check that the phone's clock is right."
)


class Step(StrEnum):
    """What a sign-in still lacks."""

    CODE = "code"  # the person has a second factor and has not shown it
    ENROLMENT = "enrolment"  # the person must set one up first


@dataclass(frozen=True, slots=True)
class Code:
    """A secret on its way to a phone: as letters in groups, and as a QR code (side in modules, SVG path)."""

    letters: str
    side: int
    path: str


def step_of(sign_in: Known, *, required: bool) -> Step | None:
    """What a sign-in lacks before it counts; `required` is the site's rule for staff."""
    person = sign_in.person
    if person.totp_secret is not None:
        return None if sign_in.second_factor_done else Step.CODE
    staff = any(held.role in STAFF for held in person.memberships)
    return Step.ENROLMENT if required and staff else None


def offer(session: Session, token_hash: bytes, key: str) -> str:
    """The secret offered for enrolment in this sign-in: made at the first call, the same until it is confirmed."""
    sign_in = session.get_one(SignIn, token_hash, with_for_update=True)
    if sign_in.offered_secret is None:
        sign_in.offered_secret = at_rest.sealed(pyotp.random_base32(), sign_in.person_id, key)
    return at_rest.opened(sign_in.offered_secret, sign_in.person_id, key)


def code_for(secret: str, login: str) -> Code:
    """How a secret is shown to a person who enrols."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)
    picture = segno.make(uri, error="m", micro=False)
    rows = list(picture.matrix)
    path = "".join(
        f"M{QUIET + x} {QUIET + y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return Code(groups, len(rows) + 2 * QUIET, path)


def confirm(store: Store, sign_in: Known, code: str, *, key: str, now: datetime) -> str:
    """Enrol: the first code shows that the phone holds the offered secret. Ends all other sign-ins.

    Returns the new token of this one. Raises Refused when the code is not right.
    """
    with store.writing() as session:
        row = session.get_one(SignIn, sign_in.token_hash, with_for_update=True)
        person = session.get_one(Person, row.person_id, with_for_update=True)
        if row.ended_at is not None or row.offered_secret is None or person.totp_secret is not None:
            raise Refused(phrase("There is nothing to confirm. Open the page again."), field="code")
        step = _matching(at_rest.opened(row.offered_secret, person.id, key), code, None, now)
        if step is None:
            raise Refused(WRONG, field="code")
        person.totp_secret, person.totp_last_step, row.offered_secret = row.offered_secret, step, None
        subject = f"person:{person.id}"
        audit.record(session, act="second-factor.enrolled", actor=person.id, subject=subject, details={}, now=now)
        end_all(session, person.id, actor=person.id, now=now, but=row.token_hash)
        return renew(session, row.token_hash, now, done=True)


def second_step(store: Store, sign_in: Known, code: str, *, key: str, address: str, now: datetime) -> str:
    """The second step at sign-in; returns the new token. Raises Refused, or TooMany while the account waits."""
    _prove(store, sign_in.person_id, code, key=key, address=address, now=now)
    with store.writing() as session:
        row = session.get_one(SignIn, sign_in.token_hash, with_for_update=True)
        if row.ended_at is not None:
            raise Refused(phrase("This sign-in has ended. Sign in again."), field="code")
        backoff.clear(session, [backoff.codes_of(row.person_id)])
        subject = f"person:{row.person_id}"
        audit.record(session, act="second-factor.shown", actor=row.person_id, subject=subject, details={}, now=now)
        return renew(session, row.token_hash, now, done=True)


def take_off(store: Store, sign_in: Known, code: str, *, required: bool, key: str, address: str, now: datetime) -> str:
    """Remove one's own second factor, with a code of it; returns a new token. Refused where the site requires it."""
    if required and any(held.role in STAFF for held in sign_in.person.memberships):
        raise Refused(phrase("Your role needs a second factor on this site; it can't be removed."), field="code")
    _prove(store, sign_in.person_id, code, key=key, address=address, now=now)
    with store.writing() as session:
        person = session.get_one(Person, sign_in.person_id, with_for_update=True)
        remove(session, person, actor=person.id, now=now, but=sign_in.token_hash)
        return renew(session, sign_in.token_hash, now)


def remove(
    session: Session, person: Person, *, actor: uuid.UUID | None, now: datetime, but: bytes | None = None
) -> None:
    """Remove a person's second factor, such as after the loss of a phone, and end all sign-ins except `but`."""
    person.totp_secret = person.totp_last_step = None
    subject = f"person:{person.id}"
    audit.record(session, act="second-factor.removed", actor=actor, subject=subject, details={}, now=now)
    end_all(session, person.id, actor=actor, now=now, but=but)


def _prove(store: Store, person_id: uuid.UUID, code: str, *, key: str, address: str, now: datetime) -> None:
    with store.writing() as session:
        person = session.get_one(Person, person_id, with_for_update=True)
        failure = backoff.admit(session, backoff.codes_of(person.id), address, now)
        secret = at_rest.opened(person.totp_secret, person.id, key) if person.totp_secret else ""
        step = _matching(secret, code, person.totp_last_step, now)
        if step is None:
            subject = f"person:{person.id}"
            audit.record(session, act="second-factor.failed", actor=None, subject=subject, details={}, now=now)
        else:
            person.totp_last_step = step
            backoff.withdraw(session, failure)
    if step is None:
        raise Refused(WRONG, field="code")


def _matching(secret: str, code: str, last: int | None, now: datetime) -> int | None:
    """The step whose code was given, later than the last one used; None when there is none."""
    if not secret:
        return None
    digits = "".join(str(unicodedata.digit(sign)) for sign in code if sign.isdigit())  # any script's digits
    here = int(now.timestamp()) // PERIOD
    totp = pyotp.TOTP(secret, interval=PERIOD)
    found = None
    for step in range(here - DRIFT, here + DRIFT + 1):
        if compare_digest(totp.generate_otp(step), digits) and (last is None or step > last):
            found = step
    return found
