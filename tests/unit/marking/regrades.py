"""Regrades for tests: an instructor at work over what trainees submitted to the real lab."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.conftest import People
from tests.unit.labs.conftest import Desk
from training.content.models import Release
from training.grading.amend import Amendment
from training.grading.values.reading import kind_of
from training.labs.models import Attempt, Finding, Judgement
from training.marking.service import overrides, preview, regrade
from training.marking.service.preview import Draft, Preview
from training.marking.service.regrade import Applied, Seal
from training.marking.service.scope import Sources
from training.schema import metadata

SECRET = b"only for tests: 0123456789abcdef"
WHY = "The key named the wrong process."
DeskOf = Callable[[str], Desk]


class Office:
    """An instructor who regrades the attempts of the home organisation."""

    def __init__(self, desk: Desk, people: People) -> None:
        self.rooms, self.people = desk.rooms, people
        self.store, self.clock = desk.rooms.store, desk.rooms.clock
        with self.store.reading() as session:
            self.release = session.get_one(Attempt, desk.attempt_id).release_id
        self.sources = Sources(self.rooms.settings.instance, self.rooms.engine.result)

    def look(
        self, *amendments: Amendment, ticked: Sequence[UUID] = (), place: UUID | None = None, by: UUID | None = None
    ) -> Preview:
        with self.store.reading() as session:
            release = session.get_one(Release, self.release)
            draft = Draft(amendments, frozenset(ticked))
            place, by = place or self.people.home, by or self.people["instructor"]
            return preview.preview(session, release, place, draft, self.sources, by)

    def apply(self, shown: Preview, seal: Seal | None = None, reason: str = WHY, by: UUID | None = None) -> Applied:
        seal, by = seal or regrade.seal(shown, SECRET), by or self.people["instructor"]
        fresh = self.look(*shown.draft.amendments, ticked=list(shown.draft.ticked), by=by)
        with self.store.writing() as session:
            return regrade.apply(session, fresh, seal, SECRET, reason, self.clock())

    def override(self, desk: Desk, finding: UUID, credit: float, seen: int = 0, by: UUID | None = None) -> Judgement:
        with self.store.writing() as session:
            here = session.get_one(Finding, finding)
            case, by = desk.case(session), by or self.people["instructor"]
            return overrides.override(session, case, here, credit, "It is what the row shows.", seen, by, self.clock())

    def credits(self) -> dict[UUID, tuple[bool, float]]:
        with self.store.reading() as session:
            found = session.scalars(select(Finding)).all()
            return {one.id: (one.current.judged, one.current.credit) for one in found}

    def dump(self, *without: str) -> Mapping[str, list[Any]]:
        """Every row of every table, but for some tables."""
        with self.store.reading() as session:
            return {
                table.name: sorted(map(repr, session.execute(select(table)).all()))
                for table in metadata().sorted_tables
                if table.name not in without
            }


@pytest.fixture
def office(desk: Desk, people: People) -> Office:
    return Office(desk, people)


def answer(desk: Desk, name: str) -> str:
    key = next(iter(desk.lab.seals.values())).sealed.keys[name]
    return kind_of(desk.question(name).spec).write(key.answer, desk.question(name).spec)


def submit(desk: Desk, name: str, value: str, cited: Sequence[int] = ()) -> Finding:
    done = desk.submit(name, value, cited)
    assert done.finding is not None
    return done.finding


def proof(desk: Desk) -> list[int]:
    pid = int(answer(desk, "q1"))
    return [desk.cite(plugin, desk.answered.find(plugin, PID=pid)) for plugin in ("linux.psaux", "linux.proc.Maps")]
