"""Labs that are set, as instructors and trainees see them: forms, dates, examinations without feedback, release."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from tests.conftest import Clock, People, token_of
from tests.unit.labs.conftest import LAB, Desk
from tests.unit.labs.test_findings import NAMES, answer, prove
from tests.web.conftest import Clients, SignInAs, bench, html_errors, post, send

FORM = {
    "lab": LAB,
    "title": "Week one",
    "mode": "examination",
    "opens_at": "2026-11-25 09:00",
    "until": "2026-11-26 09:00",
    "percent": "100",
    "after": "closed",
    "minutes": "90",
    "pass_percent": "50",
}


def set_lab(clients: Clients, **given: Any) -> str:
    """Set the lab with the form of the page; the address of what was set."""
    done = post(clients["instructor"], "/assignments/new", **{**FORM, **given})
    assert done.status_code == 303, done.text
    return str(done.location)


@pytest.mark.usefixtures("desk_of")
def test_an_instructor_sets_a_lab_and_its_page_says_what_was_set(clients: Clients, people: People) -> None:
    here = set_lab(clients)
    instructor = clients["instructor"]
    page, listed, form = (instructor.get(path).text for path in (here, "/assignments", "/assignments/new"))
    for text in (page, listed, form):
        assert html_errors(text) == []
    assert "Week one" in listed
    assert "2026-11-26 09:00Z" in listed
    assert 'value="2026-11-26 09:00"' in page
    assert "not released" in page
    given = post(instructor, here, f"{here}/time", person=str(people["trainee"]), extra="25", note="as agreed")
    assert given.status_code == 303
    after = instructor.get(here).text
    assert re.search(r"Trainee</th><td class=\"n\">25</td><td><bdi dir=\"auto\">as agreed", after)
    assert html_errors(after) == []
    for client in (clients["other_instructor"], clients["trainee"]):
        assert client.get(here).status_code == 404
        assert client.get("/assignments").text.count("Week one") == 0


@pytest.mark.usefixtures("desk_of")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"opens_at": "tomorrow"}, "'tomorrow' is no time: write it as 2026-11-30 18:00, in UTC."),
        ({"until": "2026-11-24 09:00"}, "Each date is later than the one before"),
        ({"percent": "many"}, "'many' is not a whole number."),
        ({"title": ""}, "The title has 1 to 120 characters."),
    ],
)
def test_a_form_that_can_not_be_accepted_comes_back_with_what_was_typed(
    clients: Clients, given: dict[str, str], said: str
) -> None:
    page = post(clients["instructor"], "/assignments/new", **{**FORM, "minutes": "77", **given})
    assert page.status_code == 422
    assert said in unescape(page.text)
    assert 'value="77"' in page.text
    assert 'aria-describedby="wrong"' in page.text
    assert html_errors(page.text) == []


@pytest.mark.usefixtures("desk_of")
def test_a_lab_is_set_in_the_own_organisation_only(clients: Clients, people: People) -> None:
    done = post(clients["instructor"], "/assignments/new", organisation=str(people.elsewhere), **FORM)
    assert done.status_code == 404
    assert "Week one" not in clients["other_instructor"].get("/assignments").text


def test_a_trainee_sees_what_applies_with_their_own_time(
    clients: Clients, people: People, desk_of: Callable[[str], Desk], clock: Clock, sign_in: SignInAs
) -> None:
    here = set_lab(clients, mode="practice", until=["2026-11-26 09:00", "2026-11-27 09:00"], percent=["100", "40"])
    post(clients["instructor"], here, f"{here}/time", person=str(people["trainee"]), extra="30")
    page, other = (clients[name].get(f"/labs/{LAB}").text for name in ("trainee", "colleague"))
    labs = re.sub("<[^>]*>", "", clients["trainee"].get("/labs").text)
    assert "Practice with dates: Week one100 % until 2026-11-26 09:30Z" in labs
    assert "at the last 40 % until 2026-11-27 09:30Z" in labs
    assert "Week one" not in clients["stranger"].get("/labs").text
    assert "2026-11-27 09:30Z" in page
    assert "2026-11-27 09:00Z" in other
    assert "30 minutes, counted in above" in page
    assert "counts 100 percent" in page
    assert "All times are UTC." in page
    assert "Your time begins with it." in page
    assert html_errors(page) == []
    desk_of("trainee")
    clock.forward(days=1, minutes=31)
    later = sign_in("trainee").get(f"/labs/{LAB}").text
    assert "is not accepted" in later, "90 minutes and 30 more are over"
    assert "yours is up at" in later
    assert "counts 40 percent" in sign_in("colleague").get(f"/labs/{LAB}").text


GIVEN_AWAY = (
    *("Right and proven", "The value is right", "Not right", "Partly right", "Not proven", "Nothing is cited for it."),
    *(
        "Complain or ask about a verdict",
        "still worth",
        "earned</span>",
        "earned <b",
        "This finding added",
        "Solved",
        "The data show something else",
    ),
)


def test_an_examination_gives_nothing_away_before_it_is_released(
    clients: Clients, desk_of: Callable[[str], Desk]
) -> None:
    here = set_lab(clients)
    desk, trainee = desk_of("trainee"), clients["trainee"]
    cited = prove(desk, "q1")
    before = {name: trainee.get(bench(desk, question=name)).text for name in NAMES}
    desk.submit("q1", answer(desk, "q1"), cited)
    desk.submit("q2", "/not/it")
    pages = {name: trainee.get(bench(desk, question=name)).text for name in NAMES}
    for name, page in pages.items():
        assert html_errors(page) == []
        assert [words for words in GIVEN_AWAY if words in page] == [], name
        assert unescape(desk.question(name).after[:40]) not in unescape(page)
    assert "Received" in pages["q1"]
    assert 'id="answer"' in pages["q1"], "whether it was right does not end the tries"
    assert "Feedback and points are shown when the instructor releases them." in pages["q1"]
    assert shape(pages["q1"], "q1") == shape(pages["q2"], "q2"), "right and wrong look alike"
    assert "Results are not released yet" in pages["q1"]
    assert before["q3"] != ""
    for path in ("/", "/labs", f"/labs/{LAB}"):
        assert not re.search(r"\b10 / 105|\b10 of 105|10</b>", trainee.get(path).text), path
    assert "<b>10</b> / 105" in clients["instructor"].get("/results").text, "instructors see everything"
    assert send(clients["instructor"], here, "/release", sure="1").status_code == 303
    told = trainee.get(bench(desk, question="q1")).text
    assert "Right and proven" in told
    assert "Complain or ask about a verdict" in told
    assert desk.question("q1").after[:40] in unescape(told)


def shape(page: str, name: str) -> list[str]:
    """The mark of a question in the list of questions, and the beginning of its verdict."""
    marks = re.findall(
        rf'question={name}[^"]*"[^>]*><b>\d+</b><span>.*?</span><span class="pt">[^<]*</span>(.*?)</a>', page
    )
    verdicts = re.findall(r'<div class="say ([a-z]*)" id="verdict"', page)
    return [re.sub(r"<svg.*?</svg>", "", marks[0]), *verdicts]


def test_the_fragment_of_a_script_gives_nothing_away_either(clients: Clients, desk_of: Callable[[str], Desk]) -> None:
    set_lab(clients)
    desk, trainee = desk_of("trainee"), clients["trainee"]
    token = token_of(trainee.get(bench(desk, question="q1")).text)
    data = {"csrf_token": token, "request_key": "by-a-script", "value": answer(desk, "q1"), "bare": "1"}
    address = f"/attempts/{desk.attempt_id}/findings?question=q1"
    said = trainee.post(address, data=data, headers={"X-Engram": "fragment"})
    assert said.status_code == 200
    assert "Received" in said.text
    assert [words for words in GIVEN_AWAY if words in said.text] == []


def test_a_time_limit_ends_the_typing_and_says_when(
    clients: Clients, desk_of: Callable[[str], Desk], clock: Clock
) -> None:
    set_lab(clients)
    desk, trainee = desk_of("trainee"), clients["trainee"]
    assert "2026-11-25 10:30Z" in trainee.get(bench(desk)).text
    page = trainee.get(bench(desk, question="q1")).text
    clock.now += timedelta(minutes=90, seconds=1)
    data = {"csrf_token": token_of(page), "request_key": "a-second-late", "value": "3", "bare": "1"}
    late = trainee.post(f"/attempts/{desk.attempt_id}/findings?question=q1", data=data)
    assert late.status_code == 409
    assert "The time of this attempt was up at 2026-11-25 10:30 UTC. Nothing was submitted." in late.text
    assert 'id="answer"' not in late.text
    assert html_errors(late.text) == []


def test_hints_are_offered_only_where_the_assignment_allows_them(
    clients: Clients, desk_of: Callable[[str], Desk]
) -> None:
    set_lab(clients)
    desk = desk_of("trainee")
    assert "Hint 1 of 2" not in clients["trainee"].get(bench(desk, question="q1")).text


def test_dates_move_once_somebody_has_begun_and_nothing_else(clients: Clients, desk_of: Callable[[str], Desk]) -> None:
    here = set_lab(clients, hints="1")
    desk_of("trainee")
    instructor = clients["instructor"]
    page = instructor.get(here).text
    assert "Somebody has begun: only dates can still move, to later." in page
    assert html_errors(page) == []
    fields = {**FORM, "hints": "1", "until": "2026-11-28 09:00"}
    assert post(instructor, here, here, **fields).status_code == 303
    assert "2026-11-28 09:00Z" in clients["trainee"].get(f"/labs/{LAB}").text
    refused = post(instructor, here, here, **{**fields, "pass_percent": "10"})
    assert refused.status_code == 422
    assert "only dates can still move" in refused.text


def test_the_calibration_of_a_closed_attempt_is_for_its_person_only(clients: Clients, desk: Desk) -> None:
    trainee, here = clients["trainee"], bench(desk, question="q1")
    assert send(trainee, here, "/findings", value="3", bare="1", confidence="certain").status_code == 303
    assert "How sure you were" not in trainee.get(here).text
    assert send(trainee, here, "/close").status_code == 303
    page = trainee.get(here).text
    assert "How sure you were" in page
    assert "From ten findings with a confidence on" in page
    assert html_errors(page) == []
    assert "How sure" not in clients["instructor"].get(f"/results/{desk.attempt_id}").text


def test_reasoning_is_kept_with_the_finding_and_shown_to_the_instructor(clients: Clients, desk: Desk) -> None:
    trainee, here = clients["trainee"], bench(desk, question="q1")
    why = "Its parent is a shell.\r\nKernel threads have another."
    checked = send(trainee, here, "/check", value="3", reasoning=why).text
    assert "Its parent is a shell.\nKernel threads have another.</textarea>" in checked
    assert send(trainee, here, "/findings", value="3", bare="1", reasoning=why).status_code == 303
    assert "Its parent is a shell." in clients["instructor"].get(f"/results/{desk.attempt_id}").text
