"""More machines: runs are worked off by workers of a Dask cluster, behind the same words as this machine (class Place).

Exhibits and results lie on storage that all machines reach under the same path. Each run has a small folder there, its
slip: the worker notes its progress in it, and finds in it that the run shall end. Both sides of every connection show a
certificate of the cluster's own authority. The extra `cluster` brings the package that is needed.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import threading
import time
from concurrent.futures import CancelledError
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog

from training.analysis.job import Job
from training.analysis.outcome import LONGEST_REASON, Outcome
from training.analysis.place import Ended, Progress, Report
from training.analysis.work import Here
from training.errors import Refused

log = structlog.get_logger()

PACE = 0.25  # seconds between two looks at a slip
PROGRESS, END = "progress.json", "end.txt"
LONGEST = 4096  # bytes of a slip's file that are read


class Cluster:
    """A Dask cluster. `address` is that of its scheduler (tls://host:8786); `slips` a folder that all machines share.

    `authority`, `certificate` and `key` are PEM files. `budget` is the memory in bytes that warm processes of a worker
    may hold. Raises Refused when the cluster can't be reached.
    """

    def __init__(
        self, address: str, *, authority: Path, certificate: Path, key: Path, slips: Path, budget: int
    ) -> None:
        try:
            distributed: Any = import_module("distributed")  # an extra that one machine doesn't need
        except ImportError:
            raise Refused("A cluster needs the package distributed: pip install -r requirements-cluster.txt") from None
        files = {"tls_ca_file": authority, "tls_client_cert": certificate, "tls_client_key": key}
        security = distributed.Security(require_encryption=True, **{name: str(file) for name, file in files.items()})
        try:
            self._client: Any = distributed.Client(address, security=security, timeout=10, set_as_default=False)
        except (OSError, ValueError) as bad:
            raise Refused(f"The cluster at {address} can't be reached: {bad}") from None
        slips.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in slips.iterdir():  # of a server that was killed: its runs end when their slips are gone
            if not Path("/proc", left.name.split("-")[0]).exists():
                shutil.rmtree(left, ignore_errors=True)
        self._slips, self._budget = slips, budget

    def work(self, job: Job, report: Report, ended: Ended) -> Outcome:
        """Have one job worked off, on another worker too if the first one dies under it."""
        slip = self._slips / f"{os.getpid()}-{uuid4().hex}"
        slip.mkdir(mode=0o700)
        try:
            return self._followed(job, slip, report, ended)
        finally:
            shutil.rmtree(slip, ignore_errors=True)

    def close(self) -> None:
        """Let go of the cluster, which goes on without us."""
        self._client.close(timeout=5)

    def workers(self) -> list[str]:
        """Addresses of the workers that are there now."""
        return sorted(self._client.scheduler_info(n_workers=-1)["workers"])

    def _followed(self, job: Job, slip: Path, report: Report, ended: Ended) -> Outcome:
        future = self._client.submit(
            there, job.model_dump(mode="json"), str(slip), self._budget, key=f"run-{slip.name}", pure=False,
            workers=self._hint(job.exhibit), allow_other_workers=True,
        )  # fmt: skip
        last = Progress("waiting")
        report(last)
        while not self._ready(future):
            now = read(slip)
            if why := ended():
                if now is None:  # no worker has taken it
                    future.cancel(reason=why)
                    return Outcome(state="killed", reason=why)
                if not (slip / END).exists():
                    (slip / END).write_text(why, "utf-8")
            if now and now != last:
                last = now
                report(now)
        try:
            return Outcome.model_validate(future.result())
        except CancelledError:
            return Outcome(state="failed", reason="the cluster dropped the run; ask again")
        except Exception as bad:  # noqa: BLE001 - whatever a worker's death or its own failure raises here
            log.warning("cluster could not run it", plugin=job.plugin, error=repr(bad))
            reason = f"the cluster could not run it ({type(bad).__name__}); the server's log says more"
            return Outcome(state="failed", reason=reason[:LONGEST_REASON])

    @staticmethod
    def _ready(future: Any) -> bool:
        """Whether a future has ended; waits a moment for it."""
        deadline = time.monotonic() + PACE
        while not future.done() and time.monotonic() < deadline:
            time.sleep(PACE / 10)
        return bool(future.done())

    def _hint(self, exhibit: str) -> list[str]:
        """The worker that gets an exhibit's runs as long as it is there: its warm process is used again. Each worker
        draws a number for the exhibit, and the highest wins, so that one worker less moves only its own exhibits.
        """
        drawn = [(hashlib.sha256(f"{exhibit} {worker}".encode()).digest(), worker) for worker in self.workers()]
        return [max(drawn)[1]] if drawn else []


def read(slip: Path) -> Progress | None:
    """The progress that is noted in a slip."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError), (slip / PROGRESS).open("rb") as file:
        said = json.loads(file.read(LONGEST))
        return Progress(str(said["stage"])[:20], int(said["rows"]))
    return None


_here: Here | None = None
_opening = threading.Lock()


def there(job: dict[str, Any], slip: str, budget: int) -> dict[str, Any]:
    """On a worker: work one job off with warm processes of this worker's own."""
    global _here  # noqa: PLW0603 - one per worker process: its warm processes outlive a run
    with _opening:
        if _here is None:
            _here = Here(Path(tempfile.mkdtemp(prefix="engram-worker-")), budget)
    folder = Path(slip)
    _note(folder, Progress("running"))
    done = _here.work(Job.model_validate(job), lambda progress: _note(folder, progress), lambda: _why(folder))
    return done.model_dump(mode="json")


def _note(slip: Path, progress: Progress) -> None:
    draft = slip / f"{PROGRESS}-{threading.get_ident()}-{time.monotonic_ns()}"
    with contextlib.suppress(OSError):  # the server that asked is gone: nobody reads it
        draft.write_text(json.dumps({"stage": progress.stage, "rows": progress.rows}), "utf-8")
        draft.replace(slip / PROGRESS)


def _why(slip: Path) -> str | None:
    """Why the run shall end: what is written in its slip, or that the slip is gone with the server."""
    with contextlib.suppress(FileNotFoundError):
        return (slip / END).read_text("utf-8")[:LONGEST_REASON]
    return None if slip.is_dir() else "the server that asked for it is gone"
