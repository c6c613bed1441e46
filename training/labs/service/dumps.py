"""Files that runs wrote out of an image: which there are, and how one is handed out. Nothing here executes or opens
them; what leaves the server is an archive under a password that everybody in the field knows.
"""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, cast
from uuid import UUID

import pyzipper
from sqlalchemy.orm import Session

from training.analysis import cards as plugin_cards
from training.analysis.models import Run
from training.audit import service as audit
from training.errors import DomainError, NotThere
from training.labs.models import Attempt
from training.labs.service.notebook import OpenResult
from training.sentence import phrase

PASSWORD = "infected"  # noqa: S105 - the field's custom, said on the page; it keeps scanners and double clicks off
ACT = "dump.downloaded"
IN_MEMORY = 4 * 2**20  # bytes of an archive beyond which it is made on the disk: a class may ask at the same time


@dataclass(frozen=True, slots=True)
class Dumped:
    """A file that a run wrote: the name that the plugin gave it, which is evidence, its SHA-256 and bytes."""

    name: str
    sha256: str
    bytes: int


def of(run: Run, open_result: OpenResult) -> list[Dumped]:
    """The files of a run, in the order in which they were written; none for a run without a result."""
    cards = plugin_cards.load()
    if run.plugin not in cards or not cards.get(run.plugin).writes_files(run.options):
        return []
    try:
        with open_result(run) as result:
            return [Dumped(*file) for file in result.files()]
    except DomainError:
        return []


def one(run: Run, sha256: str, open_result: OpenResult) -> Dumped:
    """The file of a run with this content. Raises NotThere."""
    found = next((each for each in of(run, open_result) if each.sha256 == sha256), None)
    if found is None:
        raise NotThere(phrase("This run wrote no such file."))
    return found


def archive(path: Path, sha256: str) -> IO[bytes]:
    """A file as an archive with AES under PASSWORD; inside it is named by its SHA-256, never by what the image says."""
    made = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - whoever sends it closes it
    with pyzipper.AESZipFile(made, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as zipped:
        zipped.setpassword(PASSWORD.encode())
        zipped.write(path, arcname=sha256)
    made.seek(0)
    return cast("IO[bytes]", made)


def note(session: Session, attempt: Attempt, run: Run, file: Dumped, actor: UUID | None, now: datetime) -> None:
    """Record that somebody took a file."""
    details = {"attempt": str(attempt.id), "sha256": file.sha256, "bytes": file.bytes}
    audit.record(session, act=ACT, actor=actor, subject=f"run:{run.id}", details=details, now=now)
