"""The computer's memory and the page tables of x64: four levels, pages of 4 KiB."""

import struct
from collections.abc import Iterator
from mmap import mmap
from typing import Final

from training.forge.windows.parts import FullError, Parts, Run, Slots

PAGE: Final = 0x1000
FIRST: Final = 0x1000000
"""Where pages are handed out from; below it lie those with a fixed place."""

_PRESENT: Final = 1
_WRITE: Final = 2
_USER: Final = 4
_ACCESSED: Final = 0x20
_DIRTY: Final = 0x40
_GLOBAL: Final = 0x100
_NO_EXECUTE: Final = 1 << 63
_FRAME: Final = 0x000FFFFFFFFFF000
_TABLE: Final = _PRESENT | _WRITE | _ACCESSED | _DIRTY
_HALF: Final = 0x800
_EXTENT: Final = 8
_SHIFT: Final = 15
_WIDEST: Final = 3
_entry = struct.Struct("<Q")


class MemoryFullError(FullError):
    """The plan needs more memory than its host has."""


class UnmappedError(Exception):
    """An address was read or written that no page stands behind."""


class Physical:
    """The computer's memory as it is written.

    Pages are handed out in small runs that lie all over memory, each part's in places of its own, with gaps between
    them: the image does not look freshly poured.

    Args:
        size: bytes, a multiple of the page.
        parts: whose turn it is to take pages.

    Attributes:
        data: the memory itself, from address 0; pages that nothing was written to take no room.
        used: bytes of the pages that were handed out.
    """

    def __init__(self, size: int, parts: Parts) -> None:
        self.size = size
        self.data = mmap(-1, size)
        self.used = 0
        self._parts = parts
        self._slots = Slots(parts, "physical", (size - FIRST) // PAGE // _EXTENT)
        self._runs: dict[str, Run] = {}

    def alloc(self, count: int = 1) -> int:
        """The address of the first of so many pages in a row, all zero.

        Raises:
            MemoryFullError: there is no room left.
        """
        run = self._runs.get(self._parts.name)
        if run is None or run.next + count * PAGE > run.end:
            run = self._runs[self._parts.name] = self._extent(count)
        address = run.next
        run.next += count * PAGE
        self.used += count * PAGE
        return address

    def _extent(self, count: int) -> Run:
        """A run of pages that holds so many at least."""
        extents = -(-count // _EXTENT)
        try:
            slot = self._slots.take(extents)
        except FullError:
            raise MemoryFullError(f"{self.size >> 20} MiB of memory are too few for this plan.") from None
        start, pages = FIRST + (slot << _SHIFT), extents * _EXTENT
        gap = min(slot * 7 % (_WIDEST + 1), pages - count)
        return Run(start + gap * PAGE, start + pages * PAGE)

    def write(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Write at a physical address.

        Raises:
            ValueError: it reaches past the end.
        """
        end = address + len(data)
        if end > self.size:
            raise ValueError(f"{end:#x} lies past the end of memory.")
        self.data[address:end] = data

    def read(self, address: int, size: int) -> bytes:
        """Read at a physical address."""
        return self.data[address : address + size]

    def entry(self, address: int) -> int:
        """The eight bytes at a physical address, as a number."""
        return int(_entry.unpack_from(self.data, address)[0])

    def put_entry(self, address: int, value: int) -> None:
        """Write a number of eight bytes at a physical address."""
        _entry.pack_into(self.data, address, value)


class Space:
    """An address space: a table of the top level and what hangs from it.

    Args:
        physical: the memory that holds the tables.
        top: the physical address of the top table; None takes a new page.
    """

    def __init__(self, physical: Physical, top: int | None = None) -> None:
        self.physical = physical
        self.top = physical.alloc() if top is None else top
        self._pages: dict[int, int] = {}
        self._leaves: dict[int, int] = {}

    def mapped(self, address: int) -> bool:
        """Whether a page stands behind an address."""
        return address >> 12 in self._pages

    def frame(self, address: int) -> int | None:
        """The physical address of the page behind an address; None where there is none."""
        return self._pages.get(address >> 12)

    def pages(self) -> Iterator[int]:
        """The addresses of all mapped pages, in the order in which they were mapped."""
        return (number << 12 for number in self._pages)

    def map(
        self,
        address: int,
        frame: int | None = None,
        *,
        write: bool = True,
        execute: bool = False,
        dirty: bool = True,
        replace: bool = False,
    ) -> int:
        """Put a page behind an address; returns the page's physical address.

        Args:
            address: any in the page.
            frame: the physical page; None takes a new one.
            write: whether it may be written to.
            execute: whether code in it may run.
            dirty: whether it was written to.
            replace: a page that stands there already gives way; else that is an error.

        Raises:
            ValueError: a page stands there already.
        """
        number = address >> 12
        if number in self._pages and not replace:
            raise ValueError(f"A page stands at {address:#x} already.")
        if frame is None:
            frame = self.physical.alloc()
        leaf = self._leaves.get(number >> 9)
        if leaf is None:
            leaf = self._leaves[number >> 9] = self._leaf(address)
        bits = _PRESENT | _ACCESSED | (_GLOBAL if address >> 47 & 1 else _USER)
        bits |= (_WRITE if write else 0) | (_DIRTY if dirty else 0) | (0 if execute else _NO_EXECUTE)
        self.physical.put_entry(leaf + (number & 511) * 8, frame | bits)
        self._pages[number] = frame
        return frame

    def reserve(
        self, address: int, pages: int, *, write: bool = True, execute: bool = False, dirty: bool = True
    ) -> int:
        """Put pages behind a range where there are none yet; returns the address of its first page."""
        first = address & ~(PAGE - 1)
        for page in range(first, first + pages * PAGE, PAGE):
            if page >> 12 not in self._pages:
                self.map(page, write=write, execute=execute, dirty=dirty)
        return first

    def cover(self, address: int, size: int, *, write: bool = True, execute: bool = False) -> int:
        """Put pages behind every byte of a range where there are none yet; returns the address."""
        first = address & ~(PAGE - 1)
        self.reserve(first, (address + size - first + PAGE - 1) // PAGE, write=write, execute=execute)
        return address

    def write(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Write at an address, over the borders of pages.

        Raises:
            UnmappedError: no page stands behind a part of it.
        """
        size = len(data)
        offset = address & (PAGE - 1)
        if offset + size <= PAGE:
            at = self._at(address)
            self.physical.data[at : at + size] = data
            return
        view, done = memoryview(data), 0
        while done < size:
            count = min(size - done, PAGE - (address + done & (PAGE - 1)))
            at = self._at(address + done)
            self.physical.data[at : at + count] = view[done : done + count]
            done += count

    def read(self, address: int, size: int) -> bytes:
        """Read at an address, over the borders of pages.

        Raises:
            UnmappedError: no page stands behind a part of it.
        """
        if (address & (PAGE - 1)) + size <= PAGE:
            at = self._at(address)
            return self.physical.data[at : at + size]
        parts, done = [], 0
        while done < size:
            count = min(size - done, PAGE - (address + done & (PAGE - 1)))
            at = self._at(address + done)
            parts.append(self.physical.data[at : at + count])
            done += count
        return b"".join(parts)

    def refer(self, index: int) -> None:
        """Let an entry of the top table point to the table itself, as Windows does to reach its own tables."""
        self.physical.put_entry(self.top + index * 8, self.top | _TABLE | _NO_EXECUTE)

    def share(self, kernel: "Space") -> None:
        """Take the upper half, the kernel's, from its space as it is now."""
        half = self.physical.read(kernel.top + _HALF, PAGE - _HALF)
        self.physical.write(self.top + _HALF, half)

    def _at(self, address: int) -> int:
        frame = self._pages.get(address >> 12)
        if frame is None:
            raise UnmappedError(f"No page stands behind {address:#x}.")
        return frame | (address & (PAGE - 1))

    def _leaf(self, address: int) -> int:
        """The table of the lowest level for an address, made where it is missing with those above it."""
        table = self.top
        bits = _TABLE | (0 if address >> 47 & 1 else _USER)
        for shift in (39, 30, 21):
            place = table + (address >> shift & 511) * 8
            entry = self.physical.entry(place)
            if not entry & _PRESENT:
                entry = self.physical.alloc() | bits
                self.physical.put_entry(place, entry)
            table = entry & _FRAME
        return table
