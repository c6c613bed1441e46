"""Results with hostile content, read by people who try things."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from training.analysis.results import DIGITS, LONGEST_FILTER, SCHEMA, Filter, Result, pack, unpack
from training.errors import Damaged, NotThere, Refused

COLUMNS = '[{"name": "PID", "type": "int"}, {"name": "Offset", "type": "hex"}, {"name": "a\\" b; DROP", "type": "str"}]'
NAME = 'a" b; DROP'
ROWS: list[tuple[Any, ...]] = [
    (0, 0, None, None, 1, 0xFFFF888004200000, "init"),
    (1, 1, 0, None, 30, 0x10, "50%"),
    (2, 2, 1, None, 4, 0xFFFF888004200001, "a_b"),
    (3, 0, None, '{"2": "unreadable"}', 4, 0x7FFFFFFFFFFFFFFF, None),
    (4, 0, None, None, 2, 0x8000000000000000, "INIT \\"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "a result #1?.db"
    connection = sqlite3.connect(file)
    connection.executescript(SCHEMA.format(cells="c0, t0 TEXT, c1, t1 TEXT, c2, t2 TEXT"))
    for n, depth, parent, absent, pid, offset, text in ROWS:
        shown = "unreadable" if absent else None
        values = (n, depth, parent, absent, pid, None, pack(offset), f"{offset:#x}", text, shown)
        connection.execute("INSERT INTO rows VALUES (?,?,?,?,?,?,?,?,?,?)", values)
    connection.execute("INSERT INTO about VALUES (1, ?, ?)", (COLUMNS, len(ROWS)))
    connection.commit()
    connection.close()
    return file


@pytest.fixture
def result(path: Path) -> Iterator[Result]:
    with Result.open(path) as opened:
        yield opened


def numbers(rows: list[Any]) -> list[int]:
    return [row.n for row in rows]


def test_columns_and_rows(result: Result) -> None:
    assert [(column.name, column.type) for column in result.columns] == [
        ("PID", "int"),
        ("Offset", "hex"),
        (NAME, "str"),
    ]
    assert result.rows == result.count() == 5
    assert result.row(0).cells == (1, 0xFFFF888004200000, "init")
    assert result.all()[3] == {"n": 3, "depth": 0, "PID": 4, "Offset": 0x7FFFFFFFFFFFFFFF, NAME: None}


def test_of_rows_read_alone_only_small_ones_stay_in_memory(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE rows SET c2 = ? WHERE n = 1", ("x" * 20_000,))
    connection.close()
    with Result.open(path) as result:
        assert result.row(0) is result.row(0)
        long, again = result.row(1), result.row(1)
    assert long == again
    assert long is not again


def test_numbers_beyond_sqlite_sort_by_value(result: Result) -> None:
    assert numbers(result.page(sort="Offset")) == [1, 3, 4, 0, 2]
    assert numbers(result.page(sort="Offset", descending=True)) == [2, 0, 4, 3, 1]


def test_sorting_paging_absence_last(result: Result) -> None:
    assert numbers(result.page()) == [0, 1, 2, 3, 4]
    assert numbers(result.page(descending=True)) == [4, 3, 2, 1, 0]
    assert numbers(result.page(sort="PID")) == [0, 4, 2, 3, 1]
    assert numbers(result.page(sort=NAME)) == [1, 4, 2, 0, 3]
    assert numbers(result.page(sort=NAME, descending=True))[-1] == 3
    assert numbers(result.page(offset=3, limit=1)) == [3]
    assert numbers(result.page(offset=-4, limit=0)) == [0]
    assert result.page(offset=10**30) == []


@pytest.mark.parametrize(
    ("text", "column", "found"),
    [
        ("init", None, [0, 4]),
        ("init", NAME, [0, 4]),
        ("init", "PID", []),
        ("%", None, [1]),
        ("_", None, [2]),
        ("\\", None, [4]),
        ("'", None, []),
        ("' OR 1=1 --", None, []),
        ("0xffff888", "Offset", [0, 2]),
        ("0xFFFF888", None, [0, 2]),
        ("unread", None, [3]),
        ("4", "PID", [2, 3]),
        ("", None, [0, 1, 2, 3, 4]),
    ],
)
def test_filter_finds_what_the_page_shows(result: Result, text: str, column: str | None, found: list[int]) -> None:
    where = Filter(text, column)
    assert numbers(result.page(where=where)) == found
    assert result.count(where) == len(found)


@pytest.mark.parametrize("name", ["n; DROP TABLE rows", "c0", "", "pid"])
def test_unknown_columns_are_refused(result: Result, name: str) -> None:
    with pytest.raises(Refused, match="there is no column"):
        result.page(sort=name)
    with pytest.raises(Refused, match="there is no column"):
        result.count(Filter("x", name))


def test_a_long_filter_is_refused(result: Result) -> None:
    with pytest.raises(Refused, match="at most"):
        result.count(Filter("x" * (LONGEST_FILTER + 1)))


@pytest.mark.parametrize("n", [5, -1, 10**30])
def test_rows_that_are_not_there(result: Result, n: int) -> None:
    with pytest.raises(NotThere, match="it has 5"):
        result.row(n)


def test_the_tree(result: Result) -> None:
    tree = result.tree()
    assert [top["PID"] for top in tree] == [1, 4, 2]
    assert tree[0]["__children"][0]["__children"][0]["PID"] == 4


def test_a_result_can_not_be_written(result: Result) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        result._connection.execute("DELETE FROM rows")


def test_files_that_are_no_results(path: Path, tmp_path: Path) -> None:
    with pytest.raises(NotThere, match="ask for the run again"):
        Result.open(tmp_path / "none.db")
    (tmp_path / "garbage.db").write_bytes(b"garbage" * 1000)
    with pytest.raises(Damaged, match="can't be read"):
        Result.open(tmp_path / "garbage.db")
    connection = sqlite3.connect(path)
    connection.execute("UPDATE about SET format = 99")
    connection.commit()
    connection.close()
    with pytest.raises(Damaged, match="format 99"):
        Result.open(path)


@pytest.mark.parametrize("value", [0, 1, -5, 2**63 - 1, 2**63, 2**64 - 1])
def test_numbers_survive_storing(value: int) -> None:
    stored = pack(value)
    assert unpack(stored, "hex") == value
    assert isinstance(stored, int) or len(stored) == DIGITS


def test_truth_values_survive_storing() -> None:
    assert unpack(1, "bool") is True
    assert unpack(0, "bool") is False
    assert unpack(None, "bool") is None
    assert unpack("12", "str") == "12"
