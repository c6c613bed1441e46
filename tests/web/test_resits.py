"""Resits as those who grant them, those who take them and everybody else see them; and the certificate afterwards."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.unit.credentials.conftest import actor_of, award, site
from tests.unit.credentials.test_resits import LAB, LATER, failed, four, granted, week
from tests.web.conftest import Clients, html_errors, post
from tests.web.test_certificates import HERE, at, confirmed, recorded, second, seen, teaching
from training.credentials import codes, service
from training.credentials.models import Resit
from training.store import Store

__all__ = ["actor_of", "award", "failed", "four", "granted", "second", "site", "teaching", "week"]  # fixtures
GIVEN = {"day": "2026-12-11", "at": "09:00", "minutes": "180", "paper": "Set 2", "reason": "Failed on Friday"}


def place(session: UUID, person: UUID, name: str = "B") -> str:
    return at(session, f"/{person}/resit/{name}")


def test_a_resit_is_granted_on_its_page_and_the_trainee_is_told(
    clients: Clients, failed: UUID, people: People, store: Store, four: list[str]
) -> None:
    here, staff = place(failed, people["trainee"]), clients["instructor"]
    person = staff.get(at(failed, f"/{people['trainee']}")).text
    assert f'href="{here}"' in person
    assert "This result stands" in person
    page = staff.get(here).text
    assert html_errors(page) == html_errors(person) == []
    assert 'value="210"' in page
    assert re.findall(r'<option value="(\w{64})"', page) == four[1:]
    done = post(staff, here, **{**GIVEN, f"variant-{LAB}": four[2]})
    assert done.status_code == 303
    with store.reading() as session:
        made = session.scalars(select(Resit)).one()
    assert (made.opens_at, made.works[0]["exhibit"]) == (LATER, four[2]), "09:00 in Paris"
    after = staff.get(here).text
    assert html_errors(after) == []
    assert "A resit is granted, and has no result yet." in after
    assert "2026-12-11 09:00" in after
    assert "1 resit was granted" in staff.get(at(failed, f"/{people['trainee']}")).text
    session_page = clients["trainee"].get(f"/sessions/{failed}").text
    assert html_errors(session_page) == []
    assert "Your resit" in session_page
    assert "2026-12-11 09:00" in session_page
    assert "Failed on Friday" not in session_page
    for name in ("colleague", "instructor"):
        assert "Your resit" not in clients[name].get(f"/sessions/{failed}").text
    back = post(staff, here, at(failed, f"/resits/{made.id}/withdraw"), why="Ill")
    assert back.status_code == 303
    assert "Your resit" not in clients["trainee"].get(f"/sessions/{failed}").text
    assert "taken back" in staff.get(here).text


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"day": "soon"}, "day"),
        ({"day": "9999-12-31"}, "day"),
        ({"day": "2027-02-11"}, "day"),
        ({"at": "25:00"}, "at"),
        ({"minutes": "many"}, "minutes"),
        ({"paper": ""}, "paper"),
        ({"reason": ""}, "reason"),
        ({f"variant-{LAB}": "<b>x</b>"}, f"variant-{LAB}"),
    ],
)
def test_a_refused_form_comes_back_with_what_was_typed(
    clients: Clients, failed: UUID, people: People, four: list[str], changed: dict[str, str], field: str
) -> None:
    here = place(failed, people["trainee"])
    given = {**GIVEN, f"variant-{LAB}": four[3], "reason": "<i>Why</i>", "paper": "<b>Set</b>", **changed}
    done = post(clients["instructor"], here, **given)
    assert done.status_code == 422
    assert html_errors(done.text) == []
    assert f'aria-describedby="{field}-error"' in done.text
    for name in ("paper", "reason"):
        if name not in changed:
            assert {"paper": "&lt;b&gt;Set", "reason": "&lt;i&gt;Why"}[name] in done.text
    if field != f"variant-{LAB}":
        assert f'value="{four[3]}" selected' in done.text


def test_nobody_else_finds_it(
    app: Flask, clients: Clients, failed: UUID, people: People, granted: Any, store: Store
) -> None:
    key = granted(failed)
    here, back = place(failed, people["trainee"]), at(failed, f"/resits/{key}/withdraw")
    for name in ("trainee", "colleague", "stranger", "other_instructor"):
        assert clients[name].get(here).status_code == 404
        for address in (here, back):
            assert post(clients[name], "/sessions", address, **GIVEN, why="x").status_code == 404
    assert app.test_client().get(here).status_code == 302
    staff = clients["instructor"]
    assert staff.get(place(failed, people["trainee"], "Z")).status_code == 404
    assert staff.get(place(failed, people["stranger"])).status_code == 404
    with store.reading() as session:
        assert session.get_one(Resit, key).withdrawn_at is None


def test_the_page_is_small_and_understood_in_arabic(
    clients: Clients, failed: UUID, people: People, granted: Any
) -> None:
    granted(failed)
    clients["instructor"].set_cookie("language", "ar")
    for page in (place(failed, people["trainee"]), at(failed, f"/{people['trainee']}")):
        text = clients["instructor"].get(page).text
        assert len(text.encode()) < 100_000
        assert 'dir="rtl"' in text
        assert html_errors(text) == []


def test_a_better_result_gives_another_certificate_in_place_of_the_first(
    clients: Clients,
    teaching: UUID,
    people: People,
    second: FlaskClient,
    store: Store,
    clock: Clock,
    sign_in: Callable[[str], FlaskClient],
) -> None:
    first, who = clients["instructor"], people["trainee"]
    recorded(first, teaching, who, "A", "80", "80", "80")
    recorded(first, teaching, who, "B", "40", "40")
    for one in (first, second):
        assert confirmed(one, teaching).status_code == 303
    assert post(first, at(teaching), at(teaching, "/issue"), seen=seen(first, teaching), **HERE).status_code == 303
    with store.reading() as session:
        (old,) = service.of_session(session, teaching)
    assert old.kind == "attendance"
    assert "another certificate now" not in first.get(at(teaching, f"/{who}")).text
    renew = f"/certificates/{old.id}/renew"
    refused = post(first, at(teaching), renew, seen=seen(first, teaching), reason="x", **HERE)
    assert refused.status_code == 409, "there is no other one to be had"
    assert post(first, place(teaching, who), **GIVEN).status_code == 303
    clock.forward(days=14)
    first, second = sign_in("instructor"), sign_in("host")
    again = recorded(first, teaching, who, "B", "70", "70", sitting="2", sat_on="2026-12-11")
    assert again.status_code == 303
    page = first.get(at(teaching, f"/{who}")).text
    assert html_errors(page) == []
    assert page.count("This result stands") == 2
    assert "It can be issued when two instructors have confirmed them." in page
    early = post(first, at(teaching), renew, seen=seen(first, teaching), reason="x", **HERE)
    assert early.status_code == 409
    for one in (first, second):
        assert confirmed(one, teaching).status_code == 303
    page = first.get(at(teaching, f"/{who}")).text
    assert "Issue it in place of this one" in page
    assert post(first, at(teaching), renew, seen="0" * 64, reason="x", **HERE).status_code == 409
    looked = re.search(r'name="seen" value="(\w{64})"', page)
    assert looked
    given = {"seen": looked[1], "reason": "Further results", **HERE}
    assert post(first, at(teaching), renew, **given).status_code == 303
    with store.reading() as session:
        before, made = service.of_session(session, teaching)
        facts = service.printed(session, made).facts
        canonical = service.printed(session, made).canonical().decode()
    assert (made.kind, made.replaces_id, [one.result for one in facts.examinations]) == (
        "achievement",
        before.id,
        ["passed", "passed"],
    )
    assert "esit" not in canonical, "it does not say that it was a second attempt"
    assert "Further results" in first.get(f"/certificates/{codes.spelled(before.code)}").text
    for name in ("trainee", "stranger", "other_instructor"):
        client = sign_in(name)
        assert post(client, "/sessions", f"/certificates/{made.id}/renew", reason="x").status_code == 404
