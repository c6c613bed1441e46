"""Regrade and override as an instructor does them, in a browser without scripts."""

import json
import re
from html import unescape
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.conftest import People, token_of
from tests.unit.labs.conftest import Desk
from tests.unit.marking.regrades import DeskOf
from tests.web.conftest import Clients, html_errors
from training.labs.models import Attempt, Finding, GradingVersion, Judgement

WHY = "The key named the wrong process."
LIMIT = 100 * 1024


@pytest.fixture
def place(desk: Desk, people: People) -> str:
    """The address of the regrade of the trainee's release."""
    with desk.rooms.store.reading() as session:
        release = session.get_one(Attempt, desk.attempt_id).release_id
    return f"/marking/regrade/{people.home}/{release}"


@pytest.fixture
def finding(desk: Desk) -> Finding:
    done = desk.submit("q1", "3")
    assert done.finding is not None
    return done.finding


def hidden(text: str) -> dict[str, str]:
    """The hidden fields of the form of a regrade, as a browser sends them along."""
    names = ("csrf_token", "draft", "seal")
    found = {name: re.search(f'name="{name}" value="([^"]*)"', text) for name in names}
    return {name: unescape(one[1]) for name, one in found.items() if one}


def step(client: FlaskClient, place: str, before: str, do: str, **fields: str) -> TestResponse:
    return client.post(place, data={**hidden(before), "do": do, **fields})


def void(client: FlaskClient, place: str) -> str:
    answer = step(client, place, client.get(place).text, "void", void_question="q1", void_reason="Two processes fit.")
    assert answer.status_code == 200
    return answer.text


def versions(desk: Desk) -> int:
    with desk.rooms.store.reading() as session:
        return session.scalar(select(func.count()).select_from(GradingVersion)) or 0


def credit(desk: Desk, finding: Finding) -> float:
    with desk.rooms.store.reading() as session:
        return session.get_one(Finding, finding.id).current.credit


def test_an_instructor_looks_and_applies_and_reads_the_version(
    desk: Desk, finding: Finding, clients: Clients, place: str
) -> None:
    client = clients["instructor"]
    assert place in client.get("/marking/regrade").text
    looked = void(client, place)
    assert "0 → <b>10</b>" in looked
    assert "1 gain, 0 lose" in looked
    assert credit(desk, finding) == 0
    applied = client.post(f"{place}/apply", data={**hidden(looked), "reason": WHY})
    assert (applied.status_code, applied.location) == (303, f"{place}/versions")
    assert credit(desk, finding) == 1
    listed, one = client.get(f"{place}/versions").text, client.get(f"{place}/versions/1").text
    assert WHY in listed
    assert "Two processes fit." in listed
    assert f"/marking/findings/{finding.id}" in one
    plain = re.sub(r"<[^>]+>", "", one)
    total = f"{sum(question.points[0] for question in desk.lab.questions):g}"
    assert f"0 → 10 / {total}" in plain
    assert "no creditfull credit" in plain
    assert f"Points in all{total}" in plain
    assert "as published" not in client.get("/marking/regrade").text
    for text in (client.get("/marking/regrade").text, client.get(place).text, looked, listed, one):
        assert html_errors(text) == []
        assert len(text.encode()) < LIMIT


def test_a_total_that_changes_alone_is_told_apart(finding: Finding, clients: Clients, place: str) -> None:
    client = clients["instructor"]
    looked = step(client, place, client.get(place).text, "worth", worth_question="q2", worth_points="1").text
    assert finding.question == "q1"
    assert "0 people</span>: " not in looked
    told = re.sub(r"<[^>]+>", "", looked)
    assert "Points change0 people: 0 gain, 0 lose" in told
    assert "Only the total changes1 person: their points stay" in told
    assert html_errors(looked) == []
    assert "Only the total changes" not in void(client, place)


