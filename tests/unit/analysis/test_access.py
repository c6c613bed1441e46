"""Access to runs from a process of the server that works none off: it rings for the one that does."""

import os
import threading
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from tests.unit.analysis.results.conftest import write
from training.analysis import cards
from training.analysis.access import Access, Bell, answer
from training.analysis.models import Run, State
from training.errors import NotThere


class Ear(Access):
    """What was heard, in order."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.heard: list[tuple[UUID, str] | None] = []

    def wake(self) -> None:
        self.heard.append(None)

    def end(self, run_id: UUID, reason: str) -> None:
        self.heard.append((run_id, reason))

    def stop(self) -> None:
        pass


def test_what_is_rung_for_is_done(tmp_path: Path) -> None:
    heard, pipe = os.pipe()
    bell, ear, run = Bell(tmp_path, pipe), Ear(tmp_path), uuid4()
    bell.wake()
    bell.end(run, "ended by its trainee, \N{SNOWMAN}\n" + "x" * 5_000)
    bell.wake()
    os.close(pipe)
    answer(ear, heard)
    assert ear.heard == [None, (run, "ended by its trainee, \N{SNOWMAN}\n" + "x" * 576), None]


def test_nobody_waits_for_a_bell_that_is_not_heard(tmp_path: Path) -> None:
    heard, pipe = os.pipe()
    bell, ear = Bell(tmp_path, pipe), Ear(tmp_path)
    for _ in range(50_000):  # more than a pipe holds
        bell.wake()
    listening = threading.Thread(target=answer, args=(ear, heard))
    listening.start()
    os.close(pipe)
    listening.join(20)
    assert not listening.is_alive()
    assert 1_000 < len(ear.heard) < 50_000


def test_what_can_not_be_done_once_is_done_at_the_next_ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard, pipe = os.pipe()
    bell, ear, failures = Bell(tmp_path, pipe), Ear(tmp_path), [OSError("the database is away")]

    def wake() -> None:
        if failures:
            raise failures.pop()
        ear.heard.append(None)

    monkeypatch.setattr(ear, "wake", wake)
    for _ in range(2):
        bell.wake()
    os.close(pipe)
    answer(ear, heard)
    assert (ear.heard, failures) == ([None], [])


def test_a_ring_is_written_whole(tmp_path: Path) -> None:
    heard, pipe = os.pipe()
    Bell(tmp_path, pipe).end(uuid4(), "\N{OLD PERSIAN SIGN A}" * 5_000)
    assert len(os.read(heard, 10_000)) < 4_096
    for one in (heard, pipe):
        os.close(one)


def test_results_and_dumps_are_read_here(tmp_path: Path) -> None:
    heard, pipe = os.pipe()
    bell = Bell(tmp_path, pipe)
    (tmp_path / "dumps" / "ab").mkdir(parents=True)
    file = tmp_path / "dumps" / "ab" / ("ab" * 32)
    file.write_bytes(b"\0")
    assert bell.dumped("ab" * 32) == file
    with pytest.raises(NotThere, match="not there; ask for the run again"):
        bell.dumped("cd" * 32)
    with pytest.raises(NotThere, match="has no result"):
        bell.result(Run(plugin="linux.pslist", options={}, state=State.RUNNING, columns=None))
    with pytest.raises(NotThere, match="has no result"):
        bell.result(Run(plugin="linux.pslist", options={}, state=State.KILLED, columns=[]))
    for one in (heard, pipe):
        os.close(one)


def test_marks_of_two_exhibits_are_told_apart_unless_they_are_asked_alike(tmp_path: Path) -> None:
    plugin = cards.load().get("windows.registry.hashdump")
    ear, digest = Ear(tmp_path), "8846f7eaee8fb117ad06bdd830b7586c"
    (tmp_path / "results").mkdir()

    def mark(exhibit: str, like: str = "") -> str:
        named = [{"name": one.name, "type": one.type} for one in plugin.columns]
        given = {"plugin": plugin.name, "options": {}, "state": State.COMPLETE, "columns": named}
        run = Run(key=exhibit, try_no=1, exhibit=exhibit, **given)
        file = tmp_path / "results" / run.result_name
        if not file.exists():
            write(file, plugin.columns, [(0, 0, None, ("brandt", 1001, "", digest), {})], long=False)
        with ear.veiled(run, lambda: "a secret", like=like) as seen:
            return str(seen.row(0).cells[3])

    first, second = mark("a" * 64), mark("b" * 64)
    assert digest not in {first, second}
    assert first != second
    assert mark("a" * 64, like="b" * 64) == second
