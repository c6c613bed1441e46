"""The editor as instructors use it, with forms alone; and what everybody else finds there."""

import io
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

from tests.conftest import Clock, token_of
from tests.web.conftest import html_errors
from training.authoring import service
from training.authoring.service import Copy
from training.content import service as content
from training.courses import reader
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


def test_the_way_from_the_shipped_files_to_a_release(clients: People, desk: Desk) -> None:
    client = clients["instructor"]
    assert "As shipped" in client.get("/authoring").text
    assert "Edit it here" in client.get(HOME).text
    assert send(client, HOME, f"{HOME}/begin").status_code == 303
    page = client.get(FILE)
    assert page.status_code == 200
    assert typed(page.text) == desk.text()
    new = desk.text().replace("A short text", "A brief text")
    saved = send(client, FILE, text=new, do="save", message="Shorter")
    assert saved.status_code == 303
    assert "Saved" in client.get(saved.location).text
    assert desk.text() == new
    compared = client.get(f"{HOME}/changes?before=1&after=draft").text
    assert "<del>short</del><ins>brief</ins>" in compared
    assert "A short text" in clients["trainee"].get("/courses/harbour/m1-1").text
    assert send(client, f"{HOME}/releases", note="A brief text").status_code == 303
    listed = client.get(f"{HOME}/releases").text
    assert "A brief text" in listed
    assert listed.index("Release 2") < listed.index("Offered now") < listed.index("Release 1")


def test_a_learner_sees_what_would_change_before_moving(clients: People, begun: Desk) -> None:
    trainee, client = clients["trainee"], clients["instructor"]
    trainee.get("/courses/harbour/m1-1")
    assert "You learn with the release that is offered now" in trainee.get("/courses/harbour/changes").text
    send(client, FILE, text=begun.text().replace("A short text", "A brief text"), do="save")
    keys = f"{HOME}/files/keys.yaml"
    send(client, keys, text=begun.text("keys.yaml").replace("answer: 4396", "answer: 4400"), do="save")
    send(client, f"{HOME}/releases")
    page = trainee.get("/courses/harbour/changes").text
    assert "<del>short</del><ins>brief</ins>" in page
    assert "Its key changed" in page
    assert "4400" not in page
    assert "EXPLAIN" not in page
    assert html_errors(page) == []
    moved = trainee.post("/courses/harbour/move", data={"csrf_token": token_of(page)})
    assert moved.status_code == 303
    assert "A brief text" in trainee.get("/courses/harbour/m1-1").text


def test_one_step_back_from_the_page(clients: People, begun: Desk) -> None:
    client = clients["instructor"]
    send(client, FILE, text=begun.text().replace("A short text", "A brief text"), do="save")
    send(client, f"{HOME}/releases")
    assert send(client, f"{HOME}/releases", f"{HOME}/rollback", number=1).status_code == 303
    page = client.get(f"{HOME}/releases").text
    assert page.index("Release 1<") < page.index("Offered now")
    assert "A short text" in clients["trainee"].get("/courses/harbour/m1-1").text


def test_whoever_is_ahead_of_a_step_back_is_not_told_of_a_newer_release(clients: People, begun: Desk) -> None:
    client, trainee = clients["instructor"], clients["trainee"]
    send(client, FILE, text=begun.text().replace("A short text", "A brief text"), do="save")
    send(client, f"{HOME}/releases")
    trainee.get("/courses/harbour/m1-1")
    send(client, f"{HOME}/releases", f"{HOME}/rollback", number=1)
    page = trainee.get("/courses/harbour").text
    assert "Release 1 of this course is offered again" in page
    assert "newer release" not in page


def test_files_that_an_earlier_release_holds_are_said_to_be_that_release(clients: People, begun: Desk) -> None:
    client = clients["instructor"]
    done = send(client, f"{HOME}/releases", note="Nothing new")
    page = client.get(done.location).text
    assert "Release 1 holds exactly this already." in page
    assert html_errors(page) == []
    assert "holds exactly" not in client.get(f"{HOME}/releases?again=9").text


