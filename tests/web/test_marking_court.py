"""The court view, all the way: a trainee answers in free text, two people mark it, and the trainee reads the level."""

import re
from collections.abc import Callable
from html import unescape
from typing import cast
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import SEALED, Clock, People
from tests.unit.labs.conftest import LAB, Desk
from tests.unit.labs.test_findings import answer, prove
from tests.web.conftest import Clients, SignInAs, bench, html_errors, post, send
from tests.web.test_labs_assignments import set_lab
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.labs.service import findings

TEXT = "The rows name a session of root.\nThey name no <b>person</b>."
MODEL = "The rows name a session, not a person."
PLUGIN = "linux.psaux"


@pytest.fixture
def second(desk: Desk, people: People, sign_in: SignInAs, clock: Clock) -> FlaskClient:
    """Another instructor of the organisation."""
    with desk.rooms.store.writing() as session:
        made = accounts.make_person(
            session, login="second", name="Second", sealed=SEALED, home=people.home, role=Role.INSTRUCTOR, now=clock()
        )
        cast("dict[str, UUID]", people.ids)["second"] = made.id
    return sign_in("second")


def submit(client: FlaskClient, desk: Desk, question: str, text: str, **fields: object) -> TestResponse:
    return send(client, bench(desk, question=question), "/findings", value=text, **fields)


def shown(client: FlaskClient, page: str) -> str:
    """The words of a page that has no mistake in its HTML."""
    text = client.get(page).text
    assert html_errors(text) == []
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_the_court_asks_at_the_end_of_the_list_and_says_what_is_looked_at(clients: Clients, desk: Desk) -> None:
    words = shown(clients["trainee"], bench(desk, question="q13"))
    assert "Question 13 Court still worth 4 of 4 Who typed these lines?" in words
    for level in desk.question("q13").rubric[0].levels:
        assert level in words
    for by in ("Defence An accident?", "Prosecution Did the download work?", "Court Who typed?"):
        assert by in words
    assert "1 text can be submitted. People mark it, without your name; it can't be changed afterwards." in words
    assert MODEL not in words
    assert "How sure are you?" not in words


def test_an_answer_without_a_row_is_asked_about_once_and_one_text_is_all(clients: Clients, desk: Desk) -> None:
    trainee, page = clients["trainee"], bench(desk, question="q13")
    asked = submit(trainee, desk, "q13", TEXT)
    assert asked.status_code == 422
    assert "Nothing is cited for this answer" in asked.text
    assert html_errors(asked.text) == []
    assert desk.progress("q13").findings == ()
    assert submit(trainee, desk, "q13", TEXT, bare="1").status_code == 303
    assert "The rows name a session of root." in shown(trainee, page)
    assert 'id="answer"' not in trainee.get(page).text
    again = post(
        trainee, page, f"{bench(desk)}/findings?question=q13", value="Another.", request_key="12345678", bare="1"
    )
    assert again.status_code == 429


