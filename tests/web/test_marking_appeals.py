"""Appeals: the trainee's page and the instructor's, in a browser without scripts."""

import re
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.conftest import SEALED, Clock, People, token_of
from tests.labs_place import make_assignment
from tests.unit.labs.conftest import Desk
from tests.web.conftest import Clients, SignInAs, html_errors
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.labs.models import Attempt, Finding
from training.marking.models.appeals import Appeal
from training.store import new_id

TEXT = "Row 12 shows this process as the <b>parent</b>."
NOTE = "The row shows it; the key was too narrow."


@pytest.fixture
def finding(desk: Desk) -> Finding:
    done = desk.submit("q1", "3")
    assert done.finding is not None
    return done.finding


@pytest.fixture
def place(desk: Desk) -> str:
    return f"/attempts/{desk.attempt_id}/appeals"


def send(client: FlaskClient, place: str, finding: UUID, kind: str = "complaint", text: str = TEXT) -> TestResponse:
    shown = client.get(place).text
    key = re.search(r'name="request_key" value="([^"]+)"', shown)
    assert key
    fields = {"csrf_token": token_of(shown), "request_key": key[1], "finding": str(finding), "kind": kind, "text": text}
    return client.post(place, data=fields)


def only(desk: Desk) -> Appeal:
    with desk.rooms.store.reading() as session:
        return session.scalars(select(Appeal)).one()


def count(desk: Desk) -> int:
    with desk.rooms.store.reading() as session:
        return session.scalar(select(func.count()).select_from(Appeal)) or 0


def decide(client: FlaskClient, appeal: Appeal, **fields: str) -> TestResponse:
    at = f"/marking/appeals/{appeal.id}"
    return client.post(at, data={"csrf_token": token_of(client.get("/account").text), "note": NOTE, **fields})


def test_a_complaint_goes_to_an_instructor_and_the_note_comes_back(
    desk: Desk, finding: Finding, clients: Clients, place: str
) -> None:
    mine, theirs = clients["trainee"], clients["instructor"]
    assert "2 complaints left" in mine.get(f"{place}?finding={finding.id}").text
    offered = mine.get(place).text
    assert f'value="{finding.id}" selected' in mine.get(f"{place}?finding={finding.id}").text
    sent = send(mine, place, finding.id)
    assert (sent.status_code, sent.location) == (303, place)
    assert "It is sent." in mine.get(place).text
    assert "1 complaint left" in mine.get(place).text
    made = only(desk)
    listed = theirs.get("/marking/appeals").text
    assert f"/marking/appeals/{made.id}" in listed
    opened = theirs.get(f"/marking/appeals/{made.id}").text
    assert "&lt;b&gt;parent" in opened
    assert "Give a credit from 0 to 1." in decide(theirs, made, outcome="upheld").text
    assert decide(theirs, made, outcome="upheld", credit="0.5").status_code == 303
    confirmed = theirs.get("/marking/appeals").text
    assert "Upheld: the credit is raised, and the token comes back. The trainee reads your note." in confirmed
    assert "The trainee reads your note." not in theirs.get("/marking/appeals").text, "said once"
    told = mine.get(place).text
    assert NOTE in told
    assert "2 complaints left" in told
    with desk.rooms.store.reading() as session:
        assert session.get_one(Finding, finding.id).current.credit == 0.5
    assert "no credit · 0 of 10 points</option>" in offered
    assert re.search(r"50 percent of the credit · <span class=\"num\">5 of 10 points", told)
    for text in (told, opened, theirs.get(f"/marking/findings/{finding.id}").text):
        assert not re.search(r"credit 0|credit 1", text), "a credit is a share in words"
    decided = theirs.get(f"/marking/appeals/{made.id}").text
    assert re.search(r"<td>50 percent of the credit</td><td class=\"n\">5</td>", decided)
    assert "5 of 10 points" in decided
    result = unescape(theirs.get(f"/results/{desk.attempt_id}").text)
    assert result.count("Decided by hand: 50 percent of the credit") == 2, "in the verdict, and once among judgements"
    assert "Right and proven" not in result
    for text in (listed, opened, told, decided):
        assert html_errors(text) == []
        assert len(text.encode()) < 100 * 1024


def test_a_question_has_no_credit_to_give(desk: Desk, finding: Finding, clients: Clients, place: str) -> None:
    assert send(clients["trainee"], place, finding.id, "question").status_code == 303
    made = only(desk)
    assert 'name="credit"' not in clients["instructor"].get(f"/marking/appeals/{made.id}").text
    assert decide(clients["instructor"], made, outcome="upheld", credit="1").status_code == 422
    assert decide(clients["instructor"], made, outcome="answered").status_code == 303
    with desk.rooms.store.reading() as session:
        kept = session.get_one(Finding, finding.id)
    assert kept.current is kept


