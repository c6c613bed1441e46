"""Media of a machine: plugged in and pulled out while it runs, as NVMe disks with a serial number.

QEMU gets the image as an open file, so that it never sees where it lies.
"""

import os
from pathlib import Path
from typing import Any

from training.errors import Refused
from training.forge.linux.machine import MachineFault
from training.machines.guest import parts
from training.machines.guest.monitor import Monitor

NAMES = ("kit", "evidence")
PULLED_SECONDS = 15.0
BAD = range(12, 4096, 16)
"""MiB of a failing medium at which writing is an error: whatever is large fails, and small files nearly never do. None
is where an ext4 of up to 4 GiB keeps its own metadata: in the first MiB of each 128.
"""
SECTOR = 512
EIO = 5


def plug(monitor: Monitor, name: str, image: Path, serial: str, *, read_only: bool, failing: bool) -> None:
    """Plug an image in as a disk of this serial number. The guest sees it within about a second.

    Raises:
        MachineFault: one of this name is plugged in already, or QEMU refused it.
        Refused: there is no medium of this name, or the image is too large.
    """
    if name not in NAMES or not serial.isascii() or not serial.replace("-", "").isalnum():
        raise Refused(f"{name} {serial}: a medium is 'kit' or 'evidence', its serial number letters, digits and '-'")
    number = os.open(image, (os.O_RDONLY if read_only else os.O_RDWR) | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        size = os.fstat(number).st_size
        if size > parts.LARGEST_MEDIUM << 20:
            raise Refused(f"{image}: {size} bytes; a medium has at most {parts.LARGEST_MEDIUM} MiB")
        added = monitor.tell("add-fd", handed=number, opaque=name)
    finally:
        os.close(number)
    path = f"/dev/fdset/{added['fdset-id']}"
    file: dict[str, Any] = {"driver": "file", "filename": path, "read-only": read_only, "node-name": f"{name}-file"}
    if failing:
        file = _failing(file, size)
    try:
        medium: dict[str, Any] = {"driver": "raw", "file": file, "node-name": name, "read-only": read_only}
        monitor.tell("blockdev-add", **medium)
        monitor.tell("device_add", driver="nvme", id=name, drive=name, serial=serial)
    except MachineFault:
        _forget(monitor, name)
        raise


def _failing(file: dict[str, Any], size: int) -> dict[str, Any]:
    """A file with bad sectors (QEMU's documentation, "Block I/O error injection using blkdebug")."""
    errors = [
        {"event": "none", "iotype": "write", "errno": EIO, "sector": (at << 20) // SECTOR, "once": False}
        for at in BAD
        if at << 20 < size
    ]
    return {"driver": "blkdebug", "image": file, "inject-error": errors, "node-name": f"{file['node-name']}-bad"}


def unplug(monitor: Monitor, name: str) -> None:
    """Pull a disk out. Sync it inside before: what the guest has not written is lost, as with any disk.

    Raises:
        MachineFault: none of this name is plugged in, or the guest does not let go of it.
    """
    monitor.tell("device_del", id=name)
    if not monitor.wait_for("DEVICE_DELETED", {"device": name}, PULLED_SECONDS):
        raise MachineFault(f"the machine does not let go of the medium {name}")
    _forget(monitor, name)


def _forget(monitor: Monitor, name: str) -> None:
    """Close the image, as far as it was opened."""
    nodes = {str(one.get("node-name")) for one in monitor.tell("query-named-block-nodes", flat=True)}
    if name in nodes:
        gone: dict[str, Any] = {"node-name": name}
        monitor.tell("blockdev-del", **gone)
    for one in monitor.tell("query-fdsets"):
        if any(each.get("opaque") == name for each in one["fds"]):
            monitor.tell("remove-fd", **{"fdset-id": one["fdset-id"]})
