"""What every room writes into: the machine of a plan, with its memory, its kernel and what was written before."""

import struct
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from random import Random
from typing import TYPE_CHECKING, Final

from training.forge.windows import plan as plans
from training.forge.windows.builds.load import build
from training.forge.windows.files import Images
from training.forge.windows.heap import Arena
from training.forge.windows.layout import Space as Memory
from training.forge.windows.layout import Struct
from training.forge.windows.memory import Physical, Space
from training.forge.windows.objects import Objects
from training.forge.windows.parts import Parts
from training.forge.windows.pools import Pool, PoolKind
from training.forge.windows.symbols import Identity, identity

if TYPE_CHECKING:
    from training.forge.windows.written import Written

TOP: Final = 0x1AD000
"""Physical address of the kernel's top table, where readers look first."""
SHARED: Final = 0xFFFFF78000000000
"""The page that the kernel shares with all programs, as the kernel sees it."""
SHARED_USER: Final = 0x7FFE0000
"""The same page, as programs see it."""
SYSTEM_RANGE: Final = 0xFFFF800000000000
"""The lowest address of the kernel's half."""

_DRIVERS: Final = 0x1400000
_MEGABYTE: Final = 20
_HOST: Final = "svchost.exe"
_SPOTS: Final = range(0x110, 0x1F0)


