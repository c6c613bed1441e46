"""Attendance as CSV, there and back: the own export changes nothing, and a changed line is a record with its reason."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from uuid import UUID, uuid4

import pytest

from tests.conftest import Clock, People
from training.accounts.actor import Actor
from training.accounts.models import Person
from training.errors import Conflict
from training.hosting.attendance.service import files, grid, records, standing
from training.hosting.attendance.service.files import COLUMNS, Compared
from training.hosting.attendance.service.grid import Filled
from training.hosting.attendance.service.records import Mark, Origin
from training.hosting.attendance.state import Present
from training.hosting.models import TeachingSession
from training.hosting.service import timetable
from training.hosting.service.record import Faulty
from training.store import Store

Look = Callable[[str, int], Present]
EXAMINATION = 9
"""Number of the half-day with examination B."""


class Shelf:
    """Where files go out and come in."""

    def __init__(self, store: Store, clock: Clock, running: UUID, staff: Actor) -> None:
        self.store, self.clock, self.id, self.staff = store, clock, running, staff

    def out(self) -> str:
        with self.store.reading() as session:
            return files.as_csv(session, session.get_one(TeachingSession, self.id))

    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out().removeprefix("\ufeff"))))

    def compare(self, text: str) -> Compared:
        with self.store.reading() as session:
            return files.compare(session, session.get_one(TeachingSession, self.id), text)

    def take(self, text: str, base: int | None = None) -> int:
        with self.store.writing() as session:
            teaching = session.get_one(TeachingSession, self.id)
            seen = records.last(session, teaching) if base is None else base
            return files.take(session, self.staff, teaching, text, seen, Origin("csv", str(uuid4())), self.clock())


@pytest.fixture
def shelf(store: Store, clock: Clock, running: UUID, staff: Actor, people: People) -> Shelf:
    """With something of each kind recorded, names like formulas, and a number with zeros."""
    with store.writing() as session:
        teaching = session.get_one(TeachingSession, running)
        for one in teaching.members:
            one.number = "007" if one.person_id == people["trainee"] else one.number
        session.get_one(Person, people["colleague"]).name = '=HYPERLINK("x")'
        found = standing.ledger(session, teaching)
        kinds = {1: Mark("late", 37), 2: Mark("excused", None, '-Duty, "away"; far'), 6: Mark("late", 45)}
        for number, mark in kinds.items():
            times = found.numbered(number)
            assert times is not None
            filled = Filled({people["trainee"]: mark}, "present", records.last(session, teaching))
            grid.keep(session, staff, teaching, times, filled, Origin("grid", str(uuid4())), clock())
        half = found.times[2].half
        scanned = Origin("qr", str(uuid4()))
        arrived = found.times[2].begins.replace(second=17)
        records.add(session, staff, teaching, people["trainee"], half, Mark("waiting"), scanned, arrived)
    return Shelf(store, clock, running, staff)


def test_a_line_for_each_trainee_and_half_day_by_permanent_number(shelf: Shelf) -> None:
    rows = shelf.rows()
    assert list(rows[0]) == list(COLUMNS)
    assert len(rows) == 2 * 10
    first = rows[0]
    assert (first["number"], first["status"], first["minutes"], first["late_minutes"]) == ("007", "late", "173", "37")
    assert (first["contact_minutes"], first["attended"], first["date"]) == ("210", "yes", "2026-11-23")
    assert [(one["admitted"], one["attended"]) for one in rows if one["half_day"] == "6"] == [
        ("no", "no"),
        ("yes", "yes"),
    ]


def test_no_cell_is_a_formula(shelf: Shelf) -> None:
    rows = shelf.rows()
    assert {one["name"] for one in rows} == {"Trainee", '\'=HYPERLINK("x")'}
    assert rows[1]["reason"].startswith("'-")


def test_the_own_export_changes_nothing_also_with_semicolons_and_without_zeros_lost(shelf: Shelf) -> None:
    compared = shelf.compare(shelf.out())
    assert (compared.same, compared.changes) == (20, ())
    made = io.StringIO()
    out = csv.DictWriter(made, COLUMNS, delimiter=";")
    out.writeheader()
    out.writerows(shelf.rows())
    assert shelf.compare(made.getvalue()).changes == ()
    assert shelf.take(shelf.out()) == 0


def test_changed_lines_become_records_with_their_reasons(shelf: Shelf, standing_of: Look) -> None:
    text = (
        "login,half_day,status,minutes,late_minutes,admitted,reason\n"
        "trainee,1,present,,0,,Clock of the room was wrong\n"
        "trainee,6,late,180,20,yes,The server was down\n"
        "colleague,4,present,135,,,\n"
        "colleague,5,absent,,,,\n"
    )
    compared = shelf.compare(text)
    assert [(one.line, one.half) for one in compared.changes] == [(2, 1), (3, 6), (4, 4), (5, 5)]
    assert standing_of("trainee", 1).status == "late"  # a comparison changes nothing
    assert shelf.take(text, compared.base) == 5
    assert standing_of("trainee", 1).exact == 210
    exam = standing_of("trainee", 6)
    assert (exam.status, exam.late, exam.admitted, grid.remark_of(exam)) == ("late", 20, True, "The server was down")
    assert standing_of("colleague", 4).exact == 135
    assert standing_of("colleague", 5).status == "absent"
    assert shelf.compare(shelf.out()).changes == ()


def test_every_line_that_is_wrong_is_named_and_nothing_is_taken(shelf: Shelf, standing_of: Look) -> None:
    text = (
        "number,half_day,status,minutes,reason\n"
        "8,1,present,,x\n007,11,present,,x\n007,1,dancing,,x\n007,2,present,9999,x\n007,3,absent,5,x\n"
        "007,4,present,,\n007,4,absent,,\n007,1,present,,\n"
    )
    with pytest.raises(Faulty) as refused:
        shelf.take(text)
    said = refused.value.fields["file"]
    for line in (2, 3, 4, 5, 6, 8, 9):
        assert f"Line {line}:" in said
    assert "Line 7:" not in said
    assert standing_of("trainee", 4).status == "open"


@pytest.mark.parametrize(
    "text",
    [
        *("", "\ufeff\n", "name,status\nx,present\n", "number,half_day,status,status\n", 'number,half_day,status\n"7'),
        *("number,half_day,status\n7,1\n", "number,half_day,status\n" + "x" * 3_000 + ",1,present\n", "x" * 600_000),
    ],
)
def test_what_is_no_file_of_attendance_is_refused(shelf: Shelf, text: str) -> None:
    with pytest.raises(Faulty):
        shelf.compare(text)


def test_what_somebody_recorded_since_the_comparison_is_a_conflict(shelf: Shelf) -> None:
    text = "login,half_day,status,reason\ncolleague,4,absent,\n"
    base = shelf.compare(text).base
    shelf.take("login,half_day,status,reason\ncolleague,4,excused,Duty\n")
    text = "login,half_day,status,reason\ncolleague,4,absent,Was seen elsewhere\n"
    with pytest.raises(Conflict):
        shelf.take(text, base)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("007,colleague,,,1,", "number, login: The number is that of another account, trainee."),
        (",colleague,,01,1,", "login, seat: This is not the seat of colleague."),
        ('007,,\'=HYPERLINK(""x""),,1,', "number, name: The name is that of somebody else than trainee."),
        ("007,trainee,Instructor,01,1,", "The name is that of somebody else than trainee."),
        ("007,nobody,,,1,", "nobody of this session has number or login nobody."),
        (",colleague,,,1,2026-11-24", "half-day 1 is on 2026-11-23, and not on 2026-11-24."),
        (",colleague,,,1,23/11/2026", "half-day 1 is on 2026-11-23, and not on 23/11/2026."),
    ],
)
def test_columns_of_a_line_that_contradict_each_other_are_refused(shelf: Shelf, line: str, told: str) -> None:
    cells = line.replace('\'=HYPERLINK(""x"")', '"\'=HYPERLINK(""x"")"')
    with pytest.raises(Faulty) as refused:
        shelf.compare(f"number,login,name,seat,half_day,date,status,reason\n{cells},absent,Ill\n")
    assert "Line 2:" in refused.value.fields["file"]
    assert told in refused.value.fields["file"]


def test_columns_that_agree_and_a_name_spelled_otherwise_are_taken(shelf: Shelf) -> None:
    text = "number,login,name,seat,half_day,date,status\n,Colleague,Koleg,02,4,2026-11-24,absent\n"
    assert [one.half for one in shelf.compare(text).changes] == [4]


@pytest.fixture
def scanned_late(shelf: Shelf, people: People) -> Shelf:
    """The trainee came into half-day 10 and the one with examination B by scans, late by minutes that are not whole."""
    with shelf.store.writing() as session:
        teaching = session.get_one(TeachingSession, shelf.id)
        found = standing.ledger(session, teaching)
        for number, minutes in ((10, 150.333), (EXAMINATION, 667 / 60)):
            times = found.numbered(number)
            assert times is not None
            at = times.begins + timedelta(minutes=minutes)
            records.add(
                session, shelf.staff, teaching, people["trainee"], times.half, Mark("arrived"),
                Origin("qr", str(uuid4())), at,
            )  # fmt: skip
    return shelf


def line_of(shelf: Shelf, half: int) -> dict[str, str]:
    return next(one for one in shelf.rows() if (one["number"], one["half_day"]) == ("007", str(half)))


def as_text(row: dict[str, str]) -> str:
    made = io.StringIO()
    out = csv.DictWriter(made, COLUMNS)
    out.writeheader()
    out.writerow(row)
    return made.getvalue()


@pytest.mark.parametrize("half", [10, EXAMINATION])
def test_a_reason_alone_leaves_exact_figures_as_they_are(scanned_late: Shelf, standing_of: Look, half: int) -> None:
    before, row = standing_of("trainee", half), line_of(scanned_late, half)
    assert "." in row["late_minutes"]
    for why in ("The bus broke down", "The bus broke down twice"):
        assert scanned_late.take(as_text({**row, "reason": why})) == 1
        after = standing_of("trainee", half)
        assert (after.status, after.exact, after.late) == (before.status, before.exact, before.late)
        assert line_of(scanned_late, half)["reason"] == why
    assert scanned_late.compare(scanned_late.out()).changes == ()


def test_a_word_about_the_examination_leaves_exact_minutes_as_they_are(scanned_late: Shelf, standing_of: Look) -> None:
    row, before = line_of(scanned_late, EXAMINATION), standing_of("trainee", EXAMINATION)
    assert (row["status"], row["late_minutes"], before.late) == ("late", "11.11", Fraction(667, 60))
    word = "no" if row["admitted"] == "yes" else "yes"
    with pytest.raises(Faulty, match="Write why"):
        scanned_late.compare(as_text({**row, "admitted": word}))
    assert scanned_late.take(as_text({**row, "admitted": word, "reason": "No identity card"})) == 1
    after = standing_of("trainee", EXAMINATION)
    assert (after.status, after.exact, after.late) == (before.status, before.exact, before.late)
    assert after.admitted is (word == "yes")


def test_minutes_beyond_the_contact_time_are_left_alone_too(shelf: Shelf, standing_of: Look) -> None:
    """Somebody was marked late by 100 minutes, and the half-day was held shorter afterwards."""
    shelf.take("number,half_day,status,late_minutes\n007,4,late,100\n")
    with shelf.store.writing() as session:
        teaching = session.get_one(TeachingSession, shelf.id)
        held = [one for one in timetable.parts(session, teaching) if (one.day, one.half) == (2, 2) and one.contact]
        parts = sorted(held, key=lambda one: one.starts_at)
        for one in parts[:-1]:
            one.began_at = one.ended_at = one.starts_at
    row, before = line_of(shelf, 4), standing_of("trainee", 4)
    assert (row["status"], row["late_minutes"]) == ("late", "100")
    assert 0 < int(row["minutes"]) <= int(row["contact_minutes"]) < 100
    assert shelf.take(as_text({**row, "reason": "As the list on paper says"})) == 1
    after = standing_of("trainee", 4)
    assert (after.status, after.exact, after.late) == (before.status, before.exact, before.late)


def test_a_reason_that_would_undo_a_leaving_is_refused(shelf: Shelf, standing_of: Look, people: People) -> None:
    with shelf.store.writing() as session:
        teaching = session.get_one(TeachingSession, shelf.id)
        times = standing.ledger(session, teaching).numbered(1)
        assert times is not None
        at = times.begins + timedelta(minutes=90, seconds=20)
        gone = Origin("qr", str(uuid4()))
        records.add(session, shelf.staff, teaching, people["trainee"], times.half, Mark("left"), gone, at)
    row, before = line_of(shelf, 1), standing_of("trainee", 1)
    with pytest.raises(Faulty, match="somebody came or went after the last mark"):
        shelf.take(as_text({**row, "reason": "Felt ill"}))
    assert standing_of("trainee", 1).exact == before.exact


def test_a_reason_alone_says_nothing_where_nothing_stands(shelf: Shelf) -> None:
    with pytest.raises(Faulty, match="a reason goes with a status"):
        shelf.compare("login,half_day,status,reason\ncolleague,4,open,Why\n")


def test_a_file_of_just_the_limits_is_read_and_one_beyond_them_says_which(shelf: Shelf) -> None:
    """Blank lines before a line count, a column that nobody knows as cells: neither is looked at any further."""
    head, line = "login,half_day,status,remarks\n", "colleague,4,absent,"
    text = head + line + "\n"
    lines = head + "\n" * (files.LINES - 2) + line + "\n"
    cell = head + line + "x" * files.WIDEST + "\n"
    whole = text + (" " * 999 + "\n") * 499
    whole += " " * (files.LARGEST - len(whole))
    for good in (lines, cell, whole):
        assert len(shelf.compare(good).changes) == 1
    for bad, told in (
        (lines.replace(head, head + "\n"), "The file has more than 20,000 lines."),
        (cell.replace("x\n", "xx\n"), "Line 2 has 4 cells, the first 4."),
        (whole + " ", "The file has more than 500,000 characters."),
    ):
        with pytest.raises(Faulty) as refused:
            shelf.compare(bad)
        assert refused.value.fields["file"] == told


def test_fifty_faults_of_a_file_are_told_one_by_one_and_the_others_counted(shelf: Shelf) -> None:
    for lines, more in ((50, False), (51, True)):
        with pytest.raises(Faulty) as refused:
            shelf.compare("login,half_day,status\n" + "nobody,1,absent\n" * lines)
        said = refused.value.fields["file"]
        assert said.count("nobody of this session") == 50
        assert ("There are 1 more." in said or "There is 1 more." in said) is more
