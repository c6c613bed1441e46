"""What the analysis contributes to the command line."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from training.evidence import service as evidence
from training.forge import pack
from training.settings import ROOT, Settings

Bench = Callable[[Settings], Iterator[dict[str, Any]]]


def equality(settings: Settings) -> Iterator[dict[str, Any]]:
    """Every offered plugin on every Linux exhibit that came with the program: stored rows against `vol -q -r json`."""
    for folder in evidence.packs_in(settings.labs):
        manifest = pack.read(folder)
        if manifest.os == "linux":
            yield from _on_exhibit(folder, evidence.folder_of(settings.instance, manifest.sha256), manifest)


def _on_exhibit(folder: Path, kept: Path, manifest: pack.Manifest, *texts: str) -> Iterator[dict[str, Any]]:
    """Compare on one exhibit, unpacked where it is not yet; `texts` are commands, none means all of them."""
    with tempfile.TemporaryDirectory() as space:
        if (kept / pack.IMAGE).is_file():
            pack.verify(kept, manifest.sha256)
        else:
            kept = Path(space)
            pack.unpack(folder, kept)
        words = (str(kept / pack.IMAGE), str(kept / "symbols"), *texts)
        program = (sys.executable, "-m", "training.analysis.volatility.bench", *words)
        with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE) as bench:  # noqa: S603 - our own program
            for line in bench.stdout or ():
                record = json.loads(line)
                yield {**record, "metric": f"{manifest.name}: {record['metric']}"}


BENCHES: dict[str, Bench] = {"equality": equality}
