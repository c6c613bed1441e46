"""From text to rows of cells: which sign parts them, where a row begins, and how much is read."""

import pytest

from training.errors import Refused
from training.hosting.roster.reading.records import records

Rows = list[tuple[int, tuple[str, ...]]]


def refusal(text: str, chosen: str = "") -> str:
    with pytest.raises(Refused) as bad:
        records(text, chosen)
    return str(bad.value)


@pytest.mark.parametrize(
    ("text", "rows", "separator"),
    [
        ("a,b\nc,d\n", [(1, ("a", "b")), (2, ("c", "d"))], "comma"),
        ("a;b\r\nc;d", [(1, ("a", "b")), (2, ("c", "d"))], "semicolon"),
        ("a\tb\rc\td\r", [(1, ("a", "b")), (2, ("c", "d"))], "tab"),
        ("a|b\nc|d\n", [(1, ("a", "b")), (2, ("c", "d"))], "bar"),
        ("a\nb\n", [(1, ("a",)), (2, ("b",))], "none"),
        ("", [], "none"),
        ("\n\n , ;\n", [(3, (" ", " ;"))], "comma"),
        ("a;b,c\nd;e,f\n", [(1, ("a;b", "c")), (2, ("d;e", "f"))], "comma"),
        ("a;b,c;d\ne;f,g;h\n", [(1, ("a", "b,c", "d")), (2, ("e", "f,g", "h"))], "semicolon"),
        ("a;b,c\nd;e\n", [(1, ("a", "b,c")), (2, ("d", "e"))], "semicolon"),
        (
            "x\na;b;c\nd;e;f\ng,h\n",
            [(1, ("x",)), (2, ("a", "b", "c")), (3, ("d", "e", "f")), (4, ("g,h",))],
            "semicolon",
        ),
        ("Diop, Awa\nNa, Li\n", [(1, ("Diop, Awa",)), (2, ("Na, Li",))], "none"),
        ("Participants\nDiop, Awa\n", [(1, ("Participants",)), (2, ("Diop, Awa",))], "none"),
        ("Name,No\nDiop, Awa\n", [(1, ("Name", "No")), (2, ("Diop", " Awa"))], "comma"),
        ("Diop, Awa\nNa,Li\n", [(1, ("Diop", " Awa")), (2, ("Na", "Li"))], "comma"),
        ("Diop, Awa\nNa\n", [(1, ("Diop", " Awa")), (2, ("Na",))], "comma"),
        ("Diop, Awa\nNa, 7\n", [(1, ("Diop", " Awa")), (2, ("Na", " 7"))], "comma"),
        ("\n  Diop, Awa  \n", [(2, ("  Diop, Awa  ",))], "none"),
        ("a,b,,\n,,\n\u00a0,\ufeff,\t\nc, ,d,\n", [(1, ("a", "b")), (4, ("c", " ", "d"))], "comma"),
        ('"a\nb","c,d"\ne,"f ""g"""\n', [(1, ("a\nb", "c,d")), (2, ("e", 'f "g"'))], "comma"),
        ("sep=;\na,b;c\n", [(1, ("a,b", "c"))], "semicolon"),
        ("SEP=|\r\na,b|c\n", [(1, ("a,b", "c"))], "bar"),
        ('"sep=\t"\na,b\tc\n', [(1, ("a,b", "c"))], "tab"),
        ("a,X\nb,XX\n", [(1, ("a", "X")), (2, ("b", "XX"))], "comma"),
        (",\n,\n", [(1, (",",)), (2, (",",))], "none"),
        ("a,b;c\na,b;c\nd,e,f\n", [(1, ("a", "b;c")), (2, ("a", "b;c")), (3, ("d", "e", "f"))], "comma"),
        ("sep=#\na,b\n", [(1, ("a", "b"))], "comma"),
        ("sep=;", [], "semicolon"),
        ("a,b\nsep=;\nc,d\n", [(1, ("a", "b")), (2, ("sep=;",)), (3, ("c", "d"))], "comma"),
    ],
)
def test_rows_are_parted_by_what_the_file_says_or_by_what_cuts_most_rows_alike(
    text: str, rows: Rows, separator: str
) -> None:
    assert records(text) == (rows, separator)


