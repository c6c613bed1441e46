"""`python app.py machines`: the live machines of this installation, their saved states, and an end to them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from sqlalchemy import Select, select

from training.accounts.models import Person
from training.errors import NotThere
from training.forge.linux.machine import MachineFault
from training.hosting.preparation.cli import called
from training.hosting.preparation.service import works
from training.machines.guest import enclosure
from training.machines.models import Response
from training.machines.ranges import Range
from training.machines.service import responses
from training.sentence import phrase
from training.settings import Settings
from training.store import Store
from training.store.migrate import demand

PREFIX = 8


@click.group()
def machines() -> None:
    """Live machines of trainees: list them, end one, make the saved states of live labs."""


@machines.command("list")
@click.pass_obj
def list_machines(settings: Settings) -> None:
    """Name each machine that goes on with its id, lab, variant, trainee, and since when."""
    here = Range.of(settings)
    with _open(settings) as store, store.reading() as unit:
        found = unit.execute(_open_ones()).all()
        for one, name in found:
            lab = responses.lab_of(unit, here, one)
            since = f"{one.begun_at:%Y-%m-%d %H:%M}Z"
            click.echo(f"{one.id}  {one.state:9}{since}  {lab.id}-{one.variant}  {name}  {one.level}")
    click.echo(f"machines: {len(found)} go on")


@machines.command()
@click.argument("which", metavar="ID", required=False)
@click.option("--all", "every", is_flag=True, help="All machines.")
@click.pass_obj
def stop(settings: Settings, which: str | None, *, every: bool) -> None:
    """End the machine ID, an id or the first eight or more characters of one. Its record stays."""
    here = Range.of(settings)
    with _open(settings) as store:
        with store.writing() as unit:
            ended = [one for one, _ in unit.execute(_open_ones()) if every or _named(one, which)]
            if not ended:
                raise NotThere(f"no machine {which or ''} goes on; python app.py machines list names those that do")
            for one in ended:
                responses.end(unit, one, phrase("Stopped by whoever runs the server."), datetime.now(UTC))
        for one in ended:
            responses.let_go(here, one.id)
    click.echo(f"machines: {len(ended)} ended")


@machines.command()
@click.argument("labs", metavar="[LAB]...", nargs=-1)
@click.option("--variant", "letters", multiple=True, help="Only these letters; may be given several times.")
@click.pass_obj
def prepare(settings: Settings, labs: tuple[str, ...], letters: tuple[str, ...]) -> None:
    """Make the saved states of live labs, of all or of each LAB, by this machine's own QEMU.

    A state takes about a minute; as many are made at a time as this machine has processors and memory for. One that is
    right already is left as it is.
    """
    from training.machines.service import preparing  # noqa: PLC0415 - only who prepares needs the forge

    _prepare(settings, labs or tuple(preparing.live_labs(settings.labs)), letters)


@click.command("prepare")
@click.argument("which", metavar="SESSION")
@click.pass_obj
def prepare_session(settings: Settings, which: str) -> None:
    """Make the saved states of the live labs that SESSION works with."""
    with _open(settings) as store, store.reading() as unit:
        found = works.of(unit, settings.instance, called(unit, which))
    _prepare(settings, tuple(one.name for one in found if one.lab.file.live is not None), ())


def _prepare(settings: Settings, labs: tuple[str, ...], letters: tuple[str, ...]) -> None:
    from training.machines.service import preparing  # noqa: PLC0415 - as above

    try:
        enclosure.available()
    except MachineFault as fault:
        sys.exit(f"{fault.message}. Everything but live labs works without it.")
    ready = 0
    for name in labs:
        ready += len(preparing.prepare(settings, Range.of(settings), name, click.echo, letters))
    click.echo(f"machines: {ready} saved states of {len(labs)} live labs are ready")


def _named(response: Response, which: str | None) -> bool:
    return which is not None and len(which) >= PREFIX and str(response.id).startswith(which.lower())


def _open_ones() -> Select[Response, str]:
    found = select(Response, Person.name).join(Person, Person.id == Response.person_id)
    return found.where(Response.ended_at.is_(None)).order_by(Response.begun_at)


@contextmanager
def _open(settings: Settings) -> Iterator[Store]:
    demand(settings.database)
    store = Store(settings.database)
    try:
        yield store
    finally:
        store.close()
