"""The report of an attempt: put together, written without loss, checked, filed, read by instructors, printed."""

import json
import re
import time

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from tests.conftest import Clock, People
from tests.unit.credentials.conftest import texts
from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import answer, prove
from tests.web.conftest import Clients, html_errors, post
from training.audit.models import Event
from training.credentials import fonts
from training.labs.models import Finding
from training.labs.service import attempts, history, notebook
from training.reporting.document import Document, digest, read, written
from training.reporting.models import ReportFiled
from training.reporting.service import filing, projection

WEIGHT = 100 * 1024


def home(desk: Desk, end: str = "") -> str:
    return f"/attempts/{desk.attempt_id}/report{end}"


def work(desk: Desk) -> None:
    """An exhibit that was hashed, two findings with their rows, one without, a note, a line of the record."""
    with desk.rooms.store.writing() as session:
        case = desk.case(session, lock=True)
        history.keep(session, case.attempt, "verify", desk.rooms.clock(), answer="SHA-256 as registered")
    for name in ("q1", "q2"):
        desk.submit(name, answer(desk, name), prove(desk, name))
    desk.submit("q5", "a wrong line", bare=True)
    line = desk.cite_line("frozen at")
    with desk.rooms.store.writing() as session:
        notebook.note(session, desk.case(session), line, "The <b>capture</b>.", desk.rooms.clock())


def keep(client: FlaskClient, desk: Desk, part: str, words: str, seen: int = 0, **more: str) -> int:
    fields = {"part": part, "text": words, "seen": str(seen), **more}
    return post(client, home(desk, f"?part={part}"), home(desk), **fields).status_code


def document(desk: Desk) -> Document:
    with desk.rooms.store.reading() as session:
        return projection.draft(session, desk.case(session), desk.rooms.engine.result, "en", desk.rooms.clock())


@pytest.fixture
def worked(desk: Desk) -> Desk:
    work(desk)
    return desk


def test_what_the_attempt_holds_stands_in_the_report_and_nothing_that_was_said_of_it(
    clients: Clients, worked: Desk
) -> None:
    made = document(worked)
    assert [one.number for one in made.findings] == [1, 2, 5]
    assert {n for one in made.findings for n in one.citations} == {one.number for one in made.citations}
    first = made.citations[0]
    assert (first.plugin, first.structure) == ("linux.psaux", "process memory: arguments")
    assert {cell.name: cell.value for cell in first.cells}["PID"] == int(answer(worked, "q1"))
    assert made.exhibit.verified_at == worked.rooms.clock()
    assert all(len(one.key) == 64 and one.command for one in made.runs)
    with worked.rooms.store.writing() as session:  # whatever grading says: the report is the same
        session.execute(text("DROP TRIGGER IF EXISTS finding_no_update"))
        for one in session.scalars(select(Finding)):
            one.verdict, one.points, one.credit, one.judged = {"text": "VERDICT"}, 0.0, 0.0, False
    assert document(worked) == made
    page = clients["trainee"].get(home(worked, "/preview")).text
    assert html_errors(page) == []
    assert "VERDICT" not in page
    assert len(page.encode()) < WEIGHT
    for number in {n for one in made.findings for n in one.citations}:
        assert f'href="#C{number}"' in page
        assert f'<tr id="C{number}">' in page
    for words in (made.exhibit.sha256, made.runs[0].key, "linux.psaux.PsAux", "annex B", "Not written yet."):
        assert words in page, words


def test_one_numbering_and_words_that_a_court_knows(clients: Clients, worked: Desk) -> None:
    client = clients["trainee"]
    outline = client.get(home(worked)).text
    assert len(re.findall(r">3\. ", outline)) == 1, "the footprint stands within the method"
    assert "3. Method" in outline
    assert html_errors(outline) == []
    sheet = client.get(home(worked, "/preview")).text
    paper = re.sub(r"\s", "", "".join(texts(client.get(home(worked, ".pdf")).data)))
    court = client.get(home(worked, "/court")).text
    held = document(worked).custody
    assert any(one.text.startswith("Captured by the forge:") for one in held), "the record stays as it is"
    for shown in (sheet, paper, court):
        assert "Capturedbytheforge" not in re.sub(r"\s", "", shown)
        assert re.search(r"own\s*maker", shown)
        assert "island" not in shown
    assert re.search(r"version \d+ of the code that runs Volatility", sheet)
    assert "ofthecodethatrunsVolatility" in paper


