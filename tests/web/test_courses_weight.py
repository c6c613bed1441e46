"""Every module of the repository as a page: whole, without keys, and light even when all of it was answered."""

import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path

import html5lib
import pytest
from flask.testing import FlaskClient

from tests.conftest import Clock, People
from training.accounts import service as accounts
from training.courses.manuscript import reader
from training.learning import service as learning
from training.operating.bench import answering
from training.operating.bench.pages import weight
from training.sentence import LANGUAGES
from training.settings import ROOT
from training.web.rooms import Rooms

COURSES = sorted(file.parent for file in (ROOT / "courses").glob("*/course.yaml"))


@pytest.mark.parametrize("folder", COURSES, ids=lambda folder: folder.name)
def test_the_modules_of_the_repository_are_light_and_whole(
    published: str, clients: Mapping[str, FlaskClient], folder: Path
) -> None:
    assert len(published) == 64
    for language in ("en", "ar"):
        clients["trainee"].set_cookie("language", language)
        keys = reader.keys(folder, language)
        secrets = [text for key in keys.values() for text in (key.explanation, *key.feedback.values())]
        for module in reader.load(folder, language).modules:
            page = clients["trainee"].get(f"/courses/{folder.name}/{module.id}")
            assert page.status_code == 200
            assert weight(clients["trainee"], page) <= 100 * 1024, module.id
            parser = html5lib.HTMLParser(strict=False)
            parser.parse(page.text)
            assert parser.errors == [], module.id
            assert [text for text in secrets if text in unescape(page.text)] == []
            ids = re.findall(r'\bid="([^"]+)"', page.text)
            assert len(set(ids)) == len(ids), module.id


@pytest.mark.parametrize("folder", COURSES, ids=lambda folder: folder.name)
def test_modules_stay_light_when_everything_is_answered_and_explained(
    published: str, clients: Mapping[str, FlaskClient], people: People, rooms: Rooms, clock: Clock, folder: Path
) -> None:
    client, modules = clients["trainee"], reader.load(folder).modules
    with rooms.store.writing() as session:
        person = accounts.find(session, people["trainee"])
        assert person
        who = accounts.actor_of(person)
        place = learning.place(session, rooms.settings.instance, who, folder.name)
        for module in modules:
            answering.answer_all(session, who, place, module.id, clock())
    for language in LANGUAGES:
        client.set_cookie("language", language)
        for module in modules:
            page = client.get(f"/courses/{folder.name}/{module.id}")
            assert page.text.count('<div class="say bad" role="status">') > len(module.questions) / 2
            assert page.text.count('role="status"') == len(module.questions), "something is said about each answer"
            assert weight(client, page) <= 100 * 1024, f"{module.id} in {language}"
            assert "reading.css" in page.text
