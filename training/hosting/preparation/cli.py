"""`python app.py session check`: is a machine fit for a session? `python app.py warm`: its runs, or those of labs."""

import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from uuid import UUID

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from training.analysis.engine import Engine
from training.errors import Conflict, NotThere
from training.evidence import service as evidence
from training.evidence.cli import bar
from training.forge.pack import NoRoom
from training.hosting.models import TeachingSession
from training.hosting.preparation import checks, forms
from training.hosting.preparation.service import facts, warming, works
from training.hosting.preparation.service.warming import Wanted, Warmth
from training.labs import cli as of_labs
from training.labs import reader
from training.labs.prove import names
from training.labs.warm import PACE, Warmed
from training.settings import Settings
from training.store import Store
from training.store.migrate import demand

PREFIX = 8  # characters of an id from which on it may be cut short
SIGNS = {checks.OK: "good", checks.PART: "look", checks.BAD: "bad"}


@click.command()
@click.argument("which", metavar="SESSION")
@click.option("--clock", default="", metavar="HH:MM", help="Time of a clock that you trust, in the session's zone.")
@click.pass_obj
def check(settings: Settings, which: str, clock: str) -> None:
    """Look whether this machine is fit for SESSION: address, disk, memory, clock, exhibits, runs, backup.

    SESSION is an id, the first eight or more characters of one, or a title. It ends with an error code where something
    stands in the way.
    """
    now = datetime.now(UTC)
    with _open(settings) as store, store.reading() as unit:
        found = called(unit, which)
        here = works.of(unit, settings.instance, found)
        warmth = warming.warmth(unit, warming.wanted(here))
        told = forms.told(clock, found, now)
        lines = checks.lines(facts.gather(unit, settings, found, here, warmth, now, told))
    for one in lines:
        click.echo(f"{SIGNS[one.state]:5}{one.name}: {one.found}{f' {one.advice}' if one.advice else ''}")
    bad, look = (sum(one.state == state for one in lines) for state in (checks.BAD, checks.PART))
    click.echo(f"session check: {len(lines)} looked at, {bad} in the way, {look} to look at")
    if bad:
        sys.exit(1)


@click.command()
@click.argument("which", metavar="LAB|SESSION", required=False)
@click.option("--all", "every", is_flag=True, help="The runs of every lab.")
@click.pass_context
def warm(ctx: click.Context, which: str | None, *, every: bool) -> None:
    """Make the runs that a lab, every lab, or the labs of a session are worked with, ahead of time.

    A session is named by its id, the first eight or more characters of one, or its title: the runs are those of the
    releases that it works with, on the exhibits that are kept for its people.

    They are made here when no server runs. A running server is left to make them: they come after everything that
    people wait for. Each exhibit that isn't unpacked yet needs 128 MiB of disk, some 540 MB for a lab of four; where
    there is less nothing is begun.
    """
    settings: Settings = ctx.obj
    if which is None or every or (settings.labs / which / reader.FILE).is_file():
        ctx.invoke(of_labs.warm, lab=which, every=every)
        return
    began = time.monotonic()
    with _open(settings) as store:
        asked, before = _ask(settings, store, which)
        done = _made(settings, store, which, asked, before.there, began)
    for sentence in done.incomplete:
        click.echo(f"  {sentence}")
    click.echo(done.summary)
    if done.incomplete:
        sys.exit(1)


def _ask(settings: Settings, store: Store, which: str) -> tuple[list[Wanted], Warmth]:
    """Register what isn't yet, see that there is room, and ask for the runs of a session; how far they were before."""
    with store.reading() as unit:
        found = works.of(unit, settings.instance, _meant(unit, settings, which))
        unknown = {name for work in found for name in work.unknown}
    for name in sorted(unknown):
        packed = settings.labs / "exhibits" / name
        if not packed.is_dir():
            raise NotThere(f"the pack {name} is not in {packed.parent}; make it with: python app.py forge")
        evidence.register(store, settings.instance, packed, datetime.now(UTC), bar)
    with store.writing() as unit:
        found = works.of(unit, settings.instance, called(unit, which))
        asked = warming.wanted(found)
        before = warming.warmth(unit, asked)
        _demand_room(settings, asked)
        warming.ask(unit, asked, datetime.now(UTC))
    return asked, before


