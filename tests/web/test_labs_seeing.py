"""Figures of an attempt: drawn from its own runs, with a table that says the same, and no heavier than any page."""

import json
import re
import sqlite3
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.conftest import token_of
from tests.unit.labs.conftest import Desk
from tests.web.conftest import Clients, html_errors
from training.analysis.models import Run, State
from training.analysis.views.timeline import FEW
from training.labs.models import Citation
from training.operating.bench.pages import weight

HEAVIEST = 100 * 1024
FIGURE = re.compile(r"<svg class=\"v\".*?</svg>", re.DOTALL)


def here(desk: Desk, path: str = "") -> str:
    return f"/attempts/{desk.attempt_id}{path}"


def post(client: FlaskClient, address: str, **fields: object) -> TestResponse:
    return client.post(address, data={"csrf_token": token_of(client.get("/labs").text), **fields})


def looked_at(client: FlaskClient, address: str) -> str:
    """A page of a figure that keeps to what all of them keep to."""
    answer = client.get(address)
    assert answer.status_code == 200
    assert html_errors(answer.text) == []
    assert weight(client, answer) <= HEAVIEST
    drawn = FIGURE.findall(answer.text)
    assert all(len(one.encode()) <= 24 * 1024 for one in drawn)
    assert 'style="' not in answer.text
    return answer.text


def rows_of(page: str) -> int:
    return page.count("<tr") - page.count("<thead")


def test_a_tree_of_what_was_run(clients: Clients, desk: Desk) -> None:
    trainee, tree = clients["trainee"], here(desk, "/seeing/tree")
    page = looked_at(trainee, tree)
    assert "Run what is missing (3)" in page
    assert "Nothing to draw yet." in page
    assert not FIGURE.search(page)
    sent = post(trainee, tree)
    assert sent.location == tree
    page = looked_at(trainee, tree)
    assert "Run what is missing" not in page
    assert "Square in a square: seen by one source only." in page
    listed = desk.answered.rows["linux.pslist"]
    threads = sum(row["PPID"] == 2 for row in listed)
    assert f"{threads} processes folded" in page
    opened = unescape(re.findall(r'href="(tree\?open=2)"', page)[0])
    assert "rcu_preempt" in looked_at(trainee, here(desk, f"/seeing/{opened}&page=2"))
    # One process: its ancestors, and the way back after a row was cited.
    child = next(row for row in listed if row["PPID"] > 2 and row["COMM"] == "bash")
    around = f"/seeing/tree?pid={child['PID']}&time=1"
    page = looked_at(trainee, here(desk, around))
    assert f"&gt; {child['PPID']} &gt; {child['PID']}" in page
    assert page.count('aria-current="true"') == 1
    back = unescape(re.findall(r'name="back" value="(seeing[^"]+)"', page)[0])
    run = re.findall(r'name="place" value="(\d+:\d+)"', page)[0]
    anchor = f"#r{run.replace(':', '-')}"
    sent = post(trainee, here(desk, "/cite"), place=run, back=back)
    assert sent.location == here(desk, around + anchor)
    page = looked_at(trainee, sent.location)
    assert f'id="{anchor[1:]}"' in page, "the way back leads to the row"
    assert 'class="sus"' in page
    assert "C1</a>" in page
    with desk.rooms.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Citation)) == 1
    assert "No run of this attempt names this PID." in looked_at(trainee, here(desk, "/seeing/tree?pid=4194300"))
    for nonsense in ("?pid=x&page=-1", "?pid=99999999999999999999&open=&open=x&time=0&page=9", "?page=" + "9" * 30):
        looked_at(trainee, here(desk, f"/seeing/tree{nonsense}"))


def test_a_timeline_is_looked_at_closer_and_closer(clients: Clients, desk: Desk) -> None:
    trainee, line = clients["trainee"], here(desk, "/seeing/timeline")
    page = looked_at(trainee, line)
    assert "Run what is missing (1)" in page
    assert "Nothing to draw yet." in page
    desk.run("linux.pslist")
    desk.run("linux.bash")
    page = looked_at(trainee, line)
    dated = len(desk.answered.rows["linux.pslist"]) + len(desk.answered.rows["linux.bash"])
    assert dated <= FEW
    assert f"{dated} dated rows in this window" in page
    assert "by the reference clock; how that lies on the machine" in page
    assert "Page 1 of 3" in page
    assert 'class="cap"' not in page
    closer = unescape(re.findall(r'href="(timeline\?from=[^"]+)" aria-label="Look closer', page)[-1])
    page = looked_at(trainee, here(desk, f"/seeing/{closer}"))
    assert "before it, from" in page
    # The row that is cited, with the way back to this window; its diamond.
    place = re.findall(r'name="place" value="(\d+:\d+)"', page)[0]
    back = unescape(re.findall(r'name="back" value="(seeing[^"]+)"', page)[0])
    sent = post(trainee, here(desk, "/cite"), place=place, back=back)
    assert sent.location == here(desk, f"/seeing/{closer}")
    assert 'class="sus"' in looked_at(trainee, sent.location)
    for move in ("Wider", "Narrower", "Earlier", "First window", "All times"):
        there = re.search(f'href="(timeline[^"]*)">{move}<', page)
        assert there, move
        looked_at(trainee, here(desk, f"/seeing/{unescape(there[1])}"))
    # Nobody shifts a clock but the reader.
    with desk.rooms.store.reading() as session:
        captured = desk.case(session).exhibit.captured_at
    around = [(captured + timedelta(seconds=one)).strftime("%Y-%m-%d %H:%M:%S") for one in (-3600, 3600)]
    page = looked_at(trainee, line + "?" + urlencode({"from": around[0], "to": around[1], "offset": "-60"}))
    assert "capture " + (captured - timedelta(seconds=60)).strftime("%H:%M:%S") in page
    assert 'value="-60"' in page
    for args, words in {
        "from=soon&to=2026-03-10": "&#39;soon&#39; can&#39;t be read as a time.",
        "from=2026-03-10": "type both",
        "from=2026-03-10&to=2026-03-09": "The window ends before it begins.",
        "offset=1.5": "is not a whole number of seconds",
        "from=0001-01-01&to=9999-12-31T23:59:59Z&page=99": "dated rows in this window",
        "from=1800-01-01&to=1800-01-02": "Nothing is dated in this window.",
    }.items():
        assert words in looked_at(trainee, f"{line}?{args}"), args


