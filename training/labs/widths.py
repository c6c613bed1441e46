"""How narrow each column of a result table may become, so that as many as can stay in sight beside each other.

A browser shares out the room that there is by what cells hold, and breaks long ones. Left to itself it breaks short
ones too: so each column has a least width, from the words in its cells on a page. Where they have no room beside each
other, addresses give way first, then the widest, down to the half of what they hold; what is short is never broken.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from math import ceil

from training.analysis.render import ABSENCES

ROOM, EDGES = 92, 0.92
"""Characters that a table has on a screen of 1366 pixels beside its first two columns; those that the edges of a cell
take.
"""

WIDEST, NARROWEST = 20, 4
"""Least widths that the style sheet knows, in characters: w4 to w20."""

LINES, TIGHT_LINES, MOST_LINES = 8, 10, 20
"""Lines over which a cell of many words goes: where there is room, where there is little, and at most."""

SHORT = 7
"""Characters of a word that is not broken."""

MOSTLY = 0.75
"""Share of the cells of a column whose words decide how narrow it becomes at most: a single long one may be broken."""

NAME = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
"""The parts of a column's name between which a line may break: Source Addr, Cmdline_Basename, ModificationTime."""

SMALL, CAPITAL = 0.85, 1.15
"""Width of a letter of a heading, against one of a cell."""

SHOWN = 160
"""Characters of a cell that a table shows."""


def parts(name: str) -> list[str]:
    """A column's name in parts between which a line may break; together they are the name."""
    starts = [0, *(found.start() for found in NAME.finditer(name)), len(name)]
    return [name[one:other] for one, other in pairwise(starts) if one < other]


def least(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """The least width of each column, in characters.

    Args:
        names: the columns that are shown.
        rows: the texts of their cells, row by row, as they are shown.
    """
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    told = [[cell[:SHOWN] for cell in cells if cell not in ABSENCES] for cells in columns]
    wished = [_between(max(_head(name), _wished(cells))) for name, cells in zip(names, told, strict=True)]
    room = ROOM - EDGES * len(names)
    for lines in range(TIGHT_LINES, MOST_LINES + 1):
        tight = [_between(_tight(cells, lines)) for cells in told]
        if sum(tight) <= room:
            break
    if sum(wished) > room:
        wished = [one if _address(cells) else other for one, other, cells in zip(tight, wished, told, strict=True)]
    for most in range(WIDEST, NARROWEST, -1):
        made = [max(one, min(other, most)) for one, other in zip(tight, wished, strict=True)]
        if sum(made) <= room:
            return made
    return tight


def _address(cells: Sequence[str]) -> bool:
    return any(cell.startswith("0x") for cell in cells)


def _wished(cells: Sequence[str]) -> int:
    """Room for the longest word, and for the longest cell in a few lines."""
    return max((max(_word(cell), len(cell) // LINES) for cell in cells), default=0)


def _tight(cells: Sequence[str], lines: int) -> int:
    """Room for short words whole and for long ones in two lines, as far as most cells go; more lines, less room."""
    words = sorted(map(_word, cells))
    most = words[int(MOSTLY * (len(words) - 1))] if words else 0
    broken = most if most <= SHORT else max(SHORT - 2, min(SHORT + 1 + TIGHT_LINES - lines, -(-most // 2)))
    return max(broken, max(map(len, cells), default=0) // lines)


def _word(cell: str) -> int:
    return max(map(len, cell.split()), default=0)


def _head(name: str) -> int:
    """Room for the longest part of a column's name."""
    widths = (sum(CAPITAL if one.isupper() else SMALL for one in part.strip()) for part in parts(name))
    return ceil(max(widths, default=0))


def _between(width: int) -> int:
    return max(NARROWEST, min(WIDEST, width))
