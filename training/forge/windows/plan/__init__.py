r"""A Windows machine with everything decided: numbers, times, sizes, who holds what. Nothing is left to be drawn.

`planning` makes it from a scenario and a baseline, the writer lays it out in memory, and the truth is told from it and
never read from the image. Times are FILETIME: steps of 100 ns since 1601 in UTC, 0 for none. Paths of people are those
that Windows shows (``C:\Windows\System32\lsass.exe``); names in the kernel's form are derived where they are written.
"""

import hashlib
from dataclasses import dataclass
from random import Random

from training.forge.windows.plan.machine import (
    Callback,
    Device,
    Filetime,
    Hook,
    Host,
    ImageFile,
    Link,
    Module,
    Spot,
    Timer,
    Unloaded,
)
from training.forge.windows.plan.processes import (
    Area,
    Console,
    Handle,
    Kind,
    Library,
    Patch,
    Privilege,
    Process,
    Thread,
    Token,
)
from training.forge.windows.plan.registry import (
    Account,
    CachedLogon,
    Counted,
    Hive,
    Key,
    Known,
    Profile,
    Secret,
    Service,
    Shimmed,
    Task,
    Value,
)
from training.forge.windows.plan.traces import (
    Cached,
    Endpoint,
    Recorded,
)

__all__ = [
    "Account",
    "Area",
    "Cached",
    "CachedLogon",
    "Callback",
    "Console",
    "Counted",
    "Device",
    "Endpoint",
    "Filetime",
    "Handle",
    "Hive",
    "Hook",
    "Host",
    "ImageFile",
    "Key",
    "Kind",
    "Known",
    "Library",
    "Link",
    "Module",
    "Patch",
    "Plan",
    "Privilege",
    "Process",
    "Profile",
    "Recorded",
    "Secret",
    "Service",
    "Shimmed",
    "Spot",
    "Task",
    "Thread",
    "Timer",
    "Token",
    "Unloaded",
    "Value",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A machine, whole. ``seed`` is that of the variant; ``title`` stands in the banner of the image.

    All places in memory are drawn from ``layout``, which machines share that are packed on the same base; from the seed
    where it is empty.
    """

    title: str
    seed: str
    layout: str = ""
    host: Host
    images: dict[str, ImageFile]
    processes: tuple[Process, ...]
    modules: tuple[Module, ...]
    unloaded: tuple[Unloaded, ...] = ()
    services: tuple[Service, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    hives: tuple[Hive, ...] = ()
    profiles: tuple[Profile, ...] = ()
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
    timers: tuple[Timer, ...] = ()
    jobs: tuple[tuple[int, ...], ...] = ()

    def random(self, part: str) -> Random:
        """The numbers that are drawn for a part; those of another part never move them."""
        digest = hashlib.sha256(f"{self.seed}\0{part}".encode()).digest()
        return Random(digest)  # noqa: S311 - drawn again from the same seed, no secret

    def process(self, pid: int) -> Process:
        """The process of that number; where one has ended and another got it, the one that lives."""
        found = [each for each in self.processes if each.pid == pid]
        return next((each for each in found if not each.exited), found[0])
