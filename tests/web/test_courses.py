import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import html5lib
import pytest
import yaml
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.conftest import Clock, token_of
from training.content import service as content
from training.courses.manuscript import reader
from training.learning.models import Answer, Enrolment
from training.settings import ROOT, Settings
from training.store import Store, new_id

SAMPLE = ROOT / "tests" / "unit" / "courses" / "sample" / "harbour"
QUAY = "/courses/harbour/m1-1"


@dataclass
class Port:
    """The small course, published from a folder that tests may change."""

    folder: Path
    settings: Settings
    store: Store
    clock: Clock

    def publish(self) -> list[str]:
        self.clock.forward(minutes=1)
        with self.store.writing() as session:
            done = content.publish_all(
                session, self.settings.instance, "course", self.folder.parent, reader.check, self.clock()
            )
        return [str(mistake) for mistake in done.mistakes]

    def change(self, file: str, old: str, new: str) -> None:
        text = (self.folder / file).read_text("utf-8")
        assert old in text
        (self.folder / file).write_text(text.replace(old, new), "utf-8")

    def count(self, kind: type) -> int:
        with self.store.reading() as session:
            return session.scalar(select(func.count()).select_from(kind)) or 0


@pytest.fixture
def port(tmp_path: Path, settings: Settings, store: Store, clock: Clock) -> Port:
    made = Port(tmp_path / "courses" / "harbour", settings, store, clock)
    shutil.copytree(SAMPLE, made.folder)
    assert made.publish() == []
    return made


@pytest.fixture
def trainee(port: Port, clients: Mapping[str, FlaskClient]) -> FlaskClient:
    return clients["trainee"]


def form_of(page: str, question: str) -> str:
    return str(re.findall(rf'<form class="quiz stack" id="{question}".*?</form>', page, re.DOTALL)[0])


def key_of(page: str, question: str) -> str:
    return form_of(page, question).split('name="request_key" value="', 1)[1].split('"', 1)[0]


def send(client: FlaskClient, question: str, key: str = "", **fields: str | list[str]) -> TestResponse:
    page = client.get(QUAY).text
    data = {"csrf_token": token_of(page), "request_key": key or key_of(page, question), **fields}
    return client.post(f"{QUAY}/quiz/{question}", data=data)


def test_the_list_names_the_course_and_the_next_module(trainee: FlaskClient) -> None:
    page = trainee.get("/courses").text
    assert "Memory of a harbour office" in page
    assert "0 of 2 modules done" in page
    assert f'href="{QUAY}"' in page


def test_the_syllabus_shows_states_and_the_release(trainee: FlaskClient) -> None:
    page = trainee.get("/courses/harbour").text
    assert page.count('<span class="no">') == 2
    assert "1, of 2026-11-25" in page
    assert "Not in this installation" in page
    assert page.count("btn main") == 1
    assert "0 of 2 modules done" in page


def test_a_module_is_a_page_of_the_textbook(trainee: FlaskClient) -> None:
    page = trainee.get(QUAY).text
    assert '<section class="law" id="p-' in page
    assert '<symbol id="scale"' in page
    assert re.search('<figure class="fig" id="p-[0-9a-f]{8}"><div class="scroll" tabindex="0" role="region"', page)
    assert 'aria-label="Figure 1"><svg' in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert (
        '/courses/harbour/m1-1/at/1#s1">1 <span><span dir="auto">First things &amp; last things</span></span></a>'
        in page
    )
    assert 'href="/courses/harbour/m1-2" rel="next"' in page
    for titled in ('1.2 <span><span dir="auto">', '1.2 <span dir="auto">'):  # each in the direction of its own language
        assert titled in page
    assert 'href="m1-2"' in page
    assert page.count('class="quiz stack"') == 5
    assert " style=" not in page
    assert len(set(re.findall(r'\bid="([^"]+)"', page))) == len(re.findall(r'\bid="([^"]+)"', page))


@pytest.mark.parametrize("address", ["/courses", "/courses/harbour", QUAY, "/courses/harbour/m1-2"])
def test_pages_are_valid_html(trainee: FlaskClient, address: str) -> None:
    answer = trainee.get(address)
    assert answer.status_code == 200
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(answer.text)
    assert parser.errors == []


