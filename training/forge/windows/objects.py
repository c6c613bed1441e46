"""The object manager: types, the headers before each object, the names, the directories that names stand in."""

import struct
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from training.forge.windows.pools import Pool

if TYPE_CHECKING:
    from training.forge.windows.machine import Machine

TYPES: Final[dict[str, bytes]] = {
    "Type": b"ObjT",
    "Directory": b"Dire",
    "SymbolicLink": b"Symb",
    "Token": b"Toke",  # codespell:ignore toke
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
_QUOTA_BLOCK: Final = 0x240
_CHARGE: Final = 0x40
_DESCRIPTOR: Final = 0x94
_REFERENCES: Final = 0xF
_LOCK: Final = 0x10
_REACH: Final = 0xC0
_HOME: Final = "\\BaseNamedObjects"
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
    """Makes executive objects; the type of each can be told from its header only with the machine's cookie.

    Readers who look for objects try every step of a block from its start, and take one for a header whose first eight
    bytes are a small number and whose type comes out right. So all optional headers are filled in, as Windows does, and
    a block lies where no other step has the type.
    """

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
        self._owner = build.offset("_OBJECT_HEADER", "ObjectCreateInfo")
        self._name = build.offset("_OBJECT_HEADER_NAME_INFO", "Name")
        self._indices = {kind: number + FIRST_TYPE for number, kind in enumerate(TYPES)}
        self._directories: dict[str, int] = {}
        self._charged = machine.nonpaged.alloc(_QUOTA_BLOCK, b"Quot")
        self._secured = machine.paged.alloc(_DESCRIPTOR, b"SeSd") | _REFERENCES
        self._quota = struct.pack("<IIIIQQ", 0, _CHARGE, _DESCRIPTOR, 0, self._charged, 0)

    def new(
        self,
        kind: str,
        size: int,
        name: str = "",
        pool: Pool | None = None,
        filled: Sequence[tuple[int, int]] = (),
    ) -> int:
        """The address of the body of a new object of a type of `TYPES`, of so many bytes, all zero.

        Args:
            kind: its type.
            size: of its body.
            name: the last part of its path; none without.
            pool: None for the nonpaged one.
            filled: steps of the body's beginning that hold a small number, each with the byte 0x18 behind it.

        Raises:
            KeyError: there is no such type.
        """
        mask = (NAMED if name else 0) | QUOTA
        before = _QUOTA_SIZE + (_NAME_SIZE if name else 0)
        steps = [(self._body + offset, byte) for offset, byte in filled]
        steps.append((_LOCK, self._secured & 0xFF))
        block = (pool or self.machine.nonpaged).alloc(
            before + self._body + size, TYPES[kind], lambda place: self._alone(kind, place, place + before, steps)
        )
        header = block + before
        content = bytearray(self._body)
        struct.pack_into("<q", content, self._pointers, 1)
        struct.pack_into("<QQ", content, self._owner, self._charged, self._secured)
        content[self._type] = self._masked(kind, header)
        content[self._mask] = mask
        if name:
            home = self.directory(_HOMES.get(kind, _HOME)) if kind != "Directory" else 0
            self.machine.kernel.write(block, self._quota + struct.pack("<Q", home))
            self.machine.string(header - _NAME_SIZE + self._name, name)
        else:
            self.machine.kernel.write(block, self._quota)
        self.machine.kernel.write(header, content)
        return header + self._body

    def _masked(self, kind: str, header: int) -> int:
        """How the type of an object is written where its header lies."""
        return self._indices[kind] ^ self.cookie ^ header >> 8 & 0xFF

    def _alone(self, kind: str, block: int, header: int, filled: Sequence[tuple[int, int]]) -> bool:
        """Whether readers find one object in a block and no other; a type that is written as 0 they take for none."""
        empty = {header >> 8, header + self._body >> 8, block + _REACH >> 8}
        return all(self._masked(kind, each << 8) for each in empty) and all(
            self._masked(kind, header + offset) != byte for offset, byte in filled
        )

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
