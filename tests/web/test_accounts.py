import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.conftest import Clock, People, token_of
from training.accounts import service
from training.accounts.models import Invitation, Membership, Person, SignIn
from training.accounts.sign_in import local
from training.factory import create_app
from training.settings import Settings
from training.store import Store
from training.web.rooms import Rooms

PASSWORD = "a long password of tests"
SignInAs = Callable[[str], FlaskClient]


def _post(
    client: FlaskClient, page: str, address: str | None = None, *, headers: Any = None, **fields: str
) -> TestResponse:
    """Fill in a form of a page and send it, as a browser without scripts does."""
    token = token_of(client.get(page).text)
    return client.post(address or page, data={"csrf_token": token, **fields}, headers=headers)


def _enter(client: FlaskClient, login: str = "trainee", password: str = PASSWORD, **fields: str) -> TestResponse:
    return _post(client, "/sign-in", login=login, password=password, **fields)


def _is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def _token(client: FlaskClient) -> str | None:
    with client.session_transaction() as cookie:
        return cookie.get("token")


# the door


def test_signing_in_and_out(app: Flask, people: People) -> None:
    client = app.test_client()
    assert not _is_in(client)
    answer = _enter(client)
    assert (answer.status_code, answer.location) == (303, "/")
    assert _is_in(client)
    out = _post(client, "/account", "/sign-out")
    assert (out.status_code, out.location) == (303, "/sign-in")
    assert not _is_in(client)
    assert _token(client) is None


def test_the_cookie_carries_a_token_and_nothing_about_the_person(app: Flask, people: People) -> None:
    client = app.test_client()
    answer = _enter(client)
    assert all(word in answer.headers["Set-Cookie"] for word in ("HttpOnly", "SameSite=Lax", "Path=/"))
    client.get("/account")
    with client.session_transaction() as cookie:
        assert set(cookie) <= {"token", "csrf_token"}


def test_a_wrong_password_keeps_the_login_and_not_the_password(app: Flask, people: People) -> None:
    answer = _enter(app.test_client(), "trainee", "wrong password")
    assert answer.status_code == 422
    assert 'value="trainee"' in answer.text
    assert "wrong password" not in answer.text
    assert "is not right" in answer.text


def test_unknown_and_known_accounts_get_the_same_page(app: Flask, people: People) -> None:
    pages = []
    for login in ("trainee", "nobody"):
        answer = _enter(app.test_client(), login, "wrong password")
        hidden = re.sub(r'name="csrf_token" value="[^"]*"', "", answer.text)
        pages.append((answer.status_code, hidden.replace(login, "")))
    assert pages[0] == pages[1]


def test_a_form_without_its_token_is_refused(app: Flask, people: People, sign_in: SignInAs) -> None:
    fields = {"login": "trainee", "password": PASSWORD}
    assert app.test_client().post("/sign-in", data=fields).status_code == 400
    client = sign_in("administrator")
    here = str(people.home)
    for address in (
        "/sign-out",
        "/second-factor",
        "/account",
        "/account/password",
        "/account/second-factor/remove",
        "/account/sign-ins/end",
        f"/organisations/{here}/invitations",
        f"/people/{people['trainee']}/password",
        f"/people/{people['trainee']}/disabled",
        "/invitation/x",
        "/invitation/x/join",
    ):
        assert client.post(address).status_code == 400, address
    assert _is_in(client)


def test_the_token_of_another_browser_s_form_is_refused(app: Flask, people: People) -> None:
    foreign = token_of(app.test_client().get("/sign-in").text)
    victim = app.test_client()
    victim.get("/sign-in")
    fields = {"csrf_token": foreign, "login": "trainee", "password": PASSWORD}
    assert victim.post("/sign-in", data=fields).status_code == 400
    assert not _is_in(victim)


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
    answer = _enter(app.test_client(), next=target)
    assert (answer.status_code, answer.location) == (303, goes)