def _demand_room(settings: Settings, asked: Sequence[Wanted]) -> None:
    """Say at once what would otherwise be found after some of them."""
    packed = {one.sha256: one.size for one, _ in asked if not evidence.is_unpacked(settings.instance, one)}
    needed, free = sum(packed.values()), shutil.disk_usage(settings.instance).free
    if free < needed:
        raise NoRoom(
            f"{settings.instance}: {len(packed)} exhibits are still to be unpacked and need {needed} bytes, {free} are "
            "free"
        )


def _made(settings: Settings, store: Store, which: str, asked: Sequence[Wanted], there: int, began: float) -> Warmed:
    """Work them off here; where a server has the instance it does so."""
    from training.operating.serve import held  # noqa: PLC0415 - each command loads only its own rooms

    with ExitStack() as stack:
        try:
            stack.enter_context(held(settings.instance))
        except Conflict:
            with store.reading() as unit:
                left = warming.warmth(unit, asked).coming
            return Warmed(there, 0, (), left, time.monotonic() - began)
        stack.enter_context(_engine(settings))
        done = _wait(store, which, asked)
    said = tuple(sorted(f"{one.text} on {one.exhibit[:12]}: {one.state.value}: {one.reason}" for one in done.ended))
    return Warmed(there, done.there - there, said, 0, time.monotonic() - began)


@contextmanager
def _engine(settings: Settings) -> Iterator[None]:
    """An engine that works off what is queued."""
    from training.factory import open_rooms  # noqa: PLC0415 - only who makes runs needs all rooms

    rooms = open_rooms(settings)
    try:
        if isinstance(rooms.engine, Engine):
            rooms.engine.start()
        yield
    finally:
        rooms.engine.stop()
        rooms.executor.shutdown(cancel_futures=True)
        rooms.store.close()


def _wait(store: Store, which: str, asked: Sequence[Wanted]) -> Warmth:
    """Until all have ended."""
    last = -1
    while True:
        with store.reading() as unit:
            now = warming.warmth(unit, asked)
        done = now.all - now.coming
        if done != last:
            _progress(which, done, now.all)
            last = done
        if not now.coming:
            return now
        time.sleep(PACE)


def _progress(which: str, done: int, total: int) -> None:
    """How far it is, on the error stream: in place on a terminal, at the end elsewhere."""
    line = f"{which}: {done} of {total} runs"
    if sys.stderr.isatty():
        click.echo(f"\r{line}", err=True, nl=done >= total)
    elif done >= total:
        click.echo(line, err=True)


def _meant(unit: Session, settings: Settings, which: str) -> TeachingSession:
    """The session; where there is none, what else could have been meant is said."""
    try:
        return called(unit, which)
    except NotThere as bad:
        there = ", ".join(names(settings.labs))
        raise NotThere(f"There is no lab {which[:40]} in {settings.labs}; there are: {there}. {bad.message}") from None


def called(unit: Session, which: str) -> TeachingSession:
    """The session with this title or id, or with an id that begins so, where only one fits. Raises NotThere."""
    plain = which.replace("-", "").lower()
    rows = unit.execute(select(TeachingSession.id, TeachingSession.title))
    known: dict[UUID, str] = {one: title for one, title in rows}  # noqa: C416 - a row is no pair to the type checker
    ids = [one for one, title in known.items() if title.strip().casefold() == which.strip().casefold()]
    if not ids and len(plain) >= PREFIX:
        ids = [one for one in known if one.hex.startswith(plain)]
    if len(ids) != 1:
        many = "Several sessions have" if ids else "No session has"
        raise NotThere(f"{many} this title or id: {which[:40]}. See them with: python app.py session list")
    return unit.get_one(TeachingSession, ids[0])


@contextmanager
def _open(settings: Settings) -> Iterator[Store]:
    demand(settings.database)
    store = Store(settings.database)
    try:
        yield store
    finally:
        store.close()
