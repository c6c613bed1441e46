"""What this process may do from now on: the operating system's limits, and a refusal of network and new processes."""

import os
import resource
import sys
from pathlib import Path
from typing import Any

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
REFUSED = frozenset({
    "socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname",
    "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "pty.spawn",
    "ftplib.connect", "smtplib.connect", "ctypes.dlopen",
})  # fmt: skip
"""Audit events (Python documentation, 'Audit events table') that no plugin needs once everything is imported."""

FILE_BYTES = 256 * 2**20
OPEN_FILES = 256


def confine(cpu_seconds: int, cache: Path) -> None:
    """Limit processor time, written bytes, open files; no core dump; no network, no new process, writing only below
    `cache`.

    Memory is not limited here: Volatility swallows MemoryError inside scans and would return fewer rows as if they were
    all. The refusals are a second wall against accidents and careless plugins, not a sandbox against machine code.
    """
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    files = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    root = f"{cache.resolve()}{os.sep}"

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event in REFUSED:
            raise PermissionError(f"{event} is not allowed while a plugin runs")
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES
        if writes and not _below(root, arguments[0]):
            raise PermissionError(f"writing {arguments[0]!r} is not allowed while a plugin runs")

    sys.addaudithook(watch)


def _below(root: str, path: object) -> bool:
    """Whether a path lies below a folder, by its name alone: looking at the disk here would raise the event again."""
    if not isinstance(path, str | bytes | os.PathLike):
        return False  # a number: an open file, whose opening was judged already, or somebody else's
    return os.path.abspath(os.fsdecode(path)).startswith(root)  # noqa: PTH100 - resolve() looks at the disk