def test_whoever_is_not_signed_in_comes_back_to_the_page_that_was_asked_for(app: Flask, people: People) -> None:
    client = app.test_client()
    away = client.get("/people?organisation=x")
    assert away.status_code == 302
    door = client.get(away.location)
    target = re.search(r'name="next" value="([^"]*)"', door.text)
    assert target
    assert target[1] == "/people?organisation=x"


# sessions


def test_a_token_planted_before_sign_in_is_worth_nothing_after_it(app: Flask, people: People) -> None:
    attacker, victim = app.test_client(), app.test_client()
    _enter(attacker)
    planted = _token(attacker)
    with victim.session_transaction() as cookie:
        cookie["token"] = planted
        cookie["junk"] = "planted"
    _enter(victim, "colleague")
    with victim.session_transaction() as cookie:
        assert cookie["token"] != planted
        assert "junk" not in cookie
    assert not _is_in(attacker)
    assert "colleague" in victim.get("/account").text


def test_the_cookie_of_an_ended_sign_in_opens_nothing(app: Flask, people: People) -> None:
    client, thief = app.test_client(), app.test_client()
    _enter(client)
    with thief.session_transaction() as cookie:
        cookie["token"] = _token(client)
    assert _is_in(thief)
    _post(client, "/account", "/sign-out")
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
    assert not _is_in(client)
    inside = sign_in("trainee")
    inside.set_cookie("remember_token", f"{people['administrator']}|0123")
    assert _is_in(inside)
    assert "administrator" not in inside.get("/account").text.lower()


def test_an_idle_sign_in_ends_and_a_used_one_goes_on_to_its_limit(
    app: Flask, people: People, clock: Clock, settings: Settings
) -> None:
    client = app.test_client()
    _enter(client)
    clock.forward(minutes=settings.idle_minutes - 1)
    assert _is_in(client)
    clock.forward(minutes=settings.idle_minutes)
    assert not _is_in(client)
    _enter(client)
    for _ in range(settings.sign_in_hours * 2 - 1):
        clock.forward(minutes=30)
        assert _is_in(client)
    clock.forward(minutes=30)
    assert not _is_in(client)


def test_last_seen_is_written_once_a_minute(app: Flask, people: People, clock: Clock, store: Store) -> None:
    client, seen = app.test_client(), []
    _enter(client)
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
    assert _is_in(client)
    with store.writing() as session:
        service.disable(
            session, service.by_login(session, "trainee"), actor=None, now=datetime(2026, 11, 25, tzinfo=UTC)
        )
    assert not _is_in(client)


# back-off and limits


def test_after_five_failures_the_account_waits_and_says_how_long(app: Flask, people: People, clock: Clock) -> None:
    client = app.test_client()
    for _ in range(5):
        assert _enter(client, password="wrong password").status_code == 422
    answer = _enter(client)
    assert answer.status_code == 429
    assert "Try again in 2 seconds" in answer.text
    clock.forward(seconds=2)
    assert _enter(client).status_code == 303


@pytest.fixture
def strict(settings: Settings, rooms: Rooms, people: People) -> Flask:
    """An application that lets 20 failures a minute through."""
    few = settings.model_copy(update={"failures_per_minute": 20})
    return create_app(few, Rooms(**{name: getattr(rooms, name) for name in rooms.__slots__} | {"settings": few}))


def test_invented_forwarded_headers_do_not_dodge_the_limit(strict: Flask) -> None:
    client, answers = strict.test_client(), []
    for number in range(22):
        headers = {"X-Forwarded-For": f"198.51.100.{number}", "X-Real-IP": f"203.0.113.{number}",
                   "Forwarded": f"for=192.0.2.{number}"}  # fmt: skip
        answers.append(
            _post(client, "/sign-in", headers=headers, login=f"nobody{number}", password=PASSWORD).status_code
        )
    assert answers == [422] * 20 + [429] * 2


