"""What returns today, ten questions for a competency that fades, and what the home of learning says of it."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from tests.conftest import Clock, People, token_of
from tests.unit.learning import small_course
from tests.web.conftest import SignInAs, html_errors, post
from tests.web.test_competencies import row_of, text_of
from training.accounts.actor import Actor
from training.content import service as content
from training.courses.manuscript import reader
from training.learning import service
from training.learning.models import Answer, Refresher
from training.settings import Settings
from training.store import Store, new_id

PAGE = "/refresher"
Study = Callable[[int, int], None]


@pytest.fixture
def folder(store: Store, settings: Settings, clock: Clock, tmp_path: Path) -> Path:
    made = small_course.write(tmp_path)
    small_course.publish(store, settings, clock, made)
    return made


@pytest.fixture
def trainee(people: People) -> Actor:
    return Actor(people["trainee"], "Trainee", people.home)


@pytest.fixture
def study(folder: Path, store: Store, settings: Settings, clock: Clock, trainee: Actor) -> Study:
    def answer(right: int, wrong: int) -> None:
        small_course.answer(store, settings, clock, trainee, right, wrong)

    return answer


def returned(page: str) -> list[str]:
    return re.findall(r'<form class="quiz stack" id="([\w-]+)"', page)


def send(client: FlaskClient, question: str, option: str, page: str = "") -> TestResponse:
    shown = page or client.get(PAGE).text
    form = shown.split(f'<form class="quiz stack" id="{question}"', 1)[1]
    key = form.split('name="request_key" value="', 1)[1].split('"', 1)[0]
    data = {"csrf_token": token_of(shown), "request_key": key} | ({"option": option} if option else {})
    return client.post(f"{PAGE}/returning/{small_course.NAME}/{question}", data=data)


def test_without_answers_nothing_is_due(sign_in: SignInAs, folder: Path) -> None:
    page = sign_in("trainee").get(PAGE).text
    assert html_errors(page) == []
    assert "Nothing is due today" in page
    assert "None of your competencies is fading" in page


def test_missed_questions_return_the_next_day_and_after_seven(study: Study, sign_in: SignInAs, clock: Clock) -> None:
    study(8, 2)
    assert returned(sign_in("trainee").get(PAGE).text) == []
    clock.forward(days=1)
    client = sign_in("trainee")
    page = client.get(PAGE).text
    assert html_errors(page) == []
    assert returned(page) == ["m3-2-q10", "m3-2-q9"]
    assert "checked" not in page.split('id="due"')[1]  # from memory, not from the last answer
    answer = send(client, "m3-2-q9", "a")
    assert answer.status_code == 303
    said = client.get(answer.location).text
    assert "List 9 begins at place one." in said
    assert returned(said) == ["m3-2-q10"]
    assert "Place two is the second." in client.get(send(client, "m3-2-q10", "b").location).text
    clock.forward(days=1)
    assert returned(sign_in("trainee").get(PAGE).text) == ["m3-2-q10"]
    clock.forward(days=6)
    assert returned(sign_in("trainee").get(PAGE).text) == ["m3-2-q10", "m3-2-q9"]


def test_an_answer_without_a_choice_is_refused_beside_its_question(
    study: Study, sign_in: SignInAs, clock: Clock, store: Store
) -> None:
    study(9, 1)
    clock.forward(days=1)
    client = sign_in("trainee")
    before = answers(store)
    refused = send(client, "m3-2-q10", "")
    assert refused.status_code == 422
    assert "No option was chosen" in refused.text
    assert 'aria-invalid="true"' in refused.text
    strange = send(client, "m3-2-q10", "z")
    assert strange.status_code == 422
    assert answers(store) == before
    page = client.get(PAGE).text
    assert [send(client, "m3-2-q10", "a", page).status_code for _ in range(2)] == [303, 303]
    assert answers(store) == before + 1
    assert send(client, "m3-2-q10", "b", page).status_code == 409


def test_questions_that_are_not_there_are_not_there(study: Study, sign_in: SignInAs, clock: Clock) -> None:
    study(9, 1)
    clock.forward(days=1)
    client = sign_in("trainee")
    data = {"csrf_token": token_of(client.get(PAGE).text), "request_key": new_id().hex, "option": "a"}
    for address in ("memory-analysis/m3-2-q99", "memory-analysis/nothing", "harbour/m3-2-q1"):
        assert client.post(f"{PAGE}/returning/{address}", data=data).status_code == 404
    for address in ("?answered=/", "?answered=memory-analysis/m3-2-q99", "?answered=a/b/c", "?answered=%00"):
        assert client.get(PAGE + address).status_code in {200, 422}


def answers(store: Store) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(Answer)) or 0


def begin(client: FlaskClient, competency: str = "K6") -> TestResponse:
    return post(client, PAGE, f"{PAGE}/competency/{competency}")


def work(client: FlaskClient, address: str, right: int) -> str:
    """Answer the ten questions one after the other, the first ones right."""
    for number in range(1, 11):
        page = client.get(address).text
        assert f"Question {number} of 10" in page
        data = {"csrf_token": token_of(page), "option": "a" if number <= right else "b"}
        answer = client.post(f"{address}/{number}", data=data)
        assert answer.status_code == 303
        address_of_answer = answer.location
    return client.get(address_of_answer).text


@pytest.fixture
def faded(study: Study, sign_in: SignInAs, clock: Clock) -> FlaskClient:
    """A trainee who has shown a level, which has faded since."""
    study(10, 0)
    clock.forward(days=200)
    return sign_in("trainee")


def test_ten_questions_renew_a_level_1(faded: FlaskClient, store: Store) -> None:
    page = faded.get(PAGE).text
    assert html_errors(page) == []
    assert "Processes and history" in page
    address = begin(faded).location
    assert begin(faded).location == address  # gone on with, not drawn anew
    page = faded.get(address).text
    assert html_errors(page) == []
    page = work(faded, address, 8)
    assert html_errors(page) == []
    assert "8 of 10 points: that is enough" in text_of(page)
    assert "1 aware Current 2027-06-13" in row_of(faded.get("/competencies").text, "K6")
    assert "Refresher: 80 % of 10 questions" in faded.get("/competencies").text
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Refresher)) == 1


def test_seven_of_ten_renew_nothing_and_ten_others_can_be_drawn(faded: FlaskClient) -> None:
    address = begin(faded).location
    assert "7 of 10 points: 80 % is needed" in text_of(work(faded, address, 7))
    assert "1 aware Fading 2026-11-25" in row_of(faded.get("/competencies").text, "K6")
    assert begin(faded).location != address


def test_the_first_answer_of_a_refresher_stays(faded: FlaskClient, store: Store) -> None:
    address = begin(faded).location
    token = token_of(faded.get(address).text)
    assert faded.post(f"{address}/1", data={"csrf_token": token, "option": ""}).status_code == 422
    assert faded.post(f"{address}/1", data={"csrf_token": token, "option": "b"}).status_code == 303
    before = answers(store)
    assert faded.post(f"{address}/1", data={"csrf_token": token, "option": "b"}).status_code == 303
    assert faded.post(f"{address}/1", data={"csrf_token": token, "option": "a"}).status_code == 409
    assert answers(store) == before
    assert faded.post(f"{address}/11", data={"csrf_token": token, "option": "a"}).status_code == 404
    assert faded.post(f"{address}/0", data={"csrf_token": token, "option": "a"}).status_code == 404


def test_another_question_under_the_key_of_a_refresher_does_not_count(
    faded: FlaskClient, clock: Clock, store: Store, settings: Settings, trainee: Actor
) -> None:
    """Whoever sends a form of the module page can give it any key, such as that of a refresher's question."""
    address = begin(faded).location
    identity = address.rpartition("/")[2].replace("-", "")
    with store.writing() as session:
        drawn = session.scalars(select(Refresher)).one().questions
        place = service.place(session, settings.instance, trainee, small_course.NAME)
        easy = place.question("m3-2", drawn[0][2])
        assert reader.keys(place.folder)[easy.id].answer == "a"
        for number in range(1, 10):
            service.answer(session, trainee, place, easy, ["a"], f"{identity}-{number:02d}", clock())
        service.answer(session, trainee, place, easy, ["a"], f"{identity}-00", clock())
    assert "Question 2 of 10" in faded.get(address).text
    assert "1 aware Fading" in row_of(faded.get("/competencies").text, "K6")


