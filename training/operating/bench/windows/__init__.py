"""Whether stock plugins show of written Windows machines what was planned: ``python app.py bench windows``.

One scenario with everything in it is made for each build, and the commands of `expect.PLUGINS` are run on it
through the project's own engine. Each row is compared; where rows differ, the figure says how.
"""

import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from training.forge import build, scenario
from training.forge.build import windows as packing
from training.forge.scenario import WindowsScenario
from training.forge.windows import Forged, expect, forge
from training.forge.windows.builds.load import NAMES
from training.forge.windows.builds.load import build as table
from training.forge.windows.expect import Difference
from training.forge.windows.planning import plan
from training.operating.bench.figures import Figures, figure
from training.operating.bench.windows.reading import Reader
from training.settings import Settings

EVERY = Path(__file__).parent / "every.yaml"

PLUGINS = 55
"""Different plugins that must be compared on each build."""
SECONDS = 2.0
"""Of processor time."""
BYTES = 200_000
AT_ONCE = 2
TOLD = 12
"""Differences that a figure tells of each command."""
FEW = ("windows.pslist", "windows.pstree", "windows.cmdline", "windows.handles", "windows.netscan")
"""Commands of the short form: the tests of the writer run all of them, on a machine that is smaller."""
_SERVERS = ("20348",)


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of one command: how many rows were planned and shown, and where they differ; what went wrong."""

    command: str
    planned: int
    shown: int
    differences: tuple[Difference, ...]
    failure: str = ""

    @property
    def told(self) -> list[str]:
        """The first differences in words."""
        told = [f"{self.command}: {self.failure}"] if self.failure else []
        for each in self.differences[:TOLD]:
            columns = f" ({', '.join(each.columns)})" if each.columns else ""
            told.append(f"{self.command}{columns}: planned {_row(each.wanted)}, shown {_row(each.got)}")
        return told


def windows(_settings: Settings, *, short: bool = False) -> Figures:
    """Rows, seconds and bytes of the scenario with everything, on each build; at last all builds together.

    The short form takes the first build alone, and few commands.
    """
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))  # the output is for figures
    every, differing, rows = scenario.load_any(EVERY), 0, 0
    variant = every.variants(1, 1)[0]
    if not isinstance(variant, WindowsScenario):
        raise TypeError(f"{EVERY} is no scenario of a Windows machine")
    names, commands = (NAMES[:1], FEW) if short else (NAMES, tuple(expect.PLUGINS))
    for name in names:
        for each in _build(of_build(variant, name), name, commands):
            differing += each["value"] if each["metric"].endswith("rows that differ") else 0
            rows += each["value"] if each["metric"].endswith("rows compared") else 0
            yield each
    yield figure("windows", f"rows that differ, of {rows} on {len(names)} builds", differing, "rows", 0)


def of_build(variant: WindowsScenario, name: str) -> WindowsScenario:
    """The same scenario on a machine of another build, which is a server where the build is one."""
    role = "server" if name in _SERVERS else "workstation"
    machine = variant.machine.model_copy(update={"role": role, "build": table(name).kernel})
    return variant.model_copy(update={"machine": machine})


def compare(forged: Forged, commands: Iterable[str] = tuple(expect.PLUGINS)) -> Iterator[Compared]:
    """Run commands on a machine, some at a time, and compare what they show with what was planned."""

    def one(command: str) -> Compared:
        expected = expect.PLUGINS[command](forged.machine)
        rows, failure = reader.rows(command)
        return Compared(command, len(expected.rows), len(rows), tuple(expect.compare(expected, rows)), failure)

    with (
        tempfile.TemporaryDirectory(prefix="engram-bench-") as folder,
        Reader(forged, Path(folder)) as reader,
        ThreadPoolExecutor(AT_ONCE) as executor,
    ):
        yield from executor.map(one, commands)


def _build(variant: WindowsScenario, name: str, commands: Sequence[str]) -> Figures:
    title = table(name).title
    yield from _packed(variant, name)
    done = list(compare(forge(plan(variant)), commands))
    plugins = {each.command.partition(" ")[0] for each in done if each.planned and not each.failure}
    least = min(PLUGINS, len(commands))
    yield figure("windows", f"{title}: plugins with planned rows", len(plugins), "plugins", least, least=True)
    yield figure("windows", f"{title}: rows compared", sum(each.planned for each in done), "rows", None)
    wrong = [each for each in done if each.told]
    differing = sum(max(1, len(each.differences)) for each in wrong)
    told = [line for each in wrong for line in each.told]
    yield figure("windows", f"{title}: rows that differ", differing, "rows", 0) | ({"told": told} if told else {})


def _packed(variant: WindowsScenario, name: str) -> Figures:
    """Make a pack as `app.py forge` does, on a base that is made for it, and the same image once more."""
    title = table(name).title
    with tempfile.TemporaryDirectory(prefix="engram-bench-") as folder:
        exhibits = Path(folder) / "exhibits"
        exhibits.mkdir()
        build.idle_base(name, exhibits, _unheard)
        base = build.idle_ground(name, exhibits)
        begun = time.process_time()
        manifest, _ = packing.variant(variant, base, exhibits, _unheard)
        taken = time.process_time() - begun
    again = hashlib.sha256(forge(plan(variant)).data).hexdigest()
    size = sum(part.size for part in manifest.files.values())
    yield figure("windows", f"{title}: a variant, from scenario to pack", round(taken, 2), "s", SECONDS)
    yield figure("windows", f"{title}: a variant", size, "bytes", BYTES)
    yield figure("windows", f"{title}: images that differ when made again", int(again != manifest.sha256), "images", 0)


def _unheard(_said: str) -> None:
    pass


def _row(row: Any) -> str:
    return json.dumps(row) if row is not None else "nothing"
