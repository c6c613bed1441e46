"""Whole rows of a result, in every way to read them, and what is said where they can't be read."""

import csv
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.unit.analysis.results.conftest import Make
from training.analysis.cards import Column
from training.analysis.results import (
    SCHEMA,
    Filter,
    Mark,
    Query,
    Result,
    ResultRow,
    Veil,
    Veiled,
    as_csv,
    as_jsonl,
    key_of,
)
from training.analysis.results import result as result_module
from training.analysis.results.export import unique
from training.analysis.results.veiled import ALPHABET
from training.errors import Damaged, NotThere, Refused

COLUMNS = {"PID": "int", "Offset": "hex", "Name": "str", "Ok": "bool", "Share": "float"}
GIVEN: list[Any] = [
    (2, 0, None, (1, 2**64 - 1, "init", True, 0.5), {}),
    (3, 1, 2, (7, 16, "a,b", False, 1.5), {}),
    (5, 2, 3, (None, 0, "x", True, None), {0: "unreadable", 4: "not available"}),
    (9, 1, 2, (8, 16, "init", False, 2.0), {}),
    (11, 0, 4, (9, 17, "=1", True, 0.5), {}),
]
ROWS = [ResultRow(*one) for one in GIVEN]


@pytest.fixture(params=[False, True], ids=["short", "long"])
def result(make: Make, request: pytest.FixtureRequest) -> Result:
    return make(COLUMNS, GIVEN, long=request.param)


def test_rows_are_whole_in_every_way_to_read_them(result: Result) -> None:
    assert list(result) == result.page() == list(result.select()) == [result.row(row.n) for row in ROWS] == ROWS
    assert result.columns == tuple(Column(*one) for one in COLUMNS.items())
    assert (result.rows, result.count()) == (5, 5)
    assert result.all() == [
        {"n": n, "depth": depth, **dict(zip(COLUMNS, cells, strict=True))} for n, depth, _, cells, _ in GIVEN
    ]
    below = {n: {"__children": [], **dict(zip(COLUMNS, cells, strict=True))} for n, _, _, cells, _ in GIVEN}
    below[3]["__children"] = [below[5]]
    below[2]["__children"] = [below[3], below[9]]
    assert result.tree() == [below[2], below[11]], "a row below one that is not there stands at the top"


def test_the_values_of_a_column_come_with_their_rows(result: Result) -> None:
    assert list(result.values("PID")) == [(2, 1), (3, 7), (9, 8), (11, 9)]
    assert list(result.values("Offset")) == [(2, 2**64 - 1), (3, 16), (5, 0), (9, 16), (11, 17)]
    assert [(n, value) for n, value in result.values("Ok") if value is True] == [(2, True), (5, True), (11, True)]
    assert list(result.values("Share")) == [(2, 0.5), (3, 1.5), (9, 2.0), (11, 0.5)]


def test_a_row_stands_between_its_neighbours_in_the_order_of_the_query(result: Result) -> None:
    assert [result.neighbours(row.n) for row in ROWS] == [(None, 3), (2, 5), (3, 9), (5, 11), (9, None)]
    query = Query((Filter("16", "Offset", operator=">="),), sort="Name", descending=True)
    assert [row.n for row in result.page(query)] == [9, 2, 3, 11]
    assert [result.position(row.n, query) for row in ROWS] == [1, 2, None, 0, 3]
    assert [result.neighbours(row.n, query) for row in ROWS] == [(9, 3), (2, 11), (None, None), (None, 2), (3, None)]


def test_a_page_begins_and_ends_where_it_is_asked_to(result: Result) -> None:
    for offset in (-1, 0, 1, 4, 5, 10**30):
        for limit in (-1, 0, 1, 2, 1_000):
            wanted = ROWS[max(0, offset) :][: max(1, limit)]
            assert result.page(offset=offset, limit=limit) == wanted, (offset, limit)
            assert (
                result.page(sort="Offset", offset=offset, limit=limit)
                == sorted(ROWS, key=lambda row: row.cells[1])[max(0, offset) :][: max(1, limit)]
            )
    assert list(result.select(Query(sort="PID", descending=True), 2)) == [ROWS[4], ROWS[3], ROWS[1], ROWS[0], ROWS[2]]


