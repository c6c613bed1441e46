"""A class comes in: a list with mistakes, a join code, slips. The host and the owner of a slip have no JavaScript."""
# ruff: noqa: RUF001

from datetime import UTC, datetime
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import NARROW, WIDE, Visitor, visit
from training.accounts import service as accounts
from training.hosting.service import people, sessions
from training.hosting.service.people import Place
from training.hosting.service.sessions import Wish
from training.operating.tour.server import Server
from training.store import Store

HEAD = "الاسم;الرقم;المقعد\r\nمحمد الأمين;00101;02\r\nفاطمة الزهراء;00102;03\r\n"
WRONG = f"{HEAD};00103;04\r\nيوسف العلوي;=1+1;05\r\n".encode("cp1256")
RIGHT = f"{HEAD}خديجة المنصوري;00103;04\r\nيوسف العلوي;00104;05\r\n".encode("cp1256")
CHOSEN = "three words of my own"


@pytest.fixture
def classroom(live: Server, newcomer: str) -> str:
    """The address of a planned session that begins today, with one trainee who has a password."""
    store, now = Store(f"sqlite:///{live.instance / 'engram.db'}"), datetime.now(UTC)
    with store.writing() as session:
        lead = accounts.actor_of(accounts.by_login(session, "instructor"))
        assert lead.home
        made = sessions.make(session, lead, lead.home, Wish("Friday group", now.date(), "UTC", days=2), now)
        people.add(session, lead, made, accounts.by_login(session, newcomer).id, Place(seat="01"), now)
        key: UUID = made.id
    store.close()
    return f"/sessions/{key}"


def send(host: Visitor, classroom: str, data: bytes) -> None:
    host.go(f"{classroom}/roster")
    host.page.locator("#roster").set_input_files({"name": "class.csv", "mimeType": "text/csv", "buffer": data})
    host.page.get_by_role("button", name="Show what the list would do").click()
    expect(host.page.locator("h1")).to_have_text("What the list would do")


def bring_in(host: Visitor, classroom: str) -> None:
    """Send a list with two bad rows, see which, correct them, apply; the same list again changes nothing."""
    page = host.page
    send(host, classroom, WRONG)
    refused = page.locator("section:has(#refused) tbody tr")
    expect(refused).to_have_count(2)
    expect(refused.nth(0).locator("td").first).to_have_text("4")
    expect(refused.nth(0)).to_contain_text("The row has no name")
    expect(refused.nth(1).locator("td").first).to_have_text("5")
    expect(refused.nth(1)).to_contain_text("starts like a formula")
    expect(page.locator("input[name=encoding]:checked")).to_have_value("cp1256")
    assert host.overflow() == []
    host.picture("roster-dry-run")
    send(host, classroom, RIGHT)
    expect(page.locator("#refused")).to_have_count(0)
    expect(page.locator("section:has(#added) tbody tr")).to_have_count(4)
    expect(page.locator("section:has(#added)")).to_contain_text("يوسف العلوي")
    page.get_by_role("button", name="Apply this").click()
    expect(page.locator("h1")).to_have_text("What the list did")
    send(host, classroom, RIGHT)
    expect(page.locator("main")).to_contain_text("The list changes nothing")
    expect(page.get_by_role("button", name="Apply this")).to_have_count(0)


def test_a_class_comes_in_by_a_list_a_code_and_slips(
    browser: Browser, live: Server, newcomer: str, classroom: str
) -> None:
    for host in visit(browser, live, viewport=WIDE, java_script_enabled=False):
        host.sign_in(live, "instructor")
        bring_in(host, classroom)
        host.go(f"{classroom}/roster")
        host.page.get_by_role("button", name="Make a code").click()
        code = host.page.locator("section:has(#code) p.big").inner_text()
        for trainee in visit(browser, live, viewport=NARROW):
            joins_by_code(trainee, live, newcomer, code, classroom)
        host.page.get_by_role("button", name="Close the code").click()
        expect(host.page.locator("section:has(#code)")).to_contain_text("There is none")
        host.page.get_by_role("button", name="Make slips for those who are ticked").click()
        slip = host.page.locator(".slip", has_text="محمد الأمين")
        expect(host.page.locator(".slip")).to_have_count(4)
        host.page.emulate_media(media="print")
        expect(host.page.get_by_role("status")).to_be_hidden()
        assert host.page.pdf(format="A4").startswith(b"%PDF")
        host.picture("roster-slips")
        printed = slip.locator(".slip-code").inner_text()
        for owner in visit(browser, live, viewport=NARROW, java_script_enabled=False):
            comes_by_slip(owner, code, printed, classroom)
        for again in visit(browser, live, viewport=NARROW):
            live.passwords["t00101"] = CHOSEN
            again.sign_in(live, "t00101")
            again.go(classroom)
            expect(again.page.locator("h1")).to_contain_text("Friday group")


def joins_by_code(trainee: Visitor, live: Server, login: str, code: str, classroom: str) -> None:
    page = trainee.page
    trainee.go("/join")
    page.locator("#code").fill(code.upper())
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("h1")).to_have_text("Friday group")
    assert trainee.overflow() == trainee.barriers() == []
    page.locator("section:has(#account)").get_by_role("link", name="Sign in").click()
    page.locator("[name=login]").fill(login)
    page.locator("[name=password]").fill(live.passwords[login])
    page.locator("button.main").click()
    page.get_by_role("button", name="Come in").click()
    page.wait_for_url(f"**{classroom}")
    assert trainee.overflow() == []


def comes_by_slip(owner: Visitor, closed: str, printed: str, classroom: str) -> None:
    page = owner.page
    owner.go("/join")
    page.locator("#code").fill(closed)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#code")).to_have_value(closed)  # it came back with what is wrong
    expect(page.locator("#code")).to_have_attribute("aria-invalid", "true")
    page.locator("#code").fill(printed)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("main")).to_contain_text("محمد الأمين")
    page.get_by_role("button", name="That is me: sign in").click()
    expect(page.locator("h1")).to_have_text("Choose a password")
    assert owner.overflow() == []
    owner.picture("roster-password")
    page.locator("#password").fill(CHOSEN)
    page.locator("#again_password").fill(CHOSEN)
    page.get_by_role("button", name="Keep this password").click()
    page.wait_for_url(f"**{classroom}")
    assert owner.overflow() == []
    owner.faults = [fault for fault in owner.faults if "404" not in fault]
