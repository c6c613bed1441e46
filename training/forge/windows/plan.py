r"""A Windows machine with everything decided: numbers, times, sizes, who holds what. Nothing is left to be drawn.

`planning` makes it from a scenario and a baseline, the writer lays it out in memory, and the truth is told from it and
never read from the image. Times are FILETIME: steps of 100 ns since 1601 in UTC, 0 for none. Paths of people are those
that Windows shows (``C:\Windows\System32\lsass.exe``); names in the kernel's form are derived where they are written.
"""

from dataclasses import dataclass, field
from enum import StrEnum

Filetime = int
"""Steps of 100 ns since 1601-01-01 in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The machine.

    ``build`` is the name of a table of `builds`; ``product`` 1 a workstation, 3 a server; ``memory`` is in bytes;
    ``sid`` is the issuing authority of the machine's accounts (``S-1-5-21-a-b-c``); ``offset`` says by how many seconds
    its clock is ahead of the reference.
    """

    name: str
    domain: str
    dns: str
    build: str
    product: int
    processors: int
    memory: int
    booted: Filetime
    frozen: Filetime
    sid: str
    addresses: tuple[str, ...]
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFile:
    """A program, library or driver on disk. Its bytes are made from these facts, and say that they are synthetic.

    ``size`` is that of the loaded image in bytes; ``timestamp`` is of its header, in seconds since 1970; ``resident``
    names how many pages beside those with content are in memory.
    """

    path: str
    size: int
    timestamp: int
    version: tuple[int, int, int, int]
    bits: int = 64
    resident: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place in code: an offset in an image, by its file name in small letters, or in an area, by its label."""

    image: str
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A thread; ``native`` is the routine that the kernel starts, ``start`` the one that the program asked for."""

    tid: int
    created: Filetime
    start: Spot
    native: Spot | None = None
    exited: Filetime = 0
    state: int = 5
    wait_reason: int = 6


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
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    r"""A device of a driver, by its name below ``\Device`` (empty: unnamed) and its type's number."""

    name: str
    kind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A kernel module, in load order; ``driver`` is the name of its driver object, empty for a plain library."""

    path: str
    size: int
    driver: str = ""
    devices: tuple[Device, ...] = ()
    listed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Unloaded:
    """A module that was unloaded at a time."""

    name: str
    size: int
    time: Filetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A record of the service control manager, and its registry key, which was last written at ``time``.

    ``kind`` is the number of its type (1 driver, 2 file system, 16 own process, 32 shared process), ``start`` that of
    its start (0 boot to 4 disabled), ``state`` 1 stopped, 4 running. ``listed`` is false for one that was taken out of
    the list in the memory of services.exe.
    """

    name: str
    display: str
    kind: int
    start: int
    state: int
    binary: str
    time: Filetime
    pid: int = 0
    library: str = ""
    account: str = "LocalSystem"
    listed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A socket. ``protocol`` is tcp or udp; an address without a place is 0.0.0.0 or ``::``.

    ``state`` is Windows' word (LISTENING, ESTABLISHED, …), empty for UDP. ``live`` is false for one that has ended:
    it is in the pool only.
    """

    protocol: str
    local: tuple[str, int]
    pid: int
    created: Filetime
    remote: tuple[str, int] = ("", 0)
    state: str = ""
    live: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A registry value; ``kind`` is SZ, EXPAND_SZ, MULTI_SZ, DWORD, QWORD, BINARY or NONE; numbers are whole."""

    name: str
    kind: str
    data: str | int | bytes | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A registry key below the root of its hive, when it was last written, and its class name."""

    path: str
    time: Filetime
    values: tuple[Value, ...] = ()
    class_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hive:
    """A hive by the name that the kernel keeps for it; services, tasks and accounts are written into it beside."""

    name: str
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A local account. Its password is fiction; None: no hash is stored. ``flags`` are those of its SAM record."""

    name: str
    rid: int
    password: str | None
    created: Filetime
    flags: int = 0x0210


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """An LSA secret by its name (``_SC_…`` for that of a service)."""

    name: str
    content: bytes
    time: Filetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedLogon:
    """A domain logon that is cached; the hash is 16 bytes."""

    user: str
    domain: str
    dns: str
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    r"""A scheduled task by its path (``\Vendor\Update``)."""

    path: str
    command: str
    arguments: str
    trigger: str
    created: Filetime
    last_run: Filetime
    user: str = ""
    sid: str = ""
    display: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """An entry of UserAssist in the hive of a user: how often, in focus how often and how many ms, when last."""

    hive: str
    name: str
    count: int
    focus: int
    focus_ms: int
    time: Filetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An entry of Amcache: a program's path with the SHA-1 of its file; of a driver with ``service``."""

    path: str
    sha1: str
    time: Filetime
    product: str
    publisher: str
    version: str
    service: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shimmed:
    """An entry of ShimCache, newest first: a path as it keeps it, and the modification time of the file."""

    path: str
    modified: Filetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A record of the master file table: times of both attributes, and alternate data streams."""

    name: str
    size: int
    created: Filetime
    modified: Filetime
    named_created: Filetime
    parent: int = 5
    streams: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cached:
    """A file whose content the cache holds: its path and the bytes."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A routine registered with the kernel. ``kind`` is process, thread, image, registry, or bugcheck.

    ``altitude`` is that of a registry callback.
    """

    kind: str
    routine: Spot
    altitude: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A system call whose entry leads elsewhere: ``function`` is its name, ``Nt…``."""

    function: str
    routine: Spot


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A symbolic link of the object manager."""

    name: str
    target: str
    created: Filetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A machine, whole. ``seed`` is that of the variant; ``title`` stands in the banner of the image."""

    title: str
    seed: str
    host: Host
    images: dict[str, ImageFile]
    processes: tuple[Process, ...]
    modules: tuple[Module, ...]
    unloaded: tuple[Unloaded, ...] = ()
    services: tuple[Service, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    hives: tuple[Hive, ...] = ()
    accounts: tuple[Account, ...] = ()
    secrets: tuple[Secret, ...] = ()
    logons: tuple[CachedLogon, ...] = ()
    tasks: tuple[Task, ...] = ()
    counted: tuple[Counted, ...] = ()
    known: tuple[Known, ...] = ()
    shimmed: tuple[Shimmed, ...] = ()
    records: tuple[Recorded, ...] = ()
    cached: tuple[Cached, ...] = ()
    callbacks: tuple[Callback, ...] = ()
    hooks: tuple[Hook, ...] = ()
    links: tuple[Link, ...] = ()
    jobs: tuple[tuple[int, ...], ...] = field(default=())

    def process(self, pid: int) -> Process:
        """The process of that number; where one has ended and another got it, the one that lives."""
        found = [each for each in self.processes if each.pid == pid]
        return next((each for each in found if not each.exited), found[0])
