"""A report in Arabic on a telephone: a figure, the court view, and the drill from question to list, by keyboard."""

from playwright.sync_api import Browser, expect

from tests.browser.conftest import NARROW, WIDE, Visitor, visit
from tests.browser.test_path import begin, put
from training.operating.tour.server import Server


def work(visitor: Visitor) -> str:
    """A run of processes, a finding without a proof; the address of the report."""
    begin(visitor)
    page = visitor.page
    put(visitor, "linux.pslist")
    page.goto(page.url.split("?")[0] + "?question=q5")
    page.locator("#finding [name=value]").first.fill("an odd line")
    page.get_by_role("button", name="Submit finding").click()
    page.get_by_role("button", name="Submit without proof").click()
    expect(page.locator("#score")).to_be_attached()
    visitor.faults.clear()  # without a proof it is asked about first, which the browser notes
    return page.url.split("?")[0].split("#")[0] + "/report"


def sound(visitor: Visitor, name: str) -> None:
    """Nothing is too wide, nothing shuts people out; a picture of it is kept."""
    assert visitor.overflow() == []
    assert visitor.barriers() == []
    visitor.picture(name)


def test_a_report_is_questioned_in_arabic_by_keyboard(browser: Browser, live: Server, newcomer: str) -> None:
    for visitor in visit(browser, live, viewport=WIDE):
        visitor.sign_in(live, newcomer)
        report = work(visitor)
    for visitor in visit(browser, live, viewport=NARROW, locale="ar", color_scheme="dark", java_script_enabled=True):
        visitor.sign_in(live, newcomer)
        page = visitor.page
        page.goto(f"{report}/figures")
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        page.locator("#g-tree [name=kept]").check()
        page.locator("#g-tree textarea").fill("الشجرة كما رآها المصدر.")
        page.locator("#g-tree button").click()
        sound(visitor, "report-figures-ar")
        page.goto(f"{report}/figures/tree")
        assert page.locator("svg.v").evaluate("one => getComputedStyle(one).direction") == "ltr"
        expect(page.locator(".figtbl")).to_be_attached()
        sound(visitor, "report-figure-ar")
        page.goto(f"{report}/drill")
        page.locator("#text").focus()
        page.keyboard.type("نعم، لا يوجد صف.")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#points")).to_be_visible()
        assert page.locator("#points li").count() >= 6
        sound(visitor, "report-drill-ar")
        page.goto(f"{report}/court?claim=5")
        sound(visitor, "report-court-ar")
        page.goto(f"{report}/preview")
        assert page.locator("#G1 a").count() == 1
        sound(visitor, "report-preview-ar")
    for visitor in visit(browser, live, viewport=WIDE, locale="en"):
        visitor.sign_in(live, newcomer)
        for name, address in (
            ("figures", "figures"),
            ("figure", "figures/tree"),
            ("drill", "drill"),
            ("court", "court"),
        ):
            visitor.page.goto(f"{report}/{address}")
            sound(visitor, f"report-{name}-en")
