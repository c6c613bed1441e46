"""Dossiers that are sent in on a page: looked at in a process with limits (see `apart`), one after the other."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from training.errors import Refused, TooMany
from training.hosting.dossier import apart, service
from training.sentence import phrase

LARGEST = 64 * 2**20
"""Bytes of all that is sent in at once on a page. Larger dossiers are looked at on the command line."""
FEWEST, MOST = 2, 10  # dossiers that are merged at once
PATIENCE, SECONDS = 20, 180  # for the one before to be done; for a file, by the wall clock
TOO_MUCH = phrase(
    "It asks for more memory or time than a dossier is given here. Verify it on a computer of your own, with verify.py."
)
_one_by_one = threading.Lock()


@dataclass(frozen=True, slots=True)
class Part:
    """What a sealed dossier says of itself under a seal that holds: texts as they stand there."""

    digest: str
    session: str
    sealed: str
    key: str
    records: int
    events: int


@dataclass(frozen=True, slots=True)
class Looked:
    """A file that was looked at: its SHA-256, its size, faults in the words of the verifier, how many more there are.

    `parts` are the dossiers in it whose seals hold. `stopped` says why it could not be looked at to the end.
    """

    sha256: str
    size: int
    faults: tuple[str, ...]
    more: int
    parts: tuple[Part, ...]
    stopped: str = ""

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong with it, whosever key it was sealed with."""
        return not (self.faults or self.stopped)


@contextmanager
def alone() -> Iterator[None]:
    """Sealing, looking and merging need much memory: one at a time. Raises TooMany where the one before takes long."""
    if not _one_by_one.acquire(timeout=PATIENCE):
        raise TooMany(phrase("Another dossier is being worked on. Try again in a minute."))
    try:
        yield
    finally:
        _one_by_one.release()


def look(data: bytes) -> Looked:
    """Look at a file that says it is a dossier. Never raises for what is in it."""
    name = sha256(data).hexdigest()
    command = [sys.executable, "-I", str(Path(apart.__file__))]
    try:
        done = subprocess.run(command, input=data, capture_output=True, check=False, timeout=SECONDS, env={})  # noqa: S603
    except subprocess.TimeoutExpired:
        return Looked(name, len(data), (), 0, (), TOO_MUCH)
    if done.returncode:
        return Looked(name, len(data), (), 0, (), TOO_MUCH)
    said = json.loads(done.stdout)
    return Looked(name, len(data), tuple(said["faults"]), said["more"], tuple(Part(**one) for one in said["parts"]))


def merged(dossiers: Sequence[bytes], of: UUID) -> bytes:
    """One dossier of several of this session. Raises Refused with what is wrong with which file, from 1."""
    if not FEWEST <= len({sha256(one).digest() for one in dossiers}) <= MOST:
        raise Refused(
            phrase("Choose %(fewest)s to %(most)s different dossiers of this session.", fewest=FEWEST, most=MOST),
            field="dossiers",
        )
    for number, data in enumerate(dossiers, 1):
        _demand(look(data), of, number)
    made = service.together(dossiers)
    clashes = look(made)
    if not clashes.whole:
        raise Refused("\n".join((*clashes.faults, str(clashes.stopped))).strip(), field="dossiers")
    return made


def _demand(found: Looked, of: UUID, number: int) -> None:
    if found.stopped:
        raise Refused(phrase("File %(n)s: %(why)s", n=str(number), why=found.stopped), field="dossiers")
    if found.faults:
        raise Refused("\n".join(f"{number}: {one}" for one in found.faults), field="dossiers")
    if any(one.session != str(of) for one in found.parts):
        raise Refused(
            phrase("File %(n)s is of another session. Merge it where that session is shown.", n=str(number)),
            field="dossiers",
        )
