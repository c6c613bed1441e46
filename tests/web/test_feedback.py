"""Pages of feedback: who finds what, forms that come back, results and their file."""

import re
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import Clock, People, token_of
from tests.hosting_place import make_teaching
from tests.web.conftest import Clients, html_errors, post
from training.hosting.feedback.models import Answered, Answers, Survey
from training.hosting.models import TeachingSession
from training.store import Store


@pytest.fixture
def place(store: Store, people: People, clock: Clock) -> str:
    with store.writing() as session:
        made = make_teaching(session, people, clock(), trainees=("trainee", "colleague"))
        made.opened_at = clock()
        return f"/sessions/{made.id}"


@pytest.fixture
def opened(clients: Clients, place: str) -> str:
    done = post(clients["instructor"], f"{place}/feedback", kind="form", day="2026-11-25")
    assert done.status_code == 303
    return place


def filled(store: Store, place: str, *answers: dict[str, Any]) -> None:
    with store.writing() as session:
        survey = session.scalars(select(Survey).filter_by(session_id=UUID(place.rsplit("/", 1)[1]))).first()
        assert survey
        session.add_all(Answers(survey_id=survey.id, data=one) for one in answers)


def test_a_trainee_is_asked_on_the_page_of_the_session_and_answers_once(
    clients: Clients, opened: str, store: Store
) -> None:
    trainee, form = clients["trainee"], f"{opened}/feedback/form/answer"
    page = trainee.get(opened).text
    assert html_errors(page) == []
    assert f'href="{form}"' in page
    assert "Your feedback is asked for" not in clients["instructor"].get(opened).text
    asked = trainee.get(form).text
    assert html_errors(asked) == []
    assert asked.count('type="radio"') == 36
    sent = post(trainee, form, pace="4", use="5", which="Custody", wrong="", forged="x", law="9")
    assert (sent.status_code, sent.location) == (303, opened)
    assert "kept without your name" in trainee.get(opened).text
    assert form not in trainee.get(opened).text
    assert "You have answered this survey" in trainee.get(form).text
    with store.reading() as session:
        assert [one.data for one in session.scalars(select(Answers))] == [{"pace": "4", "use": "5", "which": "Custody"}]
    token = {"csrf_token": token_of(trainee.get("/account").text)}
    again = trainee.post(form, data={**token, "pace": "1"})
    assert again.status_code == 409
    assert "You have answered" in again.text
    with store.reading() as session:
        assert len(session.scalars(select(Answered)).all()) == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [({"cut": "x" * 601, "which": "<b>Hash</b>"}, "cut"), ({}, ""), ({"pace": "7"}, ""), ({"pace": "x"}, "")],
)
def test_a_refused_form_comes_back_with_what_was_typed(
    clients: Clients, opened: str, given: dict[str, str], field: str
) -> None:
    done = post(clients["trainee"], f"{opened}/feedback/form/answer", **given)
    assert done.status_code == 422
    assert html_errors(done.text) == []
    if field:
        assert f'aria-describedby="{field}-error"' in done.text
        assert "&lt;b&gt;Hash&lt;/b&gt;" in done.text


def test_who_finds_what(app: Flask, clients: Clients, opened: str) -> None:
    staff, form = f"{opened}/feedback", f"{opened}/feedback/form/answer"
    for name in ("trainee", "colleague", "stranger", "other_instructor"):
        assert clients[name].get(staff).status_code == 404
        assert clients[name].get(f"{staff}/form/results.csv").status_code == 404
        for address in (staff, f"{staff}/form/close"):
            assert post(clients[name], "/account", address, kind="year", day="2027-11-25").status_code == 404
    for name in ("stranger", "other_instructor", "instructor", "host"):
        assert clients[name].get(form).status_code == 404
        assert post(clients[name], "/account", form, pace="1").status_code == 404
    assert app.test_client().get(form).status_code == 302
    for kind in ("quarter", "other"):
        assert clients["trainee"].get(f"{opened}/feedback/{kind}/answer").status_code == 404
        assert clients["host"].get(f"{opened}/feedback/{kind}/results.csv").status_code == 404


