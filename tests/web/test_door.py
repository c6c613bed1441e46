"""What was typed when the sign-in had ended: it goes through the door with its author, and with nobody else."""

import base64
import re
import zlib
from collections.abc import Mapping
from html import unescape
from urllib.parse import urlsplit

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from tests.conftest import Clock, People, token_of
from tests.web.conftest import PASSWORD, SignInAs, enter, html_errors, is_in
from training.accounts import kept, service
from training.accounts.models import Person
from training.store import Store

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HERE = BROWSER | {"Origin": "http://localhost"}
NAME = "A new name, typed at length"
WHOLE = {"name": NAME, "language": "fr", "theme": "auto"}


def ended(client: FlaskClient, store: Store, people: People, clock: Clock, name: str = "trainee") -> str:
    """The token of a form of a page that was open when the sign-in ended on the server."""
    token = token_of(client.get("/account").text)
    with store.writing() as session:
        service.end_all(session, people[name], actor=None, now=clock())
    return token


@pytest.fixture
def trainee(sign_in: SignInAs) -> FlaskClient:
    return sign_in("trainee")


@pytest.fixture
def token(trainee: FlaskClient, store: Store, people: People, clock: Clock) -> str:
    return ended(trainee, store, people, clock)


def at_door(
    client: FlaskClient,
    token: str,
    fields: Mapping[str, str] = WHOLE,
    *,
    headers: Mapping[str, str] = HERE,
    address: str = "/account",
) -> TestResponse:
    return client.post(address, data={"csrf_token": token, **fields}, headers=headers)


def sealed_in(page: str) -> str:
    found = re.findall(r'name="kept" value="([^"]+)"', page)
    return str(found[0]) if found else ""


def through(client: FlaskClient, page: str, login: str = "trainee", **more: str) -> TestResponse:
    fields = {"login": login, "password": PASSWORD, "kept": sealed_in(page), **more}
    return client.post("/sign-in", data={"csrf_token": token_of(page), **fields}, headers=HERE)


def form_of(page: str) -> tuple[str, dict[str, str]]:
    """The form that sends again: its address and fields, as a browser reads them."""
    part = page.split("<main", 1)[1]
    target = re.search(r'<form class="stack" method="post" action="([^"]+)"', part)
    assert target
    texts = re.findall(r'name="([^"]+)" readonly[^>]*>\n(.*?)</textarea>', part, re.DOTALL)
    empty = re.findall(r'<input type="hidden" name="([^"]+)" value="">', part)
    fields = {unescape(name): unescape(value) for name, value in texts} | dict.fromkeys(empty, "")
    return unescape(target[1]), fields | {"csrf_token": token_of(part)}


def name_of(store: Store, people: People, who: str = "trainee") -> str:
    with store.reading() as session:
        return session.get_one(Person, people[who]).name


# a trainee


def test_what_was_typed_comes_through_the_door_and_is_sent_by_a_button(
    trainee: FlaskClient, token: str, store: Store, people: People
) -> None:
    door = at_door(trainee, token)
    assert door.status_code == 401
    assert "Your sign-in has ended. What you typed is kept in this page." in door.text
    assert html_errors(door.text) == []
    assert name_of(store, people) == "Trainee"
    page = through(trainee, door.text)
    assert page.status_code == 200
    assert "What you typed before the sign-in ended" in page.text
    assert html_errors(page.text) == []
    assert name_of(store, people) == "Trainee", "nothing is sent by itself"
    target, fields = form_of(page.text)
    assert target == "/account"
    assert {name: fields[name] for name in WHOLE} == WHOLE
    assert trainee.post(target, data=fields, headers=HERE).location == "/account"
    assert name_of(store, people) == NAME


def test_a_wrong_password_on_the_way_loses_nothing(trainee: FlaskClient, token: str) -> None:
    page = at_door(trainee, token).text
    for _ in range(3):
        answer = through(trainee, page, password="wrong")
        assert answer.status_code == 422
        page = answer.text
    assert form_of(through(trainee, page).text)[1]["name"] == NAME


