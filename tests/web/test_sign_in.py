"""The door: signing in and out, where it leads, and how long whoever fails must wait."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from tests.conftest import Clock, People, token_of
from tests.web.conftest import PASSWORD, cookie_token, enter, is_in, post
from training.accounts.sign_in import local


def test_signing_in_and_out(app: Flask, people: People) -> None:
    client = app.test_client()
    assert not is_in(client)
    answer = enter(client)
    assert (answer.status_code, answer.location) == (303, "/")
    assert is_in(client)
    out = post(client, "/account", "/sign-out")
    assert (out.status_code, out.location) == (303, "/sign-in")
    assert not is_in(client)
    assert cookie_token(client) is None


def test_the_cookie_carries_a_token_and_nothing_about_the_person(app: Flask, people: People) -> None:
    client = app.test_client()
    answer = enter(client)
    assert all(word in answer.headers["Set-Cookie"] for word in ("HttpOnly", "SameSite=Lax", "Path=/"))
    client.get("/account")
    with client.session_transaction() as cookie:
        assert set(cookie) <= {"token", "csrf_token"}


def test_a_clock_that_is_set_back_signs_nobody_out(app: Flask, people: People) -> None:
    client = app.test_client()
    now = datetime.now(UTC)
    with time_machine.travel(now + timedelta(days=2)):
        enter(client)
        page = client.get("/account").text
    with time_machine.travel(now):
        assert is_in(client)
        sent = client.post("/appearance", data={"csrf_token": token_of(page), "theme": "dark"})
        assert sent.status_code == 303


def test_a_wrong_password_keeps_the_login_and_not_the_password(app: Flask, people: People) -> None:
    answer = enter(app.test_client(), "trainee", "wrong password")
    assert answer.status_code == 422
    assert 'value="trainee"' in answer.text
    assert "wrong password" not in answer.text
    assert "is not right" in answer.text


def test_unknown_and_known_accounts_get_the_same_page(app: Flask, people: People) -> None:
    pages = []
    for login in ("trainee", "nobody"):
        answer = enter(app.test_client(), login, "wrong password")
        hidden = re.sub(r'name="csrf_token" value="[^"]*"', "", answer.text)
        pages.append((answer.status_code, hidden.replace(login, "")))
    assert pages[0] == pages[1]


def test_the_token_of_another_browser_s_form_is_refused(app: Flask, people: People) -> None:
    foreign = token_of(app.test_client().get("/sign-in").text)
    victim = app.test_client()
    victim.get("/sign-in")
    fields = {"csrf_token": foreign, "login": "trainee", "password": PASSWORD}
    assert victim.post("/sign-in", data=fields).status_code == 400
    assert not is_in(victim)


@pytest.mark.parametrize(
    ("target", "goes"),
    [
        ("/account", "/account"),
        ("/people?organisation=1&x=%2F", "/people?organisation=1&x=%2F"),
        ("", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("/\t/evil.example/", "/"),
        ("/\n/evil.example/", "/"),
        ("\\\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("account", "/"),
        (" //evil.example", "/"),
        ("///evil.example", "/"),
        ("/@evil.example", "/@evil.example"),
    ],
)
def test_next_leads_to_this_site_only(app: Flask, people: People, target: str, goes: str) -> None:
    assert local(target) == goes
    answer = enter(app.test_client(), next=target)
    assert (answer.status_code, answer.location) == (303, goes)


def test_whoever_is_not_signed_in_comes_back_to_the_page_that_was_asked_for(app: Flask, people: People) -> None:
    client = app.test_client()
    away = client.get("/people?organisation=x")
    assert away.status_code == 302
    door = client.get(away.location)
    target = re.search(r'name="next" value="([^"]*)"', door.text)
    assert target
    assert target[1] == "/people?organisation=x"


def test_after_five_failures_the_account_waits_and_says_how_long(app: Flask, people: People, clock: Clock) -> None:
    client = app.test_client()
    for _ in range(5):
        assert enter(client, password="wrong password").status_code == 422
    answer = enter(client)
    assert answer.status_code == 429
    assert "Try again in 2 seconds" in answer.text
    clock.forward(seconds=2)
    assert enter(client).status_code == 303


@pytest.mark.usefixtures("people")
def test_the_door_has_a_way_in_by_a_join_code(app: Flask) -> None:
    client = app.test_client()
    door = client.get("/sign-in").text
    form = door.split('action="/join"', 1)[1].split("</form>", 1)[0]
    assert re.search(r'<label for="code">Join code</label><input id="code" name="code"[^>]* required', form)
    assert door.count('class="btn main"') == 1
    wrong = post(client, "/sign-in", "/join", code="board 0000")
    assert wrong.status_code == 404
    assert 'value="board 0000"' in wrong.text


def test_a_sign_in_that_a_clock_ahead_began_lives_no_longer_than_any_other(
    app: Flask, people: People, clock: Clock
) -> None:
    client, now = app.test_client(), clock.now
    clock.forward(days=400)
    enter(client)
    clock.now = now
    assert is_in(client), "a clock that is set back signs nobody out"
    for _ in range(11):
        clock.forward(hours=1)
        assert is_in(client)
    clock.forward(hours=2)
    assert not is_in(client)
