"""Live work in a real browser at a real machine: from the door to an own exhibit and its first graded finding."""

import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import NARROW, WIDE, Visitor, visit
from tests.machines_place import first_response
from tests.runwide import Founded
from training.errors import DomainError
from training.machines.guest.rooms import room
from training.operating.tour.server import Server

pytestmark = [pytest.mark.machine, pytest.mark.long]

SLOW = 120_000
"""Milliseconds that something may take at an emulated machine on a busy computer."""
KEYS = 420_000
"""The same until the keys of an own image have been worked out."""


@pytest.fixture
def ranged(founded: Founded, shared: Path, tmp_path: Path) -> Iterator[Server]:
    """A server with a saved state of the first live lab; its machines end with the test."""
    server = founded.server(tmp_path / "instance")
    shutil.copytree(first_response(shared), server.instance / "snapshots", copy_function=shutil.copyfile)
    server.start()
    yield server
    server.kill()
    for guest in room(server.instance / "machines"):
        with suppress(DomainError):
            guest.stop()


def arrive(visitor: Visitor, server: Server) -> Page:
    """Sign in, begin, read the authority and confirm it."""
    page = visitor.page
    visitor.sign_in(server)
    visitor.go("/labs/first-response")
    page.locator("form[action$='/live'] button").first.click()
    expect(page.get_by_role("heading", name="Authority")).to_have_count(0)
    expect(page.get_by_text("consented in writing").first).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="I have read it; go to the machine").click()
    expect(page.get_by_label("Line for the console")).to_be_visible()
    return page


def line(page: Page, text: str, number: int, *, script: bool = True) -> str:
    """Type a line and wait for its end; its output."""
    page.get_by_label("Line for the console").fill(text)
    page.get_by_label("Line for the console").press("Enter")
    entry = page.locator(f"#e{number}:not(.runs)")
    for _ in range(240):
        if script or entry.count():
            break
        page.wait_for_timeout(500)
        page.get_by_role("link", name="Look again").click()
    expect(entry).to_be_attached(timeout=SLOW)
    return "\n".join(entry.locator(".printed").all_inner_texts())


