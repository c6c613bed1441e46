"""Plant the faults of the tables in `faults` one by one; each has to be noticed by the tests that it names.

    python -m tests.mutants.named [ID ...]

A fault is of the kind that costs somebody something: a role too many, a limit gone, a digest not compared. The tests
are of the light tier, so that `make test` notices each of them. There is a table for each package of the program.

Exit code 0: every fault was noticed, by a test that passes without it. 1: a fault survived, can't be planted any more,
or its tests give no verdict.
"""

import argparse
import os
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import click

from tests.mutants.planting import Copies, Copy, Edit, Outcome, copies_of

TREE = Path(__file__).resolve().parents[2]
TABLES = Path(__file__).with_name("faults")


@dataclass(frozen=True)
class Fault:
    """A fault, and the tests that have to notice it.

    Attributes:
        id: short and unique.
        cost: what would happen to whom.
        file: where `text` stands, exactly once.
        text: what is taken out.
        replacement: what is put in its place.
        tests: the files (or folders, or single tests) that notice it soonest.
    """

    id: str
    cost: str
    file: str
    text: str
    replacement: str
    tests: tuple[str, ...]

    @property
    def edit(self) -> Edit:
        """The change of the source."""
        return Edit(self.file, self.text, self.replacement)


def read_tables(place: Path) -> list[Fault]:
    """The faults of a table, or of all tables in a folder.

    Raises:
        ValueError: an entry lacks a field, has one too many, or two have the same id.
    """
    files = sorted(place.glob("*.toml")) if place.is_dir() else [place]
    faults = [fault for file in files for fault in _read_table(file)]
    twice = [name for name, count in Counter(fault.id for fault in faults).items() if count > 1]
    if twice:
        msg = f"more than one fault has the id {', '.join(twice)}"
        raise ValueError(msg)
    return faults


def _read_table(file: Path) -> Iterator[Fault]:
    names = {each.name for each in fields(Fault)}
    for number, entry in enumerate(tomllib.loads(file.read_text("utf-8")).get("fault", []), 1):
        if entry.keys() != names:
            msg = f"{file.name}: fault {number} ({entry.get('id', 'without id')}) needs the fields {sorted(names)}"
            raise ValueError(msg)
        yield Fault(**{**entry, "tests": tuple(entry["tests"])})


def mistakes_in(faults: list[Fault], tree: Path) -> list[str]:
    """What keeps faults from being planted: a text that is not there any more, a test that doesn't exist."""
    mistakes = []
    for fault in faults:
        mistake = fault.edit.mistake_in(tree)
        missing = [test for test in fault.tests if not _there(tree, test)]
        if missing:
            mistake = f"no such test: {', '.join(missing)}"
        if not fault.tests:
            mistake = "it names no tests"
        if mistake:
            mistakes.append(f"{fault.id}: {mistake}")
    return mistakes


def _there(tree: Path, test: str) -> bool:
    """Whether there is such a file or folder of tests, and in a file the function that is named."""
    name, _, function = test.partition("::")
    path = tree / name
    return path.exists() and (not function or f"def {function.partition('[')[0]}(" in path.read_text("utf-8"))


def plant(copy: Copy, fault: Fault) -> Outcome:
    """Run the tests of a fault with the fault in place."""
    with copy.with_fault(fault.edit):
        return copy.run(fault.tests)


def failing_without_a_fault(copies: Copies, tests: set[str]) -> set[str]:
    """Which of these tests don't pass on the sound tree: they prove nothing about a fault."""
    listed = sorted(tests)
    parts = [part for start in range(len(copies)) if (part := listed[start :: len(copies)])]
    unsound: set[str] = set()
    for part, outcome in copies.each(_run_all, parts):
        unsound |= set() if outcome.passed else set(outcome.failed or part)
    return unsound


def _run_all(copy: Copy, tests: list[str]) -> Outcome:
    return copy.run(tests, all_of_them=True)


def run(faults: list[Fault], tree: Path, jobs: int) -> int:
    """Plant all; print a line for each and a summary; the exit code."""
    started = time.monotonic()
    with copies_of(tree, min(jobs, len(faults))) as copies:
        noticed: dict[str, str] = {}
        for fault, outcome in copies.each(plant, faults):
            if outcome.passed:
                click.echo(f"SURVIVED   {fault.id} ({fault.cost}): {', '.join(fault.tests)}")
            elif outcome.failed:
                noticed[fault.id] = outcome.failed[0]
                click.echo(f"noticed    {fault.id}: {outcome.failed[0]}")
            else:
                ended = "did not end" if outcome.code is None else f"ended with {outcome.code}"
                click.echo(f"NO VERDICT {fault.id}: pytest {ended}\n{outcome.output}")
        unsound = failing_without_a_fault(copies, set(noticed.values()))
    for name in [name for name, test in noticed.items() if test in unsound]:
        click.echo(f"NO VERDICT {name}: {noticed.pop(name)} fails without the fault, too")
    seconds = time.monotonic() - started
    click.echo(
        f"{len(faults)} faults planted, {len(noticed)} noticed, {len(faults) - len(noticed)} not; {seconds:.0f} s"
    )
    return 0 if len(noticed) == len(faults) else 1


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants.named", description=__doc__)
    parser.add_argument("ids", nargs="*", metavar="ID", help="plant only these faults")
    parser.add_argument("--table", type=Path, default=TABLES, help="a table of faults, or a folder of tables")
    parser.add_argument("--tree", type=Path, default=TREE, help="the source tree that is copied")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many faults at a time")
    asked = parser.parse_args(arguments)
    try:
        faults = read_tables(asked.table)
    except (OSError, ValueError, TypeError) as error:
        click.echo(f"{asked.table}: {error}")
        return 1
    unknown = set(asked.ids) - {fault.id for fault in faults}
    faults = [fault for fault in faults if not asked.ids or fault.id in asked.ids]
    mistakes = [f"{name}: no fault has this id" for name in sorted(unknown)] + mistakes_in(faults, asked.tree)
    if mistakes or not faults:
        click.echo("\n".join(["These faults can't be planted; bring the table up to date:", *mistakes]))
        return 1
    try:
        return run(faults, asked.tree, asked.jobs)
    except KeyboardInterrupt:
        click.echo("Interrupted; the source tree was not touched.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
