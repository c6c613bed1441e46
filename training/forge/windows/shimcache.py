"""ShimCache in memory: what ``ahcache.sys`` keeps of programs that the system came across.

Two pointers in the driver's data lead to a lock and a tree each; behind the second tree the ring of entries begins. The
layout is that of Windows 10, found by reverse engineering in public.
"""

import struct
from collections.abc import Sequence
from typing import Final

from training.forge.windows.drivers import image_of
from training.forge.windows.layout import ring
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Shimmed
from training.forge.windows.portable import sections

DRIVER: Final = "ahcache.sys"

_TREE: Final = 0x68
_ROUTINES: Final = 0x48
_COUNT: Final = 0x2C
_ENTRY: Final = 0x30
_PATH: Final = 0x18
_DETAIL: Final = 0x28
_DETAIL_SIZE: Final = 0x20
_HANDLES: Final = 0x340
_LOCKS: Final = 2
_FIRST: Final = 0x2C0
_STEP: Final = 0x140


def write(machine: Machine) -> None:
    """Write the entries of the plan, newest first, where the plan has the driver."""
    name = next((each for each in machine.plan.modules if each.path.lower().endswith(f"\\{DRIVER}")), None)
    if name is None or not machine.plan.shimmed:
        return
    parts = {part.name: part.rva for part in sections(DRIVER, image_of(machine, name).size)}
    base = machine.module_base(DRIVER)
    code = [base + parts["PAGE"] + _FIRST + number * _STEP for number in range(3)]
    handles = [_handle(machine, (), code), _handle(machine, machine.plan.shimmed, code)]
    machine.kernel.write(base + parts[".data"] + _HANDLES, struct.pack("<QQ", *handles))


def _handle(machine: Machine, entries: Sequence[Shimmed], code: list[int]) -> int:
    """A lock and a tree with the ring of entries behind it; returns the address of the pair."""
    lock = machine.new("_ERESOURCE", b"Ahca")
    others = [machine.new("_ERESOURCE", b"Ahca") for _ in range(_LOCKS)]
    ring(machine.kernel, [each.at("SystemResourcesList") for each in (lock, *others)])
    tree = machine.paged.alloc(_TREE + _ENTRY, b"AhcT")
    machine.kernel.write(tree, struct.pack("<Q", tree))
    machine.kernel.write(tree + _COUNT, struct.pack("<I", len(entries)))
    machine.kernel.write(tree + _ROUTINES, struct.pack("<3Q", *code))
    kept = [_entry(machine, entry) for entry in entries]
    spare = [machine.paged.alloc(_ENTRY, b"AhcE") for _ in range(0 if entries else 2)]
    ring(machine.kernel, [tree + _TREE, *kept, *spare])
    pair = machine.paged.alloc(0x10, b"AhcH")
    machine.kernel.write(pair, struct.pack("<QQ", lock.address, tree))
    return pair


def _entry(machine: Machine, entry: Shimmed) -> int:
    place = machine.paged.alloc(_ENTRY, b"AhcE")
    detail = machine.paged.alloc(_DETAIL_SIZE, b"AhcD")
    machine.string(place + _PATH, entry.path)
    machine.kernel.write(place + _DETAIL, struct.pack("<Q", detail))
    machine.kernel.write(detail, struct.pack("<QQ", 0, entry.modified))
    return place
