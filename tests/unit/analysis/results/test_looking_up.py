"""What a result is looked up with: aids of long ones and rows of short ones, filters of every kind, orders, texts."""

import sqlite3
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.unit.analysis.results.conftest import Make
from training.analysis.cards import Column
from training.analysis.render import ABSENCES
from training.analysis.results import SCHEMA, Filter, Query, aids, finish, from_vol
from training.analysis.results.aids import Aids, Coded, Part, fold, line, numbers_of, rank
from training.analysis.results.few import Few
from training.analysis.results.form import pack, shown, unpack
from training.analysis.results.matching import Needle, cost, number, ones, period, spread, table
from training.analysis.results.passing import Passing
from training.analysis.results.query import LONGEST_FILTER, MOST_FILTERS
from training.errors import Refused

COLUMNS = {"Size": "hex", "Name": "str"}
ROWS: list[Any] = [
    (0, 0, None, (16, "É one"), {}),
    (1, 0, None, (2**64 - 1, "b"), {}),
    (2, 0, None, (None, "É one"), {0: "unparsable"}),
    (4, 0, None, (3, "c\nd"), {1: "not available"}),
    (7, 0, None, (16, None), {1: "unreadable"}),
]
SIZES = ["0x10", "0xffffffffffffffff", "unparsable", "0x3", "0x10"]
NAMES = ["É one", "b", "É one", "not available", "unreadable"]


@pytest.mark.parametrize("form", ["few words", "many words", "made while reading", "single rows"])
def test_a_column_is_looked_up_the_same_in_every_form(make: Make, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.setattr(aids, "FEWEST_WORDS", 2 if form == "many words" else 256)
    monkeypatch.setattr(aids, "PART_ROWS", 2)
    result = make(COLUMNS, ROWS, long=form in {"few words", "many words"})
    connection = result.file.connect()
    columns = [Column(*one) for one in COLUMNS.items()]
    numbers = [row[0] for row in ROWS]
    found = Few(connection, columns, numbers) if form == "single rows" else Aids(connection, columns)
    assert (list(found.numbers), found.rows) == (numbers, 5)
    assert [list(found.order(i)) for i in (0, 1)] == [[3, 0, 4, 1], [1, 0, 2]]
    assert [list(found.missing(i)) for i in (0, 1)] == [[2], [3, 4]]
    assert [found.kinds(i) for i in (0, 1)] == [b"\0\0\2\0\0", b"\0\0\0\4\1"]
    assert [found.value(0, place) for place in range(5)] == [16, "18446744073709551615", None, 3, 16]
    assert [found.value(1, place) for place in range(5)] == [row[3][1] for row in ROWS]
    for i, texts in enumerate((SIZES, NAMES)):
        coded = found.coded(i)
        if form in {"few words", "made while reading"}:
            assert coded is not None
            assert [coded.words[code] for code in coded.codes] == texts
            assert len(set(coded.words)) == len(coded.words)
            continue
        assert coded is None
        for exact in (True, False):
            parts = list(found.parts(i, exact=exact))
            size = 5 if form == "single rows" else 2
            wanted = [texts[first : first + size] for first in range(0, 5, size)]
            if not exact:
                wanted = [[fold(text) for text in each] for each in wanted]
            assert parts == [Part(len(each), "\n".join(each)) for each in wanted]
    connection.close()


def test_columns_without_absent_cells_have_none_missing(make: Make) -> None:
    result = make({"A": "int"}, [(2,), (1,)])
    connection = result.file.connect()
    for found in (Aids(connection, result.columns), Few(connection, result.columns, [0, 1])):
        assert (list(found.order(0)), list(found.missing(0))) == ([1, 0], [])
        assert not any(found.kinds(0) or b"")
    assert list(Few(connection, result.columns, []).parts(0, exact=True)) == []
    assert Few(connection, result.columns, [1]).value(0, 0) == 1
    connection.close()


def stored(tmp_path: Path, rows: Sequence[tuple[int, Any, str | None]], kind: str) -> dict[Any, Any]:
    """The aids that are written for a column of these numbers, values and texts."""
    with sqlite3.connect(tmp_path / "made.db") as connection:
        connection.executescript(SCHEMA.format(cells="c0, t0 TEXT"))
        connection.executemany("INSERT INTO rows VALUES (?, 0, NULL, NULL, ?, ?)", rows)
        assert finish(connection, [Column("A", kind)])
        found = {tuple(key): body for *key, body in connection.execute("SELECT kind, i, part, body FROM aids")}
    connection.close()
    return found


def test_what_a_long_result_keeps_is_written_as_its_form_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aids, "LONG", 3)
    assert stored(tmp_path, [(0, 7, None), (1, 5, "five"), (2, 7, None)], "int") == {
        ("words", 0, 0): b"7\nfive",
        ("codes", 0, 0): b"\0\1\0",
        ("order", 0, 0): array("I", [1, 0, 2]).tobytes(),
    }


