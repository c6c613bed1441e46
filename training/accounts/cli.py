"""`python app.py user`: accounts from the command line, for whoever runs the server."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from training.accounts import service
from training.accounts.actor import Role
from training.accounts.models import Kind, Organisation, Person
from training.errors import DomainError
from training.settings import Settings
from training.store import Store

ROLE = click.Choice([role.value for role in Role])
NONE_YET = "There is no database of accounts here yet. Start the server once, which makes it: python app.py serve"
LONGEST = 90  # days that an invitation may wait


@click.group()
def user() -> None:
    """Add people, set passwords, give roles, invite."""


@user.command()
@click.argument("login")
@click.option("--name", help="Name as others see it; the sign-in name if not given.")
@click.option("--role", type=ROLE, default=Role.TRAINEE.value, show_default=True, help="Role in the organisation.")
@click.option("--organisation", help="Name of the organisation; needed where there are several.")
@click.option(
    "--new", "kind", type=click.Choice([kind.value for kind in Kind]), help="Make the organisation, of this kind."
)
@click.option("--ask", is_flag=True, help="Ask for the password instead of making one.")
@click.pass_obj
def add(
    settings: Settings,
    login: str,
    name: str | None,
    role: str,
    organisation: str | None,
    kind: str | None,
    *,
    ask: bool,
) -> None:
    """Add a person, with a password that is printed once."""
    now = datetime.now(UTC)
    with _open(settings) as store:
        password, sealed = _password(login, name or "", organisation or "", ask=ask)
        with store.writing() as session:
            if kind:
                home = service.make_organisation(session, organisation or "", kind, now=now)
            else:
                home = _organisation(session, organisation)
            person = service.make_person(
                session, login=login, name=name or login, sealed=sealed, home=home.id, role=Role(role), now=now
            )
    _show(password, ask=ask)
    click.echo(f"user add: 1 added, {person.login}, {role} in {home.name}")


@user.command()
@click.argument("login")
@click.option("--ask", is_flag=True, help="Ask for the password instead of making one.")
@click.option("--remove-second-factor", is_flag=True, help="Also remove the second factor, such as after a lost phone.")
@click.pass_obj
def password(settings: Settings, login: str, *, ask: bool, remove_second_factor: bool) -> None:
    """Set a new password, which ends all sign-ins of the person."""
    now = datetime.now(UTC)
    with _open(settings) as store:
        with store.reading() as session:
            name = service.by_login(session, login).name
        fresh, sealed = _password(login, name, ask=ask)
        with store.writing() as session:
            person = service.by_login(session, login)
            service.set_password(session, person, sealed, actor=None, now=now)
            if remove_second_factor:
                service.remove(session, person, actor=None, now=now)
    _show(fresh, ask=ask)
    removed = " and removed the second factor" if remove_second_factor else ""
    click.echo(f"user password: 1 set, for {person.login}{removed}; all sign-ins have ended")


@user.command()
@click.argument("login")
@click.argument("role", type=ROLE)
@click.option("--organisation", help="Name of the organisation; the person's own if not given.")
@click.option("--take", is_flag=True, help="Take the role away instead of giving it.")
@click.pass_obj
def role(settings: Settings, login: str, role: str, organisation: str | None, *, take: bool) -> None:
    """Give a role to a person or take it away, which ends all sign-ins of the person."""
    now = datetime.now(UTC)
    with _open(settings) as store, store.writing() as session:
        person = service.by_login(session, login)
        place = _organisation(session, organisation) if organisation else session.get_one(Organisation, person.home_id)
        if take:
            service.take_role(session, person, place.id, Role(role), actor=None, now=now)
            changes, done = 1, "is no longer"
        else:
            new = service.give_role(session, person, place.id, Role(role), actor=None, now=now)
            changes, done = (1, "is now") if new else (0, "was already")
    click.echo(f"user role: {changes} changed, {person.login} {done} {role} in {place.name}")


@user.command()
@click.argument("login")
@click.option("--undo", is_flag=True, help="Open the account again.")
@click.pass_obj
def disable(settings: Settings, login: str, *, undo: bool) -> None:
    """Close an account and end its sign-ins; nothing that the person did is removed."""
    act = service.enable if undo else service.disable
    with _open(settings) as store, store.writing() as session:
        person = service.by_login(session, login)
        act(session, person, actor=None, now=datetime.now(UTC))
    done = "opened, {} can sign in again" if undo else "closed, {}; all sign-ins have ended"
    click.echo(f"user disable: 1 {done.format(person.login)}")


@user.command(name="list")
@click.option("--organisation", help="Only the people of this organisation.")
@click.pass_obj
def list_people(settings: Settings, organisation: str | None) -> None:
    """List people with their roles."""
    with _open(settings) as store, store.reading() as session:
        places = [_organisation(session, organisation)] if organisation else service.organisations(session)
        people: set[object] = set()
        for place in places:
            click.echo(f"{place.name} ({place.kind})")
            for person in service.members(session, place.id):
                click.echo(f"  {_line(person, place)}")
                people.add(person.id)
    count = f"{_count(len(people), 'person', 'people')} in {_count(len(places), 'organisation', 'organisations')}"
    click.echo(f"user list: {count}")


@user.command()
@click.option("--role", type=ROLE, default=Role.TRAINEE.value, show_default=True, help="Role that the link gives.")
@click.option("--organisation", help="Name of the organisation; needed where there are several.")
@click.option("--name", default="", help="Name to suggest.")
@click.option("--login", default="", help="Sign-in name to suggest.")
@click.option(
    "--days", type=click.IntRange(1, LONGEST), default=14, show_default=True, help="Days for which the link is good."
)
@click.pass_obj
def invite(settings: Settings, role: str, organisation: str | None, name: str, login: str, days: int) -> None:
    """Make a link with which one person can make an account; it is printed once."""
    now = datetime.now(UTC)
    with _open(settings) as store, store.writing() as session:
        place = _organisation(session, organisation)
        suggested = service.Suggested(name, login)
        token = service.invite(session, place, Role(role), actor=None, now=now, suggested=suggested, days=days)
    server = settings.hosts[0] if settings.hosts else settings.listen
    click.echo(f"{'https' if settings.https else 'http'}://{server}/invitation/{token}")
    click.echo(f"user invite: 1 link, {role} in {place.name}, good once within {_count(days, 'day', 'days')}")


@contextmanager
def _open(settings: Settings) -> Iterator[Store]:
    """The database, where there is one; errors become click's, with a sentence and exit code 1."""
    store = Store(settings.database)
    try:
        if not _has_people(store):
            raise click.ClickException(NONE_YET)
        yield store
    except DomainError as error:
        raise click.ClickException(error.message) from error
    finally:
        store.close()


