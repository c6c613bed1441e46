"""When things go wrong under a session: a full disk, a network that is cut, a laptop that was asleep."""

import errno
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import NARROW, WIDE, Visitor, visit
from tests.browser.room import CUT, POLL, open_session, say
from tests.browser.test_path import begin, find, put
from tests.runwide import Founded
from training.operating.tour.server import Server

ROOM = 512 + 420  # MiB of the small disk: what is kept free, an instance, an exhibit that is unpacked, some runs
START = """#!/bin/sh
mount -t tmpfs -o size={size}m none "$ENGRAM_INSTANCE" && cp -a "{seed}/." "$ENGRAM_INSTANCE" && exec "{python}" "$@"
"""
REFUSED = "507"


class Disk:
    """The instance of a server that lies on a small disk of its own, in a mount namespace that ends with the server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    @property
    def folder(self) -> Path:
        """The instance, as the server sees it."""
        return Path(f"/proc/{self._server.pid}/root{self._server.instance}")

    def fill(self) -> None:
        """Leave no byte."""
        with (self.folder / "filler").open("ab", buffering=0) as file:
            for size in (2**20, 4096, 1):
                try:
                    while True:
                        file.write(b"\0" * size)
                except OSError as bad:
                    assert bad.errno == errno.ENOSPC  # noqa: PT017 - it is how a disk says that it is full

    def free(self) -> None:
        """Make room again."""
        (self.folder / "filler").unlink()

    def count(self, table: str) -> int:
        """Rows of a table."""
        return int(self._ask(f"SELECT count(*) FROM {table}"))  # noqa: S608 - of this test

    def seen_long_ago(self) -> None:
        """Nobody was seen for two minutes: the next page of anybody would note it."""
        self._ask("UPDATE sign_in SET seen_at = strftime('%Y-%m-%d %H:%M:%f000', seen_at, '-2 minutes') RETURNING 1")

    def _ask(self, statement: str) -> str:
        """What the database says: asked by a process that sees the disk, as SQLite goes by a path from the root."""
        code = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(c.execute(sys.argv[2]).fetchone()[0])"
        inside = ["nsenter", f"--target={self._server.pid}", "--user", "--mount", "--preserve-credentials"]
        file = str(self._server.instance / "engram.db")
        ask = [*inside, sys.executable, "-c", f"{code}; c.commit()", file, statement]
        return subprocess.run(ask, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def classroom(founded: Founded, tmp_path: Path) -> Iterator[tuple[Server, UUID]]:
    """A server of its own, with an open session of the trainee and the instructor."""
    server = founded.server(tmp_path / "instance")
    session_id = open_session(server)
    server.start()
    yield server, session_id
    server.kill()


@pytest.fixture
def small(founded: Founded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Server, UUID, Disk]]:
    """A server whose instance lies on a disk that a test can fill, with an open session."""
    server = founded.server(tmp_path / "seed")
    session_id = open_session(server)
    server.instance = tmp_path / "instance"
    server.instance.mkdir()
    (server.instance / "engram.lock").touch()  # a killed server's lock is looked for outside of its namespace
    script = tmp_path / "start"
    script.write_text(START.format(size=ROOM, seed=tmp_path / "seed", python=sys.executable), "utf-8")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    inside = tmp_path / "inside"
    inside.write_text(f'#!/bin/sh\nexec unshare --user --map-root-user --mount {script} "$@"\n', "utf-8")
    inside.chmod(inside.stat().st_mode | stat.S_IXUSR)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", str(inside))
        server.start()
    yield server, session_id, Disk(server)
    server.kill()


def test_a_full_disk_loses_nothing_and_work_goes_on_when_there_is_room(
    browser: Browser, small: tuple[Server, UUID, Disk]
) -> None:
    server, session_id, disk = small
    for staff in visit(browser, server, viewport=WIDE):
        for trainee in visit(browser, server, viewport=WIDE):
            staff.sign_in(server, "instructor")
            staff.go(f"/sessions/{session_id}/board")
            expect(staff.page.locator("#live")).to_contain_text("MiB left")  # told while there is room to act
            trainee.sign_in(server)
            begin(trainee)
            pid, page = find(trainee), trainee.page
            disk.seen_long_ago()
            disk.fill()
            expect(staff.page.locator("#live")).to_contain_text("disk of the server is full", timeout=POLL)
            page.locator("#ans").fill(pid)
            page.get_by_role("button", name="Submit finding").click()
            expect(page.locator("#unsent")).to_contain_text("nothing says that this was submitted")
            expect(page.locator("#unsent")).to_be_visible()
            expect(page.locator("#ans")).to_have_value(pid)
            assert disk.count("finding") == 0
            assert trainee.barriers() == staff.barriers() == []
            with page.context.expect_page() as opened:  # what needs no room is there: whoever reads goes on reading
                page.evaluate("open('/courses/memory-analysis/m3-1')")
            expect(opened.value.locator("h1")).to_have_text("Foundations: from bytes to processes")
            opened.value.close()
            for where, form in ((trainee, "help"), (staff, "message")):
                _refused(where, session_id, form)
            disk.free()
            page.get_by_role("button", name="Submit finding").click()
            expect(page.locator("#verdict")).to_contain_text("Partly right")
            assert disk.count("finding") == 1
            staff.go(f"/sessions/{session_id}/board")
            expect(staff.page.locator("#live")).not_to_contain_text("disk of the server is full")
            for one in (staff, trainee):
                one.faults = [fault for fault in one.faults if REFUSED not in fault]


def _refused(visitor: Visitor, session_id: UUID, form: str) -> None:
    """A form that can't be kept, without a script of its own: a page that says so and shows what was typed."""
    page, words = visitor.page.context.new_page(), f"half of it works, {form}"
    page.goto(f"{visitor.base}/sessions/{session_id}/{'help' if form == 'help' else 'board'}")
    if form == "help":
        page.locator("#question").fill("3")
        page.locator("#did").fill("pslist")
    page.locator("#sees" if form == "help" else "#text").fill(words)
    page.get_by_role("button", name="Ask for help" if form == "help" else "Send", exact=True).click()
    expect(page.locator("h1")).to_have_text("Not kept: the disk is full")
    expect(page.get_by_role("alert")).to_contain_text("nothing of this was kept")
    expect(page.locator("section textarea").last).to_have_value(words)
    page.close()


