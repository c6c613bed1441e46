"""Sessions as hosts, instructors, trainees and outsiders see them: set up, people, timetable, open, close, home."""

import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from sqlalchemy import select

from tests.conftest import Clock, People, token_of
from tests.hosting_place import lacks_live_labs, make_teaching, open_teaching
from tests.web.conftest import Clients, html_errors, post
from training.hosting import plan as plans
from training.hosting.models import Part, RuleChange, TeachingSession
from training.hosting.service import timetable
from training.labs.models import Assignment
from training.labs.service import circles
from training.store import Store

NEW = {
    "plan": "one-week",
    "title": "Autumn week",
    "starts_on": "2026-11-23",
    "zone": "Europe/Paris",
    "room": "2.14",
    "seats": "30",
    "language": "en",
}
Make = Callable[..., str]


@pytest.fixture
def published(published: str, store: Store) -> str:
    """Courses and labs of the repository, but for those that need machines."""
    with store.writing() as session:
        lacks_live_labs(session)
    return published


@pytest.fixture
def place(store: Store, people: People, clock: Clock, published: str) -> Make:
    """The address of a session of the home organisation; open, if asked for."""

    def make(*, opened: bool = False, **given: Any) -> str:
        with store.writing() as session:
            made = make_teaching(session, people, clock(), **given)
            if opened:
                open_teaching(session, people, made, clock())
            return f"/sessions/{made.id}"

    return make


def slot_at(store: Store, address: str, number: int) -> Part:
    with store.reading() as session:
        teaching = session.get_one(TeachingSession, UUID(address.rsplit("/", 1)[1]))
        return timetable.parts(session, teaching)[number]


@pytest.mark.usefixtures("published")
def test_a_host_sets_up_a_session_on_one_page_and_is_told_what_comes_next(clients: Clients) -> None:
    host = clients["host"]
    done = post(host, "/sessions/new", **NEW)
    assert done.status_code == 303, done.text
    page = host.get(done.location).text
    assert html_errors(page) == []
    assert "Live data" not in page
    for said in ("Autumn week", "2.14", "Europe/Paris", "Look through the timetable", "Name who teaches"):
        assert said in page
    assert "R3 The encrypted laptop about to be switched off" in page
    assert "(not in this installation)" in page
    assert page.count('href="/courses/first-response/m2-1"') == 1
    assert "Autumn week" in host.get("/sessions").text
    assert html_errors(host.get("/sessions").text) == html_errors(host.get("/sessions/new").text) == []


def test_a_refused_form_comes_back_with_what_was_typed_and_every_mistake(clients: Clients) -> None:
    bad = {"title": " ", "starts_on": "soon", "zone": "Mars/Olympus", "room": "<b>Hall</b>", "seats": "many"}
    done = post(clients["host"], "/sessions/new", **{**NEW, **bad})
    assert done.status_code == 422
    assert html_errors(done.text) == []
    for name in ("title", "starts_on", "zone", "seats"):
        assert f'aria-describedby="{name}-error"' in done.text
    assert "&#39;many&#39; is no whole number." in done.text
    assert 'value="&lt;b&gt;Hall&lt;/b&gt;"' in done.text
    assert 'value="Mars/Olympus"' in done.text
    assert "4 fields can" in done.text


def test_nobody_hosts_for_another_organisation(clients: Clients, people: People) -> None:
    for organisation in (str(people.elsewhere), "nonsense"):
        assert post(clients["host"], "/sessions/new", **NEW, organisation=organisation).status_code == 404
    assert clients["trainee"].get("/sessions/new").status_code == 404


def test_outsiders_find_nothing_and_trainees_find_no_buttons(clients: Clients, place: Make) -> None:
    here = place()
    for name in ("stranger", "other_instructor", "colleague"):
        for page in (here, f"{here}/edit", f"{here}/people", f"{here}/timetable"):
            assert clients[name].get(page).status_code == 404
        assert "Autumn week" not in clients[name].get("/sessions").text
    page = clients["trainee"].get(here).text
    assert html_errors(page) == []
    assert "being prepared" in page
    assert "Open the session" not in page
    assert "What is done" not in page
    assert clients["trainee"].get(f"{here}/people").status_code == 404