def test_without_shipped_files_there_is_nothing_to_compare_with(clients: People, begun: Desk) -> None:
    shutil.rmtree(begun.folder)
    answer = clients["instructor"].get(f"{HOME}/changes?before=1&after=shipped")
    assert answer.status_code == 404
    assert "There are no shipped files of harbour" in answer.text


def test_a_course_with_mistakes_is_not_published_and_says_why(clients: People, begun: Desk) -> None:
    client = clients["instructor"]
    send(client, FILE, text=begun.text().replace("media/shapes.svg", "media/none.svg"), do="save")
    answer = send(client, f"{HOME}/releases", note="My note")
    assert answer.status_code == 422
    assert "courses/harbour/01-quay/index.md:" in answer.text
    assert "My note" in answer.text
    assert "Release 2" not in client.get(f"{HOME}/releases").text


def test_preview_and_messages_stand_beside_the_text_and_nothing_is_kept(clients: People, begun: Desk) -> None:
    client = clients["instructor"]
    new = begun.text().replace("A short text", "A <b>brief</b> text").replace("../02-crane/", "../09-none/")
    page = send(client, FILE, text=new, do="preview")
    assert page.status_code == 200
    assert typed(page.text) == new
    assert "A &lt;b&gt;brief&lt;/b&gt; text" in page.text
    assert 'data-line="17"' in page.text
    assert "HTML is shown as text" in page.text
    assert begun.versions() == 1
    assert html_errors(page.text) == []


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "no front matter",
        "---\nid: [\n---\n\nText **here**.\n",
        "---\n---\n" + "[" * 500,
        "```quiz\nid: x\n",
        "\x07\u202e",
    ],
)
def test_a_broken_text_is_shown_with_its_mistakes(clients: People, begun: Desk, broken: str) -> None:
    page = send(clients["instructor"], FILE, text=broken, do="preview")
    assert page.status_code == 200
    assert 'class="st bad box"' in page.text
    live = send(clients["instructor"], FILE, f"{HOME}/preview/{INDEX}", text=broken)
    assert live.status_code == 200


@pytest.mark.parametrize("hostile", ["x: !!bool maybe", "x: !!int zz", "x: !!timestamp zz", f"x: {'9' * 5_000}"])
@pytest.mark.parametrize("path", ["course.yaml", "keys.yaml", INDEX])
def test_yaml_that_breaks_its_reader_is_told_and_can_be_mended(
    clients: People, begun: Desk, path: str, hostile: str
) -> None:
    client, page = clients["instructor"], f"{HOME}/files/{path}"
    old = begun.text(path)
    new = old.replace("---\n", f"---\n{hostile}\n", 1) if path == INDEX else f"{hostile}\n{old}"
    saved = send(client, page, text=new, do="save")
    assert saved.status_code in {200, 303}
    assert begun.text(path) == new
    for address in (HOME, page, f"{HOME}/history/{path}", f"{HOME}/releases", "/authoring/moving", "/authoring"):
        assert client.get(address).status_code == 200, address
    told = client.get(HOME).text + client.get(page).text
    assert "be used; " in told
    assert send(client, page, text=old, do="save").status_code in {200, 303}
    assert begun.text(path) == old


def test_two_authors_get_both_changes(clients: People, begun: Desk) -> None:
    old = begun.text()
    first, second = clients["instructor"], clients["other_instructor"]
    page = second.get(FILE).text
    send(first, FILE, text=old.replace("A short text", "A brief text"), do="save")
    answer = second.post(
        FILE, data={"csrf_token": token_of(page), "base": "1", "text": old + "The end.\n", "do": "save"}
    )
    assert answer.status_code == 303
    assert "merged" in second.get(answer.location).text
    assert "A brief text" in begun.text()
    assert begun.text().endswith("The end.\n")


