"""Let mutmut mutate what must not be wrong, part by part; what survives has to be explained.

    python -m tests.mutants.generated [--jobs N] [--fresh] [PART or MODULE ...]

Parts stand in parts.toml, explanations in explained/, a file for each part. mutmut works in a folder of its own,
.mutants/<part>, and a run that was broken off goes on where it stopped. Exit code 0: of each part at least 90 % of the
mutants were killed, and nothing survived that isn't explained, beyond what parts.toml still allows. 1 otherwise.
"""

import argparse
import os
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

import click

from tests.mutants.mutmut_run import Run, Survivor, module_of

TREE = Path(__file__).resolve().parents[2]
PARTS, EXPLAINED = (Path(__file__).with_name(name) for name in ("parts.toml", "explained"))
ENOUGH = 90
"""Percent of the mutants that have to be killed."""


@dataclass(frozen=True)
class Part:
    """Modules that are mutated together, and the tests that are run for them."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]
    unexplained: int

    def files(self, tree: Path) -> list[str]:
        """Its files, relative to the tree."""
        found = {path for pattern in self.modules for path in (tree / "training").glob(pattern)}
        return sorted(path.relative_to(tree).as_posix() for path in found)


@dataclass(frozen=True)
class Explanation:
    """Why survivors of one line are no faults: each way in which it was mutated, and the reason that they share."""

    module: str
    function: str
    before: str
    after: tuple[str, ...]
    reason: str

    @property
    def survivors(self) -> list[tuple[str, str, str, str]]:
        """What it explains."""
        return [(self.module, self.function, self.before, after) for after in self.after]


def read_parts(file: Path) -> list[Part]:
    """The parts of a table. Raises ValueError or TypeError for an entry that is none."""
    entries = tomllib.loads(file.read_text("utf-8")).get("part", [])
    parts = [Part(**{**each, "modules": tuple(each["modules"]), "tests": tuple(each["tests"])}) for each in entries]
    if len({part.name for part in parts}) < len(parts):
        msg = f"{file.name} names a part twice"
        raise ValueError(msg)
    return parts


def read_explanations(folder: Path) -> list[Explanation]:
    """The explanations of a folder. Raises ValueError or TypeError for an entry that is none, or says nothing."""
    found = []
    for file in sorted(folder.glob("*.toml")):
        for entry in tomllib.loads(file.read_text("utf-8")).get("explained", []):
            each = Explanation(**{**entry, "after": tuple(entry.get("after", ()))})
            if not each.reason.strip() or not each.after:
                msg = f"{file.name}: {each.module} {each.function}: name what it was mutated to, and give a reason"
                raise ValueError(msg)
            found.append(each)
    return found


def chosen(parts: list[Part], asked: list[str], tree: Path) -> list[tuple[Part, list[str]]]:
    """The parts that are asked for, with the files of each: all, those of a name, or what holds a module or package.

    Raises:
        ValueError: there is no such part, and no part holds such a module.
    """
    if not asked:
        return [(part, part.files(tree)) for part in parts]
    found: dict[Part, list[str]] = {}
    for word in asked:
        path = word.replace(".", "/")
        held = {
            part: part.files(tree) if part.name == word else [file for file in part.files(tree) if _within(file, path)]
            for part in parts
        }
        if not any(held.values()):
            msg = f"{word} is no part, and no part holds a module of this name"
            raise ValueError(msg)
        for part, files in held.items():
            found.setdefault(part, []).extend(files)
    return [(part, sorted(set(files))) for part, files in found.items() if files]


def _within(file: str, path: str) -> bool:
    return file == f"{path}.py" or file.startswith(f"{path}/")


def judge(part: Part, run: Run, explanations: list[Explanation], *, whole: bool) -> list[str]:
    """What keeps a part from passing; each in a line. Without `whole` only some of its modules were mutated."""
    explained = {one for each in explanations for one in each.survivors}
    survivors = run.survivors
    open_ones = [each for each in survivors if each.identity not in explained]
    faults = [f"not tried: {run.untried} mutants; run it again to go on"] if run.untried else []
    if run.total and run.killed * 100 < ENOUGH * run.total:
        faults.append(f"{run.killed} of {run.total} mutants were killed: fewer than {ENOUGH} %")
    if len(open_ones) > part.unexplained:
        faults.append(f"{len(open_ones)} survivors are neither killed nor explained; {part.unexplained} are allowed")
    if whole and len(open_ones) < part.unexplained and not run.untried:
        faults.append(f"only {len(open_ones)} survivors are left: lower `unexplained` of {part.name} to that")
    there = {each.identity for each in survivors}
    modules = {module_of(file) for file in run.files}
    stale = sorted(one for one in explained if one[0] in modules and one not in there)
    faults += [f"stale explanation: {' '.join(one[:2])}: {one[2]} -> {one[3]}" for one in stale if not run.untried]
    return faults


def show(survivors: list[Survivor], explanations: list[Explanation]) -> None:
    """List the survivors that are not explained, as entries that can be filled in."""
    explained = {one for each in explanations for one in each.survivors}
    for each in survivors:
        if each.identity not in explained:
            click.echo(f"  {each.status}: {each.module} {each.function}\n    - {each.before}\n    + {each.after}")


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants.generated", description=__doc__)
    parser.add_argument("asked", nargs="*", metavar="PART", help="parts, modules or packages; all without any")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many mutants at a time")
    parser.add_argument("--fresh", action="store_true", help="forget earlier runs")
    parser.add_argument("--report", action="store_true", help="run nothing, and judge by earlier runs")
    parser.add_argument("--tree", type=Path, default=TREE, help="the source tree, which is never written")
    parser.add_argument("--work", type=Path, default=None, help="where mutmut works; .mutants in the tree")
    parser.add_argument("--parts", type=Path, default=PARTS, help="the table of parts")
    parser.add_argument("--explained", type=Path, default=EXPLAINED, help="the explanations")
    given = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        parts, explanations = (
            chosen(read_parts(given.parts), given.asked, given.tree),
            read_explanations(given.explained),
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        click.echo(f"{error}")
        return 1
    killed = total = 0
    failed = []
    for part, files in parts:
        folder = (given.work or given.tree / ".mutants") / part.name
        run = Run(given.tree, folder, files, part.files(given.tree), part.tests)
        if not given.report and (problem := run.make(given.jobs, fresh=given.fresh)):
            click.echo(f"{part.name}: mutmut did not run: {problem}")
            failed.append(part.name)
            continue
        faults = judge(part, run, explanations, whole=run.files == run.mutated)
        show(run.survivors, explanations)
        killed, total = killed + run.killed, total + run.total
        click.echo(f"{part.name}: {run.killed} of {run.total} killed, {len(run.survivors)} survived")
        for fault in faults:
            click.echo(f"{part.name}: {fault}")
        failed += [part.name] if faults else []
    share = f"{killed * 100 / total:.1f} %" if total else "none"
    verdict = f"not enough: {', '.join(failed)}" if failed else "enough"
    seconds = time.monotonic() - started
    click.echo(f"{len(parts)} parts, {killed} of {total} mutants killed ({share}), {seconds:.0f} s: {verdict}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
