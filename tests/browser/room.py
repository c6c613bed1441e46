"""A whole session in real browsers: who is in the room, what they press, and a server that can be killed under them."""

import os
import re
import secrets
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, FilePayload, Locator

from tests.browser.conftest import WIDE, Visitor, visit
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.accounts.models import Membership
from training.hosting.board.service import messages
from training.hosting.models import TeachingSession
from training.hosting.service import people, sessions, slots
from training.hosting.service.people import Place
from training.hosting.service.sessions import Wish
from training.hosting.service.slots import Slot
from training.operating.tour.path import LAB
from training.operating.tour.server import Server
from training.store import Store

SURNAMES = ("Adeyemi", "Bakari", "Cissé", "Diallo", "Eriksen", "Farouk", "Guerra", "Haddad", "Ibarra", "Jansen")
GIVEN = ("Amina", "Tomás", "Lena")
POLL = 60_000
"""Milliseconds: two polls, and room for a slow machine."""
CUT = ("ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "ERR_SOCKET_NOT_CONNECTED", "ERR_FAILED", "ERR_INTERNET_DISCONNECTED")
"""What a browser says of a server that was killed, or of a network that was cut."""


def register(people: int, *logins: str) -> bytes:
    """A list as a host's spreadsheet saves it: so many people by number, and those who have an account by its name."""
    rows = ["Number;Name;Sign-in name;Seat"]
    names = [f"{one} {two}" for one in GIVEN for two in SURNAMES][: people - len(logins)]
    rows += [f"{700 + at};{name};;{at:02}" for at, name in enumerate(names, 1)]
    rows += [f";First trainee;{login};{len(names) + at:02}" for at, login in enumerate(logins, 1)]
    return "\r\n".join(rows).encode("cp1252")


def zone_at(hour: int) -> str:
    """A time zone in which it is this hour of the day just now, so that a test can run at any time of the day."""
    now = datetime.now(UTC)
    return next(one for one in sessions.zones() if now.astimezone(ZoneInfo(one)).hour == hour)


def account(server: Server, login: str, *roles: Role) -> None:
    """Somebody of the academy who holds these roles; the password is with the server's others."""
    password = secrets.token_urlsafe(16)
    sealed = accounts.seal(password, login)
    with unit(server) as session:
        home, now = accounts.by_login(session, "trainee").home_id, datetime.now(UTC)
        name = f"{login.title()} of the academy"
        made = accounts.make_person(session, login=login, name=name, sealed=sealed, home=home, role=roles[0], now=now)
        made.memberships += [Membership(organisation_id=home, role=one.value) for one in roles[1:]]
    server.passwords[login] = password


@contextmanager
def unit(server: Server) -> Iterator[Any]:
    """A unit of work on the database of a server, whether it runs or not."""
    store = Store(f"sqlite:///{server.instance / 'engram.db'}")
    try:
        with store.writing() as session:
            yield session
    finally:
        store.close()


def open_session(server: Server) -> UUID:
    """A session of the instructor and the trainee that began five minutes ago and works on one lab; its id."""
    now = datetime.now(UTC)
    start = now - timedelta(minutes=5)
    with unit(server) as session:
        lead = accounts.actor_of(accounts.by_login(session, "instructor"))
        assert lead.home
        made = sessions.make(session, lead, lead.home, Wish("Friday group", start.date(), "UTC", days=2), now)
        at = start.time().replace(second=0, microsecond=0)
        slots.add(session, lead, made, Slot(1, at, 90, "P", "Finance workstation", (f"lab/{LAB}",)), now)
        people.add(session, lead, made, accounts.by_login(session, "trainee").id, Place(seat="01"), now)
        sessions.open_up(session, lead, made, now)
    return UUID(str(made.id))


def say(server: Server, session_id: UUID, text: str) -> None:
    """The instructor says something to all."""
    with unit(server) as session:
        lead = accounts.actor_of(accounts.by_login(session, "instructor"))
        teaching = session.get_one(TeachingSession, session_id)
        messages.say(session, lead, teaching, text, secrets.token_hex(8), datetime.now(UTC))


@dataclass
class Count:
    """What somebody did to get something done: pages that came, buttons and links pressed, fields filled in."""

    pages: int = 0
    presses: int = 0
    fields: int = 0


@dataclass
class Person:
    """Somebody at a browser of their own who goes by what the pages say."""

    visitor: Visitor
    count: Count = field(default_factory=Count)

    def __post_init__(self) -> None:
        self.visitor.page.on("load", lambda _: setattr(self.count, "pages", self.count.pages + 1))

    @property
    def main(self) -> Locator:
        """What the page is about, without mast and foot."""
        return self.visitor.page.get_by_role("main")

    @property
    def address(self) -> str:
        """Where the person is, on the server."""
        return self.visitor.page.url.removeprefix(self.visitor.base)

    def _field(self, words: str) -> Locator:
        return self.main.get_by_label(re.compile(rf"^\s*{re.escape(words)}")).first

    def follow(self, words: str, *, within: Locator | None = None, exact: bool = False) -> None:
        """Follow the link that says so, and wait for the page that comes."""
        self._go((within or self.main).get_by_role("link", name=words, exact=exact).first)

    def unfold(self) -> None:
        """Open what is folded on the page."""
        self.main.evaluate("(main) => main.querySelectorAll('details').forEach((one) => { one.open = true; })")

    def press(self, words: str, *, within: Locator | None = None, exact: bool = False) -> None:
        """Press the button that says so, and wait for the page that comes."""
        self._go((within or self.main).get_by_role("button", name=words, exact=exact).first)

    def _go(self, there: Locator) -> None:
        self.count.presses += 1
        self.visitor.page.wait_for_load_state()  # else the page that is still coming would be taken for the next
        with self.visitor.page.expect_event("load"):
            there.click()

    def fill(self, words: str, text: str) -> None:
        """Type into the field that is called so."""
        self.count.fields += 1
        self._field(words).fill(text)

    def send(self, words: str, name: str, content: bytes) -> None:
        """Choose a file for the field that is called so."""
        self.count.fields += 1
        file = FilePayload(name=name, mimeType="text/csv", buffer=content)
        self._field(words).set_input_files(file)

    def tick(self, words: str) -> None:
        """Tick the box, or take the choice, that says so."""
        self.count.presses += 1
        self._field(words).check()

    def choose(self, words: str, *labels: str) -> None:
        """Choose from the list that is called so."""
        self.count.fields += 1
        self._field(words).select_option(label=list(labels))


class Room:
    """A server and the people at it, each with a browser context of their own. What the cuts of the server made their
    browsers say is no fault; everything else that a console says fails the test.
    """

    def __init__(self, browser: Browser, server: Server, stack: ExitStack) -> None:
        self.server = server
        self._browser = browser
        self._stack = stack

    def somebody(self, **options: Any) -> Person:
        """Somebody who has come in and opened a browser."""
        options = {"viewport": WIDE, **options}
        return Person(self._stack.enter_context(_forgiving(self._browser, self.server, options)))

    def staff(self, login: str) -> Person:
        """Somebody with a password, signed in."""
        made = self.somebody()
        made.visitor.sign_in(self.server, login)
        return made

    def count(self, table: str) -> int:
        """How many rows a table of the server's database has."""
        with closing(sqlite3.connect(self.server.instance / "engram.db")) as database:
            return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - named by a test

    def freeze(self) -> None:
        """Let the server take requests from now on and answer none, as in the moment before it dies."""
        for pid in (self.server.pid, *self.server.children):
            os.kill(pid, signal.SIGSTOP)


@contextmanager
def _forgiving(browser: Browser, server: Server, options: dict[str, Any]) -> Iterator[Visitor]:
    opened = visit(browser, server, **options)
    visitor = next(opened)
    yield visitor
    visitor.faults = [one for one in visitor.faults if not any(word in one for word in CUT)]
    next(opened, None)  # which closes the browser, and looks at the faults


@contextmanager
def room(browser: Browser, server: Server) -> Iterator[Room]:
    """A room around a server that runs; at the end everybody goes and the server is killed."""
    try:
        with ExitStack() as stack:
            yield Room(browser, server, stack)
    finally:
        server.kill()