def test_trainees_see_what_is_now_and_next_in_the_zone_of_the_room_and_on_their_home_page(
    clients: Clients, place: Make
) -> None:
    here = place(opened=True)  # Wednesday, 10:00 in Paris
    page, home = clients["trainee"].get(here).text, clients["trainee"].get("/").text
    assert html_errors(page) == html_errors(home) == []
    shown = page.split('class="next stack"', 1)[1].split("</section>", 1)[0]
    assert re.search(r"Now: Practice.*10:00.*10:30.*Finance workstation", shown, re.DOTALL)
    assert '<a href="/labs/finance-workstation"' in shown
    assert re.search(r"Next: Break.*10:30", shown, re.DOTALL)
    assert "Your seat" in page
    first = home.index('class="next"')
    assert home.index("Now in") > first
    assert home.index("Now in") - first < 200, "the running session stands before all else"
    assert "Autumn week" not in clients["colleague"].get("/").text


def test_a_session_is_opened_and_closed_once_and_the_second_is_told(clients: Clients, place: Make) -> None:
    here = place()
    assert post(clients["instructor"], here, f"{here}/open", without_lab="1").status_code == 303
    again = post(clients["host"], here, f"{here}/open")
    assert again.status_code == 409
    assert "This session is open already. Instructor did it at 2026-11-25 09:00 UTC." in again.text
    page = clients["host"].get(here).text
    assert html_errors(page) == []
    assert "course/first-response" in page
    unsure = post(clients["host"], here, f"{here}/close")
    assert unsure.status_code == 422
    assert "Tick the box" in unsure.text
    assert post(clients["host"], here, f"{here}/close", sure="1").status_code == 303
    second = post(clients["instructor"], here, f"{here}/close", sure="1")
    assert second.status_code == 409
    assert "Host did it at" in second.text
    for page in (here, f"{here}/people", f"{here}/timetable"):
        assert html_errors(clients["host"].get(page).text) == []
    late = post(clients["host"], "/sessions/new", f"{here}/people", person="", role="trainee")
    assert late.status_code in {409, 422}


def test_an_examination_without_a_lab_is_asked_about_before_the_opening(
    clients: Clients, place: Make, store: Store
) -> None:
    here, host = place(plan="one-day"), clients["host"]
    page = host.get(here).text
    assert html_errors(page) == []
    assert "1 examination has no lab, and shall have none." in page
    refused = post(host, here, f"{here}/open")
    assert (refused.status_code, html_errors(refused.text)) == (422, [])
    assert "has no lab yet. Choose one in the timetable." in refused.text
    assert re.search('name="without_lab" value="1" aria-invalid="true"', refused.text)
    with store.reading() as session:
        assert session.get_one(TeachingSession, UUID(here.rsplit("/", 1)[1])).opened_at is None
    assert post(host, here, f"{here}/open", without_lab="1").status_code == 303
    with store.reading() as session:
        assert session.get_one(TeachingSession, UUID(here.rsplit("/", 1)[1])).opened_at is not None
    assert "without_lab" not in clients["host"].get(here).text
    plain = place(title="Another", plan="two-day")
    assert "without_lab" not in host.get(plain).text, "nothing is asked where every examination has its lab"


def test_an_examination_whose_lab_is_not_installed_is_asked_about_before_the_opening(
    clients: Clients, place: Make, store: Store
) -> None:
    here, host = place(), clients["host"]
    page = host.get(here).text
    assert html_errors(page) == []
    asked = re.search(r'name="without_lab" value="1"><span>(.*?)</span></label>', page)
    assert asked
    assert asked[1] == (
        "1 examination has no lab, and shall have none. (<bdi>Examination A</bdi>, not installed here)"
    ), "that of examination B is installed"
    refused = post(host, here, f"{here}/open")
    assert (refused.status_code, html_errors(refused.text)) == (422, [])
    assert (
        "Nothing that 'Examination A' works on is installed here: R3 The encrypted laptop about to be switched off. "
        "Install it, or choose another lab in the timetable. If it is meant to have none, say so, and open the session."
    ) in unescape(refused.text)
    with store.reading() as session:
        assert session.get_one(TeachingSession, UUID(here.rsplit("/", 1)[1])).opened_at is None
    assert post(host, here, f"{here}/open", without_lab="1").status_code == 303
    assert "without_lab" not in host.get(here).text


def test_what_is_not_installed_is_told_to_those_who_can_exchange_it_while_they_can(
    clients: Clients, place: Make
) -> None:
    here = place(opened=True)
    said = "Some of it is not in this installation"
    assert said in clients["instructor"].get(here).text
    assert said not in clients["trainee"].get(here).text
    assert post(clients["host"], here, f"{here}/close", sure="1").status_code == 303
    closed = clients["host"].get(here).text
    assert said not in closed
    assert "Exchange them" not in closed


