"""Reads structures out of a forged image by its page tables, as a reader who has its bytes and our tables would."""

import struct
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from tests.unit.forge.windows import populated, walk
from training.forge.windows import Forged, drivers, forge
from training.forge.windows import kernel as kernel_room
from training.forge.windows import process as process_room
from training.forge.windows.layout import Struct
from training.forge.windows.machine import TOP, Machine
from training.forge.windows.plan import Plan
from training.forge.windows.written import Written


class Seen:
    """Memory by virtual addresses, through the tables of a process or the kernel."""

    def __init__(self, data: walk.Buffer, top: int = TOP) -> None:
        self.data, self.top = data, top

    def read(self, va: int, n: int) -> bytes:
        return walk.read(self.data, self.top, va, n)

    def write(self, va: int, data: bytes) -> None:
        raise AssertionError(f"A reader does not write: {len(data)} bytes at {va:#x}.")


@cache
def forged(build: str = "19041") -> Forged:
    """The machine of `populated`, written once for all tests."""
    return forge(populated.plan(build))


def kernel(made: Forged) -> Seen:
    return Seen(made.data)


def view(made: Forged, kind: str, address: int, space: Seen | None = None) -> Struct:
    return Struct(made.machine.build, space or kernel(made), kind, address)


def ring(made: Forged, head: int, offset: int = 0, space: Seen | None = None) -> list[int]:
    """The structures that hang in a ring, without its head; the way back has to give the same."""
    at = space or kernel(made)
    forth, back = (list(_walk(at, head, place)) for place in (0, 8))
    assert forth == back[::-1]
    return [each - offset for each in forth]


def _walk(space: Seen, head: int, place: int) -> Iterator[int]:
    at = walk.number(space.data, space.top, head + place)
    while at != head:
        yield at
        at = walk.number(space.data, space.top, at + place)


def numbers(made: Forged, address: int, count: int) -> list[int]:
    """So many numbers of four bytes in the kernel's memory."""
    return list(struct.unpack(f"<{count}I", kernel(made).read(address, 4 * count)))


def named(made: Forged, name: str) -> Written:
    """What was kept of the process of a name."""
    return next(each for each in made.machine.processes.values() if each.plan.name == name)


def process(made: Forged, name: str) -> Struct:
    return view(made, "_EPROCESS", named(made, name).address)


def memory(made: Forged, name: str) -> Seen:
    """The memory of a process by the table that its record names."""
    return Seen(made.data, process(made, name).get("Pcb.DirectoryTableBase") & ~0xFFF)


def string(space: Seen, address: int) -> str:
    return walk.text(space.data, space.top, address)


def unfinished(plan: Plan) -> Machine:
    """A machine of which the kernel and its modules stand, and no process yet."""
    machine = Machine(plan)
    kernel_room.write(machine)
    drivers.write(machine)
    return machine


@cache
def _opened() -> Machine:
    plan = populated.plan()
    made = unfinished(replace(plan, processes=plan.processes[:1]))
    process_room.open_(made)
    return made


def empty() -> Written:
    """A process without any memory."""
    system = _opened().process(4)
    return Written(plan=system.plan, struct=system.struct, space=system.space)


def closed(machine: Machine) -> Forged:
    """What was written so far, for reading."""
    machine.close()
    return Forged(machine.physical.data, {}, machine)