def _has_people(store: Store) -> bool:
    try:
        return inspect(store.engine).has_table(Person.__tablename__)
    except OperationalError:
        if not store.is_sqlite:  # the server does not answer: that says nothing about accounts
            raise
        return False  # the folder is not there


def _organisation(session: Session, name: str | None) -> Organisation:
    places = service.organisations(session)
    named = [place for place in places if name is None or place.name.casefold() == name.casefold()]
    if len(named) == 1:
        return named[0]
    known = ", ".join(f"'{place.name}'" for place in places) or "none yet; add --new agency or --new university"
    if name is None:
        raise click.ClickException(f"Say which organisation with --organisation. There are: {known}.")
    raise click.ClickException(f"There is no organisation called '{name}'. There are: {known}.")


def _password(login: str, *about: str, ask: bool) -> tuple[str, service.Sealed]:
    password = click.prompt("Password", hide_input=True, confirmation_prompt=True) if ask else service.random_password()
    return password, service.seal(password, login, *about)


def _show(password: str, *, ask: bool) -> None:
    if not ask:
        click.echo(f"password, shown this once: {password}")


def _line(person: Person, place: Organisation) -> str:
    roles = ", ".join(sorted(held.role for held in person.memberships if held.organisation_id == place.id))
    notes = ["disabled"] if person.disabled_at else []
    notes += ["second factor"] if person.totp_secret else []
    return f"{person.login}: {person.name} ({roles}{''.join(f'; {note}' for note in notes)})"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
