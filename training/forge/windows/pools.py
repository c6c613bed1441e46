"""The kernel's pools: small blocks with a header, large ones of whole pages that a table of their own lists."""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from training.forge.windows.memory import PAGE, Space

HEADER: Final = 0x10
LARGEST: Final = 0xFF0
"""Bytes with header of the largest block that shares a page."""


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
    """A pool that hands out blocks upwards from an address. What is not used of a block stays zero.

    Readers find objects by the tags in the headers and try every step behind them: rests of other content in a block
    would be found as objects a second time.

    Attributes:
        big: the blocks of whole pages, in the order in which they were taken.
    """

    def __init__(self, space: Space, base: int, kind: PoolKind) -> None:
        self.space = space
        self.base = base
        self.kind = kind
        self.big: list[Big] = []
        self._next = base
        self._previous = 0

    @property
    def end(self) -> int:
        """The first address behind everything that was taken."""
        return self._next

    def alloc(self, size: int, tag: bytes) -> int:
        """The address of a block of so many bytes, all zero; its four-byte tag stands in its header.

        Raises:
            ValueError: the tag has not four bytes.
        """
        if len(tag) != 4:  # noqa: PLR2004 - the width of a tag
            raise ValueError(f"A tag has four bytes: {tag!r}.")
        need = size + HEADER + 15 & ~15
        if need > LARGEST:
            return self._large(size, tag)
        if (self._next & (PAGE - 1)) + need > PAGE:
            self._turn()
        address = self._next
        if not address & (PAGE - 1):
            self.space.reserve(address, 1)
        self.space.write(address, struct.pack("<BBBB4s", self._previous, 0, need >> 4, self.kind, tag))
        self._previous = need >> 4
        self._next += need
        return address + HEADER

    def _large(self, size: int, tag: bytes) -> int:
        self._turn()
        address, pages = self._next, (size + PAGE - 1) // PAGE
        self.space.reserve(address, pages)
        self._next += pages * PAGE
        self.big.append(Big(address, tag, pages * PAGE, self.kind))
        return address

    def _turn(self) -> None:
        self._next = self._next + PAGE - 1 & ~(PAGE - 1)
        self._previous = 0
