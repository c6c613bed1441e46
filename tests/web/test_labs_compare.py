"""Pages that assemble several runs: cross-views, everything about a process, two exhibits side by side."""

import hashlib
import io
import re
import shutil
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
import pyzipper
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.conftest import People, token_of
from tests.unit.labs.conftest import FOLDER, Desk
from tests.web.conftest import Clients, html_errors
from training.accounts.actor import Actor, Role
from training.analysis import cards as plugin_cards
from training.analysis import service as analysis
from training.analysis.command import Command
from training.analysis.models import Run, State
from training.audit.models import Event
from training.content import service as content
from training.evidence import service as evidence
from training.evidence.models import Exhibit
from training.labs import reader
from training.labs.models import Attempt, Citation
from training.labs.service import attempts

OTHER = "b" * 64


def here(desk: Desk, path: str = "") -> str:
    return f"/attempts/{desk.attempt_id}{path}"


def post(client: FlaskClient, address: str, **fields: object) -> TestResponse:
    return client.post(address, data={"csrf_token": token_of(client.get("/labs").text), **fields})


def runs_of(desk: Desk) -> list[str]:
    with desk.rooms.store.reading() as session:
        return sorted(session.scalars(select(Run.plugin).where(Run.exhibit != OTHER)))


def test_a_cross_view_says_what_is_missing_and_runs_it(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    page = trainee.get(here(desk, "/compare/processes")).text
    assert "Run what is missing (4)" in page
    assert "Nothing to lay side by side yet." in page
    assert html_errors(page) == []
    sent = post(trainee, here(desk, "/compare/processes"))
    assert sent.location == here(desk, "/compare/processes")
    page = trainee.get(sent.location).text
    assert "linux.psscan" in runs_of(desk)
    assert "Run what is missing" not in page
    assert page.count("output of Volatility") == 1, "said once, and as it is"
    assert "Assembled by Engram from output of Volatility 3, the rows of these runs of your attempt" in page
    assert 'href="/licences"' in page
    assert "not seen" in page, "the scan finds what no list has"
    assert "It can be innocent:" in page
    assert html_errors(page) == []
    listed = trainee.get(here(desk, "/history")).text
    assert "linux.psscan" in listed, "what a button asks for stands in the history too"


def test_a_row_is_cited_from_a_cross_view_and_the_reader_stays_there(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    desk.run("linux.pslist")
    page = trainee.get(here(desk, "/compare/processes")).text
    place = re.search(r'name="place" value="(1:\d+)"', page)
    assert place
    sent = post(trainee, here(desk, "/cite"), place=place[1], back="compare/processes")
    assert sent.location == here(desk, "/compare/processes")
    with desk.rooms.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Citation)) == 1
    row = re.search(r'href="([^"]+/runs/1/rows/\d+)"', page)
    assert row
    assert trainee.get(row[1]).status_code == 303


def test_a_partial_source_is_named_and_what_it_lacks_means_nothing(clients: Clients, desk: Desk) -> None:
    for plugin in ("linux.pslist", "linux.pidhashtable"):
        desk.run(plugin)
    with desk.rooms.store.writing() as session:
        run = session.scalars(select(Run).where(Run.plugin == "linux.pidhashtable")).one()
        run.state, run.reason = State.PARTIAL, "It took too long."
    page = clients["trainee"].get(here(desk, "/compare/processes")).text
    assert "Partial: what is not there means nothing" in page
    assert 'value="2:' not in page, "rows of a partial run can't be cited"


def test_a_view_that_is_not_there_is_not_there(clients: Clients, desk: Desk) -> None:
    assert clients["trainee"].get(here(desk, "/compare/secrets")).status_code == 404
    assert post(clients["trainee"], here(desk, "/compare/secrets")).status_code == 404


@pytest.mark.parametrize("name", ["modules", "sockets"])
def test_the_other_cross_views_are_valid_pages(clients: Clients, desk: Desk, name: str) -> None:
    post(clients["trainee"], here(desk, f"/compare/{name}"))
    page = clients["trainee"].get(here(desk, f"/compare/{name}?page=99")).text
    assert "Run what is missing" not in page
    assert html_errors(page) == []


