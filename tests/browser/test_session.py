"""A whole session, shortened: host, instructor and three trainees, a server that is killed twice, and a dossier."""

import os
import re
import subprocess
import sys
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Route, expect

from tests.browser.room import POLL, Count, Person, Room, account, register, room, zone_at
from tests.browser.test_path import cite
from tests.runwide import Founded
from training.accounts.actor import Role
from training.operating.tour.server import Server
from training.settings import ROOT

DONE = {
    "session_member": 32, "attendance_record": 60, "reading": 1, "answer": 1, "attempt": 5, "citation": 2, "finding": 5,
    "session_help": 1, "session_message": 1, "session_incident": 2, "assignment": 2, "examination_result": 3,
    "result_confirmation": 2, "certificate": 3,
}  # fmt: skip
"""Records of the dossier by what was done. In attendance: thirty people, two half-days."""
TITLE = "Refresher, Port Selby"
EXAM, PRACTICE = "Know your exhibit", "The finance workstation"
MODULE = "Foundations: from bytes to processes"
PASSWORD = "three odd words"
LONGEST_RUN = 120_000  # milliseconds
AFTERNOON = 14  # the hour in the zone of the session at which the test runs


def set_up(host: Person) -> None:
    """Make the session from a plan, and shorten it: the examination now, and nothing after it."""
    zone = zone_at(AFTERNOON)
    here = datetime.now(UTC).astimezone(ZoneInfo(zone))
    host.follow("Sessions", within=host.visitor.page.locator("header"))
    host.follow("Set up a session")
    host.tick("One day of refresher")
    for field, text in (("Title", TITLE), ("First day", f"{here:%Y-%m-%d}"), ("Time zone", zone), ("Room", "Lab 2")):
        host.fill(field, text)
    host.press("Set up the session")
    host.follow("Look through the timetable")
    for slot in ("First response, unseen variant", "First response, short form"):
        host.follow(slot)
        host.choose("Works on", PRACTICE)
        host.press("Keep the changes")
    host.follow("Debrief: first response")
    host.choose("Works on", MODULE)
    host.press("Keep the changes")
    for slot in ("Walk-through, own errors", "One finding written", "New dates", "Break"):
        rows = host.main.locator("tr", has_text=slot).last
        host.follow(slot, within=rows)
        host.press("Take this slot out")
    host.follow("Assigned lab, unseen variant")
    host.fill("Begins at", f"{here:%H:%M}")
    host.choose("Works on", EXAM)
    host.press("Keep the changes")
    host.follow(TITLE)


def bring_in(host: Person) -> tuple[str, str]:
    """A list of 29, a slip for its first and a code for whoever is not on it; both codes."""
    host.follow("Bring in the trainees")
    host.send("CSV file", "people.csv", register(29, "trainee"))
    host.press("Show what the list would do")
    expect(host.main).to_contain_text("29")
    host.press("Apply this")
    expect(host.main).to_contain_text("What the list did")
    host.follow("To the roster")
    host.tick("Whoever has the code")
    host.press("Make a code")
    code = host.main.locator("#code ~ .row .big").inner_text()
    host.press("Make slips")  # for all who need one: they are ticked already
    slip = host.main.locator(".slip", has_text="Amina Adeyemi").locator(".slip-code").inner_text()
    host.follow("Back to the roster")
    host.follow(TITLE)
    return slip, code


def open_up(host: Person) -> None:
    """Name a second one who teaches, open the session, and give out variants by seat."""
    host.unfold()  # what is done: the host teaches already
    host.follow("Name who teaches")
    name_teacher(host)
    host.follow(TITLE)
    host.press(LAST)
    expect(host.main.locator(".facts")).to_contain_text("Open")


def name_teacher(host: Person) -> None:
    """Somebody of the organisation who teaches."""
    host.choose("Person of the organisation", "First instructor (staff)")
    host.count.fields += 1
    host.main.locator("#role").select_option("instructor")  # rows above have fields of this name, too
    host.press("Add the person")


def look_through(host: Person) -> None:
    """Go on without what is not in this installation, and choose a lab for the examination that has none then."""
    if host.main.get_by_role("button", name="Go on without them").count():
        host.press("Go on without them")
    else:
        host.follow("Examination A", exact=True)
        host.choose("Works on", "Injected memory")
        host.press("Keep the changes")


