"""A trainee's path and an instructor's look, in a real browser: wide, narrow, with and without JavaScript."""

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Browser, Page, Response, expect
from playwright.sync_api import TimeoutError as Late

from tests.browser.conftest import NARROW, WIDE, Visitor, visit
from training.operating.tour.server import Server


def begin(visitor: Visitor) -> None:
    """Open the workbench, at its start or where it was left."""
    visitor.go("/labs/finance-workstation")
    visitor.page.get_by_role("main").locator(".btn.main").first.click()
    expect(visitor.page.get_by_role("heading", name="Workbench")).to_be_attached()


def put(visitor: Visitor, command: str) -> None:
    """Type a command and wait for its rows, looking again as a page without JavaScript must."""
    visitor.page.locator("#cmd").fill(command)  # a question may have the same name
    with visitor.page.expect_response(lambda one: one.request.method == "POST" and "/runs" in one.url):
        visitor.page.get_by_role("button", name="Run", exact=True).click()
    shown = re.sub(r"^(linux|windows)\.", "", command.split(maxsplit=1)[0])
    expect(visitor.page.locator("#tabs .on")).to_contain_text(shown)
    for _ in range(360):
        if visitor.page.locator("#shown table.ev-tbl").count():
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


def find(visitor: Visitor) -> str:
    """Run linux.psaux and cite the process that only carries a kernel thread's label; its PID."""
    put(visitor, "linux.psaux")
    return cite(visitor)


def cite(visitor: Visitor) -> str:
    """The same where its rows are shown already."""
    visitor.page.get_by_label("Text to find").fill("[kworker/")
    visitor.page.get_by_role("button", name="Apply").click()
    expect(visitor.page.locator(".chip")).to_contain_text("[kworker/")
    for order in ("ascending", "descending"):  # the highest first: whose parent is not kthreadd
        visitor.page.get_by_role("link", name="PPID").click()
        expect(visitor.page.locator("th[aria-sort]")).to_have_attribute("aria-sort", order)
    row = visitor.page.locator("table.ev-tbl tbody tr").first
    expect(row).to_contain_text(re.compile(r"\[kworker/[3-9]:"))
    pid = row.locator("td").nth(2).inner_text()
    row.get_by_role("button", name=re.compile("Cite")).click()
    expect(visitor.page.locator("#notebook")).to_contain_text("C1")
    return pid


def test_a_finding_from_command_to_verdict_and_the_instructor_sees_it(
    visitor: Visitor, live: Server, newcomer: str, browser: Browser
) -> None:
    visitor.sign_in(live, newcomer)
    begin(visitor)
    pid = find(visitor)
    visitor.page.locator("#ans").fill(pid.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")))
    visitor.page.get_by_role("button", name="Check how it is read").last.click()
    expect(visitor.page.locator("#finding")).to_contain_text("Nothing was submitted")
    expect(visitor.page.locator("#finding")).to_contain_text(pid)
    assert visitor.barriers() == []
    visitor.picture("workbench", full=False)
    visitor.page.get_by_role("button", name="Submit finding").click()
    expect(visitor.page.locator("#finding")).to_contain_text(
        "Partly right"
    )  # one source: the second is worth a quarter
    assert visitor.barriers() == []
    assert visitor.overflow() == []
    visitor.picture("verdict", full=False)
    for teacher in visit(browser, live, viewport=visitor.page.viewport_size):
        teacher.sign_in(live, "instructor")
        teacher.go("/results")
        expect(teacher.page.get_by_role("main")).to_contain_text(f"Trainee {newcomer}")
        assert teacher.barriers() == []
        teacher.picture("results")
        teacher.page.get_by_role("link", name=f"Trainee {newcomer}").first.click()
        expect(teacher.page.get_by_role("main")).to_contain_text("linux.psaux")
        expect(teacher.page.get_by_role("main")).to_contain_text("7.5")
        assert teacher.barriers() == []
        assert teacher.overflow() == []
        teacher.picture("result")


def test_an_unknown_plugin_keeps_what_was_typed(visitor: Visitor, live: Server) -> None:
    visitor.sign_in(live)
    begin(visitor)
    visitor.page.get_by_label("Command line").fill("linux.pslst --pid 1")
    visitor.page.get_by_role("button", name="Run", exact=True).click()
    expect(visitor.page.locator("#command")).to_contain_text("linux.pslist")
    expect(visitor.page.get_by_label("Command line")).to_have_value("linux.pslst --pid 1")
    assert visitor.barriers() == []
    visitor.faults = [fault for fault in visitor.faults if "422" not in fault]


def test_the_whole_path_works_without_javascript(browser: Browser, live: Server, newcomer: str) -> None:
    for plain in visit(browser, live, viewport=WIDE, java_script_enabled=False):
        plain.sign_in(live, newcomer)
        begin(plain)
        plain.page.get_by_text("Choose by question").click()
        plain.page.locator("#chooser summary").first.click()
        plain.page.get_by_role("radio", name=re.compile("linux.psaux")).first.check()
        plain.page.get_by_role("button", name="Put in the command line").click()
        expect(plain.page.get_by_label("Command line")).to_have_value("linux.psaux")
        pid = find(plain)
        plain.page.locator("#ans").fill(pid)
        plain.page.get_by_role("button", name="Submit finding").click()
        expect(plain.page.locator("#finding")).to_contain_text("Partly right")
        plain.go("/courses/memory-analysis/m3-1")
        plain.page.get_by_role("button", name="Mark as read").click()
        expect(plain.page.get_by_role("main")).to_contain_text("Read on")


def test_pages_of_errors_are_accessible(visitor: Visitor, live: Server) -> None:
    for path in ("/nothing/here", "/invitation/not-a-token"):
        visitor.go(path)
        assert visitor.page.url == live.url + path
        assert visitor.barriers() == []
        assert visitor.overflow() == []
    visitor.faults = [fault for fault in visitor.faults if "404" not in fault]  # they are asked for on purpose


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


def test_evidence_stays_left_to_right_in_arabic(browser: Browser, live: Server) -> None:
    for visitor in visit(browser, live, viewport=NARROW, locale="ar"):
        visitor.sign_in(live)
        expect(visitor.page.locator("html")).to_have_attribute("lang", "ar")
        expect(visitor.page.locator("html")).to_have_attribute("dir", "rtl")
        visitor.go("/labs/finance-workstation")
        visitor.page.get_by_role("main").locator(".btn.main").first.click()
        expect(visitor.page.locator("#cmd")).to_have_css("direction", "ltr")
        visitor.picture("arabic", full=False)


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
