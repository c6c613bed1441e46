"""Runs on the workbench: the history of the command line, end and again, filters, permanent addresses, exports."""

import csv
import io
import json
import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.conftest import token_of
from tests.unit.labs.conftest import Desk
from tests.web.conftest import Clients
from training.analysis.models import Run, State
from training.labs import export as exports
from training.labs.models import AttemptCommand
from training.labs.service import history, runs


def here(desk: Desk, path: str = "") -> str:
    return f"/attempts/{desk.attempt_id}{path}"


def post(client: FlaskClient, address: str, **fields: object) -> TestResponse:
    return client.post(address, data={"csrf_token": token_of(client.get("/labs").text), **fields})


def put(desk: Desk, client: FlaskClient, command: str, at: str = "?question=q1") -> str:
    """Type a command; the page that follows."""
    sent = client.post(
        here(desk, f"/runs{at}"), data={"csrf_token": token_of(client.get("/labs").text), "command": command}
    )
    return client.get(sent.location).text if sent.status_code == 303 else sent.text


def state_of(desk: Desk, plugin: str, **values: object) -> None:
    """Bring the run of a plugin into a state, as if it had come to that."""
    with desk.rooms.store.writing() as session:
        run = session.scalars(select(Run).where(Run.plugin == plugin).order_by(Run.try_no.desc())).first()
        assert run
        for name, value in values.items():
            setattr(run, name, value)
        if not run.state.ended:
            run.ended_at, run.started_at, run.seconds = None, desk.rooms.clock(), None


