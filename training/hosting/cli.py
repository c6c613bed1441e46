"""`python app.py session`: sessions from the command line, for whoever runs the server."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.accounts.actor import ANONYMOUS, Actor
from training.accounts.models import Organisation
from training.errors import NotThere, Refused
from training.hosting import plan as plans
from training.hosting import policy
from training.hosting.board.service import closing
from training.hosting.carry.cli import COMMANDS as CARRYING
from training.hosting.dossier.cli import COMMANDS as SEALING
from training.hosting.models import TeachingSession
from training.hosting.preparation.cli import check
from training.hosting.service import people, releases, sessions, timetable
from training.hosting.service.sessions import Wish
from training.machines.cli import prepare_session
from training.sentence import LANGUAGES
from training.settings import Settings
from training.store import Store
from training.store.migrate import demand

PREFIX = 8  # characters of an id from which on it may be cut short
BY = click.option("--by", required=True, metavar="LOGIN", help="Who does it: somebody who may run the session.")


@click.group()
def session() -> None:
    """Sessions of hosts: list, show, make from a plan, check the machine, open, close."""


session.add_command(check)
for _command in (*CARRYING, *SEALING, prepare_session):
    session.add_command(_command)


@session.command("list")
@click.option("--organisation", help="Only the sessions of this organisation.")
@click.pass_obj
def list_sessions(settings: Settings, organisation: str | None) -> None:
    """Name each session with its id, state, first day and host."""
    with _open(settings) as store, store.reading() as unit:
        places = [_organisation(unit, organisation)] if organisation else accounts.organisations(unit)
        found = [(one, place) for place in places for one in sessions.of_organisation(unit, place.id)]
        for one, place in found:
            click.echo(f"{one.id}  {one.state:8}{one.starts_on}  {one.title} ({place.name})")
    open_now = sum(one.running for one, _ in found)
    click.echo(f"session: {len(found)} in all, {open_now} open")


@session.command()
@click.argument("which", metavar="SESSION")
@click.pass_obj
def show(settings: Settings, which: str) -> None:
    """Print SESSION: its people, its half-days and what it works on.

    SESSION is an id, or the first eight or more characters of one.
    """
    with _open(settings) as store, store.reading() as unit:
        found = _session(unit, which)
        slots = timetable.parts(unit, found)
        click.echo(f"{found.title}: {found.state}, from {found.starts_on} on, {found.days} days, {found.zone}")
        for person in people.of(unit, found):
            click.echo(f"  {person.member.role:11}{person.member.seat or '-':6}{person.name} ({person.login})")
        halves = timetable.half_days(found, slots)
        for half in halves:
            at = timetable.local(found, half.starts_at)
            sits = f", examination {' '.join(half.exams)}".rstrip() if half.examination else ""
            click.echo(f"  half-day {half.number}: {at:%Y-%m-%d %H:%M}, {half.minutes} minutes{sits}")
        for held in releases.of(unit, found):
            newer = f", release {held.newer.number} is newer" if held.newer else ""
            click.echo(f"  {held.kind}/{held.name}: release {held.release.number}{newer}")
        missing = releases.missing(unit, slots)
        for kind, name in missing:
            click.echo(f"  {kind}/{name}: not in this installation ({plans.called(found.plan, name)})")
        hours = sum(half.minutes for half in halves) / 60
    click.echo(f"session: {len(found.members)} people, {hours:.1f} hours of contact time, {len(missing)} missing")


@session.command()
@click.argument("plan", metavar="PLAN")
@click.option("--organisation", required=True, help="Name of the organisation that hosts.")
@click.option("--title", required=True, help="Title, as its people know it.")
@click.option("--starts", required=True, metavar="DAY", help="First day, such as 2027-03-01.")
@click.option("--zone", help="Time zone of the room, such as Africa/Dakar; the server's if not given.")
@click.option("--room", default="", help="Where it takes place.")
@click.option("--seats", type=int, help="Seats for trainees; those of the plan if not given.")
@click.option(
    "--language", type=click.Choice(list(LANGUAGES)), default="en", show_default=True, help="Of what is printed."
)
@click.option("--by", metavar="LOGIN", help="Who makes it; leads it, if an instructor. Else nobody leads it yet.")
@click.pass_obj
def make(
    settings: Settings, /, plan: str, organisation: str, title: str, starts: str, by: str | None, **more: str
) -> None:
    """Make a session from PLAN: one-week, two-day, one-day, or `none` for an empty timetable."""
    name = "" if plan == "none" else plan
    seats = int(more["seats"] or 0) or (plans.read(name).seats if name else 30)
    zone = more["zone"] or settings.time_zone
    wish = Wish(title, _day(starts), zone, name, more["language"], more["room"], seats)
    with _open(settings) as store, store.writing() as unit:
        place = _organisation(unit, organisation)
        actor = _actor(unit, by) if by else ANONYMOUS
        if by and not policy.may_host(actor, place.id):
            raise Refused(f"{by} can't host in {place.name}.")
        made = sessions.make(unit, actor, place.id, wish, datetime.now(UTC))
        count = len(timetable.parts(unit, made))
    click.echo(f"session: made {made.id}, {count} slots from {made.starts_on} on")


@session.command("open")
@click.argument("which", metavar="SESSION")
@BY
@click.option("--without-lab", is_flag=True, help="Also where an examination has no lab, and shall have none.")
@click.pass_obj
def open_session(settings: Settings, which: str, by: str, *, without_lab: bool) -> None:
    """Open SESSION: pin its releases, hold its people to them, set its labs."""
    with _open(settings) as store, store.writing() as unit:
        found, actor = _run(unit, which, by)
        sessions.open_up(unit, actor, found, datetime.now(UTC), without_lab=without_lab)
        held = len(releases.of(unit, found))
    click.echo(f"session: {found.id} is open, {held} releases are pinned for {len(found.members)} people")


@session.command("close")
@click.argument("which", metavar="SESSION")
@BY
@click.pass_obj
def close_session(settings: Settings, which: str, by: str) -> None:
    """Close SESSION: its people are held to its releases no longer. Nothing is deleted."""
    with _open(settings) as store, store.writing() as unit:
        found, actor = _run(unit, which, by)
        closing.close(unit, actor, found, datetime.now(UTC))
    click.echo(f"session: {found.id} is closed, {len(found.members)} people are free of its releases")


@contextmanager
def _open(settings: Settings) -> Iterator[Store]:
    demand(settings.database)
    store = Store(settings.database)
    try:
        yield store
    finally:
        store.close()


def _run(unit: Session, which: str, by: str) -> tuple[TeachingSession, Actor]:
    """The session, locked, and who acts on it. Raises Refused where that person may not."""
    found, actor = _session(unit, which), _actor(unit, by)
    unit.refresh(found, with_for_update=True)
    if not policy.may_run(actor, found):
        raise Refused(f"{by} can't run this session.")
    return found, actor


def _session(unit: Session, which: str) -> TeachingSession:
    """By id, or by the beginning of one where only one fits. Raises NotThere."""
    plain = which.replace("-", "").lower()
    if len(plain) < PREFIX or not all(sign in "0123456789abcdef" for sign in plain):
        raise NotThere(f"{which[:40]} is no id of a session. See them with: python app.py session list")
    ids = [one for one in unit.scalars(select(TeachingSession.id)) if one.hex.startswith(plain)]
    if len(ids) != 1:
        many = "Several sessions have" if ids else "No session has"
        raise NotThere(f"{many} an id that begins with {which[:40]}. See them with: python app.py session list")
    return unit.get_one(TeachingSession, ids[0])


def _organisation(unit: Session, name: str) -> Organisation:
    found = [one for one in accounts.organisations(unit) if one.name.casefold() == name.strip().casefold()]
    if not found:
        there = ", ".join(one.name for one in accounts.organisations(unit))
        raise NotThere(f"There is no organisation called {name[:120]}; there are: {there}")
    return found[0]


def _actor(unit: Session, login: str) -> Actor:
    person = accounts.by_login(unit, login)
    if person.disabled_at is not None:
        raise Refused(f"The account {login} is disabled.")
    return accounts.actor_of(person)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text[:40]} is no day such as 2027-03-01.") from None
