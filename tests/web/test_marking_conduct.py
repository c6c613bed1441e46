"""The reason of a decision at a machine: from the hand-over over the marker's page to the trainee's points."""

import re
from html import unescape
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.unit.labs import test_live as own_images
from tests.unit.labs.conftest import LAB
from tests.unit.labs.test_live import Bench
from tests.web.conftest import Clients, html_errors
from tests.web.test_marking_rounds import press
from training.evidence import own
from training.grading.conduct import ACCOUNT, ConductVerdict
from training.grading.conduct.verdict import (
    DecisionsSaid,
    Duty,
    FootprintSaid,
    ForkSaid,
    NotesSaid,
    OrderSaid,
    StepSaid,
)
from training.labs.models import Finding
from training.labs.service import live, reasons
from training.marking.models.rounds import Piece
from training.marking.service import overrides

FORKS = """\
  forks:
    - {id: power, ask: Does it stay on?, options: [{id: "on", text: Yes}, {id: "off", text: No}]}
    - id: link
      ask: What happens with the link?
      options: [{id: leave, text: It is left}, {id: cut, text: It is cut}]
      rubric:
        - {id: reason, text: Are the costs named?, levels: [no, of one way, of both ways]}
"""
REASON = "It is cut: the share is being emptied, and what he answers with is lost in memory too."


bench = own_images.bench


