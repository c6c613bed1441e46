"""Room for results: a budget for each person and for all, and a part of the disk that stays free.

Before a run starts it is allotted bytes; what runs under way were allotted counts as used, so several at once can't
pass a budget together. Where there is too little, results that nothing cites and that can be made again are removed,
partial ones first, then the oldest. Where that is not enough the run does not start. Rows of partial runs that nobody
cites go after an hour in any case. The row of a run stays, and says when its result was removed.
"""

import shutil
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from training.analysis import cards as plugin_cards
from training.analysis.job import MIB, Limits
from training.analysis.models import Run, State
from training.analysis.results import Result
from training.audit import service as audit
from training.errors import Conflict, DomainError
from training.store import Store, locked

SPREAD = 5  # bytes of a result file for each byte that its cells count for, at most, aids included
LEAST = 2 * MIB  # bytes of room below which a run is not worth its start
PARTIAL = timedelta(hours=1)  # how long rows of a partial run that nobody cites are kept
DUMPED = timedelta(hours=3)  # age below which a dumped file may belong to a run that is still under way
EACH = 600.0  # seconds between two passes that remove what is due
PERSON, EVERYBODY, DISK = "person", "everybody", "disk"

Kept = Callable[[], Select[Any]]
"""Gives the query for the ids of runs whose results must stay: cited, or not to be made again."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Bytes that the results of one person may take, those of all together, and what stays free on the disk."""

    person: int
    everybody: int
    free: int