def test_the_limit_counts_failures_only(strict: Flask) -> None:
    client = strict.test_client()
    assert [_enter(client).status_code for _ in range(25)] == [303] * 25


def test_another_address_is_not_held_up(strict: Flask) -> None:
    client = strict.test_client()
    for number in range(21):
        _enter(client, f"nobody{number}")
    assert _enter(client).status_code == 429
    token = token_of(client.get("/sign-in").text)
    fields = {"csrf_token": token, "login": "trainee", "password": PASSWORD}
    other = client.post("/sign-in", data=fields, environ_overrides={"REMOTE_ADDR": "198.51.100.9"})
    assert other.status_code == 303


# the second factor


def _enrol(client: FlaskClient, clock: Clock) -> pyotp.TOTP:
    page = client.get("/second-factor").text
    letters = re.search(r'Key: <bdi dir="ltr">([A-Z2-7 ]+)</bdi>', page)
    assert letters
    totp = pyotp.TOTP(letters[1].replace(" ", ""))
    assert _post(client, "/second-factor", code=totp.at(clock())).status_code == 303
    return totp


def test_a_second_factor_is_asked_for_from_then_on(app: Flask, people: People, clock: Clock) -> None:
    client = app.test_client()
    _enter(client)
    totp = _enrol(client, clock)
    assert _is_in(client)
    clock.forward(minutes=5)
    again = app.test_client()
    _enter(again, next="/account")
    first = again.get("/account")
    assert (first.status_code, first.location) == (303, "/second-factor?next=/account")
    half = _token(again)
    code = totp.at(clock())
    done = _post(again, "/second-factor?next=/account", "/second-factor", code=code, next="/account")
    assert (done.status_code, done.location) == (303, "/account")
    assert _is_in(again)
    assert _token(again) != half
    replay = app.test_client()
    _enter(replay)
    answer = _post(replay, "/second-factor", code=code)
    assert answer.status_code == 422
    assert "used before" in answer.text
    assert not _is_in(replay)


def test_between_the_steps_nothing_else_is_open(app: Flask, people: People, clock: Clock) -> None:
    client = app.test_client()
    _enter(client, "administrator")
    _enrol(client, clock)
    half = app.test_client()
    _enter(half, "administrator")
    for address in ("/", "/account", "/people", "/sign-in", "/invitation/x", "/nowhere"):
        answer = half.get(address)
        assert answer.status_code == 303, address
        assert answer.location.startswith("/second-factor"), address
    token = token_of(half.get("/second-factor").text)
    away = half.post(f"/people/{people['trainee']}/password", data={"csrf_token": token})
    assert away.location == "/second-factor"
    assert _post(half, "/second-factor", "/sign-out").location == "/sign-in"
    assert half.get("/sign-in").status_code == 200


@pytest.fixture
def guarded_site(settings: Settings, rooms: Rooms, people: People) -> Flask:
    """An application where staff must use a second factor."""
    strict = settings.model_copy(update={"second_factor": True})
    return create_app(strict, Rooms(**{name: getattr(rooms, name) for name in rooms.__slots__} | {"settings": strict}))


@pytest.mark.parametrize("login", ["instructor", "host", "administrator"])
def test_staff_set_up_a_second_factor_before_anything_else(guarded_site: Flask, clock: Clock, login: str) -> None:
    client = guarded_site.test_client()
    _enter(client, login)
    assert client.get("/people").location.startswith("/second-factor")
    totp = _enrol(client, clock)
    assert client.get("/people").status_code == 200
    clock.forward(minutes=1)
    kept = _post(client, "/account", "/account/second-factor/remove", code=totp.at(clock()))
    assert kept.status_code == 422
    assert "needs a second factor" in kept.text


def test_trainees_need_no_second_factor(guarded_site: Flask) -> None:
    client = guarded_site.test_client()
    _enter(client)
    assert _is_in(client)


