"""`python app.py course pack`, `import`, `export`, `questions`: content on its way, with no network needed."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from training.authoring import changes, checking, outline, paths, service
from training.authoring.service import Copy
from training.content import service as content
from training.courses.moving import arrival, asked, exporting, pack, placing, signing
from training.courses.moving.arrival import Arrival, Look
from training.errors import Conflict, NotThere, Refused
from training.settings import Settings
from training.store import Store
from training.store.migrate import demand

FORMS = ("gift", "moodle", "cartridge")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW = click.Path(path_type=Path)


@click.command("pack")
@click.argument("names", metavar="COURSE...", nargs=-1, required=True)
@click.argument("into", metavar="INTO", type=NEW)
@click.pass_obj
def make(settings: Settings, names: tuple[str, ...], into: Path) -> None:
    """Write the offered release of each COURSE into the file INTO, signed: a pack for other installations."""
    now = datetime.now(UTC)
    with _open(settings) as store, store.reading() as session:
        releases = [content.get(session, "course", name) for name in dict.fromkeys(names)]
        data = pack.make(session, settings.instance, releases, now)
    _write(into, data)
    click.echo(f"key: {signing.spelled(signing.fingerprint(signing.public_key(settings.instance)))}")
    click.echo("The pack holds the keys of the questions. Give it to hosts and instructors, not to learners.")
    click.echo(f"course pack: {into}, {len(releases)} courses, {len(data):,} bytes")


@click.command("import")
@click.argument("file", type=FILE)
@click.option("--trust", "whose", metavar="NAME", help="Trust the key of this pack from now on: it belongs to NAME.")
@click.option("--yes", "seen", metavar="DIGEST", help="Take the pack as it was shown: the digest that stood below.")
@click.pass_obj
def take(settings: Settings, file: Path, whose: str | None, seen: str | None) -> None:
    """Show what the pack FILE would change here; with --yes and the digest that was shown, take it."""
    if file.stat().st_size > pack.LARGEST:
        raise Refused(f"{file} has {file.stat().st_size:,} bytes; at most {pack.LARGEST:,} are read.")
    found = pack.read(file.read_bytes())
    with _open(settings) as store:
        if whose is not None:
            with store.writing() as session:
                signing.trust(session, settings.instance, found.fingerprint, whose, None, datetime.now(UTC))
        if seen is not None:
            releases = list(arrival.take(store, settings, found, seen, None, datetime.now(UTC)))
            for release in releases:
                click.echo(f"{release.name}: release {release.number} is offered now")
            click.echo(f"course import: {len(releases)} courses taken")
            return
        with store.reading() as session:
            held = arrival.look(session, settings, found)
        _say(f"{line}" for line in _told(held, settings))
        take_it = f" Take them: python app.py course import {file} --yes {held.seen}" if held.sound else ""
        click.echo(f"course import: 0 courses taken.{take_it}")
        if held.trusted and not held.sound:
            sys.exit(1)


@click.command()
@click.argument("name", metavar="COURSE")
@click.option("--format", "form", type=click.Choice(FORMS), required=True, help="What the other system reads.")
@click.argument("into", metavar="INTO", type=NEW)
@click.pass_obj
def export(settings: Settings, name: str, form: str, into: Path) -> None:
    """Write COURSE into the file INTO for another system, and list what can't be carried, question by question."""
    with _open(settings) as store, store.reading() as session:
        made = exporting.export(session, settings, content.get(session, "course", name), form)
    _write(into, made.data)
    _say(f"not carried: {loss}" for loss in made.losses)
    click.echo(f"{into}: {made.questions} questions, {len(made.losses)} remarks. It holds the keys of the questions.")


@click.command()
@click.argument("file", type=FILE)
@click.option("--into", metavar="COURSE/MODULE", required=True, help="The folder of the module, as in the files.")
@click.pass_obj
def questions(settings: Settings, file: Path, into: str) -> None:
    """Bring the questions of a GIFT or Moodle XML file to a module, as new files for an author to look at."""
    name, _, folder = into.strip("/").partition("/")
    if file.stat().st_size > exporting.LARGEST["questions"]:
        raise Refused(f"{file} has {file.stat().st_size:,} bytes; divide it.")
    brought = exporting.questions(file.read_bytes(), file.name)
    with _open(settings) as store:
        where, written = _place(store, settings, name, folder, brought, file.name)
    _say(f"look at: {loss}" for loss in placing.report(brought.items, brought.losses))
    _say(f"  {path}" for path in written)
    click.echo(f"{where}: {len(brought.items)} questions. Move them into the module, then: python app.py check {name}")


COMMANDS = (make, take, export, questions)
"""The commands that this room adds to `course`."""


def _place(
    store: Store, settings: Settings, name: str, folder: str, brought: asked.Brought, origin: str
) -> tuple[str, list[str]]:
    """Into the working copy where there is one, else beside the shipped files; never over a file that is there."""
    copy, now = Copy("course", name), datetime.now(UTC)
    with store.writing() as session:
        if service.begun(session, copy):
            made = placing.files(service.contents(session, copy), folder, brought.items, origin)
            for path, data in made.items():
                service.add(session, copy, path, data, None, now, f"Questions from {origin}")
            return f"{name}, as it is edited here", sorted(made)
    place = checking.shipped(settings, copy)
    if not paths.NAME.fullmatch(name) or not place.is_dir():
        raise NotThere(f"There is no course {name[:80]} in {settings.courses}.")
    made = placing.files(outline.read(place), folder, brought.items, origin)
    for path, data in made.items():
        _write(place / path, data)
    return str(place), sorted(made)


def _told(held: Look, settings: Settings) -> Iterator[str]:
    manifest = held.pack.manifest
    yield f"Pack of {manifest.made:%Y-%m-%d %H:%MZ}, SHA-256 {held.pack.sha256}"
    known = signing.trusted(settings.instance, None).get(held.pack.fingerprint)
    yield f"key: {signing.spelled(held.pack.fingerprint)}{f', {known.name}' if known else ''}"
    if not held.trusted:
        yield "Nobody here trusts this key. Compare the fingerprint with the sender, then add --trust and whose it is."
    for one in held.arrivals:
        yield from _of_course(one)


def _of_course(one: Arrival) -> Iterator[str]:
    packed = one.packed
    licences = sorted({packed.licence, *packed.licences.values()})
    yield f"{packed.name}: {packed.title}; release {packed.number} there, {packed.sha256[:12]}"
    yield f"  languages {', '.join(packed.languages)}; licences {', '.join(licences)}; by {', '.join(packed.authors)}"
    if not one.news:
        yield "  It is here already, and offered."
    elif one.known:
        yield f"  It is release {one.known.number} here, which would be offered again."
    elif one.offered:
        yield f"  Release {one.offered.number} is offered here now."
    if one.edited:
        yield "  It is edited here: the files of the pack would become new revisions; the old ones stay."
    yield from (f"  {file.kind}: {file.path}" for file in one.files)
    yield from (f"  {line}" for line in changes.told(one.found))
    yield from (f"  warning: {text}" for text in one.warnings)
    yield from (f"  mistake: {mistake}" for mistake in one.mistakes)


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _write(path: Path, data: bytes) -> None:
    """A new file; one that is there stays as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise Conflict(f"{path} is there already. Choose another name, or move it away.") from None


@contextmanager
def _open(settings: Settings) -> Iterator[Store]:
    demand(settings.database)
    store = Store(settings.database)
    try:
        yield store
    finally:
        store.close()
