"""The board's services: what moves, who is stuck, the order of help, time that is given back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import Clock, People
from tests.hosting_place import instructor, make_teaching, open_teaching, somebody
from tests.listening import statements
from training.accounts.actor import Actor, Role
from training.analysis import service as analysis
from training.analysis.command import Command
from training.analysis.models import Run
from training.analysis.results import Result
from training.audit.models import Event
from training.errors import Conflict, NotThere, Refused, TooMany
from training.evidence.models import Exhibit
from training.hosting.attendance.service import grid, standing
from training.hosting.attendance.service.grid import Filled
from training.hosting.attendance.service.records import Mark, Origin
from training.hosting.board import shown
from training.hosting.board.service import asking, clocks, closing, counter, matrix, messages, parts, state
from training.hosting.board.service.asking import Ask
from training.hosting.models import Part, TeachingSession
from training.hosting.service import timetable
from training.hosting.service.record import Faulty
from training.labs.models import Activity, Assignment, Attempt, Finding, Judgement
from training.labs.service import activity, assignments, attempts, circles, findings
from training.labs.service.activity import Act
from training.labs.service.findings import Claimed
from training.labs.service.terms import Terms, dates_of
from training.settings import Settings
from training.store import Store, new_id

LAB = "finance-workstation"
WORK = Ask("work", "3", "pslist", "two rows")


class Room:
    """An open session on Wednesday at ten: two trainees, a practice slot of the lab going on."""

    def __init__(self, session: Session, settings: Settings, people: People, clock: Clock, teaching: UUID) -> None:
        self.session, self.instance, self.people, self.clock = session, settings.instance, people, clock
        self.teaching = session.get_one(TeachingSession, teaching)
        self.staff = instructor(people)

    def trainee(self, name: str = "trainee") -> Actor:
        return somebody(self.people, name, Role.TRAINEE)

    def begin(self, name: str = "trainee", lab: str = LAB) -> Attempt:
        return attempts.begin(self.session, self.instance, self.trainee(name), lab, self.clock())

    def submit(self, attempt: Attempt, question: str, value: str) -> Finding:
        case = attempts.case(self.session, self.instance, attempt)
        asked = attempts.question_of(case.lab, question)
        claimed = Claimed(value, bare=True)
        done = findings.submit(self.session, case, asked, claimed, new_id().hex, (_no_result, ()), self.clock())
        assert done.finding is not None
        return done.finding

    def seen(self, **given: object) -> state.Seen:
        return state.of(self.session, self.instance, self.teaching, self.clock(), **given)  # type: ignore[arg-type]

    def row(self, name: str = "trainee", **given: object) -> state.Row:
        rows = self.seen(**given).rows
        return next(one for one in rows if one.person.member.person_id == self.people[name])

    def slot(self, kind: str, lab: str = "") -> Part:
        found = timetable.parts(self.session, self.teaching)
        return next(one for one in found if one.kind == kind and lab in str(one.refs))

    def assignment(self, lab: str) -> Assignment:
        return next(one for one in circles.of(self.session, self.teaching.id) if one.lab == lab)


def _no_result(_run: Run) -> Result:
    raise AssertionError


@pytest.fixture
def room(store: Store, settings: Settings, people: People, clock: Clock, published: str) -> Iterator[Room]:
    """In one unit that may write, as services take it."""
    with store.writing() as session:
        made = make_teaching(session, people, clock(), trainees=("trainee", "colleague"))
        open_teaching(session, people, made, clock())
        yield Room(session, settings, people, clock, made.id)


def test_cells_tell_what_was_done_by_word(room: Room) -> None:
    before = room.row()
    assert before.work.cells == {}
    attempt = room.begin()
    assert {one.state for one in room.row().work.cells.values()} == {matrix.OPEN}
    room.submit(attempt, "q1", "1")
    case = attempts.case(room.session, room.instance, attempt)
    findings.take_hint(room.session, case, attempts.question_of(case.lab, "q2"), 1, room.clock())
    findings.keep_draft(
        room.session, case, attempts.question_of(case.lab, "q8"), Claimed("4"), room.clock() + timedelta(seconds=1)
    )
    room.session.flush()
    row = room.row()
    states = {name: one.state for (_, name), one in row.work.cells.items()}
    assert (states["q1"], states["q2"], states["q8"], states["q3"]) == ("wrong", "hint", "working", "open")
    assert row.work.question == (LAB, "q8")
    assert row.work.hints == 1


def test_who_ended_the_attempt_works_on_nothing_any_more_and_is_not_stuck(room: Room) -> None:
    attempt = room.begin()
    room.submit(attempt, "q1", "1")
    case = attempts.case(room.session, room.instance, attempt)
    findings.keep_draft(room.session, case, attempts.question_of(case.lab, "q8"), Claimed("4"), room.clock())
    room.clock.now += timedelta(minutes=12)
    assert room.row().stuck
    assert not room.row().work.finished
    attempt.closed_at = room.clock()
    room.session.flush()
    row = room.row()
    states = {name: one.state for (_, name), one in row.work.cells.items()}
    assert (states["q1"], states["q8"], states["q3"]) == ("wrong", "left", "left")
    assert {*states.values()} <= shown.CELLS.keys()
    assert row.work.finished
    assert (row.stuck, row.stuck_for) == ("", None)
    assert room.row("colleague").work.cells == {}


def test_runs_that_are_made_ahead_of_time_are_counted_apart(room: Room) -> None:
    mark = state.mark(room.session, room.teaching, room.clock())
    image = room.session.scalars(select(Exhibit)).first()
    assert image is not None
    for plugin in ("linux.pslist", "linux.pstree"):
        analysis.ask(room.session, image, Command.of(plugin, {}), room.clock())
    analysis.ask(room.session, image, Command.of("linux.lsmod", {}), room.clock(), asker=room.people["trainee"])
    seen = room.seen()
    assert (seen.running, seen.queued, seen.warming) == (0, 1, 2)
    assert state.mark(room.session, room.teaching, room.clock()) != mark, "the board is asked for anew"


def test_what_a_marker_decides_counts_on_the_board(room: Room) -> None:
    made = room.submit(room.begin(), "q1", "1")
    for seq, credit in enumerate((0.5, 1.0), 1):
        judged = {"finding_id": made.id, "seq": seq, "origin": "override", "version_id": None, "verdict": {}}
        room.session.add(Judgement(**judged, judged=True, credit=credit, reason="looked", by=None, at=room.clock()))
        room.session.flush()
        assert room.row().work.cells[LAB, "q1"].state == ("partly" if credit < 1 else "right")
    assert room.seen().reached(next(one for one in room.seen().matrix.columns if one.question == "q1")) == 1


def test_somebody_is_stuck_after_ten_minutes_without_progress_and_no_longer_after_a_new_run(room: Room) -> None:
    attempt = room.begin()
    room.clock.now += timedelta(minutes=9, seconds=59)
    assert room.row().stuck == ""
    room.clock.now += timedelta(seconds=1)
    assert (room.row().stuck, room.row().stuck_for) == ("No new run, citation or right finding", 10)
    case = attempts.case(room.session, room.instance, attempt)
    activity.told(room.session, case.terms.assignment, attempt.person_id, Act.OTHER, room.clock())  # a hint: none
    room.session.expire_all()
    assert room.row().stuck
    activity.told(room.session, case.terms.assignment, attempt.person_id, Act.MOVED, room.clock())
    room.session.expire_all()
    assert room.row().stuck == ""
    assert room.row("colleague").stuck == ""  # who has not begun is not stuck


def test_three_wrong_in_a_row_are_stuck_and_a_partly_right_one_breaks_the_row(room: Room) -> None:
    attempt = room.begin()
    case = attempts.case(room.session, room.instance, attempt)
    for number in range(3):
        assert room.row().stuck == ""
        room.submit(attempt, f"q{1 if number < 2 else 8}", str(number + 1))
        room.session.expire_all()
    assert room.row().stuck == "3 wrong in a row"
    activity.told(room.session, case.terms.assignment, attempt.person_id, Act.PARTLY, room.clock())
    room.session.expire_all()
    assert room.row().stuck == ""


def test_a_clock_that_is_set_back_makes_nobody_stuck_for_less_than_nothing(room: Room) -> None:
    room.begin()
    room.clock.now -= timedelta(hours=2)
    assert room.row().stuck == ""
    asking.ask(room.session, room.people["trainee"], room.teaching, WORK, room.clock())
    room.clock.now -= timedelta(hours=1)
    assert room.row().stuck_for == 0


def test_an_act_outside_a_circle_is_nobody_s_to_watch(room: Room) -> None:
    activity.told(room.session, None, room.people["trainee"], Act.MOVED, room.clock())
    assert room.session.scalars(select(Activity)).all() == []


def test_each_act_moves_the_sum_and_no_row_is_shared(room: Room) -> None:
    assert counter.acts(room.session, room.teaching.id) == 0
    room.submit(room.begin(), "q1", "1")
    room.begin("colleague")
    room.begin("colleague")  # goes on: nothing new
    assert counter.acts(room.session, room.teaching.id) == 3
    rows = room.session.scalars(select(Activity)).all()
    assert sorted((one.acts, one.wrong) for one in rows) == [(1, 0), (2, 1)]


def test_a_board_that_looks_again_asks_for_two_counters_and_the_runs_alone(room: Room) -> None:
    room.session.flush()
    with statements(room.session.get_bind()) as seen:
        state.mark(room.session, room.teaching, room.clock())
    assert len(seen) == 3
    assert not any("finding" in one or "session_member" in one for one in seen)


def test_five_who_are_stuck_on_one_question_are_told_of(room: Room) -> None:
    column = room.seen().matrix.columns[0]
    work = matrix.Work({}, room.clock(), (column.lab, column.question))
    assert (state.MANY, state.SUSPECT) == (5, 10)
    assert room.seen().crowds == {}
    rows = [state.Row(room.row().person, work, stuck="so") for _ in range(5)]
    assert state.crowds(rows, room.seen().matrix) == {column: 5}
    assert state.crowds(rows[:4], room.seen().matrix) == {}


def test_machines_go_first_then_who_was_not_helped_today_then_who_came_first(room: Room) -> None:
    first, second = room.people["trainee"], room.people["colleague"]
    asking.ask(room.session, first, room.teaching, WORK, room.clock())
    asking.ask(room.session, second, room.teaching, WORK, room.clock())
    order = [one.person_id for one in asking.queue(room.session, room.teaching, room.clock())]
    assert order == [first, second]
    asking.take(room.session, room.staff, room.teaching, 1, room.clock())
    asking.close(room.session, room.staff, room.teaching, 1, "idea", room.clock())
    asking.close(room.session, room.staff, room.teaching, 1, "tool", room.clock())  # a second press changes nothing
    assert asking.past(room.session, room.teaching.id)[0].word == "idea"
    asking.take_back(room.session, second, room.teaching, room.clock())
    asking.ask(room.session, first, room.teaching, WORK, room.clock())
    room.clock.now -= timedelta(minutes=30)  # set back: who came first is told by number
    asking.ask(room.session, second, room.teaching, WORK, room.clock())
    order = [one.person_id for one in asking.queue(room.session, room.teaching, room.clock())]
    assert order == [second, first]  # helped today: later
    asking.ask(room.session, first, room.teaching, Ask("machine", "", "pressed", "black"), room.clock())
    order = [one.person_id for one in asking.queue(room.session, room.teaching, room.clock())]
    assert order == [first, second]
    room.clock.now += timedelta(days=1)
    asking.ask(room.session, first, room.teaching, WORK, room.clock())
    order = [one.person_id for one in asking.queue(room.session, room.teaching, room.clock())]
    assert order == [first, second]  # a new day


@pytest.mark.parametrize(
    ("wish", "missing"),
    [
        (Ask("work"), {"question", "did", "sees"}),
        (Ask("work", " ", "\t", "x"), {"question", "did"}),
        (Ask("wording", "2"), {"sees"}),
        (Ask("machine"), {"did", "sees"}),
        (Ask("else", "1", "a", "b"), {"kind"}),
        (Ask("work", "x" * 41, "y" * 301, "z"), {"question", "did"}),
    ],
)
def test_an_empty_request_is_sent_back_with_the_sentence(room: Room, wish: Ask, missing: set[str]) -> None:
    with pytest.raises(Faulty) as bad:
        asking.ask(room.session, room.people["trainee"], room.teaching, wish, room.clock())
    assert set(bad.value.fields) == missing


def test_in_an_examination_only_machines_and_wording_are_taken(room: Room) -> None:
    exam = room.slot("E", "one-case")
    room.clock.now = exam.starts_at + timedelta(minutes=5)
    found = timetable.parts(room.session, room.teaching)
    assert set(asking.kinds(found, room.clock())) == {"machine", "wording"}
    with pytest.raises(Faulty):
        asking.ask(room.session, room.people["trainee"], room.teaching, WORK, room.clock())


def test_an_examination_shows_what_was_submitted_and_not_whether_it_is_right(room: Room) -> None:
    exam = room.slot("P", LAB)
    it = room.assignment(LAB)
    attempt = room.begin()
    room.submit(attempt, "q1", "1")
    it.mode = "examination"
    room.session.flush()
    veiled = room.row(wanted=str(exam.id))
    assert veiled.work.cells[LAB, "q1"].state == "submitted"
    assert room.row(wanted=str(exam.id), unveiled=True).work.cells[LAB, "q1"].state == "wrong"
    room.clock.now += timedelta(hours=1)
    assert room.row(wanted=str(exam.id)).stuck == ""  # nobody is called stuck in an examination
    it.released_at = room.clock()
    assert room.row(wanted=str(exam.id)).work.cells[LAB, "q1"].state == "wrong"


def test_a_pause_moves_dates_that_had_not_passed_by_exactly_its_length(room: Room) -> None:
    exam = room.slot("E", "one-case")
    before = dates_of(room.assignment("one-case"))
    room.clock.now = exam.starts_at + timedelta(minutes=10)
    clocks.pause(room.session, room.staff, room.teaching, exam, "Power cut", room.clock())
    clocks.pause(room.session, room.staff, room.teaching, None, "Power cut", room.clock())
    assert room.teaching.paused_at is None  # the slot alone
    room.clock.now += timedelta(minutes=12, seconds=30)
    for _ in range(2):
        clocks.resume(room.session, room.staff, room.teaching, room.clock())
    (was, share), (now, kept) = before[0], dates_of(room.assignment("one-case"))[0]
    assert (now - was, kept) == (timedelta(minutes=12, seconds=30), share)
    (logged,) = clocks.log(room.session, room.teaching.id)
    assert (logged.kind, logged.minutes, logged.reason) == ("pause", 13, "Power cut")
    acts = [one for one in room.session.scalars(select(Event.act).order_by(Event.seq)) if one.startswith("session.")]
    assert acts[-2:] == ["session.paused", "session.resumed"]


def test_a_pause_leaves_alone_what_opens_later(room: Room) -> None:
    before = dates_of(room.assignment("one-case"))
    clocks.pause(room.session, room.staff, room.teaching, None, "Power cut", room.clock())
    room.clock.now += timedelta(minutes=12)
    clocks.resume(room.session, room.staff, room.teaching, room.clock())
    assert dates_of(room.assignment("one-case")) == before


def test_nobody_asks_without_end(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MOST", 2)
    who = room.people["trainee"]
    for _ in range(2):
        asking.ask(room.session, who, room.teaching, WORK, room.clock())
        asking.take_back(room.session, who, room.teaching, room.clock())
    with pytest.raises(TooMany):
        asking.ask(room.session, who, room.teaching, WORK, room.clock())


def test_a_pause_over_the_last_date_gives_the_time_back(room: Room) -> None:
    exam = room.slot("E", "one-case")
    room.clock.now = exam.ends_at - timedelta(minutes=5)
    clocks.pause(room.session, room.staff, room.teaching, None, "Fire drill", room.clock())
    assert room.teaching.state == "paused"
    room.clock.now += timedelta(minutes=20)
    clocks.resume(room.session, room.staff, room.teaching, room.clock())
    assert room.teaching.state == "open"
    assert dates_of(room.assignment("one-case"))[-1][0] == room.clock.now + timedelta(minutes=5)


def test_a_pause_with_a_clock_set_back_takes_no_time_away(room: Room) -> None:
    before = dates_of(room.assignment("one-case"))
    clocks.pause(room.session, room.staff, room.teaching, None, "Break", room.clock())
    room.clock.now -= timedelta(hours=1)
    clocks.resume(room.session, room.staff, room.teaching, room.clock())
    assert dates_of(room.assignment("one-case")) == before
    assert clocks.log(room.session, room.teaching.id)[0].minutes == 0


def test_a_time_limit_moves_for_those_who_were_at_work_and_for_nobody_else(room: Room) -> None:
    it = room.assignment(LAB)
    it.minutes = 60
    attempt = room.begin()
    clocks.pause(room.session, room.staff, room.teaching, None, "Network", room.clock())
    room.clock.now += timedelta(minutes=10)
    clocks.resume(room.session, room.staff, room.teaching, room.clock())
    given = {one.person_id: one.extra_minutes for one in assignments.accommodations(room.session, it)}
    assert given == {room.people["trainee"]: 10}
    own = Terms(it, timedelta(minutes=10), attempt.opened_at)
    assert own.ends_at == attempt.opened_at + timedelta(minutes=70)


def test_minutes_are_given_to_all_or_to_one_and_once_for_each_press(room: Room) -> None:
    exam, it = room.slot("E", "one-case"), room.assignment("one-case")
    before = dates_of(it)[-1][0]
    for _ in range(2):
        clocks.extend(room.session, room.staff, room.teaching, exam, (15, None), "Noise", "key-1", room.clock())
    assert dates_of(it)[-1][0] - before == timedelta(minutes=15)
    who = room.people["trainee"]
    for _ in range(2):
        clocks.extend(room.session, room.staff, room.teaching, exam, (5, who), "Ill", "key-2", room.clock())
    assert {one.person_id: one.extra_minutes for one in assignments.accommodations(room.session, it)} == {who: 5}
    assert dates_of(it)[-1][0] - before == timedelta(minutes=15)
    assert [one.minutes for one in clocks.log(room.session, room.teaching.id)] == [5, 15]
    lesson = room.slot("L")
    assert clocks.extend(room.session, room.staff, room.teaching, lesson, (5, None), "Late", "key-3", room.clock()) == 0


def test_minutes_that_are_given_after_the_end_open_it_again_if_they_reach(room: Room) -> None:
    exam, it = room.slot("E", "one-case"), room.assignment("one-case")
    end = dates_of(it)[-1][0]
    room.clock.now = end + timedelta(minutes=6)
    clocks.extend(room.session, room.staff, room.teaching, exam, (5, None), "Power", "key-1", room.clock())
    assert dates_of(it)[-1][0] == end
    clocks.extend(room.session, room.staff, room.teaching, exam, (10, None), "Power", "key-2", room.clock())
    assert dates_of(it)[-1][0] == end + timedelta(minutes=10)


@pytest.mark.parametrize(("minutes", "reason"), [(0, "Noise"), (241, "Noise"), (5, " "), (5, "x" * 301)])
def test_time_without_minutes_or_reason_is_refused(room: Room, minutes: int, reason: str) -> None:
    exam = room.slot("E", "one-case")
    with pytest.raises(Refused):
        clocks.extend(room.session, room.staff, room.teaching, exam, (minutes, None), reason, "key", room.clock())
    stranger = (5, room.people["stranger"])
    with pytest.raises(Refused):
        clocks.extend(room.session, room.staff, room.teaching, exam, stranger, "Noise", "key", room.clock())
    assert clocks.log(room.session, room.teaching.id) == []


def test_one_slot_ends_when_the_next_begins(room: Room) -> None:
    first, second = timetable.parts(room.session, room.teaching)[:2]
    parts.begin(room.session, room.staff, room.teaching, first, room.clock())
    room.clock.now += timedelta(minutes=40)
    parts.begin(room.session, room.staff, room.teaching, second, room.clock())
    assert (first.ended_at, second.began_at) == (room.clock.now, room.clock.now)
    with pytest.raises(Conflict):
        parts.begin(room.session, room.staff, room.teaching, first, room.clock())
    with pytest.raises(Conflict):
        parts.end(room.session, room.staff, room.teaching, room.slot("E"), room.clock())
    room.clock.now -= timedelta(hours=1)
    parts.end(room.session, room.staff, room.teaching, second, room.clock())
    assert second.ended_at == second.began_at  # a clock set back ends nothing before it began


def test_real_times_are_corrected_in_the_zone_of_the_session(room: Room) -> None:
    slot = room.slot("P", LAB)
    times = (time(9, 31), time(9, 58))
    parts.correct(room.session, room.staff, room.teaching, slot, times, "Forgot", room.clock())
    assert slot.began_at == datetime.fromisoformat("2026-11-25T08:31+00:00")
    assert slot.ended_at == datetime.fromisoformat("2026-11-25T08:58+00:00")
    for wrong in ((None, time(9)), (time(9, 30), time(9)), (time(23), None)):
        with pytest.raises(Refused):
            parts.correct(room.session, room.staff, room.teaching, slot, wrong, "Forgot", room.clock())
    act = room.session.scalars(select(Event).filter_by(act="part.corrected")).one()
    assert act.details["to"] == ["2026-11-25T08:31+00:00", "2026-11-25T08:58+00:00"]
    assert "Forgot" not in str(act.details)


def test_a_slot_is_behind_or_ahead_of_its_plan() -> None:
    begins = datetime.fromisoformat("2026-11-25T09:00+00:00")
    slot = Part(starts_at=begins, minutes=30)
    assert [parts.late(slot, begins + timedelta(minutes=n)) for n in (-5, 0, 7)] == [0, 0, 7]
    slot.began_at = begins + timedelta(minutes=4)
    assert parts.late(slot, begins + timedelta(minutes=10)) == 4
    assert parts.late(slot, begins + timedelta(minutes=39)) == 9
    slot.ended_at = begins + timedelta(minutes=25)
    assert parts.late(slot, begins + timedelta(minutes=60)) == -5


def test_what_was_read_is_not_told_again_and_reading_never_goes_back(room: Room) -> None:
    who = room.people["trainee"]
    for number in (1, 2):
        messages.say(room.session, room.staff, room.teaching, f"Message {number}", f"key-{number}", room.clock())
    room.session.flush()
    for number, left in ((1, 1), (99, 0), (1, 0)):
        messages.read(room.session, who, room.teaching.id, number)
        room.session.flush()
        mine = counter.standing(room.session.connection(), room.teaching.id, who, room.clock())
        assert mine is not None
        assert len(messages.of(room.session, room.teaching.id, mine.done_to)) == left
    messages.say(room.session, room.staff, room.teaching, "Message 3", "key-3", room.clock())
    assert len(messages.of(room.session, room.teaching.id, 2)) == 1


def test_a_message_stands_for_ten_minutes_and_whoever_said_it_is_not_told(room: Room) -> None:
    place, connection = room.teaching.id, room.session.connection()
    trainee, staff = room.people["trainee"], room.staff.id

    def seen() -> tuple[int, str]:
        found = counter.standing(connection, place, trainee, room.clock())
        assert found is not None
        return found.past, found.mark

    for number, minutes in ((1, 4), (2, 5)):
        messages.say(room.session, room.staff, room.teaching, f"Message {number}", f"key-{number}", room.clock())
        room.session.flush()
        room.clock.forward(minutes=minutes)
    assert len(messages.of(room.session, place, to=trainee)) == 2
    assert messages.of(room.session, place, to=staff) == []
    nine, before = seen()
    assert nine == 0
    room.clock.forward(minutes=1)
    ten, after = seen()
    assert ten == 1
    assert after != before, "a page that looks again is told that it fell away"
    assert [one.number for one in messages.standing(room.session, place, room.clock())] == [2]
    messages.read(room.session, trainee, place, 2)
    room.session.flush()
    _, read = seen()
    room.clock.forward(minutes=10)
    assert seen() == (2, read), "what was read falls away unseen"
    assert messages.standing(room.session, place, room.clock()) == []
    assert len(messages.of(room.session, place)) == 2, "the board keeps them all"


def test_nothing_moves_in_a_session_that_is_not_open(store: Store, people: People, clock: Clock) -> None:
    with store.writing() as session:
        made = make_teaching(session, people, clock())
        first = timetable.parts(session, made)[0]
        for act in (
            lambda: messages.say(session, instructor(people), made, "x", "k", clock()),
            lambda: clocks.pause(session, instructor(people), made, None, "x", clock()),
            lambda: parts.begin(session, instructor(people), made, first, clock()),
            lambda: asking.ask(session, people["trainee"], made, WORK, clock()),
        ):
            with pytest.raises(Conflict):
                act()


def test_the_board_shows_attendance_as_it_was_marked(room: Room) -> None:
    assert (room.row().attendance, room.seen().present) == ("", 0)
    times = standing.ledger(room.session, room.teaching).now(room.clock())
    assert times is not None
    filled = Filled({room.people["trainee"]: Mark("present")}, "", 0)
    grid.keep(room.session, room.staff, room.teaching, times, filled, Origin("grid", new_id().hex), room.clock())
    assert (room.row().attendance, room.seen().present) == ("present", 1)


@pytest.mark.parametrize("only", ["", "E"])
def test_closing_a_session_ends_its_pause(room: Room, only: str) -> None:
    slot = room.slot(only, "one-case") if only else None
    clocks.pause(room.session, room.staff, room.teaching, slot, "Power cut", room.clock())
    room.clock.now += timedelta(minutes=12)
    closing.close(room.session, room.staff, room.teaching, room.clock())
    (logged,) = clocks.log(room.session, room.teaching.id)
    assert (logged.ended_at, logged.minutes) == (room.clock(), 12)
    assert clocks.paused(room.session, room.teaching.id) is None
    assert room.teaching.state == "closed"
    acts = [one for one in room.session.scalars(select(Event.act).order_by(Event.seq)) if one.startswith("session.")]
    assert acts[-2:] == ["session.resumed", "session.closed"]


def test_whoever_was_stopped_in_an_examination_is_not_closed_out_by_the_pause(room: Room) -> None:
    it, ends = room.assignment(LAB), room.clock() + timedelta(minutes=30)
    wish = replace(assignments.wish_of(it), mode="examination", dates=((ends, 100),))
    assignments.change(room.session, room.staff, it, wish, room.clock())
    room.begin()
    clocks.pause(room.session, room.staff, room.teaching, None, "Power cut", room.clock())
    room.clock.now = ends + timedelta(minutes=10)  # over by the clock, and not by the time that was had
    with pytest.raises(Conflict, match="1 person is still at work"):
        closing.close(room.session, room.staff, room.teaching, room.clock())


def test_a_session_that_is_closed_or_was_never_open_is_told_so(
    room: Room, store: Store, people: People, clock: Clock
) -> None:
    made = make_teaching(room.session, people, clock())
    with pytest.raises(Conflict, match="never opened"):
        closing.close(room.session, room.staff, made, clock())
    closing.close(room.session, room.staff, room.teaching, clock())
    with pytest.raises(Conflict, match="closed already"):
        closing.close(room.session, room.staff, room.teaching, clock())


def test_a_clock_set_back_by_an_hour_changes_no_order_and_takes_no_time(room: Room) -> None:
    first, second = (one for one in timetable.parts(room.session, room.teaching) if one.kind == "P" and one.day == 3)
    exam, ends = room.slot("E", "one-case"), dates_of(room.assignment("one-case"))[-1][0]
    parts.begin(room.session, room.staff, room.teaching, first, room.clock())
    asking.ask(room.session, room.people["trainee"], room.teaching, WORK, room.clock())
    messages.say(room.session, room.staff, room.teaching, "The first", "1", room.clock())
    clocks.pause(room.session, room.staff, room.teaching, None, "Power cut", room.clock())
    before = room.clock()
    room.clock.now -= timedelta(hours=1)
    asking.ask(room.session, room.people["colleague"], room.teaching, WORK, room.clock())
    messages.say(room.session, room.staff, room.teaching, "The second", "2", room.clock())
    clocks.resume(room.session, room.staff, room.teaching, room.clock())
    clocks.extend(room.session, room.staff, room.teaching, exam, (5, None), "Power cut", "3", room.clock())
    parts.begin(room.session, room.staff, room.teaching, second, room.clock())
    waiting = [one.person_id for one in asking.queue(room.session, room.teaching, room.clock())]
    assert waiting == [room.people["trainee"], room.people["colleague"]]
    assert [one.text for one in messages.of(room.session, room.teaching.id)] == ["The second", "The first"]
    assert first.ended_at == first.began_at == before
    assert dates_of(room.assignment("one-case"))[-1][0] == ends + timedelta(minutes=5)
    assert all(one.stuck_for is None or one.stuck_for >= 0 for one in room.seen().rows)
    for one in clocks.log(room.session, room.teaching.id):
        assert one.ended_at is not None
        assert one.ended_at >= one.began_at


def test_a_message_is_withdrawn_in_its_own_session_only(room: Room) -> None:
    messages.say(room.session, room.staff, room.teaching, "The fire drill is at noon", "key", room.clock())
    room.session.flush()
    other = make_teaching(room.session, room.people, room.clock())
    with pytest.raises(NotThere):
        messages.withdraw(room.session, room.staff, other, 1, room.clock())
    assert len(messages.of(room.session, room.teaching.id)) == 1
    messages.withdraw(room.session, room.staff, room.teaching, 1, room.clock())
    assert messages.of(room.session, room.teaching.id) == []
