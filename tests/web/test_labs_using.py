"""From row to finding without a script: a cell is pointed at, cited, noted and used; its row is shown everywhere."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import answer, prove
from tests.web.conftest import Clients, bench, html_errors, send
from tests.web.test_labs_assignments import set_lab
from tests.web.test_labs_parts import act
from training.labs.models import Draft

SECOND = "The part for a second source was earned by"


def strip(page: str) -> str:
    found = re.search(r'(?s)<div id="strip".*?</section></div>', page)
    return found[0] if found else ""


def uses(page: str) -> dict[str, str]:
    """What the strip offers: the value of each button by its question."""
    return {one.split()[0]: unescape(one) for one in re.findall(r'name="use" value="([^"]+)"', strip(page))}


def spot(page: str) -> str:
    found = re.search(r'(?s)<div id="stands".*?</div>', page)
    return found[0] if found else ""


def stands(page: str) -> str:
    return re.sub(r"<[^>]+>|\s+", " ", spot(page))


def draft(desk: Desk, question: str) -> Draft | None:
    with desk.rooms.store.reading() as session:
        return session.get(Draft, (desk.attempt_id, question))


def pressed(clients: Clients, desk: Desk, at: str, **fields: Any) -> TestResponse:
    return act(clients, desk, "check", at, **fields)


def test_a_row_leads_to_its_cells_and_a_cell_to_the_questions_that_it_could_answer(
    clients: Clients, desk: Desk
) -> None:
    trainee, row = clients["trainee"], desk.answered.find("linux.psaux", PID=1)
    desk.run("linux.psaux")
    page = trainee.get(bench(desk, question="q1", run=1)).text
    assert strip(page) == ""
    link = re.search(rf'href="([^"]+)#row-{row}">{row}<', page)
    assert link
    page = trainee.get(f"/attempts/{desk.attempt_id}{unescape(link[1])}").text
    assert html_errors(page) == []
    assert "Choose a cell" in strip(page)
    assert uses(page) == {}
    cell = re.search(r'href="([^"]+)#strip"><i>PID</i>', strip(page))
    assert cell
    page = trainee.get(f"/attempts/{desk.attempt_id}{unescape(cell[1])}").text
    assert html_errors(page) == []
    assert uses(page)["q1"] == f"q1 - 1:{row}:PID"
    assert "q2" not in uses(page), "a number is no path"
    assert "Asked for is a full path" in strip(page)
    assert f"/runs/1/rows/{row}/PID" in strip(page), "its permanent address"
    assert strip(trainee.get(bench(desk, question="q1", run=1, row=99_999)).text) == ""
    assert uses(trainee.get(bench(desk, question="q1", run=1, row=row, cell="NONE")).text) == {}
    line = trainee.get(bench(desk, question="q1", run="record", row=2)).text
    assert "record line 2" in strip(line)
    assert html_errors(line) == []


def test_a_cell_is_cited_noted_and_used(clients: Clients, desk: Desk) -> None:
    trainee, row = clients["trainee"], desk.answered.find("linux.psaux", PID=1)
    desk.run("linux.psaux")
    at = f"?question=q2&run=1&row={row}&cell=PID"
    sent = pressed(clients, desk, at, use=f"q1 - 1:{row}:PID", seen="0", value="/typed/for/q2")
    assert sent.status_code == 303
    page = trainee.get(sent.location).text
    assert "question=q1" in sent.location
    assert 'id="ans" name="value" class="ev" value="1"' in page
    assert 'name="cited" value="1" checked' in page
    other = draft(desk, "q2")
    assert other
    assert (other.value, other.citations) == ("/typed/for/q2", []), "what was typed for another question is kept"
    # the cell is marked wherever its row stands
    assert re.search(r'class="hit"', trainee.get(bench(desk, question="q1", run=1)).text)
    assert page.count("<mark><i>PID</i> 1</mark>") == 2, "in the form and in the notebook"
    process = trainee.get(f"/attempts/{desk.attempt_id}/processes/1").text
    assert '<td class="hit"><bdi dir="ltr">1</bdi></td>' in process
    assert f'href="/attempts/{desk.attempt_id}#c1"' in process
    desk.run("linux.pslist")
    compare = trainee.get(f"/attempts/{desk.attempt_id}/compare/processes").text
    assert html_errors(compare) == []
    assert "#c1" in compare or "linux.psaux" not in compare
    # citing it again gives the same citation, and its note opens beside it
    again = trainee.get(bench(desk, question="q1", run=1, row=row, cell="PID")).text
    assert 'href="#c1"' in strip(again)
    assert "Note on C1" in strip(again)
    pen = pressed(clients, desk, at, pen="1")
    assert 'id="note-1"' in trainee.get(pen.location).text


def test_nothing_that_stands_in_a_field_is_overwritten_unasked(clients: Clients, desk: Desk) -> None:
    trainee, row = clients["trainee"], desk.answered.find("linux.psaux", PID=1)
    desk.run("linux.psaux")
    at = f"?question=q1&run=1&row={row}&cell=PID"
    asked = pressed(clients, desk, at, use=f"q1 - 1:{row}:PID", seen="0", value="77")
    assert asked.status_code == 409
    assert html_errors(asked.text) == []
    assert 'name="value" class="ev" value="77"' in asked.text
    assert "Another value stands in the field" in asked.text
    assert 'id="c1"' not in asked.text, "nothing was cited"
    button = re.search(r'name="use" value="(q1 [0-9a-f]{8} [^"]+)"', asked.text)
    assert button
    wrong = pressed(clients, desk, at, use=button[1], seen="0", value="78")
    assert wrong.status_code == 409, "another value than the one that was given up"
    kept = draft(desk, "q1")
    assert kept
    assert kept.value == "78"
    done = pressed(clients, desk, at, use=button[1], seen="0", value="77")
    assert done.status_code == 303
    assert 'name="value" class="ev" value="1"' in trainee.get(done.location).text
    same = pressed(clients, desk, at, use=f"q1 - 1:{row}:PID", seen="0", value=" 0x1 ")
    assert same.status_code == 303
    kept = draft(desk, "q1")
    assert kept
    assert kept.value == " 0x1 ", "the same value stays as it was typed"


def test_several_values_are_added_one_after_the_other(clients: Clients, desk: Desk) -> None:
    desk.run("linux.psaux")
    for n in (0, 1):
        assert pressed(clients, desk, "?question=q3&run=1", use=f"q3 - 1:{n}:PID").status_code == 303
    kept = draft(desk, "q3")
    assert kept
    first, second = (desk.answered.rows["linux.psaux"][n]["PID"] for n in (0, 1))
    assert kept.value == f"{first} > {second}"
    assert len(kept.citations) == 2


@pytest.mark.parametrize(
    ("use", "status"),
    [
        ("q1", 422),
        ("q1 - ", 422),
        ("q1 - 1", 422),
        ("q1 - 1:x:PID", 422),
        ("q1 - 9:0:PID", 404),
        ("q1 - 1:99999:PID", 422),
        ("q1 - 1:0:NONE", 422),
        ("q1 - 1:0", 422),
        ("q2 - 1:0:PID", 422),
        ("nothing - 1:0:PID", 404),
        ("q10 - 1:0:PID", 422),
        ("q1 - ../../etc:0:PID", 422),
        ("q1 - other:1:field", 422),
    ],
)
def test_what_can_not_be_used_is_refused(clients: Clients, desk: Desk, use: str, status: int) -> None:
    desk.run("linux.psaux")
    answer = pressed(clients, desk, "?question=q1&run=1", use=use)
    assert answer.status_code == status
    kept = draft(desk, "q1")
    assert kept is None or kept.value == ""
    assert clients["stranger"].post(f"/attempts/{desk.attempt_id}/use", data={"use": use}).status_code in {400, 404}


def test_a_finding_without_support_says_so_before_it_is_submitted(clients: Clients, desk: Desk) -> None:
    trainee, row = clients["trainee"], desk.answered.find("linux.psaux", PID=1)
    empty = trainee.get(bench(desk, question="q1")).text
    assert stands(empty).strip() == ""
    checked = pressed(clients, desk, "?question=q1", seen="0", value="1").text
    assert "Lacks support" in stands(checked)
    assert "Nothing is cited" in stands(checked)
    other = desk.cite("linux.psaux", desk.answered.find("linux.psaux", PID=2))
    checked = pressed(clients, desk, "?question=q1", seen="0", value="1", cited=[str(other)]).text
    assert "No cited place holds" in stands(checked)
    pressed(clients, desk, "?question=q1&run=1", use=f"q1 - 1:{row}:PID", seen="0", value="")
    page = trainee.get(bench(desk, question="q1", run=1)).text
    assert "One source" in stands(page)
    assert "C2 alone" in stands(page)
    listed = desk.cite("linux.pslist", desk.answered.find("linux.pslist", PID=1))
    checked = pressed(clients, desk, "?question=q1", seen="0", value="1", cited=["2", str(listed)]).text
    assert "Several structures" in stands(checked)
    assert "Whether they show what is asked is judged with the answer." in stands(checked)
    assert 'class="st ok' not in spot(checked), "what stands before a verdict promises none"
    assert html_errors(checked) == []
    part = trainee.get(bench(desk, question="q1"), headers={"X-Engram": "parts=stands"}).text
    assert "Several structures" in part


def test_a_verdict_speaks_of_each_place_of_a_right_value_and_of_no_other(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    wrong = desk.cite("linux.psaux", desk.answered.find("linux.psaux", PID=1))
    desk.submit("q1", "1", (wrong,))
    page = trainee.get(bench(desk, question="q1")).text
    notebook = page[page.index('id="notebook"') :]
    assert "Cited for question 1" in notebook
    assert "Proves it" not in page
    right = answer(desk, "q1")
    proof = prove(desk, "q1")
    desk.submit("q1", right, (wrong, *proof))
    page = trainee.get(bench(desk, question="q1")).text
    verdict = page[page.index('id="verdict"') : page.index('id="notebook"')]
    assert "Does not hold the value" in verdict
    assert f"<i>PID</i> {right} " in verdict, "the row stands beside the word"
    assert html_errors(page) == []

    assert "Proves it" in verdict
    # what was earned and where to go comes before what each place shows, which is folded
    marks = (
        "Points added by this finding",
        "Next question: 2",
        SECOND,
        "The value is right.",
        "What the 3 cited places",
    )
    assert [verdict.index(one) for one in marks] == sorted(verdict.index(one) for one in marks)
    earned = re.search(rf"<p>{SECOND} <b>C(\d+)</b>(.*?)</p>", verdict)
    assert earned
    assert int(earned[1]) == proof[1]
    assert "linux.proc.Maps" in earned[2]


def test_in_an_examination_support_is_told_and_no_verdict(clients: Clients, desk_of: Callable[[str], Desk]) -> None:
    here = set_lab(clients, until="2026-11-26 09:00", minutes="")
    desk, trainee = desk_of("trainee"), clients["trainee"]
    checked = pressed(clients, desk, "?question=q1", seen="0", value="1").text
    assert "Lacks support" in stands(checked)
    desk.submit("q1", answer(desk, "q1"), prove(desk, "q1"))
    pages = [bench(desk, question="q1"), f"{bench(desk)}/replay"]
    for page in pages:
        assert "Proves it" not in trainee.get(page).text
        assert SECOND not in trainee.get(page).text
    assert "Cited for question 1" in trainee.get(pages[0]).text
    assert send(trainee, bench(desk), "/close").status_code == 303
    assert "Proves it" not in trainee.get(pages[0]).text
    assert send(clients["instructor"], here, "/release", sure="1").status_code == 303
    assert "Proves it" in trainee.get(pages[0]).text


def test_a_field_of_a_material_is_used_in_the_same_way(clients: Clients, desk: Desk) -> None:
    trainee, address = clients["trainee"], f"/attempts/{desk.attempt_id}/materials/flows"
    page = trainee.get(f"{address}?question=q9").text
    line = re.search(r'line=(\d+)#line-\d+"', page)
    assert line
    page = trainee.get(f"{address}?question=q9&line={line[1]}&field=destination").text
    assert html_errors(page) == []
    assert uses(page)["q9"] == f"q9 - flows:{line[1]}:destination"
    end = re.search(r'name="use" value="q9 [^"]+"[^>]*><b>9</b> <bdi dir="ltr" class="ev">([^<]+)<', page)
    assert end, "address and port come from two fields of the line"
    sent = pressed(clients, desk, "?question=q9", use=uses(page)["q9"])
    kept = draft(desk, "q9")
    assert kept
    assert (kept.value, len(kept.citations)) == (end[1], 1)
    assert trainee.get(sent.location).text.count("<mark><i>destination</i>") == 2
    page = trainee.get(f"{address}?question=q9&line={line[1]}").text
    assert "<mark>" in page, "the cited field is marked"
    assert strip(trainee.get(f"{address}?line={line[1]}&field=nothing").text) == ""