def test_what_is_kept_of_many_texts_stands_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LONG": 1, "FEWEST_WORDS": 1, "PART_ROWS": 3, "PART_CHARS": 6}.items():
        monkeypatch.setattr(aids, name, value)
    rows = [(1, "a", None), (2, "É", None), (4, "cc", None), (5, "ddddd", None), (6, "e", None), (9, None, None)]
    assert stored(tmp_path, rows, "str") == {
        ("numbers", 0, 0): array("q", [1, 2, 4, 5, 6, 9]).tobytes(),
        ("lines", 0, 0): "a\nÉ\ncc".encode(),
        ("folded", 0, 0): "a\né\ncc".encode(),
        ("lines", 0, 3): b"ddddd\ne",
        ("lines", 0, 5): b"None",
        ("order", 0, 0): array("I", [0, 2, 3, 4, 1]).tobytes(),
        ("missing", 0, 0): array("I", [5]).tobytes(),
    }


@pytest.mark.parametrize("words", [255, 256, 257, 300])
def test_codes_are_as_wide_as_their_number_asks(make: Make, monkeypatch: pytest.MonkeyPatch, words: int) -> None:
    monkeypatch.setattr(aids, "FEWEST_WORDS", 300)
    result = make({"A": "str"}, [(f"w{n % words}",) for n in range(2 * words)], long=True)
    assert [row.n for row in result.page(where=Filter(f"w{words - 1}", "A", operator="is"))] == [
        words - 1,
        2 * words - 1,
    ]
    connection = result.file.connect()
    coded = Aids(connection, result.columns).coded(0)
    connection.close()
    assert coded is not None
    assert (len(coded.words), isinstance(coded.codes, bytes)) == (words, words <= 256)


