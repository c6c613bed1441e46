"""The writer against programs that print what an island might print, good and bad."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from training.analysis.outcome import Outcome
from training.analysis.results import Filter, Result
from training.analysis.writer import FAULTS, Job, Writing, settle

COLUMNS = [{"name": "PID", "type": "int"}, {"name": "Offset", "type": "hex"}, {"name": "COMM", "type": "str"}]
HEADER = {"columns": COLUMNS, "volatility": "2.28.2", "version": "4.1.1", "island": 1}


def row(n: int, *cells: Any, **changed: Any) -> dict[str, Any]:
    return {"n": n, "depth": 0, "parent": None, "cells": cells or (n, 16, "init"), "absent": {}} | changed


def end(rows: int, state: str = "complete", reason: str | None = None) -> dict[str, Any]:
    return {"end": state, "reason": reason, "rows": rows, "seconds": 0.1}


def job(folder: Path, **changed: Any) -> Job:
    values: dict[str, Any] = {
        "image": folder / "image.raw",
        "symbols": folder,
        "work": folder,
        "primed": folder / "primed",
        "result": folder / "result.db",
        "plugin": "linux.pslist",
        "plugin_version": "4.1.1",
        "volatility": "2.28.2",
        "island": 1,
        "options": {},
        "seconds": 60,
        "rows": 1000,
        "cell_chars": 1000,
        "bytes": 10_000_000,
    }
    return Job(**(values | changed))


def written(folder: Path, *lines: object, after: str = "", **limits: Any) -> Outcome:
    """What the writer makes of a program that prints these lines and then does `after`."""
    output = folder / "output"
    output.write_bytes(b"".join(x if isinstance(x, bytes) else json.dumps(x).encode() + b"\n" for x in lines))
    program = f"import os, signal, sys; os.write(1, open({str(output)!r}, 'rb').read()); {after}"
    (folder / "said.txt").write_text("Traceback\nSomeError: \x1b[31mit broke\n")
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    return Writing(job(folder, **limits), process).outcome()


def test_a_whole_result(tmp_path: Path) -> None:
    outcome = written(tmp_path, HEADER, row(0), row(1), end(2))
    assert (outcome.state, outcome.reason, outcome.rows) == ("complete", None, 2)
    assert [column.name for column in outcome.columns] == ["PID", "Offset", "COMM"]
    assert not (tmp_path / "rows.db").exists()
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
        ((HEADER, row(0), end(2)), "partial", "made 2 rows, but 1 arrived", 1),
        ((HEADER, row(0), end(1, "partial", "a scan broke off")), "partial", "a scan broke off", 1),
        ((HEADER, row(0), end(1, "partial")), "partial", "gave no reason", 1),
        ((HEADER, end(0, "failed", "no symbols")), "failed", "no symbols", 0),
        ((end(0, "failed", "no symbols"),), "failed", "no symbols", 0),
        ((end(0),), "failed", "no columns", 0),
        ((HEADER, HEADER), "failed", "began twice", 0),
        ((HEADER | {"version": "9.9.9"}, row(0), end(1)), "failed", "its card describes 4.1.1", 0),
        ((HEADER | {"volatility": "9.9.9"},), "failed", "Volatility 9.9.9 is installed", 0),
        ((HEADER, row(0)), "failed", "ended early with status 0 after 1 rows: SomeError: ␛[31mit broke", 1),
        ((), "failed", "ended early with status 0", 0),
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
    outcome = written(tmp_path, HEADER, *[row(n) for n in range(30)], end(30), after="signal.pause()", rows=10)
    assert (outcome.state, outcome.rows) == ("partial", 10)
    assert outcome.reason == "more than 10 rows: only the first 10 were kept"
    with Result.open(tmp_path / "result.db") as result:
        assert result.rows == len(result.all()) == 10


def test_the_byte_limit(tmp_path: Path) -> None:
    rows = [row(n, n, 0, "x" * 400_000) for n in range(9)]
    outcome = written(tmp_path, HEADER, *rows, end(9), bytes=2**20)
    assert (outcome.state, outcome.rows) == ("partial", 2)
    assert outcome.reason == "more than 1 MiB of text: only the first 2 rows were kept"


@pytest.mark.parametrize(
    ("signal", "reason"), [("SIGKILL", "ended by SIGKILL"), ("SIGXCPU", "more than 60 seconds of processor time")]
)
def test_a_plugin_that_is_shot_is_killed(tmp_path: Path, signal: str, reason: str) -> None:
    outcome = written(tmp_path, HEADER, row(0), after=f"os.kill(os.getpid(), signal.{signal})")
    assert outcome.state == "killed"
    assert outcome.reason
    assert reason in outcome.reason
    assert not (tmp_path / "result.db").exists()


def test_the_list_of_symbol_files_is_kept_for_the_next_run(tmp_path: Path) -> None:
    made = tmp_path / "cache" / "volatility3"
    made.mkdir(parents=True)
    (made / "identifier.cache").write_text("known")
    assert written(tmp_path, HEADER, end(0)).state == "complete"
    assert (tmp_path / "primed" / "identifier.cache").read_text() == "known"


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
