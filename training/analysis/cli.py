"""What the analysis contributes to the command line: its benchmarks."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.analysis import bench
from training.analysis.exhibit import ExhibitFiles
from training.analysis.results.bench import pages
from training.errors import Damaged
from training.evidence import service as evidence
from training.forge import pack
from training.settings import ROOT, Settings

SHORT = ("linux.pslist",)
WINDOWS = ("windows.pslist",)
"""What the short forms compare and time."""
FEW, FEW_ROWS = 4, 5_000
"""How many people ask, and how long a result is, in the short form."""
Figures = Iterator[dict[str, Any]]
PROGRAM = "training.analysis.volatility.bench"
"""The comparison with the command line belongs to the licence island: it is started as a program."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """An exhibit that came with the program, verified; `kernel` is the SHA-256 of its symbol file."""

    name: str
    os: str
    sha256: str
    kernel: str
    folder: Path

    @property
    def words(self) -> tuple[str, str, str, str]:
        """How the program of the comparison is told about it."""
        return self.name, self.os, str(self.folder / pack.IMAGE), str(self.folder / "symbols")

    @property
    def files(self) -> ExhibitFiles:
        """What the engine is given of it."""
        return ExhibitFiles(self.sha256, self.kernel, self.folder / pack.IMAGE, self.folder / "symbols", self.os)


def equality(settings: Settings, *, short: bool = False) -> Figures:
    """Every offered plugin of Volatility on the first Linux exhibit, and on the reference image where there is one:
    rows and files against `vol -q -r json`.
    """
    for packed in _linux(settings)[:1]:
        with unpacked(settings, packed) as exhibit:
            yield from compared(exhibit.name, "equality", *exhibit.words, *(SHORT if short else ()))
    yield from compared("windows-reference", "reference", *(WINDOWS if short else ()))


def engine(settings: Settings, *, short: bool = False) -> Figures:
    """How much faster the engine is than `vol` as a process, and how it does with many people and much data."""
    for packed in _linux(settings)[:1]:
        yield from _on(settings, packed, short=short)


def symbols(settings: Settings, *, short: bool = False) -> Figures:
    """Rows by our symbol file against rows by one that was made from DWARF, where there is such a one."""
    words = SHORT if short else ()
    for packed in _linux(settings)[:1]:
        with unpacked(settings, packed) as exhibit:
            kernel, _ = pack.locate(packed, pack.Role.KERNEL)
            yield from compared(exhibit.name, "symbols", str(exhibit.folder / pack.IMAGE), str(kernel), *words)


def _linux(settings: Settings) -> list[Path]:
    return [packed for packed in evidence.packs_in(settings.labs) if pack.read(packed).os == "linux"]


def _on(settings: Settings, packed: Path, *, short: bool) -> Figures:
    with unpacked(settings, packed) as exhibit:
        yield from compared(exhibit.name, "speed", *exhibit.words, *(SHORT if short else ()))
        with tempfile.TemporaryDirectory(prefix="engram-bench-") as folder:
            yield from bench.asking(exhibit.files, Path(folder), *((FEW,) if short else ()))
        yield from ({**line, "bench": "engine"} for line in pages(*((FEW_ROWS,) if short else ())))


@contextmanager
def unpacked(settings: Settings, packed: Path) -> Iterator[Unpacked]:
    """A pack as it lies in the installation, verified, or unpacked for the time being where it is not there."""
    manifest = pack.read(packed)
    kernel = pack.symbols_sha256(packed)
    folder = evidence.folder_of(settings.instance, manifest.sha256)
    with tempfile.TemporaryDirectory(prefix="engram-bench-") as space:
        if (folder / pack.IMAGE).is_file():
            pack.verify(folder, manifest.sha256)
        else:
            folder = Path(space)
            pack.unpack(packed, folder)
        yield Unpacked(manifest.name, manifest.os, manifest.sha256, kernel, folder)


def compared(name: str, *words: str) -> Figures:
    """The lines of the comparison with the command line, each with the name of the exhibit. Raises Damaged when it
    breaks off.
    """
    program = (sys.executable, "-m", PROGRAM, *words)
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own program
        for line in process.stdout or ():
            record = json.loads(line)
            yield {**record, "metric": f"{name}: {record['metric']}"}
    if process.returncode:
        raise Damaged(
            f"the comparison with vol on {name} broke off with status {process.returncode}; it says why above"
        )