def test_it_passes_the_second_step_too_after_a_wrong_code(
    app: Flask, store: Store, people: People, clock: Clock
) -> None:
    secret = pyotp.random_base32()
    with store.writing() as session:
        session.get_one(Person, people["trainee"]).totp_secret = secret
    totp, client = pyotp.TOTP(secret), app.test_client()
    enter(client)
    half = token_of(client.get("/second-factor").text)
    client.post("/second-factor", data={"csrf_token": half, "code": totp.at(clock())})
    door = at_door(client, ended(client, store, people, clock))
    clock.forward(minutes=5)
    step = through(client, door.text)
    assert step.status_code == 200
    assert "Second step" in step.text
    assert "What you typed is kept in this page." in step.text
    assert NAME not in step.text
    assert not is_in(client)
    for code, status in (("000000", 422), (totp.at(clock()), 200)):
        fields = {"csrf_token": token_of(step.text), "kept": sealed_in(step.text), "code": code}
        step = client.post("/second-factor", data=fields, headers=HERE)
        assert step.status_code == status
    target, fields = form_of(step.text)
    assert client.post(target, data=fields).status_code == 303
    assert name_of(store, people) == NAME


def test_a_form_that_comes_between_the_steps_waits_for_the_second(
    app: Flask, store: Store, people: People, clock: Clock
) -> None:
    secret = pyotp.random_base32()
    client = app.test_client()
    enter(client)
    token = token_of(client.get("/account").text)
    with store.writing() as session:
        session.get_one(Person, people["trainee"]).totp_secret = secret
    step = at_door(client, token)
    assert step.status_code == 401
    assert "Second step" in step.text
    fields = {"csrf_token": token_of(step.text), "kept": sealed_in(step.text), "code": pyotp.TOTP(secret).at(clock())}
    assert form_of(client.post("/second-factor", data=fields).text)[1]["name"] == NAME


def test_a_page_of_the_sign_in_before_this_one_sends_its_text_again(trainee: FlaskClient, token: str) -> None:
    enter(trainee)  # in another window
    page = at_door(trainee, token)
    assert page.status_code == 400
    target, fields = form_of(page.text)
    assert trainee.post(target, data=fields).status_code == 303


def test_after_a_sign_out_in_another_window_the_text_is_carried_as_well(
    app: Flask, trainee: FlaskClient, people: People
) -> None:
    token = token_of(trainee.get("/account").text)
    trainee.post("/sign-out", data={"csrf_token": token})
    door = at_door(trainee, token)
    assert door.status_code == 401
    assert form_of(through(trainee, door.text).text)[1]["name"] == NAME


def test_a_page_of_the_door_that_is_sent_twice_still_shows_the_text(trainee: FlaskClient, token: str) -> None:
    door = at_door(trainee, token).text
    assert through(trainee, door).status_code == 200
    again = through(trainee, door)  # loaded again: the token of the form is not the new sign-in's
    assert again.status_code == 400
    assert form_of(again.text)[1]["name"] == NAME


def test_a_door_left_open_while_its_cookie_went_keeps_the_text(app: Flask, trainee: FlaskClient, token: str) -> None:
    door, fresh = at_door(trainee, token).text, app.test_client()
    again = through(fresh, door)
    assert (again.status_code, sealed_in(again.text)) == (400, sealed_in(door))
    assert form_of(through(fresh, again.text).text)[1]["name"] == NAME


def test_long_texts_come_back_letter_by_letter(trainee: FlaskClient, token: str) -> None:
    long = '\n\n  <b>"ذاكرة" & \U0001f50d</b>\n' * 4000
    page = through(trainee, at_door(trainee, token, {"name": long}).text)
    assert form_of(page.text)[1]["name"] == long


