"""Queries against what a plain reading of all rows says, on short results and on long ones with their aids."""

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from training.analysis.cards import Column
from training.analysis.render import ABSENCES, cell
from training.analysis.results import ALL, LONGEST_FILTER, MOST_FILTERS, Filter, Query, Result, aids, from_vol
from training.analysis.results import result as result_module
from training.errors import NotThere, Refused

COLUMNS = {"PID": "int", "Offset": "hex", "Name": "str", "Time": "datetime", "Yes": "bool"}
NAMES = list(COLUMNS)
LIKELY = (
    "init",
    "INIT",
    "Straße",
    "STRASSE",
    "e\u0301t\u00e9",
    "50%",
    "a_b",
    "x\ny",
    "\u202eexe",
    "=1+1",
    "日本語",
    "80",
    "443",
    "\U0001f600",
)
TIMES = (
    "2026-03-10T12:06:38+00:00",
    "2026-03-10T12:06:38.500000+00:00",
    "2026-03-11T00:00:00+00:00",
    "1970-01-01T00:00:00+00:00",
)

Cells = tuple[Any, ...]
values = st.tuples(
    st.integers(-3, 3) | st.integers(-(2**63), 2**64 - 1),
    st.sampled_from([0, 16, 2**63 - 1, 2**63, 2**64 - 1, 0xFFFF888004200000]),
    st.sampled_from(LIKELY) | st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(TIMES),
    st.booleans(),
)
absences = st.dictionaries(st.integers(0, len(NAMES) - 1), st.sampled_from(ABSENCES), max_size=2)
rows = st.lists(st.tuples(values, absences), max_size=25)
gaps = st.lists(st.integers(1, 3), min_size=25, max_size=25)
filters = st.one_of(
    st.builds(
        Filter,
        st.sampled_from(LIKELY) | st.sampled_from(["a", "0x", "unreadable", "2026-03-10 12", "true", "", "\n", "z%"]),
        st.sampled_from([None, *NAMES]), st.booleans(), st.sampled_from(["contains", "starts", "ends"]), st.booleans(),
    ),
    st.builds(
        Filter, st.sampled_from(["0", "1", "-2", "16", "0x10", "9223372036854775808", "0xffff888004200000"]),
        st.sampled_from(["PID", "Offset"]), st.booleans(), st.sampled_from(["is", ">", ">=", "<", "<="]),
    ),
    st.builds(
        Filter, st.sampled_from(["2026", "2026-03-10", "2026-03-10 12:06:38", "2026-03-10T12:06:38.5Z"]),
        st.just("Time"), st.booleans(), st.sampled_from(["is", ">", ">=", "<", "<="]),
    ),
    st.builds(
        Filter, st.sampled_from(["", *ABSENCES]), st.sampled_from([None, *NAMES]), st.booleans(), st.just("absent"),
    ),
    st.builds(Filter, st.just(""), st.sampled_from(NAMES), st.booleans(), st.just("present")),
)  # fmt: skip
queries = st.builds(
    Query, st.lists(filters, max_size=3).map(tuple), st.sampled_from(["", "init", "x", "É"]),
    st.sampled_from([None, *NAMES]), st.booleans(), st.booleans(),
)  # fmt: skip

Table = list[tuple[int, Cells, dict[int, str]]]
COMPARE: dict[str, Callable[[Any, Any, Any], bool]] = {
    "is": lambda value, low, high: low <= value <= high,
    ">": lambda value, _low, high: value > high,
    ">=": lambda value, low, _high: value >= low,
    "<": lambda value, low, _high: value < low,
    "<=": lambda value, _low, high: value <= high,
}


def folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def passes(one: Filter, cells: Cells, absent: dict[int, str]) -> bool:
    """What a filter means, told once more in the plainest way."""
    if one.idle:
        return True
    found = [i for i, name in enumerate(NAMES) if one.column in {None, name}]
    return one.exclude != any(holds(one, i, cells[i], absent.get(i)) for i in found)


def holds(one: Filter, i: int, value: Any, absent: str | None) -> bool:
    kind = COLUMNS[NAMES[i]]
    if one.operator == "absent":
        return absent is not None and one.text in {"", absent}
    if one.operator == "present":
        return absent is None
    if one.operator in COMPARE and kind in {"int", "hex"}:
        bound = int(one.text, 0)
        return absent is None and COMPARE[one.operator](value, bound, bound)
    if one.operator in COMPARE:
        stem = one.text.replace(" ", "T").removesuffix("Z")
        return absent is None and COMPARE[one.operator](value, stem, stem + chr(0x10FFFF))
    shown, text = cell(value, kind, absent), one.text
    if not one.case:
        shown, text = folded(shown), folded(text)
    return {"contains": text in shown, "starts": shown.startswith(text), "ends": shown.endswith(text)}[one.operator]


