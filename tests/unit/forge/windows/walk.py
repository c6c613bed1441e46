"""Reads an image as a processor and a debugger would: by its page tables, from its bytes alone."""

import struct
from mmap import mmap

Buffer = bytes | mmap

PRESENT, WRITE, USER, ACCESSED, DIRTY, NO_EXECUTE = 1, 2, 4, 0x20, 0x40, 1 << 63
FRAME = 0x000FFFFFFFFFF000


def entry(data: Buffer, top: int, address: int) -> int:
    """The entry of the lowest level for an address; 0 where a level is missing."""
    table = top
    found = 0
    for shift in (39, 30, 21, 12):
        (found,) = struct.unpack_from("<Q", data, table + (address >> shift & 511) * 8)
        if not found & PRESENT:
            return 0
        table = found & FRAME
    return found


def read(data: Buffer, top: int, address: int, size: int) -> bytes:
    """Bytes at a virtual address. Raises LookupError where a page is missing."""
    parts = b""
    while len(parts) < size:
        at = address + len(parts)
        found = entry(data, top, at)
        if not found:
            raise LookupError(hex(at))
        offset = at & 0xFFF
        count = min(0x1000 - offset, size - len(parts))
        frame = found & FRAME
        parts += bytes(data[frame + offset : frame + offset + count])
    return parts


def number(data: Buffer, top: int, address: int, size: int = 8) -> int:
    """A number at a virtual address."""
    return int.from_bytes(read(data, top, address, size), "little")


def text(data: Buffer, top: int, address: int) -> str:
    """The text of a _UNICODE_STRING."""
    length, _, _, buffer = struct.unpack("<HHIQ", read(data, top, address, 16))
    return read(data, top, buffer, length).decode("utf-16-le") if length else ""
