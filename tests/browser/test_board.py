"""The board and the pages of trainees, open side by side: what staff says arrives, and what trainees ask."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import NARROW, WIDE, visit
from tests.browser.room import open_session
from tests.runwide import Founded
from training.operating.tour.server import Server

POLL = 60_000  # milliseconds: two polls, and room for a slow machine


@pytest.fixture
def classroom(founded: Founded, tmp_path: Path) -> Iterator[tuple[Server, UUID]]:
    """A server of its own, with an open session of the trainee and the instructor."""
    server = founded.server(tmp_path / "instance")
    server.start()
    yield server, open_session(server)
    server.kill()


def test_what_is_said_and_asked_arrives_without_a_reload_and_a_cut_is_told(
    browser: Browser, classroom: tuple[Server, UUID]
) -> None:
    server, session_id = classroom
    for staff in visit(browser, server, viewport=WIDE):
        for trainee in visit(browser, server, viewport=NARROW):
            staff.sign_in(server, "instructor")
            trainee.sign_in(server)
            trainee.go(f"/sessions/{session_id}/help")
            staff.go(f"/sessions/{session_id}/board")
            assert staff.barriers() == trainee.barriers() == []
            assert staff.overflow() == trainee.overflow() == []
            matrix = staff.page.locator(".mx .scroll")
            assert matrix.locator("thead th").count() == 13 + 4, "the questions of the lab, and what stands beside them"
            assert matrix.evaluate("(one) => one.scrollWidth - one.clientWidth") == 0, "all in sight, side by side"
            staff.page.evaluate("window.stayed = true")
            for field, text in (("question", "3"), ("did", "pslist"), ("sees", "two rows")):
                trainee.page.locator(f"#{field}").fill(text)
            trainee.page.get_by_role("button", name="Ask for help").click()
            expect(staff.page.locator("#live")).to_contain_text("two rows", timeout=POLL)
            assert staff.page.evaluate("window.stayed") is True
            assert staff.barriers() == []
            trainee.page.evaluate("window.stayed = true")
            staff.page.locator("#text").fill("Ten minutes left")
            staff.page.get_by_role("button", name="Send").click()
            expect(trainee.page.locator(".notices")).to_contain_text("Ten minutes left", timeout=POLL)
            trainee.page.locator("#did").fill("half a sentence")
            server.kill()
            expect(trainee.page.locator("[data-cut]")).to_be_visible(timeout=2 * POLL)
            server.start()
            expect(trainee.page.locator("[data-cut]")).to_be_hidden(timeout=3 * POLL)
            expect(trainee.page.locator("#did")).to_have_value("half a sentence")
            assert trainee.page.evaluate("window.stayed") is True
            staff.go(f"/sessions/{session_id}/board/projector")
            assert staff.barriers() == []
            expect(staff.page.locator("main")).not_to_contain_text("Trainee A")
            staff.page.set_viewport_size({"width": 1366, "height": 768})  # a usual projector, with thirteen questions
            expect(staff.page.locator("main")).to_contain_text("Ten minutes left")
            assert staff.page.evaluate("document.documentElement.scrollHeight") <= 768
            staff.faults = [one for one in staff.faults if "ERR_CONNECTION" not in one]
            trainee.faults = [one for one in trainee.faults if "ERR_CONNECTION" not in one]
