"""Two open sessions with the same people: what happens in one of them is neither seen nor counted in the other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching, somebody
from training.accounts.actor import Actor, Role
from training.errors import NotThere
from training.hosting.attendance.service import check_in, grid, records, sheets, standing
from training.hosting.attendance.service.grid import Filled
from training.hosting.attendance.service.records import Mark, Origin
from training.hosting.board.service import asking, clocks, counter, messages
from training.hosting.board.service.asking import Ask
from training.hosting.feedback import service as feedback
from training.hosting.feedback.questions import FORM
from training.hosting.models import TeachingSession
from training.hosting.roster.models import RosterImport, RosterNote
from training.hosting.roster.service import codes, imports, slips
from training.hosting.roster.service.codes import Terms
from training.hosting.service import people as members
from training.hosting.service import sessions, slots, timetable, today
from training.store import Store

WORK = Ask("work", "3", "pslist", "two rows")


@dataclass
class Two:
    """Both sessions in one unit that may write; the trainee and the colleague are in each."""

    session: Session
    people: People
    clock: Clock
    first: TeachingSession
    second: TeachingSession

    @property
    def both(self) -> tuple[TeachingSession, TeachingSession]:
        return self.first, self.second

    @property
    def staff(self) -> Actor:
        return instructor(self.people)

    @property
    def who(self) -> UUID:
        return self.people["trainee"]

    @property
    def other(self) -> UUID:
        return self.people["colleague"]

    def each(self, look: Callable[..., Any], *given: Any) -> list[Any]:
        """What something says of the first session, and of the second."""
        self.session.flush()
        return [look(self.session, one, *given) for one in self.both]

    def each_id(self, look: Callable[..., Any], *given: Any) -> list[Any]:
        self.session.flush()
        return [look(self.session, one.id, *given) for one in self.both]

    def mark(self, of: TeachingSession, *, key: str = "") -> int:
        """Mark the trainee absent in the first half-day of a session."""
        times = standing.ledger(self.session, of).numbered(1)
        assert times is not None
        filled = Filled({self.who: Mark("absent")}, "", records.last(self.session, of))
        origin = Origin("grid", key or str(uuid4()))
        return grid.keep(self.session, self.staff, of, times, filled, origin, self.clock())


@pytest.fixture
def two(store: Store, people: People, clock: Clock) -> Iterator[Two]:
    with store.writing() as session:
        made = [make_teaching(session, people, clock(), trainees=("trainee", "colleague")) for _ in range(2)]
        for one in made:
            one.opened_at = clock()
        session.flush()
        yield Two(session, people, clock, *made)


def test_attendance_is_kept_for_each(two: Two) -> None:
    assert two.mark(two.first, key="the-same-key") == 1
    assert two.each(lambda session, one: len(records.of(session, one))) == [1, 0]
    assert two.each(records.last) == [1, 0]
    assert two.mark(two.second, key="the-same-key") == 1, "a key of another session is no form that was sent twice"
    assert two.each(records.last) == [1, 1]
    assert [len(records.of(two.session, two.first, person)) for person in (two.who, two.other)] == [1, 0]


def test_check_in_and_sheets_are_those_of_each(two: Two) -> None:
    times = standing.ledger(two.session, two.first).numbered(1)
    assert times is not None
    check_in.open_up(two.session, two.staff, two.first, times, two.clock())
    sheets.make(two.session, two.staff, two.first, times, two.clock())
    assert two.each(lambda session, one: len(records.check_ins(session, one))) == [1, 0]
    assert two.each(lambda session, one: len(sheets.of(session, one))) == [1, 0]


def test_a_survey_is_answered_in_each(two: Two) -> None:
    day = timetable.local(two.first, two.clock()).date()
    first, second = (feedback.plan(two.session, two.staff, one, FORM, day, two.clock()) for one in two.both)
    two.session.flush()
    feedback.answer(two.session, first, two.who, {"pace": "4"}, two.clock())
    assert two.each(lambda session, one: [each.id for each in feedback.every(session, one).values()]) == [
        [first.id],
        [second.id],
    ]
    assert [feedback.answered(two.session, one) for one in (first, second)] == [1, 0]
    two.clock.forward(days=8)
    found = [feedback.outcome(two.session, one, {}, two.clock()) for one in (first, second)]
    assert [one and one.answered for one in found] == [1, 0]
    two.clock.forward(days=-8)
    waiting = two.each(lambda session, one: len(feedback.waiting(session, one, two.who, two.clock())))
    assert waiting == [0, 1]
    assert two.each(lambda session, one: len(feedback.waiting(session, one, two.other, two.clock()))) == [1, 1]


def test_messages_are_said_and_read_in_each(two: Two) -> None:
    for one in two.both:
        messages.say(two.session, two.staff, one, f"In {one.id}", "the-same-key", two.clock())
    messages.say(two.session, two.staff, two.second, "Once more", "key-2", two.clock())
    assert two.each_id(lambda session, key: [one.number for one in messages.of(session, key)]) == [[1], [2, 1]]
    assert two.each_id(lambda session, key: len(messages.standing(session, key, two.clock()))) == [1, 2]
    messages.read(two.session, two.who, two.second.id, 2)
    two.session.flush()
    connection = two.session.connection()
    seen = two.each_id(lambda _session, key: counter.standing(connection, key, two.who, two.clock()))
    assert [one.read_to for one in seen] == [0, 2]
    theirs = two.each_id(lambda _session, key: counter.standing(connection, key, two.other, two.clock()))
    assert [one.read_to for one in theirs] == [0, 0]
    assert two.each_id(counter.version) == [1, 2]


def test_a_message_of_another_session_makes_none_fall_away(two: Two) -> None:
    messages.say(two.session, two.staff, two.first, "Long ago", "key-1", two.clock())
    two.clock.forward(minutes=11)
    messages.say(two.session, two.staff, two.second, "Just now", "key-1", two.clock())
    two.session.flush()
    connection = two.session.connection()
    seen = two.each_id(lambda _session, key: counter.standing(connection, key, two.who, two.clock()))
    assert [one.past for one in seen] == [1, 0]


def test_help_is_asked_for_in_each(two: Two) -> None:
    asking.ask(two.session, two.who, two.first, WORK, two.clock())
    assert two.each_id(asking.waiting_of, two.other) == [None, None]
    asking.ask(two.session, two.other, two.second, WORK, two.clock())
    queues = two.each(asking.queue, two.clock())
    assert [[one.person_id for one in waiting] for waiting in queues] == [[two.who], [two.other]]
    asking.take(two.session, two.staff, two.first, 1, two.clock())
    asking.close(two.session, two.staff, two.first, 1, "idea", two.clock())
    assert two.each_id(lambda session, key: [one.person_id for one in asking.past(session, key)]) == [[two.who], []]
    asking.ask(two.session, two.who, two.second, WORK, two.clock())
    place = asking.place(two.session, two.second, two.who, two.clock())
    assert place is not None
    assert (place.request.number, place.place) == (2, 2)
    asking.take_back(two.session, two.who, two.second, two.clock())
    assert [one.person_id for one in asking.queue(two.session, two.second, two.clock())] == [two.other]


def test_whoever_was_helped_in_another_session_today_is_not_behind(two: Two) -> None:
    asking.ask(two.session, two.who, two.first, WORK, two.clock())
    asking.close(two.session, two.staff, two.first, 1, "idea", two.clock())
    for person in (two.who, two.other):
        asking.ask(two.session, person, two.second, WORK, two.clock())
    two.session.flush()
    assert [one.person_id for one in asking.queue(two.session, two.second, two.clock())] == [two.who, two.other]


def test_the_requests_of_others_and_of_other_sessions_do_not_count(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MOST", 1)
    asking.ask(two.session, two.who, two.first, WORK, two.clock())
    two.session.flush()
    asking.ask(two.session, two.other, two.first, WORK, two.clock())
    asking.ask(two.session, two.who, two.second, WORK, two.clock())
    assert two.each(lambda session, one: len(asking.queue(session, one, two.clock()))) == [2, 1]


def test_a_pause_and_the_log_are_those_of_each(two: Two) -> None:
    clocks.pause(two.session, two.staff, two.first, None, "Power cut", two.clock())
    assert [one is not None for one in two.each_id(clocks.paused)] == [True, False]
    two.clock.forward(minutes=3)
    clocks.resume(two.session, two.staff, two.second, two.clock())
    assert [one is not None for one in two.each_id(clocks.paused)] == [True, False]
    for one in two.both:
        part = timetable.parts(two.session, one)[0]
        clocks.extend(two.session, two.staff, one, part, (5, None), "Noise", "the-same-key", two.clock())
    assert two.each_id(lambda session, key: [one.kind for one in clocks.log(session, key)]) == [
        ["extension", "pause"],
        ["extension"],
    ]


def test_a_slot_is_found_in_its_own_session(two: Two) -> None:
    mine = timetable.parts(two.session, two.first)
    assert {one.session_id for one in mine} == {two.first.id}
    assert slots.get(two.session, two.first, mine[0].id) is mine[0]
    with pytest.raises(NotThere):
        slots.get(two.session, two.second, mine[0].id)


def test_codes_slips_lists_and_notes_are_those_of_each(two: Two, store: Store) -> None:
    until = two.clock() + timedelta(hours=1)
    made = codes.make(two.session, two.staff, two.first, Terms(two.clock(), until, 5), None, two.clock())
    assert two.each(codes.current) == [made, None]
    slips.make(two.session, two.staff, two.first, {two.who}, slips.seed(), two.clock())
    assert two.each(slips.standing, two.clock()) == [{two.who}, set()]
    kept = imports.keep(two.session, two.staff, two.first, b"login,name\nnew,New One\n", "a.csv", two.clock())
    assert two.each(imports.of) == [[kept], []]
    with pytest.raises(NotThere):
        imports.get(two.session, two.second, kept.id)
    two.clock.forward(days=15)
    imports.keep(two.session, two.staff, two.second, b"login,name\nnew,New One\n", "b.csv", two.clock())
    two.session.flush()
    assert two.session.scalars(select(RosterImport.source).filter_by(id=kept.id)).one() is not None
    two.session.add(RosterNote(session_id=two.first.id, person_id=two.who, note="Sits at the door"))
    assert two.each(lambda session, one: session.get(RosterNote, (one.id, two.who)) is not None) == [True, False]


def test_a_person_finds_the_sessions_that_the_person_is_in(two: Two) -> None:
    trainee = somebody(two.people, "trainee", Role.TRAINEE)
    members.withdraw(two.session, two.staff, two.first, two.who, two.clock())
    two.session.flush()
    assert [one.id for one in sessions.of_person(two.session, two.who, two.clock())] == [two.second.id]
    assert [one.teaching.id for one in today.of(two.session, trainee, two.clock())] == [two.second.id]
    assert {one.id for one in sessions.of_person(two.session, two.other, two.clock())} == {one.id for one in two.both}
    two.second.closed_at = two.clock()
    two.session.flush()
    assert today.of(two.session, trainee, two.clock()) == []
    assert today.ahead(two.session, trainee, two.clock(), ()) == []
    assert sessions.of_organisation(two.session, two.people.elsewhere) == []
    assert len(sessions.of_organisation(two.session, two.people.home)) == 2
    assert {one.member.person_id for one in members.of(two.session, two.first)} == {two.other, two.staff.id}


def test_a_session_that_is_not_open_yet_is_not_what_goes_on(two: Two) -> None:
    two.first.opened_at = None
    two.session.flush()
    trainee = somebody(two.people, "trainee", Role.TRAINEE)
    assert [one.teaching.id for one in today.of(two.session, trainee, two.clock())] == [two.second.id]
    assert [one.id for one in today.ahead(two.session, trainee, two.clock(), ())] == [two.second.id, two.first.id]
    running = counter.running(two.session.connection(), two.who, two.clock())
    assert [one.session_id for one in running] == [two.second.id]
