import re
from collections.abc import Mapping
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.conftest import token_of
from tests.web.conftest import html_errors
from tests.web.test_courses import QUAY, Port, port
from training.accounts.actor import Actor
from training.reading.models import LastPlace, MarginNote
from training.reading.service import places
from training.reading.service.notes import LONGEST, MOST
from training.store import new_id

__all__ = ["port"]
NOTES = f"{QUAY}/notes"


@pytest.fixture
def trainee(port: Port, clients: Mapping[str, FlaskClient]) -> FlaskClient:
    return clients["trainee"]


def mark_of(page: str, text: str) -> str:
    """The mark of the paragraph that holds a text."""
    return str(re.findall(r'id="p-([0-9a-f-]+)"', page.split(text, 1)[0])[-1])


def send(client: FlaskClient, mark: str, text: str, key: str = "") -> TestResponse:
    page = client.get(f"{NOTES}?section=1").text
    data = {"csrf_token": token_of(page), "request_key": key or new_id().hex, "mark": mark, "text": text}
    return client.post(NOTES, data=data)


def notes_of(port: Port) -> list[MarginNote]:
    with port.store.reading() as session:
        return list(session.scalars(select(MarginNote).order_by(MarginNote.at, MarginNote.id)))


def keep(client: FlaskClient, mark: str) -> TestResponse:
    data = {"csrf_token": token_of(client.get(QUAY).text), "mark": mark}
    return client.post(f"{QUAY}/place", data=data)


# places


def test_an_opened_section_is_the_place_that_the_course_offers(trainee: FlaskClient, port: Port) -> None:
    assert "Go on in module" not in trainee.get("/courses/harbour").text
    opened = trainee.get(f"{QUAY}/at/2")
    assert (opened.status_code, opened.location) == (303, f"{QUAY}#s2")
    page = trainee.get("/courses/harbour").text
    assert 'href="/courses/harbour/m1-1/on">Go on in module 1.1 at section 2</a>' in page
    assert page.count("btn main") == 1
    assert "Go on in module 1.1 at section 2" in trainee.get("/courses").text
    assert trainee.get(f"{QUAY}/on").location == f"{QUAY}#s2"


def test_the_latest_place_of_all_is_known(trainee: FlaskClient, port: Port) -> None:
    trainee.get(f"{QUAY}/at/2")
    port.clock.forward(minutes=1)
    trainee.get("/courses/harbour/m1-2/at/1")
    with port.store.reading() as session:
        person = session.scalars(select(LastPlace.person_id)).first()
        found = places.stops(session, Actor(id=person, home=person))
    assert [(one.module, one.number, one.section) for one in found.values()] == [("m1-2", "1.2", 1)]


def test_the_list_of_sections_keeps_the_place_without_a_script(trainee: FlaskClient) -> None:
    page = trainee.get(QUAY).text
    ways = re.findall(r'<a href="(/courses/harbour/m1-1/at/\d+)#s\d+">', page)
    assert len(ways) == 3
    assert trainee.get(ways[2]).status_code == 303
    assert "at section 3" in trainee.get("/courses/harbour").text


def test_a_paragraph_is_kept_and_found_again(trainee: FlaskClient, port: Port) -> None:
    mark = mark_of(trainee.get(QUAY).text, "Write down the authority")
    assert keep(trainee, mark).status_code == 204
    assert trainee.get(f"{QUAY}/on").location == f"{QUAY}#p-{mark}"
    assert "Go on in module 1.1 at section 1" in trainee.get("/courses/harbour").text


def test_the_place_stays_where_the_text_stayed_and_else_at_its_section(trainee: FlaskClient, port: Port) -> None:
    mark = mark_of(trainee.get(QUAY).text, "Write down the authority")
    keep(trainee, mark)
    port.change("01-quay/index.md", "## First things", "A new paragraph.\n\n## First things")
    port.publish()
    trainee.post("/courses/harbour/move", data={"csrf_token": token_of(trainee.get(QUAY).text)})
    assert trainee.get(f"{QUAY}/on").location == f"{QUAY}#p-{mark}"
    port.change("01-quay/index.md", "Write down the authority", "Note the authority")
    port.publish()
    trainee.post("/courses/harbour/move", data={"csrf_token": token_of(trainee.get(QUAY).text)})
    assert trainee.get(f"{QUAY}/on").location == f"{QUAY}#s1"


