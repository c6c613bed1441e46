"""From inside: a process gives up, for good, what it does not need. docs/sandbox.md says what each layer stops."""

import contextlib
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from training.analysis.sandbox import hook, in_order, landlock, limits, places, privileges, seccomp, syscalls

VARIABLE = "ENGRAM_LAYERS"
"""What launch.py hands over: the namespaces of the process outside, so that one can see here that they are others."""

NAMESPACES = {"net": "no-network", "pid": "pid", "mnt": "mount"}

_reached: set[str] = set()
_own_pid_namespace: bool | None = None


def namespaces() -> str:
    """The identities of this process's namespaces, as text for VARIABLE."""
    return " ".join(f"{kind}={os.readlink(f'/proc/self/ns/{kind}')}" for kind in NAMESPACES)  # noqa: PTH115 - no path


def layers_here() -> tuple[str, ...]:
    """The layers that hold for this process now: those of its start, as far as they can be seen, and of confine()."""
    found = set(_reached)
    for word in os.environ.get(VARIABLE, "").split():
        kind, _, outside = word.partition("=")
        with contextlib.suppress(OSError):
            if kind in NAMESPACES and os.readlink(f"/proc/self/ns/{kind}") != outside:  # noqa: PTH115 - no path
                found.add(NAMESPACES[kind])
    if _own_pid_namespace is not None:
        found = found | {"pid"} if _own_pid_namespace else found - {"pid"}
    if not privileges.is_root():
        found.add("user")
    return in_order(found)


def confine(
    *,
    readable: Sequence[Path],
    writable: Sequence[Path],
    readable_fds: Sequence[int],
    cpu_seconds: int | None,
    file_bytes: int,
    open_files: int,
    may_fork: bool,
) -> tuple[str, ...]:
    """Confine this process and its children, for good; answers every layer that holds now, in the fixed order.

    It may read the program, the system's libraries, `readable` and `writable`, and open again what `readable_fds` are;
    it may write below `writable`. With `may_fork` it can still call fork(); without, it starts nothing and holds no
    capability. A layer that this machine does not give is left out. A second call only narrows. The process must be
    single-threaded.
    """
    known = (*places.program(), *places.system())
    reading = (*known, *places.DEVICES, *readable)

    def kernel_folders() -> None:
        landlock.restrict(reading, writable, (places.NULL,), readable_fds)

    def python() -> None:
        hook.watch(tuple(writable), known, may_fork=may_fork)

    _try(None, lambda: privileges.leave_root(readable, writable))
    _try("limits", lambda: limits.limit(cpu_seconds=cpu_seconds, file_bytes=file_bytes, open_files=open_files,
                                        may_fork=may_fork))  # fmt: skip
    _try(None, lambda: privileges.reduce(may_fork=may_fork))
    _try("no-new-privileges", lambda: syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1))
    _try("landlock", kernel_folders)
    _try("seccomp", lambda: seccomp.install(may_fork=may_fork))
    _try("audit", python)
    return layers_here()


def _try(layer: str | None, step: Callable[[], object]) -> None:
    try:
        step()
    except (OSError, ValueError):
        return
    if layer is not None:
        _reached.add(layer)


def fork() -> tuple[int, bool]:
    """Like os.fork(), from a single-threaded process; the child ends with its parent.

    The flag says whether the child is PID 1 of a fresh PID namespace, so that killing it leaves nothing of it. Such a
    child hears no signal but SIGKILL and those that it handles. Raises OSError as os.fork() does.
    """
    global _own_pid_namespace  # noqa: PLW0603 - a process has one
    home = _leave_pid_namespace()
    try:
        child = os.fork()
    except OSError:
        _return_to(home)
        raise
    if child:
        _return_to(home)
        return child, home is not None
    if home is not None:
        os.close(home)
    _own_pid_namespace = home is not None
    with contextlib.suppress(OSError):
        syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
    return 0, home is not None


def _leave_pid_namespace() -> int | None:
    """The next child will have a PID namespace of its own; answers how to come back, or nothing where one can't."""
    try:
        home = syscalls.call("pidfd_open", os.getpid(), 0)
    except OSError:
        return None
    try:
        syscalls.call("setns", home, syscalls.CLONE_NEWPID)  # to where it is: shows that it could come back
        syscalls.call("unshare", syscalls.CLONE_NEWPID)
    except OSError:
        os.close(home)
        return None
    return home


def _return_to(home: int | None) -> None:
    if home is not None:
        syscalls.call("setns", home, syscalls.CLONE_NEWPID)
        os.close(home)
