"""What a newcomer to the workbench stumbled over: what is shown, what it stands on, and the way to a finding."""

import re
from html import unescape

import pytest

from tests.conftest import token_of
from tests.unit.labs.conftest import Desk
from tests.web.conftest import Clients, bench, html_errors, send
from tests.web.test_labs_assignments import set_lab
from tests.web.test_labs_using import draft, stands, strip
from training.analysis import cards
from training.analysis.models import Run, State
from training.labs.service import findings


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_how_many_of_the_citations_are_shown_stands_beside_the_way_to_all(clients: Clients, desk: Desk) -> None:
    for row in range(12):
        desk.cite("linux.psaux", row)
    page = clients["trainee"].get(bench(desk, question="q1", run=1)).text
    assert html_errors(page) == []
    assert "Other citations: 6 of 12 shown" in words(page)
    others = page[page.index('id="others"') :]
    assert others.index('name="older"') < others.index('id="unticked"'), "above the first of them"
    notebook = page[page.index('id="notebook"') :]
    assert words(notebook[: notebook.index('id="log"')]).find("6 of 12 shown All 12 citations") > 0
    every = clients["trainee"].get(bench(desk, question="q1", run=1, every=1)).text
    assert "Other citations: 12 " in words(every)
    assert "of 12 shown" not in words(every)


def test_what_is_ticked_says_where_it_comes_from_before_anything_is_typed(clients: Clients, desk: Desk) -> None:
    row = desk.answered.find("linux.psaux", PID=1)
    desk.run("linux.psaux")
    assert stands(clients["trainee"].get(bench(desk, question="q1", run=1)).text).strip() == ""
    send(clients["trainee"], bench(desk, question="q1", run=1), "/check", place=f"1:{row}", seen="0", value="")
    page = clients["trainee"].get(bench(desk, question="q1", run=1)).text
    assert "One source" in stands(page)
    assert "C1 alone" in stands(page)
    other = clients["trainee"].get(bench(desk, question="q2", run=1)).text
    assert words(other[other.index('id="unticked"') :]).startswith('id="unticked"> C1 linux.psaux run 1 row')


def test_a_second_source_is_described_by_what_all_of_them_answer(clients: Clients, desk: Desk) -> None:
    known = cards.load()
    asked = {one.id: findings.asked_of_second(one, known) for one in desk.lab.questions}
    told = {name: one.text for name, one in asked.items() if one}
    assert told == {
        "q1": "Which file does a process run?",
        "q2": "Which file does a process run?",
        "q3": "Which processes ran?",
    }, "nothing where sources have nothing in common, or where one plugin alone would be named"
    page = words(clients["trainee"].get(bench(desk, question="q1")).text)
    assert "It is read from another structure, and answers: Which file does a process run?" in page
    assert "answers:" not in words(clients["trainee"].get(bench(desk, question="q9")).text)


@pytest.mark.usefixtures("desk_of")
def test_an_examination_without_hints_does_not_describe_the_second_source(clients: Clients) -> None:
    set_lab(clients, mode="examination", hints="")
    trainee = clients["trainee"]
    at = trainee.post("/labs/finance-workstation", data={"csrf_token": token_of(trainee.get("/labs").text), "set": "1"})
    page = words(trainee.get(at.location).text)
    assert "An independent second source counts for a quarter here." in page
    assert "and answers:" not in page


