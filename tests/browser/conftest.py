"""A real browser against a real server. Without Chromium the tests fail, and say so."""

import os
import secrets
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from training.accounts import service as accounts
from training.accounts.actor import Role
from training.operating.tour.server import Server
from training.store import Store

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""Those of Chromium that are looked for; the first is the same without the frame of a window, in half the time."""
CHROMIUM = next(filter(None, map(shutil.which, PROGRAMS)), None)
PICTURES = Path(__file__).parent / "screenshots"
WIDE: ViewportSize = {"width": 1366, "height": 768}
NARROW: ViewportSize = {"width": 390, "height": 844}
ZOOMED: ViewportSize = {"width": 683, "height": 384}
"""The wide screen at 200 %."""
PATIENCE = 30_000  # milliseconds
QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test in this folder, and end all of them with the reason where there is no browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.enable_socket)
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason="Chromium not found: apt-get install chromium"))


@pytest.fixture(autouse=True, scope="session")
def _patient() -> None:
    """What is waited for has half a minute: a browser, a server and its runs share the processors with other tests."""
    expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": CHROMIUM, "args": [*QUIET, *root]}


class Visitor:
    """A page that remembers what went wrong in it and how many bytes it took."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(3 * PATIENCE)
        self.base = base
        self.faults: list[str] = []
        self.page.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def go(self, path: str) -> None:
        """Open an address of the server."""
        self.page.goto(self.base + path)

    def sign_in(self, live: Server, login: str = "trainee") -> None:
        """Through the door, as everybody, in any language."""
        self.go("/sign-in")
        self.page.locator("[name=login]").fill(login)
        self.page.locator("[name=password]").fill(live.passwords[login])
        self.page.locator("button.main").click()

    def barriers(self, *, contrast: bool = True) -> list[str]:
        """What axe finds on the page as it stands. Contrasts take it most of its time."""
        options = {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": contrast}}}
        return [
            f"{self.page.url}: {one['id']} ({one['impact']}): {node['target']} {node['failureSummary']}"
            for one in Axe().run(self.page, options=options).response["violations"]
            for node in one["nodes"][:3]
        ]

    def overflow(self) -> list[str]:
        """By how much the page scrolls sideways, where it does."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return [f"{self.page.url} is {wide} pixels too wide"] if wide > 0 else []

    def picture(self, name: str, *, full: bool = True) -> None:
        """Keep a screenshot for somebody to look at, where PICTURES is set: painting a page takes time."""
        if os.environ.get("PICTURES"):
            PICTURES.mkdir(exist_ok=True)
            self.page.screenshot(path=PICTURES / f"{name}.jpg", type="jpeg", quality=70, full_page=full)


def visit(browser: Browser, live: Server, **options: Any) -> Iterator[Visitor]:
    """A visitor with a context of its own; any console error fails the test."""
    context = browser.new_context(base_url=live.url, **options)
    visitor = Visitor(context, live.url)
    yield visitor
    context.close()
    assert visitor.faults == []


@pytest.fixture
def visitor(browser: Browser, live: Server) -> Iterator[Visitor]:
    """With a telephone, where there is least room: the sweep through all pages is made with wide screens as well."""
    yield from visit(browser, live, viewport=NARROW)


@pytest.fixture
def newcomer(live: Server) -> str:
    """The login of a trainee whom no other test knows; the password is with the server's others."""
    login, password = f"t{uuid.uuid4().hex[:10]}", secrets.token_urlsafe(16)
    sealed = accounts.seal(password, login)
    store = Store(f"sqlite:///{live.instance / 'engram.db'}")
    with store.writing() as session:
        home = accounts.by_login(session, "trainee").home_id
        name, now = f"Trainee {login}", datetime.now(UTC)
        accounts.make_person(session, login=login, name=name, sealed=sealed, home=home, role=Role.TRAINEE, now=now)
    store.close()
    live.passwords[login] = password
    return login
