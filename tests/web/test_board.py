"""The board, the wall, the help queue and what everybody is told, as staff, trainees and outsiders see them."""

import os
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import SEALED, Clock, People, token_of
from tests.hosting_place import instructor, make_teaching, open_teaching
from tests.listening import full
from tests.web.conftest import Clients, html_errors, post
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.hosting.board.service import state
from training.hosting.models import Part, TeachingSession
from training.hosting.service import people as members
from training.hosting.service import timetable
from training.hosting.service.people import Place
from training.operating.bench.pages import weight
from training.store import Store


@pytest.fixture
def place(store: Store, people: People, clock: Clock, published: str) -> str:
    """The address of an open session with two trainees, on Wednesday at ten, in a practice slot."""
    with store.writing() as session:
        made = make_teaching(session, people, clock(), trainees=("trainee", "colleague"))
        open_teaching(session, people, made, clock())
        return f"/sessions/{made.id}"


def slots(store: Store, place: str) -> list[Part]:
    with store.reading() as session:
        return timetable.parts(session, session.get_one(TeachingSession, UUID(place.rsplit("/", 1)[1])))


def slot(store: Store, place: str, kind: str, lab: str) -> Part:
    found = [one for one in slots(store, place) if one.kind == kind and lab in str(one.refs)]
    return found[0]


def fields(page: str, button: str) -> tuple[str, dict[str, str]]:
    """Address and hidden fields of the form with this address' end."""
    form = next(one for one in re.findall(r"<form.*?</form>", page, re.DOTALL) if re.search(button, one))
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    address = re.search(r'action="([^"]+)"', form)
    assert address
    return address[1].replace("&amp;", "&"), dict(hidden)


def press(client: FlaskClient, page: str, button: str, **typed: str) -> int:
    address, hidden = fields(client.get(page).text, button)
    return client.post(address, data={**hidden, **typed}).status_code


def begin(client: FlaskClient) -> str:
    done = post(client, "/labs/finance-workstation", "/labs/finance-workstation")
    assert done.status_code == 303, done.text
    return done.location


def test_the_board_shows_each_trainee_at_each_question_of_the_slot_that_goes_on(clients: Clients, place: str) -> None:
    begin(clients["trainee"])
    page = clients["instructor"].get(f"{place}/board").text
    assert html_errors(page) == []
    assert "Finance workstation (Q1 to Q8)" in page
    for said in ("Trainee", "Colleague", "Not begun", "Open", "Help queue"):
        assert said in page
    live = clients["instructor"].get(f"{place}/board/live")
    assert html_errors("<!doctype html><title>t</title>" + live.text) == []


def test_instructors_see_and_take_what_each_person_of_the_session_came_to(clients: Clients, place: str) -> None:
    bench = begin(clients["trainee"])
    instructor = clients["instructor"]
    assert f'href="{place}/board/results"' in instructor.get(f"{place}/board").text
    page = instructor.get(f"{place}/board/results").text
    assert html_errors(page) == []
    rows = re.findall(r'(?s)<tr><th scope="row">.*?</tr>', page)
    assert ["Colleague" in row for row in rows] == [True, False], "one row for each, by name"
    assert "at work" not in rows[0]
    assert f'href="/results/{bench.rsplit("/", 1)[1]}"' in rows[1]
    file = instructor.get(f"{place}/board/results.csv")
    head, first, second = file.text.splitlines()
    assert head.startswith("\ufefftrainee,labs passed,")
    assert "finance-workstation state" in head
    assert (first.split(",")[0], second.split(",")[0]) == ("Colleague", "Trainee")
    assert ",open,0,105," in second
    for who in ("host", "trainee", "other_instructor", "stranger"):
        assert clients[who].get(f"{place}/board/results").status_code == 404
        assert clients[who].get(f"{place}/board/results.csv").status_code == 404


