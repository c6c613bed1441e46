"""Our side: the whole way of a run, without the database and the queue."""

import contextlib
import hashlib
import itertools
import sqlite3
import time
from pathlib import Path

from training.analysis import cards as plugin_cards
from training.analysis.command import Command
from training.analysis.job import MIB, Job, Limits
from training.analysis.place import Progress
from training.analysis.results import Result
from training.analysis.volatility.bench.made import Evidence, Made
from training.analysis.work import Here

BUDGET = 512 * MIB
GENEROUS = Limits(
    seconds=900, memory=4096 * MIB, rows=1_000_000, cell_chars=1_000_000, bytes=2**32, files_bytes=2**32
)  # fmt: skip


class Ours:
    """The engine of this machine on one exhibit. `folder` is private; any number of threads may ask. Close it."""

    def __init__(self, evidence: Evidence, folder: Path, budget: int = BUDGET) -> None:
        self.evidence, self._folder = evidence, folder
        self.here = Here(folder / "cache", budget)
        self._number = itertools.count()
        self._kernel = evidence.kernel

    def job(self, command: Command, copy: str = "") -> Job:
        """A command as a job. With a `copy` the exhibit counts as another one of the same kernel."""
        cards = plugin_cards.load()
        card = cards.get(command.plugin)
        return Job(
            exhibit=hashlib.sha256(f"{self.evidence.name}{copy}".encode()).hexdigest(), symbols_sha256=self._kernel,
            os=self.evidence.os, image=self.evidence.image, symbols=self.evidence.symbols, plugin=card.name,
            plugin_version=card.version, volatility=cards.volatility, island=cards.island, options=command.as_json(),
            result=self._folder / f"{next(self._number)}.db", dumps=self._folder / "dumps", limits=GENEROUS,
        )  # fmt: skip

    def run(self, command: Command, copy: str = "") -> Made:
        """Run one command until its result lies in its place."""
        job = self.job(command, copy)
        began = time.monotonic()
        outcome = self.here.work(job, _unheard, _goes_on)
        seconds = time.monotonic() - began
        if not job.result.exists():
            return Made(outcome.state, outcome.reason or "", None, (), seconds)
        with Result.open(job.result) as result:
            rows = result.tree()
        files = _files(job.result)
        job.result.unlink()
        return Made(outcome.state, outcome.reason or "", rows, files, seconds)

    def renew(self) -> None:
        """End the warm process of the exhibit when nobody uses it; the next run gets a new one."""
        plugin = next(iter(plugin_cards.load().for_os(self.evidence.os)))
        with self.here.pool.kept(self.job(Command(plugin.name)), lambda: None) as (warm, _):
            warm.lost = True

    def close(self) -> None:
        """End all its processes."""
        self.here.close()


def _unheard(_progress: Progress) -> None:
    pass


def _goes_on() -> None:
    pass


def _files(result: Path) -> tuple[tuple[str, str, int], ...]:
    """The dumped files of a result; it has no such table where there are none."""
    with contextlib.closing(sqlite3.connect(result)) as connection, contextlib.suppress(sqlite3.OperationalError):
        return tuple(sorted(connection.execute("SELECT name, sha256, bytes FROM files")))
    return ()
