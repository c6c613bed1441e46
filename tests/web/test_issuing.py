"""Certificates before the session has ended, those that fit the results no more, and sittings that can be recorded."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.hosting_place import instructor
from tests.unit.credentials.test_resits import failed, four, granted, week
from tests.web.conftest import html_errors, post
from tests.web.test_certificates import HERE, at, confirmed, recorded, second, seen, teaching
from tests.web.test_preparation import steps_of
from training.audit.models import Event
from training.content import service as content
from training.credentials import awarding, critical, service
from training.credentials.critical import Wish as Wrong
from training.credentials.overview import overview
from training.errors import Refused
from training.hosting.dossier import standing
from training.hosting.models import PinnedRelease, TeachingSession
from training.store import Store

__all__ = ["failed", "four", "granted", "second", "teaching", "week"]  # fixtures
Clients = Mapping[str, FlaskClient]
EARLY = {"early": "yes"}


def press(client: FlaskClient, teaching: UUID, act: str, **more: str) -> Any:
    return post(client, at(teaching), at(teaching, f"/{act}"), seen=seen(client, teaching), **more)


def printed(client: FlaskClient, store: Store, teaching: UUID) -> str:
    """The page that repeats every line of the paper."""
    with store.reading() as session:
        return client.get(f"/certificates/{service.of_session(session, teaching)[0].code}").text


def details(store: Store, act: str) -> list[Any]:
    with store.reading() as session:
        return [one.details.get("early") for one in session.scalars(select(Event).filter_by(act=act))]


@pytest.fixture
def thursday(clock: Clock, teaching: UUID) -> UUID:
    """The same session on its fourth day at ten: four half-days have not ended."""
    clock.forward(days=-3)
    return teaching


def test_before_the_end_both_steps_ask_and_write_down_that_it_was_meant(
    clients: Clients, thursday: UUID, people: People, second: FlaskClient, store: Store
) -> None:
    first = clients["instructor"]
    page = first.get(at(thursday)).text
    assert html_errors(page) == []
    assert "half-days of the session have not ended" in page
    assert re.search(r'<form[^>]*/confirm">.*?name="early"', page)
    refused = press(first, thursday, "confirm")
    assert refused.status_code == 422
    assert "have not ended: the last one ends on 2026-11-27" in refused.text
    assert press(first, thursday, "confirm", **EARLY).status_code == 303
    assert press(second, thursday, "confirm", **EARLY).status_code == 303
    page = first.get(at(thursday)).text
    assert html_errors(page) == []
    assert re.search(r'<form[^>]*/issue">.*?name="early"', page)
    refused = press(first, thursday, "issue", **HERE)
    assert refused.status_code == 422
    assert re.search(r'name="demonstration" value="yes" required checked', refused.text), "nothing typed is lost"
    person = at(thursday, f"/{people['trainee']}")
    assert 'name="early"' in first.get(person).text
    with store.reading() as session:
        assert service.of_session(session, thursday) == []
    assert press(first, thursday, "issue", **HERE, **EARLY).status_code == 303
    assert details(store, "results.confirmed") == ["yes", "yes"]
    assert details(store, "certificate.issued") == ["yes"]
    paper = printed(clients["trainee"], store, thursday)
    assert "Issued before the session ended" in paper
    assert "Demonstration, not a certificate" in paper


def test_after_the_end_nobody_is_asked(
    clients: Clients, teaching: UUID, second: FlaskClient, store: Store, clock: Clock
) -> None:
    for one in (clients["instructor"], second):
        assert confirmed(one, teaching).status_code == 303
    assert 'name="early"' not in clients["instructor"].get(at(teaching)).text
    assert press(second, teaching, "issue", **HERE, **EARLY).status_code == 303
    assert details(store, "results.confirmed") == [None, None]
    assert details(store, "certificate.issued") == [None], "there was nothing to say"
    paper = printed(clients["trainee"], store, teaching)
    assert "Issued before the session ended" not in paper
    assert "Demonstration, not a certificate" in paper


def test_a_certificate_lists_the_releases_that_its_holder_used(
    clients: Clients, published: str, teaching: UUID, people: People, second: FlaskClient, store: Store, clock: Clock
) -> None:
    with store.writing() as session:
        for kind, name in (("lab", "finance-workstation"), ("lab", "quiet-triage"), ("course", "memory-analysis")):
            release = content.get(session, kind, name)
            session.add(PinnedRelease(session_id=teaching, kind=kind, name=name, release_id=release.id))
    assert clients["trainee"].get("/courses/memory-analysis/m3-1").status_code == 200
    for one in (clients["instructor"], second):
        confirmed(one, teaching)
    assert press(second, teaching, "issue", **HERE).status_code == 303
    with store.reading() as session:
        facts = service.printed(session, service.of_session(session, teaching)[0]).facts
    assert [(one.kind, one.name) for one in facts.releases] == [("course", "memory-analysis")]


def test_giving_out_certificates_is_done_when_all_that_are_due_have_one(
    clients: Clients, teaching: UUID, second: FlaskClient
) -> None:
    first, page = clients["instructor"], f"/sessions/{teaching}"
    assert "Give out certificates" not in steps_of(first.get(page).text)[1]
    for one in (first, second):
        confirmed(one, teaching)
    assert press(first, teaching, "issue", **HERE).status_code == 303
    left, done = steps_of(first.get(page).text)
    assert "Give out certificates" in done
    assert "Give out certificates" not in left


def test_half_days_end_one_after_the_other_and_with_the_session(store: Store, thursday: UUID, clock: Clock) -> None:
    with store.writing() as session:
        made = session.get_one(TeachingSession, thursday)
        found = overview(session, made)
        assert [found.ahead(one) for one in sorted(found.ends)] == list(range(9, -1, -1))
        with pytest.raises(Refused) as bad:
            awarding.in_time(found, clock(), early=False)
        assert bad.value.field == "early"
        assert awarding.in_time(found, clock(), early=True)
        made.closed_at = clock()
        assert not awarding.in_time(found, clock(), early=False)


@pytest.fixture
def issued(clients: Clients, teaching: UUID, people: People, second: FlaskClient) -> UUID:
    """The trainee has a certificate of achievement."""
    first, who = clients["instructor"], people["trainee"]
    recorded(first, teaching, who, "A", "80", "80", "80")
    recorded(first, teaching, who, "B", "80", "80")
    for one in (first, second):
        confirmed(one, teaching)
    assert press(first, teaching, "issue", **HERE).status_code == 303
    return teaching


def test_a_certificate_that_fits_no_more_is_shown_where_all_are(
    clients: Clients, issued: UUID, people: People, store: Store, clock: Clock
) -> None:
    first, who = clients["instructor"], people["trainee"]
    assert "The results give another one now" not in first.get(at(issued)).text
    with store.writing() as session:
        made = session.get_one(TeachingSession, issued)
        assert not [one for one in standing.still_open(session, made) if "results give now" in one.text]
        wrong = Wrong("B", 1, 1, "It rests on a run that was partial.", "Report, page 1")
        critical.record(session, instructor(people), made, who, wrong, clock())
    page = first.get(at(issued)).text
    assert html_errors(page) == []
    assert "1 certificate is not the one that the results give now" in page
    row = re.search(rf'<tr><th scope="row"><a href="{at(issued, f"/{who}")}".*?</tr>', page, re.DOTALL)
    assert row
    state = row[0].rsplit("<td>", 1)[1]
    assert re.search(r'Valid.*Certificate of achievement.*href="#s-wait".*The results give another one now', state)
    with store.reading() as session:
        left = standing.still_open(session, session.get_one(TeachingSession, issued))
    assert "1 certificate is not the one that the results give now." in [str(one.text) for one in left]
    for language in ("fr", "ar"):
        first.set_cookie("language", language)
        assert html_errors(first.get(at(issued)).text) == []


def test_where_the_results_give_none_any_more_the_list_and_the_person_say_so(
    clients: Clients, issued: UUID, people: People, store: Store, clock: Clock
) -> None:
    first, who = clients["instructor"], people["trainee"]
    with store.writing() as session:
        made = session.get_one(TeachingSession, issued)
        made.rules = {**made.rules, "attendance": {**made.rules["attendance"], "needed": 0}}
        wrong = Wrong("A", 1, 0, "No authority is on record.", "Notes, page 1")
        critical.record(session, instructor(people), made, who, wrong, clock())
    assert "The results give none now" in first.get(at(issued)).text
    assert "The results give no certificate now." in first.get(at(issued, f"/{who}")).text


def test_only_sittings_that_were_granted_are_offered(
    clients: Clients, failed: UUID, people: People, granted: Callable[[UUID], UUID]
) -> None:
    address = at(failed, f"/{people['trainee']}")

    def offered() -> list[list[str]]:
        page = clients["instructor"].get(address).text
        assert html_errors(page) == []
        found = re.findall(r'<select[^>]*name="sitting">(.*?)</select>', page)
        return [re.findall(r'value="(\d)"', one) for one in found]

    assert offered() == [["1"], ["1"]]
    granted(failed)
    assert offered() == [["1"], ["1", "2"]]
