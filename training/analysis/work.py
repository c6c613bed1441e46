"""One run on this machine: a fork of the exhibit's warm process makes rows, a fork of the scribe keeps them, and this
side watches both, ends them at a limit, and says how it went.

Every thread that works here only waits. A run that is ended is killed with everything that it started, by the process
number that the operating system itself attached to its first packet.
"""

import contextlib
import os
import selectors
import shutil
import signal
import socket
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from pydantic import ValidationError

from training.analysis import channel
from training.analysis.job import MIB, Job
from training.analysis.outcome import LONGEST_REASON, Outcome
from training.analysis.place import Ended, Progress, Report
from training.analysis.pool import Pool
from training.analysis.processes import EndedEarly, Kernel, Lost, Unusable, Warm
from training.analysis.sandbox import launch
from training.analysis.sandbox.limits import OUT_OF_TIME
from training.analysis.scribe import CUT_OFF, Scribe

log = structlog.get_logger()

PACE = 0.05  # seconds between two looks at memory and time
TRIES = 2  # a run whose warm process died is tried once more
START = 30.0  # seconds until a fork must have said hello
PAGE = os.sysconf("SC_PAGE_SIZE")


class Here:
    """This machine. `cache` is a private folder for its processes, `budget` bytes that warm processes may hold."""

    def __init__(self, cache: Path, budget: int) -> None:
        self.pool = Pool(cache, budget)
        self._scribe = Scribe()

    def work(self, job: Job, report: Report, ended: Ended) -> Outcome:
        """Work one job off; where the warm process dies under it, once more on a new one."""
        for _ in range(TRIES):
            reason = ended()
            if reason:
                return Outcome(state="killed", reason=reason)
            if not self.pool.holds(job):
                report(Progress("preparing"))
            try:
                with self.pool.kept(job, ended) as (warm, kernel):
                    return _Run(job, warm, kernel, self._scribe, report, ended).outcome()
            except EndedEarly as early:
                return Outcome(state="killed", reason=str(early)[:LONGEST_REASON])
            except Unusable as bad:
                return Outcome(state="failed", reason=bad.message[:LONGEST_REASON])
            except Lost:
                log.warning("run lost its warm process", plugin=job.plugin, exhibit=job.exhibit)
        return Outcome(
            state="failed", reason="the process that holds the exhibit ended twice under this run; ask again"
        )

    def close(self) -> None:
        """End all processes."""
        self.pool.close()
        self._scribe.close()


