"""A trainee's path and an instructor's look, in a real browser: wide, narrow, with and without JavaScript."""

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Browser, Page, Response, expect
from playwright.sync_api import TimeoutError as Late

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
    "/plugins",
    "/plugins/linux.pslist",
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
            with suppress(Late):  # where a script runs, the result may come in place at this very moment
                again.first.click(timeout=2_000)
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
    assert visitor.barriers() == []
    visitor.picture(f"sign-in-{width}")
    visitor.sign_in(live)
    for path in [*PAGES, *(f"/courses/memory-analysis/{name}" for name in MODULES)]:
        visitor.go(path)
        assert visitor.page.url == live.url + path
        assert visitor.barriers() == []
        assert visitor.overflow() == []
        visitor.picture(f"{path.strip('/').replace('/', '-') or 'home'}-{width}")


def find(visitor: Visitor) -> str:
    """Run linux.psaux and cite the process that only carries a kernel thread's label; its PID."""
    put(visitor, "linux.psaux")
    visitor.page.get_by_label("Text to find").fill("[kworker/")
    visitor.page.get_by_role("button", name="Apply").click()
    visitor.page.get_by_role("link", name="PPID").click()
    visitor.page.get_by_role("link", name="PPID").click()  # the highest first: whose parent is not kthreadd
    row = visitor.page.locator("table.ev-tbl tbody tr").first
    expect(row).to_contain_text(re.compile(r"\[kworker/[3-9]:"))
    pid = row.locator("td").nth(2).inner_text()
    row.get_by_role("button", name=re.compile("Cite")).click()
    expect(visitor.page.locator("#notebook")).to_contain_text("C1")
    return pid


def test_a_finding_from_command_to_verdict_and_the_instructor_sees_it(
    visitor: Visitor, live: Server, newcomer: str, browser: Browser
) -> None:
    width = visitor.page.viewport_size["width"] if visitor.page.viewport_size else 0
    visitor.sign_in(live, newcomer)
    begin(visitor)
    assert visitor.barriers() == []
    pid = find(visitor)
    visitor.page.locator("#ans").fill(pid.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")))
    visitor.page.get_by_role("button", name="Check how it is read").last.click()
    expect(visitor.page.locator("#finding")).to_contain_text("Nothing was submitted")
    expect(visitor.page.locator("#finding")).to_contain_text(pid)
    assert visitor.barriers() == []
    visitor.picture(f"workbench-{width}", full=False)
    visitor.page.get_by_role("button", name="Submit finding").click()
    expect(visitor.page.locator("#finding")).to_contain_text(
        "Partly right"
    )  # one source: the second is worth a quarter
    assert visitor.barriers() == []
    assert visitor.overflow() == []
    visitor.picture(f"verdict-{width}", full=False)
    for teacher in visit(browser, live, viewport=visitor.page.viewport_size):
        teacher.sign_in(live, "instructor")
        teacher.go("/results")
        expect(teacher.page.get_by_role("main")).to_contain_text(f"Trainee {newcomer}")
        assert teacher.barriers() == []
        teacher.picture(f"results-{width}")
        teacher.page.get_by_role("link", name=f"Trainee {newcomer}").first.click()
        expect(teacher.page.get_by_role("main")).to_contain_text("linux.psaux")
        expect(teacher.page.get_by_role("main")).to_contain_text("7.5")
        assert teacher.barriers() == []
        assert teacher.overflow() == []
        teacher.picture(f"result-{width}")


def test_an_unknown_plugin_keeps_what_was_typed(visitor: Visitor, live: Server) -> None:
    visitor.sign_in(live)
    begin(visitor)
    visitor.page.get_by_label("Command line").fill("linux.pslst --pid 1")
    visitor.page.get_by_role("button", name="Run", exact=True).click()
    expect(visitor.page.locator("#command")).to_contain_text("linux.pslist")
    expect(visitor.page.get_by_label("Command line")).to_have_value("linux.pslst --pid 1")
    assert visitor.barriers() == []
    visitor.faults = [fault for fault in visitor.faults if "422" not in fault]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1366", "390"])
def test_the_whole_path_works_without_javascript(
    browser: Browser, live: Server, newcomer: str, size: dict[str, int]
) -> None:
    for plain in visit(browser, live, viewport=size, java_script_enabled=False):
        plain.sign_in(live, newcomer)
        begin(plain)
        plain.page.get_by_text("Choose a plugin instead").click()
        plain.page.get_by_role("radio", name=re.compile("linux.psaux")).check()
        plain.page.get_by_role("button", name="Put in the command line").click()
        expect(plain.page.get_by_label("Command line")).to_have_value("linux.psaux")
        pid = find(plain)
        plain.page.locator("#ans").fill(pid)
        plain.page.get_by_role("button", name="Submit finding").click()
        expect(plain.page.locator("#finding")).to_contain_text("Partly right")
        plain.go("/courses/memory-analysis/m3-1")
        plain.page.get_by_role("button", name="Mark as read").click()
        expect(plain.page.get_by_role("main")).to_contain_text("Read on")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1366", "390"])
def test_pages_of_errors_and_of_the_second_factor_are_accessible(
    browser: Browser, live: Server, newcomer: str, size: dict[str, int]
) -> None:
    for visitor in visit(browser, live, viewport=size):
        visitor.sign_in(live, newcomer)
        for path in ("/nothing/here", "/second-factor", "/invitation/not-a-token"):
            visitor.go(path)
            assert visitor.page.url == live.url + path
            assert visitor.barriers() == []
            assert visitor.overflow() == []
        visitor.faults = [
            fault for fault in visitor.faults if "404" not in fault
        ]  # two of them are asked for on purpose


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
        assert visitor.overflow() == []
        assert visitor.barriers() == []
        visitor.sign_in(live)
        visitor.go("/labs/finance-workstation")
        visitor.page.get_by_role("main").locator(".btn.main").first.click()
        expect(visitor.page.locator("#cmd")).to_have_css("direction", "ltr")
        assert visitor.overflow() == []
        assert visitor.barriers() == []
        visitor.picture(f"arabic-{size['width']}", full=False)


def test_the_people_of_an_organisation(visitor: Visitor, live: Server) -> None:
    width = visitor.page.viewport_size["width"] if visitor.page.viewport_size else 0
    visitor.sign_in(live, "instructor")
    visitor.go("/people")
    expect(visitor.page.get_by_role("main")).to_contain_text("First trainee")
    assert visitor.barriers() == []
    assert visitor.overflow() == []
    visitor.picture(f"people-{width}")


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
