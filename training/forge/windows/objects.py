"""The object manager: types, the headers before each object, the names, the directories that names stand in."""

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from training.forge.windows.pools import Pool

if TYPE_CHECKING:
    from training.forge.windows.machine import Machine

TYPES: Final[dict[str, bytes]] = {
    "Type": b"ObjT",
    "Directory": b"Dire",
    "SymbolicLink": b"Symb",
    "Token": b"Toke",
    "Job": b"Job ",
    "Process": b"Proc",
    "Thread": b"Thre",
    "Partition": b"Part",
    "UserApcReserve": b"UsAp",
    "IoCompletionReserve": b"IoCr",
    "ActivityReference": b"Acti",
    "PsSiloContextPaged": b"PsSp",
    "PsSiloContextNonPaged": b"PsSn",
    "DebugObject": b"Debu",
    "Event": b"Even",
    "Mutant": b"Muta",
    "Callback": b"Call",
    "Semaphore": b"Sema",
    "Timer": b"Time",
    "IRTimer": b"IRTi",
    "Profile": b"Prof",
    "KeyedEvent": b"Keye",
    "WindowStation": b"Wind",
    "Desktop": b"Desk",
    "Composition": b"Comp",
    "RawInputManager": b"RawI",
    "CoreMessaging": b"Core",
    "ActivationObject": b"ActO",
    "TpWorkerFactory": b"TpWo",
    "Adapter": b"Adap",
    "Controller": b"Cont",
    "Device": b"Devi",
    "Driver": b"Driv",
    "IoCompletion": b"IoCo",
    "WaitCompletionPacket": b"Wait",
    "File": b"File",
    "TmTm": b"TmTm",
    "TmTx": b"TmTx",
    "TmRm": b"TmRm",
    "TmEn": b"TmEn",
    "Section": b"Sect",
    "Session": b"Sess",
    "Key": b"Key ",
    "RegistryTransaction": b"RegT",
    "DmaAdapter": b"DmaA",
    "ALPC Port": b"ALPC",
    "EnergyTracker": b"Ener",
    "PowerRequest": b"Powe",
    "WmiGuid": b"WmiG",
    "EtwRegistration": b"EtwR",
    "EtwSessionDemuxEntry": b"EtwD",
    "EtwConsumer": b"EtwC",
    "DxgkSharedResource": b"DxgS",
    "FilterConnectionPort": b"FltC",
    "FilterCommunicationPort": b"FltP",
    "PcwObject": b"PcwO",
}
"""The types of objects in the order of the kernel's table, each with the tag of its blocks."""

FIRST_TYPE: Final = 2
"""The table begins with an empty slot and one that is kept."""

NAMED: Final = 2
QUOTA: Final = 8
_OPTIONAL: Final = {1: 0x20, 2: 0x20, 4: 0x10, 8: 0x20, 16: 0x10, 32: 0x10, 64: 0x10, 128: 0x04}
_QUOTA_SIZE: Final = 0x20
_NAME_SIZE: Final = 0x20
_PER_HANDLE: Final = 0x7FFF
_DIRECTORY_SIZE: Final = 0x158
_HOMES: Final = {
    "Driver": "\\Driver",
    "Device": "\\Device",
    "Type": "\\ObjectTypes",
    "Mutant": "\\BaseNamedObjects",
    "Event": "\\BaseNamedObjects",
    "Semaphore": "\\BaseNamedObjects",
    "Section": "\\BaseNamedObjects",
    "Timer": "\\BaseNamedObjects",
    "ALPC Port": "\\RPC Control",
    "SymbolicLink": "\\GLOBAL??",
}