def test_enrolment_page_fits_the_policy_and_keeps_its_key(app: Flask, people: People, sign_in: SignInAs) -> None:
    client = sign_in("trainee")
    first, second = (client.get("/second-factor").text for _ in range(2))
    keys = {re.findall(r"[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}", page)[0] for page in (first, second)}
    assert len(keys) == 1
    assert "<path d=" in first
    assert " style=" not in first


def test_a_wrong_code_at_enrolment_is_told(people: People, sign_in: SignInAs) -> None:
    client = sign_in("trainee")
    answer = _post(client, "/second-factor", code="nothing")
    assert answer.status_code == 422
    assert "not right" in answer.text


def test_removing_the_second_factor_takes_a_code(app: Flask, people: People, clock: Clock) -> None:
    client = app.test_client()
    _enter(client)
    totp = _enrol(client, clock)
    clock.forward(minutes=1)
    assert _post(client, "/account", "/account/second-factor/remove", code="000").status_code == 422
    assert _post(client, "/account", "/account/second-factor/remove", code=totp.at(clock())).status_code == 303
    assert "Not set up" in client.get("/account").text
    assert client.get("/second-factor").status_code == 200


def test_the_second_step_needs_a_first_one(app: Flask, people: People) -> None:
    assert app.test_client().get("/second-factor").location.startswith("/sign-in")


# one's own account


def test_name_language_and_theme_are_kept(people: People, sign_in: SignInAs) -> None:
    client = sign_in("trainee")
    assert _post(client, "/account", name="Amara <b>Diallo", language="ar", theme="dark").status_code == 303
    page = client.get("/account").text
    assert '<html lang="ar" dir="rtl" data-theme="dark">' in page
    assert "Amara &lt;b&gt;Diallo" in page
    assert "<b>Diallo" not in page


@pytest.mark.parametrize("fields", [{"name": ""}, {"name": "A", "language": "xx"}, {"name": "A", "theme": "pink"}])
def test_a_wrong_choice_changes_nothing(
    people: People, sign_in: SignInAs, store: Store, fields: dict[str, str]
) -> None:
    client = sign_in("trainee")
    assert _post(client, "/account", **{"theme": "auto", **fields}).status_code == 422
    with store.reading() as session:
        assert session.get_one(Person, people["trainee"]).name == "Trainee"


def test_a_new_password_ends_the_others_and_renews_this_one(app: Flask, people: People, sign_in: SignInAs) -> None:
    client, other = sign_in("trainee"), sign_in("trainee")
    before = _token(client)
    new = {"password": "another long one", "again_password": "another long one"}
    assert _post(client, "/account", "/account/password", old_password="wrong one", **new).status_code == 422
    differs = _post(client, "/account", "/account/password", old_password=PASSWORD, password="a", again_password="b")
    assert differs.status_code == 422
    assert "The two new passwords differ" in differs.text
    assert _is_in(other)
    assert _post(client, "/account", "/account/password", old_password=PASSWORD, **new).location == "/account"
    assert _is_in(client)
    assert _token(client) != before
    assert not _is_in(other)
    assert _enter(app.test_client()).status_code == 422
    assert _enter(app.test_client(), password="another long one").status_code == 303


def test_sign_ins_are_ended_from_the_list(people: People, sign_in: SignInAs) -> None:
    here, one, two, three = (sign_in("trainee") for _ in range(4))
    which = service.hash_token(_token(one) or "").hex()
    assert f'value="{which}"' in here.get("/account").text
    _post(here, "/account", "/account/sign-ins/end", which=which)
    assert [_is_in(client) for client in (here, one, two, three)] == [True, False, True, True]
    _post(here, "/account", "/account/sign-ins/end", which="others")
    assert [_is_in(client) for client in (here, two, three)] == [True, False, False]


