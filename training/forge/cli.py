"""``python app.py forge``: make an exhibit, make a kernel's symbols, check a pack."""

import sys
import tempfile
import time
from pathlib import Path
from typing import NoReturn

import click

from training.errors import DomainError
from training.forge import build as building
from training.forge import pack, scenario
from training.forge.linux import capture, rootfs
from training.forge.linux import symbols as symbol_files

Folder = click.Path(exists=True, file_okay=False, path_type=Path)
File = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def forge() -> None:
    """Make exhibits: a scenario becomes a memory image, its symbols and its truth."""


@forge.command()
@click.argument("lab", type=Folder)
@click.option("--kernel", type=File, help="Kernel image to boot; the newest cloud kernel in /boot without it.")
@click.option(
    "--exhibits",
    type=click.Path(path_type=Path),
    default=Path("labs/exhibits"),
    show_default=True,
    help="Folder that the pack is written to.",
)
@click.option("--level", type=click.IntRange(1, 22), default=22, show_default=True, help="Compression of the image.")
def build(lab: Path, kernel: Path | None, exhibits: Path, level: int) -> None:
    """Play the scenario of a LAB and write its pack."""
    begun = time.monotonic()
    try:
        manifest, truth = building.build(lab, exhibits, kernel or building.installed_kernel(), click.echo, level=level)
    except DomainError as error:
        _fail(error)
    packed = sum(part.size for part in manifest.files.values())
    click.echo(
        f"{manifest.name}: {manifest.size >> 20} MiB of memory in a pack of {packed / 1e6:.1f} MB, "
        f"{len(truth.processes)} processes, planted process {truth.actor.pid}, {time.monotonic() - begun:.0f} s"
    )


@forge.command()
@click.argument("lab", type=Folder)
@click.option("--kernel", type=File, help="Kernel image to boot; the newest cloud kernel in /boot without it.")
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    default=Path("symbols/linux"),
    show_default=True,
    help="Folder that the symbol file is written to.",
)
def symbols(lab: Path, kernel: Path | None, into: Path) -> None:
    """Make the symbol file of a kernel, in the machine of a LAB, playing nothing."""
    try:
        plan = scenario.load(lab / "scenario.yaml")
        with tempfile.TemporaryDirectory(prefix="engram-forge-") as work:
            initrd = Path(work) / "initrd.gz"
            initrd.write_bytes(rootfs.build(plan))
            document, banner = capture.kernel_symbols(kernel or building.installed_kernel(), initrd, Path(work))
        into.mkdir(parents=True, exist_ok=True)
        path = into / f"{symbol_files.release(banner.encode())}.json.xz"
        symbol_files.write(document, path)
    except DomainError as error:
        _fail(error)
    counts = ", ".join(f"{len(document[key])} {key.replace('_', ' ')}" for key in ("user_types", "enums", "symbols"))
    click.echo(f"{path}: {counts}, {path.stat().st_size} bytes")


@forge.command()
@click.argument("folder", metavar="PACK", type=Folder)
def check(folder: Path) -> None:
    """Check every file of a PACK and the image that it unpacks to."""
    try:
        manifest = pack.check(folder)
    except DomainError as error:
        _fail(error)
    packed = sum(part.size for part in manifest.files.values())
    click.echo(
        f"{manifest.name}: {len(manifest.files)} files, {packed} bytes, image of {manifest.size} bytes, "
        f"SHA-256 {manifest.sha256}: as it should be"
    )


def _fail(error: DomainError) -> NoReturn:
    click.echo(str(error), err=True)
    sys.exit(1)
