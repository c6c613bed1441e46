"""Pages that carry a session away and bring it back."""

import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.conftest import Clock, People, token_of
from tests.hosting_place import make_teaching
from tests.unit.hosting.carry import conftest as carrying
from tests.unit.hosting.carry.conftest import Place
from tests.unit.hosting.carry.sides import OTHERS
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.courses.moving import signing
from training.hosting.carry import bundle, history
from training.hosting.models import SessionMember, TeachingSession
from training.settings import Settings
from training.store import Store

laptop, carried_template = carrying.laptop, carrying.carried_template  # fixtures


@pytest.fixture
def teaching(store: Store, people: People, clock: Clock) -> UUID:
    with store.writing() as session:
        return make_teaching(session, people, clock()).id


def _token(client: FlaskClient, place: str) -> str:
    return token_of(client.get(place).text)


def test_a_session_is_taken_along_and_brought_back_by_the_pages(
    clients: Mapping[str, FlaskClient], settings: Settings, store: Store, teaching: UUID, tmp_path: Path
) -> None:
    client, place = clients["instructor"], f"/sessions/{teaching}/carry"
    sent = client.post(f"{place}/export", data={"csrf_token": _token(client, place)}, buffered=True)
    assert sent.status_code == 200
    (tmp_path / "b").write_bytes(sent.data)
    assert bundle.read(tmp_path / "b").manifest.session == teaching

    with store.writing() as session:
        session.get_one(TeachingSession, teaching).room = "Room 7"
    form = {"csrf_token": _token(client, place), "bundle": (BytesIO(sent.data), "week.engram")}
    answer = client.post(f"{place}/bundle", data=form, content_type="multipart/form-data")
    assert answer.status_code == 303
    page = client.get(answer.location)
    assert "taken already" in page.text  # it is our own
    leave = {"csrf_token": token_of(page.text), "do": "leave"}
    assert client.post(answer.location, data=leave).status_code == 303
    assert client.get(answer.location).status_code == 404
    with store.reading() as session:
        assert session.scalars(select(TeachingSession.room)).one() == "Room 7"
    assert not [one for one in (settings.instance / "carried").iterdir() if one.name.startswith(".")]


