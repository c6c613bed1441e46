"""`python app.py exhibit`: register, list and export exhibits."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from training.evidence import export as exporting
from training.evidence import service
from training.evidence.export import Format
from training.settings import Settings
from training.store import Store
from training.store.migrate import demand


@click.group()
def exhibit() -> None:
    """Register, list and export exhibits; `verify` hashes them."""


def bar(name: str, done: int, total: int) -> None:
    """A progress bar on the error stream: in place on a terminal, one line at each tenth elsewhere."""
    share = done / total if total else 1.0
    line = f"{name}: [{'#' * int(share * 30):<30}] {share:4.0%} of {total / 2**20:.0f} MiB"
    if sys.stderr.isatty():
        click.echo(f"\r{line}", err=True, nl=done >= total)
    elif done >= total:
        click.echo(line, err=True)


@exhibit.command()
@click.argument("packs", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.pass_obj
def register(settings: Settings, packs: tuple[Path, ...]) -> None:
    """Unpack and register packs; without an argument, all that came with the program."""
    demand(settings.database)
    store = Store(settings.database)
    folders = packs or service.packs_in(settings.labs)
    for folder in folders:
        sha256 = service.register(store, settings.instance, folder, datetime.now(UTC), bar)
        with store.reading() as session:
            service.unpack(settings.instance, service.get(session, sha256), folder, bar)
        click.echo(f"{folder.name}  {sha256}")
    click.echo(f"exhibit register: {len(folders)} registered")


@exhibit.command("list")
@click.pass_obj
def show(settings: Settings) -> None:
    """List the registered exhibits."""
    demand(settings.database)
    with Store(settings.database).reading() as session:
        found = service.every(session)
    for one in found:
        click.echo(f"{one.name}  {one.os}  {one.size / 2**20:.0f} MiB  {one.sha256}")
    click.echo(f"exhibit list: {len(found)} registered")


@exhibit.command()
@click.argument("pack")
@click.argument("into", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["raw", "lime"]),
    default="raw",
    show_default=True,
    help="Of the image: all of physical memory, or its ranges of RAM with headers.",
)
@click.pass_obj
def export(settings: Settings, pack: str, into: Path, form: Format) -> None:
    """Lay out the exhibit of PACK, a folder or a name, INTO a new folder for use with any copy of Volatility 3."""
    folder = Path(pack) if Path(pack).is_dir() else settings.labs / "exhibits" / pack
    image = exporting.export(folder, into, form, lambda done, total: bar(folder.name, done, total))
    click.echo(f"exhibit export: {image}, {image.stat().st_size} bytes, with symbols, record and {exporting.README}")
