"""National notes: each organisation writes its own, and its readers alone see them."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import People, token_of
from tests.web.authoring.conftest import INDEX, Desk, send
from tests.web.conftest import html_errors
from training.content import service as content
from training.courses.manuscript import reader

Clients = Mapping[str, FlaskClient]
ASKED = "[[local:search-warrant]] Write here which order a search of a *computer* needs."
GIVEN = {
    "jurisdiction": "Port Selby",
    "article": "Harbour Act, article 4",
    "dated": "2026-10-01",
    "checked_by": "A. Judge",
    "text": "An **order of the court** is needed.",
}


@pytest.fixture
def asked(desk: Desk) -> Desk:
    """The course with a place for a note, published."""
    file = desk.folder / INDEX
    text = file.read_text("utf-8").replace("## In the lab", f"## In your country\n\n{ASKED}\n\n## In the lab")
    file.write_text(text, "utf-8")
    desk.clock.forward(minutes=1)
    with desk.store.writing() as session:
        content.publish(session, desk.settings.instance, "course", desk.folder, reader.check, desk.clock())
    return desk


def page_of(people: People) -> str:
    return f"/authoring/notes/{people.home}/search-warrant"


def test_a_note_is_asked_for_written_and_read(clients: Clients, asked: Desk, people: People) -> None:
    client = clients["instructor"]
    listed = client.get("/authoring/notes", follow_redirects=True).text
    assert "search-warrant" in listed
    assert "Empty" in listed
    page = client.get(page_of(people)).text
    assert "a search of a <em>computer</em> needs" in page
    assert html_errors(page) == []
    assert send(client, page_of(people), **GIVEN).status_code == 303
    assert "Filled" in client.get(f"/authoring/notes/{people.home}").text
    assert "An <strong>order of the court</strong> is needed." in client.get(page_of(people)).text
    assert "An <strong>order of the court</strong>" in clients["trainee"].get("/courses/harbour/m1-1").text
    assert "order of the court" not in clients["stranger"].get("/courses/harbour/m1-1").text


def test_a_host_writes_notes_and_others_do_not(app: Flask, clients: Clients, asked: Desk, people: People) -> None:
    assert send(clients["host"], page_of(people), **GIVEN).status_code == 303
    app.config["WTF_CSRF_ENABLED"] = False
    for who in ("trainee", "administrator", "stranger", "other_instructor"):
        assert clients[who].get(page_of(people)).status_code == 404, who
        assert clients[who].post(page_of(people), data=GIVEN).status_code == 404, who
    assert clients["anonymous"].get(page_of(people)).status_code == 302


def test_a_note_without_its_origin_comes_back_as_it_was_typed(clients: Clients, asked: Desk, people: People) -> None:
    for missing in ("jurisdiction", "article", "dated", "checked_by"):
        answer = send(clients["host"], page_of(people), **{**GIVEN, missing: " "})
        assert answer.status_code == 422
        assert GIVEN["text"] in answer.text
        assert 'aria-invalid="true"' in answer.text
    long = send(clients["host"], page_of(people), **{**GIVEN, "text": "x" * 5_001})
    assert long.status_code == 422


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "[x](javascript:alert(1))", "<img src=x onerror=alert(1)>"]
)
def test_hostile_notes_are_refused_or_stay_text(clients: Clients, asked: Desk, people: People, text: str) -> None:
    answer = send(clients["host"], page_of(people), **{**GIVEN, "text": text, "article": text})
    assert answer.status_code == 422
    for page in (answer.text, clients["trainee"].get("/courses/harbour/m1-1").text):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert 'href="javascript' not in page


def test_a_note_can_be_taken_back_and_changed(clients: Clients, asked: Desk, people: People) -> None:
    send(clients["host"], page_of(people), **GIVEN)
    asked.clock.forward(minutes=1)
    send(clients["instructor"], page_of(people), **{**GIVEN, "text": "Another text."})
    assert "Another text." in clients["trainee"].get("/courses/harbour/m1-1").text
    asked.clock.forward(minutes=1)
    send(clients["host"], page_of(people), **{**GIVEN, "text": ""})
    assert "Empty" in clients["host"].get(f"/authoring/notes/{people.home}").text
    assert "Another text." not in clients["trainee"].get("/courses/harbour/m1-1").text


def test_a_key_that_nobody_asks_for_has_no_page(clients: Clients, asked: Desk, people: People, tmp_path: Path) -> None:
    assert clients["host"].get(f"/authoring/notes/{people.home}/none").status_code == 404
    assert clients["host"].get(f"/authoring/notes/{people.home}/..%2fx").status_code == 404


def test_two_who_write_one_note_see_both_texts(clients: Clients, asked: Desk, people: People) -> None:
    page = page_of(people)
    seen = clients["host"].get(page).text
    assert send(clients["instructor"], page, **GIVEN).status_code == 303
    asked.clock.forward(minutes=1)
    mine = {**GIVEN, "csrf_token": token_of(seen), "base": "", "text": "No order is needed."}
    answer = clients["host"].post(page, data=mine)
    assert answer.status_code == 409
    assert "Somebody else wrote this note" in answer.text
    assert "An <strong>order of the court</strong>" in answer.text
    assert "+ No order is needed." in answer.text
    assert "No order is needed.</textarea>" in answer.text
    assert html_errors(answer.text) == []
    assert "No order" not in clients["trainee"].get("/courses/harbour/m1-1").text
    again = re.search(r'name="base" value="([\w-]+)"', answer.text)
    assert again
    kept = clients["host"].post(page, data={**mine, "base": again[1], "csrf_token": token_of(answer.text)})
    assert kept.status_code == 303
    shown = clients["host"].get(page).text
    assert "An **order of the court** is needed.</pre>" in shown  # what was there before is listed
    assert html_errors(shown) == []
    for hostile in ("x", "' OR 1=1", "<script>"):
        bare = clients["host"].post(page, data={"base": hostile, "csrf_token": token_of(shown)})
        assert bare.status_code == 409
        assert "<script>" not in bare.text.replace("<script type", "")


@pytest.mark.parametrize("text", ["## Head\n\nText.", "Text.[^1]\n\n[^1]: A note."])
def test_a_note_repeats_no_id_of_the_page_around_it(clients: Clients, asked: Desk, people: People, text: str) -> None:
    answer = send(clients["host"], page_of(people), **{**GIVEN, "text": text})
    assert answer.status_code == 422
    assert "without headings, foot notes and terms" in answer.text
    assert send(clients["host"], page_of(people), **{**GIVEN, "text": "The form `id=` stays text."}).status_code == 303
