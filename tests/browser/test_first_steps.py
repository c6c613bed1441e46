"""A newcomer's first steps: what is needed is in sight, one press runs a command, and what is cited counts at once."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import NARROW, WIDE, Visitor, visit
from tests.browser.test_path import begin, find, put
from tests.browser.test_reply import press, seen
from training.operating.tour.server import Server

SCRIPTS = [pytest.param(True, id="script"), pytest.param(False, id="plain")]
LONG_WAY = SCRIPTS


def in_view(page: Page, *those: Locator) -> None:
    """They stand within the first view, before anybody scrolls."""
    height = (page.viewport_size or WIDE)["height"]
    for one in those:
        box = one.bounding_box()
        assert box, one
        assert box["y"] >= 0, one
        assert box["y"] + box["height"] <= height, one


def step(visitor: Visitor, live: Server, newcomer: str) -> Page:
    visitor.sign_in(live, newcomer)
    begin(visitor)
    return visitor.page


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_first_view_has_what_is_asked_and_one_press_begins(
    browser: Browser, live: Server, newcomer: str, *, script: bool
) -> None:
    for visitor in visit(browser, live, viewport=WIDE, java_script_enabled=script):
        page = step(visitor, live, newcomer)
        starters = page.locator("#shown button[name=begin]")
        expect(starters).to_have_count(3)
        in_view(page, page.locator("#h-f"), page.locator("#cmd"), page.locator("#ans"), starters.last)
        in_view(page, page.locator("#asked li").first, page.get_by_text("Submit finding"))
        assert page.evaluate("document.documentElement.scrollHeight - innerHeight") <= 0, "only panes scroll"
        if script:
            assert visitor.barriers() == []
        visitor.picture(f"first-view-{script}", full=False)
        page.locator("#cmd").fill("half typed")
        page.locator("#ans").fill("77")
        starters.first.click()
        expect(page.locator("#tabs .on")).to_contain_text("pslist")
        expect(page.locator("#cmd")).to_have_value("half typed")
        expect(page.locator("#ans")).to_have_value("77")


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_chosen_plugin_runs_at_once(browser: Browser, live: Server, newcomer: str, *, script: bool) -> None:
    for visitor in visit(browser, live, viewport=NARROW, java_script_enabled=script):
        page = step(visitor, live, newcomer)
        page.get_by_text("Choose by question").click()
        page.locator("#chooser summary").first.click()
        page.get_by_role("radio", name=re.compile("linux.psaux")).first.check()
        page.get_by_label("Only PID").fill("1")
        assert visitor.overflow() == []
        page.locator("#chooser").get_by_role("button", name="Run", exact=True).click()
        expect(page.locator("#tabs .on")).to_contain_text("psaux --pid 1")
        expect(page.locator("#cmd")).to_have_value("")


def test_ticks_among_the_others_count_at_once(browser: Browser, live: Server, newcomer: str) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        page = step(visitor, live, newcomer)
        put(visitor, "linux.psaux")
        for row in range(10):
            page.locator(f"#row-{row} button.cite").click()
            expect(page.locator(f"#tick-{row + 1} input")).to_be_checked()
        page.goto(page.url.replace("question=q1", "question=q2"))
        # Where only the nearest are shown, the number of all stands behind theirs.
        others, count = page.locator("#unticked .tick"), page.locator("#others-n .num").first
        expect(page.locator("#tick-10 input")).to_be_visible()
        expect(count).to_have_text(str(others.count()))
        page.locator("#ans").fill("/init")
        page.locator("#ans").blur()
        expect(page.locator("#stands")).to_contain_text("Nothing is cited for it yet.")
        page.locator("#tick-9 input").check()
        expect(page.locator("#ticked #tick-9 .row-of")).to_be_visible()
        expect(page.locator("#stands")).to_contain_text("No cited place holds what you typed.")
        expect(page.locator("#ticked + p")).to_be_hidden()
        expect(page.locator("#tick-9 input")).to_be_focused()
        expect(count).to_have_text(str(others.count()))
        page.locator("#row-11 button.cite").click()
        expect(page.locator("#ticked #tick-11")).to_be_visible()
        expect(count).to_have_text(str(others.count()))
        page.locator("#tick-9 input").uncheck()
        expect(page.locator("#unticked #tick-9")).to_be_visible()
        expect(count).to_have_text(str(others.count()))
        page.reload()
        expect(page.locator("#ticked .tick")).to_have_count(1)
        expect(count).to_have_text(str(others.count()))
        page.locator("#others summary").click()
        page.locator("#others").get_by_role("button", name="All 11 citations").click()
        expect(others).to_have_count(10)
        expect(count).to_have_text("10")


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_row_cited_in_the_tree_counts_for_the_question_at_hand(
    browser: Browser, live: Server, newcomer: str, *, script: bool
) -> None:
    for visitor in visit(browser, live, viewport=WIDE, java_script_enabled=script):
        page = step(visitor, live, newcomer)
        put(visitor, "linux.pslist")
        page.locator("#asked").get_by_role("link", name="Its ancestors").click()
        expect(page.locator("#asked [aria-current]")).to_contain_text("Its ancestors")
        put(visitor, "linux.bash")
        page.goto(re.sub("run=2", "run=1", page.url))
        page.locator("#shown").get_by_role("link", name="Tree").click()
        expect(page.get_by_role("main")).to_contain_text("What you cite here is ticked for question 3: Its ancestors")
        page.locator("button.cite").first.click()
        expect(
            page.locator("[role=status]").filter(has_text="C1 is cited and ticked for question 3.").first
        ).to_be_attached()
        page.get_by_role("link", name="Timeline").click()
        page.locator("button.cite").first.click()
        expect(
            page.locator("[role=status]").filter(has_text="C2 is cited and ticked for question 3.").first
        ).to_be_attached()
        if script:
            assert visitor.barriers() == []
        page.get_by_role("link", name="Back to the workbench").click()
        expect(page.locator("#asked [aria-current]")).to_contain_text("Its ancestors")
        expect(page.locator("#tabs .on")).to_contain_text("1 pslist")
        for number in (1, 2):
            expect(page.locator(f"#ticked #tick-{number} input")).to_be_checked()


@pytest.mark.parametrize("script", LONG_WAY)
def test_a_verdict_on_many_rows_shows_points_and_the_way_on(
    browser: Browser, live: Server, newcomer: str, *, script: bool
) -> None:
    for visitor in visit(browser, live, viewport=WIDE, java_script_enabled=script):
        page = step(visitor, live, newcomer)
        pid = find(visitor)
        put(visitor, f"linux.proc.Maps --pid {pid}")
        for row in range(10):
            page.locator(f"#row-{row} button.cite").click()
            expect(page.locator(f"#tick-{row + 2} input")).to_be_checked()
        page.locator("#ans").fill(pid)
        press(page, "Submit finding")
        verdict = page.locator("#verdict")
        expect(verdict).to_contain_text(re.compile(r"earned by C2, C3,.* C11 \(linux\.proc\.Maps\)\."))
        if script:
            for one in ("b >> nth=0", "p.num", "a >> nth=0"):
                seen(verdict.locator(one))
        in_view(page, verdict.locator("p.num"), verdict.get_by_role("link", name="Next question: 2"))
        folded = verdict.get_by_text("What the 11 cited places show")
        expect(verdict.locator("li").first).to_be_hidden()
        folded.click()
        expect(verdict.locator("li")).to_have_count(11)
        if script:
            assert visitor.barriers() == []
        visitor.picture(f"verdict-many-{script}", full=False)
