"""A real machine for tests of media: the kernel of the shipped base, BusyBox, and a line on its console that obeys."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from training.forge.linux import initramfs
from training.forge.linux.machine import QEMU, Machine
from training.settings import ROOT

BASE = min((ROOT / "labs" / "exhibits").glob("*/vmlinuz*")).parent
KERNEL, SYMBOLS = BASE / "vmlinuz", min(BASE.glob("*.json.xz"))
PACKAGED = 1_754_733_600
APPLETS = ("sh", "mount", "umount", "sleep", "mkdir", "ls", "cat", "rm", "start-stop-daemon", "stty")
OBEY = """
stty -F /dev/console -echo -onlcr
mkdir -p /mnt/kit /mnt/evid /mnt/bad
echo up
while read -r line; do
    eval "$line"
    echo "=$?"
done
"""
INIT = f"""#!/bin/sh
mount -t proc proc /proc
mount -t devtmpfs devtmpfs /dev
{OBEY}"""
needs_qemu = [
    pytest.mark.skipif(shutil.which(QEMU) is None, reason="QEMU is not installed: apt-get install qemu-system-x86"),
    pytest.mark.skipif(shutil.which("busybox") is None, reason="no busybox: apt-get install busybox-static"),
    pytest.mark.machine,
    pytest.mark.enable_socket,
]


class Console:
    """What is typed there, and what comes of it."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def __call__(self, command: str, *, code: int = 0) -> list[str]:
        """The lines that a command printed; its exit code must be as expected."""
        self.machine.console.send(command)
        said: list[str] = []
        while not said or not (said[-1].startswith("=") and said[-1][1:].isdigit()):
            said.append(self.machine.console.read(300))
        assert said[-1] == f"={code}", said
        return said[:-1]

    def plug(self, name: str, image: Path, *, read_only: bool = False, failing: bool = False) -> None:
        """Plug a medium in as a disk; a failing one can't be written at some places between its structures."""
        file: dict[str, Any] = {"driver": "file", "filename": str(image)}
        if failing:
            fault = {"event": "none", "iotype": "write", "errno": 5, "once": False, "immediately": True}
            places = [{**fault, "sector": (each << 20) // 512} for each in range(12, 192, 16)]
            file = {"driver": "blkdebug", "image": file, "inject-error": places}
        node: dict[str, Any] = {"driver": "raw", "node-name": name, "read-only": read_only, "file": file}
        self.machine._tell("blockdev-add", **node)
        self.machine._tell("device_add", driver="nvme", id=name, drive=name, serial=name)


def up(machine: Machine) -> Console:
    """Its console, once it obeys."""
    while machine.console.read(300) != "up":
        pass
    return Console(machine)


@contextmanager
def booted(folder: Path, *, memory: int = 80) -> Iterator[Console]:
    """The machine, up and waiting."""
    entries = [initramfs.folder(f"/{name}", PACKAGED) for name in ("bin", "sbin", "dev", "proc", "etc")]
    busybox = Path(str(shutil.which("busybox"))).read_bytes()
    entries += [initramfs.file("/bin/busybox", PACKAGED, busybox, 0o755)]
    entries += [initramfs.file("/sbin/init", PACKAGED, INIT.encode(), 0o755)]
    entries += [initramfs.link(f"/bin/{name}", PACKAGED, "busybox") for name in APPLETS]
    initrd = folder / "initrd.gz"
    initrd.write_bytes(initramfs.pack(entries))
    with Machine(KERNEL, initrd, memory=memory, keeps_our_time=True) as machine:
        yield up(machine)


@contextmanager
def played(pack: Path, folder: Path, more: tuple[initramfs.Entry, ...] = ()) -> Iterator[Console]:
    """The machine of an exhibit, played to its freeze and going on, with a console that obeys bash."""
    overlay = (pack / "overlay.cpio.gz").read_bytes()
    table = initramfs.files(overlay)["/etc/inittab"] + b"console::respawn:/bin/bash /opt/range/obey\n"
    own = [
        *(initramfs.folder(each, PACKAGED) for each in ("/etc", "/opt", "/opt/range")),
        initramfs.file("/etc/inittab", PACKAGED, table),
        initramfs.file("/opt/range/obey", PACKAGED, OBEY.encode(), 0o755),
    ]
    initrd = folder / "initrd.gz"
    initrd.write_bytes(initramfs.together((BASE / "initrd.gz").read_bytes(), overlay, initramfs.pack([*own, *more])))
    with Machine(KERNEL, initrd, memory=128, keeps_our_time=True) as machine:
        machine.wait_until_ready(120)
        while machine.control.read(300) != "freeze":
            pass
        machine.order("rest")
        yield up(machine)
