"""The trainee's path through the workbench as a browser without scripts takes it, and what others may see of it."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from html import unescape
from pathlib import Path

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import token_of
from tests.unit.labs import conftest as at_work
from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import NAMES, answer, prove, wrong_value
from training.analysis import cards
from training.analysis.models import Run, State
from training.labs.models import Finding
from training.web.assets import FOLDER as STATIC

Clients = Mapping[str, FlaskClient]
answered, desk_of, desk = at_work.answered, at_work.desk_of, at_work.desk  # fixtures


FIELDS = {"command": "linux.psaux", "place": "1:0", "citation": "1", "hint": "1", "value": "1"}
TYPED = re.compile(r'(?s)<bdi.*?</bdi>|<textarea.*?</textarea>|value="[^"]*"')  # what the trainee typed, or the rows


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


def valid(page: str) -> None:
    parser = html5lib.HTMLParser(strict=True)
    parser.parse(page)
    assert parser.errors == []


def test_the_whole_path_without_a_script(clients: Clients, desk_of: Callable[[str], Desk]) -> None:
    trainee = clients["trainee"]
    listed = trainee.get("/labs")
    assert "The finance workstation" in listed.text
    desk = desk_of("trainee")
    assert "Go on with the lab" in trainee.get("/labs/finance-workstation").text
    page = trainee.get(bench(desk, question="q1"))
    assert (page.status_code, "Acquisition record" in page.text) == (200, True)
    ran = send(trainee, bench(desk, question="q1"), "/runs", command="vol -f exhibit.raw linux.psaux -r pretty")
    assert ran.status_code == 303
    assert "run=1" in ran.location
    shown = trainee.get(ran.location)
    assert "-r pretty: The page shows the rows as a table." in shown.text
    assert "Complete" in shown.text
    pid = answer(desk, "q1")
    found = trainee.get(bench(desk, question="q1", run=1, column="PID", text=pid))
    place = re.search(r'name="place" value="(1:\d+)"', found.text)
    assert place
    cited = send(trainee, bench(desk, question="q1", run=1), "/cite", place=place[1], value=pid)
    assert cited.status_code == 303
    after = trainee.get(bench(desk, question="q1", run=1)).text
    assert f'value="{pid}"' in after, "what was typed is kept while citing"
    assert re.search(r'name="cited" value="1" checked', after)
    checked = send(trainee, bench(desk, question="q1"), "/check", value=f"0x{int(pid):x}", cited="1")
    assert "It is read as" in checked.text
    assert f"Read as {pid} from hexadecimal" in checked.text
    done = send(trainee, bench(desk, question="q1"), "/findings", value=pid, cited="1")
    assert done.status_code == 303
    verdict = trainee.get(done.location).text
    assert "The value is right." in verdict
    assert "It rests on one source." in verdict
    assert "7.5" in verdict


def test_begin_opens_one_attempt_and_leads_back_to_it(clients: Clients, desk_of: Callable[[str], Desk]) -> None:
    desk_of("colleague")  # publishes the lab
    trainee = clients["trainee"]
    page = trainee.get("/labs/finance-workstation").text
    assert "Begin the lab" in page
    first = trainee.post("/labs/finance-workstation", data={"csrf_token": token_of(page)})
    again = trainee.post("/labs/finance-workstation", data={"csrf_token": token_of(page)})
    assert first.status_code == 303
    assert first.location == again.location
    assert trainee.get(first.location).status_code == 200


def test_a_command_that_is_not_understood_keeps_what_was_typed(clients: Clients, desk: Desk) -> None:
    answer = send(clients["trainee"], bench(desk), "/runs", command="linux.pslst --pid 1")
    assert answer.status_code == 422
    assert "linux.pslist" in answer.text
    assert 'value="linux.pslst --pid 1"' in answer.text
    refused = send(clients["trainee"], bench(desk), "/runs", command="linux.pslist --output-dir /etc")
    assert refused.status_code == 422
    assert "it writes files on this server" in refused.text


def test_the_plugin_picker_fills_the_command_line(clients: Clients, desk: Desk) -> None:
    page = clients["trainee"].get(bench(desk, plugin="linux.proc.Maps", pid="145")).text
    assert 'value="linux.proc.Maps --pid 145"' in page


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
    valid(asked.text)
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
    valid(late.text)


def test_a_cited_row_is_cited_again_for_another_question(clients: Clients, desk: Desk) -> None:
    trainee, row = clients["trainee"], desk.answered.find("linux.psaux", PID=1)
    desk.run("linux.psaux")
    send(trainee, bench(desk, question="q1", run=1), "/cite", place=f"1:{row}")
    mine = trainee.get(bench(desk, question="q1", run=1)).text
    assert f'value="1:{row}"' not in mine, "it is ticked already"
    ticked = re.search(r'name="cited" value="1" checked>(.*?)</label>', mine)
    assert ticked
    for part in ("C1", "linux.psaux", f"run 1 row {row}", "PID 1,", "ARGS "):
        assert part in ticked[1]
    other = trainee.get(bench(desk, question="q2", run=1)).text
    assert f'value="1:{row}"' in other
    assert "Other citations: 1" in other
    assert 'name="cited" value="1">' in other
    valid(other)
    send(trainee, bench(desk, question="q2", run=1), "/cite", place=f"1:{row}")
    again = trainee.get(bench(desk, question="q2", run=1)).text
    assert 'name="cited" value="1" checked' in again
    assert "Other citations" not in again
    assert 'id="c2"' not in again


def test_a_cited_row_is_escaped_and_clipped_beside_its_box(clients: Clients, desk: Desk) -> None:
    desk.run("linux.psaux")
    with desk.rooms.store.reading() as session:
        run = session.query(Run).filter_by(plugin="linux.psaux").one()
    _poison(desk.rooms.settings.instance / "results" / run.result_name, "<script>" + "x" * 500)
    send(clients["trainee"], bench(desk, question="q1", run=1), "/cite", place="1:0")
    page = clients["trainee"].get(bench(desk, question="q1", run="record")).text
    box = page[page.index('name="cited" value="1"') :].partition("</label>")[0]
    assert "&lt;script&gt;xxx" in box
    assert "x" * 60 not in box


def test_the_clock_of_the_capture_is_named(clients: Clients, desk: Desk) -> None:
    for page in ("/labs/finance-workstation", bench(desk)):
        assert "reference clock" in clients["trainee"].get(page).text
    assert re.search(r'run=record[^"]*">\(reference clock\)', clients["trainee"].get(bench(desk)).text)


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
    valid(done)


def test_the_record_and_the_open_run_stand_first_or_stay_in_sight(clients: Clients, desk: Desk) -> None:
    for plugin in ("linux.psaux", "linux.pslist", "linux.sockstat"):
        desk.run(plugin)
    page = clients["trainee"].get(bench(desk, run=2)).text
    tabs = re.search(r'(?s)<ul class="runs".*?</ul>', page)
    assert tabs
    assert re.findall(r'<li (?:id="run-(\d)"|class="(first)")', tabs[0]) == [("", "first"), *((n, "") for n in "321")]
    assert 'id="run-2" class="on"' in tabs[0]


def test_the_address_of_an_act_opened_as_a_page_leads_back(clients: Clients, desk: Desk) -> None:
    for act in ("runs", "cite", "uncite", "note", "draft", "check", "findings", "hints", "close"):
        back = clients["trainee"].get(f"/attempts/{desk.attempt_id}/{act}?question=q2")
        assert (back.status_code, back.location) == (303, f"/attempts/{desk.attempt_id}?question=q2"), act
        assert clients["stranger"].get(f"/attempts/{desk.attempt_id}/{act}").status_code == 404
    assert desk.progress("q1").findings == ()


def test_a_run_beyond_twice_its_typical_time_says_so(clients: Clients, desk: Desk) -> None:
    desk.run("linux.psaux")
    with desk.rooms.store.writing() as session:
        run = session.query(Run).filter_by(plugin="linux.psaux").one()
        run.state, run.ended_at = State.RUNNING, None
        run.started_at = desk.rooms.clock() - timedelta(minutes=30)
    page = clients["trainee"].get(bench(desk, run=1)).text
    assert "longer than usual" in page
    assert "It takes longer than usual." in page
    valid(page)


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


def test_a_note_stays_with_its_citation_and_a_citation_can_be_taken_out(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    desk.cite("linux.psaux", 0)
    send(trainee, bench(desk), "/note", citation="1", note="Parent of <b>all</b>")
    page = trainee.get(bench(desk)).text
    assert "Parent of &lt;b&gt;all&lt;/b&gt;" in page
    send(trainee, bench(desk), "/uncite", citation="1")
    assert 'id="c1"' not in trainee.get(bench(desk)).text


def test_the_entry_of_a_run_is_unchanged_until_something_happens(clients: Clients, desk: Desk) -> None:
    desk.run("linux.psaux")
    address = f"/attempts/{desk.attempt_id}/runs/1"
    first = clients["trainee"].get(address)
    assert first.headers["ETag"].startswith("W/")
    assert "Complete" in first.text
    again = clients["trainee"].get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert clients["stranger"].get(address).status_code == 404


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.PARTIAL, State.FAILED, State.KILLED])
def test_a_run_that_is_not_complete_says_so_and_can_not_be_cited(clients: Clients, desk: Desk, state: State) -> None:
    desk.run("linux.psaux")
    with desk.rooms.store.writing() as session:
        run = session.query(Run).filter_by(plugin="linux.psaux").one()
        run.state, run.reason = state, "Stopped at the time limit."
        run.ended_at = None if not state.ended else run.ended_at
        run.started_at = desk.rooms.clock()
    page = clients["trainee"].get(bench(desk, run=1)).text
    words = {"queued": "Queued", "running": "Running, ", "partial": "Partial", "failed": "Failed", "killed": "Killed"}
    assert words[state] in page
    assert ("Look again" in page) is (not state.ended)
    assert 'name="place" value="1:' not in page
    refused = send(clients["trainee"], bench(desk, run="record"), "/cite", place="1:0")
    assert refused.status_code == 422
    assert "only a complete run can support a finding" in refused.text
    valid(page)


def test_nobody_else_gets_at_an_attempt(clients: Clients, desk: Desk) -> None:
    desk.cite("linux.psaux", 0)
    places = ["", "/runs/1"]
    acts = ["runs", "cite", "uncite", "note", "draft", "check", "findings", "hints", "close"]
    for who in ("colleague", "stranger", "instructor", "host", "administrator", "other_instructor"):
        token = token_of(clients[who].get("/").text)
        got = [clients[who].get(f"/attempts/{desk.attempt_id}{place}").status_code for place in places]
        form = {"csrf_token": token, "request_key": "somebody-else", **FIELDS}
        addresses = [f"/attempts/{desk.attempt_id}/{act}?question=q1" for act in acts]
        sent = [clients[who].post(address, data=form).status_code for address in addresses]
        assert set(got + sent) == {404}, who
    assert clients["anonymous"].get(f"/attempts/{desk.attempt_id}").status_code == 302


def test_instructors_see_results_of_their_organisation_only(clients: Clients, desk_of: Callable[[str], Desk]) -> None:
    desk = desk_of("trainee")
    desk.submit("q1", "3")
    desk.submit("q1", answer(desk, "q1"), prove(desk, "q1"))
    page = clients["instructor"].get("/results")
    assert "Trainee" in page.text
    assert "8</b> / 95" in page.text
    assert "Release 1 of 20" in page.text
    assert page.text.count("Not begun") == 1, "the colleague"
    assert "Colleague" in page.text
    one = clients["instructor"].get(f"/results/{desk.attempt_id}")
    assert "<b>M-KTHR</b>: This is a genuine kernel thread.</p>" in one.text
    assert "Release 1 of 20" in one.text
    assert "linux.psaux" in one.text
    assert "kworker" in one.text, "the rows that were cited are shown"
    assert str(desk.attempt_id) not in clients["other_instructor"].get("/results").text
    assert clients["other_instructor"].get(f"/results/{desk.attempt_id}").status_code == 404
    assert clients["trainee"].get(f"/results/{desk.attempt_id}").status_code == 404
    assert clients["trainee"].get("/results").status_code == 404
    valid(page.text)
    valid(one.text)


def test_no_page_of_a_trainee_holds_an_answer_or_a_key(clients: Clients, desk: Desk) -> None:
    """Before any run is asked for, nothing that is served names what the questions ask for."""
    trainee = clients["trainee"]
    pages = [trainee.get(path).text for path in ("/labs", "/labs/finance-workstation", bench(desk))]
    pages += [trainee.get(bench(desk, question=name)).text for name in NAMES]
    for name in NAMES:
        for index in range(len(desk.question(name).mistakes)):
            value = wrong_value(desk, desk.question(name), index)
            if value and len(desk.progress(name).findings) < 4:
                desk.submit(name, value)
        pages.append(TYPED.sub("", trainee.get(bench(desk, question=name)).text))
    short = {"count", "sequence", "chain", "pid", "set"}  # numbers and words that stand in any page
    secret = [answer(desk, name) for name in NAMES if desk.question(name).type not in short]
    text = "\n".join(unescape(page) for page in pages)
    assert len(secret) == 5
    assert [one for one in secret if one in text] == []
    for word in ("truth.", "rows(&#34;", 'rows("', desk.lab.seals["finance-workstation-a"].sealed.truth):
        assert word not in text


def test_the_first_view_weighs_at_most_100_kib_and_is_valid(clients: Clients, desk: Desk) -> None:
    for plugin in ("linux.psaux", "linux.pslist", "linux.sockstat", "linux.proc.Maps", "linux.pagecache.Files"):
        desk.run(plugin)
    files = [STATIC / "engram.css", STATIC / "workbench.js"]
    shared = sum(file.stat().st_size for file in files)
    for number in range(1, 6):
        page = clients["trainee"].get(bench(desk, run=number))
        valid(page.text)
        assert len(page.data) + shared <= 100 * 1024, f"run {number}: {len(page.data):,} + {shared:,} bytes"
    assert len(cards.load()) >= 40, "the picker lists every plugin that is offered"


@pytest.mark.parametrize("path", ["/labs", "/labs/finance-workstation", "/results"])
def test_other_pages_are_valid(clients: Clients, desk: Desk, path: str) -> None:
    desk.submit("q1", "3")
    page = clients["instructor"].get(path)
    assert page.status_code == 200
    valid(page.text)


@pytest.mark.parametrize("name", NAMES)
def test_every_question_has_a_valid_page_before_and_after_a_finding(clients: Clients, desk: Desk, name: str) -> None:
    valid(clients["trainee"].get(bench(desk, question=name)).text)
    desk.submit(name, answer(desk, name), prove(desk, name))
    page = clients["trainee"].get(bench(desk, question=name)).text
    valid(page)
    assert "Right and proven" in page
    assert desk.question(name).after[:40] in unescape(page)


def test_a_closed_attempt_is_read_only(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    desk.cite("linux.psaux", 0)
    assert send(trainee, bench(desk), "/close").status_code == 303
    page = trainee.get(bench(desk, run=1))
    valid(page.text)
    assert "Closed" in page.text
    assert 'id="answer"' not in page.text
    assert 'name="place"' not in page.text
    token = token_of(page.text)
    for act in ("runs", "cite", "uncite", "note", "findings", "hints", "draft"):
        form = {"csrf_token": token, "request_key": "after-the-end", **FIELDS}
        late = trainee.post(f"/attempts/{desk.attempt_id}/{act}?question=q1", data=form)
        assert late.status_code == 409, act
    assert "Begin the lab anew" in trainee.get("/labs/finance-workstation").text


def test_evidence_is_escaped_in_the_result_table(clients: Clients, desk: Desk) -> None:
    desk.run("linux.psaux")
    with desk.rooms.store.reading() as session:
        run = session.query(Run).filter_by(plugin="linux.psaux").one()
    file = desk.rooms.settings.instance / "results" / run.result_name
    _poison(file)
    page = clients["trainee"].get(bench(desk, run=1)).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "\u2039U+202E\u203a" in page


def _poison(file: Path, text: str = "<script>alert(1)</script>\u202e") -> None:
    """Give one row of a result a hostile text, in a copy of its own."""
    import sqlite3  # noqa: PLC0415

    content = file.read_bytes()
    file.unlink()
    file.write_bytes(content)
    with sqlite3.connect(file) as made:
        made.execute("UPDATE rows SET c3 = ?, t3 = NULL WHERE n = 0", (text,))
    made.close()


def test_findings_survive_a_new_application_on_the_same_files(desk: Desk, app: Flask) -> None:
    desk.submit("q1", "3")
    with desk.rooms.store.reading() as session:
        assert [one.value for one in session.query(Finding)] == ["3"]
    assert desk.progress("q1").standing.tries == 1


def test_hidden_characters_of_a_trainee_are_shown_to_the_instructor(clients: Clients, desk: Desk) -> None:
    path = "records\u202egpj.exe"
    desk.submit("q5", f"wget {path}", prove(desk, "q5"))
    page = clients["instructor"].get(f"/results/{desk.attempt_id}").text
    assert "\u202e" not in page
    assert "U+202E" in page
