"""The files of the baseline, read: processes by role, libraries, services, kernel modules."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

FOLDER: Final = Path(__file__).parent / "baseline"
SYSTEM_32: Final = "C:\\Windows\\System32\\"
SYSTEM_WOW: Final = "C:\\Windows\\SysWOW64\\"
STARTS: Final = {"boot": 0, "system": 1, "auto": 2, "demand": 3, "disabled": 4}
SERVICE_HOST: Final = "svchost.exe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A process of the baseline; its file in `baseline` explains the fields."""

    name: str = ""
    at: float
    file: str = ""
    path: str = ""
    kept: str = ""
    parent: str = "services"
    user: str = ""
    session: int | str | None = None
    command: str = ""
    group: str = ""
    command_group: str = ""
    service: str = ""
    services: tuple[str, ...] = ()
    since: str = "boot"
    lasts: float = 0
    threads: int = 1
    handles: int = 0
    pid: int = 0
    minimal: bool = False
    forgotten: bool = False
    managed: bool = False
    integrity: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """A service that Windows has: ``host`` is a group of svchost.exe, or the command of its own program."""

    name: str
    display: str
    start: int
    host: str
    library: str

    @property
    def own(self) -> bool:
        """Whether it has a program of its own."""
        return "\\" in self.host


@dataclass(frozen=True, slots=True)
class Loaded:
    """A kernel module of the baseline."""

    file: str
    folder: str
    pages: int
    driver: str
    devices: tuple[tuple[str, int], ...]

    @property
    def path(self) -> str:
        """Where it lies, in the kernel's form."""
        return f"{self.folder}{self.file}"


@dataclass(frozen=True, slots=True)
class Sets:
    """Which libraries programs have, and how large images are, in pages."""

    sets: dict[str, list[str]]
    programs: dict[str, list[str]]
    groups: dict[str, list[str]]
    others: list[str]
    wow64: list[str]
    sizes: dict[str, int]
    small: dict[str, str] = field(default_factory=dict)


def _read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    return document


@cache
def rows(role: str) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """The processes of a role, and those that each session brings."""
    document = _read(role)
    processes, session = (
        tuple(Row(**{**each, "services": tuple(each.get("services", ()))}) for each in document[part])
        for part in ("processes", "session")
    )
    return processes, session


@cache
def libraries() -> Sets:
    """The sets of libraries."""
    document = _read("libraries")
    found = Sets(**document)
    found.small.update({name.lower(): name for name in found.programs})
    return found


@cache
def services(role: str) -> tuple[Offered, ...]:
    """The services of a role."""
    document = _read("services")
    lines = [*document["services"], *(document["of_server"] if role == "server" else ())]
    found = []
    for line in lines:
        name, display, start, host, library = (part.strip() for part in line.split("|"))
        found.append(Offered(name, display, STARTS[start], host.strip("'"), library))
    return tuple(found)


@cache
def idle_drivers() -> tuple[tuple[str, str, int, str], ...]:
    """Drivers that are known and not loaded: name, display name, start, file."""
    found = []
    for line in _read("services")["drivers"]:
        name, display, start, file = (part.strip() for part in line.split("|"))
        found.append((name, display, STARTS[start], file))
    return tuple(found)


@cache
def modules() -> tuple[Loaded, ...]:
    """The kernel modules, in load order."""
    found = []
    for line in _read("modules")["modules"]:
        file, pages, driver, *devices = line.split()
        folder = "\\SystemRoot\\System32\\drivers\\"
        if file.startswith("s:"):
            folder, file = "\\SystemRoot\\system32\\", file[2:]
        named = tuple((name, int(kind, 16)) for name, kind in (each.split(":") for each in devices))
        found.append(Loaded(file, folder, int(pages, 16), "" if driver == "-" else driver, named))
    return tuple(found)


@cache
def unloaded() -> tuple[tuple[str, int, int], ...]:
    """Modules that are unloaded after each boot: name, size, seconds after it."""
    lines = (line.split() for line in _read("modules")["unloaded"])
    return tuple((name, int(size, 16), int(seconds)) for name, size, seconds in lines)
