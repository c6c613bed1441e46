"""Record acts, commit to personal data without storing it, and check the chain.

The chain: digest = SHA-256 of the canonical JSON of a row (keys sorted, no spaces, UTF-8), which holds the digest of
the row before. Changing, removing or reordering rows breaks it. One chain per installation;
writers queue on the last row.
"""

import hashlib
import json
import secrets
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import RowMapping, Table, bindparam, delete, insert, select, text
from sqlalchemy import event as listener
from sqlalchemy.orm import Session

from training.audit import seals
from training.audit.models import Event, Salt
from training.store import new_id

START = "0" * 64
SEALED = "rows.sealed"
"""The act of rows that were changed without one of their own, such as a run that ended."""
BEGUN = "seals.begun"
"""The act since which every row of a sealed table has to have a seal."""
BATCH = 1000  # rows sealed by one event, where many are at once
LOCK = 0x456E6772  # a number of our own for PostgreSQL's advisory lock: 'Engr'

# Every act of the program passes here, so the statements are made once, and for tables rather than for objects.
EVENT = cast("Table", Event.__table__)
ALONE = text("SELECT pg_advisory_xact_lock(:lock)").bindparams(lock=LOCK)
LAST = select(EVENT.c.seq, EVENT.c.digest).order_by(EVENT.c.seq.desc()).limit(1)
ADD = insert(EVENT)
PAGE = select(EVENT).where(EVENT.c.seq > bindparam("seen")).order_by(EVENT.c.seq).limit(1000)


@dataclass(frozen=True, slots=True)
class Check:
    """What a walk along the chain found: number of events, digest of the last, and the first fault in words."""

    events: int
    head: str
    fault: str | None


def record(
    session: Session, *, act: str, actor: uuid.UUID | None, subject: str, details: Mapping[str, Any], now: datetime
) -> None:
    """Add one act to the chain, inside the transaction of the act itself; `details` is JSON without personal data."""
    session.flush()
    sealed = seals.collect(session)
    connection = session.connection()
    if connection.dialect.name == "postgresql":  # SQLite's writers are alone already
        connection.execute(ALONE)
    last = connection.execute(LAST).first()
    row = {
        "seq": last.seq + 1 if last else 1,
        "id": new_id(),
        "at": now,
        "actor": actor,
        "act": act,
        "subject": subject,
        "details": dict(details),
        "previous": last.digest if last else START,
        "seals": sealed,
    }
    connection.execute(ADD, {**row, "digest": digest(row)})


def digest(row: Mapping[Any, Any]) -> str:
    """SHA-256, in hexadecimal, of the canonical JSON of an event, given by column."""
    content = {
        "seq": row["seq"],
        "id": str(row["id"]),
        "at": row["at"].astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": str(row["actor"]) if row["actor"] else None,
        "act": row["act"],
        "subject": row["subject"],
        "details": row["details"],
        "previous": row["previous"],
    }
    if row["seals"] is not None:  # the events of earlier versions have none
        content["seals"] = row["seals"]
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def commit_to(session: Session, person: uuid.UUID, value: str) -> str:
    """A salted commitment to personal data, as 'salt id:digest'. Whoever holds value and salt can show the match."""
    salt = Salt(**Salt.random(person))
    session.add(salt)
    return f"{salt.id}:{_seal(salt.value, value)}"


def matches(session: Session, commitment: str, value: str) -> bool | None:
    """Whether a value is the one committed to; None when the salt was erased and nothing can be said."""
    salt_id, _, sealed = commitment.partition(":")
    salt = session.get(Salt, uuid.UUID(salt_id))
    return None if salt is None else secrets.compare_digest(_seal(salt.value, value), sealed)


def forget(session: Session, person: uuid.UUID) -> int:
    """Erase the salts of a person: the chain stays whole, its commitments to that person say nothing any more."""
    seals.forget(session, person)
    gone = session.scalars(delete(Salt).where(Salt.person == person).returning(Salt.id)).all()
    return len(gone)


def check(session: Session) -> Check:
    """Walk the chain from its start and say where it breaks first, if it does."""
    previous, count = START, 0
    for event in _walk(session):
        count += 1
        if event["seq"] != count:
            return Check(count - 1, previous, f"event {count} is missing; the next one present is {event['seq']}")
        if event["previous"] != previous:
            return Check(count - 1, previous, f"event {event['seq']} does not follow the one before it")
        if event["digest"] != digest(event):
            said = f"event {event['seq']} ({event['act']}) was altered after it was recorded"
            return Check(count - 1, previous, said)
        previous = event["digest"]
    return Check(count, previous, None)


def sealed(session: Session) -> Iterator[tuple[int, str, dict[str, str]]]:
    """The seals of the chain in their order: number and act of the event, and seals by the name of the row."""
    asked = select(EVENT.c.seq, EVENT.c.act, EVENT.c.seals).where(EVENT.c.seals.is_not(None)).order_by(EVENT.c.seq)
    for seq, act, each in session.connection().execute(asked, execution_options={"yield_per": 1000}):
        yield seq, act, each or {}


def begin_seals(session: Session, now: datetime) -> int:
    """Seal all rows of an installation of before there were seals, once; how many. Later rows have to have one."""
    if session.scalar(select(EVENT.c.seq).where(EVENT.c.act == BEGUN).limit(1)) is not None:
        return 0
    known = {name for _, _, each in sealed(session) for name in each}
    count = 0
    for kind in seals.SEALED.values():
        for row in session.connection().execute(kind.rows()).mappings().all():
            key = [row[column.name] for column in kind.table.primary_key]
            if kind.name(key) not in known:
                seals.note_row(session, kind.table.name, key)
                count += 1
            if count and not count % BATCH:
                record(session, act=SEALED, actor=None, subject="installation", details={}, now=now)
    record(session, act=BEGUN, actor=None, subject="installation", details={"rows": count}, now=now)
    return count


def _walk(session: Session) -> Iterator[RowMapping]:
    seen = -1
    while events := session.execute(PAGE, {"seen": seen}).mappings().all():
        yield from events
        seen = events[-1]["seq"]


@listener.listens_for(Session, "before_commit")
def _seal_rest(session: Session) -> None:
    """Before a unit is kept, seal the rows that no event of it has sealed."""
    session.flush()
    if seals.pending(session):
        record(session, act=SEALED, actor=None, subject="installation", details={}, now=datetime.now(UTC))


def _seal(salt: str, value: str) -> str:
    return hashlib.sha256(f"{salt}:{value}".encode()).hexdigest()
