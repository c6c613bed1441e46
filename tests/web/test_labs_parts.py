"""The workbench in the middle of an attempt: what it weighs, and that parts of it are what stands on the page."""

import re
from html import unescape
from itertools import count
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.conftest import token_of
from tests.unit.labs.conftest import Desk
from tests.web.conftest import Clients, bench, html_errors
from training.analysis.models import Run, State

FIRST_VIEW, UPDATE = 100 * 1024, 20 * 1024
PLUGINS = (
    *("linux.psaux", "linux.pslist", "linux.sockstat", "linux.proc.Maps", "linux.pagecache.Files", "linux.bash"),
    *("linux.elfs", "linux.malware.process_spoofing", "linux.pidhashtable", "linux.pstree"),
)
PART = re.compile(r'(?s)<template data-part="([a-z]+)"[^>]*>(.*?)</template>')
ONCE = re.compile(r'(name="(?:request_key|csrf_token)" value|&amp;look)="?[^"#]+')
"""What differs each time that a page is made."""


@pytest.fixture
def worked(clients: Clients, desk: Desk) -> Desk:
    """An attempt in the middle of a lab: 20 runs, 16 citations with notes, 4 tries."""
    for plugin in PLUGINS:
        desk.run(plugin)
    for pid in range(1, 11):
        desk.run(f"linux.psaux --pid {pid}")
    for row in range(16):
        desk.cite(PLUGINS[row % 5], row)
    notes = {f"note-{number}-00000000": f"What row {number} means to me, in a line or two." for number in range(1, 17)}
    assert act(clients, desk, "note", citation=1, **notes).status_code == 303
    for number, question in zip(count(1), ("q1", "q2", "q3", "q1"), strict=False):
        desk.submit(question, str(number), cited=(number, number + 1))
    return desk


def act(clients: Clients, desk: Desk, name: str, at: str = "?question=q1&run=1", **fields: Any) -> TestResponse:
    """Send a form of the workbench as a browser without a script does."""
    token = token_of(clients["trainee"].get("/labs").text)
    headers = fields.pop("headers", None)
    address = f"/attempts/{desk.attempt_id}/{name}{at}"
    return clients["trainee"].post(address, data={"csrf_token": token, **fields}, headers=headers)


def in_place(clients: Clients, desk: Desk, name: str, at: str = "?question=q1&run=1", **fields: Any) -> TestResponse:
    """The same as a script does."""
    return act(clients, desk, name, at, headers={"X-Engram": "parts"}, **fields)


def parts(answer: TestResponse) -> dict[str, str]:
    """What came to be put in place, by its name; never more than an update may weigh."""
    assert len(answer.data) <= UPDATE, f"{len(answer.data):,} bytes"
    found = {name: text.strip() for name, text in PART.findall(answer.text)}
    for text in found.values():
        around = "<table>" if text.startswith("<tr") else "<details>" if text.startswith("<summary") else ""
        assert html_errors(f"<!doctype html><title>part</title>{around}{text}{around.replace('<', '</')}") == []
    return {name: ONCE.sub("", text) for name, text in found.items()}


def differing(clients: Clients, answer: TestResponse) -> list[str]:
    """The parts that are not what the page at their address shows; a script asks for the strip of a cell by itself."""
    page = ONCE.sub("", clients["trainee"].get(answer.headers["X-Engram-At"]).text)
    if "result" in parts(answer):
        page = re.sub(r'(?s)(<div id="strip" class="strip">)<section.*?</section>', r"\1", page)
    return [name for name, text in parts(answer).items() if text not in page]


def loaded(clients: Clients, page: str) -> int:
    """Bytes of a page and of what it loads."""
    found = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(found) == 2
    return len(page.encode()) + sum(len(clients["trainee"].get(one).data) for one in found)


