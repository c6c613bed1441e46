"""Two installations: the home of a session, and a laptop without a network that has only just been set up."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.conftest import SERVER, Clock, People, _address, _on_server
from tests.hosting_place import make_teaching
from tests.labs_place import make_assignment
from tests.sealed import demand_seals
from training.accounts import service as accounts
from training.content import service as content
from training.courses.moving import signing
from training.hosting.carry import bundle, presence, sending, taking
from training.hosting.carry.identities import Answers
from training.hosting.carry.presence import Presence
from training.hosting.carry.taking import Look
from training.hosting.models import PinnedRelease
from training.labs.models import AssignmentPerson
from training.settings import ROOT, Settings
from training.store import Store, new_id

LAB = "finance-workstation"


@dataclass
class Place:
    """An installation, and what people do there with bundles."""

    settings: Settings
    store: Store
    clock: Clock

    @property
    def instance(self) -> Path:
        return self.settings.instance

    def now(self) -> datetime:
        self.clock.forward(seconds=7)
        return self.clock()

    def trusts(self, other: "Place") -> None:
        name = signing.fingerprint(signing.public_key(other.instance))
        with self.store.writing() as session:
            signing.trust(session, self.instance, name, "the other one", None, self.now())

    def has(self) -> Presence:
        with self.store.reading() as session:
            return presence.read(presence.signed(session, self.settings))

    def send(self, of: UUID, into: Path, to: "Place | None" = None) -> bundle.Bundle:
        have = to.has() if to else None
        sending.send(self.store, self.settings, of, into, have, None, self.now())
        return bundle.read(into)

    def look(self, one: bundle.Bundle, answers: Answers = taking.NOBODY) -> Look:
        return taking.look(self.store, self.settings, one, answers)

    def take(self, one: bundle.Bundle, answers: Answers = taking.NOBODY) -> Look:
        seen = self.look(one, answers).seen
        return taking.take(self.store, self.settings, one, seen, None, self.now(), answers)


@pytest.fixture
def home(settings: Settings, store: Store, clock: Clock) -> Place:
    return Place(settings, store, clock)


@pytest.fixture
def laptop(tmp_path: Path, clock: Clock, request: pytest.FixtureRequest) -> Iterator[Place]:
    """Set up by its first start: an organisation of its own, three accounts. It and home trust each other."""
    instance = tmp_path / "laptop"
    instance.mkdir()
    shutil.copyfile(request.getfixturevalue("carried_template"), instance / "engram.db")
    settings = Settings.load({}, instance=instance, secret="only for tests: 0123456789abcdef")
    store = Store(settings.database)
    with store.writing() as session:
        accounts.found(session, clock())
    yield Place(settings, store, clock)
    store.close()


@pytest.fixture
def office(tmp_path: Path, clock: Clock, template: str) -> Iterator[Place]:
    """A third one, set up in the same way, on a database of the kind that home has."""
    instance = tmp_path / "office"
    instance.mkdir()
    name = f"office_{new_id().hex[-12:]}"
    if SERVER:
        _on_server(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    else:
        shutil.copyfile(template, instance / "engram.db")
    address = {"database_url": _address(name)} if SERVER else {}
    settings = Settings.load({}, instance=instance, secret="only for tests: 0123456789abcdef", **address)
    store = Store(settings.database)
    with store.writing() as session:
        accounts.found(session, clock())
    yield Place(settings, store, clock)
    store.close()
    if SERVER:
        _on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(autouse=True)
def _seals_hold(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever came in or was merged, the chain of each installation knows its rows as they are."""
    names = [name for name in ("home", "laptop", "office") if name in request.fixturenames]
    places: list[Place] = [request.getfixturevalue(name) for name in names]
    yield
    for place in places:
        demand_seals(place.store)


@pytest.fixture(scope="session")
def carried_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty file: the laptop is SQLite, whatever home has."""
    from training.store.migrate import upgrade  # noqa: PLC0415

    file = tmp_path_factory.mktemp("laptop") / "engram.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def week(home: Place, laptop: Place, people: People) -> UUID:
    """A session at home without labs, led by the instructor, with two trainees."""
    home.trusts(laptop)
    laptop.trusts(home)
    with home.store.writing() as session:
        return make_teaching(session, people, home.now(), trainees=("trainee", "colleague")).id


@pytest.fixture
def teaching(home: Place, laptop: Place, people: People, exhibit: str) -> UUID:
    """An open session at home with two trainees, a lab that is set for both, and one release that is pinned."""
    home.trusts(laptop)
    laptop.trusts(home)
    now = home.now()
    with home.store.writing() as session:
        release = content.publish(session, home.instance, "lab", ROOT / "labs" / LAB, lambda _folder: (), now)
        made = make_teaching(session, people, now, trainees=("trainee", "colleague"))
        made.opened_at = now
        session.add(PinnedRelease(session_id=made.id, kind="lab", name=LAB, release_id=release.id))
        given: dict[str, Any] = {"circle": made.id, "mode": "practice", "hints": True}
        assignment = make_assignment(people.home, LAB, people["instructor"], now, **given)
        session.add(assignment)
        session.flush()
        session.add_all(
            AssignmentPerson(assignment_id=assignment.id, person_id=people[name], exhibit=exhibit)
            for name in ("trainee", "colleague")
        )
        for one in made.members:
            if one.role == "trainee":
                one.number = f"00{one.seat}"
        return made.id
