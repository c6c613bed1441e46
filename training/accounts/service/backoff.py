"""Slow down whoever guesses, without ever locking an owner out for good, or one reader of a network by another.

A try is written down *before* it is checked and taken back when it was right. So a hundred tries at once count as a
hundred, and none of them is checked while it has to wait. Who waits for what: docs/adr/0071-failures-and-devices.md.
"""

import hashlib
import ipaddress
import math
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from training.accounts.models import Failure, Person
from training.accounts.service.passwords import fold
from training.errors import TooMany
from training.sentence import counted, phrase
from training.store import new_id

FREE = 5  # failures within WINDOW that cost no waiting
FREE_IN_A_CROWD = 2  # the same for one account, from a network with more failures a minute than the site lets through
FREE_FROM_ANYWHERE = 60  # the same for one account, from all networks together
WINDOW = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
STEPS, PATIENT, MOST_STEPS = 5, 15, 4  # failures after the free ones: the wait doubles, rests, and doubles again
LONGEST = 300  # seconds
FLOOD = 10  # times what the site lets through in a minute: then browsers that are not known wait, whoever uses them


def account_of(login: str) -> str:
    """The name under which tries at an account are counted: a digest, since some type a password in the wrong field."""
    return counter("login", fold(login))


def counter(*parts: object) -> str:
    """The name under which tries of one kind are counted, such as codes of one person; no login has the same."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


def of_person(person: Person) -> tuple[str, ...]:
    """The names under which tries at all that a person proves are counted."""
    return account_of(person.login), codes_of(person.id), own(person.id)


def codes_of(person_id: uuid.UUID) -> str:
    """The name under which codes of a second factor are counted."""
    return counter("code", person_id)


def own(person_id: uuid.UUID) -> str:
    """The name under which passwords are counted that somebody types who is signed in already."""
    return counter("own", person_id)


def network(address: str) -> str:
    """An address as tries are counted: a whole /64 of IPv6, since one machine has all of it."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address[:45]
    return str(ipaddress.ip_network(f"{known}/64", strict=False)) if known.version == 6 else str(known)  # noqa: PLR2004 - IPv6


def waiting(failures: int, free: int = FREE) -> timedelta:
    """How long to wait after the last failure: nothing for those that are free, then 2, 4, 8, 16 and 32 seconds; from
    the fifteenth on 64, 128, 256 and 300. So an account at which somebody tries now and then is held for half a minute.
    """
    over = failures - free + 1
    if over <= 0:
        return timedelta(0)
    doublings = min(over, STEPS) + min(max(0, over - PATIENT), MOST_STEPS)
    return timedelta(seconds=min(LONGEST, 2**doublings))


def admit(session: Session, account: str, address: str, now: datetime, *, free: int = FREE) -> uuid.UUID:
    """Count a try, and return its id for `withdraw`. Raises TooMany, and counts nothing, while it has to wait."""
    _alone(session, account, now)
    _wait(_times(session, account), free, now)
    return _count(session, account, address, now)


def admit_from(session: Session, account: str, address: str, now: datetime, *, free: int, anywhere: int) -> uuid.UUID:
    """The same by network, so that others wait for their own failures alone, and for those from anywhere together."""
    _alone(session, account, now)
    _wait(_times(session, account, network(address)), free, now)
    _wait(_times(session, account), anywhere, now)
    return _count(session, account, address, now)


def admit_sign_in(session: Session, account: str, address: str, now: datetime, *, most: int) -> uuid.UUID:
    """Count a try at an account by a browser that is not known: by account and network, and by account alone.

    `most` is how many failures a minute the site lets through from one network. Beyond them each account has fewer
    tries without a wait; whoever types the right password at once comes in. Raises TooMany, and counts nothing.
    """
    _alone(session, account, now)
    here = network(address)
    lately = session.scalar(
        select(func.count()).where(Failure.address == here, Failure.at > now - MINUTE, Failure.at <= now)
    )
    if (lately or 0) >= most * FLOOD:
        raise TooMany(phrase("Too many failed sign-ins came from your network within a minute. Try again in a minute."))
    free = FREE_IN_A_CROWD if (lately or 0) >= most else FREE
    return admit_from(session, account, address, now, free=free, anywhere=FREE_FROM_ANYWHERE)


def withdraw(session: Session, failure: uuid.UUID) -> None:
    """Take a try back that was right."""
    session.execute(delete(Failure).where(Failure.id == failure))


def clear(session: Session, accounts: Collection[str], address: str | None = None) -> None:
    """Forget failures: someone set a new password. With an address those from its network alone: the owner is in."""
    gone = delete(Failure).where(Failure.account.in_(accounts))
    session.execute(gone if address is None else gone.where(Failure.address == network(address)))


def _alone(session: Session, account: str, now: datetime) -> None:
    """Forget what is too old, and let nobody else count tries at this account meanwhile."""
    if session.get_bind().dialect.name == "postgresql":  # SQLite's writers are alone already
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": int(account[:15], 16)})
    session.execute(delete(Failure).where(Failure.at <= now - WINDOW))


def _times(session: Session, account: str, here: str | None = None) -> list[datetime]:
    query = select(Failure.at).where(Failure.account == account)
    return list(session.scalars(query if here is None else query.where(Failure.address == here)))


def _wait(times: list[datetime], free: int, now: datetime) -> None:
    # After a clock was set back some are of later: all count, but none is waited for until the clock is there again.
    ready = max((at for at in times if at <= now), default=now - WINDOW) + waiting(len(times), free)
    if now < ready:
        seconds = math.ceil((ready - now).total_seconds())
        raise TooMany(
            counted(
                "After several failures this account waits a little before the next try. Try again in %(num)s second.",
                "After several failures this account waits a little before the next try. Try again in %(num)s seconds.",
                seconds,
            )
        )


def _count(session: Session, account: str, address: str, now: datetime) -> uuid.UUID:
    failure = Failure(id=new_id(), account=account, address=network(address), at=now)
    session.add(failure)
    session.flush()
    return failure.id
