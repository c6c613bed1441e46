"""The process that writes a result: starts the licence island, reads its lines, keeps them in an SQLite file.

Neither the web process nor the island does this: the first must not parse what comes out of an image, the second must
not reach the results. `python -m training.analysis.writer` reads one line of JSON (class Job) on standard input and
keeps on listening: end of file there means that the server is gone, and the whole process group ends. Standard output
carries `{"rows": n}` about once a second and at last an Outcome.
"""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from training.analysis import rows
from training.analysis.outcome import LONGEST_REASON, ColumnOf, Outcome
from training.analysis.render import cell, visible
from training.analysis.results import FORMAT, SCHEMA, pack

ISLAND = "training.analysis.volatility"
PACE = 1.0  # seconds between two notes of progress
BATCH = 500  # rows per statement
SAID = "said.txt"  # what the island wrote to standard error
FAULTS = 20  # unusable lines after which the rest is not worth reading
LOADED = "identifier.cache"  # Volatility's list of known symbol files: 1.7 s to make, so it is kept per symbol file


State = Literal["complete", "partial", "failed", "killed"]


class Job(BaseModel):
    """What to run. `work` is a folder of this job alone; `primed` keeps a cache to start from; `result` is where the
    file goes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    image: Path
    symbols: Path
    work: Path
    primed: Path
    result: Path
    plugin: str
    plugin_version: str
    volatility: str
    island: int
    options: dict[str, Any]
    seconds: float
    rows: int
    cell_chars: int
    bytes: int


def main() -> int:
    """Work one job off."""
    job = Job.model_validate_json(sys.stdin.buffer.readline())
    process = start_island(job)
    threading.Thread(target=end_with_server, args=(sys.stdin.fileno(),), daemon=True).start()
    outcome = Writing(job, process).outcome()
    say(outcome.model_dump(mode="json"))
    return 0


def say(line: dict[str, Any]) -> None:
    """One line for the engine."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def end_with_server(descriptor: int) -> None:
    """Wait for the end of the server, then end this process, the island and whatever it started."""
    while os.read(descriptor, 1024):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


def start_island(job: Job) -> subprocess.Popen[bytes]:
    """Start the island with its request; its cache begins as a copy of the primed one."""
    cache = job.work / "cache"
    (cache / "volatility3").mkdir(parents=True)
    if (job.primed / LOADED).is_file():
        shutil.copyfile(job.primed / LOADED, cache / "volatility3" / LOADED)
    with (job.work / SAID).open("wb") as said:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", ISLAND], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said
        )
    request = {
        "image": str(job.image),
        "symbols": str(job.symbols),
        "cache": str(cache),
        "plugin": job.plugin,
        "options": job.options,
        "limits": {"rows": job.rows, "cell_chars": job.cell_chars, "seconds": max(1, round(job.seconds))},
    }
    pipe = process.stdin
    if pipe is not None:
        pipe.write(json.dumps(request).encode() + b"\n")
        pipe.close()
    return process


