"""Learning by doing, in a browser: a question, a plugin, its card, a check of it, and the model beside the own path."""

import re

import pytest
from playwright.sync_api import Browser, Locator, ViewportSize, expect

from tests.browser.conftest import NARROW, WIDE, Visitor, visit
from tests.browser.test_path import begin, put
from training.operating.tour.server import Server


def answering(visitor: Visitor, question: str) -> Locator:
    """The plugins that answer a question, in the chooser."""
    visitor.page.locator("#chooser details", has_text=question).first.locator("summary").click()
    group = visitor.page.get_by_role("group", name=question)
    expect(group).to_be_visible()
    return group


@pytest.mark.parametrize("size", [pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow")])
def test_from_a_question_to_a_result_and_what_checks_it(
    browser: Browser, live: Server, newcomer: str, size: ViewportSize
) -> None:
    for visitor in visit(browser, live, viewport=size):
        page = visitor.page
        visitor.sign_in(live, newcomer)
        begin(visitor)
        expect(page.locator("#shown")).to_contain_text("No run yet")
        page.get_by_role("button", name="Choose by question").click()
        group = answering(visitor, "Is a process hidden?")
        assert visitor.barriers() == []
        visitor.picture(f"chooser-{size['width']}", full=False)
        group.get_by_role("radio", name=re.compile("linux.psscan")).check()
        page.get_by_role("button", name="Put in the command line").click()
        line = page.get_by_label("Command line")
        expect(line).to_have_value("linux.psscan")
        card = page.locator("#card")
        expect(card).to_contain_text("linux.psscan")
        shows = card.get_by_text("It shows", exact=True)
        if size is NARROW:
            expect(shows).to_be_hidden()
            card.locator("summary").click()
        expect(shows).to_be_visible()
        assert visitor.barriers() == []
        assert visitor.overflow() == []
        visitor.picture(f"card-{size['width']}", full=False)
        card.get_by_role("button", name="linux.pidhashtable").click()
        expect(page.locator("#tabs .on")).to_contain_text("pidhashtable")
        put(visitor, "linux.boottime")
        expect(line).to_have_value("")
        expect(card).to_be_empty()
        learn = page.locator("#shown .learn")
        if size is NARROW:
            learn.locator("summary").click()
        expect(learn).to_contain_text("What defeats it")
        check = learn.locator("button[name=begin]").first
        name = check.inner_text().partition(".")[2]
        check.click()
        expect(page.locator("#tabs .on")).to_contain_text(name[:20])
        assert visitor.barriers() == []
        assert visitor.overflow() == []
        visitor.picture(f"learn-{size['width']}")


def test_the_chooser_in_arabic_without_a_script_on_a_telephone(browser: Browser, live: Server, newcomer: str) -> None:
    for visitor in visit(browser, live, viewport=NARROW, java_script_enabled=False, locale="ar"):
        visitor.sign_in(live, newcomer)
        visitor.go("/labs/finance-workstation")
        visitor.page.get_by_role("main").locator(".btn.main").first.click()
        visitor.page.locator("#choose").click()
        group = answering(visitor, "ما العمليات التي كانت تعمل؟")
        assert visitor.page.locator("html").get_attribute("dir") == "rtl"
        assert visitor.overflow() == []
        visitor.picture("chooser-ar")
        group.get_by_role("radio", name=re.compile("linux.pstree")).check()
        visitor.page.locator("#chooser button[name=fill]").click()
        expect(visitor.page.locator("#cmd")).to_have_value("linux.pstree")
        expect(visitor.page.locator("#card h3")).to_have_text("linux.pstree")
        assert visitor.overflow() == []
        visitor.picture("card-ar")


def test_the_model_beside_the_own_path_one_under_another_on_a_telephone(
    browser: Browser, live: Server, newcomer: str
) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        visitor.sign_in(live, newcomer)
        begin(visitor)
        put(visitor, "linux.boottime")
        visitor.page.locator("#ans").fill("145")
        visitor.page.get_by_role("button", name="Submit finding").click()
        visitor.page.get_by_role("button", name="Submit without proof").click()
        expect(visitor.page.locator("#verdict")).to_be_visible()
        visitor.page.get_by_text("End the attempt").click()
        visitor.page.get_by_role("button", name="Close the attempt").click()
        visitor.page.get_by_role("link", name="Walk-through").click()
        model, own = visitor.page.locator("[aria-labelledby=h-model]"), visitor.page.locator("[aria-labelledby=h-path]")
        expect(own).to_contain_text("linux.boottime")
        left, right = model.bounding_box(), own.bounding_box()
        assert left
        assert right
        assert left["x"] + left["width"] <= right["x"]
        assert visitor.barriers() == []
        visitor.picture("walkthrough")
        visitor.page.set_viewport_size({"width": NARROW["width"], "height": NARROW["height"]})
        left, right = model.bounding_box(), own.bounding_box()
        assert left
        assert right
        assert left["y"] + left["height"] <= right["y"]
        assert visitor.overflow() == []
        visitor.picture("walkthrough-narrow")
        visitor.page.get_by_role("link", name="Next question").click()
        expect(visitor.page.locator("#question")).to_contain_text("2.")
        visitor.page.get_by_role("link", name="Replay of this attempt").click()
        expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("Replay")
        visitor.faults = [fault for fault in visitor.faults if "422" not in fault]  # nothing was cited at first