def test_which_texts_are_too_many_or_too_long_to_be_kept_once(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def kept(texts: Sequence[Any], **limits: int) -> bool:
        for name, value in {"FEWEST_WORDS": 256, "WORDS_CHARS": 100, "EARLY": 50, **limits}.items():
            monkeypatch.setattr(aids, name, value)
        result = make({"A": "str"}, [(text,) for text in texts], long=True)
        connection = result.file.connect()
        coded = Aids(connection, result.columns).coded(0)
        connection.close()
        return coded is not None

    assert kept("abc" * 4, FEWEST_WORDS=3)
    assert kept("abc" * 4, FEWEST_WORDS=1), "a quarter of the rows"
    assert not kept("abcd" * 3, FEWEST_WORDS=1)
    assert not kept("abcd", FEWEST_WORDS=3)
    assert kept(["x" * 60, "y" * 40] * 2)
    assert not kept(["x" * 60, "y" * 41] * 2)
    assert not kept([str(n) for n in range(11)], EARLY=10)
    assert kept([str(n) for n in range(10)], EARLY=10)
    assert kept([str(n % 9) for n in range(11)], EARLY=10)
    assert kept([1.0, 1, True, "1"] * 2)


def test_numbers_of_rows_are_a_range_where_none_is_left_out(make: Make) -> None:
    for numbers in ([], [0], [0, 1, 2], [1], [0, 2]):
        result = make({"A": "int"}, [(n, 0, None, (1,), {}) for n in numbers])
        connection = result.file.connect()
        found = numbers_of(connection)
        connection.close()
        assert (list(found), isinstance(found, range)) == (numbers, numbers == list(range(len(numbers))))


def test_texts_are_folded_and_put_in_one_line() -> None:
    assert [fold(text) for text in ("Straße", "E\u0301", "\u212b", "İ")] == ["strasse", "é", "å", "i̇"]
    assert [line(text) for text in ("a b", "a\tb")] == ["a b", "a\tb"]
    assert "\n" not in line("a\nb")
    values: list[float | str] = ["b", 2, "a", 10, 1.5]
    assert sorted(values, key=rank) == [1.5, 2, 10, "a", "b"]


@pytest.mark.parametrize(
    ("value", "kind", "kept"),
    [
        (2**63 - 1, "int", 2**63 - 1),
        (2**63, "hex", "09223372036854775808"),
        (2**64 - 1, "bin", "18446744073709551615"),
        (-5, "int", -5),
        (True, "bool", True),
        (None, "int", None),
        ("09223372036854775808", "str", "09223372036854775808"),
        ("123", "int", "123"),
        (1.5, "float", 1.5),
    ],
)
def test_a_cell_is_stored_and_comes_back(value: Any, kind: str, kept: Any) -> None:
    assert pack(value) == kept
    assert unpack(kept, kind) == value
    assert type(unpack(kept, kind)) is type(value)


def test_a_stored_cell_is_shown_by_its_text_or_as_it_was() -> None:
    assert shown(5, "0x5", "hex") == "0x5"
    assert shown(5, "", "hex") == ""
    assert [shown(value, None, kind) for value, kind in ((5, "int"), ("a", "str"), (1, "bool"), (None, "int"))] == [
        "5", "a", "True", "None",
    ]  # fmt: skip
    assert unpack("٠٩٢٢٣٣٧٢٠٣٦٨٥٤٧٧٥٨٠٨", "int") == "٠٩٢٢٣٣٧٢٠٣٦٨٥٤٧٧٥٨٠٨"
    assert unpack("x" * 20, "int") == "x" * 20


LINES = ["", "ab", "abab", "xab", "abx", "b", "AB", "ab", "", "x", "y", "z", "q", "r", "s", "t", "u", "ab"]


@pytest.mark.parametrize("operator", ["contains", "starts", "ends", "is"])
@pytest.mark.parametrize("text", ["", "ab", "b", "x", "abab", "nowhere", "a\nb", "z"])
def test_a_text_is_found_in_the_lines_that_have_it(operator: str, text: str) -> None:
    def has(one: str) -> bool:
        tests = {"contains": text in one, "starts": one.startswith(text), "ends": one.endswith(text), "is": one == text}
        return tests[operator]

    wanted = bytes(has(one) for one in LINES)
    needle = Needle(text, operator)
    assert needle.among(LINES) == wanted
    for size in (1, 2, 3, 7, 18):
        parts = [LINES[first : first + size] for first in range(0, len(LINES), size)]
        for alive in (b"\1" * 18, b"\1\0" * 9, b"\0" * 17 + b"\1", b"\1" + b"\0" * 17):
            made = needle.within([Part(len(part), "\n".join(part)) for part in parts], alive)
            assert len(made) == 18
            assert [place for place in range(18) if alive[place] and made[place]] == [
                place for place in range(18) if alive[place] and wanted[place]
            ]
    if text:
        assert needle._jump("\n".join(LINES), 18) == wanted
    assert needle._each(Part(18, "\n".join(LINES)), b"\0" * 17 + b"\1") == b"\0" * 17 + wanted[17:]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("16", "int", 16), (" 0x10 ", "hex", 16), ("0b11", "bin", 3), ("-5", "int", -5), ("010", "int", 10),
        ("0o17", "int", 15), ("1.5", "float", 1.5), ("1e3", "float", 1000.0), ("16", "float", 16.0),
        (str(2**64 - 1), "int", 2**64 - 1), (str(1 - 2**64), "int", 1 - 2**64), ("0" * 29 + "7", "int", 7),
    ],
)  # fmt: skip
def test_a_number_is_read_as_it_is_typed(text: str, kind: str, value: float) -> None:
    found = number(Filter(text, "A"), kind)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "int"), ("five", "int"), ("1.5", "int"), ("0x", "hex"), (str(2**64), "int"), (str(-(2**64)), "int"),
        ("0" * 30 + "7", "int"), ("inf", "float"), ("nan", "float"), ("x" * 60, "int"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused_whole(text: str, kind: str) -> None:
    with pytest.raises(Refused) as bad:
        number(Filter(text, "A"), kind)
    assert (str(bad.value), bad.value.field) == (f"{text[:50]!r} is no number; write 4096 or 0x1000", "text")


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("2026", "2026"), ("2026-03", "2026-03"), (" 2026-03-10 ", "2026-03-10"), ("2026-03-10Z", "2026-03-10"),
        ("2026-03-10 12", "2026-03-10T12"), ("2026-03-10T12:06 UTC", "2026-03-10T12:06"),
        ("2026-03-10 12:06:38", "2026-03-10T12:06:38"), ("2026-03-10 12:06:38.5+00:00", "2026-03-10T12:06:38.5"),
    ],
)  # fmt: skip
def test_a_time_means_all_that_begin_with_it(text: str, stem: str) -> None:
    assert period(Filter(text, "A")) == (stem, stem + "\U0010ffff")


