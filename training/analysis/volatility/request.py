"""What the island is asked for, checked before Volatility is touched."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIELDS = {"image", "symbols", "cache", "plugin", "options", "limits"}
LIMITS = {"rows", "cell_chars", "seconds"}


class BadRequest(Exception):
    """The request can't be carried out as it stands; the message says which field and why."""


@dataclass(frozen=True, slots=True)
class Request:
    """One plugin with one set of options on one image.

    `symbols` is a folder with `<os>/<name>.json.xz` for this image alone. `cache` is a folder of this process alone:
    Volatility's identifier cache breaks when two processes with different symbol folders share it. `options` are named
    as on the command line, with hyphens. `cpu_seconds` bounds processor time, not the time on the wall.
    """

    image: Path
    symbols: Path
    cache: Path
    plugin: str
    options: dict[str, Any]
    rows: int
    cell_chars: int
    cpu_seconds: int


def read(line: bytes) -> Request:
    """The request in one line of JSON. Raises BadRequest."""
    try:
        given = json.loads(line)
    except ValueError as bad:
        raise BadRequest(f"the request is not JSON: {bad}") from None
    if not isinstance(given, dict) or set(given) != FIELDS:
        raise BadRequest(f"the request must have exactly these fields: {', '.join(sorted(FIELDS))}")
    limits = given["limits"]
    if not isinstance(limits, dict) or set(limits) != LIMITS:
        raise BadRequest(f"limits must have exactly these fields: {', '.join(sorted(LIMITS))}")
    for name, value in limits.items():
        if type(value) is not int or value < 1:
            raise BadRequest(f"limits.{name} must be a whole number above 0, not {value!r}")
    if not isinstance(given["options"], dict) or not isinstance(given["plugin"], str):
        raise BadRequest("plugin must be a name, options an object")
    image, symbols, cache = (_path(given, name) for name in ("image", "symbols", "cache"))
    if not image.is_file():
        raise BadRequest(f"image: there is no file {image}")
    for name, folder in (("symbols", symbols), ("cache", cache)):
        if not folder.is_dir():
            raise BadRequest(f"{name}: there is no folder {folder}")
    return Request(
        image,
        symbols,
        cache,
        given["plugin"],
        given["options"],
        limits["rows"],
        limits["cell_chars"],
        limits["seconds"],
    )


def _path(given: dict[str, Any], name: str) -> Path:
    if not isinstance(given[name], str) or not given[name]:
        raise BadRequest(f"{name} must be a path")
    return Path(given[name]).resolve()
