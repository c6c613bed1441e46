"""What a live machine is made of: the words for QEMU, the same for the one that is saved and those that go on."""

import functools
import re
import subprocess
from pathlib import Path
from typing import Any

from training.forge.linux.machine import QEMU, SANDBOX, MachineFault
from training.machines.guest import enclosure, keeper
from training.machines.guest.limits import Limits

SEEN = 30
"""Seconds that QEMU may take to say its version."""
TRANSLATED = 64
"""MiB for translated code; QEMU's own default is up to a GiB."""
BESIDE = 1536
"""MiB of address space that QEMU has beside these two: its libraries, stacks of its threads, and arenas."""
LARGEST_MEDIUM = 256
"""MiB of a medium. No file that QEMU writes becomes larger, but for a dump of a larger memory."""
MOST_THREADS = 128
OPEN_FILES = 256
BOARD = ("-machine", "pc,hpet=off,memory-backend=ram")
"""Linux leaves a HPET ticking that nobody hears: 250 times a second, which costs each idle machine two percent of a
processor. The memory is an object of its own, see `held` and `mapped`.
"""
UNREAD = {"capability": "x-ignore-shared", "state": True}
"""By this a saved state is without the memory, which lies in a file of its own."""
PARTS = ("-nodefaults", "-no-user-config", "-display", "none", "-vga", "std", "-nic", "none", "-smp", "1")
"""The devices, beside two serial lines: no network card, no disk, nothing to look at. As `Machine` has them."""


def version() -> str:
    """The version of QEMU as it says it, such as ``10.0.13 (Debian 1:10.0.13+ds-0+deb13u1)``.

    Raises:
        MachineFault: QEMU is missing, or says nothing that is a version.
    """
    enclosure.available()
    program = enclosure.program(QEMU)
    return _version(program, Path(program).stat().st_mtime_ns)


@functools.lru_cache(maxsize=4)
def _version(program: str, changed: int) -> str:
    """What a program says, until it is another one."""
    del changed
    done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=SEEN, check=False)  # noqa: S603 - a list, no shell
    found = re.search(r"version (.+)", done.stdout)
    if not found:
        raise MachineFault(f"{QEMU} does not say its version: {done.stderr.strip()[:200]}")
    return found[1].strip()


def held(memory: int, path: Path) -> tuple[str, str]:
    """The memory of a machine that is to be saved: so many MiB in a new file, which has all of it in the end."""
    place = str(path).replace(",", ",,")
    return "-object", f"memory-backend-file,id=ram,size={memory}M,mem-path={place},share=on"


def mapped(memory: int) -> tuple[str, str]:
    """The memory of a machine that goes on: that file, mapped. What the machine writes are pages of its own. The others
    are those of the file, read when they are wanted, and shared by all machines of a snapshot (QEMU, "VM templating").
    """
    shown = f"mem-path=/proc/self/fd/{keeper.MEMORY},share=off,readonly=on,rom=off"
    return "-object", f"memory-backend-file,id=ram,size={memory}M,{shown}"


def command(memory: int, way: str, user: int) -> list[str]:
    """The words that start QEMU behind its walls, waiting for a saved state of so many MiB."""
    own = [enclosure.program(QEMU), *BOARD, *PARTS, "-accel", f"tcg,tb-size={TRANSLATED}"]
    own += ["-m", str(memory), *mapped(memory)]
    own += ["-no-reboot", "-sandbox", SANDBOX, "-rtc", "base=utc,clock=vm"]
    own += ["-kernel", f"/proc/self/fd/{keeper.KERNEL}", "-initrd", f"/proc/self/fd/{keeper.INITRD}"]
    own += ["-append", "console=ttyS0 quiet nokaslr rdinit=/sbin/init", "-incoming", "defer", "-S"]
    for name, number in (("server", keeper.QMP), ("keeper", keeper.OWN)):
        own += ["-chardev", f"socket,id={name},server=on,wait=off,fd={number}", "-mon", f"chardev={name},mode=control"]
    own += ["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"]
    own += ["-chardev", f"socket,id=control,server=on,wait=off,fd={keeper.CONTROL}", "-serial", "chardev:control"]
    return [*enclosure.around(way, user), *own]


def plan(memory: int, way: str, user: int, limits: Limits) -> dict[str, Any]:
    """What the keeper is told beside the folders."""
    rlimits = {
        "RLIMIT_AS": (memory + TRANSLATED + BESIDE) << 20,
        "RLIMIT_FSIZE": max(memory, LARGEST_MEDIUM) << 20,
        "RLIMIT_NOFILE": OPEN_FILES,
        "RLIMIT_CORE": 0,
        **({"RLIMIT_NPROC": MOST_THREADS} if way == "user" else {}),  # of the user: others have more than a machine
    }
    return {
        "command": command(memory, way, user),
        "rlimits": rlimits,
        "unread": UNREAD,
        "console_bytes": limits.console_bytes,
        "seconds": limits.longest_minutes * 60,
    }
