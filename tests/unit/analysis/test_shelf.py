"""Room for results: one person can't fill the disk, what others rely on stays, and what was removed is said."""

import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Select, false, select

from tests.conftest import Clock
from tests.unit.analysis.conftest import SOMEBODY, MakeEngine
from tests.unit.analysis.test_writer import HEADER, end, row, written
from training.analysis import cards as plugin_cards
from training.analysis import reasons, service
from training.analysis.command import parse
from training.analysis.exhibit import ExhibitFiles
from training.analysis.job import MIB, Limits
from training.analysis.models import Run, State
from training.analysis.reasons import Code
from training.analysis.shelf import DUMPED, PARTIAL, SPREAD, Budget, Shelf
from training.analysis.writer import FILES
from training.audit.models import Event
from training.errors import Conflict, NotThere
from training.store import Store, new_id

COLUMNS = [{"name": "PID", "type": "int"}]
ANOTHER = UUID(int=2)
FILL = [rf"regexscan --pattern '[\x00-\xff]{{{120 + number}}}'" for number in range(4)]
"""What filled 1.6 GB in three minutes: each other number is another result."""


class Place:
    """Results as they lie there, without a run that made them."""

    def __init__(self, store: Store, folder: Path, clock: Clock) -> None:
        self.store, self.folder, self.clock = store, folder, clock
        self.cited: list[UUID] = []
        (folder / "results").mkdir()

    def kept(self) -> Select[Any]:
        return select(Run.id).where(Run.id.in_(self.cited))

    def shelf(self, **given: int) -> Shelf:
        whole = {"person": 2**50, "everybody": 2**50, "free": 0, **given}
        return Shelf(self.store, self.folder, Budget(**whole), self.kept, self.clock)

    def result(self, size: int, *, asker: UUID = SOMEBODY, state: State = State.COMPLETE, **given: Any) -> Run:
        """A run that has ended, with a file of this size."""
        self.clock.forward(seconds=1)
        cards = plugin_cards.load()
        card = cards.get("linux.pslist")
        made: dict[str, Any] = {"plugin": card.name, "plugin_version": card.version, "volatility": cards.volatility}
        made |= {"island": cards.island, "options": {}} | given
        with self.store.writing() as session:
            run = Run(
                id=new_id(), key=new_id().hex * 2, try_no=1, exhibit="e" * 64, symbols="s" * 64,
                **made, state=state, reason="cut" if state is State.PARTIAL else None,
                asker=asker, rows=1, columns=COLUMNS, result_bytes=size, queued_at=self.clock(), ended_at=self.clock(),
            )  # fmt: skip
            session.add(run)
        (self.folder / "results" / run.result_name).write_bytes(b"x" * size)
        return run

    def left(self) -> set[UUID]:
        """Runs whose result is there: the row says so, and the file lies there."""
        with self.store.reading() as session:
            runs = list(session.scalars(select(Run).where(Run.columns.is_not(None))))
        there = {run.id for run in runs if (self.folder / "results" / run.result_name).exists()}
        assert there == {run.id for run in runs if run.removed_at is None}
        return there

    def asks(self, asker: UUID = SOMEBODY) -> Run:
        """A run that is about to start."""
        with self.store.writing() as session:
            exhibit = ExhibitFiles("f" * 64, "s" * 64, self.folder, self.folder, "linux")
            return service.ask(session, exhibit, parse("linux.pslist"), self.clock(), asker)


@pytest.fixture
def place(store: Store, tmp_path: Path, clock: Clock) -> Place:
    return Place(store, tmp_path, clock)


SMALL = Limits(bytes=MIB)
WANT = MIB * SPREAD  # bytes that such a run wants


def test_a_run_gets_its_limits_where_there_is_room(place: Place) -> None:
    assert place.shelf().allot(place.asks(), SMALL) == SMALL


