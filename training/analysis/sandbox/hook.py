"""Python's own refusals: no network, no programs, no writing outside the folders that are named.

An audit hook (Python documentation, 'Audit events table') is a wall against accidents and careless plugins: it speaks
in sentences that say what was wanted. Machine code walks around it; the kernel's layers are for that.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
NEVER = frozenset({
    "socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname",
    "socket.gethostbyaddr", "socket.getnameinfo", "socket.getservbyname", "socket.sethostname",
    "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "pty.spawn",
    "ftplib.connect", "smtplib.connect", "poplib.connect", "imaplib.open", "http.client.connect",
    "urllib.Request", "webbrowser.open", "syslog.openlog", "os.symlink", "os.link",
})  # fmt: skip
FORKS = frozenset({"os.fork", "os.forkpty", "os.kill", "os.killpg", "signal.pthread_kill"})
CHANGES: dict[str, tuple[tuple[int, int | None], ...]] = {
    "os.remove": ((0, 1),), "os.rmdir": ((0, 1),), "os.mkdir": ((0, 2),), "os.rename": ((0, 2), (1, 3)),
    "os.chmod": ((0, 2),), "os.chown": ((0, 3),), "os.utime": ((0, 3),), "os.truncate": ((0, None),),
    "os.setxattr": ((0, None),), "os.removexattr": ((0, None),),
}  # fmt: skip
"""Events that change files: which of their arguments are paths, and which is the open folder that a path starts from.

Events of shutil are not here: each comes down to these.
"""
NO_FOLDER = -1


class Watch:
    """What is refused from now on."""

    def __init__(self, writable: tuple[str, ...], code: tuple[str, ...], *, may_fork: bool) -> None:
        self.writable, self.code, self.may_fork = writable, code, may_fork

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Raises PermissionError for what is refused."""
        if event == "open":
            if isinstance(arguments[2], int) and arguments[2] & WRITES:
                self._writes(event, arguments[0])
        elif event in NEVER or (event in FORKS and not self.may_fork):
            raise PermissionError(f"{event} is not allowed while a plugin runs")
        elif event == "socket.sendmsg" and arguments[1] is not None:
            raise PermissionError("sending to an address is not allowed while a plugin runs")
        elif event in CHANGES:
            for at, folder in CHANGES[event]:
                self._writes(event, _from(arguments[at], NO_FOLDER if folder is None else arguments[folder]))
        elif event == "ctypes.dlopen" and not below(self.code, arguments[0]):
            raise PermissionError(f"loading {arguments[0]!r} is not allowed while a plugin runs")

    def _writes(self, event: str, path: object) -> None:
        if isinstance(path, int):
            return  # an open file: its opening was judged, or whoever started this process gave it
        if not below(self.writable, path) and path != os.devnull:
            raise PermissionError(f"writing {path!r} ({event}) is not allowed while a plugin runs")


_watch: Callable[[str, tuple[Any, ...]], None] | None = None


def watch(writable: tuple[Path, ...], code: tuple[Path, ...], *, may_fork: bool) -> None:
    """Refuse from now on what lies outside: writing except below `writable`, loading machine code except below `code`.

    Asked again, the rules become those of both times together. One hook serves all: each one costs time at every event.
    """
    global _watch  # noqa: PLW0603 - a hook belongs to the whole process, as the thing that it refuses does
    new = Watch(_roots(writable), _roots(code), may_fork=may_fork)
    if _watch is None:
        _watch = new
        sys.addaudithook(_ask)
        return
    old = _watch

    def both(event: str, arguments: tuple[Any, ...]) -> None:
        old(event, arguments)
        new(event, arguments)

    _watch = both


def _ask(event: str, arguments: tuple[Any, ...]) -> None:
    if _watch is not None:
        _watch(event, arguments)


def _roots(paths: tuple[Path, ...]) -> tuple[str, ...]:
    return tuple(sorted({f"{form}{os.sep}" for path in paths for form in (path.absolute(), path.resolve())}))


def below(roots: tuple[str, ...], path: object) -> bool:
    """Whether a path lies below one of these folders, by its name alone: a look at the disk would be an event again."""
    if not isinstance(path, str | bytes | os.PathLike):
        return False
    return f"{os.path.abspath(os.fsdecode(path))}{os.sep}".startswith(roots)  # noqa: PTH100 - resolve() looks at the disk


def _from(path: object, folder: object) -> object:
    """A path that is given from an open folder, whole."""
    if not isinstance(folder, int) or folder == NO_FOLDER or not isinstance(path, str | bytes | os.PathLike):
        return path
    try:
        return os.path.join(os.readlink(f"/proc/self/fd/{folder}"), os.fsdecode(path))  # noqa: PTH115, PTH118 - see below()
    except OSError:
        return path
