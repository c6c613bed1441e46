"""The processes of the server: forks of the one that was started, which holds the instance and the port and answers
nobody itself.

It has no threads, so that it can fork again at any time: a process that ends is replaced. None outlives it; the kernel
ends them with it, even when it is killed.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress

import structlog

from training.analysis.sandbox import syscalls
from training.errors import Conflict

SHORTEST, MOST = 5.0, 3
"""After so many processes in a row that lived no longer than so many seconds, the next would not either."""
GRACE = 30.0  # seconds to answer what is in flight, until a process is killed
STOP = (signal.SIGTERM, signal.SIGINT)
HEARD = {*STOP, signal.SIGCHLD}

log = structlog.get_logger()


def keep(count: int, work: Callable[[int], None]) -> None:
    """Have `work(number)` done in so many processes, numbered from 0, until SIGTERM or SIGINT; then end them.

    Call it in a process without threads and without connections to a database: neither lives on in a fork. `work` ends
    by SIGTERM, for which it sets a handler.

    Raises:
        Conflict: processes ended as soon as they had begun, again and again.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    began = {_fork(number, work): (number, time.monotonic()) for number in range(count)}
    short = 0
    try:
        while signal.sigwait(HEARD) not in STOP:
            for pid, status in _ended():
                number, since = began.pop(pid)
                log.error("a process of the server ended", process=pid, number=number, status=status)
                short = short + 1 if time.monotonic() - since < SHORTEST else 0
                if short > MOST:
                    raise Conflict(
                        f"Processes of the server end as soon as they have begun, the last with status {status}; what "
                        "they said stands above."
                    )
                began[_fork(number, work)] = (number, time.monotonic())
    finally:
        _end(set(began))


def _fork(number: int, work: Callable[[int], None]) -> int:
    """Start one process; its id."""
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    if pid := os.fork():
        return pid
    status = 1
    try:
        with suppress(OSError):  # where the kernel can't do it, a process lives until it is told to stop
            syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches every process; the first one passes it on
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
        work(number)
        status = 0
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else 1
    except BaseException:
        log.exception("a process of the server failed", number=number)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _ended() -> list[tuple[int, int]]:
    """Processes that have ended since the last look: id and exit code, negative for a signal."""
    found = []
    with suppress(ChildProcessError):
        while (got := os.waitpid(-1, os.WNOHANG))[0]:
            found.append((got[0], os.waitstatus_to_exitcode(got[1])))
    return found


def _end(left: set[int]) -> None:
    """End processes: ask, wait, and kill those that don't come to an end."""
    for pid in left:
        os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + GRACE
    while left and time.monotonic() < until:
        signal.sigtimedwait({signal.SIGCHLD}, 0.2)
        left -= {pid for pid, _status in _ended()}
    for pid in left:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
