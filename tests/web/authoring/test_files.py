"""Files in the editor, with forms alone: text, preview, messages, clashes, history."""

import re

import pytest
from flask.testing import FlaskClient

from tests.conftest import token_of
from tests.web.authoring.conftest import FILE, HOME, INDEX, Desk, People, send, send_text, typed
from tests.web.conftest import html_errors


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


def test_two_authors_get_both_changes(clients: People, second: FlaskClient, begun: Desk) -> None:
    old = begun.text()
    first = clients["instructor"]
    page = second.get(FILE).text
    send(first, FILE, text=old.replace("A short text", "A brief text"), do="save")
    answer = second.post(
        FILE, data={"csrf_token": token_of(page), "base": "1", "text": old + "The end.\n", "do": "save"}
    )
    assert answer.status_code == 303
    assert "merged" in second.get(answer.location).text
    assert "A brief text" in begun.text()
    assert begun.text().endswith("The end.\n")


def test_two_authors_on_one_line_see_both_texts(clients: People, second: FlaskClient, begun: Desk) -> None:
    old = begun.text()
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


def test_a_save_keeps_the_preview_and_lines_are_counted_as_they_are_typed(clients: People, begun: Desk) -> None:
    client, old = clients["instructor"], begun.text()
    saved = send(client, FILE, text=f"{old}\nTwo more words.\n", do="save")
    page = client.get(saved.location).text
    assert "Two more words." in page.partition('id="preview"')[2]
    assert "Press Preview" not in page
    live = send(client, FILE, f"{HOME}/preview/{INDEX}", text="one\ntwo\nthree\n").text
    assert '<span id="lines">3 lines</span>' in live
