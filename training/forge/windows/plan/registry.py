"""What the registry of a plan holds, accounts and secrets with it, and the services."""

from dataclasses import dataclass

from training.forge.windows.plan.machine import Filetime


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
class Profile:
    r"""Somebody's profile: whose (a SID), its folder (``C:\Users\m.roth``), when it was made and last loaded.

    ``loaded`` is 0 where its hives are not loaded; the keys of those that are stand in hives of the plan, and in what
    every profile has.
    """

    sid: str
    path: str
    created: Filetime
    loaded: Filetime = 0


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
