"""Square codes (ISO/IEC 18004) as plain rectangles, for paper and for pages."""

from collections.abc import Iterator
from dataclasses import dataclass

import segno

QUIET = 4  # modules of white around a code


@dataclass(frozen=True, slots=True)
class Square:
    """A code: its version, its modules along one side with the quiet zone, and its dark runs as (x, y, width)."""

    version: int
    side: int
    runs: tuple[tuple[int, int, int], ...]


def square(text: str) -> Square:
    """The smallest code of a text that still reads with 15 % of it gone (level M).

    Text in capitals becomes alphanumeric mode, which takes 5.5 bits for a character instead of 8.
    """
    made = segno.make(text, error="m", boost_error=False, micro=False)
    rows = [bytes(row) for row in made.matrix]
    runs = tuple((start + QUIET, y + QUIET, width) for y, row in enumerate(rows) for start, width in _runs(row))
    return Square(int(made.version), len(rows) + 2 * QUIET, runs)


def _runs(row: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    while at < len(row):
        if row[at]:
            end = at
            while end < len(row) and row[end]:
                end += 1
            yield at, end - at
            at = end
        at += 1
