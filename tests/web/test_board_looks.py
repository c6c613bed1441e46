"""What a page that asks again is told, how soon, and whom: by the answer ahead of all others, and by busy boards."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, request, request_started
from flask.testing import FlaskClient
from sqlalchemy import delete, update
from werkzeug.test import TestResponse

from tests.conftest import Clock, People, token_of
from tests.hosting_place import instructor, make_teaching, open_teaching
from tests.web.conftest import Clients, enter, post
from training.accounts.models import Membership, Person, SignIn
from training.analysis.executor import InlineExecutor
from training.factory import create_app, open_rooms
from training.hosting.board.service import state
from training.hosting.models import SessionMember, TeachingSession
from training.hosting.service import sessions
from training.settings import Settings
from training.store import Store

WORK = {"kind": "work", "question": "3", "did": "pslist", "sees": "two rows"}
Change = Callable[[Any, UUID, People], None]


@pytest.fixture
def place(store: Store, people: People, clock: Clock, published: str) -> str:
    """The address of an open session with two trainees."""
    with store.writing() as session:
        made = make_teaching(session, people, clock(), trainees=("trainee", "colleague"))
        open_teaching(session, people, made, clock())
        return f"/sessions/{made.id}"


@contextmanager
def the_long_way(app: Flask) -> Iterator[list[str]]:
    """Addresses of requests that Flask itself answers meanwhile."""
    seen: list[str] = []

    def note(_sender: Flask, **_given: object) -> None:
        seen.append(request.path)

    with request_started.connected_to(note, app):
        yield seen


class Page:
    """A page that asks again, with the version that it has."""

    def __init__(self, client: FlaskClient, address: str) -> None:
        self.client, self.address = client, address
        self.version = client.get(address).headers["ETag"]

    def look(self, **heads: str) -> TestResponse:
        return self.client.get(self.address, headers={"If-None-Match": self.version, **heads})

    def news(self) -> str:
        """What is new; empty for nothing."""
        answer = self.look()
        assert answer.status_code in {200, 304}
        self.version = answer.headers["ETag"]
        return answer.text


def said(client: FlaskClient, place: str, what: str, **fields: str) -> None:
    """Send a form of the board."""
    data = {"csrf_token": token_of(client.get(f"{place}/board").text), **fields}
    assert client.post(f"{place}/board/{what}", data=data).status_code == 303


def test_what_is_said_to_all_falls_away_after_ten_minutes_by_the_way_ahead_too(
    app: Flask, clients: Clients, place: str, clock: Clock
) -> None:
    staff, trainee = clients["instructor"], clients["trainee"]
    said(staff, place, "messages", text="Look up", request_key="look-up")
    page, wall = Page(trainee, f"{place}/notices"), Page(staff, f"{place}/board/projector/live")
    assert "Look up" in trainee.get("/").text
    assert "Look up" in staff.get(f"{place}/board/projector").text
    assert "Look up" not in staff.get("/").text, "whoever said it knows it"
    assert "Look up" not in staff.get(f"{place}/notices").text
    clock.forward(minutes=9, seconds=59)
    assert page.look().status_code == 304
    with the_long_way(app) as long:
        assert page.look().status_code == 304
        assert long == []
        clock.forward(seconds=1)
        fallen = page.look()
        assert long == [f"{place}/notices"], "it is news that it fell away"
    assert fallen.status_code == 200
    assert "Look up" not in fallen.text
    page.version = fallen.headers["ETag"]
    with the_long_way(app) as long:
        assert page.look().status_code == 304
        assert long == []
    assert "Look up" not in trainee.get("/").text
    assert "Look up" not in wall.news()
    assert "Look up" not in staff.get(f"{place}/board/projector").text
    assert "Look up" in staff.get(f"{place}/board").text, "what was said can be read there"


def test_the_way_ahead_says_what_the_long_way_says(app: Flask, clients: Clients, place: str, clock: Clock) -> None:
    page = Page(clients["trainee"], f"{place}/notices?back=/")
    with the_long_way(app) as long:
        ahead = page.look()
        assert long == []
        clock.forward(minutes=2)
        behind = page.look()
        assert long == [f"{place}/notices"], "that the person was seen has to be written down"
        assert page.look().status_code == 304
        assert len(long) == 1
    assert ahead.status_code == behind.status_code == 304
    assert ahead.text == behind.text == ""
    heads = [re.sub(r"nonce-[\w-]{22}'", "nonce-'", str(sorted(one.headers))) for one in (ahead, behind)]
    assert heads[0] == heads[1]
    assert heads[0].count("nonce-'") == 1


def test_whoever_only_looks_is_seen_once_a_minute(clients: Clients, place: str, clock: Clock, store: Store) -> None:
    page = Page(clients["trainee"], f"{place}/notices")
    for _ in range(30):
        clock.forward(seconds=5)
        assert page.look().status_code == 304
    with store.reading() as session:
        seen = max(one.seen_at for one in session.query(SignIn).all())
    assert timedelta() <= clock() - seen < timedelta(minutes=1)


def _sign_in_ends(session: Any, _teaching: UUID, people: People) -> None:
    session.execute(update(SignIn).values(ended_at=SignIn.started_at).where(SignIn.person_id == people["trainee"]))


def _is_disabled(session: Any, _teaching: UUID, people: People) -> None:
    session.execute(
        update(Person).values(disabled_at=datetime(2026, 11, 25, tzinfo=UTC)).where(Person.id == people["trainee"])
    )


def _holds_no_role(session: Any, _teaching: UUID, people: People) -> None:
    session.execute(delete(Membership).where(Membership.person_id == people["trainee"]))


def _is_withdrawn(session: Any, teaching: UUID, people: People) -> None:
    mine = (SessionMember.session_id == teaching) & (SessionMember.person_id == people["trainee"])
    session.execute(update(SessionMember).values(withdrawn_at=SessionMember.added_at).where(mine))


def _needs_a_code(session: Any, _teaching: UUID, people: People) -> None:
    session.execute(update(Person).values(totp_secret="x" * 32).where(Person.id == people["trainee"]))


@pytest.mark.parametrize(
    ("change", "status"),
    [(_sign_in_ends, 302), (_is_disabled, 302), (_holds_no_role, 404), (_is_withdrawn, 404), (_needs_a_code, 303)],
)
def test_a_version_opens_nothing_to_whoever_may_not_look_any_more(
    clients: Clients, place: str, store: Store, people: People, change: Change, status: int
) -> None:
    page = Page(clients["trainee"], f"{place}/notices")
    assert page.look().status_code == 304
    with store.writing() as session:
        change(session, UUID(place.rsplit("/", 1)[1]), people)
    assert page.look().status_code == status


def test_somebody_elses_version_opens_nothing(app: Flask, clients: Clients, place: str) -> None:
    version = Page(clients["trainee"], f"{place}/notices").version
    statuses = [
        clients[name].get(f"{place}/notices", headers={"If-None-Match": version}).status_code
        for name in ("stranger", "other_instructor", "host")
    ]
    assert statuses == [404, 404, 404]
    nobody = app.test_client().get(f"{place}/notices", headers={"If-None-Match": version})
    assert nobody.status_code == 302
    forged = app.test_client()
    forged.set_cookie("engram", "eyJ0b2tlbiI6IngifQ.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb")
    assert forged.get(f"{place}/notices", headers={"If-None-Match": version}).status_code == 302


def test_a_sign_in_too_old_or_a_foreign_host_gets_no_answer_ahead(
    app: Flask, clients: Clients, place: str, clock: Clock
) -> None:
    page = Page(clients["trainee"], f"{place}/notices")
    app.config["TRUSTED_HOSTS"] = ["training.example"]
    with the_long_way(app) as long:
        assert page.look().status_code == 400
    assert long
    app.config["TRUSTED_HOSTS"] = None
    assert page.look().status_code == 304
    clock.forward(hours=3)
    assert page.look().status_code == 302


def test_a_version_in_another_language_is_not_the_readers(
    clients: Clients, place: str, store: Store, people: People
) -> None:
    page = Page(clients["trainee"], f"{place}/notices")
    assert page.look(**{"Accept-Language": "ar"}).status_code == 200
    assert page.look(**{"Accept-Language": "en"}).status_code == 304
    page.client.set_cookie("language", "fr")
    assert page.look().status_code == 200
    page.client.delete_cookie("language")
    with store.writing() as session:
        session.get_one(Person, people["trainee"]).language = "ar"
    answer = page.look()
    assert answer.status_code == 200
    assert answer.headers["ETag"].endswith('.ar"')


def test_everybody_is_told_at_the_next_look_of_what_staff_does(clients: Clients, place: str) -> None:
    staff, page = clients["instructor"], Page(clients["trainee"], f"{place}/notices")
    said(staff, place, "messages", text="Look up", request_key="one")
    assert "Look up" in page.news()
    said(staff, place, "pause", reason="Power cut")
    assert "The session is paused" in page.news()
    said(staff, place, "resume")
    assert "paused" not in page.news()
    assert post(clients["trainee"], f"{place}/help", **WORK).status_code == 303
    assert "You are number 1 in the help queue" in page.news()
    said(staff, place, "help/1/take")
    assert "Somebody is on the way" in page.news()
    assert page.news() == ""


@pytest.mark.parametrize("part", ["board/live", "board/projector/live"])
def test_a_board_is_told_at_its_next_look_of_help_and_of_what_staff_does(
    clients: Clients, place: str, part: str
) -> None:
    staff, page = clients["host"], Page(clients["host"], f"{place}/{part}")
    assert post(clients["trainee"], f"{place}/help", **WORK).status_code == 303
    assert page.news()
    said(staff, place, "help/1/take")
    assert page.news()
    said(staff, place, "messages", text="Look up", request_key="one")
    assert page.news()
    said(staff, place, "pause", reason="Power cut")
    assert page.news()
    assert page.news() == ""


def test_what_trainees_do_is_on_the_board_within_two_looks(clients: Clients, place: str, clock: Clock) -> None:
    pages = [Page(clients["instructor"], f"{place}/{one}") for one in ("board/live", "board/projector/live")]
    clock.forward(seconds=10)
    done = post(clients["trainee"], "/labs/finance-workstation", "/labs/finance-workstation")
    assert done.status_code == 303
    assert [bool(one.news()) for one in pages] == [True, True], "nothing was drawn for a while"
    assert post(clients["colleague"], "/labs/finance-workstation", "/labs/finance-workstation").status_code == 303
    waited = 0
    while not all(one.look().status_code == 200 for one in pages):
        clock.forward(seconds=1)
        waited += 1
    assert waited == state.HOLD
    assert 6 < state.HOLD <= 8, "more than the longest pause of a page, and not more than two of the shortest"


def test_a_version_that_nobody_gave_keeps_no_board(clients: Clients, place: str, clock: Clock) -> None:
    page = Page(clients["instructor"], f"{place}/board/live")
    urgent, moves, at = page.version.removeprefix('W/"').removesuffix('"').split("~")
    post(clients["trainee"], "/labs/finance-workstation", "/labs/finance-workstation")
    assert page.look().status_code == 304
    wrong = [
        f"{urgent}~{moves}~{int(at) + 60}",
        f"{urgent}~{moves}~{'9' * 5000}",
        f"{urgent}~{moves}~-1",
        f"{urgent}~{at}",
    ]
    wrong += [
        f"x{urgent}~{moves}~{at}",
        f"{urgent}~<b>~{at}",
        "~~",
        "nonsense",
        urgent.replace(".en", ".fr") + f"~{moves}~{at}",
    ]
    for version in wrong:
        page.version = f'W/"{version}"'
        assert page.look().status_code == 200, version[:80]
    clock.now -= timedelta(seconds=30)  # set back
    page.version = f'W/"{urgent}~{moves}~{at}"'
    assert page.look().status_code == 200


def test_several_processes_say_the_same(
    app: Flask, clients: Clients, place: str, settings: Settings, clock: Clock
) -> None:
    rooms = open_rooms(settings, InlineExecutor(), clock)
    try:
        other = create_app(settings, rooms)
        other.config.update(TESTING=True)
        trainee, staff = other.test_client(), other.test_client()
        assert enter(trainee).status_code == enter(staff, "instructor").status_code == 303
        page, board = Page(trainee, f"{place}/notices"), Page(staff, f"{place}/board/live")
        assert (page.news(), board.news()) == ("", "")
        said(clients["instructor"], place, "messages", text="Look up", request_key="one")
        assert "Look up" in page.news()
        assert board.news()
        board.client = clients["instructor"]
        assert board.news() == "", "the version that one gave is the other's too"
        post(clients["colleague"], "/labs/finance-workstation", "/labs/finance-workstation")
        clock.forward(seconds=state.HOLD)
        board.client = staff
        assert board.news()
    finally:
        rooms.engine.stop()
        rooms.store.close()


def test_a_session_that_closes_is_told_at_the_next_look(
    clients: Clients, place: str, store: Store, people: People, clock: Clock
) -> None:
    page = Page(clients["trainee"], f"{place}/notices")
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, UUID(place.rsplit("/", 1)[1]))
        sessions.close(session, instructor(people), teaching, clock())
    assert page.look().status_code == 200
