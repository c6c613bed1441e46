"""Case files of papers: exhibits without an image, whose record lists the papers with their digests."""

import hashlib
import os
import tempfile
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from training.audit import service as audit
from training.evidence import service as evidence
from training.evidence import symbols
from training.evidence.models import PAPERS, Exhibit
from training.forge import pack


def file_of(name: str, title: str, listed: str, size: int, now: datetime) -> Exhibit:
    """The case file of papers as an exhibit that `enter` can register.

    Args:
        name: of the exercise.
        title: for people.
        listed: the list of the papers, one in a line with its digest: the record whose lines can be cited. Its SHA-256
            stands for the whole file.
        size: bytes of all papers.
        now: when the file was closed.
    """
    digest = hashlib.sha256(listed.encode()).hexdigest()
    nothing = hashlib.sha256(b"").hexdigest()  # papers have no symbols, and no machine wrote anything down
    return Exhibit(
        sha256=digest,
        name=name,
        title=title,
        os=PAPERS,
        size=size,
        symbols_sha256=nothing,
        record_sha256=digest,
        truth_sha256=nothing,
        banner="",
        origin="Papers written for an exercise; people, places and cases in them are fictional.",
        captured_at=now,
        registered_at=now,
    )


def enter(session: Session, instance: Path, made: Exhibit, listed: str) -> Exhibit:
    """Register a case file, with its list laid out where records lie. A registered one is found as it is."""
    if known := session.get(Exhibit, made.sha256):
        return known
    target = evidence.folder_of(instance, made.sha256) / pack.RECORD
    if symbols.digest(target) != made.sha256:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=target.parent, delete=False, encoding="utf-8", newline="") as file:
            file.write(listed)
        os.replace(file.name, target)  # noqa: PTH105 - a rename, all or nothing
        target.chmod(0o444)
    session.add(made)
    session.flush()
    at = made.registered_at
    evidence.note(session, made.sha256, "registered", f"Registered; the list of papers has SHA-256 {made.sha256}", at)
    details = {"name": made.name, "sha256": made.sha256}
    subject = f"exhibit:{made.sha256}"
    audit.record(session, act="exhibit.registered", actor=None, subject=subject, details=details, now=at)
    return made
