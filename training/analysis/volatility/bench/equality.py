"""`equality`: does each command give the rows and files of the command line, alone, 24 at a time, and in any order?"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from training.analysis.command import Command
from training.analysis.volatility.bench.made import Difference, Made, compare
from training.analysis.volatility.bench.ours import Ours
from training.analysis.volatility.bench.vol import Vol

AT_ONCE = 24
Results = dict[Command, Made]


def alone(ours: Ours, commands: Sequence[Command]) -> Results:
    """One after the other, each as the first and only run of a warm process that was made for it."""
    return {command: by_itself(ours, command) for command in commands}


def by_itself(ours: Ours, command: Command) -> Made:
    """One command as the first and only run of a new warm process."""
    ours.renew()
    return ours.run(command)


def together(ours: Ours, commands: Sequence[Command], at_once: int = AT_ONCE) -> Results:
    """Many at a time on one warm process."""
    with ThreadPoolExecutor(at_once) as executor:
        return dict(zip(commands, executor.map(ours.run, commands), strict=True))


def in_any_order(ours: Ours, commands: Sequence[Command], seed: int) -> Results:
    """One after the other on one warm process, in the order that a seed gives."""
    shuffled = list(commands)
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - an order, no secret
    return {command: ours.run(command) for command in shuffled}


def differences(ours: Mapping[Command, Made], theirs: Mapping[Command, Made]) -> dict[Command, Difference]:
    """The commands that differ, with how they do."""
    found = {command: compare(made, theirs[command]) for command, made in ours.items()}
    return {command: difference for command, difference in found.items() if difference}


def failing(theirs: Mapping[Command, Made]) -> list[str]:
    """Commands that the command line itself can't bring to an end on this exhibit; ours must say so too."""
    return [command.text for command, made in theirs.items() if made.rows is None]


def equality(ours: Ours, vol: Vol, commands: Sequence[Command]) -> Iterator[dict[str, Any]]:
    """Compare. Yields one record per command, run alone, then sums over all ways of running them."""
    theirs: Results = {}
    mine: Results = {}
    for command in commands:
        made = mine[command] = by_itself(ours, command)
        expected = theirs[command] = vol.run(command)
        difference = compare(made, expected)
        what = f"{command.text} ({made.state}, {made.count} rows, {len(made.files)} files)"
        yield record(what, difference.rows + difference.files, "rows and files that differ", 0, ok=not difference)
    ways: dict[str, Callable[[], Results]] = {
        "run alone": lambda: mine,
        f"run {AT_ONCE} at a time": lambda: together(ours, commands),
        "run in any order": lambda: in_any_order(ours, commands, seed=1),
        "run in another order": lambda: in_any_order(ours, commands, seed=2),
    }
    for way, run in ways.items():
        apart = differences(run(), theirs)
        equal = len(commands) - len(apart)
        named = "".join(f"; not {command.text}" for command in apart)
        yield record(f"commands equal to vol -q -r json, {way}{named}", equal, "commands", len(commands), ok=not apart)
    none = failing(theirs)
    yield record(f"of these, commands that end with an error on both sides: {', '.join(none) or 'none'}",
                 len(none), "commands", None, ok=True)  # fmt: skip
    for side, results in (("ours", mine), ("vol", theirs)):
        spent = sum(made.seconds for made in results.values())
        yield record(f"seconds for all, one after the other, {side}", round(spent, 1), "s", None, ok=True)


def record(metric: str, value: float, unit: str, bar: float | None, *, ok: bool) -> dict[str, Any]:
    """One line of a benchmark."""
    return {"bench": "equality", "metric": metric, "value": value, "unit": unit, "bar": bar, "ok": ok}


def folders(base: Path) -> tuple[Path, Path]:
    """A private folder for each side."""
    for name in ("ours", "vol"):
        (base / name).mkdir()
    return base / "ours", base / "vol"
