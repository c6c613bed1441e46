"""`python app.py session manifest`, `export`, `import`: a session on its way, with no network needed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from training.courses.moving import signing
from training.errors import Conflict, NotThere, Refused
from training.hosting.carry import bundle, presence, sending, taking
from training.hosting.carry.identities import Answers
from training.hosting.carry.taking import Look
from training.hosting.preparation.cli import called
from training.settings import Settings
from training.store import Store
from training.store.migrate import demand

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW = click.Path(path_type=Path)
SHOWN = 20  # differences that are printed


@click.command()
@click.option("--to", "into", type=NEW, required=True, help="The new file.")
@click.pass_obj
def manifest(settings: Settings, into: Path) -> None:
    """Write down what this installation has, for whoever sends a session to it."""
    if not into.parent.is_dir():  # found before the installation is given a signing key, if it has none yet
        raise NotThere(f"{into.parent} is not a folder. Create it first, or choose another place.")
    with _open(settings) as store, store.reading() as session:
        data = presence.signed(session, settings)
    try:
        with into.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise Conflict(f"{into} is there already. Choose another name, or move it away.") from None
    click.echo(f"key: {signing.spelled(signing.fingerprint(signing.public_key(settings.instance)))}")
    click.echo(f"session manifest: {into}, {len(data):,} bytes")


@click.command("export")
@click.argument("which", metavar="SESSION")
@click.option("--to", "into", type=NEW, required=True, help="The new file.")
@click.option("--have", type=FILE, help="Manifest of the other installation: what it has stays out; sealed for it.")
@click.option("--trust", "whose", metavar="NAME", help="Trust the key of that manifest from now on: it is NAME's.")
@click.pass_obj
def send(settings: Settings, which: str, into: Path, have: Path | None, whose: str | None) -> None:
    """Write SESSION into a bundle: its rows, its people without passwords, releases, exhibits, results of runs."""
    now = datetime.now(UTC)
    found = presence.read(have.read_bytes()) if have else None
    with _open(settings) as store:
        if found and whose is not None:
            with store.writing() as session:
                signing.trust(session, settings.instance, found.by, whose, None, now)
        with store.reading() as session:
            teaching = called(session, which).id
        made = sending.send(store, settings, teaching, into, found, None, now)
    click.echo(f"key: {signing.spelled(signing.fingerprint(signing.public_key(settings.instance)))}")
    for name in made.without_pack:
        click.echo(f"exhibit {name} has no pack here: it can only be taken where it is registered already")
    if not made.sealed:
        click.echo("The bundle is not sealed: it holds answer keys and people. Keep it as you keep examination papers.")
    click.echo(f"session export: {into}, {made.rows} rows, {made.files} files, {made.size:,} bytes")


@click.command("import")
@click.argument("file", type=FILE)
@click.option("--trust", "whose", metavar="NAME", help="Trust the key of this bundle from now on: it is NAME's.")
@click.option("--same", metavar="THERE=HERE", multiple=True, help="The login THERE is the person with the login HERE.")
@click.option(
    "--other", metavar="THERE=NEW", multiple=True, help="The login THERE is somebody else: call them NEW here."
)
@click.option("--yes", "seen", metavar="DIGEST", help="Take the bundle as it was shown: the digest that stood below.")
@click.pass_obj
def take(
    settings: Settings, file: Path, whose: str | None, same: tuple[str, ...], other: tuple[str, ...], seen: str | None
) -> None:
    """Show what the bundle FILE would change here; with --yes and the digest that was shown, take it."""
    found = bundle.read(file)
    answers = Answers(dict(map(_pair, same)), dict(map(_pair, other)))
    now = datetime.now(UTC)
    with _open(settings) as store:
        if whose is not None:
            with store.writing() as session:
                signing.trust(session, settings.instance, found.fingerprint, whose, None, now)
        if seen is None:
            held = taking.look(store, settings, found, answers)
        else:
            held = taking.take(store, settings, found, seen, None, now, answers)
    for line in _told(held):
        click.echo(line)
    count = f"{sum(held.new.values())} rows new, {sum(held.changed.values())} changed, {len(held.clashes)} differ"
    if held.taken:
        click.echo("session import: 0 rows, it was taken before")
    elif seen is not None:
        click.echo(f"session import: {count}")
    elif held.sound:
        click.echo(f"session import: {count}; nothing was changed. Take it with: --yes {held.seen}")
    else:
        open_now = f"{len(held.questions)} people are in doubt, {len(held.lacking)} things are missing"
        click.echo(f"session import: {open_now}; nothing was changed")
        if held.trusted:
            sys.exit(1)


COMMANDS = (manifest, send, take)
"""The commands that this room adds to `session`."""


def _pair(text: str) -> tuple[str, str]:
    there, _, here = text.partition("=")
    if not there or not here:
        raise Refused(f"{text[:80]} is not of the form THERE=HERE.")
    return there, here


def _told(held: Look) -> Iterator[str]:
    yield f"Bundle of {held.bundle.manifest.made:%Y-%m-%d %H:%MZ}, {held.bundle.name}"
    yield f"key: {signing.spelled(held.bundle.fingerprint)}"
    if not held.trusted:
        yield "Nobody here trusts this key. Compare the fingerprint with the sender, then add --trust and whose it is."
        return
    yield f"session: {held.title}"
    if held.taken:
        yield "It was taken already, or a later one was."
    yield from (f"  new account: {one.name} ({one.here})" for one in held.people)
    for one in held.questions:
        yield f"  who is {one.name} ({one.login})? Here that is {one.here}: say --same {one.login}=LOGIN or --other"
    yield from (f"  missing: {one}" for one in held.lacking)
    for word, rows in (("new", held.new), ("changed", held.changed), ("removed", held.gone)):
        yield from (f"  {word}: {count} {name}" for name, count in sorted(rows.items()))
    for clash in held.clashes[:SHOWN]:
        yield f"  differs, what is here stays: {clash.table} {clash.key.replace(chr(31), ' ')} {clash.column}"


@contextmanager
def _open(settings: Settings) -> Iterator[Store]:
    demand(settings.database)
    store = Store(settings.database)
    try:
        yield store
    finally:
        store.close()
