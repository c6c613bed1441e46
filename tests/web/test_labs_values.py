"""Secrets in results: masked on every page and in every file, shown by an act that is recorded."""

import re
from contextlib import suppress
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import BuildError
from werkzeug.test import TestResponse

from tests.conftest import People, token_of
from tests.unit.analysis.results.conftest import Given, write
from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import answer
from tests.web.conftest import Clients, bench, html_errors, send
from training.accounts.actor import Actor, Role
from training.analysis import cards
from training.analysis.models import Run, State
from training.audit.models import Event
from training.evidence import service as evidence
from training.grading.rubric import Criterion
from training.grading.values.offering import Asked
from training.labs.models import AttemptCommand, AttemptRun
from training.labs.service import attempts, findings, notebook, replay
from training.labs.service.findings import Claimed, stands_on
from training.labs.service.notebook import OpenResult
from training.labs.service.replay import Kind
from training.marking.models.rounds import Piece
from training.marking.service.rounds import opening
from training.marking.service.rounds.opening import About, Plan
from training.reporting import repeat
from training.reporting.document import Document
from training.reporting.service import filing, projection
from training.settings import ROOT
from training.store import new_id

NONE, EMPTY = "aad3b435b51404eeaad3b435b51404ee", "31d6cfe0d16ae931b73c59d7e0c089c0"
EQUAL, OTHER = "8846f7eaee8fb117ad06bdd830b7586c", "0cb6948805f797bf2a82807973b89537"
WORD = "74 00 61 00 72 00 69 00 66 00 66 00"
SECRETS = (EQUAL, OTHER, WORD, EQUAL[:12], OTHER[:12], WORD[:14])
HASHES = (
    ("Administrator", 500, NONE, EMPTY),
    ("brandt", 1001, NONE, EQUAL),
    ("svc.agent", 1002, NONE, EQUAL),
    ("kwon", 1003, NONE, OTHER),
)
PLANTED = {
    "windows.registry.hashdump": HASHES,
    "windows.registry.lsadump": (("_SC_agent", WORD, WORD),),
    "windows.registry.cachedump": (("brandt", "OSTLER", "ostler.example", OTHER),),
    "windows.truecrypt": ((4096, len(OTHER), OTHER),),
}


@dataclass
class Planted:
    """A desk whose attempt has runs with secrets, of which rows are cited and submitted."""

    desk: Desk
    numbers: dict[str, int]
    cited: list[int]


@pytest.fixture
def planted(desk: Desk) -> Planted:
    """Finished runs as the engine leaves them, on the exhibit at hand: a row in the table, rows in a file."""
    instance, now = desk.rooms.settings.instance, desk.rooms.clock()
    numbers = {}
    with desk.rooms.store.writing() as session:
        case = desk.case(session, lock=True)
        for number, (plugin, rows) in enumerate(PLANTED.items(), 1):
            columns = cards.load().get(plugin).columns
            named = [{"name": one.name, "type": one.type} for one in columns]
            run = Run(
                id=new_id(), key=f"{number:064x}", try_no=1, exhibit=case.exhibit.sha256,
                symbols=case.exhibit.symbols_sha256, plugin=plugin, plugin_version="1.0.0", options={},
                volatility="2.28.2", island=2, state=State.COMPLETE, rows=len(rows), seconds=0.3, columns=named,
                queued_at=now, started_at=now, ended_at=now,
            )  # fmt: skip
            given: list[Given] = [(n, 0, None, cells, {}) for n, cells in enumerate(rows)]
            write(instance / "results" / run.result_name, columns, given, long=False)
            session.add(run)
            session.flush()
            session.add(AttemptRun(attempt_id=case.attempt.id, number=number, run_id=run.id, asked_at=now))
            numbers[plugin] = number
        session.flush()
        sources = (desk.rooms.engine.result, evidence.record(instance, case.exhibit))
        places = [(1, 1, ""), (1, 2, "nthash"), (2, 0, "Secret"), (3, 0, ""), (4, 0, "Password")]
        cited = [notebook.cite(session, case, *one, sources[0], now).number for one in places]
        made = Claimed(answer(desk, "q1"), None, tuple(cited), True, None)
        findings.submit(session, case, desk.question("q1"), made, str(new_id()), sources, now)
    return Planted(desk, numbers, cited)


