"""A stretch of a program's memory that is filled from its start: its heap, and what stands in place of one."""

from typing import Final

from training.forge.windows.memory import PAGE, Space

_ALIGN: Final = 16


class Arena:
    """Hands out bytes upwards from an address and puts pages behind them.

    Args:
        space: whose memory it is.
        base: its first address.
        limit: how many bytes it may hold.
    """

    def __init__(self, space: Space, base: int, limit: int) -> None:
        self.space = space
        self.base = base
        self.limit = limit
        self._next = base

    @property
    def used(self) -> int:
        """Bytes from the base to the end of what was handed out."""
        return self._next - self.base

    def alloc(self, size: int, align: int = _ALIGN) -> int:
        """The address of so many bytes, zero unless they were written before.

        Raises:
            ValueError: the arena is full.
        """
        address = self._next + align - 1 & ~(align - 1)
        if address + size > self.base + self.limit:
            raise ValueError(f"{self.limit:#x} bytes at {self.base:#x} are too few.")
        self.space.cover(address, size)
        self._next = address + size
        return address

    def put(self, data: bytes, align: int = _ALIGN) -> int:
        """Write bytes; returns their address."""
        address = self.alloc(len(data), align)
        self.space.write(address, data)
        return address

    def text(self, text: str) -> int:
        """Write a text in UTF-16 with a zero behind it; returns its address."""
        return self.put(text.encode("utf-16-le") + b"\0\0", 2)

    def close(self) -> None:
        """Put one more page behind the last byte.

        Readers take a fixed number of bytes for a text and give it up where the next page is missing.
        """
        self.space.cover(self._next, PAGE)
