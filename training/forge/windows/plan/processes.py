"""The processes of a plan: their memory, threads, handles, rights."""

from dataclasses import dataclass
from enum import StrEnum

from training.forge.windows.plan.machine import Filetime, Spot


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A thread; ``native`` is the routine that the kernel starts, ``start`` the one that the program asked for.

    ``breakpoints`` are up to four places in code at which its debug registers stop it.
    """

    tid: int
    created: Filetime
    start: Spot
    native: Spot | None = None
    exited: Filetime = 0
    state: int = 5
    wait_reason: int = 6
    breakpoints: tuple[Spot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """An image mapped by a process, and in which of the loader's three lists it stands."""

    path: str
    loaded: Filetime
    in_load: bool = True
    in_memory: bool = True
    in_init: bool = True


class Kind(StrEnum):
    """What an area is made of."""

    PRIVATE = "private"
    MAPPED = "mapped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Memory of a process beside images, heap and stacks.

    ``protection`` is Windows' word without its prefix: ``EXECUTE_READWRITE``. ``file`` is that of a mapped one (empty:
    backed by the page file). ``start`` is given where the address matters. ``content`` is written from the start;
    ``label`` names it for a `Spot`.
    """

    size: int
    protection: str
    kind: Kind = Kind.PRIVATE
    file: str = ""
    start: int | None = None
    content: bytes = b""
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    r"""A handle. ``kind`` is the name of the object's type; ``pid`` (and ``tid``) name a process or a thread.

    ``name`` is the kernel's: ``\Windows\System32`` on its ``device`` for a file, ``\REGISTRY\MACHINE\…`` for a
    key. ``sharing`` of a file is read, write, delete as ``RWDrwd``, capitals for what was asked, small for what is
    shared, a hyphen for none.
    """

    kind: str
    access: int
    name: str = ""
    pid: int = 0
    tid: int = 0
    device: str = "HarddiskVolume3"
    sharing: str = "R--rwd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Privilege:
    """A privilege of a token, by its name: ``SeDebugPrivilege``."""

    name: str
    enabled: bool
    by_default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """Whose rights a process has: the user's SID, the groups with their attributes, the privileges that are present."""

    user: str
    groups: tuple[tuple[str, int], ...]
    privileges: tuple[Privilege, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """What a console host keeps for its client: the lines typed, and the rows of its screen."""

    client: int
    application: str
    title: str
    commands: tuple[str, ...]
    screen: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """Code of an image that was overwritten in one process."""

    spot: Spot
    code: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process.

    Attributes:
        pid: a multiple of 4.
        ppid: what it says of its parent, living or not.
        name: the kernel's, at most 14 characters.
        path: of the program; empty for one without (System, Registry, Memory Compression).
        shown: the path that its own memory gives.
        session: None for those that belong to none.
        threads: empty for one that has ended.
        minimal: no program and no own memory, but for areas.
        listed: it stands in the ring of living processes.
        hollow: a private copy lies where its program should be mapped.
        ghosted: its file was deleted before it was started.
        wow64: libraries of a 32-bit program, in load order; not empty makes it one.
        labels: names by which a scenario plants it.
    """

    pid: int
    ppid: int
    name: str
    created: Filetime
    token: Token
    path: str = ""
    shown: str = ""
    command_line: str = ""
    directory: str = "C:\\Windows\\system32\\"
    environment: tuple[tuple[str, str], ...] = ()
    session: int | None = None
    exited: Filetime = 0
    exit_status: int = 0x103
    threads: tuple[Thread, ...] = ()
    libraries: tuple[Library, ...] = ()
    areas: tuple[Area, ...] = ()
    handles: tuple[Handle, ...] = ()
    strings: tuple[str, ...] = ()
    minimal: bool = False
    listed: bool = True
    hollow: bool = False
    ghosted: bool = False
    wow64: tuple[Library, ...] = ()
    console: Console | None = None
    patches: tuple[Patch, ...] = ()
    labels: tuple[str, ...] = ()
