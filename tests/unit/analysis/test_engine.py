"""Real runs of the real exhibit, through the engine: how they end, and that nothing is left running."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest

from training.analysis import engine as engine_module
from training.analysis import service
from training.analysis.command import parse
from training.analysis.engine import Engine, heard, last_line
from training.analysis.executor import InlineExecutor
from training.analysis.exhibit import ExhibitFiles
from training.analysis.models import Run, State
from training.analysis.outcome import Outcome
from training.errors import NotThere
from training.forge import pack
from training.settings import ROOT
from training.store import Store

MakeEngine = Callable[..., Engine]
Ask = Callable[[str], Run]
Again = Callable[[Run], Run]


def groups() -> dict[int, str]:
    """Process groups that work for us now, with a command line of each."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if "training.analysis." in line and "pytest" not in line:
                found[os.getpgid(int(entry.name))] = line
        except (OSError, ValueError):
            continue
    return found


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


def test_the_time_limit_ends_everything(make_engine: MakeEngine, ask: Ask, again: Again) -> None:
    with ThreadPoolExecutor(1) as executor:
        engine = make_engine(executor, seconds=1.5)
        run = ask("linux.kallsyms")
        before = set(groups())
        engine.wake()
        wait_for(lambda: set(groups()) - before)
        ours = set(groups()) - before
        wait_for(lambda: again(run).state.ended)
    run = again(run)
    assert run.state is State.KILLED
    assert run.reason == "the run took longer than 1.5 seconds and was ended"
    assert not ours & set(groups())
    with pytest.raises(NotThere, match="killed"):
        engine.result(run)


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

    before = set(groups())
    engine = make_engine(open_exhibit=open_exhibit)
    run = ask("linux.pslist")
    engine.wake()
    run = again(run)
    assert run.state is State.FAILED
    assert run.reason
    assert files.sha256 in run.reason
    assert run.reason.count("SHA-256") >= 1
    assert len([word for word in run.reason.replace(",", " ").split() if len(word) == 64]) == 2
    assert set(groups()) <= before


def test_other_symbols_than_asked_for(make_engine: MakeEngine, ask: Ask, again: Again, files: ExhibitFiles) -> None:
    other = ExhibitFiles(files.sha256, "f" * 64, files.image, files.symbols, files.os)
    engine = make_engine(open_exhibit=lambda _sha256: other)
    run = ask("linux.pslist")
    engine.wake()
    assert again(run).state is State.FAILED
    assert "the symbol file has changed" in (again(run).reason or "")


def test_an_image_that_is_none(
    make_engine: MakeEngine, ask: Ask, again: Again, files: ExhibitFiles, tmp_path: Path
) -> None:
    zeros = tmp_path / "zeros.raw"
    zeros.write_bytes(bytes(2**20))
    other = ExhibitFiles(files.sha256, files.symbols_sha256, zeros, files.symbols, files.os)
    engine = make_engine(open_exhibit=lambda _sha256: other)
    run = ask("linux.pslist")
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


def test_a_stopped_engine_leaves_the_run_for_the_next(make_engine: MakeEngine, ask: Ask, again: Again) -> None:
    with ThreadPoolExecutor(1) as executor:
        engine = make_engine(executor)
        run, waiting = ask("linux.pslist --pid 1"), ask("linux.pslist --pid 2")
        before = set(groups())
        engine.wake()
        wait_for(lambda: set(groups()) - before)
        ours = set(groups()) - before
        engine.stop()
        executor.shutdown(wait=True, cancel_futures=True)
    assert not ours & set(groups())
    assert [again(run).state, again(waiting).state] == [State.RUNNING, State.QUEUED]
    engine.wake()
    assert again(waiting).state is State.QUEUED

    following = make_engine()
    assert following.start() == 1
    assert [again(run).state, again(waiting).state] == [State.COMPLETE, State.COMPLETE]


def test_an_executor_that_is_closed_leaves_the_run_queued(make_engine: MakeEngine, ask: Ask, again: Again) -> None:
    executor = InlineExecutor()
    executor.shutdown()
    run = ask("linux.pslist")
    make_engine(executor).wake()
    assert again(run).state is State.QUEUED


SERVER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from training.analysis.engine import Engine
from training.analysis.exhibit import ExhibitFiles
from training.store import Store

url, sha256, symbols_sha256, image, symbols, results, cache = sys.argv[1:]
files = ExhibitFiles(sha256, symbols_sha256, Path(image), Path(symbols), "linux")
engine = Engine(Store(url), ThreadPoolExecutor(1), lambda _sha256: files, Path(results), cache=Path(cache))
engine.start()
"""


def test_a_server_that_is_shot_leaves_nothing_running_and_loses_nothing(
    make_engine: MakeEngine, store: Store, ask: Ask, again: Again, files: ExhibitFiles, tmp_path: Path, cache: Path
) -> None:
    run = ask("linux.kallsyms")
    before = set(groups())
    words = [store.url, files.sha256, files.symbols_sha256, files.image, files.symbols, tmp_path / "results", cache]
    server = subprocess.Popen([sys.executable, "-c", SERVER, *map(str, words)], cwd=ROOT)
    wait_for(lambda: again(run).state is State.RUNNING and set(groups()) - before)
    wait_for(lambda: any("analysis.volatility" in line for line in groups().values()))
    ours = set(groups()) - before
    server.send_signal(signal.SIGKILL)
    server.wait()
    wait_for(lambda: not ours & set(groups()), 10)
    assert again(run).state is State.RUNNING
    with store.writing() as session:
        assert service.requeue(session) == 1
    assert again(run).state is State.QUEUED


def test_what_the_writer_says() -> None:
    assert heard(b'{"rows": 7}') == 7
    assert heard(b'{"state": "failed", "reason": "x"}') == Outcome(state="failed", reason="x")
    assert heard(b"garbage") is None
    assert heard(b'{"state": "unknown"}') is None


def test_a_writer_that_can_not_start(
    make_engine: MakeEngine, ask: Ask, again: Again, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(engine_module, "WRITER", (sys.executable, "-c", "raise SystemExit('no room on the disk')"))
    run = ask("linux.pslist")
    make_engine().wake()
    assert again(run).state is State.FAILED
    assert again(run).reason == "the writer of the result ended early: no room on the disk"
    (tmp_path / "empty").touch()
    assert last_line(tmp_path / "empty") == "no message"