def test_ones_own_work_is_left_to_another_instructor(desk_of: DeskOf, clients: Clients, people: People) -> None:
    mine = desk_of("instructor")
    own = mine.submit("q1", "3").finding
    assert own is not None
    with mine.rooms.store.reading() as session:
        release = session.get_one(Attempt, mine.attempt_id).release_id
    client, place = clients["instructor"], f"/marking/regrade/{people.home}/{release}"
    looked = void(client, place)
    assert "Your own work: left to another instructor" in looked
    assert "0 → <b>10</b>" not in looked
    assert html_errors(looked) == []
    assert client.post(f"{place}/apply", data={**hidden(looked), "reason": WHY}).status_code == 303
    assert credit(mine, own) == 0
    again = step(client, place, client.get(place).text, "show").text
    assert "What is left is your own work." in again
    assert html_errors(again) == []


@pytest.mark.parametrize("number", [10**9, 10**30, 0])
def test_a_version_of_any_number_that_is_not_there_is_no_fault(
    finding: Finding, clients: Clients, place: str, number: int
) -> None:
    assert clients["instructor"].get(f"{place}/versions/{number}").status_code == 404
    assert finding.credit == 0


def test_pressing_apply_twice_makes_one_version(desk: Desk, finding: Finding, clients: Clients, place: str) -> None:
    looked = void(clients["instructor"], place)
    answers = [
        clients["instructor"].post(f"{place}/apply", data={**hidden(looked), "reason": WHY}).status_code for _ in "12"
    ]
    assert answers == [303, 303]
    assert (versions(desk), credit(desk, finding)) == (1, 1)


def test_what_moved_is_named_and_the_reason_stays(desk: Desk, finding: Finding, clients: Clients, place: str) -> None:
    looked = void(clients["instructor"], place)
    desk.submit("q2", "/nothing")
    answer = clients["instructor"].post(f"{place}/apply", data={**hidden(looked), "reason": WHY})
    assert answer.status_code == 409
    assert "1 finding was submitted" in answer.text
    assert WHY in answer.text
    assert (versions(desk), credit(desk, finding)) == (0, 0)
    again = clients["instructor"].post(f"{place}/apply", data={**hidden(answer.text), "reason": WHY})
    assert (again.status_code, versions(desk)) == (303, 1)


def test_amendments_are_added_replaced_and_left_out(finding: Finding, clients: Clients, place: str) -> None:
    client, text = clients["instructor"], void(clients["instructor"], place)
    accept = {"accept_question": "q1", "accept_value": "77", "accept_credit": "0,5"}
    text = step(client, place, text, "accept", **accept).text
    text = step(client, place, text, "accept", **accept | {"accept_credit": "\N{ARABIC-INDIC DIGIT ZERO},25"}).text
    text = step(client, place, text, "worth", worth_question="q1", worth_points="6, 3").text
    assert [one["do"] for one in draft_of(text)] == ["void", "accept", "worth"]
    assert [one.get("credit") for one in draft_of(text)] == [None, 0.25, None]
    text = step(client, place, text, "drop:0").text
    assert [one["do"] for one in draft_of(text)] == ["accept", "worth"]
    assert finding.credit == 0