def test_a_refresher_is_for_what_was_shown_and_has_not_lapsed(study: Study, sign_in: SignInAs, clock: Clock) -> None:
    client = sign_in("trainee")
    assert begin(client).status_code == 409
    study(10, 0)
    clock.forward(days=366)
    client = sign_in("trainee")
    refused = begin(client)
    assert refused.status_code == 409
    assert "needs the full evidence" in refused.text
    assert begin(client, "K17").status_code == 404


def test_nobody_else_sees_or_answers_a_refresher(faded: FlaskClient, sign_in: SignInAs) -> None:
    address = begin(faded).location
    for who in ("colleague", "instructor", "stranger", "administrator"):
        other = sign_in(who)
        token = token_of(other.get(PAGE).text)
        assert other.get(address).status_code == 404
        assert other.post(f"{address}/1", data={"csrf_token": token, "option": "a"}).status_code == 404


def test_a_question_that_left_the_course_asks_for_another_draw(faded: FlaskClient, store: Store) -> None:
    address = begin(faded).location
    with store.writing() as session:
        row = session.scalars(select(Refresher)).one()
        gone = [["memory-analysis", "m3-2", "m3-2-q99"], *row.questions[1:]]
        session.execute(update(Refresher).values(questions=gone))
    page = faded.get(address).text
    assert html_errors(page) == []
    assert "not in the course any more" in page
    assert begin(faded).location != address


