"""The editor in a browser: the preview follows, saves come by themselves, two authors meet, nothing typed is lost."""

import itertools
import uuid
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import NARROW, WIDE, Visitor, visit
from training.operating.tour.server import Server

NUMBERS = itertools.count(20)  # each course has one of its own

SLOW = """() => {
  const quick = window.fetch;
  window.sent = 0;
  window.fetch = async (address, more) => {
    if (address.includes("/autosave/")) {
      window.sent += 1;
      await new Promise((done) => setTimeout(done, 800));
    }
    return quick(address, more);
  };
}"""


@dataclass
class Course:
    """A course of this test alone, which nobody publishes."""

    name: str

    @property
    def home(self) -> str:
        return f"/authoring/course/{self.name}"

    @property
    def text(self) -> str:
        return f"{self.home}/files/01-first-module/index.md"


@pytest.fixture
def course(browser: Browser, live: Server) -> Course:
    made = Course(f"browser-{uuid.uuid4().hex[:10]}")
    for visitor in visit(browser, live, viewport=WIDE, java_script_enabled=False):
        visitor.sign_in(live, "instructor")
        visitor.go("/authoring")
        page = visitor.page
        page.locator("#c-title").fill("A course of a browser")
        page.locator("#c-name").fill(made.name)
        page.locator("#c-number").fill(str(next(NUMBERS)))
        page.get_by_role("button", name="Begin the course").click()
        expect(page.locator("h1")).to_have_text(made.name)
    return made


def opened(visitor: Visitor, live: Server, course: Course) -> Page:
    visitor.sign_in(live, "instructor")
    visitor.go(course.text)
    return visitor.page


def type_at_end(page: Page, words: str) -> None:
    page.locator("#src").press("Control+End")
    page.keyboard.insert_text(words)


def save(page: Page, said: str = "Saved at") -> None:
    page.locator("#src").press("Control+s")
    expect(page.locator("#state")).to_contain_text(said)


def test_the_preview_follows_and_saves_come_without_a_page(browser: Browser, live: Server, course: Course) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        page = opened(visitor, live, course)
        page.evaluate("window.stayed = true")
        type_at_end(page, "\nSome **new** words and a [bad link](../nowhere/).\n")
        expect(page.locator("#preview strong")).to_have_text("new")
        expect(page.locator("#state")).to_contain_text("Not saved yet")
        told = page.locator("#msgs li").filter(has_text="nowhere").locator("[data-line]")
        told.click()
        expect(page.locator("#src")).to_be_focused()
        assert "nowhere" in page.evaluate("src.value.slice(src.selectionStart, src.selectionEnd)")
        line = int(told.get_attribute("data-line") or 0)
        expect(page.locator(f"#no li:nth-child({line})")).to_have_class("bad")
        expect(page.locator(f"#no li:nth-child({line - 1})")).to_have_class("")
        save(page)
        type_at_end(page, "Typed on.\n")
        expect(page.locator("#state")).to_contain_text("Saved at")  # by itself, after a while
        assert page.evaluate("window.stayed") is True
        assert visitor.barriers() == []
        visitor.picture("authoring")
        page.reload()
        assert page.locator("#src").input_value().endswith("Typed on.\n")
        expect(page.locator("#kept")).to_be_hidden()


def test_buttons_insert_what_the_fold_explains(browser: Browser, live: Server, course: Course) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        page = opened(visitor, live, course)
        type_at_end(page, "\nword")
        page.locator("#src").press("Shift+Control+ArrowLeft")
        page.get_by_role("button", name="Bold", exact=True).click()
        assert page.locator("#src").input_value().endswith("\n**word**")
        bar = page.get_by_role("toolbar")
        bar.get_by_role("button").first.focus()
        page.keyboard.press("ArrowRight")
        expect(bar.get_by_role("button").nth(1)).to_be_focused()
        page.locator("#src").press("Control+End")
        page.get_by_role("button", name="Table", exact=True).click()
        expect(page.locator("#preview table")).to_have_count(1)
        save(page)