def expected(query: Query, table: Table) -> list[int]:
    """Numbers of the rows that pass, in order."""
    effective = [one for one in query.filters if not one.idle]
    kept = []
    for n, cells, absent in table:
        each = [passes(one, cells, absent) for one in effective]
        if (not each or (any(each) if query.any else all(each))) and passes(Filter(query.text), cells, absent):
            kept.append((n, cells, absent))
    if query.sort is None:
        return [n for n, _, _ in kept][:: -1 if query.descending else 1]
    i = NAMES.index(query.sort)
    there = sorted(((cells[i], n) for n, cells, absent in kept if i not in absent), reverse=query.descending)
    return [n for _, n in there] + [n for n, _, absent in kept if i in absent]


@try_examples(120)
@given(rows=rows, gaps=gaps, query=queries, long=st.booleans(), few=st.booleans(), most=st.sampled_from([-1, 3, 500]))
def test_a_query_finds_what_a_plain_reading_finds(
    make: Any,
    monkeypatch: pytest.MonkeyPatch,
    rows: Any,
    gaps: list[int],
    query: Query,
    long: bool,  # noqa: FBT001
    few: bool,  # noqa: FBT001
    most: int,
) -> None:
    monkeypatch.setattr(result_module, "MOST", most)  # all rows are looked at, or those that are left are read
    monkeypatch.setattr(aids, "FEWEST_WORDS", 256 if few else 3)  # both forms of texts, whatever the length
    monkeypatch.setattr(aids, "PART_ROWS", 4)
    table: Table = []
    n = -1 if few else 0
    for gap, (cells, absent) in zip(gaps, rows, strict=False):
        n += 1 if few else gap
        table.append((n, tuple(None if i in absent else value for i, value in enumerate(cells)), absent))
    result: Result = make(COLUMNS, [(n, 0, None, cells, absent) for n, cells, absent in table], long=long)
    wanted = expected(query, table)
    assert result.count(query) == len(wanted)
    assert [row.n for row in result.page(query, limit=1000)] == wanted
    assert [row.n for row in result.select(query, chunk=3)] == wanted
    assert [row.n for row in result.page(query, offset=2, limit=3)] == wanted[2:5]
    for n, _, _ in table:
        assert result.position(n, query) == (wanted.index(n) if n in wanted else None)
    if wanted:
        assert result.neighbours(wanted[0], query) == (None, wanted[1] if len(wanted) > 1 else None)
        assert result.neighbours(wanted[-1], query)[1] is None


@pytest.fixture(params=[False, True], ids=["short", "long"])
def result(make: Any, request: pytest.FixtureRequest) -> Result:
    cells = [
        (1, 16, "sshd", TIMES[0], True, "22"),
        (2, 2**64 - 1, "SSHD", TIMES[1], False, "8443"),
        (3, 0, "\u202e=cmd|<b>", TIMES[2], True, "80"),
        (4, 1, "N/A", TIMES[3], False, "any"),
        (4, 1, "sshd-session", TIMES[3], False, "not available"),
    ]
    rows = [(n, 0, None, row, {2: "not available"} if n == 3 else {}) for n, row in enumerate(cells)]
    made: Result = make({**COLUMNS, "Port": "str"}, rows, long=request.param)
    return made


def found(result: Result, *filters: Filter, **query: Any) -> list[int]:
    return [row.n for row in result.page(Query(filters, **query))]


def test_words_that_stand_for_absence_are_absent(result: Result) -> None:
    assert found(result, sort="Name")[-1] == found(result, sort="Name", descending=True)[-1] == 3
    assert found(result, Filter("not available", "Name", operator="absent")) == [3]
    assert found(result, Filter("unreadable", "Name", operator="absent")) == []
    assert found(result, Filter("", "Name", operator="present")) == [0, 1, 2, 4]
    # A text that only says the word is no absence.
    assert found(result, Filter("", "Port", operator="absent")) == []


def test_truth_is_found_as_it_is_shown(result: Result) -> None:
    assert found(result, Filter("true", "Yes")) == [0, 2]
    assert found(result, Filter("1", "Yes")) == []