def test_everything_about_a_process_stands_on_one_page(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    for plugin in ("linux.psaux", "linux.pslist", "linux.sockstat"):
        desk.run(plugin)
    pid = desk.answered.rows["linux.sockstat"][0]["PID"]
    page = trainee.get(here(desk, f"/processes/{pid}")).text
    assert html_errors(page) == []
    for part in ("linux.psaux", "linux.pslist", "linux.sockstat", "of the process", "Run 4 of the 8 that are missing"):
        assert part in page
    assert "At most 4 of your runs go on at once: 4 more can be run afterwards." in page
    assert "linux.pstree --pid" not in page, "a tree of one process says nothing that the task list does not"
    assert f"seeing/tree?pid={pid}" in page
    assert f'href="{here(desk)}/processes/{pid}"' in trainee.get(here(desk, f"?run=1&where=is,PID,{pid}")).text
    whole = re.search(r'href="([^"]+where=is,PID,[^"]+)"', page)
    assert whole
    assert trainee.get(whole[1].replace("&amp;", "&").partition("#")[0]).status_code == 200
    before = len(runs_of(desk))
    assert post(trainee, here(desk, f"/processes/{pid}")).location == here(desk, f"/processes/{pid}")
    asked = runs_of(desk)
    assert len(asked) == before + 4
    assert "Run what is missing (4)" in trainee.get(here(desk, f"/processes/{pid}")).text
    assert f"--pid {pid}" in trainee.get(here(desk, "/history")).text


def test_a_process_that_no_run_names_has_a_page_that_says_so(clients: Clients, desk: Desk) -> None:
    page = clients["trainee"].get(here(desk, "/processes/4194300")).text
    assert "No run of this attempt names this PID." in page
    assert html_errors(page) == []


def test_a_closed_attempt_compares_what_it_has_and_runs_nothing(clients: Clients, desk: Desk) -> None:
    trainee = clients["trainee"]
    desk.run("linux.pslist")
    post(trainee, here(desk, "/close"))
    for path in ("/compare/processes", "/processes/1"):
        page = trainee.get(here(desk, path)).text
        assert "Run what is missing" not in page
        assert 'name="place"' not in page
        assert post(trainee, here(desk, path)).status_code == 409


@pytest.fixture
def two(desk: Desk) -> tuple[str, str]:
    """The exhibit and another one, on which linux.psaux has one process less and one with other arguments."""
    desk.run("linux.psaux")
    with desk.rooms.store.writing() as session:
        first = evidence.get(session, desk.case(session).exhibit.sha256)
        values = {name: getattr(first, name) for name in Exhibit.__table__.columns.keys()}  # noqa: SIM118 - no mapping
        registered = first.registered_at + timedelta(days=1)
        other = Exhibit(**{**values, "sha256": OTHER, "name": "finance-workstation-b", "registered_at": registered})
        session.add(other)
        session.flush()
        run = analysis.ask(session, other, Command("linux.psaux"), desk.rooms.clock())
        made = session.scalars(select(Run).where(Run.plugin == "linux.psaux", Run.exhibit == first.sha256)).one()
        run.state, run.rows, run.columns, run.seconds = State.COMPLETE, made.rows - 1, made.columns, 0.1
        run.started_at = run.ended_at = desk.rooms.clock()
        folder = desk.rooms.settings.instance / "results"
        _other_rows(folder / made.result_name, folder / run.result_name)
        return first.sha256, OTHER


def _other_rows(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    target.chmod(0o600)
    with sqlite3.connect(target) as made:
        last = made.execute("SELECT max(n) FROM rows").fetchone()[0]
        made.execute("DELETE FROM rows WHERE n = ?", (last,))
        made.execute("UPDATE rows SET c3 = '<i>other</i>', t3 = NULL WHERE n = 0")
        made.execute("UPDATE about SET rows = rows - 1")
    made.close()


def test_two_exhibits_are_laid_side_by_side(clients: Clients, desk: Desk, two: tuple[str, str]) -> None:
    left, right = two
    address = "/exhibits/compare?" + urlencode({"left": left, "right": right, "command": "linux.psaux"})
    page = clients["instructor"].get(address).text
    assert html_errors(page) == []
    assert "Only on the left <span" in page
    assert "(1)</span></h2>" in page
    assert "&lt;i&gt;other&lt;/i&gt;" in page
    assert f"{len(desk.answered.rows['linux.psaux']) - 2} rows are the same on both sides." in page
    for who in ("trainee", "colleague"):
        assert clients[who].get(address).status_code == 404
    assert clients["host"].get(address).status_code == 200


def test_what_is_missing_for_a_comparison_is_run(clients: Clients, desk: Desk, two: tuple[str, str]) -> None:
    left, right = two
    address = "/exhibits/compare?" + urlencode({"left": left, "right": right, "command": "linux.boottime"})
    page = clients["instructor"].get(address).text
    assert "Run what is missing (2)" in page
    sent = post(clients["instructor"], address)
    assert (sent.status_code, sent.location) == (303, address)
    page = clients["instructor"].get(address).text
    assert "Run what is missing (1)" in page, "the other image is not there, so its run failed"
    assert "Complete" in page


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"right": "same", "command": "linux.psaux"}, "Both sides are the same exhibit"),
        ({"command": "linux.pslst"}, "Did you mean"),
        ({"command": "linux.pslist --pid 1 --dump"}, "writes files"),
    ],
)
def test_what_can_not_be_compared_says_why(
    clients: Clients, two: tuple[str, str], args: dict[str, str], words: str
) -> None:
    given = {"left": two[0], "right": two[0] if args.get("right") else two[1], "command": args["command"]}
    page = clients["instructor"].get("/exhibits/compare?" + urlencode(given))
    assert page.status_code == 422
    assert words in page.text
    assert html_errors(page.text) == []


