"""`python app.py serve|verify|backup|restore|check|tour|bench`."""

import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TextIO, cast

import click

from training.errors import Refused
from training.settings import Settings


class Bench(Protocol):
    """Yields figures; the short form takes the same path with fewer repetitions."""

    def __call__(self, settings: Settings, /, *, short: bool = False) -> Iterator[dict[str, Any]]:
        """Measure."""


BENCHES = {
    "answers": "training.operating.bench.answers:answers",
    "board": "training.operating.bench.board:board",
    "engine": "training.analysis.cli:engine",
    "equality": "training.analysis.cli:equality",
    "forge": "training.forge.bench:forge",
    "kill": "training.operating.bench.kill:kill",
    "live": "training.machines.bench.live:live",
    "pages": "training.operating.bench.pages:pages",
    "reports": "training.operating.bench.reports:figures",
    "search": "training.search.bench:search",
    "seeing": "training.operating.bench.seeing:figures",
    "start": "training.operating.bench.start:start",
    "symbols": "training.analysis.cli:symbols",
    "tour-kill": "training.operating.bench.kill:tour_kill",
    "weight": "training.operating.bench.start:weight",
    "windows": "training.operating.bench.windows:windows",
}
"""Where each bench is, by its name; it is loaded when it is run."""


def now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


@click.command()
@click.pass_obj
def serve(settings: Settings) -> None:
    """Start the server; the first start sets everything up."""
    from training.operating import serve as server  # noqa: PLC0415 - each command loads only its own rooms

    with server.held(settings.instance):
        listening = server.bind(settings.listen)
        server.room(settings.instance)
        # Loaded once it is clear that it can start: whoever started it twice hears of it at once.
        from training.evidence.cli import bar  # noqa: PLC0415
        from training.factory import open_rooms  # noqa: PLC0415
        from training.operating import crew, startup, workers  # noqa: PLC0415

        rooms = open_rooms(settings)
        startup.prepare(settings, rooms.store, now(), click.echo, bar)
        startup.open_all(rooms, click.echo)
        crew.keep(settings.processes, workers.worker(settings, rooms, listening))