def test_without_a_query_a_page_has_the_first_hundred_rows(make: Make) -> None:
    result = make({"A": "int"}, [(n,) for n in range(101)])
    assert [row.n for row in result.page()] == list(range(100))
    assert [row.n for row in Veiled(result, VEIL).page()] == list(range(100))
    assert [
        row.n for row in result.page(where=Filter("1", "A", operator=">="), sort="A", descending=True, limit=2)
    ] == [
        100,
        99,
    ]


def test_rows_are_read_from_the_file_by_the_hundred(make: Make) -> None:
    plain = make({"A": "int"}, [(n,) for n in range(501)])
    for result in (plain, Veiled(plain, VEIL)):
        assert result.count() == 501
        read: list[str] = []
        result._connection.set_trace_callback(read.append)
        for chunk, reads in ((250, 3), (251, 2), (501, 1)):
            assert [row.n for row in result.select(chunk=chunk)] == list(range(501))
            assert len(read) == reads, read
            read.clear()
        assert (len(list(result.select())), len(read)) == (501, 2)
        assert next(result.select()).n == 0
        assert len(read) == 3, "the rest is read when it is asked for"
        result.close()


def test_what_columns_hold_the_same_is_looked_up_in_the_first_rows(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_module, "LOOKED_AT", 3)
    rows = [(1, "a", None), (1, "a", None), (1, "b", None), (2, "a", None)]
    assert make({"A": "int", "B": "str", "C": "str"}, rows).constant == {"A", "C"}
    assert make({"A": "int", "B": "str", "C": "str"}, rows[:2]).constant == {"A", "B", "C"}
    assert make({"A": "str"}, [("",), (None,)]).constant == {"A"}


def test_of_two_columns_of_one_name_the_first_is_meant(tmp_path: Path) -> None:
    file = tmp_path / "twice.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(result_schema(2))
        connection.execute("INSERT INTO rows VALUES (0, 0, NULL, NULL, 1, NULL, 2, NULL)")
        columns = json.dumps([{"name": "A", "type": "int"}] * 2)
        connection.execute("INSERT INTO about VALUES (2, ?, 1)", (columns,))
    connection.close()
    with Result.open(file) as result:
        assert list(result.values("A")) == [(0, 1)]


def result_schema(columns: int) -> str:
    return SCHEMA.format(cells=", ".join(f"c{i}, t{i} TEXT" for i in range(columns)))


def test_files_that_a_run_wrote_are_listed_in_its_order(make: Make) -> None:
    result = make({"A": "int"}, [(1,)])
    assert result.files() == []
    with sqlite3.connect(result.file.path) as connection:
        connection.execute("CREATE TABLE files (name TEXT, sha256 TEXT, bytes INTEGER)")
        connection.executemany("INSERT INTO files VALUES (?, ?, ?)", [("b.bin", "ff", 3), ("a.bin", "00", 1)])
    connection.close()
    with Result.open(result.file.path) as again:
        assert again.files() == [("b.bin", "ff", 3), ("a.bin", "00", 1)]