def test_two_authors_who_meet_on_a_line_see_both_texts(browser: Browser, live: Server, course: Course) -> None:
    for first in visit(browser, live, viewport=WIDE):
        for second in visit(browser, live, viewport=NARROW):
            mine, theirs = opened(first, live, course), opened(second, live, course)
            for page, words in ((theirs, "Their sentence.\n"), (mine, "My sentence.\n")):
                type_at_end(page, words)
            save(theirs)
            save(mine, "Somebody changed the same lines")
            mine.get_by_role("button", name="Save", exact=True).click()
            expect(mine.locator("h1")).to_have_text("Two authors changed the same lines")
            expect(mine.locator("ins")).to_contain_text("My sentence.")
            expect(mine.locator("del")).to_contain_text("Their sentence.")
            assert first.barriers() == []
            text = mine.locator("#src").input_value() + "Their sentence.\n"
            mine.locator("#src").fill(text)
            mine.get_by_role("button", name="Save my text as it stands now").click()
            expect(mine.locator("#state")).to_contain_text("Saved")
            assert mine.locator("#src").input_value() == text
            first.faults = [fault for fault in first.faults if "409" not in fault]


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_what_is_said_of_a_save_fits_a_telephone(browser: Browser, live: Server, course: Course, locale: str) -> None:
    for first in visit(browser, live, viewport=NARROW, locale=locale):
        for second in visit(browser, live, viewport=WIDE):
            mine, theirs = opened(first, live, course), opened(second, live, course)
            for page, words in ((theirs, "Their sentence.\n"), (mine, "My sentence.\n")):
                type_at_end(page, words)
            save(theirs)
            mine.locator("#src").press("Control+s")
            clash = mine.evaluate("states.content.querySelector('[data-state=clash]').textContent.trim()")
            expect(mine.locator("#state")).to_contain_text(clash)
            assert first.overflow() == []
            for words in mine.evaluate("[...states.content.children].map((one) => one.innerHTML)"):
                mine.evaluate("(words) => { state.innerHTML = words; }", words)
                assert first.overflow() == [], words
            first.faults = [fault for fault in first.faults if "409" not in fault]


def test_authors_who_do_not_meet_get_both_changes(browser: Browser, live: Server, course: Course) -> None:
    for first in visit(browser, live, viewport=WIDE):
        for second in visit(browser, live, viewport=WIDE):
            mine, theirs = opened(first, live, course), opened(second, live, course)
            theirs.locator("#src").press("Control+Home")
            theirs.keyboard.press("ArrowDown")
            theirs.keyboard.press("ArrowDown")
            theirs.keyboard.press("End")
            theirs.keyboard.insert_text(" # their remark")
            save(theirs)
            type_at_end(mine, "My sentence.\n")
            save(mine, "merged")
            assert "# their remark" in mine.locator("#src").input_value()
            type_at_end(mine, "Typed on.\n")
            save(mine)


def test_a_text_that_the_server_never_got_is_offered_again(browser: Browser, live: Server, course: Course) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        page = opened(visitor, live, course)
        page.on("dialog", lambda dialog: dialog.accept())
        page.context.set_offline(True)
        type_at_end(page, "Typed without a server.\n")
        page.locator("#src").press("Control+s")
        expect(page.locator("#state")).to_contain_text("the server does not answer")
        page.wait_for_timeout(700)
        page.context.set_offline(False)
        visitor.go(course.text)
        expect(page.locator("#kept")).to_be_visible()
        page.get_by_role("button", name="Put it into the form").click()
        assert page.locator("#src").input_value().endswith("Typed without a server.\n")
        save(page)
        visitor.faults = [fault for fault in visitor.faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def test_typing_and_saving_while_a_save_is_on_its_way_meets_nobody(
    browser: Browser, live: Server, course: Course
) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        page = opened(visitor, live, course)
        page.evaluate(SLOW)
        type_at_end(page, "First.\n")
        page.locator("#src").press("Control+s")
        type_at_end(page, "Second.\n")
        page.locator("#src").press("Control+s")
        page.locator("#src").press("Control+s")
        expect(page.locator("#state")).to_contain_text("Saved at")
        page.wait_for_timeout(2_500)
        assert page.evaluate("window.sent") == 2  # the second waited for the first, and the third was the same
        type_at_end(page, "Third.\n")
        page.locator("#src").press("Control+s")
        type_at_end(page, "Fourth.\n")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator("#state")).to_have_text("Saved")
        assert page.locator("#src").input_value().endswith("First.\nSecond.\nThird.\nFourth.\n")
        visitor.go(f"{course.home}/history/01-first-module/index.md")
        expect(page.get_by_text("Kept aside")).to_have_count(0)


def test_after_a_merged_save_no_text_is_said_to_be_unsaved(browser: Browser, live: Server, course: Course) -> None:
    for first in visit(browser, live, viewport=WIDE):
        for second in visit(browser, live, viewport=WIDE):
            mine, theirs = opened(first, live, course), opened(second, live, course)
            theirs.locator("#src").press("Control+Home")
            theirs.keyboard.press("ArrowDown")
            theirs.keyboard.press("ArrowDown")
            theirs.keyboard.press("End")
            theirs.keyboard.insert_text(" # their remark")
            save(theirs)
            type_at_end(mine, "My sentence.\n")
            mine.get_by_role("button", name="Save", exact=True).click()
            expect(mine.locator("#state")).to_contain_text("merged")
            expect(mine.locator("#kept")).to_be_hidden()
            assert "said=" not in mine.url
            assert mine.evaluate("localStorage.length") == 0


def test_keys_are_not_kept_in_the_browser(browser: Browser, live: Server, course: Course) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        visitor.sign_in(live, "instructor")
        visitor.go(f"{course.home}/files/keys.yaml")
        page = visitor.page
        type_at_end(page, "# a remark\n")
        page.wait_for_timeout(700)
        assert page.evaluate("Object.keys(localStorage).length") == 0
        save(page)