@pytest.mark.parametrize(("plan", "seats"), [("one-week", 30), ("two-day", 20), ("one-day", 30), ("", 30)])
def test_without_a_number_of_seats_there_are_as_many_as_the_plan_says(
    clients: Clients, store: Store, plan: str, seats: int
) -> None:
    form = clients["host"].get("/sessions/new").text
    assert html_errors(form) == []
    assert "20 seats" in form, "the list of plans says it"
    (field,) = re.findall('<input id="seats"[^>]*>', form)
    assert 'value=""' in field
    assert " required" not in field
    done = post(clients["host"], "/sessions/new", **{**NEW, "plan": plan, "seats": ""})
    assert done.status_code == 303, done.text
    with store.reading() as session:
        assert session.get_one(TeachingSession, UUID(done.location.rsplit("/", 1)[1])).seats == seats
    chosen = post(clients["host"], "/sessions/new", **{**NEW, "plan": plan, "seats": "7"})
    with store.reading() as session:
        assert session.get_one(TeachingSession, UUID(chosen.location.rsplit("/", 1)[1])).seats == 7
    edited = {"title": "Autumn week", "starts_on": "2026-11-23", "zone": "Europe/Paris", "seats": ""}
    assert post(clients["host"], done.location, f"{done.location}/edit", **edited).status_code == 422


def test_a_refused_form_keeps_empty_seats_empty(clients: Clients) -> None:
    done = post(clients["host"], "/sessions/new", **{**NEW, "title": " ", "seats": "", "plan": "nonsense"})
    assert done.status_code == 422
    assert "There is no plan nonsense." in done.text
    assert re.search('<input id="seats"[^>]* value=""', done.text)
    assert "2 fields can" in done.text, "seats are none of them"


def test_people_are_added_seated_given_time_and_taken_out(
    clients: Clients, place: Make, people: People, store: Store
) -> None:
    here = place()
    page, instructor = f"{here}/people", clients["instructor"]
    colleague = str(people["colleague"])
    taken = post(instructor, page, person=colleague, seat="01", number="A-7", extra_percent="25", role="trainee")
    assert taken.status_code == 409
    assert "Seat 01 is another person&#39;s." in taken.text
    assert 'value="A-7"' in taken.text
    assert html_errors(taken.text) == []
    assert post(instructor, page, person=colleague, seat="02", extra_percent="25", role="trainee").status_code == 303
    bad = post(instructor, page, f"{page}/{colleague}", role="lead", seat="seat of honour", extra_percent="x")
    assert bad.status_code == 422
    assert 'value="seat of honour"' in bad.text
    assert html_errors(bad.text) == []
    assert post(instructor, page, person=str(people["stranger"]), role="trainee").status_code == 422
    assert post(instructor, page, person="nonsense", role="trainee").status_code == 422
    assert post(instructor, page, f"{page}/{colleague}/withdraw").status_code == 303
    after = instructor.get(page).text
    assert "Taken out" in after
    assert html_errors(after) == []
    assert clients["colleague"].get(here).status_code == 404
    with store.reading() as session:
        made = session.get_one(TeachingSession, UUID(here.rsplit("/", 1)[1]))
        gone = next(one for one in made.members if one.person_id == people["colleague"])
    assert gone.withdrawn_at is not None
    assert (gone.seat, gone.extra_percent) == (None, 25)


def test_a_slot_is_added_moved_and_exchanged_for_what_is_installed(clients: Clients, place: Make, store: Store) -> None:
    here, instructor = place(), clients["instructor"]
    page = f"{here}/timetable"
    slot = {"day": "3", "at": "17:00", "minutes": "30", "kind": "P", "title": "Evening lab", "refs": "lab/lying-kernel"}
    assert post(instructor, page, **slot).status_code == 303
    clash = post(instructor, page, **{**slot, "at": "17:15", "title": "Another"})
    assert clash.status_code == 422
    assert "&#39;Evening lab&#39; is planned, from 17:00 on" in clash.text
    assert 'value="Another"' in clash.text
    assert html_errors(clash.text) == []
    exam = next(n for n in range(60) if slot_at(store, here, n).exam == "A")
    one = slot_at(store, here, exam)
    form = instructor.get(f"{page}/{one.id}").text
    assert html_errors(form) == []
    assert 'value="13:30"' in form
    moved = {"day": "3", "at": "13:30", "minutes": "180", "kind": "E", "title": "Examination A", "exam": "A"}
    wrong = post(instructor, page, f"{page}/{one.id}", **moved, refs="lab/no-such-lab")
    assert wrong.status_code == 422
    assert post(instructor, page, f"{page}/{one.id}", **moved, refs="lab/injected-memory").status_code == 303
    after = slot_at(store, here, exam)
    assert after.refs == [{"kind": "lab", "name": "injected-memory", "mode": "examination"}]
    assert (after.starts_at, after.exam) == (one.starts_at, "A")
    assert post(instructor, page, f"{page}/{one.id}/drop").status_code == 303
    assert instructor.get(f"{page}/{one.id}").status_code == 404


