"""Signing in and joining where one address is that of many: nobody is shut out by a neighbour who guesses."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.conftest import SEALED, Clock, People, token_of
from tests.hosting_place import make_teaching, open_teaching
from tests.web.conftest import PASSWORD, enter, is_in, post
from tests.web.test_hosting_roster import new_code
from training.accounts import first
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.accounts.models import Failure
from training.accounts.service import Credential
from training.store import Store
from training.web.rooms import Rooms

DEVICE, WRONG = "engram-device", "not the password"


def guess(client: FlaskClient, login: str, password: str = WRONG, address: str = "127.0.0.1") -> int:
    """Type a password; the status of the answer."""
    token = token_of(client.get("/sign-in").text)
    fields = {"csrf_token": token, "login": login, "password": password}
    return client.post("/sign-in", data=fields, environ_overrides={"REMOTE_ADDR": address}).status_code


def known_browser(app: Flask, login: str = "trainee") -> FlaskClient:
    """One in which somebody has signed in before, and out."""
    client = app.test_client()
    assert enter(client, login).status_code == 303
    post(client, "/account", "/sign-out")
    assert not is_in(client)
    return client


@pytest.fixture
def class_of_thirty(store: Store, people: People, clock: Clock) -> list[str]:
    logins = [f"trainee-{number:02}" for number in range(30)]
    with store.writing() as session:
        for login in logins:
            accounts.make_person(
                session, login=login, name=login, sealed=SEALED, home=people.home, role=Role.TRAINEE, now=clock()
            )
    return logins


@pytest.mark.parametrize("known", [False, True])
def test_invented_names_hold_up_nobody_at_the_same_address(app: Flask, people: People, *, known: bool) -> None:
    host, neighbour = known_browser(app, "host") if known else app.test_client(), app.test_client()
    assert {guess(neighbour, f"nobody-{number}") for number in range(70)} == {422}
    assert [guess(host, "host", PASSWORD) for _ in range(8)] == [303] * 8


def test_a_class_signs_in_while_one_of_it_guesses(app: Flask, class_of_thirty: list[str], clock: Clock) -> None:
    neighbour = app.test_client()
    for number, login in enumerate(class_of_thirty):
        for at in range(4):  # four guesses a second, at names and at the accounts of the others
            guess(neighbour, f"nobody-{number}-{at}" if at < 3 else class_of_thirty[(number + 7) % 30])
        assert guess(app.test_client(), login, PASSWORD) == 303, login
        clock.forward(seconds=1)


def test_a_tried_account_is_open_to_the_browser_that_its_owner_used(app: Flask, people: People, clock: Clock) -> None:
    owner, attacker = known_browser(app), app.test_client()
    for _ in range(24):  # one try each five minutes, for two hours
        guess(attacker, "trainee")
        clock.forward(seconds=299)
        assert guess(owner, "trainee", PASSWORD) == 303
        clock.forward(seconds=1)
    for number in range(100):  # and from everywhere at once
        guess(attacker, "trainee", address=f"198.51.100.{number}")
    assert guess(app.test_client(), "trainee", PASSWORD, "203.0.113.9") == 429
    assert guess(owner, "trainee", PASSWORD) == 303


def test_a_known_browser_waits_for_its_own_failures(app: Flask, people: People, clock: Clock) -> None:
    owner = known_browser(app)
    assert [guess(owner, "trainee") for _ in range(6)] == [422] * 5 + [429]
    clock.forward(seconds=2)
    assert guess(owner, "trainee", PASSWORD) == 303


def test_one_attacker_with_sixty_tries_a_minute_holds_no_account_for_longer_than_half_a_minute(
    app: Flask, class_of_thirty: list[str], store: Store, clock: Clock
) -> None:
    """Three hundred accounts, each tried every five minutes for an hour: of three of them, which stand for all."""
    attacker, fresh = app.test_client(), class_of_thirty[:3]
    for _ in range(12):
        for login in fresh:
            guess(attacker, login)
        clock.forward(minutes=5)
    for login in fresh:
        guess(attacker, login)
    clock.forward(seconds=32)
    assert [guess(app.test_client(), login, PASSWORD) for login in fresh] == [303] * 3


def test_a_device_is_worth_nothing_after_a_new_password(app: Flask, people: People, store: Store, clock: Clock) -> None:
    owner, thief = known_browser(app), app.test_client()
    cookie = owner.get_cookie(DEVICE)
    assert cookie
    thief.set_cookie(DEVICE, cookie.value)
    with store.writing() as session:
        person = accounts.by_login(session, "trainee")
        sealed = accounts.seal("another long password")
        accounts.set_password(session, person, sealed, actor=None, now=clock())
    for _ in range(5):
        guess(app.test_client(), "trainee")
    assert guess(thief, "trainee", "another long password") == 429
    assert guess(owner, "trainee", "another long password") == 429


def test_what_the_cookie_of_a_browser_is(app: Flask, people: People) -> None:
    client = app.test_client()
    answer = enter(client)
    (header,) = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith(DEVICE)]
    assert all(word in header for word in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=7776000"))
    first = client.get_cookie(DEVICE)
    assert first
    assert "trainee" not in first.value
    enter(client)
    second = client.get_cookie(DEVICE)
    assert second
    assert second.value != first.value
    assert enter(app.test_client(), password="wrong").headers.getlist("Set-Cookie") == [] or DEVICE not in str(
        enter(app.test_client(), password="wrong").headers
    )


def test_unknown_and_known_accounts_wait_alike(app: Flask, people: People) -> None:
    for login in ("trainee", "nobody"):
        assert [guess(app.test_client(), login) for _ in range(7)] == [422] * 5 + [429] * 2


def test_invented_forwarded_headers_do_not_dodge_the_counters(app: Flask, people: People) -> None:
    client, answers = app.test_client(), []
    for number in range(7):
        headers = {"X-Forwarded-For": f"198.51.100.{number}", "X-Real-IP": f"203.0.113.{number}",
                   "Forwarded": f"for=192.0.2.{number}"}  # fmt: skip
        answers.append(post(client, "/sign-in", headers=headers, login="trainee", password="wrong").status_code)
    assert answers == [422] * 5 + [429] * 2


def test_right_passwords_are_not_counted(app: Flask, people: People, store: Store) -> None:
    client = app.test_client()
    assert [enter(client).status_code for _ in range(25)] == [303] * 25
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Failure)) == 0


def test_wrong_passwords_and_wrong_codes_of_a_neighbour_keep_nobody_from_joining(
    app: Flask, clients: dict[str, FlaskClient], people: People, store: Store, clock: Clock
) -> None:
    with store.writing() as session:
        teaching = open_teaching(session, people, make_teaching(session, people, clock()), clock()).id
    code, neighbour = new_code(clients["host"], f"/sessions/{teaching}"), app.test_client()
    for number in range(70):
        guess(neighbour, f"nobody-{number}")
    token = token_of(neighbour.get("/join").text)
    for number in range(100):
        assert neighbour.post("/join", data={"csrf_token": token, "code": f"olive {number:04}"}).status_code == 404
    client = app.test_client()
    assert post(client, "/join", code=code).status_code == 303
    assert client.get(f"/join/{code}").status_code == 200
    clock.now += timedelta(hours=1)
    assert guess(app.test_client(), "trainee", PASSWORD) == 303


def test_a_first_password_is_forgotten_once_its_account_is_in(app: Flask, people: People, rooms: Rooms) -> None:
    made = [Credential(login, Role.TRAINEE, PASSWORD) for login in ("trainee", "colleague")]
    file = first.write(rooms.settings.instance, made)
    enter(app.test_client(), password="wrong")
    assert "trainee" in file.read_text("utf-8")
    enter(app.test_client())
    assert file.read_text("utf-8") == f"colleague {PASSWORD}\n"
