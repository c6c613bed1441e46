"""A real scheduler and two real workers, as docs/operating.md starts them, with certificates on both sides."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from training.analysis.cluster import Cluster, there
from training.analysis.exhibit import ExhibitFiles
from training.analysis.job import Job, Limits
from training.analysis.outcome import Outcome
from training.analysis.place import Progress
from training.analysis.results import Result
from training.settings import ROOT

from .conftest import job_of

pytestmark = [pytest.mark.timeout(900), pytest.mark.cluster, pytest.mark.any_database]
STRANGER = """
import sys
from pathlib import Path
from training.analysis.cluster import Cluster
address, *files = sys.argv[1:]
authority, certificate, key, slips = map(Path, files)
Cluster(address, authority=authority, certificate=certificate, key=key, slips=slips, budget=1)
"""
DASK = [str(Path(sys.executable).with_name("dask"))]


@dataclass
class Site:
    """A scheduler, its workers by address, and the files of the authority."""

    address: str
    workers: dict[str, subprocess.Popen[bytes]]
    folder: Path

    def open(self) -> Cluster:
        folder = self.folder / "certificates"
        files = {"authority": folder / "ca.pem", "certificate": folder / "cert.pem", "key": folder / "key.pem"}
        return Cluster(self.address, **files, slips=self.folder / "slips", budget=2**31)


def certificates(folder: Path) -> list[str]:
    folder.mkdir()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    leaf = authority.issue_cert("127.0.0.1", "localhost")
    leaf.private_key_pem.write_to_path(folder / "key.pem")
    leaf.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    files = {"ca-file": "ca.pem", "cert": "cert.pem", "key": "key.pem"}
    return [word for name, file in files.items() for word in (f"--tls-{name}", str(folder / file))]


def wait_for_line(path: Path, text: str) -> str:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        for line in path.read_text().splitlines() if path.exists() else []:
            if text in line:
                return line
        time.sleep(0.05)
    raise AssertionError(path.read_text() if path.exists() else f"no {path}")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("cluster")
    tls = certificates(folder / "certificates")
    certificates(folder / "others")
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, *words: str) -> subprocess.Popen[bytes]:
        with (folder / f"{name}.log").open("wb") as log:
            program = [*DASK, *words, *tls, "--host", "127.0.0.1", "--no-dashboard"]
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            started.append(subprocess.Popen(program, cwd=folder, stdout=log, stderr=log, env=environment))
        return started[-1]

    start("scheduler", "scheduler", "--port", "0", "--protocol", "tls")
    address = "tls://" + wait_for_line(folder / "scheduler.log", "Scheduler at").split("tls://")[1].strip()
    workers = {}
    for name in ("one", "two"):
        words = ("--nthreads", "1", "--no-nanny", "--name", name, "--local-directory", str(folder / name))
        process = start(name, "worker", address, *words)
        line = wait_for_line(folder / f"{name}.log", "Start worker at")
        wait_for_line(folder / f"{name}.log", "Registered to")
        workers["tls://" + line.split("tls://")[1].strip()] = process
    yield Site(address, workers, folder)
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def cluster(site: Site) -> Iterator[Cluster]:
    opened = site.open()
    yield opened
    opened.close()


def test_a_run_is_worked_off_by_the_worker_of_its_exhibit(
    cluster: Cluster, files: ExhibitFiles, tmp_path: Path
) -> None:
    said: list[Progress] = []
    job = job_of(files, tmp_path, "linux.pslist")
    first = cluster.work(job, said.append, lambda: None)
    assert (first.state, first.reason) == ("complete", None)
    assert "limits" in first.layers
    with Result.open(job.result) as result:
        assert result.rows == first.rows > 0
    second = cluster.work(job_of(files, tmp_path, "linux.boottime"), said.append, lambda: None)
    assert second.state == "complete"
    hint = cluster._hint(job.exhibit)
    assert hint[0] in cluster.workers()
    assert cluster._hint(job.exhibit) == hint
    assert not list((cluster._slips).iterdir())


def test_a_run_is_ended_from_afar(cluster: Cluster, files: ExhibitFiles, tmp_path: Path) -> None:
    started = time.monotonic()
    reason = "it was ended by hand"
    job = job_of(files, tmp_path, "linux.kallsyms")
    outcome = cluster.work(job, lambda _progress: None, lambda: reason if time.monotonic() - started > 3 else None)
    assert (outcome.state, outcome.reason) == ("killed", reason)
    assert not job.result.exists()


def test_strangers_are_turned_away(site: Site) -> None:
    """In a process of its own, as a server that is turned away ends: dask leaves a thread of such a client behind."""
    files = [str(site.folder / "others" / name) for name in ("ca.pem", "cert.pem", "key.pem")]
    asked = [sys.executable, "-c", STRANGER, site.address, *files, str(site.folder / "slips")]
    done = subprocess.run(asked, cwd=ROOT, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert f"Refused: The cluster at {site.address} can't be reached" in done.stderr


def test_a_worker_is_shot_in_the_middle_of_a_run_and_the_run_completes_elsewhere(
    site: Site, cluster: Cluster, files: ExhibitFiles, tmp_path: Path
) -> None:
    plain = job_of(files, tmp_path, "linux.vmaregexscan", seconds=600.0)
    job = plain.model_copy(update={"options": {"pattern": "[a-z]{6}"}})  # many rows, from the first second on
    (busy,) = cluster._hint(job.exhibit)
    rows = threading.Event()

    def report(progress: Progress) -> None:
        if progress.rows:
            rows.set()

    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(cluster.work, job, report, lambda: None)
        assert rows.wait(300)
        site.workers[busy].send_signal(signal.SIGKILL)
        outcome: Outcome = future.result(600)
    assert (outcome.state, outcome.reason) == ("complete", None)
    assert busy not in cluster.workers()
    with Result.open(job.result) as result:
        assert result.rows == outcome.rows > 100_000


def test_a_worker_ends_what_nobody_waits_for(files: ExhibitFiles, tmp_path: Path) -> None:
    job = job_of(files, tmp_path, "linux.pslist").model_dump(mode="json")
    outcome = there(job, str(tmp_path / "no-slip"), 2**30)
    assert (outcome["state"], outcome["reason"]) == ("killed", "the server that asked for it is gone")


def test_limits_travel(files: ExhibitFiles, tmp_path: Path, cluster: Cluster) -> None:
    job = job_of(files, tmp_path, "linux.pslist", rows=5)
    assert Job.model_validate_json(job.model_dump_json()) == job
    outcome = cluster.work(job, lambda _progress: None, lambda: None)
    assert (outcome.state, outcome.rows) == ("partial", 5)
    assert Limits(rows=5).rows == 5