def test_two_authors_on_one_line_see_both_texts(clients: People, begun: Desk) -> None:
    old = begun.text()
    second = clients["other_instructor"]
    page = second.get(FILE).text
    send(clients["instructor"], FILE, text=old.replace("A short text", "A brief text"), do="save")
    mine = old.replace("A short text", "A long text")
    answer = second.post(FILE, data={"csrf_token": token_of(page), "base": "1", "text": mine, "do": "save"})
    assert answer.status_code == 409
    assert "revision 3" in answer.text
    assert typed(answer.text) == mine
    assert "A brief text" in answer.text
    assert html_errors(answer.text) == []
    base = re.search(r'name="base" value="(\d+)"', answer.text)
    assert base
    data = {"csrf_token": token_of(answer.text), "base": base[1], "text": mine, "do": "save"}
    assert second.post(FILE, data=data).status_code == 303
    assert begun.text() == mine
    assert "Kept aside" in second.get(f"{HOME}/history/{INDEX}").text


def test_a_script_saves_and_is_told_what_became_of_it(clients: People, begun: Desk) -> None:
    client, address, old = clients["instructor"], f"{HOME}/autosave/{INDEX}", begun.text()
    done = send(client, FILE, address, text=old + "One.\n").get_json()
    assert (done["outcome"], done["version"], done["mine"]) == ("saved", 2, 2)
    token = token_of(client.get(FILE).text)
    clash = client.post(address, data={"csrf_token": token, "base": "1", "text": old + "Other.\n"})
    assert (clash.status_code, clash.get_json()["outcome"]) == (200, "clash")
    merged = client.post(address, data={"csrf_token": token, "base": "1", "text": old.replace("A short", "A brief")})
    assert merged.get_json()["outcome"] == "merged"
    assert merged.get_json()["text"] == begun.text()
    long = client.post(address, data={"csrf_token": token, "base": "1", "text": "x" * 200_001})
    assert (long.status_code, long.get_json()["outcome"]) == (422, "refused")


def test_what_is_too_long_comes_back_as_it_was_typed(clients: People, begun: Desk) -> None:
    long = "y" * 250_000
    answer = send_text(clients["instructor"], long)
    assert answer.status_code == 422
    assert typed(answer.text) == long
    assert "at most 200,000 are kept" in answer.text
    assert begun.versions() == 1
    assert send_text(clients["instructor"], "z" * 3_000_000).status_code == 413


def test_the_longest_text_that_the_form_takes_in_any_script_fits_a_request(clients: People, begun: Desk) -> None:
    answer = send_text(clients["instructor"], "\U0001f50d" * 200_000)
    assert answer.status_code == 422
    assert typed(answer.text) == "\U0001f50d" * 200_000


def test_the_history_shows_differences_and_restores(clients: People, begun: Desk) -> None:
    client, old = clients["instructor"], begun.text()
    send(client, FILE, text=old.replace("A short text", "A <i>brief</i> text"), do="save", message="Why <b>")
    page = client.get(f"{HOME}/history/{INDEX}")
    assert "+ A &lt;i&gt;brief&lt;/i&gt; text" in page.text
    assert "Why &lt;b&gt;" in page.text
    assert html_errors(page.text) == []
    history = f"{HOME}/history/{INDEX}"
    assert send(client, history, do="restore", number=1).status_code == 303
    assert begun.text() == old
    assert begun.versions() == 3
    assert send(client, history, do="remove").status_code == 303
    assert client.get(FILE).status_code == 404
    assert "Removed" in client.get(history).text
    assert send(client, history, do="restore", number=1).status_code == 303
    assert client.get(FILE).status_code == 200


def test_a_new_module_is_complete(clients: People, begun: Desk) -> None:
    client = clients["instructor"]
    made = send(client, HOME, f"{HOME}/modules", title="The lighthouse: a view")
    assert made.location == f"{HOME}/files/03-the-lighthouse-a-view/index.md"
    page = client.get(made.location).text
    assert "Mistake</span>" not in page
    assert "03-the-lighthouse-a-view" in begun.text("course.yaml")
    assert "m1-3-q1:" in begun.text("keys.yaml")
    assert send(client, HOME, f"{HOME}/modules", title="Another").location == f"{HOME}/files/04-another/index.md"
    assert send(client, f"{HOME}/releases").status_code == 303
    empty = send(client, HOME, f"{HOME}/modules", title=" ")
    assert empty.status_code == 422


