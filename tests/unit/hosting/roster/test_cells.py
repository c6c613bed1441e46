"""What a cell says of a person: whole rows, with every mistake and every doubt, at the limits exactly and beyond."""
# ruff: noqa: RUF001

from collections.abc import Mapping

import pytest

from training.hosting.roster.reading.cells import Mistake, Reader, Row, cleaned, id_key, name_key

HEADS = {
    "name": "Full name",
    "family": "Last name",
    "given": "First name",
    "number": "Student ID",
    "login": "User",
    "email": "E-mail",
    "seat": "Place",
    "role": "Function",
    "language": "Lang",
    "extra": "Extra time",
    "note": "Group",
}
HIDDEN = "It held hidden characters. They are left out."
NO_NAME = "The row has no name. Give one, or take the row out."
ROUNDED = (
    "A spreadsheet has rounded it, and digits are lost. Make the column text there, type it anew, and send the list "
    "again."
)
FIGURE = "A spreadsheet has made a figure of it. Make the column text there and send the list again."
DATE = "It looks like a date. Did a spreadsheet make one of it?"
SHORT = "It is shorter than most, which have %s digits. Did a spreadsheet take zeros from its beginning?"
LOST = (
    "It holds a question mark. Did a spreadsheet put it in the place of a letter? Save the list there as CSV in "
    "UTF-8, and send it again."
)
UNREAD = "It holds a character that can't be read. Choose another encoding above."
CONTROL = "It holds a control character. Take it out."
FORMULA = "It starts like a formula. Put the text itself into the cell, beginning with a letter or digit."
ROLE = "No role is called that. Write trainee, instructor or lead, or leave it empty."
LANGUAGE = "Pages are in en, fr and ar. Write one of these, or leave it empty."
WHOLE = "Extra time is a whole number of percent, such as 25."
RANGE = "Extra time is 0 to 300 percent."
SPACES = "A sign-in name has no spaces."
NO_MAIL = "This is no e-mail address. Correct it, or leave it empty."
COMMAS = "It has more than one comma. Write the name as it shall be shown."


def long(most: int) -> str:
    return f"It is longer than {most} characters. Shorten it."


def row_of(cells: Mapping[str, str], numbers: tuple[str, ...] = ()) -> Row:
    """Row 7 of a table with these columns, among people with such numbers."""
    columns = dict(enumerate(cells))
    heads = {at: HEADS[field] for at, field in columns.items()}
    return Reader(columns, heads, numbers).row(7, tuple(cells.values()))


def said(cells: Mapping[str, str], numbers: tuple[str, ...] = ()) -> tuple[object, ...]:
    """The name as it is shown and as it was written, what else is known, mistakes, and doubts."""
    row = row_of(cells, numbers)
    assert row.at == 7
    return row.name, row.written, dict(row.values), list(row.mistakes), list(row.doubts)


def of_awa(field: str, cell: str, numbers: tuple[str, ...] = ()) -> tuple[str | None, list[str], list[str]]:
    """What one more cell says of Awa: the value, mistakes and doubts; each of them names the cell."""
    row = row_of({"name": "Awa", field: cell}, numbers)
    for one in (*row.mistakes, *row.doubts):
        assert one == Mistake(7, HEADS[field], cell.strip()[:60], one.told)
    assert (row.name, row.written) == ("Awa", "Awa")
    assert set(row.values) <= {field}
    return row.values.get(field), [one.told for one in row.mistakes], [one.told for one in row.doubts]


@pytest.mark.parametrize(("field", "most"), [("number", 40), ("login", 80), ("email", 80), ("seat", 10), ("note", 120)])
def test_a_cell_of_the_length_that_fits_is_taken_and_one_sign_more_is_refused(field: str, most: int) -> None:
    start = "a@" if field == "email" else ""
    fits = start + "x" * (most - len(start))
    assert of_awa(field, fits) == (fits, [], [])
    assert of_awa(field, f"{fits}x") == (None, [long(most)], [])
    assert of_awa(field, f"  {fits}  ") == (fits, [], [])


