"""Join codes: a word and four digits, said aloud in a room. They close by time and by count, and can be replaced."""

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.errors import Conflict, Refused
from training.hosting.models import TeachingSession
from training.hosting.roster.models import JoinCode
from training.hosting.roster.words import WORDS
from training.hosting.service.record import Faulty, not_closed, note
from training.hosting.service.timetable import instant
from training.sentence import phrase
from training.store import locked, new_id

DIGITS, MOST = 4, 600
LOOKALIKE = str.maketrans(
    {"o": "0", "i": "1", "l": "1", "|": "1", "!": "1", "z": "2", "s": "5", "b": "8", "g": "9", "q": "9", "v": "u"}
)
"""Letters and digits that are taken for each other, when heard or read from a wall."""
SHAPE = re.compile(rf"[0-9a-z]{{3,8}}[0-9]{{{DIGITS}}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Terms:
    """When a code is good, for how many people, and whether for people who are not in the session."""

    opens_at: datetime
    closes_at: datetime
    most: int
    walk_ins: bool = False


def key(typed: str) -> str:
    """A code as it is compared: case, spaces, signs, accents, other scripts' digits and look-alikes don't count."""
    wide = unicodedata.normalize("NFKD", typed[:60]).casefold()
    plain = (str(unicodedata.digit(one, one)) for one in wide)
    return "".join(one for one in "".join(plain).translate(LOOKALIKE) if one.isascii() and one.isalnum())


def looks_like_one(typed: str) -> bool:
    """Whether this may be a join code at all."""
    return SHAPE.fullmatch(key(typed)) is not None


def current(session: Session, teaching: TeachingSession) -> JoinCode | None:
    """The code that stands, whether it is open at this moment or not."""
    return session.scalar(select(JoinCode).filter_by(session_id=teaching.id, ended_at=None))


def usual(teaching: TeachingSession, now: datetime) -> Terms:
    """What a form offers: from now to the end of the session's last day, for all of its seats."""
    over = last_moment(teaching)
    return Terms(now, over if over > now else now + timedelta(hours=12), min(MOST, teaching.seats))


def last_moment(teaching: TeachingSession) -> datetime:
    """Midnight after the last day, in the session's zone."""
    return instant(teaching.zone, teaching.starts_on + timedelta(days=teaching.days), datetime.min.time())


def make(
    session: Session, actor: Actor, teaching: TeachingSession, terms: Terms, before: UUID | None, now: datetime
) -> JoinCode:
    """A new code; the one before is good for nothing from now on. `before` says which one was seen.

    Raises:
        Faulty: a time or the number of people can't be accepted.
        Conflict: another code was made meanwhile, or the session is closed.
    """
    not_closed(teaching)
    _sound(terms, now)
    standing = current(session, teaching)
    if (standing.id if standing else None) != before:
        raise Conflict(phrase("Somebody has made or closed a code meanwhile. Below is the one that stands now."))
    if standing:
        standing.ended_at = now
        session.flush()
    code = _unused(session)
    given = {"opens_at": terms.opens_at, "closes_at": terms.closes_at, "most": terms.most, "walk_ins": terms.walk_ins}
    row = JoinCode(id=new_id(), session_id=teaching.id, code=code, code_key=key(code), used=0, **given)
    assert actor.id is not None  # noqa: S101 - codes are made on a page for staff
    row.made_by, row.made_at = actor.id, now
    session.add(row)
    details = {"most": terms.most, "walk_ins": terms.walk_ins}
    note(session, "join-code.made", actor, teaching, details, now)
    return row


def close(session: Session, actor: Actor, teaching: TeachingSession, now: datetime) -> None:
    """Close the code that stands, if there is one."""
    standing = current(session, teaching)
    if standing:
        standing.ended_at = now
        note(session, "join-code.closed", actor, teaching, {"used": standing.used}, now)


def find(session: Session, typed: str, now: datetime, *, lock: bool = False) -> JoinCode | None:
    """The code that somebody typed, if it is good now; one that is full is still found."""
    query = select(JoinCode).where(JoinCode.code_key == key(typed), JoinCode.ended_at.is_(None))
    row = session.scalar(locked(query) if lock else query)
    return row if row and row.opens_at <= now < row.closes_at else None


def use(row: JoinCode) -> None:
    """Count somebody who came in. Raises Refused when as many came as may. The row must be locked."""
    if row.used >= row.most:
        raise Refused(phrase("As many people as may come in by this code did. Ask for a new one."), field="code")
    row.used += 1


def _unused(session: Session) -> str:
    while True:
        code = f"{secrets.choice(WORDS)} {secrets.randbelow(10**DIGITS):0{DIGITS}}"
        if session.scalar(select(JoinCode.id).where(JoinCode.code_key == key(code))) is None:
            return code


def _sound(terms: Terms, now: datetime) -> None:
    faults: dict[str, str] = {}
    if terms.closes_at <= max(terms.opens_at, now):
        faults["closes_at"] = phrase("The code would never be open. Let it close later.")
    if terms.closes_at > now + timedelta(days=366):
        faults["closes_at"] = phrase("A code is open for a year at most.")
    if not 1 <= terms.most <= MOST:
        faults["most"] = phrase("A code is good for 1 to %(most)s people.", most=MOST)
    if faults:
        raise Faulty(faults)
