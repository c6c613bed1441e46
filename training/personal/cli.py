"""`python app.py user export|erase|due`: personal data from the command line, for whoever runs the server."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.accounts.cli import user
from training.accounts.models import Person
from training.errors import Conflict
from training.hosting.cli import session as teaching
from training.personal.models import Erasure
from training.personal.service import asking, carried, copies, erasing, export, holds, retention, sweep
from training.personal.service.asking import Wish
from training.personal.service.export import Asked
from training.sentence import LANGUAGES
from training.settings import Settings
from training.store import Store
from training.store.migrate import demand

BY_COMMAND = "By whoever runs the server, at the command line."

carried.register()  # a bundle that `session import` takes brings nobody back who was erased: it is loaded from here

__all__ = ["teaching", "user"]


@user.command(name="export")
@click.argument("login")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--language", type=click.Choice(list(LANGUAGES)), help="Language of the page; the person's, else English."
)
@click.pass_obj
def export_person(settings: Settings, login: str, file: Path, language: str | None) -> None:
    """Write what is held about a person into FILE, a zip; FILE must not be there yet."""
    now = datetime.now(UTC)
    with _open(settings) as store:
        with store.reading() as session:
            person = accounts.by_login(session, login)
            asked = Asked(person.id, None, language or person.language or "en", now, most=None)
            done = _written(session, asked, file)
        with store.writing() as session:
            export.note(session, asked, done)
    held = sum(bool(count) for count in done.rows.values())
    click.echo(
        f"export: {done.count} rows of {held} tables, {done.papers} papers, {file.stat().st_size} bytes in {file}"
    )


@user.command()
@click.argument("login")
@click.option("--now", "at_once", is_flag=True, help="Carry it out now instead of after the waiting time.")
@click.option("--show", is_flag=True, help="Only show what an erasure would do, and what holds it.")
@click.option("--withdraw", is_flag=True, help="Take back an erasure that waits.")
@click.option("--keep-certificates", is_flag=True, help="Certificates stay valid, with the name on them.")
@click.option("--reason", default=BY_COMMAND, help="Why; the person reads it.")
@click.pass_obj
def erase(
    settings: Settings,
    login: str,
    *,
    at_once: bool,
    show: bool,
    withdraw: bool,
    keep_certificates: bool,
    reason: str,
) -> None:
    """Ask that what is held about a person be erased, and carry it out with --now."""
    now = datetime.now(UTC)
    with _open(settings) as store:
        with store.reading() as session:
            person = accounts.by_login(session, login)
            held = _shown(session, person)
        if show:
            click.echo(f"erase: {len(held)} things hold {login}; nothing was changed")
            sys.exit(1 if held else 0)
        if withdraw:
            with store.writing() as session:
                asking.withdraw(session, person.id, None, now)
            click.echo(f"erase: 1 request taken back, for {login}; nothing was changed")
            return
        if at_once and held:
            raise Conflict("Nothing was erased and nothing was asked for: see what holds it.")
        wish = Wish(reason, keeps_certificates=keep_certificates, days=0 if at_once else settings.erasure_days)
        erasure = _asked(store, person, wish, now, waits=at_once)
        if not at_once:
            click.echo(f"erase: {login} is erased not before {erasure.due_at:%Y-%m-%d %H:%M} UTC; {len(held)} hold it")
            return
        done = asking.carry_out(store, settings, erasure.id, now, at_once=True)
    for left in copies.remaining(settings.instance):
        click.echo(f"{left}: an installation that a restore kept aside still holds it; delete it when you can")
    whole = "the database was written anew" if done.whole else "readers were in the way: run 'user due --apply' again"
    click.echo(f"erase: {done.rows} rows, {done.files} files; {whole}")
    sys.exit(0 if done.whole else 1)


@user.command()
@click.option("--apply", is_flag=True, help="Do it.")
@click.pass_obj
def due(settings: Settings, *, apply: bool) -> None:
    """Show what is due: erasures, and what is kept for longer than the rules say. With --apply do it."""
    now = datetime.now(UTC)
    with _open(settings) as store:
        if not apply:
            with store.reading() as session:
                waiting = [one for one in asking.due(session, now) if one.done_at is None or one.files_done_at is None]
                entries = retention.ready(session, now)
                for one in waiting:
                    click.echo(f"erasure {one.id}: {_why(session, one)}")
            for entry in entries:
                click.echo(
                    f"{entry.term} {entry.session_id or entry.organisation_id}: {sum(entry.counts.values())} rows"
                )
            click.echo(f"due: {len(waiting)} erasures, {len(entries)} entries of rules; nothing was done")
            sys.exit(1 if waiting or entries else 0)
        done = sweep.once(store, settings, now)
    for why in done.stopped:
        click.echo(f"not done: {why}")
    click.echo(
        f"due: {done.erased} people erased, {done.removed} entries of rules removed, {done.rows} rows, "
        f"{done.found} found anew, {done.cleared} machines cleared, "
        f"{len(done.stopped)} not done, {done.unwritten} files to be written anew"
    )
    sys.exit(1 if done.stopped or done.unwritten else 0)


def _written(session: Session, asked: Asked, file: Path) -> export.Written:
    """The file, for its owner alone; none is left where it could not be made."""
    with file.open("xb") as out:
        try:
            file.chmod(0o600)
            return export.write(session, asked, out)
        except BaseException:
            file.unlink(missing_ok=True)
            raise


@contextmanager
def _open(settings: Settings) -> Iterator[Store]:
    demand(settings.database)
    store = Store(settings.database)
    try:
        yield store
    finally:
        store.close()


def _shown(session: Session, person: Person) -> list[str]:
    """Say what an erasure would do, and what holds it; the latter is returned."""
    for line in erasing.plan(session, person.id):
        click.echo(f"{line.fate.value:<8} {line.count:>7}  {line.name}{f'  ({line.why})' if line.why else ''}")
    for line in erasing.mentions(session, person):
        click.echo(f"named    {line.count:>7}  {line.name}")
    held = holds.holding(session, person)
    for why in held:
        click.echo(f"holds: {why}")
    return held


def _asked(store: Store, person: Person, wish: Wish, now: datetime, *, waits: bool) -> Erasure:
    with store.writing() as session:
        found = asking.waiting(session, person.id) if waits else None
        return found or asking.ask(session, person.id, None, wish, now)


def _why(session: Session, one: Erasure) -> str:
    if one.done_at is not None:
        return "rows are erased, files are not"
    person = accounts.find(session, one.person_id)
    held = holds.holding(session, person) if person else []
    return " ".join(held) or "ready"
