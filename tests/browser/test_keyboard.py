"""A lab from the door to the verdict without a mouse: each control is reached by Tab, and can be seen when it is."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import WIDE, visit
from training.operating.tour.server import Server

FOCUSED = """(wanted) => {
  const at = document.activeElement, style = getComputedStyle(at);
  const shown = style.outlineStyle !== "none" || style.boxShadow !== "none";
  return [at.matches(wanted), shown, at.outerHTML.slice(0, 120)];
}"""
"""Whether what has the focus is what is wanted, and whether a reader sees that it has it."""


def reach(page: Page, wanted: str, most: int = 120) -> None:
    """Press Tab until it has the focus, and see the focus at each step on the way."""
    for _ in range(most):
        page.keyboard.press("Tab")
        found, shown, what = page.evaluate(FOCUSED, wanted)
        assert shown or what.startswith("<body"), f"nobody sees the focus on {what}"
        if found:
            return
    pytest.fail(f"{wanted} is not reached by the keyboard")


def follow(page: Page, wanted: str) -> None:
    """Reach a link or button, press Enter, and wait for the page."""
    reach(page, wanted)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def to_cell(page: Page, steps: tuple[str, ...], wanted: str) -> None:
    """Go into the table, which is one stop of the Tab key, and right to the cell that says this."""
    if not page.evaluate("document.activeElement.closest('#rows') !== null"):
        reach(page, "#rows")
    for key in steps:
        page.keyboard.press(key)
    for _ in range(8):
        if re.fullmatch(wanted, page.evaluate("document.activeElement.innerText.trim()")):
            return
        page.keyboard.press("ArrowRight")
    pytest.fail(f"no cell says {wanted}")


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_from_the_door_to_the_verdict(browser: Browser, live: Server, newcomer: str, locale: str) -> None:
    for visitor in visit(browser, live, viewport=WIDE, locale=locale):
        page, keys = visitor.page, visitor.page.keyboard
        visitor.go("/sign-in")
        reach(page, "[name=login]")
        keys.type(newcomer)
        reach(page, "[name=password]")
        keys.type(live.passwords[newcomer])
        with page.expect_navigation():
            keys.press("Enter")
        follow(page, "nav a[href='/labs']")
        follow(page, "main a[href='/labs/finance-workstation']")
        follow(page, "main .btn.main")
        reach(page, "#cmd")
        keys.type("linux.psaux")
        keys.press("Escape")  # the list of plugins
        keys.press("Enter")
        expect(page.locator("#tabs .on")).to_contain_text("psaux")
        expect(page.locator("#shown th a[href*='PPID']")).to_be_visible(timeout=60_000)
        reach(page, "#rows")
        keys.press("/")
        keys.type("[kworker/")
        keys.press("Enter")
        expect(page.locator(".chip")).to_contain_text("[kworker/")
        for order in ("ascending", "descending"):  # the highest first: whose parent is not kthreadd
            to_cell(page, ("ArrowDown", "ArrowUp"), "PPID")
            keys.press("Enter")
            expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", order)
        to_cell(page, ("ArrowDown",), r"\d{2,}")
        keys.press("c")
        expect(page.locator("#notebook")).to_contain_text("C1")
        keys.press("a")
        expect(page.locator("#ans")).not_to_have_value("")
        reach(page, "#finding button.main")
        keys.press("Enter")
        expect(page.locator("#verdict")).to_be_visible()
        visitor.picture(f"keyboard-{locale}", full=False)
