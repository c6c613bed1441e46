"""A course in three languages: its pages, its newer kinds of questions, its terms, the notes of a host."""

import re
import shutil
from collections.abc import Mapping
from html import unescape
from pathlib import Path

import html5lib
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import Clock, People, token_of
from tests.web.test_courses import form_of, key_of
from training.authoring import notes
from training.content import service as content
from training.courses.manuscript import reader
from training.settings import ROOT, Settings
from training.store import Store

SAMPLE = ROOT / "tests" / "unit" / "courses" / "sample"
LIGHT = "/courses/lantern/m2-1"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """An installation whose courses are the sample, with its glossary."""
    shutil.copytree(SAMPLE, tmp_path / "courses")
    return settings.model_copy(update={"courses": tmp_path / "courses"})


@pytest.fixture
def trainee(settings: Settings, store: Store, clock: Clock, clients: Mapping[str, FlaskClient]) -> FlaskClient:
    publish(settings, store, clock)
    return clients["trainee"]


def publish(settings: Settings, store: Store, clock: Clock) -> None:
    clock.forward(minutes=1)
    with store.writing() as session:
        done = content.publish_all(session, settings.instance, "course", settings.courses, reader.check, clock())
    assert done.mistakes == []


def send(client: FlaskClient, question: str, **fields: str) -> TestResponse:
    page = client.get(LIGHT).text
    data = {"csrf_token": token_of(page), "request_key": key_of(page, question), **fields}
    return client.post(f"{LIGHT}/quiz/{question}", data=data)


def well_formed(page: str) -> None:
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(page)
    assert parser.errors == []
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert sorted(set(ids)) == sorted(ids)
    named = re.findall(r'aria-describedby="([^"]+)"', page)
    assert set(named) <= set(ids)


def test_a_reader_gets_the_language_of_the_interface_where_the_course_has_it(trainee: FlaskClient) -> None:
    english = trainee.get(LIGHT).text
    assert '<article class="prose" lang="en" dir="ltr">' in english
    assert "There is no current version of this module" not in english
    trainee.set_cookie("language", "ar")
    arabic = trainee.get(LIGHT).text
    assert '<article class="prose" lang="ar" dir="rtl">' in arabic
    assert "<h1>الضوء</h1>" in arabic
    assert "ليلى حداد" in arabic
    assert "احسب قيمة" in arabic
    # A line whose pieces are all isolated says by a mark in which direction they follow each other.
    assert '<p class="mute">\u200f<span dir="auto">' in arabic
    assert '<p class="mute">\u200e<span dir="auto">' in english
    for page in (english, arabic):
        well_formed(page)


def test_the_list_and_the_syllabus_show_translated_titles(trainee: FlaskClient) -> None:
    trainee.set_cookie("language", "ar")
    assert "الفانوس" in trainee.get("/courses").text
    syllabus = trainee.get("/courses/lantern").text
    assert '<header class="stack title" lang="ar">' in syllabus
    assert '<span class="ti" lang="ar"><span dir="auto">الضوء</span></span>' in syllabus
    assert '<span class="ti" lang="en"><span dir="auto">The quay</span></span>' in trainee.get("/courses/harbour").text


def test_a_module_that_is_not_translated_says_so(trainee: FlaskClient) -> None:
    trainee.set_cookie("language", "ar")
    page = trainee.get("/courses/harbour/m1-1").text
    assert '<article class="prose" lang="en" dir="ltr">' in page
    assert '<div class="say" lang="ar" dir="rtl">' in page
    well_formed(page)


def test_a_section_whose_original_changed_carries_a_mark(
    trainee: FlaskClient, settings: Settings, store: Store, clock: Clock
) -> None:
    file = settings.courses / "lantern" / "01-light" / "index.md"
    file.write_text(file.read_text("utf-8").replace("Red is port", "Red is still port"), "utf-8")
    publish(settings, store, clock)
    trainee.set_cookie("language", "ar")
    page = trainee.get(LIGHT).text
    assert page.count('<p class="st part small">') == 1
    assert page.index('<h2 id="s1">') < page.index('<p class="st part small">') < page.index('<h2 id="s2">')
    assert page.count('<div class="say part">') == 1
    well_formed(page)
    trainee.set_cookie("language", "en")
    assert "st part small" not in trainee.get(LIGHT).text


