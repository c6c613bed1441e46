"""Links by which people answer: one for each person, on paper slips or sent one by one, or one for a whole group.

Whoever made them may have kept a copy. So what is handed out only lets somebody begin, once for each place: that leads
to another link, which nobody but the respondent has seen. Each holds 100 random bits in letters and figures that can be
read from paper; the database has their digests alone.
"""

import hashlib
import hmac
import re
import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.assessment.models import Code, Respondent, Round
from training.assessment.service.rounds import GROUPS, record
from training.errors import Conflict, NotThere, Refused
from training.sentence import phrase
from training.store import locked

LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
"""32 figures and letters without i, l, o, u: five bits each, none is taken for another on paper."""
LENGTH, PART = 20, 4
TOKEN = re.compile(rf"[{LETTERS}]{{{LENGTH}}}")
SEED = re.compile(r"[\w-]{43}", re.ASCII)
MOST_AT_ONCE, MOST = 100, 500  # links made at once, respondents of a round
NUMBERS = range(10_000, 100_000)
ADVISED = 8
"""Invitations of a group that leave room for those who don't answer."""

GONE = phrase("This link leads nowhere: it was never made, or its round was deleted. Check every letter of it.")
USED = phrase(
    "Somebody has begun with this link already. If that was you, go on with the address that you were given then."
)
FULL = phrase("As many people as were expected have begun with this link. Ask whoever gave it to you.")
CLOSED = phrase("This round takes no answers now. What you sent was not kept.")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a link leads to: a respondent, or a group's link that makes one; and the round."""

    held: Round
    respondent: Respondent | None
    code: Code | None

    @property
    def group(self) -> str:
        """The group that answers."""
        found = self.respondent or self.code
        assert found is not None  # noqa: S101 - one of the two
        return found.group


def seed() -> str:
    """What links will be derived from: a form that carries it makes the same links, however often it is sent."""
    return secrets.token_urlsafe(32)


def spelled(token: str) -> str:
    """A token in parts, as it is printed."""
    return "-".join(token[at : at + PART] for at in range(0, len(token), PART))


def slips(session: Session, held: Round, group: str, number: int, start: str, actor: Actor, now: datetime) -> list[str]:
    """Make links of a group that are good for one person each; their tokens, which are kept nowhere.

    Raises Conflict where no answers are taken, Refused for no such group or too many.
    """
    _can_invite(held, group)
    if not 1 <= number <= MOST_AT_ONCE:
        raise Refused(phrase("Make 1 to %(n)s links at once.", n=MOST_AT_ONCE), field="number")
    tokens = [_derived(start, group, n) for n in range(number)]
    known = set(session.scalars(select(Code.token_hash).where(Code.token_hash.in_(map(digest, tokens)))))
    fresh = [token for token in tokens if digest(token) not in known]
    session.add_all(Code(token_hash=digest(token), round_id=held.id, group=group, most=1, used=0) for token in fresh)
    if fresh:
        record(session, "assessment.invited", actor, held, now, group=group, number=len(fresh))
    return tokens


def for_group(session: Session, held: Round, group: str, most: int, start: str, actor: Actor, now: datetime) -> str:
    """One link for a whole group, good for so many respondents; its token. Raises as `slips` does."""
    _can_invite(held, group)
    if not 1 <= most <= MOST_AT_ONCE:
        raise Refused(phrase("A group's link is good for 1 to %(n)s people.", n=MOST_AT_ONCE), field="most")
    token = _derived(start, f"code {group}", most)
    if session.get(Code, digest(token)) is None:
        session.add(Code(token_hash=digest(token), round_id=held.id, group=group, most=most, used=0))
        record(session, "assessment.code-made", actor, held, now, group=group, most=most)
    return token


def leads(session: Session, text: str) -> bool:
    """Whether a link leads somewhere."""
    try:
        find(session, text)
    except NotThere:
        return False
    return True


def find(session: Session, text: str, *, lock: bool = False) -> Entry:
    """What a link leads to, however it was typed. Raises NotThere."""
    token = text.casefold().replace("-", "").replace(" ", "")
    if not TOKEN.fullmatch(token):
        raise NotThere(GONE)
    sealed = digest(token)
    query = select(Respondent).where(Respondent.token_hash == sealed)
    respondent = session.scalar(locked(query) if lock else query)
    codes = select(Code).where(Code.token_hash == sealed)
    code = None if respondent else session.scalar(locked(codes) if lock else codes)
    found = respondent or code
    if found is None:
        raise NotThere(GONE)
    return Entry(session.get_one(Round, found.round_id), respondent, code)


def begin(session: Session, entry: Entry, start: str) -> str:
    """Give somebody who came by a link that was handed out an own one; its token. The form's seed makes one respondent.

    Raises Conflict where the link is used up or no answers are taken.
    """
    if entry.code is None:
        raise NotThere(GONE)
    if not SEED.fullmatch(start):
        raise Refused(phrase("This form has lost its key. Open the page again and begin once more."))
    token = _derived(start, str(entry.held.id), 0)
    if session.scalar(select(Respondent).where(Respondent.token_hash == digest(token))) is not None:
        return token
    _can_invite(entry.held, entry.code.group)
    if entry.code.used >= entry.code.most:
        raise Conflict(USED if entry.code.most == 1 else FULL)
    entry.code.used += 1
    add(session, entry.held, entry.code.group, token)
    return token


def add(session: Session, held: Round, group: str, token: str) -> Respondent:
    """A respondent with a random number. Raises Conflict where the round has as many as it can."""
    taken = set(session.scalars(select(Respondent.number).where(Respondent.round_id == held.id)))
    if len(taken) >= MOST:
        raise Conflict(phrase("The round has %(n)s respondents, and takes no more.", n=MOST))
    number = secrets.choice([one for one in NUMBERS if one not in taken])
    row = Respondent(round_id=held.id, number=number, group=group, token_hash=digest(token))
    session.add(row)
    session.flush()
    return row


def invited(session: Session, held: Round) -> Counter[str]:
    """Invitations by group: respondents, and places that links still have."""
    count = select(Respondent.group, func.count()).where(Respondent.round_id == held.id).group_by(Respondent.group)
    rest = select(Code.group, func.sum(Code.most - Code.used)).where(Code.round_id == held.id).group_by(Code.group)
    found: Counter[str] = Counter()
    for query in (count, rest):
        for group, n in session.execute(query):
            found[group] += int(n)
    return found


def digest(token: str) -> bytes:
    """What is kept of a token: it is random, so a plain digest is enough."""
    return hashlib.sha256(token.encode()).digest()


def _can_invite(held: Round, group: str) -> None:
    if not held.collecting:
        raise Conflict(CLOSED)
    if group not in GROUPS:
        raise Refused(phrase("Choose a group."), field="group")


def _derived(start: str, label: str, number: int) -> str:
    """A token that only whoever holds the seed can make. Raises Refused for no seed."""
    if not SEED.fullmatch(start):
        raise Refused(phrase("This form has lost its key. Open the page again and fill it in once more."))
    bits = int.from_bytes(hmac.digest(start.encode(), f"{label} {number}".encode(), "sha256"))
    return "".join(LETTERS[bits >> 5 * at & 31] for at in range(LENGTH))
