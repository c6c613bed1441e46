"""What exhibits weigh and how long they take: ``python app.py bench forge``."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.forge import build, pack, scenario
from training.forge.build import Outcome
from training.forge.pack import Kind, Manifest
from training.settings import Settings

Figures = Iterator[dict[str, Any]]
LAB = "finance-workstation"

UNPACKED = 1.0  # seconds of processor time for base and patch together, of 128 MiB
WAIT = 15.0  # seconds until a variant that is made alone is there, on two idle processors
LARGEST = 3_000_000  # bytes of one variant
AVERAGE = 1_500_000  # bytes of a variant on average


def forge(settings: Settings, *, short: bool = False) -> Figures:
    """Seconds to unpack a delta and to make a variant, and what variants weigh: those that came with the program, and
    those that are made here, which needs QEMU and zstd. The short form makes two.
    """
    packs = settings.labs / "exhibits"
    folders = sorted(each.parent for each in packs.glob(f"*/{pack.MANIFEST}"))
    manifests = {folder: pack.read(folder) for folder in folders}
    deltas = {folder: one for folder, one in manifests.items() if one.base and one.kind is Kind.EXHIBIT}
    for folder, one in manifests.items():
        if one.kind is not Kind.EXHIBIT:
            yield _figure(f"{folder.name}: bytes of the {one.kind}", _size(one), "bytes", None)
    if deltas:
        yield from _weights(list(deltas.values()), "that came along")
        yield from _unpacking(max(deltas, key=lambda folder: deltas[folder].size))
    for base in build.bases(packs)[:1]:
        yield from _making(settings, packs / base, 1 if short else build.at_once())


def _weights(several: list[Manifest], which: str) -> Figures:
    sizes = [_size(one) for one in several]
    yield _figure(f"largest of {len(sizes)} variants {which}", max(sizes), "bytes", LARGEST)
    yield _figure(f"{len(sizes)} variants {which}, on average", sum(sizes) / len(sizes), "bytes", AVERAGE)


def _unpacking(folder: Path) -> Figures:
    begun = time.process_time()
    manifest = pack.check(folder)
    taken = time.process_time() - begun
    yield _figure(f"base and patch decoded and hashed, {manifest.size >> 20} MiB", taken, "s", UNPACKED)


def _making(settings: Settings, base: Path, together: int) -> Figures:
    """Variants of a lab, one alone and then as many as are made at a time, in a place that is gone afterwards."""
    draft = scenario.load(settings.labs / LAB / "scenario.yaml")
    done: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="engram-bench-") as folder, build.ground(base) as ground:
        yield _figure("processes that were waiting for a processor before", os.getloadavg()[0], "processes", None)
        for count, what, bar in (
            (1, "made alone, from order to pack", WAIT),
            (together, f"when {together} are made at a time, for each", None),
        ):
            plans = draft.variants(1, len(done) + count, first=len(done))
            begun = time.monotonic()
            done += build.variants(plans, ground, Path(folder) / "exhibits", lambda _: None)
            taken = time.monotonic() - begun
            for failed in (one.failure for one in done if one.failure):
                raise failed
            yield _figure(f"a variant of {LAB} {what}", taken / count, "s", bar)
    yield from _weights([one.manifest for one in done if one.manifest], "made just now")


def _size(manifest: Manifest) -> int:
    return sum(part.size for part in manifest.files.values())


def _figure(metric: str, value: float, unit: str, bar: float | None) -> dict[str, Any]:
    ok = bar is None or value <= bar
    return {"bench": "forge", "metric": metric, "value": round(value, 2), "unit": unit, "bar": bar, "ok": ok}
