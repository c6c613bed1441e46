import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import quote, quote_from_bytes

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import html_errors
from tests.web.test_courses import Port, port

__all__ = ["port"]


@pytest.fixture
def trainee(port: Port, clients: Mapping[str, FlaskClient]) -> FlaskClient:
    return clients["trainee"]


def titles(page: str) -> list[str]:
    return [unescape(re.sub("<[^>]*>", "", one)) for one in re.findall(r"<h2 lang[^>]*>(.*?)</h2>", page)]


def links(page: str) -> list[str]:
    return re.findall(r'<h2 lang[^>]*><a href="([^"]+)"', page)


def test_what_is_found_leads_to_its_section(trainee: FlaskClient) -> None:
    page = trainee.get("/search?q=authority+quay").text
    assert titles(page) == ["1.1 The quay: First things & last things"]
    assert links(page) == ["/courses/harbour/m1-1#s1"]
    assert 'id="s1"' in trainee.get("/courses/harbour/m1-1").text
    assert "<mark>authority</mark>" in page
    assert html_errors(page) == []


def test_each_kind_of_hit_leads_to_a_page(trainee: FlaskClient) -> None:
    for asked in ("harbour office", "linux.pslist", "quay"):
        found = links(trainee.get(f"/search?q={asked}").text)
        assert found
        assert [one for one in found if trainee.get(one).status_code != 200] == []


def test_markup_of_a_text_and_of_a_question_is_shown_as_text(trainee: FlaskClient) -> None:
    page = trainee.get("/search?q=script+alert").text
    assert "<mark>script</mark>" in page
    assert "<script>alert" not in page
    page = trainee.get("/search", query_string={"q": '"><script>x</script><b a="'}).text
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page
    assert html_errors(page) == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?q=",
        "?q=%20",
        "?q=%22",
        "?q=%22%22%22*%5E",
        "?q=NEAR(a",
        "?q=" + quote_from_bytes(b"\xff\xfe\x80\xc0"),
        "?q=" + "a" * 10_240,
        "?q=" + quote('"' * 5_000),
        "?q=a&page=-1",
        "?q=linux&page=999999999999999999999",
        "?q=linux&page=x",
        "?q=linux&q=memory",
        "?page=2",
        "?q=" + quote("\u202e\u2067 الذاكرة"),
    ],
)
def test_any_question_is_answered_with_a_page(trainee: FlaskClient, query: str) -> None:
    answer = trainee.get(f"/search{query}")
    assert answer.status_code == 200
    assert len(answer.data) < 60_000
    assert html_errors(answer.text) == []


def test_a_question_with_a_nul_is_refused_in_words(trainee: FlaskClient) -> None:
    answer = trainee.get("/search?q=a%00b")
    assert answer.status_code == 422
    assert "NUL character" in answer.text


def test_nothing_found_says_what_to_do(trainee: FlaskClient) -> None:
    page = trainee.get("/search?q=zeppelin").text
    assert "Nothing was found." in page
    assert "Try fewer words" in page
    assert "These hold some of them." in trainee.get("/search?q=quay+zeppelin").text


def test_long_lists_are_walked_by_links(trainee: FlaskClient) -> None:
    page = trainee.get("/search?q=linux").text
    seen = links(page)
    while following := re.search(r'rel="next" href="([^"]+)"', page):
        page = trainee.get(unescape(following[1])).text
        seen += links(page)
    assert len(seen) == len(set(seen)) > 40


def test_a_snippet_has_the_language_and_direction_of_its_text(trainee: FlaskClient) -> None:
    trainee.set_cookie("language", "ar")
    page = trainee.get("/search?q=authority+quay").text
    assert '<html lang="ar" dir="rtl"' in page
    assert '<h2 lang="en" dir="ltr">' in page
    assert '<p lang="en" dir="ltr">' in page


def test_whoever_is_not_signed_in_finds_the_door(port: Port, clients: Mapping[str, FlaskClient]) -> None:
    answer = clients["anonymous"].get("/search?q=quay")
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in")


def test_a_course_that_was_changed_is_found_after_it_is_published(trainee: FlaskClient, port: Port) -> None:
    port.change("01-quay/index.md", "Write down the authority", "Write down the harbourmaster")
    assert titles(trainee.get("/search?q=harbourmaster").text) == []
    port.publish()
    assert titles(trainee.get("/search?q=harbourmaster").text) == ["1.1 The quay: First things & last things"]


def test_a_word_with_a_slip_is_told_with_the_way_to_search_exactly(trainee: FlaskClient) -> None:
    page = trainee.get("/search?q=authorty+quay").text
    assert 'Nothing for "authorty": showing "authority".' in page
    assert titles(page) == ["1.1 The quay: First things & last things"]
    assert html_errors(page) == []
    exact = re.search(r'<a href="([^"]*exact=1)">', page)
    assert exact
    page = trainee.get(unescape(exact[1])).text
    assert "showing" not in page
    assert "These hold some of them." in page


def test_pages_of_an_exact_question_stay_exact(trainee: FlaskClient) -> None:
    page = trainee.get("/search?q=linux&exact=1").text
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following
    assert "exact=1" in following[1]


def test_whoever_began_an_older_release_is_led_to_a_section_of_it(trainee: FlaskClient, port: Port) -> None:
    assert trainee.get("/courses/harbour/m1-1").status_code == 200
    port.change("01-quay/index.md", "## First things", "## Papers\n\nWrite down the harbourmaster.\n\n## First things")
    port.publish()
    (mine,) = links(trainee.get("/search?q=authority+quay").text)
    assert mine == "/courses/harbour/m1-1#s1"
    assert "Write down the authority" in trainee.get(mine).text
    assert titles(trainee.get("/search?q=harbourmaster").text) == []
    trainee.get("/courses/harbour/m1-1")
