"""A trainee's path and an instructor's look, in a real browser: wide, narrow, with and without JavaScript."""

import re

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.browser.conftest import NARROW, WIDE, Visitor, visit
from training.operating.tour.server import Server

PAGES = [
    "/sign-in",
    "/licences",
    "/",
    "/courses",
    "/courses/memory-analysis",
    "/labs",
    "/labs/finance-workstation",
    "/account",
]
MODULES = ["m3-1", "m3-2", "m3-3"]


def begin(visitor: Visitor) -> None:
    """Open the workbench, at its start or where it was left."""
    visitor.go("/labs/finance-workstation")
    visitor.page.get_by_role("main").locator(".btn.main").first.click()
    expect(visitor.page.get_by_role("heading", name="Workbench")).to_be_attached()


def put(visitor: Visitor, command: str) -> None:
    """Type a command and wait for its rows, looking again as a page without JavaScript must."""
    visitor.page.get_by_label("Command line").fill(command)
    visitor.page.get_by_role("button", name="Run", exact=True).click()
    for _ in range(120):
        if visitor.page.locator("table.ev-tbl").count():
            return
        visitor.page.wait_for_timeout(500)
        again = visitor.page.get_by_role("link", name="Look again")
        if again.count():
            again.first.click()
    pytest.fail(f"{command} has not ended")


def weigh(page: Page, address: str) -> list[int]:
    """Bytes of everything that a first view brings, uncompressed."""
    answers: list[Response] = []

    def note(answer: Response) -> None:
        answers.append(answer)

    page.on("response", note)
    page.goto(address, wait_until="networkidle")
    return [len(answer.body()) for answer in answers]


def test_every_page_is_accessible_and_fits(visitor: Visitor, live: Server) -> None:
    width = visitor.page.viewport_size["width"] if visitor.page.viewport_size else 0
    visitor.go("/sign-in")
    visitor.accessible()
    visitor.picture(f"sign-in-{width}")
    visitor.sign_in(live)
    for path in [*PAGES, *(f"/courses/memory-analysis/{name}" for name in MODULES)]:
        visitor.go(path)
        visitor.accessible()
        visitor.fits()
        visitor.picture(f"{path.strip('/').replace('/', '-') or 'home'}-{width}")


def test_a_finding_from_command_to_verdict(visitor: Visitor, live: Server) -> None:
    width = visitor.page.viewport_size["width"] if visitor.page.viewport_size else 0
    visitor.sign_in(live)
    begin(visitor)
    visitor.accessible()
    put(visitor, "linux.psaux")
    visitor.page.get_by_label("Text to find").fill("[kworker/")
    visitor.page.get_by_role("button", name="Apply").click()
    visitor.page.get_by_role("link", name="PPID").click()
    visitor.page.get_by_role("link", name="PPID").click()  # the highest first: whose parent is not kthreadd
    row = visitor.page.locator("table.ev-tbl tbody tr").first
    expect(row).to_be_visible()
    cite = row.get_by_role("button", name=re.compile("Cite"))
    if cite.count():
        cite.click()
    expect(visitor.page.locator("#notebook")).to_contain_text("C1")
    visitor.page.locator("#ans").fill("٤٢")
    visitor.page.get_by_role("button", name="Check how it is read").last.click()
    expect(visitor.page.locator("#finding")).to_contain_text("42")
    visitor.accessible()
    visitor.fits()
    visitor.picture(f"workbench-{width}", full=False)


def test_an_unknown_plugin_keeps_what_was_typed(visitor: Visitor, live: Server) -> None:
    visitor.sign_in(live)
    begin(visitor)
    visitor.page.get_by_label("Command line").fill("linux.pslst --pid 1")
    visitor.page.get_by_role("button", name="Run", exact=True).click()
    expect(visitor.page.locator("#command")).to_contain_text("linux.pslist")
    expect(visitor.page.get_by_label("Command line")).to_have_value("linux.pslst --pid 1")
    visitor.accessible()
    visitor.faults = [fault for fault in visitor.faults if "422" not in fault]


def test_the_workbench_works_without_javascript(plain: Visitor, live: Server) -> None:
    plain.sign_in(live)
    begin(plain)
    put(plain, "linux.boottime")
    expect(plain.page.locator("table.ev-tbl")).to_contain_text("Boot Time")
    plain.page.get_by_text("Choose a plugin instead").click()
    plain.page.get_by_role("radio").filter(visible=True).first.check()
    plain.page.get_by_role("button", name="Put in the command line").click()
    expect(plain.page.get_by_label("Command line")).not_to_have_value("")


def test_the_keyboard_alone_reaches_the_command_line(browser: Browser, live: Server) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        visitor.sign_in(live)
        begin(visitor)
        visitor.page.locator("body").press("Tab")
        expect(visitor.page.locator(".skip")).to_be_focused()
        for _ in range(60):
            visitor.page.keyboard.press("Tab")
            if visitor.page.evaluate("document.activeElement.id") == "cmd":
                break
        assert visitor.page.evaluate("document.activeElement.id") == "cmd"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1366", "390"])
def test_pages_read_from_right_to_left_in_arabic(browser: Browser, live: Server, size: dict[str, int]) -> None:
    for visitor in visit(browser, live, viewport=size, locale="ar"):
        visitor.go("/sign-in")
        assert visitor.page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar", "rtl"]
        visitor.fits()
        visitor.accessible()
        visitor.page.locator("[name=login]").fill("trainee")
        visitor.page.locator("[name=password]").fill(live.passwords["trainee"])
        visitor.page.locator("button.main").click()
        visitor.go("/labs/finance-workstation")
        visitor.page.get_by_role("main").locator(".btn.main").first.click()
        expect(visitor.page.locator("#cmd")).to_have_css("direction", "ltr")
        visitor.fits()
        visitor.accessible()
        visitor.picture(f"arabic-{size['width']}", full=False)


def test_an_instructor_sees_the_attempts_of_the_own_organisation(visitor: Visitor, live: Server) -> None:
    width = visitor.page.viewport_size["width"] if visitor.page.viewport_size else 0
    visitor.sign_in(live, "instructor")
    for path in ("/results", "/people"):
        visitor.go(path)
        visitor.accessible()
        visitor.fits()
        visitor.picture(f"{path.strip('/')}-{width}")


@pytest.mark.parametrize("path", ["/sign-in", "/", "/courses/memory-analysis/m3-2", "workbench"])
def test_a_first_view_weighs_at_most_100_kib(browser: Browser, live: Server, path: str) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        if path != "/sign-in":
            visitor.sign_in(live)
        if path == "workbench":
            begin(visitor)
            path = visitor.page.url.removeprefix(live.url)
        context = browser.new_context(storage_state=visitor.page.context.storage_state())
        page = context.new_page()
        weights = weigh(page, live.url + path)
        context.close()
        assert 5_000 < sum(weights) <= 100 * 1024, f"{path}: {sum(weights)} bytes in {len(weights)} answers"