@pytest.mark.parametrize(
    "text", ["", "26", "2026-3", "2026-03-10 1", "2026-03-10+01:00", "2026-03-10 12:06:38.", "x" * 60]
)
def test_what_is_no_time_is_refused_whole(text: str) -> None:
    with pytest.raises(Refused) as bad:
        period(Filter(text, "A"))
    said = f"{text[:50]!r} is no time; write 2026-03-10, or 2026-03-10 12:06:38 (UTC)"
    assert (str(bad.value), bad.value.field) == (said, "text")


def test_quick_filters_come_before_slow_ones() -> None:
    asked: list[tuple[Filter, int]] = [
        (Filter("a"), 2), (Filter("a", "A"), 1), (Filter("a", "A", operator="starts"), 1),
        (Filter("a", "A", operator="ends"), 1), (Filter("1", "A", operator="is"), 0),
        (Filter("1", "A", operator="is", case=True), 1), (Filter("1", "A", operator=">", case=True), 0),
        (Filter("", "A", operator="absent"), 0),
    ]  # fmt: skip
    assert [cost(one) for one, _ in asked] == [wanted for _, wanted in asked]
    assert [type(cost(one)) for one, _ in asked] == [int] * len(asked)


def test_flags_of_rows_are_a_byte_each() -> None:
    assert ones(3) == 0x010101
    assert ones(0) == 0
    assert table({0, 3}) == bytes([1, 0, 0, 1]) + b"\0" * 252
    few, many = Coded(("a", "b", "c"), b"\2\0\1\0"), Coded(("a", "b", "c"), array("I", [2, 0, 1, 0]))
    for hits, wanted in (
        (b"\1\0\0", b"\0\1\0\1"),
        (b"\1\1\1", b"\1" * 4),
        (b"\0\0\0", b"\0" * 4),
        (b"\0\0\1", b"\1\0\0\0"),
    ):
        assert spread(hits, few) == spread(hits, many) == wanted
    passing = Passing([3, 1, 0, 2], b"\1\0\1\1")
    assert (len(passing), list(passing), passing[0], passing[1:], passing[-1:]) == (3, [3, 0, 2], 3, [0, 2], [2])
    assert [passing.index(place) for place in (3, 0, 2)] == [0, 1, 2]
    with pytest.raises(ValueError, match="1"):
        passing.index(1)


@pytest.mark.parametrize("long", [True, False])
@pytest.mark.parametrize("words", [1, 256])
def test_whole_numbers_in_a_column_of_text_are_compared_by_value(
    make: Make, monkeypatch: pytest.MonkeyPatch, words: int, *, long: bool
) -> None:
    monkeypatch.setattr(aids, "FEWEST_WORDS", words)
    monkeypatch.setattr(aids, "PART_ROWS", 2)
    texts = ["9", "10", "x", "", "-3", "1.5", "0" * 28 + "9", "0" * 29 + "9", "010", "11"]
    result = make({"A": "str", "B": "bool"}, [(text, True) for text in texts], long=long)
    for operator, wanted in {">": [9], ">=": [1, 8, 9], "<": [0, 6], "<=": [0, 1, 6, 8]}.items():
        for typed in ("10", "0xa", " 10 "):
            query = Query((Filter(typed, "A", operator=operator),))  # type: ignore[arg-type]  # one of them
            assert [row.n for row in result.page(query)] == wanted, (operator, typed)
    with pytest.raises(Refused, match="is no number"):
        result.count(Filter("1.5", "A", operator=">"))


