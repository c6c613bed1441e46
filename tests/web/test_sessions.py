"""What the cookie of a sign-in opens, and until when."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.web.conftest import SignInAs, cookie_token, enter, is_in, post
from training.accounts import service
from training.accounts.models import SignIn
from training.settings import Settings
from training.store import Store
from training.web.cookies import Cookies


def test_a_token_planted_before_sign_in_is_worth_nothing_after_it(app: Flask, people: People) -> None:
    attacker, victim = app.test_client(), app.test_client()
    enter(attacker)
    planted = cookie_token(attacker)
    with victim.session_transaction() as cookie:
        cookie["token"] = planted
        cookie["junk"] = "planted"
    enter(victim, "colleague")
    with victim.session_transaction() as cookie:
        assert cookie["token"] != planted
        assert "junk" not in cookie
    assert not is_in(attacker)
    assert "colleague" in victim.get("/account").text


def test_the_cookie_of_an_ended_sign_in_opens_nothing(app: Flask, people: People) -> None:
    client, thief = app.test_client(), app.test_client()
    enter(client)
    with thief.session_transaction() as cookie:
        cookie["token"] = cookie_token(client)
    assert is_in(thief)
    post(client, "/account", "/sign-out")
    for address in ("/", "/account", "/people"):
        answer = thief.get(address)
        assert answer.status_code == 302
        assert answer.location.startswith("/sign-in")


@pytest.mark.parametrize("value", ["", "x", "0" * 5000, 7, None, ["a"], {"a": "b"}])
def test_no_value_of_the_cookie_breaks_a_page(app: Flask, people: People, value: object) -> None:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["token"] = value
    assert client.get("/account").status_code == 302


def test_a_forged_cookie_and_a_remember_cookie_change_nothing(app: Flask, people: People, sign_in: SignInAs) -> None:
    client = app.test_client()
    client.set_cookie("engram", "eyJ0b2tlbiI6IngifQ.aaaaaa.forged")
    client.set_cookie("remember_token", f"{people['administrator']}|0123")
    assert not is_in(client)
    inside = sign_in("trainee")
    inside.set_cookie("remember_token", f"{people['administrator']}|0123")
    assert is_in(inside)
    assert "administrator" not in inside.get("/account").text.lower()


def test_an_idle_sign_in_ends_and_a_used_one_goes_on_to_its_limit(
    app: Flask, people: People, clock: Clock, settings: Settings
) -> None:
    client = app.test_client()
    enter(client)
    clock.forward(minutes=settings.idle_minutes - 1)
    assert is_in(client)
    clock.forward(minutes=settings.idle_minutes)
    assert not is_in(client)
    enter(client)
    for _ in range(settings.sign_in_hours * 2 - 1):
        clock.forward(minutes=30)
        assert is_in(client)
    clock.forward(minutes=30)
    assert not is_in(client)


def test_last_seen_is_written_once_a_minute(app: Flask, people: People, clock: Clock, store: Store) -> None:
    client, seen = app.test_client(), []
    enter(client)
    for _ in range(4):
        clock.forward(seconds=20)
        client.get("/account")
        with store.reading() as session:
            seen.append(session.scalars(select(SignIn.seen_at).where(SignIn.ended_at.is_(None))).one())
    start = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    assert seen == [start, start, start + timedelta(minutes=1), start + timedelta(minutes=1)]


def test_two_clients_are_two_people(sign_in: SignInAs, people: People) -> None:
    pages = [sign_in(name).get("/account").text for name in ("trainee", "host")]
    assert ">trainee</bdi>" in pages[0]
    assert ">host</bdi>" in pages[1]


def test_whoever_is_disabled_is_out_with_the_next_request(people: People, sign_in: SignInAs, store: Store) -> None:
    client = sign_in("trainee")
    assert is_in(client)
    with store.writing() as session:
        service.disable(
            session, service.by_login(session, "trainee"), actor=None, now=datetime(2026, 11, 25, tzinfo=UTC)
        )
    assert not is_in(client)


def test_a_cookie_that_another_server_signed_is_none(app: Flask, people: People) -> None:
    client, thief = app.test_client(), app.test_client()
    enter(client)
    other = Flask("another")
    for key, believed in (("another key of 32 letters, not ours", False), (app.secret_key, True)):
        other.secret_key = key
        signer = Cookies().get_signing_serializer(other)
        assert signer
        thief.set_cookie(app.config["SESSION_COOKIE_NAME"], signer.dumps({"token": cookie_token(client)}))
        assert is_in(thief) is believed
