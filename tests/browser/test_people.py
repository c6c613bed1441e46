"""How an organisation comes to its people: an administrator, a host and a trainee, each with an own browser."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from playwright.sync_api import Browser, ViewportSize, expect

from tests.browser.conftest import NARROW, WIDE, Visitor, visit
from training.operating.tour.server import Server


@contextmanager
def person(browser: Browser, live: Server, size: ViewportSize) -> Iterator[Visitor]:
    yield from visit(browser, live, viewport=size)


def invited(by: Visitor) -> str:
    """The address of the invitation that a page shows this once, without the server's."""
    said = by.page.get_by_role("status").filter(has_text="The invitation is made")
    expect(said).to_be_visible()
    assert by.barriers() == []
    return "/invitation/" + said.inner_text().partition("/invitation/")[2].split()[0]


def accept(visitor: Visitor, link: str, name: str, login: str) -> None:
    """Make the account that a link offers, and enter with it."""
    password = secrets.token_urlsafe(12)
    visitor.go(link)
    visitor.page.locator("main [name=name]").fill(name)
    visitor.page.locator("main [name=login]").fill(login)
    visitor.page.locator("[type=password]").first.fill(password)
    visitor.page.locator("[type=password]").last.fill(password)
    visitor.page.get_by_role("button", name="Make account").click()
    if visitor.page.locator("[name=login]").count():
        visitor.page.locator("[name=login]").fill(login)
        visitor.page.locator("[name=password]").fill(password)
        visitor.page.locator("button.main").click()
    expect(visitor.page.get_by_role("navigation").first).to_contain_text("Labs")


def test_an_organisation_from_its_making_to_an_account_that_is_shut(browser: Browser, live: Server) -> None:
    tail = secrets.token_hex(4)
    with ExitStack() as stack:
        admin, host, trainee = (stack.enter_context(person(browser, live, size)) for size in (WIDE, WIDE, NARROW))
        admin.sign_in(live, "admin")
        admin.go("/organisations")
        admin.page.locator("main [name=name]").last.fill(f"Institute {tail}")
        admin.page.get_by_role("button", name="Make it, with an invitation for its host").click()
        accept(host, invited(admin), "Ines Host", f"ines-{tail}")

        host.go("/people")
        expect(host.page.get_by_role("heading", level=1)).to_contain_text(f"Institute {tail}")
        host.page.get_by_label("Role").select_option("trainee")
        host.page.get_by_role("button", name="Make an invitation").click()
        accept(trainee, invited(host), "Teo Trainee", f"teo-{tail}")
        trainee.go("/labs")
        assert trainee.overflow() == []

        host.go("/people")
        row = host.page.get_by_role("row").filter(has_text=f"teo-{tail}")
        row.get_by_role("button", name="Disable the account").click()
        expect(host.page.get_by_role("row").filter(has_text=f"teo-{tail}")).to_contain_text("Disabled")
        assert host.barriers() == []
        trainee.go("/labs")  # the sign-in ended with the account
        expect(trainee.page.get_by_role("heading", level=1)).to_have_text("Sign in")

        admin.go("/organisations")
        ours = admin.page.get_by_role("row").filter(has_text=f"Institute {tail}")
        expect(ours.get_by_role("cell").nth(1)).to_have_text("1")  # whose account is shut is not counted
        admin.page.goto(live.url + "/people")
        expect(admin.page.get_by_role("main")).not_to_contain_text(f"ines-{tail}")  # an administrator elsewhere
