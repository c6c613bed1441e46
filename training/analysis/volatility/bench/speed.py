"""`speed`: seconds of `vol` as a whole process and of the engine for the same commands, in turns, and what being warm
costs in seconds and memory.
"""

import contextlib
import math
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from training.analysis import cards as plugin_cards
from training.analysis.command import Command, parse
from training.analysis.job import MIB, Job
from training.analysis.volatility.bench import commands
from training.analysis.volatility.bench.made import Evidence, compare
from training.analysis.volatility.bench.ours import Ours
from training.analysis.volatility.bench.vol import Vol
from training.analysis.work import Here
from training.errors import Damaged

NAMED = (
    "linux.pslist", "linux.pstree", "linux.psscan", "linux.pidhashtable", "linux.psaux", "linux.bash",
    "linux.kthreads", "linux.elfs", "linux.lsof", "linux.sockstat", "linux.sockscan", "linux.malware.process_spoofing",
    "linux.pagecache.Files", "linux.proc.Maps", "linux.ip.Addr", "linux.ip.Link", "linux.boottime", "linux.vmcoreinfo",
    "banners",
)  # fmt: skip
"""The plugins that courses and labs of this repository name for Linux."""
FIRST = "linux.pslist"
FIRST_BAR = 25.0
MEAN_BAR = 10.0
ROUNDS = 3
FURTHER = 4  # exhibits of the same kernel, besides the first

Figures = Iterator[dict[str, Any]]


def speed(ours: Ours, vol: Vol, texts: Sequence[str] = NAMED, rounds: int = ROUNDS) -> Figures:
    """Medians and ratios of commands, and the geometric mean of the ratios."""
    asked = [parse(text, ours.evidence.os) for text in texts]
    yield _load("at the start")
    ratios = {}
    for command, (theirs, mine) in _in_turns(ours, vol, asked, rounds).items():
        ratio = ratios[command] = median(theirs) / median(mine)
        yield figure(f"{command.text}, vol, median of {rounds}", round(median(theirs), 3), "s")
        yield figure(f"{command.text}, engine, median of {rounds}", round(median(mine), 3), "s")
        yield figure(f"{command.text}, times faster", round(ratio, 1), "", FIRST_BAR if command.text == FIRST else None)
    mean = math.exp(sum(map(math.log, ratios.values())) / len(ratios))
    yield figure(f"times faster, geometric mean of {len(ratios)} plugins", round(mean, 1), "", MEAN_BAR)
    yield _load("at the end")


def _in_turns(
    ours: Ours, vol: Vol, asked: Sequence[Command], rounds: int
) -> dict[Command, tuple[list[float], list[float]]]:
    """Seconds of both sides. The exhibit is warm: its start is measured apart. Raises Damaged where rows differ."""
    ours.run(asked[0])
    vol.run(asked[0])  # leaves the list of symbol files
    spent: dict[Command, tuple[list[float], list[float]]] = {command: ([], []) for command in asked}
    for _ in range(rounds):
        for command in asked:
            theirs, mine = vol.run(command), ours.run(command)
            if difference := compare(mine, theirs):
                raise Damaged(f"{command.text} is not the same on both sides: {difference.first}")
            spent[command][0].append(theirs.seconds)
            spent[command][1].append(mine.seconds)
    return spent


def all_of_them(ours: Ours, vol: Vol, texts: Sequence[str] = ()) -> Figures:
    """One round over every offered plugin, or the commands that are named: the geometric mean, and the slowest."""
    asked = [parse(text, ours.evidence.os) for text in texts] or commands.offered(ours.evidence.os)
    spent = _in_turns(ours, vol, asked, 1)
    ratios = [theirs[0] / mine[0] for theirs, mine in spent.values()]
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
    yield figure(f"times faster, geometric mean of all {len(ratios)} plugins, one round", round(mean, 1), "")
    for command, (theirs, mine) in sorted(spent.items(), key=lambda one: one[1][0][0] / one[1][1][0])[:3]:
        what = f"{command.text}, one of the three that gain least: {theirs[0]:.2f} s of vol, {mine[0]:.2f} s of ours"
        yield figure(what, round(theirs[0] / mine[0], 1), "")


def starts(evidence: Evidence, folder: Path, further: int = FURTHER) -> Figures:
    """Seconds until an exhibit is ready, in four situations, and the memory that exhibits of one kernel take.

    `further` exhibits of the kernel follow the first each time.
    """
    command = commands.plain(plugin_cards.load().get(f"{evidence.os}.pslist"), evidence.os)
    with contextlib.closing(Ours(evidence, folder)) as ours:
        yield _start("nothing there: symbols loaded, kernel searched", [_ready(ours.here, ours.job(command))])
        alone = sum(ours.here.pool.memory().values())
        yield figure("memory of the first exhibit with its kernel process (PSS)", alone // MIB, "MiB")
        yield _start("a further exhibit of the kernel, kernel searched", _further(ours, command, further))
        grown = (sum(ours.here.pool.memory().values()) - alone) // further
        yield figure(f"memory of each further exhibit of the kernel (PSS), mean of {further}", grown // MIB, "MiB")
    with contextlib.closing(Ours(evidence, folder)) as ours:
        yield _start("symbols loaded, saved kernel configuration", [_ready(ours.here, ours.job(command))])
        yield _start("a further exhibit of the kernel, saved kernel configuration", _further(ours, command, further))


def _further(ours: Ours, command: Command, count: int) -> list[float]:
    return [_ready(ours.here, ours.job(command, f"copy {number}")) for number in range(count)]


def _start(what: str, seconds: Sequence[float]) -> dict[str, Any]:
    many = f", median of {len(seconds)}" if len(seconds) > 1 else ""
    return figure(f"start: {what}{many}", round(median(seconds), 3), "s")


def _ready(here: Here, job: Job) -> float:
    began = time.monotonic()
    with here.pool.kept(job, lambda: None):
        return round(time.monotonic() - began, 3)


def _load(when: str) -> dict[str, Any]:
    """What else the machine was doing: a figure that explains the others."""
    what = f"load of the machine, {when}, mean of a minute on {os.cpu_count()} processors"
    return figure(what, round(os.getloadavg()[0], 2), "")


def figure(metric: str, value: float, unit: str, bar: float | None = None) -> dict[str, Any]:
    """One line of the benchmark; where there is a bar, the value must reach it."""
    return {"bench": "engine", "metric": metric, "value": value, "unit": unit, "bar": bar,
            "ok": bar is None or value >= bar}  # fmt: skip