@dataclass(slots=True)
class _Run:
    """One try of one job."""

    job: Job
    warm: Warm
    kernel: Kernel
    scribe: Scribe
    report: Report
    ended: Ended
    work: Path = field(init=False)
    started: float = field(default_factory=time.monotonic)
    handle: int = -1  # pidfd of the fork
    pid: int = 0
    shared: int = 0  # resident bytes at its start: what it shares with the warm process
    layers: tuple[str, ...] = ()
    status: int | None = None
    peak: int = 0
    refused: str = ""
    ending: str = ""  # why it was ended by us
    rows: int = 0
    written: Outcome | None = None

    def outcome(self) -> Outcome:
        """From the request to the end. Raises Lost when the warm process died under it."""
        self.work = Path(tempfile.mkdtemp(prefix="run-", dir=self.kernel.folder))
        launch.hand_over(self.work)
        try:
            self._watch()
        finally:
            self._kill()
            if self.handle >= 0:
                os.close(self.handle)
            shutil.rmtree(self.work, ignore_errors=True)
        return self._judged().model_copy(
            update={"seconds": round(time.monotonic() - self.started, 3), "layers": self.layers, "peak": self.peak}
        )

    def _watch(self) -> None:
        line, theirs = channel.pair()
        made, making = channel.pair()
        rows, out = os.pipe()
        with line, made, selectors.DefaultSelector() as waiting:
            try:
                with theirs, making:
                    self.scribe.write(self.job, self.work, rows, making.fileno())
                    self.warm.run(self._request(), out, theirs.fileno())
            finally:
                os.close(rows)
                os.close(out)
            waiting.register(line, selectors.EVENT_READ, self._heard)
            waiting.register(made, selectors.EVENT_READ, self._written)
            while waiting.get_map():
                for key, _ in waiting.select(PACE):
                    if not key.data(key.fileobj):
                        waiting.unregister(key.fileobj)
                self._limits()

    def _request(self) -> dict[str, Any]:
        job, limits = self.job, self.job.limits
        return {
            "plugin": job.plugin,
            "options": job.options,
            "work": str(self.work),
            "limits": {
                "rows": limits.rows,
                "cell_chars": limits.cell_chars,
                "seconds": max(1, round(limits.seconds)),
                "memory": limits.memory,
            },
        }

    def _heard(self, line: socket.socket) -> bool:
        """A packet of the run or of the warm process above it; whether there may be another one."""
        packet = _received(line)
        if packet is None:
            if self.status is None and not self.refused:
                self.warm.lost = True
            return False
        channel.close(packet.files)
        said = packet.said
        if "hello" in said:
            self._begun(packet.sender, said["hello"])
        elif "refused" in said:
            self.refused = str(said["refused"])
        elif "status" in said:
            self.status, self.peak = int(said["status"]), int(said.get("peak", 0))
        return True

    def _begun(self, pid: int, layers: Any) -> None:
        self.layers = tuple(str(layer)[:40] for layer in layers)[:20] if isinstance(layers, list) else ()
        self.pid, self.shared = pid, resident(pid)
        with contextlib.suppress(OSError):
            self.handle = os.pidfd_open(pid)
        self.report(Progress("running"))
        if self.ending:
            self._kill()

    def _written(self, made: socket.socket) -> bool:
        """A packet of the writer; whether there may be another one."""
        packet = _received(made)
        if packet is None:
            return False
        if set(packet.said) == {"rows"}:
            self.rows = int(packet.said["rows"])
            self.report(Progress("running", self.rows))
            return True
        with contextlib.suppress(ValidationError):
            self.written = Outcome.model_validate(packet.said)
        self._kill()  # whatever it still wants to say: the result is closed
        return False

    def _limits(self) -> None:
        """End the run where it went too far. Raises Lost when nothing was forked in time."""
        if self.written is not None or self.refused or self.status is not None:
            return
        used = time.monotonic() - self.started
        if not self.pid and used > START:
            self.warm.lost = True
            raise Lost
        if self.ending:
            return
        if used > self.job.limits.seconds:
            self._end(f"the run took longer than {self.job.limits.seconds:g} seconds and was ended")
        elif self.pid and resident(self.pid) - self.shared > self.job.limits.memory:
            self._end(f"the run took more than {self.job.limits.memory // MIB} MiB of memory and was ended")
        elif reason := self.ended():
            self._end(reason)

    def _end(self, reason: str) -> None:
        """End it now, or as soon as it says hello."""
        self.ending = reason
        self._kill()

    def _kill(self) -> None:
        """Kill the fork, and with it its process group or, where it has one, its whole PID namespace."""
        if self.handle < 0 or self.status is not None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)

    def _judged(self) -> Outcome:
        """What the writer made of the rows, corrected by how the run itself ended."""
        written = self.written
        if written is not None and written.reason != CUT_OFF:
            return written
        if self.refused:
            return Outcome(state="failed", reason=self.refused[:LONGEST_REASON])
        rows = written.rows if written else self.rows
        if self.ending:
            return Outcome(state="killed", reason=self.ending, rows=rows)
        if self.warm.lost:
            raise Lost
        if self.status == OUT_OF_TIME or (self.status or 0) < 0:
            return Outcome(state="killed", reason=_ended_by(self.status, self.job.limits.seconds), rows=rows)
        if written is None:
            return Outcome(state="failed", reason="the process that writes the result ended early; ask again")
        return Outcome(state="failed", reason=f"the run ended early with status {self.status} after {rows} rows")


def _ended_by(status: int | None, seconds: float) -> str:
    """What ended a run that we did not end: a signal, by its negative number, or the end of its processor time."""
    if status in {OUT_OF_TIME, -signal.SIGXCPU}:
        return f"the run used more than {round(seconds)} seconds of processor time and was ended"
    return f"the run was ended by {signal.Signals(-(status or 0)).name}; the server may be short of memory"


def _received(line: socket.socket) -> channel.Packet | None:
    with contextlib.suppress(OSError, ValueError):
        return channel.receive(line)
    return None


def resident(pid: int) -> int:
    """Bytes of a process that are in memory now; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * PAGE
    except (OSError, IndexError, ValueError):
        return 0
