"""Slots of a timetable: when they may lie, who leads them, how many there are, and which stay."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import time
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching
from training.accounts.models import Person
from training.errors import Conflict
from training.hosting.models import Part
from training.hosting.service import people as members
from training.hosting.service import slots, timetable
from training.hosting.service.record import Faulty
from training.hosting.service.slots import Slot
from training.store import Store

NINE = Slot(day=1, at=time(9), minutes=60, kind="L", title="A lesson")


class Plan:
    """A planned session of two days without slots."""

    def __init__(self, session: Session, people: People, clock: Clock) -> None:
        self.session, self.people, self.clock = session, people, clock
        self.teaching = make_teaching(session, people, clock(), plan="", days=2, trainees=("trainee", "colleague"))

    def add(self, **given: Any) -> Part:
        return slots.add(self.session, instructor(self.people), self.teaching, replace(NINE, **given), self.clock())

    def refused(self, **given: Any) -> set[str]:
        with pytest.raises(Faulty) as bad:
            self.add(**given)
        return set(bad.value.fields)


@pytest.fixture
def plan(store: Store, people: People, clock: Clock) -> Iterator[Plan]:
    with store.writing() as session:
        yield Plan(session, people, clock)


def test_slots_may_touch_and_not_overlap(plan: Plan) -> None:
    plan.add()
    plan.add(at=time(8))
    plan.add(at=time(10))
    for wrong in (
        {},
        {"at": time(9, 59), "minutes": 1},
        {"at": time(7), "minutes": 61},
        {"at": time(7), "minutes": 300},
    ):
        assert plan.refused(**wrong) == {"at"}
    plan.add(day=2)
    assert [one.number for one in timetable.parts(plan.session, plan.teaching)] == [1, 2, 3, 4]


def test_a_slot_is_moved_within_its_own_time(plan: Plan) -> None:
    part = plan.add()
    wish = replace(NINE, at=time(9, 30))
    slots.change(plan.session, instructor(plan.people), plan.teaching, part, wish, plan.clock())
    assert f"{timetable.local(plan.teaching, part.starts_at):%H:%M}" == "09:30"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * (slots.TITLE + 1)}, "title"),
        ({"kind": "?"}, "kind"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": slots.MINUTES + 1}, "minutes"),
        ({"day": 0}, "day"),
        ({"day": 3}, "day"),
        ({"exam": "A"}, "exam"),
        ({"refs": ("lab/not-installed",)}, "refs"),
    ],
)
def test_what_makes_no_slot_is_told_at_its_field(plan: Plan, given: dict[str, Any], field: str) -> None:
    assert plan.refused(**given) == {field}


def test_a_slot_is_led_by_somebody_who_teaches_in_the_session(plan: Plan) -> None:
    for name in ("trainee", "host", "stranger"):
        assert plan.refused(lead=plan.people[name]) == {"lead"}
    assert plan.add(lead=plan.people["instructor"]).lead_id == plan.people["instructor"]
    members.withdraw(plan.session, instructor(plan.people), plan.teaching, plan.people["instructor"], plan.clock())
    assert plan.refused(day=2, lead=plan.people["instructor"]) == {"lead"}


def test_a_slot_that_was_begun_stays(plan: Plan) -> None:
    part, other = plan.add(), plan.add(day=2)
    part.began_at = plan.clock()
    with pytest.raises(Conflict, match="it stays in the timetable"):
        slots.drop(plan.session, instructor(plan.people), plan.teaching, part, plan.clock())
    slots.drop(plan.session, instructor(plan.people), plan.teaching, other, plan.clock())
    assert [one.id for one in timetable.parts(plan.session, plan.teaching)] == [part.id]


def test_a_timetable_has_so_many_slots(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "MOST", 1)
    plan.add()
    with pytest.raises(Conflict, match="at most 1 slots"):
        plan.add(day=2)


def test_a_closed_session_keeps_its_slots(plan: Plan) -> None:
    part = plan.add()
    plan.teaching.opened_at = plan.teaching.closed_at = plan.clock()
    wish = replace(NINE, at=time(11))
    with pytest.raises(Conflict):
        slots.drop(plan.session, instructor(plan.people), plan.teaching, part, plan.clock())
    with pytest.raises(Conflict):
        slots.change(plan.session, instructor(plan.people), plan.teaching, part, wish, plan.clock())
    with pytest.raises(Conflict):
        plan.add(day=2)


def test_whoever_can_be_added_works_in_the_organisation_and_can_sign_in(plan: Plan) -> None:
    def found() -> dict[str, bool]:
        return {name: teaches for _, name, teaches in members.candidates(plan.session, plan.teaching)}

    assert found() == {"Administrator": True, "Host": True}
    plan.session.get_one(Person, plan.people["host"]).disabled_at = plan.clock()
    plan.session.flush()
    assert found() == {"Administrator": True}
    members.withdraw(plan.session, instructor(plan.people), plan.teaching, plan.people["trainee"], plan.clock())
    assert found() == {"Administrator": True, "Trainee": False}
