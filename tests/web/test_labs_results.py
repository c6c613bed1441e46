"""What instructors see of the attempts of their organisation."""

import re
from collections.abc import Callable

from sqlalchemy import select

from tests.conftest import People
from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import answer, prove
from tests.unit.labs.test_judgements import judged, made, version
from tests.unit.marking.regrades import Office
from tests.web.conftest import Clients, bench, html_errors
from training.audit.models import Event
from training.grading.amend import Void


def test_instructors_see_results_of_their_organisation_only(clients: Clients, desk_of: Callable[[str], Desk]) -> None:
    desk = desk_of("trainee")
    desk.submit("q1", "3")
    desk.submit("q1", answer(desk, "q1"), prove(desk, "q1"))
    page = clients["instructor"].get("/results")
    assert "Trainee" in page.text
    assert "8</b> / 105" in page.text
    assert "Release 1 of 20" in page.text
    assert page.text.count("Not begun") == 1, "the colleague"
    assert "Colleague" in page.text
    one = clients["instructor"].get(f"/results/{desk.attempt_id}")
    assert "<b>M-KTHR</b>: This is a genuine kernel thread.</p>" in one.text
    assert "Release 1 of 20" in one.text
    assert "linux.psaux" in one.text
    assert "kworker" in one.text, "the rows that were cited are shown"
    assert str(desk.attempt_id) not in clients["other_instructor"].get("/results").text
    assert clients["other_instructor"].get(f"/results/{desk.attempt_id}").status_code == 404
    assert clients["trainee"].get(f"/results/{desk.attempt_id}").status_code == 404
    assert clients["trainee"].get("/results").status_code == 404
    assert html_errors(page.text) == []
    assert html_errors(one.text) == []


def test_results_stand_by_person_and_can_be_taken_for_a_spreadsheet(
    clients: Clients, desk_of: Callable[[str], Desk], people: People
) -> None:
    desk = desk_of("trainee")
    desk.submit("q1", answer(desk, "q1"), prove(desk, "q1"))
    instructor = clients["instructor"]
    assert 'href="/results/people"' in instructor.get("/results").text
    page = instructor.get("/results/people").text
    assert html_errors(page) == []
    rows = re.findall(r'(?s)<tr><th scope="row">.*?</tr>', page)
    assert [bool(re.search("Not begun", row)) for row in rows] == [True, False], "the colleague, and then the trainee"
    assert f'<a class="num" href="/results/{desk.attempt_id}"><b>10</b> / 105</a>' in rows[1]
    assert "at work" in rows[1]
    file = instructor.get("/results/people.csv")
    assert file.mimetype == "text/csv"
    assert re.fullmatch(r'attachment; filename="results-\d{4}-\d\d-\d\d\.csv"', file.headers["Content-Disposition"])
    assert "Trainee,0,open,10,105," in file.text
    with desk.rooms.store.reading() as session:
        [taken] = session.scalars(select(Event).filter_by(act="results.exported"))
        assert (taken.actor, taken.subject) == (people["instructor"], f"person:{people['instructor']}")
    other = clients["other_instructor"]
    assert str(desk.attempt_id) not in other.get("/results/people").text
    assert ",10,105," not in other.get("/results/people.csv").text
    for who in ("trainee", "host"):
        for address in ("/results/people", "/results/people.csv"):
            assert clients[who].get(address).status_code == 404


def test_what_is_void_is_called_neither_right_nor_wrong(
    clients: Clients, desk_of: Callable[[str], Desk], people: People
) -> None:
    desk = desk_of("trainee")
    made(desk, "q1", "3")
    office = Office(desk, people)
    office.apply(office.look(Void(question="q1", reason="Two processes fit.")))
    workbench = clients["trainee"].get(bench(desk, question="q1")).text
    result = clients["instructor"].get(f"/results/{desk.attempt_id}").text
    replay = clients["trainee"].get(f"/attempts/{desk.attempt_id}/replay").text
    step = re.findall(r"\?step=(\d+)#step", replay)[-1]
    last = clients["trainee"].get(f"/attempts/{desk.attempt_id}/replay?step={step}").text
    for page in (workbench, result, replay, last):
        assert "Void: full credit" in page
        assert "Right and proven" not in page
        assert "Void: full credit, full credit" not in page
        assert html_errors(page) == []
    sheet = clients["instructor"].get("/results").text
    for page in (workbench, sheet):
        assert "Void</span>" in page
        assert "Solved</span>" not in page
    assert "whoever had submitted something has full credit" in workbench
    assert (
        'Every finding on this question earns full credit. <bdi class="words" dir="auto">Two processes fit.'
        in workbench
    )
    other = desk_of("colleague")
    assert "any submission earns full credit" in clients["colleague"].get(bench(other, question="q1")).text


def test_hidden_characters_of_a_trainee_are_shown_to_the_instructor(clients: Clients, desk: Desk) -> None:
    path = "records\u202egpj.exe"
    desk.submit("q5", f"wget {path}", prove(desk, "q5"))
    page = clients["instructor"].get(f"/results/{desk.attempt_id}").text
    assert "\u202e" not in page
    assert "U+202E" in page


def test_every_judgement_stands_beside_the_verdict_at_submission(
    clients: Clients, desk_of: Callable[[str], Desk], people: People
) -> None:
    desk = desk_of("trainee")
    finding = made(desk, "q1", "3")
    judged(desk, finding, 1, 0.5, reason="Half of it, as discussed.", by=people["instructor"])
    judged(desk, finding, 2, 1.0, reason="All of it.", by=people["instructor"], origin="mark")
    shown = clients["instructor"].get(f"/results/{desk.attempt_id}").text
    assert html_errors(shown) == []
    for words in ("At submission", "Half of it, as discussed.", "All of it.", "Judged again 2 times", "10 of 105"):
        assert words in shown
    assert shown.count("Instructor<br>") + shown.count("Instructor</span><br>") == 2
    mine = clients["trainee"].get(bench(desk, question="q1")).text
    assert html_errors(mine) == []
    assert "Right and proven" in mine
    assert "by whoever marked it" in mine
    assert "by an instructor" in mine
    assert "Instructor<" not in mine
    assert "Half of it, as discussed." in mine
    assert "<b>10</b> / 105" in clients["instructor"].get("/results").text


def test_a_question_that_is_worth_more_now_counts_so_everywhere(
    clients: Clients, desk_of: Callable[[str], Desk], people: People
) -> None:
    desk = desk_of("trainee")
    version(desk, people, 1, {"do": "worth", "question": "q1", "points": [30, 10]})
    desk.submit("q1", answer(desk, "q1"), prove(desk, "q1"))
    assert "<b>30</b> / 125" in clients["instructor"].get("/results").text
    assert "30 of 125" in clients["instructor"].get(f"/results/{desk.attempt_id}").text
    assert "grading version 1" in clients["instructor"].get(f"/results/{desk.attempt_id}").text
    assert '<b class="num">30</b> of 125' in clients["trainee"].get(bench(desk, question="q1")).text
    assert "30 / 125" in clients["trainee"].get("/labs").text