def test_sockets_and_patterns_of_cross_views(clients: Clients, desk: Desk) -> None:
    trainee, network, matrix = clients["trainee"], here(desk, "/seeing/network"), here(desk, "/seeing/matrix")
    for empty in (network, matrix):
        assert "Nothing to" in looked_at(trainee, empty)
    assert post(trainee, network).location == network
    page = looked_at(trainee, network)
    rows = desk.answered.rows["linux.sockstat"]
    sockets = {row["Sock Offset"] for row in rows if row["Family"] == "AF_INET"}
    assert page.count("<tr") == len(sockets) + 1
    assert "AF_UNIX</bdi> " + str(sum(row["Family"] == "AF_UNIX" for row in rows)) in page
    assert post(trainee, matrix + "?view=sockets").location == matrix + "?view=sockets"
    page = looked_at(trainee, matrix + "?view=sockets")
    assert "Run what is missing" not in page
    assert post(trainee, matrix).location == matrix
    page = looked_at(trainee, matrix)
    group = re.search(r'href="../(compare/processes\?pattern=nnls1)" aria-label="Show the (\d+) things', page)
    assert group
    alike = trainee.get(here(desk, f"/{group[1]}")).text
    assert alike.count("<tbody") == int(group[2]) + 1, "those of the group, and the table of sources"
    assert "Only what the sources have and lack in the same way." in alike
    assert "Only what" not in trainee.get(here(desk, "/compare/processes?pattern=<b>")).text
    assert trainee.get(matrix + "?view=secrets").status_code == 404
    assert "Kernel modules" in looked_at(trainee, matrix + "?view=modules")


def test_what_an_image_names_stays_text_on_every_page(clients: Clients, desk: Desk) -> None:
    name = '"><b onx=1>\u202e&amp;\x1b' + "n" * 4096
    for plugin, column in (("linux.pslist", "COMM"), ("linux.sockstat", "Process Name"), ("linux.bash", "Command")):
        desk.run(plugin)
        with desk.rooms.store.reading() as session:
            run = session.scalars(select(Run).where(Run.plugin == plugin)).one()
        path = desk.rooms.settings.instance / "results" / run.result_name
        kept = path.read_bytes()
        path.unlink()  # it is the same file as that of other tests
        path.write_bytes(kept)
        with sqlite3.connect(path) as made:
            names = [one["name"] for one in json.loads(made.execute("SELECT columns FROM about").fetchone()[0])]
            i = names.index(column)
            made.execute(f"UPDATE rows SET c{i} = ?, t{i} = NULL WHERE n > 3", (name,))  # noqa: S608 - a number
        made.close()
    for address in ("tree", "tree?time=1&open=2", "timeline", "network", "matrix", "matrix?view=sockets"):
        page = looked_at(clients["trainee"], here(desk, f"/seeing/{address}"))
        assert "<b onx" not in page
        assert "\u202e" not in page
        assert "\x1b" not in page
        for attribute in re.findall(r'\b(?:href|id|class|d|value|name|action|aria-label)="([^"]*)"', page):
            assert "onx" not in attribute
    assert "\u2039U+202E\u203a" in looked_at(clients["trainee"], here(desk, "/seeing/tree"))


def test_a_figure_is_for_its_person_and_a_closed_attempt_only_shows(clients: Clients, desk: Desk) -> None:
    desk.run("linux.pslist")
    with desk.rooms.store.writing() as session:
        run = session.scalars(select(Run).where(Run.plugin == "linux.pslist")).one()
        run.state, run.reason = State.PARTIAL, "It took too long."
    names = ("tree", "timeline", "network", "matrix")
    for name in names:
        for who in ("colleague", "stranger", "instructor", "host"):
            assert clients[who].get(here(desk, f"/seeing/{name}")).status_code == 404, (name, who)
            assert post(clients[who], here(desk, f"/seeing/{name}")).status_code == 404, (name, who)
    trainee = clients["trainee"]
    assert trainee.get(here(desk, "/seeing/secrets")).status_code == 404
    page = looked_at(trainee, here(desk, "/seeing/tree"))
    assert "Partial: what is not there means nothing" in page
    assert 'name="place"' not in page, "rows of a partial run can't be cited"
    post(trainee, here(desk, "/close"))
    for name in names:
        page = looked_at(trainee, here(desk, f"/seeing/{name}"))
        assert "Run what is missing" not in page
        assert 'name="place"' not in page
        assert post(trainee, here(desk, f"/seeing/{name}")).status_code == 409


def test_only_a_figure_s_own_address_is_a_way_back(clients: Clients, desk: Desk) -> None:
    desk.run("linux.pslist")
    for back in (
        "seeing/tree?pid=1#x",
        "seeing/../../account",
        "seeing/tree?pid=%2f",
        "//seeing/tree",
        "seeing/tree?\nx",
        "compare/processes?page=<",
    ):
        sent = post(clients["trainee"], here(desk, "/cite"), place="1:0", back=back)
        assert sent.location.split("?")[0].split("#")[0] == here(desk), back
