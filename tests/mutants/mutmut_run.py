"""One run of mutmut on some modules, in a folder of its own, and what came of it."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

from tests.mutants.planting import LIGHT_TIER, NOT_COPIED

KILLED = ("killed", "timeout")
"""A mutant that never ends is noticed by the time limit of a test."""
SENTENCES = [r"\b(phrase|counted)\(", r'^\s*"[^"]* [^"]*",?\)*$']
"""Lines that hold sentences for people, which are not mutated: tests/unit/web/test_translations.py compares each of
them with the catalogues, and a changed one fails there."""
DEEPER = Path(__file__).with_name("deeper.py")
OWN = ("training", "tests", "pyproject.toml", ".mutants")
"""What mutmut itself copies or mutates; all else of the tree is shared by all parts."""


@dataclass(frozen=True)
class Survivor:
    """A mutant that no test killed."""

    module: str
    function: str
    before: str
    after: str
    status: str

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What tells it from others, whatever its number is."""
        return self.module, self.function, self.before, self.after


@dataclass
class Run:
    """mutmut on `files` of a tree, some or all of those that are mutated in a folder, which is kept between runs."""

    tree: Path
    folder: Path
    files: list[str]
    mutated: list[str]
    tests: Sequence[str]

    def make(self, jobs: int, *, fresh: bool = False) -> str:
        """Run mutmut, or go on with a run that was broken off; why it didn't, if it didn't.

        What survived before is tried again when tests have changed.
        """
        if fresh:
            shutil.rmtree(self.folder, ignore_errors=True)
        self._furnish()
        self._forget_survivors()
        environment = {name: value for name, value in os.environ.items() if name != "ENGRAM_DATABASE_URL"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment["PYTHONPATH"] = str(DEEPER.parent)
        command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", str(jobs)]
        if self.files != self.mutated:
            command += [f"{module_of(file)}.*" for file in self.files]
        log = self.folder / "log"
        with log.open("wb") as out:
            done = subprocess.run(command, cwd=self.folder, env=environment, stdout=out, stderr=out, check=False)
        if done.returncode:
            last = log.read_text("utf-8", "replace")[-2000:]
            return f"exit code {done.returncode}; the end of {log}:\n{last}"
        return ""

    def _furnish(self) -> None:
        """Lay out what mutmut needs: sources and tests by a link, the rest of the tree as a copy that parts share."""
        within, shared = self.folder / "mutants", self.folder.parent / "tree"
        within.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(shared, ignore_errors=True)
        shared.mkdir()
        for path in self.tree.iterdir():
            if path.name not in {*OWN, *NOT_COPIED(str(self.tree), [path.name])}:
                copy = shutil.copytree if path.is_dir() else shutil.copyfile
                copy(path, shared / path.name)
                _link(shared / path.name, within / path.name)
        for name in ("training", "tests"):
            _link(self.tree / name, self.folder / name)
        shutil.rmtree(within / "tests", ignore_errors=True)
        _drop_stale(within / "training", self.tree / "training")
        settings = {
            "source_paths": ["training"],
            "only_mutate": self.mutated,
            "pytest_add_cli_args_test_selection": list(self.tests),
            "pytest_add_cli_args": ["-m", LIGHT_TIER, "-p", DEEPER.stem],
            "do_not_mutate_patterns": SENTENCES,
            "use_git_change_detection": False,
            "process_isolation": "forkserver",
        }
        lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
        base = (self.tree / "pyproject.toml").read_text("utf-8")
        (self.folder / "pyproject.toml").write_text("\n".join([base, "[tool.mutmut]", *lines, ""]), "utf-8")

    def _forget_survivors(self) -> None:
        """Where tests have changed, forget what they reach and what survived them."""
        total = hashlib.sha256()
        for path in sorted((self.tree / "tests").rglob("*.py")):
            total.update(path.read_bytes())
        mark, known = self.folder / "tests.sha256", total.hexdigest()
        if mark.is_file() and mark.read_text("utf-8") == known:
            return
        (self.folder / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)
        for file in (self.folder / "mutants" / "training").rglob("*.meta"):
            meta = json.loads(file.read_text("utf-8"))
            codes = meta["exit_code_by_key"]
            meta["exit_code_by_key"] = {
                name: code if status_by_exit_code[code] in KILLED else None for name, code in codes.items()
            }
            file.write_text(json.dumps(meta), "utf-8")
        mark.write_text(known, "utf-8")

    @cached_property
    def verdicts(self) -> dict[str, tuple[str, str]]:
        """Each mutant with its file and what became of it, in mutmut's words."""
        found: dict[str, tuple[str, str]] = {}
        for name in self.files:
            meta = self.folder / "mutants" / f"{name}.meta"
            if meta.is_file():
                codes = json.loads(meta.read_text("utf-8"))["exit_code_by_key"]
                found |= {mutant: (name, status_by_exit_code[code]) for mutant, code in codes.items()}
        return found

    @property
    def total(self) -> int:
        """All mutants."""
        return len(self.verdicts)

    @property
    def killed(self) -> int:
        """Those that a test killed."""
        return sum(status in KILLED for _, status in self.verdicts.values())

    @property
    def untried(self) -> int:
        """Those that a run which was broken off did not come to."""
        waiting = ("not checked", "check was interrupted by user")
        return sum(status in waiting for _, status in self.verdicts.values())

    @cached_property
    def survivors(self) -> list[Survivor]:
        """Those that were tried, and that nothing killed."""
        waiting = (*KILLED, "not checked", "check was interrupted by user")
        with contextlib.chdir(self.folder):
            return [
                _survivor(mutant, file, status)
                for mutant, (file, status) in self.verdicts.items()
                if status not in waiting
            ]


def module_of(file: str) -> str:
    """The name by which a file of a tree is imported."""
    return file.removesuffix(".py").replace("/", ".")


def _survivor(mutant: str, file: str, status: str) -> Survivor:
    lines = get_diff_for_mutant(mutant, path=file).splitlines()
    changed = [line for line in lines if line[:1] in "+-" and not line.startswith(("---", "+++"))]
    before, after = (" / ".join(line[1:].strip() for line in changed if line[0] == sign) for sign in "-+")
    function = (
        mutant.rpartition(".")[2].partition("__mutmut_")[0].removeprefix("x_").replace("xǁ", "").replace("ǁ", ".")
    )
    return Survivor(module_of(file), function, before, after, status)


def _link(target: Path, link: Path) -> None:
    if not link.is_symlink():
        link.symlink_to(target.resolve())


def _drop_stale(copy: Path, source: Path) -> None:
    """Take out of a copy what is not in the source any more, and what mutmut would not copy anew."""
    for path in list(_files(copy)):
        there = source / path.relative_to(copy)
        generated = path.suffix in {".meta", ".spans"} or "__pycache__" in path.parts
        if not generated and (path.suffix != ".py" or not there.is_file()):
            path.unlink()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else iter(())
