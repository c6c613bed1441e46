"""The engine: takes queued runs in a fair order, has each worked off at a place, and writes how it ended.

Threads of the executor only wait. A place is this machine or a cluster; both are asked in the same words (class Place
in place.py).
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError

from training.analysis import service
from training.analysis.access import Access
from training.analysis.exhibit import OpenExhibit
from training.analysis.job import Job, Limits
from training.analysis.models import Run
from training.analysis.outcome import LONGEST_REASON, Outcome
from training.analysis.place import Place, Progress
from training.analysis.shelf import EACH, Shelf
from training.errors import DomainError, NotThere
from training.store import Store, if_there_is_room, is_busy, is_full

log = structlog.get_logger()

PACE = 0.5  # seconds between two notes of progress in the database
LOOK = 5.0  # seconds between two looks for runs that were queued elsewhere
STOPPED = "the server was stopped"


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class Stopped(Exception):
    """The engine stops; the run stays as it is and is taken up again at the next start."""


class Engine(Access):
    """Works queued runs off, `at_once` of them at a time.

    `executor` may be shared with others and is not shut down here. `folder` keeps result files (results/) and dumped
    files by content (dumps/); `open_exhibit` gives the verified files of an exhibit or raises a DomainError, with
    which the run fails. `shelf` keeps results within their budgets; without one nothing does.
    """

    def __init__(
        self, store: Store, executor: Executor, place: Place, open_exhibit: OpenExhibit, folder: Path, *,
        at_once: int = 2, limits: Limits | None = None, clock: Callable[[], datetime] = utc_now,
    ) -> None:  # fmt: skip
        super().__init__(folder)
        self._store, self._executor, self._place, self._open, self._clock = store, executor, place, open_exhibit, clock
        self._at_once = at_once
        self.shelf: Shelf | None = None
        self.limits = limits or Limits()
        self._active: set[UUID] = set()
        self._ended: dict[UUID, str] = {}  # runs that shall end, with the reason
        self._lock = threading.Lock()
        self._stopping = False
        self._stopped = threading.Event()
        for kept in (self._results, self._dumps):
            kept.mkdir(parents=True, exist_ok=True, mode=0o700)

    def start(self) -> int:
        """Take up what an earlier server left running, once, before serving; how many runs that were."""
        for draft in self._results.glob(".*.db-*"):
            draft.unlink(missing_ok=True)
        for draft in self._dumps.glob(".*"):
            draft.unlink(missing_ok=True)
        with self._store.writing() as session:
            count = service.requeue(session)
        self.wake()
        return count

    def wake(self) -> None:
        """Start what waits, as far as there is room. Call it after each commit that asked for a run; it is cheap."""
        while (run_id := self._next()) is not None:
            try:
                self._executor.submit(self._work, run_id)
            except RuntimeError:  # the executor was shut down: the run is taken up at the next start
                self._active.discard(run_id)
                return

    def keep_awake(self) -> None:
        """Look for runs that others queued, such as `app.py warm`, until the engine stops. For a thread of its own."""
        while not self._stopped.wait(LOOK):
            try:
                self.wake()
            except Exception:  # of the database, which may be there again at the next look
                log.exception("waiting runs could not be looked for")

    def keep_tidy(self) -> None:
        """Remove results that are due, until the engine stops. For a thread of its own."""
        while self.shelf and not self._stopped.wait(EACH):
            try:
                self.shelf.tidy()
            except Exception:  # of the database, which may be there again at the next pass
                log.exception("results that are due could not be removed")

    def end(self, run_id: UUID, reason: str) -> None:
        """Have a running run ended soon: it will be killed, with this reason."""
        with self._lock:
            if run_id in self._active:
                self._ended[run_id] = reason[:LONGEST_REASON]

    def stop(self) -> None:
        """End all that is under way and start no more; the runs stay as they are and are taken up at the next start."""
        with self._lock:
            self._stopping = True
        self._stopped.set()
        self._place.close()

    def _next(self) -> UUID | None:
        """Take one run for work, if there is room for one."""
        with self._lock:
            if self._stopping or len(self._active) >= self._at_once:
                return None
            with self._store.reading() as session:
                if not service.queue(session):
                    return None
            with self._store.writing() as session:
                # One place is kept free of whoever holds all the others: nobody waits for one person's runs alone.
                run = service.take(session, self._clock(), max(1, self._at_once - 1))
            if run is None:
                return None
            self._active.add(run.id)  # once it is kept that it was taken
            return run.id

    def _work(self, run_id: UUID) -> None:
        """One job: from taken to an end, whatever happens."""
        try:
            with self._store.reading() as session:
                run = service.get(session, run_id)
            outcome = self._outcome(run)
            self._record(run_id, outcome)
            log.info("run ended", run=str(run_id), plugin=run.plugin, state=outcome.state, rows=outcome.rows)
        except Stopped:
            log.info("run interrupted", run=str(run_id))
        except Exception:
            log.exception("run could not be recorded", run=str(run_id))
            raise
        finally:
            with self._lock:
                self._active.discard(run_id)
                self._ended.pop(run_id, None)
            if self.shelf:
                self.shelf.settle(run_id)
            self.wake()

    def _record(self, run_id: UUID, outcome: Outcome) -> None:
        """Write how a run ended. While the disk is full or the database is held it is tried again and again: a run of
        which nobody knows that it ended would stand in the way of its next try until the server is started anew.
        """
        while True:
            try:
                with self._store.writing() as session:
                    service.finish(session, run_id, outcome, self._clock())
            except DBAPIError as bad:
                if not (is_full(bad) or is_busy(bad)) or self._stopped.wait(LOOK):
                    raise
            else:
                return

    def _outcome(self, run: Run) -> Outcome:
        started = time.monotonic()
        try:
            outcome = self._place.work(self._job(run), self._report(run.id), lambda: self._why_end(run.id))
        except DomainError as bad:
            outcome = Outcome(state="failed", reason=bad.message[:LONGEST_REASON])
        except OSError as bad:
            outcome = Outcome(state="failed", reason=f"the server could not run it: {bad}"[:LONGEST_REASON])
        except Exception:
            log.exception("run failed", run=str(run.id))
            outcome = Outcome(state="failed", reason="the server could not run it; its log says why")
        if self._stopping and outcome.state in {"killed", "failed"}:
            raise Stopped
        return outcome.model_copy(update={"seconds": round(time.monotonic() - started, 3)})

    def _job(self, run: Run) -> Job:
        exhibit = self._open(run.exhibit)
        if exhibit.symbols_sha256 != run.symbols:
            raise NotThere(f"the symbol file has changed: {exhibit.symbols_sha256}, not {run.symbols}")
        return Job(
            exhibit=run.exhibit,
            symbols_sha256=run.symbols,
            os=exhibit.os,
            image=exhibit.image.resolve(),
            symbols=exhibit.symbols.resolve(),
            plugin=run.plugin,
            plugin_version=run.plugin_version,
            volatility=run.volatility,
            island=run.island,
            options=run.options,
            result=(self._results / run.result_name).resolve(),
            dumps=self._dumps.resolve(),
            limits=self.shelf.allot(run, self.limits) if self.shelf else self.limits,
        )

    def _report(self, run_id: UUID) -> Callable[[Progress], None]:
        """Notes progress in the database, rows not more often than people can read."""
        last, stage = 0.0, ""

        def report(progress: Progress) -> None:
            nonlocal last, stage
            if progress.stage == stage and time.monotonic() - last < PACE:
                return
            last, stage = time.monotonic(), progress.stage
            with if_there_is_room(), self._store.writing() as session:  # else a run would fail for want of its figures
                service.progress(session, run_id, progress.stage, progress.rows)

        return report

    def _why_end(self, run_id: UUID) -> str | None:
        if self._stopping:
            return STOPPED
        return self._ended.get(run_id) or (self.shelf.short() if self.shelf else None)
