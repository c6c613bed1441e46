"""Bundles that were sent in on a page and wait to be taken or left: files below the instance folder, a few."""

import re
import shutil
from pathlib import Path
from typing import IO
from uuid import UUID

from training.errors import NotThere, Refused
from training.hosting.carry import bundle, drafts, taking
from training.hosting.carry.bundle import Bundle
from training.hosting.carry.identities import Answers
from training.hosting.carry.sealing import FOLDER
from training.hosting.carry.taking import Look
from training.sentence import counted, joined, phrase
from training.settings import Settings
from training.store import Store

LARGEST = 64 * 2**20
"""Bytes of a bundle that a page takes. Larger ones come in on the command line."""
MOST = 10  # bundles that wait; the oldest go
NAME = re.compile(r"[0-9a-f]{64}")


def keep(instance: Path, of: UUID, sent: IO[bytes]) -> Bundle:
    """Look at a bundle and keep it for the second step. Raises Refused for what is damaged or of another session."""
    folder = instance / FOLDER / "waiting"
    drafts.sweep(folder)
    with drafts.folder(folder) as work:
        made = work / "sent"
        with open(made, "xb", opener=drafts.private) as file:
            shutil.copyfileobj(sent, file)
        found = bundle.read(made)
        if found.manifest.session != of:
            raise Refused(phrase("This bundle is of another session. Take it where that session is shown."))
        made.replace(_place(instance, of, found.name))
    waits = sorted(folder.glob("[!.]*"), key=lambda one: one.stat().st_mtime, reverse=True)
    for path in waits[MOST:]:
        path.unlink(missing_ok=True)
    return found


def is_there(instance: Path, of: UUID, name: str) -> bool:
    """Whether such a bundle waits."""
    return NAME.fullmatch(name) is not None and _place(instance, of, name).is_file()


def get(instance: Path, of: UUID, name: str) -> Bundle:
    """A bundle that waits, looked at anew. Raises NotThere."""
    if not is_there(instance, of, name):
        raise NotThere(phrase("This bundle is not waiting here any more. Send it in again."))
    return bundle.read(_place(instance, of, name))


def look(store: Store, settings: Settings, of: UUID, name: str, answers: Answers) -> Look:
    """What a bundle that waits would change here.

    One that has people whose data was erased here doesn't wait: it is deleted at once, since a file with what was
    erased would lie about for as long as nobody decides.

    Raises:
        NotThere: it isn't waiting.
        Refused: as `taking.look`; or it has such people.
    """
    found = taking.look(store, settings, get(settings.instance, of, name), answers, of)
    if found.erased:
        forget(settings.instance, of, name)
        why = counted(
            "This bundle has data of %(num)s person who was erased here, so it was not kept, and nothing was changed.",
            "This bundle has data of %(num)s people who were erased here, so it was not kept, and nothing was changed.",
            found.erased,
        )
        how = phrase(
            "Take it on the server by command, which keeps no copy and leaves that data out: %(command)s",
            command="python app.py session import FILE",
        )
        raise Refused(joined(why, how), field="bundle")
    return found


def forget(instance: Path, of: UUID, name: str) -> None:
    """Let go of a bundle that was taken or is not wanted."""
    if NAME.fullmatch(name):
        _place(instance, of, name).unlink(missing_ok=True)


def _place(instance: Path, of: UUID, name: str) -> Path:
    return instance / FOLDER / "waiting" / f"{of}-{name}"
