"""Small blocks of BTF for tests, written as the kernel's documentation has them."""

import struct
from collections.abc import Sequence

from training.forge.linux.btf import Kind


class Block:
    """Types that are added one by one; each call gives the number of the new type."""

    def __init__(self) -> None:
        self._strings = bytearray(b"\0")
        self._types = bytearray()
        self._last = 0

    def text(self, word: str) -> int:
        """Where a name stands."""
        if not word:
            return 0
        at = len(self._strings)
        self._strings += word.encode() + b"\0"
        return at

    def add(self, kind: int, name: str, size: int, rest: bytes = b"", *, count: int = 0, flag: bool = False) -> int:
        """Any type: `size` is its third word, `rest` what follows."""
        self._types += struct.pack("<III", self.text(name), flag << 31 | kind << 24 | count, size) + rest
        self._last += 1
        return self._last

    def whole(self, name: str = "int", size: int = 4, encoding: int = 1) -> int:
        """A whole number; `encoding` is 1 for a signed one, 2 for a character, 4 for a truth value."""
        return self.add(Kind.INT, name, size, struct.pack("<I", encoding << 24 | 8 * size))

    def array(self, element: int, count: int) -> int:
        """An array."""
        return self.add(Kind.ARRAY, "", 0, struct.pack("<III", element, 0, count))

    def composite(
        self, name: str, size: int, *members: tuple[str, int, int] | tuple[str, int, int, int], kind: Kind = Kind.STRUCT
    ) -> int:
        """A struct or union of (name, type, offset in bits, and the bits of a bit field)."""
        packed = any(len(member) == 4 for member in members)
        rest = b""
        for label, target, offset, *bits in members:
            rest += struct.pack("<III", self.text(label), target, (bits[0] << 24 if bits else 0) | offset)
        return self.add(kind, name, size, rest, count=len(members), flag=packed)

    def enumeration(self, name: str, *values: tuple[str, int], size: int = 4, signed: bool = False) -> int:
        """An enumeration; of eight bytes it has a kind of its own."""
        kind, code = (Kind.ENUM64, "<IQ") if size == 8 else (Kind.ENUM, "<I" + ("i" if signed else "I"))
        rest = b"".join(struct.pack(code, self.text(label), value % (1 << 64) if size == 8 else value)
                        for label, value in values)  # fmt: skip
        return self.add(kind, name, size, rest, count=len(values), flag=signed)

    def made(self, *, version: int = 1, header: int = 24, more: Sequence[int] = (0, 0)) -> bytes:
        """The whole block; `more` is added to the sizes that the header tells."""
        types, strings = len(self._types), len(self._strings)
        head = struct.pack("<HBBIIIII", 0xEB9F, version, 0, header, 0, types + more[0], types, strings + more[1])
        return head + bytes(self._types) + bytes(self._strings)
