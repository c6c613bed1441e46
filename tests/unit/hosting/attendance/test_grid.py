"""Marks of the staff: everybody at once with exceptions, corrections with reasons, two who fill in the same."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from tests.conftest import Clock, People
from training.accounts.actor import Actor
from training.audit.models import Event
from training.errors import Conflict
from training.hosting.attendance.models import Record
from training.hosting.attendance.service import grid, records, standing
from training.hosting.attendance.service.grid import Filled, Overtaken
from training.hosting.attendance.service.records import Mark, Origin
from training.hosting.attendance.state import Present
from training.hosting.models import TeachingSession
from training.hosting.service.record import Faulty
from training.store import Store

Look = Callable[[str, int], Present]
Keep = Callable[..., int]


@pytest.fixture
def keep(store: Store, clock: Clock, running: UUID, staff: Actor, people: People) -> Keep:
    def run(number: int, rest: str = "", base: int | None = None, key: str = "", **marks: Mark) -> int:
        with store.writing() as session:
            teaching = session.get_one(TeachingSession, running)
            times = standing.ledger(session, teaching).numbered(number)
            assert times is not None
            seen = records.last(session, teaching) if base is None else base
            filled = Filled({people[name]: mark for name, mark in marks.items()}, rest, seen)
            return grid.keep(session, staff, teaching, times, filled, Origin("grid", key or str(uuid4())), clock())

    return run


def test_all_present_but_for_the_exceptions_is_one_press(keep: Keep, standing_of: Look) -> None:
    assert keep(1, "present", colleague=Mark("excused", None, "Duty")) == 2
    assert standing_of("trainee", 1).attended
    state = standing_of("colleague", 1)
    assert (state.status, grid.remark_of(state)) == ("excused", "Duty")
    assert keep(1, "present") == 0  # what is known is left alone


def test_a_correction_keeps_the_old_value_its_author_and_wants_a_reason(
    keep: Keep, standing_of: Look, people: People
) -> None:
    keep(1, "absent")
    with pytest.raises(Faulty) as refused:
        keep(1, trainee=Mark("present"))
    assert list(refused.value.fields) == [f"mark-{people['trainee']}"]
    assert keep(1, trainee=Mark("late", 25, "Train")) == 1
    old, new = standing_of("trainee", 1).records
    assert isinstance(old, Record)
    assert isinstance(new, Record)
    assert (old.what, new.what, new.replaces, new.by) == ("absent", "late", old.id, people["instructor"])
    assert standing_of("trainee", 1).exact == 185


def test_yesterday_can_be_changed_until_the_session_is_closed(
    keep: Keep, store: Store, clock: Clock, running: UUID, standing_of: Look
) -> None:
    keep(1, "present")
    keep(1, trainee=Mark("void", None, "Marked by mistake"))
    assert standing_of("trainee", 1).status == "open"
    with store.writing() as session:
        session.get_one(TeachingSession, running).closed_at = clock()
    with pytest.raises(Conflict, match="closed"):
        keep(1, trainee=Mark("absent"))


def test_what_another_instructor_recorded_meanwhile_is_shown_and_not_overwritten(
    keep: Keep, standing_of: Look, people: People
) -> None:
    keep(1, trainee=Mark("absent"))
    with pytest.raises(Overtaken) as met:
        keep(1, base=0, trainee=Mark("late", 15, "Train"), colleague=Mark("absent"))
    assert met.value.people == {people["trainee"]}
    assert standing_of("trainee", 1).status == "absent"
    assert standing_of("colleague", 1).status == "open"  # nothing of the form was kept
    assert (
        keep(1, base=0, trainee=Mark("absent"), colleague=Mark("absent")) == 1
    )  # who says the same is in nobody's way
    assert keep(1, trainee=Mark("late", 15, "Train")) == 1  # knowingly


def test_the_same_form_sent_twice_is_kept_once(keep: Keep, standing_of: Look) -> None:
    key = str(uuid4())
    marks = {"trainee": Mark("late", 20), "colleague": Mark("absent")}
    assert keep(1, base=0, key=key, **marks) == 2
    assert keep(1, base=0, key=key, **marks) == 0
    assert len(standing_of("trainee", 1).records) == 1


@pytest.mark.parametrize(
    "mark",
    [
        Mark("late"),
        Mark("late", 400),
        Mark("absent", 5),
        Mark("excused"),
        Mark("admitted", None, "Ill"),
        Mark("arrived"),
        Mark("present", None, "x" * 301),
        Mark("present", None, "a\u202eb"),
    ],
)
def test_marks_that_make_no_sense_are_refused_by_row(keep: Keep, mark: Mark, standing_of: Look) -> None:
    with pytest.raises(Faulty):
        keep(1, trainee=mark, colleague=Mark("absent"))
    assert standing_of("colleague", 1).status == "open"


def test_who_came_too_late_to_an_examination_needs_the_word_of_an_instructor(keep: Keep, standing_of: Look) -> None:
    keep(6, trainee=Mark("late", 40), colleague=Mark("late", 30))
    assert standing_of("colleague", 6).attended
    state = standing_of("trainee", 6)
    assert (state.admitted, state.attended, state.exact) == (False, False, 170)
    keep(6, trainee=Mark("admitted", None, "The server was down"))
    assert standing_of("trainee", 6).attended


def test_people_who_are_not_in_the_session_can_not_be_marked(keep: Keep) -> None:
    assert keep(1, stranger=Mark("absent"), instructor=Mark("absent")) == 0


def test_a_remark_stands_in_the_records_and_not_in_the_audit_log(keep: Keep, store: Store, standing_of: Look) -> None:
    keep(1, trainee=Mark("excused", None, "Broken ankle"))
    assert grid.remark_of(standing_of("trainee", 1)) == "Broken ankle"
    with store.reading() as session:
        (told,) = session.scalars(select(Event.details).filter_by(act="attendance.recorded"))
    assert (told["what"], "remark" in told) == ("excused", True)
    assert "ankle" not in str(told)
