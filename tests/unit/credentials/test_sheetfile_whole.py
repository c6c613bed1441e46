"""The file of a sitting, whole: what it says of each row, and every mistake with its row, column, cell and words."""
# ruff: noqa: RUF001

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from training.credentials import sheetfile
from training.credentials.grid import Change, Entry, Row, Sheet
from training.credentials.models import Result
from training.credentials.results import Wish
from training.credentials.sheetfile import Compared
from training.errors import Refused
from training.hosting.models import TeachingSession
from training.hosting.plan import Examination, Piece
from training.hosting.roster.reading.cells import Mistake
from training.hosting.roster.reading.whose import Known

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
AWA, LI, UTE, HOST = (UUID(int=number) for number in range(1, 5))
NOBODY = "Nobody of this sitting is called so."
ELSEWHERE = "This is the file of another examination or sitting: here it is %s."
NO_TABLE = "The first row has to name the columns: number, login or name, and each piece by its number, such as 1."
TOO_LARGE = "The list is larger than 200 kB. Send this session's rows only."
EMPTY = "The list is empty. Choose a file, or paste the rows."
NOT_THE_SEAT = "This is not the seat of awa. Correct one of the two."
PERCENT = "%s: give percent from 0 to 100 with at most two decimals."


def row(person: UUID, name: str, login: str, number: str, seat: str, *pieces: str, closed: str = "") -> Row:
    last = (
        Result(id=UUID(int=100 + person.int), pieces=list(pieces), sat_on=date(2026, 11, 24)) if any(pieces) else None
    )
    return Row(person, name, login, number, seat, last, pieces or ("", ""), "2026-11-24", closed)


ROWS = (
    row(AWA, "Awa Diop", "awa", "00101", "01", "70", ""),
    row(LI, "Li Na", "li", "00102", "02"),
    row(UTE, "=Ute", "ute", "+7", "", closed="Nobody records results of their own."),
)
SHEET = Sheet(
    TeachingSession(starts_on=date(2026, 11, 23), zone="Europe/Paris"),
    Examination(
        name="A",
        title="Examination A",
        pieces=(Piece(title="Practice", weight=65, minutes=90), Piece(title="Report", weight=35, minutes=45)),
    ),
    2,
    2,
    HOST,
    ROWS,
    (Known(HOST, "00900", "host", "Ada Host", ""),),
)


def compare(text: str) -> Compared:
    return sheetfile.compare(SHEET, text, NOW)


def change(of: Row, before: dict[str, str], after: dict[str, str]) -> Change:
    return Change(of, before, after, Wish("A", 2, (after["1"], after["2"]), after["day"]))


def refusal(text: str) -> str:
    with pytest.raises(Refused) as bad:
        compare(text)
    return str(bad.value)


def test_the_file_has_a_row_for_each_with_what_is_recorded_and_no_formula() -> None:
    assert sheetfile.as_csv(SHEET) == (
        "\ufeffnumber,login,name,seat,examination,sitting,day,1. Practice (65 %),2. Report (35 %)\r\n"
        "00101,awa,Awa Diop,01,A,2,2026-11-24,70,\r\n"
        "00102,li,Li Na,02,A,2,2026-11-24,,\r\n"
        "'+7,ute,'=Ute,,A,2,2026-11-24,,\r\n"
    )
    assert compare(sheetfile.as_csv(SHEET)) == Compared(3, {}, (), ())


def test_what_a_file_would_change_and_what_is_wrong_is_told_at_once() -> None:
    found = compare(
        "number;login;name;Seat no;examination;sitting;1. Practice;2;Date;;\n"
        "00101;awa;Awa Diop;x;A;2;70;55;;;\n"
        "\n"
        "00102;;;;a;٢;80;100,1;2026-11-22;;late\n"
        "00102;li;;;;;;;;;\n"
        "00109;;;;;;1;;;;\n"
        "00101;li;;;;;1;;;;\n"
        "'+7;;;;;;50;;;;\n"
        ";host;;;;;1;;;;\n"
        "00101;;;;B;2;1;;;;\n"
        "00101;;;;A;1;1;;;;\n"
    )
    assert found == Compared(
        0,
        {2: change(ROWS[0], {"1": "70", "2": "", "day": "2026-11-24"}, {"1": "70", "2": "55", "day": "2026-11-24"})},
        (
            Mistake(4, "2", "100,1", PERCENT % "Report"),
            Mistake(4, "Date", "2026-11-22", "The day lies between the first day of the session and today."),
            Mistake(5, "number, login", "00102, li", "It is the same person as in row 4."),
            Mistake(6, "number", "00109", NOBODY),
            Mistake(7, "number, login", "00101, li", "The number is that of another account, awa."),
            Mistake(8, "1. Practice", "50", "Nobody records results of their own."),
            Mistake(9, "login", "host", NOBODY),
            Mistake(10, "examination", "B", ELSEWHERE % "A"),
            Mistake(11, "sitting", "1", ELSEWHERE % "2"),
        ),
        ("Seat no", "K"),
    )
    assert sheetfile.entries(found) == [Entry(AWA, {"1": "70", "2": "55", "day": "2026-11-24"})]