def test_a_persons_oldest_result_goes_first_and_no_other_persons(place: Place) -> None:
    other, *mine = place.result(2 * WANT, asker=ANOTHER), *(place.result(WANT) for _ in range(3))
    assert place.shelf(person=3 * WANT + MIB).allot(place.asks(), SMALL) == SMALL
    assert place.left() == {other.id, *(run.id for run in mine[1:])}
    with place.store.reading() as session:
        event = session.scalars(select(Event).filter_by(act="results.removed")).one()
        assert (event.actor, event.details) == (None, {"runs": 1, "bytes": WANT})


def test_what_is_cited_stays_and_the_person_is_told_why_nothing_runs(place: Place) -> None:
    place.cited = [place.result(WANT).id, place.result(WANT).id]
    with pytest.raises(Conflict, match="the results of one person may take 11 MiB; 10 MiB are cited") as refused:
        place.shelf(person=2 * WANT + MIB).allot(place.asks(), SMALL)
    assert place.left() == {*place.cited}
    assert reasons.of(refused.value.message).code is Code.ROOM


def test_partial_results_go_before_complete_ones(place: Place) -> None:
    complete, partial = place.result(WANT), place.result(WANT, state=State.PARTIAL)
    place.shelf(person=2 * WANT + MIB).allot(place.asks(), SMALL)
    assert (place.left(), partial.id in place.left()) == ({complete.id}, False)


@pytest.mark.parametrize("given", [{"plugin_version": "0.0.1"}, {"volatility": "1.0.0"}, {"island": 0}])
def test_what_could_not_be_made_again_stays(place: Place, given: dict[str, Any]) -> None:
    older = place.result(WANT, **given)
    with pytest.raises(Conflict, match="no room"):
        place.shelf(person=WANT + MIB).allot(place.asks(), SMALL)
    assert place.left() == {older.id}


def test_the_folder_has_a_budget_too_and_anybodys_oldest_result_goes(place: Place) -> None:
    oldest, newer = place.result(WANT, asker=ANOTHER), place.result(WANT)
    place.shelf(everybody=2 * WANT + MIB).allot(place.asks(), SMALL)
    assert place.left() == {newer.id}
    place.cited = [newer.id]
    with pytest.raises(Conflict, match=r"all results together may take 6 MiB and take 5 MiB"):
        place.shelf(everybody=WANT + MIB).allot(place.asks(UUID(int=3)), SMALL)
    assert oldest.id not in place.left()


def test_part_of_the_disk_stays_free(place: Place) -> None:
    full = place.shelf(free=2**60)
    with pytest.raises(Conflict, match="MiB must stay free"):
        full.allot(place.asks(), SMALL)
    assert (full.short() or "").startswith("no room: the server's disk has ")
    assert place.shelf(free=0).short() is None


@pytest.mark.parametrize("budget", ["person", "everybody"])
def test_runs_at_the_same_time_share_what_is_left(place: Place, budget: str) -> None:
    shelf, given = place.shelf(**{budget: 2 * WANT + 2 * MIB}), list[int]()
    for number in range(3):
        run = place.asks()
        run.id = UUID(int=100 + number)
        try:
            given.append(shelf.allot(run, SMALL).bytes * SPREAD)
        except Conflict:
            break
    assert (given[:2], len(given), 0 < given[2] <= 2 * MIB) == ([WANT, WANT], 3, True)
    shelf.settle(UUID(int=100))
    assert shelf.allot(place.asks(), SMALL) == SMALL


def test_rows_of_a_partial_run_go_after_an_hour_unless_they_are_cited(place: Place) -> None:
    partial, cited, complete = (
        place.result(10, state=State.PARTIAL), place.result(10, state=State.PARTIAL), place.result(10),
    )  # fmt: skip
    place.cited = [cited.id]
    shelf = place.shelf()
    assert (shelf.tidy(), place.left()) == (0, {partial.id, cited.id, complete.id})
    place.clock.forward(seconds=PARTIAL.total_seconds() + 60)
    assert (shelf.tidy(), place.left()) == (1, {cited.id, complete.id})


