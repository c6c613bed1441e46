"""`python -m training.analysis.volatility.bench equality|speed NAME OS IMAGE SYMBOLS [COMMAND …]`.

Without commands `equality` takes all of them and `speed` those that the courses name. `… bench reference` compares on
the reference image, and says nothing where there is none. Whether a figure reaches its bar stands in its line.
"""

import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import structlog

from training.analysis.command import parse
from training.analysis.volatility.bench import commands, reference
from training.analysis.volatility.bench.equality import equality, folders
from training.analysis.volatility.bench.made import Evidence
from training.analysis.volatility.bench.ours import Ours
from training.analysis.volatility.bench.speed import NAMED, all_of_them, speed, starts
from training.analysis.volatility.bench.symbols import symbols as by_symbols
from training.analysis.volatility.bench.vol import Vol
from training.errors import DomainError

USAGE = """\
usage: python -m training.analysis.volatility.bench equality|speed NAME OS IMAGE SYMBOLS [COMMAND ...]
       python -m training.analysis.volatility.bench symbols IMAGE KERNEL [COMMAND ...]
       python -m training.analysis.volatility.bench reference [COMMAND ...]
"""

Figures = Iterator[dict[str, Any]]


def compared(evidence: Evidence, texts: Sequence[str], base: Path) -> Figures:
    """The lines of `equality`."""
    mine, theirs = folders(base)
    with contextlib.closing(Ours(evidence, mine)) as ours:
        asked = [parse(text, evidence.os) for text in texts]
        every = asked or commands.every(evidence.os, lambda command: ours.run(command).rows)
        yield from equality(ours, Vol(evidence, theirs), every)


def measured(evidence: Evidence, texts: Sequence[str], base: Path) -> Figures:
    """The lines of `speed`."""
    mine, theirs = folders(base)
    with contextlib.closing(Ours(evidence, mine)) as ours:
        vol = Vol(evidence, theirs)
        yield from speed(ours, vol, texts or NAMED)
        yield from all_of_them(ours, vol, texts)
    (base / "starts").mkdir()
    yield from starts(evidence, base / "starts")


def figures(arguments: Sequence[str], base: Path) -> Figures | None:
    """The lines that are asked for; None where the arguments ask for nothing that is known."""
    match arguments:
        case ["reference", *texts]:
            forge = reference.folder()
            return compared(reference.make(forge, base), texts, base) if forge else iter(())
        case ["symbols", image, kernel, *texts]:
            return by_symbols(Path(image).resolve(), Path(kernel).resolve(), base, texts)
        case [("equality" | "speed") as kind, name, os, image, symbols, *texts]:
            evidence = Evidence(name, os, Path(image).resolve(), Path(symbols).resolve())
            return (compared if kind == "equality" else measured)(evidence, texts, base)
    return None


def main(arguments: Sequence[str]) -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="engram-bench-") as base:
        try:
            lines = figures(arguments, Path(base))
            if lines is None:
                sys.stderr.write(USAGE)
                return 2
            for line in lines:
                sys.stdout.write(json.dumps(line) + "\n")
                sys.stdout.flush()
        except DomainError as bad:
            sys.stderr.write(f"{bad.message}\n")
            return 1
    return 0


if __name__ == "__main__":
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))  # the output is for figures
    sys.exit(main(sys.argv[1:]))