@pytest.mark.parametrize("address", ["/courses", "/courses/harbour", QUAY])
def test_the_pages_work_from_right_to_left(trainee: FlaskClient, address: str) -> None:
    trainee.set_cookie("language", "ar")
    page = trainee.get(address).text
    assert '<html lang="ar" dir="rtl"' in page
    if address == QUAY:
        assert '<article class="prose" lang="en" dir="ltr">' in page


SECRETS = [
    text
    for key in yaml.safe_load((SAMPLE / "keys.yaml").read_text("utf-8")).values()
    for text in (key["explanation"], key["source"], *key.get("feedback", {}).values())
]


@pytest.mark.parametrize("address", ["/", "/courses", "/courses/harbour", QUAY, "/courses/harbour/m1-2", "/labs"])
def test_no_page_shows_a_key_before_an_answer(trainee: FlaskClient, address: str) -> None:
    page = unescape(trainee.get(address).text)
    assert len(SECRETS) > 15
    assert [text for text in SECRETS if text in page] == []
    assert "4396" not in page


@pytest.mark.parametrize(
    "address",
    [
        "/courses/harbour/keys.yaml",
        "/courses/harbour/..%2fkeys.yaml",
        "/courses/harbour/09-none",
        "/courses/harbour/01-quay/index.md",
        "/courses/harbour/media/shapes.svg",
        "/courses/keys.yaml",
        "/courses/../harbour/keys.yaml",
        "/static/keys.yaml",
    ],
)
def test_no_address_serves_a_file_of_a_course(trainee: FlaskClient, address: str) -> None:
    answer = trainee.get(address)
    assert answer.status_code == 404
    assert "EXPLAIN" not in answer.text


def test_the_folder_of_a_module_leads_to_its_page(trainee: FlaskClient, port: Port) -> None:
    answer = trainee.get("/courses/harbour/02-crane")
    assert (answer.status_code, answer.location) == (302, "/courses/harbour/m1-2")
    assert port.count(Enrolment) == 0


def test_a_quiz_from_the_first_answer_to_the_right_one(trainee: FlaskClient, port: Port) -> None:
    sent = send(trainee, "m1-1-q1", option="b")
    assert (sent.status_code, sent.location) == (303, f"{QUAY}#m1-1-q1")
    asked = form_of(trainee.get(QUAY).text, "m1-1-q1")
    assert "Not right" in asked
    assert "FEEDBACK-ONE-B" in asked
    assert 'value="b" checked' in asked
    assert "EXPLAIN-ONE" not in asked
    assert "FEEDBACK-ONE-C" not in asked
    port.clock.forward(seconds=1)
    send(trainee, "m1-1-q1", option="a")
    page = trainee.get(QUAY).text
    assert "EXPLAIN-ONE" in form_of(page, "m1-1-q1")
    assert "Manual of the port, page 3" in form_of(page, "m1-1-q1")
    assert "EXPLAIN-TWO" not in page
    assert "Quiz 1 of 5 right" in trainee.get("/courses/harbour").text


def test_every_type_of_question_can_be_answered_without_a_script(trainee: FlaskClient, port: Port) -> None:
    send(trainee, "m1-1-q1", option="a")
    send(trainee, "m1-1-q2", text="4 396")
    send(trainee, "m1-1-q3", option=["a", "c"])
    send(trainee, "m1-1-q4", **{"place-a": "2", "place-b": "1", "place-c": "3"})
    send(trainee, "m1-1-q5", text="Linux.PsList")
    page = trainee.get(QUAY).text
    assert page.count('<div class="say ok" role="status">') == 5
    assert 'name="place-b" min="1" max="3" required value="1"' in page
    assert "Quiz 5 of 5 right" in page


