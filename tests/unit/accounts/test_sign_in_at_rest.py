"""Which sign-ins a request may be answered for before its work begins: whole ones, for which nothing is to be done."""

from typing import Any

import pyotp
import pytest

from tests.conftest import Clock, People
from training.accounts import service, sign_in
from training.accounts.kept import CSRF
from training.accounts.models import Person
from training.accounts.service import at_rest
from training.settings import Settings
from training.store import Store

pytestmark = pytest.mark.any_database
MARKED = {CSRF: "a token"}


def known(store: Store, settings: Settings, clock: Clock, cookie: dict[str, Any]) -> service.Known | None:
    with store.looking() as connection:
        return sign_in.at_rest(connection, cookie, settings, clock())


def begun(store: Store, people: People, clock: Clock, name: str = "host") -> dict[str, Any]:
    """The cookie of somebody who has given the password."""
    with store.writing() as session:
        return {sign_in.TOKEN: service.start(session, people[name], now=clock()), **MARKED}


def test_a_whole_sign_in_is_known_until_it_is_to_be_noted_that_it_was_seen(
    store: Store, settings: Settings, people: People, clock: Clock
) -> None:
    cookie = begun(store, people, clock)
    found = known(store, settings, clock, cookie)
    assert found
    assert found.person_id == people["host"]
    assert known(store, settings, clock, {**cookie, sign_in.TOKEN: "another"}) is None
    assert known(store, settings, clock, {**cookie, sign_in.TOKEN: 7}) is None
    assert known(store, settings, clock, {sign_in.TOKEN: cookie[sign_in.TOKEN]}) is None, "its forms have no mark yet"
    clock.forward(seconds=60)
    assert known(store, settings, clock, cookie) is None


def test_a_sign_in_that_lacks_its_second_step_is_not_known(
    store: Store, settings: Settings, people: People, clock: Clock
) -> None:
    strict = settings.model_copy(update={"second_factor": True})
    cookie = begun(store, people, clock)
    assert known(store, settings, clock, cookie)
    assert known(store, strict, clock, cookie) is None, "staff have to set one up first"
    assert known(store, strict, clock, begun(store, people, clock, "trainee"))
    with store.writing() as session:
        sealed = at_rest.sealed(pyotp.random_base32(), people["host"], "key")
        session.get_one(Person, people["host"]).totp_secret = sealed
    assert known(store, settings, clock, cookie) is None


def test_a_sign_in_that_is_over_is_not_known(store: Store, settings: Settings, people: People, clock: Clock) -> None:
    cookie = begun(store, people, clock)
    with store.writing() as session:
        service.end_all(session, people["host"], actor=None, now=clock())
    assert known(store, settings, clock, cookie) is None
