"""Seats: one for each machine that may run at once.

A seat is a lock that the keeper of a machine holds: the count is right for all processes of the server, and after any
of them was killed.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from training.errors import TooMany
from training.machines.guest import limits as capacity
from training.machines.guest.limits import Limits
from training.machines.guest.monitor import held
from training.sentence import phrase

FOLDER = ".seats"
DOOR_SECONDS = 20.0
LONGEST_GROUP = 200
FULL = phrase("All places for machines on this server are taken. Try again when somebody has finished.")
NO_MEMORY = phrase("This server has no memory left for another machine. Try again when somebody has finished.")
GROUP_FULL = phrase("All machines that this session may run at once are running. Try again when somebody has finished.")


@contextmanager
def taken(room: Path, memory: int, limits: Limits, group: str) -> Iterator[tuple[int, int]]:
    """Take a seat: its number, and the open lock to be handed to the keeper, which holds it from then on.

    Raises:
        TooMany: the server or the group is full.
    """
    folder = room / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with held(folder, "door", DOOR_SECONDS):
        number, lock = _free(folder, memory, limits, group)
    try:
        yield number, lock
    finally:
        os.close(lock)


def _free(folder: Path, memory: int, limits: Limits, group: str) -> tuple[int, int]:
    found, running, of_group = None, 0, 0
    for number in range(capacity.most(limits)):
        lock = _locked(folder / str(number))
        if lock is None:
            running += 1
            of_group += bool(group) and _group(folder / str(number)) == group
        elif found is None:
            found = number, lock
        else:
            os.close(lock)
    if not capacity.fitting(memory, running):
        if found is not None:
            os.close(found[1])
        raise TooMany(NO_MEMORY)
    if found is None:
        raise TooMany(FULL)
    number, lock = found
    if limits.of_group and of_group >= limits.of_group:
        os.close(lock)
        raise TooMany(GROUP_FULL)
    os.ftruncate(lock, 0)
    os.pwrite(lock, group.encode()[:LONGEST_GROUP], 0)
    return number, lock


def _locked(path: Path) -> int | None:
    """The lock of a seat, or nothing where it's taken."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def _group(path: Path) -> str:
    return path.read_bytes()[:LONGEST_GROUP].decode("utf-8", "replace")
