"""The command line, runs under way, and the pages beside the workbench, in a real browser."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import NARROW, WIDE, Visitor, visit
from tests.browser.test_path import begin, put
from training.operating.tour.server import Server

SLOW = "linux.vmaregexscan --pattern"
ENDLESS = "([ -~]+[ -~]+)+[^ -~]{9}"
"""A pattern that takes minutes on any text, since each part of it can be any part of the text."""


def here(visitor: Visitor) -> str:
    """The address of the attempt, without its query."""
    found = re.search(r"/attempts/[0-9a-f-]{36}", visitor.page.url)
    assert found
    return found[0]


def test_a_command_is_completed_and_an_earlier_one_comes_back_by_keyboard(
    browser: Browser, live: Server, newcomer: str
) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        visitor.sign_in(live, newcomer)
        begin(visitor)
        line = visitor.page.get_by_role("combobox", name="Command line")
        line.press_sequentially("proc.ma")
        expect(visitor.page.get_by_role("listbox", name="Plugins")).to_contain_text("linux.proc.Maps")
        expect(line).to_have_attribute("aria-expanded", "true")
        assert visitor.barriers() == []
        line.press("ArrowDown")
        expect(line).to_have_attribute("aria-activedescendant", "comp-0")
        line.press("Enter")
        expect(line).to_have_value("linux.proc.Maps ")
        line.press_sequentially("--")
        expect(visitor.page.get_by_role("listbox")).to_contain_text("--pid")
        line.press("Escape")
        expect(line).to_have_attribute("aria-expanded", "false")
        put(visitor, "linux.boottime")
        line.focus()
        line.press("ArrowUp")
        expect(line).to_have_value("linux.boottime")
        line.press("ArrowDown")
        expect(line).to_have_value("")


def test_a_run_comes_in_place_and_the_page_says_so_once(browser: Browser, live: Server, newcomer: str) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        visitor.sign_in(live, newcomer)
        begin(visitor)
        visitor.page.get_by_label("Command line").fill(f"{SLOW} 'q[a-d]{{3}}zz'")
        visitor.page.get_by_role("button", name="Run", exact=True).click()
        visitor.page.locator("#ans").fill("typed meanwhile")
        expect(visitor.page.locator("#result .runs .on")).to_contain_text("Complete", timeout=60_000)
        expect(visitor.page.locator("#ans")).to_have_value("typed meanwhile")


def test_without_a_script_neither_the_finding_nor_the_command_is_lost(
    browser: Browser, live: Server, newcomer: str
) -> None:
    for visitor in visit(browser, live, viewport=NARROW, java_script_enabled=False):
        visitor.sign_in(live, newcomer)
        begin(visitor)
        visitor.page.locator("#ans").fill("145")
        visitor.page.get_by_label("Command line").fill("linux.boottime")
        visitor.page.get_by_role("button", name="Check how it is read", exact=True).click()
        expect(visitor.page.get_by_label("Command line")).to_have_value("linux.boottime")
        visitor.page.locator("#ans").fill("146")
        visitor.page.get_by_role("button", name="Run", exact=True).click()
        expect(visitor.page.locator("#ans")).to_have_value("146")


@pytest.mark.parametrize("script", [pytest.param(True, id="script"), pytest.param(False, id="plain")])
def test_a_run_is_ended_and_asked_for_again(browser: Browser, live: Server, newcomer: str, *, script: bool) -> None:
    for visitor in visit(browser, live, viewport=NARROW, java_script_enabled=script):
        visitor.sign_in(live, newcomer)
        begin(visitor)
        visitor.page.get_by_label("Command line").fill(f"{SLOW} '{ENDLESS}{'a' if script else 'b'}'")
        visitor.page.get_by_role("button", name="Run", exact=True).click()
        end = visitor.page.get_by_role("button", name="End run 1")
        expect(end).to_be_visible()
        if script:
            assert visitor.barriers() == []
        end.click()
        for _ in range(40):
            if visitor.page.get_by_text("Run 1 was ended").count():
                break
            visitor.page.wait_for_timeout(250)
            again = visitor.page.get_by_role("link", name="Look again")
            if not script and again.count():
                again.click()
        expect(visitor.page.locator("#result")).to_contain_text("Ended by the person who had asked for it.")
        expect(visitor.page.get_by_role("button", name="Run again")).to_be_visible()


def test_filters_and_a_marked_row_without_a_script(browser: Browser, live: Server, newcomer: str) -> None:
    for visitor in visit(browser, live, viewport=WIDE, java_script_enabled=False):
        visitor.sign_in(live, newcomer)
        begin(visitor)
        put(visitor, "linux.pslist")
        visitor.page.locator("select[name=column]").select_option("PID")
        visitor.page.locator("select[name=op]").select_option("more than")
        visitor.page.get_by_label("Text to find").fill("100")
        visitor.page.get_by_role("button", name="Apply").click()
        visitor.page.get_by_label("Text to find").fill("bash")
        visitor.page.get_by_role("button", name="Apply").click()
        expect(visitor.page.locator(".chip")).to_have_count(2)
        row = visitor.page.locator("table.ev-tbl tbody tr").first
        expect(row).to_contain_text("bash")
        row.locator("td").nth(1).get_by_role("link").click()
        expect(visitor.page.locator("tr[aria-current]")).to_contain_text("bash")
        visitor.page.locator(".chip").first.click()
        expect(visitor.page.locator(".chip")).to_have_count(1)


def test_the_pages_beside_the_workbench(visitor: Visitor, live: Server, newcomer: str) -> None:
    visitor.sign_in(live, newcomer)
    begin(visitor)
    put(visitor, "linux.pslist")
    pid = visitor.page.locator("tbody a[href*='/processes/']").last.inner_text()
    attempt = here(visitor)
    visitor.go(f"{attempt}/compare/processes")
    assert visitor.barriers() == []
    visitor.page.get_by_role("button", name=re.compile("Run what is missing")).click()
    expect(visitor.page.locator(".cross")).to_contain_text("row", timeout=60_000)
    expect(visitor.page.get_by_role("button", name=re.compile("Run what is missing"))).to_have_count(0)
    expect(visitor.page.locator("[data-again]")).to_have_count(0, timeout=60_000)
    for name, path in {
        "cross-view": f"{attempt}/compare/processes",
        "process": f"{attempt}/processes/1",
        "process-kernel": f"{attempt}/processes/{pid}",
        "tree": f"{attempt}/seeing/tree?time=1",
        "timeline": f"{attempt}/seeing/timeline",
        "matrix": f"{attempt}/seeing/matrix",
        "history": f"{attempt}/history",
        "workbench-filtered": f"{attempt}?run=1&where=gt,PID,100&where=-contains,COMM,sh&text=1",
        "workbench-row": f"{attempt}?run=1&row=3",
    }.items():
        visitor.go(path)
        assert visitor.page.url == live.url + path
        assert visitor.barriers() == []
        assert visitor.overflow() == []
        visitor.picture(name)


def test_two_exhibits_for_an_instructor(visitor: Visitor, live: Server) -> None:
    visitor.sign_in(live, "instructor")
    visitor.go("/labs")
    visitor.page.get_by_role("link", name="Compare two exhibits").click()
    visitor.page.get_by_label("Right side").select_option(index=0)
    visitor.page.get_by_label("Command line").fill("linux.pslist")
    visitor.page.get_by_role("button", name="Compare").click()
    expect(visitor.page.get_by_role("alert")).to_contain_text("Both sides are the same exhibit.")
    assert visitor.barriers() == []
    assert visitor.overflow() == []
    visitor.picture("difference")
    visitor.faults = [fault for fault in visitor.faults if "422" not in fault]  # one exhibit is on both sides
