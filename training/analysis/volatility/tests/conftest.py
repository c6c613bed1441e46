"""The exhibit that the repository holds, and the island as a program."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from training.forge import pack

ROOT = Path(__file__).resolve().parents[4]
PACK = ROOT / "labs" / "exhibits" / "finance-workstation-a"


@dataclass(frozen=True)
class Files:
    """Where an exhibit's image and symbol folder lie."""

    image: Path
    symbols: Path


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("island-exhibit")
    return Files(pack.unpack(PACK, folder), folder / "symbols")


@dataclass
class Said:
    """What the island printed, sorted by kind, and its exit status."""

    status: int
    end: dict[str, Any]
    header: dict[str, Any] | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)


Island = Callable[..., Said]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all runs: they come one after the other, on one symbol file, which is identified once."""
    return tmp_path_factory.mktemp("island-cache")


@pytest.fixture
def request_line(files: Files, cache: Path) -> Callable[..., bytes]:
    """Makes a request; `changed` replaces its fields."""

    def make(plugin: str, **changed: Any) -> bytes:
        request = {
            "image": str(files.image),
            "symbols": str(files.symbols),
            "cache": str(cache),
            "plugin": plugin,
            "options": {},
            "limits": {"rows": 100_000, "cell_chars": 20_000, "seconds": 120},
        }
        return json.dumps(request | changed).encode() + b"\n"

    return make


@pytest.fixture
def island(request_line: Callable[..., bytes], cache: Path) -> Island:
    """Runs a plugin as the writer does; `prelude` is Python that the process executes first, to break things on
    purpose.
    """

    def run(plugin: str, prelude: str = "", **changed: Any) -> Said:
        program = f"import sys\n{prelude}\nfrom training.analysis.volatility.__main__ import main\nsys.exit(main([]))\n"
        done = subprocess.run(
            [sys.executable, "-c", program],
            input=request_line(plugin, **changed),
            cwd=ROOT,
            env={**os.environ, "XDG_CACHE_HOME": str(cache)},
            capture_output=True,
            check=False,
        )
        lines = [json.loads(text) for text in done.stdout.splitlines()]
        assert lines, done.stderr.decode()
        return Said(
            done.returncode,
            lines[-1],
            next((x for x in lines if "columns" in x), None),
            [x for x in lines if "n" in x],
        )

    return run
