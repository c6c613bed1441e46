"""The walls around QEMU: which this computer can build, and the words that build them.

Three ways, the strongest first. ``user``: the server is root, and QEMU becomes a user of its own that owns nothing,
in namespaces of its own. ``namespace``: bubblewrap makes the namespaces, in a user namespace of the server's user.
``plain``: QEMU as the server's user, with limits and its own system call filter only. Which ones work is tried once,
with a real start.
"""

import functools
import os
import shutil
import subprocess
from pathlib import Path

from training.analysis.sandbox import places
from training.forge.linux.machine import QEMU, MachineFault

WAYS = ("user", "namespace", "plain")
FIRST_USER = 1_900_000_000
"""Users of machines are this number and those behind it. No system gives them to anybody (systemd, "Users, Groups,
UIDs and GIDs on systemd Systems": from 1879048192 on nothing is allotted)."""
LIBRARIES = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
DATA = ("/usr/share/qemu", "/usr/share/seabios", "/usr/share/ovmf", "/usr/local/share/qemu")
TRIAL_SECONDS = 10
NEEDED = {QEMU: "qemu-system-x86", "setpriv": "util-linux"}


def available() -> None:
    """Return if machines can run here.

    Raises:
        MachineFault: a program is missing; the message names the Debian package that has it.
    """
    for program, package in NEEDED.items():
        if shutil.which(program) is None:
            raise MachineFault(f"{program} is missing: install the Debian package {package}")


@functools.cache
def best() -> str:
    """The strongest way that works here; tried once in each process."""
    return next(way for way in WAYS if not why_not(way))


@functools.cache
def why_not(way: str) -> str:
    """Why a way does not work on this computer, in its own words; empty where it works."""
    if way == "plain":
        return ""
    if way == "user" and os.geteuid() != 0:
        return "the server does not run as root"
    if way != "plain" and shutil.which("bwrap") is None:
        return "bwrap is missing: install the Debian package bubblewrap"
    words = [*around(way, FIRST_USER), program("setpriv"), "--dump"]
    try:
        done = subprocess.run(words, capture_output=True, timeout=TRIAL_SECONDS, check=False, stdin=subprocess.DEVNULL)  # noqa: S603 - a list, no shell
    except (OSError, subprocess.TimeoutExpired) as wrong:
        return str(wrong)
    said = done.stderr.decode(errors="replace").strip().splitlines()
    return "" if done.returncode == 0 else said[-1] if said else f"it ended with {done.returncode}"


def program(name: str) -> str:
    """The path of a program. `available` says whether it is there."""
    return os.path.realpath(shutil.which(name) or name)


def around(way: str, user: int) -> list[str]:
    """The words before QEMU's own. All that is inherited stays open; QEMU ends when its keeper does."""
    setpriv = program("setpriv")
    ends = [setpriv, "--pdeathsig", "KILL", "--no-new-privs"]
    if way == "plain":
        return ends
    words = [setpriv, "--pdeathsig", "KILL", program("bwrap"), "--die-with-parent", "--new-session", "--clearenv"]
    words += ["--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    words += [*_shown(), "--proc", "/proc", "--perms", "0755", "--dir", "/dev"]
    for device in places.DEVICES:
        words += ["--dev-bind-try", str(device), str(device)]
    words += ["--chdir", "/", "--remount-ro", "/", "--cap-drop", "ALL"]
    if way == "namespace":
        return [*words, "--unshare-user", "--hostname", "engram", "--", *ends]
    for capability in ("SETUID", "SETGID", "SETPCAP"):
        words += ["--cap-add", f"CAP_{capability}"]
    own = ["--reuid", str(user), "--regid", str(user), "--clear-groups", "--bounding-set", "-all", "--inh-caps", "-all"]
    return [*words, "--", *ends, *own]


def _shown() -> list[str]:
    """Libraries, QEMU's firmware and the two programs; nothing else of this computer."""
    shown = [path for path in map(Path, (*LIBRARIES, *DATA, program(QEMU), program("setpriv"))) if path.exists()]
    above = {str(folder) for path in shown for folder in path.parents} - {"/"}
    words = [word for folder in sorted(above) for word in ("--perms", "0755", "--dir", folder)]  # any user goes through
    for path in shown:
        if path.is_symlink() and path.is_dir():
            words += ["--symlink", str(path.readlink()), str(path)]
        else:
            words += ["--ro-bind", str(path), str(path)]
    return words