@pytest.mark.parametrize("most", [-1, 500])
def test_kinds_of_absence_are_asked_for_one_by_one(make: Make, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr("training.analysis.results.result.MOST", most)
    rows: list[Any] = [(n, 0, None, (None, n), {0: kind}) for n, kind in enumerate(ABSENCES)] + [
        (4, 0, None, (1, 4), {})
    ]
    result = make({"A": "int", "B": "int"}, rows)
    some = Filter("0", "B", operator=">=")
    for n, kind in enumerate(ABSENCES):
        assert [row.n for row in result.page(Query((some, Filter(kind, "A", operator="absent"))))] == [n]
        assert result.count(Query((some, Filter(kind, "B", operator="absent")))) == 0
        left = Query((some, Filter(kind, "A", operator="absent", exclude=True)))
        assert [row.n for row in result.page(left)] == [one for one in range(5) if one != n]
    assert [row.n for row in result.page(Query((some, Filter("", "A", operator="absent"))))] == [0, 1, 2, 3]
    assert [row.n for row in result.page(Query((some, Filter("", "A", operator="present"))))] == [4]


KNOWN = "unreadable, unparsable, not applicable, not available"


@pytest.mark.parametrize(
    ("query", "said", "field"),
    [
        (Query((Filter("a"),) * (MOST_FILTERS + 1)), "there are 21 filters; at most 20 are read", "filters"),
        (Query((Filter("x" * (LONGEST_FILTER + 1)),)), "the filter has 201 characters; at most 200 are read", "text"),
        (Query(text="x" * (LONGEST_FILTER + 1)), "the filter has 201 characters; at most 200 are read", "text"),
        (Query((Filter("a", operator="x" * 30),)), f"there is no comparison {'x' * 20!r}", "operator"),  # type: ignore[arg-type]
        (Query((Filter("5", operator=">="),)), ">= compares the values of one column; name the column", "column"),
        (Query((Filter("lost", "A", operator="absent"),)), f"the kinds of absence are {KNOWN}", "text"),
    ],
)
def test_what_is_too_much_or_can_not_be_meant_is_told_whole(query: Query, said: str, field: str) -> None:
    with pytest.raises(Refused) as bad:
        query.checked()
    assert (str(bad.value), bad.value.field) == (said, field)


def test_what_a_filter_lets_pass_without_a_look_is_known() -> None:
    assert [Filter("", "A", operator=one).idle for one in ("contains", "starts", "ends", "is", ">", "absent")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip
    assert not Filter("a").idle


VOL = [Column("PID", "int"), Column("PPID", "int"), Column("Xxxx", "str")]


@pytest.mark.parametrize(
    ("word", "made"),
    [
        ("X,1", Filter("1", "Xxxx", case=True)), ("Xfoo", Filter("Xfoo", case=True)),
        ("-X", Filter("X", exclude=True, case=True)),
        ("X", Filter("X", case=True)), ("a+", Filter("a+", case=True)), ("+-a", Filter("-a", case=True)),
        (" a", Filter(" a", case=True)), ("-PID,^1$!", Filter("1", "PID", True, "is", True)),
        ("a$!", Filter("a", None, False, "ends", True)),
        (",a", Filter("a", case=True)), (r"^\.\-a!", Filter(".-a", None, False, "starts", True)),
        ("^$!", Filter("", None, False, "is", True)),
    ],
)  # fmt: skip
def test_words_of_the_command_line_are_filters(word: str, made: Filter) -> None:
    assert from_vol([word, "", "+-"], VOL) == Query((made,), any=True)


def test_a_regular_expression_is_refused_whole() -> None:
    pattern = "(a+)+" + "b" * 60 + "!"
    with pytest.raises(Refused) as bad:
        from_vol([pattern], VOL)
    said = (
        f"the pattern {pattern[:50]!r} is a regular expression, and those aren't run here; a text with ^ before it "
        "or $ after it can be used"
    )
    assert (str(bad.value), bad.value.field) == (said, "filters")
    with pytest.raises(Refused, match="there are 21 filters"):
        from_vol(["a"] * 21, VOL)
