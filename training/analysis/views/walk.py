"""The way from a virtual address to a physical one, as a run tells it, with what a learner needs to go it alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from training.analysis.results import ResultRow
from training.analysis.views.material import Material
from training.sentence import phrase

PLUGIN = "engram.walk"
END = "physical address"
WORD_BITS, HALF_BITS, WIDE = 64, 48, 8
FLAGS = 0xFFF | ~((1 << 52) - 1) & (1 << 64) - 1
"""Bits of an entry that are no part of an address."""

Cited = Callable[[Material, int], int | None]


@dataclass(frozen=True, slots=True)
class Level:
    """A level of the tables: the bits of the address that choose an entry, the entry, where it leads.

    `entry` is None where it is not in the image, `leads_to` where the way ends here.
    """

    n: int
    name: str
    high: int
    low: int
    index: int
    table: int
    at: int
    entry: int | None
    flags: tuple[str, ...]
    leads_to: int | None
    note: str
    cited: int | None

    @property
    def page(self) -> bool:
        """Whether it leads to the page itself."""
        return self.leads_to is not None and self.note.startswith("page of ")


@dataclass(frozen=True, slots=True)
class End:
    """The last row: the physical address, or None and the reason in `note`. `rights` is what all levels allow."""

    n: int
    physical: int | None
    page: int | None
    offset: int
    rights: tuple[str, ...]
    note: str
    cited: int | None


@dataclass(frozen=True, slots=True)
class Walk:
    """A way. `address` has its upper bits, `pid` is None for the kernel's memory; `width` are bytes of an entry."""

    material: Material
    address: int
    pid: int | None
    width: int
    levels: tuple[Level, ...]
    end: End

    @property
    def top(self) -> int:
        """The highest bit of the address that chooses anything."""
        return self.levels[0].high

    def bits(self, high: int, low: int) -> str:
        """Bits of the address."""
        return f"{self.address >> low & (1 << high - low + 1) - 1:0{high - low + 1}b}"

    @property
    def below(self) -> int:
        """The lowest bit that a table was asked for: the bits below it go on into the page."""
        return self.levels[-1].low

    @property
    def words(self) -> dict[str, str]:
        """The flags that occur, each with what it means."""
        said = dict.fromkeys(one for level in self.levels for one in level.flags)
        return {one: MEANS[one] for one in said if one in MEANS}


def of(material: Material, cited: Cited) -> Walk | None:
    """The way as a run has it; None for rows that are none."""
    places, rows = material.columns(), list(material.rows())
    if len(rows) < 2 or not {"Level", "Bits", "Index", "Table", "Entry", "Leads to"} <= places.keys():  # noqa: PLR2004 - a level and the end
        return None
    levels = tuple(_level(one, places, cited(material, one.n)) for one in rows[:-1])
    given = material.options.get("address")
    address = canonical(given if isinstance(given, int) else 0, levels[0].high)
    pid = material.options.get("pid")
    width = WIDE if levels[0].at == levels[0].table + WIDE * levels[0].index else WIDE // 2
    end = _end(rows[-1], places, cited(material, rows[-1].n))
    return Walk(material, address, pid if isinstance(pid, int) else None, width, levels, end)


def canonical(address: int, top: int = HALF_BITS - 1) -> int:
    """An address with its upper bits, however it was typed: they repeat the highest bit that chooses anything."""
    if top < HALF_BITS - 1:
        return address & (1 << top + 1) - 1
    low = address & (1 << HALF_BITS) - 1
    return low | ((1 << WORD_BITS) - (1 << HALF_BITS)) if low >> HALF_BITS - 1 else low


def _level(row: ResultRow, places: Mapping[str, int], cited: int | None) -> Level:
    cell = {name: row.cells[place] for name, place in places.items()}
    high, _, low = str(cell["Bits"]).partition("-")
    return Level(
        row.n, str(cell["Level"]), _number(high), _number(low), _number(cell["Index"]), _number(cell["Table"]),
        _number(cell["Entry address"]), _perhaps(cell["Entry"]), _listed(cell["Flags"]), _perhaps(cell["Leads to"]),
        str(cell["Note"]), cited,
    )  # fmt: skip


def _end(row: ResultRow, places: Mapping[str, int], cited: int | None) -> End:
    cell = {name: row.cells[place] for name, place in places.items()}
    physical, page = _perhaps(cell["Leads to"]), _perhaps(cell["Table"])
    return End(row.n, physical, page, _number(cell["Index"]), _listed(cell["Flags"]), str(cell["Note"]), cited)


def _number(value: Any) -> int:
    """A number of a cell, 0 for what is none."""
    return value if isinstance(value, int) else int(value) if isinstance(value, str) and value.isdecimal() else 0


def _perhaps(value: Any) -> int | None:
    return value if isinstance(value, int) else None


def _listed(value: Any) -> tuple[str, ...]:
    return tuple(value.split(", ")) if isinstance(value, str) and value else ()


MEANS = {
    "present": phrase("The entry counts: what it leads to is in memory."),
    "not present": phrase(
        "The processor stops here and asks the system, which notes in the other bits where the page is."
    ),
    "empty": phrase("Nothing was ever noted here, or it was taken away."),
    "writable": phrase("Writing is allowed, as far as this level decides. Without it the page can only be read."),
    "user": phrase("Programs may use it. Without it only the kernel may."),
    "write-through": phrase("What is written goes to memory at once."),
    "no cache": phrase("It goes past the processor's cache, as for devices."),
    "accessed": phrase("The processor has gone through this entry since the system last cleared the mark."),
    "dirty": phrase("The page was written to since the system last cleared the mark."),
    "global": phrase("The entry is the same in every process."),
    "large page": phrase("The entry leads to a page of 2 MiB or 1 GiB at once, and the levels below are left out."),
    "no-execute": phrase("Nothing below this entry can be run as a program."),
    "no access (PROT_NONE)": phrase("Linux: the page is there, and nobody may touch it. Its number stands inverted."),
    "swapped out, or a special entry of the kernel": phrase(
        "Linux: the page was written to swap, or is being moved. What stood on it is not in this memory."
    ),
    "paged out": phrase("Windows: the page was written to the page file. What stood on it is not in this memory."),
    "demand zero: not filled yet": phrase("Windows: the page was promised and never used, so it has no content yet."),
}
"""What the words for flags mean to a reader; the words themselves stand in the rows."""
