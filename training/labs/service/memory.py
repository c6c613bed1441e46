"""Questions for an address: which bytes stand there, and which way leads from it to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from training.analysis import cards as plugin_cards
from training.analysis.command import parse
from training.analysis.views import bytes_region, walk
from training.errors import Refused
from training.labs.service.crossing import KEPT
from training.labs.service.runs import Asked
from training.sentence import phrase

BYTES, WALK = "bytes", "walk"
PLUGINS = {BYTES: bytes_region.PLUGIN, WALK: walk.PLUGIN}
LONGEST = 24  # characters of a number that is typed
LENGTHS = (64, 128, 256, 512, 1024, 2048, 4096)
USUAL = 256
TOP = 2**64 - 1
HALF_BITS = 47
PAGE = 0x1000
OF_PROCESS = ("PID", "Pid", "Process ID")
PHYSICAL = frozenset(
    {"OFFSET (P)", "Offset(P)", "PagePAddr", "Physical", "Entry address", "Table", "Leads to", "DirectoryTableBase"}
)
NO_ADDRESS = frozenset({
    "BitmapHeaderSize", "BitmapPages", "BitmapSize", "Code Size", "End offset", "Entry", "File Size", "GrantedAccess",
    "HandleValue", "Index", "NumberOfBytes", "PgOff", "Potential MBR at Physical Offset", "SectorInSize", "Size",
})  # fmt: skip
"""Numbers that plugins print as addresses and that are none, or none of memory as it was."""


@dataclass(frozen=True, slots=True)
class Place:
    """An address in the memory of a process, of the kernel (no `pid`) or of the machine (`physical`); None where none
    was named. `typed` are the fields as they were typed, `fault` says which of them can't be used.
    """

    pid: int | None
    address: int | None
    length: int
    physical: bool
    typed: Mapping[str, str]
    fault: str = ""

    def text(self, name: str) -> str:
        """The command that asks for it. Only for a place with an address."""
        pid = "" if self.pid is None or (self.physical and name == BYTES) else f" --pid {self.pid}"
        words = f"{PLUGINS[name]} --address {self.address or 0:#x}"
        if name == WALK:
            return words + pid
        return words + f" --length {self.length}" + (" --physical" if self.physical else pid)

    def args(self, name: str) -> dict[str, Any]:
        """What an address of its page says."""
        made: dict[str, Any] = {} if self.pid is None else {"pid": self.pid}
        made |= {} if self.address is None else {"address": f"{self.address:#x}"}
        if name == BYTES:
            made |= {"length": self.length if self.length != USUAL else None, "physical": 1 if self.physical else None}
        return made

    def at(self, address: int) -> "Place":
        """The same memory at another address."""
        return replace(self, address=address)

    @property
    def before(self) -> "Place | None":
        """As many bytes before these; None at the beginning."""
        return self.at(self.address - self.length) if self.address and self.address >= self.length else None

    @property
    def after(self) -> "Place | None":
        """As many bytes after these; None at the end."""
        there = (self.address or 0) + self.length
        return self.at(there) if there <= TOP else None


def place(given: Mapping[str, str]) -> Place:
    """The place that an address of a page names."""
    typed = {name: given.get(name, "").strip()[:LONGEST] for name in ("pid", "address")}
    pid, address = (_number(typed[name]) for name in ("pid", "address"))
    length = _number(given.get("length", "")[:LONGEST]) or USUAL
    fault = ""
    if typed["pid"] and pid is None:
        fault = phrase("%(typed)s is no PID.", typed=repr(typed["pid"]))
    elif typed["address"] and (address is None or address > TOP):
        address = None
        fault = phrase("%(typed)s is no address. Type it as 0x7ffd4a1c.", typed=repr(typed["address"]))
    length = min(LENGTHS, key=lambda one: abs(one - length))
    return Place(pid, None if fault else address, length, bool(given.get("physical")), typed, fault)


def _number(typed: str) -> int | None:
    """A number as the command line reads it: 0x before a hexadecimal one; one with letters counts as such too."""
    try:
        return int(typed, 0) if typed.isascii() and not typed.startswith("-") else None
    except ValueError:
        pass
    try:
        return int(typed, 16) if typed.isalnum() and not typed.isdecimal() else None
    except ValueError:
        return None


def found(listed: Sequence[Asked], name: str, place: Place, os: str) -> Asked | None:
    """The run of an attempt that answers a place: one with rows or under way, else the newest. Runs come newest first.

    Raises Refused for a place that the command line does not take.
    """
    command = parse(place.text(name), os)
    wanted = command.as_json()
    mine = [one for one in listed if one.run.plugin == command.plugin and one.run.options == wanted]
    version = plugin_cards.load().get(command.plugin).version
    mine.sort(key=lambda one: one.run.plugin_version != version)
    best = next((one for one in mine if one.run.state in KEPT or not one.run.state.ended), None)
    return best or next(iter(mine), None)


def checked(place: Place, name: str, os: str) -> Place:
    """The place with what the command line says against it."""
    if place.address is None:
        return place
    try:
        parse(place.text(name), os)
    except Refused as bad:
        return replace(place, address=None, fault=bad.message)
    return place


def of_one_memory(listed: Sequence[Asked], place: Place) -> list[Asked]:
    """The runs of an attempt that read bytes of the same memory."""
    same = (None if place.physical else place.pid, place.physical)
    return [
        one
        for one in listed
        if one.run.plugin == bytes_region.PLUGIN
        and (one.run.options.get("pid"), bool(one.run.options.get("physical"))) == same
    ]


class Headed(Protocol):
    """What is known of a column."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def type(self) -> str:
        """The kind of its cells."""


@dataclass(frozen=True, slots=True)
class Spot:
    """An address of a row, with the pages about it: its column, how it is shown, and the place."""

    column: str
    text: str
    place: Place


def spots(columns: Sequence[Headed], cells: Sequence[str]) -> list[Spot]:
    """The addresses of a row that can be looked at, by its columns and its cells as they are shown.

    An address in the upper half is the kernel's, whatever process the row is about; one in the lower half needs one.
    """
    shown = {column.name: text for column, text in zip(columns, cells, strict=True)}
    pid = next((_number(shown[name]) for name in OF_PROCESS if name in shown), None)
    found = []
    for column, text in zip(columns, cells, strict=True):
        address = _number(text) if column.type == "hex" and text.startswith("0x") else None
        if not address or column.name in NO_ADDRESS:
            continue
        physical, kernel = column.name in PHYSICAL, bool(address >> HALF_BITS)
        if physical or kernel or (pid is not None and address >= PAGE):
            whose = None if physical or kernel else pid
            found.append(Spot(column.name, text, Place(whose, address, USUAL, physical=physical, typed={})))
    return found
