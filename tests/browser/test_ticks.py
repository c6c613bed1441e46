"""Nothing that is typed or ticked is lost, however fast or slow it is done, and what is looked at stays in sight."""

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import WIDE, visit
from tests.browser.test_path import begin, put
from training.operating.tour.server import Server

WIDER = "(one) => one.scrollWidth - one.clientWidth"


def press(page: Page, selector: str, held: int) -> None:
    """Press something as a hand does, without looking whether it still stands there when the button comes up."""
    box = page.locator(selector).bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    if held:
        page.wait_for_timeout(held)
    page.mouse.up()


def question(page: Page, number: int) -> None:
    page.locator("#asked li").nth(number - 1).locator("a").click()
    page.wait_for_url(f"**question=q{number}**")
    page.wait_for_load_state("networkidle")


def hold_back(page: Page, wait: int) -> list[str]:
    """Let each draft come late to the server, by milliseconds; the bodies of those that were sent."""
    sent: list[str] = []

    def late(route: Route) -> None:
        sent.append(route.request.post_data or "")
        page.wait_for_timeout(wait)
        route.continue_()

    page.route("**/draft?**", late)
    return sent


COVERED = """() => {
  const all = [...document.querySelectorAll("#tabs li:not(.first)")].map((one) => one.getBoundingClientRect());
  return all.some((one, at) => all.slice(at + 1).some((two) => one.left < two.right - 1 && two.left < one.right - 1));
}"""
WITHIN = """() => {
  const place = (name) => document.querySelector(name).getBoundingClientRect();
  const [list, first, on] = ["#tabs", "#tabs .first", "#tabs .on"].map(place);
  return on.left >= first.right - 1 && on.right <= list.right + 1;
}"""


@pytest.mark.parametrize("held", [0, 400])
def test_a_box_that_is_ticked_right_after_typing_stays_ticked(
    browser: Browser, live: Server, newcomer: str, held: int
) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        page = visitor.page
        visitor.sign_in(live, newcomer)
        begin(visitor)
        put(visitor, "linux.psaux")
        page.locator("#row-3 button.cite").click()
        expect(page.locator("#tick-1")).to_be_visible()
        question(page, 2)
        page.locator("#ans").click()
        page.keyboard.type("/typed/and/not/lost")
        press(page, "#tick-1 input", held)
        # what is said of it comes when it is kept: nothing moves before the button is up again
        expect(page.locator("#ticked #tick-1 input")).to_be_checked()
        expect(page.locator("#stands")).to_contain_text("No cited place holds what you typed.")
        page.reload()
        expect(page.locator("#tick-1 input")).to_be_checked()
        expect(page.locator("#ans")).to_have_value("/typed/and/not/lost")


def test_what_is_typed_while_a_draft_is_under_way_is_kept(browser: Browser, live: Server, newcomer: str) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        page = visitor.page
        visitor.sign_in(live, newcomer)
        begin(visitor)
        sent = hold_back(page, 600)
        page.locator("#ans").click()
        page.keyboard.type("12")
        with page.expect_response("**/draft?**"):  # the first is on its way: what comes now is in no body yet
            page.wait_for_timeout(1_300)
            page.keyboard.type("34")
        with page.expect_response("**/draft?**"):
            pass
        assert len(sent) == 2
        page.reload()
        expect(page.locator("#ans")).to_have_value("1234")


def test_all_columns_stay_in_sight_where_a_row_is_cited_for_another_question(
    browser: Browser, live: Server, newcomer: str
) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        page = visitor.page
        visitor.sign_in(live, newcomer)
        begin(visitor)
        put(visitor, "linux.pslist")
        page.locator("#row-7 button.cite").click()
        expect(page.locator("#row-7 a.cite")).to_be_visible()
        question(page, 2)
        expect(page.locator("#row-7 .pin > *")).to_have_count(2)
        assert page.locator("#rows").evaluate(WIDER) == 0
        rows = page.locator("#rows")
        assert (
            page.evaluate(
                """() => [...document.querySelectorAll("#rows tbody tr")]
                 .filter((one) => one.getBoundingClientRect().bottom <= rows.getBoundingClientRect().bottom).length"""
            )
            >= 9
        ), "rows in sight"
        # who comes back finds what was cited, not the beginning of the page
        page.locator("#row-15 button.cite").click()
        expect(page.locator("#row-15 a.cite")).to_be_visible()
        page.locator("#row-7 a.cite").evaluate("(one) => one.closest('tr').classList.remove('cited')")
        page.goto("/labs/finance-workstation")
        page.get_by_role("main").locator(".btn.main").first.click()
        expect(rows).to_be_visible()
        seen = page.locator("#row-7").evaluate(
            "(one) => { const [a, b] = [one, rows].map((each) => each.getBoundingClientRect());"
            " return a.top >= b.top && a.bottom <= b.bottom; }"
        )
        assert seen


def test_the_tab_that_is_looked_at_covers_no_other(browser: Browser, live: Server, newcomer: str) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        page = visitor.page
        visitor.sign_in(live, newcomer)
        begin(visitor)
        for pid in range(1, 9):
            put(visitor, f"linux.psaux --pid {pid}")
        for run in (1, 8, 4):
            page.locator(f"#run-{run} a").evaluate("(one) => one.click()")
            expect(page.locator(f"#run-{run}.on")).to_be_attached()
            assert not page.evaluate(COVERED)
            assert page.evaluate(WITHIN)