@pytest.mark.parametrize(
    ("ask", "kind", "said", "field"),
    [
        (lambda one: one.row(4), NotThere, "the result has no row 4; it has 5", None),
        (lambda one: one.row(-1), NotThere, "the result has no row -1; it has 5", None),
        (lambda one: one.row(2**63), NotThere, f"the result has no row {2**63}; it has 5", None),
        (lambda one: one.position(4), NotThere, "the result has no row 4; it has 5", None),
        (lambda one: one.neighbours(2**80), NotThere, f"the result has no row {2**80}; it has 5", None),
        (
            lambda one: one.count(Filter("1", "x" * 60)),
            Refused,
            f"there is no column '{'x' * 50}'; there are PID, Offset, Name, Ok, Share",
            "column",
        ),
        (
            lambda one: one.page(sort="pid"),
            Refused,
            "there is no column 'pid'; there are PID, Offset, Name, Ok, Share",
            "column",
        ),
        (
            lambda one: list(one.values("Nme")),
            Refused,
            "there is no column 'Nme'; there are PID, Offset, Name, Ok, Share",
            "column",
        ),
    ],
)
def test_what_can_not_be_read_is_told_whole(
    result: Result, ask: Any, kind: type[Exception], said: str, field: Any
) -> None:
    with pytest.raises(kind) as bad:
        ask(result)
    assert (str(bad.value), getattr(bad.value, "field", None)) == (said, field)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE about SET format = 3", "the result bad.db can't be read: it has format 3, and this version reads 2"),
        ("UPDATE about SET format = 0", "the result bad.db can't be read: it has format 0, and this version reads 2"),
        ("DELETE FROM about", "the result bad.db can't be read: cannot unpack non-iterable NoneType object"),
        ("DROP TABLE about", "the result bad.db can't be read: no such table: about"),
    ],
)
def test_a_file_that_is_no_result_is_told_as_damaged(make: Make, tmp_path: Path, change: str, said: str) -> None:
    (tmp_path / "bad.db").write_bytes(make({"A": "int"}, [(1,)]).file.path.read_bytes())
    with sqlite3.connect(tmp_path / "bad.db") as connection:
        connection.execute(change)
    connection.close()
    with pytest.raises(Damaged) as bad:
        Result.open(tmp_path / "bad.db")
    assert str(bad.value) == said
    with pytest.raises(NotThere) as gone:
        Result.open(tmp_path / "gone.db")
    assert str(gone.value) == "the result gone.db is not there; ask for the run again"


def test_rows_that_are_kept_in_memory_make_room_when_they_are_many(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_module, "MOST_ROWS", 2)
    kept: dict[tuple[Any, int], ResultRow] = {}
    monkeypatch.setattr(result_module, "_rows", kept)
    result = make({"A": "str"}, [("a",), ("b",), ("c" * 4_047,), ("d" * 4_048,)])
    seen = []
    for n in (0, 1, 2, 3, 1):
        assert result.row(n).n == n
        seen.append(sorted(number for _, number in kept))
    assert seen == [[0], [0, 1], [2], [2], [1, 2]]


def test_of_the_last_queries_the_rows_are_kept(result: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Query] = []
    look = Result._look

    def noting(self: Result, query: Query) -> Any:
        looked.append(query)
        return look(self, query)

    monkeypatch.setattr(Result, "_look", noting)
    queries = [Query(text=text) for text in "abcde"]
    for query in (*queries[:4], *queries[:4], queries[4], queries[1], queries[0]):
        result.count(query)
    assert looked == [*queries, queries[0]]


VEIL = Veil({"Name": ("init",), "Share": ()}, b"k" * 32)


def test_behind_a_veil_only_the_secret_columns_are_masked(result: Result) -> None:
    shown = Veiled(result, VEIL)
    assert shown.columns == (
        Column("PID", "int"), Column("Offset", "hex"), Column("Name", "str"), Column("Ok", "bool"),
        Column("Share", "str"),
    )  # fmt: skip
    marks = {1.5: VEIL.cell("Share", 1.5), "a,b": VEIL.cell("Name", "a,b")}
    assert marks == {1.5: "••••-" + str(marks[1.5])[5:], "a,b": "••••-" + str(marks["a,b"])[5:]}
    assert {type(mark) for mark in marks.values()} == {Mark}
    assert all(len(mark) == 11 and set(mark[5:]) <= set(ALPHABET) for mark in marks.values())
    masked = [
        ResultRow(
            row.n, row.depth, row.parent,
            tuple(VEIL.cell(column, cell) for column, cell in zip(COLUMNS, row.cells, strict=True)), row.absent,
        )
        for row in ROWS
    ]  # fmt: skip
    assert masked[1].cells == (7, 16, marks["a,b"], False, marks[1.5])
    assert masked[0].cells[2] == "init"
    assert list(shown) == list(shown.select()) == shown.page() == [shown.row(row.n) for row in ROWS] == masked
    assert list(shown.select(Query(sort="PID"), 2))[:2] == shown.page(sort="PID", limit=2) == masked[:2]
    assert shown.page(sort="PID", descending=True, offset=1, limit=2) == [masked[3], masked[1]]
    assert shown.page(where=Filter("7", "PID", operator="is")) == [masked[1]]
    assert shown.page(Query(text="9")) == [masked[4]]
    assert list(shown.values("PID")) == list(result.values("PID"))
    assert list(shown.values("Name")) == [(row.n, row.cells[2]) for row in masked]
    assert [shown.position(row.n, Query(sort="PID")) for row in ROWS] == [0, 1, 4, 2, 3]