def leaks(reply: TestResponse) -> list[str]:
    """The planted values that an answer holds, in its body or its headers."""
    text = reply.get_data().decode("utf-8", "replace") + str(reply.headers)
    return [one for one in SECRETS if one in text or one in unescape(text)]


def addresses(app: Flask, given: dict[str, list[Any]]) -> set[tuple[str, str]]:
    """Pages by name, with every address that can be made of these parts."""
    found, urls = set[tuple[str, str]](), app.url_map.bind("localhost")
    for rule in (one for one in app.url_map.iter_rules() if "GET" in (one.methods or ())):
        ways: list[dict[str, Any]] = [{}]
        for name in rule.arguments:
            ways = [{**way, name: value} for way in ways for value in given.get(name, [])]
        for way in ways:
            with suppress(BuildError, ValueError):  # another page's parts
                found.add((rule.endpoint, urls.build(rule.endpoint, way)))
    return found


def test_no_page_and_no_file_gives_a_secret_away(app: Flask, planted: Planted, clients: Clients) -> None:
    desk, trainee = planted.desk, clients["trainee"]
    with desk.rooms.store.writing() as session:
        filed = filing.file(session, desk.case(session, lock=True), desk.rooms.shown, "en", desk.rooms.clock()).number
        finding = str(findings.progress_of_all(session, desk.case(session))["q1"].findings[0].id)
    given: dict[str, list[Any]] = {
        "attempt_id": [desk.attempt_id], "number": [*planted.numbers.values(), filed], "row": [0, 1],
        "column": ["nthash", "Secret"], "form": ["csv", "jsonl", "pdf", "json", "sh"],
        "finding_id": [finding], "question": ["q1"],
        "name": ["processes", "tree", "timeline", "network", "matrix"],
        "pid": [500, 1001], "plugin": list(PLANTED), "lab": [desk.lab.id],
    }  # fmt: skip
    seen: dict[str, int] = {}

    def walk() -> None:
        for endpoint, address in sorted(addresses(app, given)):
            for role in ("trainee", "instructor"):
                reply = clients[role].get(address, follow_redirects=True)
                assert leaks(reply) == [], f"{address} as {role}"
                assert reply.status_code < 500, f"{address} as {role}"
                seen[endpoint] = max(seen.get(endpoint, 0), reply.status_code == 200)

    for args in (
        {"run": 1}, {"run": 1, "row": 1}, {"run": 1, "row": 1, "cell": "nthash"}, {"run": 2, "row": 0, "cell": "Hex"},
        {"run": 1, "find": EQUAL[:4]}, {"run": 1, "sort": "nthash"}, {"run": 3}, {"run": 4, "every": 1},
        {"question": "q1", "run": 1},
    ):  # fmt: skip
        page = trainee.get(bench(desk, **args))
        assert page.status_code == 200
        assert (leaks(page), html_errors(page.text)) == ([], [])
    walk()
    wanted = {"labs.workbench", "labs.export", "labs.replay", "labs.result", "labs.replay_of", "labs.walkthrough_of",
              "labs.see", "labs.compare", "reporting.report", "reporting.preview", "reporting.draft_pdf",
              "reporting.filed", "reporting.filed_file", "reporting.court", "marking.finding"}  # fmt: skip
    assert {name for name in wanted if not seen.get(name)} == set()
    with desk.rooms.store.writing() as session:
        attempts.close(session, desk.case(session).attempt, desk.rooms.clock())
    walk()
    assert seen["labs.walkthrough"] == 1


