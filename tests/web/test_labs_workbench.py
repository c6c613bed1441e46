"""The workbench of an attempt: command line, runs, rows, citations."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from tests.unit.labs.conftest import Desk
from tests.web.conftest import Clients, bench, html_errors, send
from training.analysis import cards
from training.analysis.models import Run, State
from training.labs.bench import Tab
from training.labs.service.runs import Asked


def _poison(file: Path, text: str = "<script>alert(1)</script>\u202e") -> None:
    """Give one row of a result a hostile text, in a copy of its own."""
    import sqlite3  # noqa: PLC0415

    content = file.read_bytes()
    file.unlink()
    file.write_bytes(content)
    with sqlite3.connect(file) as made:
        made.execute("UPDATE rows SET c3 = ?, t3 = NULL WHERE n = 0", (text,))
    made.close()


def test_a_command_that_is_not_understood_keeps_what_was_typed(clients: Clients, desk: Desk) -> None:
    answer = send(clients["trainee"], bench(desk), "/runs", command="linux.pslst --pid 1")
    assert answer.status_code == 422
    assert "linux.pslist" in answer.text
    assert 'value="linux.pslst --pid 1"' in answer.text
    refused = send(clients["trainee"], bench(desk), "/runs", command="linux.pslist --output-dir /etc")
    assert refused.status_code == 422
    assert "it writes files on this server" in refused.text


def test_the_plugin_picker_fills_the_command_line(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    sent = send(trainee, bench(desk, question="q1"), "/choose", command="linux.psl", value="145")
    assert sent.status_code == 303
    page = trainee.get(sent.location).text
    assert html_errors(page) == []
    offered = {unescape(one) for one in re.findall(r'name="plugin" value="([^"]+)"', page)}
    assert offered == {card.ready for card in cards.load().for_os("linux") if not card.files}
    assert len(offered) >= 40
    assert 'name="typed" value="linux.psl"' in page
    assert 'value="145"' in trainee.get(bench(desk, question="q1")).text, "what was typed beside it is kept"
    assert 'value="linux.psl"' in trainee.get(bench(desk, typed="linux.psl")).text, "none was chosen"
    page = trainee.get(bench(desk, plugin="linux.proc.Maps", pid="145", typed="linux.psl")).text
    assert 'value="linux.proc.Maps --pid 145"' in page
    assert clients["stranger"].get(sent.location).status_code == 404


def test_a_cited_row_is_cited_again_for_another_question(clients: Clients, desk: Desk) -> None:
    trainee, row = clients["trainee"], desk.answered.find("linux.psaux", PID=1)
    desk.run("linux.psaux")
    send(trainee, bench(desk, question="q1", run=1), "/check", place=f"1:{row}")
    mine = trainee.get(bench(desk, question="q1", run=1)).text
    assert f'value="1:{row}"' not in mine, "it is ticked already"
    ticked = re.search(r'name="cited" value="1" checked>(.*?)</label>', mine)
    assert ticked
    for part in ("C1", "linux.psaux", f"run 1 row {row}", "<i>PID</i> 1 ", "<i>ARGS</i> "):
        assert part in ticked[1]
    other = trainee.get(bench(desk, question="q2", run=1)).text
    assert f'value="1:{row}"' in other
    assert 'Other citations: <span class="num">1</span>' in other
    assert '<details class="fold" id="others" open>' in other, "nothing is ticked here: what could be is in sight"
    assert 'name="cited" value="1">' in other
    assert html_errors(other) == []
    send(trainee, bench(desk, question="q2", run=1), "/check", place=f"1:{row}")
    again = trainee.get(bench(desk, question="q2", run=1)).text
    assert 'name="cited" value="1" checked' in again
    assert 'id="others" hidden' in again
    assert 'id="c2"' not in again


def test_a_cited_row_is_escaped_and_clipped_beside_its_box(clients: Clients, desk: Desk) -> None:
    desk.run("linux.psaux")
    with desk.rooms.store.reading() as session:
        run = session.query(Run).filter_by(plugin="linux.psaux").one()
    _poison(desk.rooms.settings.instance / "results" / run.result_name, "<script>" + "x" * 500)
    send(clients["trainee"], bench(desk, question="q1", run=1), "/check", place="1:0")
    page = clients["trainee"].get(bench(desk, question="q1", run="record")).text
    box = page[page.index('name="cited" value="1"') :].partition("</label>")[0]
    assert "&lt;script&gt;xxx" in box
    assert "x" * 60 not in box


def test_the_record_and_the_open_run_stand_first_or_stay_in_sight(clients: Clients, desk: Desk) -> None:
    for plugin in ("linux.psaux", "linux.pslist", "linux.sockstat"):
        desk.run(plugin)
    page = clients["trainee"].get(bench(desk, run=2)).text
    tabs = re.search(r'(?s)<ul class="runs".*?</ul>', page)
    assert tabs
    assert re.findall(r'<li (?:id="run-(\d)"|class="(first)")', tabs[0]) == [("", "first"), *((n, "") for n in "321")]
    assert 'id="run-2" class="on"' in tabs[0]


@pytest.mark.parametrize(
    ("typical", "so_far", "slow"),
    [(0.2, 1, False), (1, 3, False), (1, 6, False), (1, 6.5, True), (30, 59, False), (30, 61, True)],
)
def test_a_run_is_slow_beyond_twice_its_typical_time_and_by_some_seconds(
    typical: float, so_far: float, *, slow: bool
) -> None:
    assert Tab(Asked(1, Run()), 0, typical, so_far).slow is slow


@pytest.mark.parametrize(("so_far", "slow"), [(timedelta(seconds=3), False), (timedelta(minutes=30), True)])
def test_only_a_run_that_clearly_takes_longer_than_usual_says_so(
    clients: Clients, desk: Desk, so_far: timedelta, *, slow: bool
) -> None:
    desk.run("linux.psaux")
    with desk.rooms.store.writing() as session:
        run = session.query(Run).filter_by(plugin="linux.psaux").one()
        run.state, run.ended_at = State.RUNNING, None
        run.started_at = desk.rooms.clock() - so_far
    page = clients["trainee"].get(bench(desk, run=1)).text
    assert "Typical time: 1 s." in page
    assert ("longer than usual" in page) is slow
    assert ("It takes longer than usual." in page) is slow
    assert html_errors(page) == []


def test_a_note_stays_with_its_citation_and_a_citation_can_be_taken_out(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    desk.cite("linux.psaux", 0)
    send(trainee, bench(desk), "/check", note="1", **{"note-1-00000000": "Parent of <b>all</b>"})
    page = trainee.get(bench(desk)).text
    assert "Parent of &lt;b&gt;all&lt;/b&gt;" in page
    send(trainee, bench(desk), "/check", uncite="1")
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
    refused = send(clients["trainee"], bench(desk, run="record"), "/check", place="1:0")
    assert refused.status_code == 422
    assert "only a complete run can support a finding" in refused.text
    assert html_errors(page) == []


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


def test_words_of_a_question_are_explained_beside_it(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    page = trainee.get(bench(desk, question="q1")).text
    words = re.search(r'(?s)<details[^>]* id="words">(.*?)</details>', page)
    assert words
    assert "kernel thread, process</span>" in words[1], "a kernel thread is no kernel"
    for sign in ("kthreadd, PID 2", "square brackets", "no program file"):
        assert sign in words[1]
    assert html_errors(page) == []
    trainee.set_cookie("language", "ar")
    assert 'dir="auto">خيط النواة</b>' in trainee.get(bench(desk, question="q1")).text
    assert 'id="words"' not in trainee.get(bench(desk, question="q5")).text


def test_the_briefing_begins_with_few_words_and_folds_the_rest(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    page = trainee.get(bench(desk, question="q1")).text
    brief = re.search(r'(?s)<div id="brief">.*?(?=<ol class="qs")', page)
    assert brief
    folded = re.sub(r'(?s)<details class="fold"><summary>([^<]*)</summary>.*?</details>', r"\1.", brief[0])
    assert len(re.sub(r"<[^>]+>", " ", folded).split()) <= 80
    heads = re.findall(r'<details class="fold"><summary>([^<]+)</summary>', brief[0])
    assert heads[0] == "The case"
    assert heads[-2:] == ["Accounts of the machine", "Not evidence"]
    assert "Nkechi Adeyemi" in brief[0], "all of it is there"
    lab = trainee.get("/labs/finance-workstation").text
    assert html_errors(lab) == []
    assert '<details class="fold" open><summary>The case</summary>' in lab
    opened = re.findall(r'<details class="fold" open><summary>([^<]+)</summary>', lab)
    assert opened == ["The case", "Legal basis", "What you have", "What you are asked", "How findings are graded"]
