"""A 32-bit program: the second environment block with the second set of loader lists, all below 4 GiB.

Places of members are those of the public 32-bit definitions. The load time of an entry stands at 0x100, where the
reader looks for it, and not within the entry, which ends before.
"""

import struct
from typing import Final

from training.forge.windows.areas import laid_out, map_image, place
from training.forge.windows.heap import Arena
from training.forge.windows.machine import Machine
from training.forge.windows.memory import PAGE
from training.forge.windows.plan import Library
from training.forge.windows.written import Loaded, Placed, Written

_AREA: Final = 0x100000
_PEB_IMAGE: Final = 0x08
_PARAMETERS_SIZE: Final = 0x2A0
_IMAGE_PATH: Final = 0x38
_COMMAND_LINE: Final = 0x40
_LISTS_SIZE: Final = 0x30
_ENTRY_SIZE: Final = 0x110
_BASE: Final = 0x18
_FULL_NAME: Final = 0x24
_BASE_NAME: Final = 0x2C
_FLAGS: Final = 0x34
_LOAD_TIME: Final = 0x100
_LIBRARY_FLAGS: Final = 0xA2CC
_HEADS: Final = ((0x0C, 0x00, "in_load"), (0x14, 0x08, "in_memory"), (0x1C, 0x10, "in_init"))


def write(machine: Machine, written: Written) -> None:
    """Give a 32-bit program what it sees of itself; its program must be mapped already."""
    arena = _room(written)
    block = arena.alloc(PAGE, PAGE)
    program = written.entries[0]
    entries = [
        Loaded(path=program.path, base=program.base, size=program.size, loaded=program.loaded, in_init=False, bits=32)
    ]
    others = (library for library in written.plan.wow64 if library.path.lower() != program.path.lower())
    entries.extend(_map(machine, written, library) for library in others)
    written.entries += entries
    lists = arena.alloc(_LISTS_SIZE)
    written.space.write(lists, struct.pack("<IB", _LISTS_SIZE, 1))
    made = [_entry(machine, written, arena, each) for each in entries]
    for head, links, member in _HEADS:
        chosen = [entry + links for entry, each in zip(made, entries, strict=True) if getattr(each, member)]
        _ring(written, [lists + head, *chosen])
    parameters = arena.alloc(_PARAMETERS_SIZE)
    _text(written, arena, parameters + _IMAGE_PATH, written.plan.shown or written.plan.path)
    _text(written, arena, parameters + _COMMAND_LINE, written.plan.command_line)
    written.space.write(block + _PEB_IMAGE, struct.pack("<III", program.base, lists, parameters))
    arena.close()
    kernel = machine.new("_EWOW64PROCESS", b"Wow6")
    kernel.set(Peb=block)
    written.struct.set(WoW64Process=kernel)


def _room(written: Written) -> Arena:
    base = written.free
    written.free = base + _AREA
    place(written, Placed(start=base, size=_AREA, protection="READWRITE", commit=8))
    return Arena(written.space, base, _AREA)


def _map(machine: Machine, written: Written, library: Library) -> Loaded:
    section = machine.images.image(library.path)
    map_image(written, section, section.base)
    made = Loaded(
        path=library.path,
        base=section.base,
        size=section.size,
        loaded=library.loaded,
        in_load=library.in_load,
        in_memory=library.in_memory,
        in_init=library.in_init,
        bits=32,
    )
    written.bases.setdefault(made.name.lower(), section.base)
    return made


def _entry(machine: Machine, written: Written, arena: Arena, loaded: Loaded) -> int:
    entry = arena.alloc(_ENTRY_SIZE)
    start = loaded.base + laid_out(machine.images.image(loaded.path)).entry
    written.space.write(entry + _BASE, struct.pack("<III", loaded.base, start, loaded.size))
    _text(written, arena, entry + _FULL_NAME, loaded.path)
    _text(written, arena, entry + _BASE_NAME, loaded.name)
    written.space.write(entry + _FLAGS, struct.pack("<I", _LIBRARY_FLAGS))
    written.space.write(entry + _LOAD_TIME, struct.pack("<Q", loaded.loaded))
    return entry


def _text(written: Written, arena: Arena, at: int, text: str) -> None:
    """A text of which a 32-bit structure at an address keeps length and place."""
    buffer, size = arena.text(text), len(text.encode("utf-16-le"))
    written.space.write(at, struct.pack("<HHI", size, size + 2, buffer))


def _ring(written: Written, addresses: list[int]) -> None:
    """Link list entries of two 32-bit pointers into a ring; the first is its head."""
    for index, each in enumerate(addresses):
        following, before = addresses[(index + 1) % len(addresses)], addresses[index - 1]
        written.space.write(each, struct.pack("<II", following, before))