@pytest.mark.parametrize(
    ("chosen", "cells", "separator"),
    [
        ("comma", ("a;b|c\td", "e"), "comma"),
        ("semicolon", ("a", "b|c\td,e"), "semicolon"),
        ("tab", ("a;b|c", "d,e"), "tab"),
        ("bar", ("a;b", "c\td,e"), "bar"),
        ("none", ("a;b|c\td,e",), "none"),
        ("colon", ("a", "b|c\td,e"), "semicolon"),
    ],
)
def test_a_chosen_separator_counts_before_what_the_file_says(
    chosen: str, cells: tuple[str, ...], separator: str
) -> None:
    assert records("sep=;\na;b|c\td,e\n", chosen) == ([(1, cells)], separator)


@pytest.mark.parametrize("sign", [",", ""])
def test_a_thousand_rows_and_their_head_are_read_and_one_more_is_refused(sign: str) -> None:
    lines = [f"a{sign}b{number}" for number in range(1001)]
    expected = [(at, tuple(one.split(",") if sign else [one])) for at, one in enumerate(lines, 1)]
    assert records("\n".join(lines))[0] == expected
    told = "The list has more than 1,000 rows. Send only the people of this session."
    assert refusal("\n".join([*lines, f"a{sign}b"])) == told
    assert refusal("\n".join([*lines, f"a{sign}b"]), "comma") == told


def test_sixty_columns_are_read_and_one_more_is_refused_with_its_row() -> None:
    sixty = ",".join("x" * 60)
    assert records(f"a,b\n{sixty},,\n")[0] == [(1, ("a", "b")), (2, ("x",) * 60)]
    told = "Row %s has more than 60 columns. Send only those that are needed."
    assert refusal(f"a,b\n{sixty},y\n{sixty},z\n") == told % 2
    assert refusal(f"{sixty},{sixty}\na,b\n", "comma") == told % 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('a,b\nc,"d\ne\nf\n', 'In row 2 a quotation mark (") is opened and never closed.'),
        ('a,"b"\nc,"d\ne\nf\n', 'In row 2 a quotation mark (") is opened and never closed.'),
        ('"a,b\nc,d\ne,f', 'In row 1 a quotation mark (") is opened and never closed.'),
        (f'a,b\nc,"{"d" * 200_000}', "Near line 2 a cell never ends. Look for a quotation mark there."),
    ],
)
def test_a_quotation_mark_that_is_never_closed_is_told_with_its_row(text: str, told: str) -> None:
    assert refusal(text, "comma") == told


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ('a,b\nc,"d\ne\nf"\n', ("c", "d\ne\nf")),
        ('a,b\nc,"d\ne', ("c", "d\ne")),
        ('a,5" pipe\nc,"d\ne\nf"\n', ("c", "d\ne\nf")),
        ('a,b\nc,5" pipe\n', ("c", '5" pipe')),
    ],
)
def test_quotation_marks_that_are_closed_or_stand_inside_a_cell_are_no_mistake(
    text: str, last: tuple[str, ...]
) -> None:
    assert records(text, "comma")[0][-1] == (2, last)


def test_the_separator_is_guessed_by_the_first_thirty_lines() -> None:
    later = "p;q;r\n" * 40
    assert records("a,b\n" * 16 + "p;q;r\n" * 14 + later)[1] == "comma"
    assert records("a,b\n" * 14 + "p;q;r\n" * 16)[1] == "semicolon"
    assert records("a,b\n" * 15 + "p;q;r\n" * 15)[1] == "semicolon"
    assert records("Diop, Awa\n" * 30 + "a;b\n")[1] == "none"
    assert records("Diop, Awa\n" * 29 + "a;b\n")[1] == "comma"
