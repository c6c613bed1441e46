"""What a host takes along by the page: what the own organisation owns, with its keys, and nothing of another one."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from flask.testing import FlaskClient

from tests.conftest import Clock, People, token_of
from tests.hosting_place import make_teaching
from training.content import ownership
from training.content import service as content
from training.hosting.carry import bundle, sending
from training.hosting.models import PinnedRelease
from training.settings import Settings
from training.store import Store

TRUTH = "truth.json.zst"


def _token(client: FlaskClient, place: str) -> str:
    return token_of(client.get(place).text)


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
