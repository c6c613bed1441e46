"""What the engine's processes are asked for, checked before Volatility is touched."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

SYSTEMS = ("linux", "windows")
START = {"symbols", "cache"}
OPEN = {"open", "os", "kernel"}
ORDER = {"plugin", "options", "work", "limits"}
LIMITS = {"rows", "cell_chars", "seconds"}
MAY_LIMIT = LIMITS | {"memory"}


class BadRequest(Exception):
    """The request can't be carried out as it stands; the message says which field and why."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a kernel process works with.

    `symbols` is a folder with `<os>/<name>.json.xz` for one kernel. `cache` is a folder of this process alone:
    Volatility's identifier cache breaks when two processes with different symbol folders share it.
    """

    symbols: Path
    cache: Path


@dataclass(frozen=True, slots=True)
class Open:
    """An exhibit to be opened; its image comes as a descriptor. `kernel` is what an earlier opening reported."""

    name: str
    system: str
    kernel: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Order:
    """One plugin with one set of options.

    `options` are named as on the command line, with hyphens. `work` is a private folder below the cache, for runs
    that need files. `cpu_seconds` bounds processor time, not the time on the wall. Resident memory is the host's to
    watch; `memory` in bytes is for the parts of a run that the host does not see.
    """

    plugin: str
    options: dict[str, Any]
    work: Path | None
    rows: int
    cell_chars: int
    cpu_seconds: int
    memory: int | None


def start(given: dict[str, Any]) -> Start:
    """Raises BadRequest."""
    _fields(given, START, "the start")
    return Start(*(_folder(given, name) for name in ("symbols", "cache")))


def opening(given: dict[str, Any]) -> Open:
    """Raises BadRequest."""
    _fields(given, OPEN, "an opening")
    if given["os"] not in SYSTEMS:
        raise BadRequest(f"os must be one of {', '.join(SYSTEMS)}")
    if not isinstance(given["open"], str) or not isinstance(given["kernel"], dict | None):
        raise BadRequest("open must be a name, kernel an object or null")
    return Open(given["open"], given["os"], given["kernel"])


def order(given: dict[str, Any], cache: Path) -> Order:
    """Raises BadRequest."""
    _fields(given, ORDER, "an order")
    limits = given["limits"]
    if not isinstance(limits, dict) or not LIMITS <= set(limits) <= MAY_LIMIT:
        raise BadRequest(f"limits must have these fields: {', '.join(sorted(LIMITS))}")
    for name, value in limits.items():
        if type(value) is not int or value < 1:
            raise BadRequest(f"limits.{name} must be a whole number above 0, not {value!r}")
    if not isinstance(given["options"], dict) or not isinstance(given["plugin"], str):
        raise BadRequest("plugin must be a name, options an object")
    work = None if given["work"] is None else _folder(given, "work")
    if work is not None and not work.is_relative_to(cache):
        raise BadRequest("work must lie below the cache")
    return Order(
        given["plugin"], given["options"], work,
        limits["rows"], limits["cell_chars"], limits["seconds"], limits.get("memory"),
    )  # fmt: skip


def _fields(given: dict[str, Any], expected: set[str], what: str) -> None:
    if set(given) != expected:
        raise BadRequest(f"{what} must have exactly these fields: {', '.join(sorted(expected))}")


def _folder(given: dict[str, Any], name: str) -> Path:
    if not isinstance(given[name], str) or not given[name]:
        raise BadRequest(f"{name} must be a path")
    folder = Path(given[name]).resolve()
    if not folder.is_dir():
        raise BadRequest(f"{name}: there is no folder {folder}")
    return folder