class Machine:
    r"""The machine of a plan while it is written.

    Args:
        plan: of the machine.
        identities: of symbol databases in place of our own, by their names: a test asks genuine symbols.

    Attributes:
        parts: whose turn it is to take memory.
        physical: its memory.
        kernel: the kernel's address space.
        nonpaged, paged: its pools.
        base: where the kernel's image lies.
        drivers: where the images of drivers begin.
        shared: the physical page of `SHARED`.
        objects: makes objects.
        images: files and what of them is in memory.
        modules: bases of kernel modules, by file name in small letters.
        devices: device objects by their name below ``\Device``.
        sessions: addresses of the sessions' structures, by number.
        processes: by their place in the plan.
    """

    def __init__(self, plan: plans.Plan, identities: Mapping[str, Identity] | None = None) -> None:
        self.plan = plan
        self._identities = dict(identities or {})
        self.build = build(plan.host.build)
        self.parts = Parts(plan.layout or plan.seed)
        self.physical = Physical(plan.host.memory, self.parts)
        self.kernel = Space(self.physical, TOP)
        draw = self.random("places")
        self.base = 0xFFFFF80000000000 | draw.randrange(0x100, 0x3FF) << 24 | draw.randrange(8) << 21
        self.drivers = self.base + _DRIVERS + (draw.randrange(16) << _MEGABYTE)
        nonpaged = SYSTEM_RANGE | draw.randrange(0x80, 0xA0) << 40 | draw.randrange(0x100) << 24
        paged = SYSTEM_RANGE | draw.randrange(0xA8, 0xC0) << 40 | draw.randrange(0x100) << 24
        self.nonpaged = Pool(self.kernel, nonpaged, PoolKind.NONPAGED, self.parts)
        self.paged = Pool(self.kernel, paged, PoolKind.PAGED, self.parts)
        taken = {address >> 39 & 511 for address in (self.base, nonpaged, paged, SHARED)}
        self._self = draw.choice([index for index in _SPOTS if index not in taken])
        self.shared = self.kernel.map(SHARED)
        self.objects = Objects(self)
        self.images = Images(self)
        self.modules: dict[str, int] = {}
        self.devices: dict[str, int] = {}
        self.sessions: dict[int, int] = {}
        self.processes: dict[int, Written] = {}
        self._keys = _keys(plan.processes)
        self._spaces: list[Space] = []

    def random(self, part: str) -> Random:
        """The numbers that are drawn for a part; those of another part never move them."""
        return self.parts.random(part)

    def part(self, name: str) -> AbstractContextManager[None]:
        """Let what is taken within the block be a part's of its own: no other part's places follow from it."""
        return self.parts.turn(name)

    def key(self, process: plans.Process) -> str:
        """What a process is known by whatever numbers and times it has.

        That is its name with its label, or a service host's group, and which of those it is in the order of the plan.
        """
        return self._keys[id(process)]

    def identity(self, pdb: str) -> Identity:
        """What names the symbols of an image by its database."""
        return self._identities.get(pdb) or identity(self.build, pdb)

    def space(self) -> Space:
        """A new address space for a process; it gets the kernel's half when all is written."""
        space = Space(self.physical)
        self._spaces.append(space)
        return space

    def struct(self, kind: str, address: int, space: Space | None = None) -> Struct:
        """A view of a structure at an address, in the kernel's space unless another is given."""
        return Struct(self.build, space or self.kernel, kind, address)

    def new(self, kind: str, tag: bytes, pool: Pool | None = None, extra: int = 0) -> Struct:
        """A new structure in a block of a pool (without one: the nonpaged), with so many more bytes behind it."""
        place = (pool or self.nonpaged).alloc(self.build.sizeof(kind) + extra, tag)
        return self.struct(kind, place)

    def object(
        self,
        kind: str,
        type_: str,
        name: str = "",
        pool: Pool | None = None,
        extra: int = 0,
        filled: Sequence[tuple[int, int]] = (),
    ) -> Struct:
        """A new object: the view of its body, a structure of ``type_`` with so many more bytes behind it."""
        return self.struct(type_, self.objects.new(kind, self.build.sizeof(type_) + extra, name, pool, filled))

    def symbol(self, name: str, size: int = 8) -> int:
        """The address of a global of the kernel, with pages behind so many bytes of it.

        Raises:
            KeyError: the table of the build has no such symbol.
        """
        return self.kernel.cover(self.base + self.build.symbols[name], size)

    def store(self, name: str, *values: int, form: str = "Q") -> int:
        """Write numbers at a global of the kernel, each in the form of `struct`; returns its address."""
        data = struct.pack(f"<{len(values)}{form}", *values)
        place = self.symbol(name, len(data))
        self.kernel.write(place, data)
        return place

    def string(self, place: int, text: str, space: Memory | None = None, arena: Arena | None = None) -> None:
        """Write a _UNICODE_STRING at an address, with its text in an arena or else in the paged pool."""
        data = text.encode("utf-16-le")
        where: Memory = space or self.kernel
        if arena is not None:
            buffer = arena.put(data + b"\0\0", 2)
        else:
            buffer = self.paged.alloc(len(data) + 2, b"Ustr")
            self.kernel.write(buffer, data)
        where.write(place, struct.pack("<HHIQ", len(data), len(data) + 2, 0, buffer))

    def text(
        self, target: Struct, path: str, text: str, space: Memory | None = None, arena: Arena | None = None
    ) -> None:
        """Set a member that is a _UNICODE_STRING; its text goes into an arena or else into the paged pool."""
        self.string(target.at(path), text, space or target.space, arena)

    def module_base(self, name: str) -> int:
        """Where a kernel module lies, by its file name.

        Raises:
            KeyError: no such module is planned.
        """
        return self.modules[name.lower()]

    def spot(self, spot: plans.Spot, process: "Written | None" = None) -> int:
        """The address of a place in code: in a process where that has such an image or area, else in the kernel.

        Raises:
            KeyError: neither has it.
        """
        for known in (process.addresses, process.bases) if process is not None else ():
            if spot.image in known:
                return known[spot.image] + self._exported(spot) + spot.offset
        return self.module_base(spot.image) + spot.offset

    def _exported(self, spot: plans.Spot) -> int:
        """How far into its image the function lies from which a place counts; 0 where it counts from the start."""
        if not spot.export:
            return 0
        for image in self.plan.images.values():
            if image.path.lower().endswith(f"\\{spot.image}"):
                made = self.images.image(image.path).portable
                if made is not None and spot.export in made.exports:
                    return made.exports[spot.export]
        raise KeyError(spot.export)

    def process(self, pid: int) -> "Written":
        """The process of a number; where one has ended and another got it, the one that lives.

        Raises:
            KeyError: none has it, or it is not written yet.
        """
        found = [each for each in self.processes.values() if each.plan.pid == pid]
        if not found:
            raise KeyError(pid)
        return next((each for each in found if not each.plan.exited), found[0])

    def close(self) -> None:
        """Give all spaces the kernel's half as it is now, and each its reference to itself. Nothing is mapped later."""
        self.kernel.refer(self._self)
        for space in self._spaces:
            space.share(self.kernel)
            space.refer(self._self)


def _keys(processes: Sequence[plans.Process]) -> dict[int, str]:
    """What processes are known by; told apart by which object they are, since two may say the same of themselves."""
    seen: Counter[str] = Counter()
    keys = {}
    for process in processes:
        group = process.command_line.partition(" ")[2] if process.name.lower() == _HOST else ""
        name = f"{process.name} {process.labels[0] if process.labels else group}"
        seen[name] += 1
        keys[id(process)] = f"{name} {seen[name]}"
    return keys