def test_numbers_in_a_column_of_text(result: Result) -> None:
    assert found(result, Filter("80", "Port", operator=">=")) == [1, 2]
    assert found(result, Filter("80", "Port", operator="<")) == [0]
    assert found(result, Filter("9223372036854775809", "Port", operator=">")) == []
    assert found(result, Filter("80", "Port", operator="is")) == [2]


def test_is_means_the_value_in_one_column_and_the_text_in_any(result: Result) -> None:
    assert (
        found(result, Filter("16", "Offset", operator="is"))
        == found(result, Filter("0x10", "Offset", operator="is"))
        == [0]
    )
    assert found(result, Filter("16", "Offset", operator="is", case=True)) == []
    assert found(result, Filter("sshd", operator="is")) == [0, 1]
    assert found(result, Filter("2026-03-10", "Time", operator="is")) == [0, 1]


def test_all_or_any(result: Result) -> None:
    two = (Filter("sshd", "Name"), Filter("2", "PID", operator="is"))
    assert found(result, *two) == [1]
    assert found(result, *two, any=True) == [0, 1, 4]
    assert found(result, *two, any=True, text="8443") == [1]


def test_a_field_that_was_left_empty_is_none_of_several(result: Result) -> None:
    assert found(result, Filter("sshd", "Name"), Filter("", "PID"), any=True) == [0, 1, 4]
    assert found(result, Filter(""), Filter("", "Name"), any=True) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (Query(tuple(Filter(str(n)) for n in range(MOST_FILTERS + 1))), "filters"),
        (Query((Filter("x" * (LONGEST_FILTER + 1)),)), "text"),
        (Query(text="x" * (LONGEST_FILTER + 1)), "text"),
        (Query((Filter("5", operator=">"),)), "column"),
        (Query((Filter("five", "PID", operator=">"),)), "text"),
        (Query((Filter("9" * 40, "PID", operator="is"),)), "text"),
        (Query((Filter("yesterday", "Time", operator=">"),)), "text"),
        (Query((Filter("lost", "PID", operator="absent"),)), "text"),
        (Query((Filter("x", "PID", operator="like"),)), "operator"),  # type: ignore[arg-type]
        (Query((Filter("x", "pid"),)), "column"),
        (Query(sort="c0"), "column"),
    ],
)
def test_what_can_not_be_asked_is_refused(result: Result, query: Query, field: str) -> None:
    with pytest.raises(Refused) as refused:
        result.count(query)
    assert refused.value.field == field


def test_as_many_and_as_long_filters_as_are_said_are_read() -> None:
    most = Query(tuple(Filter("x" * LONGEST_FILTER) for _ in range(MOST_FILTERS)), text="x" * LONGEST_FILTER)
    assert most.checked() is most


@pytest.mark.parametrize("n", [5, -1, 2**70])
def test_a_row_that_is_not_there_has_no_position(result: Result, n: int) -> None:
    with pytest.raises(NotThere, match="no row"):
        result.position(n, ALL)


VOL = [Column("PID", "int"), Column("PPID", "int"), Column("COMM", "str")]


@pytest.mark.parametrize(
    ("word", "made"),
    [
        ("COMM,ssh", Filter("ssh", "COMM", case=True)),
        ("+comm,ssh", Filter("ssh", "COMM", case=True)),
        ("-comm,ssh", Filter("ssh", "COMM", exclude=True, case=True)),
        ("pid,1", Filter("1", "PID", case=True)),
        ("pp,1", Filter("1", "PPID", case=True)),
        ("nothing,1", Filter("1", None, case=True)),
        ("a,b,c", Filter("b,c", None, case=True)),
        ("ssh", Filter("ssh", None, case=True)),
        ("PID,^1$!", Filter("1", "PID", operator="is", case=True)),
        ("COMM,^ss!", Filter("ss", "COMM", operator="starts", case=True)),
        (r"COMM,\.so$!", Filter(".so", "COMM", operator="ends", case=True)),
        ("COMM,ssh!", Filter("ssh", "COMM", case=True)),
    ],
)
def test_filters_of_the_command_line(word: str, made: Filter) -> None:
    assert from_vol([word], VOL) == Query((made,), any=True)


@pytest.mark.parametrize("word", ["COMM,(a+)+$!", "a.*b!", r"\d!", "[!", r"x\w!"])
def test_regular_expressions_are_refused(word: str) -> None:
    with pytest.raises(Refused, match="regular expression"):
        from_vol([word], VOL)


@pytest.mark.parametrize("words", [[], [""], ["+"], ["-"], ["COMM,"], ["!"]])
def test_empty_filters_let_everything_pass(words: list[str]) -> None:
    assert from_vol(words, VOL) == Query(any=True)
