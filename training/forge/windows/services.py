"""The records of the service control manager in the memory of services.exe.

Each record points to the one before it. Readers enter the chain twice: by the block ``serH`` in the heap that names its
last record, and by the block ``Sc27`` in the data of the program. A hidden service has a ``serH`` of its own and
stands in no chain. The layout of a record is that of builds 19041 to 22000, found by reverse engineering in public.
"""

import struct
from typing import Final

from training.forge.windows.areas import laid_out
from training.forge.windows.heap import Arena
from training.forge.windows.machine import Machine
from training.forge.windows.plan import Service
from training.forge.windows.written import Written

HOME: Final = "services.exe"
STOPPED: Final = 1
RUNNING: Final = 4
FILE_SYSTEM: Final = 2

_DRIVERS: Final = 0xF
_RECORD: Final = 0x130
_PREVIOUS: Final = 0x10
_ORDER: Final = 0x20
_NAMES: Final = 0x38
_BEHIND: Final = 0x128
_PROCESS: Final = 0x40
_PATH: Final = 0x18
_PID: Final = 0x28
_BLOCK: Final = 0x20
_ANCHOR: Final = 0x80


def write(machine: Machine) -> None:
    """Write the services of the plan, where it has a process that manages them."""
    home = _home(machine)
    if home is None or home.heap is None:
        return
    shelf, last = _Shelf(home.heap), 0
    for order, service in enumerate(machine.plan.services, 1):
        record = _record(shelf, service, order, last if service.listed else 0)
        if service.listed:
            last = record
        else:
            _enter(home.heap, record)
    if last:
        _enter(home.heap, last)
        data = laid_out(machine.images.image(home.plan.path)).parts[".data"]
        anchor = home.space.cover(home.image_base + data.rva + _ANCHOR, _BLOCK)
        home.space.write(anchor, _block(b"Sc27", last))


def driver_name(service: Service) -> str:
    r"""The name of the driver object of a service: ``\Driver\x``, of a file system ``\FileSystem\x``."""
    return f"\\{'FileSystem' if service.kind == FILE_SYSTEM else 'Driver'}\\{service.name}"


def _home(machine: Machine) -> Written | None:
    found = (each for each in machine.processes.values() if each.living and each.plan.name == HOME)
    return next(found, None)


class _Shelf:
    """The heap of the manager, where a text that several records name stands once, and a process has one block."""

    def __init__(self, heap: Arena) -> None:
        self.heap = heap
        self._texts: dict[str, int] = {}
        self._processes: dict[tuple[int, str], int] = {}

    def text(self, text: str) -> int:
        if text not in self._texts:
            self._texts[text] = self.heap.text(text)
        return self._texts[text]

    def process(self, service: Service) -> int:
        """The block of the process that runs a service; 0 for one that is not running."""
        key = service.pid, service.binary
        if service.state == STOPPED:
            return 0
        if key not in self._processes:
            block = self.heap.alloc(_PROCESS)
            self.heap.space.write(block + _PATH, struct.pack("<Q", self.text(service.binary)))
            self.heap.space.write(block + _PID, struct.pack("<I", service.pid))
            self._processes[key] = block
        return self._processes[key]


def _record(shelf: _Shelf, service: Service, order: int, previous: int) -> int:
    """Write a record and what it points to; returns its address."""
    name, display = shelf.text(service.name), shelf.text(service.display)
    behind = shelf.text(driver_name(service)) if service.kind & _DRIVERS else shelf.process(service)
    content = bytearray(_RECORD)
    struct.pack_into("<Q", content, _PREVIOUS, previous)
    struct.pack_into("<II", content, _ORDER, order, service.start)
    struct.pack_into("<QQII", content, _NAMES, name, display, service.kind, service.state)
    struct.pack_into("<Q", content, _BEHIND, behind)
    return shelf.heap.put(bytes(content))


def _enter(heap: Arena, record: int) -> None:
    """Write a block from which readers enter a chain at its last record."""
    heap.put(_block(b"serH", record))


def _block(mark: bytes, record: int) -> bytes:
    return mark.ljust(_PREVIOUS, b"\0") + struct.pack("<QQ", record, 0)
