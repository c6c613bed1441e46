"""Figures of long results: a page of 150,000 rows, filtered and sorted, and what it costs to make one."""

import json
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from training.analysis.cards import Column
from training.analysis.render import cell
from training.analysis.results.aids import finish
from training.analysis.results.form import FORMAT, SCHEMA, pack
from training.analysis.results.query import Filter, Query
from training.analysis.results.result import Result

ROWS = 150_000
PAGE = 50
BAR = 50.0  # milliseconds, 95th percentile
COLUMNS = (
    Column("Address", "hex"), Column("Type", "str"), Column("Size", "int"), Column("Module", "str"),
    Column("Symbol", "str"), Column("Seen", "datetime"),
)  # fmt: skip
WORDS = [
    "tcp", "udp", "ip", "sock", "page", "file", "inode", "mount", "bpf", "sched", "irq", "timer", "alloc", "free",
    "init", "exit", "read", "write", "open", "close", "lock", "wait", "queue", "work", "net", "dev", "pci", "usb",
]  # fmt: skip
SORTS = (None, *(column.name for column in COLUMNS))
OFFSETS = (0, 1_000, 75_000, ROWS)  # cut to what there is: the last one asks for the last page
FILTERS: tuple[tuple[Filter, ...], ...] = (
    (),
    (Filter("T", "Type", operator="is"),),
    (Filter("tcp", "Symbol"),),
    (Filter("4096", "Size", operator=">"), Filter("usb", "Module", exclude=True)),
    (Filter("", "Size", operator="absent"),),
    (Filter("2026-03-10 12", "Seen", operator="is"), Filter("_init", "Symbol", operator="ends")),
)
TEXTS = ("", "ffff88", "lock_wait", "e", "nowhere")


def pages(rows: int = ROWS) -> Iterator[dict[str, Any]]:
    """Milliseconds for a page and its count, each time from opening the file, over every pair of a sort and a filter,
    with offsets and searches taken in turn; then each kind of question alone, and the seconds to make the aids.
    """
    with tempfile.TemporaryDirectory(prefix="engram-bench-") as folder:
        path = Path(folder) / "long.db"
        plain, aids = make(path, rows)
        queries = mix()
        times = [_timed(path, *one) for one in queries]
        yield _figure(f"page of {rows:,} rows, 95th percentile", quantiles(times, n=100)[94], "ms", BAR)
        yield _figure(f"page of {rows:,} rows, median of {len(times)}", median(times), "ms", None)
        yield _figure(f"page of {rows:,} rows, slowest", max(times), "ms", None)
        yield _figure("rows written", plain, "s", None)
        yield _figure("aids made", aids, "s", None)
        yield _figure("size", path.stat().st_size / 2**20, "MiB", None)


def mix() -> list[tuple[Query, int]]:
    """The questions: each sort with each filter, both directions, and in turn every search and offset."""
    made = []
    for number, (sort, filters, text) in enumerate(product(SORTS, FILTERS, TEXTS)):
        made.append((Query(filters, text, sort, descending=bool(number % 2)), OFFSETS[number % len(OFFSETS)]))
    return made


def make(path: Path, rows: int = ROWS) -> tuple[float, float]:
    """A result as a plugin could have made it, the same each time; seconds for the rows and for the aids."""
    started = time.perf_counter()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    connection.executescript(SCHEMA.format(cells=", ".join(f"c{i}, t{i} TEXT" for i in range(len(COLUMNS)))))
    connection.execute("BEGIN")
    places = ", ".join("?" * (4 + 2 * len(COLUMNS)))
    connection.executemany(f"INSERT INTO rows VALUES ({places})", _rows(rows))  # noqa: S608 - question marks only
    about = json.dumps([{"name": column.name, "type": column.type} for column in COLUMNS])
    connection.execute("INSERT INTO about VALUES (?, ?, ?)", (FORMAT, about, rows))
    written = time.perf_counter()
    finish(connection, COLUMNS)
    done = time.perf_counter()
    connection.execute("COMMIT")
    connection.close()
    return written - started, done - written


def _rows(count: int) -> Iterator[tuple[Any, ...]]:
    chance = random.Random(7)  # noqa: S311 - the same rows each time
    for n in range(count):
        size = None if chance.random() < 0.05 else chance.choice((8, 16, 64, 4096, 8192)) * chance.randint(1, 40)  # noqa: PLR2004 - one in twenty
        cells = (
            0xFFFF888000000000 + chance.randrange(2**30),
            chance.choice("AaBbDdRrTtWw"),
            size,
            chance.choice(WORDS),
            "_".join(chance.choices(WORDS, k=3)) + f"_{n % 977}",
            f"2026-03-{chance.randint(1, 28):02d}T{chance.randint(0, 23):02d}:{n % 60:02d}:38+00:00",
        )
        stored: list[Any] = []
        for value, column in zip(cells, COLUMNS, strict=True):
            text = cell(value, column.type, "not available" if value is None else None)
            stored += [pack(value), None if text == str(value) else text]
        yield n, 0, None, '{"2": "not available"}' if size is None else None, *stored


def _timed(path: Path, query: Query, offset: int) -> float:
    started = time.perf_counter()
    with Result.open(path) as result:
        last = max(0, result.count(query) - PAGE)
        result.page(query, offset=min(offset, last), limit=PAGE)
    return (time.perf_counter() - started) * 1000


def _figure(metric: str, value: float, unit: str, bar: float | None) -> dict[str, Any]:
    return {
        "bench": "pages",
        "metric": metric,
        "value": round(value, 2),
        "unit": unit,
        "bar": bar,
        "ok": bar is None or value <= bar,
    }