def test_what_is_too_long_to_be_carried_is_shown_at_once(
    trainee: FlaskClient, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = base64.b85encode(zlib.compress(b"".join(str(n**7).encode() for n in range(60_000)))).decode()
    monkeypatch.setattr(kept, "CARRIED", 300_000)
    page = at_door(trainee, token, {"text": noise[:150_000], "more": noise[:140_000][::-1]})
    assert (page.status_code, sealed_in(page.text)) == (401, "")
    assert "too long to be carried" in page.text
    assert noise[:150_000] in unescape(page.text)


def test_after_an_hour_the_text_can_be_read_and_not_sent(
    trainee: FlaskClient, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = at_door(trainee, token).text
    monkeypatch.setattr(kept, "LIFE", -1)
    page = through(trainee, door)
    assert NAME in page.text
    assert "More than an hour has passed" in page.text
    assert "Send it again" not in page.text


def test_passwords_codes_and_files_are_left_out_and_that_is_said(trainee: FlaskClient, token: str) -> None:
    secrets = {"old_password": "hush-1", "password": "hush-2", "code": "654321"}
    assert at_door(trainee, token, secrets).location == "/sign-in", "no more than secrets: nothing to keep"
    door = at_door(trainee, token, {**secrets, "name": NAME})
    page = through(trainee, door.text)
    assert "Passwords, codes and files were not kept" in page.text
    typed = kept_by(trainee, door.text)
    assert [name for name, _ in typed.fields] == ["name"]
    assert not any(value in page.text for value in secrets.values())


def kept_by(client: FlaskClient, page: str) -> kept.Kept:
    with client.application.test_request_context():
        found = kept.opened(sealed_in(page))
    assert found
    return found


def test_scripts_are_answered_as_before(trainee: FlaskClient, token: str) -> None:
    answer = at_door(trainee, token, headers={"Accept": "*/*", "Origin": "http://localhost"})
    assert (answer.status_code, answer.location) == (302, "/sign-in")


# an attacker


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost.evil.example", "http://localhost:81"]
)
def test_what_another_site_sends_is_not_carried(trainee: FlaskClient, token: str, origin: str) -> None:
    answer = at_door(trainee, token, headers=BROWSER | {"Origin": origin})
    assert (answer.status_code, answer.location) == (302, "/sign-in")
    enter(trainee)
    page = at_door(trainee, token, headers=BROWSER | {"Origin": origin})
    assert page.status_code == 400
    assert "Send it again" not in page.text


def test_over_https_a_page_without_it_carries_nothing(app: Flask, trainee: FlaskClient, token: str) -> None:
    rooms = app.extensions["rooms"]
    strict = rooms.settings.model_copy(update={"https": True})
    app.extensions["rooms"] = type(rooms)(
        **{name: getattr(rooms, name) for name in rooms.__slots__} | {"settings": strict}
    )
    assert at_door(trainee, token).location == "/sign-in"
    assert at_door(trainee, token, headers=BROWSER | {"Origin": "https://localhost"}).status_code == 401


@pytest.mark.parametrize("kind", ["anonymous", "attacker", "made up", "none"])
def test_a_form_without_a_token_of_the_reader_gets_no_button(
    app: Flask, trainee: FlaskClient, sign_in: SignInAs, people: People, kind: str
) -> None:
    tokens = {
        "anonymous": token_of(app.test_client().get("/sign-in").text),
        "attacker": token_of(sign_in("stranger").get("/account").text),
        "made up": "InJhbmRvbS5tYXJrIg.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb",
        "none": "",
    }
    page = at_door(trainee, tokens[kind])
    assert page.status_code == 400
    assert "Send it again" not in page.text
    assert (NAME in page.text) == (kind != "attacker"), "what is known to be somebody else's is not shown"
    door = at_door(app.test_client(), tokens[kind])
    answer = through(trainee, door.text) if door.status_code == 401 else door
    assert "Send it again" not in answer.text


@pytest.mark.parametrize("change", ["cut", "turned", "foreign key", "other salt"])
def test_a_bundle_that_this_server_did_not_seal_is_dropped(
    app: Flask, trainee: FlaskClient, token: str, change: str
) -> None:
    door = at_door(trainee, token).text
    sealed = sealed_in(door)
    content = ["/account", "0" * 32, [["name", "crafted"]], False]
    salt = "typed before the sign-in ended"
    bad = {
        "cut": sealed[:-4],
        "turned": ("b" if sealed[5] != "b" else "c").join((sealed[:5], sealed[6:])),
        "foreign key": str(URLSafeTimedSerializer("0" * 40, salt=salt).dumps(content)),
        "other salt": str(URLSafeTimedSerializer(str(app.secret_key), salt="wtf-csrf-token").dumps(content)),
    }[change]
    answer = through(trainee, door, kept=bad)
    assert (answer.status_code, answer.location) == (303, "/")


def test_somebody_else_at_the_same_laptop_is_not_shown_it(
    trainee: FlaskClient, token: str, store: Store, people: People
) -> None:
    door = at_door(trainee, token).text
    answer = through(trainee, door, "colleague")
    assert answer.status_code == 403
    assert "belongs to somebody else" in answer.text
    assert NAME not in answer.text
    assert "Send it again" not in answer.text
    stale = at_door(trainee, token)  # the colleague sends the page that still stands in the other window
    assert stale.status_code == 400
    assert NAME not in stale.text
    assert name_of(store, people, "colleague") == "Colleague"


def test_names_and_values_can_break_out_of_nothing(trainee: FlaskClient, token: str) -> None:
    evil = {'x" autofocus onfocus="alert(1)': "</textarea><script>alert(2)</script>", "csrf_token2": "'\"><img src=x>"}
    page = through(trainee, at_door(trainee, token, evil).text)
    assert html_errors(page.text) == []
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert 'onfocus="alert' not in page.text
    assert {name: form_of(page.text)[1][name] for name in evil} == evil


@pytest.mark.parametrize("address", ["//evil.example/account", "/account?next=//evil.example"])
def test_the_address_stays_on_this_site(trainee: FlaskClient, token: str, address: str) -> None:
    door = at_door(trainee, token, address=f"http://localhost{address}")
    if door.status_code == 401:
        target, _ = form_of(through(trainee, door.text).text)
        assert target.startswith("/account")
        assert urlsplit(target).netloc == ""
    else:
        assert door.status_code in {302, 308, 404}


def test_all_checks_apply_when_it_is_sent_again(trainee: FlaskClient, token: str, store: Store, people: People) -> None:
    target, fields = form_of(through(trainee, at_door(trainee, token, {"name": "", "language": "fr"}).text).text)
    assert trainee.post(target, data=fields | {"csrf_token": token}, headers=HERE).status_code == 400
    assert trainee.post(target, data=fields, headers=HERE).status_code == 422
    other, mine = form_of(
        at_door(trainee, token, {"disabled": "yes"}, address=f"/people/{people['colleague']}/disabled").text
    )
    assert trainee.post(other, data=mine, headers=HERE).status_code == 404
    assert is_in(trainee)


def test_the_mark_in_a_form_names_nobody(
    app: Flask, trainee: FlaskClient, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainee.get("/account")
    with trainee.session_transaction() as cookie:
        said = cookie["csrf_token"]
    assert people["trainee"].hex not in said
    assert re.fullmatch(r"[\w-]{22}\.[\w-]{16}", said)
    monkeypatch.setattr(app, "secret_key", "another key, so that whoever knows an id can't make the mark of it")
    elsewhere: dict[str, str] = {}
    with app.app_context():
        kept.mark_forms(elsewhere, people["trainee"])
    assert elsewhere["csrf_token"].partition(".")[2] != said.partition(".")[2]