def test_every_command_that_was_typed_is_kept_with_its_run_or_with_what_was_said(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    put(desk, trainee, "linux.psaux")
    refused = put(desk, trainee, "linux.pslst  --pid 1 <b>")
    assert "Commands so far" in refused
    put(desk, trainee, "   ")
    page = trainee.get(here(desk, "/history")).text
    assert "linux.pslst  --pid 1 &lt;b&gt;" in page
    assert "<b>" not in page.partition("<main")[2]
    assert page.index("linux.pslst") < page.index("linux.psaux"), "the newest first"
    assert page.count("no run") == 1
    again = re.search(r'href="([^"]+)#command"', page)
    assert again
    brought = trainee.get(unescape(again[1])).text
    assert 'value="linux.pslst  --pid 1 &lt;b&gt;"' in brought
    with desk.rooms.store.reading() as session:
        kept = history.listed(session, desk.case(session).attempt)
        assert [(one.number, bool(one.answer)) for one in kept] == [(None, True), (1, False)]
    shown = clients["instructor"].get(f"/results/{desk.attempt_id}").text
    assert "linux.pslst  --pid 1 &lt;b&gt;" in shown
    assert "Commands that were typed" in shown


def test_neither_command_nor_finding_is_lost_when_the_other_is_sent(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    page = trainee.get(here(desk, "?question=q1")).text
    assert page.count('form="answer"') >= 2, "the command line belongs to the form of the finding"
    finding = {"seen": "0", "value": "my half of a thought", "confidence": "possible"}
    ran = post(trainee, here(desk, "/runs?question=q1"), command="linux.psaux", **finding)
    assert ran.status_code == 303
    assert "command=" not in ran.location
    after = trainee.get(ran.location).text
    assert 'value="my half of a thought"' in after
    assert '<option value="possible" selected>' in after
    refused = post(trainee, here(desk, "/runs?question=q1"), command="linux.pslst", **finding | {"value": "another"})
    assert refused.status_code == 422
    assert 'value="linux.pslst"' in refused.text
    assert 'value="another"' in refused.text
    checked = post(trainee, here(desk, "/check?question=q1"), command="linux.kmsg --x", **finding).text
    assert 'value="linux.kmsg --x"' in checked
    cited = post(trainee, here(desk, "/check?question=q1&run=1"), command="linux.kmsg", place="1:0", **finding)
    assert cited.status_code == 303
    brought = trainee.get(cited.location).text
    assert 'value="linux.kmsg"' in brought
    assert 'value="my half of a thought"' in brought


def test_an_empty_command_beside_a_finding_checks_the_finding(clients: Clients, desk: Desk) -> None:
    sent = post(clients["trainee"], here(desk, "/runs?question=q1"), command=" ", seen="0", value="0x1f5")
    assert sent.status_code == 200
    assert "It is read as" in sent.text
    with desk.rooms.store.reading() as session:
        assert history.listed(session, desk.case(session).attempt) == []


def test_the_history_has_an_end(clients: Clients, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_COMMANDS", 1)
    put(desk, clients["trainee"], "linux.psaux")
    assert "no more are taken" in put(desk, clients["trainee"], "linux.pslist")
    with desk.rooms.store.reading() as session:
        assert len(session.scalars(select(AttemptCommand)).all()) == 1


def test_a_command_says_what_is_seen_of_its_run(clients: Clients, desk: Desk) -> None:
    page = put(desk, clients["trainee"], "vol --hide-columns PPID --filters COMM,bash --filters COMM,init linux.psaux")
    rows = re.search(r"(?s)<tbody>.*?</tbody>", page)
    assert rows
    assert "bash" in rows[0]
    assert "kthreadd" not in rows[0]
    assert re.search(r'<th scope="col"[^>]*><a [^>]*sort=COMM', page)
    assert not re.search(r'<th scope="col"[^>]*><a [^>]*sort=PPID', page)
    assert "Any of them: ask for all" in page
    assert "Columns (3/4)" in page


def test_several_filters_stand_in_the_address_and_each_can_be_taken_away(clients: Clients, desk: Desk) -> None:
    desk.run("linux.psaux")
    args = "?run=1&where=gt,PID,100&where=-contains,COMM,sh&text=in"
    page = clients["trainee"].get(here(desk, args)).text
    pids = [int(one) for one in re.findall(r'/processes/(\d+)"', page)]
    wanted = [
        row["PID"]
        for row in desk.answered.rows["linux.psaux"]
        if row["PID"] > 100 and "sh" not in row["COMM"] and any("in" in str(cell) for cell in row.values())
    ]
    assert pids == wanted[: len(pids)]
    assert pids
    links = [unescape(one) for one in re.findall(r'class="chip" href="([^"#]+)', page)]
    assert len(links) == 3
    assert "where=-contains" not in links[2]
    assert "where=gt" in links[2]
    form = re.search(r'(?s)<form class="tools".*?</form>', page)
    assert form
    fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0])
    added = "&".join(f"{name}={value}" for name, value in fields) + "&column=PPID&op=is&text=1"
    more = clients["trainee"].get(here(desk, f"?{unescape(added)}")).text
    assert len(re.findall(r'class="chip"', more)) == 4


def test_a_filter_that_makes_no_sense_is_said_and_stays_to_be_mended(clients: Clients, desk: Desk) -> None:
    desk.run("linux.psaux")
    page = clients["trainee"].get(here(desk, "?run=1&where=gt,PID,many")).text
    assert "This filter can't be used" in page
    assert 'class="chip"' in page
    refused = clients["trainee"].get(here(desk, "/runs/1/export.csv?where=gt,PID,many"))
    assert refused.status_code == 422


def test_a_row_and_a_cell_have_a_permanent_address(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    desk.run("linux.psaux")
    row = desk.answered.find("linux.psaux", PID=1)
    last = desk.answered.rows["linux.psaux"][-1]["n"]
    for address, n, cell in (
        (f"/runs/1/rows/{row}", row, ""),
        (f"/runs/1/rows/{last}/ARGS?question=q2", last, "ARGS"),
        (f"/runs/1/rows/{row}?run=1&where=is,PID,2", row, ""),
        (f"/runs/1/rows/{last}?run=1&sort=PID&desc=1", last, ""),
    ):
        led = trainee.get(here(desk, address))
        assert (led.status_code, led.location.rpartition("#")[2]) == (303, f"row-{n}"), address
        page = trainee.get(led.location).text
        marked = re.search(rf'(?s)<tr id="row-{n}" aria-current="true".*?</tr>', page)
        assert marked, address
        assert ('class="at"' in marked[0]) is bool(cell)
    assert "sort=PID" in led.location
    cells = [unescape(one) for one in re.findall(r'href="([^"]+cell=[^"]+)#strip"', page)]
    lasting = [re.findall(r'href="([^"]+/rows/\d+/[^"]+)"', trainee.get(here(desk, one)).text) for one in cells]
    assert [[trainee.get(one).status_code for one in each] for each in lasting] == [[303]] * 4
    assert trainee.get(here(desk, "/runs/1/rows/99999")).status_code == 404
    assert trainee.get(here(desk, "/runs/7/rows/0")).status_code == 404
    assert clients["stranger"].get(here(desk, f"/runs/1/rows/{row}")).status_code == 404


def test_columns_and_absences_are_explained_below_the_table(clients: Clients, desk: Desk) -> None:
    desk.run("linux.sockstat")
    page = clients["trainee"].get(here(desk, "?run=1")).text
    assert 'href="?question=q1&amp;run=1&amp;columns=1#columns"' in page
    page = clients["trainee"].get(here(desk, "?run=1&columns=1")).text
    columns = re.search(r'(?s)class="list cols".*?</ul>', page)
    assert columns
    assert columns[0].count("<li>") == len(desk.answered.rows["linux.sockstat"][0]) - 2
    assert 'name="show" value="Source Port" checked' in columns[0]
    assert "not available" in page.rpartition("</table>")[2], "the words for absence are explained once"
    shown = clients["trainee"].get(here(desk, "?run=1&show=PID&show=State")).text
    assert "(2/15)" in shown


def test_rows_are_exported_whole_or_as_they_are_filtered(clients: Clients, desk: Desk) -> None:
    desk.run("linux.psaux")
    whole = clients["trainee"].get(here(desk, "/runs/1/export.csv"))
    rows = list(csv.reader(io.StringIO(whole.text.lstrip("\ufeff"))))
    assert len(rows) == len(desk.answered.rows["linux.psaux"]) + 1
    assert rows[0][-2:] == ["COMM", "ARGS"]
    assert whole.headers["Content-Disposition"].endswith("finance-workstation-a-run1-linux.psaux-try1.csv")
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert whole.headers["Content-Type"] == "text/csv; charset=utf-8"
    with desk.rooms.store.reading() as session:
        run = session.scalars(select(Run).where(Run.plugin == "linux.psaux")).one()
    assert whole.headers["X-Engram-Run"] == f"{run.key}-1"
    assert whole.headers["X-Engram-Exhibit"] == run.exhibit
    some = clients["trainee"].get(here(desk, "/runs/1/export.jsonl?where=is,PID,1"))
    assert [json.loads(line)["PID"] for line in some.text.splitlines()] == [1]
    assert some.headers["X-Engram-Rows"] == "filtered"
    assert "-filtered.jsonl" in some.headers["Content-Disposition"]
    assert clients["instructor"].get(here(desk, "/runs/1/export.csv")).status_code == 404


def test_a_command_in_a_header_is_one_line_of_ascii() -> None:
    run = Run(
        exhibit="a" * 64, plugin="linux.vmaregexscan", options={"pattern": "é\n\u202e"}, key="k", try_no=2,
        state=State.PARTIAL, volatility="2.28.2", plugin_version="1.0.0", island=2,
    )  # fmt: skip
    headers = exports.provenance(run, filtered=False)
    assert all(value.isascii() and value.isprintable() for value in headers.values())
    assert exports.name_of(run, "x", 3, "csv", filtered=True) == "x-run3-linux.vmaregexscan-try2-partial-filtered.csv"


def test_a_run_is_ended_by_its_only_asker(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    desk.run("linux.psaux")
    state_of(desk, "linux.psaux", state=State.QUEUED)
    assert "End run 1" in trainee.get(here(desk, "?run=1")).text
    sent = post(trainee, here(desk, "/runs/1/end?question=q2&run=1"))
    assert sent.status_code == 303
    page = trainee.get(sent.location).text
    assert "Run 1 was ended" in page
    assert "Ended by the person who had asked for it." in page
    late = post(trainee, here(desk, "/runs/1/end"))
    assert late.status_code == 409
    assert "has ended already" in late.text
    assert trainee.get(here(desk, "/runs/1/end")).status_code == 303


def test_a_running_run_is_handed_to_the_engine_to_end(
    clients: Clients, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[tuple[object, str]] = []
    monkeypatch.setattr(type(desk.rooms.engine), "end", lambda _self, run_id, why: ended.append((run_id, why)))
    desk.run("linux.psaux")
    state_of(desk, "linux.psaux", state=State.RUNNING, stage="preparing")
    page = clients["trainee"].get(here(desk, "?run=1")).text
    assert "the exhibit is being made ready" in page
    assert "Making the exhibit ready" in page
    assert post(clients["trainee"], here(desk, "/runs/1/end")).status_code == 303
    assert [why for _, why in ended] == [runs.ENDED]


def test_a_run_that_others_wait_for_goes_on(clients: Clients, desk_of: Callable[[str], Desk]) -> None:
    mine, other = desk_of("trainee"), desk_of("colleague")
    for desk in (mine, other):
        desk.run("linux.psaux")
    state_of(mine, "linux.psaux", state=State.QUEUED)
    page = clients["trainee"].get(here(mine, "?run=1")).text
    assert "1 other trainee waits for it too" in page
    assert "End run 1" not in page
    refused = post(clients["trainee"], here(mine, "/runs/1/end"))
    assert refused.status_code == 409
    assert "Another trainee waits for run 1, so it goes on." in refused.text
    post(clients["colleague"], here(other, "/close"))
    assert post(clients["trainee"], here(mine, "/runs/1/end")).status_code == 303


@pytest.mark.parametrize("state", [State.FAILED, State.KILLED, State.PARTIAL])
def test_a_run_that_did_not_complete_is_asked_for_again(clients: Clients, desk: Desk, state: State) -> None:
    trainee = clients["trainee"]
    desk.run("linux.psaux")
    state_of(desk, "linux.psaux", state=state, reason="It took too long.")
    assert "Run again" in trainee.get(here(desk, "?run=1")).text
    sent = post(trainee, here(desk, "/runs/1/again?question=q1&run=1"))
    assert sent.status_code == 303
    assert "run=2" in sent.location
    with desk.rooms.store.reading() as session:
        made = session.scalars(select(Run).where(Run.plugin == "linux.psaux").order_by(Run.try_no)).all()
        kept = history.listed(session, desk.case(session).attempt)
    assert [(one.try_no, one.state) for one in made] == [(1, state), (2, State.COMPLETE)]
    assert [(one.typed, one.number) for one in kept] == [("linux.psaux", 2)]


def test_the_record_of_a_run_says_how_it_ran(clients: Clients, desk: Desk) -> None:
    desk.run("linux.psaux")
    state_of(desk, "linux.psaux", layers=["limits", "seccomp"], peak=300 * 2**20)
    page = clients["trainee"].get(here(desk, "?run=1")).text
    for part in ("Record of run 1", "limits, seccomp", "300 MiB", "Volatility 2.28.2, plugin"):
        assert part in page


@pytest.mark.parametrize(
    "path", ["/runs/{}", "/runs/1/rows/{}", "/processes/{}", "/runs/{}/files", "?run={}&page={}&row={}"]
)
def test_numbers_beyond_all_limits_are_not_there(clients: Clients, desk: Desk, path: str) -> None:
    desk.run("linux.psaux")
    for number in ("9999999999", "9" * 40):
        answer = clients["trainee"].get(here(desk, path.replace("{}", number)))
        assert answer.status_code == (200 if path.startswith("?") else 404), answer.text[:200]
