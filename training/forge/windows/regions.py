"""How the kernel has divided its half of the addresses."""

from dataclasses import dataclass
from typing import Final

from training.forge.windows.machine import SHARED, Machine

SLOT: Final = 39
"""The regions begin and end at entries of the top table: 512 GiB each."""

_HALF: Final = 256
_KINDS: Final = {
    "SessionSpace": (1, 1),
    "PfnDatabase": (4, 1),
    "NonPagedPool": (5, 32),
    "PagedPool": (6, 32),
    "SystemCache": (8, 32),
    "SystemPtes": (9, 32),
    "SessionGlobalSpace": (11, 1),
}
"""Regions that are given a place at each start: the number in the kernel's list, and entries of the top table."""
_BOOT_LOADED: Final = 3
_HAL: Final = 10
_DRIVER_IMAGES: Final = 12


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of addresses: its number among the kernel's kinds, its start, its length in bytes."""

    number: int
    start: int
    length: int


def write(machine: Machine) -> list[Region]:
    """Write the list of regions; returns those that have a place."""
    found = layout(machine)
    state = machine.new("_MI_VISIBLE_STATE", b"MiVs")
    for region in found:
        entry = state.sub(f"SystemVaRegions[{region.number}]")
        entry.set(BaseAddress=region.start, NumberOfBytes=region.length)
    machine.store("MiVisibleState", state.address)
    return found


def layout(machine: Machine) -> list[Region]:
    """Where each region lies: pools and images where they are, the others in what is left.

    That of a pool ends at the next that is taken, the others where their kind ends.
    """
    fixed = {
        _BOOT_LOADED: machine.base,
        _HAL: SHARED,
        _KINDS["NonPagedPool"][0]: machine.nonpaged.base,
        _KINDS["PagedPool"][0]: machine.paged.base,
    }
    taken = {address >> SLOT & 0x1FF for address in fixed.values()}
    regions = []
    for number, address in fixed.items():
        wide = next((width for kind, width in _KINDS.values() if kind == number), 1)
        regions.append(_stretch(number, address >> SLOT & 0x1FF, wide, taken))
    regions.append(Region(_DRIVER_IMAGES, regions[0].start, regions[0].length))
    draw = machine.random("regions")
    for number, wide in _KINDS.values():
        if number not in fixed:
            free = [first for first in range(_HALF, 2 * _HALF - wide) if taken.isdisjoint(range(first, first + wide))]
            regions.append(_stretch(number, draw.choice(free), wide, taken))
    return sorted(regions, key=lambda region: region.number)


def _stretch(number: int, first: int, wide: int, taken: set[int]) -> Region:
    """A region from an entry of the top table on, at most up to the next that is taken; its entries are taken then."""
    last = first
    while last + 1 < min(first + wide, 2 * _HALF) and last + 1 not in taken:
        last += 1
    taken.update(range(first, last + 1))
    start = (0xFFFF << 48) | first << SLOT
    return Region(number, start, last + 1 - first << SLOT)