def test_rows_that_say_nothing_new_are_counted() -> None:
    found = compare("login,1,2,day\nawa,70,,\nli,,,2026-11-24\nute,,,\n")
    assert found == Compared(3, {}, (), ())
    changed = compare("login,1,2,day\nawa,70.0,,2026-11-25\nli,0,,\nute,,,\n")
    assert changed == Compared(
        1,
        {
            2: change(ROWS[0], {"1": "70", "2": "", "day": "2026-11-24"}, {"1": "70", "2": "", "day": "2026-11-25"}),
            3: change(ROWS[1], {"1": "", "2": "", "day": ""}, {"1": "0", "2": "", "day": "2026-11-24"}),
        },
        (),
        (),
    )
    assert sheetfile.entries(changed) == [
        Entry(AWA, {"1": "70", "2": "", "day": "2026-11-25"}),
        Entry(LI, {"1": "0", "2": "", "day": "2026-11-24"}),
    ]


def test_a_row_with_two_mistakes_is_one_that_is_not_taken() -> None:
    found = compare("login,1,2\nli,x,y\nawa,70,\n")
    assert (found.same, dict(found.changes)) == (1, {})
    assert list(found.mistakes) == [
        Mistake(2, "1", "x", PERCENT % "Practice"),
        Mistake(2, "2", "y", PERCENT % "Report"),
    ]


def test_a_column_that_is_not_there_says_nothing_of_its_piece() -> None:
    assert dict(compare("login,2\nli,40\n").changes) == {
        2: change(ROWS[1], {"1": "", "2": "", "day": ""}, {"1": "", "2": "40", "day": "2026-11-24"})
    }
    assert compare("login,1\nute,50\n").mistakes == (Mistake(2, "1", "50", "Nobody records results of their own."),)
    assert compare("login,2\nute,50\n").mistakes == (Mistake(2, "", "", "Nobody records results of their own."),)


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Surname,First name,1\nDiop,Awa,50\n", AWA),
        ("First name,1,Surname\nLi,50,Na\n", LI),
        ("Nom,1\nAwa Diop,50\n", AWA),
        ("Prénom,1\nAwa Diop,50\n", AWA),
        ("name,First name,1\nAwa Diop,Else,50\n", AWA),
        ("E-mail,login,1\nx@y,li,50\n", LI),
        ("number,name,1\n00102,,50\n", LI),
        ("login,seat,1\nli,02,50\n", LI),
        ("login,1\nLI\u200f,50\n", LI),
        ("login, 01) Practice \nli,50\n", LI),
        ("login,١\nli,50\n", LI),
        ("number,1\n'00102,50\n", None),
        ("name,1\nA,50\n", None),
    ],
)
def test_people_are_found_by_what_a_row_calls_them(text: str, person: UUID | None) -> None:
    found = compare(text)
    assert [one.row.person_id for one in found.changes.values()] == ([person] if person else [])
    assert [one.told for one in found.mistakes] == ([] if person else [NOBODY])


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("Surname,First name,1\nDiop,Li,50\n", Mistake(2, "", "", NOBODY)),
        ("Nom,seat,1\nAwa Diop,02,50\n", Mistake(2, "Nom, seat", "Awa Diop, 02", NOT_THE_SEAT)),
        (f"login,1\n{'x' * 61},50\n", Mistake(2, "login", "x" * 60, NOBODY)),
        (f"login,sitting,1\nli,{'3' * 61},50\n", Mistake(2, "sitting", "3" * 60, ELSEWHERE % "2")),
        (f"login,1\nli,{'9' * 61}\n", Mistake(2, "1", "9" * 60, PERCENT % "Practice")),
        ("login,1\n,50\n", Mistake(2, "", "", NOBODY)),
    ],
)
def test_a_row_that_means_nobody_repeats_its_cells(text: str, mistake: Mistake) -> None:
    assert compare(text) == Compared(0, {}, (mistake,), ())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", EMPTY),
        ("\n  \n", EMPTY),
        ("Awa,50\n", NO_TABLE),
        ("login,Practice\nli,50\n", NO_TABLE),
        ("login,day\nli,2026-11-24\n", NO_TABLE),
        ("login,3\nli,50\n", NO_TABLE),
        ("login,123\nli,50\n", NO_TABLE),
        ("seat,1\n01,50\n", NO_TABLE),
        ("1,2\n50,60\n", NO_TABLE),
        ("login,1,01. x,day,login,Date\nli,1,2,3,4,5\n", "Columns stand twice: 1, day, login."),
        ("Surname,Last name,1\nx,y,50\n", "Columns stand twice: name."),
        ("a" * 200_001, TOO_LARGE),
    ],
)
def test_what_is_no_table_of_results_is_refused(text: str, told: str) -> None:
    assert refusal(text) == told


def test_a_file_of_200_kilobytes_is_read_in_whatever_encoding() -> None:
    text = "login;1;Zoë\nli;50;\n"
    data = text.encode("cp1252")
    assert sheetfile.text_of(data) == text
    assert sheetfile.text_of(text.encode("utf-16")) == text
    most = text + f"{' ' * 99_900}\n" * 2
    most += " " * (200_000 - len(most))
    assert sheetfile.text_of(most.encode("cp1252")) == most
    assert len(compare(most).changes) == 1
    with pytest.raises(Refused) as bad:
        sheetfile.text_of(most.encode("cp1252") + b" ")
    assert str(bad.value) == refusal(f"{most} ") == TOO_LARGE


def test_columns_that_are_not_read_are_called_by_the_first_sixty_signs_of_their_heads() -> None:
    found = compare(f"login,{'x' * 61}, ,1,empty,\nli,a,b,50,,,c\nute,,,,,d\n")
    assert found.unread == ("x" * 60, "C", "empty", "F", "G")
    assert compare("login,1,,\nli,50, ,\n").unread == ()