@pytest.mark.parametrize(
    ("finding_id", "kind", "text", "status"),
    [
        ("", "complaint", TEXT, 422),
        ("mine", "", TEXT, 422),
        ("mine", "praise", TEXT, 422),
        ("mine", "complaint", "too short", 422),
        ("none", "complaint", TEXT, 404),
    ],
)
def test_what_is_refused_stands_in_the_form_again(
    desk: Desk, finding: Finding, clients: Clients, place: str, finding_id: str, kind: str, text: str, status: int
) -> None:
    shown = clients["trainee"].get(place).text
    chosen = {"mine": str(finding.id), "none": str(new_id())}.get(finding_id, finding_id)
    fields = {"csrf_token": token_of(shown), "request_key": str(new_id()), "finding": chosen, "kind": kind}
    answer = clients["trainee"].post(place, data={**fields, "text": text})
    assert answer.status_code == status
    assert text.split("<", maxsplit=1)[0] in answer.text
    assert count(desk) == 0


def test_a_finding_of_somebody_else_can_not_be_named(
    desk: Desk, finding: Finding, clients: Clients, desk_of: SignInAs
) -> None:
    other = desk_of("colleague")
    there = f"/attempts/{other.attempt_id}/appeals"  # type: ignore[attr-defined]  # a desk
    fields = {"csrf_token": token_of(clients["colleague"].get("/account").text), "request_key": str(new_id())}
    answer = clients["colleague"].post(
        there, data={**fields, "finding": str(finding.id), "kind": "complaint", "text": TEXT}
    )
    assert (answer.status_code, count(desk)) == (404, 0)


def test_in_an_examination_nothing_is_shown_before_the_release(
    desk: Desk, finding: Finding, clients: Clients, place: str, people: People, clock: Clock
) -> None:
    with desk.rooms.store.writing() as session:
        begun = clock() - timedelta(days=1)
        examination = make_assignment(people.home, desk.lab.id, people["instructor"], clock(), opens_at=begun)
        session.add(examination)
        session.flush()
        session.get_one(Attempt, desk.attempt_id).assignment_id = examination.id
    shown = clients["trainee"].get(place)
    assert shown.status_code == 200
    assert "not released yet" in shown.text
    assert str(finding.id) not in shown.text
    assert "credit" not in shown.text.split("<main", 1)[1]
    fields = {"csrf_token": token_of(clients["trainee"].get("/account").text), "request_key": str(new_id())}
    sent = clients["trainee"].post(
        place, data={**fields, "finding": str(finding.id), "kind": "complaint", "text": TEXT}
    )
    assert (sent.status_code, count(desk)) == (422, 0)
    assert str(finding.id) not in sent.text


def test_whoever_judged_by_hand_sees_why_another_decides(
    desk: Desk, finding: Finding, clients: Clients, place: str, sign_in: SignInAs, people: People, clock: Clock
) -> None:
    token = token_of(clients["instructor"].get("/account").text)
    typed = {"csrf_token": token, "seen": "0", "credit": "0.25", "reason": "It is what the row shows."}
    assert clients["instructor"].post(f"/marking/findings/{finding.id}/override", data=typed).status_code == 303
    send(clients["trainee"], place, finding.id)
    made = only(desk)
    opened = clients["instructor"].get(f"/marking/appeals/{made.id}").text
    assert "another instructor decides" in opened
    assert 'name="outcome"' not in opened
    assert decide(clients["instructor"], made, outcome="dismissed").status_code == 422
    with desk.rooms.store.writing() as session:
        second = accounts.make_person(
            session, login="second", name="Second", sealed=SEALED, home=people.home, role=Role.INSTRUCTOR, now=clock()
        )
        people.ids["second"] = second.id  # type: ignore[index]  # so that they can sign in
    assert decide(sign_in("second"), made, outcome="dismissed").status_code == 303
    assert only(desk).outcome == "dismissed"


@pytest.mark.parametrize("who", ["trainee", "colleague", "host", "administrator", "stranger", "other_instructor"])
def test_nobody_else_sees_or_decides_an_appeal(
    desk: Desk, finding: Finding, clients: Clients, place: str, who: str
) -> None:
    send(clients["trainee"], place, finding.id)
    made = only(desk)
    assert clients[who].get(f"/marking/appeals/{made.id}").status_code == 404
    assert decide(clients[who], made, outcome="dismissed").status_code == 404
    if who != "trainee":
        assert clients[who].get(place).status_code == 404
    if who == "other_instructor":
        assert str(made.id) not in clients[who].get("/marking/appeals").text
    assert only(desk).outcome is None
