"""How readers show what a plan holds: addresses, times, the kernel's form of a path, and who is in which list."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from training.forge.windows.files import VOLUME
from training.forge.windows.machine import Machine
from training.forge.windows.memory import PAGE
from training.forge.windows.plan import Filetime, Process
from training.forge.windows.written import Written

SYSTEM = 4
"""The number of the process that the kernel runs in."""
DISABLED: Mapping[str, str] = {"File output": "Disabled"}
"""What plugins say that could write files and are not asked to."""

_LOW = (1 << 48) - 1
_STEPS = 10_000_000
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


def low(address: int) -> int:
    """An address as most readers print it: without the upper sixteen bits."""
    return address & _LOW


def moment(time: Filetime) -> str | None:
    """A time as readers print it, in whole seconds; None for none."""
    seconds = time // _STEPS
    return (_EPOCH + timedelta(seconds=seconds)).isoformat() if seconds else None


def listed(machine: Machine) -> list[Written]:
    """The processes in the kernel's ring, in its order: what most plugins go through."""
    return [each for each in machine.processes.values() if each.plan.listed]


def has_program(written: Written) -> bool:
    """Whether a process has a program whose own memory can be read."""
    return written.living and not written.plan.minimal


def device_path(path: str) -> str | None:
    r"""A path in the kernel's form (``\Device\HarddiskVolume3\Windows\…``); None for none."""
    return f"\\Device\\{VOLUME}{path[2:]}" if path else None


def narrow(written: Written) -> bool:
    """Whether readers call a process one of 32 bits."""
    return has_program(written) and bool(written.plan.wow64)


def shown_path(process: Process) -> str:
    """The path that the memory of a program gives."""
    return process.shown or process.path


def contents(written: Written) -> dict[int, bytes]:
    """What the plan puts into private and mapped areas of a process, by where they begin.

    The writer lays the plan's areas out one after the other: their places are a run of its own list.
    """
    planned = written.plan.areas
    wanted = [(each.size + PAGE - 1 & ~(PAGE - 1), each.protection, each.kind) for each in planned]
    placed = [(each.size, each.protection, each.kind) for each in written.areas]
    for first in range(len(placed) - len(wanted) + 1):
        if placed[first : first + len(wanted)] == wanted:
            run = written.areas[first : first + len(wanted)]
            return {place.start: area.content for place, area in zip(run, planned, strict=True)}
    return {}
