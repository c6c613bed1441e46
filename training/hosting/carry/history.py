"""The bundles of a session that this side has sent or taken: in the audit chain, and what they said as files.

A bundle is kept without its releases, exhibits and results in `instance/carried/<name>.zip`: its rows, which are what
both sides once had; the other chain's part; manifest and signature, so that it can be checked again.
"""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.audit import service as audit
from training.audit.models import Event
from training.errors import Damaged
from training.hosting.carry import bundle, drafts, rows
from training.hosting.carry.bundle import MANIFEST, ROWS, SIGNATURE, Bundle, Manifest
from training.hosting.carry.rows import State
from training.hosting.carry.sealing import FOLDER
from training.sentence import phrase
from training.store import Store

SENT, TAKEN = "session.sent", "session.taken"
ABOUT = ("session", "assignment", "attempt", "finding", "certificate", "appeal")
"""Kinds of subjects of which the audit events go along."""
TABLES = {"session": "teaching_session"}
KEPT = 86_400.0  # seconds


@dataclass(frozen=True, slots=True)
class Trip:
    """A bundle that was sent or taken: when, by whom, what it is called, and the key of its sender."""

    at: datetime
    act: str
    by: UUID | None
    bundle: str
    sender: str


def trips(session: Session, of: UUID) -> list[Trip]:
    """What was sent and taken of a session, in order."""
    return [
        Trip(one.at, one.act, one.actor, one.details["bundle"], one.details["by"])
        for one in _events(session, of)
        if one.details.get("bundle")
    ]


def known(session: Session, instance: Path, of: UUID) -> set[str]:
    """The bundles of which all is here: those that were sent and taken, and those that went before them elsewhere."""
    own = {one.bundle for one in trips(session, of)}
    return own.union(*(knows(instance, one) or () for one in own))


def same(session: Session, of: UUID) -> dict[str, str]:
    """Ids of others that were found to be somebody or something of here: theirs, then ours."""
    found: dict[str, str] = {}
    for one in _events(session, of):
        found |= one.details.get("same", {})
    return found


def _events(session: Session, of: UUID) -> Iterable[Event]:
    found = select(Event).where(Event.subject == f"session:{of}", Event.act.in_((SENT, TAKEN)))
    return session.scalars(found.order_by(Event.seq)).all()


def note(session: Session, act: str, by: UUID | None, of: Bundle, details: Mapping[str, Any], now: datetime) -> None:
    """Write down that a bundle was sent or taken, in one act."""
    told = {"bundle": of.name, "by": of.manifest.by, **details}
    audit.record(session, act=act, actor=by, subject=f"session:{of.manifest.session}", details=told, now=now)


def keep(instance: Path, of: Bundle, said: Mapping[str, bytes]) -> None:
    """Keep what a bundle said, for as long as the session stands: `said` are its rows and the part of the chain."""
    target = _place(instance, of.name)
    if target.exists():
        return
    with drafts.folder(target.parent) as work:
        made = work / "kept"
        with open(made, "xb", opener=drafts.private) as file:
            with zipfile.ZipFile(of.path) as origin, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as kept:
                for name in (MANIFEST, SIGNATURE):
                    kept.writestr(name, origin.read(name))
                for name, data in said.items():
                    kept.writestr(name, data)
            file.flush()
            os.fsync(file.fileno())
        made.replace(target)


def sweep(store: Store, instance: Path, now: datetime) -> None:
    """Remove what processes that were killed have left: what was being made, and bundles that never came to be noted.

    Those are kept for a day, since a bundle is kept shortly before it is noted.
    """
    place = instance / FOLDER
    drafts.sweep(place)
    old = [one for one in place.glob("*.zip") if now.timestamp() - one.stat().st_mtime > KEPT]
    if not old:
        return
    with store.reading() as session:
        told = session.scalars(select(Event.details).where(Event.act.in_((SENT, TAKEN))))
        noted = {one.get("bundle") for one in told}
    for path in old:
        if path.stem not in noted:
            path.unlink(missing_ok=True)


def knows(instance: Path, name: str) -> frozenset[str] | None:
    """The bundles that went before one, of those that its side had; None where it isn't kept here. Raises Damaged."""
    if not _place(instance, name).is_file():
        return None
    return frozenset(_manifest(instance, name).knows)


def said(instance: Path, name: str) -> State:
    """The rows of a bundle that is kept. Raises Damaged."""
    listed = {one.path: one.sha256 for one in _manifest(instance, name).files}
    data = _read(instance, name, ROWS)
    if hashlib.sha256(data).hexdigest() != listed.get(ROWS):
        raise _damaged(instance, name)
    return rows.checked(json.loads(data))


def _manifest(instance: Path, name: str) -> Manifest:
    signed = _read(instance, name, MANIFEST)
    if hashlib.sha256(signed).hexdigest() != name:
        raise _damaged(instance, name)
    return Manifest.model_validate_json(signed)


def _read(instance: Path, name: str, file: str) -> bytes:
    try:
        with zipfile.ZipFile(_place(instance, name)) as archive:
            return archive.read(file)
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError):
        raise _damaged(instance, name) from None


def _damaged(instance: Path, name: str) -> Damaged:
    return Damaged(phrase("%(file)s is damaged. Restore it from a backup.", file=str(_place(instance, name))))


def chain_of(session: Session, state: State) -> bytes:
    """The events of our chain that are about what is carried, each on a line with its place in the chain."""
    subjects = sorted(
        f"{kind}:{row['id']}" for kind in ABOUT for row in state.get(TABLES.get(kind, kind), {}).values() if "id" in row
    )
    found: dict[int, bytes] = {}
    for at in range(0, len(subjects), rows.BATCH):
        asked = select(Event).where(Event.subject.in_(subjects[at : at + rows.BATCH]))
        for one in session.scalars(asked):
            columns = {each.name: rows.encoded(getattr(one, each.name)) for each in rows.table("event").columns}
            found[one.seq] = bundle.lines(columns)
    return b"".join(found[seq] + b"\n" for seq in sorted(found))


def _place(instance: Path, name: str) -> Path:
    return instance / FOLDER / f"{name}.zip"