def test_from_the_door_to_an_own_exhibit_and_its_first_graded_finding(browser: Browser, ranged: Server) -> None:
    for visitor in visit(browser, ranged, viewport=WIDE):
        page = arrive(visitor, ranged)
        assert "Linux" in line(page, "uname -a", 1)
        assert visitor.barriers() == []
        visitor.picture("live-machine", full=False)

        ranged.kill()  # the machine goes on
        page.get_by_label("Line for the console").fill("echo after")
        page.get_by_label("Line for the console").press("Enter")
        expect(page.locator("#cut")).to_be_visible()
        expect(page.get_by_label("Line for the console")).to_have_value("echo after")
        ranged.start()
        page.get_by_label("Line for the console").press("Enter")
        expect(page.locator("#e2:not(.runs) .printed")).to_have_text("after", timeout=SLOW)
        expect(page.locator("#cut")).to_be_hidden()
        page.reload()
        expect(page.locator("#e1")).to_contain_text("uname -a")
        page.get_by_label("Line for the console").press("ArrowUp")
        expect(page.get_by_label("Line for the console")).to_have_value("echo after")
        page.get_by_label("Line for the console").press("ArrowUp")
        expect(page.get_by_label("Line for the console")).to_have_value("uname -a")

        page.get_by_role("button", name=re.compile("Plug KIT-")).click()
        page.get_by_role("button", name=re.compile("Plug EV-")).last.click()  # the first one fails on purpose
        expect(page.get_by_text("in the machine since")).to_have_count(2, timeout=SLOW)
        mounted = " ".join(f"until mount /mnt/{one}; do sleep 1; done;" for one in ("kit", "evid"))  # once it is found
        assert "acquire" in line(page, f"{mounted} ls /mnt/kit/bin", 3)
        page.get_by_label("Line for the console").fill("/mnt/kit/bin/acquire /mnt/evid/memory.lime")
        page.get_by_label("Line for the console").press("Enter")
        expect(page.locator("#e4")).to_contain_text("16 of 127 MiB", timeout=SLOW)
        ranged.kill()  # while the image is being written
        ranged.start()
        page.reload()
        expect(page.locator("#taken")).to_contain_text("/mnt/evid/memory.lime", timeout=SLOW)
        digest = str(page.locator("#taken bdi").filter(has_text=re.compile("^[0-9a-f]{64}$")).first.inner_text())
        line(page, "sync; umount /mnt/evid /mnt/kit", 5)
        page.get_by_role("button", name=re.compile("Take EV-")).click()
        page.get_by_role("button", name=re.compile("Take KIT-")).click()
        page.get_by_role("button", name="Read the medium and compare").click()
        expect(page.locator("#taken")).to_contain_text("equal", timeout=SLOW)

        page.locator("#fork-link summary").click()
        page.get_by_label("It is left as it is, and watched").check()
        page.locator("#reason-link").fill("Cutting it may set off what clears the archive; watched, it tells more.")
        page.locator("#fork-link").get_by_role("button", name="Put the decision down").click()
        page.get_by_label("Note of the hand-over").fill("One image, taken from inside to EV.")
        page.get_by_role("button", name="Hand over").click()
        expect(page.get_by_role("heading", name="Workbench")).to_be_attached(timeout=SLOW)
        graded(visitor, digest)
        page.wait_for_timeout(1_000)
        page.goto("about:blank")
        # A browser writes down every request that a killed server did not answer, and every one that was refused.
        assert [one for one in visitor.faults if not one.startswith("Failed to load resource")] == []
        visitor.faults.clear()


def graded(visitor: Visitor, digest: str) -> None:
    """Submit the digest of the own image with the line of the record that shows it, once its keys are worked out."""
    page = visitor.page
    page.goto(f"{page.url.partition('?')[0]}?question=q7&run=record")
    expect(page.locator("#ans")).to_be_visible()
    handed = "Consent to the examination, Note of the call, Record of your console, Your forms and decisions"
    expect(page.get_by_text("Also handed over:")).to_have_text(f"Also handed over: {handed}")
    page.locator("#ans").fill(digest)
    page.locator("#shown tr").filter(has_text=digest).locator("button").first.click()
    expect(page.locator("#answer input[name=cited]")).to_be_checked()
    for _ in range(KEYS // 5_000):
        page.get_by_role("button", name="Submit finding").click()
        expect(page.locator("#answer [aria-busy]")).to_have_count(0, timeout=SLOW)  # or the answer before is read
        expect(page.locator("#verdict, #read").first).to_be_visible()
        if page.locator("#verdict").count():
            break
        expect(page.locator("#read")).to_contain_text("No try was spent")
        page.wait_for_timeout(5_000)
    expect(page.locator("#verdict")).to_contain_text(re.compile("Right and proven|Partly right"))
    expect(page.locator("#own")).not_to_contain_text("Keys of your image")  # nor a count that stands still
    visitor.picture("live-verdict", full=False)


def test_the_console_without_a_script_by_keyboard_alone_on_a_telephone(browser: Browser, ranged: Server) -> None:
    for visitor in visit(browser, ranged, viewport=NARROW, java_script_enabled=False):
        page = arrive(visitor, ranged)
        assert visitor.overflow() == []
        assert "root" in line(page, "id", 1, script=False)
        page.get_by_label("What you noticed").fill("the shell is root's")
        page.get_by_label("What you noticed").press("Enter")
        expect(page.get_by_label("Line for the console")).to_be_visible()
        page.get_by_role("link", name="Record").first.click()
        expect(page.get_by_text("the shell is root's")).to_be_visible()
        assert visitor.overflow() == []
