"""Kernel and warm processes of one machine, kept while memory allows: one per symbol file, one per exhibit.

Processes are ended whole, the longest unused first, when the budget is reached. Where a kernel lies in an image is kept
for the next time.
"""

import contextlib
import json
import os
import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from training.analysis.job import MIB, Job
from training.analysis.place import Ended
from training.analysis.processes import PACE, EndedEarly, Kernel, Lost, Warm, memory_of

log = structlog.get_logger()


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
                with self._lock:
                    kernel.opening += 1
            try:
                return kernel, self._open(kernel, job, ended)
            finally:
                with self._lock:
                    kernel.opening -= 1

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
                if total > self.budget and not (kernel.warm or kernel.opening or newest):
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