class Shelf:
    """The results of an installation: what they take, and which may go. `folder` holds results/ and dumps/."""

    def __init__(self, store: Store, folder: Path, budget: Budget, kept: Kept, clock: Callable[[], datetime]) -> None:
        self._store, self._folder, self._budget, self._kept, self._clock = store, folder, budget, kept, clock
        self._lock = threading.Lock()
        self._allotted: dict[UUID, tuple[UUID | None, int]] = {}

    def allot(self, run: Run, limits: Limits) -> Limits:
        """The limits of a run, lowered to the room that there is, which is held for it until `settle`. Raises Conflict
        with a sentence for its reason where there is too little.
        """
        files = limits.files_bytes if _writes_files(run) else 0
        wanted = limits.bytes * SPREAD + files
        with self._lock:
            left = self._left(run.asker)
            if min(left.values()) < wanted:
                self._make_room(run.asker, wanted)
                left = self._left(run.asker)
            room = min(left.values())
            if room < LEAST:
                raise Conflict(self._why(min(left, key=lambda name: left[name]), run.asker))
            room = min(room, wanted)
            self._allotted[run.id] = (run.asker, room)
        text = min(limits.bytes, max(room - files, room // 2) // SPREAD)
        given = {"bytes": text} | ({"files_bytes": room - text * SPREAD} if files else {})
        return limits.model_copy(update=given)

    def settle(self, run_id: UUID) -> None:
        """Let go of what was held for a run: from now on its file counts."""
        with self._lock:
            self._allotted.pop(run_id, None)

    def short(self) -> str | None:
        """Why runs under way have to end: so little of the disk is free that all others would be stopped too."""
        return self._why(DISK, None) if self._free() < self._budget.free else None

    def tidy(self) -> int:
        """Remove rows of partial runs that nobody cites, and files that no row names any more; how many results went.

        Call it now and then.
        """
        due = select(Run.id).where(Run.state == State.PARTIAL, Run.ended_at < self._clock() - PARTIAL)
        count = self._remove(due.where(*_there()))
        with self._store.reading() as session:
            gone = session.scalars(select(Run).where(Run.removed_at.is_not(None))).all()
        for run in gone:
            (self._folder / "results" / run.result_name).unlink(missing_ok=True)
        if count or any(_writes_files(run) for run in gone):
            self._sweep_dumps()
        return count

    def _left(self, person: UUID | None) -> dict[str, int]:
        """Bytes that are left, by what limits them."""
        held = sum(size for _, size in self._allotted.values())
        left = {
            EVERYBODY: self._budget.everybody - self._used() - held,
            DISK: self._free() - self._budget.free - held,
        }
        if person is not None:
            mine = sum(size for whose, size in self._allotted.values() if whose == person)
            left[PERSON] = self._budget.person - self._used_by(person) - mine
        return left

    def _free(self) -> int:
        return shutil.disk_usage(self._folder).free

    def _used(self) -> int:
        files = (path for name in ("results", "dumps") for path in (self._folder / name).rglob("*"))
        return sum(_size(path) for path in files)

    def _used_by(self, person: UUID) -> int:
        asked = select(func.coalesce(func.sum(Run.result_bytes), 0)).where(Run.asker == person, *_there())
        with self._store.reading() as session:
            return int(session.scalar(asked) or 0)

    def _make_room(self, person: UUID | None, wanted: int) -> None:
        """Remove what may go until there is room: of a person that person's own, of all anybody's."""
        for whose, scarce in ((person, (PERSON,)), (None, (EVERYBODY, DISK))):
            for run_id in self._removable(whose):
                left = self._left(person)
                if all(left.get(name, wanted) >= wanted for name in scarce):
                    break
                self._remove(select(Run.id).where(Run.id == run_id))

    def _removable(self, person: UUID | None) -> list[UUID]:
        """Results that can be made again and that nothing needs, in the order in which they may go."""
        asked = select(Run).where(
            Run.state.in_((State.COMPLETE, State.PARTIAL)), *_there(), Run.id.not_in(self._kept())
        )
        if person is not None:
            asked = asked.where(Run.asker == person)
        cards = plugin_cards.load()
        with self._store.reading() as session:
            runs = session.scalars(asked.order_by(Run.ended_at, Run.id)).all()
        again = [
            run
            for run in runs
            if run.state is State.PARTIAL
            or (
                run.plugin in cards.cards
                and (run.volatility, run.island) == (cards.volatility, cards.island)
                and cards.get(run.plugin).version == run.plugin_version
            )
        ]
        return [run.id for run in sorted(again, key=lambda run: run.state is State.COMPLETE)]

    def _remove(self, which: Select[Any]) -> int:
        """Remove results, unless somebody has cited them by now; how many."""
        with self._store.writing() as session:
            ids = session.scalars(which).all()
            found = session.scalars(locked(select(Run).where(Run.id.in_(ids), *_there()))).all()
            cited = set(session.scalars(self._kept()))
            runs = [run for run in found if run.id not in cited]
            if runs:
                self._note(session, runs)
        for run in runs:
            (self._folder / "results" / run.result_name).unlink(missing_ok=True)
        if any(_writes_files(run) for run in runs):
            self._sweep_dumps()
        return len(runs)

    def _note(self, session: Session, runs: Iterable[Run]) -> None:
        now = self._clock()
        details = {"runs": 0, "bytes": 0}
        for run in runs:
            run.removed_at = now
            details["runs"] += 1
            details["bytes"] += run.result_bytes or 0
        audit.record(session, act="results.removed", actor=None, subject="installation", details=details, now=now)

    def _sweep_dumps(self) -> None:
        """Remove dumped files that no result names any more."""
        with self._store.reading() as session:
            runs = session.scalars(select(Run).where(*_there())).all()
        named = set[str]()
        for run in runs:
            if _writes_files(run):
                named |= self._files_of(run)
        old = (self._clock() - DUMPED).timestamp()
        for path in (self._folder / "dumps").glob("??/*"):
            if path.name not in named and path.stat().st_mtime < old:
                path.unlink(missing_ok=True)

    def _files_of(self, run: Run) -> set[str]:
        try:
            with Result.open(self._folder / "results" / run.result_name) as result:
                return {sha256 for _, sha256, _ in result.files()}
        except DomainError:
            return set()

    def _why(self, scarce: str, person: UUID | None) -> str:
        """The sentence that a run keeps as its reason."""
        if scarce == PERSON and person is not None:
            used, most = self._used_by(person) // MIB, self._budget.person // MIB
            return f"no room: the results of one person may take {most} MiB; {used} MiB are cited or under way"
        if scarce == EVERYBODY:
            used, most = self._used() // MIB, self._budget.everybody // MIB
            return f"no room: all results together may take {most} MiB and take {used} MiB, and none can be removed"
        free, kept = self._free() // MIB, self._budget.free // MIB
        return f"no room: the server's disk has {free} MiB free, and {kept} MiB must stay free"


def _there() -> tuple[Any, ...]:
    """Runs that have a result file."""
    return Run.columns.is_not(None), Run.removed_at.is_(None)


def _writes_files(run: Run) -> bool:
    cards = plugin_cards.load()
    return run.plugin in cards.cards and cards.get(run.plugin).writes_files(run.options)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # gone meanwhile
        return 0
