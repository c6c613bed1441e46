"""A list read whole: its rows, what was guessed, what a host may choose, and what is wrong with all of it."""
# ruff: noqa: RUF001

import pytest

from training.errors import Refused
from training.hosting.roster.reading.cells import Mistake, Row
from training.hosting.roster.reading.encoding import plain
from training.hosting.roster.reading.headers import columns, key
from training.hosting.roster.reading.table import Choices, Table, letter, read

TURKISH = "Name;Number\nŞen Ali;1\nJones;2\nÇelik Can;3\n".encode("cp1254")
NO_NAMES = "Say which column holds the names."
NOBODY = "The list has names of columns and no people."
WORKBOOK = (
    "This is a workbook or a document, not a text. Save the sheet as 'CSV UTF-8', or copy its cells and paste them."
)
GUESSED = "The encoding of the list is a guess. In another one this would be: %s"


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as bad:
        read(data)
    return str(bad.value)


def test_a_list_without_mistakes_is_read_whole() -> None:
    assert read(b"No;Last name;First name;Shoe size;;\n1;Diop;Awa;42;;\n\n2;Na;Li;;;x\n") == Table(
        rows=(Row(2, "Awa Diop", "Awa Diop", {"number": "1"}), Row(4, "Li Na", "Li Na", {"number": "2"})),
        encoding="utf-8",
        separator="semicolon",
        head=True,
        heads={0: "No", 1: "Last name", 2: "First name", 3: "Shoe size", 4: "E", 5: "F"},
        fields={0: "number", 1: "family", 2: "given"},
        samples={},
        faults=(),
        first=(
            ("No", "Last name", "First name", "Shoe size"),
            ("1", "Diop", "Awa", "42"),
            ("2", "Na", "Li", "", "", "x"),
        ),
        ignored=("Shoe size", "F"),
    )


def test_a_list_without_a_head_is_shown_by_its_first_four_rows_and_letters() -> None:
    rows = (("1", "Awa"), ("2", "Li"), ("3", "Ole"), ("4", "Ute"), ("5", "Ada"))
    data = "\n".join(map(";".join, rows)).encode()
    assert read(data) == Table(
        (), "utf-8", "semicolon", False, {0: "A", 1: "B"}, {}, {}, (NO_NAMES,), rows[:4], ("A", "B")
    )
    chosen = read(data, Choices("cp1252", "semicolon", True, {1: "name", 0: "ignored", 2: "number"}))
    assert chosen == Table(
        tuple(Row(at, name, name, {}) for at, (_, name) in enumerate(rows[1:], 2)),
        "cp1252",
        "semicolon",
        True,
        {0: "1", 1: "Awa"},
        {1: "name"},
        {"cp1252": ()},
        (),
        rows[:4],
        ("1",),
    )


def test_a_head_that_is_none_is_a_row_and_a_row_that_is_one_a_head_where_its_host_says_so() -> None:
    none = read(b"Name,Number\nAwa,1\n", Choices(head=False, columns={0: "name"}))
    assert [row.name for row in none.rows] == ["Name", "Awa"]
    assert (none.head, none.heads, none.fields, none.ignored) == (False, {0: "A", 1: "B"}, {0: "name"}, ("B",))
    assert read(b"Awa\nLi\n", Choices(head=True)).heads == {0: "Awa"}
    assert [row.name for row in read(b"Awa\nLi\n").rows] == ["Awa", "Li"]


@pytest.mark.parametrize(
    ("data", "faults"),
    [
        (b"Name,No,Seat,ID,Place\nAwa,1,2,3,4\n", ["Columns B, D hold the same.", "Columns C, E hold the same."]),
        (b"No,Seat\n1,2\n", [NO_NAMES]),
        (b"No,ID,Seat\n", ["Columns A, B hold the same.", NO_NAMES, NOBODY]),
        (b"Name,No\n", [NOBODY]),
        (b"First name,Seat\nAwa,1\n", []),
    ],
)
def test_all_that_is_wrong_with_a_table_is_told_at_once(data: bytes, faults: list[str]) -> None:
    same = "Choose one of them."
    found = read(data)
    assert list(found.faults) == [f"{one} {same}" if one.startswith("Columns") else one for one in faults]
    assert bool(found.rows) == (not faults)