def shown(client: FlaskClient, planted: Planted, number: int = 1, **args: str | int) -> TestResponse:
    """Press the button that shows the values of a run."""
    return send(client, bench(planted.desk, run=number, **args), f"/runs/{number}/values")


def recorded(planted: Planted) -> list[tuple[str, str, dict[str, Any]]]:
    """Who had values shown, by the audit log."""
    with planted.desk.rooms.store.reading() as session:
        found = session.scalars(select(Event).filter_by(act="values.shown").order_by(Event.seq))
        return [(str(one.actor), one.subject, one.details) for one in found]


def test_the_values_are_shown_once_by_an_act_that_stands_in_the_log(planted: Planted, clients: Clients) -> None:
    desk, trainee = planted.desk, clients["trainee"]
    before = trainee.get(bench(desk, run=1))
    assert "Show the values" in before.text
    marks = re.findall(r"••••-[0-9A-Z]{6}", before.text)
    assert len(set(marks)) == 3, "two secrets of the table, and one that is cited of another run"
    assert EMPTY in before.text
    assert NONE in before.text, "constants are no secrets"
    reply = shown(trainee, planted)
    assert reply.status_code == 200
    assert EQUAL in reply.text
    assert OTHER in reply.text
    assert "The values are shown this once" in reply.text
    assert "Show the values" not in reply.text
    assert html_errors(reply.text) == []
    assert reply.headers["Cache-Control"] == "no-store"
    assert leaks(trainee.get(bench(desk, run=1))) == []
    again = trainee.get(f"{bench(desk)}/runs/1/values?run=1", follow_redirects=True)
    assert again.request.path == bench(desk)
    assert leaks(again) == [], "its address, opened as a page, leads back"
    person = str(desk.actor.id)
    details = {"attempt": str(desk.attempt_id), "run": 1, "rows": "0-3"}
    assert recorded(planted) == [(person, f"attempt:{desk.attempt_id}", details)]
    with desk.rooms.store.reading() as session:
        steps = replay.steps(session, desk.case(session))
        typed = list(session.scalars(select(AttemptCommand)))
    assert [one.event.kind for one in steps].count(Kind.SHOWN) == 1
    assert [(one.typed, one.number) for one in typed] == [("values 1 --rows 0-3", 1)]
    assert "Values shown" in trainee.get(f"{bench(desk)}/replay").text
    assert "values shown" in trainee.get(f"{bench(desk)}/history").text
    assert "values shown" in clients["instructor"].get(f"/results/{desk.attempt_id}").text


def test_only_the_rows_of_the_page_are_shown_and_named(planted: Planted, clients: Clients) -> None:
    reply = shown(clients["trainee"], planted, where="is,User,kwon")
    assert reply.status_code == 200
    assert recorded(planted)[0][2]["rows"] == "3"
    assert OTHER in reply.text
    assert EQUAL not in reply.text


def test_a_script_gets_the_page_as_well_and_typed_text_is_kept(planted: Planted, clients: Clients) -> None:
    desk, trainee = planted.desk, clients["trainee"]
    page = trainee.get(bench(desk, run=1, question="q2")).text
    data = {"csrf_token": token_of(page), "seen": "0", "value": "held on to"}
    address = f"{bench(desk)}/runs/1/values?run=1&question=q2"
    reply = trainee.post(address, data=data, headers={"X-Engram": "parts=result"})
    assert reply.status_code == 200
    assert EQUAL in reply.text
    assert "held on to" in trainee.get(bench(desk, run=1, question="q2")).text


def test_where_nothing_is_masked_nothing_is_shown_or_recorded(planted: Planted, clients: Clients) -> None:
    desk, trainee = planted.desk, clients["trainee"]
    number = desk.run("linux.pslist")
    assert "Show the values" not in trainee.get(bench(desk, run=number)).text
    token = token_of(trainee.get(bench(desk, run=number)).text)
    address = f"{bench(desk)}/runs/{number}/values?run={number}"
    assert trainee.post(address, data={"csrf_token": token}).status_code == 409
    assert recorded(planted) == []


