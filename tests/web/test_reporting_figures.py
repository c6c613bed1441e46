"""Figures of a report: chosen, drawn from complete runs, frozen when it is filed, set on paper."""

import re
import time

from flask.testing import FlaskClient

from tests.unit.credentials.conftest import pages, texts
from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import answer, pid, prove
from tests.web.conftest import Clients, html_errors, post
from tests.web.test_reporting import WEIGHT, document, home
from training.labs.service import runs
from training.reporting.document import Document, digest, read, written
from training.reporting.figures import NAMES
from training.reporting.service import projection


def take(client: FlaskClient, desk: Desk, name: str, seen: int = 0, **fields: str) -> int:
    here = home(desk, "/figures")
    return post(client, here, here, name=name, kept="1", seen=str(seen), **fields).status_code


def drawn(desk: Desk) -> Document:
    with desk.rooms.store.reading() as session:
        case, engine = desk.case(session), desk.rooms.engine
        return projection.draft(session, case, engine.result, "en", desk.rooms.clock(), drawn=True)


def work(desk: Desk) -> None:
    """Runs of which every figure can be drawn, and a finding with its rows."""
    for plugin in ("linux.pslist", "linux.pidhashtable", "linux.bash", "linux.sockstat"):
        desk.run(plugin)
    desk.submit("q1", answer(desk, "q1"), prove(desk, "q1"))


def test_figures_are_chosen_and_drawn_from_the_rows_of_the_runs_that_they_name(clients: Clients, desk: Desk) -> None:
    work(desk)
    client, here = clients["trainee"], home(desk, "/figures")
    page = client.get(here).text
    assert html_errors(page) == []
    assert page.count("Not in the report") == 4
    number = str(pid(desk))
    assert take(client, desk, "tree", pid=number, caption="The <b>chain</b> above it.") == 303
    for name in ("timeline", "network", "matrix"):
        assert take(client, desk, name) == 303
    made = drawn(desk)
    assert [one.name for one in made.figures] == list(NAMES)
    assert document(desk).figures == (), "a page that shows none draws none"
    known = {one.number: one for one in made.runs}
    for one in made.figures:
        assert one.runs, one.name
        assert set(one.runs) <= set(known), "each run that a figure is drawn from stands in annex B"
        assert one.rows
        assert all(len(row) == len(one.heads) for row in one.rows)
    tree = made.figures[0]
    assert any(row[1] == number for row in tree.rows)
    row = next(row for row in tree.rows if row[1] == number)
    run, place = map(int, row[5].split()[0].split(":"))
    with desk.rooms.store.reading() as session:  # what the table names is the row of that run
        listed = {one.number: one.run for one in runs.listed(session, desk.case(session).attempt)}
        with desk.rooms.engine.result(listed[run]) as result:
            names = [column.name for column in result.columns]
            assert str(result.row(place).cells[names.index("PID")]) == number
    preview = client.get(home(desk, "/preview")).text
    assert html_errors(preview) == []
    assert len(preview.encode()) < WEIGHT
    for n in range(1, 5):
        assert f'id="G{n}"' in preview
    for name in NAMES:
        shown = client.get(home(desk, f"/figures/{name}"))
        assert shown.status_code == 200
        assert html_errors(shown.text) == []
        assert len(shown.data) < WEIGHT
        assert "<svg" in shown.text
        assert "The same as a table" in shown.text
    assert "The &lt;b&gt;chain" in client.get(home(desk, "/figures/tree")).text


def test_the_figures_of_a_report_are_numbered_from_1_wherever_it_shows_them(clients: Clients, desk: Desk) -> None:
    work(desk)
    client = clients["trainee"]
    for name in ("network", "matrix"):
        assert take(client, desk, name) == 303
    choices = client.get(home(desk, "/figures")).text
    assert "Figure 1: Network" in choices
    assert "Figure 2: Cross-view" in choices
    assert "Figure 3" not in choices, "what is not in the report has no number"
    assert post(client, home(desk, "/checks")).status_code == 303
    for place in ("", "/1"):
        sheet = client.get(home(desk, place or "/preview")).text
        assert re.search(r'id="G1"><a[^>]+>Figure 1: Network', sheet), place
        assert "Figure 3" not in sheet
        page = client.get(home(desk, f"{place}/figures/network")).text
        assert "<h1>Figure 1: Network</h1>" in page, place
        assert "Figure 2</a>" in page
    paper = "".join(texts(client.get(home(desk, ".pdf")).data))
    assert "Figure 1: Network" in paper
    assert "Figure 3" not in paper
    assert post(client, home(desk, "/figures"), home(desk, "/figures"), name="network", seen="1").status_code == 303
    assert [(one.name, one.number) for one in drawn(desk).figures] == [("matrix", 1)]
    assert "<h1>Figure 1: Network</h1>" in client.get(home(desk, "/1/figures/network")).text, "filed as it was"


