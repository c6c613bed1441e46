"""The registry: hives, every key and value in them, and what readers make of some of them."""

import codecs
import struct
from collections.abc import Callable, Iterator
from datetime import timedelta

from training.forge.windows.expect.modules import RECORD
from training.forge.windows.expect.seen import DISABLED, moment
from training.forge.windows.expect.table import DEPTH, Cell, Expected, expect
from training.forge.windows.hive import Node, Stored
from training.forge.windows.hives import Loaded, hives
from training.forge.windows.hives.user import USERASSIST
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Known

_TYPES = {
    0: "REG_NONE",
    1: "REG_SZ",
    2: "REG_EXPAND_SZ",
    3: "REG_BINARY",
    4: "REG_DWORD",
    7: "REG_MULTI_SZ",
    11: "REG_QWORD",
}
_NUMBERS = {4: "<I", 11: "<Q"}
_BINARY, _SEVERAL = 3, 7
_WIDTH = 16
_FOLDERS = {
    "{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}": "%windir%\\system32",
    "{D65231B0-B2F1-4857-A4CE-A8E7C6EA7D27}": "%windir%\\system32",
    "{F38BF404-1D43-42F2-9305-67DE0B28FC23}": "%windir%",
    "{7C5A40EF-A0FB-4BFC-874A-C0F2E0B9FA8E}": "%ProgramFiles%",
}
"""Known folders as the reader calls them: it takes SysWOW64 for System32, and misses Program Files by its spelling."""
_COUNT, _FOCUS, _TIME, _LAST = 4, 8, 12, 60
_HALF = 500


def hivelist(machine: Machine) -> Expected:
    """The hives in the kernel's list."""
    rows = [(loaded.name,) for loaded in hives(machine.plan)]
    return expect(("FileFullPath",), rows, always=DISABLED, left_out={"Offset": RECORD})


def hivescan(machine: Machine) -> Expected:
    """The hives whose record is in the pool: a row for each."""
    return expect((), [()] * len(hives(machine.plan)), left_out={"Offset": RECORD})


def printkey(machine: Machine) -> Expected:
    """What stands directly below the root of each hive."""
    return _keys(row for loaded in hives(machine.plan) for row in _below(loaded, loaded.root, loaded.name, None))


def everything(machine: Machine) -> Expected:
    """Every key and value of every hive."""
    return _keys(row for loaded in hives(machine.plan) for row in _below(loaded, loaded.root, loaded.name, 0))


def userassist(machine: Machine) -> Expected:
    """What Explorer counted, in all profiles that are loaded. Half a second is added to each time in focus."""
    rows: list[tuple[Cell, ...]] = []
    for loaded in hives(machine.plan):
        file = loaded.name.rpartition("\\")[2]
        assisted = _find(loaded.root, USERASSIST) if file.lower() == "ntuser.dat" else None
        for group in assisted.below() if assisted else ():
            for key in group.below():
                head = (loaded.name, f"{file}\\{USERASSIST}\\{group.name}\\{key.name}", moment(key.time))
                rows.append((0, *head, "Key", None, None, None, None, None, None, "N/A"))
                rows += [(1, *head, "Value", *_counted(value)) for value in key.values]
    columns = (DEPTH, "Hive Name", "Path", "Last Write Time", "Type", "Name", "ID", "Count", "Focus Count")
    further = ("Time Focused", "Last Updated", "Raw Data")
    return expect((*columns, *further), rows, left_out={"Hive Offset": RECORD})


def amcache(machine: Machine) -> Expected:
    """Programs and drivers that Windows knows. The reader reads no date of a link, and cuts all zeros off a hash."""
    columns = ("EntryType", "Path", "Company", "LastModifyTime", "LastModifyTime2", "InstallTime", "CompileTime")
    rows = [_known(machine, each) for each in machine.plan.known]
    return expect((*columns, "SHA1", "Service", "ProductName", "ProductVersion"), rows)


def nothing(_: Machine) -> Expected:
    """Nothing is wrong with the routines of hives: a plan changes none."""
    return expect((), ())


