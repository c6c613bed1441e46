"""Real runs of the real exhibit, through the engine: how they end, and that nothing is left running."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from training.analysis import engine as engine_module
from training.analysis import service
from training.analysis.command import parse
from training.analysis.engine import Engine
from training.analysis.executor import InlineExecutor
from training.analysis.exhibit import ExhibitFiles
from training.analysis.models import Run, State
from training.analysis.work import Here
from training.errors import NotThere
from training.forge import pack
from training.settings import ROOT
from training.store import Store

from .conftest import job_of

pytestmark = pytest.mark.any_database

MakeEngine = Callable[..., Engine]
Ask = Callable[[str], Run]
Again = Callable[[Run], Run]


def processes(of: int | None = None) -> set[int]:
    """Everything that descends from a process, by default this one."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (entry / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
            if fields[0] != "Z":
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found: set[int] = set()
    left = [of or os.getpid()]
    while left:
        new = children.get(left.pop(), [])
        found.update(new)
        left += new
    return found


def warm(place: Here) -> list[int]:
    """Process numbers of the warm processes of a place."""
    return [one.pid for kernel in list(place.pool._kernels.values()) for one in list(kernel.warm.values())]


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


@pytest.mark.parametrize("kind", ["inline", "threads"])
def test_a_run_from_question_to_rows(make_engine: MakeEngine, ask: Ask, again: Again, kind: str) -> None:
    executor: Executor = InlineExecutor() if kind == "inline" else ThreadPoolExecutor(2)
    with executor:
        engine = make_engine(executor)
        run = ask("vol -f exhibit.raw linux.pslist --pid 1")
        with pytest.raises(NotThere, match="queued"):
            engine.result(run)
        engine.wake()
        wait_for(lambda: again(run).state.ended)
    run = again(run)
    assert (run.state, run.reason, run.rows) == (State.COMPLETE, None, 1)
    assert run.seconds
    assert run.seconds > 0
    assert run.ended_at is not None
    with engine.result(run) as result:
        assert [column.name for column in result.columns][:4] == ["OFFSET (V)", "PID", "TID", "PPID"]
        assert result.all()[0]["PID"] == 1
        assert result.row(0).shown(result.columns)[0].startswith("0x")
        assert run.columns == [{"name": column.name, "type": column.type} for column in result.columns]


