"""Result files: of rows that a test names, and of what plugins really say of the exhibit."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from training.analysis import cards
from training.analysis.cards import Column
from training.analysis.exhibit import ExhibitFiles
from training.analysis.job import Job, Limits
from training.analysis.render import cell
from training.analysis.results import FORMAT, SCHEMA, Result, aids, finish, pack
from training.analysis.views import Material
from training.analysis.work import Here

Given = tuple[int, int, int | None, tuple[Any, ...], dict[int, str]]
"""A row as a test names it: n, depth, parent, cells, kinds of absence by index."""
PLUGINS = ("pslist", "psscan", "pidhashtable", "pstree", "psaux", "kthreads", "sockstat", "sockscan")


def write(path: Path, columns: Sequence[Column], rows: Sequence[Given], *, long: bool) -> Path:
    """A result file, with aids or without, as the writer makes it."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(SCHEMA.format(cells=", ".join(f"c{i}, t{i} TEXT" for i in range(len(columns)))))
    connection.execute("BEGIN")
    for n, depth, parent, cells, absent in rows:
        values: list[Any] = [n, depth, parent, json.dumps(absent) if absent else None]
        for i, (value, column) in enumerate(zip(cells, columns, strict=True)):
            text = cell(value, column.type, absent.get(i))
            values += [pack(value), None if text == str(value) else text]
        connection.execute(f"INSERT INTO rows VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608
    if long:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(aids, "LONG", 0)
            finish(connection, columns)
    about = json.dumps([{"name": column.name, "type": column.type} for column in columns])
    connection.execute("INSERT INTO about VALUES (?, ?, ?)", (FORMAT, about, len(rows)))
    connection.execute("COMMIT")
    connection.close()
    return path


Make = Callable[..., Result]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Makes results; `long` gives them the aids of a long one."""
    folder, number, made = tmp_path_factory.mktemp("results"), count(), list[Result]()

    def result(columns: dict[str, str], rows: Sequence[Any], *, long: bool = False) -> Result:
        """Rows are Given, or only their cells."""
        given: list[Given] = [
            row if len(row) == 5 and isinstance(row[4], dict) else (n, 0, None, tuple(row), {})
            for n, row in enumerate(rows)
        ]
        path = write(folder / f"{next(number)}.db", [Column(*one) for one in columns.items()], given, long=long)
        made.append(Result.open(path))
        return made[-1]

    yield result
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def exhibit_materials(
    files: ExhibitFiles, here: Here, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Material]]:
    """What the plugins really say of the exhibit, by plugin."""
    folder, known, made = tmp_path_factory.mktemp("real"), cards.load(), dict[str, Material]()
    for name in PLUGINS:
        card = known.get(f"linux.{name}")
        job = Job(
            exhibit=files.sha256, symbols_sha256=files.symbols_sha256, os=files.os, image=files.image,
            symbols=files.symbols, plugin=card.name, plugin_version=card.version, volatility=known.volatility,
            island=known.island, options={}, result=folder / f"{name}.db", dumps=folder / "dumps", limits=Limits(),
        )  # fmt: skip
        outcome = here.work(job, lambda _progress: None, lambda: None)
        assert outcome.state == "complete", outcome.reason
        made[card.name] = Material(card.name, Result.open(job.result))
    yield made
    for one in made.values():
        one.result.close()
