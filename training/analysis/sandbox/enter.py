"""`python -m training.analysis.sandbox.enter [--readable PATH]… [--writable PATH]… -- PROGRAM…`: our own launcher.

What bubblewrap does, where it is missing and the kernel allows it: user, mount, network, PID, IPC and host name
namespaces of the program's own, and a root that holds only what it may see. Without user namespaces, but as root, it
does the same and gives up uid 0 afterwards. namespaces(7), pivot_root(2), mount_setattr(2).
"""

import contextlib
import ctypes
import os
import signal
import struct
import sys
from collections.abc import Sequence
from pathlib import Path

from training.analysis.sandbox import launch, places, privileges, syscalls
from training.analysis.sandbox.confine import VARIABLE, namespaces

NOT_ENTERED = 125
KINDS = (
    syscalls.CLONE_NEWNS | syscalls.CLONE_NEWNET | syscalls.CLONE_NEWIPC | syscalls.CLONE_NEWUTS
    | syscalls.CLONE_NEWPID | syscalls.CLONE_NEWCGROUP
)  # fmt: skip
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV = 1, 2, 4


def main(words: Sequence[str]) -> int:
    """Enter and run; answers how the program ended, or NOT_ENTERED with a sentence."""
    readable, writable, program = _read(words)
    os.environ.update({VARIABLE: namespaces(), "HOME": launch.HOME})
    for name in launch.secrets():
        del os.environ[name]
    try:
        _die_with_parent()
        mapped = _unshare()
        child = os.fork()
    except OSError as refused:
        sys.stderr.write(f"The kernel refused the namespaces: {refused}\n")
        return NOT_ENTERED
    if child:
        return _watch(child)
    try:
        _inside(readable, writable, program, mapped=mapped)
    except OSError as refused:
        sys.stderr.write(f"The enclosure could not be built: {refused}\n")
        sys.stderr.flush()
    os._exit(NOT_ENTERED)


def _read(words: Sequence[str]) -> tuple[list[Path], list[Path], list[str]]:
    at = words.index("--")
    options = list(zip(words[:at:2], words[1:at:2], strict=True))
    readable = [Path(value) for name, value in options if name == "--readable"]
    writable = [Path(value) for name, value in options if name == "--writable"]
    return readable, writable, list(words[at + 1 :])


def _die_with_parent() -> None:
    syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)


def _unshare() -> bool:
    """New namespaces; answers whether there is one for users. Raises OSError."""
    user, group = os.geteuid(), os.getegid()
    try:
        syscalls.call("unshare", KINDS | syscalls.CLONE_NEWUSER)
    except OSError:
        if user != 0:
            raise
        syscalls.call("unshare", KINDS)
        return False
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{privileges.NOBODY} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{privileges.NOBODY} {group} 1", encoding="ascii")
    return True


def _watch(child: int) -> int:
    """Wait for the program. Nothing that was inherited is held open meanwhile: others wait for its end."""
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status if status >= 0 else 128 - status


def _inside(readable: list[Path], writable: list[Path], program: list[str], *, mapped: bool) -> None:
    """As PID 1 of the new namespaces: build the root, give up what is too much, become the program. Raises OSError."""
    folder = Path.cwd()
    usual = os.umask(0o022)
    _new_root(readable, writable)
    os.umask(usual)
    os.chdir(folder if folder.is_dir() else "/")
    os.setsid()
    if mapped:
        _keep_for_forks()
    else:
        for path in writable:
            privileges.hand_over(path)
        privileges.become_nobody()
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    _die_with_parent()
    os.execvp(program[0], program)  # noqa: S606 - the program that was asked for


def _keep_for_forks() -> None:
    """Hold CAP_SYS_ADMIN of the user namespace beyond exec: a PID namespace for each fork takes it."""
    kept = syscalls.CAP_SYS_ADMIN
    syscalls.keep_capabilities({kept})
    syscalls.prctl(syscalls.PR_CAP_AMBIENT, syscalls.PR_CAP_AMBIENT_RAISE, kept)


def _new_root(readable: list[Path], writable: list[Path]) -> None:
    """A root of our own, on which only what may be seen is mounted; the old one is left behind. Raises OSError."""
    locked, closed = ATTR_NOSUID | ATTR_NODEV, ATTR_NOSUID | ATTR_NODEV | ATTR_RDONLY
    shown = [(path, path.resolve(), closed) for path in places.system()]
    for path, may_write in launch.mounts(readable, writable):
        if path.exists():
            shown.append((path, path.resolve(), locked if may_write else closed))
    devices = [path for path in places.DEVICES if path.exists()]
    _mount(None, "/", None, syscalls.MS_REC | syscalls.MS_PRIVATE)
    _mount("tmpfs", launch.HOME, "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV)
    for name in ("old", "new"):
        os.mkdir(f"{launch.HOME}/{name}", 0o755)  # noqa: PTH102 - paths below a root that changes are text here
    syscalls.call("pivot_root", launch.HOME.encode(), f"{launch.HOME}/old".encode())
    os.chdir("/")
    _mount("tmpfs", "/new", "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV, "mode=755")
    for name in ("tmp", "dev", "proc"):
        os.mkdir(f"/new/{name}", 0o755)  # noqa: PTH102
    _mount("tmpfs", "/new/tmp", "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV, "mode=755")
    _proc()
    for path in devices:
        _bind(path, path, attributes=0)
    for path, source, attributes in shown:
        _bind(source, path, attributes=attributes)
    _leave_old_root()


def _proc() -> None:
    """A /proc of the new PID namespace, or, where a container covers parts of its own, that one."""
    try:
        _mount("proc", "/new/proc", "proc", syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC)
    except PermissionError:
        _mount("/old/proc", "/new/proc", None, syscalls.MS_BIND | syscalls.MS_REC)


def _bind(source: Path, at: Path, *, attributes: int) -> None:
    target = Path(f"/new{at}")
    old = Path(f"/old{source}")
    if old.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    _mount(str(old), str(target), None, syscalls.MS_BIND | syscalls.MS_REC)
    if attributes:
        _set_attributes(target, attributes)


def _set_attributes(target: Path, attributes: int) -> None:
    """For a mount and those below it. A kernel before 5.12 can only be asked for the mount itself."""
    wanted = struct.pack("=QQQQ", attributes, 0, 0, 0)
    try:
        syscalls.call("mount_setattr", AT_FDCWD, str(target).encode(), AT_RECURSIVE, wanted, len(wanted))
    except OSError:
        kept = os.statvfs(target).f_flag & (syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC)
        _mount(None, str(target), None, syscalls.MS_REMOUNT | syscalls.MS_BIND | attributes | kept)


def _leave_old_root() -> None:
    _set_attributes_of_root()
    os.chdir("/new")
    syscalls.call("pivot_root", b".", b".")
    syscalls.call("umount2", b".", syscalls.MNT_DETACH)
    os.chdir("/")


def _set_attributes_of_root() -> None:
    for root in ("/new", "/new/dev"):
        with contextlib.suppress(OSError):
            _mount(None, root, None, syscalls.MS_REMOUNT | syscalls.MS_BIND | syscalls.MS_RDONLY | syscalls.MS_NOSUID
                   | syscalls.MS_NODEV)  # fmt: skip


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    words = [None if word is None else ctypes.create_string_buffer(os.fsencode(word)) for word in (source, kind, data)]
    syscalls.call("mount", words[0], os.fsencode(target), words[1], flags, words[2])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
