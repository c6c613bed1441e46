"""A machine's memory, taken from outside."""

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import zstandard

from training.errors import Damaged
from training.forge.linux.machine import MachineFault
from training.machines.guest.monitor import Monitor

PAGE = 4096
BLOCK = 1 << 20
DUMP_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Dumped:
    """Memory that was written from outside.

    sha256, size: of the file, computed on the host after it was written. begun, ended: of the writing, while the
    machine stood still (UTC). paused: seconds that it stood still.
    """

    sha256: str
    size: int
    begun: datetime
    ended: datetime
    paused: float


def dump(monitor: Monitor, target: Path, memory: int, user: int) -> Dumped:
    """Stop the machine, write its physical memory of so many MiB to a new file, and let it run on.

    Args:
        monitor: of the machine.
        target: the file; there must be none.
        memory: MiB.
        user: QEMU's, who needs to open the file while it is written.

    Raises:
        MachineFault: QEMU did not write all of it; there is no file then.
    """
    number = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        begun, ended, paused = _write(monitor, number, memory, user)
        digest = hashlib.sha256()
        with os.fdopen(os.dup(number), "rb") as file:
            file.seek(0)
            while block := file.read(BLOCK):
                digest.update(block)
        os.fchmod(number, 0o400)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        os.close(number)
    return Dumped(digest.hexdigest(), memory << 20, begun, ended, paused)


def _write(monitor: Monitor, number: int, memory: int, user: int) -> tuple[datetime, datetime, float]:
    """Let QEMU write into an open file, which is lent to its user meanwhile."""
    mine = os.fstat(number).st_uid
    ran = monitor.tell("query-status")["status"] == "running"
    with _lent(number, mine, user):
        added = monitor.tell("add-fd", handed=number, opaque="dump")
        started, begun = time.monotonic(), datetime.now(UTC)
        if ran:
            monitor.tell("stop")
        try:
            where = f"/proc/self/fd/{int(added['fd'])}"
            monitor.tell("pmemsave", val=0, size=memory << 20, filename=where, seconds=DUMP_SECONDS)
            ended = datetime.now(UTC)
        finally:
            if ran:
                monitor.tell("cont")
            paused = time.monotonic() - started
            monitor.tell("remove-fd", **{"fdset-id": int(added["fdset-id"])})
    if (size := os.fstat(number).st_size) != memory << 20:
        raise MachineFault(f"the machine wrote {size} bytes of memory, expected {memory << 20}")
    return begun, ended, paused if ran else 0.0


@contextmanager
def _lent(number: int, mine: int, user: int) -> Iterator[None]:
    if user != mine:
        os.fchown(number, user, -1)
    try:
        yield
    finally:
        if user != mine:
            os.fchown(number, mine, -1)


def displaced(dump: Path, arrival: Path) -> int:
    """Pages of 4,096 bytes of a dump that differ from the memory at arrival (packed, `Snapshot.arrival`).

    Raises:
        Damaged: the two are not of the same size.
    """
    count = 0
    with dump.open("rb") as now, arrival.open("rb") as packed:
        before = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(packed)
        while block := now.read(BLOCK):
            old = _exactly(before, len(block))
            if len(old) != len(block):
                raise Damaged(f"{dump}: is larger than the memory at arrival")
            if old != block:
                pages = range(0, len(block), PAGE)
                count += sum(old[at : at + PAGE] != block[at : at + PAGE] for at in pages)
        if before.read(1):
            raise Damaged(f"{dump}: is smaller than the memory at arrival")
    return count


def _exactly(reader: zstandard.ZstdDecompressionReader, size: int) -> bytes:
    parts, left = [], size
    while left and (got := reader.read(left)):
        parts.append(got)
        left -= len(got)
    return b"".join(parts)
