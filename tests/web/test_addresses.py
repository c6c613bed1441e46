"""The address that others get: on slips, walls and sheets, and for good on certificates."""

import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.assessment_place import SEED, answered, host_of
from tests.conftest import Clock, People, token_of
from tests.hosting_place import make_teaching
from tests.unit.credentials.conftest import actor_of, award, site
from tests.web.conftest import Clients, html_errors, post
from tests.web.test_certificates import (
    HERE,
    Issued,
    at,
    confirmed,
    end,
    issued,
    recorded,
    second,
    seen,
    sent,
    teaching,
)
from training.credentials import codes, service
from training.credentials.models import Certificate
from training.credentials.square import square
from training.hosting.attendance.views import staff
from training.hosting.preparation.views import prints
from training.hosting.roster.views import slips
from training.store import Store
from training.web.rooms import Rooms

__all__ = ["actor_of", "award", "issued", "second", "site", "teaching"]  # fixtures
LASTING, LAN = "https://engram.university.example", "192.0.2.10:8000"
ITSELF = "This address leads each device to itself"
Set = Callable[..., None]


@pytest.fixture
def set_to(app: Flask, rooms: Rooms) -> Set:
    """Run the application with other settings."""

    def made(**given: Any) -> None:
        app.extensions["rooms"] = replace(rooms, settings=rooms.settings.model_copy(update=given))

    return made


@pytest.fixture
def running(store: Store, people: People, clock: Clock) -> str:
    """The address of an open Arabic session, ten minutes before a half-day."""
    clock.now = clock.now.replace(hour=7, minute=20)
    with store.writing() as session:
        made = make_teaching(session, people, clock(), trainees=("trainee", "colleague"), language="ar")
        made.opened_at = clock()
        return f"/sessions/{made.id}"


def made_slips(client: FlaskClient, place: str) -> str:
    page = client.get(f"{place}/roster").text
    seed = re.search(r'name="seed" value="([\w-]+)"', page)
    assert seed
    person = re.findall(r'name="person" value="([0-9a-f-]+)"', page)[:1]
    done = client.post(f"{place}/roster/slips", data={"csrf_token": token_of(page), "seed": seed[1], "person": person})
    assert done.status_code == 200
    return done.text


def printed(client: FlaskClient, place: str) -> tuple[str, str, str]:
    return (
        client.get(f"{place}/preparation/join-sheet").text,
        made_slips(client, place),
        client.get(f"{place}/attendance/screen").text,
    )


@pytest.mark.parametrize(("given", "wanted"), [
    ({"listen": LAN}, f"http://{LAN}"),
    ({"listen": LAN, "address": LASTING}, LASTING),
    ({"listen": LAN, "address": "http://localhost:8000"}, f"http://{LAN}"),
])  # fmt: skip
def test_slips_wall_and_join_sheet_say_the_same_address_whatever_the_hosts_browser_uses(
    clients: Clients, running: str, set_to: Set, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], wanted: str
) -> None:
    set_to(**given)
    scanned: list[str] = []

    def noted(text: str) -> Any:
        scanned.append(text)
        return square(text)

    for module in (prints, slips, staff):
        monkeypatch.setattr(module, "square", noted)
    pages = printed(clients["host"], running)
    assert len(scanned) == 3
    for text, page in zip(scanned, pages, strict=True):
        assert text.startswith(f"{wanted}/"), text
        assert ITSELF not in page
        assert html_errors(page) == []
    for page in pages:
        assert wanted.removeprefix("http://") in page


