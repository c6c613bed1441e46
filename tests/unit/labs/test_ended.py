"""An attempt that ended by itself: its time is up, the last date is past, or the results of its examination are out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.unit.labs import setting
from tests.unit.labs.conftest import Desk
from tests.unit.labs.setting import DAY, EXAMINATION, NOW, DeskOf, teacher
from training.errors import Conflict
from training.evidence.service import Verified
from training.labs.models import Assignment, AttemptCommand, AttemptRun, Citation, Draft
from training.labs.service import assignments, findings, notebook, runs
from training.labs.service.findings import Claimed
from training.store import Base
from training.web.rooms import Rooms

set_lab = setting.set_lab  # fixture
ENDINGS: dict[str, tuple[dict[str, Any], str]] = {
    "time": ({"minutes": 90}, "The time of this attempt was up at 2026-11-25 10:30 UTC."),
    "date": ({"dates": ((NOW + DAY, 100),)}, "The last date was 2026-11-26 09:00 UTC."),
    "release": (EXAMINATION, "The results of this examination were released at 2026-11-25 09:00 UTC, which ended it."),
}


def end(rooms: Rooms, people: People, clock: Clock, made: UUID, how: str) -> None:
    if how == "release":
        with rooms.store.writing() as session:
            assignments.release(session, teacher(people), session.get_one(Assignment, made), rooms.clock())
        clock.now += timedelta(seconds=1)
    else:
        clock.forward(days=2)


def acts(desk: Desk) -> dict[str, Callable[[], object]]:
    """Everything that changes an attempt, besides findings and hints."""

    def noted() -> object:
        with desk.rooms.store.writing() as session:
            return notebook.note(session, desk.case(session), 1, "late", desk.rooms.clock())

    def dropped() -> object:
        with desk.rooms.store.writing() as session:
            return notebook.drop(session, desk.case(session), 1, desk.rooms.clock())

    def drafted() -> object:
        with desk.rooms.store.writing() as session:
            case, question = desk.case(session), desk.question("q1")
            return findings.keep_draft(session, case, question, Claimed("4"), desk.rooms.clock())

    def put() -> object:
        with desk.rooms.store.writing() as session:
            return runs.put(session, desk.case(session), "linux.pslist", desk.rooms.clock())

    def verified() -> object:
        with desk.rooms.store.writing() as session:
            found = Verified("x", "0" * 64, None, desk.rooms.clock())
            return runs.verified(session, desk.case(session), found, desk.rooms.clock())

    return {
        "cite": lambda: desk.cite("linux.psaux", 1),
        "cite a line": lambda: desk.cite_line("frozen at"),
        "note": noted,
        "drop": dropped,
        "draft": drafted,
        "run": put,
        "verify": verified,
    }


def kept(desk: Desk, *kinds: type[Base]) -> list[str]:
    with desk.rooms.store.reading() as session:
        return [repr(sorted(map(repr, session.execute(select(one.__table__)).all()))) for one in kinds]


@pytest.mark.parametrize("how", ENDINGS)
def test_nothing_changes_an_attempt_that_has_ended_and_all_of_it_can_be_read(
    set_lab: Callable[..., UUID], desk_of: DeskOf, people: People, clock: Clock, how: str
) -> None:
    given, said = ENDINGS[how]
    made = set_lab(**given)
    desk = desk_of("trainee")
    number = desk.cite("linux.psaux", 0)
    tables = (Citation, Draft, AttemptRun, AttemptCommand)
    before = kept(desk, *tables)
    end(desk.rooms, people, clock, made, how)
    for name, act in acts(desk).items():
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.message.startswith(said), name
        assert "you can still read all of it" in refused.value.message
    assert kept(desk, *tables) == before
    with desk.rooms.store.reading() as session:
        case = desk.case(session)
        assert [one.number for one in notebook.every(session, case.attempt)] == [number]
        assert [one.number for one in runs.listed(session, case.attempt)] == [1]


def test_before_the_end_all_of_it_is_accepted(set_lab: Callable[..., UUID], desk_of: DeskOf, clock: Clock) -> None:
    set_lab(**EXAMINATION, minutes=90)
    desk = desk_of("trainee")
    desk.cite("linux.psaux", 0)
    clock.forward(minutes=90)
    for act in acts(desk).values():
        assert act() is not None
