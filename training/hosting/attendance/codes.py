"""The code that changes: what the screen shows, how it is recognised, and the ticket of whoever saw it in time.

A code is a MAC over the half-day and a time step of 20 seconds, under a key of the session; the server makes it and the
server recognises it, by one clock. The current step and the one before count. There is a long form for square codes and
a short one to be read from the back row.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from training.hosting.attendance import characters

STEP = 20  # seconds
LONG, SHORT = 16, 6
TICKET = timedelta(minutes=10)
"""How long somebody may take from seeing a code to being signed in and pressing the button."""
FIELDS = 5


@dataclass(frozen=True, slots=True)
class Place:
    """A half-day of a session: the key of the session's codes, day and half."""

    key: bytes
    day: int
    half: int


@dataclass(frozen=True, slots=True)
class Code:
    """What the screen shows, and for how many seconds still."""

    long: str
    short: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Proof:
    """That somebody had a code: its step, when the server saw it, and whether it came from the square code."""

    step: int
    at: datetime
    scanned: bool


def session_key(secret: str, session_id: UUID) -> bytes:
    """The key of a session's codes, from the secret of the installation."""
    return hmac.digest(secret.encode(), b"attendance " + session_id.bytes, hashlib.sha256)


def shown(place: Place, now: datetime) -> Code:
    """The code of this moment."""
    step = _step(now)
    return Code(_long(place, step), _short(place, step), STEP - int(now.timestamp()) % STEP)


def recognised(place: Place, typed: str, now: datetime) -> Proof | None:
    """The proof in what was typed or scanned: the code of this step or the one before, in either form."""
    given = characters.cleaned(typed[:100])
    for step in (_step(now), _step(now) - 1):
        if hmac.compare_digest(given.encode(), _long(place, step).encode()):
            return Proof(step, now, scanned=True)
        if hmac.compare_digest(given.encode(), _short(place, step).encode()):
            return Proof(step, now, scanned=False)
    return None


def ticket(place: Place, proof: Proof, device: str) -> str:
    """What a device keeps after it opened the address of a square code in time, while its owner signs in."""
    told = f"{place.day}.{place.half}.{proof.step}.{int(proof.at.timestamp())}"
    return f"{told}.{_mac(place, f'ticket {told} {device}').hex()}"


def redeemed(place: Place, ticket: str, device: str, now: datetime) -> Proof | None:
    """The proof of a ticket: of this half-day, this device, and not older than TICKET."""
    fields = ticket[:200].split(".")
    told = ".".join(fields[: FIELDS - 1])
    made = _mac(place, f"ticket {told} {device}").hex()
    if len(fields) != FIELDS or not hmac.compare_digest(fields[-1].encode(), made.encode()):
        return None
    day, half, step, at = (int(one) for one in fields[: FIELDS - 1])
    seen = datetime.fromtimestamp(at, UTC)
    if (day, half) != (place.day, place.half) or now - seen > TICKET:
        return None
    return Proof(step, min(seen, now), scanned=True)


def asked_for_seat(place: Place, person: UUID) -> bool:
    """Whether a person is one of the third that is asked for the seat in this half-day; nobody can tell beforehand."""
    return _mac(place, f"seat {person}")[0] < 256 // 3


def _step(now: datetime) -> int:
    return int(now.timestamp()) // STEP


def _long(place: Place, step: int) -> str:
    return characters.from_bytes(_mac(place, f"long a {step}") + _mac(place, f"long b {step}", 64), LONG)


def _short(place: Place, step: int) -> str:
    return characters.from_bytes(_mac(place, f"short {step}"), SHORT)


def _mac(place: Place, told: str, size: int = 64) -> bytes:
    message = f"{place.day}.{place.half} {told}".encode()
    return hmac.digest(place.key, message, hashlib.sha512)[:size]