@pytest.mark.parametrize("which", ["", "zz", "00", "x" * 300])
def test_somebody_else_s_sign_in_can_not_be_ended(people: People, sign_in: SignInAs, which: str) -> None:
    here, other = sign_in("trainee"), sign_in("colleague")
    assert _post(here, "/account", "/account/sign-ins/end", which=which).status_code == 303
    _post(here, "/account", "/account/sign-ins/end", which=service.hash_token(_token(other) or "").hex())
    assert _is_in(here)
    assert _is_in(other)


# people and invitations


def test_the_people_page_shows_one_organisation(people: People, sign_in: SignInAs) -> None:
    page = sign_in("instructor").get("/people").text
    assert "Academy of Port Selby" in page
    assert all(f">{name}</bdi>" in page for name in ("trainee", "colleague", "host", "administrator"))
    assert "stranger" not in page
    assert f"/people/{people['trainee']}/password" in page
    assert f"/people/{people['host']}/password" not in page
    assert f"/people/{people['instructor']}/password" not in page


@pytest.mark.parametrize("name", ["trainee", "colleague", "stranger"])
def test_trainees_see_no_people(people: People, sign_in: SignInAs, name: str) -> None:
    assert sign_in(name).get("/people").status_code == 404


def test_another_organisation_is_closed(people: People, sign_in: SignInAs) -> None:
    client = sign_in("other_instructor")
    assert client.get("/people").status_code == 200
    for which in (str(people.home), str(uuid4()), "nonsense", ""):
        assert client.get("/people", query_string={"organisation": which}).status_code == 404


@pytest.mark.parametrize(
    ("actor", "target", "status"),
    [
        ("instructor", "trainee", 200),
        ("host", "instructor", 200),
        ("administrator", "host", 200),
        ("instructor", "host", 404),
        ("instructor", "administrator", 404),
        ("instructor", "instructor", 404),
        ("other_instructor", "trainee", 404),
        ("administrator", "stranger", 404),
        ("trainee", "colleague", 404),
    ],
)
def test_who_may_set_whose_password(
    app: Flask, people: People, sign_in: SignInAs, store: Store, actor: str, target: str, status: int
) -> None:
    client = sign_in(actor)
    address = f"/people/{people[target]}/password"
    answer = _post(client, "/account", address)
    assert answer.status_code == status
    with store.reading() as session:
        person = session.get_one(Person, people[target])
        before = service.password_mark(person)
    assert _post(client, "/account", address, before=before).status_code == status
    old_works = _enter(app.test_client(), target).status_code == 303
    assert old_works is (status != 200)


SHOWN = re.compile(r'<bdi dir="ltr">((?:[a-z2-9]{4}-){3}[a-z2-9]{4})</bdi>')


def _mark(client: FlaskClient, address: str) -> str:
    """Ask for a new password and read which one the confirming form would replace."""
    return _post(client, "/people", address).text.split('name="before" value="', 1)[1].split('"', 1)[0]


def test_a_new_password_is_shown_once_and_works(app: Flask, people: People, sign_in: SignInAs) -> None:
    client, trainee = sign_in("instructor"), sign_in("trainee")
    address = f"/people/{people['trainee']}/password"
    page = _post(client, "/people", address, before=_mark(client, address)).text
    password = SHOWN.search(page)
    assert password
    assert password[1] not in client.get("/people").text
    assert not _is_in(trainee)
    assert _enter(app.test_client(), password=password[1]).status_code == 303


def test_a_new_password_is_asked_for_twice_and_set_once(
    app: Flask, people: People, sign_in: SignInAs, clock: Clock
) -> None:
    client, trainee = sign_in("instructor"), sign_in("trainee")
    address = f"/people/{people['trainee']}/password"
    first = _post(client, "/people", address)
    assert first.status_code == 200
    assert '<h2 id="sure" dir="auto">Set a new password for ' in first.text
    assert not SHOWN.search(first.text)
    assert _is_in(trainee)
    before = _mark(client, address)
    password = SHOWN.search(_post(client, "/people", address, before=before).text)
    assert password
    clock.forward(minutes=5)
    again = _post(client, "/people", address, before=before)
    assert again.status_code == 409
    assert "was set at 2026-11-25 09:00:00Z and shown once. Nothing was changed now." in again.text
    assert not SHOWN.search(again.text)
    assert _enter(app.test_client(), password=password[1]).status_code == 303


