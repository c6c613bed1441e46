"""What was really the case on a Windows machine that was written: the plan that its image was written from.

Names that a machine of any system has are those of `training.forge.truth`. Times are the machine's own clock in UTC,
cut to microseconds; readers print whole seconds.
"""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from training.forge.truth import Address, Drawn, Variable

Number = Annotated[int, Field(ge=0)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WindowsProcess(_Frozen):
    r"""One process.

    Attributes:
        pid: its number.
        ppid: what it says of its parent, living or not.
        comm: the name that the kernel keeps, at most 14 characters.
        file: the whole last part of its program's path; empty for one without a program.
        exe: the path of its program with its drive, as the kernel has it.
        device: the same below ``\Device``.
        shown: the path that its own memory gives.
        line: its command line.
        cwd: its current directory.
        started: when it was created.
        ended: when it ended; null while it lives.
        threads: numbers of its threads.
        session: number of its session; null for those that belong to none.
        sid: whose rights it has.
        user: the name of that account.
        integrity: untrusted, low, medium, high or system.
        groups: SIDs of the groups of its token.
        privileges: those that are enabled.
        listed: it stands in the kernel's list of processes.
        alive: it has not ended.
        wow64: a 32-bit program.
        hollow: a private copy lies where its program should be mapped.
        ghosted: its file was deleted before it was started.
        commands: lines typed at its console.
    """

    pid: Number
    ppid: Number
    comm: str
    file: str
    exe: str
    device: str
    shown: str
    line: str
    cwd: str
    started: AwareDatetime
    ended: AwareDatetime | None
    threads: tuple[Number, ...]
    session: Number | None
    sid: str
    user: str
    integrity: str
    groups: tuple[str, ...]
    privileges: tuple[str, ...]
    listed: bool
    alive: bool
    wow64: bool
    hollow: bool
    ghosted: bool
    commands: tuple[str, ...]


class WindowsSocket(_Frozen):
    """A socket; ``name`` is the scenario's for it, empty for one of the baseline. An end that is open is ``0.0.0.0`` or
    ``::`` with port 0. ``state`` is empty for UDP; ``live`` is false for one that only a scan finds.
    """

    name: str
    protocol: str
    local_address: str
    local_port: Number
    remote_address: str
    remote_port: Number
    local: str
    remote: str
    state: str
    pid: Number
    created: AwareDatetime
    live: bool


class WindowsPlanted(WindowsProcess):
    """A process that the scenario names.

    ``creator`` is who really started it, ``ancestors`` its parents from the nearest on, as far as they are there;
    ``console`` is its console host, 0 where it has none.
    """

    creator: Number
    ancestors: tuple[Number, ...]
    children: tuple[Number, ...]
    console: Number
    connections: tuple[WindowsSocket, ...]


class WindowsModule(_Frozen):
    """A kernel module: the name and the path by which the kernel lists it, and its size in bytes."""

    name: str
    path: str
    size: Number
    driver: str
    listed: bool
    planted: bool


class Service(_Frozen):
    """A service or driver; ``kind``, ``start`` and ``state`` in the words of the control manager."""

    name: str
    display: str
    kind: str
    start: str
    state: str
    binary: str
    library: str
    account: str
    pid: Number
    time: AwareDatetime
    listed: bool
    planted: bool


class Task(_Frozen):
    """A scheduled task."""

    path: str
    name: str
    command: str
    arguments: str
    trigger: str
    user: str
    created: AwareDatetime
    last_run: AwareDatetime
    planted: bool


class RegistryValue(_Frozen):
    """A value of a key of the scenario or the baseline, and when the key was last written; ``data`` as text."""

    hive: str
    key: str
    name: str
    kind: str
    data: str
    time: AwareDatetime
    planted: bool


class Account(_Frozen):
    """A local account. ``nthash`` is what a reader gives for it: that of an empty password where none is stored."""

    name: str
    rid: Number
    nthash: str
    empty: bool
    stored: bool
    planted: bool


class Secret(_Frozen):
    """An LSA secret."""

    name: str
    planted: bool


class Logon(_Frozen):
    """A cached logon; ``hash`` in hexadecimal digits."""

    user: str
    domain: str
    hash: str


class File(_Frozen):
    """A file: times of the standard information, of the name, and its streams with their contents."""

    path: str
    name: str
    size: Number
    created: AwareDatetime
    modified: AwareDatetime
    named_created: AwareDatetime
    streams: dict[str, str]
    planted: bool


class CachedFile(_Frozen):
    """A file whose content the cache holds: of the content, and of the content with zeros up to whole pages."""

    path: str
    size: Number
    sha256: str
    dumped_size: Number
    dumped_sha256: str


class Counted(_Frozen):
    """An entry of UserAssist."""

    user: str
    program: str
    count: Number
    focus: Number
    focus_ms: Number
    time: AwareDatetime
    planted: bool


class Known(_Frozen):
    """An entry of Amcache."""

    path: str
    sha1: str
    time: AwareDatetime
    product: str
    publisher: str
    planted: bool


class Shimmed(_Frozen):
    """An entry of ShimCache; ``order`` counts from 0, newest first."""

    path: str
    modified: AwareDatetime
    order: Number
    planted: bool


class Callback(_Frozen):
    """A routine registered with the kernel, by its module."""

    kind: str
    module: str
    planted: bool


class Hook(_Frozen):
    """A system call that leads elsewhere, and its number."""

    function: str
    number: Number
    module: str


class Region(_Frozen):
    """Memory of a process that the scenario put there, or private memory that may be run."""

    pid: Number
    comm: str
    name: str
    protection: str
    size: Number
    text: str
    begins: str
    mapped: bool
    planted: bool


class Handle(_Frozen):
    """A handle to a process, or one that the scenario put there; ``target`` is the process that it leads to, or 0."""

    pid: Number
    comm: str
    kind: str
    access: Number
    name: str
    target: Number
    planted: bool


class Mapped(_Frozen):
    """A library of a planted process and the loader's lists in which it stands."""

    pid: Number
    path: str
    device: str
    loaded: AwareDatetime
    in_load: bool
    in_init: bool
    in_memory: bool


class Windows(_Frozen):
    """What a truth says of a Windows machine beside what it says of any.

    ``readings`` are sentences about where the reader of this version says other than what is.
    """

    domain: str
    role: str
    build: Number
    users: dict[str, str]
    services: tuple[Service, ...]
    tasks: tuple[Task, ...]
    values: tuple[RegistryValue, ...]
    accounts: tuple[Account, ...]
    secrets: tuple[Secret, ...]
    logons: tuple[Logon, ...]
    endpoints: tuple[WindowsSocket, ...]
    files: tuple[File, ...]
    cached: tuple[CachedFile, ...]
    counted: tuple[Counted, ...]
    known: tuple[Known, ...]
    shimmed: tuple[Shimmed, ...]
    callbacks: tuple[Callback, ...]
    hooks: tuple[Hook, ...]
    regions: tuple[Region, ...]
    handles: tuple[Handle, ...]
    libraries: tuple[Mapped, ...]
    readings: tuple[str, ...]


class WindowsTruth(_Frozen):
    """The truth of one exhibit.

    ``drawn`` are the variant's values by name, ``events`` UTC epoch seconds of the moments that the scenario names,
    ``planted`` the processes that it names: each process of the story, and what stands under ``planted``.
    ``environment`` is that of these processes. ``windows`` is what only a Windows machine has.
    """

    version: Annotated[int, Field(ge=2, le=2)] = 2
    host: str
    release: str
    kernel: str
    booted: AwareDatetime
    frozen: AwareDatetime
    clock_offset: int
    drawn: dict[str, Drawn]
    processes: tuple[WindowsProcess, ...]
    sockets: tuple[WindowsSocket, ...]
    modules: tuple[WindowsModule, ...]
    environment: tuple[Variable, ...]
    addresses: tuple[Address, ...]
    events: dict[str, float]
    planted: dict[str, WindowsPlanted | tuple[WindowsPlanted, ...]]
    windows: Windows