def test_nothing_typed_is_lost(clients: Clients, worked: Desk) -> None:
    client = clients["trainee"]
    evil = "Row C1 <script>alert(1)</script> shows it; C999 and F1 too.\n\nA second paragraph \u202e."
    assert keep(client, worked, "opinion", evil) == 303
    page = client.get(home(worked, "?part=opinion"))
    assert "&lt;script&gt;" in page.text
    assert html_errors(page.text) == []
    assert keep(client, worked, "opinion", evil, seen=0) == 303, "the same text again is no conflict"
    stale = post(
        client, home(worked, "?part=opinion"), home(worked), part="opinion", text="From another window.", seen="0"
    )
    assert stale.status_code == 409
    for words in ("From another window.", "A second paragraph", "another window since", 'name="seen" value="1"'):
        assert words in stale.text, words
    assert html_errors(stale.text) == []
    assert keep(client, worked, "opinion", "Both.", seen=1) == 303
    long = post(client, home(worked, "?part=limits"), home(worked), part="limits", text="x" * 8_001, seen="0")
    assert long.status_code == 422
    assert "x" * 8_001 in long.text
    assert keep(client, worked, "no-such-part", "x") == 404
    kept = post(
        client, home(worked), home(worked), headers={"X-Engram": "keep"}, part="front", text="In short.", seen="0"
    )
    assert kept.json == {"seen": 1}
    preview = client.get(home(worked, "/preview")).text
    assert "In short." in preview

    # What is said of findings: the try that counts, the claim, alternatives, and left out.
    worked.submit("q5", "another wrong line", bare=True)
    with worked.rooms.store.reading() as session:
        tries = session.scalars(select(Finding).filter_by(question="q5").order_by(Finding.try_no)).all()
    said = {"part": "findings", "question": "q5", "kept": "1", "claim": "It was typed.", "alternatives": "A script."}
    where = home(worked, "?part=findings")
    assert post(client, where, home(worked), finding=str(tries[0].id), seen="0", **said).status_code == 303
    five = document(worked).finding(5)
    assert five is not None
    assert (five.try_no, five.claim, five.alternatives) == (1, "It was typed.", "A script.")
    stale = post(client, where, home(worked), seen="0", **{**said, "claim": "Something else."})
    assert stale.status_code == 409
    assert "Something else." in stale.text
    assert "It was typed." in stale.text
    long = post(client, where, home(worked), seen="1", **{**said, "claim": "y" * 601})
    assert long.status_code == 422
    assert "y" * 601 in long.text
    assert post(client, where, home(worked), seen="1", **{**said, "kept": ""}).status_code == 303
    assert document(worked).finding(5) is None
    other = {**said, "question": "q1", "finding": str(tries[0].id)}
    assert post(client, where, home(worked), seen="0", **other).status_code == 404, "a finding of another question"


def test_lines_are_offered_and_taken_with_what_was_typed(clients: Clients, worked: Desk) -> None:
    client = clients["trainee"]
    page = client.get(home(worked, "?part=limits")).text
    assert "linux.psaux" in page
    keys = re.findall(r'name="take" value="([0-9a-f]{12})"', page)
    assert len(keys) > 5
    assert keep(client, worked, "limits", "My own limit.", take=keys[0]) == 303
    taken = document(worked).parts["limits"]
    assert taken.startswith("My own limit.\n\nThe memory was copied while the machine ran")
    again = client.get(home(worked, "?part=limits")).text
    assert keys[0] not in re.findall(r'name="take" value="([0-9a-f]{12})"', again), "what was taken is not offered"
    assert keep(client, worked, "limits", taken, seen=1, take="0" * 12) == 303
    assert document(worked).parts["limits"] == taken, "what is not offered is not taken"
    undone = client.get(home(worked, "?part=undone")).text
    assert "Flow record of the firm" in undone
    assert "Question 3 is not answered here" in undone


def test_a_filed_report_is_frozen_and_its_instructors_read_it(
    clients: Clients, worked: Desk, people: People, clock: Clock
) -> None:
    client, checks = clients["trainee"], home(worked, "/checks")
    page = client.get(checks).text
    assert html_errors(page) == []
    assert "F5 rests on nothing" in page
    assert keep(client, worked, "interpretation", "C1 means nothing yet, at 09:14.") == 303
    assert post(client, checks).location.endswith("/report/1")
    assert post(client, checks).location.endswith("/report/1"), "word for word the same is not filed again"
    before = client.get(home(worked, "/1/json"))
    frozen = read(before.text)
    assert (frozen.number, frozen.author) == (1, "Trainee")
    assert written(frozen) == before.text
    assert all(len(one.sha256) == 64 for one in frozen.runs)
    clock.forward(hours=1)
    with worked.rooms.store.writing() as session:  # after closing it can still be written and filed
        attempts.close(session, worked.case(session).attempt, clock())
    assert keep(client, worked, "interpretation", "Something else.", seen=1) == 303
    assert post(client, checks).location.endswith("/report/2")
    assert client.get(home(worked, "/1/json")).data == before.data
    first = client.get(home(worked, "/1"))
    assert html_errors(first.text) == []
    assert "C1</a> means nothing yet" in first.text
    assert digest(before.text) in first.text
    with worked.rooms.store.reading() as session:
        kept = session.scalars(select(ReportFiled).order_by(ReportFiled.number)).all()
        assert [(one.number, one.warnings > 5) for one in kept] == [(1, True), (2, True)]
        assert [one.details["number"] for one in session.scalars(select(Event).filter_by(act="report.filed"))] == [1, 2]
    with pytest.raises(DatabaseError, match="append-only"), worked.rooms.store.writing() as session:
        session.get_one(ReportFiled, kept[0].id).document = "{}"
    result = f"/results/{worked.attempt_id}/report"
    for address in (f"{result}s", f"{result}/1", f"{result}/1/json", f"{result}/1/sh"):
        assert clients["instructor"].get(address).status_code == 200, address
        for who in ("trainee", "colleague", "host", "stranger", "other_instructor"):
            assert clients[who].get(address).status_code == 404, (who, address)
    assert clients["instructor"].get(home(worked)).status_code == 404, "what is being written is its author's alone"
    assert client.get(home(worked, "/3")).status_code == 404


