"""Pages around grading, accessible and within the screen where that is hardest: narrow, dark, from right to left."""

import html
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import NARROW, WIDE, Visitor, visit
from tests.browser.test_path import begin, find
from tests.browser.test_workbench import here
from training.operating.tour.server import Server

FIXED = ("/assignments", "/assignments/new", "/results", "/marking", "/marking/regrade", "/marking/rounds",
         "/marking/appeals", "/marking/statistics", "/marking/signs", "/marking/import",
         "/labs/finance-workstation/keys")  # fmt: skip
FOUND = re.compile(r'href="(/(?:results|marking/(?:regrade|statistics|signs|findings|appeals))/[0-9a-f-]{36}[^"#]*)"')
"""Pages that the fixed ones lead to, with the ids of what they are about."""
KINDS = {"/results/*", "/results/*/replay", "/marking/regrade/*/*", "/marking/statistics/*/*", "/marking/signs/*/*",
         "/marking/findings/*", "/marking/appeals/*"}  # fmt: skip
LOOK: dict[str, Any] = {"viewport": NARROW, "locale": "ar", "color_scheme": "dark"}
"""The hardest look of them: the one for which a page is easily made wrong."""


@pytest.fixture
def appealed(browser: Browser, live: Server, newcomer: str) -> str:
    """A trainee who has submitted a finding and complains about its verdict: the address of the attempt."""
    address = ""
    for visitor in visit(browser, live, viewport=WIDE, java_script_enabled=False):
        visitor.sign_in(live, newcomer)
        begin(visitor)
        visitor.page.locator("#ans").fill(find(visitor))
        visitor.page.get_by_role("button", name="Submit finding").click()
        expect(visitor.page.locator("#finding")).to_contain_text("Partly right")
        address = here(visitor)
        visitor.go(f"{address}/appeals")
        visitor.page.locator("[name=finding]").select_option(index=1)
        visitor.page.locator("[name=kind][value=complaint]").check()
        visitor.page.locator("[name=text]").fill("The second source is another structure.")
        visitor.page.locator("form:has([name=text]) button.main").first.click()
        expect(visitor.page.locator("#mine")).to_be_attached()
    return address


def look(visitor: Visitor, path: str, name: str) -> str:
    """Open a page, see that everybody can use it and that nothing sticks out, keep a picture; its HTML."""
    visitor.go(path)
    assert visitor.page.url.removeprefix(visitor.base) == path
    assert visitor.barriers() == []
    assert visitor.overflow() == []
    visitor.picture(name)
    return visitor.page.content()


def test_pages_around_grading(browser: Browser, live: Server, newcomer: str, appealed: str) -> None:
    for visitor in visit(browser, live, **LOOK):
        visitor.sign_in(live, newcomer)
        for page in ("replay", "appeals", "signs", "materials/flows"):
            look(visitor, f"{appealed}/{page}", f"attempt-{page.replace('/', '-')}-arabic")
    for visitor in visit(browser, live, **LOOK):
        visitor.sign_in(live, "instructor")
        waiting, seen = list(FIXED), set[str]()
        while waiting:
            path = waiting.pop(0)
            kind = re.sub(r"[0-9a-f-]{36}", "*", path).partition("?")[0]
            if kind in seen:
                continue
            seen.add(kind)
            page = look(visitor, path, f"{kind.strip('/').replace('/', '-').replace('*', 'one')}-arabic")
            waiting += map(html.unescape, FOUND.findall(page))
        assert seen >= KINDS
