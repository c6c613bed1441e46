"""Bytes of a region of memory, sixteen to a row.

Every row but the first begins at a multiple of sixteen, so that none lies on two pages: what can't be read is then
whole rows, and is said row by row.
"""

from collections.abc import Iterator
from typing import Any

from volatility3.framework import exceptions, renderers
from volatility3.framework.layers import intel
from volatility3.framework.renderers import format_hints

from training.analysis.volatility import construct, spaces
from training.analysis.volatility.rows import Rows

NAME = "engram.bytes"
LENGTH = "length"
USUAL = 256
"""Bytes that are read where no length is named: the default on the card."""
ROW = 16
LAST = 2**64 - 1
"""The last address that a row can name; memory of a process ends where its page tables do."""
COLUMNS: list[tuple[str, type]] = [
    ("Address", format_hints.Hex),
    ("Physical", format_hints.Hex),
    ("Hex", str),
    ("Text", str),
]
PRINTABLE = range(0x20, 0x7F)


def tell(exhibit: construct.Exhibit, options: dict[str, Any], sink: Rows, about: dict[str, Any]) -> None:
    """Write the rows. Raises Nowhere."""
    layer, begin = _wanted(exhibit, options)
    sink.header(COLUMNS, about)
    past = (layer.address_mask if isinstance(layer, intel.Intel) else LAST) + 1
    for at, size in lines(begin, min(options.get(LENGTH, USUAL), past - begin)):
        sink.row(0, row(layer, at, size))


def _wanted(exhibit: construct.Exhibit, options: dict[str, Any]) -> tuple[Any, int]:
    """The layer that is read, and where. Raises Nowhere."""
    if not options.get(spaces.PHYSICAL):
        layer = spaces.virtual(exhibit, options.get(spaces.PID))
        return layer, spaces.place(layer, options[spaces.ADDRESS])
    if spaces.PID in options:
        raise spaces.Nowhere("an address is physical or of a process, not both: leave out --pid or --physical")
    return spaces.physical(exhibit), options[spaces.ADDRESS]


def lines(begin: int, length: int) -> Iterator[tuple[int, int]]:
    """Where each row begins, and how many bytes it has."""
    at, end = begin, begin + length
    while at < end:
        after = min(at - at % ROW + ROW, end)
        yield at, after - at
        at = after


def text(data: bytes) -> str:
    """Bytes as ASCII, a full stop for each that is no printable one."""
    return "".join(chr(one) if one in PRINTABLE else "." for one in data)


def row(layer: Any, at: int, size: int) -> list[Any]:
    """One row; physical address and bytes are there or not, each for itself: a page can be known and not be kept."""
    unreadable = renderers.UnreadableValue()
    cells: list[Any] = [format_hints.Hex(spaces.canonical(layer, at)), unreadable, unreadable, unreadable]
    try:
        cells[1] = format_hints.Hex(_physical(layer, at))
        data = layer.read(at, size)
    except exceptions.InvalidAddressException:
        return cells
    cells[2:] = [data.hex(" "), text(data)]
    return cells


def _physical(layer: Any, at: int) -> int:
    """Where the page tables say that an address lies, in the image or not. Raises InvalidAddressException."""
    return int(layer._translate(at)[0]) if isinstance(layer, intel.Intel) else at  # noqa: SLF001 - translate() asks for more
