"""What a long result keeps to be quick, and that a short one does without."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from training.analysis.cards import Column
from training.analysis.results import SCHEMA, Filter, Query, Result, finish
from training.analysis.results.aids import HEAVY, LONG

COLUMNS = [Column("Addr", "hex"), Column("Name", "str"), Column("Sort", "str")]


def draft(path: Path, rows: int, name: str = "symbol") -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(SCHEMA.format(cells="c0, t0 TEXT, c1, t1 TEXT, c2, t2 TEXT"))
    connection.execute("BEGIN")
    made = ((n, 0, None, None, n * 16, hex(n * 16), f"{name} É {n}", None, "AB"[n % 2], None) for n in range(rows))
    connection.executemany("INSERT INTO rows VALUES (?,?,?,?,?,?,?,?,?,?)", made)
    about = json.dumps([{"name": column.name, "type": column.type} for column in COLUMNS])
    connection.execute("INSERT INTO about VALUES (2, ?, ?)", (about, rows))
    return connection


def test_short_results_stay_as_they_are(tmp_path: Path) -> None:
    connection = draft(tmp_path / "a.db", LONG - 1)
    assert not finish(connection, COLUMNS)
    assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'aids'").fetchone() == (0,)
    connection.close()


def test_short_results_with_much_text_get_aids(tmp_path: Path) -> None:
    connection = draft(tmp_path / "a.db", 100, "x" * (HEAVY // 90))
    assert finish(connection, COLUMNS)
    connection.execute("COMMIT")
    connection.close()
    with Result.open(tmp_path / "a.db") as result:
        assert result.count(Filter("é 7")) == 11


def test_long_results_use_both_forms_of_texts(tmp_path: Path) -> None:
    connection = draft(tmp_path / "a.db", 10_000)
    assert finish(connection, COLUMNS)
    kinds = set(connection.execute("SELECT kind, i FROM aids"))
    assert kinds >= {("lines", 0), ("lines", 1), ("folded", 1), ("words", 2), ("codes", 2), ("order", 0)}
    assert not kinds & {("folded", 0), ("words", 0), ("words", 1), ("lines", 2), ("kinds", 0)}
    connection.execute("COMMIT")
    connection.close()
    with Result.open(tmp_path / "a.db") as result:
        query = Query((Filter("SYMBOL é 99", "Name", operator="starts"),), sort="Addr", descending=True)
        assert [row.n for row in result.page(query, limit=3)] == [9999, 9998, 9997]
        assert result.count(Filter("b", "Sort")) == 5_000
        assert result.count(Filter("\u00e9 1234")) == result.count(Filter("e\u0301 1234")) == 1


def test_old_results_are_still_read(tmp_path: Path) -> None:
    connection = draft(tmp_path / "a.db", LONG * 2)
    connection.execute("UPDATE about SET format = 1")
    connection.execute("COMMIT")
    connection.close()
    with Result.open(tmp_path / "a.db") as result:
        assert [row.n for row in result.page(Query((Filter("a", "Sort"),), sort="Name"), limit=2)] == [0, 10]


@pytest.mark.parametrize("text", ["two\nlines", "x" * 2**21, "\ud7ff\U0010fffd", ""])
def test_texts_that_no_page_would_show_do_not_shift_rows(make: Any, text: str) -> None:
    for long in (True, False):
        result = make({"A": "str"}, [(text,), ("b",), (text + "c",)], long=long)
        assert [row.n for row in result.page(Query((Filter("b"),)))] == [1]
        assert [row.n for row in result.page(Query((Filter("c", operator="ends"),)))] == [2]
