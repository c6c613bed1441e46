"""Plant one fault at a time in a copy of the source tree, and see whether tests notice it.

The tree that is worked in is read and never written: what a signal or a crash leaves behind lies in a temporary folder.
"""

import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NoReturn, TypeVar

Thing = TypeVar("Thing")
Result = TypeVar("Result")
LIGHT_TIER = "not browser and not machine and not stock"
"""What `make test` runs, as an expression of markers."""
NOT_COPIED = shutil.ignore_patterns(
    *(".git", ".venv", ".hypothesis", ".mypy_cache", ".ruff_cache", ".pytest_cache", "__pycache__"),
    *("instance", "backups", "screenshots"),
)
PATIENCE = 900
"""Seconds that the tests of one fault may take before they count as hung."""


@dataclass(frozen=True)
class Edit:
    """A text that stands exactly once in a file, relative to the tree, and what to put in its place."""

    file: str
    text: str
    replacement: str

    def mistake_in(self, tree: Path) -> str | None:
        """Why this edit can't be made in a tree, if it can't."""
        path = tree / self.file
        if not path.is_file():
            return f"{self.file} doesn't exist"
        count = path.read_text("utf-8").count(self.text)
        if count != 1:
            return f"the text stands {count} times in {self.file}, not once"
        if self.replacement == self.text:
            return "the replacement is the text itself"
        if path.suffix == ".py":
            try:
                compile(self.applied_to(path.read_text("utf-8")), self.file, "exec")
            except SyntaxError as error:
                return f"{self.file} would not be Python any more: {error}"
        return None

    def applied_to(self, content: str) -> str:
        """The content of the file with the fault in it."""
        return content.replace(self.text, self.replacement)


@dataclass(frozen=True)
class Outcome:
    """How a run of tests ended: pytest's exit code (None when it hung) and its output."""

    code: int | None
    output: str

    @property
    def passed(self) -> bool:
        """All tests passed: a planted fault survived."""
        return self.code == 0

    @property
    def failed(self) -> tuple[str, ...]:
        """The tests that failed, by node id."""
        if self.code != 1:
            return ()
        lines = (line for line in self.output.splitlines() if line.startswith(("FAILED ", "ERROR ")))
        return tuple(line.partition(" ")[2].split(" - ")[0] for line in lines)


@dataclass
class Copy:
    """A copy of the source tree in which one fault is planted at a time."""

    tree: Path
    scratch: Path
    planted: int = 0
    running: subprocess.Popen[str] | None = field(default=None, repr=False)

    @contextmanager
    def with_fault(self, edit: Edit) -> Iterator[None]:
        """Hold one fault in this copy.

        Python takes compiled code for fresh when size and whole seconds of the source's time agree, so that each fault
        gets a second of its own, and the original its old one.
        """
        path = self.tree / edit.file
        original, stat = path.read_bytes(), path.stat()
        self.planted += 1
        path.write_text(edit.applied_to(original.decode()), "utf-8")
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + self.planted * 1_000_000_000))
        try:
            yield
        finally:
            path.write_bytes(original)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    def run(self, tests: Sequence[str], *, all_of_them: bool = False) -> Outcome:
        """Run tests of the light tier until the first of them fails, or all of them."""
        options = ["-q", "--tb=short", "-rfE", "-p", "no:randomly", "-m", LIGHT_TIER, f"--basetemp={self.scratch}"]
        command = [sys.executable, "-m", "pytest", *options, *([] if all_of_them else ["-x"]), *tests]
        hidden = ("PYTHONDONTWRITEBYTECODE", "ENGRAM_DATABASE_URL", "PYTEST_ADDOPTS")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", *hidden))}
        self.running = subprocess.Popen(
            command,
            cwd=self.tree,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            output, _ = self.running.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.end()
            output, _ = self.running.communicate()
            return Outcome(None, output)
        return Outcome(self.running.returncode, output)

    def end(self) -> None:
        """End the tests that are running, and what they started."""
        if self.running and self.running.poll() is None:
            os.killpg(self.running.pid, signal.SIGKILL)


class Copies:
    """As many copies of a tree as tests are to be run at a time."""

    def __init__(self, copies: list[Copy]) -> None:
        self._all = copies
        self._free: queue.SimpleQueue[Copy] = queue.SimpleQueue()
        for copy in copies:
            self._free.put(copy)

    def each(self, work: Callable[[Copy, Thing], Result], things: Sequence[Thing]) -> Iterator[tuple[Thing, Result]]:
        """Do the work for each thing on a copy that is free; things with their results, as soon as there are any."""

        def take(thing: Thing) -> Result:
            copy = self._free.get()
            try:
                return work(copy, thing)
            finally:
                self._free.put(copy)

        with ThreadPoolExecutor(len(self._all)) as threads:
            futures = {threads.submit(take, thing): thing for thing in things}
            try:
                for future in as_completed(futures):
                    yield futures[future], future.result()
            finally:
                for future in futures:
                    future.cancel()
                for copy in self._all:
                    copy.end()

    def __len__(self) -> int:
        return len(self._all)


@contextmanager
def copies_of(tree: Path, count: int) -> Iterator[Copies]:
    """Copies of a tree that are gone afterwards, also when the command is interrupted or told to end."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as folder:
            made = []
            for number in range(count):
                target = Path(folder) / f"tree{number}"
                shutil.copytree(tree, target, ignore=NOT_COPIED, symlinks=True)
                made.append(Copy(target, Path(folder) / f"t{number}"))
            yield Copies(made)
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
