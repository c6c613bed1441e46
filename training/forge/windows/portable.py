"""Programs, libraries and drivers as they lie in memory: true headers and sections, and content that only says so.

No code of anybody is in them. The stub, the code and the constants carry `MARK`, and the version resource names
the company "Synthetic".
"""

import hashlib
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from training.forge.windows import imports
from training.forge.windows.memory import PAGE
from training.forge.windows.plan import ImageFile
from training.forge.windows.resources import version_resource
from training.forge.windows.symbols import Identity

MARK: Final = b"SYNTHETIC TRAINING IMAGE - generated file, no vendor code. "
CODE, CONSTANTS, DATA, DISCARDED = 0x60000020, 0x40000040, 0xC0000040, 0x42000040
LEAST_PAGES: Final = 8
ENTRY: Final = 0xE0
"""Where an image's code begins, from the start of its section."""

_WIDE: Final = 64
_STUB: Final = 0x40
_HEADERS: Final = 0x80
_MADE_FOR: Final = 0x22
_LIBRARY: Final = 0x2000
_NARROW: Final = 0x100
_CODE_START: Final = 0x100
_CODE_STEP: Final = 0x20
_DEBUG_KIND: Final = 2
_BOOT_RECORD: Final = b"\xaa\x55"
"""Ends a boot record; readers who look for those should find none here."""
_DIRECTORIES: Final = 16
_DATA_PAGES: Final = 6
_ROOMY: Final = 0x20
_BASES: Final = {64: 0x180000000, 32: 0x10000000}


@dataclass(frozen=True, slots=True)
class Part:
    """A section: its name, where it begins, how many bytes it has, and its characteristics."""

    name: str
    rva: int
    size: int
    flags: int


@dataclass(frozen=True, slots=True)
class Portable:
    """An image as it lies in memory.

    Attributes:
        size: bytes that it takes.
        pages: the content that is there, each of one page at most, by its place.
        entry: where its code begins.
        parts: its sections by name.
        exports: places of what it exports, by name.
        identity: of its debug record.
    """

    size: int
    pages: dict[int, bytes]
    entry: int
    parts: dict[str, Part]
    exports: dict[str, int]
    identity: Identity

    def executable(self, rva: int) -> bool:
        """Whether a place is in a section of code."""
        return any(part.flags == CODE and part.rva <= rva < part.rva + part.size for part in self.parts.values())

    def writable(self, rva: int) -> bool:
        """Whether a place is in a section that its process writes to."""
        return any(part.flags == DATA and part.rva <= rva < part.rva + part.size for part in self.parts.values())


@dataclass(slots=True)
class _Draft:
    """What `portable` was asked for, and the bytes that have come together."""

    name: str
    image: ImageFile
    base: int
    parts: Sequence[Part]
    content: dict[int, bytearray] = field(default_factory=dict)
    directories: dict[int, tuple[int, int]] = field(default_factory=dict)

    def part(self, name: str) -> Part:
        return next(part for part in self.parts if part.name == name)

    def put(self, rva: int, data: bytes) -> None:
        """Bytes at a place, over the borders of pages."""
        done = 0
        while done < len(data):
            page, offset = rva + done & ~(PAGE - 1), rva + done & (PAGE - 1)
            count = min(PAGE - offset, len(data) - done)
            target = self.content.setdefault(page, bytearray(PAGE))
            target[offset : offset + count] = data[done : done + count]
            done += count


