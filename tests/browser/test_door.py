"""A save that comes after the sign-in has ended, in a browser without scripts: through the door, and sent again."""

import secrets
import uuid
from datetime import UTC, datetime

from playwright.sync_api import Browser, expect

from tests.browser.conftest import NARROW, visit
from training.accounts import service as accounts
from training.operating.tour.server import Server
from training.store import Store


def end_sign_ins(live: Server, login: str) -> None:
    store = Store(f"sqlite:///{live.instance / 'engram.db'}")
    with store.writing() as session:
        who = accounts.by_login(session, login).id
        assert accounts.end_all(session, who, actor=None, now=datetime.now(UTC)) > 0
    store.close()


def test_a_save_after_the_sign_in_has_ended_becomes_a_revision(browser: Browser, live: Server) -> None:
    name, words = f"door-{uuid.uuid4().hex[:10]}", f'<b>"Ended"</b> & {secrets.token_hex(8)}'
    for visitor in visit(browser, live, viewport=NARROW, java_script_enabled=False):
        page = visitor.page
        visitor.sign_in(live, "instructor")
        visitor.go("/authoring")
        page.locator("#c-title").fill("A course of a door")
        page.locator("#c-name").fill(name)
        page.locator("#c-number").fill("98")
        page.get_by_role("button", name="Begin the course").click()
        address = f"/authoring/course/{name}/files/01-first-module/index.md"
        visitor.go(address)
        text = page.locator("#src").input_value() + f"\n\n{words}\n"
        page.locator("#src").fill(text)
        end_sign_ins(live, "instructor")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("What you typed is kept in this page.")
        assert visitor.overflow() == []
        visitor.picture("door-ended")
        page.locator("[name=login]").fill("instructor")
        page.locator("[name=password]").fill(live.passwords["instructor"])
        page.locator("button.main").click()
        expect(page.locator("h1")).to_have_text("What you typed before the sign-in ended")
        assert words in page.locator("textarea[name=text]").input_value()
        assert visitor.overflow() == []
        visitor.picture("door-kept")
        page.get_by_role("button", name="Send it again").click()
        expect(page.locator("#src")).to_have_value(text)
        visitor.go(address)
        assert page.locator("#src").input_value() == text
        visitor.go(f"{address.replace('/files/', '/history/')}")
        visitor.faults = [fault for fault in visitor.faults if "401" not in fault]