@pytest.mark.parametrize("field", ["name", "given", "family"])
def test_a_name_has_at_most_120_signs(field: str) -> None:
    assert said({field: "x" * 120}) == ("x" * 120, "x" * 120, {}, [], [])
    assert said({field: "x" * 121}) == ("", "", {}, [Mistake(7, HEADS[field], "x" * 60, long(120))], [])


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("number", "00123", "00123"),
        ("number", "A-7", "A-7"),
        ("number", "-", ""),
        ("number", "–", ""),
        ("number", "—", ""),
        ("seat", "—", ""),
        ("note", " - ", ""),
        ("note", "'=1+1", "=1+1"),
        ("note", "''=1", "'=1"),
        ("note", "'t", "'t"),
        ("note", "'X=1", "'X=1"),
        ("note", "a -b", "a -b"),
        ("note", "no  spaces \n here", "no spaces here"),
        ("login", "Awa.Diop", "Awa.Diop"),
        ("email", "awa@example.org", "awa@example.org"),
        ("role", "Lead instructor", "lead"),
        ("role", "Teacher", "instructor"),
        ("role", "متدرب", "trainee"),
        ("language", "French", "fr"),
        ("language", "AR", "ar"),
        ("language", "English", "en"),
        ("extra", "0", "0"),
        ("extra", "025", "25"),
        ("extra", "25 %", "25"),
        ("extra", "٢٥٪", "25"),
        ("extra", "300", "300"),
    ],
)
def test_what_a_cell_says_is_kept(field: str, cell: str, value: str) -> None:
    assert of_awa(field, cell) == (value, [], [])


@pytest.mark.parametrize(
    ("field", "cell", "told"),
    [
        ("login", "-", FORMULA),
        ("note", "=1+1", FORMULA),
        ("number", "+1", FORMULA),
        ("seat", "@A1", FORMULA),
        ("note", "\uff1dA1", FORMULA),
        ("note", "\uff0bA1", FORMULA),
        ("note", "\uff0dA1", FORMULA),
        ("note", "\uff20A1", FORMULA),
        ("note", "\u2212A1", FORMULA),
        ("role", "captain", ROLE),
        ("language", "de", LANGUAGE),
        ("extra", "301", RANGE),
        ("extra", "999", RANGE),
        ("extra", "1000", WHOLE),
        ("extra", "2.5", WHOLE),
        ("extra", "%", WHOLE),
        ("extra", "a lot", WHOLE),
        ("login", "awa diop", SPACES),
        ("email", "awa", NO_MAIL),
        ("email", "@example.org", FORMULA),
        ("email", "'@example.org", NO_MAIL),
        ("email", "awa@", NO_MAIL),
        ("email", "a@b@c", NO_MAIL),
        ("email", "awa @example.org", NO_MAIL),
        ("note", "a\ufffdb", UNREAD),
        ("note", "a\x07\ufffdb", UNREAD),
        ("note", "a\x07b", CONTROL),
        ("note", "a\ue000b", CONTROL),
    ],
)
def test_what_can_not_be_meant_is_told_and_nothing_of_it_kept(field: str, cell: str, told: str) -> None:
    assert of_awa(field, cell) == (None, [told], [])


@pytest.mark.parametrize(
    ("field", "cell", "told"),
    [
        ("number", "1E+5", ROUNDED),
        ("number", "1.23e+123", ROUNDED),
        ("login", "1,23E+11", ROUNDED),
        ("seat", "1E+2", ROUNDED),
        ("number", "12.0", FIGURE),
        ("number", "12,00", FIGURE),
        ("seat", "7.0", FIGURE),
        ("login", "123.0", FIGURE),
        ("number", "2026-03-04", DATE),
        ("number", "2026-3-4 00:00:00", DATE),
        ("seat", "3-Apr", DATE),
        ("seat", "3/avr.", DATE),
        ("seat", "3-Apr-26", DATE),
        ("login", "3.4.2026", DATE),
        ("number", "03/04/26", DATE),
        ("seat", "36526", DATE),
        ("seat", "57999", DATE),
        ("number", "46085", DATE),
        ("number", "٤٦٠٨٥", DATE),
        ("login", "46085", DATE),
    ],
)
def test_what_a_spreadsheet_may_have_made_of_a_number_is_doubtful_and_kept(field: str, cell: str, told: str) -> None:
    assert of_awa(field, cell) == (cell, [], [told])


