"""What instructors see of the attempts of their organisation."""

from collections.abc import Callable

from tests.unit.labs.conftest import Desk
from tests.unit.labs.test_findings import answer, prove
from tests.web.conftest import Clients, html_errors


def test_instructors_see_results_of_their_organisation_only(clients: Clients, desk_of: Callable[[str], Desk]) -> None:
    desk = desk_of("trainee")
    desk.submit("q1", "3")
    desk.submit("q1", answer(desk, "q1"), prove(desk, "q1"))
    page = clients["instructor"].get("/results")
    assert "Trainee" in page.text
    assert "8</b> / 95" in page.text
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


def test_hidden_characters_of_a_trainee_are_shown_to_the_instructor(clients: Clients, desk: Desk) -> None:
    path = "records\u202egpj.exe"
    desk.submit("q5", f"wget {path}", prove(desk, "q5"))
    page = clients["instructor"].get(f"/results/{desk.attempt_id}").text
    assert "\u202e" not in page
    assert "U+202E" in page