def test_the_board_of_a_full_room_is_light_in_arabic_too(
    clients: Clients, store: Store, people: People, clock: Clock, published: str
) -> None:
    names = ["عبد الرحمن المنصوري", "فاطمة الزهراء العلوي", "خديجة بنعيسى الطرابلسي"]
    given: dict[str, Any] = {"sealed": SEALED, "home": people.home, "role": Role.TRAINEE, "now": clock()}
    with store.writing() as session:
        made = make_teaching(session, people, clock(), trainees=(), language="ar")
        ids = [accounts.make_person(session, login=f"s{n}", name=names[n % 3], **given).id for n in range(30)]
        seats = {one: Place(seat=f"{seat:02}") for seat, one in enumerate(ids, 1)}
        members.add_all(session, instructor(people), made, seats, clock())
        open_teaching(session, people, made, clock())
    here = f"/sessions/{made.id}"
    clients["instructor"].set_cookie("language", "ar")
    part = slot(store, here, "P", "finance-workstation")
    page = clients["instructor"].get(f"{here}/board?part={part.id}")
    assert html_errors(page.text) == []
    cells = page.text.count('<td class="none">')
    assert cells == 30 * 13
    tried = len('<span class="sub">12 محاولة، 3 تلميحات</span>'.encode())  # where somebody has worked at all of them
    assert weight(clients["instructor"], page) + cells * tried <= 96 * 1024
    words = re.findall(r'<li class="cell (\w+)">([^<]+)</li>', page.text)
    assert len({shape for shape, _ in words}) == len(words), "each state has a shape of its own"


def test_a_poll_that_finds_nothing_new_answers_304_and_the_minute_or_an_act_makes_it_new(
    clients: Clients, place: str, clock: Clock
) -> None:
    instructor, live = clients["instructor"], f"{place}/board/live"
    mark = re.search(r'data-mark="([^"]+)">\s*<div class="dash"', instructor.get(f"{place}/board").text)
    assert mark
    had = {"If-None-Match": f'W/"{mark[1]}"'}
    answer = instructor.get(live, headers=had)
    assert (answer.status_code, answer.text, answer.headers["ETag"]) == (304, "", had["If-None-Match"])
    assert "no-store" in answer.headers["Cache-Control"]
    begin(clients["trainee"])
    clock.forward(seconds=state.HOLD)
    fresh = instructor.get(live, headers=had)
    assert fresh.status_code == 200
    had = {"If-None-Match": fresh.headers["ETag"]}
    assert instructor.get(live, headers=had).status_code == 304
    clock.now += timedelta(minutes=1)
    assert instructor.get(live, headers=had).status_code == 200
    assert instructor.get(live, headers={"If-None-Match": '"nonsense'}).status_code == 200


def test_everybody_is_told_on_every_page_until_it_is_read_or_withdrawn(
    clients: Clients, place: str, store: Store
) -> None:
    instructor, trainee, colleague = (clients[name] for name in ("instructor", "trainee", "colleague"))
    bench, board = begin(trainee), f"{place}/board"
    notices = trainee.get(f"{place}/notices")
    text = "Look <b>up</b>"
    assert press(instructor, board, "messages", text=text) == 303
    again = trainee.get(f"{place}/notices", headers={"If-None-Match": notices.headers["ETag"]})
    assert again.status_code == 200
    for page in (again.text, trainee.get(bench).text, trainee.get("/").text):
        assert "Look &lt;b&gt;up&lt;/b&gt;" in page
        assert "<b>up</b>" not in page
    assert html_errors(trainee.get(bench).text) == []
    address, hidden = fields(trainee.get(bench).text, "I have read it")
    done = trainee.post(address, data=hidden)
    assert (done.status_code, done.location) == (303, bench)
    assert "Look &lt;b&gt;" not in trainee.get("/").text
    assert "Look &lt;b&gt;" in colleague.get("/").text
    assert press(instructor, board, "Withdraw it") == 303
    assert "Look &lt;b&gt;" not in colleague.get("/").text
    assert "Look" not in clients["stranger"].get("/").text


def test_what_is_said_twice_by_one_press_is_said_once_and_a_refused_text_comes_back(
    clients: Clients, place: str
) -> None:
    instructor, board = clients["instructor"], f"{place}/board"
    address, hidden = fields(instructor.get(board).text, "board/messages")
    for _ in range(2):
        assert instructor.post(address, data={**hidden, "text": "Once"}).status_code == 303
    assert instructor.get(f"{place}/board").text.count(">Once<") >= 1
    assert clients["trainee"].get("/").text.count(">Once<") == 1
    refused = instructor.post(address, data={**hidden, "request_key": "other", "text": "x" * 501})
    assert refused.status_code == 422
    assert "x" * 501 in refused.text
    assert html_errors(refused.text) == []
    assert instructor.post(address, data={**hidden, "request_key": "other", "ready": "front"}).status_code == 303
    assert "Please look to the front" in clients["trainee"].get("/").text