def test_a_change_of_tool_is_named_and_its_questions_make_the_level_current(
    study: Study, sign_in: SignInAs, clock: Clock, store: Store, settings: Settings, trainee: Actor, folder: Path
) -> None:
    study(10, 0)
    clock.forward(days=1)
    study(1, 0)
    assert "1 aware Current" in row_of(sign_in("trainee").get("/competencies").text, "K6")
    clock.forward(days=1)
    what = 'changes: {kind: tool, objectives: [o1], what: "The list begins one place later."}'
    small_course.publish(store, settings, clock, small_course.write(folder.parent, changes=what))
    page = sign_in("trainee").get("/competencies").text
    assert "1 aware Fading 2026-11-25" in row_of(page, "K6")
    assert "The list begins one place later." in page
    assert "Fading" not in row_of(page, "K10")
    clock.forward(days=1)
    small_course.publish(store, settings, clock, small_course.write(folder.parent, 12, changes=what))  # no news
    study(10, 0)  # questions on the text before the change: the date moves, and the change stays
    assert "1 aware Fading 2026-11-28" in row_of(sign_in("trainee").get("/competencies").text, "K6")
    with store.writing() as session:
        service.move(session, trainee, small_course.NAME, clock())
    study(4, 0)
    assert "1 aware Fading" in row_of(sign_in("trainee").get("/competencies").text, "K6")
    study(5, 0)
    assert "1 aware Current 2026-11-28" in row_of(sign_in("trainee").get("/competencies").text, "K6")


def test_a_module_with_a_number_of_no_course_gives_no_evidence_and_no_error(
    store: Store, settings: Settings, clock: Clock, trainee: Actor, people: People, sign_in: SignInAs, tmp_path: Path
) -> None:
    made = small_course.write(tmp_path)
    for file in (made / "01-processes" / "index.md", made / "keys.yaml"):
        file.write_text(file.read_text("utf-8").replace("m3-2", "m9-1"), "utf-8")
    with store.writing() as session:  # as a version of the program published it that did not look at numbers
        content.publish(session, settings.instance, "course", made, lambda _folder: (), clock())
        place = service.place(session, settings.instance, trainee, small_course.NAME)
        module = place.module("m9-1")
        service.mark_read(session, trainee, place, module, clock())
        for question in module.questions:
            service.answer(session, trainee, place, question, ["b"], new_id().hex, clock())
    clock.forward(days=1)
    client = sign_in("trainee")
    for page in ("/competencies", "/competencies.json", PAGE, "/"):
        assert client.get(page, follow_redirects=True).status_code == 200, page
    assert "Not shown yet" in row_of(client.get("/competencies").text, "K6")
    assert len(returned(client.get(PAGE).text)) == 10  # they still return
    assert sign_in("instructor").get(f"/people/{people['trainee']}/competencies").status_code == 200


def test_a_refresher_of_another_competency_is_not_gone_on_with(faded: FlaskClient, clock: Clock, store: Store) -> None:
    address = begin(faded).location
    with store.writing() as session:
        mine = session.scalars(select(Refresher)).one()
        later = {"person_id": mine.person_id, "questions": mine.questions, "begun_at": clock() + timedelta(minutes=1)}
        session.add(Refresher(competency="K10", **later))
    assert begin(faded).location == address
