"""The workbench in Arabic: what grading and services say is said in the reader's language, whole.

A catalogue of the test translates every string, letter by letter: a word in Latin letters that is neither typed nor the
author's nor the exhibit's was said past the catalogue, or was put together of pieces that it does not know.
"""

import re
from html import unescape

import html5lib
import pytest
from flask.testing import FlaskClient
from flask_babel import Domain
from sqlalchemy import select

from tests.unit.labs.conftest import LAB, Desk
from tests.unit.labs.test_findings import answer, prove
from tests.web.conftest import Clients, bench, send
from training.analysis.models import Run
from training.labs.models import AttemptCommand, Finding
from training.web import language

PLACE = re.compile(r"(%\([a-z_0-9]+\)[sd]|%%)")
ALEF = "\N{ARABIC LETTER ALEF}"


class Catalogue:
    """Every string is translated: its letters become one Arabic letter, its places stay."""

    def ugettext(self, text: str) -> str:
        """As gettext looks for a string."""
        return "".join(part if PLACE.fullmatch(part) else re.sub("[A-Za-z]", ALEF, part) for part in PLACE.split(text))

    def ungettext(self, one: str, many: str, num: int) -> str:
        """The same for what is counted."""
        return self.ugettext(one if num == 1 else many)


@pytest.fixture
def trainee(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Somebody who reads the language of this catalogue."""
    monkeypatch.setattr(Domain, "get_translations", lambda _domain: Catalogue())  # for views
    monkeypatch.setattr(language, "_load", lambda _language: Catalogue())  # for templates
    return clients["trainee"]


def latin(page: str, mark: str) -> set[str]:
    """Words in Latin letters in the part of a page with this id; no evidence, and nothing that was typed."""
    parts = [one for one in html5lib.parse(page, namespaceHTMLElements=False).iter() if one.get("id") == mark]
    assert parts, f"no {mark}: {page}"
    assert ALEF in "".join(parts[0].itertext())
    for one in parts[0].iter("bdi"):
        if one.get("class") or one.get("dir") == "ltr":
            one.clear()
    return set(re.findall("(?<![0-9A-Za-z])[A-Za-z]{2,}", "".join(parts[0].itertext())))


def test_a_refusal_and_a_reading_are_told_whole(trainee: FlaskClient, desk: Desk) -> None:
    assert latin(send(trainee, bench(desk, question="q9"), "/findings", value="203.0.113.9").text, "read") == set()
    assert latin(send(trainee, bench(desk, question="q1"), "/check", value="0x91").text, "read") == set()
    assert latin(send(trainee, bench(desk, question="q1"), "/check", value="init").text, "read") == {"init"}


def test_a_verdict_is_told_whole(trainee: FlaskClient, desk: Desk) -> None:
    here = bench(desk, question="q1")
    done = send(trainee, here, "/findings", value="4000000", bare="1")
    assert latin(trainee.get(done.location).text, "verdict") == set()
    again = send(trainee, here, "/findings", value="4000000", bare="1")
    assert (again.status_code, latin(again.text, "read")) == (409, set())


def test_the_author_speaks_in_a_direction_of_their_own(trainee: FlaskClient, desk: Desk) -> None:
    mistake = desk.question("q1").mistakes[0]
    done = send(trainee, bench(desk, question="q1"), "/findings", value="3", bare="1")
    page = unescape(trainee.get(done.location).text)
    assert re.search(
        rf'<p class="lines"><bdi class="words" dir="auto">{re.escape(mistake.say.strip())}\s*</bdi></p>', page
    )


def test_what_was_right_and_how_it_rests_is_told_whole(trainee: FlaskClient, desk: Desk) -> None:
    desk.submit("q1", hex(int(answer(desk, "q1"))), prove(desk, "q1")[:1])
    page = trainee.get(bench(desk, question="q1")).text
    assert latin(page, "verdict") == set()
    with desk.rooms.store.reading() as session:
        verdict = session.scalars(select(Finding)).one().verdict
    assert verdict["notes"]
    assert verdict["next"]["with"]["part0"] == {"say": "Cite an independent second source as well."}


def test_a_command_line_that_refuses_is_told_whole_then_and_later(trainee: FlaskClient, desk: Desk) -> None:
    refused = send(trainee, bench(desk), "/runs", command="linux.pslist --pid x")
    assert (refused.status_code, latin(refused.text, "cmd-said")) == (422, {"pid"})
    with desk.rooms.store.reading() as session:
        kept = session.scalars(select(AttemptCommand)).one().answer
    assert kept == "The option --pid needs a whole number, not 'x'. Several are separated by spaces."
    later = trainee.get(f"{bench(desk)}/history").text
    assert ALEF in later
    assert "needs a whole number" not in later


def test_notes_of_the_command_line_and_views_are_told(trainee: FlaskClient, desk: Desk) -> None:
    page = trainee.get(send(trainee, bench(desk), "/runs", command="psaux -q").location).text
    assert "was ignored" not in page
    assert re.search(f"-q {ALEF}+ {ALEF}+: ", page)
    views = trainee.get(f"{bench(desk)}/compare/processes").text
    assert "the list that links all tasks" not in views
    assert len(re.findall(f"<td>{ALEF}+ {ALEF}+ {ALEF}+ {ALEF}+ {ALEF}+ {ALEF}+</td>", views)) >= 1


def test_what_the_author_wrote_in_english_keeps_its_order_between_arabic_words(
    trainee: FlaskClient, clients: Clients, desk: Desk
) -> None:
    title, question = desk.lab.title, desk.question("q1")
    pages = {path: unescape(trainee.get(path).text) for path in (bench(desk, question="q1"), f"/labs/{LAB}", "/")}
    result = unescape(clients["instructor"].get(f"/results/{desk.attempt_id}").text)
    assert [path for path, page in pages.items() if f'<span dir="auto">{title}</span>' not in page] == []
    assert f'<span dir="auto">{title}</span>' in result
    for page in (pages[bench(desk, question="q1")], result):
        assert f'<span dir="auto">{question.text}</span>' in page
    assert re.search(r'<span class="num">\d+ MiB</span>', pages[bench(desk, question="q1")])
    assert '<span class="num">0 / 105</span>' in pages["/"]


def test_rows_are_counted_with_separators(clients: Clients, desk: Desk) -> None:
    prove(desk, "q1")
    with desk.rooms.store.writing() as session:
        for run in session.scalars(select(Run)):
            run.rows = 1472
    assert '<td class="n">1,472</td>' in clients["instructor"].get(f"/results/{desk.attempt_id}").text
