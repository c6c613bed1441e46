"""The seal of a record: each of its rows holds the digest of the one before, as the audit chain of the installation.

digest = SHA-256 of the canonical JSON (keys sorted, no spaces, UTF-8) of a row, with the digest before it under
'previous'.
Rows stand in the order of their times; of the same time in the order of `KINDS`, then of their numbers.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.audit.service import START
from training.machines.models import Acquisition, Decision, Entry, Form, Happening, Medium, Remark, Response
from training.store import Base

KINDS: tuple[tuple[str, type[Base], str, str], ...] = (
    ("event", Happening, "at", "kind text wish at done_at answer"),
    ("decision", Decision, "at", "fork choice reason at"),
    ("form", Form, "at", "kind content clock_offset at"),
    ("entry", Entry, "at", "line kind at start stop exit seconds sha256"),
    ("remark", Remark, "at", "entry text at"),
    ("acquisition", Acquisition, "began_at", "way entry medium file began_at ended_at paused size sha256 truth"),
)
"""What is sealed: its name, its rows, their time, and their columns beside the number."""
LATER = {"stop"}
"""Events that come with the seal itself or after it, and are no part of it."""


def digest(session: Session, response: Response) -> str:
    """The last digest of the record as it stands now."""
    previous = START
    for row in listed(session, response):
        text = json.dumps(row | {"previous": previous}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        previous = hashlib.sha256(text.encode()).hexdigest()
    return previous


def sound(session: Session, response: Response) -> bool:
    """Whether a sealed record still is what was sealed; false as well where its person was erased since."""
    return bool(response.seal) and digest(session, response) == response.seal


def listed(session: Session, response: Response) -> list[dict[str, Any]]:
    """All rows of the record in the order in which they are sealed, as JSON; media first, by their numbers."""
    bag = session.scalars(select(Medium).filter_by(response_id=response.id).order_by(Medium.number))
    first = [{"record": "medium", "number": one.number, "kind": one.kind, "serial": one.serial} for one in bag]
    rows = [row for place in range(len(KINDS)) for row in _of_kind(session, response, place)]
    return [*first, *(row for _, _, _, row in sorted(rows, key=lambda one: one[:3]))]


def _of_kind(session: Session, response: Response, place: int) -> Iterator[tuple[datetime, int, int, dict[str, Any]]]:
    name, kind, time, columns = KINDS[place]
    for one in session.scalars(select(kind).filter_by(response_id=response.id)):
        if name == "event" and one.kind in LATER:  # type: ignore[attr-defined]
            continue
        row = {"record": name, "number": one.number}  # type: ignore[attr-defined]
        row |= {column: _plain(getattr(one, column)) for column in columns.split()}
        yield getattr(one, time), place, row["number"], row


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, str) else value
