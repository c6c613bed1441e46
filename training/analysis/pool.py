"""Warm processes: one per exhibit, forked from one per symbol file, kept while memory allows.

What they do inside is the licence island's matter (docs/analysis.md has the protocol). This side starts them in the
strongest enclosure of the machine, hands them the image as an open file, keeps the kernel configuration that they found
for the next time, and ends whole processes, the longest unused first, when the budget is reached.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from training.analysis import channel
from training.analysis.job import MIB, Job
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
Ended = Callable[[], str | None]
"""Why a run shall end at once, such as 'it was ended by hand'; None while it may go on."""
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


@contextmanager
def _entered(gate: threading.Lock, ended: Ended) -> Iterator[None]:
    """Hold a lock; whoever waits for it can be ended. Raises EndedEarly."""
    while not gate.acquire(timeout=PACE):
        if reason := ended():
            raise EndedEarly(reason)
    try:
        yield
    finally:
        gate.release()


@dataclass(slots=True)
class Pool:
    """All kernel and warm processes of this machine. `cache` is a private folder; `budget` in bytes.

    At least the exhibit that is being asked stays, whatever it takes.
    """

    cache: Path
    budget: int = 2048 * MIB
    _kernels: OrderedDict[str, Kernel] = field(default_factory=OrderedDict)  # by symbols, the longest unused first
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _starting: dict[str, threading.Lock] = field(default_factory=dict)
    _closed: bool = False
    # A process in an enclosure ends with the thread that started it, so one thread of the pool's own starts them all.
    _starter: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "kernel"))
    _crowded: bool = False  # more is held than the budget allows, because it is in use

    @contextmanager
    def kept(self, job: Job, ended: Ended) -> Iterator[tuple[Warm, Kernel]]:
        """The warm process of a job's exhibit, started if need be, and not ended while it is in use.

        Raises Unusable, Lost, EndedEarly.
        """
        kernel, warm = self._take(job, ended)
        try:
            yield warm, kernel
        finally:
            with self._lock:
                warm.users -= 1
                if warm.lost:
                    self._drop(kernel, warm)
                crowded = self._crowded
            if crowded:
                self._evict()

    def holds(self, job: Job) -> bool:
        """Whether the exhibit of a job is warm already."""
        with self._lock:
            kernel = self._kernels.get(job.symbols_sha256)
            return kernel is not None and job.exhibit in kernel.warm

    def memory(self) -> dict[str, int]:
        """Bytes of each kernel process (by symbol file) and of each warm process (by exhibit)."""
        with self._lock:
            kernels = list(self._kernels.items())
            pids = {name: kernel.pid for name, kernel in kernels}
            pids |= {name: warm.pid for _, kernel in kernels for name, warm in kernel.warm.items()}
        return {name: memory_of(pid) for name, pid in pids.items()}

    def close(self) -> None:
        """End everything; what is asked afterwards is refused."""
        with self._lock:
            self._closed = True
            kernels = list(self._kernels.values())
            self._kernels.clear()
        for kernel in kernels:
            kernel.close()
        self._starter.shutdown(wait=False)

    def _take(self, job: Job, ended: Ended) -> tuple[Kernel, Warm]:
        found = self._standing(job)
        if found:
            return found
        # One start per exhibit at a time: thirty who ask for one wait for the same process, and for no other exhibit.
        with _entered(self._gate(job.exhibit), ended):
            found = self._standing(job)
            if found:
                return found
            with _entered(self._gate(job.symbols_sha256), ended):
                with self._lock:
                    if self._closed:
                        raise Lost
                    kernel = self._kernels.get(job.symbols_sha256)
                if kernel is None or kernel.process.poll() is not None:
                    kernel = self._begin(job)
            return kernel, self._open(kernel, job, ended)

    def _gate(self, name: str) -> threading.Lock:
        with self._lock:
            return self._starting.setdefault(name, threading.Lock())

    def _open(self, kernel: Kernel, job: Job, ended: Ended) -> Warm:
        started = time.monotonic()
        file = self.cache / "kernels" / f"{job.exhibit}-{job.symbols_sha256[:16]}-{job.volatility}.json"
        try:
            warm, configuration = kernel.open(job, _known(file), ended)
        except Lost:
            if kernel.process.poll() is not None:
                self._forget(job.symbols_sha256, kernel)
            raise
        with self._lock:
            kernel.warm[job.exhibit] = warm
        if configuration:
            _keep(file, configuration)
        self._evict()
        log.info("exhibit warm", exhibit=job.exhibit, seconds=round(time.monotonic() - started, 3))
        return warm

    def _standing(self, job: Job) -> tuple[Kernel, Warm] | None:
        with self._lock:
            kernel = self._kernels.get(job.symbols_sha256)
            warm = kernel.warm.get(job.exhibit) if kernel else None
            if kernel is None or warm is None or warm.lost or kernel.process.poll() is not None:
                return None
            self._kernels.move_to_end(job.symbols_sha256)
            kernel.warm.move_to_end(job.exhibit)
            warm.users += 1
            return kernel, warm

    def _begin(self, job: Job) -> Kernel:
        self.cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in self.cache.glob("kernel-*"):  # of a server that was killed
            if not Path("/proc", left.name.split("-")[1]).exists():
                shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=f"kernel-{os.getpid()}-", dir=self.cache))
        kernel = self._starter.submit(Kernel, job.symbols.resolve(), folder.resolve()).result()
        with self._lock:
            old = self._kernels.pop(job.symbols_sha256, None)
            self._kernels[job.symbols_sha256] = kernel
            closed = self._closed
        if old:
            old.close()
        if closed:
            kernel.close()
            raise Lost
        return kernel

    def _forget(self, symbols: str, kernel: Kernel) -> None:
        with self._lock:
            if self._kernels.get(symbols) is kernel:
                del self._kernels[symbols]
        kernel.close()

    def _drop(self, kernel: Kernel, warm: Warm) -> None:
        """Forget one warm process, which ends as its channel closes. The lock is held."""
        for name, one in list(kernel.warm.items()):
            if one is warm:
                del kernel.warm[name]
        warm.close()

    def _evict(self) -> None:
        """End what was unused longest until the rest fits; the newest stays."""
        sizes = self.memory()
        with self._lock:
            total = sum(sizes.values())
            for symbols, kernel in list(self._kernels.items()):
                newest = symbols == next(reversed(self._kernels))
                for exhibit, warm in list(kernel.warm.items()):
                    last = newest and exhibit == next(reversed(kernel.warm))
                    if total <= self.budget or warm.users or last:
                        continue
                    self._drop(kernel, warm)
                    total -= sizes.get(exhibit, 0)
                    log.info("exhibit no longer warm", exhibit=exhibit)
                if total > self.budget and not kernel.warm and not newest:
                    del self._kernels[symbols]
                    kernel.close()
                    total -= sizes.get(symbols, 0)
            self._crowded = total > self.budget


def _known(file: Path) -> dict[str, Any] | None:
    """The kernel configuration that was found on an image before, if there is one."""
    with contextlib.suppress(OSError, ValueError):
        known = json.loads(file.read_text("utf-8"))
        return known if isinstance(known, dict) else None
    return None


def _keep(file: Path, configuration: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    draft.write_text(json.dumps(configuration), "utf-8")
    draft.replace(file)