def test_a_new_course_is_complete_and_can_be_published(clients: People, desk: Desk) -> None:
    client = clients["instructor"]
    fields = {"title": 'Light: "signals"', "course": "light-signals", "number": "7", "language": "en"}
    made = send(client, "/authoring", "/authoring/courses", **fields)
    assert made.location == "/authoring/course/light-signals"
    assert "mistake" not in client.get(made.location).text.split("<footer")[0].replace("No mistake", "")
    assert send(client, f"{made.location}/releases").status_code == 303
    assert "Light: &#34;signals&#34;" in clients["trainee"].get("/courses").text
    again = send(client, "/authoring", "/authoring/courses", **fields)
    assert again.status_code == 409
    assert "light-signals" in again.text
    wrong = send(client, "/authoring", "/authoring/courses", **{**fields, "course": "../x"})
    assert wrong.status_code == 422
    assert "../x" in wrong.text


def test_a_removed_file_is_found_again(clients: People, begun: Desk) -> None:
    client, history = clients["instructor"], f"{HOME}/history/{INDEX}"
    assert "Removed files" not in client.get(HOME).text
    assert send(client, history, do="remove").status_code == 303
    page = client.get(HOME).text
    assert "Removed files" in page
    assert f'href="{history}"' in page
    assert html_errors(page) == []
    gone = client.get(FILE)
    assert gone.status_code == 404
    assert f'href="{history}"' in gone.text
    assert html_errors(gone.text) == []
    assert client.get(f"{HOME}/files/01-quay/never.md").status_code == 404


@pytest.mark.parametrize("act", ["remove", "restore"])
def test_a_file_that_moved_on_is_asked_about_again(clients: People, begun: Desk, act: str) -> None:
    client, history = clients["instructor"], f"{HOME}/history/{INDEX}"
    send(client, FILE, text="First\n", do="save")
    seen = client.get(history).text
    send(client, FILE, text="Second\n", do="save")
    fields = {"do": act, "number": "1", "base": "2", "csrf_token": token_of(seen)}
    answer = client.post(history, data=fields)
    assert answer.status_code == 409
    assert "Somebody saved revision 3 since you looked" in answer.text
    assert html_errors(answer.text) == []
    assert begun.text() == "Second\n"
    assert client.post(history, data={**fields, "base": "3"}).status_code == 303
    assert client.post(history, data={**fields, "base": "x"}).status_code == 422


def test_a_mistake_that_no_file_of_the_page_has_is_named(clients: People, begun: Desk) -> None:
    client = clients["instructor"]
    assert "In files that are missing, or made by the program" not in client.get(HOME).text
    send(client, HOME, f"{HOME}/translations", folder="01-quay", language="fr")
    page = client.get(HOME).text
    named = page.split("In files that are missing, or made by the program", 1)[1].split("</section>", 1)[0]
    assert "courses/harbour/course.fr.yaml:1: this file is missing" in named
    assert "index.fr.md:1" not in named.replace("02-crane/index.fr.md:1", "")  # its own place in the list has those
    assert html_errors(page) == []


def test_a_translation_is_said_to_be_of_the_original_as_it_is(clients: People, begun: Desk) -> None:
    client = clients["instructor"]
    french = send(client, HOME, f"{HOME}/translations", folder="01-quay", language="fr").location
    words = "This translates the original as it is now"
    assert words not in client.get(FILE).text
    text = typed(client.get(french).text).replace("translators: []", "translators: [A. Person]")
    text = re.sub(r"^(?:objective|type): .*\n", "", text, flags=re.MULTILINE) + "Une phrase.\n"
    send(client, french, text=text, do="save")
    page = client.get(french).text
    assert words in page
    assert "does not say which text it translates" in page
    assert send(client, french, text=text, do="translated").status_code == 303
    assert "does not say which text" not in client.get(french).text
    assert begun.text("01-quay/index.fr.md").endswith("Une phrase.\n")
    assert "of:\n" in begun.text("01-quay/index.fr.md")
    send(client, FILE, text=begun.text().replace("A short text", "A brief text"), do="save")
    assert "changed in the original since" in client.get(french).text
    assert send(client, french, text=typed(client.get(french).text), do="translated").status_code == 303
    assert "changed in the original since" not in client.get(french).text