def test_a_module_that_is_marked_as_read_is_not_gone_on_with(trainee: FlaskClient) -> None:
    trainee.get(f"{QUAY}/at/2")
    trainee.post(f"{QUAY}/read", data={"csrf_token": token_of(trainee.get(QUAY).text)})
    assert "Go on in module" not in trainee.get("/courses/harbour").text


def test_places_that_follow_at_once_are_not_written(trainee: FlaskClient, port: Port) -> None:
    page = trainee.get(QUAY).text
    first, second = re.findall(r'id="p-([0-9a-f-]+)"', page)[:2]
    assert keep(trainee, first).status_code == 204
    assert keep(trainee, second).status_code == 204
    with port.store.reading() as session:
        assert session.scalars(select(LastPlace.mark)).all() == [first]
    port.clock.forward(seconds=3)
    assert keep(trainee, second).status_code == 204
    with port.store.reading() as session:
        assert session.scalars(select(LastPlace.mark)).all() == [second]


@pytest.mark.parametrize("mark", ["", "0" * 8, "x" * 8, "0" * 5_000, "../../etc", "'; DROP TABLE last_place; --"])
def test_a_place_that_is_nowhere_is_not_kept(trainee: FlaskClient, port: Port, mark: str) -> None:
    assert keep(trainee, mark).status_code in {404, 422}
    assert port.count(LastPlace) == 0


@pytest.mark.parametrize("section", ["0", "99", "-1", "x", "99999999999999999999"])
def test_a_section_that_is_nowhere_is_not_kept(trainee: FlaskClient, port: Port, section: str) -> None:
    assert trainee.get(f"{QUAY}/at/{section}").status_code == 404
    assert port.count(LastPlace) == 0