def test_filed_figures_are_frozen_and_their_instructors_see_them(clients: Clients, desk: Desk) -> None:
    work(desk)
    client, here = clients["trainee"], home(desk, "/figures")
    for name in NAMES:
        assert take(client, desk, name) == 303
    made = drawn(desk)
    assert post(client, home(desk, "/checks")).status_code == 303
    before = client.get(home(desk, "/1/json")).text
    frozen = read(before)
    assert written(frozen) == before
    assert all(len(one.sha256) == 64 for one in frozen.runs), "runs of figures can be repeated, too"
    assert frozen.figures == made.figures
    script = client.get(home(desk, "/1/sh")).text
    for number, sha256 in {(one.number, one.sha256) for one in frozen.runs}:
        assert f"run-{number}.json" in script
        assert sha256 in script
    changed = before.replace('"number":1,"rows"', '"number":2,"rows"', 1)
    assert digest(changed) != digest(before), "figures are part of the digest"
    assert post(client, here, here, name="tree", seen="1").status_code == 303, "left out of the next one"
    assert client.get(home(desk, "/1/json")).text == before
    assert client.get(home(desk, "/1/figures/tree")).status_code == 200
    assert client.get(home(desk, "/figures/tree")).status_code == 404
    result = f"/results/{desk.attempt_id}/report/1/figures/network"
    assert clients["instructor"].get(result).status_code == 200
    for who in ("trainee", "colleague", "stranger", "other_instructor"):
        assert clients[who].get(result).status_code == 404, who
    for who in ("instructor", "colleague", "stranger"):
        assert clients[who].get(here).status_code == 404, who
        assert clients[who].get(home(desk, "/1/figures/network")).status_code == 404, who


def test_what_is_typed_of_a_figure_is_looked_at(clients: Clients, desk: Desk) -> None:
    client, here = clients["trainee"], home(desk, "/figures")
    for name, fields in (
        ("tree", {"pid": "no"}),
        ("tree", {"pid": "0"}),
        ("timeline", {"from": "2026-03-11 09:14:33"}),
        ("timeline", {"from": "2026-03-11 09:14:33", "to": "2026-03-11 09:14:00"}),
        ("matrix", {"view": "secrets"}),
        ("network", {"caption": "x" * 301}),
    ):
        bad = post(client, here, here, name=name, kept="1", seen="0", **fields)
        assert bad.status_code == 422, (name, fields)
        assert name == "matrix" or next(iter(fields.values())) in bad.text, "what was typed stands in the form again"
        assert html_errors(bad.text) == []
    assert post(client, here, here, name="secret", kept="1", seen="0").status_code == 404
    assert take(client, desk, "tree") == 303
    assert "be drawn yet" in client.get(here).text, "no run was asked for"
    stale = post(client, here, here, name="tree", kept="1", seen="0", caption="From another window.")
    assert stale.status_code == 409
    assert "From another window." in stale.text
    assert drawn(desk).figures == ()


def test_the_paper_has_the_figures_and_their_tables_in_each_language(clients: Clients, desk: Desk) -> None:
    work(desk)
    client = clients["trainee"]
    take(client, desk, "tree", pid=str(pid(desk)))
    for name in ("timeline", "network", "matrix"):
        take(client, desk, name)
    made = drawn(desk)
    for language, word in (("en", "Crossview"), ("fr", "SHA256"), ("ar", "SHA256")):
        if language == "ar":  # the reader of tests knows no glyph that two letters with their vowels share
            post(client, home(desk, "/figures"), home(desk, "/figures"), name="matrix", seen="1")
        began = time.process_time()
        paper = client.get(home(desk, ".pdf"), headers={"Accept-Language": language})
        seconds = time.process_time() - began
        assert paper.status_code == 200
        assert sum(page.count(b" re\n") + page.count(b" l ") + page.count(b" l\n") for page in pages(paper.data)) > 50
        assert seconds < 6, seconds
        shown = re.sub(r"[\s-]", "", "".join(texts(paper.data)))
        assert word in shown
        for row in made.figures[0].rows:
            if row[1]:
                assert re.sub(r"[\s-]", "", f"{row[3]}{row[4]}")[:18] in shown, (language, row)
