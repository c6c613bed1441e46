"""`python app.py course`: releases of courses, and what was edited in the browser, from the command line."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

import click
from sqlalchemy.orm import Session

from training.accounts import service as accounts
from training.authoring import changes, checking, listing, outline, paths, service
from training.authoring.service import Copy
from training.content import ownership
from training.content import service as content
from training.content.models import Release
from training.courses.moving.cli import COMMANDS as MOVING
from training.errors import NotThere, Refused
from training.settings import Settings
from training.store import Store
from training.store.migrate import demand

DRAFT, SHIPPED = "draft", "shipped"


@click.group()
def course() -> None:
    """Releases of courses: list, compare, publish, roll back; and what was edited in the browser."""


for command in MOVING:
    course.add_command(command)


@course.command("list")
@click.pass_obj
def list_courses(settings: Settings) -> None:
    """Name each course, the release that is offered, and whether it is edited here."""
    with _open(settings) as store, store.reading() as session:
        names = listing.names(session, settings, "course")
        for name in names:
            click.echo(_summary(session, settings, name))
    click.echo(f"course list: {len(names)} courses")


@course.command()
@click.argument("name", metavar="COURSE")
@click.pass_obj
def releases(settings: Settings, name: str) -> None:
    """List the releases of COURSE, the newest first, and say whether its shipped files have changed."""
    with _open(settings) as store, store.reading() as session:
        found = content.releases(session, "course", name)
        people = accounts.names(session, {one.published_by for one in found if one.published_by})
        for one in found:
            by = people.get(one.published_by, "somebody") if one.published_by else "the program"
            click.echo(f"{_line(one)}, by {by}" + (f": {one.note}" if one.note else ""))
        if not found:
            there = ", ".join(listing.names(session, settings, "course"))
            raise NotThere(f"There is no release of {name}; there are courses: {there}")
        for line in _news(session, settings, name):
            click.echo(line)
    click.echo(f"course releases: {len(found)} of {name}")


@course.command()
@click.argument("name", metavar="COURSE")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.pass_obj
def diff(settings: Settings, name: str, before: str, after: str) -> None:
    """Show what somebody who learns with release A would see change in B.

    A and B are numbers of releases, or `draft` for what is edited here, or `shipped` for the files of the program.
    """
    with _open(settings) as store, store.reading() as session:
        sides = [outline.of(_files(session, settings, name, side)) for side in (before, after)]
    lines = list(changes.told(changes.between(*sides)))
    for line in lines:
        click.echo(line)
    click.echo(f"course diff: {len(lines)} lines about what readers of {name} would see change")


@course.command()
@click.argument("name", metavar="COURSE")
@click.option("--note", default="", help="What changed, for those who look at the list of releases.")
@click.pass_obj
def publish(settings: Settings, name: str, note: str) -> None:
    """Publish COURSE as it is edited here, or its shipped files where it is not.

    With `glossary` in place of a course: let readers look up the glossary as it is edited here.
    """
    with _open(settings) as store:
        if name == checking.GLOSSARY.name:
            changed = checking.publish_glossary(store, settings, None, datetime.now(UTC))
            click.echo("glossary: 1 published" if changed else "glossary: 0 published, it is offered like this already")
            return
        done = checking.publish(store, settings, name, note, None, datetime.now(UTC))
        click.echo(f"{name}: {_line(done.release)}")
    if done.again:
        click.echo(f"  release {done.release.number} holds exactly this already, and keeps its own note")


@course.command()
@click.argument("name", metavar="COURSE")
@click.argument("number", type=int)
@click.pass_obj
def rollback(settings: Settings, name: str, number: int) -> None:
    """Offer release NUMBER of COURSE again. Nothing is deleted; who has moved on stays."""
    with _open(settings) as store, store.writing() as session:
        folder = checking.shipped(settings, Copy("course", name))
        release = content.rollback(session, settings.instance, folder, "course", number, datetime.now(UTC))
        click.echo(f"{name}: {_line(release)}")


@course.command()
@click.argument("name", metavar="COURSE")
@click.pass_obj
def withdraw(settings: Settings, name: str) -> None:
    """Offer COURSE to nobody any more, until it is published or rolled back to a release. Nothing is deleted."""
    with _open(settings) as store, store.writing() as session:
        folder = checking.shipped(settings, Copy("course", paths.name(name)))
        release = content.withdraw(session, folder, "course", datetime.now(UTC))
    click.echo(f"{name}: withdrawn; to offer it again: python app.py course rollback {name} {release.number}")


@course.command()
@click.argument("name", metavar="COURSE")
@click.pass_obj
def take(settings: Settings, name: str) -> None:
    """Take the shipped files of COURSE into what is edited here, as new revisions; nothing is published by it."""
    copy = Copy("course", name)
    with _open(settings) as store, store.writing() as session:
        service.entries(session, copy)
        service.take(session, copy, checking.shipped(settings, copy), None, datetime.now(UTC))
        count = len(service.contents(session, copy))
    click.echo(
        f"{name}: the working copy holds the {count} shipped files. Publish it: python app.py course publish {name}"
    )


@course.command()
@click.argument("name", metavar="COURSE")
@click.pass_obj
def keep(settings: Settings, name: str) -> None:
    """Keep what is edited here although the shipped files of COURSE changed, and don't ask again about these."""
    copy = Copy("course", name)
    with _open(settings) as store, store.writing() as session:
        service.entries(session, copy)
        service.keep(session, copy, checking.shipped(settings, copy), None, datetime.now(UTC))
        count = len(service.contents(session, copy))
    click.echo(f"{name}: {count} files kept as they are edited here")


