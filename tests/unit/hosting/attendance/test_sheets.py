"""Paper and back: what was typed or scanned off a sheet, with every mistake found and nothing overwritten."""

from collections.abc import Callable
from datetime import date
from uuid import UUID, uuid4

import pytest

from tests.conftest import Clock, People
from tests.hosting_place import make_teaching
from training.accounts.actor import Actor
from training.errors import Refused
from training.hosting.attendance import characters
from training.hosting.attendance.service import grid, sheets, standing
from training.hosting.attendance.service.grid import Filled
from training.hosting.attendance.service.records import Mark, Origin
from training.hosting.attendance.service.sheets import Entered
from training.hosting.attendance.state import Present
from training.hosting.models import TeachingSession
from training.hosting.service.record import Faulty
from training.store import Store

Look = Callable[[str, int], Present]


class Desk:
    """Where sheets are made and typed in."""

    def __init__(self, store: Store, clock: Clock, running: UUID, staff: Actor, people: People) -> None:
        self.store, self.clock, self.id, self.staff, self.people = store, clock, running, staff, people

    def make(self, number: int = 1) -> tuple[str, dict[str, str]]:
        """The id of a new sheet, and the mark of each person."""
        with self.store.writing() as session:
            teaching = session.get_one(TeachingSession, self.id)
            times = standing.ledger(session, teaching).numbered(number)
            assert times is not None
            (sheet,) = sheets.make(session, self.staff, teaching, times, self.clock())
            marks = {row["person"]: row["mark"] for row in sheet.rows}
            return sheet.code, {name: marks[str(self.people[name])] for name in ("trainee", "colleague")}

    def enter(self, typed: str, kind: str = "absent") -> list[Entered]:
        with self.store.writing() as session:
            teaching = session.get_one(TeachingSession, self.id)
            origin = Origin("sheet", str(uuid4()))
            return sheets.enter(session, self.staff, teaching, typed, kind, origin, self.clock())


@pytest.fixture
def desk(store: Store, clock: Clock, running: UUID, staff: Actor, people: People) -> Desk:
    return Desk(store, clock, running, staff, people)


def test_the_marks_of_the_absent_bring_a_sheet_back(desk: Desk, standing_of: Look) -> None:
    code, marks = desk.make()
    (entered,) = desk.enter(f"{code} {marks['colleague']}")
    assert (entered.count, entered.left, entered.half) == (2, (), 1)
    assert standing_of("trainee", 1).attended
    assert standing_of("colleague", 1).status == "absent"


def test_a_scanner_that_types_each_row_as_a_line_works(desk: Desk, standing_of: Look) -> None:
    code, marks = desk.make()
    desk.enter(f"{code}{marks['trainee']}\r\n{code}{marks['trainee']}\r\n", "present")
    assert standing_of("trainee", 1).status == "present"
    assert standing_of("colleague", 1).status == "absent"


def test_small_letters_hyphens_and_several_sheets_in_one_go(desk: Desk, standing_of: Look) -> None:
    first, _ = desk.make(1)
    second, marks = desk.make(2)
    entered = desk.enter(f"{first.lower()}\n{second[:3]}-{second[3:]}, {marks['trainee'].lower()}")
    assert [one.half for one in entered] == [1, 2]
    assert standing_of("colleague", 1).status == standing_of("trainee", 1).status == "present"
    assert standing_of("trainee", 2).status == "absent"


def test_every_mistake_is_named_with_its_line_and_nothing_is_kept(desk: Desk, standing_of: Look) -> None:
    code, marks = desk.make()
    unused = next(one for one in characters.marks(code) if one not in marks.values())
    wrong = characters.ALPHABET[(characters.ALPHABET.index(code[0]) + 1) % 31] + code[1:]
    typed = f"{marks['trainee']}\n{wrong}\n{code} {marks['trainee'][::-1]} {unused}\n{characters.new_code()} <b>"
    with pytest.raises(Faulty) as refused:
        desk.enter(typed)
    said = refused.value.fields["marks"]
    for part in ("Line 1:", "Line 2:", "Line 3:", "has no row", "is not of this session", "Line 4:"):
        assert part in said
    assert standing_of("trainee", 1).status == "open"


@pytest.mark.parametrize("typed", ["", "  \n", "A" * 30_000, "AA " * 3_000, "\u0660" * 7])
def test_nothing_and_too_much_are_refused(desk: Desk, typed: str) -> None:
    with pytest.raises(Faulty):
        desk.enter(typed)
    with pytest.raises(Faulty):
        desk.enter(desk.make()[0], "everybody")


def test_what_was_recorded_otherwise_is_left_and_named(desk: Desk, store: Store, standing_of: Look) -> None:
    code, marks = desk.make()
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, desk.id)
        times = standing.ledger(session, teaching).numbered(1)
        assert times is not None
        filled = Filled({desk.people["trainee"]: Mark("late", 20)}, "", 0)
        grid.keep(session, desk.staff, teaching, times, filled, Origin("grid", str(uuid4())), desk.clock())
    (entered,) = desk.enter(f"{code} {marks['trainee']}")
    assert entered.left == (desk.people["trainee"],)
    assert standing_of("trainee", 1).status == "late"
    assert standing_of("colleague", 1).status == "present"


def test_a_sheet_of_another_session_is_refused(desk: Desk, store: Store, people: People, clock: Clock) -> None:
    code, _ = desk.make()
    with store.writing() as session:
        other = make_teaching(session, people, clock(), title="Another", starts_on=date(2026, 11, 30))
        other.opened_at = clock()
        with pytest.raises(Faulty, match="not of this session"):
            sheets.read(session, other, code)
        empty = make_teaching(session, people, clock(), trainees=(), title="Empty", starts_on=date(2026, 12, 7))
        times = standing.ledger(session, empty).times[0]
        with pytest.raises(Refused, match="no trainees"):
            sheets.make(session, desk.staff, empty, times, clock())


def test_an_entry_and_the_sheets_of_a_session_have_their_limits(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    code, marks = desk.make()
    monkeypatch.setattr(sheets, "TOKENS", 2)
    assert desk.enter(f"{code} {marks['colleague']}")
    with pytest.raises(Faulty, match="more than 2 marks"):
        desk.enter(f"{code} {marks['colleague']} {marks['trainee']}")
    monkeypatch.setattr(sheets, "LONGEST", len(code))
    assert desk.enter(code)
    with pytest.raises(Faulty, match="characters"):
        desk.enter(f"{code} ")
    monkeypatch.setattr(sheets, "MOST", 2)
    desk.make()
    with pytest.raises(Refused, match="at most 2 sheets"):
        desk.make()