def test_a_password_that_its_owner_changed_in_between_stands(app: Flask, people: People, sign_in: SignInAs) -> None:
    client, trainee = sign_in("instructor"), sign_in("trainee")
    address = f"/people/{people['trainee']}/password"
    before = _mark(client, address)
    new = {"password": "another long one", "again_password": "another long one"}
    _post(trainee, "/account", "/account/password", old_password=PASSWORD, **new)
    late = _post(client, "/people", address, before=before)
    assert late.status_code == 409
    assert "was changed by its owner at 2026-11-25 09:00:00Z" in late.text
    assert _enter(app.test_client(), password="another long one").status_code == 303


def test_people_says_why_a_row_has_no_action(people: People, sign_in: SignInAs) -> None:
    page = sign_in("instructor").get("/people").text
    assert page.count("Your own account") == 1
    assert page.count("Role above yours, here or elsewhere") == 2


def test_an_instructor_of_one_can_not_take_over_staff_of_another(
    people: People, sign_in: SignInAs, store: Store
) -> None:
    with store.writing() as session:
        session.add(Membership(person_id=people["trainee"], organisation_id=people.elsewhere, role="administrator"))
    client = sign_in("instructor")
    assert _post(client, "/account", f"/people/{people['trainee']}/password").status_code == 404
    assert _post(client, "/account", f"/people/{people['trainee']}/disabled", disabled="yes").status_code == 404


def test_disabling_and_opening_again(app: Flask, people: People, sign_in: SignInAs) -> None:
    client, trainee = sign_in("instructor"), sign_in("trainee")
    address = f"/people/{people['trainee']}/disabled"
    assert _post(client, "/people", address, disabled="yes").status_code == 303
    assert not _is_in(trainee)
    assert _enter(app.test_client()).status_code == 422
    assert "Open again" in client.get("/people").text
    _post(client, "/people", address, disabled="no")
    assert _enter(app.test_client()).status_code == 303


def test_somebody_without_a_record_is_not_there(people: People, sign_in: SignInAs) -> None:
    client = sign_in("administrator")
    assert _post(client, "/people", f"/people/{uuid4()}/password").status_code == 404
    assert _post(client, "/people", f"/organisations/{uuid4()}/invitations", role="trainee").status_code == 404


def _invitation_token(client: FlaskClient) -> str:
    return str(re.findall(r'name="token" type="hidden" value="([\w-]{43})"', client.get("/people").text)[0])


def _link(client: FlaskClient, people: People, role: str = "trainee", **fields: str) -> str:
    fields.setdefault("token", _invitation_token(client))
    page = _post(client, "/people", f"/organisations/{people.home}/invitations", role=role, **fields).text
    link = re.search(r"http://localhost(/invitation/[\w-]{43})<", page)
    assert link
    return link[1]


ANSWER = {"name": "Amara Diallo", "login": "amara", "password": "chosen by amara", "again_password": "chosen by amara"}


def test_an_invitation_is_accepted_once(app: Flask, people: People, sign_in: SignInAs) -> None:
    link = _link(sign_in("instructor"), people, name="Amara", login="amara.d")
    client = app.test_client()
    page = client.get(link).text
    assert 'value="Amara"' in page
    assert 'value="amara.d"' in page
    answer = _post(client, link, **ANSWER)
    assert (answer.status_code, answer.location) == (303, "/")
    assert _is_in(client)
    assert _enter(app.test_client(), "amara", "chosen by amara").status_code == 303
    late = app.test_client()
    assert late.get(link).status_code == 404
    replay = {"csrf_token": token_of(late.get("/sign-in").text), **ANSWER, "login": "second"}
    assert late.post(link, data=replay).status_code == 404
    assert _enter(app.test_client(), "second", "chosen by amara").status_code == 422