def test_a_double_click_is_one_answer(trainee: FlaskClient, port: Port) -> None:
    page = trainee.get(QUAY).text
    key = key_of(page, "m1-1-q1")
    first, second = send(trainee, "m1-1-q1", key, option="b"), send(trainee, "m1-1-q1", key, option="b")
    assert (first.status_code, second.status_code) == (303, 303)
    assert port.count(Answer) == 1
    assert send(trainee, "m1-1-q1", key, option="a").status_code == 409
    assert port.count(Answer) == 1


@pytest.mark.parametrize(
    ("question", "fields", "said", "kept"),
    [
        ("m1-1-q1", {}, "No option was chosen", 'value="a"'),
        ("m1-1-q1", {"option": "z"}, "does not belong to this question", 'value="a"'),
        ("m1-1-q2", {"text": "many <b>"}, "is not a number. Expected: a number", 'value="many &lt;b&gt;"'),
        ("m1-1-q4", {"place-a": "1", "place-b": "1", "place-c": "2"}, "were read as 1, 1, 2", 'value="2"'),
        ("m1-1-q5", {"text": "x" * 300}, "1 to 200 characters", "x" * 300),
    ],
)
def test_a_malformed_answer_counts_nothing_and_keeps_what_was_typed(
    trainee: FlaskClient, port: Port, question: str, fields: dict[str, str], said: str, kept: str
) -> None:
    answer = send(trainee, question, **fields)
    assert answer.status_code == 422
    asked = form_of(answer.text, question)
    assert said in unescape(asked)
    assert kept in asked
    assert f'aria-describedby="{question}-said"' in asked
    assert answer.text.count('role="alert"') == 1
    assert "<h1>The quay</h1>" in answer.text
    assert "many <b>" not in answer.text
    assert port.count(Answer) == 0
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(answer.text)
    assert parser.errors == []
    again = {"csrf_token": token_of(answer.text), "request_key": key_of(answer.text, "m1-1-q1"), "option": "a"}
    assert trainee.post(f"{QUAY}/quiz/m1-1-q1", data=again).status_code == 303


def test_posts_need_their_token_and_their_key(trainee: FlaskClient, port: Port) -> None:
    assert trainee.post(f"{QUAY}/quiz/m1-1-q1", data={"option": "a", "request_key": new_id().hex}).status_code == 400
    assert trainee.post(f"{QUAY}/read").status_code == 400
    assert trainee.post("/courses/harbour/move").status_code == 400
    assert send(trainee, "m1-1-q1", "none", option="a").status_code == 422
    assert port.count(Answer) == 0


def test_marking_as_read_and_finishing_a_module(trainee: FlaskClient, port: Port) -> None:
    page = trainee.get("/courses/harbour/m1-2").text
    sent = trainee.post("/courses/harbour/m1-2/read", data={"csrf_token": token_of(page)})
    assert (sent.status_code, sent.location) == (303, "/courses/harbour/m1-2#read")
    page = trainee.get("/courses/harbour/m1-2").text
    assert "Read on 2026-11-25" in page
    assert "Mark as read" not in page
    data = {"csrf_token": token_of(page), "request_key": key_of(page, "m1-2-q1"), "option": "b"}
    trainee.post("/courses/harbour/m1-2/quiz/m1-2-q1", data=data)
    assert "1 of 2 modules done" in trainee.get("/courses/harbour").text


SENT = {"request_key": "0123456789abcdef", "place-a": "1", "step": "x", "text": "many words", "password": "hidden"}


@pytest.mark.parametrize(
    ("referrer", "back"),
    [
        (f"http://localhost{QUAY}?a=1", QUAY),
        ("http://localhost/", "/"),
        (f"http://localhost{QUAY}/quiz/m1-1-q1", None),  # only takes a form
        (f"http://elsewhere.example{QUAY}", None),
        ("http://localhost//elsewhere.example/labs", None),
        ("javascript:alert(1)", None),
        (None, None),
    ],
)
def test_an_error_page_shows_what_was_typed_and_leads_back(
    trainee: FlaskClient, port: Port, referrer: str | None, back: str | None
) -> None:
    data = {"csrf_token": token_of(trainee.get(QUAY).text), **SENT}
    headers = {"Referer": referrer} if referrer else {}
    answer = trainee.post("/courses/harbour/m1-9/read", data=data, headers=headers)
    assert answer.status_code == 404
    main = answer.text.split('<main id="main"', 1)[1].split("</main>", 1)[0]
    assert re.findall(r"<label[^>]*>([^<]*)<", main) == ["Your answer"]
    assert ">many words</textarea>" in main
    assert re.findall(r'<a class="btn main" href="([^"]+)">Back to the page before', main) == ([back] if back else [])
    assert "Back to the start" in main