def test_dumped_files_go_when_no_result_names_them_and_no_run_under_way_can(place: Place) -> None:
    digests = {}
    for name in ("named", "old", "new"):
        (folder := place.folder / name / "work" / FILES).mkdir(parents=True)
        (folder / "0001").write_bytes(name.encode())
        file = {"file": "pid.1.dmp", "path": "0001", "bytes": len(name)}
        assert written(place.folder / name, HEADER, row(0), file, end(1)).state == "complete"
        digests[name] = hashlib.sha256(name.encode()).hexdigest()
        kept = place.folder / "dumps" / digests[name][:2] / digests[name]
        kept.parent.mkdir(parents=True, exist_ok=True)
        (place.folder / name / "dumps" / digests[name][:2] / digests[name]).rename(kept)
        age = DUMPED.total_seconds() * (0.5 if name == "new" else 2)
        os.utime(kept, (place.clock().timestamp() - age,) * 2)
    run = place.result(10, options={"dump": True})
    (place.folder / "named" / "result.db").replace(place.folder / "results" / run.result_name)
    place.result(10, options={"dump": True}, state=State.PARTIAL)
    place.clock.forward(seconds=PARTIAL.total_seconds() + 60)
    assert place.shelf().tidy() == 1
    assert place.left() == {run.id}
    assert {one.name for one in (place.folder / "dumps").glob("*/*")} == {digests["named"], digests["new"]}


def test_a_file_that_a_kill_left_behind_goes_with_the_next_pass(place: Place) -> None:
    run = place.result(10)
    with place.store.writing() as session:
        session.get_one(Run, run.id).removed_at = place.clock()
    place.shelf().tidy()
    assert list((place.folder / "results").iterdir()) == []


def test_a_removed_result_is_said_and_asked_again_it_is_a_new_try(place: Place, make_engine: MakeEngine) -> None:
    run = place.asks()
    with place.store.writing() as session:
        row = session.get_one(Run, run.id)
        row.state, row.columns, row.ended_at, row.removed_at = State.COMPLETE, COLUMNS, place.clock(), place.clock()
    with pytest.raises(NotThere, match="were removed to free space"):
        make_engine().result(row)
    assert (place.asks().try_no, place.asks().id != run.id) == (2, True)


def test_one_person_can_not_fill_the_disk(store: Store, make_engine: MakeEngine, files: ExhibitFiles, tmp_path: Path,
                                          clock: Clock) -> None:  # fmt: skip
    budget = 24 * MIB
    with ThreadPoolExecutor(4) as executor:
        engine = make_engine(executor, at_once=4)
        engine.shelf = Shelf(store, tmp_path, Budget(budget, 2**50, 0), lambda: select(Run.id).where(false()), clock)
        for command in FILL * 2:  # asked once more, each is made again or is there
            with store.writing() as session:
                service.ask(session, files, parse(command), clock(), SOMEBODY)
            engine.wake()
        most = 0
        while any(not run.state.ended for run in all_runs(store)):
            most = max(most, sum(path.stat().st_size for path in (tmp_path / "results").iterdir()))
            time.sleep(0.05)
    left = sum(path.stat().st_size for path in (tmp_path / "results").iterdir())
    assert max(most, left) <= budget
    assert {run.state for run in all_runs(store)} <= {State.PARTIAL, State.FAILED}
    assert any(run.state is State.PARTIAL for run in all_runs(store)), "some ran, up to what was left"
    assert {reasons.of(run.reason).code for run in all_runs(store)} <= {Code.TEXT, Code.ROOM}
    clock.forward(days=30)  # the engine goes by the real one
    engine.shelf.tidy()
    assert list((tmp_path / "results").iterdir()) == []


def all_runs(store: Store) -> list[Run]:
    with store.reading() as session:
        return list(session.scalars(select(Run)))
