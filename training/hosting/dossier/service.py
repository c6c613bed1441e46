"""Seal the dossier of a session, check one, and make one of several.

    manifest.json           session, time, key, counts, kinds, and each file with SHA-256 and size
    seal.json               the key, and its Ed25519 signature under the bytes of manifest.json
    records/<table>.jsonl   the rows of a table, one on a line, each with what it is called
    statistics.json         what each question of a lab or quiz came to, see `statistics`
    audit.jsonl             the whole chain: events of the session in full, of all others only their digests
    summary.html            the same in short, for reading, in the language of the session
    verify.py               checks all of it without this program

A merged dossier holds the sealed ones as they were, below parts/, each by its SHA-256: so every seal still holds, and
the order in which they were merged can't matter.
"""

import base64
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.audit.models import Event
from training.courses.moving import archive, signing
from training.credentials import overview
from training.errors import Refused
from training.grading.version import GRADER
from training.hosting.carry import bundle, history, rows
from training.hosting.dossier import apart, statistics, summary, verify
from training.hosting.models import TeachingSession
from training.hosting.service.record import note

ABSENT = {
    "roster files, join codes, slips": "they are means of coming in, not what the session left",
}


def seal(session: Session, teaching: TeachingSession, instance: Path, now: datetime) -> bytes:
    """The dossier of a session as it stands, signed by this installation, and checked.

    Raises Refused where the records of the session fit each other no longer, with every fault.
    """
    key = signing.public_key(instance)
    name = signing.fingerprint(key)
    files = _files(session, teaching, instance, name, now)
    manifest = bundle.lines(_manifest(session, files, teaching, name, now))
    signed = {
        "algorithm": "Ed25519",
        "key": base64.b64encode(key).decode(),
        "signature": base64.b64encode(signing.sign(instance, verify.SIGNED_AS + manifest)).decode(),
    }
    made = archive.write({**files, "manifest.json": manifest, "seal.json": bundle.lines(signed)})
    demand(made)
    return made


def note_sealed(session: Session, actor: Actor, teaching: TeachingSession, dossier: bytes, now: datetime) -> None:
    """Write down that a dossier was sealed. It stands in the chain after what the dossier holds of it."""
    note(session, "session.sealed", actor, teaching, {"sha256": sha256(dossier).hexdigest()}, now)


def merge(dossiers: Iterable[bytes]) -> bytes:
    """One dossier that holds all of these with their seals. Raises Refused with every fault of one, and every clash."""
    given = list(dossiers)
    for data in given:
        demand(data)
    made = together(given)
    demand(made)
    return made


def together(dossiers: Iterable[bytes]) -> bytes:
    """The same of dossiers that were looked at; whether they clash is for the caller to look at."""
    found: dict[str, bytes] = {}
    for data in dossiers:
        files = verify.unpacked(data)
        inside = [content for name, content in files.items() if name.startswith(verify.PARTS)]
        found |= {f"{verify.PARTS}{sha256(one).hexdigest()}.zip": one for one in inside or [data]}
    if not found:
        raise ValueError("nothing to merge")
    return archive.write(found)


def demand(data: bytes) -> None:
    """Raises Refused with every fault of a dossier, whoever sealed it."""
    if faults := verify.check(data):
        raise Refused("\n".join(faults))


def known(instance: Path, organisation: UUID | None) -> frozenset[str]:
    """The fingerprints of keys whose dossiers count for an organisation, or for the command line (None): our own, and
    those that are trusted there.
    """
    return frozenset((signing.fingerprint(signing.public_key(instance)), *signing.trusted(instance, organisation)))


def _files(session: Session, teaching: TeachingSession, instance: Path, key: str, now: datetime) -> dict[str, bytes]:
    state = rows.read(session, teaching.id)
    came, found = statistics.of(session, instance, state), overview.overview(session, teaching)
    files = {
        f"records/{table}.jsonl": b"".join(
            bundle.lines({"id": name.replace("\x1f", " "), "row": row}) + b"\n" for name, row in sorted(each.items())
        )
        for table, each in state.items()
    }
    chain = _chain(session, history.chain_of(session, state))
    about = summary.About(state["organisation"][str(teaching.organisation_id)]["name"], now, key)
    return files | {
        "statistics.json": bundle.lines(came),
        "audit.jsonl": chain,
        "summary.html": summary.page(about, teaching, found, state, came, chain),
        "verify.py": apart.source().encode(),
    }


def _chain(session: Session, of_session: bytes) -> bytes:
    whole = {json.loads(line)["seq"]: line for line in of_session.split(b"\n") if line}
    asked = select(Event.seq, Event.previous, Event.digest).order_by(Event.seq)
    links = (
        (one.seq, {"seq": one.seq, "previous": one.previous, "digest": one.digest}) for one in session.execute(asked)
    )
    return b"".join((whole.get(seq) or bundle.lines(link)) + b"\n" for seq, link in links)


def _manifest(
    session: Session, files: dict[str, bytes], teaching: TeachingSession, key: str, now: datetime
) -> dict[str, object]:
    tables = sorted(name[8:-6] for name in files if name.startswith("records/"))
    return {
        "format": 1,
        "session": str(teaching.id),
        "sealed": now.astimezone(UTC).isoformat(timespec="seconds"),
        "key": key,
        "same": history.same(session, teaching.id),
        "grader": GRADER,
        "counts": {one: files[f"records/{one}.jsonl"].count(b"\n") for one in tables},
        "absent": ABSENT,
        "chain": verify.ended(files["audit.jsonl"]),
        "files": [
            {"path": one, "sha256": sha256(files[one]).hexdigest(), "size": len(files[one])} for one in sorted(files)
        ],
    }