def test_the_page_of_a_process_leads_to_the_finding(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    desk.run("linux.malware.process_spoofing")
    spoofed = next(one for one in desk.answered.rows["linux.malware.process_spoofing"] if one["Exe_Path"])
    pid, path = spoofed["PID"], spoofed["Exe_Path"]
    at = f"/attempts/{desk.attempt_id}/processes/{pid}"
    page = trainee.get(f"{at}?at=question%3Dq1%26run%3D1").text
    assert html_errors(page) == []
    assert page.index("Back to the workbench") < page.index("<table"), "at its top"
    assert "question=q1&amp;run=1#finding" in page
    value = re.search(r'name="fill" value="([^"]+)"', page)
    assert value
    assert value[1] == f"- {pid}"
    action = re.search(r'<form class="stack" id="chain" method="post" action="([^"]+)"', page)
    assert action
    token = token_of(page)
    fields = {"csrf_token": token, "fill": value[1], "back": f"processes/{pid}"}
    sent = trainee.post(unescape(action[1]), data=fields)
    assert sent.status_code == 303
    kept = draft(desk, "q1")
    assert kept
    assert kept.value == str(pid)
    page = trainee.get(sent.location).text
    assert "Stands in the field of question 1" in words(page)
    # a path for the question that asks for one: it is cited and put into the field with one press
    page = trainee.get(f"{at}?at=question%3Dq2%26run%3D1").text
    assert html_errors(page) == []
    assert 'name="fill"' not in page
    use = re.search(r'action="([^"]+/use\?[^"]+)"[^§]*?name="use" value="(q2 - 1:\d+:Exe_Path)"', page)
    assert use
    sent = trainee.post(unescape(use[1]), data={"csrf_token": token, "use": use[2]})
    assert sent.location.endswith("#finding")
    kept = draft(desk, "q2")
    assert kept
    assert path.startswith(kept.value.removesuffix(" (deleted)"))
    assert len(kept.citations) == 1


def test_what_may_not_go_on_at_once_is_said(clients: Clients, desk: Desk) -> None:
    desk.run("linux.psaux")
    with desk.rooms.store.writing() as session:
        run = session.query(Run).filter_by(plugin="linux.psaux").one()
        run.state, run.ended_at, run.asker = State.RUNNING, None, desk.actor.id
    page = words(clients["trainee"].get(f"/attempts/{desk.attempt_id}/compare/processes").text)
    assert "Run 3 of the 4 that are missing" in page
    assert "At most 4 of your runs go on at once: 1 more can be run afterwards." in page


def test_a_cell_leads_to_the_rows_with_its_value_and_to_those_without(clients: Clients, desk: Desk) -> None:
    trainee, row = clients["trainee"], desk.answered.find("linux.psaux", PID=1)
    desk.run("linux.psaux")
    page = trainee.get(bench(desk, question="q1", run=1, row=row, cell="PPID")).text
    assert html_errors(page) == []
    links = re.findall(r'<a href="([^"]+)#result">(Only rows with[^<]+)</a>', strip(page))
    assert [words for _, words in links] == ["Only rows with this value", "Only rows without it"]
    total = len(desk.answered.rows["linux.psaux"])
    same = sum(one["PPID"] == 0 for one in desk.answered.rows["linux.psaux"])
    for (link, _), matching in zip(links, (same, total - same), strict=True):
        found = trainee.get(f"/attempts/{desk.attempt_id}{unescape(link)}").text
        assert f"of {matching} " in words(found)
        assert found.count('class="chip"') == 1
    assert "Only rows" not in strip(trainee.get(bench(desk, question="q1", run=1, row=row)).text), "no cell of it"
    record = trainee.get(bench(desk, question="q1", run="record", row=2)).text
    assert "Only rows" not in strip(record)


def test_a_path_of_linux_begins_with_a_slash(clients: Clients, desk: Desk) -> None:
    page = words(clients["trainee"].get(bench(desk, question="q2")).text)
    assert "Finding (full path from /, as it stands)" in page
    assert "the drive" not in page


def test_one_second_structure_is_offered_for_a_chain(clients: Clients, desk: Desk) -> None:
    for plugin in ("linux.pslist", "linux.pidhashtable", "linux.psscan"):
        desk.run(plugin)
    child = next(one for one in desk.answered.rows["linux.pslist"] if one["PPID"] > 2 and one["COMM"] == "bash")
    at = f"/attempts/{desk.attempt_id}/seeing/tree?pid={child['PID']}"
    page = clients["trainee"].get(f"{at}&at=question%3Dq3").text
    offered = re.findall(r'name="places" value="[^"]+"', page)
    assert len(offered) == 2
    assert "what you cite here is the row of its run" in page


def test_a_briefing_ends_with_the_way_to_begin(clients: Clients, desk: Desk) -> None:
    page = clients["stranger"].get("/labs/finance-workstation").text
    assert html_errors(page) == []
    assert page.count("Begin the lab</button>") == 2
    assert page.count("btn main") == 1
    assert page.rindex("Begin the lab</button>") > page.index("Grading in full")
    assert clients["trainee"].get("/labs/finance-workstation").text.count("Begin the lab</button>") == 0