@pytest.mark.parametrize(
    ("field", "cell"),
    [
        ("number", "1E5"),
        ("number", "12E+5"),
        ("number", "1E+1234"),
        ("number", "12.01"),
        ("number", "12."),
        ("number", "36525"),
        ("seat", "58000"),
        ("number", "046085"),
        ("number", "2026-03"),
        ("number", "3-4"),
        ("number", "26-03-04-05"),
        ("seat", "3-Ap"),
        ("seat", "A7"),
        ("note", "46085"),
        ("note", "12.0"),
        ("note", "1E+5"),
        ("note", "Why?"),
        ("login", "who?"),
        ("number", "?"),
    ],
)
def test_what_only_resembles_that_is_taken_without_a_doubt(field: str, cell: str) -> None:
    assert of_awa(field, cell) == (cell, [], [])


FIVE, FOUR, MIXED = "5" * 5, "4" * 4, "1" * 6


@pytest.mark.parametrize(
    ("numbers", "number", "doubts"),
    [
        ((FIVE, FIVE, FIVE), "126", [SHORT % 5]),
        ((FIVE, FIVE, FIVE), "1", [SHORT % 5]),
        ((FIVE, FIVE, FIVE), "1260", [SHORT % 5]),
        ((FIVE, FIVE, FIVE), "12600", []),
        ((FIVE, FIVE, FIVE), "126000", []),
        ((FIVE, FIVE, FIVE), "A26", []),
        ((FIVE, FIVE), "126", []),
        ((FIVE, FIVE, FIVE, "1", "2"), "126", [SHORT % 5]),
        ((FIVE, FIVE, FIVE, "1", "2", "33"), "126", []),
        ((FIVE, FIVE, FIVE, "A1", "B22", "c"), "126", [SHORT % 5]),
        (("٥٥٥٥٥", "5 5555", "５５５５５"), "126", [SHORT % 5]),
        ((FIVE,) * 3 + (FOUR,) * 2, "126", [SHORT % 5]),
        ((FIVE,) * 3 + (FOUR,) * 3, "1260", []),
        ((FOUR,) * 6 + (FIVE,) * 3, "126", [SHORT % 4]),
        ((FIVE, FIVE), "46085", []),
        ((FIVE, MIXED), "46085", []),
        ((FIVE, MIXED, MIXED), "46085", [DATE]),
        ((MIXED, MIXED, MIXED), "46085", [DATE]),
        ((MIXED, MIXED, MIXED), "46", [SHORT % 6]),
        ((), "46085", [DATE]),
    ],
)
def test_a_number_that_is_shorter_than_most_or_a_day_among_others_is_doubtful(
    numbers: tuple[str, ...], number: str, doubts: list[str]
) -> None:
    assert of_awa("number", number, numbers) == (number, [], doubts)
    assert of_awa("note", number, numbers) == (number, [], [])


def test_a_seat_is_never_too_short_and_may_always_be_a_day() -> None:
    assert of_awa("seat", "126", (FIVE,) * 3) == ("126", [], [])
    assert of_awa("login", "126", (FIVE,) * 3) == ("126", [], [])
    assert of_awa("seat", "46085", (FIVE,) * 3) == ("46085", [], [DATE])
    assert of_awa("login", "46085", (FIVE,) * 3) == ("46085", [], [])


@pytest.mark.parametrize(
    ("cells", "name", "written"),
    [
        ({"name": "Awa Diop"}, "Awa Diop", "Awa Diop"),
        ({"name": "Diop, Awa"}, "Awa Diop", "Diop, Awa"),
        ({"name": "Diop,Awa Marie"}, "Awa Marie Diop", "Diop,Awa Marie"),
        ({"name": "Diop,"}, "Diop", "Diop,"),
        ({"name": ", Awa"}, "Awa", ", Awa"),
        ({"given": "Awa", "family": "Diop"}, "Awa Diop", "Awa Diop"),
        ({"family": "Diop", "given": "Awa"}, "Awa Diop", "Awa Diop"),
        ({"given": "Awa", "family": ""}, "Awa", "Awa"),
        ({"given": "", "family": "Diop"}, "Diop", "Diop"),
        ({"given": "Awa", "name": "Diop"}, "Awa Diop", "Awa Diop"),
        ({"given": "Awa", "family": "Diop", "name": "Somebody"}, "Awa Diop", "Awa Diop"),
        ({"name": "'-Awa"}, "-Awa", "-Awa"),
        ({"name": "'Awa"}, "'Awa", "'Awa"),
        ({"name": " Noe\u0308l \u00a0 Li "}, "Noël Li", "Noël Li"),
    ],
)
def test_a_name_is_shown_given_name_first_and_kept_as_it_was_written(
    cells: dict[str, str], name: str, written: str
) -> None:
    assert said(cells) == (name, written, {}, [], [])


