"""What the writer keeps of a process that it laid out: where each part of it lies."""

from dataclasses import dataclass, field

from training.forge.windows.heap import Arena
from training.forge.windows.layout import Struct
from training.forge.windows.memory import Space
from training.forge.windows.plan import Filetime, Handle, Kind, Process, Thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An area of a process where it lies.

    Attributes:
        start: its first address; ``size`` is in bytes, whole pages.
        kind: ``image`` is said beside it: images are mapped too, but the kernel knows them for what they are.
        subsection: the address of its section's first part, behind the control area; 0 for private memory.
        file: the address of the file object behind it; 0 where there is none.
        path: the file's name as the kernel keeps it, without the device.
        commit: pages charged to the process.
    """

    start: int
    size: int
    protection: str
    kind: Kind = Kind.PRIVATE
    image: bool = False
    subsection: int = 0
    file: int = 0
    path: str = ""
    commit: int = 0

    @property
    def end(self) -> int:
        """Its last address."""
        return self.start + self.size - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """An entry of the loader: a library where it lies, and the lists in which it stands; ``bits`` of its list."""

    path: str
    base: int
    size: int
    loaded: Filetime
    in_load: bool = True
    in_memory: bool = True
    in_init: bool = True
    bits: int = 64

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.rpartition("\\")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A handle with its number, and the address of the object's body."""

    value: int
    handle: Handle
    body: int


@dataclass(slots=True, kw_only=True)
class Written:
    """A process as it stands in memory.

    Attributes:
        struct: its ``_EPROCESS``.
        space: its memory; the kernel's own for System, an empty one where the process has ended.
        heap: where texts and structures of the program go; None where there is no program.
        free: behind the last area whose place was drawn.
        stacks: where the first thread's stack begins; those of the others follow.
        image_base: where the program lies; 0 for none.
        threads: the object of each thread with its plan; living and ended ones.
        starts: for each thread the addresses that the kernel and the program started it at.
        areas: all memory, in the order in which it was laid out.
        taken: start and size of all areas, in the order of their addresses.
        nodes: the address of the kernel's record of an area, by the area's start.
        bases: where an image lies, by its file name in small letters.
        addresses: where an area lies, by its label.
    """

    plan: Process
    struct: Struct
    space: Space
    token: int = 0
    peb: int = 0
    image_base: int = 0
    heap: Arena | None = None
    free: int = 0
    stacks: int = 0
    threads: list[tuple[Struct, Thread]] = field(default_factory=list)
    starts: list[tuple[int, int]] = field(default_factory=list)
    areas: list[Placed] = field(default_factory=list)
    taken: list[tuple[int, int]] = field(default_factory=list)
    nodes: dict[int, int] = field(default_factory=dict)
    bases: dict[str, int] = field(default_factory=dict)
    addresses: dict[str, int] = field(default_factory=dict)
    entries: list[Loaded] = field(default_factory=list)
    handles: list[Held] = field(default_factory=list)

    @property
    def address(self) -> int:
        """The virtual address of its ``_EPROCESS``."""
        return self.struct.address

    @property
    def living(self) -> bool:
        """Whether it had not ended when memory was frozen."""
        return not self.plan.exited