def test_error_pages_speak_the_language_of_the_reader(trainee: FlaskClient) -> None:
    trainee.set_cookie("language", "ar")
    answer = trainee.get("/nothing/here")
    assert answer.status_code == 404
    assert "There is no such page" not in answer.text
    message = trainee.get("/courses/harbour/m9-9").text
    assert "has no module" not in message
    assert re.search('<b dir="auto">[^<A-Z]*\u2068[A-Z][^<]*\u2069[^<A-Z]*\u2068m9-9\u2069[^<A-Z]*</b>', message)


def test_people_do_not_see_each_other(port: Port, clients: Mapping[str, FlaskClient]) -> None:
    send(clients["trainee"], "m1-1-q1", option="b")
    for name in ("colleague", "instructor", "stranger", "administrator"):
        page = clients[name].get(QUAY).text
        assert "FEEDBACK-ONE-B" not in page
        assert "checked" not in page
        assert "Quiz 0 of 5 right" in page


def test_whoever_is_not_signed_in_is_sent_to_the_door(port: Port, clients: Mapping[str, FlaskClient]) -> None:
    for address in ("/courses", "/courses/harbour", QUAY, "/courses/nothing"):
        answer = clients["anonymous"].get(address)
        assert answer.status_code == 302
        assert answer.location.startswith("/sign-in")
    assert port.count(Enrolment) == 0


def test_unknown_names_are_not_there(trainee: FlaskClient) -> None:
    for address in ("/courses/nothing", "/courses/harbour/m9-9", "/courses/harbour/move", "/courses/nothing/m1-1"):
        assert trainee.get(address).status_code == 404
    token = token_of(trainee.get(QUAY).text)
    data = {"csrf_token": token, "request_key": new_id().hex, "option": "a"}
    assert trainee.post(f"{QUAY}/quiz/m1-2-q1", data=data).status_code == 404
    assert trainee.post("/courses/harbour/m1-9/read", data=data).status_code == 404


def test_the_first_opened_module_pins_the_release(trainee: FlaskClient, port: Port) -> None:
    trainee.get("/courses/harbour")
    assert port.count(Enrolment) == 0
    trainee.get(QUAY)
    trainee.get(QUAY)
    assert port.count(Enrolment) == 1
    port.change("01-quay/index.md", "title: The quay", "title: The rebuilt quay")
    assert port.publish() == []
    page = trainee.get(QUAY).text
    assert "<h1>The quay</h1>" in page
    assert "Move to the current release" in page
    moved = trainee.post("/courses/harbour/move", data={"csrf_token": token_of(page)})
    assert (moved.status_code, moved.location) == (303, "/courses/harbour")
    page = trainee.get(QUAY).text
    assert "<h1>The rebuilt quay</h1>" in page
    assert "Release 2, of" in page
    assert "Move to the current release" not in page


def test_an_unfinished_course_keeps_the_last_release_served(trainee: FlaskClient, port: Port) -> None:
    port.change("01-quay/index.md", "title: The quay", "title: [half")
    mistakes = port.publish()
    assert mistakes
    assert all(line.startswith("courses/harbour/01-quay/index.md:") for line in mistakes)
    assert "<h1>The quay</h1>" in trainee.get(QUAY).text


def test_a_passed_review_date_is_shown_to_readers(trainee: FlaskClient, port: Port) -> None:
    port.change("01-quay/index.md", "review: 2027-05-31", "review: 2026-11-01")
    port.publish()
    assert "was due for review on 2026-11-01" in trainee.get(QUAY).text
    assert "was due for review" not in trainee.get("/courses/harbour/m1-2").text