def test_what_can_be_no_translation_comes_back_as_it_was_typed(clients: People, begun: Desk) -> None:
    client = clients["instructor"]
    french = send(client, HOME, f"{HOME}/translations", folder="01-quay", language="fr").location
    for page in (french, FILE):
        answer = send(client, page, text="No front matter.\n", do="translated")
        assert answer.status_code in {422, 503}
        assert "No front matter." in typed(answer.text)
        assert html_errors(answer.text) == []
    assert "No front matter" not in begun.text("01-quay/index.fr.md")


def test_a_number_of_another_course_is_refused(clients: People, desk: Desk) -> None:
    fields = {"title": "Cranes", "course": "cranes", "language": "en"}
    answer = send(clients["instructor"], "/authoring", "/authoring/courses", number="2", **fields)
    assert answer.status_code == 422
    assert "first-response has the number 2" in answer.text  # of the catalogue, though it is not here
    assert send(clients["instructor"], "/authoring", "/authoring/courses", number="8", **fields).status_code == 303
    other = {**fields, "course": "docks", "number": "8"}
    assert "cranes has the number 8" in send(clients["instructor"], "/authoring", "/authoring/courses", **other).text


def test_a_translation_begins_with_the_original(clients: People, begun: Desk) -> None:
    client = clients["instructor"]
    made = send(client, HOME, f"{HOME}/translations", folder="01-quay", language="fr")
    assert made.location == f"{HOME}/files/01-quay/index.fr.md"
    assert client.get(made.location).status_code == 200
    assert send(client, HOME, f"{HOME}/translations", folder="01-quay", language="fr").status_code == 409
    assert send(client, HOME, f"{HOME}/translations", folder="../x", language="fr").status_code == 422


def test_a_figure_is_checked_and_written_anew(clients: People, begun: Desk) -> None:
    client, address = clients["instructor"], f"{HOME}/figures"
    hidden = SVG.replace(b"<rect", b"<!-- a secret --><?php evil ?><rect")
    made = send(client, HOME, address, folder="01-quay", figure=(io.BytesIO(hidden), "../../My Figure.SVG"))
    assert made.status_code == 200
    assert "01-quay/media/my-figure.svg" in made.text
    kept = begun.text("01-quay/media/my-figure.svg")
    assert "secret" not in kept
    assert "php" not in kept
    assert '<rect class="nd"' in kept
    again = send(client, HOME, address, folder="01-quay", figure=(io.BytesIO(SVG), "my-figure.svg"))
    assert "my-figure-2.svg" in again.text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (SVG.replace(b"<rect", b"<script>alert(1)</script><rect"), "script"),
        (SVG.replace(b"<rect", b'<rect onload="alert(1)"'), "onload"),
        (SVG.replace(b"<rect", b'<image href="http://198.51.100.1/x"/><rect'), "image"),
        (b"<!DOCTYPE svg [<!ENTITY a 'b'>]>" + SVG, "document type"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 50, "PNG"),
        (b"\xff\xd8\xff\xe0" + b"x" * 50, "JPEG"),
        (b"<html></html>", "SVG"),
        (SVG.replace(b"<rect", b"<g>" * 5_000 + b"</g>" * 5_000 + b"<rect"), "30 levels"),
        (SVG.replace(b"<rect", b"<g/>" * 2_000 + b"<rect"), "2000 elements"),
        (b"", "No file"),
        (SVG + b" " * 60_001, "at most"),
    ],
)
def test_what_is_no_plain_figure_is_refused_in_words(clients: People, begun: Desk, data: bytes, said: str) -> None:
    sent = (io.BytesIO(data), "x.svg")
    answer = send(clients["instructor"], HOME, f"{HOME}/figures", folder="01-quay", figure=sent)
    assert answer.status_code == 422
    alert = answer.text.split('role="alert"', 1)[1][:3000]
    assert said in alert
    assert "<script>" not in answer.text


