"""The processes of the server: replaced when they end, ended with the one that started them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from training.settings import ROOT

CREW = """
import os, signal, sys, time
from training.analysis.sandbox import syscalls
from training.operating import crew
if sys.argv[2] == "parts":
    syscalls.prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: orphans come here, as to the first process of a container
crew.SHORTEST, crew.LONGEST_PAUSE = float(sys.argv[1]), 0.2

def work(number, again):
    os.write(1, f"{number} {os.getpid()}\\n".encode())
    if sys.argv[2] == "parts":
        between = os.fork()
        if not between:
            if not os.fork():
                time.sleep(1)
            os._exit(0)
        os.waitpid(between, 0)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if sys.argv[2] == "fails" or (sys.argv[2] == "second fails" and number == 1):
        raise ValueError("no work today")
    while True:
        time.sleep(60)

crew.keep(2, work)
"""


class Crew:
    """A crew of two in a process of its own, and the processes that said that they are at work."""

    def __init__(self, shortest: float, how: str = "works") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CREW, str(shortest), how],
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def next(self) -> tuple[int, int]:
        """Number and process id of the next one that begins to work."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            words = line.split()
            if len(words) == 2 and all(word.isdecimal() for word in words):  # lines of the log stand between
                return int(words[0]), int(words[1])
        pytest.fail("the crew has ended")


@pytest.fixture
def crew() -> Iterator[Crew]:
    made = Crew(0.0)
    yield made
    made.process.kill()
    made.process.communicate()


def gone(pid: int) -> bool:
    """Whether there is no such process, or nothing left of it but its exit code."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_process_that_ends_is_replaced(crew: Crew) -> None:
    first = dict([crew.next(), crew.next()])
    assert first.keys() == {0, 1}
    os.kill(first[1], signal.SIGKILL)
    number, pid = crew.next()
    assert (number, gone(first[1]), gone(first[0])) == (1, True, False)
    assert pid not in first.values()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_all_end_with_the_one_that_started_them(crew: Crew, how: signal.Signals) -> None:
    pids = [crew.next()[1], crew.next()[1]]
    crew.process.send_signal(how)
    assert crew.process.wait(60) == (-signal.SIGKILL if how is signal.SIGKILL else 0)
    until = time.monotonic() + 20
    while not all(gone(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.05)
    assert [pid for pid in pids if not gone(pid)] == []


def test_a_process_that_fails_at_once_ends_them_all() -> None:
    made = Crew(60.0, "fails")
    out, said = made.process.communicate(timeout=120)
    assert made.process.returncode == 1
    assert "Conflict: Processes" in said.splitlines()[-1]
    assert "no work today" in out + said


def test_orphans_are_none_of_its_processes() -> None:
    made = Crew(60.0, "parts")
    first = {made.next()[1], made.next()[1]}
    time.sleep(3)  # both orphans have ended meanwhile
    assert made.process.poll() is None
    assert not any(gone(pid) for pid in first)
    made.process.terminate()
    out, said = made.process.communicate(timeout=60)
    assert (made.process.returncode, out + said) == (0, "")


def test_while_one_lives_the_others_are_started_again_and_again() -> None:
    made = Crew(0.5, "second fails")
    numbers = [made.next()[0] for _ in range(6)]
    assert sorted(numbers) == [0, 1, 1, 1, 1, 1]
    assert made.process.poll() is None
    made.process.terminate()
    made.process.communicate(timeout=60)
