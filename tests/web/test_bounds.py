"""What is read of a request: bounded before it is parsed, narrowly for those who are not signed in."""

import re
import time
from io import BytesIO

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import Clock, People, token_of
from tests.web.conftest import Clients, enter, post
from training.accounts.kept import CARRIED
from training.web.bounds import FIELDS, MOST_FIELDS, STRANGER

FORM = "application/x-www-form-urlencoded"
BODIES = {
    "400,000 times the same field": b"&".join([b"a=1"] * 400_000),
    "200,000 fields": b"&".join(b"a%d=1" % number for number in range(200_000)),
    "as many escapes as fit": b"a=" + b"%41" * 500_000,
    "few bytes, many fields": b"&".join([b"a"] * 30_000),
}


def sent(client: FlaskClient, address: str, body: bytes, **headers: str) -> tuple[TestResponse, float]:
    """The answer to a body, and the seconds of processor that it took."""
    began = time.process_time()
    answer = client.post(address, data=body, content_type=FORM, headers=headers)
    return answer, time.process_time() - began


@pytest.mark.parametrize("name", BODIES)
def test_what_a_stranger_sends_costs_next_to_nothing(app: Flask, name: str) -> None:
    client = app.test_client()
    for address in ("/sign-in", "/certificates/check", "/join", "/appearance", "/account/password", "/nowhere"):
        sent(client, address, b"a=1" * 40_000)  # templates are compiled once
        spent = []
        for _ in range(3):  # the least of three: other work on the machine is none of this
            answer, seconds = sent(client, address, BODIES[name])
            spent.append(seconds)
        assert answer.status_code == 413, address
        assert min(spent) < 0.05, address


def test_the_refusal_is_a_page_in_the_language_of_the_reader(app: Flask) -> None:
    client = app.test_client()
    answer, _ = sent(client, "/sign-in", BODIES["200,000 fields"])
    assert "takes at most 64 KiB" in answer.text
    answer, _ = sent(client, "/sign-in", BODIES["few bytes, many fields"])
    assert "at most 2,000 are read" in answer.text
    answer, _ = sent(client, "/sign-in", BODIES["few bytes, many fields"], **{"Accept-Language": "ar"})
    assert 'lang="ar" dir="rtl"' in answer.text
    assert "are read" not in answer.text


def test_the_number_of_fields_is_exact(app: Flask) -> None:
    client = app.test_client()
    assert sent(client, "/join", b"&".join([b"a="] * (FIELDS + 1)))[0].status_code == 413
    assert sent(client, "/join", b"&".join([b"a="] * FIELDS))[0].status_code == 400  # read, and without a token


def test_an_address_is_bounded_like_a_form(app: Flask) -> None:
    client = app.test_client()
    client.get("/sign-in")
    began = time.process_time()
    answer = client.get("/sign-in", query_string="&".join(["a=1"] * (FIELDS + 1)))
    assert answer.status_code == 400
    assert time.process_time() - began < 0.05
    assert client.get("/sign-in", query_string="&".join(["a=1"] * FIELDS)).status_code == 200
    assert client.get("/sign-in", query_string="a=" + "b" * STRANGER).status_code == 400


def test_a_cookie_of_this_server_opens_more_at_the_door_and_nowhere_else_that_is_open(app: Flask) -> None:
    client = app.test_client()
    token = token_of(client.get("/sign-in").text).encode()

    def status(address: str, size: int) -> int:
        body = b"csrf_token=%b&login=x&password=y&code=&a=%b" % (token, b"b" * size)
        return sent(client, address, body)[0].status_code

    assert status("/sign-in", STRANGER) == 422  # read, and not the right password
    assert status("/sign-in", CARRIED) == 413
    assert status("/account/password", STRANGER) == 302  # read, for it may be a form that comes late
    assert status("/account/password", CARRIED) == 413
    assert status("/join", STRANGER) == 413
    assert status("/certificates/check", STRANGER) == 413


def test_files_still_come_in_where_they_are_asked_for(app: Flask) -> None:
    client = app.test_client()
    token = token_of(client.get("/certificates/check").text)
    files = {"csrf_token": token, "file": (BytesIO(b"%PDF-" + bytes(STRANGER * 4)), "paper.pdf")}
    answer = client.post("/certificates/check", data=files)
    assert answer.status_code == 200
    assert client.post("/join", data=files | {"file": (BytesIO(bytes(STRANGER)), "paper.pdf")}).status_code == 413


def test_a_person_may_send_the_largest_form_of_the_program(app: Flask, people: People) -> None:
    client = app.test_client()
    enter(client)
    token = token_of(client.get("/account").text)

    def status(fields: int) -> int:
        body = "&".join([f"csrf_token={token}", "theme=dark", *(f"a{number}=1" for number in range(fields - 2))])
        return sent(client, "/appearance", body.encode())[0].status_code

    assert status(MOST_FIELDS) == 303
    assert status(MOST_FIELDS + 1) == 413


def test_before_the_second_factor_one_sends_no_more_than_a_stranger(app: Flask, people: People, clock: Clock) -> None:
    client = app.test_client()
    enter(client)
    key = pyotp.TOTP(
        re.findall(r"[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}", client.get("/second-factor").text)[0].replace(" ", "")
    )
    assert post(client, "/second-factor", code=key.at(clock())).status_code == 303
    half = app.test_client()
    enter(half)
    token = token_of(half.get("/second-factor").text)

    def status(*more: str) -> int:
        body = "&".join([f"csrf_token={token}", "code=0", *more])
        return sent(half, "/second-factor", body.encode())[0].status_code

    assert status(*["a=1"] * (FIELDS - 2)) == 422  # read, and not the right code
    assert status(*["a=1"] * (FIELDS - 1)) == 413
    assert status("a=" + "b" * CARRIED) == 413


def test_files_to_be_compared_are_counted_for_each_address_before_they_are_read(app: Flask, clients: Clients) -> None:
    client = app.test_client()
    statuses = [sent(client, "/certificates/check", b"a=1")[0].status_code for _ in range(61)]
    assert (statuses[0], statuses[-1]) == (400, 429)
    assert client.get("/certificates/check").status_code == 200
    assert enter(client).status_code == 303  # and nobody is shut out of anything else by it