def test_a_run_that_ended_while_the_disk_was_full_is_known_afterwards(
    browser: Browser, small: tuple[Server, UUID, Disk]
) -> None:
    server, _, disk = small
    for trainee in visit(browser, server, viewport=WIDE):
        trainee.sign_in(server)
        begin(trainee)
        page = trainee.page
        page.get_by_label("Command line").fill("linux.psaux")
        page.get_by_role("button", name="Run", exact=True).click()
        expect(page.locator("[data-live]")).to_be_visible()
        disk.fill()
        page.wait_for_timeout(8_000)
        disk.free()
        expect(page.locator("#result")).not_to_contain_text("Running", timeout=60_000)
        put(trainee, "linux.psaux")
        trainee.faults = [fault for fault in trainee.faults if REFUSED not in fault]


def pass_time(page: Page, seconds: int) -> None:
    """Let a page live through so many seconds; what it asks the server is asked in between."""
    for _ in range(0, seconds, 10):
        page.clock.run_for(10_000)
        page.evaluate("fetch('/health').catch(() => null)")  # which comes back after what was asked before it


def test_ten_minutes_without_a_network_cost_nothing_that_was_typed(
    browser: Browser, classroom: tuple[Server, UUID]
) -> None:
    server, session_id = classroom
    for staff in visit(browser, server, viewport=WIDE):
        for trainee in visit(browser, server, viewport=NARROW):
            staff.sign_in(server, "instructor")
            staff.go(f"/sessions/{session_id}/board")
            trainee.sign_in(server)
            trainee.page.clock.install()
            trainee.go(f"/sessions/{session_id}/help")
            page = trainee.page
            page.context.set_offline(True)
            pass_time(page, 60)
            expect(page.locator("[data-cut]")).to_be_visible()
            page.locator("#question").fill("3")
            page.locator("#did").fill("pslist")
            page.locator("#sees").fill("two rows")
            page.get_by_role("button", name="Ask for help").click()
            expect(page.locator("[data-unsent]")).to_be_visible()
            expect(page.locator("#sees")).to_have_value("two rows")
            assert trainee.overflow() == trainee.barriers() == []
            staff.page.locator("#text").fill("Lunch is at noon")
            staff.page.get_by_role("button", name="Send", exact=True).click()
            pass_time(page, 600)
            page.context.set_offline(False)
            pass_time(page, 60)  # the longest pause between two tries is shorter
            expect(page.locator("[data-cut]")).to_be_hidden()
            expect(page.locator(".notices")).to_contain_text("Lunch is at noon")
            expect(page.locator("#sees")).to_have_value("two rows")
            page.get_by_role("button", name="Ask for help").click()
            expect(page.locator(".notices")).to_contain_text("You are number 1 in the help queue")
            trainee.faults = [fault for fault in trainee.faults if not any(word in fault for word in CUT)]


def test_a_laptop_that_slept_for_an_hour_goes_on_where_it_was(browser: Browser, classroom: tuple[Server, UUID]) -> None:
    server, session_id = classroom
    for staff in visit(browser, server, viewport=WIDE):
        for trainee in visit(browser, server, viewport=WIDE):
            for one, login in ((staff, "instructor"), (trainee, "trainee")):
                one.sign_in(server, login)
                one.page.clock.install()
            trainee.go(f"/sessions/{session_id}/help")
            trainee.page.locator("#sees").fill("half a sentence")
            staff.go(f"/sessions/{session_id}/attendance/screen")
            code = staff.page.locator(".big bdi").inner_text()
            say(server, session_id, "We go on at two")
            for one in (staff, trainee):
                one.page.clock.fast_forward(60 * 60_000)  # timers that were due go off once, as when a lid is opened
            trainee.page.mouse.move(20, 20)
            pass_time(trainee.page, 20)
            expect(trainee.page.locator(".notices")).to_contain_text("We go on at two")
            expect(trainee.page.locator("#sees")).to_have_value("half a sentence")
            expect(staff.page.locator(".big bdi")).not_to_have_text(code, timeout=POLL)
