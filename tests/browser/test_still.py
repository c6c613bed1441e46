"""The bench stays still: whatever comes in place, nothing that is typed, chosen or looked at is lost or moves.

What comes is weighed, and looked at over a slow line: 64 kbit/s with half a second each way and back.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from statistics import median

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.browser.conftest import WIDE, Visitor, visit
from tests.browser.test_path import begin, put
from tests.browser.test_reading_sheet import LEFT_OUT
from tests.browser.test_workbench import SLOW
from training.operating.tour.server import Server

FIRST_VIEW, UPDATE = 100 * 1024, 20 * 1024
LATENCY, RATE = 0.5, 8_000
"""Of the slow line: seconds until an answer begins, bytes in a second."""
SETTLED = """() => ["#tabs", "#shown", "#finding", "#notebook", "#asked", "#score"].map((one) => {
  const copy = document.querySelector(one).cloneNode(true);
  for (const each of copy.querySelectorAll("*")) for (const name of ["tabindex", "open"]) each.removeAttribute(name);
  for (const each of copy.querySelectorAll("[name=request_key], [name=csrf_token]")) each.remove();
  return copy.outerHTML.replace(/\\s+/g, " ").replace(/> </g, "><");
})"""
"""What stands on the page, without what differs each time."""


LATE = "new Promise((done) => { const at = performance.now(); setTimeout(() => done(performance.now() - at)); })"
"""Milliseconds by which a page is late to do what it is to do at once."""


class Scales:
    """Weighs what a page brings."""

    def __init__(self, page: Page) -> None:
        self.came: list[Response] = []
        page.on("response", self._note)

    def _note(self, answer: Response) -> None:
        self.came.append(answer)

    def take(self) -> list[int]:
        """Bytes of each answer since the last time."""
        came, self.came[:] = self.came[:], []
        return [len(one.body()) for one in came if one.status not in {204, 303, 304}]

    def seconds(self) -> float:
        """How long all of them take over the slow line, one after the other."""
        return sum(LATENCY + weight / RATE for weight in self.take())


def top(page: Page) -> int:
    return int(page.evaluate("document.getElementById('rows').scrollTop"))


def stayed(page: Page) -> bool:
    """Whether it is still the document that was marked, and not one that was loaded anew."""
    return bool(page.evaluate("window.stayed === true"))


@pytest.fixture
def worker(browser: Browser, live: Server, newcomer: str) -> Iterator[Visitor]:
    """A trainee before the rows of their first run."""
    for visitor in visit(browser, live, viewport=WIDE):
        visitor.sign_in(live, newcomer)
        begin(visitor)
        visitor.page.evaluate("window.stayed = true")
        put(visitor, "linux.psaux")
        expect(visitor.page.get_by_label("Command line")).to_have_value("")
        yield visitor


def test_nothing_is_lost_and_nothing_moves(worker: Visitor) -> None:
    _cited(worker.page)
    _read_meanwhile(worker.page)
    _looked_through(worker)
    _settled(worker.page)
    worker.faults = [fault for fault in worker.faults if "422" not in fault]


def _cited(page: Page) -> None:
    """Rows are cited and taken out while other things stand half typed."""
    scales = Scales(page)
    line, answer = page.get_by_label("Command line"), page.locator("#ans")
    line.fill("linux.psl")
    answer.fill("typed text")
    page.evaluate("document.getElementById('rows').scrollTop = 90")
    page.locator("button.cite").nth(12).click()
    expect(page.locator("#notebook")).to_contain_text("C1")
    expect(page.locator("#row-12 .cite.on")).to_be_focused()
    assert max(scales.take()) <= 4096, "citing brings a row, a box and an entry"
    page.locator("#c1").get_by_role("button", name="Write a note").click()
    expect(page.locator("#note-1")).to_be_focused()
    page.locator("#note-1").fill("my unsaved note")
    page.locator("button.cite").nth(5).click()
    expect(page.locator("#tick-2")).to_be_visible()
    expect(page.locator("#note-1")).to_have_value("my unsaved note")
    expect(page.locator("#note-1")).to_be_visible()
    expect(answer).to_have_value("typed text")
    expect(line).to_have_value("linux.psl")
    assert top(page) == 90
    page.get_by_role("button", name="Take C1 out").click()
    expect(page.locator("#c1")).to_have_count(0)
    expect(page.locator("#row-12 button.cite")).to_be_visible()
    expect(page.locator("#support")).not_to_contain_text("C1")


def _read_meanwhile(page: Page) -> None:
    """A run ends while somebody reads, selects and types elsewhere."""
    line = page.get_by_label("Command line")
    line.fill(f"{SLOW} 'q[a-d]{{3}}zz'")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#run-2")).to_have_class("on")
    page.locator("#run-1 a").click()
    expect(page.locator("#row-3")).to_be_visible()
    find = page.get_by_label("Text to find")
    find.fill("half typed")
    page.evaluate("document.getElementById('rows').scrollTop = 60")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#row-3 td:last-child'))")
    find.focus()
    expect(page.locator("#run-2")).to_contain_text("Complete", timeout=60_000)
    expect(find).to_have_value("half typed")
    expect(find).to_be_focused()
    assert page.evaluate("getSelection().toString()").strip(), "what was selected is so still"
    assert top(page) == 60
    assert "run=1" in page.url


def _looked_through(worker: Visitor) -> None:
    """Order and filters, back as a browser goes back; a refused command, the plugins to choose from."""
    page, line = worker.page, worker.page.get_by_label("Command line")
    find = page.get_by_label("Text to find")
    page.get_by_role("link", name="PPID").click()
    expect(page.locator("th[aria-sort]")).to_contain_text("PPID")
    expect(find).to_have_value("half typed")
    assert "sort=PPID" in page.url
    find.fill("systemd")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".chip")).to_contain_text("systemd")
    expect(find).to_have_value("")
    page.go_back()
    expect(page.locator(".chip")).to_have_count(0)
    expect(page.locator("th[aria-sort]")).to_contain_text("PPID")
    page.locator("#c2 a.cite").click()
    expect(page.locator("#run-1")).to_have_class("on")
    line.fill("linux.pslst")
    line.press("Enter")
    expect(page.locator("#said")).to_contain_text("linux.pslist")
    expect(line).to_have_value("linux.pslst")
    expect(line).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Choose by question").click()
    assert worker.barriers() == []
    page.get_by_label("Words to find").fill("linux.bash")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("radio", name=re.compile("linux.bash")).first.check()
    page.get_by_role("button", name="Put in the command line").click()
    expect(line).to_have_value("linux.bash")
    page.get_by_role("button", name="Choose by question").wait_for()
    assert stayed(page)


def _settled(page: Page) -> None:
    """Another question is another page, and what was typed goes along; then all is as the parts had made it."""
    line, answer = page.get_by_label("Command line"), page.locator("#ans")
    answer.fill("4321")
    page.locator("#questions .qs a").nth(1).click()
    expect(page.locator("#finding h2")).to_contain_text("path", ignore_case=True)
    assert not stayed(page)
    expect(line).to_have_value("linux.bash")
    page.locator("#questions .qs a").nth(0).click()
    expect(page.locator("#ans")).to_have_value("4321")
    page.evaluate("window.stayed = true")
    page.locator("#brief a").click()
    expect(page.locator("#brief")).to_contain_text("Accounts")
    page.locator("button.cite").nth(7).click()
    expect(page.locator("#c3")).to_be_visible()
    page.get_by_role("button", name="Submit finding").click()
    expect(page.locator("#verdict")).to_be_focused()
    expect(page.locator("#c3")).to_contain_text("Cited for question 1")
    assert stayed(page)
    made = page.evaluate(SETTLED)
    page.reload()
    assert page.evaluate(SETTLED) == made


def test_over_a_slow_line_an_act_is_one_small_answer_and_typing_is_never_late(worker: Visitor) -> None:
    page = worker.page
    for pid in range(1, 10):  # so many that some have no room on the page
        with page.expect_response(re.compile("/runs")) as came:
            page.get_by_label("Command line").fill(f"linux.psaux --pid {pid}")
            page.get_by_role("button", name="Run", exact=True).click()
        assert came.value.ok
        expect(page.locator("#tabs .on")).to_contain_text("Complete")
    expect(page.locator("#tabs")).to_contain_text("All runs")
    context = page.context
    first = context.new_page()
    scales = Scales(first)
    first.goto(page.url, wait_until="networkidle")
    assert 30_000 < sum(scales.take()) <= FIRST_VIEW
    line, answer = page.get_by_label("Command line"), page.locator("#ans")
    line.fill("linux.psaux")
    expect(page.locator("#card")).to_contain_text("linux.psaux")  # an answer of its own, a moment after the last key
    scales = Scales(page)
    slow = context.new_cdp_session(page)
    slow.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": LATENCY * 1000, "downloadThroughput": RATE, "uploadThroughput": RATE},
    )
    page.evaluate("window.stayed = true")
    line.press("Enter")
    answer.focus()
    late = []
    for _ in range(8):  # while rows are coming
        late.append(page.evaluate(LATE))
        answer.press_sequentially("7")
    expect(answer).to_have_value("7" * 8)
    expect(page.locator("#row-9")).to_be_visible()
    expect(answer).to_have_value("7" * 8)
    assert median(late) < 100, "milliseconds; a busy computer may be late now and then"
    weights = [weight for weight in scales.take() if weight > 100]
    assert len(weights) == 1
    assert weights[0] <= UPDATE
    assert LATENCY + weights[0] / RATE <= 3.1
    page.locator("button.cite").nth(3).click()
    expect(page.locator("#row-3 .cite.on")).to_be_visible()
    assert scales.seconds() <= 2 * LATENCY + 0.5  # with the draft that was kept before it
    answer.fill("5")
    page.get_by_role("button", name="Submit finding").click()
    expect(page.locator("#verdict")).to_be_visible()
    assert stayed(page)


def test_the_table_is_worked_with_keys_alone(worker: Visitor) -> None:
    page = worker.page

    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)

    def at() -> str:
        """Where the focus is; it can be seen there."""
        where, style = page.evaluate(
            "[document.activeElement.id || document.activeElement.closest('tr')?.id || document.activeElement.href, "
            "getComputedStyle(document.activeElement).outlineStyle]"
        )
        assert style != "none", where
        return str(where)

    page.get_by_label("Command line").focus()
    press("Tab", "Tab", "Tab", "Enter")
    assert at() == "rows"
    press("ArrowDown", "ArrowDown", "ArrowRight")
    assert at() == "row-1"
    pid = page.evaluate("document.activeElement.innerText")
    assert pid.isdecimal()
    press("c")
    expect(page.locator("#row-1 .cite.on")).to_be_visible()
    assert at() == "row-1", "the cell keeps the focus"
    press("?")
    expect(page.get_by_role("dialog", name="Keys in the table")).to_be_visible()
    assert worker.barriers() == []
    press("Escape")
    assert at() == "row-1"
    press("/")
    assert page.evaluate("document.activeElement.name") == "text"
    press("c")  # letters are letters where somebody types
    expect(page.get_by_label("Text to find")).to_have_value("c")
    page.locator("#rows").focus()
    press("Tab", "Enter")
    assert at() == "ans"
    page.locator("#rows").focus()
    press("ArrowDown", "ArrowDown", "ArrowRight", "a")
    expect(page.locator("#ans")).to_have_value(pid)
    expect(page.locator("#ans")).to_be_focused()
    expect(page.locator("#ticked")).to_contain_text(f"PID {pid}")
    page.locator("#rows").focus()
    press("ArrowDown", "Escape")
    assert at() == "cmd"


def test_evidence_runs_from_left_to_right_and_the_paper_holds_what_counts(
    browser: Browser, live: Server, worker: Visitor
) -> None:
    state, address = worker.page.context.storage_state(), worker.page.url
    for visitor in visit(browser, live, viewport=WIDE, locale="ar", storage_state=state):
        page = visitor.page
        visitor.go("/labs")
        whole = page.locator("link[rel=stylesheet]").get_attribute("href")
        page.goto(address)
        heads = page.locator("#rows thead th").evaluate_all(
            "(all) => all.map((one) => one.getBoundingClientRect().left)"
        )
        assert heads == sorted(heads), "citing first, then the columns as the plugin gives them"
        assert page.evaluate("document.documentElement.dir") == "rtl"
        assert page.evaluate(LEFT_OUT, whole)[1] == [], "rules of the stylesheet that the bench needs"
        assert page.locator(".tagline").evaluate("(one) => one.getBoundingClientRect().height") < 50, "one line"
        assert visitor.barriers() == []
        visitor.picture("bench-arabic", full=False)
    page = worker.page
    panes = [one.bounding_box() for one in page.locator(".pane").all()]
    assert len({pane["y"] for pane in panes if pane}) == 1, "three panes side by side"
    assert page.locator(".tagline").evaluate("(one) => one.getBoundingClientRect().height") < 50
    page.emulate_media(media="print")
    assert not page.locator("#command").is_visible()
    assert not page.locator("#tabs").is_visible()
    boxes = [page.locator(one).bounding_box() for one in ("#questions", "#rows", "#finding", "#notebook")]
    for one, other in pairwise(boxes):
        assert one
        assert other
        assert one["y"] + one["height"] <= other["y"], "one after the other, none above another"
    assert page.locator("#rows").evaluate("(one) => one.scrollHeight - one.clientHeight") <= 0, "no row is cut off"
