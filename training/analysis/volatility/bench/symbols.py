"""`symbols`: does a symbol file that the forge makes of a kernel's own type information give the rows and files of one
that another program made of the debug information of the same kernel?

The environment variable ENGRAM_REFERENCE names a folder that holds the latter, `linux_forge/reference-symbols/` with
`<release>-dwarf.json.xz`, made with dwarf2json. Nothing of it is kept. Both sides are the genuine command line, forked
(see forks.py); only the symbol file differs.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.analysis.command import Command, parse
from training.analysis.volatility.bench import commands
from training.analysis.volatility.bench.made import Difference, Evidence, Made, compare
from training.analysis.volatility.bench.reference import VARIABLE
from training.analysis.volatility.bench.vol import Forks, Vol
from training.forge.linux import symbols as symbol_files

FOLDER = Path("linux_forge") / "reference-symbols"
ENDING = "-dwarf.json.xz"
DEMANDS_A_PRODUCER = "linux.malware.hidden_modules"
"""Refuses symbol files of which dwarf2json doesn't say that it made them: there is nothing to compare."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One command with both symbol files."""

    command: Command
    ours: Made
    theirs: Made

    @property
    def difference(self) -> Difference:
        """How the two differ. One that ends with an error on both sides is equal, and compares nothing."""
        if self.ours.rows is None and self.theirs.rows is None:
            return Difference(0, 0, "")
        return compare(self.ours, self.theirs)


def reference(release: str) -> Path | None:
    """The other symbol file of a kernel's release; None where there is none."""
    named = os.environ.get(VARIABLE)
    found = Path(named).resolve() / FOLDER / f"{release}{ENDING}" if named else None
    return found if found and found.is_file() else None


class Sides:
    """The command line on one image, with our symbol file and another. `base` is a private folder. Close it."""

    def __init__(self, image: Path, ours: symbol_files.Json, theirs: Path, base: Path) -> None:
        symbol_files.write(ours, _place(base, "ours"))
        shutil.copyfile(theirs, _place(base, "theirs"))
        self._closing = contextlib.ExitStack()
        self._ours, self._theirs = (self._vol(image, base / side) for side in ("ours", "theirs"))

    def _vol(self, image: Path, folder: Path) -> Vol:
        evidence = Evidence(folder.name, "linux", image, folder / "symbols")
        forks = Forks(evidence.symbols, folder)
        self._closing.callback(forks.close)
        return Vol(evidence, folder, forks)

    def every(self) -> list[Command]:
        """All commands that are compared."""
        return commands.every("linux", lambda command: self._ours.run(command).rows)

    def compared(self, asked: Sequence[Command]) -> Iterator[Compared]:
        """Run each command on both sides, at the same time."""
        with ThreadPoolExecutor(2) as executor:
            for command in asked:
                ours, theirs = (executor.submit(side.run, command) for side in (self._ours, self._theirs))
                yield Compared(command, ours.result(), theirs.result())

    def close(self) -> None:
        """End the processes of both."""
        self._closing.close()


def _place(base: Path, side: str) -> Path:
    place = base / side / "symbols" / "linux"
    place.mkdir(parents=True)
    return place / "kernel.json.xz"


def symbols(image: Path, kernel: Path, base: Path, texts: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """Compare. Yields one record per command, then sums; one that says so where there is nothing to compare with.

    Args:
        image: raw memory of a Linux machine.
        kernel: the kernel image that it ran.
        base: a private folder.
        texts: the commands; without any, all of them.
    """
    document, banner = symbol_files.of_machine(kernel, image)
    release = symbol_files.release(banner.encode())
    theirs = reference(release)
    if theirs is None:
        yield _record(f"not compared: {VARIABLE} names no folder with {FOLDER / release}{ENDING}", 0, "plugins", None)
        return
    with contextlib.closing(Sides(image, document, theirs, base)) as sides:
        done = []
        for each in sides.compared([parse(text, "linux") for text in texts] or sides.every()):
            done.append(each)
            found = each.difference
            what = f"{each.command.text} ({each.ours.count} rows, {len(each.ours.files)} files)"
            yield _record(f"{what} {found.first}".rstrip(), found.rows + found.files, "rows and files that differ", 0)
    yield from _sums(release, done)


def _sums(release: str, done: Sequence[Compared]) -> Iterator[dict[str, Any]]:
    plugins = {each.command.plugin for each in done}
    apart = {each.command.plugin for each in done if each.difference}
    failing = sorted(each.command.text for each in done if each.theirs.rows is None)
    equal = _record(f"{release}: plugins equal with both symbol files", len(plugins - apart), "plugins", len(plugins))
    yield {**equal, "ok": not apart}
    yield _record("rows compared", sum(each.theirs.count for each in done), "rows", None)
    yield _record("files compared", sum(len(each.theirs.files) for each in done), "files", None)
    both = f"commands that end with an error on both sides: {', '.join(failing) or 'none'}"
    yield _record(both, len(failing), "commands", 0)
    yield _record(f"left out: {DEMANDS_A_PRODUCER}, which demands dwarf2json by name", 1, "plugins", None)
    for name, spent in (
        ("ours", sum(each.ours.seconds for each in done)),
        ("made of debug information", sum(each.theirs.seconds for each in done)),
    ):
        yield _record(f"seconds for all commands, symbol file {name}", round(spent, 1), "s", None)


def _record(metric: str, value: float, unit: str, bar: float | None) -> dict[str, Any]:
    """One line of a benchmark; a bar is what the value has to be."""
    ok = bar is None or value == bar
    return {"bench": "symbols", "metric": metric, "value": value, "unit": unit, "bar": bar, "ok": ok}