def test_a_worked_attempt_weighs_at_most_100_kib_at_first_and_20_kib_after(clients: Clients, worked: Desk) -> None:
    trainee = clients["trainee"]
    for number, _ in enumerate((*PLUGINS, "linux.psaux --pid 1"), 1):
        page = trainee.get(bench(worked, question="q1", run=number)).text
        assert html_errors(page) == []
        assert loaded(clients, page) <= FIRST_VIEW, f"run {number}: {loaded(clients, page):,} bytes at first"
        answer = trainee.get(bench(worked, question="q1", run=number), headers={"X-Engram": "parts=tabs,result"})
        assert list(parts(answer)) == ["tabs", "result"]
        assert differing(clients, answer) == []
    # the newest runs stand on the workbench, and all on a page of their own
    tabs = re.search(r'(?s)<ul class="runs".*?</ul>', trainee.get(bench(worked, run=2)).text)
    assert tabs
    assert re.findall(r'id="run-(\d+)"', tabs[0]) == [*map(str, range(20, 12, -1)), "2"]
    assert 'id="run-2" class="on"' in tabs[0]
    page = trainee.get(f"/attempts/{worked.attempt_id}/all-runs").text
    rows = re.findall(r'(?s)<tr><th scope="row".*?</tr>', page)
    assert [re.findall(r">(\d+)</a>", row) for row in rows] == [[str(number)] for number in range(20, 0, -1)]
    assert "linux.psaux" in rows[-1]
    assert re.findall(r"C\d+", rows[-1]) == ["C1", "C6", "C11", "C16"]
    assert html_errors(page) == []
    assert clients["stranger"].get(f"/attempts/{worked.attempt_id}/all-runs").status_code == 404


def test_every_act_answers_a_script_with_the_parts_that_it_changed(clients: Clients, worked: Desk) -> None:
    def done(name: str, expected: list[str], at: str = "?question=q1&run=1", **fields: Any) -> TestResponse:
        answer = in_place(clients, worked, name, at, **fields)
        assert list(parts(answer)) == expected, name
        assert differing(clients, answer) == [], name
        return answer

    place: dict[str, Any] = {"place": "1:7", "seen": "0", "value": "145", "cited": ["1", "2"]}
    cited = parts(done("check", ["row", "others", "tick", "stands", "noted", "older"], **place))
    assert 'id="row-7" class="cited"' in cited["row"]
    assert " checked" in cited["tick"]
    assert 'id="c17"' in cited["noted"]
    assert "Lacks support" in cited["stands"]
    page = clients["trainee"].get(bench(worked, question="q1", run=1)).text
    assert re.findall(r'<li id="c(\d+)"', page) == ["1", "2", *map(str, range(12, 18))], "the newest and the ticked"
    older = act(clients, worked, "check", older="1", seen="0", value="145", cited=["1"])
    whole = clients["trainee"].get(older.location).text
    assert re.findall(r'<li id="c(\d+)"', whole) == [*map(str, range(1, 18))]
    assert len(re.findall(r'id="tick-(\d+)"', whole)) == 17
    assert 'name="every" value="1"' in whole
    same = parts(in_place(clients, worked, "check", older="1", seen="0", value="145", cited=["1", "2"]))
    assert 'id="c3"' in same["notebook"]
    gone = done("check", ["row", "others", "stands", "older"], uncite=17, seen="0", value="145")
    assert 'data-gone="c17 tick-17"' in gone.text
    done("uncite", ["others", "stands", "older"], at="?question=q1&run=20", citation=12)
    every = ["row", "others", "tick", "stands", "noted", "older"]
    done("check", every, at="?question=q2&run=record", place="record:2", seen="0", value="")
    done("check", every, at="?question=q2&run=1", place="1:0", seen="0", value="")
    done("check", every[1:], note=15, **{"note-15-00000000": "another"})
    pen = parts(in_place(clients, worked, "check", pen=2))
    assert list(pen) == every[1:]
    assert 'id="note-2"' in pen["noted"]
    strip = done("check", [*every[:4], "strip", *every[4:]], at="?question=q2&run=1&row=0&cell=COMM", place="1:0:COMM")
    assert 'href="#c19"' in parts(strip)["strip"]
    used = done(
        "check", ["finding", "questions", "strip", "row", "noted", "older"], at="?question=q4&run=1", use="q4 - 1:6:PID"
    )
    assert 'name="value"' in parts(used)["finding"]
    done("hints", ["finding", "questions", "score"], hint=1, seen="0", value="145")
    done("runs", ["said", "commands", "tabs", "result"], command="linux.pslist")
    where = bench(worked, question="q1", run=1, where="gt,PPID,2", sort="PID", row=3)
    answer = clients["trainee"].get(where, headers={"X-Engram": "parts=result,tabs,nothing"})
    assert list(parts(answer)) == ["tabs", "result"]
    assert differing(clients, answer) == []
    # what is refused comes as the page says it, too
    for name, names, fields in (
        ("runs", ["said", "commands"], {"command": "linux.pslst"}),
        ("runs/1/end", ["result"], {}),  # it has ended by itself
        ("check", ["finding"], {"seen": "0", "value": "145"}),
        ("check", ["finding"], {"seen": "0", "value": "what?"}),
        ("findings", ["finding"], {"seen": "2", "value": "145", "request_key": "another-key"}),
    ):
        answer = in_place(clients, worked, name, "?question=q4&run=1", **fields)
        plain = act(clients, worked, name, "?question=q4&run=1", **fields)
        assert list(parts(answer)) == names
        assert answer.status_code == plain.status_code
        page = ONCE.sub("", plain.text)
        left = [one for one, text in parts(answer).items() if one != "commands" and text not in page]
        assert left == [], (name, fields)


