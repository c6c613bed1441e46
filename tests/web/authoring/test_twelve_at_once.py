"""Twelve people save one file at the same moment, from one base, on a real server: each is answered, all is kept."""

import re
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest

from tests.conftest import token_of
from tests.runwide import Founded
from training.operating.tour.server import Server

PEOPLE = 12
HOME = "/authoring/course/twelve"
INDEX = "01-first-module/index.md"
FILE = f"{HOME}/files/{INDEX}"


@pytest.fixture
def server(founded: Founded, tmp_path: Path) -> Iterator[Server]:
    made = founded.server(tmp_path / "instance")
    made.start()
    yield made
    made.kill()


def said(opener: OpenerDirector, address: str, **form: str) -> tuple[int, str]:
    try:
        with opener.open(address, urlencode(form).encode() if form else None, timeout=120) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as bad:
        return bad.code, bad.read().decode()


def entered(server: Server) -> OpenerDirector:
    opener = build_opener(HTTPCookieProcessor(CookieJar()))
    token = token_of(said(opener, f"{server.url}/sign-in")[1])
    given = {"login": "instructor", "password": server.passwords["instructor"], "csrf_token": token}
    assert said(opener, f"{server.url}/sign-in", **given)[0] == 200
    return opener


def typed(page: str) -> str:
    found = re.search(r'<textarea id="src"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert found, page[:2_000]
    return unescape(found[1])


def test_twelve_who_save_at_once_are_all_answered_and_nothing_is_lost(server: Server) -> None:
    people = [entered(server) for _ in range(PEOPLE)]
    first = people[0]
    token = token_of(said(first, f"{server.url}/authoring")[1])
    new = {"course": "twelve", "title": "Twelve", "language": "en", "number": "50", "csrf_token": token}
    assert said(first, f"{server.url}/authoring/courses", **new)[0] == 200
    begun = said(first, f"{server.url}{FILE}")[1]
    long = "\n".join([typed(begun), *(f"A line of the text, number {number}.\n" for number in range(9 * PEOPLE))])
    form = {"csrf_token": token, "base": "1", "do": "save", "text": long}
    assert said(first, f"{server.url}{FILE}", **form)[0] == 200
    together = threading.Barrier(PEOPLE, timeout=100)

    def save(number: int) -> tuple[int, str]:
        together.wait()
        status, page = said(people[number], f"{server.url}{FILE}")
        assert status == 200, page[:500]
        base = re.search(r'name="base" value="([0-9]+)"', page)
        assert base
        lines = typed(page).split("\n")
        lines[-5 - 9 * number : -5 - 9 * number] = [f"Person {number} was here."]
        together.wait()
        form = {"csrf_token": token_of(page), "base": base[1], "do": "save", "text": "\n".join(lines)}
        return said(people[number], f"{server.url}{FILE}", **form)

    with ThreadPoolExecutor(PEOPLE) as pool:
        answers = list(pool.map(save, range(PEOPLE)))
    assert Counter(status for status, _ in answers).keys() <= {200, 409}
    history = said(first, f"{server.url}{HOME}/history/{INDEX}")[1]
    now = typed(said(first, f"{server.url}{FILE}")[1])
    for number, (status, page) in enumerate(answers):
        mine = f"Person {number} was here."
        assert mine in (typed(page) if status == 409 else now), "kept, or given back beside what was saved meanwhile"
    assert history.count("<tr") >= PEOPLE or history.count("<li") >= PEOPLE