def test_a_row_tells_all_that_is_wrong_in_the_order_of_its_columns() -> None:
    cells = {"seat": "12345678901", "name": "A, B, C", "role": "captain", "login": "a\u200bb", "number": "7.0"}
    assert said(cells) == (
        "",
        "",
        {"login": "ab", "number": "7.0"},
        [
            Mistake(7, "Place", "12345678901", long(10)),
            Mistake(7, "Full name", "A, B, C", COMMAS),
            Mistake(7, "Function", "captain", ROLE),
        ],
        [Mistake(7, "User", "a\u200bb", HIDDEN), Mistake(7, "Student ID", "7.0", FIGURE)],
    )
    again = Reader({1: "seat", 0: "name"}, {0: "N", 1: "S"}, ()).row(3, ("A, B, C", "12345678901"))
    assert [one.column for one in again.mistakes] == ["N", "S"]


def test_a_row_without_a_name_is_a_mistake_of_the_row_unless_another_is_told() -> None:
    assert said({"name": "", "number": "7"}) == ("", "", {"number": "7"}, [Mistake(7, "", "", NO_NAME)], [])
    assert said({"name": ",", "number": "7"}) == ("", ",", {"number": "7"}, [Mistake(7, "", "", NO_NAME)], [])
    assert said({"name": "=A1", "number": ""}) == ("", "", {}, [Mistake(7, "Full name", "=A1", FORMULA)], [])


def test_a_row_that_is_shorter_than_its_head_leaves_the_rest_as_it_is() -> None:
    reader = Reader({0: "name", 1: "number", 3: "note"}, {0: "N", 1: "No", 3: "G"}, ())
    assert reader.row(2, ("Awa",)) == Row(2, "Awa", "Awa", {})
    assert reader.row(3, ("Li", "1", "unread")) == Row(3, "Li", "Li", {"number": "1"})
    assert reader.row(4, ("Li", "1", "unread", "Blue")) == Row(4, "Li", "Li", {"number": "1", "note": "Blue"})


def test_hidden_marks_are_a_doubt_of_a_cell_that_is_wrong_or_empty_too() -> None:
    for cell, values, mistakes in (
        ("\u200bBlue", {"note": "Blue"}, []),
        ("\u200b", {}, []),
        ("\u200b=1", {}, [Mistake(7, "Group", "\u200b=1", FORMULA)]),
    ):
        doubt = Mistake(7, "Group", cell, HIDDEN)
        assert said({"name": "Awa", "note": cell}) == ("Awa", "Awa", values, mistakes, [doubt])


@pytest.mark.parametrize("field", ["name", "given", "family"])
def test_a_question_mark_in_any_part_of_a_name_is_doubtful(field: str) -> None:
    assert said({field: "Zo?"}) == ("Zo?", "Zo?", {}, [], [Mistake(7, HEADS[field], "Zo?", LOST)])


def test_messages_repeat_the_first_sixty_signs_of_a_cell() -> None:
    cell = " " + "1234567890" * 7
    assert said({"name": "Awa", "seat": cell})[3] == [Mistake(7, "Place", "1234567890" * 6, long(10))]


def test_cells_are_cleaned_and_compared_as_people_read_them() -> None:
    assert cleaned(" Noe\u0308l\u200f\n\t\u00a0 Li\u00ad ") == "Noël Li"
    assert cleaned("محمـد") == "محمـد"
    assert id_key(" Ab\u00a012\u200f ٣ ۴ ５ ـx ") == "ab12345x"
    assert id_key("Straße") == id_key("STRASSE") == "strasse"
    assert name_key("  Noe\u0308l ـ Ab\u200f ") == "Noël Ab"
    assert name_key("Ａwa") == "Awa"
