"""Pages that carry a session away and bring it back."""

import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import Clock, People, token_of
from tests.hosting_place import make_teaching
from training.content import ownership
from training.content import service as content
from training.courses.moving import signing
from training.hosting.carry import bundle, sending
from training.hosting.models import PinnedRelease, TeachingSession
from training.settings import Settings
from training.store import Store

TRUTH = "truth.json.zst"


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


def test_a_host_does_not_carry_the_keys_of_another_organisation(
    clients: Mapping[str, FlaskClient],
    settings: Settings,
    store: Store,
    people: People,
    clock: Clock,
    published: str,
    tmp_path: Path,
) -> None:
    with store.writing() as session:
        teaching = make_teaching(session, people, clock())
        for kind, name in (("lab", "finance-workstation"), ("course", "memory-analysis")):
            release = content.get(session, kind, name)
            session.add(PinnedRelease(session_id=teaching.id, kind=kind, name=name, release_id=release.id))
        ownership.hand_over(session, people.elsewhere, clock())
        of = teaching.id
    client, place = clients["host"], f"/sessions/{of}/carry"
    refused = client.post(f"{place}/export", data={"csrf_token": _token(client, place)})
    assert refused.status_code == 422
    assert "belong to another organisation" in refused.text
    assert "memory-analysis" in refused.text
    manifest = client.get(f"{place}/manifest").data  # of an installation that has them all, such as this one
    form = {"csrf_token": _token(client, place), "manifest": (BytesIO(manifest), "manifest.json")}
    sent = client.post(f"{place}/export", data=form, content_type="multipart/form-data", buffered=True)
    assert sent.status_code == 200
    (tmp_path / "b").write_bytes(sent.data)
    assert [one for one in bundle.read(tmp_path / "b").places if one.startswith(("releases/", "exhibits/"))] == []
    sending.send(store, settings, of, tmp_path / "whole", None, None, clock())  # by command
    whole = bundle.read(tmp_path / "whole").places
    assert any(one.startswith("releases/course/memory-analysis/") and one.endswith("keys.yaml") for one in whole)
    assert f"exhibits/finance-workstation-a/{TRUTH}" in whole


def test_a_host_carries_what_its_organisation_owns(
    clients: Mapping[str, FlaskClient], store: Store, people: People, clock: Clock, published: str, tmp_path: Path
) -> None:
    with store.writing() as session:
        teaching = make_teaching(session, people, clock())
        release = content.get(session, "lab", "finance-workstation")
        pinned = PinnedRelease(session_id=teaching.id, kind="lab", name=release.name, release_id=release.id)
        session.add(pinned)
        ownership.hand_over(session, people.elsewhere, clock())
        ownership.give(session, "lab", release.name, people.home, None, clock())
        place = f"/sessions/{teaching.id}/carry"
    client = clients["host"]
    sent = client.post(f"{place}/export", data={"csrf_token": _token(client, place)}, buffered=True)
    assert sent.status_code == 200
    (tmp_path / "b").write_bytes(sent.data)
    assert f"exhibits/finance-workstation-a/{TRUTH}" in bundle.read(tmp_path / "b").places
