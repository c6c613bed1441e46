"""The glossary in the editor: one file, kept and compared as any other, and published in its own way."""

import shutil
from collections.abc import Mapping

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.web.authoring.conftest import SAMPLE, Desk, send, typed
from tests.web.conftest import html_errors
from training.audit.models import Event
from training.courses.manuscript import glossary

Clients = Mapping[str, FlaskClient]
HOME = "/authoring/course/glossary"
FILE = f"{HOME}/files/glossary.yaml"
OLD, NEW = "An object", "Any object"


@pytest.fixture
def begun(desk: Desk, clients: Clients) -> Desk:
    """The glossary of the sample, opened for editing from the list."""
    shutil.copytree(glossary.shipped(SAMPLE.parent), glossary.shipped(desk.settings.courses))
    client = clients["instructor"]
    assert f'href="{HOME}"' in client.get("/authoring").text
    assert "Edit it here" in client.get(HOME).text
    assert send(client, HOME, f"{HOME}/begin").status_code == 303
    return desk


def changed(client: FlaskClient, old: str = OLD, new: str = NEW) -> str:
    return typed(client.get(FILE).text).replace(old, new)


def test_a_term_is_changed_and_readers_get_it_when_it_is_published(clients: Clients, begun: Desk) -> None:
    client, trainee = clients["instructor"], clients["trainee"]
    assert OLD in trainee.get("/glossary").text
    assert send(client, FILE, text=changed(client), do="save", message="Wider").status_code == 303
    assert OLD in trainee.get("/glossary").text
    page = client.get(HOME).text
    assert "Publish the glossary" in page
    assert html_errors(page) == html_errors(client.get("/authoring").text) == []
    assert send(client, HOME, f"{HOME}/releases").status_code == 303
    assert NEW in trainee.get("/glossary").text
    assert NEW in trainee.get("/search?q=exhibit").text.replace("<mark>", "").replace("</mark>", "")
    assert "Readers look up the glossary as it stands here." in client.get(HOME).text
    with begun.store.reading() as session:
        assert len(session.scalars(select(Event).filter_by(act="glossary.published")).all()) == 1


def test_the_preview_shows_each_term_in_each_language_and_keeps_nothing(clients: Clients, begun: Desk) -> None:
    client = clients["instructor"]
    page = send(client, FILE, text=changed(client), do="preview").text
    shown = page[page.index('id="preview"') : page.index('id="msgs-h"')]
    assert "Any object" in shown
    assert '<p lang="ar" dir="rtl">' in shown
    assert "Nothing is wrong with this file." in page
    assert html_errors(page) == []
    assert OLD in typed(client.get(FILE).text)


def test_mistakes_are_told_with_their_lines_and_nothing_is_published(clients: Clients, begun: Desk) -> None:
    client = clients["instructor"]
    text = changed(client, "as_of:", "as_off:")
    page = send(client, FILE, text=text, do="preview").text
    line = text.split("\n").index(next(one for one in text.split("\n") if "as_off" in one)) + 1
    assert f'data-line="{line}"' in page
    assert "as_off: not a known field" in page
    assert send(client, FILE, text=text, do="save").status_code == 303
    assert "It has mistakes." in client.get(HOME).text
    assert send(client, "/authoring", f"{HOME}/releases").location == HOME
    assert not (begun.settings.instance / "glossary").exists()


SCRIPT = "<script>alert(1)</script>"


@pytest.mark.parametrize("text", ["", "[", "x", f"exhibit:\n  en: {{term: '{SCRIPT}', text: '{SCRIPT}'}}\n"])
def test_whatever_is_typed_is_answered_and_stays_text(clients: Clients, begun: Desk, text: str) -> None:
    page = send(clients["instructor"], FILE, text=text, do="preview")
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_two_authors_get_both_changes_and_the_history_has_them(
    clients: Clients, second: FlaskClient, begun: Desk
) -> None:
    one, two = clients["instructor"], second
    first = changed(one)
    other = changed(two, "as_of: 2026-11-26", "as_of: 2026-11-27")
    base = {"base": "1", "do": "save"}
    assert send(one, FILE, text=first, **base).status_code == 303
    after = send(two, FILE, text=other, **base)
    assert "said=merged" in after.location or after.status_code == 409
    history = one.get(f"{HOME}/history/glossary.yaml").text
    assert "<ins>" in history
    assert "Revision" in history


def test_two_authors_on_one_line_see_both_texts(clients: Clients, second: FlaskClient, begun: Desk) -> None:
    one, two = clients["instructor"], second
    texts = changed(one), changed(two, OLD, "Every object")
    assert send(one, FILE, text=texts[0], base="1", do="save").status_code == 303
    clash = send(two, FILE, text=texts[1], base="1", do="save")
    assert clash.status_code == 409
    assert "Any object" in clash.text
    assert "Every object" in clash.text


def test_shipped_terms_that_changed_are_offered_and_can_be_compared(clients: Clients, begun: Desk) -> None:
    file = glossary.shipped(begun.settings.courses) / glossary.FILE
    file.write_text(file.read_text("utf-8").replace(OLD, "Some object"), "utf-8")
    client = clients["instructor"]
    assert "The shipped files have changed" in client.get(HOME).text
    compared = client.get(f"{HOME}/changes?before=draft&after=shipped").text
    assert "<del>An</del><ins>Some</ins>" in compared
    assert send(client, HOME, f"{HOME}/shipped", do="take").status_code == 303
    assert "Some object" in typed(client.get(FILE).text)


def test_the_glossary_is_no_course(clients: Clients, begun: Desk) -> None:
    client = clients["instructor"]
    assert client.get(f"{HOME}/releases").status_code == 404
    assert clients["trainee"].get("/courses/glossary").status_code == 404
    fields = {"course": "glossary", "title": "Glossary", "language": "en", "number": "9"}
    assert send(client, "/authoring", "/authoring/courses", **fields).status_code == 409
    assert send(client, HOME, f"{HOME}/modules", title="A module").status_code == 422
    assert "harbour" in client.get("/authoring").text
    listed = client.get("/authoring").text
    assert listed.count(f'href="{HOME}"') == 1


@pytest.mark.parametrize("who", ["trainee", "stranger", "other_instructor", "host", "administrator", "anonymous"])
def test_nobody_but_instructors_edits_the_glossary(clients: Clients, begun: Desk, who: str) -> None:
    for address in (HOME, FILE, f"{HOME}/history/glossary.yaml"):
        assert clients[who].get(address).status_code in {302, 404}
    assert HOME not in clients[who].get("/authoring").text
