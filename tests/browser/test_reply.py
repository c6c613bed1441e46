"""What answers an act in the pane of the finding is seen, and said; a verdict leads on."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.browser.conftest import NARROW, WIDE, Visitor, visit
from tests.browser.test_path import begin, find, put
from training.operating.tour.server import Server

OUT_OF_SIGHT = """(one) => {
  const { top, bottom } = one.getBoundingClientRect();
  const pane = one.closest(".pane");
  const scrolls = getComputedStyle(pane).overflowY === "auto" && pane.scrollHeight > pane.clientHeight;
  const { top: from, bottom: to } = scrolls ? pane.getBoundingClientRect() : { top: 0, bottom: innerHeight };
  return Math.round(Math.max(from - top, bottom - Math.min(to, innerHeight), 0));
}"""
"""By how many pixels an element is outside of the pane that it is read in."""


def seen(reply: Locator) -> None:
    """It is there, and whoever acted need not look for it."""
    expect(reply).to_be_visible()
    reply.page.wait_for_function(f"(one) => ({OUT_OF_SIGHT})(one) <= 0", arg=reply.element_handle())


def press(page: Page, name: str) -> None:
    """Scroll to a button of the form, as everybody must who presses it, and press it."""
    button = page.locator("#finding").get_by_role("button", name=re.compile(name))
    button.evaluate("(one) => one.scrollIntoView({ block: 'end' })")
    button.click()


@pytest.mark.parametrize("screen", [pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow")])
def test_a_reply_in_the_finding_is_brought_into_sight_and_said(
    browser: Browser, live: Server, newcomer: str, screen: ViewportSize
) -> None:
    for visitor in visit(browser, live, viewport=screen):
        visitor.sign_in(live, newcomer)
        begin(visitor)
        page, said = visitor.page, visitor.page.locator("#said-live")
        pid = _cited(visitor)
        page.locator("#ans").fill(pid)
        press(page, "Check how it is read")
        seen(page.locator("#read b"))
        expect(page.locator("#read")).to_contain_text("It is read as")
        expect(said).to_contain_text("It is read as")
        expect(page.locator("[data-check]")).to_be_focused()
        assert visitor.barriers() == []
        press(page, "Hint 1 of 2: costs 2$")
        seen(page.locator("#finding .st.hint"))
        expect(said).to_contain_text("Hint 1")
        press(page, "Submit finding")
        expect(page.locator("#verdict")).to_be_focused()
        seen(page.locator("#verdict > b"))
        expect(page.locator("#verdict")).to_contain_text("Partly right")
        page.locator("#ans").fill("what?")
        press(page, "Check how it is read")
        expect(page.locator("#read")).to_have_attribute("role", "alert")
        seen(page.locator("#read b"))
        visitor.faults = [fault for fault in visitor.faults if "422" not in fault]


def _cited(visitor: Visitor) -> str:
    """Cite the process that is asked for and many others, so that the form is long; its PID."""
    pid, page = find(visitor), visitor.page
    page.locator(".chip").click()
    expect(page.locator(".chip")).to_have_count(0)
    for number in range(2, 8):
        page.locator("#rows button.cite").nth(number).click()
        expect(page.locator(f"#tick-{number}")).to_be_attached()
    return pid


def test_a_solved_question_leads_on_to_the_next(browser: Browser, live: Server, newcomer: str) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        visitor.sign_in(live, newcomer)
        begin(visitor)
        page = visitor.page
        pid = find(visitor)
        put(visitor, f"linux.proc.Maps --pid {pid}")
        page.locator("#rows button.cite").first.click()
        expect(page.locator("#tick-2")).to_be_attached()
        page.locator("#ans").fill(pid)
        press(page, "Submit finding")
        onward = page.locator("#verdict").get_by_role("link", name="Next question: 2 The file that it runs")
        seen(onward)
        address, state = page.url, page.context.storage_state()
        onward.click()
        _at_the_next(page)
        for plain in visit(browser, live, viewport=WIDE, java_script_enabled=False, storage_state=state):
            plain.page.goto(address)
            plain.page.get_by_role("link", name="Next question: 2").click()
            _at_the_next(plain.page)


def _at_the_next(page: Page) -> None:
    expect(page.locator("#asked [aria-current]")).to_contain_text("The file that it runs")
    assert page.url.endswith("#finding")
    assert "question=q2" in page.url
