"""Forks with PID namespaces of their own: what is killed leaves nothing, again and again."""

import os
import signal
import subprocess
import time

import pytest

from tests.unit.analysis.sandbox.conftest import Cell
from training.analysis.sandbox import launch, places

AGAIN = """
close_up(may_fork=True) if given["confined"] else None
seen = []
for _ in range(5):
    pid, own = confine.fork()
    if not pid:
        os._exit(os.getpid() if own else 77)
    seen.append([own, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])])
tell(seen=seen)
"""
SURVIVOR = """
ours, theirs = os.pipe()
pid, own = confine.fork()
if not pid:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            os.write(theirs, b"here")
            while True:
                signal.sigwait(signal.valid_signals())
        os._exit(0)
    os.wait()
    signal.pause()
os.close(theirs)
here = os.read(ours, 4)
os.kill(pid, signal.SIGKILL)
os.waitpid(pid, 0)
import select
ended = bool(select.select([ours], [], [], 30 if own else 1)[0]) and os.read(ours, 1) == b""
tell(own=own, here=here.decode(), ended=ended)
"""
TREE = """
import select
pid, own = confine.fork()
if not pid:
    pid, own = confine.fork()
    if not pid:
        os.write(given["pipe"], b"here")
    signal.pause()
signal.pause()
"""
NESTED = """
def deeper(depth):
    pid, own = confine.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    close_up(may_fork=depth < 2)
    os._exit(deeper(depth + 1) if depth < 2 else own + 2 * ("pid" in confine.layers_here()))
close_up(may_fork=True)
tell(inner=deeper(1))
"""


def works(way: str) -> bool:
    """Whether the way works; if not, it must not be the one that is taken."""
    if launch.trial(way).reason:
        assert launch.best() != way
        return False
    return True


@pytest.mark.parametrize("way", launch.WAYS)
@pytest.mark.parametrize("confined", [False, True])
def test_fork_gives_each_child_a_pid_namespace_time_and_again(cell: Cell, way: str, confined: bool) -> None:  # noqa: FBT001
    if works(way):
        own = launch.trial(way).own_pid
        assert cell.run(AGAIN, way=way, confined=confined)["seen"] == [[own, 1 if own else 77]] * 5


@pytest.mark.parametrize("way", launch.WAYS)
def test_a_child_that_hides_its_children_takes_them_with_it(cell: Cell, way: str) -> None:
    if works(way):
        told = cell.run(SURVIVOR, way=way)
        assert told["here"] == "here"
        assert told["own"] == told["ended"] == launch.trial(way).own_pid


@pytest.mark.parametrize("way", launch.WAYS)
def test_a_kernel_process_forks_a_warm_one_and_that_forks_runs(cell: Cell, way: str) -> None:
    if works(way):
        assert cell.run(NESTED, way=way)["inner"] == (3 if launch.trial(way).own_pid else 0)


@pytest.mark.parametrize("way", launch.WAYS)
@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGTERM])
def test_whoever_started_it_can_end_it_whole(cell: Cell, way: str, kill: signal.Signals) -> None:
    if not works(way):
        return
    ours, theirs = os.pipe()
    words = cell.words(TREE, way=way, pipe=theirs)
    with subprocess.Popen(words, cwd=places.ROOT, pass_fds=[theirs]) as program:
        os.close(theirs)
        assert os.read(ours, 4) == b"here"
        program.send_signal(kill)
        program.wait(60)
        assert os.read(ours, 1) == b"", "nothing holds the pipe any more"
    os.close(ours)


PARENT = """
import subprocess, sys, time
subprocess.Popen(sys.argv[2:], pass_fds=[int(sys.argv[1])])
time.sleep(60)
"""


@pytest.mark.parametrize("way", ["bubblewrap", "own"])
def test_it_ends_with_the_server(cell: Cell, way: str) -> None:
    if not works(way):
        return
    ours, theirs = os.pipe()
    words = [cell.python, "-c", PARENT, str(theirs), *cell.words(TREE, way=way, pipe=theirs)]
    with subprocess.Popen(words, cwd=places.ROOT, pass_fds=[theirs]) as server:
        os.close(theirs)
        assert os.read(ours, 4) == b"here"
        server.kill()
        server.wait(60)
        started = time.monotonic()
        assert os.read(ours, 1) == b""
        assert time.monotonic() - started < 60
    os.close(ours)
