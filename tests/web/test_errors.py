"""Pages of errors: what happened, what is kept, what to do, for visitors and people, in every language."""

import re
from html import unescape

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue

from tests.web.conftest import Clients, SignInAs, html_errors, post
from training.errors import Conflict, Damaged, DomainError, NotThere, Refused, TooMany
from training.factory import create_app
from training.hosting.board.service import disk
from training.settings import Settings
from training.web import policy
from training.web.advice import ADVICE
from training.web.guard import guarded, permit
from training.web.rooms import Rooms

RAISED: dict[int, type[DomainError]] = {404: NotThere, 409: Conflict, 422: Refused, 429: TooMany, 503: Damaged}
HEADS = {
    400: "Not understood",
    403: "Not open to you",
    404: "Not found",
    405: "Not answered in this way",
    409: "In the way",
    410: "No longer there",
    413: "Too large",
    422: "Not accepted as it stands",
    429: "Too many requests",
    500: "A fault on the server",
    503: "Not available",
}


def plain(page: str) -> str:
    """The words of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.split("<main", 1)[1])).split())


@pytest.fixture
def visitor(settings: Settings, rooms: Rooms) -> FlaskClient:
    """Nobody, on an application that has an address for each error. One forgets to ask who may see it."""
    app = create_app(settings, rooms)
    app.config["TESTING"] = True

    @guarded(policy.anyone)
    def wrong(status: int) -> ResponseReturnValue:
        if status == 500:
            return "no permission was asked for"
        permit(None)
        if status in RAISED:
            raise RAISED[status]("What happened, in words.")
        return abort(status)

    app.add_url_rule("/wrong/<int:status>", "wrong", wrong, methods=["GET", "POST"])
    return app.test_client()


@pytest.mark.parametrize("status", HEADS)
def test_each_error_says_what_happened_what_is_kept_and_what_to_do(visitor: FlaskClient, status: int) -> None:
    answer = visitor.get(f"/wrong/{status}")
    assert answer.status_code == status
    assert html_errors(answer.text) == []
    said, advice = plain(answer.text), ADVICE[status]
    assert re.search(rf"<h1>{HEADS[status]}</h1>", answer.text)
    assert f"<title>{HEADS[status]} ({status})" in answer.text
    assert re.search(rf"What is kept {re.escape(str(advice.kept))}", said)
    assert re.search(rf"What to do {re.escape(str(advice.todo))}", said)
    if status in RAISED:
        assert "What happened, in words." in said
    assert said.count("Sign in") == 1  # nothing else is open to a visitor
    assert answer.text.count('class="btn main"') == 1


def test_the_page_of_a_fault_asks_nothing_of_what_may_be_broken_and_gives_a_number(visitor: FlaskClient) -> None:
    page = visitor.get("/wrong/500").text
    assert re.search(r"Number of this fault: <bdi dir=\"ltr\">[0-9a-f]{12}</bdi>", page)
    assert "<nav" not in page
    assert "csrf_token" not in page
    assert 'class="mast"' in page
    assert "<nav" in visitor.get("/wrong/409").text


def test_a_full_disk_says_all_in_its_message() -> None:
    assert not ADVICE[507].kept
    assert not ADVICE[507].todo


def test_a_monitor_reads_a_full_disk_as_a_fault(visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert visitor.get("/health").status_code == 200
    monkeypatch.setattr(disk, "FULL", 2**62)
    answer = visitor.get("/health")
    assert (answer.status_code, answer.get_json()["status"]) == (503, "disk full")


def test_what_was_typed_comes_back_and_a_stale_page_says_so(clients: Clients) -> None:
    stale = clients["trainee"].post("/account", data={"name": "<b>New</b> name", "password": "secret secret"})
    assert stale.status_code == 400
    said = plain(stale.text)
    assert "What you typed stands below, to be copied." in said
    assert "&lt;b&gt;New&lt;/b&gt; name" in stale.text
    assert "secret secret" not in stale.text
    assert "a page that stood open for long can be stale" in said.lower()
    assert "Back to the start" in said


def test_a_method_that_is_not_taken_and_an_unknown_address(clients: Clients, sign_in: SignInAs) -> None:
    assert "<h1>Not answered in this way</h1>" in clients["trainee"].get("/appearance").text
    assert "<h1>Not found</h1>" in clients["trainee"].get("/nothing/of/the/kind").text
    there = sign_in("trainee")
    post(there, "/account", "/appearance", language="ar")
    page = there.get("/nothing").text
    assert 'lang="ar" dir="rtl"' in page
    assert html_errors(page) == []


def test_an_address_that_is_none_leads_to_a_page_not_to_a_fault(visitor: FlaskClient) -> None:
    for sent in ({"Host": "bad host"}, {"Referer": "http://[::"}, {"Referer": "//"}):
        answer = visitor.get("/nothing", headers=sent)
        assert answer.status_code in {400, 404}
        assert "<h1>" in answer.text
    visitor.application.config["TRUSTED_HOSTS"] = ["training.example"]
    answer = visitor.get("/nothing", headers={"Host": "elsewhere.example"})
    assert answer.status_code == 400
    assert answer.text.startswith("The server does not answer under this name.")


@pytest.mark.parametrize("field", [("login", "a\0b"), ("lo\0gin", "ab")])
def test_a_nul_character_in_a_form_is_refused_before_any_view(app: Flask, field: tuple[str, str]) -> None:
    answer = post(app.test_client(), "/sign-in", **dict([field]), password="something")
    assert answer.status_code == 422
    assert "NUL character" in answer.text