class Writing:
    """One result in the making."""

    def __init__(self, job: Job, process: subprocess.Popen[bytes]) -> None:
        self.job, self.process = job, process
        self.draft = job.work / "rows.db"
        self.columns: tuple[ColumnOf, ...] = ()
        self.count = self.bytes = 0
        self.faults: list[rows.Fault] = []
        self.short = ""  # why rows are missing, as far as this side knows
        self.end: rows.End | None = None
        self.started = time.monotonic()
        self._said = self.started
        self._last = -1
        self._batch: list[tuple[Any, ...]] = []
        self._connection: sqlite3.Connection | None = None

    def outcome(self) -> Outcome:
        """Read to the end, judge, and put the file in place when there is one worth keeping."""
        stream = self.process.stdout
        problem = ""
        if stream is None:
            raise RuntimeError("the island was started without a pipe")
        with stream:
            for line in rows.read(stream):
                problem = self.take(line)
                if problem or self.short:
                    self.process.kill()
                    break
            rows.drain(stream)
        status = self.process.wait()
        state, reason = self.judge(problem, status)
        kept = state in {"complete", "partial"}
        if kept:
            self.keep()
        elif self._connection is not None:
            self._connection.close()
        return Outcome(
            state=state, reason=reason[:LONGEST_REASON] or None, rows=self.count, columns=self.columns if kept else (),
            seconds=round(time.monotonic() - self.started, 3),
        )  # fmt: skip

    def take(self, line: rows.Line | rows.Fault) -> str:
        """Use one line; what makes the whole run worthless, or ''."""
        if isinstance(line, rows.Fault):
            self.faults.append(line)
            if len(self.faults) >= FAULTS:
                self.short = f"{FAULTS} lines of the plugin's output could not be used"
        elif isinstance(line, rows.Header):
            return self.begin(line) if not self.columns else "the plugin's output began twice"
        elif isinstance(line, rows.Row):
            self.add(line)
        else:
            self.end = line
        return ""

    def begin(self, header: rows.Header) -> str:
        """Make the file. The versions must be those under which the run was asked for: they are part of its key."""
        job = self.job
        if (header.volatility, header.version, header.island) != (job.volatility, job.plugin_version, job.island):
            return (
                f"{job.plugin} {header.version} of Volatility {header.volatility} is installed, "
                f"but its card describes {job.plugin_version} of {job.volatility}"
            )
        self.columns = header.columns
        cells = ", ".join(f"c{i}, t{i} TEXT" for i in range(len(self.columns)))
        self._connection = sqlite3.connect(self.draft, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=OFF")  # a draft that is cut off is thrown away as a whole
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.executescript(SCHEMA.format(cells=cells))
        self._connection.execute("BEGIN")
        return ""

    def add(self, row: rows.Row) -> None:
        """Keep a row, unless a limit is reached. Numbers must rise and a parent comes before its children."""
        if self.count >= self.job.rows:
            self.short = f"more than {self.job.rows} rows: only the first {self.job.rows} were kept"
            return
        if row.n <= self._last or (row.parent is not None and row.parent >= row.n):
            self.faults.append(rows.Fault(row.n, f"row {row.n} came after row {self._last}", ""))
            return
        self._last = row.n
        values: list[Any] = []
        for i, (value, column) in enumerate(zip(row.cells, self.columns, strict=True)):
            text = cell(value, column.type, row.absent.get(i))
            values += [pack(value), None if text == str(value) else text]
            self.bytes += len(text)
        if self.bytes > self.job.bytes:
            self.short = f"more than {self.job.bytes // 2**20} MiB of text: only the first {self.count} rows were kept"
            return
        absent = json.dumps(row.absent) if row.absent else None
        self._batch.append((row.n, row.depth, row.parent, absent, *values))
        self.count += 1
        if len(self._batch) >= BATCH:
            self.flush()
        if time.monotonic() - self._said >= PACE:
            self._said = time.monotonic()
            say({"rows": self.count})

    def flush(self) -> None:
        """Write what has gathered."""
        if self._connection is not None and self._batch:
            places = ", ".join("?" * len(self._batch[0]))
            self._connection.executemany(f"INSERT INTO rows VALUES ({places})", self._batch)  # noqa: S608 - question marks only
            self._batch.clear()

    def judge(self, problem: str, status: int) -> tuple[State, str]:
        """State and reason, from what the island said, how it ended, and what was missed on the way."""
        if problem:
            return "failed", problem
        if self.short:
            return "partial", self.short
        if self.end is None:
            return self.cut_off(status)
        if self.end.end != "complete":
            return self.end.end, self.end.reason or "the plugin gave no reason"
        return self.checked(self.end)

    def checked(self, end: rows.End) -> tuple[State, str]:
        """An end that claims to be complete, against what arrived."""
        if not self.columns:
            return "failed", "the plugin's output had no columns"
        if self.faults:
            return "partial", f"{len(self.faults)} rows are missing: {self.faults[0]}"
        if end.rows != self.count:
            return "partial", f"the plugin made {end.rows} rows, but {self.count} arrived"
        return "complete", ""

    def cut_off(self, status: int) -> tuple[State, str]:
        """The island ended without an end line."""
        if status == -signal.SIGXCPU:
            return "killed", f"the run used more than {round(self.job.seconds)} seconds of processor time and was ended"
        if status < 0:
            return "killed", f"the run was ended by {signal.Signals(-status).name}; the server may be short of memory"
        said = (self.job.work / SAID).read_text("utf-8", "replace").strip().rpartition("\n")[2]
        return "failed", visible(f"the run ended early with status {status} after {self.count} rows: {said}")

    def keep(self) -> None:
        """Finish the file, put it in place so that a crash leaves the whole of it or nothing, and keep the cache."""
        connection = self._connection
        if connection is None:
            raise RuntimeError("there is no draft to keep")
        self.flush()
        columns = json.dumps([column.model_dump() for column in self.columns])
        connection.execute("INSERT INTO about VALUES (?, ?, ?)", (FORMAT, columns, self.count))
        connection.execute("COMMIT")
        connection.close()
        settle(self.draft, self.job.result)
        made = self.job.work / "cache" / "volatility3" / LOADED
        if made.is_file() and not (self.job.primed / LOADED).exists():
            self.job.primed.mkdir(parents=True, exist_ok=True)
            made.replace(self.job.primed / LOADED)


def settle(draft: Path, target: Path) -> None:
    """Rename a file into place, durably."""
    draft.chmod(0o440)
    for path, flags in ((draft, os.O_RDONLY), (target.parent, os.O_RDONLY | os.O_DIRECTORY)):
        if path == target.parent:
            draft.replace(target)
        handle = os.open(path, flags)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


if __name__ == "__main__":
    sys.exit(main())
