"""ShimCache lies behind the second of two pointers in the data of its driver."""

import struct

import pytest

from tests.unit.forge.windows.kept import SHIMMED, kept
from training.forge.windows import drivers, kernel, shimcache
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Plan


def made(plan: Plan) -> Machine:
    machine = Machine(plan)
    kernel.write(machine)
    drivers.write(machine)
    shimcache.write(machine)
    return machine


def number(machine: Machine, place: int) -> int:
    return int.from_bytes(machine.kernel.read(place, 8), "little")


def parts(machine: Machine) -> dict[str, tuple[int, int]]:
    """Sections of the driver by name, from the header in memory."""
    base = machine.module_base("ahcache.sys")
    head = machine.kernel.read(base, 4096)
    at = struct.unpack_from("<I", head, 0x3C)[0]
    count, size = struct.unpack_from("<H", head, at + 6)[0], struct.unpack_from("<H", head, at + 20)[0]
    found = {}
    for index in range(count):
        name, length, rva = struct.unpack_from("<8sII", head, at + 24 + size + 40 * index)
        found[name.rstrip(b"\0").decode()] = base + rva, length
    return found


def handles(machine: Machine) -> list[int]:
    """All pointers in the data that lead to a lock in a ring of its own kind and a tree that is its own parent."""
    start, length = parts(machine)[".data"]
    found = []
    for place in range(start, start + length, 8):
        handle = number(machine, place)
        if not handle or not machine.kernel.mapped(handle):
            continue
        lock, tree = number(machine, handle), number(machine, handle + 8)
        forth, back = number(machine, lock), number(machine, lock + 8)
        assert forth != back
        assert number(machine, forth + 8) == lock == number(machine, back)
        assert number(machine, tree) == tree
        found.append(tree)
    return found


@pytest.mark.parametrize("build", ["19041", "22000", "20348"])
def test_the_second_tree_holds_the_entries_in_their_order(build: str) -> None:
    machine = made(kept(build=build))
    first, second = handles(machine)
    code, length = parts(machine)["PAGE"]
    for tree in (first, second):
        routines = struct.unpack("<3Q", machine.kernel.read(tree + 0x48, 24))
        assert len(set(routines)) == 3
        assert all(code <= routine < code + length for routine in routines)
    head = second + 0x68
    entry, found = number(machine, head), []
    while entry != head:
        assert number(machine, number(machine, entry) + 8) == entry
        size, buffer = number(machine, entry + 0x18) & 0xFFFF, number(machine, entry + 0x20)
        path = machine.kernel.read(buffer, size).decode("utf-16-le")
        found.append((path, number(machine, number(machine, entry + 0x28) + 8)))
        entry = number(machine, entry)
    assert found == [(each.path, each.modified) for each in SHIMMED]
    assert number(machine, first + 0x68) != number(machine, first + 0x70)


def test_without_entries_or_without_the_driver_nothing_is_written() -> None:
    plan = kept()
    assert not handles(made(kept(shimmed=())))
    rest = tuple(each for each in plan.modules if not each.path.endswith("ahcache.sys"))
    machine = Machine(kept(modules=rest))
    kernel.write(machine)
    drivers.write(machine)
    before = bytes(machine.physical.data)
    shimcache.write(machine)
    assert bytes(machine.physical.data) == before
