"""Before the server starts: take the instance, bind the port, see that there is room.

The order matters. The instance and the port are taken before anything is written, so that a second start by mistake
changes nothing; each step that can fail ends in one sentence.
"""

import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from training.errors import Conflict

LEAST_FREE = 64 * 2**20  # bytes that a database needs to breathe


@contextmanager
def held(instance: Path) -> Iterator[None]:
    """Take the instance for this process and those that it forks, or raise Conflict saying who has it; the kernel lets
    go when the last of them has ended.
    """
    instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    fd = os.open(instance / "engram.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(fd, 32, 0).decode() or "another process"
        os.close(fd)
        raise Conflict(
            f"{instance} is in use by process {owner}; stop it, or set ENGRAM_INSTANCE to another folder."
        ) from None
    try:
        os.ftruncate(fd, 0)
        os.pwrite(fd, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(fd)


def bind(listen: str) -> socket.socket:
    """A socket on `address:port`; Conflict names the program that holds the port, where that can be seen."""
    host, _, port = listen.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host.strip("[]"), int(port)))
    except (OSError, OverflowError) as bad:
        taken.close()
        if isinstance(bad, OSError) and bad.errno == errno.EADDRINUSE:
            holder = _holder(int(port))
            by = f" by {holder}" if holder else ""
            raise Conflict(
                f"Port {port} is in use{by}; stop it, or set ENGRAM_LISTEN to another address:port."
            ) from None
        raise Conflict(f"Can't listen on {listen}: {bad}; set ENGRAM_LISTEN to an address of this machine.") from None
    return taken


def room(folder: Path) -> None:
    """Raise Conflict when the disk has no room to work in."""
    found = os.statvfs(folder)
    free = found.f_bavail * found.f_frsize
    if free < LEAST_FREE:
        raise Conflict(f"The disk of {folder} has {free // 2**20} MiB free; at least {LEAST_FREE // 2**20} are needed.")


def _holder(port: int) -> str | None:
    """The process that listens on a TCP port, as 'name (process id)': from /proc, where we may look."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = Path(table).read_text("ascii").splitlines()[1:]
        except OSError:
            continue
        parts = [row.split() for row in rows]
        inodes |= {part[9] for part in parts if part[3] == "0A" and int(part[1].rpartition(":")[2], 16) == port}
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # ended meanwhile, or another user's
            if wanted & set(_links(process / "fd")):
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
    return None


def _links(folder: Path) -> Iterator[str]:
    for descriptor in folder.iterdir():
        with suppress(OSError):  # closed meanwhile
            yield str(descriptor.readlink())
