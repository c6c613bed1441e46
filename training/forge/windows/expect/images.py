"""Libraries as the loader of each program lists them, and handles with the objects that they are of."""

from collections.abc import Callable

from training.forge.windows.expect.seen import DISABLED, has_program, listed, low, moment
from training.forge.windows.expect.table import Cell, Expected, expect
from training.forge.windows.machine import Machine
from training.forge.windows.objects import FIRST_TYPE, TYPES
from training.forge.windows.plan import Handle
from training.forge.windows.written import Held, Written

_STATIC = 4
_PINNED = -1
_DYNAMIC = 6
_WIDE = 64


def dlllist(machine: Machine) -> Expected:
    """The list in load order; that of a 32-bit program follows behind."""
    rows = [row for each in listed(machine) if has_program(each) for row in _loaded(each)]
    columns = ("PID", "Process", "Base", "Size", "Name", "Path", "LoadCount", "LoadTime")
    return expect(columns, rows, always=DISABLED)


def handles(machine: Machine) -> Expected:
    """Handles of the processes in the ring, with the name that the kernel has for each object.

    The reader takes the masked number of an object's type for the number itself: where it happens to be 0 it takes the
    handle for one that is free.
    """
    rows = [
        (
            each.plan.pid,
            each.plan.name,
            low(held.body),
            held.value,
            held.handle.kind,
            held.handle.access,
            _name(machine, held),
        )
        for each in listed(machine)
        for held in each.handles
        if _masked(machine, held)
    ]
    return expect(("PID", "Process", "Offset", "HandleValue", "Type", "GrantedAccess", "Name"), rows)


def mutantscan(machine: Machine) -> Expected:
    """All mutants of the pool, by their objects: one that is held twice is there once."""
    found = {
        held.body: held.handle.name or None
        for each in machine.processes.values()
        for held in each.handles
        if held.handle.kind == "Mutant"
    }
    return expect(("Offset", "Name"), [(low(body), name) for body, name in found.items()])


def _masked(machine: Machine, held: Held) -> int:
    """The number of the type of a handle's object as its header keeps it."""
    number = list(TYPES).index(held.handle.kind) + FIRST_TYPE
    return number ^ machine.objects.cookie ^ (machine.objects.header(held.body) >> 8 & 0xFF)


def _loaded(written: Written) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for number, each in enumerate(written.entries):
        if not each.in_load:
            continue
        count = (_PINNED if number < _STATIC else _DYNAMIC) if each.bits == _WIDE else None
        head = (written.plan.pid, written.plan.name, each.base, each.size, each.name, each.path)
        rows.append((*head, count, moment(each.loaded)))
    return rows


def _name(machine: Machine, held: Held) -> str | None:
    handle = held.handle
    if handle.kind == "Process":
        return _of_process(machine, handle)
    if handle.kind == "Thread":
        return f"Tid {handle.tid} Pid {handle.pid}"
    if handle.kind == "File":
        return f"\\Device\\{handle.device}{handle.name}"
    if handle.kind == "Key":
        return handle.name.upper().removeprefix("\\REGISTRY\\").rstrip("\\") or None
    if handle.kind == "Directory":
        return handle.name.rpartition("\\")[2] or None
    return handle.name or None


def _of_process(machine: Machine, handle: Handle) -> str:
    return f"{machine.process(handle.pid).plan.name} Pid {handle.pid}"


PLUGINS: dict[str, Callable[[Machine], Expected]] = {
    "windows.dlllist": dlllist,
    "windows.handles": handles,
    "windows.mutantscan": mutantscan,
}