def test_nobody_else_has_the_values_of_a_run_shown(planted: Planted, clients: Clients) -> None:
    for role in ("instructor", "stranger", "host"):
        token = token_of(clients[role].get("/account").text)
        reply = clients[role].post(f"{bench(planted.desk)}/runs/1/values?run=1", data={"csrf_token": token})
        assert reply.status_code == 404
        assert leaks(reply) == []
    assert recorded(planted) == []


def test_an_instructor_who_has_them_shown_is_recorded(planted: Planted, clients: Clients) -> None:
    desk, instructor = planted.desk, clients["instructor"]
    page = instructor.get(f"/results/{desk.attempt_id}")
    assert leaks(page) == []
    reply = send(instructor, f"/results/{desk.attempt_id}", "/values")
    assert reply.status_code == 200
    assert {EQUAL, OTHER, WORD} <= {one for one in SECRETS if one in reply.text}
    assert html_errors(reply.text) == []
    assert [(each[2]["run"], each[2]["rows"]) for each in recorded(planted)] == [
        (1, "1-2"), (2, "0"), (3, "0"), (4, "0"),
    ]  # fmt: skip
    assert str(desk.actor.id) not in {each[0] for each in recorded(planted)}
    with desk.rooms.store.reading() as session:
        assert not list(session.scalars(select(AttemptCommand))), "it is no act of the trainee"
    assert leaks(instructor.get(f"/results/{desk.attempt_id}")) == []


def test_a_marker_who_has_them_shown_is_recorded(planted: Planted, clients: Clients, people: People) -> None:
    desk, marker = planted.desk, clients["instructor"]
    sources: tuple[OpenResult, list[str]] = (desk.rooms.engine.result, [])
    now = desk.rooms.clock()
    teacher = Actor(people["instructor"], "Instructor", people.home, frozenset({(people.home, Role.INSTRUCTOR)}))
    with desk.rooms.store.writing() as session:
        case = desk.case(session, lock=True)
        said = Claimed("Two accounts have one password.", "certain", (planted.cited[0],), True, None)
        findings.submit(session, case, desk.question("q11"), said, str(new_id()), sources, now)
    with desk.rooms.store.writing() as session:
        about = About(people.home, desk.case(session).release.id, "q11")
        plan = Plan((people["instructor"],), 1, 7)
        rubric = (Criterion(id="claim", text="Claim and rows", levels=("no", "yes")),)
        asked = desk.question("q11").model_copy(update={"rubric": rubric})
        opening.open_round(session, about, asked, plan, {}, teacher, now)
    with desk.rooms.store.reading() as session:
        address = f"/marking/pieces/{session.scalars(select(Piece.id)).one()}"
    page = marker.get(address)
    assert (page.status_code, leaks(page)) == (200, [])
    reply = send(marker, address, "/values")
    assert reply.status_code == 200
    assert EQUAL in reply.text
    assert html_errors(reply.text) == []
    assert recorded(planted) == [
        (
            str(people["instructor"]),
            f"attempt:{desk.attempt_id}",
            {"attempt": str(desk.attempt_id), "run": 1, "rows": "1"},
        )
    ]
    assert leaks(marker.get(address)) == []


def test_a_masked_cell_can_be_cited_and_is_no_answer(planted: Planted, clients: Clients) -> None:
    desk, trainee = planted.desk, clients["trainee"]
    page = trainee.get(bench(desk, run=1, row=3, cell="nthash", question="q5"))
    assert "This value is masked" in unescape(page.text)
    assert "Only rows with this value" not in page.text
    data = {"csrf_token": token_of(page.text), "use": "q5 - 1:3:nthash"}
    reply = trainee.post(f"{bench(desk)}/check?run=1&question=q5", data=data)
    assert reply.status_code == 422
    assert "This value is masked" in unescape(reply.text)
    assert leaks(reply) == []
    data = {"csrf_token": token_of(page.text), "place": "1:3:nthash"}
    assert trainee.post(f"{bench(desk)}/check?run=1&question=q5", data=data).status_code == 303
    with desk.rooms.store.reading() as session:
        last = notebook.every(session, desk.case(session).attempt)[-1]
        assert (last.row, last.column, last.note) == (3, "nthash", "")