@pytest.fixture
def lab_with(desk: Desk, tmp_path: Path, people: People) -> Callable[[str], Attempt]:
    """An attempt of the colleague at a release of the lab with another line in its file."""

    def make(line: str) -> Attempt:
        folder = tmp_path / "labs" / FOLDER.name
        shutil.copytree(FOLDER, folder)
        file = folder / reader.FILE
        text = re.sub(r"(?m)^exhibits: .*$", "exhibits: [finance-workstation-a]", file.read_text("utf-8"))
        file.write_text(text.replace("\nquestions:", f"\n{line}\nquestions:", 1), "utf-8")
        actor = Actor(people["colleague"], "Colleague", people.home, frozenset({(people.home, Role.TRAINEE)}))
        with desk.rooms.store.writing() as session:
            instance, now = desk.rooms.settings.instance, desk.rooms.clock() + timedelta(seconds=1)
            assert content.publish(session, instance, "lab", folder, reader.check, now).current
            return attempts.begin(session, instance, actor, FOLDER.name, now)

    return make


def test_a_trainee_compares_with_the_baseline_that_the_lab_names(
    clients: Clients, desk: Desk, two: tuple[str, str], lab_with: Callable[[str], Attempt]
) -> None:
    assert clients["trainee"].get(here(desk, "/baseline?command=linux.psaux")).status_code == 404
    attempt = lab_with("baseline: finance-workstation-b")
    address = f"/attempts/{attempt.id}/baseline?command=linux.psaux"
    page = clients["colleague"].get(address).text
    assert "rows are the same on both sides." in page
    assert "finance-workstation-b" in page
    assert html_errors(page) == []
    assert clients["trainee"].get(address).status_code == 404
    assert "The baseline" in clients["colleague"].get(f"/attempts/{attempt.id}").text
    sent = post(clients["colleague"], f"/attempts/{attempt.id}/baseline?command=linux.pslist")
    assert sent.status_code == 303
    assert sent.location.endswith("/baseline?command=linux.pslist")


def test_files_are_written_and_taken_only_where_the_lab_allows_it(
    clients: Clients, desk: Desk, lab_with: Callable[[str], Attempt]
) -> None:
    command = "linux.elfs --pid 1 --dump"
    assert plugin_cards.load().get("linux.elfs").option("dump")
    refused = post(clients["trainee"], here(desk, "/runs"), command=command)
    assert refused.status_code == 422
    assert "writes files out of the image, and this lab works with rows alone" in refused.text
    attempt = lab_with("dumps: true")
    sent = post(clients["colleague"], f"/attempts/{attempt.id}/runs", command=command)
    assert sent.status_code == 303
    page = clients["colleague"].get(f"/attempts/{attempt.id}/runs/1/files")
    assert html_errors(page.text) == []
    assert "infected" in page.text
    found = re.findall(r'href="([^"]+/files/([0-9a-f]{64}))"', page.text)
    assert found
    taken(clients["colleague"], *found[0])
    taken(clients["instructor"], *found[0])
    assert f"/attempts/{attempt.id}/runs/1/files" in clients["instructor"].get(f"/results/{attempt.id}").text
    for who in ("trainee", "stranger", "other_instructor", "host"):
        assert clients[who].get(found[0][0]).status_code == 404, who
    assert clients["colleague"].get(found[0][0][:-4] + "0000").status_code == 404
    with desk.rooms.store.reading() as session:
        noted = session.scalars(select(Event).where(Event.act == "dump.downloaded")).all()
    assert [one.details["sha256"] for one in noted] == [found[0][1]] * 2


def taken(client: FlaskClient, address: str, sha256: str) -> None:
    """Download an archive and look inside: one file, named by its content, under the password."""
    with client.get(address) as answer:
        assert answer.headers["Content-Type"] == "application/zip"
        assert answer.headers["Content-Disposition"] == f"attachment; filename={sha256}.zip"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        content = answer.data
    with pyzipper.AESZipFile(io.BytesIO(content)) as zipped:
        assert zipped.namelist() == [sha256]
        with pytest.raises(RuntimeError, match="password"):
            zipped.read(sha256)
        zipped.setpassword(b"infected")
        assert hashlib.sha256(zipped.read(sha256)).hexdigest() == sha256
