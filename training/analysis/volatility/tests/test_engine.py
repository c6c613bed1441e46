"""Kernel, warm and run processes as a host sees them."""

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from training.analysis import channel

from .client import ROOT, Kernel, Warm, receive
from .conftest import Broken, Files

SLOW = 600


def _gone(process: int) -> bool:
    """Whether a process of somebody else's ends within some seconds."""
    try:
        watch = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watch], [], [], 30)[0])
    finally:
        os.close(watch)


def _children(process: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def _until_childless(process: int) -> None:
    deadline = time.monotonic() + 60
    while _children(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _children(process) == []


def test_what_the_processes_say(kernel: Kernel, warm: Warm) -> None:
    assert kernel.ready["ready"] is True
    assert (kernel.ready["volatility"], kernel.ready["island"]) == ("2.28.2", 2)
    assert warm.ready["ready"] is True
    assert "unfit" not in warm.ready
    assert "limits" in warm.ready["layers"]
    saved = warm.ready["kernel"]
    assert saved["symbol_table_name.isf_url"].startswith("linux/")
    assert not any("location" in key for key in saved)


def test_a_run_has_its_own_session_limits_and_end(warm: Warm) -> None:
    said = warm.run("linux.pslist", {"pid": [1]})
    assert said.hello is not None
    assert {"limits", "no-new-privileges"} <= set(said.hello["hello"])
    assert said.status is not None
    assert said.status["status"] == 0
    assert 2**26 < said.status["peak"] < 2**30
    assert said.header is not None
    assert said.header["layers"] == said.hello["hello"]
    assert said.header["columns"][0] == {"name": "OFFSET (V)", "type": "hex"}
    assert (said.header["volatility"], said.header["island"]) == ("2.28.2", 2)
    assert [row["cells"][1] for row in said.rows] == [1]
    assert (said.end["end"], said.end["reason"], said.end["rows"]) == ("complete", None, 1)


def test_a_saved_kernel_is_opened_without_looking_and_gives_the_same_rows(
    kernel: Kernel, warm: Warm, files: Files
) -> None:
    again = kernel.open(files.image, "linux", warm.ready["kernel"])
    assert again.ready["kernel"] == warm.ready["kernel"]
    assert again.ready["seconds"] < warm.ready["seconds"]
    for plugin in ("linux.pslist", "linux.lsof", "banners"):
        assert again.run(plugin).rows == warm.run(plugin).rows
    again.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"symbol_table_name.isf_url": "linux/other.json.xz"},
        {"symbol_table_name.isf_url": "../../etc/passwd"},
        {"layer_name.memory_layer.class": "subprocess.Popen"},
        {"layer_name.page_map_offset": "text"},
        {"offset": [1]},
    ],
    ids=["nothing", "another file", "outside", "another class", "another type", "no plain value"],
)
def test_a_saved_kernel_that_does_not_fit_is_looked_for_again(
    kernel: Kernel, warm: Warm, files: Files, wrong: dict[str, object]
) -> None:
    again = kernel.open(files.image, "linux", warm.ready["kernel"] | wrong if wrong else {})
    assert again.ready["kernel"] == warm.ready["kernel"]
    assert len(again.run("linux.pslist").rows) == len(warm.run("linux.pslist").rows)
    again.close()


def test_many_runs_at_once_equal_runs_one_by_one(warm: Warm) -> None:
    plugins = ["linux.pslist", "linux.pstree", "linux.kmsg", "linux.mountinfo", "linux.proc.Maps", "linux.psaux"]
    alone = [warm.run(plugin).rows for plugin in plugins]
    started = [warm.start(plugin) for plugin in plugins * 2]
    assert [run.finish().rows for run in started] == alone * 2


def test_runs_leave_no_trace_for_the_next(warm: Warm) -> None:
    """Classes of types freeze at their first use: linux.ip.Addr finds nothing after linux.pslist in one process."""
    first = warm.run("linux.ip.Addr")
    warm.run("linux.pslist")
    assert first.end["rows"] > 0
    assert warm.run("linux.ip.Addr").rows == first.rows


PLAIN = """
from training.analysis.volatility import framework
load = framework.load
def patched(symbols):
    classes = load(symbols)
    from training.analysis.volatility import faster, tables
    faster.install = tables.prepare = lambda *_arguments: None
    return classes
framework.load = patched
"""


def test_what_is_prepared_and_quicker_changes_no_row(warm: Warm, files: Files, cache: Path) -> None:
    plugins = ["linux.pslist", "linux.ip.Addr", "linux.psscan", "linux.kthreads"]  # test_equality compares all with vol
    with (
        closing(Kernel(files.symbols, cache, PLAIN)) as plain,
        closing(plain.open(files.image, "linux", warm.ready["kernel"])) as slower,
    ):
        for plugin in plugins:
            theirs, ours = slower.run(plugin), warm.run(plugin)
            assert ours.rows == theirs.rows, plugin
            assert ours.end["end"] == theirs.end["end"] == "complete"
            assert ours.rows


SLEEP = f"""
import time
def sleep(self):
    time.sleep({SLOW})
    yield
loaded.classes["linux.boottime.Boottime"]._generator = sleep
"""