def test_a_slot_of_another_session_is_not_there(clients: Clients, place: Make, store: Store) -> None:
    here, other = place(), place(title="Another week")
    theirs = slot_at(store, other, 0)
    assert clients["instructor"].get(f"{here}/timetable/{theirs.id}").status_code == 404
    done = post(clients["instructor"], here, f"{here}/timetable/{theirs.id}/drop")
    assert done.status_code == 404
    with store.reading() as session:
        assert session.scalars(select(Part.id).filter_by(id=theirs.id)).all() == [theirs.id]


def test_what_is_set_changes_and_an_open_session_keeps_its_first_day(
    clients: Clients, place: Make, store: Store
) -> None:
    here, instructor = place(opened=True), clients["instructor"]
    page = f"{here}/edit"
    form = instructor.get(page).text
    assert html_errors(form) == []
    given = {**NEW, "days": "5", "late_minutes": "15", "hints": ""}
    done = post(instructor, page, **{**given, "starts_on": "2026-11-30", "title": "Later week"})
    assert done.status_code == 422
    assert "its first day and its zone stay" in done.text
    assert 'value="Later week"' in done.text
    assert post(instructor, page, **{**given, "title": "Later week", "room": "Hall 3"}).status_code == 303
    shown = instructor.get(here).text
    assert "Later week" in shown
    assert "Hall 3" in shown
    assert "2026-11-23" in shown
    with store.reading() as session:
        (made,) = session.scalars(select(TeachingSession).where(TeachingSession.title == "Later week"))
        assert (made.late_minutes, made.hints) == (10, True), "rules change on their own page, with a reason"


def test_pages_are_small_and_understood_in_arabic(clients: Clients, place: Make) -> None:
    here = place(opened=True)
    for page in ("/sessions", "/sessions/new", here, f"{here}/edit", f"{here}/timetable", f"{here}/people"):
        client = clients["instructor"]
        client.set_cookie("language", "ar")
        text = client.get(page).text
        assert len(text.encode()) < 100_000, page
        assert 'dir="rtl"' in text
        assert html_errors(text) == []


