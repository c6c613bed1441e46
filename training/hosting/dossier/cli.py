"""`python app.py session dossier` and `merge`: what a session left, in one sealed file; several of them in one."""

import os
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import click

from training.accounts.actor import ANONYMOUS
from training.errors import Conflict, Refused
from training.hosting.dossier import service, verify
from training.hosting.models import TeachingSession
from training.hosting.preparation.cli import called
from training.settings import Settings
from training.store import Store
from training.store.migrate import demand

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW = click.Path(path_type=Path)
PRIVATE = 0o600  # it holds people and answers


@click.command()
@click.argument("which", metavar="SESSION")
@click.option("--to", "into", type=NEW, required=True, help="The new file.")
@click.pass_obj
def dossier(settings: Settings, which: str, into: Path) -> None:
    """Seal all that SESSION left in one file, which anybody can check without this program."""
    now = datetime.now(UTC)
    _demand_new(into)
    demand(settings.database)
    store = Store(settings.database)
    try:
        with store.reading() as session:
            teaching = called(session, which)
            key, data = teaching.id, service.seal(session, teaching, settings.instance, now)
        _write(into, data)
        try:
            with store.writing() as session:
                service.note_sealed(session, ANONYMOUS, session.get_one(TeachingSession, key), data, now)
        except BaseException:
            into.unlink()
            raise
    finally:
        store.close()
    for line in verify.told(data):
        click.echo(line)
    click.echo(f"session dossier: {into}, {len(data):,} bytes, SHA-256 {sha256(data).hexdigest()}")


@click.command()
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@click.option("--to", "into", type=NEW, required=True, help="The new file.")
def merge(files: tuple[Path, ...], into: Path) -> None:
    """Put dossiers of one session, such as those of the server and the laptop, in one file, each with its seal."""
    _demand_new(into)
    given = {file: read(file) for file in files}
    faults = [f"{file}: {one}" for file, data in given.items() for one in verify.check(data)]
    if faults:
        raise Refused("\n".join(faults))
    data = service.merge(given.values())
    _write(into, data)
    for line in verify.told(data):
        click.echo(line)
    parts = len(verify.parts(data))
    click.echo(f"session merge: {into}, {parts} dossiers, {len(data):,} bytes, SHA-256 {sha256(data).hexdigest()}")


COMMANDS = (dossier, merge)
"""The commands that this room adds to `session`."""


def read(file: Path) -> bytes:
    """A file that says it is a dossier: never more of it than the largest one may have, and a byte."""
    with file.open("rb") as opened:
        return opened.read(verify.LARGEST_TOTAL + 1)


def examine(settings: Settings, file: Path) -> bool:
    """Print what a dossier says of itself and every fault of it, also a key that nobody here trusts; whether whole."""
    data = read(file)
    faults = verify.check(data, service.known(settings.instance, None))
    for line in faults or verify.told(data):
        click.echo(line)
    parts = 0 if faults else len(verify.parts(data))
    click.echo(f"verify: {file}, {parts} sealed dossiers, SHA-256 {sha256(data).hexdigest()}, {len(faults)} faults")
    return not faults


def _demand_new(into: Path) -> None:
    if into.exists():
        raise Conflict(f"{into} is there already. Choose another name, or move it away.")


def _write(into: Path, data: bytes) -> None:
    """Into a new file, wholly or not at all."""
    try:
        made = os.open(into, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    except FileExistsError:
        _demand_new(into)
        raise
    try:
        with os.fdopen(made, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        into.unlink()
        raise