@course.command()
@click.argument("name", metavar="NAME")
@click.option("--lab", is_flag=True, help="NAME is a lab.")
@click.pass_obj
def write(settings: Settings, name: str, *, lab: bool) -> None:
    """Write what is edited here over the files in courses/ or labs/, for forging, proving, or a version control."""
    with _open(settings) as store:
        folder, changed = checking.write(store, settings, Copy("lab" if lab else "course", name), datetime.now(UTC))
    for path in changed:
        click.echo(f"  {path}")
    click.echo(f"{folder}: {len(changed)} files changed")


@course.command()
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--lab", is_flag=True, help="NAME is a lab.")
@click.option("--organisation", "to", metavar="ORGANISATION", help="Give it to this organisation.")
@click.pass_obj
def owner(settings: Settings, name: str | None, *, lab: bool, to: str | None) -> None:
    """Say which organisation NAME belongs to, or give it to another one.

    Without NAME: which organisation runs the installation, and so owns what belongs to no other one.
    """
    now = datetime.now(UTC)
    kind: paths.Kind = "lab" if lab else "course"
    with _open(settings) as store, store.writing() as session:
        if name is not None:
            _demand_there(session, settings, Copy(kind, paths.name(name)))
        place = accounts.by_name(session, to) if to is not None else None
        if place is not None and name is None:
            ownership.hand_over(session, place.id, now)
        elif place is not None and name is not None:
            ownership.give(session, kind, name, place.id, None, now)
        owner = ownership.of(session, kind, name).owner if name else accounts.founding(session)
        told = _owner(session, settings, owner) if owner else "nobody; give it to one with --organisation"
    click.echo(f"{name or 'the installation'}: {told}")


def _owner(session: Session, settings: Settings, owner: UUID) -> str:
    """An organisation by its name, and how much of all that is here belongs to it."""
    (named,) = accounts.organisations(session, [owner])
    things = [(kind, name) for kind in listing.FILES for name in listing.names(session, settings, kind)]
    owners = [one.owner for one in ownership.of_all(session, things).values()]
    return f"{named.name}, owner of {owners.count(owner)} of {len(owners)} courses and labs"


def _demand_there(session: Session, settings: Settings, copy: Copy) -> None:
    if copy == checking.GLOSSARY:
        raise Refused("The glossary belongs to the organisation that runs the installation.")
    listing.one(session, settings, copy)


def _summary(session: Session, settings: Settings, name: str) -> str:
    release = content.latest(session, "course", name)
    copy = Copy("course", name)
    parts = [_line(release) if release else "not published"]
    held = content.hold(session, "course", name)
    parts = ["withdrawn"] if held and held.withdrawn else parts
    parts += ["edited here"] if service.begun(session, copy) else []
    parts += ["its shipped files have changed"] if _changed(session, settings, name) else []
    return f"{name}: {'; '.join(parts)}"


def _news(session: Session, settings: Settings, name: str) -> Iterator[str]:
    if _changed(session, settings, name):
        yield f"The shipped files of {name} have changed; it is edited here, and they are not taken by themselves."
        yield f"  see what they would change: python app.py course diff {name} {DRAFT} {SHIPPED}"
        yield f"  take them: python app.py course take {name}"
        yield f"  keep ours: python app.py course keep {name}"


def _changed(session: Session, settings: Settings, name: str) -> bool:
    copy = Copy("course", name)
    return service.shipped_news(session, copy, checking.shipped(settings, copy))


def _files(session: Session, settings: Settings, name: str, side: str) -> outline.Files:
    """The files of a release by its number, of the working copy, or of the program."""
    copy = Copy("course", paths.name(name))
    if side == DRAFT:
        service.entries(session, copy)
        return checking.frozen(settings, copy, service.contents(session, copy))
    if side == SHIPPED:
        if not (files := outline.read(checking.shipped(settings, copy))):
            raise NotThere(f"There are no shipped files of {name} to compare with.")
        return checking.frozen(settings, copy, files)
    if not side.isdecimal():
        raise click.UsageError(f"{side}: give the number of a release, {DRAFT} or {SHIPPED}.")
    return outline.read(content.folder_of(settings.instance, content.of_number(session, "course", name, int(side))))


def _line(release: Release) -> str:
    offered = ", offered now" if release.current else ""
    return f"release {release.number}, {release.sha256[:12]}, of {release.published_at:%Y-%m-%d %H:%MZ}{offered}"


@contextmanager
def _open(settings: Settings) -> Iterator[Store]:
    demand(settings.database)
    store = Store(settings.database)
    try:
        yield store
    finally:
        store.close()
