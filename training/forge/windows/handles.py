"""Handle tables, and the objects that handles are of.

A table begins as one page of entries; from 256 entries on there is a page of pointers to such pages, and above 512 of
those one more. Entry 0 of each page of entries is not used.
"""

import struct
from collections.abc import Callable, Sequence
from typing import Final

from training.forge.windows.machine import Machine
from training.forge.windows.memory import PAGE
from training.forge.windows.plan import Handle
from training.forge.windows.pools import Pool
from training.forge.windows.written import Held, Written

ALL_OF_A_PROCESS: Final = 0x1FFFFF
"""The access that csrss.exe has to the processes of its session."""

_ENTRY: Final = struct.Struct("<QQ")
_ENTRIES: Final = PAGE // _ENTRY.size
_POINTERS: Final = PAGE // 8
_STEP: Final = 4
_UNLOCKED: Final = 1 | 0x7FF0 << 1
_HEADER_BIT: Final = 20
_ADDRESS: Final = 0xFFFFFFFFFFFF
_GAP: Final = 0.03
_KEY_KIND: Final = 0x6B793032
_DISPATCHED: Final = {
    "Event": (1, 0x18),
    "Mutant": (2, 0x38),
    "Semaphore": (5, 0x20),
    "Timer": (8, 0x80),
    "IRTimer": (8, 0x100),
    "IoCompletion": (4, 0x40),
    "TpWorkerFactory": (0, 0x140),
    "WaitCompletionPacket": (0, 0x88),
}
"""Kind of the dispatcher header with which an object begins, and bytes of its body."""
_SIZES: Final = {
    "Section": 0x40,
    "ALPC Port": 0x1D8,
    "Directory": 0x158,
    "EtwRegistration": 0x70,
    "WindowStation": 0x98,
    "Desktop": 0xF8,
    "Token": 0x498,
    "Partition": 0x80,
    "Session": 0x50,
    "WmiGuid": 0x70,
}
_USUAL: Final = 0x60
_OF_SESSION: Final = frozenset({"Desktop", "WindowStation"})
"""Objects of the graphical interface, which begin with the number of their session."""
_MADE_ELSEWHERE: Final = frozenset({"Driver", "SymbolicLink"})
_PAGED: Final = frozenset({"Section", "Directory", "Token", "WindowStation"})


