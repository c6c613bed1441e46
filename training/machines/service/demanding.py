"""Saved states that nobody made before: made on demand, in the background, while people see how far it is.

One lab at a time: a machine that is prepared computes for about a minute. Whether somebody prepares is a lock, which
goes with the process that holds it; how far it is stands in a file, so that every process of the server can tell.
"""

import fcntl
import json
import os
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog

from training.errors import Conflict, DomainError, TooMany
from training.labs.reader import Lab
from training.machines.ranges import Range
from training.machines.service import handing, responses
from training.sentence import phrase
from training.settings import Settings

LOCK, PROGRESS, ASKED = ".preparing", ".progress", ".asked"
HOUR, MOST, MOST_OF_ONE = timedelta(hours=1), 8, 4
"""So often an hour trainees may have machines prepared: all of them, and those of one organisation."""
MANY = phrase(
    "Machines were prepared for trainees several times within the hour. Ask an instructor, or try again later."
)
LOOKS = 5
"""So often the lock is tried: whoever looks whether it is held holds it for a moment."""
BUSY = phrase("Machines of another lab are being prepared on this server. Try again in some minutes.")

log = structlog.get_logger("engram.machines")


@dataclass(frozen=True, slots=True)
class Standing:
    """How the saved states of a lab stand on this server.

    Attributes:
        ready: letters of the variants that machines can be started from.
        of: how many variants there are.
        since: when the one that is being made now was begun; None while nothing is made.
        why: why none can be made here, or why the last one was not; a sentence, empty where nothing is wrong.
        able: whether one can be made here.
    """

    ready: tuple[str, ...]
    of: int
    since: datetime | None = None
    why: str = ""
    able: bool = True


def standing(here: Range, lab: Lab) -> Standing:
    """How the saved states of a live lab stand."""
    letters = responses.situation(lab).variants
    ready = tuple(one for one in letters if here.ready(lab.id, one))
    try:
        here.guests.available()
    except DomainError as fault:
        return Standing(ready, len(letters), why=fault.message, able=False)
    told = _told(here)
    if told.get("lab") != lab.id:
        return Standing(ready, len(letters))
    since = datetime.fromisoformat(told["since"]) if _held(here) else None
    return Standing(ready, len(letters), since, "" if since else str(told.get("fault", "")))


def begin(
    settings: Settings, here: Range, lab: Lab, clock: handing.Clock, trainee_of: UUID | None = None
) -> threading.Thread | None:
    """Begin to make what is missing of a lab; None where that is under way, or nothing is missing.

    `trainee_of` is the organisation of a trainee who asks; None stands for staff, for whom there is no limit.

    Raises:
        Conflict: machines of another lab are being prepared, or none can be here.
        TooMany: trainees have asked too often within the hour: each time takes minutes of a processor.
    """
    now = standing(here, lab)
    if not now.able:
        raise Conflict(phrase("No machine can be prepared; everything else works. %(why)s", why=now.why))
    missing = [one for one in responses.situation(lab).variants if one not in now.ready]
    if now.since is not None or not missing:
        return None
    lock = next((one for _ in range(LOOKS) if (one := _locked(here)) is not None), None)
    if lock is None:
        raise Conflict(BUSY)
    try:
        _count(here, clock(), trainee_of)
    except TooMany:
        os.close(lock)
        raise
    _tell(here, lab=lab.id, since=clock().isoformat())
    made = threading.Thread(target=_make, args=(settings, here, lab.id, missing, lock, clock), daemon=True)
    made.start()
    return made


def _count(here: Range, now: datetime, trainee_of: UUID | None) -> None:
    """Count what trainees have asked for, of each organisation. Whoever calls holds the lock."""
    if trainee_of is None:
        return
    file = here.snapshots / ASKED
    held = json.loads(file.read_text("utf-8")) if file.is_file() else []
    asked = [(at, who) for at, who in held if now - datetime.fromisoformat(at) < HOUR]
    if len(asked) >= MOST or sum(who == str(trainee_of) for _, who in asked) >= MOST_OF_ONE:
        raise TooMany(MANY)
    file.write_text(json.dumps([*asked, (now.isoformat(), str(trainee_of))]), "utf-8")


def _make(settings: Settings, here: Range, lab: str, letters: list[str], lock: int, clock: handing.Clock) -> None:
    try:
        for letter in letters:
            _tell(here, lab=lab, since=clock().isoformat())
            here.guests.prepare(settings, here, lab, letter)
    except DomainError as fault:
        log.warning("machines.not_prepared", lab=lab, why=fault.message)
        _tell(here, lab=lab, since=clock().isoformat(), fault=fault.message)
    except Exception as fault:
        log.exception("machines.not_prepared", lab=lab)
        _tell(here, lab=lab, since=clock().isoformat(), fault=type(fault).__name__)
    finally:
        os.close(lock)


def _locked(here: Range) -> int | None:
    """The lock of whoever prepares; None where somebody else has it."""
    here.snapshots.mkdir(parents=True, exist_ok=True)
    lock = os.open(here.snapshots / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        time.sleep(0.01)
        return None
    return lock


def _held(here: Range) -> bool:
    lock = _locked(here)
    if lock is not None:
        os.close(lock)
    return lock is None


def _told(here: Range) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((here.snapshots / PROGRESS).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _tell(here: Range, **told: str) -> None:
    file: Path = here.snapshots / PROGRESS
    fresh = file.with_suffix(f".{threading.get_ident()}")
    fresh.write_text(json.dumps(told), "utf-8")
    fresh.replace(file)
