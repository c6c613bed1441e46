"""Limits of machines, and how many of them this computer holds."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

MEMORY = Path("/proc/meminfo")
BESIDE = 96
"""MiB that a machine takes beside its own memory: QEMU, translated code, its keeper."""
KEPT_FREE = 1024
"""MiB that are left to the server and its runs."""
OF_A_PROCESSOR = 24
"""Machines for each processor: most of them wait for a person most of the time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What machines may take.

    at_once: machines on this computer; 0 is as many as fit its memory and processors. of_group: machines of one group,
    such as a session, where a group is named; 0 is no limit. idle_minutes: without a person's act until a machine is
    ended by `reap`. longest_minutes: of its life, watched by its keeper. console_bytes: of all that its console shows.
    """

    at_once: int = 0
    of_group: int = 0
    idle_minutes: float = 45
    longest_minutes: float = 240
    console_bytes: int = 16 << 20


def fitting(memory: int, running: int = 0) -> int:
    """How many more machines of so many MiB this computer holds by its free memory.

    Those that run map their memory, and have taken little of it when they start: half of it is kept for each.
    """
    free = _available()
    return 1 << 30 if free is None else max(0, (free - KEPT_FREE - running * memory // 2) // (memory + BESIDE))


def most(limits: Limits) -> int:
    """How many machines may run here at once, whatever their memory."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return limits.at_once or OF_A_PROCESSOR * processors


def _available() -> int | None:
    """MiB that programs can still have; nothing where the system does not say."""
    try:
        said = re.search(r"^MemAvailable: +([0-9]+) kB$", MEMORY.read_text("ascii"), re.MULTILINE)
    except OSError:
        return None
    return int(said[1]) >> 10 if said else None