def test_progress_and_answers_are_the_same_in_all_languages(trainee: FlaskClient) -> None:
    send(trainee, "m2-1-q5", text="أحمر")
    assert "EXPLAIN-5." in trainee.get(LIGHT).text
    trainee.set_cookie("language", "ar")
    page = trainee.get(LIGHT).text
    assert "EXPLAIN-5AR." in page
    assert re.search(r': <span lang="en" dir="auto">[^<]+</span> \(V\d\)', form_of(page, "m2-1-q5"))
    assert 'value="أحمر"' in page
    trainee.set_cookie("language", "en")
    assert "Quiz 1 of 6 right" in trainee.get("/courses/lantern").text


def test_pairs_are_matched_and_each_wrong_one_is_explained(trainee: FlaskClient) -> None:
    assert send(trainee, "m2-1-q1", **{"pair-port": "r", "pair-star": "w", "pair-stern": "w"}).status_code == 303
    asked = form_of(trainee.get(LIGHT).text, "m2-1-q1")
    assert "Partly right" in asked
    assert "FEEDBACK-STAR" in asked
    assert "FEEDBACK-PORT" not in asked
    assert asked.count("selected") == 3
    assert '<option value="r" selected>red</option>' in asked


def test_a_statement_takes_a_truth_and_a_reason(trainee: FlaskClient) -> None:
    send(trainee, "m2-1-q2", truth="false", option="b")
    asked = form_of(trainee.get(LIGHT).text, "m2-1-q2")
    assert "Partly right" in asked
    assert "FEEDBACK-B" in asked
    assert asked.count(" checked") == 2
    send(trainee, "m2-1-q2", truth="false", option="a")
    assert "EXPLAIN-2" in form_of(trainee.get(LIGHT).text, "m2-1-q2")


def test_typed_answers_are_read_as_everywhere_and_said_back(trainee: FlaskClient) -> None:
    send(trainee, "m2-1-q3", text="2026-03-11 10:14:33+01:00")
    asked = form_of(trainee.get(LIGHT).text, "m2-1-q3")
    assert "EXPLAIN-3" in asked
    assert "Read as 2026-03-11 09:14:33Z in UTC." in asked
    send(trainee, "m2-1-q4", text="192[.]0[.]2[.]17")
    assert "Read as 192.0.2.17 from defanged writing." in form_of(trainee.get(LIGHT).text, "m2-1-q4")


@pytest.mark.parametrize(
    ("question", "fields", "said", "kept"),
    [
        ("m2-1-q1", {"pair-port": "g", "pair-star": "r"}, "has no partner yet", '<option value="g" selected>'),
        (
            "m2-1-q1",
            {"pair-port": "x", "pair-star": "r", "pair-stern": "w"},
            "does not belong to this question",
            '"r" selected',
        ),
        (
            "m2-1-q2",
            {"option": "b"},
            "true or false",
            'value="b" aria-invalid="true" aria-describedby="m2-1-q2-said" checked',
        ),
        (
            "m2-1-q2",
            {"truth": "true"},
            "No option was chosen",
            'value="true" aria-invalid="true" aria-describedby="m2-1-q2-said" checked',
        ),
        ("m2-1-q3", {"text": "11 March"}, "is not a date and time", 'value="11 March"'),
        ("m2-1-q4", {"text": "<b>here"}, "is not an address that exists", 'value="&lt;b&gt;here"'),
    ],
)
def test_what_was_not_taken_comes_back_as_it_was(
    trainee: FlaskClient, question: str, fields: dict[str, str], said: str, kept: str
) -> None:
    answer = send(trainee, question, **fields)
    assert answer.status_code == 422
    asked = form_of(answer.text, question)
    assert said in unescape(asked)
    assert kept in asked
    well_formed(answer.text)