def test_a_manifest_is_signed_and_a_file_that_is_none_comes_back_with_the_reason(
    clients: Mapping[str, FlaskClient], settings: Settings, teaching: UUID
) -> None:
    client, place = clients["instructor"], f"/sessions/{teaching}/carry"
    said = client.get(f"{place}/manifest")
    assert signing.fingerprint(signing.public_key(settings.instance)) in said.text
    form = {"csrf_token": _token(client, place), "manifest": (BytesIO(b"{}"), "manifest.json")}
    answer = client.post(f"{place}/export", data=form, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert re.search("no manifest of an installation", answer.text)
    sealed = {"csrf_token": _token(client, place), "manifest": (BytesIO(said.data), "manifest.json")}
    answer = client.post(f"{place}/export", data=sealed, content_type="multipart/form-data", buffered=True)
    assert answer.status_code == 200
    assert b"Autumn week" not in answer.data


def test_a_file_that_is_no_bundle_changes_nothing_and_says_why(
    clients: Mapping[str, FlaskClient], teaching: UUID
) -> None:
    client, place = clients["host"], f"/sessions/{teaching}/carry"
    form = {"csrf_token": _token(client, place), "bundle": (BytesIO(b"x" * 100), "week.engram")}
    answer = client.post(f"{place}/bundle", data=form, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "not a zip file" in answer.text


@pytest.mark.parametrize("who", ["trainee", "stranger", "other_instructor"])
def test_nobody_else_finds_these_pages(clients: Mapping[str, FlaskClient], teaching: UUID, who: str) -> None:
    for page in ("", "/manifest", f"/{'0' * 64}"):
        assert clients[who].get(f"/sessions/{teaching}/carry{page}").status_code == 404


def test_a_bundle_is_trusted_asked_about_and_taken_on_its_page(
    clients: Mapping[str, FlaskClient],
    settings: Settings,
    store: Store,
    people: People,
    clock: Clock,
    teaching: UUID,
    laptop: Place,
    tmp_path: Path,
) -> None:
    home = Place(settings, store, clock)
    laptop.trusts(home)
    laptop.take(home.send(teaching, tmp_path / "there"), OTHERS)
    with laptop.store.writing() as session:
        held = session.get_one(TeachingSession, teaching)
        held.room, sealed = "Room 7", accounts.seal("a long password of tests")
        given: dict[str, Any] = {
            "sealed": sealed,
            "home": held.organisation_id,
            "role": Role.TRAINEE,
            "now": laptop.now(),
        }
        for login, name in (("host", "Amy"), ("colleague", "Carl")):
            person = accounts.make_person(session, login=login, name=name, **given).id
            row = {"session_id": teaching, "person_id": person, "role": "trainee", "number": ""}
            session.add(SessionMember(**row, added_at=laptop.now()))
    sent = laptop.send(teaching, tmp_path / "back")
    client, place = clients["instructor"], f"/sessions/{teaching}/carry"
    form = {"csrf_token": _token(client, place), "bundle": (BytesIO(sent.path.read_bytes()), "week.engram")}
    where = client.post(f"{place}/bundle", data=form, content_type="multipart/form-data").location
    assert where.endswith(f"{place}/{sent.name}")

    def decide(act: str, **more: str) -> TestResponse:
        return client.post(where, data={"csrf_token": _token(client, where), "do": act, **more})

    assert signing.spelled(sent.fingerprint) in client.get(where).text
    refused = decide("take", seen="0" * 16)
    assert (refused.status_code, "Compare its fingerprint first" in refused.text) == (422, True)
    unclear = decide("something")
    assert (unclear.status_code, "This form is not whole" in unclear.text) == (422, True)
    assert decide("trust", whose="Our laptop").status_code == 303
    assert signing.trusted(settings.instance, people.home)[sent.fingerprint].name == "Our laptop"
    assert sent.fingerprint not in signing.trusted(settings.instance, None)

    asked = client.get(where).text
    assert {'name="same-host"', 'name="other-host"', 'name="same-colleague"'} <= set(re.findall('name="[^"]*"', asked))
    answers = {"same-host": " host ", "other-host": "unheeded", "other-colleague": " carl ", "same-colleague": " "}
    looked = decide("look", **answers)
    assert looked.status_code == 200
    (seen,) = set(re.findall(r'name="seen" value="([0-9a-f]{16})"', looked.text))
    stale = decide("take", seen="0" * 16, **answers)
    assert (stale.status_code, "Look at the difference again" in stale.text) == (409, True)
    with store.reading() as session:
        assert session.get_one(TeachingSession, teaching).room == ""
    taken = decide("take", seen=seen, **answers)
    assert (taken.status_code, taken.location.endswith(place)) == (303, True)
    assert client.get(where).status_code == 404
    with store.reading() as session:
        assert session.get_one(TeachingSession, teaching).room == "Room 7"
        members = set(session.scalars(select(SessionMember.person_id).filter_by(session_id=teaching)))
        carl = accounts.by_login(session, "carl")
        assert members == {people["trainee"], people["instructor"], people["host"], carl.id}
        (trip,) = (one for one in history.trips(session, teaching) if one.act == history.TAKEN)
    assert (trip.by, trip.bundle, trip.sender) == (people["instructor"], sent.name, sent.fingerprint)
    page = client.get(place).text
    listed = [re.sub("<[^>]*>", "", cell) for cell in re.findall("<td.*?</td>", page)]
    assert [cell.strip() for cell in listed[1::4]] == ["Brought back", "Taken along"]
    assert listed[3::4] == ["Instructor", "by command"]
    with store.reading() as session:
        assert signing.is_trusted(settings.instance, sent.fingerprint, people.home)
