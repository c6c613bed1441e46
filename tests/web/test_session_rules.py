"""The rules of a session as its people see them, and as its certificates are given by them."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from tests.conftest import Clock, People, token_of
from tests.hosting_place import instructor, make_teaching, open_teaching
from tests.unit.credentials.conftest import site
from tests.web.conftest import html_errors, post
from tests.web.test_certificates import HERE
from training.accounts.actor import Role
from training.accounts.models import Membership
from training.credentials import awarding
from training.credentials import service as credentials
from training.credentials.making import Site
from training.credentials.overview import overview
from training.hosting import rule_forms, ruling
from training.hosting.attendance.service import grid, records, standing
from training.hosting.attendance.service.grid import Filled
from training.hosting.attendance.service.records import Mark, Origin
from training.hosting.models import TeachingSession
from training.hosting.service import rules
from training.store import Store

__all__ = ["site"]  # a fixture
Clients = Mapping[str, FlaskClient]


@pytest.fixture
def planned(store: Store, people: People, clock: Clock) -> str:
    with store.writing() as session:
        return f"/sessions/{make_teaching(session, people, clock()).id}"


@pytest.fixture
def opened(store: Store, people: People, clock: Clock, planned: str, published: str) -> str:
    with store.writing() as session:
        open_teaching(session, people, session.get_one(TeachingSession, key(planned)), clock())
    return planned


def key(place: str) -> UUID:
    return UUID(place.rsplit("/", 1)[1])


def changed(client: FlaskClient, place: str, reason: str = "The panel said so", **fields: str) -> Any:
    page = client.get(f"{place}/rules").text
    seen = re.search(r'name="seen" value="(\d+)"', page)
    data = {"csrf_token": token_of(page), "seen": seen[1] if seen else "0", "reason": reason}
    return client.post(f"{place}/rules", data=data | {name.replace("_", "-"): one for name, one in fields.items()})


def test_everybody_in_the_session_reads_its_rules_and_only_its_staff_changes_them(
    clients: Clients, planned: str
) -> None:
    texts = {name: clients[name].get(f"{planned}/rules").text for name in ("trainee", "instructor", "host")}
    for name, text in texts.items():
        assert html_errors(text) == [], name
        assert "9 of 10 half-days" in text
        assert ("Change the rules" in text) == (name != "trainee")
    for name in ("stranger", "colleague", "other_instructor"):
        assert clients[name].get(f"{planned}/rules").status_code == 404
        assert post(clients[name], "/sessions", f"{planned}/rules", reason="x", needed="1").status_code == 404
    assert post(clients["trainee"], planned, f"{planned}/rules", reason="x", needed="1").status_code == 404
    assert "9 of 10 half-days" in clients["trainee"].get(f"{planned}/rules").text


def test_a_change_is_seen_beside_what_the_plan_said_with_its_reason(clients: Clients, planned: str) -> None:
    done = changed(clients["host"], planned, "Holiday on <Friday>", needed="8", passed_A="65")
    assert done.status_code == 303
    page, session = clients["trainee"].get(f"{planned}/rules").text, clients["trainee"].get(planned).text
    assert html_errors(page) == html_errors(session) == []
    row = re.search(r"<tr><th[^>]*>Half-days for the certificate of attendance</th>(.*?)</tr>", page)
    assert row
    assert re.sub(r"<[^>]+>", " ", row[1]).split()[:2] == ["9", "8"]
    assert "changed" in row[1]
    for text in (page, session):
        assert "8 of 10 half-days" in text
        assert "Holiday on &lt;Friday&gt;" in text
    assert "Examination A: passed from: 65 % instead of 60 %." in page
    assert "Host" not in re.sub(r"Hosted by", "", page.split("What was changed")[1].split("</ol>")[0])
    assert "Host" in clients["instructor"].get(f"{planned}/rules").text.split("What was changed")[1]


def test_a_refused_form_comes_back_with_what_was_typed_and_every_mistake(clients: Clients, planned: str) -> None:
    done = changed(clients["host"], planned, "", needed="eleven", passed_A="55", critical_B="<i>one</i>", added="Third")
    assert done.status_code == 422
    assert html_errors(done.text) == []
    for typed in ('value="eleven"', 'value="55"', "&lt;i&gt;one&lt;/i&gt;", 'value="Third"'):
        assert typed in done.text
    assert "&#39;eleven&#39; is no whole number." in done.text
    done = changed(clients["host"], planned, "", needed="11", percent="20", weights_A="60")
    assert done.status_code == 422
    done = changed(clients["host"], planned, "", needed="11", percent="20")
    for field in ("needed", "percent", "reason", "achieved"):
        assert f'aria-describedby="{field}-error"' in done.text
    assert "The plan" in done.text


def test_once_it_is_open_the_form_has_only_what_may_become_easier(clients: Clients, opened: str) -> None:
    page = clients["host"].get(f"{opened}/rules").text
    assert html_errors(page) == []
    named = set(re.findall(r'name="([\w-]+)"', page)) - {"csrf_token", "viewport", "color-scheme"}
    assert {"percent", "needed", "achieved", "resits", "days", "appeals", "late", "hints", "reason"} <= named
    assert not {one for one in named if one.startswith(("passed", "critical", "weights", "drop", "mean", "added"))}
    refused = changed(clients["host"], opened, passed_A="40", needed="8")
    assert refused.status_code == 422
    assert "be accepted" in refused.text
    assert changed(clients["host"], opened, needed="10").status_code == 422
    assert changed(clients["host"], opened, "A storm took Friday afternoon", needed="8").status_code == 303
    assert "after the opening: stands on certificates" in clients["trainee"].get(f"{opened}/rules").text


def test_two_who_change_at_once_are_not_both_right(clients: Clients, planned: str) -> None:
    page = clients["host"].get(f"{planned}/rules").text
    assert changed(clients["instructor"], planned, needed="8").status_code == 303
    given = {"csrf_token": token_of(page), "seen": "0", "reason": "Mine", "needed": "7"}
    second = clients["host"].post(f"{planned}/rules", data=given)
    assert second.status_code == 409
    assert "Somebody else changed the rules" in second.text
    assert 'value="7"' in second.text


@pytest.mark.parametrize("state", ["planned", "open"])
def test_the_page_is_small_and_understood_in_arabic(
    clients: Clients,
    planned: str,
    state: str,
    store: Store,
    clock: Clock,
) -> None:
    if state == "open":
        with store.writing() as session:
            session.get_one(TeachingSession, key(planned)).opened_at = clock()
    changed(clients["host"], planned, needed="8")
    clients["host"].set_cookie("language", "ar")
    for page in (f"{planned}/rules", planned):
        text = clients["host"].get(page).text
        assert len(text.encode()) < 100_000
        assert 'dir="rtl"' in text
        assert html_errors(text) == []


# certificates by changed rules


@pytest.fixture
def attended(store: Store, people: People, clock: Clock, planned: str) -> str:
    """The trainee was there in every half-day but the last two."""
    with store.writing() as session:
        made = session.get_one(TeachingSession, key(planned))
        made.opened_at = clock()
        for number, times in enumerate(standing.ledger(session, made).times):
            here = Mark("present" if number < 8 else "absent")
            filled = Filled({people["trainee"]: here}, "", records.last(session, made))
            grid.keep(session, instructor(people), made, times, filled, Origin("grid", f"half-{number}"), clock())
    clock.forward(days=4)
    return planned


def asked(client: FlaskClient, place: str) -> str:
    found = re.search(r'name="seen" value="(\w{64})"', client.get(f"{place}/certificates").text)
    return found[1] if found else ""


@pytest.fixture
def second(store: Store, people: People, sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    with store.writing() as session:
        session.add(Membership(person_id=people["host"], organisation_id=people.home, role=Role.INSTRUCTOR))
    return sign_in("host")


def pressed(client: FlaskClient, place: str, button: str, **more: str) -> Any:
    page = f"{place}/certificates"
    return post(client, page, f"{page}/{button}", seen=asked(client, place), **more)


def test_a_class_gets_its_certificates_in_steps_and_a_server_that_is_killed_between_them_loses_none(
    clients: Clients, sign_in: Callable[[str], FlaskClient], store: Store, people: People, clock: Clock, site: Site
) -> None:
    names = ("trainee", "colleague")
    with store.writing() as session:
        made = make_teaching(session, people, clock(), trainees=names)
        made.opened_at, place = clock(), f"/sessions/{made.id}"
        session.add(Membership(person_id=people["host"], organisation_id=people.home, role=Role.INSTRUCTOR))
        for number, times in enumerate(standing.ledger(session, made).times):
            filled = Filled({people[one]: Mark("present") for one in names}, "", records.last(session, made))
            grid.keep(session, instructor(people), made, times, filled, Origin("grid", f"half-{number}"), clock())
    clock.forward(days=4)
    first = clients["instructor"]
    for who in (first, sign_in("host")):
        assert pressed(who, place, "confirm").status_code == 303

    def step() -> int:
        with store.reading() as session:
            found = overview(session, session.get_one(TeachingSession, key(place)))
        return awarding.issue(store, site, found, found.waiting, instructor(people), str, clock(), room=0)

    assert step() == 1
    page = first.get(f"{place}/certificates").text
    assert "Issue 1 certificate<" in page
    assert html_errors(page) == []
    assert [step(), step()] == [1, 0]
    with store.reading() as session:
        issued = credentials.of_session(session, key(place))
    assert {one.person_id for one in issued} == {people[one] for one in names}
    assert len(issued) == 2


def test_certificates_follow_the_changed_rules_and_name_them(
    clients: Clients, attended: str, second: FlaskClient, store: Store, people: People
) -> None:
    first = clients["instructor"]
    assert "8 half-days attended, 9 are needed." in first.get(f"{attended}/certificates").text
    assert changed(first, attended, "A storm took Friday", needed="8", achieved="8", percent="70").status_code == 303
    assert changed(first, attended, "The law sheet was late", appeals="20").status_code == 303
    for who in (first, second):
        assert pressed(who, attended, "confirm").status_code == 303
    assert pressed(first, attended, "issue", **HERE).status_code == 303
    with store.reading() as session:
        (made,) = credentials.of_session(session, key(attended))
        printed = credentials.printed(session, made)
    assert (printed.facts.kind, printed.facts.present) == ("attendance", 70)
    assert [one.split(": ", 1)[1] for one in printed.facts.changes] == [
        "A half-day counts from: 70 % instead of 75 %. A storm took Friday",
        "Half-days for the certificate of attendance: 8 instead of 9. A storm took Friday",
        "Half-days for the certificate of achievement: 8 instead of 9. A storm took Friday",
    ], "appeals decide on no certificate"
    page = first.get(f"/certificates/{made.code}").text
    assert html_errors(page) == []
    assert "at least 70 percent of the contact time" in page
    assert "A storm took Friday" in page
    assert b'"changes":' in printed.canonical()


def test_a_change_asks_both_who_confirm_again_and_comes_too_late_when_they_have(
    clients: Clients, attended: str, second: FlaskClient, store: Store
) -> None:
    first = clients["instructor"]
    pressed(first, attended, "confirm")
    stale = asked(second, attended)
    assert changed(first, attended, needed="8").status_code == 303
    old = post(second, f"{attended}/certificates", f"{attended}/certificates/confirm", seen=stale)
    assert old.status_code == 409
    for who in (first, second):
        assert pressed(who, attended, "confirm").status_code == 303
    late = changed(first, attended, needed="7")
    assert late.status_code == 409
    assert "nothing of them changes any more" in late.text
    assert "Change the rules" not in first.get(f"{attended}/rules").text
    with store.writing() as session:  # even if the table becomes another one, and is not confirmed any more
        teaching = session.get_one(TeachingSession, key(attended))
        assert credentials.settled(session, teaching.id)
        assert len(rules.changes(session, teaching)) == 1
        assert rule_forms.fields_of(ruling.of(teaching))["needed"] == "8"
