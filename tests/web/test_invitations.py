"""Invitations: made on the page of people, answered by whoever has the link."""

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import Clock, People, token_of
from tests.web.conftest import SignInAs, cookie_token, enter, invitation_link, invitation_token, is_in, post
from training.accounts.models import Invitation
from training.store import Store

ANSWER = {"name": "Amara Diallo", "login": "amara", "password": "chosen by amara", "again_password": "chosen by amara"}


def test_an_invitation_is_accepted_once(app: Flask, people: People, sign_in: SignInAs) -> None:
    link = invitation_link(sign_in("instructor"), people, name="Amara", login="amara.d")
    client = app.test_client()
    page = client.get(link).text
    assert 'value="Amara"' in page
    assert 'value="amara.d"' in page
    answer = post(client, link, **ANSWER)
    assert (answer.status_code, answer.location) == (303, "/")
    assert is_in(client)
    assert enter(app.test_client(), "amara", "chosen by amara").status_code == 303
    late = app.test_client()
    assert late.get(link).status_code == 404
    replay = {"csrf_token": token_of(late.get("/sign-in").text), **ANSWER, "login": "second"}
    assert late.post(link, data=replay).status_code == 404
    assert enter(app.test_client(), "second", "chosen by amara").status_code == 422


def test_an_invitation_sent_twice_is_one(people: People, sign_in: SignInAs, store: Store) -> None:
    client = sign_in("instructor")
    token = invitation_token(client)
    assert (
        invitation_link(client, people, token=token)
        == invitation_link(client, people, token=token)
        == f"/invitation/{token}"
    )
    with store.reading() as session:
        assert len(session.scalars(select(Invitation)).all()) == 1
    assert invitation_token(client) != token
    address = f"/organisations/{people.home}/invitations"
    other = post(client, "/people", address, role="instructor", token=token)
    assert other.status_code == 422
    assert "was sent before, for another invitation" in other.text
    for bad in ("", "short", "x" * 44):
        assert "has lost its key" in post(client, "/people", address, role="trainee", token=bad).text


def test_an_expired_or_invented_invitation_is_not_there(
    app: Flask, people: People, sign_in: SignInAs, clock: Clock
) -> None:
    link = invitation_link(sign_in("instructor"), people)
    clock.forward(days=14)
    for address in (link, "/invitation/invented"):
        answer = app.test_client().get(address)
        assert answer.status_code == 404
        assert "Ask whoever sent it for a new one" in answer.text


def test_an_answer_that_is_refused_can_be_sent_again(app: Flask, people: People, sign_in: SignInAs) -> None:
    link, client = invitation_link(sign_in("instructor"), people), app.test_client()
    taken = post(client, link, **ANSWER | {"login": "trainee"})
    assert taken.status_code == 422
    assert "is taken" in taken.text
    short = post(client, link, **ANSWER | {"password": "short", "again_password": "short"})
    assert short.status_code == 422
    assert "at least 10" in short.text
    assert post(client, link, **ANSWER).status_code == 303


def test_whoever_is_signed_in_joins_with_that_account(people: People, sign_in: SignInAs) -> None:
    link, client = invitation_link(sign_in("instructor"), people), sign_in("stranger")
    assert "Accept with this account" in client.get(link).text
    before = cookie_token(client)
    assert post(client, link, f"{link}/join").status_code == 303
    assert "Academy of Port Selby" in client.get("/account").text
    assert cookie_token(client) != before
    assert post(client, "/account", f"{link}/join").status_code == 404


@pytest.mark.parametrize("role", ["host", "administrator", "king", ""])
def test_nobody_invites_above_the_own_role(people: People, sign_in: SignInAs, role: str) -> None:
    client = sign_in("instructor")
    answer = post(client, "/people", f"/organisations/{people.home}/invitations", role=role)
    assert answer.status_code == 422
    assert "/invitation/" not in answer.text


def test_a_foreign_instructor_invites_nobody_here(people: People, sign_in: SignInAs) -> None:
    client = sign_in("other_instructor")
    answer = post(client, "/people", f"/organisations/{people.home}/invitations", role="trainee")
    assert answer.status_code == 404