def test_shipped_files_that_changed_are_offered(clients: People, begun: Desk) -> None:
    client = clients["instructor"]
    file = begun.folder / INDEX
    file.write_text(file.read_text("utf-8").replace("A short text", "A shipped text"), "utf-8")
    assert "Shipped files changed" in client.get("/authoring").text
    assert "Keep ours" in client.get(HOME).text
    assert "shipped</ins>" in client.get(f"{HOME}/changes?before=draft&after=shipped").text
    assert send(client, HOME, f"{HOME}/shipped", do="keep").status_code == 303
    assert "Keep ours" not in client.get(HOME).text
    assert send(client, HOME, f"{HOME}/shipped", do="take").status_code == 303
    assert "A shipped text" in begun.text()


def test_questions_can_be_tried_out_and_nothing_is_kept(clients: People, begun: Desk) -> None:
    client, page = clients["instructor"], f"{HOME}/trial/01-quay"
    shown = client.get(page).text
    assert "EXPLAIN-ONE" in shown  # authors see keys
    assert html_errors(shown) == []
    wrong = send(client, page, question="m1-1-q1", option="b").text
    assert "FEEDBACK-ONE-B" in wrong.split('id="m1-1-q1"', 1)[1]
    assert "100 %" in send(client, page, question="m1-1-q2", text="4396").text
    assert "No option was chosen" in send(client, page, question="m1-1-q1").text
    assert "Quiz 0 of" in client.get("/courses/harbour").text


PAGES = (
    ("GET", "/authoring"),
    ("GET", HOME),
    ("GET", FILE),
    ("GET", f"{HOME}/files/keys.yaml"),
    ("GET", f"{HOME}/history/keys.yaml"),
    ("GET", f"{HOME}/releases"),
    ("GET", f"{HOME}/changes?before=1&after=draft"),
    ("GET", f"{HOME}/trial/01-quay"),
    ("GET", "/authoring/lab/finance-workstation/proof"),
    ("POST", "/authoring/courses"),
    ("POST", "/authoring/labs"),
    ("POST", f"{HOME}/begin"),
    ("POST", f"{HOME}/shipped"),
    ("POST", f"{HOME}/modules"),
    ("POST", f"{HOME}/translations"),
    ("POST", f"{HOME}/figures"),
    ("POST", FILE),
    ("POST", f"{HOME}/autosave/{INDEX}"),
    ("POST", f"{HOME}/preview/{INDEX}"),
    ("POST", f"{HOME}/autosave/keys.yaml"),
    ("POST", f"{HOME}/history/{INDEX}"),
    ("POST", f"{HOME}/releases"),
    ("POST", f"{HOME}/rollback"),
    ("POST", f"{HOME}/trial/01-quay"),
    ("POST", "/authoring/lab/finance-workstation/proof"),
)


@pytest.mark.parametrize("who", ["trainee", "colleague", "stranger", "host", "administrator", "anonymous"])
def test_nobody_but_instructors_finds_the_editor(app: Flask, clients: People, begun: Desk, who: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    before = begun.text()
    for method, address in PAGES:
        answer = clients[who].open(
            address, method=method, data={"text": "x", "base": "1", "do": "remove"} if method == "POST" else None
        )
        assert answer.status_code == (302 if who == "anonymous" else 404), address
    assert begun.text() == before


def test_instructors_of_every_organisation_write_the_same_courses(clients: People, begun: Desk) -> None:
    for who in ("instructor", "other_instructor"):
        for method, address in PAGES[:8]:
            assert clients[who].open(address, method=method).status_code == 200, address


def test_keys_are_never_on_a_page_of_a_learner(clients: People, begun: Desk) -> None:
    pages = ["/courses", "/courses/harbour", "/courses/harbour/m1-1", "/courses/harbour/changes", "/"]
    assert [page for page in pages if "EXPLAIN-" in clients["trainee"].get(page).text] == []
    answer = clients["instructor"].get(f"{HOME}/files/keys.yaml")
    assert "EXPLAIN-ONE" in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert 'data-secret="1"' in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "../keys.yaml",
        "..%2f..%2fkeys.yaml",
        "/etc/passwd",
        ".git/config",
        "01-quay/../keys.yaml",
        "a%00.md",
        "none.md",
        "01-quay",
    ],
)
def test_tricks_in_names_of_files_lead_nowhere(clients: People, begun: Desk, path: str) -> None:
    for page in ("files", "history", "preview", "autosave"):
        answer = clients["instructor"].get(f"{HOME}/{page}/{path}")
        assert answer.status_code in {404, 405, 308, 422}, (page, path)
        assert "EXPLAIN" not in answer.text
    for name in ("..", ".", "%2e%2e", "Harbour", "x" * 100):
        assert clients["instructor"].get(f"/authoring/course/{name}").status_code in {404, 308}


