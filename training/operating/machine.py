"""What this machine gives to the analysis: the layers around a run, and the few facts that decide how many runs fit."""

import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.analysis.sandbox import launch
from training.analysis.sandbox.probe import Layer, probe
from training.forge.linux.machine import MachineFault
from training.machines.guest import enclosure, limits

LEAST_MEMORY = 3 * 2**30
"""Bytes. The server, a warm process for each of two exhibits, and their runs."""
LIVE_MEMORY = 128
"""MiB of a usual live machine."""


@dataclass(frozen=True)
class Line:
    """One line about the machine; a warning says what to do about it."""

    name: str
    text: str
    warning: bool = False


@dataclass(frozen=True)
class Machine:
    """What was found."""

    layers: tuple[Layer, ...]
    facts: tuple[Line, ...]

    def lines(self) -> Iterator[str]:
        """For people: one line per layer and fact."""
        for layer in self.layers:
            yield (
                f"layer: {layer.name}: {layer.note}"
                if layer.reached
                else f"warning: layer {layer.name} is missing: {layer.note}"
            )
        for fact in self.facts:
            yield f"{'warning' if fact.warning else 'machine'}: {fact.name}: {fact.text}"

    @property
    def summary(self) -> str:
        """Figures."""
        reached = sum(layer.reached for layer in self.layers)
        warnings = len(self.layers) - reached + sum(fact.warning for fact in self.facts)
        return f"check machine: {reached} of {len(self.layers)} layers, {warnings} warnings"


def examine() -> Machine:
    """Try every layer and read the facts."""
    return Machine(probe(), tuple(_facts()))


def _facts() -> Iterator[Line]:
    yield Line("system", f"{platform.system()} {platform.release()}, {platform.machine()}")
    yield Line("python", f"{platform.python_version()} in {sys.prefix}")
    yield Line("start of runs", _start())
    yield _live()
    yield Line("processors", str(_processors()))
    memory = _memory()
    few = memory < LEAST_MEMORY
    advice = ". Run one at a time: set runs_at_once = 1." if few else ""
    yield Line("memory", f"{memory / 2**30:.1f} GiB{advice}", warning=few)
    if os.geteuid() == 0:
        yield Line("user", "The server would run as root. Give it a user of its own (docs/sandbox.md).", warning=True)
    else:
        yield Line("user", f"uid {os.geteuid()}")


def _start() -> str:
    way = launch.best()
    others = [f"{other} does not work: {launch.trial(other).reason}" for other in launch.WAYS[: launch.WAYS.index(way)]]
    return "; ".join([way, *others])


def _live() -> Line:
    """The walls around machines of trainees, and how many of them fit."""
    try:
        enclosure.available()
    except MachineFault as missing:
        return Line("live machines", f"Live labs can't be worked at: {missing}.", warning=True)
    way = enclosure.best()
    others = [f"{other} does not work: {enclosure.why_not(other)}" for other in enclosure.WAYS]
    others = others[: enclosure.WAYS.index(way)]
    fit = min(limits.fitting(LIVE_MEMORY), limits.most(limits.Limits()))
    text = "; ".join([f"walls of the level {way}, {fit} of {LIVE_MEMORY} MiB fit now", *others])
    return Line("live machines", text, warning=way == "plain")


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _memory() -> int:
    """Bytes of memory, or of what a control group leaves of it."""
    found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    group = Path("/sys/fs/cgroup/memory.max")
    if group.exists() and (most := group.read_text(encoding="ascii").strip()).isdecimal():
        return min(found, int(most))
    return found
