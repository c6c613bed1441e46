"""Kernel and warm processes as this side sees them: started, asked, ended.

What they do inside is the licence island's matter (docs/analysis.md has the protocol). They run in the strongest
enclosure of the machine and get an image as an open file.
"""

import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from training.analysis import channel
from training.analysis.job import Job
from training.analysis.place import Ended
from training.analysis.sandbox import launch
from training.errors import DomainError

log = structlog.get_logger()

ROOT = Path(__file__).resolve().parents[2]  # where `python -m training…` finds the program
ISLAND = "training.analysis.volatility"
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV", "PYTHONPATH", "COVERAGE_PROCESS_START",
             "COVERAGE_PROCESS_CONFIG")  # fmt: skip
"""Environment that the children get; the rest, secrets of the server among it, stays here."""
PACE = 0.25  # seconds between two looks whether somebody still waits
PATIENCE = 120.0  # seconds until a process that loads symbols or looks for a kernel is given up
SAID = "said.txt"  # what a kernel process and its children write to standard error


class Unusable(DomainError):
    """The exhibit can't be analysed; the message says why."""


class EndedEarly(Exception):
    """Whoever asked doesn't want it any more; the text says why."""


class Lost(Exception):
    """A warm process is not there any more, or doesn't answer."""


def environment() -> dict[str, str]:
    """The environment of our children. Some plugins print what is in a set: the fixed seed gives it the same order each
    time.
    """
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {"PYTHONHASHSEED": "0"}


def last_line(file: Path) -> str:
    """The last line of what a child wrote to standard error, cut."""
    with contextlib.suppress(OSError):
        return file.read_text("utf-8", "replace").strip().rpartition("\n")[2][:200] or "no message"
    return "no message"


def memory_of(pid: int) -> int:
    """Bytes that a process costs: what it has alone, and its share of what it has with others (PSS)."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


@dataclass(slots=True)
class Warm:
    """One exhibit, ready to be asked. `line` is its channel, `pid` its process number here, `handle` its pidfd."""

    line: socket.socket
    pid: int
    handle: int
    users: int = 0
    lost: bool = False

    def run(self, request: dict[str, Any], *files: int) -> None:
        """Have it fork a run. Raises Lost."""
        try:
            channel.send(self.line, request, *files)
        except OSError:
            self.lost = True
            raise Lost from None

    def close(self) -> None:
        """End it with all its runs, also when it hears nothing any more."""
        self.line.close()
        if self.handle >= 0:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)
            os.close(self.handle)
            self.handle = -1


class Kernel:
    """The process that holds one symbol file, from which warm processes are forked."""

    def __init__(self, symbols: Path, folder: Path) -> None:
        self.folder = folder
        self.opening = 0  # exhibits that are being opened by it
        self.warm: OrderedDict[str, Warm] = OrderedDict()  # by exhibit, the longest unused first
        self.line, theirs = channel.pair()
        program = (sys.executable, "-m", ISLAND, "kernel", str(theirs.fileno()))
        with (folder / SAID).open("wb") as said, theirs:
            self.process = subprocess.Popen(  # noqa: S603 - our own program, arguments as a list
                launch.command(program, readable=[symbols], writable=[folder]), cwd=ROOT, stdin=subprocess.DEVNULL,
                stdout=said, stderr=said, start_new_session=True, pass_fds=[theirs.fileno()], env=environment(),
            )  # fmt: skip
        try:
            channel.send(self.line, {"symbols": str(symbols), "cache": str(folder)})
            self.pid = _answer(self.line, folder, "the symbols could not be loaded").sender
        except Unusable:
            self.close()
            raise
        except (OSError, Lost):
            self.close()
            raise Lost from None

    def open(self, job: Job, known: dict[str, Any] | None, ended: Ended) -> tuple[Warm, Any]:
        """A warm process for a job's image, and the kernel configuration that it found.

        Raises Unusable, Lost, and EndedEarly where `ended` says so before it is ready: the search ends with it.
        """
        line, theirs = channel.pair()
        with theirs, job.image.open("rb") as file:
            try:
                ask = {"open": job.exhibit, "os": job.os, "kernel": known}
                channel.send(self.line, ask, theirs.fileno(), file.fileno())
            except OSError:
                line.close()
                raise Lost from None
        try:
            answer = _answer(line, self.folder, "no kernel was found in the image", ended)
            handle = os.pidfd_open(answer.sender)
        except (Unusable, Lost, EndedEarly):
            line.close()
            raise
        except OSError:
            line.close()
            raise Lost from None
        return Warm(line, answer.sender, handle, users=1), answer.said.get("kernel")

    def close(self) -> None:
        """End it, all warm processes and all their runs, and remove its folder."""
        for warm in self.warm.values():
            warm.close()
        self.line.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _answer(line: socket.socket, folder: Path, slow: str, ended: Ended = lambda: None) -> channel.Packet:
    """The first answer of a process. Raises Unusable with its sentence, or `slow` when there is none in time; Lost when
    it ended; EndedEarly with the reason that `ended` gave.
    """
    deadline = time.monotonic() + PATIENCE
    waiting = select.poll()
    waiting.register(line, select.POLLIN)
    while not waiting.poll(PACE * 1000):
        if reason := ended():
            raise EndedEarly(reason)
        if time.monotonic() > deadline:
            raise Unusable(f"{slow} within {PATIENCE:g} seconds")
    try:
        answer = channel.receive(line)
    except (OSError, ValueError):
        answer = None
    if answer is None:
        log.warning("analysis process lost", said=last_line(folder / SAID))
        raise Lost
    if not answer.said.get("ready"):
        raise Unusable(str(answer.said.get("failed", "the analysis gave no reason"))[:500])
    return answer
