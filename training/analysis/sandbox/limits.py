"""Limits that the operating system keeps for every process: processor time, written bytes, open files, no core dump.

Memory is not limited here: Volatility swallows MemoryError inside scans and would return fewer rows as if they were
all. Whoever started the process watches its memory instead.
"""

import os
import resource
import signal
from types import FrameType

GRACE = 5
"""Seconds of processor time between the signal that can be explained and the one that can't be refused."""

OUT_OF_TIME = 128 + signal.SIGXCPU
"""How a process ends that used up its processor time and is PID 1 of a namespace."""


def limit(*, cpu_seconds: int | None, file_bytes: int, open_files: int, may_fork: bool) -> None:
    """Set the limits of this process and its children; never wider than they are. Raises OSError, ValueError."""
    if cpu_seconds is not None:
        _narrow(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + GRACE)
        if os.getpid() == 1:  # the kernel keeps from a namespace's first process whatever it does not handle
            signal.signal(signal.SIGXCPU, _out_of_time)
    _narrow(resource.RLIMIT_FSIZE, file_bytes)
    _narrow(resource.RLIMIT_NOFILE, open_files)
    _narrow(resource.RLIMIT_CORE, 0)
    _narrow(resource.RLIMIT_MSGQUEUE, 0)
    if not may_fork:
        _narrow(resource.RLIMIT_NPROC, 0)  # the kernel never asks this of uid 0: seccomp is the real answer


def _out_of_time(number: int, frame: FrameType | None) -> None:
    del number, frame
    os._exit(OUT_OF_TIME)


def _narrow(kind: int, soft: int, hard: int | None = None) -> None:
    old_soft, old_hard = resource.getrlimit(kind)
    highest = _least(soft if hard is None else hard, old_hard)
    resource.setrlimit(kind, (_least(_least(soft, old_soft), highest), highest))


def _least(wanted: int, present: int) -> int:
    return wanted if present == resource.RLIM_INFINITY else min(wanted, present)
