"""The second factor: setting it up, being asked for it, removing it."""

import re

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Clock, People, token_of
from tests.web.conftest import SignInAs, cookie_token, enter, is_in, post
from training.factory import create_app
from training.settings import Settings
from training.web.rooms import Rooms


def _enrol(client: FlaskClient, clock: Clock) -> pyotp.TOTP:
    page = client.get("/second-factor").text
    letters = re.search(r'Key: <bdi dir="ltr">([A-Z2-7 ]+)</bdi>', page)
    assert letters
    totp = pyotp.TOTP(letters[1].replace(" ", ""))
    assert post(client, "/second-factor", code=totp.at(clock())).status_code == 303
    return totp


def test_a_second_factor_is_asked_for_from_then_on(app: Flask, people: People, clock: Clock) -> None:
    client = app.test_client()
    enter(client)
    totp = _enrol(client, clock)
    assert is_in(client)
    clock.forward(minutes=5)
    again = app.test_client()
    enter(again, next="/account")
    first = again.get("/account")
    assert (first.status_code, first.location) == (303, "/second-factor?next=/account")
    half = cookie_token(again)
    code = totp.at(clock())
    done = post(again, "/second-factor?next=/account", "/second-factor", code=code, next="/account")
    assert (done.status_code, done.location) == (303, "/account")
    assert is_in(again)
    assert cookie_token(again) != half
    replay = app.test_client()
    enter(replay)
    answer = post(replay, "/second-factor", code=code)
    assert answer.status_code == 422
    assert "used before" in answer.text
    assert not is_in(replay)


def test_between_the_steps_nothing_else_is_open(app: Flask, people: People, clock: Clock) -> None:
    client = app.test_client()
    enter(client, "administrator")
    _enrol(client, clock)
    half = app.test_client()
    enter(half, "administrator")
    for address in ("/", "/account", "/people", "/sign-in", "/invitation/x", "/nowhere"):
        answer = half.get(address)
        assert answer.status_code == 303, address
        assert answer.location.startswith("/second-factor"), address
    token = token_of(half.get("/second-factor").text)
    away = half.post(f"/people/{people['trainee']}/password", data={"csrf_token": token})
    assert away.location == "/second-factor"
    assert post(half, "/second-factor", "/sign-out").location == "/sign-in"
    assert half.get("/sign-in").status_code == 200


def test_a_browser_becomes_a_known_one_with_the_second_step_and_not_before(
    app: Flask, people: People, clock: Clock
) -> None:
    client = app.test_client()
    enter(client)
    totp = _enrol(client, clock)
    clock.forward(minutes=5)
    half = app.test_client()
    enter(half)
    assert half.get_cookie("engram-device") is None
    post(half, "/second-factor", code=totp.at(clock()))
    assert half.get_cookie("engram-device")


@pytest.fixture
def guarded_site(settings: Settings, rooms: Rooms, people: People) -> Flask:
    """An application where staff must use a second factor."""
    strict = settings.model_copy(update={"second_factor": True})
    return create_app(strict, Rooms(**{name: getattr(rooms, name) for name in rooms.__slots__} | {"settings": strict}))


@pytest.mark.parametrize("login", ["instructor", "host", "administrator"])
def test_staff_set_up_a_second_factor_before_anything_else(guarded_site: Flask, clock: Clock, login: str) -> None:
    client = guarded_site.test_client()
    enter(client, login)
    assert client.get("/people").location.startswith("/second-factor")
    totp = _enrol(client, clock)
    assert client.get("/people").status_code == 200
    clock.forward(minutes=1)
    kept = post(client, "/account", "/account/second-factor/remove", code=totp.at(clock()))
    assert kept.status_code == 422
    assert "needs a second factor" in kept.text


def test_trainees_need_no_second_factor(guarded_site: Flask) -> None:
    client = guarded_site.test_client()
    enter(client)
    assert is_in(client)


def test_enrolment_page_fits_the_policy_and_keeps_its_key(app: Flask, people: People, sign_in: SignInAs) -> None:
    client = sign_in("trainee")
    first, second = (client.get("/second-factor").text for _ in range(2))
    keys = {re.findall(r"[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}", page)[0] for page in (first, second)}
    assert len(keys) == 1
    assert "<path d=" in first
    assert " style=" not in first


def test_a_wrong_code_at_enrolment_is_told(people: People, sign_in: SignInAs) -> None:
    client = sign_in("trainee")
    answer = post(client, "/second-factor", code="nothing")
    assert answer.status_code == 422
    assert "not right" in answer.text


def test_removing_the_second_factor_takes_a_code(app: Flask, people: People, clock: Clock) -> None:
    client = app.test_client()
    enter(client)
    totp = _enrol(client, clock)
    clock.forward(minutes=1)
    assert post(client, "/account", "/account/second-factor/remove", code="000").status_code == 422
    assert post(client, "/account", "/account/second-factor/remove", code=totp.at(clock())).status_code == 303
    assert "Not set up" in client.get("/account").text
    assert client.get("/second-factor").status_code == 200


def test_the_second_step_needs_a_first_one(app: Flask, people: People) -> None:
    assert app.test_client().get("/second-factor").location.startswith("/sign-in")