def draft_of(text: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(hidden(text)["draft"])
    return found


@pytest.mark.parametrize(
    ("do", "fields", "said"),
    [
        ("accept", {}, "Choose a question"),
        ("accept", {"accept_question": "q1", "accept_value": "no number"}, "can&#39;t be read"),
        ("accept", {"accept_question": "q1", "accept_value": "7", "accept_credit": "2"}, "not a number from 0 to 1"),
        ("accept", {"accept_question": "q1", "accept_value": "7", "accept_credit": "0"}, "more than 0"),
        ("void", {"void_question": "q1"}, "Say why"),
        ("worth", {"worth_question": "q1", "worth_points": "1 5"}, "worth"),
        ("worth", {"worth_question": "q1", "worth_points": "nan"}, "not a number"),
        ("rules", {"rules_release": "0" * 64}, "Choose another release"),
    ],
)
def test_an_amendment_that_does_not_fit_is_refused_and_the_others_stay(
    finding: Finding, clients: Clients, place: str, do: str, fields: dict[str, str], said: str
) -> None:
    before = void(clients["instructor"], place)
    answer = step(clients["instructor"], place, before, do, **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert [one["do"] for one in draft_of(answer.text)] == ["void"]
    assert all(f'value="{value}"' in answer.text for name, value in fields.items() if name != "rules_release")
    assert finding.credit == 0


@pytest.mark.parametrize("broken", [{"draft": "[{"}, {"draft": "x" * 60_001}, {"seal": "{}"}, {"ticked": "no id"}])
def test_a_form_that_was_tampered_with_is_refused(
    desk: Desk, finding: Finding, clients: Clients, place: str, broken: dict[str, str]
) -> None:
    looked = void(clients["instructor"], place)
    answer = clients["instructor"].post(f"{place}/apply", data={**hidden(looked), "reason": WHY, **broken})
    assert answer.status_code == 422
    assert (versions(desk), credit(desk, finding)) == (0, 0)


def test_what_is_typed_for_an_amendment_stays_when_another_button_is_pressed(
    finding: Finding, clients: Clients, place: str
) -> None:
    typed = {"worth_question": "q1", "worth_points": "6 3", "accept_credit": "1"}
    kept = step(clients["instructor"], place, clients["instructor"].get(place).text, "show", **typed).text
    assert 'value="6 3"' in kept
    made = step(clients["instructor"], place, kept, "worth", **typed).text
    assert 'value="6 3"' not in made
    assert len(draft_of(made)) == 1
    assert finding.credit == 0


def test_an_override_stays_on_top_and_can_be_ticked_and_withdrawn(
    desk: Desk, finding: Finding, clients: Clients, place: str
) -> None:
    client, at = clients["instructor"], f"/marking/findings/{finding.id}"
    token = token_of(client.get(at).text)
    typed = {"csrf_token": token, "seen": "0", "credit": "0.25", "reason": "It is what the row shows."}
    assert client.post(f"{at}/override", data=typed).status_code == 303
    assert client.post(f"{at}/override", data=typed).status_code == 303
    late = client.post(f"{at}/override", data=typed | {"credit": "0.75"})
    assert late.status_code == 409
    assert 'value="0.75"' in late.text
    shown = client.get(at).text
    assert "It is what the row shows." in shown
    assert html_errors(shown) == []
    looked = void(client, place)
    assert f'name="ticked" value="{finding.id}"' in looked
    assert "0 → <b>10</b>" not in looked
    ticked = step(client, place, looked, "show", ticked=str(finding.id)).text
    assert "2.5 → <b>10</b>" in ticked
    back = {"csrf_token": token, "seen": "1", "reason": "It was the wrong row."}
    assert client.post(f"{at}/withdraw", data=back).status_code == 303
    assert credit(desk, finding) == 0
    with desk.rooms.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Judgement)) == 2


def test_an_override_without_a_reason_is_refused(desk: Desk, finding: Finding, clients: Clients) -> None:
    at = f"/marking/findings/{finding.id}"
    typed = {"csrf_token": token_of(clients["instructor"].get(at).text), "seen": "0", "credit": "1", "reason": "so"}
    answer = clients["instructor"].post(f"{at}/override", data=typed)
    assert (answer.status_code, credit(desk, finding)) == (422, 0)
    assert "at least 10 characters" in answer.text


@pytest.mark.parametrize("who", ["trainee", "colleague", "host", "administrator", "stranger", "other_instructor"])
def test_nobody_else_sees_or_changes_anything(
    desk: Desk, finding: Finding, clients: Clients, place: str, who: str
) -> None:
    client = clients[who]
    looked = void(clients["instructor"], place)
    fields = {**hidden(looked), "reason": WHY, "csrf_token": token_of(client.get("/account").text)}
    at = f"/marking/findings/{finding.id}"
    gets = [client.get(one).status_code for one in (place, f"{place}/versions", f"{place}/versions/1", at)]
    posts = [client.post(one, data=fields) for one in (place, f"{place}/apply", f"{at}/override", f"{at}/withdraw")]
    assert gets == [404] * 4
    assert [one.status_code for one in posts] == [404] * 4
    assert (versions(desk), credit(desk, finding)) == (0, 0)


def test_an_instructor_of_elsewhere_has_no_page_for_a_release_that_is_not_worked_on_there(
    people: People, clients: Clients, place: str
) -> None:
    there = place.replace(str(people.home), str(people.elsewhere))
    assert clients["other_instructor"].get(there).status_code == 404
    assert str(UUID(place.rsplit("/", 1)[1])) not in clients["other_instructor"].get("/marking/regrade").text