def test_a_mark_is_made_of_the_value_and_the_key_alone() -> None:
    assert VEIL.cell("Name", "a,b") == VEIL.cell("Share", "a,b") != VEIL.cell("Name", "a,c")
    assert Veil({"Name": ()}, b"l" * 32).cell("Name", "a,b") != VEIL.cell("Name", "a,b")
    assert [VEIL.cell("Name", value) for value in (None, "", "init")] == [None, "", "init"]
    assert VEIL.cell("PID", "a,b") == "a,b"
    assert (VEIL.cell("Name", "a,b"), VEIL.cell("Name", 0)) == ("••••-C69PK9", "••••-QB8YSR")
    assert key_of("secret", "ab" * 32).hex() == "41e92879a798ef09b7c3bef7785c11e7a1022f101569038213415f2494a75983"


@pytest.mark.parametrize("operator", ["absent", "present"])
def test_whether_a_secret_cell_has_a_value_is_told_of_one_column_or_of_all(make: Make, operator: Any) -> None:
    rows = [
        (0, 0, None, (1, None), {1: "unreadable"}),
        (1, 0, None, (None, "x"), {0: "unparsable"}),
        (2, 0, None, (1, "y"), {}),
    ]
    shown = Veiled(make({"A": "int", "B": "str"}, rows), Veil({"B": ()}, b"k"))
    one, every = (Query((Filter("", name, operator=operator),)) for name in ("B", None))
    found = {"absent": ([0], [0, 1]), "present": ([1, 2], [0, 1, 2])}[operator]
    assert ([row.n for row in shown.page(one)], [row.n for row in shown.page(every)]) == found


def test_an_export_has_every_row_once_whatever_the_number(make: Make) -> None:
    for rows in (0, 1, 199, 200, 201, 400, 401):
        result = make({"A": "int"}, [(n,) for n in range(rows)])
        pieces = list(as_csv(result))
        assert "".join(pieces) == "\ufeffn,depth,A\r\n" + "".join(f"{n},0,{n}\r\n" for n in range(rows))
        assert [piece.count("\r\n") for piece in pieces] == [
            1,
            *[200] * (rows // 200),
            *[rows % 200] * (rows % 200 > 0),
        ]
        assert list(as_jsonl(result)) == [f'{{"n": {n}, "depth": 0, "A": {n}, "absent": {{}}}}\n' for n in range(rows)]


def test_an_export_is_whole(result: Result) -> None:
    lines = list(csv.reader(io.StringIO("".join(as_csv(result)).removeprefix("\ufeff"), newline="")))
    assert lines == [
        ["n", "depth", "PID", "Offset", "Name", "Ok", "Share"],
        ["2", "0", "1", "0xffffffffffffffff", "init", "True", "0.5"],
        ["3", "1", "7", "0x10", "a,b", "False", "1.5"],
        ["5", "2", "unreadable", "0x0", "x", "True", "not available"],
        ["9", "1", "8", "0x10", "init", "False", "2.0"],
        ["11", "0", "9", "0x11", "'=1", "True", "0.5"],
    ]
    assert [json.loads(line) for line in as_jsonl(result)] == [
        {
            "n": n,
            "depth": depth,
            **dict(zip(COLUMNS, cells, strict=True)),
            "absent": {list(COLUMNS)[i]: k for i, k in absent.items()},
        }
        for n, depth, _, cells, absent in GIVEN
    ]
    assert unique(["a", "n", "a", "a.", "depth", "absent"]) == ["a", "n.", "a.", "a..", "depth.", "absent."]
