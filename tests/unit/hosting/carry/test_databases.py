"""Sessions between databases of any kind: home and office have the one that is asked for, the laptop has SQLite."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from tests.conftest import People
from training.audit import service as audit
from training.errors import Conflict, Refused
from training.hosting.carry import rows, taking
from training.hosting.carry.merging import Clash
from training.hosting.carry.tables import CARRIED
from training.hosting.models import Part, TeachingSession

from .conftest import Place
from .forging import forged
from .sides import OTHERS, QUIET, Side, compared, state

OWN = {"session_board", "exhibit", "person", "membership", "organisation", "organisation_look"}
OWN |= {"run", "attempt_run", "citation"}
"""Tables that differ between installations on purpose, or of which the ids do."""


class Three:
    """Home, an office and a laptop, and the bundles between them. `clashes` is what could not be made one."""

    def __init__(self, sides: dict[str, Side], folder: Path) -> None:
        self.sides, self.folder = sides, folder
        self.clashes: list[Clash] = []
        self.number = 0

    def carry(self, giver: str, taker: str) -> None:
        self.number += 1
        one, other = self.sides[giver], self.sides[taker].place
        sent = one.place.send(one.teaching, self.folder / f"{self.number}", other)
        self.clashes += other.take(sent, OTHERS).clashes

    def work(self, *names: str) -> None:
        for one in names or self.sides:
            self.sides[one].work(6)

    def agree(self, *names: str) -> None:
        """All that anybody made is at each of these, and they say the same."""
        states = [state(self.sides[one]) for one in names]
        for name in QUIET:
            made = set().union(*(side.made[name] for side in self.sides.values()))
            assert all(made <= set(one[name]) for one in states), name
        for rule in CARRIED:
            if rule.name not in OWN:
                first, *others = (compared(one, rule.name) for one in states)
                assert all(one == first for one in others), rule.name
        assert self.clashes == []

    def whole(self) -> None:
        """The chain of acts of each is whole."""
        for side in self.sides.values():
            with side.place.store.reading() as session:
                assert audit.check(session).fault is None


@pytest.fixture
def three(
    home: Place, office: Place, laptop: Place, people: People, teaching: UUID, exhibit: str, tmp_path: Path
) -> Three:
    for one, other in ((home, office), (office, laptop)):
        one.trusts(other)
        other.trusts(one)
    places = {"home": home, "office": office, "laptop": laptop}
    sides = {name: Side(one, people, teaching, exhibit, n) for n, (name, one) in enumerate(places.items())}
    return Three(sides, tmp_path)


def test_work_of_three_installations_on_two_kinds_of_databases_comes_home(three: Three) -> None:
    three.work("home")
    three.carry("home", "office")
    three.work("office", "home")
    three.carry("office", "laptop")
    three.work("laptop", "home")
    three.carry("laptop", "home")
    three.carry("home", "laptop")
    three.agree("home", "laptop")
    three.whole()


def test_what_somebody_does_while_a_bundle_is_taken_is_neither_lost_nor_stopped(
    home: Place, laptop: Place, people: People, teaching: UUID, tmp_path: Path
) -> None:
    laptop.take(home.send(teaching, tmp_path / "there", laptop), OTHERS)
    with laptop.store.writing() as session:
        session.get_one(TeachingSession, teaching).room = "Room 2"
    sent = laptop.send(teaching, tmp_path / "back", home)
    seen = home.look(sent)
    assert seen.clashes == ()
    begun, over = threading.Event(), threading.Event()

    def work() -> None:
        with home.store.writing() as session:
            session.scalars(select(Part).limit(1)).one().began_at = home.clock()
            session.flush()
            begun.set()
            over.wait(20)
            session.get_one(TeachingSession, teaching).room = "Room 1"

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        assert begun.wait(20)
        threading.Timer(0.5, over.set).start()
        with pytest.raises(Conflict, match="Look at the difference again"):
            taking.take(home.store, home.settings, sent, seen.seen, None, home.now())
        working.result(20)
    (clash,) = home.take(sent).clashes
    assert (clash.column, clash.here, clash.there) == ("room", "Room 1", "Room 2")
    with home.store.reading() as session:
        assert session.get_one(TeachingSession, teaching).room == "Room 1"
        assert session.scalar(select(func.count()).where(Part.began_at.is_not(None))) == 1


WRONG: dict[str, tuple[str, str, Any]] = {
    "NUL": ("teaching_session", "title", "Autumn\0week"),
    "half a character": ("teaching_session", "title", "Autumn \ud800"),
    "a number that is too large": ("teaching_session", "seats", 2**31),
    "a time before all others": ("teaching_session", "made_at", "0001-01-01T00:00:00.000000+14:00"),
    "NUL below": ("session_part", "refs", ["a", {"b": "\0"}]),
    "no number": ("session_part", "refs", [float("nan")]),
    "no end": ("session_part", "refs", [float("inf")]),
}


@pytest.mark.any_database  # it never comes to one
@pytest.mark.parametrize("what", WRONG)
def test_values_that_not_every_database_keeps_are_refused(
    home: Place, laptop: Place, people: People, teaching: UUID, tmp_path: Path, what: str
) -> None:
    table, column, value = WRONG[what]

    def change(document: dict[str, list[dict[str, Any]]]) -> None:
        document[table][0][column] = value

    with pytest.raises(Refused):
        laptop.look(forged(home, teaching, tmp_path / "made up", change), OTHERS)


@pytest.mark.any_database
def test_a_number_without_end_is_refused_however_it_is_written() -> None:
    with pytest.raises(Refused, match="damaged"):
        taking._rows(b'{"session_part": [{"refs": [NaN]}]}')
    with pytest.raises(ValueError, match="finite"):
        rows.decoded(rows.table("finding").columns["credit"], json.loads("1e999"))
