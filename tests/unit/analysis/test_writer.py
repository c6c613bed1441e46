"""The writer against what an island might print, good and bad."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from training.analysis.job import Job, Limits
from training.analysis.outcome import Outcome
from training.analysis.results import Filter, Result
from training.analysis.scribe import CUT_OFF
from training.analysis.writer import FAULTS, FILES, MOST_FILES, Writing, settle

COLUMNS = [{"name": "PID", "type": "int"}, {"name": "Offset", "type": "hex"}, {"name": "COMM", "type": "str"}]
HEADER = {"columns": COLUMNS, "volatility": "2.28.2", "version": "4.1.1", "island": 1}


def row(n: int, *cells: Any, **changed: Any) -> dict[str, Any]:
    return {"n": n, "depth": 0, "parent": None, "cells": cells or (n, 16, "init"), "absent": {}} | changed


def end(rows: int, state: str = "complete", reason: str | None = None) -> dict[str, Any]:
    return {"end": state, "reason": reason, "rows": rows, "seconds": 0.1}


def job(folder: Path, **limits: Any) -> Job:
    return Job(
        exhibit="a" * 64,
        symbols_sha256="b" * 64,
        os="linux",
        image=folder / "image.raw",
        symbols=folder,
        plugin="linux.pslist",
        plugin_version="4.1.1",
        volatility="2.28.2",
        island=1,
        options={},
        result=folder / "result.db",
        dumps=folder / "dumps",
        limits=Limits(**({"seconds": 60, "rows": 1000, "cell_chars": 1000, "bytes": 10_000_000} | limits)),
    )


def written(folder: Path, *lines: object, **limits: Any) -> Outcome:
    """What the writer makes of these lines."""
    output = folder / "output"
    output.write_bytes(b"".join(x if isinstance(x, bytes) else json.dumps(x).encode() + b"\n" for x in lines))
    work = folder / "work"
    work.mkdir(exist_ok=True)
    with output.open("rb") as stream:
        return Writing(job(folder, **limits), work, lambda _said: None).outcome(stream)


def test_a_whole_result(tmp_path: Path) -> None:
    outcome = written(tmp_path, HEADER, row(0), row(1), end(2))
    assert (outcome.state, outcome.reason, outcome.rows) == ("complete", None, 2)
    assert [column.name for column in outcome.columns] == ["PID", "Offset", "COMM"]
    assert not list(tmp_path.glob(".result.db-*"))
    assert (tmp_path / "result.db").stat().st_mode & 0o222 == 0


def test_no_rows_is_a_result(tmp_path: Path) -> None:
    assert written(tmp_path, HEADER, end(0)).state == "complete"
    with Result.open(tmp_path / "result.db") as result:
        assert result.all() == []


@pytest.mark.parametrize(
    ("lines", "state", "reason", "rows"),
    [
        ((HEADER, row(0), b"garbage\n", row(2), end(3)), "partial", "1 rows are missing: line 3", 2),
        ((HEADER, row(0), row(0), end(2)), "partial", "row 0 came after row 0", 1),
        ((HEADER, row(0, parent=5), end(1)), "partial", "1 rows are missing", 0),
        ((HEADER, row(0), row(1, parent=1), end(2)), "partial", "1 rows are missing", 1),
        ((HEADER, row(0), end(2)), "partial", "made 2 rows, but 1 arrived", 1),
        ((HEADER, row(0), end(1, "partial", "a scan broke off")), "partial", "a scan broke off", 1),
        ((HEADER, row(0), end(1, "partial")), "partial", "gave no reason", 1),
        ((HEADER, end(0, "failed", "no symbols")), "failed", "no symbols", 0),
        ((end(0, "failed", "no symbols"),), "failed", "no symbols", 0),
        ((end(0),), "failed", "no columns", 0),
        ((HEADER, HEADER), "failed", "began twice", 0),
        ((HEADER | {"version": "9.9.9"}, row(0), end(1)), "failed", "its card describes 4.1.1", 0),
        ((HEADER | {"volatility": "9.9.9"},), "failed", "Volatility 9.9.9 is installed", 0),
        ((HEADER, row(0)), "failed", CUT_OFF, 1),
        ((), "failed", CUT_OFF, 0),
        ((HEADER, *[b"x\n"] * FAULTS, row(0)), "partial", f"{FAULTS} lines", 0),
    ],
)
def test_what_falls_short_says_so(tmp_path: Path, lines: Any, state: str, reason: str, rows: int) -> None:
    outcome = written(tmp_path, *lines)
    assert (outcome.state, outcome.rows) == (state, rows)
    assert outcome.reason
    assert reason in outcome.reason
    assert (tmp_path / "result.db").exists() == (state == "partial")
    assert bool(outcome.columns) == (state == "partial")


def test_the_row_limit(tmp_path: Path) -> None:
    outcome = written(tmp_path, HEADER, *[row(n) for n in range(30)], end(30), rows=10)
    assert (outcome.state, outcome.rows) == ("partial", 10)
    assert outcome.reason == "more than 10 rows: only the first 10 were kept"
    with Result.open(tmp_path / "result.db") as result:
        assert result.rows == len(result.all()) == 10


def test_the_byte_limit(tmp_path: Path) -> None:
    rows = [row(n, n, 0, "x" * 400_000) for n in range(9)]
    outcome = written(tmp_path, HEADER, *rows, end(9), bytes=2**20)
    assert (outcome.state, outcome.rows) == ("partial", 2)
    assert outcome.reason == "more than 1 MiB of text: only the first 2 rows were kept"


def test_small_cells_fill_the_limit_too(tmp_path: Path) -> None:
    outcome = written(tmp_path, HEADER, *[row(n, 1, 16, "x") for n in range(9)], end(9), bytes=100)
    assert (outcome.state, outcome.rows) == ("partial", 3), "eight bytes for each cell, beside its text"


def test_the_limits_of_files_hold_for_all_of_a_run_together(tmp_path: Path) -> None:
    (tmp_path / "work" / FILES).mkdir(parents=True)
    for name in ("0001", "0002"):
        (tmp_path / "work" / FILES / name).write_bytes(name.encode() * 150_000)
    files = [{"file": name, "path": name, "bytes": 600_000} for name in ("0001", "0002")]
    outcome = written(tmp_path, HEADER, row(0), *files, end(1), files_bytes=2**20)
    assert (outcome.state, outcome.reason) == (
        "partial", "the dumped file 0002 could not be kept: more than 1 MiB of files",
    )  # fmt: skip
    many = [{"file": "x", "path": "0001", "bytes": 1}] * (MOST_FILES + 1)
    outcome = written(tmp_path, HEADER, row(0), *many, end(1), files_bytes=1)
    assert outcome.reason == f"more than {MOST_FILES} files: the rest was not kept"


def test_dumped_files_are_kept_by_content(tmp_path: Path) -> None:
    (tmp_path / "work" / FILES).mkdir(parents=True)
    content = b"MZ, inert"
    for name in ("0001", "0002"):
        (tmp_path / "work" / FILES / name).write_bytes(content)
    files = [{"file": f"pid.200.{name}.dmp", "path": name, "bytes": 9} for name in ("0001", "0002")]
    assert written(tmp_path, HEADER, row(0), *files, end(1)).state == "complete"
    digest = hashlib.sha256(content).hexdigest()
    kept = tmp_path / "dumps" / digest[:2] / digest
    assert kept.read_bytes() == content
    assert kept.stat().st_mode & 0o333 == 0
    with Result.open(tmp_path / "result.db") as result:
        assert result.files() == [(f"pid.200.{name}.dmp", digest, 9) for name in ("0001", "0002")]


@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "nothing", "large"])
def test_only_plain_files_are_taken(tmp_path: Path, kind: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not for them")
    made = tmp_path / "work" / FILES / "0001"
    made.parent.mkdir(parents=True)
    makers: dict[str, Callable[[], object]] = {
        "link": lambda: made.symlink_to(secret),
        "folder": made.mkdir,
        "pipe": lambda: os.mkfifo(made),
        "nothing": lambda: None,
        "large": lambda: made.write_bytes(bytes(2000)),
    }
    makers[kind]()
    line = {"file": "x.dmp", "path": "0001", "bytes": 9}
    outcome = written(tmp_path, HEADER, row(0), line, end(1), files_bytes=1000)
    assert (outcome.state, outcome.rows) == ("partial", 1)
    assert "the dumped file x.dmp could not be kept" in (outcome.reason or "")
    assert not (tmp_path / "dumps").exists()


def test_a_path_out_of_the_folder_is_no_line(tmp_path: Path) -> None:
    line = {"file": "x.dmp", "path": "../../secret", "bytes": 9}
    outcome = written(tmp_path, HEADER, row(0), line, end(1))
    assert outcome.state == "partial"
    assert "could not be used" in (outcome.reason or "")


def test_many_rows_come_back_as_they_were(tmp_path: Path) -> None:
    cells: list[tuple[Any, ...]] = [
        (1, 0xFFFF888004200000, "init"),
        (-559087616, 2**63 - 1, "\u202egnp.exe"),
        (3, 0, "<b>\x1b[31m' OR 1=1 --"),
        (4, 2**64 - 1, "100%_\\"),
    ]
    lines = [row(n, *cells[n % 4], absent={"2": "unreadable"} if n == 1199 else {}) for n in range(1200)]
    lines[1199]["cells"] = [4, 5, None]
    assert written(tmp_path, HEADER, *lines, end(1200), rows=5000).state == "complete"
    with Result.open(tmp_path / "result.db") as result:
        assert [one.cells for one in result] == [tuple(line["cells"]) for line in lines]
        assert result.row(1199).absent == {2: "unreadable"}
        assert result.row(1).shown(result.columns) == ("-559087616", "0x7fffffffffffffff", "\u2039U+202E\u203agnp.exe")
        assert result.count(Filter("0xffff8880", "Offset")) == 300


def test_a_file_gets_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    (tmp_path / "draft").write_text("x")
    settle(tmp_path / "draft", tmp_path / "target")
    assert not (tmp_path / "draft").exists()
    assert os.access(tmp_path / "target", os.R_OK)
