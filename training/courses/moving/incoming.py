"""Packs that were sent in and wait to be taken or left: a few files for each organisation, named by digest."""

import hashlib
import os
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from training.courses.moving import pack
from training.courses.moving.pack import Pack
from training.errors import NotThere
from training.sentence import phrase

FOLDER = "incoming"
MOST = 20  # packs that wait for an organisation; the oldest go
NAME = re.compile(r"[0-9a-f]{64}")


def keep(instance: Path, organisation: UUID, data: bytes) -> Pack:
    """Look at a pack and keep it for the second step. Raises Refused for one that is damaged or made up."""
    found = pack.read(data)
    folder = instance / FOLDER / str(organisation)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".new-", delete=False) as file:  # mode 0600: it holds keys
        file.write(data)
    os.replace(file.name, folder / found.sha256)  # noqa: PTH105 - a rename, all or nothing
    waiting = sorted(folder.glob("[!.]*"), key=lambda one: one.stat().st_mtime, reverse=True)
    for path in waiting[MOST:]:
        path.unlink(missing_ok=True)
    return found


def get(instance: Path, organisation: UUID, name: str) -> Pack:
    """A pack that waits for an organisation, looked at anew. Raises NotThere."""
    path = instance / FOLDER / str(organisation) / name
    if not NAME.fullmatch(name) or not path.is_file():
        raise NotThere(phrase("This pack is not waiting here any more. Send it in again."))
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != name:
        raise NotThere(phrase("This pack is not waiting here any more. Send it in again."))
    return pack.read(data)


def waiting(instance: Path, organisation: UUID) -> list[tuple[str, datetime]]:
    """What waits, the newest first: its name, and when it came. Nothing is read of it."""
    found = [path for path in (instance / FOLDER / str(organisation)).glob("*") if NAME.fullmatch(path.name)]
    came = ((path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC)) for path in found)
    return sorted(came, key=lambda one: one[1], reverse=True)


def forget(instance: Path, organisation: UUID, name: str) -> None:
    """Let go of a pack that was taken or is not wanted."""
    if NAME.fullmatch(name):
        (instance / FOLDER / str(organisation) / name).unlink(missing_ok=True)