def test_one_question_of_a_pool_is_asked_and_the_other_is_not_there(trainee: FlaskClient) -> None:
    page = trainee.get(LIGHT).text
    asked = [name for name in ("m2-1-q6", "m2-1-q7") if f'id="{name}"' in page]
    assert len(asked) == 1
    (other,) = {"m2-1-q6", "m2-1-q7"} - set(asked)
    assert "Question 6 of 6" in form_of(page, asked[0])
    data = {"csrf_token": token_of(page), "request_key": key_of(page, asked[0]), "option": "a"}
    assert trainee.post(f"{LIGHT}/quiz/{other}", data=data).status_code == 404
    assert trainee.post(f"{LIGHT}/quiz/{asked[0]}", data=data).status_code == 303


def test_people_get_options_in_orders_of_their_own_that_stay(
    trainee: FlaskClient, clients: Mapping[str, FlaskClient]
) -> None:
    def order(client: FlaskClient) -> list[str]:
        asked = form_of(client.get("/courses/harbour/m1-1").text, "m1-1-q1")
        return re.findall(r'name="option" value="(\w)"', asked)

    names = [name for name in clients if name != "anonymous"]
    assert order(trainee) == order(trainee)
    assert len({tuple(order(clients[name])) for name in names}) > 1
    assert {tuple(sorted(order(clients[name]))) for name in names} == {("a", "b", "c")}


def test_terms_are_explained_beside_their_links_and_on_a_page(trainee: FlaskClient) -> None:
    page = trainee.get(LIGHT).text
    assert 'href="../../glossary#exhibit"' in page
    assert '<button type="button" class="term" popovertarget="tip-2">' in page
    assert '<span class="tip" popover id="tip-2"><a href="../../glossary#exhibit"><b>exhibit</b></a>: An object' in page
    assert "a file &lt;b&gt;." in page
    listed = trainee.get("/glossary").text
    assert 'id="exhibit"' in listed
    well_formed(listed)
    trainee.set_cookie("language", "ar")
    assert '(<bdi lang="en">exhibit</bdi>)' in trainee.get(LIGHT).text
    arabic = trainee.get("/glossary").text
    assert "البصمة" in arabic
    assert '<bdi lang="en" class="mute">hash value</bdi>' in arabic


def test_formulas_are_drawn_as_mathml_alone(trainee: FlaskClient) -> None:
    page = trainee.get(LIGHT).text
    found = re.findall(r"<math.*?</math>", page, re.DOTALL)
    assert len(found) == 2
    assert 'display="block"' in found[1]
    assert '<span class="whose">International</span> colours of lights</h3>' in page


def test_an_exercise_that_is_not_installed_and_a_change_of_law_are_said(trainee: FlaskClient) -> None:
    page = trainee.get(LIGHT).text
    assert "Not in this installation" in page
    assert "The law in this module changed." in page
    assert "The colours of lights are ruled anew." in page


def test_a_place_for_a_national_note_asks_the_instructor_and_never_another_law(trainee: FlaskClient) -> None:
    page = trainee.get(LIGHT).text
    assert "No national note yet. Ask your instructor." in page
    assert "The rule of your country on the colours of lights." in page


def test_the_note_of_the_own_organisation_is_shown_and_no_other(
    trainee: FlaskClient, clients: Mapping[str, FlaskClient], store: Store, people: People, clock: Clock
) -> None:
    given = {
        "jurisdiction": "Kenya",
        "article": "Act 5 <i>of 2018</i>",
        "dated": "2026-10-01",
        "checked_by": "A. Otieno",
        "text": "Red **is** port: `<script>`.",
    }
    with store.writing() as session:
        notes.write(session, people.home, "colours-of-lights", given, people["instructor"], clock())
    page = trainee.get(LIGHT).text
    assert "Red <strong>is</strong> port: <code>&lt;script&gt;</code>." in page
    assert "Act 5 &lt;i&gt;of 2018&lt;/i&gt;" in page
    assert "Checked by A. Otieno" in page
    assert "No national note yet" not in page
    well_formed(page)
    assert "No national note yet" in clients["stranger"].get(LIGHT).text