def test_a_trainee_asks_in_one_line_sees_the_place_and_takes_it_back(clients: Clients, place: str) -> None:
    trainee, colleague, page = clients["trainee"], clients["colleague"], f"{place}/help"
    empty = post(trainee, page, kind="work")
    assert empty.status_code == 422
    assert "Ask in one line: which question, what you did, what you see." in empty.text
    asked = {"kind": "work", "question": "3", "did": "pslist", "sees": "two <i>rows</i>"}
    assert post(trainee, page, **asked).status_code == 303
    assert post(colleague, page, **{**asked, "kind": "machine", "question": ""}).status_code == 303
    assert "You are number 2 in the help queue" in trainee.get(page).text  # machines go first
    assert "You are number 2 in the help queue" in trainee.get("/").text
    board = clients["instructor"].get(f"{place}/board").text
    assert board.index("A machine or the server fails") < board.index("two &lt;i&gt;rows&lt;/i&gt;")
    assert press(colleague, page, "help/withdraw") == 303
    assert "You are number 1 in the help queue" in trainee.get(page).text
    assert html_errors(trainee.get(page).text) == []
    workbench = begin(trainee)
    for spot, meant in (("", "q1"), ("?question=q3", "q3")):
        assert f"{place}/help?question={meant}" in trainee.get(f"{workbench}{spot}").text


def test_one_instructor_takes_a_request_another_is_told_and_it_closes_with_a_word(clients: Clients, place: str) -> None:
    instructor, host, board = clients["instructor"], clients["host"], f"{place}/board"
    post(clients["trainee"], f"{place}/help", kind="wording", question="2", sees="unclear")
    token = token_of(host.get(board).text)
    assert press(instructor, board, "/take") == 303
    second = host.post(f"{board}/help/1/take", data={"csrf_token": token})
    assert second.status_code == 409
    assert "Somebody else has taken this request" in second.text
    assert "Somebody is on the way to you" in clients["trainee"].get("/").text
    assert press(instructor, board, "/hand") == 303  # back to the queue
    assert press(instructor, board, "/take") == 303
    assert press(instructor, board, "/close") == 422  # without a word
    assert press(instructor, board, "/close", word="question") == 303
    assert "Question wrong 1" in instructor.get(board).text
    assert "on the way" not in clients["trainee"].get("/").text


def test_the_wall_names_nobody(clients: Clients, place: str) -> None:
    begin(clients["trainee"])
    post(clients["trainee"], f"{place}/help", kind="machine", did="Trainee cried", sees="black")
    for address in (f"{place}/board/projector", f"{place}/board/projector/live"):
        page = clients["instructor"].get(address).text
        for private in ("Colleague", "01", "cried", "black"):
            assert f">{private}" not in page
        assert "Trainee<" not in page.replace("Trainees<", "")
    wall = clients["instructor"].get(f"{place}/board/projector").text
    assert html_errors(wall) == []
    assert "Waiting for help" in wall


def test_slots_begin_and_end_by_one_press_and_times_are_corrected_with_a_reason(
    clients: Clients, place: str, store: Store, clock: Clock
) -> None:
    instructor, first = clients["instructor"], slot(store, place, "P", "finance-workstation")
    board = f"{place}/board?part={first.id}"
    assert press(instructor, board, "/begin") == 303
    began = slot(store, place, "P", "finance-workstation").began_at
    assert began == clock.now
    token = token_of(instructor.get(board).text)
    clock.now += timedelta(minutes=3)
    instructor.post(f"{place}/board/parts/{first.id}/begin", data={"csrf_token": token})
    assert slot(store, place, "P", "finance-workstation").began_at == began
    assert press(instructor, board, "/end") == 303
    no_reason = instructor.post(f"{place}/board/parts/{first.id}/times", data={"csrf_token": token, "began": "09:58"})
    assert no_reason.status_code == 422
    assert 'value="09:58"' in no_reason.text
    given = {"csrf_token": token, "began": "09:58", "ended": "09:30", "reason": "forgot"}
    assert instructor.post(f"{place}/board/parts/{first.id}/times", data=given).status_code == 422
    assert press(instructor, board, "/times", began="09:58", ended="10:02", reason="Forgot to press") == 303
    page = instructor.get(board).text
    assert "09:58\u201310:02" in page
    assert "Forgot to press" in page
    assert html_errors(page) == []