def test_links_that_are_handed_on_say_it_too_whatever_the_browser_of_whoever_made_them_uses(
    clients: Clients, sign_in: Any, running: str, set_to: Set, store: Store, people: People, clock: Clock
) -> None:
    set_to(listen="0.0.0.0:8000", address=LASTING)
    host, administrator = clients["host"], sign_in("administrator")
    invited = post(host, "/people", f"/organisations/{people.home}/invitations", role="trainee", token=token())
    made = post(administrator, "/organisations", name="Coast Guard", kind="agency", token=token())
    again = post(administrator, "/organisations", f"/organisations/{people.home}/host", token=token())
    for page in (invited, made, again):
        assert re.search(rf"{LASTING}/invitation/[\w-]{{43}}<", page.text), page.status_code
    given = {"opens_at": "2026-11-25T08:00", "closes_at": "2026-11-25T18:00", "most": "5"}
    assert post(host, f"{running}/roster", f"{running}/roster/code", **given).status_code == 303
    assert f"{LASTING}/join<" in host.get(f"{running}/roster").text
    with store.writing() as session:
        held = answered(session, host_of(people.home, people["host"]), clock()).id
    here = f"/assessments/{held}"
    slip = post(host, here, f"{here}/slips", group="S", number="1", seed=SEED).text
    link = re.search(rf"{LASTING}(/assessment/[0-9a-z-]{{24}})<", slip)
    assert link
    somebody = clients["anonymous"]
    seed = re.search(r'name="seed" value="([\w-]{43})"', somebody.get(link[1]).text)
    assert seed
    mine = post(somebody, link[1], seed=seed[1]).location
    assert f"{LASTING}{mine}<" in somebody.get(mine).text


def token() -> str:
    return secrets.token_urlsafe(32)


def test_where_only_the_loopback_is_known_all_three_say_so(clients: Clients, running: str, store: Store) -> None:
    with store.writing() as session:
        session.connection().exec_driver_sql("UPDATE teaching_session SET language = 'en'")
    for page in printed(clients["host"], running):
        assert ITSELF in page
        assert html_errors(page) == []


def test_whatever_is_printed_or_hangs_on_the_wall_speaks_the_language_of_the_session(
    clients: Clients, running: str
) -> None:
    host = clients["host"]
    sheets = f"{running}/attendance/sheets"
    pages = [*printed(host, running), host.get(sheets).text, host.get(f"{running}/board/projector").text]
    pages += [host.get(f"{running}/preparation{one}").text for one in ("/seats", "/run-sheet/1")]
    for page in pages:
        assert '<html lang="ar" dir="rtl"' in page
    live = host.get(f"{running}/board/projector/live")
    mark = re.search(r'data-mark="([^"]+)"', pages[4])
    assert mark
    assert mark[1].partition("~")[0].endswith(".ar")
    assert live.headers["ETag"] == f'W/"{mark[1]}"'
    assert '<html lang="en"' in host.get(f"{running}/attendance").text


def ready(clients: Clients, second: FlaskClient, teaching: UUID, people: People) -> FlaskClient:
    """The instructor, once the results of a trainee are confirmed."""
    first = clients["instructor"]
    recorded(first, teaching, people["trainee"], "A", "80", "70", "90")
    recorded(first, teaching, people["trainee"], "B", "60", "60")
    for one in (first, second):
        assert confirmed(one, teaching).status_code == 303
    return first


def test_no_certificate_carries_an_address_that_leads_each_reader_to_the_own_device(
    clients: Clients, teaching: UUID, people: People, second: FlaskClient, store: Store, set_to: Set
) -> None:
    first = ready(clients, second, teaching, people)
    digest = seen(first, teaching)
    for given in (
        {"listen": "0.0.0.0:8000"},
        {"trusted_proxy": "127.0.0.1"},
        {"listen": LAN, "address": "http://[::1]"},
    ):
        set_to(**given)
        page = first.get(at(teaching)).text
        assert "the address of this site is not set" in page
        assert "Issue 1 certificate" not in page
        assert html_errors(page) == []
        refused = post(first, at(teaching), at(teaching, "/issue"), seen=digest, **HERE)
        assert refused.status_code == 422
        assert "set address (docs/settings.md) and start the server again" in refused.text
    with store.reading() as session:
        assert session.scalar(select(func.count(Certificate.id))) == 0
    set_to(listen="0.0.0.0:8000", address=LASTING)
    page = first.get(at(teaching)).text
    assert 'name="demonstration"' not in page
    assert post(first, at(teaching), at(teaching, "/issue"), seen=digest).status_code == 303
    with store.reading() as session:
        (made,) = service.of_session(session, teaching)
        assert service.printed(session, made).address == LASTING


