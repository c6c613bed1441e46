"""Pages that everybody meets first: weight, print, forced colours, 200 % zoom; search by telephone without a button."""

from playwright.sync_api import Browser, Page

from tests.browser.conftest import NARROW, WIDE, Visitor, visit
from training.operating.tour.server import Server

PAGES = ("/", "/labs", "/courses", "/nothing/of/the/kind")
HALF = {"width": WIDE["width"] // 2, "height": WIDE["height"] // 2}
"""What is left of a wide screen at 200 %."""
FIRST_VIEW = 100 * 1024
BYTES = """() => ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
  .reduce((sum, one) => sum + one.decodedBodySize, 0)"""


def opened(visitor: Visitor, path: str) -> int:
    """Open a page; the bytes of it and of all that it brings along, from wherever they came."""
    visitor.go(path)
    visitor.faults = [one for one in visitor.faults if "404" not in one]
    return int(visitor.page.evaluate(BYTES))


def shown(page: Page, selector: str) -> int:
    """How many of these stand in the page as it looks now."""
    return int(page.locator(selector).evaluate_all("all => all.filter(one => one.checkVisibility()).length"))


def test_first_pages_are_light_and_hold_in_every_look(browser: Browser, live: Server, newcomer: str) -> None:
    for visitor in visit(browser, live, viewport=HALF, forced_colors="active"):
        assert 40_000 < opened(visitor, "/sign-in") <= FIRST_VIEW
        assert visitor.barriers() == visitor.overflow() == []
        visitor.sign_in(live, newcomer)
        for path in PAGES:
            assert opened(visitor, path) <= FIRST_VIEW, path
            assert visitor.overflow() == []
            assert shown(visitor.page, ".btn.main") == 1, path
            visitor.page.emulate_media(media="print")
            assert shown(visitor.page, ".mast, .foot, .crumbs, .btn") == 0, path
            assert shown(visitor.page, "h1") == 1, path
            visitor.page.emulate_media(media="screen")


def test_a_telephone_searches_by_the_key_of_its_keyboard(browser: Browser, live: Server, newcomer: str) -> None:
    for visitor in visit(browser, live, viewport=NARROW, java_script_enabled=False, color_scheme="dark"):
        visitor.sign_in(live, newcomer)
        assert visitor.overflow() == []
        assert not visitor.page.locator(".mast .find .btn").is_visible()
        visitor.page.locator("#find").fill("custody")
        visitor.page.locator("#find").press("Enter")
        assert "/search?q=custody" in visitor.page.url
        visitor.page.locator(".mast .menu > summary").click()
        assert visitor.page.get_by_role("button", name="Sign out").is_visible()
