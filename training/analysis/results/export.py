"""Results as files for other programs, row by row, so that no more than a page of them is ever in memory.

CSV is for people with a spreadsheet: RFC 4180, UTF-8 with a byte order mark (without it the most used spreadsheet
takes another encoding), cells as the page shows them. Hidden characters therefore come as their pictures and names,
times as 2026-03-10 12:06:32Z, a missing value as the word for its kind. Plain numbers stay numbers. A cell of text
that a spreadsheet could take for a formula begins with an apostrophe.

JSON lines are for programs: one object per row with the exact values that `vol -r jsonl` gives (null where there is
none), the number and depth of the row, and the kinds of absence by column.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

from training.analysis.results.query import ALL, Query
from training.analysis.results.result import Result

MARK = "\ufeff"
# What starts a formula in a spreadsheet, with the full-width forms that some take for the same (OWASP, CSV injection).
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\u2212")
# Their pictures: cells show hidden characters, and what was a tab in the image is no reason to relax.
PICTURES = ("\u2409", "\u240d", "\u240a")
BLANKS = " \u3000"
CHUNK = 200  # rows per piece
ROW, DEPTH, ABSENT = "n", "depth", "absent"


def as_csv(result: Result, query: Query = ALL) -> Iterator[str]:
    """The rows that pass a query as CSV, piece by piece: `n` and `depth`, then the plugin's columns."""
    yield MARK + _lines([[ROW, DEPTH, *(harmless(column.name) for column in result.columns)]])
    gathered: list[list[Any]] = []
    for row in result.select(query):
        cells = zip(row.cells, row.shown(result.columns), strict=True)
        gathered.append([row.n, row.depth, *(_csv_cell(value, text) for value, text in cells)])
        if len(gathered) == CHUNK:
            yield _lines(gathered)
            gathered = []
    if gathered:
        yield _lines(gathered)


def as_jsonl(result: Result, query: Query = ALL) -> Iterator[str]:
    """The rows that pass a query as JSON lines, one by one: `{"n": 3, "depth": 0, COLUMN: value …, "absent": {…}}`.

    A column that is itself called n, depth or absent is written with `.` behind its name.
    """
    names = unique([column.name for column in result.columns])
    for row in result.select(query):
        absent = {names[i]: kind for i, kind in row.absent.items()}
        line = {ROW: row.n, DEPTH: row.depth, **dict(zip(names, row.cells, strict=True)), ABSENT: absent}
        yield json.dumps(line, ensure_ascii=False) + "\n"


FORMATS: dict[str, Callable[[Result, Query], Iterator[str]]] = {"csv": as_csv, "jsonl": as_jsonl}
"""By the ending of the file's name."""


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    bare = text.lstrip(BLANKS)
    return f"'{text}" if bare.startswith(STARTS + PICTURES) else text


def unique(names: list[str]) -> list[str]:
    """Names of columns as keys of one object: each once, and none that we use ourselves."""
    taken = {ROW, DEPTH, ABSENT}
    made = []
    for name in names:
        key = name
        while key in taken:
            key += "."
        taken.add(key)
        made.append(key)
    return made


def _csv_cell(value: Any, text: str) -> str:
    """Numbers as they are, the sign of a negative one included; all else without formulas."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return text if number else harmless(text)


def _lines(rows: list[list[Any]]) -> str:
    made = io.StringIO()
    csv.writer(made, lineterminator="\r\n").writerows(rows)
    return made.getvalue()
