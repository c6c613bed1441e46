"""The small course, shipped from a folder of the test, and what instructors do with it in a browser."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import SEALED, Clock, token_of
from tests.conftest import People as Members
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.authoring import placeholders, service
from training.authoring.service import Copy
from training.content import service as content
from training.courses.manuscript import reader
from training.settings import ROOT, Settings
from training.store import Store

SAMPLE = ROOT / "tests" / "unit" / "courses" / "sample" / "harbour"

HARBOUR = Copy("course", "harbour")

INDEX = "01-quay/index.md"

HOME = "/authoring/course/harbour"

FILE = f"{HOME}/files/{INDEX}"

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect class="nd" width="7" height="7"/></svg>'

People = Mapping[str, FlaskClient]


@dataclass
class Desk:
    """The small course, shipped from a folder of the test, and published."""

    folder: Path
    settings: Settings
    store: Store
    clock: Clock

    def text(self, path: str = INDEX) -> str:
        with self.store.reading() as session:
            return service.contents(session, HARBOUR)[path].decode()

    def versions(self, path: str = INDEX) -> int:
        with self.store.reading() as session:
            return len(service.history(session, service.find(session, HARBOUR, path)))

    def write_own(self, copy: Copy = HARBOUR) -> None:
        """Put words of an author in the place of those of the template, as an author does before publishing."""
        with self.store.writing() as session:
            for path, data in service.contents(session, copy).items():
                text = data.decode("utf-8", "replace")
                for words in placeholders.WORDS:
                    text = text.replace(words, "Words of ours")
                if text != data.decode("utf-8", "replace"):
                    service.replace(session, copy, path, text.encode(), None, self.clock(), "")

    def begin(self) -> None:
        with self.store.writing() as session:
            service.take(session, HARBOUR, self.folder, None, self.clock())


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """An installation whose shipped files are those of the test."""
    shutil.copytree(SAMPLE, tmp_path / "courses" / "harbour")
    return settings.model_copy(update={"courses": tmp_path / "courses"})


@pytest.fixture
def desk(settings: Settings, store: Store, clock: Clock) -> Desk:
    made = Desk(settings.courses / "harbour", settings, store, clock)
    with store.writing() as session:
        content.publish(session, settings.instance, "course", made.folder, reader.check, clock())
    return made


@pytest.fixture
def begun(desk: Desk) -> Desk:
    desk.begin()
    return desk


@pytest.fixture
def second(app: Flask, store: Store, people: Members, clock: Clock) -> FlaskClient:
    """Another instructor of the same organisation, signed in."""
    with store.writing() as session:
        person = accounts.make_person(
            session,
            login="second",
            name="Second",
            sealed=SEALED,
            home=people.home,
            role=Role.INSTRUCTOR,
            now=clock(),
        )
        token = accounts.start(session, person.id, now=clock())
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["token"] = token
    return client


def send(client: FlaskClient, page: str, address: str | None = None, **fields: object) -> TestResponse:
    """Send a form of a page, as a browser without scripts does."""
    shown = client.get(page).text
    base = re.search(r'name="base" value="([\w-]*)"', shown)
    data = {"csrf_token": token_of(shown), **({"base": base[1]} if base else {}), **fields}
    return client.post(address or page, data=data, content_type="multipart/form-data")


def send_text(client: FlaskClient, text: str) -> TestResponse:
    """Save a long text, with a body made here: the client of the tests would leave a file open for it."""
    page = client.get(FILE).text
    fields = {"csrf_token": token_of(page), "base": "1", "do": "save", "text": text}
    rows = [f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{one}\r\n' for name, one in fields.items()]
    body = ("".join(rows) + "--edge--\r\n").encode()
    return client.post(FILE, data=body, content_type="multipart/form-data; boundary=edge")


def typed(page: str) -> str:
    """What stands in the text field of a page."""
    found = re.search(r'<textarea id="src"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert found
    return unescape(found[1])