def test_a_paused_room_is_told_and_presses_twice_change_nothing(clients: Clients, place: str, clock: Clock) -> None:
    instructor, trainee, board = clients["instructor"], clients["trainee"], f"{place}/board"
    token = token_of(instructor.get(board).text)
    for reason in ("Power cut", "Again"):
        done = instructor.post(f"{board}/pause", data={"csrf_token": token, "reason": reason})
        assert done.status_code == 303
    assert "The session is paused" in trainee.get("/").text
    assert "Paused" in instructor.get(place).text
    clock.now += timedelta(minutes=7)
    for _ in range(2):
        assert instructor.post(f"{board}/resume", data={"csrf_token": token}).status_code == 303
    assert "The session is paused" not in trainee.get("/").text
    page = instructor.get(board).text
    assert "Pause, 7 minutes" in page
    assert page.count("Power cut") == 1
    assert "Again" not in page


def test_trainees_and_outsiders_reach_nothing_of_the_board(clients: Clients, place: str, store: Store) -> None:
    token = token_of(clients["trainee"].get("/").text)
    part = slots(store, place)[0].id
    acts = ("messages", "pause", "resume", f"parts/{part}/begin", f"parts/{part}/extend", "help/1/take")
    for name in ("trainee", "stranger", "other_instructor"):
        client = clients[name]
        pages = ("board", "board/live", "board/projector", "board/projector/live")
        assert {client.get(f"{place}/{one}").status_code for one in pages} == {404}
        token = token_of(client.get("/").text)
        data = {"csrf_token": token, "text": "x", "reason": "x", "minutes": "5", "request_key": "k"}
        assert {client.post(f"{place}/board/{one}", data=data).status_code for one in acts} == {404}
    for name in ("stranger", "other_instructor", "host"):
        assert {clients[name].get(f"{place}/{one}").status_code for one in ("notices", "help")} == {404}


def test_what_finds_no_room_on_the_disk_comes_back_as_it_was_typed_and_is_taken_afterwards(
    clients: Clients, place: str, store: Store, app: Flask, clock: Clock
) -> None:
    trainee, typed = clients["trainee"], {"kind": "work", "question": "3", "did": "pslist", "sees": "two <rows>"}
    token = token_of(trainee.get(f"{place}/help").text)
    fat = typed | {"sees": typed["sees"] + "x" * 280, "did": "y" * 300}
    with full(store):
        answer = trainee.post(f"{place}/help", data={"csrf_token": token, **fat})
        while answer.status_code == 303:  # there may be room left within a page
            trainee.post(f"{place}/help/withdraw", data={"csrf_token": token})
            answer = trainee.post(f"{place}/help", data={"csrf_token": token, **fat})
        assert answer.status_code == 507
        assert html_errors(answer.text) == []
        assert "nothing of this was kept" in answer.text
        assert "two &lt;rows&gt;" in answer.text
        clock.forward(minutes=2)  # the next request would note that the person was seen
        assert trainee.get(f"{place}/help").status_code == 200
    assert trainee.post(f"{place}/help", data={"csrf_token": token, **fat}).status_code == 303


@pytest.mark.parametrize(("free", "said"), [(10, "is full: 10 MiB are left"), (500, "has 500 MiB left"), (5000, "")])
def test_the_board_tells_of_the_disk_before_it_is_full_and_at_once(
    clients: Clients, place: str, monkeypatch: pytest.MonkeyPatch, free: int, said: str
) -> None:
    staff, told = clients["instructor"], "The disk of the server"
    mark = staff.get(f"{place}/board/live").headers["ETag"]
    assert staff.get(f"{place}/board/live", headers={"If-None-Match": mark}).status_code == 304
    left = os.statvfs_result((4096, 4096, 0, 0, free * 256, 0, 0, 0, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _: left)
    again = staff.get(f"{place}/board/live", headers={"If-None-Match": mark})
    assert again.status_code == (200 if said else 304)
    page = staff.get(f"{place}/board").text
    assert said in page
    assert (told in page) == bool(said)
    assert html_errors(page) == []
