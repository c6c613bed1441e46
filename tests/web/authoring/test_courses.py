"""Courses in the editor: from the shipped files to a release and back, new modules and courses."""

import io
import shutil

import pytest

from tests.conftest import token_of
from tests.web.authoring.conftest import FILE, HARBOUR, HOME, INDEX, SVG, Desk, People, send, typed
from tests.web.conftest import html_errors
from training.authoring import service
from training.authoring.service import Copy
from training.content import service as content
from training.courses.manuscript import reader


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


def test_a_new_module_is_complete(clients: People, begun: Desk) -> None:
    client = clients["instructor"]
    made = send(client, HOME, f"{HOME}/modules", title="The lighthouse: a view")
    assert made.location == f"{HOME}/files/03-the-lighthouse-a-view/index.md"
    page = client.get(made.location).text
    assert page.count("Mistake</span>") == page.count("is of the template; write your own") > 0
    assert "03-the-lighthouse-a-view" in begun.text("course.yaml")
    assert "m1-3-q1:" in begun.text("keys.yaml")
    assert send(client, HOME, f"{HOME}/modules", title="Another").location == f"{HOME}/files/04-another/index.md"
    begun.write_own()
    assert "Mistake</span>" not in client.get(made.location).text
    assert send(client, f"{HOME}/releases").status_code == 303
    empty = send(client, HOME, f"{HOME}/modules", title=" ")
    assert empty.status_code == 422


def test_a_new_course_is_complete_and_can_be_published_in_words_of_its_author(clients: People, desk: Desk) -> None:
    client = clients["instructor"]
    fields = {"title": 'Light: "signals"', "course": "light-signals", "number": "7", "language": "en"}
    made = send(client, "/authoring", "/authoring/courses", **fields)
    assert made.location == "/authoring/course/light-signals"
    refused = send(client, f"{made.location}/releases")
    assert refused.status_code == 422
    for line in (
        "course.yaml:3: &#34;What a reader can do afterwards",
        "index.md:15: &#34;Author, title, year, section",
    ):
        assert line in refused.text, refused.text
    assert "Say in two sentences what this module is about" in refused.text
    assert client.get("/courses/light-signals").status_code == 404
    desk.write_own(Copy("course", "light-signals"))
    assert "mistake" not in client.get(made.location).text.split("<footer")[0].replace("No mistake", "")
    assert send(client, f"{made.location}/releases").status_code == 303
    assert "Light: &#34;signals&#34;" in clients["trainee"].get("/courses").text
    again = send(client, "/authoring", "/authoring/courses", **fields)
    assert again.status_code == 409
    assert "light-signals" in again.text
    wrong = send(client, "/authoring", "/authoring/courses", **{**fields, "course": "../x"})
    assert wrong.status_code == 422
    assert "../x" in wrong.text


def test_a_number_of_another_course_is_refused(clients: People, desk: Desk) -> None:
    fields = {"title": "Cranes", "course": "cranes", "language": "en"}
    answer = send(clients["instructor"], "/authoring", "/authoring/courses", number="2", **fields)
    assert answer.status_code == 422
    assert "first-response has the number 2" in answer.text  # of the catalogue, though it is not here
    assert send(clients["instructor"], "/authoring", "/authoring/courses", number="8", **fields).status_code == 303
    other = {**fields, "course": "docks", "number": "8"}
    assert "cranes has the number 8" in send(clients["instructor"], "/authoring", "/authoring/courses", **other).text


def test_no_course_is_begun_under_the_name_of_one_that_was_published(clients: People, desk: Desk) -> None:
    shutil.rmtree(desk.folder)  # as one that came in a pack: published, and neither shipped nor edited here
    fields = {"title": "Another", "course": "harbour", "language": "en", "number": "41"}
    answer = send(clients["instructor"], "/authoring", "/authoring/courses", **fields)
    assert answer.status_code == 409
    assert "There is a release of harbour already" in answer.text


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
        (b"\x89PNG\r\n\x1a\n" + b"x" * 70_000, "Figures are SVG"),
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


def test_the_start_of_the_server_leaves_what_is_edited_here(begun: Desk) -> None:
    file = begun.folder / INDEX
    file.write_text(file.read_text("utf-8").replace("A short text", "A shipped text"), "utf-8")
    with begun.store.writing() as session:
        parent = begun.settings.courses
        done = content.publish_all(session, begun.settings.instance, "course", parent, reader.check, begun.clock())
    assert (done.new, done.changed) == ([], ["harbour"])


def test_imported_keys_are_no_module_of_figures_and_translations(clients: People, begun: Desk) -> None:
    with begun.store.writing() as session:
        service.add(session, HARBOUR, "keys/imported-01-quay-1.yaml", b"m1-1-q9: {answer: a}\n", None, begun.clock())
    page = clients["instructor"].get(HOME).text
    assert "imported-01-quay-1.yaml" in page
    assert page.count('<option value="01-quay">') == 2
    assert '<option value="keys">' not in page


def test_a_withdrawn_course_is_found_by_no_reader_until_it_is_offered_again(clients: People, begun: Desk) -> None:
    client, trainee = clients["instructor"], clients["trainee"]
    assert trainee.get("/courses/harbour/m1-1").status_code == 200
    assert send(client, f"{HOME}/releases", f"{HOME}/withdraw").status_code == 422
    assert trainee.get("/courses/harbour").status_code == 200
    assert send(client, f"{HOME}/releases", f"{HOME}/withdraw", sure="yes").status_code == 303
    for who in ("trainee", "stranger", "instructor"):
        assert "harbour" not in clients[who].get("/courses").text
        assert clients[who].get("/courses/harbour/m1-1").status_code == 404
        assert clients[who].get("/").status_code == 200
    page = client.get(f"{HOME}/releases").text
    assert "This course is withdrawn" in page
    assert html_errors(page) == []
    assert send(client, f"{HOME}/releases", f"{HOME}/withdraw", sure="yes").status_code == 404
    with begun.store.writing() as session:
        check = (begun.settings.instance, "course", begun.folder.parent, reader.check, begun.clock())
        content.publish_all(session, *check)  # as each start of the server does
        assert content.latest(session, "course", "harbour") is None
    assert send(client, f"{HOME}/releases", f"{HOME}/rollback", number="1").status_code == 303
    assert trainee.get("/courses/harbour/m1-1").status_code == 200
    assert "This course is withdrawn" not in client.get(f"{HOME}/releases").text


def test_shipped_files_do_not_bring_a_withdrawn_course_back(clients: People, desk: Desk) -> None:
    client = clients["instructor"]
    assert send(client, f"{HOME}/releases", f"{HOME}/withdraw", sure="yes").status_code == 303
    text = desk.folder / INDEX
    text.write_text(text.read_text("utf-8").replace("A short text", "A later text"), "utf-8")
    with desk.store.writing() as session:
        content.publish_all(session, desk.settings.instance, "course", desk.folder.parent, reader.check, desk.clock())
    assert clients["trainee"].get("/courses/harbour").status_code == 404
