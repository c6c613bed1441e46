"""Roles given and taken, organisations closed: what is refused whoever asks, and to whom it is done."""

from datetime import UTC, datetime

import pytest

from tests.conftest import People
from training.accounts import service as accounts
from training.accounts.actor import Actor, Role
from training.accounts.models import Organisation, Person
from training.accounts.organisations import service
from training.errors import Conflict, NotThere, Refused
from training.store import Store

pytestmark = pytest.mark.any_database
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def actor(store: Store, people: People, name: str) -> Actor:
    with store.reading() as session:
        found = accounts.find(session, people[name])
        assert found
        return accounts.actor_of(found)


def grant(store: Store, people: People, name: str, role: Role, *, there: bool = False) -> None:
    with store.writing() as session:
        person = accounts.find(session, people[name])
        assert person
        place = people.elsewhere if there else people.home
        accounts.give_role(session, person, place, role, actor=None, now=NOW)


def roles(store: Store, people: People, name: str) -> set[str]:
    with store.reading() as session:
        person = accounts.find(session, people[name])
        assert person
        return {held.role for held in person.memberships if held.organisation_id == people.home}


def change(store: Store, people: People, by: str, act: str, name: str, role: Role) -> None:
    who = actor(store, people, by)
    with store.writing() as session:
        place = session.get_one(Organisation, people.home)
        acts = {"give": service.give, "take": service.take}
        if act == "part":
            service.part(session, who, place, people[name], NOW)
        else:
            acts[act](session, who, place, people[name], role, NOW)


def test_nobody_closes_an_organisation_in_which_they_hold_one_of_several_roles(store: Store, people: People) -> None:
    grant(store, people, "administrator", Role.TRAINEE, there=True)
    who = actor(store, people, "administrator")
    with store.writing() as session, pytest.raises(Refused, match="You hold a role"):
        service.close(session, who, session.get_one(Organisation, people.elsewhere), NOW)


def test_a_closed_organisation_gets_no_hosts(store: Store, people: People) -> None:
    who = actor(store, people, "administrator")
    with store.writing() as session:
        place = session.get_one(Organisation, people.elsewhere)
        service.close(session, who, place, NOW)
        assert place.closed_at == NOW
        with pytest.raises(Conflict, match="is closed"):
            service.invite_host(session, who, place, "x" * 43, NOW)
        service.reopen(session, who, place, NOW)
        service.invite_host(session, who, place, "x" * 43, NOW)


@pytest.mark.parametrize(
    ("by", "act", "name", "role", "error"),
    [
        ("administrator", "give", "administrator", Role.HOST, Refused),  # oneself
        ("administrator", "part", "administrator", Role.HOST, Refused),
        ("administrator", "give", "stranger", Role.TRAINEE, NotThere),  # somebody of elsewhere
        ("host", "take", "second", Role.HOST, Refused),  # an equal
        ("host", "take", "second", Role.TRAINEE, Refused),  # a lower role of an equal
        ("host", "take", "administrator", Role.ADMINISTRATOR, Refused),  # above
        ("host", "give", "trainee", Role.HOST, Refused),  # an equal is made
        ("instructor", "give", "trainee", Role.INSTRUCTOR, Refused),  # no host
        ("administrator", "take", "trainee", Role.HOST, NotThere),  # not held
    ],
)
def test_who_is_out_of_reach_keeps_their_roles(
    store: Store, people: People, by: str, act: str, name: str, role: Role, error: type[Exception]
) -> None:
    if name == "second":
        grant(store, people, "colleague", Role.HOST)
        name = "colleague"
    before = roles(store, people, name)
    with pytest.raises(error):
        change(store, people, by, act, name, role)
    assert roles(store, people, name) == before


def test_the_last_host_who_can_sign_in_stays(store: Store, people: People) -> None:
    grant(store, people, "colleague", Role.HOST)
    with store.writing() as session:
        session.get_one(Person, people["colleague"]).disabled_at = NOW
    for act in ("take", "part"):
        with pytest.raises(Refused, match="last host"):
            change(store, people, "administrator", act, "host", Role.HOST)
    with store.writing() as session:
        session.get_one(Person, people["colleague"]).disabled_at = None
    change(store, people, "administrator", "take", "host", Role.HOST)
    assert roles(store, people, "host") == set()


def test_a_role_elsewhere_counts_for_nothing_here(store: Store, people: People) -> None:
    """Neither for whoever acts nor as another last host."""
    grant(store, people, "stranger", Role.HOST, there=True)
    with pytest.raises(Refused):
        change(store, people, "stranger", "give", "trainee", Role.INSTRUCTOR)
    with pytest.raises(Refused, match="last host"):
        change(store, people, "administrator", "take", "host", Role.HOST)


def test_the_list_counts_open_accounts_and_puts_closed_organisations_last(store: Store, people: People) -> None:
    grant(store, people, "trainee", Role.INSTRUCTOR)
    who = actor(store, people, "administrator")
    with store.writing() as session:
        session.get_one(Person, people["colleague"]).disabled_at = NOW
        session.get_one(Person, people["host"]).disabled_at = NOW
        empty = service.make(session, who, "Aardvark guild", "agency", "y" * 43, NOW)
        service.close(session, who, empty, NOW)
    with store.reading() as session:
        found = [(one.place.name, one.people, one.hosts, one.administered) for one in service.listed(session)]
        assert service.only(session) is None
    assert found == [
        ("Academy of Port Selby", 3, 0, True),
        ("University of Norvala", 2, 0, False),
        ("Aardvark guild", 0, 0, False),
    ]


def test_a_closed_organisation_leaves_the_other_one_alone(store: Store, people: People) -> None:
    who = actor(store, people, "administrator")
    with store.writing() as session:
        service.close(session, who, session.get_one(Organisation, people.elsewhere), NOW)
        assert service.only(session) == people.home


def test_a_higher_role_elsewhere_puts_nobody_out_of_reach_here(store: Store, people: People) -> None:
    grant(store, people, "trainee", Role.ADMINISTRATOR, there=True)
    change(store, people, "host", "give", "trainee", Role.INSTRUCTOR)
    assert roles(store, people, "trainee") == {"trainee", "instructor"}
    change(store, people, "host", "part", "trainee", Role.TRAINEE)
    assert roles(store, people, "trainee") == set()
    with store.reading() as session:
        person = accounts.find(session, people["trainee"])
        assert person
        assert [(one.organisation_id, one.role) for one in person.memberships] == [(people.elsewhere, "administrator")]


def test_somebody_is_spared_in_each_organisation_that_needs_them(store: Store, people: People) -> None:
    """Whoever is one of two hosts here may still be the only one there."""
    grant(store, people, "colleague", Role.HOST)
    grant(store, people, "host", Role.HOST, there=True)
    with store.reading() as session:
        host, colleague = (accounts.find(session, people[name]) for name in ("host", "colleague"))
        assert host
        assert colleague
        service.spare(session, colleague)
        with pytest.raises(Refused, match="last host"):
            service.spare(session, host)
