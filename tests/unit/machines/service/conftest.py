"""A trainee before a machine."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from tests.conftest import Clock, People
from tests.machines_place import LAB, Machines, Played, live_lab, range_of
from training.accounts.actor import Actor, Role
from training.machines.models import Entry, Response
from training.machines.ranges import Range
from training.machines.service import carrying, console, responses
from training.settings import Settings
from training.store import Store, new_id


@dataclass
class Scene:
    """What a test of live work stands on, with the steps that most begin with."""

    store: Store
    settings: Settings
    here: Range
    machines: Machines
    people: People
    clock: Clock
    lab: str = LAB

    def actor(self, name: str = "trainee", role: Role = Role.TRAINEE) -> Actor:
        return Actor(self.people[name], name, self.people.home, frozenset(((self.people.home, role),)))

    def begin(self, name: str = "trainee", *, arrive: bool = True) -> UUID:
        with self.store.writing() as session:
            made = responses.begin(session, self.here, self.actor(name), self.lab, self.clock())
        responses.start(self.store, self.here, made.id, self.clock)
        if arrive:
            self.do(made.id, lambda session, it: responses.confirm(session, it, self.clock()))
        return made.id

    def do(self, response: UUID, act: Callable[..., object]) -> object:
        """An act as a page does it: written down, then carried out."""
        with self.store.writing() as session:
            found = act(session, responses.get(session, response))
        carrying.out(self.store, self.here, response, self.clock())
        return found

    def type(self, response: UUID, line: str, key: str = "") -> Entry | None:
        key = key or str(new_id())
        with self.store.writing() as session:
            entry = console.write(session, self.here, responses.get(session, response), line, key, self.clock())
        if entry:
            console.send(self.here, entry)
        self.settle(response)
        return entry

    def settle(self, response: UUID) -> None:
        console.settle(self.store, self.here, response, self.clock())

    def entries(self, response: UUID) -> list[Entry]:
        with self.store.reading() as session:
            return console.entries(session, response)

    def response(self, response: UUID) -> Response:
        with self.store.reading() as session:
            return session.get_one(Response, response)

    def guest(self, response: UUID) -> Played:
        return self.machines.attach(self.here.machine(response))


@pytest.fixture
def scene(settings: Settings, store: Store, people: People, clock: Clock, tmp_path: Path) -> Scene:
    live_lab(settings, store, tmp_path, clock())
    machines = Machines(clock)
    return Scene(store, settings, range_of(settings, machines), machines, people, clock)
