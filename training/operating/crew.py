"""The processes of the server: forks of the one that was started, which holds the instance and the port and answers
nobody itself.

It has no threads, so that it can fork again at any time: a process that ends is replaced. None outlives it; the kernel
ends them with it, even when it is killed.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from training.analysis.sandbox import syscalls
from training.errors import Conflict

SHORTEST, MOST = 5.0, 3
"""After so many processes in a row that lived no longer than so many seconds, the next would not either."""
LONGEST_PAUSE = 30.0  # seconds before a process that ended soon is started again
GRACE = 30.0  # seconds to answer what is in flight, until a process is killed
STOP = (signal.SIGTERM, signal.SIGINT)
HEARD = {*STOP, signal.SIGCHLD}

Work = Callable[[int, bool], None]

log = structlog.get_logger()


def keep(count: int, work: Work) -> None:
    """Have `work(number, again)` done in so many processes, numbered from 0, until SIGTERM or SIGINT; then end them.

    `again` tells a process that replaces another. Call it in a process without threads and without connections to a
    database: neither lives on in a fork. `work` ends by SIGTERM, for which it sets a handler.

    Raises:
        Conflict: processes ended as soon as they had begun, again and again, and no other lives.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    alive = {_fork(number, work): (number, time.monotonic()) for number in range(count)}
    due: list[tuple[float, int]] = []  # when which process is to be started again
    short = 0
    try:
        while _heard(due) not in STOP:
            for pid, status in _ended():
                if pid not in alive:  # orphans come to the first process of a container
                    continue
                number, since = alive.pop(pid)
                log.warning("a process of the server ended", process=pid, number=number, status=status)
                short = 0 if _old(since) else short + 1
                if short > MOST and not any(_old(began) for _, began in alive.values()):
                    raise Conflict(
                        f"Processes of the server end as soon as they have begun, the last with status {status}; what "
                        "they said stands above."
                    )
                due.append((time.monotonic() + (min(2.0**short, LONGEST_PAUSE) if short else 0.0), number))
            due = _start_again(due, alive, work)
    finally:
        _end(set(alive))


def _heard(due: Sequence[tuple[float, int]]) -> int:
    """The next signal; 0 where a process is to be started first."""
    if not due:
        return signal.sigwait(HEARD)
    found = signal.sigtimedwait(HEARD, max(0.0, min(due)[0] - time.monotonic()))
    return found.si_signo if found else 0


def _old(since: float) -> bool:
    return time.monotonic() - since >= SHORTEST


def _start_again(
    due: Sequence[tuple[float, int]], alive: dict[int, tuple[int, float]], work: Work
) -> list[tuple[float, int]]:
    """Start what is due; the rest. A fork for which there is no room is tried again later."""
    left = []
    for when, number in due:
        now = time.monotonic()
        if when > now:
            left.append((when, number))
            continue
        try:
            alive[_fork(number, work, again=True)] = (number, now)
        except OSError as bad:
            log.exception("no process could be started", number=number, reason=str(bad))
            left.append((now + LONGEST_PAUSE, number))
    return left


def _fork(number: int, work: Work, *, again: bool = False) -> int:
    """Start one process; its id."""
    _flush()
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
        work(number, again)
        status = 0
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else 1
    except BaseException:
        log.exception("a process of the server failed", number=number)
    finally:
        _flush()
        os._exit(status)


def _flush() -> None:
    """Hand on what was said. A disk with no room for it must neither keep a process from ending nor from starting."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()


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
