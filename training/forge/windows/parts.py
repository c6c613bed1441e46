"""Who takes memory while a machine is written, and where each finds its places.

Every part (a process, an image, a room) has places of its own, drawn from the seed and the part's name. What one part
takes more or less never moves another: two images of one seed differ only where their plans do, and pack as a small
patch on each other.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Final

_FIRST: Final = "machine"


class Parts:
    """Whose turn it is.

    Attributes:
        seed: from which all places are drawn.
        name: the part that takes now.
    """

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.name = _FIRST

    @contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """Let a part take until the end of the block; then the one before goes on where it was."""
        before, self.name = self.name, name
        try:
            yield
        finally:
            self.name = before

    def random(self, what: str) -> Random:
        """The numbers that are drawn for something; those of another thing never move them."""
        return Random(self._digest(what))  # noqa: S311 - drawn again from the same seed, no secret

    def number(self, what: str) -> int:
        """One large number that is drawn for something."""
        return int.from_bytes(self._digest(what), "big")

    def _digest(self, what: str) -> bytes:
        return hashlib.sha256(f"{self.seed}\0{what}".encode()).digest()


class FullError(Exception):
    """The plan needs more places than there are."""


class Slots:
    """Places of equal width, from 0 to a count, that parts take.

    A part's first wish is drawn; where that is taken it gets the next that is free.
    """

    def __init__(self, parts: Parts, what: str, count: int) -> None:
        self.parts = parts
        self.count = count
        self._what = what
        self._free = bytearray(b"\1" * count)
        self._taken: dict[str, int] = {}

    def take(self, length: int = 1) -> int:
        """The first of so many free places in a row.

        Raises:
            FullError: there are none.
        """
        part = self.parts.name
        number = self._taken[part] = self._taken.get(part, 0) + 1
        wish = self.parts.number(f"{self._what} {part} {number}") % self.count
        wanted = b"\1" * length
        place = self._free.find(wanted, wish)
        if place < 0:
            place = self._free.find(wanted, 0)
        if place < 0:
            raise FullError(self._what)
        self._free[place : place + length] = bytes(length)
        return place


@dataclass(slots=True)
class Run:
    """What a part has left of the place that it took last.

    Attributes:
        next: where it goes on.
        end: where its place ends.
        last: size of the block before, in steps of the pool.
    """

    next: int = 0
    end: int = 0
    last: int = 0
