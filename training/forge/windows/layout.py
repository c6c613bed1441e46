"""Typed views of memory: write ``Core.u.VadFlags.Protection`` of an ``_MMVAD`` without knowing where it lies.

What a build does not have is an error at once, and so is a value that does not fit: nothing is cut in silence.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from training.forge.windows.builds.grammar import BASES
from training.forge.windows.builds.load import Build, UnknownMember


class Space(Protocol):
    """Memory by virtual addresses."""

    def read(self, va: int, n: int, /) -> bytes:
        """That many bytes."""

    def write(self, va: int, data: bytes, /) -> None:
        """Write bytes."""


class DoesNotFit(ValueError):
    """A value needs more room than its member has."""


@dataclass(frozen=True, slots=True)
class Struct:
    """A structure of a build at a virtual address of a space. As a value it stands for its address."""

    build: Build
    space: Space
    type: str
    address: int

    def __index__(self) -> int:
        return self.address

    @property
    def size(self) -> int:
        """Bytes of the structure."""
        return self.build.sizeof(self.type)

    def at(self, path: str) -> int:
        """The address of a member. Raises UnknownMember."""
        return self.address + self.build.place(self.type, path).offset

    def sub(self, path: str) -> "Struct":
        """A structure that lies within this one. Raises UnknownMember where there is none."""
        place = self.build.place(self.type, path)
        if place.form.role != "type" or place.form.counts:
            raise UnknownMember(f"{self.type}.{path} is no structure")
        return Struct(self.build, self.space, place.form.name, self.address + place.offset)

    def set(self, **members: Any) -> "Struct":
        """Write members by name; see `put`. Returns itself."""
        for name, value in members.items():
            self.put(name, value)
        return self

    def put(self, path: str, value: Any) -> "Struct":
        """Write one member: a number, the address of a structure, or bytes from its start. Returns itself.

        Raises UnknownMember, and DoesNotFit for a number or bytes that are too large, or a number where there is none.
        """
        place = self.build.place(self.type, path)
        at = self.address + place.offset
        if isinstance(value, bytes | bytearray | memoryview):
            if len(value) > place.size or place.form.length:
                raise DoesNotFit(f"{self.type}.{path} has {place.size} bytes, not {len(value)}")
            self.space.write(at, bytes(value))
            return self
        form = place.form
        if form.counts or form.role == "type":
            raise DoesNotFit(f"{self.type}.{path} is no single number")
        number, bits = value.__index__(), form.length or 8 * place.size
        if not -(1 << bits - 1) <= number < 1 << bits:
            raise DoesNotFit(f"{self.type}.{path} has {bits} bits: {number:#x} is too large")
        number &= (1 << bits) - 1
        if form.length:
            kept = int.from_bytes(self.space.read(at, place.size), "little")
            number = kept & ~(((1 << bits) - 1) << form.bit) | number << form.bit
        self.space.write(at, number.to_bytes(place.size, "little"))
        return self

    def get(self, path: str) -> int:
        """The number that a member holds; pointers are unsigned. Raises UnknownMember, DoesNotFit for a structure."""
        place = self.build.place(self.type, path)
        form = place.form
        if form.counts or form.role == "type":
            raise DoesNotFit(f"{self.type}.{path} is no single number")
        signed = form.role == "base" and not form.length and BASES[form.name][1]
        raw = self.space.read(self.address + place.offset, place.size)
        number = int.from_bytes(raw, "little", signed=signed)
        return number >> form.bit & (1 << form.length) - 1 if form.length else number


def ring(space: Space, addresses: Sequence[int]) -> None:
    """Link list entries at these addresses into a ring; the first is its head. One alone points at itself."""
    for index, each in enumerate(addresses):
        following, before = addresses[(index + 1) % len(addresses)], addresses[index - 1]
        space.write(each, struct.pack("<QQ", following, before))