def test_what_is_typed_in_a_note_is_kept_whatever_is_pressed(clients: Clients, desk: Desk) -> None:
    for row in range(12):
        desk.cite("linux.psaux", row)

    def notes(*numbers: int) -> dict[str, tuple[str, str]]:
        wanted = "&".join(f"note={number}" for number in numbers)
        page = clients["trainee"].get(bench(desk, question="q1", run=1) + f"&{wanted}").text
        assert html_errors(page) == []
        found = re.findall(r'name="(note-(\d+)-[0-9a-f]{8})" form="answer"[^>]*>([^<]*)<', page)
        return {number: (name, unescape(text)) for name, number, text in found}

    assert notes() == {}, "a field comes when it is asked for"
    opened = act(clients, desk, "check", pen=3, seen="0", value="typed beside it")
    assert re.search(r"[?&]note=3#note-3$", opened.location)
    page = clients["trainee"].get(opened.location).text
    assert 'id="note-3"' in page
    assert 'value="typed beside it"' in page
    first = notes(*range(1, 13))
    assert len(first) == 12
    untouched = dict(first.values())
    for at, (name, fields) in enumerate(
        {
            "check": {"place": "1:14", "seen": "0", "value": "1"},
            "runs": {"command": "linux.pslst", "seen": "0", "value": "1"},
            "verify": {"seen": "0", "value": "1"},
            "uncite": {"citation": "11"},
            "choose": {},
            "draft": {"seen": "0", "value": "2"},
            "pen": {"citation": "10"},
            "use": {"use": "q3 - 1:3:PID"},
            "findings": {"seen": "2", "value": "1", "request_key": "another-key", "bare": "1"},
        }.items(),
        1,
    ):
        act(clients, desk, name, **{**fields, **untouched, first[str(at)][0]: f"typed beside\r\n{name} <b>"})
        assert notes(at)[str(at)][1] == f"typed beside\n{name} <b>"
    act(clients, desk, "note", citation=12, **{**untouched, first["12"][0]: "mine"})
    assert notes(1)["1"][1] == "typed beside\ncheck <b>", "an old page brings back nothing that it has not changed"
    act(clients, desk, "note", citation=12, **{notes(12)["12"][0]: ""})
    assert notes(12)["12"][1] == "", "a note can be emptied"
    refused = act(clients, desk, "check", place="1:15", **{first["3"][0]: "x" * 2001})
    assert refused.status_code == 422
    assert act(clients, desk, "draft", **{"note-99-00000000": "x"}).status_code == 404
    assert act(clients, desk, "draft", **{"note-1": "x", "note-x-00000000": "x"}).status_code == 204


def test_a_script_whose_sign_in_has_ended_is_sent_to_the_door(clients: Clients, desk: Desk) -> None:
    page = bench(desk, question="q1")
    heads = {"X-Engram": "parts=tabs,result"}
    for who, status in (("anonymous", 302), ("stranger", 404), ("instructor", 404)):
        answer = clients[who].get(page, headers=heads)
        assert answer.status_code == status
        assert "X-Engram-At" not in answer.headers
    whole = clients["trainee"].get(page, headers={"X-Engram": "parts="})
    assert "</html>" in whole.text, "no part is named"
    desk.run("linux.psaux")
    with desk.rooms.store.writing() as session:
        run = session.query(Run).filter_by(plugin="linux.psaux").one()
        run.state, run.ended_at, run.started_at = State.RUNNING, None, desk.rooms.clock()
    answer = clients["trainee"].get(bench(desk, question="q1", run=1), headers=heads)
    assert differing(clients, answer) == []
    assert "data-live" in parts(answer)["tabs"]
    assert "End run 1" in parts(answer)["result"]