def test_the_paper_has_every_number_in_each_language(
    clients: Clients, worked: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = clients["trainee"]
    keep(client, worked, "opinion", "Most likely F1 \u2028 and \U000e0001 again, see C1.")
    keep(client, worked, "front", "الجواب في صفحة واحدة، انظر C1.")
    made = document(worked)
    assert post(client, home(worked, "/checks")).status_code == 303
    for language, said in (("en", "Citedplaces"), ("ar", "SHA-256")):
        began = time.process_time()
        paper = client.get(home(worked, "/1/pdf"), headers={"Accept-Language": language})
        seconds = time.process_time() - began
        assert paper.status_code == 200
        assert len(paper.data) < 1_000_000
        assert seconds < 4, seconds
        shown = re.sub(r"\s", "", "".join(texts(paper.data)))
        assert said in shown
        assert "U+206" not in shown, "what sets words apart in a page is no letter on paper"
        assert "U+E0001" in shown, "what an author can't see is shown"
        for number in [one.number for one in made.citations]:
            assert f"C{number}:" in shown or f":{number}C" in shown or f":C{number}" in shown, (language, number)
        assert made.exhibit.sha256 in shown
    monkeypatch.setattr(fonts, "FIXED", ())  # a machine without a font of fixed width: the text font does
    draft = "".join(texts(client.get(home(worked, ".pdf"), headers={"Accept-Language": "en"}).data))
    assert "Draft" in draft


def test_pages_and_paper_say_how_looks_at_memory_are_repeated(clients: Clients, desk: Desk) -> None:
    client, at = clients["trainee"], 0x400000
    looks = (f"engram.bytes --address {at:#x} --length 32 --pid 1", f"engram.walk --address {at:#x} --pid 1")
    timeline = desk.cite("engram.timeline --plugins linux.pslist", 0)
    desk.submit("q1", "1", [desk.cite(looks[0], 1), desk.cite(looks[1], 4), timeline, desk.cite("linux.psaux", 0)])
    assert post(client, home(desk, "/checks")).status_code == 303
    typed = ("cp(pid=1)", "db(0x400010, 16)", "current_layer].translate(0x400000)[0])", "volshell -q --offline -l -s")
    said = ("volshell, which comes with it", "in the table of PIDs, too", "Each of its rows names the plugin")
    for address in ("/preview", "/1", "/1/court", "/court"):
        page = client.get(home(desk, address)).text
        assert html_errors(page) == []
        assert [one for one in (*typed, *said, "linux.psaux.PsAux") if one not in page] == [], address
        assert len(page.encode()) < WEIGHT
    paper = re.sub(r"\s", "", "".join(texts(client.get(home(desk, "/1/pdf"), headers={"Accept-Language": "en"}).data)))
    assert [one for one in (*typed, *said) if re.sub(r"\s", "", one) not in paper] == []
    script = client.get(home(desk, "/1/sh")).text
    assert "REGIONS = [(2, 1, 4194304, 32, False)]\nWALKS = [(3, 1, 4194304)]\n" in script


def test_limits(clients: Clients, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    client, checks = clients["trainee"], home(desk, "/checks")
    nothing = post(client, checks)
    assert nothing.status_code == 422
    assert "nothing to file yet" in nothing.text
    monkeypatch.setattr(filing, "MOST", 1)
    keep(client, desk, "question", "Which program ran?")
    assert post(client, checks).status_code == 303
    keep(client, desk, "question", "Which program ran then?", seen=1)
    assert post(client, checks).status_code == 429
    monkeypatch.setattr(filing, "MOST", 2)
    monkeypatch.setattr(filing, "LARGEST", 100)
    large = post(client, checks)
    assert large.status_code == 422
    assert "at most 100 are kept" in large.text
    assert json.loads(client.get(home(desk, "/1/json")).text)["parts"] == {"question": "Which program ran?"}