def test_a_thousand_people_are_the_most_with_a_head_and_without() -> None:
    people = [f"P{number}" for number in range(1001)]
    assert len(read("\n".join(people[:1000]).encode()).rows) == 1000
    assert len(read("\n".join(["Name", *people[:1000]]).encode()).rows) == 1000
    told = "The list has more than 1,000 rows. Send only the people of this session."
    assert read("\n".join(people).encode()).faults == (told,)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "The list is empty. Choose a file, or paste the rows."),
        (b" \t\r\n\x00", "The list is empty. Choose a file, or paste the rows."),
        (b"\xef\xbb\xbf\n", "The list is empty. Choose a file, or paste the rows."),
        (b"-,;\n", "The list is empty. Choose a file, or paste the rows."),
        (b"x" * (512 * 1024 + 1), "The list is larger than 512 kB. Send this session's rows only."),
        *(
            (
                sign + b"rest",
                WORKBOOK,
            )
            for sign in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")
        ),
    ],
)
def test_what_is_no_list_is_refused_with_what_to_do(data: bytes, told: str) -> None:
    assert refusal(data) == told


def test_half_a_megabyte_is_a_list() -> None:
    lines = [b"Name;Group", *(b"Awa;" + b" " * 519 for _ in range(1000))]
    data = b"\n".join(lines)
    data += b" " * (512 * 1024 - len(data))
    assert len(read(data).rows) == 1000


def test_a_head_is_shown_without_spaces_around_it_and_by_sixty_signs() -> None:
    found = read(f" Name ,{'x' * 61}, \nAwa,1,2\n".encode())
    assert (found.heads, found.ignored) == ({0: "Name", 1: "x" * 60, 2: "C"}, ("x" * 60, "C"))


def test_a_row_that_may_be_another_one_is_doubtful_by_its_first_such_cell_after_other_doubts() -> None:
    found = read(TURKISH)
    assert found.rows == (
        Row(
            2, "Şen Ali", "Şen Ali", {"number": "1"}, (), (Mistake(2, "Name", "Şen Ali", GUESSED % "Þen Ali, Ìen Ali"),)
        ),
        Row(3, "Jones", "Jones", {"number": "2"}),
        Row(
            4, "Çelik Can", "Çelik Can", {"number": "3"}, (), (Mistake(4, "Name", "Çelik Can", GUESSED % "Ãelik Can"),)
        ),
    )
    more = read("Number;Group;Name\n7.0; Çek ;Şen\n".encode("cp1254"))
    assert [(one.column, one.cell, one.told) for one in more.rows[0].doubts] == [
        ("Number", "7.0", more.rows[0].doubts[0].told),
        ("Group", "Çek", GUESSED % "Ãek"),
    ]


def test_a_row_that_is_short_is_not_doubtful_for_the_cells_that_it_lacks() -> None:
    found = read("Name;Number\nŞen;1\nJones\n".encode("cp1254"))
    assert [len(row.doubts) for row in found.rows] == [1, 0]
    assert found.rows[1] == Row(3, "Jones", "Jones", {})


def test_samples_are_three_names_beyond_plain_letters_in_each_encoding_that_reads_them_otherwise() -> None:
    rows = "Ann;Zoë;1\nNoël;Jo;2\nMaçon;Hélène;3\nBérard;Zoé;4\n"
    data = f"Last name;First name;No\n{rows}".encode("cp1252")
    found = read(data)
    assert found.encoding == "cp1252"
    assert found.samples["cp1252"] == ("Ann Zoë", "Noël Jo", "Maçon Hélène")
    assert found.samples["mac_roman"] == ("Ann ZoÎ", "NoÎl Jo", "MaÁon HÈlËne")
    assert found.samples["utf-8"] == ("Ann Zo\ufffd", "No\ufffdl Jo", "Ma\ufffdon H\ufffdl\ufffdne")
    assert next(iter(found.samples)) == "cp1252"
    assert list(found.samples)[-1] == "utf-8"
    readings = [plain(data, one) for one in found.samples]
    assert len(set(readings)) == len(readings)
    bare = read(rows.encode("cp1252"))
    assert bare.samples["cp1252"] == ("Ann Zoë 1", "Noël Jo 2", "Maçon Hélène 3")
    assert read(data, Choices(columns={0: "ignored"})).samples["cp1252"] == ("Zoë", "Hélène", "Zoé")


