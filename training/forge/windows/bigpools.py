"""The kernel's table of pool blocks that are too large to have a header of their own."""

from typing import Final

from training.forge.windows.machine import Machine
from training.forge.windows.memory import PAGE
from training.forge.windows.pools import Big

LEAST: Final = 4096
"""Entries of the table of a small machine."""

_TYPE: Final = "_POOL_TRACKER_BIG_PAGES"
_FREE: Final = 1
_PAGED: Final = 1
_SPREAD: Final = 0x9E5F


def write(machine: Machine) -> list[Big]:
    """Write the table, itself a large block and in it; nothing may be taken from the pools later.

    Blocks have their places by their addresses, as the kernel looks them up. Returns them in the order of the table.
    """
    step = machine.build.sizeof(_TYPE)
    count = LEAST
    while count < 2 * (len(machine.nonpaged.big) + len(machine.paged.big) + 1):
        count *= 2
    table = machine.nonpaged.alloc(step * count, b"PoBP")
    places: dict[int, Big] = {}
    for block in (*machine.nonpaged.big, *machine.paged.big):
        place = block.address // PAGE * _SPREAD % count
        while place in places:
            place = (place + 1) % count
        places[place] = block
    machine.struct(_TYPE, table)
    for place in range(count):
        entry = machine.struct(_TYPE, table + step * place)
        if place not in places:
            entry.set(Va=_FREE)
            continue
        block = places[place]
        entry.set(Va=block.address, Key=int.from_bytes(block.tag, "little"), NumberOfBytes=block.size)
        entry.set(PoolType=block.kind & _PAGED)
    machine.store("PoolBigPageTable", table)
    machine.store("PoolBigPageTableSize", count)
    return [places[place] for place in sorted(places)]