def portable(
    name: str,
    image: ImageFile,
    *,
    base: int | None = None,
    identity: Identity | None = None,
    parts: Sequence[Part] = (),
    exports: Mapping[str, bytes] | None = None,
    imported: imports.Imports = (),
) -> Portable:
    """The image of a file of the plan.

    Args:
        name: its file name.
        image: its facts.
        base: the address that its header names; None one of the usual ones.
        identity: of its symbols; without, its own name with that ending, and a number from path and time.
        parts: its sections; without, a usual set for its size.
        exports: what it exports: code by name.
        imported: what it takes from which library.

    Raises:
        ValueError: it is too small, or what it exports or imports doesn't fit.
    """
    if image.size < LEAST_PAGES * PAGE or image.size % PAGE:
        raise ValueError(f"{image.path}: {image.size:#x} bytes are no size of an image.")
    identity = identity or _identity(name, image)
    draft = _Draft(name, image, base or _BASES[image.bits], parts or sections(name, image.size))
    text, constants = draft.part(".text"), draft.part(".rdata")
    entry = text.rva + ENTRY
    filler = MARK + b"\xcc" * (PAGE - len(MARK))
    for number in range(min(1 + image.resident, text.size // PAGE)):
        draft.put(text.rva + number * PAGE, filler)
    known = UUID(identity.guid).bytes_le + struct.pack("<I", identity.age)
    record = b"RSDS" + known + identity.pdb.encode() + b"\0"
    start = constants.rva + 0x20
    debug = struct.pack("<IIHHIIII", 0, image.timestamp, 0, 0, _DEBUG_KIND, len(record), start, start)
    draft.put(constants.rva, debug)
    draft.put(start, record)
    draft.directories[6] = (constants.rva, len(debug))
    after = start + len(record) + 15 & ~15
    draft.put(after, MARK)
    places = _export(draft, after + 0x40, exports or {})
    _import(draft, after + 0x40, imported)
    resource = draft.part(".rsrc")
    data = version_resource(resource.rva, name, image.version)
    draft.put(resource.rva, data)
    draft.directories[2] = (resource.rva, len(data))
    draft.put(0, _header(draft, entry))
    pages = {rva: bytes(draft.content[rva]) for rva in sorted(draft.content)}
    return Portable(image.size, pages, entry, {part.name: part for part in draft.parts}, places, identity)


def sections(name: str, size: int) -> list[Part]:
    """A usual set of sections for an image of so many bytes; drivers have code that may be paged out beside."""
    pages = size // PAGE
    driver = is_driver(name)
    lengths = {
        ".rdata": max(1, pages // 4),
        ".data": _DATA_PAGES if pages >= _ROOMY else 1,
        "PAGE": max(1, pages // 5) if driver else 0,
        ".rsrc": max(1, pages // 16),
        ".reloc": 1,
    }
    lengths = {".text": pages - 1 - sum(lengths.values())} | lengths
    flags = {".text": CODE, "PAGE": CODE, ".data": DATA, ".reloc": DISCARDED}
    parts, rva = [], PAGE
    for part, length in lengths.items():
        if length:
            parts.append(Part(part, rva, length * PAGE, flags.get(part, CONSTANTS)))
            rva += length * PAGE
    return parts


def is_driver(name: str) -> bool:
    """Whether a file is code of the kernel, by its name."""
    return name.lower().endswith(".sys") or name.lower() in {"ntoskrnl.exe", "hal.dll", "kdcom.dll", "ci.dll"}


def _identity(name: str, image: ImageFile) -> Identity:
    digest = hashlib.sha256(f"{image.path.lower()}\0{image.timestamp}".encode()).digest()
    number = digest[:16].replace(_BOOT_RECORD, b"")
    return Identity(name.rpartition(".")[0] + ".pdb", number.ljust(16, b"\0").hex().upper())


def _export(draft: _Draft, start: int, exports: Mapping[str, bytes]) -> dict[str, int]:
    """Write code and an export directory; returns where each export lies."""
    if not exports:
        return {}
    text, constants = draft.part(".text"), draft.part(".rdata")
    places, rva = {}, text.rva + _CODE_START
    for name in sorted(exports):
        draft.put(rva, exports[name])
        places[name] = rva
        rva += len(exports[name]) + _CODE_STEP - 1 & ~(_CODE_STEP - 1)
    count, functions = len(places), start + 0x28
    names, ordinals = functions + 4 * count, functions + 8 * count
    strings = bytearray(draft.name.encode() + b"\0")
    text_at, pointers = ordinals + 2 * count, []
    for name in places:
        pointers.append(text_at + len(strings))
        strings += name.encode() + b"\0"
    table = struct.pack(
        "<IIHHIIIIIII", 0, draft.image.timestamp, 0, 0, text_at, 1, count, count, functions, names, ordinals
    )
    table += struct.pack(f"<{count}I", *places.values()) + struct.pack(f"<{count}I", *pointers)
    table += struct.pack(f"<{count}H", *range(count)) + strings
    if rva > text.rva + text.size or start + len(table) > constants.rva + constants.size:
        raise ValueError(f"{draft.image.path}: {count} exports don't fit.")
    draft.put(start, table)
    draft.directories[0] = (start, len(table))
    return places


def _import(draft: _Draft, start: int, imported: imports.Imports) -> None:
    """Write the directory of what is imported, behind that of the exports where there is one."""
    if not imported:
        return
    if 0 in draft.directories:
        start = sum(draft.directories[0]) + 15 & ~15
    table, constants = imports.directory(start, imported, draft.image.bits), draft.part(".rdata")
    if start + len(table) > constants.rva + constants.size:
        raise ValueError(f"{draft.image.path}: its imports don't fit.")
    draft.put(start, table)
    draft.directories[1] = (start, imports.DESCRIPTOR * (len(imported) + 1))


def _header(draft: _Draft, entry: int) -> bytes:
    image, wide = draft.image, draft.image.bits == _WIDE
    head = bytearray(_HEADERS)
    struct.pack_into("<2s29HI", head, 0, b"MZ", 0x90, 3, 0, 4, 0, 0xFFFF, 0, 0xB8, 0, 0, 0, _STUB, *[0] * 17, _HEADERS)
    head[_STUB : _STUB + len(MARK)] = MARK
    kind = _MADE_FOR if wide else _MADE_FOR & ~0x20 | _NARROW
    kind |= _LIBRARY if draft.name.lower().endswith(".dll") else 0
    optional = _optional(draft, entry)
    head += b"PE\0\0" + struct.pack(
        "<HHIIIHH", 0x8664 if wide else 0x14C, len(draft.parts), image.timestamp, 0, 0, len(optional), kind
    )
    head += optional
    for part in draft.parts:
        head += struct.pack(
            "<8sIIIIIIHHI", part.name.encode(), part.size, part.rva, part.size, part.rva, 0, 0, 0, 0, part.flags
        )
    return bytes(head)


def _optional(draft: _Draft, entry: int) -> bytes:
    image, wide = draft.image, draft.image.bits == _WIDE
    text = draft.part(".text")
    data = sum(part.size for part in draft.parts if part.flags != CODE)
    head = struct.pack("<HBBIIIII", 0x20B if wide else 0x10B, 14, 20, text.size, data, 0, entry, text.rva)
    head += struct.pack("<Q", draft.base) if wide else struct.pack("<II", draft.part(".data").rva, draft.base)
    head += struct.pack("<II6H4I", PAGE, PAGE, 10, 0, *image.version[:2], 10, 0, 0, image.size, PAGE, 0)
    head += struct.pack("<HH", 1 if is_driver(draft.name) else 3, 0x4160 if wide else 0x140)
    head += struct.pack("<4Q" if wide else "<4I", 0x100000, PAGE, 0x100000, PAGE)
    head += struct.pack("<II", 0, _DIRECTORIES)
    for number in range(_DIRECTORIES):
        head += struct.pack("<II", *draft.directories.get(number, (0, 0)))
    return head