def test_texts_of_the_plan_are_in_the_language_of_the_reader_and_of_the_paper_as_they_were_when_the_session_was_made(
    clients: Clients, place: Make, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, client = place(language="ar", opened=True), clients["instructor"]
    exam = slot_at(store, here, next(n for n in range(60) if slot_at(store, here, n).exam == "A"))
    assert "الامتحان A" in client.get(f"{here}/preparation/handout/{exam.id}").text  # in Arabic for an English reader
    assert "التقاط الذاكرة" in client.get(f"{here}/preparation/run-sheet/4").text
    client.set_cookie("language", "fr")
    monkeypatch.setattr(plans, "shipped", dict)  # the plan has other texts by now
    rules, table = client.get(f"{here}/rules").text, client.get(f"{here}/timetable").text
    assert "éteint ou redémarre sans motif consigné" in rules
    assert "Examen A : réussi à partir de" in rules
    assert "Déjeuner" in table
    assert "Lunch" not in table
    page = f"{here}/timetable/{exam.id}"
    assert 'value="Examen A"' in client.get(page).text
    form = {"day": "3", "at": "13:30", "minutes": "180", "kind": "E", "title": "Examen A", "exam": "A"}
    assert post(client, f"{here}/timetable", page, **form, refs="lab/injected-memory").status_code == 303
    after = slot_at(store, here, exam.number - 1)
    assert (after.title, after.said) == ("Examination A", "Examination A")  # what it is in records
    assert after.refs[0]["name"] == "injected-memory"
    clock.forward(hours=4)
    home = clients["trainee"].get("/").text  # the end of an examination by the clock of its room, whose zone is named
    assert re.search(r"until <span[^>]*>2026-11-25 16:30</span> \(<span[^>]*>Europe/Paris</span>\)", home)
    assert html_errors(home) == []


def test_rules_shown_in_another_language_stay_the_same_rules_when_the_form_is_sent(
    clients: Clients, place: Make, store: Store
) -> None:
    here, client = place(), clients["instructor"]
    client.set_cookie("language", "fr")
    page = client.get(f"{here}/rules").text
    area = re.search(r'name="critical-A"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert area
    lines = unescape(area[1]).splitlines()
    assert lines[1] == "éteint ou redémarre sans motif consigné"
    own = "\n".join([*lines, "Une erreur de la maison"])
    assert post(client, f"{here}/rules", seen="0", reason="Maison", **{"critical-A": own}).status_code == 303
    with store.reading() as session:
        teaching = session.get_one(TeachingSession, UUID(here.rsplit("/", 1)[1]))
        first = plans.rules_of(teaching.rules).examinations[0]
        kept = session.scalars(select(RuleChange)).one()
    assert first.critical[1] == "switches off or restarts without a recorded reason"
    assert first.critical[4] == "Une erreur de la maison"
    assert "texts" not in kept.after["rules"]
    assert "Une erreur de la maison" in (after := client.get(f"{here}/rules").text)
    assert "au lieu de" in after


def test_pages_of_labs_that_are_set_say_whom_they_are_for(
    clients: Clients, place: Make, store: Store, people: People
) -> None:
    here = place(opened=True)
    with store.writing() as session:
        exam = session.scalars(select(Assignment).filter_by(lab="one-case")).one()
        circles.set_exhibits(session, exam, {people["trainee"]: "a" * 64})
    listed, page = (clients["instructor"].get(f"/assignments{one}").text for one in ("", f"/{exam.id}"))
    assert html_errors(listed) == html_errors(page) == []
    assert listed.count("For 1 person of a session") == 7
    assert f'<a href="{here}">the people of a session</a>' in page
    assert re.search(r"Trainee</span>: <bdi dir=\"ltr\">aaaaaaaa…aaaaaaaa</bdi>", page)
    assert clients["other_instructor"].get(f"/assignments/{exam.id}").status_code == 404
    lab = {name: clients[name].get("/labs").text for name in ("trainee", "colleague")}
    assert "Autumn week" not in lab["colleague"]


def png(width: int = 30, height: int = 20) -> bytes:
    out = io.BytesIO()
    notes = PngInfo()
    notes.add_text("Comment", "written by somebody")
    Image.new("RGB", (width, height), "#0b5660").save(out, "PNG", pnginfo=notes)
    return out.getvalue()


SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><title>Mark</title><rect width="5" height="5"/></svg>'
)


@pytest.mark.parametrize(
    ("data", "kind"), [(png(), "image/png"), (png(1200, 300), "image/png"), (SVG, "image/svg+xml")]
)
def test_the_look_of_an_organisation_is_kept_and_its_logo_drawn_anew(
    clients: Clients, people: People, data: bytes, kind: str
) -> None:
    page = f"/organisations/{people.home}/look"
    sent = {"short_name": "Port Selby", "languages": ["fr", "ar"], "address": "1 Quay\n\n Port  Selby"}
    host = clients["host"]
    form = host.get(page).text
    files = {"logo": (io.BytesIO(data), "logo")}
    assert host.post(page, data={"csrf_token": token_of(form), **sent, **files}).status_code == 303
    after = host.get(page).text
    assert html_errors(after) == []
    assert 'value="Port Selby"' in after
    assert "1 Quay\nPort Selby</textarea>" in after
    answer = clients["trainee"].get(f"/organisations/{people.home}/logo")
    assert answer.mimetype == kind
    assert b"written by somebody" not in answer.data
    if kind == "image/png":
        assert max(Image.open(io.BytesIO(answer.data)).size) <= 600
    assert clients["stranger"].get(f"/organisations/{people.home}/logo").status_code == 404
    assert post(host, page, short_name="Port Selby", languages="fr", drop_logo="1").status_code == 303
    assert clients["trainee"].get(f"/organisations/{people.home}/logo").status_code == 404


@pytest.mark.parametrize(
    "data",
    [
        b"GIF89a",
        b"\x89PNG\r\n\x1a\nnot a picture",
        png()[:60],
        png(3000, 3000),
        SVG.replace(b"<rect", b'<script>alert(1)</script><rect onload="x"'),
        b"<!DOCTYPE svg [<!ENTITY a 'b'>]>" + SVG,
        b"x" * 500_001,
    ],
    ids=["gif", "no picture", "cut", "huge", "script", "entities", "long"],
)
def test_a_logo_that_cant_be_taken_is_refused_with_its_reason(clients: Clients, people: People, data: bytes) -> None:
    page = f"/organisations/{people.home}/look"
    form = clients["host"].get(page).text
    sent = {"csrf_token": token_of(form), "short_name": "Kept", "languages": "en", "address": ""}
    done = clients["host"].post(page, data={**sent, "logo": (io.BytesIO(data), "logo")})
    assert done.status_code == 422
    assert 'id="logo-error"' in done.text
    assert 'value="Kept"' in done.text
    assert clients["trainee"].get(f"/organisations/{people.home}/logo").status_code == 404