def bring_thirty(host: Person) -> None:
    """A list of thirty, and slips for all of them."""
    host.send("CSV file", "people.csv", register(30, "trainee"))
    host.press("Show what the list would do")
    host.press("Apply this")
    host.follow("To the roster")
    host.press("Make slips")
    expect(host.main.locator(".slip")).to_have_count(29)  # one has a password
    host.follow("Back to the roster")


BY_STEP = {
    "Look through the timetable": look_through,
    "Name who teaches": name_teacher,
    "Bring in the trainees": bring_thirty,
}
"""What a page says that is done at a step, by the words of the step."""
LAST = "Open the session"
FIVE_MINUTES = 300


def come_in(room: Room, slip: str, code: str) -> dict[str, Person]:
    """One with a slip, one with the code alone, one with a password; each by the way that the room is told."""
    amina, walda = room.somebody(), room.somebody()
    for one, typed in ((amina, slip), (walda, code)):
        one.visitor.go("/join")
        one.fill("Code", typed)
        one.press("Go on")
    amina.press("That is me")
    amina.follow("Go on without")
    for field, text in (("Name", "Walda Newcomer"), ("Password", PASSWORD), ("Password, once more", PASSWORD)):
        walda.fill(field, text)
    walda.press("Make an account")
    trainee = room.staff("trainee")
    trainee.follow("To the session")
    for one in (amina, walda, trainee):
        expect(one.main.get_by_role("heading", level=1)).to_have_text(TITLE)
    return {"amina": amina, "walda": walda, "trainee": trainee}


def check_in(instructor: Person, trainees: dict[str, Person]) -> None:
    """The code of the wall is typed by two. The third is marked by hand with a reason, and so is the past morning."""
    instructor.follow("Keep attendance")
    instructor.press("Open check-in")
    instructor.follow("Show the code on the wall")
    for one in (trainees["amina"], trainees["walda"]):
        one.follow("Check in")
        one.fill("Code on the screen", instructor.main.locator(".big bdi").inner_text())
        one.press("I am here")
        expect(one.main).to_contain_text("You are checked in")
    instructor.visitor.page.go_back()
    name = "First trainee"
    instructor.choose(f"Exception of {name}", "Present")
    instructor.fill(f"Reason of {name}", "Forgot to check in")
    instructor.tick("are absent")
    instructor.press("Keep this half-day")
    instructor.follow("1")
    instructor.tick("are present")
    instructor.press("Keep this half-day")
    instructor.follow(TITLE)


def read(trainee: Person) -> None:
    """A module, and a question of its quiz."""
    trainee.follow("Courses", within=trainee.visitor.page.locator("header"))
    trainee.follow("Memory analysis with Volatility 3")
    trainee.follow(MODULE)
    quiz = trainee.main.locator(".quiz").first
    quiz.get_by_label("Your answer").fill("20780")
    trainee.press("Check answer", within=quiz)
    expect(trainee.main.locator(".quiz").first).to_contain_text("Right")
    trainee.press("Mark as read")
    expect(trainee.main).to_contain_text("Read on")


def investigate(trainees: list[Person]) -> list[str]:
    """A lab, a real run and a row that is cited; the process that each found, typed and not submitted."""
    for one in trainees:
        one.follow("Labs", within=one.visitor.page.locator("header"))
        one.follow(PRACTICE)
        one.press("Begin the lab")
        one.visitor.page.get_by_label("Command line").fill("linux.psaux")
        one.main.get_by_role("button", name="Run", exact=True).click()  # both are on their way before anybody waits
    found = []
    for one in trainees:
        expect(one.main.locator("table.ev-tbl")).to_be_visible(timeout=LONGEST_RUN)
        found.append(cite(one.visitor))
        one.visitor.page.locator("#ans").fill(found[-1])
    return found


def die_under_two_findings(room: Room, saved: Person, unsaved: Person, pids: list[str]) -> None:
    """The server dies: after it kept one finding and before that was told, and with another one on its way."""

    def kept_and_not_told(route: Route) -> None:
        route.fetch()
        room.freeze()
        route.abort()

    saved.visitor.page.route(re.compile("/findings"), kept_and_not_told)
    saved.visitor.page.get_by_role("button", name="Submit finding").click()
    expect(saved.main.locator("#unsent")).to_be_visible()
    unsaved.visitor.page.get_by_role("button", name="Submit finding").click()
    unsaved.visitor.page.wait_for_timeout(500)  # it waits for a server that will not answer
    room.server.kill()
    expect(unsaved.main.locator("#unsent")).to_be_visible()
    assert room.count("finding") == 1  # nobody was told of it, and nobody was told otherwise
    room.server.start()
    saved.visitor.page.unroute(re.compile("/findings"))
    for one, pid in zip((saved, unsaved), pids, strict=True):
        expect(one.visitor.page.locator("#ans")).to_have_value(pid)
        one.visitor.page.get_by_role("button", name="Submit finding").click()
        expect(one.visitor.page.locator("#verdict")).to_contain_text("Partly right")
        expect(one.visitor.page.locator("#verdict")).to_contain_text("Try 1")
    assert room.count("finding") == 2


