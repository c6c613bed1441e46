"""`python app.py exhibit`: register, list and export exhibits."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from training.evidence import export as exporting
from training.evidence import registry, service
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
@click.argument("packs", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.pass_obj
def register(settings: Settings, packs: tuple[Path, ...]) -> None:
    """Examine, unpack and register PACKS, which are folders; without an argument, all in labs/exhibits.

    Symbols that are none, or not those of the kernel in the image, are refused.
    """
    demand(settings.database)
    store = Store(settings.database)
    folders = packs or service.packs_in(settings.labs)
    for folder in folders:
        sha256 = registry.take_in(store, settings, folder, datetime.now(UTC), bar, again=bool(packs))
        with store.reading() as session:
            service.unpack(settings.instance, service.get(session, sha256), folder, bar)
        click.echo(f"{folder.name}  {sha256}")
    click.echo(f"exhibit register: {len(folders)} registered")


@exhibit.command()
@click.argument("pack")
@click.option("--force", is_flag=True, help="Replace it although attempts rest on it.")
@click.pass_obj
def replace(settings: Settings, pack: str, *, force: bool) -> None:
    """Put PACK, a folder or a name in labs/exhibits, in the place of what is registered under its name."""
    demand(settings.database)
    folder = _folder(settings, pack)
    rests = registry.replace(Store(settings.database), settings, folder, datetime.now(UTC), bar, force=force)
    for lab in rests.labs:
        click.echo(f"prove its keys again: python app.py prove {lab} --write")
    click.echo(f"exhibit replace: {folder.name}; {rests} rest on it")


@exhibit.command()
@click.argument("name")
@click.option("--force", is_flag=True, help="Unregister it although something rests on it; results stay readable.")
@click.pass_obj
def unregister(settings: Settings, name: str, *, force: bool) -> None:
    """Take the exhibit NAME out: its image and symbols are removed, and its pack is not registered by a start."""
    demand(settings.database)
    rests = registry.unregister(Store(settings.database), settings, name, datetime.now(UTC), force=force)
    click.echo(f"exhibit unregister: {name}; {rests} rested on it")


def _folder(settings: Settings, pack: str) -> Path:
    """The folder of a pack that is named by it, or by its name among the packs of the labs."""
    return Path(pack) if Path(pack).is_dir() else settings.labs / "exhibits" / pack


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
    folder = _folder(settings, pack)
    image = exporting.export(folder, into, form, lambda done, total: bar(folder.name, done, total))
    click.echo(f"exhibit export: {image}, {image.stat().st_size} bytes, with symbols, record and {exporting.README}")