def test_an_invitation_sent_twice_is_one(people: People, sign_in: SignInAs, store: Store) -> None:
    client = sign_in("instructor")
    token = _invitation_token(client)
    assert _link(client, people, token=token) == _link(client, people, token=token) == f"/invitation/{token}"
    with store.reading() as session:
        assert len(session.scalars(select(Invitation)).all()) == 1
    assert _invitation_token(client) != token
    address = f"/organisations/{people.home}/invitations"
    other = _post(client, "/people", address, role="instructor", token=token)
    assert other.status_code == 422
    assert "was sent before, for another invitation" in other.text
    for bad in ("", "short", "x" * 44):
        assert "has lost its key" in _post(client, "/people", address, role="trainee", token=bad).text


def test_an_expired_or_invented_invitation_is_not_there(
    app: Flask, people: People, sign_in: SignInAs, clock: Clock
) -> None:
    link = _link(sign_in("instructor"), people)
    clock.forward(days=14)
    for address in (link, "/invitation/invented"):
        answer = app.test_client().get(address)
        assert answer.status_code == 404
        assert "Ask whoever sent it for a new one" in answer.text


def test_an_answer_that_is_refused_can_be_sent_again(app: Flask, people: People, sign_in: SignInAs) -> None:
    link, client = _link(sign_in("instructor"), people), app.test_client()
    taken = _post(client, link, **ANSWER | {"login": "trainee"})
    assert taken.status_code == 422
    assert "is taken" in taken.text
    short = _post(client, link, **ANSWER | {"password": "short", "again_password": "short"})
    assert short.status_code == 422
    assert "at least 10" in short.text
    assert _post(client, link, **ANSWER).status_code == 303


def test_whoever_is_signed_in_joins_with_that_account(people: People, sign_in: SignInAs) -> None:
    link, client = _link(sign_in("instructor"), people), sign_in("stranger")
    assert "Accept with this account" in client.get(link).text
    before = _token(client)
    assert _post(client, link, f"{link}/join").status_code == 303
    assert "Academy of Port Selby" in client.get("/account").text
    assert _token(client) != before
    assert _post(client, "/account", f"{link}/join").status_code == 404


@pytest.mark.parametrize("role", ["host", "administrator", "king", ""])
def test_nobody_invites_above_the_own_role(people: People, sign_in: SignInAs, role: str) -> None:
    client = sign_in("instructor")
    answer = _post(client, "/people", f"/organisations/{people.home}/invitations", role=role)
    assert answer.status_code == 422
    assert "/invitation/" not in answer.text


def test_a_foreign_instructor_invites_nobody_here(people: People, sign_in: SignInAs) -> None:
    client = sign_in("other_instructor")
    answer = _post(client, "/people", f"/organisations/{people.home}/invitations", role="trainee")
    assert answer.status_code == 404


# every page


def test_no_page_has_inline_styles_or_scripts(app: Flask, people: People, sign_in: SignInAs) -> None:
    link = _link(sign_in("instructor"), people)
    pages = [app.test_client().get("/sign-in"), app.test_client().get(link)]
    pages += [sign_in("administrator").get(address) for address in ("/account", "/people", "/second-factor")]
    for page in pages:
        assert page.status_code == 200
        assert page.headers["Cache-Control"] == "no-store"
        inside = page.text.replace('style="stroke:var(--sheet)"', "")  # the icons' own, not of these templates
        assert not re.search(r'\sstyle="|\son\w+="|javascript:', inside)
        ids = re.findall(r'\sid="([^"]+)"', page.text)
        assert len(ids) == len(set(ids))
