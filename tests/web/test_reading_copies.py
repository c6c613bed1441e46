import re
from collections.abc import Mapping
from html import unescape

import pytest
import yaml
from flask.testing import FlaskClient

from tests.conftest import token_of
from tests.web.conftest import html_errors
from tests.web.test_courses import QUAY, SAMPLE, Port, port, send

__all__ = ["port"]
COPIES = ("/courses/harbour/print", "/courses/harbour/offline.html", "/courses/harbour/offline.epub")


@pytest.fixture
def trainee(port: Port, clients: Mapping[str, FlaskClient]) -> FlaskClient:
    return clients["trainee"]


def test_the_page_to_print_holds_the_whole_course(trainee: FlaskClient) -> None:
    page = trainee.get("/courses/harbour/print")
    assert page.status_code == 200
    assert page.text.count("<h1>") == 1
    assert [title in page.text for title in ("The quay", "The crane")] == [True, True]
    assert [one for one in html_errors(page.text) if "self-closing" not in one] == []
    ids = re.findall(r'\bid="([^"]+)"', page.text)
    assert len(ids) == len(set(ids))
    assert " style=" not in page.text
    assert "<form" not in page.text


def test_copies_are_files_with_a_name_and_a_type(trainee: FlaskClient) -> None:
    page, book = trainee.get(COPIES[1]), trainee.get(COPIES[2])
    assert page.headers["Content-Disposition"] == "attachment; filename=harbour.en.html"
    assert page.content_type == "text/html; charset=utf-8"
    assert book.headers["Content-Disposition"] == "attachment; filename=harbour.en.epub"
    assert book.content_type == "application/epub+zip"
    assert book.data.startswith(b"PK")
    assert "no-store" in page.headers["Cache-Control"]
    assert page.text.startswith("<!DOCTYPE html>")


def test_everybody_gets_the_same_bytes_whatever_was_answered(port: Port, clients: Mapping[str, FlaskClient]) -> None:
    before = [clients["colleague"].get(address).data for address in COPIES[1:]]
    send(clients["trainee"], "m1-1-q1", option="b")
    send(clients["trainee"], "m1-1-q1", option="a")
    assert [clients["trainee"].get(address).data for address in COPIES[1:]] == before
    assert [clients["stranger"].get(address).data for address in COPIES[1:]] == before
    assert len(list((port.settings.instance / "offline" / "harbour").iterdir())) == 2


def test_no_copy_shows_a_key_even_after_the_answers(trainee: FlaskClient) -> None:
    for option in ("b", "c", "a"):
        send(trainee, "m1-1-q1", option=option)
    assert "EXPLAIN-ONE" in trainee.get(QUAY).text
    keys = yaml.safe_load((SAMPLE / "keys.yaml").read_text("utf-8"))
    secrets = [text for key in keys.values() for text in (key["explanation"], *key.get("feedback", {}).values())]
    for address in COPIES[:2]:
        text = unescape(trainee.get(address).text)
        assert [secret for secret in secrets if secret in text] == []


def test_a_reader_gets_the_release_that_the_reader_works_with(port: Port, clients: Mapping[str, FlaskClient]) -> None:
    clients["trainee"].get(QUAY)
    old = clients["trainee"].get(COPIES[2]).data
    port.change("01-quay/index.md", "title: The quay", "title: The rebuilt quay")
    port.publish()
    assert clients["trainee"].get(COPIES[2]).data == old
    assert "The rebuilt quay" in clients["colleague"].get(COPIES[1]).text
    clients["trainee"].post("/courses/harbour/move", data={"csrf_token": token_of(clients["trainee"].get(QUAY).text)})
    assert "The rebuilt quay" in clients["trainee"].get(COPIES[1]).text


def test_copies_are_for_readers(port: Port, clients: Mapping[str, FlaskClient]) -> None:
    for address in COPIES:
        assert clients["anonymous"].get(address).location.startswith("/sign-in")
        assert clients["trainee"].get(address.replace("harbour", "nothing")).status_code == 404
        assert clients["trainee"].post(address).status_code in {400, 405}
    for address in ("/courses/..%2fharbour/offline.epub", "/courses/%00/offline.epub", "/courses/harbour/offline.pdf"):
        assert clients["trainee"].get(address).status_code in {404, 422}


def test_the_course_page_leads_to_notes_and_copies(trainee: FlaskClient) -> None:
    page = trainee.get("/courses/harbour").text
    for address in (*COPIES, "/courses/harbour/notes"):
        assert f'href="{address}"' in page
        assert trainee.get(address).status_code == 200


def test_the_page_to_print_keeps_the_direction_of_the_text(trainee: FlaskClient) -> None:
    trainee.set_cookie("language", "ar")
    page = trainee.get(COPIES[0]).text
    assert '<html lang="ar" dir="rtl"' in page
    assert '<main id="main" class="prose wholecourse" lang="en" dir="ltr">' in page
