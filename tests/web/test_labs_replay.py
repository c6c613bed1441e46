"""The replay of an attempt, materials that were handed over, verifying the exhibit, and where the keys stand."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.conftest import People
from tests.labs_place import make_assignment
from tests.unit.labs.conftest import LAB, PACK, Desk
from tests.unit.labs.test_findings import answer, prove
from tests.web.conftest import Clients, bench, html_errors, post, send
from training.analysis import cards
from training.evidence import service as evidence
from training.labs import drift
from training.labs.models import Attempt, AttemptCommand, Citation, Finding, Judgement
from training.labs.service import attempts, findings, history, replay
from training.labs.service.replay import Kind


def replay_page(desk: Desk, **args: int) -> str:
    query = "&".join(f"{name}={value}" for name, value in args.items())
    return f"/attempts/{desk.attempt_id}/replay" + (f"?{query}" if query else "")


def work(desk: Desk) -> None:
    """An attempt in which everything happens once, at a pace."""
    clock = desk.rooms.clock
    clock.forward(seconds=10)  # type: ignore[attr-defined] # the clock of tests
    with desk.rooms.store.writing() as session:
        case = desk.case(session, lock=True)
        history.keep(session, case.attempt, "verify", clock(), answer="SHA-256 found as recorded.")
    clock.forward(seconds=61)  # type: ignore[attr-defined]
    with desk.rooms.store.writing() as session:
        case = desk.case(session, lock=True)
        history.keep(session, case.attempt, "linux.pslst", clock(), answer="There is no plugin linux.pslst.")
        findings.take_hint(session, case, desk.question("q1"), 1, clock())
    cited = prove(desk, "q1")
    clock.forward(hours=1)  # type: ignore[attr-defined]
    desk.submit("q1", "3")
    clock.forward(seconds=5)  # type: ignore[attr-defined]
    desk.submit("q1", answer(desk, "q1"), cited)


def test_every_step_stands_in_order_with_the_time_since_the_beginning(clients: Clients, desk: Desk) -> None:
    work(desk)
    with desk.rooms.store.writing() as session:
        case = desk.case(session)
        attempts.close(session, case.attempt, desk.rooms.clock())
        steps = replay.steps(session, case)
    kinds = [step.event.kind for step in steps]
    assert kinds[:3] == [Kind.OPENED, Kind.VERIFIED, Kind.TYPED]
    assert kinds[-3:] == [Kind.FINDING, Kind.FINDING, Kind.CLOSED]
    assert {Kind.RUN, Kind.CITED, Kind.HINT} <= set(kinds)
    assert [step.n for step in steps] == list(range(1, len(steps) + 1))
    assert [step.since for step in steps] == sorted(step.since for step in steps)
    assert (steps[1].clock, steps[-1].clock) == ("0:00:10", "1:01:16")
    page = clients["trainee"].get(replay_page(desk)).text
    assert html_errors(page) == []
    for words in ("0:00:10", "hash was verified", "linux.pslst", "1:01:16", "Not right", "Right and proven", "Hint 1"):
        assert words in page, words
    share = re.search(r"(\d+) %</b> (\d+) of (\d+) steps would have to be added, taken out or moved", page)
    assert share, "it is closed: the procedure is told"
    percent, off, every = map(int, share.groups())
    assert percent == round(100 * (1 - off / every)), "the sentence says what the share is made of"
    assert "of the steps of sound work were done" not in page
    assert "The hash comes before" not in page
    assert "A finding stands on an exhibit whose system is identified" in page


def test_one_step_at_a_time_forward_and_back(clients: Clients, desk: Desk) -> None:
    work(desk)
    with desk.rooms.store.reading() as session:
        steps = replay.steps(session, desk.case(session))
    last = len(steps)
    page = clients["trainee"].get(replay_page(desk, step=last)).text
    assert f"Step {last} of {last}" in page
    assert 'rel="prev"' in page
    assert 'rel="next"' not in page
    assert "linux.psaux" in page, "the rows that were cited"
    assert "The value is right." in page
    first = clients["trainee"].get(replay_page(desk, step=1)).text
    assert 'rel="prev"' not in first
    assert 'href="?step=2#step"' in first
    typed = clients["trainee"].get(replay_page(desk, step=3)).text
    assert "There is no plugin linux.pslst." in typed
    for beyond in (0, last + 1, -3):
        assert 'id="step"' not in clients["trainee"].get(replay_page(desk, step=beyond)).text
    assert all(html_errors(one) == [] for one in (page, first, typed))


def test_long_attempts_are_paged_and_stay_light(clients: Clients, desk: Desk) -> None:
    with desk.rooms.store.writing() as session:
        attempt = desk.case(session, lock=True).attempt
        for number in range(450):
            at = desk.rooms.clock() + timedelta(seconds=number)
            typed = f"linux.pslist --pid {number} " + "x" * 300
            session.add(AttemptCommand(attempt_id=attempt.id, at=at, typed=typed, number=None, answer="No."))
    page = clients["trainee"].get(replay_page(desk))
    assert "451 steps" in page.text
    assert "Page 1 of 3" in page.text
    assert page.text.count('<li><a class="num"') == 200
    assert len(page.data) < 100 * 1024
    third = clients["trainee"].get(replay_page(desk, page=3)).text
    assert '<ol class="list small" start="401">' in third
    assert "Page 3 of 3" in clients["trainee"].get(replay_page(desk, page=99)).text
    assert "Page 2 of 3" in clients["trainee"].get(replay_page(desk, step=201)).text, "the page that holds the step"


def test_the_procedure_is_not_told_while_one_can_still_work(clients: Clients, desk: Desk) -> None:
    work(desk)
    page = clients["trainee"].get(replay_page(desk)).text
    assert "steps would have to be" not in page
    assert "How you worked is told when the attempt is closed." in page


def test_instructors_of_the_organisation_see_it_with_the_procedure_and_nobody_else_does(
    clients: Clients, desk: Desk
) -> None:
    work(desk)
    page = clients["instructor"].get(f"/results/{desk.attempt_id}/replay?step=1")
    assert "Replay: Trainee" in page.text
    assert "steps would have to be" in page.text
    assert f"/attempts/{desk.attempt_id}" not in page.text, "no link leads where the instructor can't go"
    assert html_errors(page.text) == []
    for who in ("other_instructor", "host", "trainee", "colleague"):
        assert clients[who].get(f"/results/{desk.attempt_id}/replay").status_code == 404, who
    for who in ("instructor", "colleague", "stranger"):
        assert clients[who].get(replay_page(desk)).status_code == 404, who


@pytest.mark.parametrize("released", [False, True])
def test_in_an_examination_no_verdict_is_shown_before_it_is_released(
    clients: Clients, desk: Desk, people: People, *, released: bool
) -> None:
    work(desk)
    now = desk.rooms.clock()
    with desk.rooms.store.writing() as session:
        attempt = session.get_one(Attempt, desk.attempt_id)
        timeline = [[(now + timedelta(days=1)).isoformat(), 100]]
        given = {"opens_at": attempt.opened_at, "timeline": timeline, "hints": True}
        made = make_assignment(
            people.home, LAB, people["instructor"], now, **given, released_at=now if released else None
        )
        session.add(made)
        session.flush()
        attempt.assignment_id = made.id
        finding = session.scalars(select(Finding).order_by(Finding.id.desc())).first()
        assert finding is not None
        verdict = {**finding.verdict, "right": "An instructor has looked at it."}
        session.add(
            Judgement(
                finding_id=finding.id,
                seq=1,
                origin="override",
                version_id=None,
                verdict=verdict,
                judged=True,
                credit=1.0,
                reason="Seen on the second monitor.",
                by=people["instructor"],
                at=now + timedelta(minutes=1),
            )
        )
        attempts.close(session, attempt, now)
    pages = "".join(clients["trainee"].get(replay_page(desk, step=n)).text for n in range(1, 16))
    for words in ("Right and proven", "Not right", "genuine kernel thread", "second monitor", "steps would have to be"):
        assert (words in pages) is released, words
    assert ("Verdicts are shown when the examination is released." in pages) is not released
    assert "Seen on the second monitor." in "".join(
        clients["instructor"].get(f"/results/{desk.attempt_id}/replay?step={n}").text for n in range(10, 16)
    )


def test_what_was_typed_is_shown_harmless(clients: Clients, desk: Desk) -> None:
    with desk.rooms.store.writing() as session:
        attempt = desk.case(session, lock=True).attempt
        history.keep(session, attempt, "<script>\u202e", desk.rooms.clock(), answer="<b>no</b>")
    page = clients["instructor"].get(f"/results/{desk.attempt_id}/replay?step=2").text
    assert "<script>\u202e" not in page
    assert "&lt;script&gt;" in page
    assert "U+202E" in page
    assert "<b>no</b>" not in page


# materials


def test_a_material_is_shown_line_by_line_and_its_lines_and_fields_can_be_cited(clients: Clients, desk: Desk) -> None:
    address = f"/attempts/{desk.attempt_id}/materials/flows"
    page = clients["trainee"].get(address).text
    assert html_errors(page) == []
    assert "Flow record of the firm" in page
    assert desk.lab.handed(PACK.name)["flows"].lines[8].text in page
    assert page.count('name="place"') == 10, "one for each line"
    laid_out = clients["trainee"].get(f"{address}?line=9").text
    assert 'value="9:destination_port"' in laid_out
    assert html_errors(laid_out) == []
    answered = post(clients["trainee"], address, place="9:destination")
    assert (answered.status_code, answered.location) == (303, f"{address}#line-9")
    assert post(clients["trainee"], address, place="1").status_code == 303
    with desk.rooms.store.reading() as session:
        found = [
            (c.number, c.material, c.line, c.column)
            for c in session.scalars(select(Citation).order_by(Citation.number))
        ]
    assert found == [(1, "flows", 9, "destination"), (2, "flows", 1, "")]
    again = clients["trainee"].get(address).text
    assert again.count('class="cite on"') == 2
    workbench = clients["trainee"].get(bench(desk)).text
    assert f"{address}?line=9#line-9" in workbench, "the notebook leads to the line"


def test_a_cited_flow_corroborates_a_finding_as_an_independent_source(clients: Clients, desk: Desk) -> None:
    rows = desk.answered.rows["linux.sockstat"]
    held = next(int(row["n"]) for row in rows if row["PID"] == int(answer(desk, "q1")))
    first = desk.cite("linux.sockstat", held)
    post(clients["trainee"], f"/attempts/{desk.attempt_id}/materials/flows", place="9")
    page = bench(desk, question="q9")
    sent = send(clients["trainee"], page, "/findings", value=answer(desk, "q9"), cited=[str(first), "2"])
    assert sent.status_code == 303
    with desk.rooms.store.reading() as session:
        [finding] = session.scalars(select(Finding))
    assert (finding.verdict["support"], finding.verdict["corroboration"], finding.credit) == (1, 1, 1)


@pytest.mark.parametrize(("place", "status"), [("", 422), ("x", 422), ("0", 422), ("11", 404), ("9:colour", 422)])
def test_places_that_are_not_there_are_refused(clients: Clients, desk: Desk, place: str, status: int) -> None:
    assert post(clients["trainee"], f"/attempts/{desk.attempt_id}/materials/flows", place=place).status_code == status


def test_materials_belong_to_the_person_of_the_attempt(clients: Clients, desk: Desk) -> None:
    for who in ("colleague", "instructor", "stranger", "host"):
        assert clients[who].get(f"/attempts/{desk.attempt_id}/materials/flows").status_code == 404
    for name in ("record", "lab.yaml", "nothing"):
        assert clients["trainee"].get(f"/attempts/{desk.attempt_id}/materials/{name}").status_code == 404


def test_the_record_leads_to_what_else_was_handed_over(clients: Clients, desk: Desk) -> None:
    page = clients["trainee"].get(bench(desk, run="record")).text
    assert f"/attempts/{desk.attempt_id}/materials/flows" in page
    assert html_errors(page) == []


# verifying


def test_the_button_and_the_command_verify_the_exhibit_and_stand_in_the_log(clients: Clients, desk: Desk) -> None:
    page = bench(desk, run="record")
    answered = send(clients["trainee"], page, "/verify", value="77")
    assert answered.status_code == 303
    said = clients["trainee"].get(answered.location).text
    with desk.rooms.store.reading() as session:
        exhibit = session.get_one(Attempt, desk.attempt_id).exhibit
        custody = [one.act for one in evidence.custody(session, exhibit)]
    assert f"SHA-256 {exhibit}, worked out over the whole image" in said
    assert custody[-1] == "verified"
    assert 'value="77"' in said, "what was typed beside it is kept"
    assert send(clients["trainee"], page, "/runs", command="Verify ").status_code == 303
    with desk.rooms.store.reading() as session:
        typed = list(session.scalars(select(AttemptCommand.typed)))
        assert [step.event.kind for step in replay.steps(session, desk.case(session))].count(Kind.VERIFIED) == 2
    assert typed == ["verify", "verify"]
    assert clients["trainee"].get(f"/attempts/{desk.attempt_id}/verify").status_code == 303


def test_a_damaged_exhibit_is_said_and_noted(clients: Clients, desk: Desk) -> None:
    with desk.rooms.store.reading() as session:
        exhibit = session.get_one(Attempt, desk.attempt_id).exhibit
    record = evidence.folder_of(desk.rooms.settings.instance, exhibit) / "record.txt"
    content = record.read_bytes()
    record.unlink()
    record.write_bytes(content.replace(b" seconds", b" minutes", 1))
    token = clients["trainee"].get("/labs").text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    clients["trainee"].post(f"/attempts/{desk.attempt_id}/verify", data={"csrf_token": token})
    with desk.rooms.store.reading() as session:
        assert [one.act for one in evidence.custody(session, exhibit)][-1] == "damaged"
        [typed] = session.scalars(select(AttemptCommand))
    assert typed.answer is not None
    assert "The exhibit is damaged" in typed.answer
    assert str(desk.rooms.settings.instance) not in typed.answer, "where it lies is no business of a trainee"


# keys


def test_instructors_see_where_the_keys_stand_and_never_a_key(clients: Clients, desk_of: Callable[[str], Desk]) -> None:
    desk = desk_of("trainee")
    page = clients["instructor"].get(f"/labs/{LAB}/keys").text
    exhibits = len(desk.lab.exhibits)
    assert page.count("no report") == 10 * exhibits
    assert "none on this installation" in page
    seal = desk.lab.seals[PACK.name]
    drift.save(desk.rooms.settings.instance, drift.report_of(LAB, PACK.name, seal, desk.rooms.clock()))
    page = clients["instructor"].get(f"/labs/{LAB}/keys").text
    assert page.count(">agrees<") == 10
    assert "Drift" not in page
    assert f"symbols {seal.symbols[:12]}" in page
    assert html_errors(page) == []
    for name in ("q2", "q5", "q7", "q9"):
        assert answer(desk, name) not in page
    for who in ("trainee", "host", "administrator", "other_instructor"):
        assert clients[who].get(f"/labs/{LAB}/keys").status_code == 404
    assert clients["instructor"].get("/labs/nothing/keys").status_code == 404


def test_the_page_of_keys_says_when_they_were_sealed_with_something_else(
    clients: Clients, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = replace(cards.load(), volatility="9.9.9", island=99)
    monkeypatch.setattr(cards, "load", lambda: changed)
    page = clients["instructor"].get(f"/labs/{LAB}/keys").text
    assert "They stay in force" in page
    assert "Volatility 9.9.9, island 99" in page
    assert f"python app.py prove {LAB}" in page
    assert page.count(">judged<") == 10 * len(desk.lab.exhibits), "by the keys that were published"
    assert html_errors(page) == []
