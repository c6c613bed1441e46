"""Preparation as staff, trainees and outsiders see it: the machine, the runs, variants, what is printed."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching, open_teaching
from tests.web.conftest import Clients, html_errors, post
from training.accounts.models import Person
from training.analysis.models import Run, State
from training.authoring import notes
from training.evidence.models import Exhibit
from training.forge import pack
from training.hosting.models import Part, TeachingSession
from training.hosting.roster.service import codes
from training.hosting.service import timetable
from training.labs.models import AssignmentPerson
from training.settings import ROOT
from training.store import Store
from training.web.rooms import Rooms

LAB = "finance-workstation"
PAGES = ("", "/join-sheet", "/seats", "/run-sheet/1")
LIMIT = 100 * 1024


@pytest.fixture
def several(store: Store, exhibit: str, clock: Clock) -> None:
    """Another exhibit of the lab is registered, without its files."""
    with store.writing() as session:
        first = session.get_one(Exhibit, exhibit)
        manifest = pack.read(ROOT / "labs" / "exhibits" / f"{LAB}-b")
        kept = {name: getattr(first, name) for name in ("os", "size", "banner", "origin", "symbols_sha256")}
        kept |= {"record_sha256": first.record_sha256, "truth_sha256": first.truth_sha256}
        at = {"captured_at": clock(), "registered_at": clock()}
        session.add(Exhibit(sha256=manifest.sha256, name=manifest.name, title=manifest.title, **kept, **at))


@pytest.fixture
def place(store: Store, people: People, clock: Clock, published: str, several: None) -> str:
    """The address of an open session with two trainees who sit next to each other."""
    with store.writing() as session:
        made = make_teaching(session, people, clock(), trainees=("trainee", "colleague"), room="2.14")
        open_teaching(session, people, made, clock())
        return f"/sessions/{made.id}"


def slots(store: Store, place: str) -> list[Part]:
    with store.reading() as session:
        return timetable.parts(session, session.get_one(TeachingSession, UUID(place.rsplit("/", 1)[1])))


def test_the_page_says_what_the_machine_is_fit_for_and_what_to_do(clients: Clients, place: str) -> None:
    page = clients["instructor"].get(f"{place}/preparation")
    assert page.status_code == 200
    assert html_errors(page.text) == []
    assert len(page.data) < LIMIT
    for said in ("Set listen to 0.0.0.0:8000", "There is none.", "Type the time of a clock that you trust"):
        assert said in page.text
    assert f'href="{place}/preparation"' in clients["instructor"].get(place).text


def test_the_time_of_another_clock_is_compared_and_a_wrong_one_comes_back(clients: Clients, place: str) -> None:
    host = clients["host"]
    assert "It agrees with yours." in host.get(f"{place}/preparation?clock=10:01").text
    assert "Yours is 30 minutes off." in host.get(f"{place}/preparation?clock=10:30").text
    wrong = host.get(f"{place}/preparation?clock=%3Cb%3E")
    assert (wrong.status_code, html_errors(wrong.text)) == (422, [])
    assert 'value="&lt;b&gt;"' in wrong.text
    assert 'aria-describedby="clock-error"' in wrong.text


def test_runs_are_warmed_from_the_page_and_it_says_how_far_they_are(
    clients: Clients, place: str, store: Store, rooms: Rooms, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[bool] = []
    engine = rooms.engine
    monkeypatch.setattr(engine, "wake", lambda: woken.append(True))
    app.extensions["rooms"] = replace(rooms, engine=engine)
    host = clients["host"]
    assert "0 of " in host.get(f"{place}/preparation").text
    done = post(host, f"{place}/preparation", f"{place}/preparation/warm")
    assert (done.status_code, woken) == (303, [True])
    page = host.get(f"{place}/preparation").text
    assert "Being made" in page
    assert "/preparation/warm" not in page
    with store.reading() as session:
        assert {run.asker for run in session.query(Run)} == {None}


def test_variants_are_assigned_from_the_page_and_the_room_is_shown(clients: Clients, place: str, store: Store) -> None:
    host = clients["host"]
    before = host.get(f"{place}/preparation").text
    assert "0 of 2 assigned" in before
    assert before.count("<b>A</b><span") == before.count("<b>B</b><span") == 1
    done = post(host, f"{place}/preparation", f"{place}/preparation/variants", across="6", aisle="3")
    assert done.status_code == 303
    after = host.get(f"{place}/preparation").text
    assert html_errors(after) == []
    assert '<b>A</b><span class="sub"' in after
    with store.reading() as session:
        kept = [one.exhibit for one in session.query(AssignmentPerson) if one.exhibit]
    assert len(kept) == len(set(kept)) == 2


def test_nothing_is_called_assigned_while_nobody_sits_in_the_room(
    clients: Clients, place: str, store: Store, people: People
) -> None:
    def seat(**places: str) -> None:
        with store.writing() as session:
            for one in session.get_one(TeachingSession, UUID(place.rsplit("/", 1)[1])).members:
                one.seat = {people[name]: named for name, named in places.items()}.get(one.person_id)

    def heads() -> list[str]:
        page = clients["host"].get(f"{place}/preparation").text
        assert html_errors(page) == []
        shown = page[page.index('id="variants"') :]
        return re.findall(r"<summary><span[^>]*>[^<]*</span>: ([^<]*)</summary>", shown)

    seat(trainee="A1", colleague="A2")
    assert set(heads()) == {"0 of 2 assigned"}
    seat(trainee="01", colleague="A2")
    assert post(clients["host"], f"{place}/preparation", f"{place}/preparation/variants", across="6").status_code == 303
    assert set(heads()) == {"1 of 2 assigned"}
    seat(trainee="01", colleague="02")
    assert post(clients["host"], f"{place}/preparation", f"{place}/preparation/variants", across="6").status_code == 303
    assert set(heads()) == {"assigned"}


def test_a_wrong_room_comes_back_as_it_was_typed(clients: Clients, place: str) -> None:
    host = clients["host"]
    done = post(host, f"{place}/preparation", f"{place}/preparation/variants", across="<i>", aisle="3")
    assert (done.status_code, html_errors(done.text)) == (422, [])
    assert 'value="&lt;i&gt;"' in done.text
    assert "A row has 1 to 20 seats." in done.text
    asked = host.get(f"{place}/preparation?across=0&aisle=1")
    assert (asked.status_code, html_errors(asked.text)) == (422, [])
    assert 'aria-describedby="across-error"' in asked.text
    shown = host.get(f"{place}/preparation?across=4&aisle=2").text
    assert shown.count("Row 8") == 1
    assert "Row 8" not in host.get(f"{place}/preparation").text


def test_a_planned_session_shows_the_room_and_says_when_variants_are_assigned(
    clients: Clients, store: Store, people: People, clock: Clock, published: str, several: None
) -> None:
    with store.writing() as session:
        place = f"/sessions/{make_teaching(session, people, clock()).id}"
    page = clients["host"].get(f"{place}/preparation").text
    assert "as it would be" in page
    assert "Assign variants" not in page
    done = post(clients["host"], f"{place}/preparation", f"{place}/preparation/variants", across="6", aisle="3")
    assert done.status_code == 409
    assert "Variants are assigned once the session is open." in done.text


def test_the_join_sheet_has_the_address_as_text_and_as_a_square(clients: Clients, place: str) -> None:
    host = clients["host"]
    page = host.get(f"{place}/preparation/join-sheet").text
    assert html_errors(page) == []
    assert "http://localhost" in page
    assert re.search(r'<svg width="220" height="220" viewBox="0 0 (\d+) \1"', page)
    assert "<script" not in page
    forged = host.get(f"{place}/preparation/join-sheet?at=http://evil.example").text
    assert "evil.example" not in forged


def test_run_sheets_have_each_slot_of_a_half_day(clients: Clients, place: str, store: Store) -> None:
    page = clients["instructor"].get(f"{place}/preparation/run-sheet/2").text
    assert html_errors(page) == []
    mine = [one for one in slots(store, place) if (one.day, one.half) == (1, 2)]
    for one in mine:
        assert one.title.replace("&", "&amp;") in page
    for said in ("First question to ask", "Sign that it works", "Plan B", "What the others do"):
        assert said in page
    assert clients["instructor"].get(f"{place}/preparation/run-sheet/11").status_code == 404
    assert clients["instructor"].get(f"{place}/preparation/run-sheet/0").status_code == 404


def test_handouts_hold_the_briefing_the_law_of_the_host_and_a_custody_form_and_no_answer(
    clients: Clients, place: str, store: Store, people: People, clock: Clock
) -> None:
    given = {"jurisdiction": "Norvala", "article": "Act 7, section 3", "dated": "2026", "checked_by": "A. Prosecutor"}
    with store.writing() as session:
        for key, text in (("search-powers", "A judge *orders* it."), ("custody-form", "Form 12")):
            notes.write(session, people.home, key, {**given, "text": text}, people["host"], clock())
    part = next(one for one in slots(store, place) if one.kind == "P" and LAB in str(one.refs))
    page = clients["instructor"].get(f"{place}/preparation/handout/{part.id}").text
    assert html_errors(page) == []
    for said in (
        "A judge <em>orders</em> it.",
        "Form 12",
        "Act 7, section 3",
        "Custody form",
        "Accounts of the machine",
    ):
        assert said in page
    assert "Sound procedure" not in page
    absent = clients["instructor"].get(f"{place}/preparation/handout/{UUID(int=1)}")
    assert absent.status_code == 404


def test_exercises_are_printed_with_their_papers(clients: Clients, place: str, store: Store) -> None:
    part = next(one for one in slots(store, place) if any(ref["kind"] == "exercise" for ref in one.refs))
    page = clients["instructor"].get(f"{place}/preparation/handout/{part.id}").text
    assert html_errors(page) == []
    assert "RUNNING ORDER" in page


def test_what_is_printed_speaks_the_language_of_the_session(
    clients: Clients, store: Store, people: People, clock: Clock, published: str
) -> None:
    with store.writing() as session:
        place = f"/sessions/{make_teaching(session, people, clock(), language='ar').id}"
    for page in PAGES[1:]:
        text = clients["host"].get(f"{place}/preparation{page}").text
        assert '<html lang="ar" dir="rtl"' in text
        assert html_errors(text) == []
    assert 'lang="en"' in clients["host"].get(f"{place}/preparation").text
    assert '<table class="matrix" dir="ltr">' in clients["host"].get(f"{place}/preparation/seats").text


def test_names_that_are_markup_stay_text(clients: Clients, place: str, store: Store, people: People) -> None:
    with store.writing() as session:
        session.get_one(Person, people["trainee"]).name = "<img src=x>\u202etxt"
    for page in ("", "/seats"):
        text = clients["host"].get(f"{place}/preparation{page}").text
        assert "<img" not in text
        assert "\u202e" not in text


@pytest.mark.parametrize("who", ["trainee", "colleague", "stranger", "other_instructor"])
def test_nobody_else_prepares_or_reads_who_gets_what(clients: Clients, place: str, store: Store, who: str) -> None:
    for page in PAGES:
        assert clients[who].get(f"{place}/preparation{page}").status_code == 404
    for act in ("warm", "variants"):
        refused = post(clients[who], "/account", f"{place}/preparation/{act}", across="6", aisle="3")
        assert refused.status_code == 404
    with store.reading() as session:
        assert session.query(Run).count() == 0
        assert not [one for one in session.query(AssignmentPerson) if one.exhibit]


def test_a_join_code_that_stands_is_on_the_sheet_and_in_its_square(
    clients: Clients, place: str, store: Store, people: People, clock: Clock
) -> None:
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, UUID(place.rsplit("/", 1)[1]))
        code = codes.make(session, instructor(people), teaching, codes.usual(teaching, clock()), None, clock()).code
    page = clients["host"].get(f"{place}/preparation/join-sheet").text
    target = re.search(r"Square code with the address http://localhost(/join/[^\"]+)\"", page)
    assert code in page
    assert target
    assert clients["trainee"].get(target[1]).status_code == 200


def steps_of(page: str) -> tuple[str, str]:
    """What is left to do on the page of a session, and what is done."""
    left, _, done = page.split('id="steps"', 1)[1].split("</section>", 1)[0].partition("<details")
    return left, done


def test_after_the_opening_variants_and_runs_stay_to_be_done_for_slots_still_ahead(
    clients: Clients, place: str, store: Store, clock: Clock, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms.engine, "wake", lambda: None)  # this test says itself when runs are there
    host = clients["host"]
    left, done = steps_of(host.get(place).text)
    assert re.search("variants assigned: 0 of 2; runs warm: 0 of [1-9]", left)
    assert "Assign variants, warm the runs" not in done
    post(host, f"{place}/preparation", f"{place}/preparation/variants", across="6", aisle="3")
    assert "variants assigned: 2 of 2; runs warm: 0 of " in steps_of(host.get(place).text)[0]
    post(host, f"{place}/preparation", f"{place}/preparation/warm")
    assert "variants assigned: 2 of 2; runs warm: 0 of " in steps_of(host.get(place).text)[0], "runs are not there yet"
    with store.writing() as session:
        for run in session.query(Run):
            run.state, run.started_at, run.ended_at = State.COMPLETE, clock(), clock()
    left, done = steps_of(host.get(place).text)
    assert "variants assigned" not in left
    assert "variants assigned: 2 of 2" in done


def test_who_has_no_seat_yet_lacks_a_variant_and_what_is_over_needs_none(
    clients: Clients, place: str, store: Store
) -> None:
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, UUID(place.rsplit("/", 1)[1]))
        for one in teaching.members:
            one.seat = None
    assert "variants assigned: 0 of 2" in steps_of(clients["host"].get(place).text)[0]
    with store.writing() as session:
        for part in timetable.parts(session, session.get_one(TeachingSession, teaching.id)):
            part.starts_at -= timedelta(days=7)
    left, done = steps_of(clients["host"].get(place).text)
    assert "variants assigned" not in left
    assert "variants assigned: 0 of 0; runs warm: 0 of 0." in done
