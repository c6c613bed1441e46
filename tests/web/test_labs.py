"""A lab from its page to its end, as a browser without scripts takes it, and who else gets at an attempt."""

import re
from collections.abc import Callable
from html import unescape

import pytest

from tests.conftest import token_of
from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import NAMES, answer, wrong_value
from tests.web.conftest import Clients, bench, html_errors, send

FIELDS = {"command": "linux.psaux", "place": "1:0", "citation": "1", "hint": "1", "value": "1"}
TYPED = re.compile(r'(?s)<bdi.*?</bdi>|<textarea.*?</textarea>|value="[^"]*"')  # what the trainee typed, or the rows


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
    cited = send(trainee, bench(desk, question="q1", run=1), "/check", place=place[1], value=pid)
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


def test_the_clock_of_the_capture_is_named(clients: Clients, desk: Desk) -> None:
    for page in ("/labs/finance-workstation", bench(desk)):
        assert "reference clock" in clients["trainee"].get(page).text
    assert re.search(r'run=record[^"]*">\(reference clock\)', clients["trainee"].get(bench(desk)).text)


def test_the_address_of_an_act_opened_as_a_page_leads_back(clients: Clients, desk: Desk) -> None:
    for act in ("runs", "cite", "uncite", "note", "draft", "check", "findings", "hints", "close"):
        back = clients["trainee"].get(f"/attempts/{desk.attempt_id}/{act}?question=q2")
        assert (back.status_code, back.location) == (303, f"/attempts/{desk.attempt_id}?question=q2"), act
        assert clients["stranger"].get(f"/attempts/{desk.attempt_id}/{act}").status_code == 404
    assert desk.progress("q1").findings == ()


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


@pytest.mark.parametrize("path", ["/labs", "/labs/finance-workstation", "/results"])
def test_other_pages_are_valid(clients: Clients, desk: Desk, path: str) -> None:
    desk.submit("q1", "3")
    page = clients["instructor"].get(path)
    assert page.status_code == 200
    assert html_errors(page.text) == []


def test_a_closed_attempt_is_read_only(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    desk.cite("linux.psaux", 0)
    assert send(trainee, bench(desk), "/close").status_code == 303
    page = trainee.get(bench(desk, run=1))
    assert html_errors(page.text) == []
    assert "Closed" in page.text
    assert 'id="answer"' not in page.text
    assert 'name="place"' not in page.text
    token = token_of(page.text)
    for act in ("runs", "cite", "uncite", "note", "findings", "hints", "draft"):
        form = {"csrf_token": token, "request_key": "after-the-end", **FIELDS}
        late = trainee.post(f"/attempts/{desk.attempt_id}/{act}?question=q1", data=form)
        assert late.status_code == 409, act
    assert "Begin the lab anew" in trainee.get("/labs/finance-workstation").text
