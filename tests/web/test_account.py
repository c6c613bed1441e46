"""One's own account: name, language, theme, password, sign-ins."""

from dataclasses import replace

import pytest
from flask import Flask

from tests.conftest import People, token_of
from tests.web.conftest import PASSWORD, SignInAs, cookie_token, enter, is_in, post
from training.accounts import service
from training.accounts.models import Person
from training.sentence import LANGUAGES
from training.store import Store
from training.web.rooms import Rooms


def test_name_language_and_theme_are_kept(people: People, sign_in: SignInAs) -> None:
    client = sign_in("trainee")
    assert post(client, "/account", name="Amara <b>Diallo", language="ar", theme="dark").status_code == 303
    page = client.get("/account").text
    assert '<html lang="ar" dir="rtl" data-theme="dark">' in page
    assert "Amara &lt;b&gt;Diallo" in page
    assert "<b>Diallo" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_of_the_menu_can_be_kept_with_an_account(
    people: People, sign_in: SignInAs, language: str
) -> None:
    client, other = sign_in("trainee"), sign_in("colleague")
    assert post(client, "/", "/appearance", language=language).status_code == 303
    assert f'<html lang="{language}"' in client.get("/account").text
    assert post(other, "/account", name="Colleague", language=language, theme="auto").status_code == 303
    assert f'<html lang="{language}"' in other.get("/account").text


@pytest.mark.parametrize(
    ("back", "goes"),
    [
        ("/labs?page=2", "/labs?page=2"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example/", "/"),
        ("elsewhere", "/"),
    ],
)
def test_whoever_chooses_a_look_stays_on_this_site(people: People, sign_in: SignInAs, back: str, goes: str) -> None:
    assert post(sign_in("trainee"), "/account", "/appearance", theme="dark", back=back).location == goes


@pytest.mark.parametrize("https", [False, True])
def test_cookies_of_a_look_are_out_of_reach_of_scripts_and_hold_only_what_is_known(
    app: Flask, rooms: Rooms, *, https: bool
) -> None:
    client = app.test_client()
    token = token_of(client.get("/sign-in").text)
    app.extensions["rooms"] = replace(rooms, settings=rooms.settings.model_copy(update={"https": https}))

    def kept(**fields: str) -> list[str]:
        answer = client.post("/appearance", data={"csrf_token": token, **fields})
        assert answer.status_code == 303
        return [one for one in answer.headers.getlist("Set-Cookie") if one.startswith(("theme=", "language="))]

    assert kept(theme="pink", language="xx") == []
    theme, language = kept(theme="dark", language="ar")
    assert (theme.split("; ")[0], language.split("; ")[0]) == ("theme=dark", "language=ar")
    for one in (theme, language):
        assert {"HttpOnly", "SameSite=Lax"} < {*one.split("; ")}
        assert ("Secure" in one.split("; ")) is https


@pytest.mark.parametrize("fields", [{"name": ""}, {"name": "A", "language": "xx"}, {"name": "A", "theme": "pink"}])
def test_a_wrong_choice_changes_nothing(
    people: People, sign_in: SignInAs, store: Store, fields: dict[str, str]
) -> None:
    client = sign_in("trainee")
    assert post(client, "/account", **{"theme": "auto", **fields}).status_code == 422
    with store.reading() as session:
        assert session.get_one(Person, people["trainee"]).name == "Trainee"


def test_a_new_password_ends_the_others_and_renews_this_one(app: Flask, people: People, sign_in: SignInAs) -> None:
    client, other = sign_in("trainee"), sign_in("trainee")
    before = cookie_token(client)
    new = {"password": "another long one", "again_password": "another long one"}
    assert post(client, "/account", "/account/password", old_password="wrong one", **new).status_code == 422
    differs = post(client, "/account", "/account/password", old_password=PASSWORD, password="a", again_password="b")
    assert differs.status_code == 422
    assert "The two new passwords differ" in differs.text
    assert is_in(other)
    assert post(client, "/account", "/account/password", old_password=PASSWORD, **new).location == "/account"
    assert is_in(client)
    assert cookie_token(client) != before
    assert not is_in(other)
    assert enter(app.test_client()).status_code == 422
    assert enter(app.test_client(), password="another long one").status_code == 303


def test_sign_ins_are_ended_from_the_list(people: People, sign_in: SignInAs) -> None:
    here, one, two, three = (sign_in("trainee") for _ in range(4))
    which = service.hash_token(cookie_token(one) or "").hex()
    assert f'value="{which}"' in here.get("/account").text
    post(here, "/account", "/account/sign-ins/end", which=which)
    assert [is_in(client) for client in (here, one, two, three)] == [True, False, True, True]
    post(here, "/account", "/account/sign-ins/end", which="others")
    assert [is_in(client) for client in (here, two, three)] == [True, False, False]


@pytest.mark.parametrize("which", ["", "zz", "00", "x" * 300])
def test_somebody_else_s_sign_in_can_not_be_ended(people: People, sign_in: SignInAs, which: str) -> None:
    here, other = sign_in("trainee"), sign_in("colleague")
    assert post(here, "/account", "/account/sign-ins/end", which=which).status_code == 303
    post(here, "/account", "/account/sign-ins/end", which=service.hash_token(cookie_token(other) or "").hex())
    assert is_in(here)
    assert is_in(other)
