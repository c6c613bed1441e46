"""Attendance as trainees, staff and attackers meet it: codes, sign-in, the grid, paper, files; without JavaScript."""

import io
import re
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.conftest import SEALED, Clock, People, token_of
from tests.hosting_place import instructor, make_teaching
from tests.web.conftest import Clients, enter, html_errors, post
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.accounts.models import Failure
from training.credentials.square import square
from training.hosting.attendance.service import records, standing
from training.hosting.attendance.service.records import Chosen
from training.hosting.attendance.state import Present
from training.hosting.attendance.views import staff
from training.hosting.models import TeachingSession
from training.hosting.service import people as members
from training.hosting.service.people import Place
from training.store import Store

SHORT = re.compile(r'class="big" role="status"><bdi dir="ltr">(\w{3}) (\w{3})<')
HIDDEN = re.compile(r'type="hidden" name="(base|request_key|half)" value="([^"]*)"')


class Look(Protocol):
    """How it stands with a person in a half-day."""

    def __call__(self, name: str, number: int = 5, /) -> Present: ...


@pytest.fixture
def place(store: Store, people: People, clock: Clock) -> str:
    """The address of an open session with two trainees; it is Wednesday, ten minutes before the morning begins."""
    clock.now = clock.now.replace(hour=7, minute=20)
    with store.writing() as session:
        made = make_teaching(session, people, clock(), trainees=("trainee", "colleague"))
        made.opened_at = clock()
        return f"/sessions/{made.id}"


@pytest.fixture
def look(store: Store, people: People, place: str) -> Look:
    def state(name: str, number: int = 5) -> Present:
        with store.reading() as session:
            teaching = session.get_one(TeachingSession, UUID(place.rsplit("/", 1)[1]))
            return standing.attended(session, teaching)[people[name]][number - 1]

    return state


def scanned(monkeypatch: pytest.MonkeyPatch, client: FlaskClient, place: str) -> str:
    """The long form of the code, as a camera reads it: caught on its way into the square code."""
    found: list[str] = []
    with monkeypatch.context() as patch:

        def seen(text: str) -> Any:
            found.append(text)
            return square(text)

        patch.setattr(staff, "square", seen)
        client.get(f"{place}/attendance/screen")
    return found[0].rsplit("k=", 1)[1]


def screen(client: FlaskClient, place: str) -> str:
    """The short code that the wall shows."""
    found = SHORT.search(client.get(f"{place}/attendance/screen").text)
    assert found
    return "".join(found.groups())


def press(client: FlaskClient, page: str, address: str, **fields: str) -> TestResponse:
    """Send a form of attendance as its page made it."""
    text = client.get(page).text
    hidden = dict(HIDDEN.findall(text))
    return client.post(address, data={"csrf_token": token_of(text), **hidden, **fields})


def check_in(client: FlaskClient, place: str, code: str, **fields: str) -> TestResponse:
    return press(client, f"{place}/here", f"{place}/here", code=code, **fields)


def open_up(client: FlaskClient, place: str, do: str = "open") -> TestResponse:
    return press(client, f"{place}/attendance", f"{place}/attendance/check-in", do=do)


def test_a_trainee_reads_the_code_off_the_wall_and_is_in(clients: Clients, place: str, look: Look) -> None:
    assert open_up(clients["instructor"], place).status_code == 303
    page = clients["instructor"].get(f"{place}/attendance/screen").text
    assert html_errors(page) == []
    assert '<noscript><meta http-equiv="refresh" content="20">' in page
    assert "0 of 2 are here" in page
    done = check_in(clients["trainee"], place, screen(clients["instructor"], place).lower())
    assert done.status_code == 303
    page = clients["trainee"].get(done.location).text
    assert "You are checked in" in page
    assert html_errors(page) == []
    assert look("trainee").status == "present"
    assert "1 of 2 are here" in clients["instructor"].get(f"{place}/attendance/screen").text


def test_the_page_on_the_wall_holds_one_code_and_the_next_only_when_it_is_time(
    clients: Clients, clock: Clock, place: str
) -> None:
    first = screen(clients["instructor"], place)
    clock.forward(seconds=19)
    assert screen(clients["instructor"], place) == first
    assert 'data-seconds="1"' in clients["instructor"].get(f"{place}/attendance/screen").text
    clock.forward(seconds=1)
    assert screen(clients["instructor"], place) != first