@click.command()
@click.argument("dossier", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def verify(settings: Settings, dossier: Path | None) -> None:
    """Check the database, audit chain, sealed rows, results, releases and exhibits; each fault with its place.

    An exhibit that is not unpacked is decoded to nowhere. With the file of a session's DOSSIER it checks that instead:
    seal, key, every file, the audit chain, all records.
    """
    if dossier is not None:
        from training.hosting.dossier.cli import examine  # noqa: PLC0415 - each command loads only its own rooms

        sys.exit(0 if examine(settings, dossier) else 1)
    from training.evidence.cli import bar  # noqa: PLC0415
    from training.operating.verify import whole  # noqa: PLC0415
    from training.store import Store  # noqa: PLC0415
    from training.store.migrate import demand  # noqa: PLC0415

    demand(settings.database)
    began, parts, faults = time.monotonic(), 0, 0
    for part in whole.verify(settings, Store(settings.database), now(), bar):
        for line in part.lines():
            click.echo(line)
        parts, faults = parts + 1, faults + len(part.faults)
    click.echo(f"verify: {parts} parts in {time.monotonic() - began:.1f} s, {faults} faults")
    sys.exit(1 if faults else 0)


@click.command()
@click.argument("into", type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
def backup(settings: Settings, into: Path) -> None:
    """Write a backup into a new folder below INTO, while the server runs."""
    from training.operating import backup as work  # noqa: PLC0415
    from training.store.migrate import demand  # noqa: PLC0415

    demand(settings.database)
    done = work.back_up(settings, into, now())
    _note(settings, "backup.made", {"files": done.files, "bytes": done.size})
    for name, why in done.left_out.items():
        click.echo(f"left out: {name}: {why}", err=True)
    said = f"backup: {done.folder}, {done.files} files, {done.size / 2**20:.1f} MiB"
    click.echo(f"{said}, {len(done.left_out)} left out" if done.left_out else said)
    sys.exit(1 if done.left_out else 0)


@click.command()
@click.argument("source", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.pass_obj
def restore(settings: Settings, source: Path) -> None:
    """Put a backup in place of this installation; what was there is kept aside."""
    from training.operating import backup as work  # noqa: PLC0415
    from training.operating import startup  # noqa: PLC0415
    from training.operating.serve import held  # noqa: PLC0415

    with held(settings.instance):
        done = work.restore(settings, source, now())
        startup.migrate(settings, now(), click.echo)
        _note(settings, "backup.restored", {"backup": source.name})
    click.echo(f"restore: {done.files} files, {done.size / 2**20:.1f} MiB from {done.folder}")


def _note(settings: Settings, act: str, details: dict[str, Any]) -> None:
    from training.audit import service as audit  # noqa: PLC0415 - each command loads only its own rooms
    from training.store import Store  # noqa: PLC0415

    store = Store(settings.database)
    with store.writing() as session:
        audit.record(session, act=act, actor=None, subject="installation", details=details, now=now())
    store.close()


@click.command()
@click.argument("names", nargs=-1)
@click.option("--write", is_flag=True, help="Run plugins and store the output blocks that are missing or out of date.")
@click.option(
    "--translated",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Note that this translation, such as index.fr.md, is up to date with its original, and check its course.",
)
@click.pass_obj
def check(settings: Settings, names: tuple[str, ...], write: bool, translated: Path | None) -> None:  # noqa: FBT001
    """Look at the content: courses, labs, sealed keys; every mistake with its file and line.

    With names of courses and labs it looks at these alone, of a lab at its exhibits too. `check machine` looks at the
    machine instead: the layers around a run, and what is missing.
    """
    if names == ("machine",):
        if write or translated:
            raise Refused("--write and --translated belong to the content: leave out 'machine'")
        _check_machine()
        return
    from training.courses.manuscript import reader  # noqa: PLC0415 - each command loads only its own rooms
    from training.operating.check import examine  # noqa: PLC0415

    if translated:
        folder = reader.note_translated(translated.resolve())
        if folder.parent == settings.courses.resolve():
            names = names or (folder.name,)
    found = examine(settings, names, write=write)
    for mistake in found.mistakes:
        click.echo(f"error: {mistake}")
    for warning in found.warnings:
        click.echo(f"warning: {warning}")
    click.echo(
        f"check: {found.courses} courses, {found.labs} labs, {found.exhibits} exhibits, "
        f"{len(found.mistakes)} errors, {len(found.warnings)} warnings"
    )
    sys.exit(1 if found.mistakes else 0)


def _check_machine() -> None:
    """Warnings are no failure: the program runs with fewer layers, and says so with every run."""
    from training.operating.machine import examine  # noqa: PLC0415 - each command loads only its own rooms

    found = examine()
    for line in found.lines():
        click.echo(line)
    click.echo(found.summary)


@click.command()
@click.option("--url", help="Play against this server instead of one that the tour starts itself.")
@click.option("--login", default="trainee", show_default=True, help="Account to play as, with --url.")
@click.option("--password-file", type=click.File(), help="File that holds its password, with --url; - is the input.")
@click.option("--kill", is_flag=True, help="Kill the tour's own server between any two steps and start it again.")
def tour(url: str | None, login: str, password_file: TextIO | None, kill: bool) -> None:  # noqa: FBT001 - a flag
    """Play a trainee's whole path over HTTP and say what came back at each step."""
    from training.operating.tour import play  # noqa: PLC0415

    if url and (kill or not password_file):
        raise Refused("With --url name the file that holds the password, --password-file FILE, and leave out --kill.")
    if url and password_file:
        outcome = play.against(url, login, password_file.read().strip(), click.echo)
    else:
        outcome = play.alone(click.echo, kill=int(kill))
    click.echo(
        f"tour: {outcome.steps} steps, {outcome.failed} failed, {outcome.kills} kills, "
        f"{outcome.points:g} points, {outcome.seconds:.1f} s"
    )
    sys.exit(1 if outcome.failed else 0)


@click.command()
@click.argument("names", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Run all of them.")
@click.option("--short", is_flag=True, help="Repeat less, to see that a bench works: its times mean little.")
@click.pass_obj
def bench(settings: Settings, names: tuple[str, ...], *, every: bool, short: bool) -> None:
    """Measure; each figure is one line of JSON with the bar that it is held against."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown or not (names or every):
        raise Refused(f"Name a bench: {', '.join(BENCHES)}" + (f"; {unknown[0]} is none" if unknown else ""))
    figures = [
        figure for name in (BENCHES if every else names) for figure in _shown(_bench(name)(settings, short=short))
    ]
    missed = sum(1 for figure in figures if not figure["ok"])
    click.echo(f"bench: {len(figures)} figures, {missed} missed their bar")
    sys.exit(1 if missed else 0)


def _bench(name: str) -> Bench:
    module, _, function = BENCHES[name].partition(":")
    return cast("Bench", getattr(import_module(module), function))


def _shown(figures: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for figure in figures:
        click.echo(json.dumps(figure))
        yield figure
