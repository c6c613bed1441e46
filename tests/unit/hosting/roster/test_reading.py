"""Lists of people in every shape that spreadsheets leave them in."""
# ruff: noqa: RUF001

import subprocess
import sys
import time
import tracemalloc

import pytest
from babel.support import Translations

from training.errors import Refused
from training.hosting.roster.reading import cells, headers, table
from training.hosting.roster.reading.encoding import decode, plain
from training.hosting.roster.reading.guess import GUESSED
from training.hosting.roster.reading.table import Choices, Table, read
from training.hosting.roster.views import lists
from training.settings import ROOT

RUSSIAN = "ФИО;Номер\nИванов Пётр;101\nСмирнова Ольга;102\nКузнецов Олег;103\n"
ARABIC = "الاسم;الرقم\nمحمد الأمين;101\nفاطمة الزهراء;102\nعبد الرحمن;103\n"
COLUMNS = {0: "name", 1: "number"}
FRENCH = "Nom;Prénom;Matricule\nLefèvre;Zoé;101\nNoël;François;102\nMaçon;Hélène;103\n"


def names(found: Table) -> list[str]:
    return [row.name for row in found.rows]


def told(found: Table) -> dict[tuple[int, str], str]:
    return {(one.at, one.column): one.told for row in found.rows for one in row.mistakes}


def doubted(found: Table) -> dict[tuple[int, str], str]:
    return {(one.at, one.column): one.told for row in found.rows for one in row.doubts}


def one_name(cell: str) -> Table:
    return read(f'Name,Number\n"{cell}",7\n'.encode())


