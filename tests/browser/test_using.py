"""From row to finding by keyboard alone: a cell is pointed at, used and noted, in English and from right to left."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import NARROW, WIDE, visit
from tests.browser.test_path import begin, put
from training.operating.tour.server import Server

WIDTH = "(one) => one.getBoundingClientRect().left"


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def to_cell(page: Page, down: int, right: int) -> str:
    """Go by arrows from the table's edge to a cell; what it holds."""
    page.locator("#rows").focus()
    press(page, "ArrowDown", *["ArrowDown"] * down, *["ArrowRight"] * right)
    return str(page.evaluate("document.activeElement.innerText")).strip()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_cell_becomes_an_answer_by_keyboard(browser: Browser, live: Server, newcomer: str, language: str) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        visitor.sign_in(live, newcomer)
        begin(visitor)
        put(visitor, "linux.psaux")
        state, address = visitor.page.context.storage_state(), visitor.page.url
    for visitor in visit(browser, live, viewport=WIDE, locale=language, storage_state=state):
        page = visitor.page
        page.goto(address)
        assert page.evaluate("document.documentElement.lang") == language
        page.evaluate("window.stayed = true")
        pid = to_cell(page, 4, 1)
        assert pid.isdecimal()
        press(page, "a")
        answer = page.locator("#ans")
        expect(answer).to_have_value(pid)
        expect(answer).to_be_focused()
        expect(page.locator("#tick-1 input")).to_be_checked()
        expect(page.locator("#tick-1 mark")).to_have_text(f"PID {pid}")
        expect(page.locator("#stands .st")).to_be_visible()
        expect(page.locator("#rows td.hit")).to_have_text(pid)
        # another value stands there now: it is asked for, and nothing is lost
        other = to_cell(page, 5, 1)
        press(page, "a")
        expect(page.locator(".uses .btn").first).to_be_focused()
        expect(page.locator(".uses .btn").first).to_contain_text(other)
        expect(answer).to_have_value(pid)
        assert visitor.barriers() == []
        assert visitor.overflow() == []
        _from_left_to_right(page, language)
        visitor.picture(f"strip-{language}", full=False)
        press(page, "Escape")
        assert page.evaluate("document.activeElement.innerText") == other, "back to the cell"
        press(page, "ArrowRight", "ArrowRight", "Enter")
        expect(page.locator("#strip button:focus")).to_have_count(1)
        page.locator("#strip p.row-of a").first.focus()
        press(page, "Enter")
        expect(page.locator("#strip [aria-current]")).to_have_text(f"PID {other}")
        page.locator(".uses .btn").first.focus()
        press(page, "Enter")
        expect(answer).to_have_value(other)
        expect(page.locator("#c2 mark")).to_have_text(f"PID {other}")
        _noted(page)
        assert page.evaluate("window.stayed === true"), "all of it in place"
        page.reload()
        expect(answer).to_have_value(other)
        expect(page.locator("#c2")).to_contain_text("what it means")


def _noted(page: Page) -> None:
    """A note is opened, typed and kept; what is ticked decides what the finding is said to stand on."""
    page.locator("#c2 [name=pen]").focus()
    press(page, "Enter")
    expect(page.locator("#note-2")).to_be_focused()
    page.keyboard.type("what it means")
    press(page, "Tab", "Enter")
    expect(page.locator("#c2 [name=pen]")).to_be_visible()
    expect(page.locator("#c2")).to_contain_text("what it means")
    before = page.locator("#stands").inner_text()
    page.locator("#tick-2 input").uncheck()
    expect(page.locator("#stands")).not_to_have_text(before)
    page.locator("#tick-2 input").check()
    expect(page.locator("#stands")).to_have_text(before)


def _from_left_to_right(page: Page, language: str) -> None:
    """Evidence runs from left to right whatever the language of the page: the cells of a row stand in their order."""
    for row in ("#strip p.row-of", "#c1 .row-of"):
        assert page.locator(row).evaluate("(one) => getComputedStyle(one).direction") == "ltr"
    cells = page.locator("#strip p.row-of a").evaluate_all(f"(all) => all.map({WIDTH})")
    assert len(cells) == 4
    assert cells[:3] == sorted(cells[:3])
    assert page.evaluate("getComputedStyle(document.querySelector('#strip h3')).direction") == (
        "rtl" if language == "ar" else "ltr"
    )


def test_a_cell_becomes_an_answer_on_a_telephone_without_a_script(
    browser: Browser, live: Server, newcomer: str
) -> None:
    for visitor in visit(browser, live, viewport=NARROW, java_script_enabled=False):
        visitor.sign_in(live, newcomer)
        begin(visitor)
        put(visitor, "linux.psaux")
        page = visitor.page
        page.locator("#row-3 td.n a").first.click()
        page.locator("#strip").get_by_role("link", name="PID").first.click()
        use = page.locator(".uses .btn").first
        pid = use.locator("bdi").inner_text()
        assert visitor.overflow() == []
        visitor.picture("strip-narrow", full=False)
        use.click()
        expect(page.locator("#ans")).to_have_value(pid)
        expect(page.locator("#tick-1 input")).to_be_checked()
        page.locator("#c1").get_by_role("button", name="Write a note").click()
        page.locator("#note-1").fill("seen without a script")
        page.get_by_role("button", name="Keep the note").click()
        expect(page.locator("#c1")).to_contain_text("seen without a script")
        expect(page.locator("#ans")).to_have_value(pid)


def test_a_chain_is_cited_where_it_stands_and_a_tab_keeps_its_filter(
    browser: Browser, live: Server, newcomer: str
) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        page = visitor.page
        visitor.sign_in(live, newcomer)
        begin(visitor)
        put(visitor, "linux.pslist")
        page.get_by_label("Text to find").fill("bash")
        page.get_by_role("button", name="Apply").click()
        expect(page.locator(".chip")).to_have_count(1)
        pid = page.locator("#rows tbody tr").last.locator("td").nth(3).inner_text()
        put(visitor, "linux.pidhashtable")
        expect(page.locator(".chip")).to_have_count(0)
        page.locator("#run-1 a").click()
        expect(page.locator(".chip")).to_contain_text("bash")
        page.locator("#shown").get_by_role("link", name="Tree").click()
        page.locator("#of").fill(pid)
        page.get_by_role("button", name="Show", exact=True).click()
        page.evaluate("window.stayed = true")
        row = page.locator("tr[aria-current=true] button.cite").first
        row.scroll_into_view_if_needed()
        before = page.evaluate("scrollY"), row.evaluate("(one) => one.closest('tr').getBoundingClientRect().top")
        row.click()
        cited = page.locator("tr[aria-current=true] a.cite")
        expect(cited).to_have_count(1)
        after = page.evaluate("scrollY"), cited.evaluate("(one) => one.closest('tr').getBoundingClientRect().top")
        assert abs(after[1] - before[1]) <= 1, "the row stays under the eye"
        expect(page.locator("#told")).to_contain_text("C1 is cited and ticked")
        page.get_by_role("button", name="Cite these").first.click()
        expect(page.locator("#chain [name=places]")).to_have_count(1)
        expect(page.locator("#stands")).to_contain_text("One source")
        assert page.evaluate("window.stayed === true"), "no page was loaded"
        assert visitor.barriers() == []
        page.get_by_role("link", name="Back to the workbench").click()
        page.locator("#shown").get_by_role("link", name="Tree").click()
        expect(page.locator("#of")).to_have_value(pid)
        page.set_viewport_size({"width": NARROW["width"], "height": NARROW["height"]})
        assert visitor.overflow() == []
