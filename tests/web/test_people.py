"""The people of an organisation: who sees them, sets their password, disables them."""

import re
from html import unescape
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Clock, People
from tests.web.conftest import PASSWORD, SignInAs, enter, is_in, post
from training.accounts import service
from training.accounts.models import Membership, Person
from training.store import Store


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
    answer = post(client, "/account", address)
    assert answer.status_code == status
    with store.reading() as session:
        person = session.get_one(Person, people[target])
        before = service.password_mark(person)
    assert post(client, "/account", address, before=before).status_code == status
    old_works = enter(app.test_client(), target).status_code == 303
    assert old_works is (status != 200)


SHOWN = re.compile(r'<bdi dir="ltr">((?:[a-z2-9]{4}-){3}[a-z2-9]{4})</bdi>')


def _mark(client: FlaskClient, address: str) -> str:
    """Ask for a new password and read which one the confirming form would replace."""
    return post(client, "/people", address).text.split('name="before" value="', 1)[1].split('"', 1)[0]


def test_a_new_password_is_shown_once_and_works(app: Flask, people: People, sign_in: SignInAs) -> None:
    client, trainee = sign_in("instructor"), sign_in("trainee")
    address = f"/people/{people['trainee']}/password"
    page = post(client, "/people", address, before=_mark(client, address)).text
    password = SHOWN.search(page)
    assert password
    assert password[1] not in client.get("/people").text
    assert not is_in(trainee)
    assert enter(app.test_client(), password=password[1]).status_code == 303


def test_a_new_password_is_asked_for_twice_and_set_once(
    app: Flask, people: People, sign_in: SignInAs, clock: Clock
) -> None:
    client, trainee = sign_in("instructor"), sign_in("trainee")
    address = f"/people/{people['trainee']}/password"
    first = post(client, "/people", address)
    assert first.status_code == 200
    assert '<h2 id="sure" dir="auto">Set a new password for ' in first.text
    assert not SHOWN.search(first.text)
    assert is_in(trainee)
    before = _mark(client, address)
    password = SHOWN.search(post(client, "/people", address, before=before).text)
    assert password
    clock.forward(minutes=5)
    again = post(client, "/people", address, before=before)
    assert again.status_code == 409
    assert "was set at 2026-11-25 09:00:00Z and shown once. Nothing was changed now." in again.text
    assert not SHOWN.search(again.text)
    assert enter(app.test_client(), password=password[1]).status_code == 303


def test_a_password_that_its_owner_changed_in_between_stands(app: Flask, people: People, sign_in: SignInAs) -> None:
    client, trainee = sign_in("instructor"), sign_in("trainee")
    address = f"/people/{people['trainee']}/password"
    before = _mark(client, address)
    new = {"password": "another long one", "again_password": "another long one"}
    post(trainee, "/account", "/account/password", old_password=PASSWORD, **new)
    late = post(client, "/people", address, before=before)
    assert late.status_code == 409
    assert "was changed by its owner at 2026-11-25 09:00:00Z" in late.text
    assert enter(app.test_client(), password="another long one").status_code == 303


def test_people_says_why_a_row_has_no_action(people: People, sign_in: SignInAs) -> None:
    page = sign_in("instructor").get("/people").text
    assert page.count("Your own account") == 1
    assert unescape(page).count("You can't change this account: its roles are as high as yours or higher") == 2


def test_an_instructor_of_one_can_not_take_over_staff_of_another(
    people: People, sign_in: SignInAs, store: Store
) -> None:
    with store.writing() as session:
        session.add(Membership(person_id=people["trainee"], organisation_id=people.elsewhere, role="administrator"))
    client = sign_in("instructor")
    assert post(client, "/account", f"/people/{people['trainee']}/password").status_code == 404
    assert post(client, "/account", f"/people/{people['trainee']}/disabled", disabled="yes").status_code == 404


def test_disabling_and_opening_again(app: Flask, people: People, sign_in: SignInAs) -> None:
    client, trainee = sign_in("instructor"), sign_in("trainee")
    address = f"/people/{people['trainee']}/disabled"
    assert post(client, "/people", address, disabled="yes").status_code == 303
    assert not is_in(trainee)
    assert enter(app.test_client()).status_code == 422
    assert "Open again" in client.get("/people").text
    post(client, "/people", address, disabled="no")
    assert enter(app.test_client()).status_code == 303


def test_somebody_without_a_record_is_not_there(people: People, sign_in: SignInAs) -> None:
    client = sign_in("administrator")
    assert post(client, "/people", f"/people/{uuid4()}/password").status_code == 404
    assert post(client, "/people", f"/organisations/{uuid4()}/invitations", role="trainee").status_code == 404


@pytest.mark.parametrize(
    ("actor", "records", "data", "offered", "listed"),
    [
        ("instructor", 5, 0, ["trainee", "instructor"], False),
        ("host", 0, 0, ["trainee", "instructor", "host"], False),
        ("administrator", 0, 4, ["trainee", "instructor", "host", "administrator"], True),
    ],
)
def test_what_the_page_of_people_offers_to_whom(
    people: People, sign_in: SignInAs, actor: str, records: int, data: int, offered: list[str], *, listed: bool
) -> None:
    page = sign_in(actor).get("/people").text
    assert len(set(re.findall(r'href="/people/[0-9a-f-]+/competencies"', page))) == records
    assert len(set(re.findall(r'href="/people/[0-9a-f-]+/data"', page))) == data
    assert re.findall(r'<option[^>]* value="([a-z]+)"', page.partition('name="role"')[2]) == offered
    assert ("All organisations" in page) == listed
    assert "University of Norvala" not in page


def test_a_role_elsewhere_shows_nothing_more_of_this_organisation(
    people: People, sign_in: SignInAs, store: Store
) -> None:
    with store.writing() as session:
        for name, role in (("instructor", "administrator"), ("host", "trainee")):
            session.add(Membership(person_id=people[name], organisation_id=people.elsewhere, role=role))
    page = sign_in("instructor").get("/people", query_string={"organisation": str(people.home)}).text
    assert not re.search(r"/people/[0-9a-f-]+/data", page)
    assert "<td>Host</td>" in re.sub(r">\s+", ">", re.sub(r"\s+<", "<", page)), "roles held elsewhere are not told here"
    assert "University of Norvala" in page, "this one staffs both"
    assert "University of Norvala" not in sign_in("host").get("/people").text
