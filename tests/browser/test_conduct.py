"""What is said of the work at a machine, in a real browser: on a telephone in Arabic, and on a wide screen."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import NARROW, WIDE, visit
from tests.machines_place import LAB, Machines, past_response, range_of
from tests.runwide import Founded
from training.accounts import service as accounts
from training.machines.models import Decision, Entry, Form, Remark
from training.operating.tour.server import Server
from training.settings import Settings
from training.store import Store

LINES = ("/mnt/kit/bin/ps > /mnt/evid/ps", "find / -name '*.key' > /root/found", "for x in a; do ls; done", "kill 312")


@pytest.fixture
def worked(founded: Founded, tmp_path: Path) -> Iterator[tuple[Server, str]]:
    """A server on which a trainee has worked at a machine, and the address of the page."""
    server = founded.server(tmp_path / "instance")
    settings = Settings.load({"ENGRAM_INSTANCE": str(server.instance)})
    store, now = Store(f"sqlite:///{server.instance / 'engram.db'}"), datetime.now(UTC)
    with store.reading() as session:
        person = accounts.by_login(session, "trainee")
    response = past_response(settings, store, person.id, person.home_id, tmp_path, now)
    here = range_of(settings, Machines(lambda: now))
    plan = here.snapshot(LAB, "a") / "plan.json"
    (here.record(response) / "plan.json").write_bytes(plan.read_bytes())
    with store.writing() as session:
        for number, line in enumerate(LINES * 30, 2):
            at = now + timedelta(seconds=number)
            made = {"line": line, "kind": "command", "at": at, "start": 0, "stop": 0, "exit": 0, "seconds": 0.1}
            session.add(Entry(response_id=response, number=number, sha256="0" * 64, request_key=f"{number:08}", **made))
        session.add(Remark(response_id=response, number=1, entry=2, text="See entry 999.", at=now))
        content = {"screen": "on", "people": "Mira Castellan"}
        session.add(Form(response_id=response, number=1, kind="scene", content=content, clock_offset=None, at=now))
        reason = {"choice": "cut", "reason": "It was being emptied.", "at": now}
        session.add(Decision(response_id=response, number=1, fork="link", **reason))
    store.close()
    server.start()
    yield server, f"/responses/{response}/conduct"
    server.kill()


def test_conduct_is_read_in_arabic_on_a_telephone_and_on_a_wide_screen(
    browser: Browser, worked: tuple[Server, str]
) -> None:
    server, address = worked
    for name, options in (
        ("ar", {"viewport": NARROW, "locale": "ar", "color_scheme": "dark"}),
        ("wide", {"viewport": WIDE, "java_script_enabled": True}),
    ):
        for visitor in visit(browser, server, **options):
            visitor.sign_in(server)
            visitor.go(address)
            page = visitor.page
            expect(page.locator("html")).to_have_attribute("dir", "rtl" if name == "ar" else "ltr")
            assert page.get_by_text("C-ORDER").count() > 1
            typed = page.locator("#conduct-time ~ ol bdi").first
            assert typed.evaluate("one => getComputedStyle(one).direction") == "ltr"
            assert visitor.overflow() == []
            assert visitor.barriers() == []
            visitor.picture(f"conduct-{name}")
            page.locator("a[rel=next]").click()
            expect(page.locator("a[rel=prev]")).to_be_visible()
            assert visitor.overflow() == []
