"""What has to be done for one run, as plain data: it travels to the process that writes, and to other machines."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

MIB = 2**20


class Limits(BaseModel):
    """What one run may use.

    `seconds` on the wall, and as many of processor time; `memory` in bytes of its own, beyond what it shares with the
    warm process; `rows`; characters in a cell; `bytes` of text in all, each cell with 8 beside it; `files_bytes` of
    dumped files in all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: float = 180.0
    memory: int = 1024 * MIB
    rows: int = 200_000
    cell_chars: int = 20_000
    bytes: int = 50 * MIB
    files_bytes: int = 512 * MIB


class Job(BaseModel):
    """One run: which image with which symbols, which plugin of which versions with which options, where the result
    goes.

    `symbols` is a folder with `<os>/<name>.json.xz` and nothing else. `result` is the file to be made. Dumped files go
    to `dumps`, by content.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    exhibit: str
    symbols_sha256: str
    os: str
    image: Path
    symbols: Path
    plugin: str
    plugin_version: str
    volatility: str
    island: int
    options: dict[str, Any]
    result: Path
    dumps: Path
    limits: Limits = Field(default_factory=Limits)