def test_results_are_shown_when_it_is_over_and_of_five_or_more(clients: Clients, opened: str, store: Store) -> None:
    host, page = clients["host"], f"{opened}/feedback"
    filled(store, opened, *({"pace": str(n), "cut": f"=cut {n} <i>"} for n in (3, 4, 4, 5)))
    assert "Median" not in host.get(page).text
    assert host.get(f"{page}/form/results.csv").status_code == 404
    filled(store, opened, {"pace": "1", "cut": "=cut 1 <i>", "law": "5"})
    assert "Median" not in host.get(page).text, "it is open"
    assert post(host, page, f"{page}/form/close").status_code == 303
    text = host.get(page).text
    assert html_errors(text) == []
    assert "Response rate: 100 percent." in text
    assert "4.00" in text
    assert "60 %" in text
    assert "=cut 3 &lt;i&gt;" in text
    assert text.count("fewer than 5") >= 4
    file = host.get(f"{page}/form/results.csv")
    assert file.headers["Content-Disposition"] == "attachment; filename=feedback-form.csv"
    assert "I could follow the pace.,,5,4.00,3.00,4.00,60" in file.text
    assert "The law sheets fitted my country.,,< 5,,,," in file.text
    assert "'=cut 3 <i>" in file.text, "no cell is taken for a formula"


def test_few_answers_and_low_rates_are_called_so(clients: Clients, opened: str, store: Store) -> None:
    host, page = clients["host"], f"{opened}/feedback"
    filled(store, opened, *({"pace": "4"} for _ in range(4)))
    with store.writing() as session:
        session.scalars(select(Survey)).one().asked = 30
    post(host, page, f"{page}/form/close")
    text = host.get(page).text
    assert "Fewer than 5 have answered" in text
    assert "Median" not in text
    assert host.get(f"{page}/form/results.csv").status_code == 404
    filled(store, opened, *({"pace": "4"} for _ in range(2)))
    text = host.get(page).text
    assert "Response rate: 20 percent." in text
    assert "nobody else" in text


def test_the_later_surveys_ask_what_was_done_since(
    clients: Clients, place: str, store: Store, clock: Clock, sign_in: Any
) -> None:
    post(clients["host"], f"{place}/feedback", kind="quarter", day="2027-02-26")
    with store.writing() as session:
        session.get_one(TeachingSession, UUID(place.rsplit("/", 1)[1])).closed_at = clock()
    form = f"{place}/feedback/quarter/answer"
    assert "takes no answers now" in clients["trainee"].get(form).text
    clock.forward(days=94)
    trainee = sign_in("trainee")
    page = trainee.get(form).text
    assert html_errors(page) == []
    assert "first-response/m2-1" in page
    bad = post(trainee, form, faced="many", built="1", missing="More <b>time</b>")
    assert bad.status_code == 422
    assert 'value="many"' in bad.text
    token = token_of(page)
    data = {"csrf_token": token, "faced": "3", "stopped": ["time", "forged"], "modules": "first-response/m2-1"}
    assert trainee.post(form, data=data).status_code == 303
    with store.reading() as session:
        (kept,) = session.scalars(select(Answers))
    assert kept.data == {"faced": "3", "stopped": ["time"], "modules": ["first-response/m2-1"]}


@pytest.mark.parametrize("day", ["", "soon", "2026-11-24", "2036-01-01"])
def test_a_day_that_can_not_be_comes_back(clients: Clients, place: str, day: str) -> None:
    done = post(clients["host"], f"{place}/feedback", kind="quarter", day=day)
    assert done.status_code == 422
    assert html_errors(done.text) == []
    assert 'aria-describedby="day-error"' in done.text
    assert f'value="{day}"' in done.text


def test_pages_are_small_and_understood_in_arabic(clients: Clients, opened: str, store: Store) -> None:
    filled(store, opened, *({"pace": "4", "cut": "Nothing"} for _ in range(6)))
    asked = [(clients["trainee"], f"{opened}/feedback/form/answer"), (clients["trainee"], opened)]
    post(clients["host"], f"{opened}/feedback", f"{opened}/feedback/form/close")
    for client, page in [*asked, (clients["host"], f"{opened}/feedback")]:
        client.set_cookie("language", "ar")
        text = client.get(page).text
        assert len(text.encode()) < 100_000
        assert re.search(r'<html lang="ar" dir="rtl"', text)
        assert html_errors(text) == []
