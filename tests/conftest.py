"""What the tests run on: the real application on a real database, SQLite or what ENGRAM_DATABASE_URL names."""

import os
import pickle
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Table, create_engine, insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from tests import runwide
from tests.application import Application
from tests.runwide import Founded, made_once
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.accounts.models import Membership, Organisation, Person
from training.analysis import setup
from training.analysis.executor import InlineExecutor
from training.analysis.place import Place
from training.audit.models import Event, Salt
from training.content import service as content
from training.courses.manuscript import reader as courses
from training.evidence import service as evidence
from training.factory import open_rooms
from training.labs import reader as labs
from training.operating.tour.server import Server
from training.schema import metadata
from training.settings import ROOT, Settings
from training.store import Store
from training.store.migrate import upgrade
from training.web.rooms import Rooms

PACK = ROOT / "labs" / "exhibits" / "finance-workstation-a"
BASE = PACK.parent / "debian-6.12.118-cloud"
"""What it is a delta against."""
SERVER = os.environ.get("ENGRAM_DATABASE_URL", "")
SECRET = "only for tests: 0123456789abcdef"
shared, founded = runwide.shared, runwide.founded  # fixtures


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """No ambient request: pytest-flask would share one g, and so one user, between all clients."""


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The instant that it shows."""
        return self.now

    def forward(self, **amount: float) -> None:
        """Move on, in the words of timedelta."""
        self.now += timedelta(**amount)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated, empty database: the file that each test's own is copied from, or one of PostgreSQL's by its name."""
    if not SERVER:
        file = tmp_path_factory.mktemp("template") / "engram.db"
        upgrade(f"sqlite:///{file}")
        opened = Store(f"sqlite:///{file}")
        with opened.reading():
            pass  # from now on it has the journal of a store, which no copy needs to be given again
        opened.close()
        yield str(file)
        return
    name = f"template_{uuid.uuid4().hex[:12]}"
    _on_server(f'CREATE DATABASE "{name}"')
    upgrade(_address(name))
    yield name
    _on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def emptied(template: str) -> Iterator[Callable[[], str]]:
    """Empties a database of PostgreSQL that tests share one after the other, and says its name.

    Dropping one for each test would take a second. All go through one connection: the server's process behind a new one
    would first have to get to know all tables. Triggers sleep for it, as some tables refuse to lose a row.
    """
    name = f"shared_{uuid.uuid4().hex[:12]}"
    _on_server(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    without_rows = text("; ".join(str(table.delete()) for table in metadata().sorted_tables))  # TRUNCATE takes longer
    with _connected(_address(name)) as connection:
        connection.execute(text("SET session_replication_role = replica"))

        def empty() -> str:
            connection.execute(without_rows)
            return name

        yield empty
    _on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


def _address(name: str) -> str:
    return make_url(SERVER).set(database=name).render_as_string(hide_password=False)


@contextmanager
def _connected(address: str) -> Iterator[Connection]:
    engine = create_engine(address, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _on_server(statement: str) -> None:
    with _connected(SERVER) as connection:
        connection.execute(text(statement))


@pytest.fixture
def beforehand(request: pytest.FixtureRequest, content_of_the_repository: dict[str, list[Path]]) -> Path | None:
    """A folder with the database in which stands already what the fixtures of a test would write first, where that is
    what hundreds of tests begin with: people alone, or with them the exhibit, or that and the repository's releases.
    """
    wanted = [name for name in ("people", "exhibit", "published") if name in request.fixturenames]
    if SERVER or wanted[:1] != ["people"] or content_of_the_repository != in_repository():
        return None
    template, shared = Path(request.getfixturevalue("template")), request.getfixturevalue("shared")
    unpacked = request.getfixturevalue("unpacked") if "exhibit" in wanted else None
    if "published" in wanted:
        request.getfixturevalue("frozen")  # has checked them

    def furnish(folder: Path) -> None:
        settings, now = Settings.load({}, instance=folder, secret=SECRET), Clock().now
        folder.mkdir()
        shutil.copyfile(template, folder / "engram.db")
        store = Store(settings.database)
        with store.writing() as session:
            people = introduce(session, now)
        if unpacked:
            lay_out(settings, store, unpacked, now)
        if "published" in wanted:
            publish(settings, store, content_of_the_repository, now)
        store.close()
        (folder / "people").write_bytes(pickle.dumps(people))

    return made_once(shared / "-".join(["beforehand", *wanted]), furnish)


@pytest.fixture
def settings(
    tmp_path: Path, template: str, beforehand: Path | None, request: pytest.FixtureRequest
) -> Iterator[Settings]:
    """An installation of its own with a migrated database, empty but for what was written `beforehand`."""
    instance = tmp_path / "instance"
    instance.mkdir()
    values: dict[str, Any] = {"instance": instance, "secret": SECRET}
    if not SERVER:
        shutil.copyfile(beforehand / "engram.db" if beforehand else template, instance / "engram.db")
        yield Settings.load({}, **values)
        return
    if not request.node.get_closest_marker("own_database"):
        yield Settings.load({}, **values, database_url=_address(request.getfixturevalue("emptied")()))
        return
    name = f"test_{uuid.uuid4().hex[:12]}"
    _on_server(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield Settings.load({}, **values, database_url=_address(name))
    _on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def stores() -> Iterator[dict[str, Store]]:
    """The stores of this process by the address of their database.

    What SQLAlchemy has made of a statement stays with the store for which it was made: with one of its own, each test
    would have everything made again.
    """
    opened: dict[str, Store] = {}
    yield opened
    for each in opened.values():
        each.close()


@pytest.fixture(scope="session")
def link_to_installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A link to the installation of the test that is run, so that the address of all their databases is one."""
    return tmp_path_factory.mktemp("link") / "here"


@pytest.fixture
def store(settings: Settings, stores: dict[str, Store], link_to_installation: Path) -> Iterator[Store]:
    link_to_installation.unlink(missing_ok=True)
    link_to_installation.symlink_to(settings.instance)
    address = settings.database.replace(str(settings.instance), str(link_to_installation))
    opened = stores.get(address) or stores.setdefault(address, Store(address))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def unpacked(shared: Path) -> Path:
    """The exhibit of the repository, unpacked once for all tests: image, symbols, truth, record."""
    from training.forge import pack  # noqa: PLC0415 - only tests that use evidence pay for it

    return made_once(shared / "exhibit", lambda folder: pack.unpack(PACK, folder))


@pytest.fixture
def exhibit(settings: Settings, store: Store, clock: Clock, unpacked: Path) -> str:
    """The exhibit, registered in the test's installation; its SHA-256. Files are hard links to the unpacked ones."""
    return lay_out(settings, store, unpacked, clock())


def lay_out(settings: Settings, store: Store, unpacked: Path, now: datetime) -> str:
    """Register the exhibit, where that is not done, and link its files."""
    from training.forge import pack  # noqa: PLC0415

    sha256 = pack.read(PACK).sha256
    shutil.copytree(unpacked, evidence.folder_of(settings.instance, sha256), copy_function=os.link)
    return evidence.register(store, settings.instance, PACK, now)


@dataclass(frozen=True)
class People:
    """Two organisations and somebody in each role: ids by name."""

    home: UUID
    elsewhere: UUID
    ids: Mapping[str, UUID]

    def __getitem__(self, name: str) -> UUID:
        return self.ids[name]


ROLES = {
    "trainee": ("home", Role.TRAINEE),
    "colleague": ("home", Role.TRAINEE),
    "instructor": ("home", Role.INSTRUCTOR),
    "host": ("home", Role.HOST),
    "administrator": ("home", Role.ADMINISTRATOR),
    "stranger": ("elsewhere", Role.TRAINEE),
    "other_instructor": ("elsewhere", Role.INSTRUCTOR),
}
SEALED = accounts.seal("a long password of tests")


def introduce(session: Session, now: datetime) -> People:
    """Let the services make them."""
    places = {
        "home": accounts.make_organisation(session, "Academy of Port Selby", "agency", now=now).id,
        "elsewhere": accounts.make_organisation(session, "University of Norvala", "university", now=now).id,
    }
    ids = {
        name: accounts.make_person(
            session, login=name, name=name.title(), sealed=SEALED, home=places[place], role=role, now=now
        ).id
        for name, (place, role) in ROLES.items()
    }
    return People(places["home"], places["elsewhere"], ids)


@dataclass
class Introduced:
    """The people that the services made for the first test, and the rows that this left in an empty database."""

    at: datetime
    people: People
    rows: dict[Table, list[dict[str, Any]]]


@pytest.fixture(scope="session")
def introduced() -> list[Introduced]:
    """None or one."""
    return []


@pytest.fixture
def people(store: Store, clock: Clock, introduced: list[Introduced], beforehand: Path | None) -> People:
    """Made by the services once; further empty databases get the same rows, chain of acts and all."""
    if beforehand:
        found: People = pickle.loads((beforehand / "people").read_bytes())  # noqa: S301 - made here
        return found
    tables = [cast("Table", model.__table__) for model in (Organisation, Person, Membership, Salt, Event)]
    with store.writing() as session:
        empty = not any(session.execute(select(table).limit(1)).first() for table in tables)
        if empty and introduced and introduced[0].at == clock.now:
            for table, rows in introduced[0].rows.items():
                session.execute(insert(table), rows)
            return introduced[0].people
        made = introduce(session, clock())
        session.flush()
        if empty and not introduced:
            left = {table: [dict(row) for row in session.execute(select(table)).mappings()] for table in tables}
            introduced.append(Introduced(clock.now, made, left))
    return made


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Where runs are worked off: the processes that hold an exhibit are started once, and not for each test."""
    with closing(setup.place(Settings.load({}, instance=tmp_path_factory.mktemp("place"), secret=SECRET))) as opened:
        yield opened


@pytest.fixture
def rooms(settings: Settings, clock: Clock, store: Store, workplace: Place) -> Iterator[Rooms]:
    """What the application runs on, with runs made at once in the caller."""
    made = open_rooms(settings, InlineExecutor(), clock, store, workplace)
    yield made
    made.engine.stop()


@pytest.fixture(scope="session")
def one_application() -> Application:
    """The application of this process."""
    return Application()


@pytest.fixture
def app(settings: Settings, rooms: Rooms, one_application: Application) -> Flask:
    return one_application.on(settings, rooms)


@cache
def in_repository() -> dict[str, list[Path]]:
    """Courses and labs of the repository by kind."""
    return {kind: [file.parent for file in (ROOT / f"{kind}s").glob(f"*/{kind}.yaml")] for kind in ("course", "lab")}


@pytest.fixture(scope="session")
def content_of_the_repository() -> dict[str, list[Path]]:
    """The same for tests; some have content of their own in its place."""
    return in_repository()


@pytest.fixture(scope="session")
def frozen(shared: Path) -> Path:
    """Releases of the repository, checked and frozen once: that takes seconds, and hundreds of tests use them."""
    checks = {"course": courses.check, "lab": labs.check}

    def freeze(parent: Path) -> None:
        for kind, folders in in_repository().items():
            for folder in folders:
                assert checks[kind](folder) == []
                target = parent / kind / folder.name / content.digest_of(folder)
                for name in content.files_of(folder):
                    (target / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(folder / name, target / name)

    return made_once(shared / "frozen", freeze)


@pytest.fixture
def published(
    settings: Settings,
    store: Store,
    exhibit: str,
    clock: Clock,
    content_of_the_repository: dict[str, list[Path]],
    frozen: Path,
    beforehand: Path | None,
) -> str:
    """The exhibit registered, courses and labs of the repository published."""
    link_releases(frozen, settings.instance)
    if not beforehand or "published" not in beforehand.name:
        publish(settings, store, content_of_the_repository, clock())
    return exhibit


def link_releases(frozen: Path, instance: Path, which: str = "*/*") -> None:
    """Lay frozen releases into an installation, of all or of one `kind/name`: all tests read the same files."""
    for release in frozen.glob(f"{which}/*"):
        here = instance / "releases" / release.relative_to(frozen)
        here.parent.mkdir(parents=True, exist_ok=True)
        if not here.exists():  # another fixture may have published it before
            here.symlink_to(release)


def publish(settings: Settings, store: Store, folders: dict[str, list[Path]], now: datetime) -> None:
    """Offer courses and labs, checked before."""
    with store.writing() as session:
        for kind, folder in ((kind, folder) for kind, those in folders.items() for folder in those):
            content.publish(session, settings.instance, kind, folder, lambda _folder: (), now)


@pytest.fixture
def sign_in(app: Flask, store: Store, people: People, clock: Clock) -> Callable[[str], FlaskClient]:
    """A client that is signed in as somebody."""

    def make(name: str) -> FlaskClient:
        client = app.test_client()
        if name != "anonymous":
            with store.writing() as session:
                token = accounts.start(session, people[name], now=clock())
            with client.session_transaction() as cookie:
                cookie["token"] = token
        return client

    return make


class Clients(Mapping[str, FlaskClient]):
    """Clients by role, each signed in when it is asked for first: most tests ask for one or two."""

    def __init__(self, sign_in: Callable[[str], FlaskClient]) -> None:
        self._sign_in, self._made = sign_in, dict[str, FlaskClient]()

    def __getitem__(self, name: str) -> FlaskClient:
        if name not in self._made:
            self._made[name] = self._sign_in(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*ROLES, "anonymous"))

    def __len__(self) -> int:
        return len(ROLES) + 1


@pytest.fixture
def clients(sign_in: Callable[[str], FlaskClient]) -> Mapping[str, FlaskClient]:
    """A client for each role, and one that is not signed in."""
    return Clients(sign_in)


def token_of(page: str) -> str:
    """The form token that a page carries."""
    return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


@pytest.fixture(scope="session")
def live(founded: Founded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server, in a process of its own, for all tests that only look."""
    server = founded.server(tmp_path_factory.mktemp("live") / "instance")
    server.start()
    yield server
    server.kill()