def test_a_link_on_another_site_does_not_move_the_place(trainee: FlaskClient, port: Port) -> None:
    for site in ("cross-site", "same-site"):
        assert trainee.get(f"{QUAY}/at/2", headers={"Sec-Fetch-Site": site}).status_code == 303
    assert port.count(LastPlace) == 0
    assert trainee.get(f"{QUAY}/at/2", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303
    assert port.count(LastPlace) == 1


# notes


def test_a_note_stands_beside_its_paragraph(trainee: FlaskClient) -> None:
    page = trainee.get(QUAY).text
    assert f'href="{NOTES}?section=1">Write a note on section 1</a>' in page
    mark = mark_of(page, "Write down the authority")
    sent = send(trainee, mark, "Ask the <b>port</b> master.\r\nTwice.")
    assert (sent.status_code, sent.location) == (303, f"{QUAY}#p-{mark}")
    page = trainee.get(QUAY).text
    after = page.split(f'id="p-{mark}"', 1)[1]
    assert "Ask the &lt;b&gt;port&lt;/b&gt; master.\nTwice." in after.split('id="p-', 1)[0]
    assert html_errors(page) == []
    assert len(set(re.findall(r'\bid="([^"]+)"', page))) == len(re.findall(r'\bid="([^"]+)"', page))


def test_the_form_offers_the_paragraphs_of_the_section_and_the_one_that_is_pointed_at(trainee: FlaskClient) -> None:
    mark = mark_of(trainee.get(QUAY).text, "I compared two values")
    form = trainee.get(f"{NOTES}?at={mark}").text
    assert form.count('type="radio"') > 3
    assert f'value="{mark}" checked' in form
    assert form.count(" checked") == 1
    assert html_errors(form) == []
    strange = trainee.get(f"{NOTES}?at=<script>&section=1").text
    assert strange.count(" checked") == 1
    assert "There is no text in this section" in trainee.get(f"{NOTES}?section=77").text


@pytest.mark.parametrize(
    ("mark", "text", "said"),
    [
        ("", "kept words", "Choose the paragraph"),
        ("0" * 8, "kept words", "Choose the paragraph"),
        ("real", "", "Write something"),
        ("real", " \n ", "Write something"),
        ("real", "kept words " * 300, "at most 2,000 are kept"),
    ],
)
def test_a_note_that_is_not_taken_comes_back_as_it_was_typed(
    trainee: FlaskClient, port: Port, mark: str, text: str, said: str
) -> None:
    real = mark_of(trainee.get(QUAY).text, "Write down the authority")
    answer = send(trainee, real if mark == "real" else mark, text)
    assert answer.status_code == 422
    assert said in unescape(answer.text)
    assert text.strip() in answer.text
    assert port.count(MarginNote) == 0
    assert html_errors(answer.text) == []


def test_a_double_click_is_one_note_and_another_text_under_its_key_is_refused(trainee: FlaskClient, port: Port) -> None:
    mark, key = mark_of(trainee.get(QUAY).text, "Write down the authority"), new_id().hex
    assert [send(trainee, mark, "once", key).status_code for _ in range(2)] == [303, 303]
    answer = send(trainee, mark, "another text", key)
    assert answer.status_code == 409
    assert "another text</textarea>" in answer.text
    assert [note.text for note in notes_of(port)] == ["once"]


def test_a_note_is_changed_and_deleted(trainee: FlaskClient, port: Port) -> None:
    mark = mark_of(trainee.get(QUAY).text, "Write down the authority")
    send(trainee, mark, "first")
    address = f"/notes/{notes_of(port)[0].id}"
    page = trainee.get(address).text
    assert "first</textarea>" in page
    data = {"csrf_token": token_of(page), "version": "1", "text": "second"}
    assert trainee.post(address, data=data).location == f"{QUAY}#p-{mark}"
    lost = trainee.post(address, data={**data, "text": "typed in another window"})
    assert lost.status_code == 409
    assert "typed in another window</textarea>" in lost.text
    assert ">second</p>" in lost.text
    for bad in ({"text": ""}, {"version": "x"}, {"version": ""}):
        assert trainee.post(address, data={**data, "version": "2", **bad}).status_code == 422
    assert [note.text for note in notes_of(port)] == ["second"]
    assert trainee.post(f"{address}/delete", data={"csrf_token": data["csrf_token"]}).status_code == 303
    assert notes_of(port) == []
    assert trainee.get(address).status_code == 404


def test_a_note_whose_paragraph_is_gone_stands_at_the_end_with_the_text_it_stood_at(
    trainee: FlaskClient, port: Port
) -> None:
    send(trainee, mark_of(trainee.get(QUAY).text, "Write down the authority"), "never lost")
    port.change("01-quay/index.md", "Write down the authority", "Note the authority")
    port.publish()
    page = trainee.get(QUAY).text
    assert "Notes whose paragraph" not in page
    trainee.post("/courses/harbour/move", data={"csrf_token": token_of(page)})
    page = trainee.get(QUAY).text
    end = page.split("Notes whose paragraph is not in this text", 1)[1]
    assert "Write down the authority for the search." in end
    assert "never lost" in end
    assert "never lost" in trainee.get("/courses/harbour/notes").text
    assert html_errors(page) == []


def test_all_notes_of_a_course_stand_on_one_page_and_in_one_file(trainee: FlaskClient, port: Port) -> None:
    page = trainee.get(QUAY).text
    send(trainee, mark_of(page, "I compared two values"), "of the later box")
    port.clock.forward(minutes=1)
    send(trainee, mark_of(page, "Write down the authority"), "of the earlier box")
    listed = trainee.get("/courses/harbour/notes").text
    assert listed.index("of the earlier box") < listed.index("of the later box")
    assert html_errors(listed) == []
    answer = trainee.get("/courses/harbour/notes.txt")
    assert answer.headers["Content-Disposition"] == "attachment; filename=harbour-notes.txt"
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.text.index("of the earlier box") < answer.text.index("of the later box")
    assert "1.1 The quay" in answer.text
    assert ">  Write" not in answer.text


def test_nobody_else_sees_or_changes_a_note(port: Port, clients: Mapping[str, FlaskClient]) -> None:
    mark = mark_of(clients["trainee"].get(QUAY).text, "Write down the authority")
    send(clients["trainee"], mark, "for my eyes")
    clients["trainee"].get(f"{QUAY}/at/2")
    note = notes_of(port)[0]
    for name in ("colleague", "instructor", "host", "administrator", "stranger", "other_instructor"):
        other = clients[name]
        for address in (QUAY, "/courses/harbour/notes", "/courses/harbour/notes.txt", "/courses/harbour", "/courses"):
            page = other.get(address)
            assert page.status_code == 200
            assert "for my eyes" not in page.text
            assert "Go on in module" not in page.text
        token = {"csrf_token": token_of(other.get(QUAY).text)}
        assert other.get(f"/notes/{note.id}").status_code == 404
        assert other.post(f"/notes/{note.id}", data={**token, "version": "1", "text": "x"}).status_code == 404
        assert other.post(f"/notes/{note.id}/delete", data=token).status_code == 404
    assert clients["anonymous"].get(f"/notes/{note.id}").status_code == 302
    assert [one.text for one in notes_of(port)] == ["for my eyes"]


def test_posts_need_their_token(trainee: FlaskClient, port: Port) -> None:
    mark = mark_of(trainee.get(QUAY).text, "Write down the authority")
    send(trainee, mark, "kept")
    note = notes_of(port)[0]
    for address in (NOTES, f"{QUAY}/place", f"/notes/{note.id}", f"/notes/{note.id}/delete"):
        assert trainee.post(address, data={"mark": mark, "text": "x", "version": "1"}).status_code == 400
    assert [one.text for one in notes_of(port)] == ["kept"]


def test_there_is_an_end_to_the_notes_of_a_course(trainee: FlaskClient, port: Port) -> None:
    mark = mark_of(trainee.get(QUAY).text, "Write down the authority")
    send(trainee, mark, "first")
    first = notes_of(port)[0]
    with port.store.writing() as session:
        same = {"person_id": first.person_id, "course": "harbour", "module": "m1-1", "section": 1, "mark": mark}
        same |= {"language": "en", "quote": "q", "text": "t", "version": 1, "at": first.at}
        session.add_all(
            MarginNote(**same, request_key=new_id().hex, changed_at=first.at + timedelta(seconds=number))
            for number in range(MOST - 1)
        )
    answer = send(trainee, mark, "one too many")
    assert answer.status_code == 429
    assert "one too many</textarea>" in answer.text
    assert len(notes_of(port)) == MOST


def test_the_longest_note_is_kept_whole(trainee: FlaskClient, port: Port) -> None:
    text = "\u202e'\"<>&\u0647" * (LONGEST // 8)
    mark = mark_of(trainee.get(QUAY).text, "Write down the authority")
    assert send(trainee, mark, text).status_code == 303
    assert notes_of(port)[0].text == text
    assert unescape(trainee.get(QUAY).text).count(text) == 1


def test_the_pages_work_from_right_to_left(trainee: FlaskClient) -> None:
    send(trainee, mark_of(trainee.get(QUAY).text, "Write down the authority"), "ملاحظة")
    trainee.set_cookie("language", "ar")
    for address in (QUAY, "/courses/harbour/notes", f"{NOTES}?section=1", "/courses/harbour"):
        page = trainee.get(address).text
        assert '<html lang="ar" dir="rtl"' in page
        assert html_errors(page) == []
    assert '<blockquote class="mute small" lang="en" dir="ltr">' in trainee.get("/courses/harbour/notes").text
    assert '<p class="lines" dir="auto">ملاحظة</p>' in trainee.get(QUAY).text
