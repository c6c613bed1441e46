"""The kernel's pools: small blocks with a header, large ones of whole pages that a table of their own lists."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from training.forge.windows.memory import PAGE, Space
from training.forge.windows.parts import Parts, Run, Slots

HEADER: Final = 0x10
LARGEST: Final = 0xFF0
"""Bytes with header of the largest block that shares a page."""


SIZE: Final = 0x10000000
"""Bytes of address space of a pool."""
_CHUNK: Final = 0x10000
_FREE: Final = 0x20


class PoolKind(IntEnum):
    """As the header of a block writes it."""

    NONPAGED = 2
    PAGED = 3


@dataclass(frozen=True, slots=True)
class Big:
    """A block of whole pages: where, whose, how many bytes, of which pool."""

    address: int
    tag: bytes
    size: int
    kind: PoolKind


class Pool:
    """A pool that hands out blocks, those of a part next to each other. What is not used of a block stays zero.

    Readers find objects by the tags in the headers and try every step behind them: rests of other content in a block
    would be found as objects a second time.

    Attributes:
        end: the first address behind all that it may hand out.
        big: the blocks of whole pages, in the order in which they were taken.
    """

    def __init__(self, space: Space, base: int, kind: PoolKind, parts: Parts) -> None:
        self.space = space
        self.base = base
        self.kind = kind
        self.big: list[Big] = []
        self.end = base + SIZE
        self._parts = parts
        self._slots = Slots(parts, f"pool {kind.name}", SIZE // _CHUNK)
        self._runs: dict[str, Run] = {}

    def alloc(self, size: int, tag: bytes, suits: Callable[[int], object] = lambda _: True) -> int:
        """The address of a block of so many bytes, all zero; its four-byte tag stands in its header.

        Free blocks are left in front of it until its address ``suits``.

        Raises:
            ValueError: the tag has not four bytes.
            FullError: the pool has no room left.
        """
        if len(tag) != 4:  # noqa: PLR2004 - the width of a tag
            raise ValueError(f"A tag has four bytes: {tag!r}.")
        need = size + HEADER + 15 & ~15
        if need > LARGEST:
            return self._large(size, tag)
        run = self._runs.setdefault(self._parts.name, Run())
        self._room(run, need)
        while not suits(run.next + HEADER):
            self._block(run, _FREE, b"Free", 0)
            self._room(run, need)
        return self._block(run, need, tag, self.kind)

    def _room(self, run: Run, need: int) -> None:
        """See to it that so many bytes follow in a page."""
        if (run.next & (PAGE - 1)) + need > PAGE:
            _turn(run)
        if run.next + need > run.end:
            self._chunk(run)

    def _block(self, run: Run, need: int, tag: bytes, kind: int) -> int:
        address = run.next
        if not address & (PAGE - 1):
            self.space.reserve(address, 1)
        self.space.write(address, struct.pack("<BBBB4s", run.last, 0, need >> 4, kind, tag))
        run.last = need >> 4
        run.next += need
        return address + HEADER

    def _large(self, size: int, tag: bytes) -> int:
        run, pages = self._runs.setdefault(self._parts.name, Run()), (size + PAGE - 1) // PAGE
        _turn(run)
        if run.next + pages * PAGE > run.end:
            self._chunk(run, pages * PAGE)
        address = run.next
        self.space.reserve(address, pages)
        run.next += pages * PAGE
        self.big.append(Big(address, tag, pages * PAGE, self.kind))
        return address

    def _chunk(self, run: Run, size: int = 0) -> None:
        """Give a part more room: so many bytes in a row at least."""
        count = max(1, -(-size // _CHUNK))
        run.next = self.base + self._slots.take(count) * _CHUNK
        run.end = run.next + count * _CHUNK
        run.last = 0


def _turn(run: Run) -> None:
    """Go on with the next page."""
    run.next = run.next + PAGE - 1 & ~(PAGE - 1)
    run.last = 0