def test_a_link_among_the_shipped_files_is_not_followed(clients: People, desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("a secret", "utf-8")
    (desk.folder / "01-quay" / "linked.md").symlink_to(tmp_path / "secret.md")
    desk.begin()
    with desk.store.reading() as session:
        assert "01-quay/linked.md" not in service.contents(session, HARBOUR)


def test_no_save_without_the_token_of_the_form(clients: People, begun: Desk) -> None:
    before = begun.text()
    for address in (FILE, f"{HOME}/autosave/{INDEX}", f"{HOME}/history/{INDEX}", f"{HOME}/releases"):
        assert clients["instructor"].post(address, data={"text": "x", "base": "1"}).status_code == 400
    assert begun.text() == before


HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[x](javascript:alert(1))",
    '![x](data:text/html,<script>alert(1)</script> "y")',
    "</textarea><script>alert(1)</script>",
    "<svg onload=alert(1)>",
    '!!! law "<script>alert(1)</script>"\n    x',
    '```quiz\nid: m1-1-q9\nobjective: o1\ntype: short\nstem: "<script>alert(1)</script>"\n```',
    "[[lab:<script>alert(1)</script>]] x",
    "[[local:<script>alert(1)</script>]] x",
    "$`\\text{<script>alert(1)</script>}`$",
    "[x](term:<script>alert(1)</script>)",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_in_preview_history_and_clash(clients: People, begun: Desk, text: str) -> None:
    client, old = clients["instructor"], begun.text()
    pages = [
        send(client, FILE, text=f"{old}\n{text}\n", do="preview").text,
        send(client, FILE, f"{HOME}/preview/{INDEX}", text=f"{old}\n{text}\n").text,
    ]
    send(client, FILE, text=f"{old}\n{text}\n", do="save", message=text)
    pages += [client.get(one).text for one in (FILE, HOME, f"{HOME}/history/{INDEX}")]
    pages.append(client.get(f"{HOME}/changes?before=1&after=draft").text)
    token = token_of(pages[2])
    clash = client.post(FILE, data={"csrf_token": token, "base": "1", "text": f"{old}\nmine {text}", "do": "save"})
    pages.append(clash.text)
    assert clash.status_code == 409
    for page in pages:
        own = re.sub(r'<script type="module" nonce="[^"]+" src="/static/[^"]+"[^>]*></script>', "", page)
        assert "<script" not in own
        assert not re.search(r"<[a-z]+[^>]*\son[a-z]+=", own)
        assert not re.search(r"""(?:href|src)=["']?\s*(?:javascript|data:text)""", own)


def test_pages_of_usual_files_stay_light(clients: People, begun: Desk) -> None:
    client = clients["instructor"]
    fixed = sum(
        len((ROOT / "training" / "web" / "static" / name).read_bytes()) for name in ("engram.css", "authoring.js")
    )
    for page in ("/authoring", HOME, FILE, f"{HOME}/history/{INDEX}", f"{HOME}/trial/01-quay"):
        assert fixed + len(client.get(page).data) <= 100 * 1024, page


def test_the_start_of_the_server_leaves_what_is_edited_here(begun: Desk) -> None:
    file = begun.folder / INDEX
    file.write_text(file.read_text("utf-8").replace("A short text", "A shipped text"), "utf-8")
    with begun.store.writing() as session:
        parent = begun.settings.courses
        done = content.publish_all(session, begun.settings.instance, "course", parent, reader.check, begun.clock())
    assert (done.new, done.changed) == ([], ["harbour"])
