"""Findings: what is typed, read, asked back, submitted and told."""

import re
from html import unescape

import pytest
from flask import Flask

from tests.conftest import token_of
from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import NAMES, answer, prove
from tests.web.conftest import Clients, bench, html_errors, send
from training.labs.models import Finding


def test_a_finding_that_can_not_be_read_costs_nothing_and_stays_in_the_field(clients: Clients, desk: Desk) -> None:
    answer = send(clients["trainee"], bench(desk, question="q9"), "/findings", value="203.0.113.9")
    assert answer.status_code == 422
    assert "The port is missing" in answer.text
    assert "address:port" in answer.text
    assert 'value="203.0.113.9"' in answer.text
    assert "5 tries left" in answer.text


def test_pressed_twice_is_one_finding_and_other_text_is_a_conflict(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    page = trainee.get(bench(desk, question="q1")).text
    key = re.search(r'name="request_key" value="([^"]+)"', page)
    assert key
    form = {"csrf_token": token_of(page), "request_key": key[1], "value": "3", "bare": "1"}
    address = f"/attempts/{desk.attempt_id}/findings?question=q1"
    assert [trainee.post(address, data=form).status_code for _ in range(2)] == [303, 303]
    other = trainee.post(address, data={**form, "value": "77"})
    assert other.status_code == 409
    assert "&#39;3&#39; was submitted" in other.text
    assert 'value="77"' in other.text
    assert len(desk.progress("q1").findings) == 1


def test_nothing_cited_is_asked_back_before_a_try_is_spent(clients: Clients, desk: Desk) -> None:
    trainee, here = clients["trainee"], bench(desk, question="q1")
    asked = send(trainee, here, "/findings", value="3")
    assert asked.status_code == 422
    assert "Nothing is cited for this finding: it would earn nothing." in asked.text
    assert 'name="bare" value="1">Submit without proof' in asked.text
    assert 'value="3"' in trainee.get(here).text, "kept as a draft"
    assert "5 tries left" in asked.text
    assert html_errors(asked.text) == []
    assert send(trainee, here, "/findings", value="3", bare="1").status_code == 303
    again = send(trainee, here, "/findings", value="3", bare="1")
    assert again.status_code == 409
    assert "You submitted exactly this at try 1; nothing was spent." in again.text
    assert "4 tries left" in again.text


def test_a_page_in_another_tab_submits_nothing_and_keeps_its_text(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    page = trainee.get(bench(desk, question="q1")).text
    desk.submit("q1", "3")
    old = {"csrf_token": token_of(page), "request_key": "from-another-tab", "seen": "0", "value": "77", "bare": "1"}
    late = trainee.post(f"/attempts/{desk.attempt_id}/findings?question=q1", data=old)
    assert late.status_code == 409
    assert "This question has changed since you opened it (another tab?); nothing was submitted" in late.text
    assert 'value="77"' in late.text
    assert 'name="seen" value="1"' in late.text
    assert html_errors(late.text) == []


def test_an_old_verdict_is_folded_below_a_new_reading(clients: Clients, desk: Desk) -> None:
    desk.submit("q1", "3")
    shown = clients["trainee"].get(bench(desk, question="q1")).text
    assert "Verdict at try 1" not in shown
    checked = send(clients["trainee"], bench(desk, question="q1"), "/check", value="4").text
    assert "<summary>Verdict at try 1</summary>" in checked
    assert "It is read as" in checked


def test_a_sequence_is_chosen_and_told_in_sentences(clients: Clients, desk: Desk) -> None:
    trainee, here = clients["trainee"], bench(desk, question="q10")
    steps = ["1:fetch", "2:start", "3:archive"]
    checked = send(trainee, here, "/check", step=steps).text
    assert "<li>The program was fetched</li>" in checked
    assert '<option value="2:start" selected>2</option>' in checked
    shared = send(trainee, here, "/findings", step=["1:fetch", "1:start"])
    assert shared.status_code == 422
    assert "Two steps have the same place." in shared.text
    assert '<option value="1:start" selected>1</option>' in shared.text
    done = trainee.get(send(trainee, here, "/findings", step=steps, bare="1").location).text
    assert "<li>The disguised process was started</li>" in done
    assert "fetch &gt; start" not in done
    assert html_errors(done) == []


def test_a_draft_keeps_itself_and_the_hint_shows_its_price_first(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    page = trainee.get(bench(desk, question="q1")).text
    assert "Hint 1 of 2: costs 2" in page
    hint = desk.question("q1").hints[0].text
    assert hint[:30] not in page
    form = {"csrf_token": token_of(page), "value": "14"}
    kept = trainee.post(f"/attempts/{desk.attempt_id}/draft?question=q1", data=form)
    assert kept.status_code == 204
    opened = send(trainee, bench(desk, question="q1"), "/hints", hint="1", value="145")
    after = trainee.get(opened.location).text
    assert hint[:30] in after
    assert 'value="145"' in after
    assert "Hint 2 of 2" in after


@pytest.mark.parametrize("name", NAMES)
def test_every_question_has_a_valid_page_before_and_after_a_finding(clients: Clients, desk: Desk, name: str) -> None:
    assert html_errors(clients["trainee"].get(bench(desk, question=name)).text) == []
    desk.submit(name, answer(desk, name), prove(desk, name))
    page = clients["trainee"].get(bench(desk, question=name)).text
    assert html_errors(page) == []
    assert "Right and proven" in page
    assert desk.question(name).after[:40] in unescape(page)


def test_findings_survive_a_new_application_on_the_same_files(desk: Desk, app: Flask) -> None:
    desk.submit("q1", "3")
    with desk.rooms.store.reading() as session:
        assert [one.value for one in session.query(Finding)] == ["3"]
    assert desk.progress("q1").standing.tries == 1


def _hint_button(page: str) -> str:
    found = re.search(r'name="hint"[^>]*>([^<]+)</button>', page)
    return found[1] if found else ""


def test_a_hint_costs_at_most_what_is_left_and_its_button_says_so(clients: Clients, desk: Desk) -> None:
    trainee, here = clients["trainee"], bench(desk, question="q1")
    assert _hint_button(trainee.get(here).text) == "Hint 1 of 2: costs 2"
    desk.submit("q1", "3")
    desk.submit("q1", answer(desk, "q1"), prove(desk, "q1")[:1])
    page = trainee.get(here).text
    assert 'still worth <b class="num">1.5</b>' in " ".join(page.split()).replace("<span>", "")
    assert _hint_button(page) == "Hint 1 of 2: costs all that is left: 1.5"
    before = desk.progress("q1")
    send(trainee, here, "/hints", hint="1")
    after = desk.progress("q1")
    assert before.standing.worth - after.standing.worth == before.hint_costs == 1.5
    assert before.standing.points == after.standing.points
    assert _hint_button(trainee.get(here).text) == "Hint 2 of 2: free"
    assert after.hint_costs == 0
    send(trainee, here, "/hints", hint="2")
    assert desk.progress("q1").hint_costs == 0, "there is none any more"


def test_a_question_says_whether_an_independent_second_source_counts(clients: Clients, desk: Desk) -> None:
    counts, enough = "An independent second source counts for a quarter here.", "no further source counts."
    for name in NAMES:
        page = clients["trainee"].get(bench(desk, question=name)).text
        question = desk.question(name)
        asked = question.type != "written"
        assert (counts in page) is (asked and bool(question.corroboration)), name
        assert (enough in page) is (asked and not question.corroboration and bool(question.proof)), name


def _onward(page: str) -> tuple[str, str] | None:
    """The question that a verdict leads on to, and what its link says."""
    verdict = page[page.index('id="verdict"') :].partition('<form id="answer"')[0]
    found = re.search(r'<a href="\?question=(\w+)[^"]*#finding">(Next question: \d+.*?)</a>', verdict)
    return (found[1], " ".join(re.sub("<[^>]+>", "", found[2]).split())) if found else None


def test_a_verdict_leads_on_to_the_next_question_that_is_not_solved(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]

    def shown(name: str) -> str:
        page = trainee.get(bench(desk, question=name)).text
        assert html_errors(page) == []
        return page

    desk.submit("q1", "3")
    assert _onward(shown("q1")) is None, "it can be tried again"
    desk.submit("q1", answer(desk, "q1"), prove(desk, "q1"))
    assert _onward(shown("q1")) == ("q2", "Next question: 2 The file that it runs")
    desk.submit("q2", answer(desk, "q2"), prove(desk, "q2"))
    assert _onward(shown("q1")) == ("q3", "Next question: 3 Its ancestors")
    for number in range(5):
        desk.submit("q8", str(number + 90))
    assert _onward(shown("q8")) == ("q9", "Next question: 9 The remote end of its connection"), "no try is left"
    desk.submit("q13", "Whoever sat there.")
    assert _onward(shown("q13")) == ("q3", "Next question: 3 Its ancestors"), "none after it: the first of all"
    send(trainee, bench(desk), "/close")
    assert _onward(shown("q1")) is None, "nothing can be worked on"


def test_the_list_of_questions_calls_a_wrong_try_what_its_verdict_calls_it(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    desk.submit("q1", "3")
    desk.submit("q2", answer(desk, "q2"))
    page = trainee.get(bench(desk, question="q1")).text
    asked = page[page.index('id="asked"') :].partition("</ol>")[0]
    states = re.findall(r'<span class="st (\w+) ">.*?</svg>([^<]+)</span>', asked)
    assert states[:3] == [("bad", "Not right, 1 try"), ("bad", "Not proven, 1 try"), ("open", "Open")]
    for name, words in (("q1", "Not right"), ("q2", "Not proven")):
        told = trainee.get(bench(desk, question=name)).text
        assert f"<b>{words}</b>" in told[told.index('id="verdict"') :]
    sheet = clients["instructor"].get("/results").text
    cells = re.findall(r'<td class="(\w+)"><span class="st \w+ ">.*?</svg>([^<]+)</span>', sheet)
    assert cells[:3] == [("bad", "Not right"), ("bad", "Not proven"), ("open", "Open")]
    assert "Working" not in asked + sheet


@pytest.mark.parametrize("fields", [{}, {"value": "x"}, {"request_key": "no key"}])
def test_who_asks_is_looked_at_before_the_form(clients: Clients, desk: Desk, fields: dict[str, str]) -> None:
    address = f"/attempts/{desk.attempt_id}/findings?question=q1"
    for name, status in (("anonymous", 302), ("colleague", 404), ("stranger", 404)):
        client = clients[name]
        token = token_of(client.get("/sign-in").text if name == "anonymous" else client.get("/account").text)
        assert client.post(address, data={"csrf_token": token, **fields}).status_code == status, name
    nowhere = address.replace(str(desk.attempt_id), "01a21883-df88-752d-a02f-3a538bc6aa4e")
    token = token_of(clients["trainee"].get("/account").text)
    assert clients["trainee"].post(nowhere, data={"csrf_token": token, **fields}).status_code == 404
    assert clients["trainee"].post(address, data={"csrf_token": token, **fields}).status_code == 422
