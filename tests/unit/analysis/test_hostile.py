"""Images that are damaged or made to mislead, and plugins that go wild: each ends in the right state, the server
answers all the while, and nothing is left running.
"""

import contextlib
import hashlib
import json
import lzma
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.unit.analysis.conftest import job_of
from tests.unit.analysis.test_engine import wait_for, warm
from training.analysis import processes
from training.analysis.exhibit import ExhibitFiles
from training.analysis.outcome import Outcome
from training.analysis.results import Result, as_csv
from training.analysis.work import Here

BAD_ISLAND = "training.analysis.volatility.tests.hostile_plugins"
KERNEL_HALF = 0xFFFF << 48  # what addresses of the kernel have above the 48 bits that rows show
DIRECT_MAP = 0x888000000000  # where this kernel has all physical memory, in these 48 bits
NO_KERNEL = "no Linux kernel was found in the image: it is damaged, cut short, or not a memory image of Linux"
ANSWERS_WITHIN = 10.0  # seconds: a server that stands still never answers; a busy machine may be slow

Run = Callable[..., Outcome]

pytestmark = pytest.mark.any_database


def running() -> set[int]:
    """Processes below this one, and wild ones wherever they are."""
    parents, found = {}, {os.getpid()}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # ended meanwhile
            state, parent = (entry / "stat").read_text("ascii", "replace").rpartition(") ")[2].split()[:2]
            line = (entry / "cmdline").read_bytes().decode("utf-8", "replace")
            if state != "Z":
                parents[int(entry.name)] = int(parent)
                found |= {int(entry.name)} if BAD_ISLAND in line else set()
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


# ------------------------------------------------------------------------------------------------ images


@pytest.fixture
def run(here: Here, files: ExhibitFiles, tmp_path: Path) -> Run:
    """Run a plugin on an image; its result is at `tmp_path / "<plugin>.db"`."""

    def made(image: Path, plugin: str, **limits: float) -> Outcome:
        digest = hashlib.sha256(str(image).encode()).hexdigest()
        job = job_of(replace(files, image=image, sha256=digest), tmp_path, plugin, **limits)
        return here.work(job, lambda _progress: None, lambda: None)

    return made


def rows_of(tmp_path: Path, plugin: str) -> list[dict[str, Any]]:
    with Result.open(tmp_path / f"{plugin}.db") as result:
        return result.all()


@pytest.mark.parametrize(
    ("name", "content"),
    [("zeros", bytes(2**20)), ("random", random.Random(1).randbytes(2**23)), ("nothing", b""), ("one", b"\x7f")],  # noqa: S311 - no secret
    ids=["zeros", "random bytes", "nothing", "one byte"],
)
def test_an_image_without_a_kernel(run: Run, tmp_path: Path, name: str, content: bytes) -> None:
    image = tmp_path / name
    image.write_bytes(content)
    found = run(image, "linux.pslist")
    assert (found.state, found.reason) == ("failed", NO_KERNEL)
    general = run(image, "banners")  # it needs no kernel
    assert (general.state, general.rows) == ("complete" if content else "partial", 0)
    if not content:
        assert "nothing to scan" in (general.reason or "")