def test_eight_ask_at_once_and_one_run_is_made(
    make_engine: MakeEngine, store: Store, files: ExhibitFiles, again: Again
) -> None:
    found: list[Run] = []
    with ThreadPoolExecutor(2) as executor:
        engine = make_engine(executor)

        def one() -> None:
            with store.writing() as session:
                run = service.ask(session, files, parse("linux.boottime"), engine_module.utc_now())
            found.append(run)
            engine.wake()

        threads = [threading.Thread(target=one) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wait_for(lambda: again(found[0]).state.ended)
    assert len({run.id for run in found}) == 1
    assert again(found[0]).state is State.COMPLETE
    with engine.result(again(found[0])) as result:
        assert result.rows >= 1


def test_the_time_limit_ends_the_run_and_nothing_else(make_engine: MakeEngine, ask: Ask, again: Again) -> None:
    engine = make_engine()
    ask("linux.boottime")
    engine.wake()  # warm from here on
    before = processes()
    slow = make_engine(seconds=1.5)
    run = ask("linux.kallsyms")
    slow.wake()
    run = again(run)
    assert run.state is State.KILLED
    assert run.reason == "the run took longer than 1.5 seconds and was ended"
    assert processes() <= before
    with pytest.raises(NotThere, match="killed"):
        engine.result(run)
    following = ask("linux.pslist")
    engine.wake()
    assert again(following).state is State.COMPLETE


def test_a_run_is_ended_by_hand(make_engine: MakeEngine, ask: Ask, again: Again) -> None:
    with ThreadPoolExecutor(1) as executor:
        engine = make_engine(executor)
        run = ask("linux.kallsyms")
        engine.wake()
        wait_for(lambda: again(run).rows)
        engine.end(run.id, "it was ended by hand")
        wait_for(lambda: again(run).state.ended)
    assert (again(run).state, again(run).reason) == (State.KILLED, "it was ended by hand")
    second = ask("linux.kallsyms")
    assert (second.try_no, second.state) == (2, State.QUEUED)


def test_ending_a_run_at_once_leaves_the_runs_of_others_alone(here: Here, files: ExhibitFiles, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as threads:
        other = threads.submit(here.work, job_of(files, tmp_path, "linux.psscan"), lambda _progress: None, lambda: None)
        for number in range(12):
            (tmp_path / str(number)).mkdir()
            job = job_of(files, tmp_path / str(number), "linux.boottime")
            ended = here.work(job, lambda _progress: None, lambda: "ended at once")
            assert (ended.state, ended.reason) == ("killed", "ended at once")
        first = [True]
        job = job_of(files, tmp_path, "linux.kallsyms")
        ended = here.work(job, lambda _progress: None, lambda: None if first and first.pop() else "ended at once")
        assert (ended.state, ended.reason) == ("killed", "ended at once")
        assert other.result(60).state == "complete"


def test_an_exhibit_that_is_slow_to_open_can_be_ended_and_keeps_no_other_waiting(
    here: Here, files: ExhibitFiles, tmp_path: Path
) -> None:
    sparse = tmp_path / "sparse.raw"
    with sparse.open("wb") as file:
        file.truncate(10 * 2**30)
    slow = job_of(replace(files, sha256="9" * 64, image=sparse), tmp_path, "linux.pslist")
    stop = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        opening = threads.submit(
            here.work, slow, lambda _progress: None, lambda: "ended by hand" if stop.is_set() else None
        )
        again = here.work(job_of(files, tmp_path, "linux.boottime"), lambda _progress: None, lambda: None)
        assert again.state == "complete"
        stop.set()
        outcome = opening.result(60)
    assert (outcome.state, outcome.reason) == ("killed", "ended by hand")


def test_a_run_that_was_queued_elsewhere_is_noticed(
    make_engine: MakeEngine, ask: Ask, again: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "LOOK", 0.1)
    with ThreadPoolExecutor(1) as executor:
        engine = make_engine(executor)
        looking = threading.Thread(target=engine.keep_awake)
        looking.start()
        run = ask("linux.boottime")
        wait_for(lambda: again(run).state is State.COMPLETE)
        engine.stop()
        looking.join(60)
    assert not looking.is_alive()


def test_the_row_knows_how_it_was_run(make_engine: MakeEngine, ask: Ask, again: Again) -> None:
    run = ask("linux.pslist --pid 1")
    make_engine().wake()
    run = again(run)
    assert run.peak
    assert run.peak > 2**20
    assert run.layers
    assert {"limits", "no-new-privileges"} <= set(run.layers)


def test_the_row_limit_makes_it_partial(make_engine: MakeEngine, ask: Ask, again: Again) -> None:
    engine = make_engine(seconds=120, rows=10)
    run = ask("linux.pslist")
    engine.wake()
    run = again(run)
    assert (run.state, run.rows) == (State.PARTIAL, 10)
    assert run.reason == "more than 10 rows: only the first 10 were kept"
    with engine.result(run) as result:
        assert len(result.all()) == 10


def test_a_damaged_exhibit_is_not_read(
    make_engine: MakeEngine, ask: Ask, again: Again, files: ExhibitFiles, tmp_path: Path
) -> None:
    copy = tmp_path / "image.raw"
    shutil.copyfile(files.image, copy)
    with copy.open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"changed")

    def open_exhibit(sha256: str) -> ExhibitFiles:
        pack.verify(copy, sha256)
        return files

    before = processes()
    engine = make_engine(open_exhibit=open_exhibit)
    run = ask("linux.pslist")
    engine.wake()
    run = again(run)
    assert run.state is State.FAILED
    assert run.reason
    assert files.sha256 in run.reason
    assert run.reason.count("SHA-256") >= 1
    assert len([word for word in run.reason.replace(",", " ").split() if len(word) == 64]) == 2
    assert processes() <= before


def test_other_symbols_than_asked_for(make_engine: MakeEngine, ask: Ask, again: Again, files: ExhibitFiles) -> None:
    other = ExhibitFiles(files.sha256, "f" * 64, files.image, files.symbols, files.os)
    engine = make_engine(open_exhibit=lambda _sha256: other)
    run = ask("linux.pslist")
    engine.wake()
    assert again(run).state is State.FAILED
    assert "the symbol file has changed" in (again(run).reason or "")


def test_an_image_that_is_none(
    make_engine: MakeEngine, store: Store, again: Again, files: ExhibitFiles, tmp_path: Path
) -> None:
    zeros = tmp_path / "zeros.raw"
    zeros.write_bytes(bytes(2**20))
    other = ExhibitFiles("0" * 64, files.symbols_sha256, zeros, files.symbols, files.os)
    engine = make_engine(open_exhibit=lambda _sha256: other)
    with store.writing() as session:
        run = service.ask(session, other, parse("linux.pslist"), engine_module.utc_now())
    engine.wake()
    assert again(run).state is State.FAILED
    assert "no Linux kernel was found in the image" in (again(run).reason or "")


@pytest.mark.parametrize(
    ("error", "said"),
    [(PermissionError("no"), "the server could not run it: no"), (ValueError("x"), "its log says why")],
)
def test_what_nobody_expected_fails_the_run(
    make_engine: MakeEngine, ask: Ask, again: Again, error: Exception, said: str
) -> None:
    def broken(_sha256: str) -> ExhibitFiles:
        raise error

    engine = make_engine(open_exhibit=broken)
    run = ask("linux.pslist")
    engine.wake()
    assert again(run).state is State.FAILED
    assert said in (again(run).reason or "")


def test_a_stopped_engine_leaves_the_run_for_the_next(
    make_engine: MakeEngine, ask: Ask, again: Again, tmp_path: Path
) -> None:
    before = processes()
    with ThreadPoolExecutor(1) as executor:
        place = Here(tmp_path / "cache", 2**31)
        engine = make_engine(executor, place=place, at_once=1)
        run, waiting = ask("linux.psscan"), ask("linux.pslist --pid 2")
        engine.wake()
        wait_for(lambda: warm(place))
        engine.stop()
        executor.shutdown(wait=True, cancel_futures=True)
    wait_for(lambda: processes() <= before)
    assert [again(run).state, again(waiting).state] == [State.RUNNING, State.QUEUED]
    engine.wake()
    assert again(waiting).state is State.QUEUED

    following = make_engine()
    assert following.start() == 1
    assert [again(run).state, again(waiting).state] == [State.COMPLETE, State.COMPLETE]


def test_an_executor_that_is_closed_leaves_the_run_to_the_next_start(
    make_engine: MakeEngine, ask: Ask, again: Again
) -> None:
    executor = InlineExecutor()
    executor.shutdown()
    run = ask("linux.pslist")
    make_engine(executor).wake()
    following = make_engine()
    assert following.start() == 1
    assert again(run).state is State.COMPLETE


SERVER = """
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from training.analysis.engine import Engine
from training.analysis.exhibit import ExhibitFiles
from training.analysis.work import Here
from training.store import Store

url, sha256, symbols_sha256, image, symbols, folder = sys.argv[1:]
files = ExhibitFiles(sha256, symbols_sha256, Path(image), Path(symbols), "linux")
place = Here(Path(folder) / "cache", 2**31)
engine = Engine(Store(url), ThreadPoolExecutor(1), place, lambda _sha256: files, Path(folder))
engine.start()
signal.pause()
"""


def test_a_server_that_is_shot_leaves_nothing_running_and_loses_nothing(
    store: Store, ask: Ask, again: Again, files: ExhibitFiles, tmp_path: Path
) -> None:
    run = ask("linux.kallsyms")
    words = [store.url, files.sha256, files.symbols_sha256, files.image, files.symbols, tmp_path]
    server = subprocess.Popen([sys.executable, "-c", SERVER, *map(str, words)], cwd=ROOT)
    wait_for(lambda: again(run).rows)
    ours = processes(server.pid)
    assert len(ours) >= 4  # scribe, writer, kernel, warm process and run
    server.send_signal(signal.SIGKILL)
    server.wait()
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in ours))
    assert again(run).state is State.RUNNING
    with store.writing() as session:
        assert service.requeue(session) == 1
    assert again(run).state is State.QUEUED
    assert not list((tmp_path / "results").glob("*.db"))