class Objects:
    """Makes executive objects; the type of each can be told from its header only with the machine's cookie."""

    def __init__(self, machine: "Machine") -> None:
        self.machine = machine
        self.cookie = machine.random("cookie").randrange(1, 256)
        self.types: dict[str, int] = {}
        build = machine.build
        self._body = build.offset("_OBJECT_HEADER", "Body")
        self._pointers = build.offset("_OBJECT_HEADER", "PointerCount")
        self._handles = build.offset("_OBJECT_HEADER", "HandleCount")
        self._type = build.offset("_OBJECT_HEADER", "TypeIndex")
        self._mask = build.offset("_OBJECT_HEADER", "InfoMask")
        self._name = build.offset("_OBJECT_HEADER_NAME_INFO", "Name")
        self._indices = {kind: number + FIRST_TYPE for number, kind in enumerate(TYPES)}
        self._directories: dict[str, int] = {}

    def new(self, kind: str, size: int, name: str = "", pool: Pool | None = None) -> int:
        """The address of the body of a new object of a type of `TYPES`, of so many bytes, all zero.

        A name is the last part of its path. Without ``pool`` it is in the nonpaged one.

        Raises:
            KeyError: there is no such type.
        """
        index = self._indices[kind]
        mask = (NAMED if name else 0) | QUOTA
        before = _QUOTA_SIZE + (_NAME_SIZE if name else 0)
        block = (pool or self.machine.nonpaged).alloc(before + self._body + size, TYPES[kind])
        header = block + before
        content = bytearray(self._body)
        struct.pack_into("<q", content, self._pointers, 1)
        content[self._type] = index ^ self.cookie ^ (header >> 8 & 0xFF)
        content[self._mask] = mask
        self.machine.kernel.write(header, content)
        if name:
            home = self.directory(_HOMES[kind]) if kind in _HOMES else 0
            self.machine.kernel.write(header - _NAME_SIZE, struct.pack("<Q", home))
            self.machine.string(header - _NAME_SIZE + self._name, name)
        return header + self._body

    def header(self, body: int) -> int:
        """The address of the header of an object, as handles and references keep it."""
        return body - self._body

    def hold(self, body: int) -> int:
        """Count a handle to an object; returns the address of its header."""
        header, kernel = self.header(body), self.machine.kernel
        handles = int.from_bytes(kernel.read(header + self._handles, 8), "little") + 1
        kernel.write(header + self._handles, struct.pack("<q", handles))
        kernel.write(header + self._pointers, struct.pack("<q", 1 + handles * _PER_HANDLE))
        return header

    def directory(self, path: str) -> int:
        r"""The directory object of a path (``\Driver``), made with those above it where it is not there yet."""
        if path not in self._directories:
            above, _, name = path.rpartition("\\")
            home = self.directory(above or "\\") if name else 0
            body = self.new("Directory", _DIRECTORY_SIZE, name or "\\", self.machine.paged)
            self.machine.kernel.write(self.header(body) - _NAME_SIZE, struct.pack("<Q", home))
            self._directories[path] = body
        return self._directories[path]

    def write_types(self) -> None:
        """Make the objects of the types, and the kernel's table of them."""
        machine = self.machine
        size = machine.build.sizeof("_OBJECT_TYPE")
        for kind, index in self._indices.items():
            body = self.new("Type", size, kind)
            machine.kernel.write(body + machine.build.offset("_OBJECT_TYPE", "Index"), bytes([index]))
            machine.text(machine.struct("_OBJECT_TYPE", body), "Name", kind)
            self.types[kind] = body
        kept = machine.nonpaged.alloc(size, TYPES["Type"])
        machine.store("ObTypeIndexTable", 0, kept, *self.types.values(), 0)
        machine.store("ObHeaderCookie", self.cookie, form="B")
        place = machine.symbol("ObpInfoMaskToOffset", 256)
        machine.kernel.write(place, bytes(_offsets()))


def _offsets() -> Iterator[int]:
    """How far before the header the outermost optional header of a mask begins, for each mask."""
    for mask in range(256):
        yield min(255, sum(size for bit, size in _OPTIONAL.items() if mask & bit))
