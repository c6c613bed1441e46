"""The hives as the kernel has them loaded: its records of each, and the bins in the memory of the process Registry.

What keys they hold is decided in `hives`, how these become bytes in `hive`.
"""

import struct
from typing import Final

from training.forge.windows import areas, hives
from training.forge.windows.hive import Bins, bins
from training.forge.windows.hives import identity
from training.forge.windows.layout import Struct, ring
from training.forge.windows.machine import Machine
from training.forge.windows.memory import PAGE
from training.forge.windows.plan import Area, Kind
from training.forge.windows.written import Written

HOME: Final = "Registry"
"""The process that holds the files of hives mapped."""

_SYSTEM: Final = 4
_SIGNATURE: Final = 0xBEE0BEE0
_VERSION: Final = 5
_STORAGES: Final = 2
_TABLE: Final = 512
_ENTRY: Final = 0x18
_PERMANENT: Final = 5
_GET_CELL: Final = 0x6A2E40
_CONFIG: Final = "\\systemroot\\system32\\config\\"
_FOLDER: Final = "C:\\Windows\\System32\\config\\"


def write(machine: Machine) -> None:
    """Load all hives of the plan and link them in the order in which they came."""
    home = _home(machine)
    security = identity.for_keys()
    entries = []
    for loaded in hives.hives(machine.plan):
        made = bins(loaded.root, loaded.time, security, volatile=loaded.volatile)
        block = made.base_block(loaded.name, loaded.time)
        place = _place(machine, home, loaded.name, block, made)
        entries.append(_record(machine, loaded.name, block, made, place).at("HiveList"))
    ring(machine.kernel, [machine.symbol("CmpHiveListHead", 16), *entries])


def file_of(name: str) -> str:
    """The file of a hive by the name that the kernel keeps; empty for one without a drive."""
    small = name.lower()
    if small.startswith(_CONFIG):
        return _FOLDER + name[len(_CONFIG) :]
    if small == hives.system.NAME.lower():
        return _FOLDER + "SYSTEM"
    return name.removeprefix("\\??\\") if name.startswith("\\??\\") else ""


def _home(machine: Machine) -> Written | None:
    for each in machine.processes.values():
        if each.living and each.plan.name == HOME and each.plan.ppid == _SYSTEM:
            return each
    return None


def _place(machine: Machine, home: Written | None, name: str, block: bytes, made: Bins) -> int:
    """Put the bins of a hive into memory; returns where they begin.

    What has a file is mapped from it; what has none, and all where no process Registry is, lies in the paged pool.
    """
    if home is None or made.volatile:
        place = machine.paged.alloc(len(made.data), b"CM25")
        machine.kernel.write(place, made.data)
        return place
    content = block + made.data
    area = Area(size=len(content), protection="READONLY", kind=Kind.MAPPED, file=file_of(name), content=content)
    return areas.add(machine, home, area) + len(block)


def _record(machine: Machine, name: str, block: bytes, made: Bins, place: int) -> Struct:
    """The kernel's record of a hive: its base block, and the table of where each page of the bins lies."""
    hive = machine.new("_CMHIVE", b"CM10", machine.paged)
    base = machine.paged.alloc(PAGE, b"CM16")
    machine.kernel.write(base, block)
    hive.put("Hive.Signature", _SIGNATURE)
    hive.put("Hive.GetCellRoutine", machine.base + _GET_CELL)
    hive.put("Hive.BaseBlock", base)
    hive.put("Hive.BaseBlockAlloc", PAGE)
    hive.put("Hive.Cluster", 1)
    hive.put("Hive.StorageTypeCount", _STORAGES)
    hive.put("Hive.Version", _VERSION)
    storage = f"Hive.Storage[{int(made.volatile)}]"
    hive.put(f"{storage}.Length", len(made.data))
    hive.put(f"{storage}.Map", _map(machine, hive, storage, made, place))
    if name:
        machine.text(hive, "FileFullPath", name)
    return hive


def _map(machine: Machine, hive: Struct, storage: str, made: Bins, place: int) -> int:
    """The tables that lead from the number of a cell to its page; returns the address of their directory.

    A hive of one table needs no directory: the pointer to the table stands in for it.
    """
    entries = [struct.pack("<QQII", offset, place + start | _PERMANENT, 0, 0) for start, offset in made.pages()]
    tables = []
    for first in range(0, len(entries), _TABLE):
        table = machine.paged.alloc(_TABLE * _ENTRY, b"CM32")
        machine.kernel.write(table, b"".join(entries[first : first + _TABLE]))
        tables.append(table)
    if len(tables) == 1:
        hive.put(f"{storage}.SmallDir", tables[0])
        return hive.at(f"{storage}.SmallDir")
    directory = machine.paged.alloc(machine.build.sizeof("_HMAP_DIRECTORY"), b"CM31")
    machine.kernel.write(directory, struct.pack(f"<{len(tables)}Q", *tables))
    return directory
