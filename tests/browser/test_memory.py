"""From an address in a row to its bytes and through the page tables, in a real browser."""

import re

from playwright.sync_api import Browser, expect

from tests.browser.conftest import NARROW, Visitor, visit
from tests.browser.test_path import begin, put
from tests.browser.test_workbench import here
from training.operating.tour.server import Server


def ask(visitor: Visitor, button: str) -> None:
    """Ask for what the page offers, and wait for it, with a script or without."""
    visitor.page.get_by_role("button", name=button).click()
    for _ in range(60):
        if visitor.page.locator("svg.v").count():
            return
        again = visitor.page.get_by_role("link", name="Look again")
        if again.count():
            again.first.click()
        visitor.page.wait_for_timeout(300)
    raise AssertionError(f"{button}: nothing came")


def fine(visitor: Visitor) -> None:
    assert visitor.barriers() == []
    assert visitor.overflow() == []


def test_from_a_row_to_its_bytes_and_its_way(visitor: Visitor, live: Server, newcomer: str) -> None:
    visitor.sign_in(live, newcomer)
    begin(visitor)
    put(visitor, "linux.pslist")
    visitor.go(f"{here(visitor)}?run=1&row=0")
    visitor.page.get_by_role("link", name=re.compile("^Bytes at 0x")).first.click()
    fine(visitor)
    ask(visitor, "Read these bytes")
    expect(visitor.page.get_by_role("table").first).to_contain_text("0xffff8880")
    fine(visitor)
    visitor.picture("bytes")
    visitor.page.get_by_role("button", name=re.compile("^Cite, row 0 of")).first.click()
    expect(visitor.page.locator("tr.cited").first).to_contain_text("C1")
    expect(visitor.page).to_have_url(re.compile(r"/seeing/bytes\?address=0x"))
    visitor.page.get_by_role("link", name="Walk this address", exact=True).click()
    ask(visitor, "Walk this address")
    expect(visitor.page.get_by_text("Step by step")).to_be_visible()
    fine(visitor)
    visitor.picture("walk")


def test_a_way_is_gone_alone_without_a_script(browser: Browser, live: Server, newcomer: str) -> None:
    for visitor in visit(browser, live, viewport=NARROW, java_script_enabled=False):
        visitor.sign_in(live, newcomer)
        begin(visitor)
        visitor.go(f"{here(visitor)}/seeing/walk")
        visitor.page.get_by_label("PID").fill("1")
        visitor.page.get_by_label("Address").fill("0x400123")
        visitor.page.get_by_role("button", name="Show", exact=True).click()
        ask(visitor, "Walk this address")
        visitor.page.get_by_role("link", name="Try it yourself first").click()
        for step in range(1, 6):
            asked = visitor.page.locator(".try")
            expect(asked).to_contain_text(f"Step {step} of 5")
            told = asked.inner_text()
            base = int(re.findall(r"0x[0-9a-f]+", told)[0], 16) & 0xFFFFFFFFFF000
            bits = int(re.findall(r"\b[01]{9,12}\b", told)[0], 2)
            if step == 1:
                visitor.page.get_by_label("Your number").fill(hex(base + 1))
                visitor.page.get_by_role("button", name="Check").click()
                expect(visitor.page.locator("#said")).to_contain_text("Not yet.")
            visitor.page.get_by_label("Your number").fill(hex(base + (bits if step == 5 else 8 * bits)))
            visitor.page.get_by_role("button", name="Check").click()
            expect(visitor.page.locator("#said")).to_contain_text("Right.")
            if step < 5:
                visitor.page.get_by_role("link", name="Next step").click()
        expect(visitor.page.get_by_text("You went the whole way.")).to_be_visible()
        expect(visitor.page.get_by_role("heading", name="Step by step")).to_be_visible()
