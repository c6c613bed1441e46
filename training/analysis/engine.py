"""The engine: takes queued runs, has each worked off by a child process, and writes how it ended.

Threads of the executor only wait on children. A run's processes are one process group: the writer and the licence
island below it. They end with the run, at its time limit, when the engine stops, and when the server dies (they hear
end of file on a pipe that it holds).
"""

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from pydantic import ValidationError

from training.analysis import service
from training.analysis.exhibit import ExhibitFiles, OpenExhibit
from training.analysis.models import Run, State
from training.analysis.outcome import LONGEST_REASON, Outcome
from training.analysis.results import Result
from training.errors import DomainError, NotThere
from training.store import Store

log = structlog.get_logger()

ROOT = Path(__file__).resolve().parents[2]  # where `python -m training…` finds the program
WRITER = (sys.executable, "-m", "training.analysis.writer")
PASSED_ON = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "COVERAGE_PROCESS_START",
    "COVERAGE_PROCESS_CONFIG",
)
"""Environment that the children get; the rest, secrets of the server among it, stays here."""


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use: seconds on the wall (and of processor time), rows, characters in a cell, bytes of text in
    all.
    """

    seconds: float = 180.0
    rows: int = 200_000
    cell_chars: int = 20_000
    bytes: int = 512 * 2**20


class Stopped(Exception):
    """The engine stops; the run stays as it is and is taken up again at the next start."""


class Engine:
    """Works queued runs off.

    `executor` may be shared with others and is not shut down here. `results` and `cache` are folders on one file
    system; `open_exhibit` gives the verified files of an exhibit or raises a DomainError, with which the run fails.
    """

    def __init__(
        self, store: Store, executor: Executor, open_exhibit: OpenExhibit, results: Path, *, cache: Path,
        limits: Limits | None = None, clock: Callable[[], datetime] = utc_now,
    ) -> None:  # fmt: skip
        self._store, self._executor, self._open, self._clock = store, executor, open_exhibit, clock
        self._results, self._cache = results, cache
        self.limits = limits or Limits()
        self._submitted: set[UUID] = set()
        self._children: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopping = False
        for folder in (results, cache):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def start(self) -> int:
        """Take up what an earlier server left running, once, before serving; how many runs that were."""
        for left in self._cache.glob("run-*"):
            shutil.rmtree(left, ignore_errors=True)
        with self._store.writing() as session:
            count = service.requeue(session)
        self.wake()
        return count

    def wake(self) -> None:
        """Submit what is queued and not yet submitted. Call it after each commit that asked for a run; it is cheap."""
        with self._store.reading() as session:
            waiting = service.waiting(session)
        for run_id in waiting:
            with self._lock:
                if self._stopping or run_id in self._submitted:
                    continue
                self._submitted.add(run_id)
            try:
                self._executor.submit(self._work, run_id)
            except RuntimeError:  # the executor was shut down: the run stays queued
                self._submitted.discard(run_id)
                return

    def stop(self) -> None:
        """End all children and start no more; the runs stay as they are and are taken up at the next start."""
        with self._lock:
            self._stopping = True
            for child in self._children:
                end_group(child)

    def result(self, run: Run) -> Result:
        """Open the result of a run. Raises NotThere when it has none (not ended, failed, killed) or its file is
        gone.
        """
        if run.columns is None or run.state not in {State.COMPLETE, State.PARTIAL}:
            raise NotThere(f"{run.text} is {run.state.value} and has no result")
        return Result.open(self._results / run.result_name)

    def _work(self, run_id: UUID) -> None:
        """One job: from queued to an end, whatever happens."""
        try:
            if self._stopping:
                return
            with self._store.writing() as session:
                run = service.start(session, run_id, self._clock())
            if run is not None:
                outcome = self._outcome(run)
                with self._store.writing() as session:
                    service.finish(session, run_id, outcome, self._clock())
                log.info("run ended", run=str(run_id), plugin=run.plugin, state=outcome.state, rows=outcome.rows)
        except Stopped:
            log.info("run interrupted", run=str(run_id))
        except Exception:
            log.exception("run could not be recorded", run=str(run_id))
            raise
        finally:
            self._submitted.discard(run_id)

    def _outcome(self, run: Run) -> Outcome:
        started = time.monotonic()
        try:
            outcome = self._attempt(run, self._open(run.exhibit))
        except DomainError as bad:
            outcome = Outcome(state="failed", reason=bad.message[:LONGEST_REASON])
        except OSError as bad:
            outcome = Outcome(state="failed", reason=f"the server could not run it: {bad}"[:LONGEST_REASON])
        except Stopped:
            raise
        except Exception:
            log.exception("run failed", run=str(run.id))
            outcome = Outcome(state="failed", reason="the server could not run it; its log says why")
        return outcome.model_copy(update={"seconds": round(time.monotonic() - started, 3)})

    def _attempt(self, run: Run, exhibit: ExhibitFiles) -> Outcome:
        if exhibit.symbols_sha256 != run.symbols:
            return Outcome(
                state="failed", reason=f"the symbol file has changed: {exhibit.symbols_sha256}, not {run.symbols}"
            )
        work = Path(tempfile.mkdtemp(prefix="run-", dir=self._cache))
        try:
            return self._child(run, self._job(run, exhibit, work), work)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _job(self, run: Run, exhibit: ExhibitFiles, work: Path) -> dict[str, Any]:
        """What the writer needs to know (writer.Job)."""
        return {
            "image": str(exhibit.image.resolve()),
            "symbols": str(exhibit.symbols.resolve()),
            "work": str(work.resolve()),
            "primed": str((self._cache / f"symbols-{exhibit.symbols_sha256}").resolve()),
            "result": str((self._results / run.result_name).resolve()),
            "plugin": run.plugin,
            "plugin_version": run.plugin_version,
            "volatility": run.volatility,
            "island": run.island,
            "options": run.options,
            **asdict(self.limits),
        }

    def _child(self, run: Run, job: dict[str, Any], work: Path) -> Outcome:
        with (work / "writer.txt").open("wb") as said:
            child = subprocess.Popen(  # noqa: S603 - our own program, arguments as a list
                WRITER, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, start_new_session=True,
                env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
            )  # fmt: skip
        with self._lock:
            self._children.add(child)
        try:
            return self._watch(run, child, job, work)
        finally:
            with self._lock:  # from here on stop() leaves it alone: once it is reaped, its number can be another's
                self._children.discard(child)
            end_group(child)
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()

    def _watch(self, run: Run, child: subprocess.Popen[bytes], job: dict[str, Any], work: Path) -> Outcome:
        """Hand the job over, follow what the writer says, keep the time."""
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the writer was started without pipes")
        deadline = time.monotonic() + self.limits.seconds
        with contextlib.suppress(BrokenPipeError):  # it ended at once: its output says why
            child.stdin.write(json.dumps(job).encode() + b"\n")
            child.stdin.flush()  # and stays open: end of file tells the writer that the server is gone
        rows = 0
        try:
            for said in self._said(child.stdout.fileno(), deadline):
                if isinstance(said, Outcome):
                    return said
                rows = said
                with self._store.writing() as session:
                    service.progress(session, run.id, rows)
        except TimeoutError:
            reason = f"the run took longer than {self.limits.seconds:g} seconds and was ended"
            return Outcome(state="killed", reason=reason, rows=rows)
        reason = f"the writer of the result ended early: {last_line(work / 'writer.txt')}"
        return Outcome(state="failed", reason=reason)

    def _said(self, descriptor: int, deadline: float) -> Iterator[Outcome | int]:
        """What the writer says, until it closes its output. Raises TimeoutError at the deadline, Stopped when the
        engine stops.
        """
        pending = b""
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            readable = select.select([descriptor], [], [], min(left, 0.5))[0]
            if self._stopping:
                raise Stopped
            if not readable:
                continue
            got = os.read(descriptor, 2**16)
            if not got:
                return
            *lines, pending = (pending + got).split(b"\n")
            yield from (said for line in lines if (said := heard(line)) is not None)


def heard(line: bytes) -> Outcome | int | None:
    """A line of the writer: its outcome, or the number of rows so far; None for anything else."""
    try:
        said = json.loads(line)
        if isinstance(said, dict) and set(said) == {"rows"}:
            return int(said["rows"])
        return Outcome.model_validate(said)
    except (ValueError, ValidationError):
        return None


def last_line(file: Path) -> str:
    """The last line of what a child wrote to standard error, cut."""
    return file.read_text("utf-8", "replace").strip().rpartition("\n")[2][:200] or "no message"


def end_group(child: subprocess.Popen[bytes]) -> None:
    """Kill whatever is left of a child's process group. Only before the child is waited for, while its number is still
    its own.
    """
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
