"""What is refused is said in Arabic to those who read Arabic, wherever it was refused: forms, services, limits."""

import re

import html5lib
import pytest
from flask import Flask

from tests.conftest import People
from tests.web.conftest import SignInAs, enter, post

ARABIC = {"Accept-Language": "ar"}
LETTERS = re.compile("[\N{ARABIC LETTER HAMZA}-\N{ARABIC LETTER YEH}]{3}")


def said(page: str) -> str:
    """The messages of a page, without what stands in them as evidence or was typed."""
    boxes = [one for one in html5lib.parse(page, namespaceHTMLElements=False).iter() if "say" in one.get("class", "")]
    assert boxes, page
    return re.sub("[\u2066\u2068][^\u2069]*\u2069", "", " ".join(text for one in boxes for text in one.itertext()))


@pytest.mark.parametrize(
    ("page", "address", "fields"),
    [
        ("/account", "/account", {"name": "x" * 121, "language": "", "theme": "auto"}),
        ("/account", "/account", {"name": "", "language": "", "theme": "auto"}),
        ("/account", "/account", {"name": "x", "language": "xx", "theme": "auto"}),
        (
            "/account",
            "/account/password",
            {"old_password": "not mine", "password": "long enough", "again_password": "long enough"},
        ),
        ("/people", "invitations", {"role": "trainee", "login": "a b", "token": "x" * 43}),
        ("/people", "invitations", {"role": "trainee", "token": "lost"}),
        ("/marking/rounds", "/marking/rounds", {"question": ""}),
        ("/marking/rounds", "/marking/rounds", {"question": "q1", "organisation": "none"}),
        ("/marking/import", "/marking/import", {}),
        ("/marking/import", "/marking/import", {"text": "a\0b"}),
        ("/account", "/nowhere", {}),
        ("/account", "/licences", {}),
    ],
)
def test_a_refusal_is_said_in_arabic(
    people: People, sign_in: SignInAs, page: str, address: str, fields: dict[str, str]
) -> None:
    where = f"/organisations/{people.home}/invitations" if address == "invitations" else address
    answer = post(sign_in("instructor"), page, where, headers=ARABIC, **fields)
    assert answer.status_code >= 400
    assert LETTERS.search(said(answer.text))
    assert re.findall("[A-Za-z]{2,}", said(answer.text)) == []


@pytest.mark.usefixtures("people")
def test_a_wrong_password_is_said_in_arabic_and_so_is_the_wait(app: Flask) -> None:
    client = app.test_client()
    refused = [post(client, "/sign-in", headers=ARABIC, login="trainee", password=f"no {n}").text for n in range(7)]
    assert [LETTERS.search(said(page)) is not None for page in refused] == [True] * 7
    assert said(refused[0]) != said(refused[-1]), "the last one has to wait"
    assert re.findall("[A-Za-z]{2,}", said(refused[-1])) == []
    assert "not right" in said(enter(app.test_client(), "nobody").text), "in English for others"