def help_out(instructor: Person, trainee: Person) -> None:
    """A trainee asks, the instructor goes; something is said to all; the slot begins, and the room is paused."""
    instructor.follow("Run it from the board")
    trainee.follow("Ask for help", within=trainee.visitor.page.locator(".notices"))
    trainee.fill("What you did", "psaux")
    trainee.fill("What you see", "two rows that look alike")
    trainee.press("Ask for help")
    expect(instructor.main.locator("#live")).to_contain_text("two rows that look alike", timeout=POLL)
    instructor.press("I go")
    expect(trainee.visitor.page.locator(".notices")).to_contain_text("Somebody is on the way", timeout=POLL)
    instructor.press("Idea")
    instructor.press("Begin 'Assigned lab")
    instructor.fill("Message", "Write down why, not only what")
    instructor.press("Send")
    instructor.fill("Why", "The projector failed")
    instructor.press("Pause", exact=True)
    for words in ("Write down why, not only what", "The session is paused"):
        expect(trainee.visitor.page.locator(".notices")).to_contain_text(words, timeout=POLL)


def sit(instructor: Person, trainees: list[Person]) -> None:
    """The examination is begun in the pause, goes on, is made longer, and handed in."""
    for one in trainees:
        one.visitor.go("/")
        one.follow("To the examination")
        one.press("Begin the examination")
    instructor.press("Go on")
    instructor.fill("Give minutes", "5")
    instructor.fill("Because of", "The projector failed")
    instructor.press("Give the time")
    expect(instructor.main).to_contain_text("Log of disturbances: 2")
    for one in trainees:
        page = one.visitor.page
        page.locator("#ans").fill("0123456789abcdef" * 4)
        page.get_by_role("button", name="Submit finding").click()
        page.get_by_role("button", name="Submit without proof").click()
        expect(page.locator("#verdict")).to_contain_text("Feedback and points are shown when the instructor")
        expect(page.locator("#verdict")).to_be_focused()  # the last thing that happens in place
        page.get_by_text("End the attempt").click()
        one.press("Close the attempt", within=page.locator(".tagline"))
        one.visitor.faults = [fault for fault in one.visitor.faults if "422" not in fault]  # nothing was cited


def close(room: Room, host: Person, instructor: Person, address: str) -> None:
    """The server dies while the host presses; then host and instructor press at once."""
    for one in (host, instructor):
        one.visitor.go(address)
        one.tick("It is over")
    room.freeze()
    host.main.get_by_role("button", name="Close the session").click()
    room.server.kill()
    expect(host.visitor.page.locator("[data-unsent]")).to_be_visible()
    room.server.start()
    for one in (host, instructor):  # from timers, so that neither waits for the other
        one.visitor.page.evaluate("setTimeout(() => document.querySelector('.btn.stop').click(), 300)")
    for one in (host, instructor):
        expect(one.main.locator(".facts")).to_contain_text("Closed", timeout=4 * POLL)
    told = [one.main.get_by_role("alert").count() for one in (host, instructor)]
    assert sorted(told) == [0, 1]
    second = (host, instructor)[told.index(1)]
    expect(second.main.get_by_role("alert")).to_contain_text("This session is closed already.")
    second.visitor.faults = [fault for fault in second.visitor.faults if "409" not in fault]


def certify(host: Person, instructor: Person, address: str) -> str:
    """Results are recorded and confirmed by two, certificates issued; the code of one."""
    host.visitor.go(address)
    host.follow("Give out certificates")
    for name, percent in (("Amina Adeyemi", "72.5"), ("Walda Newcomer", "41"), ("First trainee", "0")):
        host.follow(name)
        host.fill("A lab on an unseen variant", percent)
        host.fill("Day", datetime.now(ZoneInfo(zone_at(AFTERNOON))).date().isoformat())  # which can differ from UTC
        host.press("Record the result")
        host.follow("Certificates")
    instructor.visitor.go(host.address)
    for one in (instructor, host):
        one.visitor.page.reload()
        one.press("I confirm these results")
    host.tick("This is a demonstration")
    host.press("Issue 3 certificates")
    expect(host.main).to_contain_text("Valid")
    return host.main.locator("td a.small").first.inner_text()


