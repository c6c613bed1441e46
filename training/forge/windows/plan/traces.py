"""Sockets, records of the file system and cached files of a plan."""

from dataclasses import dataclass

from training.forge.windows.plan.machine import Filetime


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
class Recorded:
    """A record of the master file table: times of both attributes, and alternate data streams.

    ``content`` is that of a file small enough to lie in its record; ``number`` that of the record, 0 for the next free
    one; ``changed`` when the record itself was, and ``accessed``, are 0 where they are as ``modified``.
    """

    name: str
    size: int
    created: Filetime
    modified: Filetime
    named_created: Filetime
    parent: int = 5
    streams: tuple[tuple[str, bytes], ...] = ()
    content: bytes = b""
    number: int = 0
    changed: Filetime = 0
    accessed: Filetime = 0
    directory: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cached:
    """A file whose content the cache holds: its path and the bytes."""

    path: str
    content: bytes