class Opened:
    """The objects that handles of all processes are of. Those with a name are there once; others are made for each."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._named: dict[tuple[str, str], int] = {}
        self._keys: dict[str, int] = {}
        self._tokens = {each.plan.pid: each.token for each in machine.processes.values() if each.living}
        self._threads = {
            (each.plan.pid, thread.tid): made.address
            for each in machine.processes.values()
            for made, thread in each.threads
        }
        self._makers: dict[str, Callable[[Handle, Written], int]] = {
            "Process": lambda handle, _: machine.process(handle.pid).address,
            "Thread": lambda handle, _: self._threads[handle.pid, handle.tid],
            "File": lambda handle, _: machine.images.open(handle.device, handle.name, handle.sharing),
            "Key": self._key,
            "Token": self._token,
            "Directory": self._directory,
            "Device": lambda handle, _: machine.devices[handle.name],
            "Type": lambda handle, _: machine.objects.types[handle.name],
        }

    def body(self, handle: Handle, owner: Written) -> int:
        """The address of the body of the object of a handle.

        Raises:
            KeyError: the plan has no such process, thread or device, or Windows no objects of that kind.
            ValueError: it is an object that a handle would not bring about: a driver, a symbolic link.
        """
        if handle.kind in _MADE_ELSEWHERE:
            raise ValueError(f"No handle to a {handle.kind} can be planned: a scan would find one more of them.")
        maker = self._makers.get(handle.kind)
        if maker is not None:
            return maker(handle, owner)
        if not handle.name:
            return self._plain(handle, owner)
        key = (handle.kind, handle.name)
        if key not in self._named:
            self._named[key] = self._plain(handle, owner)
        return self._named[key]

    def _pool(self, kind: str) -> Pool:
        return self.machine.paged if kind in _PAGED else self.machine.nonpaged

    def _plain(self, handle: Handle, owner: Written) -> int:
        kind = handle.kind
        dispatched, size = _DISPATCHED.get(kind, (None, _SIZES.get(kind, _USUAL)))
        name = handle.name.rpartition("\\")[2]
        body = self.machine.objects.new(kind, size, name, self._pool(kind))
        if dispatched is not None:
            self.machine.kernel.write(body, struct.pack("<BBB", dispatched, 0, min(size // 4, 0xFF)))
        elif kind in _OF_SESSION:
            self.machine.kernel.write(body, struct.pack("<I", owner.plan.session or 0))
        return body

    def _token(self, handle: Handle, owner: Written) -> int:
        return self._tokens[handle.pid or owner.plan.pid]

    def _directory(self, handle: Handle, _: Written) -> int:
        return self.machine.objects.directory("\\" + handle.name.strip("\\"))

    def _key(self, handle: Handle, owner: Written) -> int:
        made = self.machine.object("Key", "_CM_KEY_BODY", pool=self.machine.paged)
        made.set(Type=_KEY_KIND, KeyControlBlock=self.block(handle.name), ProcessID=owner.plan.pid)
        return made.address

    def block(self, path: str) -> int:
        r"""The control block of an open key, with those of the keys above it; ``\REGISTRY`` has none above.

        The kernel keeps names in capitals.
        """
        path = path.rstrip("\\").upper()
        if path not in self._keys:
            above, _, name = path.rpartition("\\")
            parent = self.block(above) if above else 0
            made = self.machine.new("_CM_KEY_CONTROL_BLOCK", b"CmKb", self.machine.paged)
            made.set(ParentKcb=parent, NameBlock=self._name(name), RefCount=2)
            self._keys[path] = made.address
        return self._keys[path]

    def _name(self, name: str) -> int:
        machine = self.machine
        narrow = all(ord(letter) < 256 for letter in name)  # noqa: PLR2004 - one byte a letter
        data = name.encode("latin-1") if narrow else name.encode("utf-16-le")
        made = machine.new("_CM_NAME_CONTROL_BLOCK", b"CmNb", machine.paged, extra=len(data))
        made.set(Compressed=int(narrow), NameLength=len(data))
        machine.kernel.write(made.at("Name"), data)
        return made.address


def write(machine: Machine) -> None:
    """Write the handle tables of all processes that have not ended."""
    opened = Opened(machine)
    for written in machine.processes.values():
        if written.living:
            with machine.part(machine.key(written.plan)):
                _table(machine, opened, written)


def of_session(machine: Machine, written: Written) -> tuple[Handle, ...]:
    """The handles that csrss.exe has to each living process of its session, beside those of the plan."""
    planned = written.plan
    if planned.name.lower() != "csrss.exe" or planned.session is None:
        return ()
    there = {handle.pid for handle in planned.handles if handle.kind == "Process"} | {planned.pid}
    return tuple(
        Handle(kind="Process", access=ALL_OF_A_PROCESS, pid=each.plan.pid)
        for each in machine.processes.values()
        if each.living and each.plan.session == planned.session and each.plan.pid not in there
    )


def numbers(machine: Machine, written: Written, count: int) -> list[int]:
    """The places of so many handles in a table: ascending, a few left free, never the first of a page."""
    draw = machine.random(f"handles {machine.key(written.plan)}")
    places, next_ = [], 1
    for _ in range(count):
        if draw.random() < _GAP:
            next_ += draw.randint(1, 3)
        next_ += not next_ % _ENTRIES
        places.append(next_)
        next_ += 1
    return places


def _table(machine: Machine, opened: Opened, written: Written) -> None:
    handles = (*written.plan.handles, *of_session(machine, written))
    places = numbers(machine, written, len(handles))
    content: dict[int, bytearray] = {0: bytearray(PAGE)}
    for place, handle in zip(places, handles, strict=True):
        body = opened.body(handle, written)
        page = content.setdefault(place // _ENTRIES, bytearray(PAGE))
        _ENTRY.pack_into(page, place % _ENTRIES * _ENTRY.size, entry(machine.objects.hold(body)), handle.access)
        written.handles.append(Held(value=place * _STEP, handle=handle, body=body))
    pages = [content.get(number, bytearray(PAGE)) for number in range(max(content) + 1)]
    table = machine.new("_HANDLE_TABLE", b"Obtb", machine.paged)
    table.set(
        TableCode=code(machine, pages),
        QuotaProcess=written.address,
        UniqueProcessId=written.plan.pid,
        NextHandleNeedingPool=len(pages) * _ENTRIES * _STEP,
    )
    written.struct.set(ObjectTable=table)


def entry(header: int) -> int:
    """The first word of an entry: not locked, counted, and the address of the object's header."""
    return _UNLOCKED | (header & _ADDRESS) >> 4 << _HEADER_BIT


def code(machine: Machine, pages: Sequence[bytes | bytearray]) -> int:
    """Write pages of entries and as many levels of pages of pointers above them as they need; the table's code."""
    level = 0
    addresses = [_page(machine, each) for each in pages]
    while len(addresses) > 1:
        level += 1
        groups = [addresses[at : at + _POINTERS] for at in range(0, len(addresses), _POINTERS)]
        addresses = [_page(machine, struct.pack(f"<{len(group)}Q", *group)) for group in groups]
    return addresses[0] | level


def _page(machine: Machine, content: bytes | bytearray) -> int:
    address = machine.paged.alloc(PAGE, b"Obtb")
    machine.kernel.write(address, content)
    return address