def sealed(server: Server, session_id: str, folder: Path) -> dict[str, int]:
    """The dossier, sealed on the command line and checked by the file that lies in it; how many records of a kind."""
    file, env = folder / "dossier.zip", {"PATH": os.defpath, "ENGRAM_INSTANCE": str(server.instance)}
    seal = [sys.executable, "app.py", "session", "dossier", session_id, "--to", str(file)]
    subprocess.run(seal, cwd=ROOT, env=env, check=True, capture_output=True)
    with zipfile.ZipFile(file) as opened:
        (folder / "verify.py").write_bytes(opened.read("verify.py"))
        inside = [name for name in opened.namelist() if name.startswith("records/")]
        counts = {Path(name).stem: len(opened.read(name).splitlines()) for name in inside}
    check = [sys.executable, "-I", "verify.py", file.name]
    told = subprocess.run(check, cwd=folder, env={}, check=True, capture_output=True, text=True).stdout
    assert told.endswith("dossier: 0 faults\n")
    assert f"{sum(counts.values())} records" in told
    return counts


def test_a_session_from_its_plan_to_its_dossier_with_a_server_that_dies_twice(
    browser: Browser, founded: Founded, tmp_path: Path
) -> None:
    server = founded.server(tmp_path / "instance")
    account(server, "host", Role.HOST, Role.INSTRUCTOR)
    server.start()
    with room(browser, server) as it:
        host = it.staff("host")
        set_up(host)
        slip, code = bring_in(host)
        open_up(host)
        address = host.address
        trainees = come_in(it, slip, code)
        host.follow("Assign variants, warm the runs")
        host.press("Assign variants")  # to the one who came by the code, too
        instructor = it.staff("instructor")
        instructor.follow("To the session")
        check_in(instructor, trainees)
        read(trainees["trainee"])
        pids = investigate([trainees["amina"], trainees["walda"]])
        die_under_two_findings(it, trainees["amina"], trainees["walda"], pids)
        help_out(instructor, trainees["amina"])
        sit(instructor, list(trainees.values()))
        close(it, host, instructor, address)
        public = it.somebody()
        public.visitor.go(f"/certificates/{certify(host, instructor, address)}")
        expect(public.main).to_contain_text("Amina Adeyemi")
        expect(public.main).to_contain_text("Valid")
        assert public.visitor.barriers() == []
        counts = sealed(server, address.rpartition("/")[2], tmp_path)
    assert {name: counts[name] for name in DONE} == DONE


def _next(host: Person) -> str:
    """What the page of the session says that is next."""
    return host.main.locator("li", has_text=re.compile(r"Next\s*$")).locator("b").inner_text()


def test_a_newcomer_sets_up_a_session_for_thirty_by_what_the_pages_say(
    browser: Browser, founded: Founded, tmp_path: Path
) -> None:
    server = founded.server(tmp_path / "instance")
    account(server, "host", Role.HOST)
    server.start()
    with room(browser, server) as it:
        host = it.staff("host")
        expect(host.main.locator("h1")).to_contain_text("Good day")
        host.count.pages, began = 0, time.monotonic()
        host.follow("Sessions", within=host.visitor.page.locator("header"))
        host.follow("Set up a session")
        here = datetime.now(UTC).date().isoformat()
        for field, text in (("Title", TITLE), ("First day", here), ("Time zone", "Africa/Dakar"), ("Room", "Lab 2")):
            host.fill(field, text)
        host.press("Set up the session")
        steps: list[str] = []
        while (words := _next(host)) != LAST:
            assert steps.count(words) < 2, steps  # else what the page says doesn't lead on
            steps.append(words)
            host.follow(words)
            BY_STEP[words](host)
            host.follow(TITLE)
        host.press(LAST)
        expect(host.main.locator(".facts")).to_contain_text("Open")
        expect(host.main).to_contain_text("30 trainees on 30 seats.")
        took = time.monotonic() - began
    print(f"newcomer: {host.count}, {took:.1f} s of the machine")  # noqa: T201 - the figures of docs/hosting.md
    most = Count(pages=25, presses=25, fields=8)
    assert host.count.pages <= most.pages
    assert host.count.presses <= most.presses
    assert host.count.fields <= most.fields
    assert took < FIVE_MINUTES