@pytest.fixture
def slow(breakable: Kernel, broken: Broken) -> tuple[Kernel, Warm]:
    """An engine in which linux.boottime sleeps; its kernel process has no other warm process."""
    _until_childless(breakable.process.pid)
    return breakable, broken(SLEEP)


def test_a_killed_run_is_reported_and_others_go_on(slow: tuple[Kernel, Warm]) -> None:
    kernel, warm = slow
    running = warm.start("linux.boottime")
    assert "hello" in (receive(running.line) or {})
    assert len(warm.run("linux.pslist").rows) > 1
    (process,) = _children(kernel.process.pid)
    (run,) = _children(process)
    os.kill(run, signal.SIGKILL)
    assert receive(running.line) == {"status": -signal.SIGKILL, "peak": pytest.approx(2**28, rel=1)}
    assert receive(running.line) is None
    assert _gone(run)
    os.close(running.rows)
    running.line.close()
    assert warm.run("linux.pslist").end["end"] == "complete"


def test_a_closed_control_socket_ends_the_warm_process_and_its_runs(slow: tuple[Kernel, Warm]) -> None:
    kernel, warm = slow
    running = warm.start("linux.boottime")
    receive(running.line)
    (process,) = _children(kernel.process.pid)
    (run,) = _children(process)
    warm.close()
    assert _gone(run)
    assert _gone(process)
    os.close(running.rows)
    running.line.close()
    _until_childless(kernel.process.pid)


def test_processor_time_is_limited(slow: tuple[Kernel, Warm]) -> None:
    said = slow[1].run("linux.kallsyms", limits={"seconds": 1})
    assert said.end == {}
    assert said.status is not None
    assert said.status["status"] in {-signal.SIGXCPU, 128 + signal.SIGXCPU}


def test_a_kernel_process_without_a_start(tmp_path: Path) -> None:
    started = Kernel(tmp_path / "nowhere", tmp_path / "cache")
    assert "there is no folder" in started.ready["failed"]
    assert started.close() == 1


@pytest.mark.parametrize("content", [b"", b"hello", b"{}", b"[1]"])
def test_a_damaged_symbol_file(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "symbols" / "linux"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_bytes(content)
    started = Kernel(tmp_path / "symbols", tmp_path / "cache")
    assert "the symbol file can't be loaded" in started.ready["failed"]
    assert started.close() == 1


def test_bad_packets_end_nothing(kernel: Kernel, files: Files, warm: Warm) -> None:
    kernel.control.send(b"not json")
    kernel.control.send(b"[]")
    channel.send(kernel.control, {"open": "without descriptors"})
    warm.control.send(b"{")
    channel.send(warm.control, {"plugin": "without descriptors"})
    assert len(warm.run("linux.pslist").rows) > 1
    again = kernel.open(files.image, "linux", warm.ready["kernel"])
    assert again.ready["ready"] is True
    again.close()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"os": "plan9"}, "os must be one of linux, windows"),
        ({"kernel": "text"}, "kernel an object or null"),
        ({"more": 1}, "exactly these fields"),
    ],
)
def test_bad_openings(kernel: Kernel, files: Files, changed: dict[str, Any], reason: str) -> None:
    refused = kernel.open(files.image, "linux", **changed)
    assert reason in refused.ready["failed"]
    assert receive(refused.control) is None
    refused.close()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"plugin": "linux.pagecache.RecoverFs"}, "is not offered"),
        ({"plugin": "timeliner.Timeliner"}, "is not offered"),
        ({"options": {"kernel": "x"}}, "--kernel is not offered"),
        ({"options": {"yara-file": "file:///etc/passwd"}}, "--yara-file is not offered"),
        ({"options": {"pid": "1"}}, "--pid must be of type ints"),
        ({"options": {"pid": [True]}}, "--pid must be of type ints"),
        ({"options": {"pid": [0]}}, "--pid must lie between 1 and"),
        ({"options": {"pid": list(range(1, 40))}}, "--pid takes at most"),
        ({"options": {"threads": 1}}, "--threads must be of type bool"),
        ({"options": {"dump": True}}, "needs a folder for its files"),
        ({"options": []}, "options an object"),
        ({"work": "/"}, "work must lie below the cache"),
        ({"work": "/nowhere"}, "there is no folder"),
        ({"limits": {"rows": 1}}, "limits must have"),
        ({"limits": {"rows": 0, "cell_chars": 1, "seconds": 1}}, "limits.rows must be"),
        ({"limits": {"rows": True, "cell_chars": 1, "seconds": 1}}, "limits.rows must be"),
        ({"more": 1}, "exactly these fields"),
        ({"plugin": "linux.vmaregexscan", "options": {"pattern": "x" * 5000}}, "--pattern is too long"),
    ],
)
def test_bad_orders(warm: Warm, changed: dict[str, object], reason: str) -> None:
    said = warm.run("linux.pslist", changed=changed)
    assert said.lines == []
    assert reason in (said.hello or {})["refused"]


@pytest.mark.parametrize("words", [[], ["--help"], ["kernel", "x"], ["kernel", "3", "4"]])
def test_the_program_says_how_it_is_used(words: list[str]) -> None:
    program = [sys.executable, "-m", "training.analysis.volatility", *words]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"usage" in done.stderr
