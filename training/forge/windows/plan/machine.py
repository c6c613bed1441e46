"""The machine of a plan: what it is, its images on disk, what its kernel has loaded and registered."""

from dataclasses import dataclass

Filetime = int
"""Steps of 100 ns since 1601-01-01 in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The machine.

    ``build`` is the name of a table of `builds`; ``product`` 1 a workstation, 3 a server; ``memory`` is in bytes;
    ``sid`` is the issuing authority of the machine's accounts (``S-1-5-21-a-b-c``); ``offset`` says by how many seconds
    its clock is ahead of the reference; ``installed`` when Windows was set up, and ``zone`` the time zone that it
    shows, in its own words.
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
    installed: Filetime = 0
    zone: str = "W. Europe Standard Time"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFile:
    """A program, library or driver on disk. Its bytes are made from these facts, and say that they are synthetic.

    ``size`` is that of the loaded image in bytes; ``timestamp`` is of its header, in seconds since 1970; ``resident``
    names how many pages beside those with content are in memory; ``imports`` are names of functions by the library that
    they come from: without any, a program gets a usual set.
    """

    path: str
    size: int
    timestamp: int
    version: tuple[int, int, int, int]
    bits: int = 64
    resident: int = 0
    imports: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place in code: an offset in an image, by its file name in small letters, or in an area, by its label.

    With ``export`` the offset counts from the function that the image exports under that name.
    """

    image: str
    offset: int
    export: str = ""


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
class Callback:
    """A routine registered with the kernel. ``kind`` is process, thread, image, registry, bugcheck, reason, filesystem.

    ``altitude`` is that of a registry callback; ``reason`` is a bug check's too, registered for what it asks for.
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
class Timer:
    """A timer of the kernel, and the routine that runs when it is due.

    ``due`` is in steps of 100 ns since the machine was started; ``period`` in ms, 0 for one that runs once.
    """

    routine: Spot
    due: int
    period: int = 0