def text(value: Stored) -> str:
    """A value as readers print it: numbers, texts up to their first zero, and bytes as a dump of sixteen to a line."""
    form = _NUMBERS.get(value.type)
    if form and len(value.data) == struct.calcsize(form):
        return str(struct.unpack(form, value.data)[0])
    data = value.data if value.type else b""
    if value.type == _BINARY:
        return f'"{_dump(data)}"'
    words = data.decode("utf-16-le", "replace")
    if value.type == _SEVERAL and len(data) / 2 - 1 <= len(words) <= len(data) / 2:
        return '"' + "\n".join(words.split("\0")) + '"'
    first = words.split("\0")[0]
    return f'"{first if len(words) - 1 <= len(first) else _dump(data)}"'


def _keys(rows: Iterator[tuple[Cell, ...]]) -> Expected:
    columns = (DEPTH, "Last Write Time", "Type", "Key", "Name", "Data", "Volatile")
    return expect(columns, rows, left_out={"Hive Offset": RECORD})


def _below(loaded: Loaded, node: Node, path: str, depth: int | None) -> Iterator[tuple[Cell, ...]]:
    """The keys and values of a key; without a depth no more than these."""
    shown = path or "[NONAME]"
    for key in node.below():
        yield (depth or 0, moment(key.time), "Key", shown, key.name, "", loaded.volatile)
        if depth is not None:
            yield from _below(loaded, key, f"{shown}\\{key.name}", depth + 1)
    for value in node.values:
        kind = _TYPES.get(value.type, "REG_UNKNOWN")
        name = value.name or "(Default)"
        yield (depth or 0, moment(node.time), kind, shown, name, text(value), loaded.volatile)


def _dump(data: bytes) -> str:
    lines = [data[at : at + _WIDTH] for at in range(0, len(data), _WIDTH)]
    shown = []
    for line in lines:
        letters = "".join(chr(byte) if 0x20 <= byte <= 0x7E else "." for byte in line)  # noqa: PLR2004 - ASCII
        missing = _WIDTH - len(line)
        shown.append("".join(f"{byte:02x} " for byte in line) + "   " * missing + letters + " " * missing)
    return "\n" + "\n".join(shown)


def _find(root: Node, path: str) -> Node | None:
    node: Node | None = root
    for name in path.split("\\"):
        node = node.keys.get(name.upper()) if node else None
    return node


def _counted(value: Stored) -> tuple[Cell, ...]:
    name = codecs.decode(value.name, "rot_13")
    folder = name.split("\\")[0]
    name = name.replace(folder, _FOLDERS[folder]) if folder in _FOLDERS else name
    count, focus, milliseconds = (struct.unpack_from("<I", value.data, at)[0] for at in (_COUNT, _FOCUS, _TIME))
    last = struct.unpack_from("<Q", value.data, _LAST)[0]
    focused = str(timedelta(milliseconds=milliseconds + _HALF))
    return (name, None, count, focus, focused, moment(last), value.data.hex(" "))


def _known(machine: Machine, known: Known) -> tuple[Cell, ...]:
    digest = known.sha1.lstrip("0")
    if not known.service:
        path, company, product = known.path.lower(), known.publisher.lower(), known.product.lower()
        return ("File", path, company, moment(known.time), None, None, None, digest, None, product, known.version)
    image = machine.images.planned(known.path)
    built = moment((image.timestamp + 11_644_473_600) * 10_000_000) if image else None
    path = known.path.lower().replace("\\", "/")
    head = ("Driver", path, known.publisher, moment(known.time), None, None, built)
    return (*head, digest, known.service, known.product, None)


PLUGINS: dict[str, Callable[[Machine], Expected]] = {
    "windows.registry.hivelist": hivelist,
    "windows.registry.hivescan": hivescan,
    "windows.registry.printkey": printkey,
    "windows.registry.printkey --recurse": everything,
    "windows.registry.userassist": userassist,
    "windows.registry.amcache": amcache,
    "windows.registry.getcellroutine": nothing,
}