def test_a_guess_is_told_nothing_by_filters_or_by_what_a_finding_stands_on(planted: Planted, clients: Clients) -> None:
    desk, trainee = planted.desk, clients["trainee"]
    for typed in (EQUAL, "f" * 32):
        assert "No row passes." in trainee.get(bench(desk, run=1, find=typed[:6])).text
    with desk.rooms.store.reading() as session:
        places = notebook.places(session, notebook.every(session, desk.case(session).attempt), desk.rooms.shown, [])
        asked = Asked.of(desk.question("q5").model_copy(update={"type": "hash"}))
    said = [stands_on(asked, typed, places, cards.load(), wanted=True) for typed in (EQUAL, OTHER, "f" * 32)]
    assert len(set(map(str, said))) == 1, "whether a guess stands there is not told"
    assert said[0] is not None
    assert not said[0].held
    for where in (f"nthash~is~{EQUAL}", "nthash~gt~1"):
        name, op, text = where.split("~")
        page = trainee.get(bench(desk, run=1, column=name, op=op, text=text), follow_redirects=True)
        assert "holds secrets, which are masked" in unescape(page.text)
    page = trainee.get(bench(desk, run=1, sort="nthash"))
    assert "holds secrets, which are masked" in unescape(page.text)


def test_a_report_has_marks_and_repeats_without_them(planted: Planted) -> None:
    desk = planted.desk
    with desk.rooms.store.writing() as session:
        case = desk.case(session, lock=True)
        made: Document = filing.document_of(filing.file(session, case, desk.rooms.shown, "en", desk.rooms.clock()))
        draft = projection.draft(session, case, desk.rooms.shown, "en", desk.rooms.clock())
    cells = {cell.name: cell for one in made.citations for cell in one.cells if cell.masked}
    assert set(cells) == {"nthash", "Secret", "Hex", "Hash", "Password"}
    assert [one.sha256 for one in made.runs] == ["", "", "", ""], "a guess could be tried against a digest of the rows"
    assert all(one.masked for one in draft.runs)
    script = repeat.script(made)
    assert '"words": ["nthash"]' in script
    assert not any(one in script + repr(made) for one in SECRETS)


TRUE: dict[str, str] = {
    "training/analysis/access.py": "the door itself",
    "training/analysis/shelf.py": "results are counted and removed",
    "training/labs/prove.py": "keys are worked out",
    "training/labs/service/own_keys.py": "keys are worked out",
    "training/labs/views/acts.py": "a finding is judged",
    "training/labs/views/showing.py": "the values are shown, which is recorded",
    "training/labs/views/results.py": "the values are shown, which is recorded",
    "training/labs/views/walkthrough.py": "rows that show the answer are looked for",
    "training/marking/views/pieces.py": "the values are shown, which is recorded",
    "training/marking/views/regrade.py": "findings are judged anew",
    "training/marking/views/rounds.py": "support is computed",
    "training/operating/bench/classroom.py": "findings are judged",
    "training/operating/bench/windows/reading.py": "rows are compared with truth",
    "training/analysis/results/bench.py": "pages of numbers are timed",
    "training/analysis/volatility/bench/ours.py": "rows are compared with those of vol",
}
"""Files that open results as they are, and why none of them shows a row to anybody."""


def test_results_are_opened_as_they_are_only_where_nobody_reads_them() -> None:
    door = re.compile(r"engine\.result\b|self\.result\(|\bResult\.open\(")
    files = [one for one in (ROOT / "training").rglob("*.py") if "tests" not in one.parts]
    found = {str(one.relative_to(ROOT)) for one in files if door.search(one.read_text("utf-8"))}
    assert found == set(TRUE)
