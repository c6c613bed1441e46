"""A finding that is submitted in place: the page stays, its verdict comes, what stands around it is renewed."""

import time

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE, WIDE, visit
from tests.browser.test_path import begin, find
from training.operating.tour.server import Server


def focused(page: Page, wanted: str) -> str:
    """What has the focus of the page, as soon as it is what is wanted, or after half a minute. Whether the browser's
    window has that of the computer is not asked.
    """
    last, found = time.monotonic() + PATIENCE / 1000, ""
    while found != wanted and time.monotonic() < last:
        found = str(page.evaluate("document.activeElement.id || document.activeElement.outerHTML.slice(0, 300)"))
        page.wait_for_timeout(50)
    return found


def test_a_verdict_comes_in_place_and_the_next_try_follows_it(browser: Browser, live: Server, newcomer: str) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        visitor.sign_in(live, newcomer)
        begin(visitor)
        pid = find(visitor)
        page = visitor.page
        page.evaluate("window.stayed = true")
        page.get_by_label("Command line").fill("linux.pslist --pid")
        for value, said in (("2", "Not right"), ("1", "Not right"), (pid, "Partly right")):
            page.locator("#ans").fill(value)
            page.get_by_role("button", name="Submit finding").click()
            expect(page.locator("#verdict")).to_contain_text(said)
            assert focused(page, "verdict") == "verdict"
        expect(page.locator("#verdict")).to_contain_text("Try 3, read as")
        expect(page.locator("#finding")).to_contain_text("2 tries left")
        expect(page.locator("#questions [aria-current]")).to_contain_text("Partly, 3 tries")
        expect(page.get_by_label("Command line")).to_have_value("linux.pslist --pid")
        assert page.evaluate("window.stayed") is True
        assert visitor.barriers() == []


def test_what_is_no_verdict_takes_the_way_without_a_script(browser: Browser, live: Server, newcomer: str) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        visitor.sign_in(live, newcomer)
        begin(visitor)
        page = visitor.page
        page.locator("#ans").fill("the one with the odd name")
        page.get_by_role("button", name="Submit finding").click()
        expect(page.locator("#read")).to_contain_text("This can't be read")
        expect(page.locator("#ans")).to_have_value("the one with the odd name")
        page.locator("#ans").fill("3")
        page.get_by_role("button", name="Submit finding").click()
        expect(page.locator("#read")).to_contain_text("Nothing is cited for this finding")
        page.get_by_role("button", name="Submit without proof").click()
        expect(page.locator("#verdict")).to_contain_text("Try 1, read as")
        expect(page.locator("#finding")).to_contain_text("4 tries left")
        visitor.faults = [fault for fault in visitor.faults if "422" not in fault]