@pytest.fixture(autouse=True)
def _with_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second decision of the live lab has a rubric."""
    monkeypatch.setattr(own_images, "LIVE", own_images.LIVE + FORKS)


def handed_over(bench: Bench, *, measured: bool = True) -> tuple[UUID, str]:
    """An image that was handed over, with what grading says before a marker has read anything."""
    sha256 = bench.take()
    attempt = bench.hand_over(sha256)
    forks = (
        ForkSaid(id="power", text="Does it stay on?", share=0.0, says="Nothing was decided here."),
        ForkSaid(
            id="link", text="What happens with the link?", choice="It is cut", share=1.0, says="In time.", waits=True
        ),
    )
    verdict = ConductVerdict(
        share=0.5,
        parts=(),
        order=OrderSaid(share=1.0, steps=(StepSaid(id="memory", text="Memory was acquired", place=1, kept=True),)),
        footprint=FootprintSaid(share=0.5, dimensions=()),
        notes=NotesSaid(share=1.0, complete=1.0, true=1.0, duties=(Duty(text="A remark", met=True),)),
        decisions=DecisionsSaid(share=0.5, forks=forks),
        care=1.0,
        measured=measured,
        waiting=("a marker",),
    )
    texts = {"link": REASON, "power": "on: no rubric, so nobody reads it"}
    texts |= {} if measured else {ACCOUNT: "1  ps -e  (exit 0)"}
    with bench.rooms.store.writing() as session:
        live.note_conduct(session, sha256, verdict)
        for _ in range(2):  # a server that was killed in between does it again
            reasons.hand(session, bench.rooms.settings.instance, attempt, texts, bench.rooms.clock())
    return attempt, sha256


def marked_in_the_browser(bench: Bench, client: FlaskClient, name: str, **level: str) -> None:
    """Open a round over it, mark its only piece, release it."""
    listed = client.get("/marking/rounds")
    assert html_errors(listed.text) == []
    links = [unescape(one) for one in re.findall(r'href="(/marking/rounds\?[^"]+)"', listed.text)]
    [link] = [one for one in links if f"question={name}" in one]
    page = client.get(link).text
    assert html_errors(page) == []
    hidden = {key: re.search(rf'name="{key}" value="([^"]+)"', page) for key in ("organisation", "release", "question")}
    about = {key: one[1] for key, one in hidden.items() if one}
    made = press(client, link, "/marking/rounds", marker=str(bench.people["instructor"]), per_piece="1", **about)
    assert made.status_code == 303
    with bench.rooms.store.reading() as session:
        finding = session.scalars(select(Finding.id).filter_by(question=name)).one()
        piece = session.scalars(select(Piece.id).filter_by(finding_id=finding)).one()
    shown = client.get(f"/marking/pieces/{piece}").text
    assert html_errors(shown) == []
    assert (REASON if name == "decision_2" else "ps -e") in unescape(shown)
    assert client.get(made.location).status_code == 200
    given = press(client, f"/marking/pieces/{piece}", comment="The cost of leaving it is missing.", **level)
    assert given.status_code == 303
    assert press(client, made.location, f"{made.location}/release").status_code == 303


def share_of(bench: Bench, sha256: str) -> tuple[float, bool]:
    with bench.rooms.store.reading() as session:
        said = ConductVerdict.model_validate(own.demand(session, sha256).conduct)
    return said.share, said.provisional


def test_the_reason_of_a_decision_is_marked_and_counts(bench: Bench, clients: Clients) -> None:
    attempt, sha256 = handed_over(bench)
    waits = f"/attempts/{attempt}"
    assert "(a marker decides on a part)" in clients["trainee"].get(waits).text
    client = clients["instructor"]
    assert "What happens with the link?" in client.get("/marking/rounds").text
    with bench.rooms.store.reading() as session:
        finding = session.scalars(select(Finding).filter_by(attempt_id=attempt)).one()
    assert (finding.question, finding.value, finding.judged) == ("decision_2", REASON, False)
    marked_in_the_browser(bench, client, "decision_2", level_reason="1")
    # order 0.35, footprint 0.2 x 0.5, notes 0.15, decisions 0.1 x (0 + (1 + 0.5) / 2) / 2, care 0.2
    share, provisional = share_of(bench, sha256)
    assert share == pytest.approx(0.35 + 0.1 + 0.15 + 0.1 * 0.375 + 0.2)
    assert not provisional
    mine = clients["trainee"].get(waits).text
    assert "conduct 84 percent" in mine
    assert "(a marker decides on a part)" not in mine
    assert "decision_2" not in mine, "it is no question of the lab"
    result = clients["instructor"].get(f"/results/{attempt}").text
    assert "conduct 84 percent" in result


def test_a_later_decision_by_hand_counts_and_goes_again(bench: Bench, clients: Clients) -> None:
    _, sha256 = handed_over(bench)
    marked_in_the_browser(bench, clients["instructor"], "decision_2", level_reason="0")
    before = share_of(bench, sha256)
    with bench.rooms.store.writing() as session:
        finding = session.scalars(select(Finding).filter_by(question="decision_2")).one()
        case = bench.case(session, finding.attempt_id)
        overrides.override(
            session, case, finding, 1.0, "Both costs are named.", 1, bench.people["instructor"], bench.rooms.clock()
        )
    after = share_of(bench, sha256)
    assert after[0] == pytest.approx(before[0] + 0.1 * 0.5 / 2)


def test_where_the_account_is_missing_a_marker_reads_the_lines(bench: Bench, clients: Clients) -> None:
    _, sha256 = handed_over(bench, measured=False)
    marked_in_the_browser(bench, clients["instructor"], "decision_2", level_reason="2")
    assert share_of(bench, sha256)[1], "the record is still to be read"
    marked_in_the_browser(bench, clients["instructor"], "account", level_care="2")
    share, provisional = share_of(bench, sha256)
    assert not provisional
    assert share == pytest.approx(0.35 + 0.2 * 0.75 + 0.15 + 0.1 * 0.5 + 0.2)


def test_nobody_answers_it_as_a_question(bench: Bench, clients: Clients) -> None:
    attempt, _ = handed_over(bench)
    page = f"/attempts/{attempt}?question=q1"
    sent = press(
        clients["trainee"],
        page,
        f"/attempts/{attempt}/findings",
        question="decision_2",
        value="mine",
        bare="1",
        request_key="0" * 32,
    )
    assert sent.status_code == 404
    with bench.rooms.store.reading() as session:
        assert session.scalars(select(Finding.value).filter_by(question="decision_2")).all() == [REASON]


def test_the_pages_around_it_take_it(bench: Bench, clients: Clients) -> None:
    attempt, _ = handed_over(bench)
    marked_in_the_browser(bench, clients["instructor"], "decision_2", level_reason="1")
    for who, page in (
        ("trainee", "/"),
        ("trainee", f"/attempts/{attempt}/replay"),
        ("trainee", f"/attempts/{attempt}/appeals"),
        ("trainee", f"/labs/{LAB}"),
        ("instructor", f"/results/{attempt}"),
        ("instructor", "/marking"),
        ("instructor", "/results"),
        ("instructor", f"/marking/findings/{_finding(bench)}"),
    ):
        answer = clients[who].get(page)
        assert answer.status_code == 200, page
        assert html_errors(answer.text) == [], page


def _finding(bench: Bench) -> UUID:
    with bench.rooms.store.reading() as session:
        return session.scalars(select(Finding.id).filter_by(question="decision_2")).one()
