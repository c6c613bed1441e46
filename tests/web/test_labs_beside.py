"""Pages beside the workbench keep the question at hand and the run that one came from, with and without a Referer."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import token_of
from tests.unit.labs.conftest import Desk
from tests.web.conftest import Clients, bench, html_errors
from training.labs.spot import Spot
from training.labs.views import beside

HOST = "http://localhost"


def come(client: FlaskClient, address: str, came: str = "") -> TestResponse:
    """Open a page as a browser that follows a link does, with the address of the page that it stands on."""
    headers = {"Referer": HOST + came} if came else {}
    answer = client.get(address, headers=headers)
    return client.get(answer.location, headers=headers) if answer.status_code == 303 else answer


def at(answer: TestResponse) -> dict[str, list[str]]:
    """The spot of the workbench that the address of a page carries."""
    carried = parse_qs(urlsplit(answer.request.url).query).get("at", [""])[0]
    return parse_qs(carried)


def cite(client: FlaskClient, page: TestResponse, form: str = "place") -> TestResponse:
    """Press the first button of a page that cites, and look at the page that follows."""
    html = unescape(page.text)
    place = re.findall(rf'name="{form}" value="(\d+:\d+)"', html)[0]
    action, back = re.findall(r'<form method="post" action="([^"]*/cite[^"]*)".*?name="back" value="([^"]+)"', html)[0]
    return client.post(
        action, data={"csrf_token": token_of(page.text), "place": place, "back": back}, follow_redirects=True
    )


def send(client: FlaskClient, page: TestResponse, act: str, **fields: str) -> TestResponse:
    """Press a button of the form of a chain, and look at the page that follows."""
    html = unescape(page.text)
    action, back = re.findall(r'id="chain" method="post" action="([^"]+)".*?name="back" value="([^"]+)"', html)[0]
    address = action.replace("/cite", f"/{act}")
    data = {"csrf_token": token_of(page.text), "back": back, **fields}
    return client.post(address, data=data, follow_redirects=True)


def ticked(desk: Desk, question: str) -> list[str]:
    """The citations that the form of a question has ticked."""
    draft = desk.progress(question).draft
    return draft.citations if draft else []


WAYS = ("seeing/tree", "seeing/timeline", "seeing/network", "compare/processes", "processes/1")


@pytest.mark.parametrize("way", WAYS)
def test_what_is_cited_beside_the_workbench_is_ticked_for_the_question_at_hand(
    clients: Clients, desk: Desk, way: str
) -> None:
    trainee = clients["trainee"]
    for plugin in ("linux.pslist", "linux.sockstat", "linux.psscan"):
        desk.run(plugin)
    here = bench(desk, question="q3", run=1, where="gt,PID,100")
    page = come(trainee, f"/attempts/{desk.attempt_id}/{way}", here)
    assert html_errors(page.text) == []
    assert at(page) == {"question": ["q3"], "run": ["1"], "where": ["gt,PID,100"]}
    after = cite(trainee, page)
    assert html_errors(after.text) == []
    assert "C1 is cited and ticked for question 3." in after.text
    assert urlsplit(after.request.url).path.endswith(way)
    assert at(after) == at(page)
    assert len(ticked(desk, "q3")) == 1
    assert ticked(desk, "q1") == []
    # the way back, by its link and by any link to the workbench that says less
    back = come(trainee, bench(desk), after.request.url.removeprefix(HOST))
    assert parse_qs(urlsplit(back.request.url).query) == at(page)
    one = come(trainee, bench(desk, run=2), after.request.url.removeprefix(HOST))
    assert parse_qs(urlsplit(one.request.url).query) == {"question": ["q3"], "run": ["2"]}
    assert 'name="cited" value="1" checked' in back.text


def test_figures_say_for_which_question_and_cite_again_for_another(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    desk.run("linux.pslist")
    tree = f"/attempts/{desk.attempt_id}/seeing/tree"
    page = come(trainee, tree, bench(desk, question="q1", run=1))
    assert "What you cite here is ticked for question 1:" in page.text
    row = re.findall(r'name="place" value="([^"]+)"', page.text)[0]
    cite(trainee, page)
    again = come(trainee, tree, bench(desk, question="q1", run=1)).text
    assert f'value="{row}"' not in again, "it is ticked already"
    other = come(trainee, tree, bench(desk, question="q2", run=1))
    assert f'value="{row}"' in other.text
    assert "C1</a>" in other.text
    assert "C1 is cited and ticked for question 2." in cite(trainee, other).text
    assert ticked(desk, "q1") == ticked(desk, "q2")
    assert all("at=question%3Dq2" in one for one in re.findall(r'href="((?:tree|timeline|walk)\?[^"]*)"', other.text))
    back = re.search(r'href="([^"]+)">Back to the workbench', other.text)
    assert back
    assert unescape(back[1]) == bench(desk, question="q2", run=1)


def test_a_chain_is_cited_and_used_with_a_press_each(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    for plugin in ("linux.pslist", "linux.pidhashtable"):
        desk.run(plugin)
    listed = desk.answered.rows["linux.pslist"]
    shell = next(row for row in listed if row["PPID"] > 2 and row["COMM"] == "bash")
    tree = f"/attempts/{desk.attempt_id}/seeing/tree?pid={shell['PID']}"
    page = come(trainee, tree, bench(desk, question="q3", run=1))
    assert html_errors(page.text) == []
    together = re.findall(r'name="places" value="([\d: ]+)">.*?Cite these (\d+) rows: ([a-z ]+)<', page.text)
    assert [source for _, _, source in together] == ["task list", "process number table"]
    rows, count, _ = together[0]
    assert len(rows.split()) == int(count) > 2
    after = send(trainee, page, "cite", places=rows)
    assert html_errors(after.text) == []
    assert f"C{count} are cited and ticked for question 3." in after.text
    assert len(ticked(desk, "q3")) == int(count)
    assert "come from the same structure: what is hidden from one of them is hidden from all." in after.text
    assert "Other structures on this page:" in after.text
    assert f'value="{rows}"' not in after.text, "they are ticked already"
    # the chain goes into the field; what stands there is not overwritten unasked
    fill = unescape(re.findall(r'name="fill" value="([^"]+)"', after.text)[0])
    assert fill.endswith(f"{shell['PPID']} > {shell['PID']}")
    used = send(trainee, after, "use", fill=fill)
    assert "It stands in the field of question 3. Nothing was submitted." in used.text
    assert 'name="fill"' not in used.text
    workbench = trainee.get(bench(desk, question="q3", run=1)).text
    assert fill[2:] in unescape(re.findall(r'(?s)<textarea id="ans"[^>]*>(.*?)</textarea>', workbench)[0])
    refused = send(trainee, used, "use", fill="- 1 > 2")
    assert "Another value stands in the field of question 3: nothing was changed." in refused.text
    second = send(trainee, refused, "cite", places=together[1][0])
    assert "are from different structures:" in second.text
    assert "Other structures on this page:" not in second.text
    # whom it is looked at around is remembered on the way back, and can be left
    back = re.search(r'href="([^"]+)">Back to the workbench', second.text)
    assert back
    assert f"pid={shell['PID']}" in back[1]
    again = come(trainee, tree.partition("?")[0], unescape(back[1]))
    assert f'value="{shell["PID"]}"' in again.text
    whole = re.search(r'href="(tree[^"]+)">Whole tree', again.text)
    assert whole
    assert (
        'id="of" name="pid" inputmode="numeric" size="8" maxlength="10" value=""'
        in trainee.get(f"/attempts/{desk.attempt_id}/seeing/{unescape(whole[1])}").text
    )
    token = {"csrf_token": token_of(again.text)}
    for bad in ({"places": "1:1 x"}, {"places": ""}, {"fill": "-"}):
        act = "cite" if "places" in bad else "use"
        assert trainee.post(f"/attempts/{desk.attempt_id}/{act}", data=token | bad).status_code == 422, bad


def test_without_a_referer_the_question_is_the_one_that_a_workbench_opens_with(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    desk.run("linux.pslist")
    tree = f"/attempts/{desk.attempt_id}/seeing/tree"
    assert "C1 is cited and ticked for question 1." in cite(trainee, trainee.get(tree)).text
    assert len(ticked(desk, "q1")) == 1
    elsewhere = "http://elsewhere.example" + bench(desk, question="q9", run=1)
    for strange in (elsewhere, "http://[", f"{HOST}/labs?question=q9"):
        answer = trainee.get(tree, headers={"Referer": strange})
        assert answer.status_code == 200
    other = f"{HOST}/attempts/00000000-0000-7000-8000-000000000000?question=q9"
    assert trainee.get(tree, headers={"Referer": other}).status_code == 200


def test_a_question_that_takes_no_finding_is_not_ticked_for(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    desk.run("linux.pslist")
    for number in range(len(desk.question("q2").points)):
        desk.submit("q2", f"/wrong/{number}", (), bare=True)
    page = come(trainee, f"/attempts/{desk.attempt_id}/seeing/tree", bench(desk, question="q2", run=1))
    assert "What you cite here" not in page.text
    assert "C1 is cited. Question 2 takes no finding any more." in cite(trainee, page).text


def test_a_line_of_a_material_is_ticked_and_leads_back(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    desk.run("linux.pslist")
    page = come(trainee, f"/attempts/{desk.attempt_id}/materials/flows?question=q9", bench(desk, question="q9", run=1))
    action = re.search(r'<form id="cites" method="post" action="([^"]+)"', page.text)
    assert action
    sent = {"csrf_token": token_of(page.text), "place": "2"}
    after = trainee.post(unescape(action[1]), data=sent, follow_redirects=True)
    assert "C1 is cited and ticked for question 9." in after.text
    assert bench(desk, question="q9", run=1).replace("&", "&amp;") + '">Back to the workbench' in after.text


def test_a_spot_is_spelled_and_read() -> None:
    spot = Spot(question="q1", run="3", text="a b&c", hide=("PID", "COMM"), page=2)
    assert beside.read(beside.spelled(spot)) == spot
    assert beside.read("nonsense") == Spot()
    assert beside.spelled(Spot()) == ""
    long = Spot(question="q1", run="3", hide=tuple(f"{'x' * 100}{n}" for n in range(20)))
    assert beside.read(beside.spelled(long)) == Spot(question="q1", run="3")


def test_what_a_figure_misses_is_run_and_the_reader_stays_there(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    page = come(trainee, f"/attempts/{desk.attempt_id}/seeing/tree?pid=1", bench(desk, question="q3"))
    action = re.search(r'<form method="post" action="(tree[^"]+)"', page.text)
    assert action
    address = f"/attempts/{desk.attempt_id}/seeing/{unescape(action[1])}"
    sent = trainee.post(address, data={"csrf_token": token_of(page.text)})
    assert parse_qs(urlsplit(sent.location).query) == {"pid": ["1"], "at": ["question=q3&pid=1"]}
