"""The way from a virtual address to a physical one, table by table, as the processor goes and as Volatility does.

The layer's own description is followed: names and sizes of its levels, which entries it takes for valid, how it reads a
page's number out of one. So the last row is what `layer.translate` gives, which tests compare for many addresses.
"""

# ruff: noqa: SLF001 - what a layer knows of its page tables is in its inner parts
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from volatility3.framework import exceptions, renderers
from volatility3.framework.renderers import format_hints

from training.analysis.volatility import construct, flags, spaces
from training.analysis.volatility.rows import Rows

NAME = "engram.walk"
COLUMNS: list[tuple[str, type]] = [
    ("Level", str),
    ("Bits", str),
    ("Index", int),
    ("Table", format_hints.Hex),
    ("Entry address", format_hints.Hex),
    ("Entry", format_hints.Hex),
    ("Flags", str),
    ("Leads to", format_hints.Hex),
    ("Note", str),
]
LEVELS = {"page map layer 4": "PML4", "page directory pointer": "PDPT", "page directory": "PD", "page table": "PT"}
"""Names of the levels in the manuals of the processor, by those that Volatility gives them."""
LAST = "physical address"
UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


@dataclass(frozen=True, slots=True)
class Step:
    """One level: bits `high` to `low` of the address choose entry `index` of the table at `table`.

    `entry` is None where it is not in the image, `leads_to` where the walk ends here; `why` then says why. `page` says
    that it leads to the page itself and not to a further table.
    """

    name: str
    high: int
    low: int
    index: int
    table: int
    at: int
    entry: int | None
    flags: tuple[str, ...]
    leads_to: int | None
    page: bool
    why: str


def tell(exhibit: construct.Exhibit, options: dict[str, Any], sink: Rows, about: dict[str, Any]) -> None:
    """Write the rows. Raises Nowhere."""
    layer = spaces.virtual(exhibit, options.get(spaces.PID))
    place = spaces.place(layer, options[spaces.ADDRESS])
    sink.header(COLUMNS, about)
    taken = list(steps(layer, place, exhibit.system))
    for step in taken:
        sink.row(0, _row(step))
    sink.row(0, _end(layer, place, taken))


def steps(layer: Any, place: int, system: str) -> Iterator[Step]:
    """The levels that are gone through, the last one being that which leads to the page, or nowhere."""
    entry, high = layer._initial_entry, layer._initial_position
    for number, (name, size, large) in enumerate(layer._structure, 1):
        shift = layer._index_shift
        low = high - size + 1
        index = layer._mask(place, high, low) >> low
        table = layer._mask(entry, layer._maxphyaddr - 1, size + shift)
        at = table + (index << shift)
        found, why = _entry(layer, table, at)
        leaf = number == len(layer._structure) or bool(found and large and found & layer._PAGE_PSE)
        big = leaf and number < len(layer._structure)
        told = () if found is None else flags.of(found, system, valid=layer._page_is_valid(found), leaf=leaf, large=big)
        if found is not None and not why and not layer._page_is_valid(found):
            why = f"its entry is {'empty' if not found else 'not present'}"
        leads_to = None if found is None or why else _next(layer, found, number, leaf=leaf, large=big)
        yield Step(LEVELS[name], high, low, index, table, at, found, told, leads_to, leaf, why)
        if found is None or leads_to is None or leaf:
            return
        entry, high = found, low - 1


def physical(layer: Any, place: int, last: Step) -> int | None:
    """The physical address to which the last level leads, None where it leads nowhere."""
    if last.leads_to is None or not last.page:
        return None
    return last.leads_to | int(layer._mask(place, last.low - 1, 0))


def _entry(layer: Any, table: int, at: int) -> tuple[int | None, str]:
    """The entry at an address, and why the walk can't go on from it; '' where nothing is wrong with its table."""
    try:
        data = layer.context.layers.read(layer._base_layer, at, layer._entry_size)
    except exceptions.InvalidAddressException:
        return None, "its table is not in the image"
    (found,) = struct.unpack(layer._entry_format, data)
    if layer._get_valid_table(table) is not None:
        return int(found), ""
    # Windows points whole tables at one page. Volatility follows none whose entries are all the same.
    return int(
        found
    ), "its entry is empty" if not found else "all entries of its table are the same: it counts as empty"


def _next(layer: Any, entry: int, number: int, *, leaf: bool, large: bool) -> int:
    """Where a valid entry leads: to the page, or to the table of the next level."""
    if leaf:
        return int(layer._pte_pfn(entry & ~layer._PAGE_PAT_LARGE if large else entry)) << int(layer.page_shift)
    size = layer._structure[number][1]
    return int(layer._mask(entry, layer._maxphyaddr - 1, size + layer._index_shift))


def _row(step: Step) -> list[Any]:
    """A level as a row."""
    entry = renderers.UnreadableValue() if step.entry is None else format_hints.Hex(step.entry)
    told: Any = renderers.UnreadableValue() if step.entry is None else ", ".join(step.flags)
    leads_to = renderers.NotApplicableValue() if step.leads_to is None else format_hints.Hex(step.leads_to)
    where = [format_hints.Hex(step.table), format_hints.Hex(step.at)]
    return [step.name, f"{step.high}-{step.low}", step.index, *where, entry, told, leads_to, _note(step)]


def _note(step: Step) -> str:
    if step.why:
        return f"the walk ends: {step.why}"
    return f"page of {size(step.low)}" if step.page else "next table"


def size(bits: int) -> str:
    """Bytes that so many bits count, in words."""
    return next(f"{(1 << bits) // unit} {name}" for unit, name in UNITS if 1 << bits >= unit)


def _end(layer: Any, place: int, taken: list[Step]) -> list[Any]:
    """The last row: the physical address with the rights of all levels together, or where and why there is none."""
    last = taken[-1]
    address = physical(layer, place, last)
    absent = renderers.NotApplicableValue()
    if address is None:
        return [LAST, absent, absent, absent, absent, absent, absent, absent, f"not mapped: in {last.name}, {last.why}"]
    held = layer.context.layers[layer._base_layer].is_valid(address)
    note = f"in a page of {size(last.low)}" if held else "the page is not in the image"
    offset = address - (last.leads_to or 0) if last.leads_to is not None else 0
    bits, page = f"{last.low - 1}-0", format_hints.Hex(last.leads_to or 0)
    rights = ", ".join(flags.rights([one.entry or 0 for one in taken], wide=layer._entry_size > flags.WORD))
    return [LAST, bits, offset, page, absent, absent, rights, format_hints.Hex(address), note]
