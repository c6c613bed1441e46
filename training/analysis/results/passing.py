"""The rows that pass, in order, found as far as they are asked for."""

from collections.abc import Iterator, Sequence
from itertools import compress, islice
from typing import overload


class Passing:
    """Those places of an order that are set in `flags`, a byte per place."""

    def __init__(self, order: Sequence[int], flags: bytes) -> None:
        self._order, self._flags = order, flags
        self._length = flags.count(1)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[int]:
        return compress(self._order, map(self._flags.__getitem__, self._order))

    @overload
    def __getitem__(self, wanted: int) -> int: ...

    @overload
    def __getitem__(self, wanted: slice) -> list[int]: ...

    def __getitem__(self, wanted: int | slice) -> int | list[int]:
        if isinstance(wanted, slice):
            return list(islice(self, *wanted.indices(self._length)))
        return self[wanted : wanted + 1][0]

    def index(self, value: int) -> int:
        """Where a place stands. Raises ValueError when it does not pass."""
        if not self._flags[value]:
            raise ValueError(value)
        return next(i for i, place in enumerate(self) if place == value)
