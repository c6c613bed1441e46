"""What drivers of the baseline have registered with the kernel: callbacks, timers. Links of the objects, and jobs."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import yaml

from training.forge.windows.plan import Callback, Link, Module, Spot, Timer
from training.forge.windows.planning.casting import Cast
from training.forge.windows.planning.facts import FOLDER
from training.forge.windows.planning.moments import SECOND, Drawing

_FIRST: Final = 0x1000
_STEP: Final = 0x10
_MILLISECOND: Final = SECOND // 1000
_SOON: Final = 40 * SECOND


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((FOLDER / "kernel.yaml").read_text("utf-8"))
    return document


def callbacks(modules: Sequence[Module], draw: Drawing) -> tuple[Callback, ...]:
    """The callbacks of the drivers that a machine has loaded."""
    sizes, found = _sizes(modules), []
    for number, line in enumerate(_document()["callbacks"]):
        kind, file, *altitude = line.split()
        if file.lower() in sizes:
            routine = _routine(file, sizes, draw, f"callback {number}")
            found.append(Callback(kind=kind, routine=routine, altitude="".join(altitude)))
    return tuple(found)


def timers(modules: Sequence[Module], draw: Drawing, uptime: int) -> tuple[Timer, ...]:
    """The timers of the drivers that a machine has loaded, due after ``uptime`` in steps of 100 ns since the boot."""
    sizes, found = _sizes(modules), []
    for line in _document()["timers"]:
        file, period, count = line.split()
        for number in range(int(count) if file.lower() in sizes else 0):
            name = f"timer {file} {period} {number}"
            within = int(period) * _MILLISECOND or _SOON
            due = uptime + draw(name).randrange(1, within)
            found.append(Timer(routine=_routine(file, sizes, draw, name), due=due, period=int(period)))
    return tuple(found)


def links(cast: Cast) -> tuple[Link, ...]:
    """The symbolic links of the object manager."""
    draw, time, found = cast.base("links"), cast.booted, []
    for name, target in _document()["links"]:
        time += draw.randrange(SECOND // 400, SECOND // 9)
        found.append(Link(name=name, target=target, created=time))
    return tuple(found)


def jobs(cast: Cast) -> tuple[tuple[int, ...], ...]:
    """The jobs of the baseline and of the story, as numbers of processes; no process is in two.

    Those of the baseline that have ended have left theirs.
    """
    story = [[cast[name] for name in names] for names in cast.scenario.jobs]
    there = {member.pid for members in story for member in members}
    found = [tuple(member.pid for member in members) for members in story]
    for names in _document()["jobs"]:
        members = [cast[name] for name in names if name in cast and not cast[name].exited]
        if members and there.isdisjoint(member.pid for member in members):
            found.append(tuple(member.pid for member in members))
    return tuple(found)


def _sizes(modules: Sequence[Module]) -> dict[str, int]:
    return {module.path.rpartition("\\")[2].lower(): module.size for module in modules}


def _routine(file: str, sizes: dict[str, int], draw: Drawing, name: str) -> Spot:
    """A place in the code of a driver, which takes the first part of its image."""
    last = max(2 * _FIRST, sizes[file.lower()] // 3)
    return Spot(image=file.lower(), offset=draw(name).randrange(_FIRST, last, _STEP))