@pytest.mark.parametrize("tenths", [1, 5, 9])
def test_a_truncated_image(run: Run, files: ExhibitFiles, tmp_path: Path, tenths: int) -> None:
    whole = files.image.read_bytes()
    image = tmp_path / "cut.raw"
    image.write_bytes(whole[: len(whole) * tenths // 10])
    for plugin in ("linux.pslist", "linux.psscan", "linux.lsof", "linux.pagecache.Files"):
        found = run(image, plugin, seconds=100)
        assert found.state in {"partial", "failed"}  # never whole
        assert found.reason
        if tenths == 1:
            assert (found.state, found.reason) == ("failed", NO_KERNEL)
        elif found.state == "partial":
            assert "cut short" in found.reason or "stopped after" in found.reason


def test_a_sparse_file_of_ten_gigabytes(files: ExhibitFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def work(files: ExhibitFiles, plugin: str) -> Outcome:
        return here.work(job_of(files, tmp_path, plugin), lambda _progress: None, lambda: None)

    before = running()
    here = Here(tmp_path / "cache", 2**31)
    assert work(files, "linux.boottime").state == "complete"  # loading the symbols may take longer than what follows
    standing, kernels = running(), dict(here.pool._kernels)
    image = tmp_path / "sparse.raw"
    with image.open("wb") as file:
        file.truncate(10 * 2**30)
    with monkeypatch.context() as hurry:
        hurry.setattr(processes, "PATIENCE", 3.0)  # looking for a kernel in all of it takes minutes
        began = time.monotonic()
        found = work(replace(files, image=image, sha256="9" * 64), "linux.pslist")
    assert (found.state, found.reason) == ("failed", "no kernel was found in the image within 3 seconds")
    assert time.monotonic() - began < 60
    wait_for(lambda: running() <= standing)  # the search is over
    assert work(replace(files, sha256="8" * 64), "linux.boottime").state == "complete"
    assert work(files, "linux.boottime").state == "complete"
    assert here.pool._kernels == kernels, "on the same kernel process"
    here.close()
    wait_for(lambda: running() <= before)


@dataclass(frozen=True)
class Layout:
    """Where things lie in the exhibit: tasks by PID, fields of a task; and seven programs that were started one
    after the other, by PID.
    """

    tasks: dict[int, int]
    fields: dict[str, int]
    seven: tuple[int, ...]


@pytest.fixture(scope="module")
def layout(here: Here, files: ExhibitFiles, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    folder = tmp_path_factory.mktemp("layout")
    job = job_of(files, folder, "linux.psscan")
    assert here.work(job, lambda _progress: None, lambda: None).state == "complete"
    rows = [row for row in rows_of(folder, "linux.psscan") if row["PID"] == row["TID"]]
    tasks = {row["PID"]: row["OFFSET (P)"] for row in rows}
    programs = (row["PID"] for row in rows if row["EXIT_STATE"] == "TASK_RUNNING" and row["PPID"] not in (0, 2))
    seven = tuple(sorted(programs)[-7:])
    [symbols] = (files.symbols / "linux").glob("*.json.xz")
    with lzma.open(symbols) as file:
        fields = json.load(file)["user_types"]["task_struct"]["fields"]
    return Layout(tasks, {name: fields[name]["offset"] for name in ("comm", "tasks", "real_parent", "pid")}, seven)


class Patched:
    """A copy of the exhibit in which fields of tasks are changed."""

    def __init__(self, layout: Layout, files: ExhibitFiles, target: Path) -> None:
        self.layout, self.target = layout, target
        self.image = bytearray(files.image.read_bytes())

    def name(self, pid: int, name: bytes) -> None:
        """Call a process something else."""
        self.put(pid, "comm", name.ljust(16, b"\0"))

    def address(self, pid: int, field: str | None = None) -> int:
        """Where the kernel has a task, or a field of it."""
        return (KERNEL_HALF | DIRECT_MAP) + self.layout.tasks[pid] + (self.layout.fields[field] if field else 0)

    def save(self) -> Path:
        """Write it."""
        self.target.write_bytes(self.image)
        return self.target

    def put(self, pid: int, field: str, content: bytes, further: int = 0) -> None:
        """Write something over a field, or `further` bytes behind its beginning."""
        at = self.layout.tasks[pid] + self.layout.fields[field] + further
        self.image[at : at + len(content)] = content


@pytest.fixture
def patched(layout: Layout, files: ExhibitFiles, tmp_path: Path) -> Patched:
    made = Patched(layout, files, tmp_path / "patched.raw")
    for pid in (1, 2):
        at = layout.tasks[pid] + layout.fields["pid"]
        assert int.from_bytes(made.image[at : at + 4], "little") == pid, "the fields are not where they should be"
    return made


NAMES: tuple[tuple[bytes, str | None], ...] = (
    (b"<script>alert(1", "<script>alert(1"),
    (b"\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
    (b"a\xe2\x80\xaefdp.exe", "a\u202efdp.exe"),
    (b"=cmd|'/C c'!A0", "=cmd|'/C c'!A0"),
    (b"two\nlines\tx", "two\nlines\tx"),
    (b"\xff\xfe\xc3(\x80", None),
    (b"%s{{7*7}}${x}", "%s{{7*7}}${x}"),
)
"""Names as bytes, and as rows must have them (None where the bytes are no text)."""


def test_names_that_want_to_be_more_than_names(run: Run, patched: Patched, tmp_path: Path) -> None:
    called = dict(zip((1, 2, *patched.layout.seven), NAMES, strict=False))
    for pid, (name, _) in called.items():
        patched.name(pid, name)
    found = run(patched.save(), "linux.pslist")
    assert (found.state, found.reason) == ("complete", None)
    named = {row["PID"]: row["COMM"] for row in rows_of(tmp_path, "linux.pslist")}
    for pid, (_, text) in called.items():
        assert text is None or named[pid] == text
    with Result.open(tmp_path / "linux.pslist.db") as result:
        place = [column.name for column in result.columns].index("COMM")
        shown = {row.cells[1]: row.shown(result.columns)[place] for row in result}
        exported = "".join(as_csv(result))
    for pid in called:
        assert not any(char in shown[pid] for char in "\x1b\u202e\n\t\x00"), "it would act on a terminal or a page"
    assert "'=cmd|" in exported
    assert not any(line.split(",")[0].startswith("=") for line in exported.splitlines())


def test_a_list_that_runs_in_a_circle(run: Run, patched: Patched, tmp_path: Path) -> None:
    behind, one, other, before, later, *_ = patched.layout.seven  # what lies between two is cut off, from both ends
    patched.put(behind, "tasks", patched.address(1, "tasks").to_bytes(8, "little"))
    patched.put(before, "tasks", patched.address(later, "tasks").to_bytes(8, "little"), further=8)
    found = run(patched.save(), "linux.pslist", seconds=60)
    pids = [row["PID"] for row in rows_of(tmp_path, "linux.pslist")]
    assert found.state == "complete"
    assert len(pids) == len(set(pids))
    assert {1, behind, before, later} <= set(pids)
    assert not {one, other} & set(pids)


def test_parents_that_run_in_a_circle(run: Run, patched: Patched) -> None:
    patched.put(1, "real_parent", patched.address(patched.layout.seven[-1]).to_bytes(8, "little"))  # its own descendant
    found = run(patched.save(), "linux.pstree", seconds=60)
    assert found.state in {"complete", "partial", "failed"}
    assert (found.reason is None) == (found.state == "complete")
    assert found.rows < 1000


def test_a_list_that_leads_nowhere(run: Run, patched: Patched, tmp_path: Path) -> None:
    nowhere = (KERNEL_HALF | 0xDEAD00000000).to_bytes(8, "little")
    behind, one, other, before, *_ = patched.layout.seven
    patched.put(behind, "tasks", nowhere)
    patched.put(before, "tasks", nowhere, further=8)
    found = run(patched.save(), "linux.pslist", seconds=60)
    assert found.state in {"complete", "partial"}
    pids = {row["PID"] for row in rows_of(tmp_path, "linux.pslist")}
    assert {1, behind, before} <= pids
    assert not {one, other} & pids


# ------------------------------------------------------------------------------------------------ plugins


@contextmanager
def answering(app: Flask) -> Iterator[list[float]]:
    """Ask the application all the while; seconds of each answer."""
    took: list[float] = []
    over = threading.Event()

    def ask() -> None:
        client = app.test_client()
        while not over.is_set():
            began = time.monotonic()
            assert client.get("/sign-in").status_code == 200
            took.append(time.monotonic() - began)
            over.wait(0.05)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield took
    finally:
        over.set()
        asking.join()


@pytest.fixture
def wild(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Here]:
    """A place of its own whose plugins are wild."""
    monkeypatch.setattr(processes, "ISLAND", BAD_ISLAND)
    made = Here(tmp_path / "cache", 2**31)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("plugin", "state", "reason", "limits"),
    [
        ("linux.boottime", "killed", "the run took more than 200 MiB of memory and was ended", {"memory": 200 * 2**20}),
        ("linux.iomem", "failed", "0 forks were made", {}),
        ("linux.vmcoreinfo", "killed", "the run took longer than 2 seconds and was ended", {"seconds": 2}),
        ("linux.kmsg", "killed", "the run took longer than 2 seconds and was ended", {"seconds": 2}),
        ("linux.mountinfo", "failed", "os.kill is not allowed while a plugin runs", {}),
    ],
    ids=["eats memory", "forks", "sleeps", "spins", "shoots"],
)
def test_a_plugin_that_goes_wild(
    wild: Here, files: ExhibitFiles, tmp_path: Path, app: Flask, plugin: str, state: str, reason: str,
    limits: dict[str, float],
) -> None:  # fmt: skip
    def work(name: str, folder: Path, **narrow: float) -> Outcome:
        return wild.work(job_of(files, folder, name, **narrow), lambda _progress: None, lambda: None)

    before = running()
    assert work("linux.pslist", tmp_path).state == "complete"
    standing = running()
    held = warm(wild)
    with answering(app) as took, ThreadPoolExecutor(2) as executor:
        bad = executor.submit(work, plugin, tmp_path / "bad", **limits)
        others: list[Outcome] = []
        while not bad.done() or not others:  # the exhibit is there for everybody else meanwhile
            others.append(work("linux.pslist", tmp_path / "good"))
        ended = bad.result()
    assert (ended.state, reason in (ended.reason or "")) == (state, True), ended
    assert not (tmp_path / "bad" / f"{plugin}.db").exists()
    assert {(one.state, one.rows) for one in others} == {("complete", others[0].rows)}
    assert others[0].rows > 50
    assert warm(wild) == held, "the process that holds the exhibit is still the same"
    wait_for(lambda: running() <= standing)
    assert took
    assert max(took) < ANSWERS_WITHIN
    wild.close()
    wait_for(lambda: running() <= before)