def test_who_scans_early_waits_and_completes_by_itself(clients: Clients, clock: Clock, place: str, look: Look) -> None:
    check_in(clients["trainee"], place, screen(clients["instructor"], place))
    page = clients["trainee"].get(f"{place}/here").text
    assert "You are noted" in page
    assert '<meta http-equiv="refresh" content="15">' in page
    assert html_errors(page) == []
    clock.forward(minutes=30)
    open_up(clients["instructor"], place)
    assert "You are checked in" in clients["trainee"].get(f"{place}/here").text
    assert look("trainee").status == "present"  # by the time of the scan, not by that of the opening


def test_a_scan_outlives_a_slow_sign_in_on_that_device_alone(
    app: Flask, monkeypatch: pytest.MonkeyPatch, clients: Clients, clock: Clock, place: str, look: Look
) -> None:
    open_up(clients["instructor"], place)
    long = scanned(monkeypatch, clients["instructor"], place)
    phone, other = app.test_client(), app.test_client()
    sent = phone.get(f"{place}/here?k={long}")
    assert sent.status_code == 302
    assert "/sign-in" in sent.location
    clock.forward(minutes=5)
    assert enter(phone, "trainee").status_code == 303
    page = phone.get(f"{place}/here?k={long}").text
    assert "Code scanned" in page
    assert check_in(phone, place, "").status_code == 303
    assert look("trainee").records[0].how == "qr"  # type: ignore[attr-defined]  # the real rows
    enter(other, "colleague")
    page = other.get(f"{place}/here?k={long}").text
    assert "The code that you scanned is over" in page
    assert check_in(other, place, "").status_code == 422