def test_a_court_answer_is_marked_by_two_and_read_by_its_trainee(
    clients: Clients, desk_of: Callable[[str], Desk], second: FlaskClient, people: People
) -> None:
    trainee, instructor = clients["trainee"], clients["instructor"]
    desks = {name: desk_of(name) for name in ("trainee", "colleague")}
    page = bench(desks["trainee"], question="q13")
    for name, desk in desks.items():
        cited = desk.cite(PLUGIN, 1)
        assert submit(clients[name], desk, "q13", f"{TEXT}\nSo says row {len(name)}.", cited=cited).status_code == 303
    waits = shown(trainee, page)
    assert "Kept for a marker" in waits
    assert "Score 0 of 105 (4 awaited)" in waits
    assert MODEL not in waits
    assert "A model answer is shown when the attempt is closed." in waits
    assert "0 / 105 (4 awaited)" in shown(instructor, "/results")

    opened = _open_round(instructor, [people["instructor"], people["second"]])
    for client, level in ((instructor, "2"), (second, "3")):
        for piece in _pieces(client, opened):
            words = shown(client, piece)
            assert "They name no <b>person</b>." in words
            assert re.search(rf"C1 {PLUGIN} run \d+ row 1 .*PID \d+", words), "the cited row is there to be read"
            assert MODEL in words, "a marker sees the model answer"
            assert [who for who in ("Trainee", "Colleague") if who in words.replace("for the trainee", "")] == []
            assert post(client, piece, **{"level-court": level}, comment=f"Level {level}.").status_code == 303
    assert "no final mark" in shown(instructor, opened), "they are one level apart"
    for piece in _pieces(second, opened):
        assert "You are one level apart" in shown(second, piece)
        assert post(second, piece, f"{piece}/settle", take="court").status_code == 303
    assert "0 of 105" in shown(trainee, page).replace("Score 0", "0"), "nothing counts before the release"
    assert post(instructor, opened, f"{opened}/release").status_code == 303

    marked = shown(trainee, page)
    assert "level 2 of 3, correct, one of the three is missing" in marked
    assert "Level 2." in marked
    assert "Points added by this finding: 2.67." in marked
    assert "Score 2.67 of 105" in marked
    assert "awaited" not in marked
    assert MODEL not in marked, "the attempt is open still"
    assert send(trainee, bench(desks["trainee"]), "/close").status_code == 303
    closed = shown(trainee, page)
    assert MODEL in closed
    assert "level 2 of 3" in closed
    assert "2.67 of 105" in closed


def test_what_waits_for_a_marker_leaves_open_whether_an_attempt_passes(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    for name in ("q1", "q2", "q3", "q4", "q5", "q6"):
        desk.submit(name, answer(desk, name), prove(desk, name))
    assert submit(trainee, desk, "q13", TEXT, bare="1").status_code == 303
    assert send(trainee, bench(desk), "/close").status_code == 303
    assert "60 / 105 (4 awaited)" in shown(trainee, f"/labs/{LAB}")
    assert "a marker decides" in shown(clients["instructor"], "/results")
    with desk.rooms.store.reading() as session:
        found = findings.progress_of_all(session, desk.case(session))
    assert (findings.score(found), findings.awaited(found)) == (60, 4)


def test_an_examination_keeps_the_model_answer_until_its_release(
    clients: Clients, desk_of: Callable[[str], Desk]
) -> None:
    here = set_lab(clients)
    desk, trainee = desk_of("trainee"), clients["trainee"]
    page = bench(desk, question="q13")
    assert submit(trainee, desk, "q13", TEXT, bare="1").status_code == 303
    for ended in (False, True):
        if ended:
            assert send(trainee, bench(desk), "/close").status_code == 303
        words = shown(trainee, page)
        assert "Received" in words
        assert "They name no <b>person</b>." in words, "one's own text can be read"
        assert [one for one in (MODEL, "awaited", "Kept for a marker") if one in words] == []
    assert send(clients["instructor"], here, "/release", sure="1").status_code == 303
    words = shown(trainee, page)
    assert MODEL in words
    assert "Score 0 of 105 (4 awaited)" in words


def _open_round(client: FlaskClient, markers: list[UUID]) -> str:
    link = re.search(r'href="(/marking/rounds\?[^"]+question=q13)"', client.get("/marking/rounds").text)
    assert link
    page = unescape(link[1])
    about = dict(one.split("=") for one in page.partition("?")[2].split("&"))
    assert "Court Who typed these lines?" in shown(client, page)
    token = client.get(page).text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    fields = {"csrf_token": token, "marker": [str(one) for one in markers], "per_piece": "2", "seed": "7", **about}
    made = client.post("/marking/rounds", data=fields)
    assert made.status_code == 303
    return str(made.location)


def _pieces(client: FlaskClient, opened: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r'href="(/marking/pieces/[0-9a-f-]+)"', client.get(opened).text)))
