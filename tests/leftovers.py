"""A run of the tests leaves nothing behind: no process, no thread."""

import os
import signal
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

T = TypeVar("T")
MARK = "RUN_OF_TESTS"
"""In the environment of every process of a run, so that even one that has lost its parents is known for one of it."""
LEFT = "left behind"
"""By a worker, in what it hands over at its end."""
AT_FIRST = pytest.StashKey[frozenset[threading.Thread]]()
FOUND = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long to wait for what is about to end."""
    parser.addoption("--patience", type=float, default=20.0, help="seconds for processes and threads to end")


def pytest_configure(config: pytest.Config) -> None:
    """Mark this process, and those that it will start; workers have the mark of the process over them."""
    config.stash[FOUND] = []
    # A shell that starts the tests in the background has SIGINT ignored, and so would every program be that a test
    # interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):
        os.environ[MARK] = uuid.uuid4().hex


def pytest_sessionstart(session: pytest.Session) -> None:
    """Note the threads that are not the tests' own."""
    session.config.stash[AT_FIRST] = frozenset(threading.enumerate())


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Look for what is left, after every fixture has cleared up. The process over the workers looks last of all."""
    config = session.config
    found = config.stash[FOUND]
    threads = _while_any(lambda: _threads(config.stash[AT_FIRST]), config.option.patience)
    found += [f"the thread {thread.name} of process {os.getpid()}" for thread in threads]
    handed = getattr(config, "workeroutput", None)
    if handed is not None:
        handed[LEFT] = found
        return
    folder = config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]  # of pytest's own fixtures
    found += _while_any(lambda: _processes(os.environ[MARK], folder), config.option.patience)
    if found and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker has ended, and left word of what it could not end."""
    node.config.stash[FOUND] += getattr(node, "workeroutput", {}).get(LEFT, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name what is left."""
    for name in config.stash[FOUND]:
        terminalreporter.write_line(f"left behind: {name}", red=True)


def _threads(at_first: frozenset[threading.Thread]) -> list[threading.Thread]:
    """The threads that tests have started and that still run; a worker's own are older or belong to xdist."""
    own = {thread for thread in threading.enumerate() if not type(thread).__module__.startswith("execnet")}
    return sorted(own - at_first, key=lambda thread: thread.name)


def _processes(run: str, folder: Path) -> list[str]:
    """The processes of a run, but for this one, by number and command line: they have its mark, or name its folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            marked = f"{MARK}={run}".encode() in (entry / "environ").read_bytes().split(b"\0")
        except OSError:  # it has ended meanwhile, or is somebody else's
            continue
        # One that has ended and waits to be asked for its status has no words. Python's own tracker ends with us.
        ours = int(entry.name) != os.getpid() and words and "multiprocessing.resource_tracker" not in words
        if ours and (marked or str(folder) in words):
            found.append(f"process {entry.name}: {words[:300]}")
    return found


def _while_any(look: Callable[[], list[T]], seconds: float) -> list[T]:
    """What is still there after a while; nothing as soon as all of it has ended."""
    end = time.monotonic() + seconds
    while (left := look()) and time.monotonic() < end:
        time.sleep(0.05)
    return left
