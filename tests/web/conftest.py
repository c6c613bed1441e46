"""What several modules of pages use: forms sent as a browser without scripts sends them, and what a page shows."""

import re
from collections.abc import Callable, Mapping
from html import unescape
from typing import Any

import html5lib
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import People, token_of
from tests.unit.labs import conftest as at_work
from tests.unit.labs.conftest import Desk

Clients = Mapping[str, FlaskClient]
SignInAs = Callable[[str], FlaskClient]
PASSWORD = "a long password of tests"
answered, desk_of, desk = at_work.answered, at_work.desk_of, at_work.desk  # fixtures


def html_errors(page: str) -> list[str]:
    """What breaks the grammar of HTML in a page, with line and column."""
    parser = html5lib.HTMLParser()
    parser.parse(page)
    return [f"{place}: {code} {values or ''}".rstrip() for place, code, values in parser.errors]


# accounts


def post(
    client: FlaskClient, page: str, address: str | None = None, *, headers: Any = None, **fields: str
) -> TestResponse:
    """Fill in a form of a page and send it, as a browser without scripts does."""
    token = token_of(client.get(page).text)
    return client.post(address or page, data={"csrf_token": token, **fields}, headers=headers)


def enter(client: FlaskClient, login: str = "trainee", password: str = PASSWORD, **fields: str) -> TestResponse:
    return post(client, "/sign-in", login=login, password=password, **fields)


def is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def cookie_token(client: FlaskClient) -> str | None:
    with client.session_transaction() as cookie:
        return cookie.get("token")


def invitation_token(client: FlaskClient) -> str:
    return str(re.findall(r'name="token" type="hidden" value="([\w-]{43})"', client.get("/people").text)[0])


def invitation_link(client: FlaskClient, people: People, role: str = "trainee", **fields: str) -> str:
    fields.setdefault("token", invitation_token(client))
    page = post(client, "/people", f"/organisations/{people.home}/invitations", role=role, **fields).text
    link = re.search(r"http://localhost(/invitation/[\w-]{43})<", page)
    assert link
    return link[1]


# labs


def bench(desk: Desk, **args: str | int) -> str:
    query = "&".join(f"{name}={value}" for name, value in args.items())
    return f"/attempts/{desk.attempt_id}" + (f"?{query}" if query else "")


def send(client: FlaskClient, page: str, button: str, **fields: object) -> TestResponse:
    """Press a button of a page: its form's address, the page's token and request key, and what was typed."""
    text = client.get(page).text
    addresses = [unescape(found) for found in re.findall(r'(?:form)?action="([^"]+)"', text)]
    address = next(one for one in addresses if one.split("?")[0].endswith(button))
    key = re.search(r'name="request_key" value="([^"]+)"', text)
    seen = re.search(r'name="seen" value="(\d+)"', text)
    hidden = {"request_key": key[1], "seen": seen[1]} if key and seen else {}
    data = {"csrf_token": token_of(text), **hidden, **fields}
    return client.post(address, data=data)
