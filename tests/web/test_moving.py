"""Packs and questions through the pages, as instructors use them and as others try to."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import Clock, token_of
from tests.unit.courses.moving import conftest as two_sites
from tests.unit.courses.moving.conftest import SAMPLES, Site
from tests.web.conftest import html_errors
from training.authoring import service
from training.authoring.service import Copy
from training.content import service as content
from training.courses.manuscript import reader
from training.courses.moving import archive, pack, signing, views
from training.settings import Settings
from training.store import Store

HARBOUR = Copy("course", "harbour")
HOME = "/authoring/moving"
sender, sender_database = two_sites.sender, two_sites.sender_database  # fixtures
People = Mapping[str, FlaskClient]


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """An installation without courses of its own."""
    (tmp_path / "courses").mkdir()
    return settings.model_copy(update={"courses": tmp_path / "courses"})


def send(client: FlaskClient, address: str, data: bytes, name: str = "f.zip", **fields: str) -> TestResponse:
    return upload(client, address, data, name, csrf_token=token_of(client.get(HOME).text), **fields)


def upload(client: FlaskClient, address: str, data: bytes, name: str, **fields: str) -> TestResponse:
    """Send a file, with a body made here: the client of the tests would leave a file open for a large one."""
    begin = '--edge\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n'
    rows = [begin.format(key, "") + f"{value}\r\n" for key, value in fields.items()]
    head = "".join(rows) + begin.format("file", f'; filename="{name}"')
    body = head.encode() + data + b"\r\n--edge--\r\n"
    return client.post(address, data=body, content_type="multipart/form-data; boundary=edge")


def press(client: FlaskClient, page: str, do: str, **fields: str) -> TestResponse:
    shown = client.get(page).text
    seen = re.search(r'name="seen" value="(\w+)"', shown)
    given = {"seen": seen[1]} if seen else {}
    return client.post(page, data={"csrf_token": token_of(shown), "do": do, **given, **fields})


@pytest.fixture
def begun(settings: Settings, store: Store, clock: Clock) -> None:
    """The small course, published and edited here."""
    folder = settings.courses / "harbour"
    shutil.copytree(SAMPLES / "harbour", folder)
    with store.writing() as session:
        content.publish(session, settings.instance, "course", folder, reader.check, clock())
        service.take(session, HARBOUR, folder, None, clock())


def test_a_pack_is_shown_trusted_and_taken(clients: People, sender: Site, store: Store, settings: Settings) -> None:
    client = clients["instructor"]
    page = send(client, f"{HOME}/packs", sender.pack()).location
    shown = client.get(page).text
    assert html_errors(shown) == []
    assert "Nobody here trusts this key yet." in shown
    assert "A new course" in shown
    key = signing.fingerprint(signing.public_key(sender.settings.instance))
    assert signing.spelled(key) in shown
    assert "Take it as shown" not in shown
    assert press(client, page, "take", seen="x").status_code == 422
    refused = press(client, page, "trust", whose=" ")
    assert refused.status_code == 422
    assert press(client, page, "trust", whose="Port <police>").status_code == 303
    shown = client.get(page).text
    assert "Port &lt;police&gt;" in shown
    done = press(client, page, "take")
    assert done.location == "/authoring/course/harbour/releases"
    assert "From the pack of" in client.get(done.location).text
    assert client.get(page).status_code == 404
    with store.reading() as session:
        assert content.get(session, "course", "harbour").number == 1
        assert service.begun(session, HARBOUR)
    assert [one for one in (settings.instance / "incoming").rglob("*") if one.is_file()] == []
    assert clients["trainee"].get("/courses/harbour").status_code == 200


def test_what_changed_since_it_was_shown_stops_the_second_step(
    clients: People, sender: Site, store: Store, clock: Clock, begun: None
) -> None:
    client = clients["instructor"]
    page = send(client, f"{HOME}/packs", sender.pack()).location
    press(client, page, "trust", whose="The sender")
    shown = client.get(page).text
    with store.writing() as session:
        service.replace(session, HARBOUR, "01-quay/index.md", b"Other", None, clock(), "")
    seen = re.search(r'name="seen" value="(\w+)"', shown)
    assert seen
    late = client.post(page, data={"csrf_token": token_of(shown), "do": "take", "seen": seen[1]})
    assert late.status_code == 409
    assert "Look at the difference again" in late.text
    assert press(client, page, "leave").location == HOME
    assert client.get(page).status_code == 404


def test_a_pack_that_no_page_can_show_is_left(clients: People, sender: Site, settings: Settings) -> None:
    """The page from which it is left reads nothing of it: what was kept by older rules may break any reader."""
    client = clients["instructor"]
    page = send(client, f"{HOME}/packs", sender.pack()).location
    name = page.rpartition("/")[2]
    (kept,) = (settings.instance / "incoming").glob(f"*/{name}")
    kept.write_bytes(b"no pack any more")
    assert client.get(page).status_code == 404
    shown = client.get(HOME).text
    assert html_errors(shown) == []
    assert f'action="{page}"' in shown
    assert client.post(page, data={"csrf_token": token_of(shown), "do": "leave"}).location == HOME
    assert not kept.exists()
    assert name[:16] not in client.get(HOME).text


def test_a_changed_pack_is_refused_by_name_and_nothing_is_kept(
    clients: People, sender: Site, settings: Settings
) -> None:
    files = archive.read(sender.pack())
    files["courses/harbour/keys.yaml"] += b"#"
    refused = send(clients["instructor"], f"{HOME}/packs", archive.write(files))
    assert refused.status_code == 422
    assert "courses/harbour/keys.yaml was changed after the pack was signed." in refused.text
    assert not (settings.instance / "incoming").exists()
    assert send(clients["instructor"], f"{HOME}/packs", b"no zip").status_code == 422
    assert send(clients["instructor"], f"{HOME}/packs", b"").status_code == 422


def test_a_file_that_is_too_large_is_refused(clients: People) -> None:
    client = clients["instructor"]
    large = send(client, f"{HOME}/packs", bytes(views.LARGEST + 1))
    assert large.status_code == 422
    assert "command line" in large.text
    assert send(client, f"{HOME}/packs", bytes(views.LARGEST + views.AROUND + 1)).status_code == 413
    token = token_of(clients["trainee"].get("/account").text)
    much = bytes(3 * 2**20)
    assert upload(clients["trainee"], f"{HOME}/packs", much, "f.zip", csrf_token=token).status_code == 413


def test_a_key_is_trusted_no_longer(clients: People, sender: Site, settings: Settings) -> None:
    client = clients["instructor"]
    page = send(client, f"{HOME}/packs", sender.pack()).location
    press(client, page, "trust", whose="The sender")
    shown = client.get(HOME).text
    assert html_errors(shown) == []
    key = re.search(r'name="fingerprint" value="(\w+)"', shown)
    assert key
    done = client.post(f"{HOME}/keys", data={"csrf_token": token_of(shown), "fingerprint": key[1]})
    assert done.status_code == 303
    assert "Nobody here trusts this key yet." in client.get(page).text
    assert list((settings.instance / "trusted").glob("*.json")) == []


@pytest.mark.parametrize("form", ["gift", "moodle", "cartridge", "pack"])
def test_a_course_is_given_out_with_what_it_loses(clients: People, begun: None, form: str) -> None:
    client = clients["instructor"]
    shown = client.get(f"{HOME}/courses/harbour/{form}")
    assert html_errors(shown.text) == []
    assert "holds the keys" in shown.text
    assert ("The question" in shown.text or "carried" in shown.text) == (form != "pack")
    file = client.get(f"{HOME}/courses/harbour/{form}/file")
    assert file.headers["Content-Disposition"].startswith("attachment; filename=harbour-1.")
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    if form == "pack":
        assert pack.read(file.data).manifest.courses[0].name == "harbour"
    for who in ("trainee", "host"):
        assert clients[who].get(f"{HOME}/courses/harbour/{form}/file").status_code == 404


def test_questions_come_to_a_module_that_is_edited_here(clients: People, begun: None, store: Store) -> None:
    client = clients["instructor"]
    gift = b"::One::Which? <script>alert(1)</script> {=a ~b ~c####Because}\n"
    done = send(client, f"{HOME}/questions", gift, "C:\\bank.gift", module="harbour/01-quay")
    assert done.status_code == 200
    assert html_errors(done.text) == []
    assert "mark and source" in done.text
    assert client.get("/authoring/course/harbour/files/01-quay/imported-1.md").status_code == 200
    with store.reading() as session:
        files = service.contents(session, HARBOUR)
    assert b"alert" not in files["01-quay/imported-1.md"]
    assert b"bank.gift" in files["keys/imported-01-quay-1.yaml"]
    bad = send(client, f"{HOME}/questions", b"One {#x}\n\nTwo {=a", "b.gift", module="harbour/01-quay")
    assert bad.status_code == 422
    assert "b.gift:1" in bad.text
    assert "b.gift:3" in bad.text
    for module in ("harbour/../..", "nowhere/01-quay", "../x/y", ""):
        assert send(client, f"{HOME}/questions", gift, "b.gift", module=module).status_code == 404


def test_a_trainee_finds_nothing_and_a_stranger_the_door(app: Flask, clients: People) -> None:
    assert clients["instructor"].get(HOME).status_code == 200
    assert clients["trainee"].get(HOME).status_code == 404
    assert app.test_client().get(HOME).status_code == 302