def test_a_chosen_separator_parts_the_samples_and_the_doubts_too() -> None:
    data = "Prénom;No,x\nZoë;1,y\nJo\n".encode("cp1252")
    assert read(data).separator == "comma"
    found = read(data, Choices(separator="semicolon"))
    assert ([row.name for row in found.rows], found.ignored) == (["Zoë", "Jo"], ("No,x",))
    assert (found.samples["cp1252"], found.samples["mac_roman"]) == (("Zoë",), ("ZoÎ",))
    short = read("Nom;Prénom;No\nNoël\nZoë;Léa\n".encode("cp1252"))
    assert short.samples["cp1252"] == ("Noël", "Zoë Léa")
    doubtful = read("Name;No,x\nŞen;1,y\nJo;2,z\nÇek\n".encode("cp1254"), Choices(separator="semicolon"))
    assert [[one.cell for one in row.doubts] for row in doubtful.rows] == [["Şen"], [], ["Çek"]]
    assert [one.told for one in doubtful.rows[2].doubts] == [GUESSED % "Ãek"]


def test_a_part_of_a_name_is_a_column_of_names() -> None:
    for part in ("given", "family"):
        assert [row.name for row in read(b"1;Awa\n2;Li\n", Choices(columns={1: part})).rows] == ["Awa", "Li"]


def test_a_list_in_wide_text_shows_its_first_row_where_that_is_no_head() -> None:
    data = "Prénom;No\nŞen,x;1\n李娜;2\n".encode("utf-16-le")
    wide = Choices(encoding="utf-16", separator="semicolon")
    assert read(data, wide).samples["utf-16"] == ("Şen,x", "李娜")
    bare = Choices(encoding="utf-16", separator="semicolon", head=False, columns={0: "name"})
    assert read(data, bare).samples["utf-16"] == ("Prénom", "Şen,x", "李娜")
    comma = "Prénom,No;x\nŞen,1;x\nLi,2;y\n".encode("utf-16-le")
    parted = read(comma, Choices(encoding="utf-16", separator="semicolon", head=True, columns={0: "name"}))
    assert parted.samples["utf-16"] == ("Şen,1",)


def test_a_list_in_wide_text_that_is_read_otherwise_shows_what_it_would_be() -> None:
    data = "Name;No\nŞen;1\n李娜;2\n".encode("utf-16-le")
    found = read(data, Choices(encoding="utf-16"))
    assert [row.name for row in found.rows] == ["Şen", "李娜"]
    assert (found.encoding, found.samples["utf-16"]) == ("utf-16", ("Şen", "李娜"))


@pytest.mark.parametrize(
    ("at", "called"),
    [(0, "A"), (1, "B"), (25, "Z"), (26, "AA"), (27, "AB"), (51, "AZ"), (52, "BA"), (59, "BH")],
)
def test_a_column_without_a_head_is_called_by_its_letter(at: int, called: str) -> None:
    assert letter(at) == called


@pytest.mark.parametrize(
    ("heads", "held"),
    [
        (("Nom", "Prénom"), {0: "family", 1: "given"}),
        (("Nom", "Matricule"), {0: "name", 1: "number"}),
        (("First name", "No"), {0: "name", 1: "number"}),
        (("Name", "First name"), {0: "name", 1: "given"}),
        (("Name", "Family name"), {0: "name", 1: "name"}),
        (("Name", "x"), {0: "name"}),
        (("x", "Surname"), {1: "name"}),
        (("Given name",), {0: "name"}),
        (("Seat", "No"), {0: "seat", 1: "number"}),
        (("Seat", "x"), {}),
        (("Seat", "Place"), {}),
        (("x", "y"), {}),
        ((), {}),
    ],
)
def test_a_head_says_where_names_are_or_has_two_words_that_are_known(
    heads: tuple[str, ...], held: dict[int, str]
) -> None:
    assert columns(heads) == held


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (" E-Mail: ", "e-mail"),
        ("*Name*", "name"),
        ("sign_in__name", "sign in name"),
        ("Prénom", "prenom"),
        ("الاســم\u200f", "الاسم"),
        ("ＮＡＭＥ", "name"),
        ("ﬁrst\tname", "firstname"),
        ("first \n name", "first name"),
        (":", ""),
    ],
)
def test_heads_are_compared_without_case_accents_and_marks_around_them(text: str, word: str) -> None:
    assert key(text) == word