def test_the_device_is_known_again_by_a_cookie_that_scripts_can_not_read(
    app: Flask, clients: Clients, place: str
) -> None:
    answer = clients["trainee"].get(f"{place}/here")
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("engram-device="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/sessions" in cookie
    assert not any(
        "engram-device" in one for one in clients["trainee"].get(f"{place}/here").headers.getlist("Set-Cookie")
    )


@pytest.mark.parametrize("code", ["", "AAAAAA", "<script>", "\u202e" * 6])
def test_a_forged_code_comes_back_with_what_to_do(clients: Clients, place: str, look: Look, code: str) -> None:
    open_up(clients["instructor"], place)
    done = check_in(clients["trainee"], place, code)
    assert done.status_code == 422
    assert 'aria-describedby="code-error"' in done.text
    assert html_errors(done.text) == []
    assert look("trainee").status == "open"


def test_a_replayed_code_and_that_of_another_session_are_refused(
    clients: Clients, clock: Clock, place: str, store: Store, people: People, look: Look
) -> None:
    with store.writing() as session:
        other = make_teaching(session, people, clock(), title="Other")
        other.opened_at = clock()
    open_up(clients["instructor"], place)
    assert (
        check_in(clients["trainee"], place, screen(clients["instructor"], f"/sessions/{other.id}")).status_code == 422
    )
    old = screen(clients["instructor"], place)
    clock.forward(seconds=40)
    assert check_in(clients["trainee"], place, old).status_code == 422
    assert look("trainee").status == "open"


def test_guessing_waits_longer_and_longer_and_nobody_else_does(clients: Clients, place: str, look: Look) -> None:
    open_up(clients["instructor"], place)
    answers = [check_in(clients["trainee"], place, f"AAAAA{one}").status_code for one in "ABCDEFGH"]
    assert answers == [422] * 5 + [429] * 3
    right = screen(clients["instructor"], place)
    assert check_in(clients["trainee"], place, right).status_code == 429  # a right one is not even looked at
    assert check_in(clients["colleague"], place, right).status_code == 303
    assert look("trainee").status == "open"


def test_right_codes_are_never_counted_as_guesses(clients: Clients, place: str, store: Store) -> None:
    open_up(clients["instructor"], place)
    for key in "01234567":
        code = screen(clients["instructor"], place)
        assert check_in(clients["trainee"], place, code, request_key=key * 32).status_code == 303
    with store.reading() as session:
        assert session.scalars(select(Failure)).all() == []


def test_staff_outsiders_and_people_who_were_taken_out_do_not_check_in(clients: Clients, place: str) -> None:
    for name in ("instructor", "host", "stranger", "other_instructor"):
        assert clients[name].get(f"{place}/here").status_code == 404
    for page in ("", "/screen", "/sheets", "/enter", "/file", "/attendance.csv"):
        for name in ("trainee", "stranger", "other_instructor"):
            assert clients[name].get(f"{place}/attendance{page}").status_code == 404


def test_leaving_is_said_where_the_session_has_check_out(
    clients: Clients, clock: Clock, place: str, look: Look
) -> None:
    open_up(clients["instructor"], place)
    check_in(clients["trainee"], place, screen(clients["instructor"], place))
    assert press(clients["trainee"], f"{place}/here", f"{place}/here/leave", request_key="0" * 32).status_code == 409
    press(clients["instructor"], f"{place}/attendance", f"{place}/attendance/choice", check_out="1", late_entry="30")
    clock.forward(minutes=70)
    assert press(clients["trainee"], f"{place}/here", f"{place}/here/leave").status_code == 303
    assert (look("trainee").gone, look("trainee").exact) == (True, 60)


def test_a_class_is_taken_with_one_form(clients: Clients, place: str, look: Look, people: People) -> None:
    grid, mine = f"{place}/attendance", people["colleague"]
    page = clients["instructor"].get(f"{grid}?half=1").text
    assert html_errors(page) == []
    done = press(
        clients["instructor"],
        f"{grid}?half=1",
        grid,
        rest="present",
        **{f"mark-{mine}": "late", f"minutes-{mine}": "25"},
    )
    assert done.status_code == 303
    assert done.location.endswith("?half=1")
    assert (look("trainee", 1).status, look("colleague", 1).late) == ("present", 25)
    history = clients["instructor"].get(f"{grid}/people/{mine}").text
    assert html_errors(history) == []
    assert "Instructor" in history


def test_a_refused_grid_comes_back_with_what_was_typed_at_its_row(
    clients: Clients, place: str, look: Look, people: People
) -> None:
    grid, mine, other = f"{place}/attendance", people["colleague"], people["trainee"]
    bad = {f"mark-{mine}": "late", f"minutes-{mine}": "many", f"why-{mine}": "<i>Train</i>", f"why-{other}": "Ill"}
    done = press(clients["instructor"], grid, grid, rest="present", **bad)
    assert done.status_code == 422
    assert html_errors(done.text) == []
    for one in (mine, other):
        assert f'aria-describedby="mark-{one}-error"' in done.text
    assert 'value="&lt;i&gt;Train&lt;/i&gt;"' in done.text
    assert 'value="many"' in done.text
    assert look("trainee").status == "open"


def test_two_instructors_meet_in_one_row(clients: Clients, place: str, look: Look, people: People) -> None:
    grid, mine = f"{place}/attendance", people["trainee"]
    stale = clients["host"].get(grid).text
    press(clients["instructor"], grid, grid, **{f"mark-{mine}": "absent"})
    hidden = dict(HIDDEN.findall(stale))
    fields = {f"mark-{mine}": "late", f"minutes-{mine}": "20", f"why-{mine}": "Train"}
    done = clients["host"].post(grid, data={"csrf_token": token_of(stale), **hidden, **fields})
    assert done.status_code == 409
    assert "Changed meanwhile" in done.text
    assert 'value="Train"' in done.text
    assert html_errors(done.text) == []
    assert look("trainee").status == "absent"
    again = dict(HIDDEN.findall(done.text))
    assert clients["host"].post(grid, data={"csrf_token": token_of(done.text), **again, **fields}).status_code == 303
    assert look("trainee").status == "late"


def test_heads_that_differ_are_shown_on_the_grid(clients: Clients, place: str) -> None:
    done = press(clients["instructor"], f"{place}/attendance", f"{place}/attendance/check-in", do="count", heads="2")
    assert done.status_code == 303
    assert "2 heads were counted; the list has 0." in clients["instructor"].get(done.location).text
    done = press(clients["instructor"], f"{place}/attendance", f"{place}/attendance/check-in", do="count", heads="-1")
    assert done.status_code == 422
    assert 'aria-describedby="heads-error"' in done.text


def test_a_sheet_goes_to_paper_and_comes_back(clients: Clients, place: str, look: Look) -> None:
    pages, desk = f"{place}/attendance", clients["instructor"]
    made = press(desk, f"{pages}/sheets?half=3", f"{pages}/sheets")
    assert made.status_code == 303
    page = desk.get(made.location).text
    assert html_errors(page) == []
    code, *marks = re.findall(r'<b><bdi dir="ltr" class="num">(\w+)</bdi></b>', page)
    assert [len(one) for one in (code, *marks)] == [7, 2, 2]
    wrong = press(desk, f"{pages}/enter", f"{pages}/enter", kind="absent", marks=f"{code} {marks[0][::-1]}")
    assert wrong.status_code == 422
    assert f"{code} {marks[0][::-1]}" in wrong.text
    assert html_errors(wrong.text) == []
    done = press(desk, f"{pages}/enter", f"{pages}/enter", kind="absent", marks=f"{code} {marks[1]}")
    assert done.status_code == 303
    assert "2 records were kept of half-day 3" in desk.get(done.location).text
    assert (look("trainee", 3).status, look("colleague", 3).status) == ("present", "absent")


def test_a_file_shows_what_it_would_change_before_it_does(clients: Clients, place: str, look: Look) -> None:
    pages, desk = f"{place}/attendance", clients["instructor"]
    own = desk.get(f"{pages}/attendance.csv")
    assert own.headers["Content-Disposition"].startswith("attachment")
    token = token_of(desk.get(f"{pages}/file").text)
    sent = desk.post(f"{pages}/file", data={"csrf_token": token, "file": (io.BytesIO(own.data), "attendance.csv")})
    assert "The file says nothing new" in sent.text
    shown = post(desk, f"{pages}/file", text="login,half_day,status\ntrainee,2,absent\n")
    assert shown.status_code == 200
    assert "1 line would change" in shown.text
    assert html_errors(shown.text) == []
    assert look("trainee", 2).status == "open"
    hidden = dict(HIDDEN.findall(shown.text))
    text = re.search(r'<textarea name="text" hidden>([^<]*)', shown.text)
    assert text
    data = {"csrf_token": token_of(shown.text), **hidden, "text": text[1]}
    assert desk.post(f"{pages}/file/take", data=data).status_code == 303
    assert look("trainee", 2).status == "absent"
    bad = post(desk, f"{pages}/file", text="login,half_day,status\n<b>x</b>,2,absent\n")
    assert bad.status_code == 422
    assert "Line 2:" in bad.text
    assert "<b>x</b>" not in bad.text


def test_before_the_opening_sheets_are_printed_and_nothing_is_recorded(
    clients: Clients, store: Store, people: People, clock: Clock
) -> None:
    with store.writing() as session:
        planned = f"/sessions/{make_teaching(session, people, clock()).id}/attendance"
    page = clients["instructor"].get(planned).text
    assert html_errors(page) == []
    assert "The session is not open yet" in page
    assert press(clients["instructor"], f"{planned}/sheets", f"{planned}/sheets").status_code == 303
    assert press(clients["instructor"], planned, planned, rest="present", request_key="0" * 32).status_code == 409


def test_a_session_without_a_timetable_or_trainees_has_its_page(
    clients: Clients, store: Store, people: People, clock: Clock
) -> None:
    with store.writing() as session:
        bare = make_teaching(session, people, clock(), trainees=(), plan="")
        nobody = make_teaching(session, people, clock(), trainees=(), title="Nobody yet")
    for one, said in ((bare, "The timetable is empty"), (nobody, "No trainee is in this session yet.")):
        for page in ("", "/screen", "/sheets", "/enter", "/file"):
            text = clients["instructor"].get(f"/sessions/{one.id}/attendance{page}").text
            assert html_errors(text) == []
        assert said in clients["instructor"].get(f"/sessions/{one.id}/attendance").text


def test_pages_of_a_full_class_weigh_at_most_a_hundred_kilobytes(
    clients: Clients, place: str, store: Store, people: People, clock: Clock
) -> None:
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, UUID(place.rsplit("/", 1)[1]))
        for number in range(3, 41):
            login, name = f"trainee{number}", f"Trainee with a Longer Name {number}"
            made = accounts.make_person(
                session, login=login, name=name, sealed=SEALED, home=people.home, role=Role.TRAINEE, now=clock()
            )
            where = Place(seat=f"{number:02}", number=f"2026-{number:04}")
            teaching.seats = 40
            members.add(session, instructor(people), teaching, made.id, where, clock())
    press(clients["instructor"], f"{place}/attendance?half=1", f"{place}/attendance", rest="present")
    press(clients["instructor"], f"{place}/attendance/sheets?half=5", f"{place}/attendance/sheets")
    for page in ("attendance", "attendance/screen", "attendance/sheets"):
        text = clients["instructor"].get(f"{place}/{page}").text
        sheet = re.search(r'<link rel="stylesheet" href="([^"]+)"', text)
        assert sheet
        weight = len(text.encode()) + len(clients["instructor"].get(urlsplit(sheet[1]).path).data)
        assert weight <= 100 * 1024, f"{page}: {weight} bytes"


def test_what_a_session_chose_is_kept(clients: Clients, place: str, store: Store) -> None:
    choice = f"{place}/attendance/choice"
    assert press(clients["instructor"], f"{place}/attendance", choice, ask_seat="1", late_entry="15").status_code == 303
    with store.reading() as session:
        teaching = session.get_one(TeachingSession, UUID(place.rsplit("/", 1)[1]))
        assert records.chosen(session, teaching) == Chosen(ask_seat=True, late_entry=15)
    assert press(clients["instructor"], f"{place}/attendance", choice, late_entry="999").status_code == 422
