"""A Windows image to compare on, made by a program that is no part of this one.

The environment variable ENGRAM_REFERENCE names a folder that holds it: `windows_forge/` with a Python package
`winforge`, a scenario and symbol files. Nothing of it is kept.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from training.analysis.volatility.bench.made import Evidence
from training.errors import Refused

VARIABLE = "ENGRAM_REFERENCE"
NAME = "windows-reference"
FORGE = "windows_forge"
SYMBOLS = "reference-symbols"
PATIENCE = 120  # seconds


def folder() -> Path | None:
    """The folder that makes it, None where no folder is named. Raises Refused for one that can't."""
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    found = Path(named).resolve() / FORGE
    if not (found / "winforge").is_dir():
        raise Refused(f"{VARIABLE}: there is no {FORGE}/winforge in {named}")
    return found


def make(forge: Path, into: Path) -> Evidence:
    """Make the image and lay out its symbols. Raises Refused with what the program said.

    Volatility takes symbol files under their usual names for a download of its own, and may delete them: the copies
    have other names.
    """
    image = into / "image.raw"
    symbols = forge / SYMBOLS
    words = ["demo.yaml", str(image), "--symbols", str(symbols), "--syscalls", str(symbols / "syscalls.json")]
    done = subprocess.run(  # noqa: S603 - arguments as a list
        [sys.executable, "-B", "-m", "winforge", *words], cwd=forge, capture_output=True, timeout=PATIENCE, check=False
    )
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Refused(f"{forge} could not make its image: {said[-1] if said else 'no message'}")
    for file in sorted(symbols.glob("windows/*/*.json.xz")):
        copy = into / "symbols" / "windows" / f"{file.parent.name.removesuffix('.pdb')}-{file.name}"
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    return Evidence(NAME, "windows", image, into / "symbols")
