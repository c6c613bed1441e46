"""The rows of one run become a result: read as hostile input, kept in an SQLite file, put in place when it is whole.

Neither the web process nor the island does this: the first must not parse what comes out of an image, the second must
not reach the results. The scribe forks one process for each run, which lives in here.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Literal

from training.analysis import rows
from training.analysis.cards import Column
from training.analysis.job import MIB, Job
from training.analysis.outcome import LONGEST_REASON, ColumnOf, Outcome
from training.analysis.render import cell
from training.analysis.results import FORMAT, SCHEMA, finish, pack
from training.analysis.scribe import CUT_OFF

PACE = 1.0  # seconds between two notes of progress
BATCH = 500  # rows per statement
CELL = 8  # bytes that a cell counts for beside its text: many small ones fill a disk too
FAULTS = 20  # unusable lines after which the rest is not worth reading
FILES = "files"  # folder below that of the run in which the island leaves dumped files
FILES_SCHEMA = "CREATE TABLE files (name TEXT NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER NOT NULL)"
MOST_FILES = 2_000
CHUNK = 2**20

State = Literal["complete", "partial", "failed", "killed"]
Say = Callable[[dict[str, Any]], None]


class Writing:
    """One result in the making. `work` is the folder of this run alone; `say` reaches whoever watches it."""

    def __init__(self, job: Job, work: Path, say: Say) -> None:
        self.job, self.work, self.say = job, work, say
        self.draft = job.result.with_name(f".{job.result.name}-{os.getpid()}")  # on the same file system
        self.columns: tuple[ColumnOf, ...] = ()
        self.count = self.bytes = 0
        self.faults: list[rows.Fault] = []
        self.files: list[rows.File] = []
        self.short = ""  # why rows are missing, as far as this side knows
        self.end: rows.End | None = None
        self.started = self._said = time.monotonic()
        self._last = -1
        self._batch: list[tuple[Any, ...]] = []
        self._connection: sqlite3.Connection | None = None

    def outcome(self, stream: IO[bytes]) -> Outcome:
        """Read to the end, judge, and put the file in place when there is one worth keeping."""
        problem = ""
        try:
            for line in rows.read(stream):
                problem = self.take(line)
                if problem or self.short:
                    stream.close()  # the run ends with a broken pipe
                    break
            kept_files = self.dumped()
            state, reason = self.judge(problem)
            kept = state in {"complete", "partial"}
            sha256 = size = None
            if kept:
                sha256, size = self.keep(kept_files)
                size += sum(size for _, _, size in kept_files)
        finally:
            if self._connection is not None:
                self._connection.close()
            self.draft.unlink(missing_ok=True)
        return Outcome(
            state=state, reason=reason[:LONGEST_REASON] or None, rows=self.count, columns=self.columns if kept else (),
            seconds=round(time.monotonic() - self.started, 3), sha256=sha256, size=size,
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
        elif isinstance(line, rows.File):
            self.files.append(line)
            if len(self.files) > MOST_FILES:
                self.short = f"more than {MOST_FILES} files: the rest was not kept"
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
        self.draft.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(self.draft, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=OFF")  # a draft that is cut off is thrown away as a whole
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.executescript(SCHEMA.format(cells=cells))
        self._connection.execute("BEGIN")
        return ""

    def add(self, row: rows.Row) -> None:
        """Keep a row, unless a limit is reached. Numbers must rise and a parent comes before its children."""
        limits = self.job.limits
        if self.count >= limits.rows:
            self.short = f"more than {limits.rows} rows: only the first {limits.rows} were kept"
            return
        if row.n <= self._last or (row.parent is not None and row.parent >= row.n):
            self.faults.append(rows.Fault(row.n, f"row {row.n} came after row {self._last}", ""))
            return
        self._last = row.n
        values: list[Any] = []
        for i, (value, column) in enumerate(zip(row.cells, self.columns, strict=True)):
            text = cell(value, column.type, row.absent.get(i))
            values += [pack(value), None if text == str(value) else text]
            self.bytes += CELL + (len(text) if text.isascii() else len(text.encode("utf-8", "replace")))
        if self.bytes > limits.bytes:
            self.short = f"more than {limits.bytes // MIB} MiB of text: only the first {self.count} rows were kept"
            return
        absent = json.dumps(row.absent) if row.absent else None
        self._batch.append((row.n, row.depth, row.parent, absent, *values))
        self.count += 1
        if len(self._batch) >= BATCH:
            self.flush()
        if time.monotonic() - self._said >= PACE:
            self._said = time.monotonic()
            self.say({"rows": self.count})

    def flush(self) -> None:
        """Write what has gathered."""
        if self._connection is not None and self._batch:
            places = ", ".join("?" * len(self._batch[0]))
            self._connection.executemany(f"INSERT INTO rows VALUES ({places})", self._batch)  # noqa: S608 - question marks only
            self._batch.clear()

    def judge(self, problem: str) -> tuple[State, str]:
        """State and reason, from what the island said and what was missed on the way."""
        if problem:
            return "failed", problem
        if self.short:
            return ("partial" if self.columns else "failed"), self.short
        if self.end is None:
            return "failed", CUT_OFF
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

    def keep(self, files: list[tuple[str, str, int]]) -> tuple[str, int]:
        """Finish the file and put it in place so that a crash leaves the whole of it or nothing; its SHA-256 and size
        in bytes.
        """
        connection = self._connection
        if connection is None:
            raise RuntimeError("there is no draft to keep")
        self.flush()
        columns = json.dumps([column.model_dump() for column in self.columns])
        connection.execute("INSERT INTO about VALUES (?, ?, ?)", (FORMAT, columns, self.count))
        if files:
            connection.execute(FILES_SCHEMA)
            connection.executemany("INSERT INTO files VALUES (?, ?, ?)", files)
        finish(connection, [Column(column.name, column.type) for column in self.columns])
        connection.execute("COMMIT")
        connection.close()
        self._connection = None
        with self.draft.open("rb") as file:
            sha256, size = hashlib.file_digest(file, "sha256").hexdigest(), os.fstat(file.fileno()).st_size
        settle(self.draft, self.job.result)
        return sha256, size

    def dumped(self) -> list[tuple[str, str, int]]:
        """Keep the dumped files by their content: name that the plugin gave, SHA-256, bytes of each."""
        kept: list[tuple[str, str, int]] = []
        left = self.job.limits.files_bytes
        for file in self.files:
            try:
                digest, size = self._keep_file(self.work / FILES / file.path, left)
            except (OSError, ValueError) as bad:
                self.short = self.short or f"the dumped file {file.file} could not be kept: {bad}"
                continue
            left -= size
            kept.append((file.file, digest, size))
        return kept

    def _keep_file(self, path: Path, left: int) -> tuple[str, int]:
        """SHA-256 and bytes of one file. It was written by a process that reads hostile memory, so nothing but a plain
        file is taken, and no link is followed.
        """
        source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(source, "rb") as file:
            found = os.fstat(source)
            if not stat.S_ISREG(found.st_mode):
                raise ValueError("it is no plain file")
            if found.st_size > left:
                raise ValueError(f"more than {self.job.limits.files_bytes // MIB} MiB of files")
            self.job.dumps.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = self.job.dumps / f".{path.name}-{os.getpid()}"
            with draft.open("w+b") as copy:  # what is kept is what is hashed, whatever the run still does to its own
                shutil.copyfileobj(file, copy, CHUNK)
                size = copy.tell()
                copy.seek(0)
                digest = hashlib.file_digest(copy, "sha256").hexdigest()
            target = self.job.dumps / digest[:2] / digest
            target.parent.mkdir(exist_ok=True, mode=0o700)
            settle(draft, target)
        return digest, size


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
