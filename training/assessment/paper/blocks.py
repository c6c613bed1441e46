"""What a report is made of, before it is known where the pages end."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from training.assessment.presentation.radar import Radar

DASH = "\u2013"
"""What an item of a list begins with, and what stands for no number."""


@dataclass(frozen=True, slots=True)
class Head:
    """A heading: 1 begins a page, 2 a part, 0 is the title on the cover."""

    text: str
    rank: int


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str
    soft: bool = False
    bold: bool = False
    size: float = 9.5


@dataclass(frozen=True, slots=True)
class Rows:
    """A table: heads, rows, widths in millimetres that make 170."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """The radar, and what a stub is called."""

    radar: Radar
    unpublished: str


Block = Head | Text | Rows | Figure


def letters(blocks: Iterable[Block]) -> str:
    """Everything that will be drawn as text."""
    return "".join(text for block in blocks for text in _texts(block))


def _texts(block: Block) -> Iterator[str]:
    if isinstance(block, Rows):
        yield from (cell for row in (block.heads, *block.rows) for cell in row)
    elif isinstance(block, Figure):
        yield from (block.unpublished, *(axis.code for axis in block.radar.axes), "01234")
    else:
        yield block.text


def listed(items: Iterable[str]) -> tuple[Text, ...]:
    """A list, one paragraph for each item."""
    return tuple(Text(f"{DASH} {item}") for item in items if item)