@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_utf_8_is_read_with_and_without_a_mark(bom: str) -> None:
    found = read(f"{bom}Name,Number\nZoé Noël,7\n".encode())
    assert (names(found), found.encoding, dict(found.samples)) == (["Zoé Noël"], "utf-8", {})
    assert found.rows[0].values == {"number": "7"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_text_of_a_spreadsheet_is_read(encoding: str) -> None:
    mark = "" if encoding == "utf-16" else "\ufeff"
    found = read(f"{mark}Name\tNumber\r\nمحمد\t7\r\n".encode(encoding))
    assert (names(found), found.encoding, found.separator) == (["محمد"], "utf-16", "tab")


@pytest.mark.parametrize(("text", "encoding"), [(RUSSIAN, "cp1251"), (ARABIC, "cp1256"), (FRENCH, "cp1252")])
def test_old_encodings_are_guessed_and_shown_by_three_names(text: str, encoding: str) -> None:
    found = read(text.encode(encoding))
    assert found.encoding == encoding
    assert next(iter(found.samples)) == encoding
    assert len(found.samples[encoding]) == 3
    readings = {plain(text.encode(encoding), one) for one in found.samples}
    assert all(plain(text.encode(encoding), one) in readings for one in GUESSED)  # each reading is there once
    assert len(readings) == len(found.samples)
    assert found.rows[0].values["number"] == "101"


def test_a_host_chooses_another_encoding() -> None:
    data = RUSSIAN.encode("cp1251")
    assert names(read(data, Choices("cp1252", "", True, COLUMNS)))[0] == "Èâàíîâ Ï¸òð"
    broken = read(data, Choices("utf-8", "", True, COLUMNS))
    assert "can't be read" in told(broken)[(2, broken.heads[0])]


def test_one_broken_sign_does_not_turn_utf_8_into_something_else() -> None:
    data = "Name;Number\nZoé Noël;1\nFrançois Maçon;2\nHélène;3\n".encode() + b"Am\xe9lie;4\n"
    found = read(data)
    assert (found.encoding, names(found)[0]) == ("utf-8", "Zoé Noël")
    assert list(told(found)) == [(5, "Name")]


@pytest.mark.parametrize(("sign", "name"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")])
def test_separators_are_found(sign: str, name: str) -> None:
    found = read(f"Name{sign}Number\nAwa Diop{sign}1\nLi Na{sign}2\n".encode())
    assert (names(found), found.separator) == (["Awa Diop", "Li Na"], name)


def test_the_first_line_may_say_the_separator() -> None:
    found = read(b"sep=;\r\nName;Number\r\nDiop, Awa;1\r\n")
    assert (names(found), found.separator, found.rows[0].at) == (["Awa Diop"], "semicolon", 2)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_all_systems_are_read(end: str) -> None:
    assert names(read(f"Name,Number{end}Awa,1{end}Li,2{end}".encode())) == ["Awa", "Li"]


def test_quoted_breaks_separators_and_doubled_quotes_stay_in_their_cell() -> None:
    found = read(b'Name,Group\n"Awa ""the eye"" Diop","Unit 3,\nDakar"\nLi,x\n')
    assert names(found) == ['Awa "the eye" Diop', "Li"]
    assert found.rows[0].values["note"] == "Unit 3, Dakar"
    assert [row.at for row in found.rows] == [2, 3]


def test_a_quote_that_is_never_closed_is_named() -> None:
    with pytest.raises(Refused, match="never closed"):
        read(b'Name,Number\nAwa,1\n"Li,2\nOle,3\nUte,4\n')


@pytest.mark.parametrize(
    "head",
    [
        "Seat,Full name,Number,Sign-in name,Extra time,Group,Language,Role",
        "Place,Nom complet,Matricule,Identifiant,Temps supplémentaire,Groupe,Langue,Rôle",
        "المقعد,الاسم الكامل,الرقم,اسم المستخدم,الوقت الإضافي,المجموعة,اللغة,الدور",
        "Место,ФИО,Табельный номер,Логин,Дополнительное время,Группа,Язык,Роль",
    ],
)
def test_heads_in_four_languages_and_any_order_are_known(head: str) -> None:
    found = read(f"{head}\n07,Awa Diop,00123,awa,25 %,Unit 3,français,متدرب\n".encode())
    assert names(found) == ["Awa Diop"]
    assert dict(found.rows[0].values) == {
        "seat": "07",
        "number": "00123",
        "login": "awa",
        "extra": "25",
        "note": "Unit 3",
        "language": "fr",
        "role": "trainee",
    }
    assert (found.ignored, told(found), doubted(found)) == ((), {}, {})


def test_family_and_given_names_of_two_columns_become_one() -> None:
    assert names(read(FRENCH.encode()))[0] == "Zoé Lefèvre"
    assert names(read(b"Nom,Matricule\nAwa Diop,1\n")) == ["Awa Diop"]
    assert names(read(b"Surname,First name\nSukarno,\n,Cher\n")) == ["Sukarno", "Cher"]


def test_without_a_head_the_host_is_asked_for_columns() -> None:
    data = b"00123;Awa Diop;x\n00124;Li Na;y\n"
    asked = read(data)
    assert (asked.rows, asked.head) == ((), False)
    assert "which column" in asked.faults[0]
    assert asked.first[0] == ("00123", "Awa Diop", "x")
    chosen = read(data, Choices(columns={0: "number", 1: "name"}))
    assert names(chosen) == ["Awa Diop", "Li Na"]
    assert chosen.ignored == ("C",)


def test_two_columns_of_the_same_are_named_and_one_can_be_chosen() -> None:
    data = b"Name,Number,Student ID\nAwa,1,2\n"
    assert "Columns B, C" in read(data).faults[0]
    assert read(data, Choices(columns={2: "ignored"})).rows[0].values == {"number": "1"}


def test_names_typed_one_a_line_are_a_list() -> None:
    assert names(read("Awa Diop\nمحمد الأمين\n\nLi Na\n".encode())) == ["Awa Diop", "محمد الأمين", "Li Na"]
    assert names(read(b"Diop, Awa\nNa, Li\nOlsen, Ole\n")) == ["Awa Diop", "Li Na", "Ole Olsen"]


def test_cells_pasted_from_a_spreadsheet_are_a_list() -> None:
    assert names(read(b"Name\tNumber\nAwa Diop\t1\nLi Na\t2")) == ["Awa Diop", "Li Na"]


def test_empty_columns_and_rows_at_the_end_are_nothing() -> None:
    found = read(b"Name,Number,,,\nAwa,1,,,\n,,,,\n \n" + b",,,,\n" * 300)
    assert (names(found), len(found.heads)) == (["Awa"], 2)


def test_family_comma_given_in_one_cell_is_turned_and_kept() -> None:
    row = one_name("Diop, Awa").rows[0]
    assert (row.name, row.written) == ("Awa Diop", "Diop, Awa")
    assert "more than one comma" in told(one_name("Diop, Awa, Dr"))[(2, "Name")]


@pytest.mark.parametrize("name", ["Sukarno", "José María García López", "O'Brien", "Jean-Luc", "عبد الله بن محمد"])
def test_names_of_any_length_are_names(name: str) -> None:
    found = one_name(name)
    assert (names(found), told(found), doubted(found)) == ([name], {}, {})


def test_what_a_spreadsheet_damaged_is_said_and_never_repaired() -> None:
    rows = ["00123", "00124", "00125", "126", '"1,23E+11"', "12.0", "2026-03-04"]
    found = read("\n".join(["Name,Number", *(f"P{n},{one}" for n, one in enumerate(rows))]).encode())
    assert [row.values["number"] for row in found.rows] == [*rows[:4], "1,23E+11", *rows[5:]]
    assert told(found) == {}
    said = doubted(found)
    assert "5 digits" in said[(5, "Number")]
    assert "digits are lost" in said[(6, "Number")]
    assert "made a figure" in said[(7, "Number")]
    assert "date" in said[(8, "Number")]
    assert len(said) == 4


def test_a_seat_that_became_a_date_is_said() -> None:
    said = doubted(read(b"Name,Seat\nAwa,46085\nLi,3-Apr\nOle,12\n"))
    assert set(said) == {(2, "Seat"), (3, "Seat")}


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-x", "@SUM(A1)", "\uff1dHYPERLINK(1)", '=HYPERLINK("http://x")'])
def test_a_cell_that_starts_like_a_formula_is_refused(cell: str) -> None:
    quoted = cell.replace('"', '""')
    found = read(f'Name,Number\n"{quoted}",1\nLi,"{quoted}"\n'.encode())
    assert set(told(found)) == {(2, "Name"), (3, "Number")}


def test_an_apostrophe_before_a_formula_makes_a_text_of_it() -> None:
    assert names(one_name("'-Awa")) == ["-Awa"]
    assert names(one_name("'Awa")) == ["'Awa"]


@pytest.mark.parametrize("mark", ["\u200b", "\u200f", "\u202e", "\u2066", "\ufeff", "\u00ad"])
def test_hidden_marks_are_left_out_and_said(mark: str) -> None:
    found = one_name(f"Awa{mark} Diop")
    assert names(found) == ["Awa Diop"]
    assert "hidden" in doubted(found)[(2, "Name")]


def test_no_break_spaces_are_spaces() -> None:
    assert names(one_name("\u00a0Awa\u202f\u00a0Diop ")) == ["Awa Diop"]


def test_control_characters_are_refused() -> None:
    assert "control" in told(one_name("Awa\x07"))[(2, "Name")]


def test_names_and_numbers_compare_as_people_read_them() -> None:
    assert cells.name_key("Noe\u0308l") == cells.name_key("Noël")
    assert cells.name_key("\ufee3\ufea4\ufee4\ufeaa") == cells.name_key("محمد")
    assert cells.name_key("محمـــد") == cells.name_key("محمد")
    assert cells.id_key("٠٠١٢٣") == cells.id_key("۰۰۱۲۳") == cells.id_key("００１２３") == "00123"
    assert cells.id_key("AB 12\u200f") == cells.id_key("ab12")


def test_every_mistake_of_every_row_is_told_at_once() -> None:
    found = read(
        b"Name,Seat,Extra time,Role,Language,E-mail\n"
        b"Awa,12345678901,many,captain,xx,not mail\n"
        b",01,301,,,\n"
        b"Li,02,-5,,,\n"
    )
    assert {at for at in told(found) if at[0] == 2} == {
        (2, name) for name in ("Seat", "Extra time", "Role", "Language", "E-mail")
    }
    assert (3, "Extra time") in told(found)
    assert (4, "Extra time") in told(found)
    nameless = read(b"Name,Number\n,7\n")
    assert "no name" in told(nameless)[(2, "")]


def test_empty_cells_leave_and_a_dash_takes_away() -> None:
    found = read("Name,Seat,Group,Number\nAwa,,–,-\n".encode())
    assert dict(found.rows[0].values) == {"note": "", "number": ""}


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"\n\n ,,\n", b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0", b"%PDF-1.7"])
def test_what_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        read(data)


def test_a_list_for_another_building_is_refused_quickly_and_in_little_memory() -> None:
    many = b"Name,Number\n" + b"".join(b"Person %d,%d\n" % (n, n) for n in range(5000))
    wide = b"Name" + b",x" * 100 + b"\n"
    bombs = [many, wide, b'Name\n"' + b"x," * 200_000, b"," * 500_000, b'"' * 500_001, b"a\n" * 250_000]
    for bomb in bombs:
        tracemalloc.start()
        begun = time.process_time()
        with pytest.raises(Refused):
            read(bomb)
        taken, (_, peak) = time.process_time() - begun, tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert taken < 5
        assert peak < 64 * 2**20
    with pytest.raises(Refused, match="1,000 rows"):
        read(many)
    with pytest.raises(Refused, match="larger than 512 kB"):
        read(b"x" * (512 * 1024 + 1))


def test_a_thousand_rows_are_a_list() -> None:
    data = b"Name,Number\n" + b"".join(b"Person %d,%d\n" % (n, n) for n in range(1000))
    assert len(read(data).rows) == 1000
    with pytest.raises(Refused, match="1,000 rows"):
        read(data + b"One more,1\n")


def test_every_synonym_means_one_thing() -> None:
    words = [headers.key(word) for found in headers.SYNONYMS.values() for word in found.split(",")]
    assert sorted(words) == sorted(set(words))
    assert "" not in words


def test_columns_are_called_as_spreadsheets_call_them() -> None:
    assert [table.letter(at) for at in (0, 25, 26, 59)] == ["A", "Z", "AA", "BH"]


def test_text_without_a_mark_is_certain_only_when_it_is_utf_8() -> None:
    assert decode(b"abc").certain
    assert not decode(b"Am\xe9lie").certain


def test_the_reader_loads_neither_web_nor_database() -> None:
    look = (
        "import sys\n"
        "from training.hosting.roster.reading.table import read\n"
        "print(sorted({'flask', 'sqlalchemy', 'werkzeug'} & set(sys.modules)))\n"
        "found = read('Имя и фамилия;Student ID;langue\\nПётр Щукин;7;french\\n'.encode('cp1251'))\n"
        "print(ascii((found.encoding, found.heads[0], found.rows[0].name, sorted(found.rows[0].values.items()))))\n"
        "print(*list(found.samples)[:6])"
    )
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, check=True, capture_output=True, text=True)
    first, second, third = done.stdout.splitlines()
    values = [("language", "fr"), ("number", "7")]
    assert (first, second) == ("[]", ascii(("cp1251", "Имя и фамилия", "Пётр Щукин", values)))
    assert third == "cp1251 cp1252 mac_cyrillic cp1254 cp864 cp866"


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_a_head_that_is_called_as_on_the_page_is_read(language: str) -> None:
    catalogue = Translations.load(ROOT / "training" / "web" / "translations", [language])
    labels = {field: catalogue.gettext(str(label)) for field, label in lists.COLUMNS.items() if field in table.FIELDS}
    assert {field: headers.COLUMNS.get(headers.key(label)) for field, label in labels.items()} == {
        field: "family" if field == "name" and language == "fr" else field for field in labels
    }


def test_columns_that_are_not_read_are_named_unless_they_are_empty() -> None:
    found = read(b"Name,Group or agency,Shoe size,Remarks of ours,\nAwa,Blue,42,,\nBen,Red,41,,\n")
    assert found.ignored == ("Shoe size",)
    assert [row.values["note"] for row in found.rows] == ["Blue", "Red"]


@pytest.mark.parametrize("name", ["?ukasz Nowak", "Zo? No?l"])
def test_a_question_mark_in_a_name_is_doubtful(name: str) -> None:
    found = one_name(name)
    assert "question mark" in doubted(found)[2, "Name"]
    assert names(found) == [name]
    assert doubted(one_name("Łukasz Nowak")) == {}