def test_a_writer_that_dies_fails_the_run(make_engine: MakeEngine, ask: Ask, again: Again, tmp_path: Path) -> None:
    engine = make_engine()
    run = ask("linux.pslist")
    (tmp_path / "results").rmdir()
    (tmp_path / "results").touch()  # no folder: the writer can't begin its file
    engine.wake()
    assert again(run).state is State.FAILED
    assert "the process that writes the result ended early" in (again(run).reason or "")


def test_a_warm_process_that_dies_is_replaced_and_the_run_tried_again(
    make_engine: MakeEngine, ask: Ask, again: Again, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(1) as executor:
        place = Here(tmp_path / "cache", 2**31)
        engine = make_engine(executor, place=place)
        run = ask("linux.psscan")
        engine.wake()
        wait_for(lambda: warm(place))
        os.kill(warm(place)[0], signal.SIGKILL)
        wait_for(lambda: again(run).state.ended)
    assert (again(run).state, again(run).try_no) == (State.COMPLETE, 1)
    engine.stop()


def test_exhibits_are_let_go_when_memory_is_short(
    make_engine: MakeEngine, store: Store, files: ExhibitFiles, again: Again, tmp_path: Path
) -> None:
    place = Here(tmp_path / "cache", 2**20)
    engine = make_engine(place=place, open_exhibit=lambda sha256: replace(files, sha256=sha256))
    for digest in ("1" * 64, "2" * 64, "3" * 64):
        with store.writing() as session:
            run = service.ask(session, replace(files, sha256=digest), parse("linux.boottime"), engine_module.utc_now())
        engine.wake()
        assert again(run).state is State.COMPLETE
    assert [name for name in place.pool.memory() if name in {"1" * 64, "2" * 64, "3" * 64}] == ["3" * 64]
    engine.stop()