def test_a_demonstration_on_one_computer_is_said_to_be_one_before_anything_is_issued(
    clients: Clients, teaching: UUID, people: People, second: FlaskClient, store: Store
) -> None:
    first = ready(clients, second, teaching, people)
    page = first.get(at(teaching)).text
    assert re.search(r'name="demonstration" value="yes" required>', page)
    refused = post(first, at(teaching), at(teaching, "/issue"), seen=seen(first, teaching))
    assert refused.status_code == 422
    assert "Say that this is a demonstration" in refused.text
    assert html_errors(refused.text) == []
    assert post(first, at(teaching), at(teaching, "/issue"), seen=seen(first, teaching), **HERE).status_code == 303
    with store.reading() as session:
        (made,) = service.of_session(session, teaching)
    of_person = at(teaching, f"/{people['trainee']}")
    typed = {"holder": "Right Name", "reason": "Typo"}
    again = post(first, of_person, f"/certificates/{made.id}/replace", **typed)
    assert again.status_code == 422
    assert 'value="Right Name"' in again.text
    assert html_errors(again.text) == []
    with store.reading() as session:
        assert len(service.of_session(session, teaching)) == 1


def test_a_certificate_that_was_revoked_is_nobodys_omission_and_comes_back_by_name_alone(
    clients: Clients, teaching: UUID, people: People, second: FlaskClient, store: Store, actor_of: Any, clock: Clock
) -> None:
    first = ready(clients, second, teaching, people)
    dossier, of_person = f"/sessions/{teaching}/dossier", at(teaching, f"/{people['trainee']}")
    assert "1 certificate is not issued" in first.get(dossier).text
    assert "0.0 h" in first.get(at(teaching)).text, "hours have one decimal, as on the paper"
    digest = seen(first, teaching)
    assert post(first, at(teaching), at(teaching, "/issue"), seen=digest, **HERE).status_code == 303
    with store.reading() as session:
        (made,) = service.of_session(session, teaching)
    end(store, actor_of, made.id, clock)
    assert "certificate is not issued" not in first.get(dossier).text
    assert "Issue 1 certificate" not in first.get(at(teaching)).text
    assert post(first, at(teaching), at(teaching, "/issue"), seen=digest, **HERE).status_code == 303
    with store.reading() as session:
        assert len(service.of_session(session, teaching)) == 1, "nothing new for whoever lost it on purpose"
    page = first.get(of_person).text
    assert "Issue a new one" in page
    assert html_errors(page) == []
    person = str(people["trainee"])
    assert post(first, of_person, at(teaching, "/issue"), seen=digest, person=person, **HERE).status_code == 303
    with store.reading() as session:
        assert len(service.of_session(session, teaching)) == 2


def test_the_untouched_file_of_a_revoked_certificate_is_told_first_to_be_revoked(
    app: Flask, issued: Issued, store: Store, actor_of: Any, clock: Clock, site: Any
) -> None:
    held, ended, old = issued(), issued("colleague"), issued("stranger")
    end(store, actor_of, ended.id, clock, "Results of <b>another</b> person.")
    with store.writing() as session:
        before = session.get_one(Certificate, old.id)
        facts = service.with_name(session, before, "Right Name")
        new = service.replace(session, site, before, facts, "Typo", actor_of(session, "host"), clock()).code
        pdfs = [session.get_one(Certificate, one.id).pdf for one in (held, ended, old)]
    client = app.test_client()
    holds, revoked, replaced = (sent(client, pdf).text for pdf in pdfs)
    assert "The certificate holds." in holds
    assert "Revoked on 25 November 2026" in revoked
    assert "Results of &lt;b&gt;another&lt;/b&gt; person." in revoked
    assert revoked.index("Revoked on") < revoked.index("byte for byte")
    assert 'class="say ok"' not in revoked
    assert "Replaced on 25 November 2026" in replaced
    assert codes.spelled(new) in replaced
    edited = sent(client, pdfs[1].replace(b"/Lang (en)", b"/Lang (fr)")).text
    assert edited.index("it was changed") < edited.index("Revoked on 25 November 2026")
    for page in (holds, revoked, replaced, edited):
        assert html_errors(page) == []
