"""What is recorded of attendance: in its own session and in no other of the same people, once, and within bounds."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from tests.conftest import Clock, People
from tests.hosting_place import make_teaching
from training.accounts.actor import Actor
from training.audit.models import Event
from training.errors import Conflict, Refused, TooMany
from training.hosting.attendance import codes
from training.hosting.attendance.service import check_in, files, grid, records, sheets, standing
from training.hosting.attendance.service.check_in import Press
from training.hosting.attendance.service.grid import Filled, Overtaken
from training.hosting.attendance.service.records import Chosen, Mark, Origin
from training.hosting.attendance.state import Present, Times
from training.hosting.models import TeachingSession
from training.hosting.service.record import Faulty
from training.store import Store

Look = Callable[[str, int], Present]
NUMBER = 5  # the half-day in which the clock stands: Wednesday morning


@pytest.fixture
def other(store: Store, people: People, clock: Clock, running: UUID) -> UUID:
    """The second one, open as well, and made after the first."""
    with store.writing() as session:
        made = make_teaching(session, people, clock(), trainees=("trainee", "colleague"), title="Beside")
        made.opened_at = clock()
        return made.id


class Room:
    """What staff and trainees do in a session, each in a unit of its own."""

    def __init__(self, store: Store, clock: Clock, staff: Actor, people: People, key: UUID) -> None:
        self.store, self.clock, self.staff, self.people, self.id = store, clock, staff, people, key

    def keep(self, number: int, mark: Mark, *names: str, key: str = "", base: int | None = None, rest: str = "") -> int:
        with self.store.writing() as session:
            teaching = session.get_one(TeachingSession, self.id)
            times = standing.ledger(session, teaching).numbered(number)
            assert times is not None
            seen = records.last(session, teaching) if base is None else base
            filled = Filled({self.people[name]: mark for name in names}, rest, seen)
            origin = Origin("grid", key or str(uuid4()))
            return grid.keep(session, self.staff, teaching, times, filled, origin, self.clock())

    def at(self, act: Callable[..., object], number: int = NUMBER) -> None:
        with self.store.writing() as session:
            teaching = session.get_one(TeachingSession, self.id)
            times = standing.ledger(session, teaching).numbered(number)
            act(session, self.staff, teaching, times, self.clock())

    def press(self, who: Actor, device: str) -> bool:
        key = codes.session_key("of tests", self.id)
        code = codes.shown(codes.Place(key, 3, 1), self.clock()).long
        press = Press(key, code, "", "", Origin("join", str(uuid4()), "", device))
        with self.store.writing() as session:
            return check_in.arrive(session, who, session.get_one(TeachingSession, self.id), press, self.clock())

    def status(self, name: str, number: int) -> str:
        with self.store.reading() as session:
            found = standing.attended(session, session.get_one(TeachingSession, self.id))
        return found[self.people[name]][number - 1].status

    def seqs(self) -> list[int]:
        with self.store.reading() as session:
            return [one.seq for one in records.of(session, session.get_one(TeachingSession, self.id))]

    def acts(self) -> list[str]:
        """What of attendance the audit log has of this session, in order."""
        with self.store.reading() as session:
            said = select(Event.act).where(Event.subject == f"session:{self.id}", Event.act.like("attendance.%"))
            return list(session.scalars(said.order_by(Event.seq)))


@pytest.fixture
def rooms_of_both(
    store: Store, clock: Clock, staff: Actor, people: People, running: UUID, other: UUID
) -> tuple[Room, Room]:
    one, two = (Room(store, clock, staff, people, key) for key in (running, other))
    return one, two


def test_records_of_one_session_are_none_of_the_other(rooms_of_both: tuple[Room, Room]) -> None:
    one, two = rooms_of_both
    key = str(uuid4())
    assert two.keep(1, Mark("absent"), "trainee", "colleague", key=key) == 2
    assert (one.status("trainee", 1), two.status("trainee", 1)) == ("open", "absent")
    assert one.keep(1, Mark("absent"), "trainee", key=key) == 1  # the same form, sent in another session
    assert (one.seqs(), two.seqs()) == ([1], [1, 2])  # each counts its own
    assert one.keep(2, Mark("absent"), "trainee", key=key) == 1  # or for another half-day
    assert (one.status("trainee", 2), one.status("colleague", 1)) == ("absent", "open")


def test_check_in_that_is_open_or_closed_in_one_session_is_neither_in_the_other(
    rooms_of_both: tuple[Room, Room], trainee: Actor
) -> None:
    one, two = rooms_of_both
    one.clock.now = one.clock.now.replace(hour=7, minute=25)
    two.at(check_in.open_up)
    two.at(check_in.shut)
    assert one.press(trainee, "phone")
    assert one.status("trainee", NUMBER) == "waiting"
    one.at(check_in.open_up)
    assert one.status("trainee", NUMBER) == "present"
    with pytest.raises(Conflict, match="closed"):
        two.press(trainee, "phone")


def test_a_device_is_that_of_somebody_in_one_session_and_of_somebody_else_in_another(
    rooms_of_both: tuple[Room, Room], trainee: Actor, people: People
) -> None:
    one, two = rooms_of_both
    one.clock.now = one.clock.now.replace(hour=7, minute=25)
    assert one.press(trainee, "phone")
    assert two.press(replace(trainee, id=people["colleague"]), "phone")


def test_who_guesses_printed_codesin_one_session_waits_in_that_one_alone(
    rooms_of_both: tuple[Room, Room], store: Store, trainee: Actor
) -> None:
    one, two = rooms_of_both
    for _ in range(5):
        check_in.guess(store, trainee, one.id, "192.0.2.1", one.clock())
    with pytest.raises(TooMany):
        check_in.guess(store, trainee, one.id, "192.0.2.1", one.clock())
    check_in.guess(store, trainee, two.id, "192.0.2.1", two.clock())  # where nobody has guessed yet


def test_sheets_are_those_of_the_session_and_the_half_day_that_were_made_last(
    rooms_of_both: tuple[Room, Room], store: Store, people: People
) -> None:
    one, two = rooms_of_both
    made: dict[tuple[str, int], str] = {}

    def printing(name: str, number: int) -> Callable[..., None]:
        def act(*given: object) -> None:
            (sheet,) = sheets.make(*given)  # type: ignore[arg-type]  # as the room calls it
            assert {row["person"] for row in sheet.rows} == {str(people[who]) for who in ("trainee", "colleague")}
            made[name, number] = sheet.code

        return act

    one.at(printing("first", 1), 1)
    one.clock.forward(minutes=1)
    one.at(printing("again", 1), 1)
    one.at(printing("afternoon", 2), 2)
    two.at(printing("beside", 1), 1)
    with store.reading() as session:
        teaching = session.get_one(TeachingSession, one.id)
        times = standing.ledger(session, teaching).times
        assert len(sheets.of(session, teaching)) == 3
        printed = [[sheet.code for sheet in sheets.printed(session, teaching, each)] for each in times[:2]]
    assert printed == [[made["again", 1]], [made["afternoon", 2]]]
    assert one.acts() == ["attendance.printed"] * 3


def test_what_staff_do_about_check_in_stands_in_the_audit_log_once(rooms_of_both: tuple[Room, Room]) -> None:
    one, _ = rooms_of_both
    for act in (check_in.open_up, check_in.open_up, check_in.shut, check_in.shut):
        one.at(act)
    one.at(lambda session, actor, teaching, times, now: check_in.count(session, actor, teaching, times, 2, now))
    with one.store.writing() as session:
        teaching = session.get_one(TeachingSession, one.id)
        for wish in (Chosen(late_entry=240), Chosen(late_entry=240)):
            records.choose(session, one.staff, teaching, wish, one.clock())
        with pytest.raises(Faulty):
            records.choose(session, one.staff, teaching, Chosen(late_entry=241), one.clock())
    assert one.acts() == ["attendance.opened", "attendance.shut", "attendance.counted", "attendance.chosen"]
    with one.store.writing() as session:
        teaching = session.get_one(TeachingSession, one.id)
        teaching.closed_at = one.clock()
        with pytest.raises(Conflict):
            records.choose(session, one.staff, teaching, Chosen(late_entry=10), one.clock())


def test_an_opening_keeps_its_time_when_check_in_is_opened_again(
    rooms_of_both: tuple[Room, Room], store: Store
) -> None:
    one, _ = rooms_of_both
    first = one.clock()
    one.at(check_in.open_up)
    one.clock.forward(minutes=20)
    one.at(check_in.shut)
    one.at(check_in.open_up)
    with store.reading() as session:
        (row,) = records.check_ins(session, session.get_one(TeachingSession, one.id)).values()
    assert (row.opened_at, row.closed_at) == (first, None)


def test_who_was_taken_out_is_none_of_the_rest_and_stays_in_the_file(
    rooms_of_both: tuple[Room, Room], store: Store, people: People
) -> None:
    one, _ = rooms_of_both
    one.keep(1, Mark("late", 20), "colleague")
    with store.writing() as session:
        for member in session.get_one(TeachingSession, one.id).members:
            if member.person_id == people["colleague"]:
                member.withdrawn_at = one.clock()
    assert one.keep(2, Mark(""), rest="absent") == 1
    assert (one.status("trainee", 2), one.status("colleague", 2)) == ("absent", "open")

    def counted(*given: object) -> None:
        check_in.count(*given[:4], 0, given[4])  # type: ignore[arg-type, call-arg]  # as the room calls it

    one.at(counted, 1)
    with store.reading() as session:
        teaching = session.get_one(TeachingSession, one.id)
        found = standing.ledger(session, teaching)
        assert check_in.signs(found, found.times[0], teaching) == []  # nobody was there of those who are in it
        moment = found.times[4].begins
        assert standing.today(session, teaching, moment).keys() == {people["trainee"]}
        assert "Colleague" in files.as_csv(session, teaching)


def test_the_rest_are_those_of_whom_nothing_is_known(rooms_of_both: tuple[Room, Room]) -> None:
    one, _ = rooms_of_both
    for number, mark in enumerate((Mark("present"), Mark("excused", None, "Duty")), 1):
        one.keep(number, mark, "colleague")
        assert one.keep(number, Mark(""), rest="absent") == 1
        assert (one.status("trainee", number), one.status("colleague", number)) == ("absent", mark.what)


def test_a_record_made_right_after_the_page_was_shown_is_not_overwritten(rooms_of_both: tuple[Room, Room]) -> None:
    one, _ = rooms_of_both
    one.keep(1, Mark("absent"), "colleague")
    one.keep(1, Mark("absent"), "trainee")
    with pytest.raises(Overtaken):
        one.keep(1, Mark("late", 15, "Train"), "trainee", base=1)
    assert one.keep(1, Mark("late", 15, "Train"), "trainee", base=2) == 1


def test_a_correction_names_the_record_before_it(rooms_of_both: tuple[Room, Room], standing_of: Look) -> None:
    one, _ = rooms_of_both
    for mark in (Mark("absent"), Mark("late", 15, "Train"), Mark("late", 20, "Train")):
        one.keep(1, mark, "trainee")
    first, second, third = standing_of("trainee", 1).records
    assert [one.replaces for one in (first, second, third)] == [None, first.id, second.id]  # type: ignore[attr-defined]


def test_minutes_go_up_to_those_of_the_half_day(rooms_of_both: tuple[Room, Room], standing_of: Look) -> None:
    one, _ = rooms_of_both
    whole = int(standing_of("trainee", 1).contact)
    with pytest.raises(Faulty, match="Minutes are 0 to"):
        one.keep(1, Mark("present", whole + 1), "trainee")
    assert one.keep(1, Mark("present", whole), "trainee") == 1
    assert standing_of("trainee", 1).exact == whole


def test_the_hour_of_a_half_day_is_over_at_its_end(
    rooms_of_both: tuple[Room, Room], store: Store, trainee: Actor
) -> None:
    one, _ = rooms_of_both
    with store.reading() as session:
        found = standing.ledger(session, session.get_one(TeachingSession, one.id))
    times: Times = found.times[NUMBER - 1]
    assert found.now(times.ends.replace(microsecond=0)) is not times
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, one.id)
        with pytest.raises(Conflict, match="no check-out"):
            check_in.leave(session, trainee, teaching, Origin("join", str(uuid4())), times.begins)


def test_leaving_twice_is_leaving_once_and_who_never_came_can_not_leave(
    rooms_of_both: tuple[Room, Room], trainee: Actor, people: People
) -> None:
    one, _ = rooms_of_both
    one.clock.now = one.clock.now.replace(hour=7, minute=25)
    one.at(check_in.open_up)
    with one.store.writing() as session:
        teaching = session.get_one(TeachingSession, one.id)
        records.choose(session, one.staff, teaching, Chosen(check_out=True), one.clock())
    assert one.press(trainee, "phone")
    one.clock.forward(hours=2)
    for who in (trainee, trainee, replace(trainee, id=people["colleague"])):
        with one.store.writing() as session:
            teaching = session.get_one(TeachingSession, one.id)
            check_in.leave(session, who, teaching, Origin("join", str(uuid4())), one.clock())
    assert one.seqs() == [1, 2]


def test_marks_of_a_sheet_are_of_the_absent_or_of_the_present(rooms_of_both: tuple[Room, Room]) -> None:
    one, _ = rooms_of_both
    printed_codes: list[str] = []

    def made(*given: object) -> None:
        printed_codes.extend(sheet.code for sheet in sheets.make(*given))  # type: ignore[arg-type]  # as the room calls it

    one.at(made, 1)
    one.keep(1, Mark("excused", None, "Duty"), "trainee")
    with one.store.writing() as session:
        teaching = session.get_one(TeachingSession, one.id)
        origin = Origin("sheet", str(uuid4()))
        with pytest.raises(Refused):
            sheets.enter(session, one.staff, teaching, printed_codes[0], "late", origin, one.clock())
        marks = {row["person"]: row["mark"] for row in sheets.of(session, teaching)[0].rows}
        typed = f"{printed_codes[0]} {marks[str(one.people['trainee'])]}"
        (entered,) = sheets.enter(session, one.staff, teaching, typed, "absent", origin, one.clock())
    assert entered.left == ()  # who is excused isn't there either: the sheet agrees
