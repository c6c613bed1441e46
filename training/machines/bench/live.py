"""Thirty machines on this computer: ``python app.py bench live``.

How fast one starts while the others run, how fast all start at once, how fast a command answers, what they cost while
nobody types, and what becomes of the pages meanwhile. The machines are those of a live lab: a snapshot that was
prepared in this installation, or one that is made here first, which takes as long as its story.
"""

import os
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Self

from training.errors import DomainError, NotThere
from training.forge import build
from training.forge.scenario import Scenario
from training.labs import prove_live
from training.machines.guest.guest import Guest
from training.machines.guest.limits import Limits
from training.machines.guest.preparing import prepare
from training.machines.guest.snapshot import Snapshot, snapshot
from training.machines.service import preparing
from training.operating.bench.classroom import Classroom, classroom
from training.operating.bench.figures import Figures, figure
from training.operating.tour.path import LAB
from training.settings import Settings

BETWEEN = 5.0  # seconds between two commands of a person who is quick
SETTLED = 8.0  # seconds after which nothing is left of a start
NOTICED = 25.0  # seconds after which a keeper has moved back a machine that never pauses
LOOK = 0.003
LATEST = 20.0  # seconds until an answer is given up, and counted as that long
ONE_BAR, ALL_BAR, ANSWER_BAR, IDLE_BAR, PAGE_BAR = 1.0, 5.0, 300.0, 2.0, 300.0
END = b"\x07"  # of the mark before each prompt
COMMANDS = ("date", "id", "ls /proc", "cat /proc/net/tcp", "ls -la /etc", "cat /proc/1/status", "uptime", "ls /tmp")
SPIN = "while :; do :; done"


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured: machines, starts of one alone and of one more, seconds of each time that is watched."""

    machines: int = 30
    alone: int = 5
    again: int = 20
    idle: float = 30.0
    typing: float = 30.0
    spinning: float = 20.0


SHORT = Extent(machines=3, alone=1, again=2, idle=5.0, typing=12.0, spinning=3.0)


@dataclass
class Room:
    """Machines from one snapshot in a folder of their own."""

    saved: Snapshot
    folder: Path
    extent: Extent
    limits: Limits = field(default_factory=lambda: Limits(at_once=60, longest_minutes=30))
    guests: list[Guest] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def one(self) -> tuple[Guest, float]:
        """Another machine, and the seconds until it ran."""
        folder, begun = self.folder / str(next(self.numbers)), time.monotonic()
        guest = Guest.start(self.saved, folder, self.limits)
        return guest, time.monotonic() - begun

    def fill(self, at_once: int) -> float:
        """Start as many as are missing, so many at once; the seconds until all ran."""
        begun = time.monotonic()
        with ThreadPoolExecutor(at_once) as workers:
            self.guests += [
                each for each, _ in workers.map(lambda _: self.one(), range(self.extent.machines - len(self.guests)))
            ]
        return time.monotonic() - begun

    def empty(self) -> None:
        """End them all."""
        while self.guests:
            self.guests.pop().stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.empty()


def live(settings: Settings, *, short: bool = False) -> Figures:
    """Starts, answers, idle processor time and pages with thirty machines."""
    with ExitStack() as stack:
        space = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="engram-bench-")))
        saved = _snapshot(settings, space / "snapshot")
        taught = stack.enter_context(classroom(space / "class", 1))
        room = stack.enter_context(Room(saved, space / "machines", SHORT if short else Extent()))
        yield figure("live", "processes that were waiting before", round(os.getloadavg()[0], 2), "processes", None)
        yield from _alone(room)
        yield from _starts(room)
        yield from _at_work(room, taught)
        yield from _idle(room, taught)
        yield from _spinning(room, taught)


def _snapshot(settings: Settings, folder: Path) -> Snapshot:
    """One that is there, or a new one of the first live lab."""
    for each in sorted((settings.instance / "snapshots").glob("*/about.json")):
        try:
            return snapshot(each.parent)
        except DomainError:
            continue
    plan = first_plan(settings)
    pack = settings.labs / "exhibits" / prove_live.base_of(settings, plan)
    with build.ground(pack, plan.machine.additions) as base:
        return prepare(plan, base, folder, lambda _: None)


def first_plan(settings: Settings) -> Scenario:
    """The first variant of the first live lab; NotThere where no lab is live."""
    for name in preparing.live_labs(settings.labs):
        return preparing.plans(settings.labs, name)[0]
    raise NotThere("There is no live lab whose machines could be measured.")


def _alone(room: Room) -> Figures:
    taken, count = [], room.extent.alone
    for _ in range(count):
        guest, seconds = room.one()
        taken.append(seconds)
        guest.stop()
    yield figure("live", f"start of a machine alone, median of {count}", _at(taken, 0.5), "s", ONE_BAR)


def _starts(room: Room) -> Figures:
    """One more while the others run; then all at once."""
    room.fill(4)
    room.guests.pop().stop()
    time.sleep(SETTLED)
    taken, machines, again = [], room.extent.machines, room.extent.again
    for _ in range(again):
        guest, seconds = room.one()
        taken.append(seconds)
        guest.stop()
    what = f"start while {machines - 1} run, 95th of {again}"
    yield figure("live", what, _at(taken, 0.95), "s", ONE_BAR)
    room.empty()
    seconds = room.fill(machines)
    yield figure("live", f"{machines} asked for at once, all up", round(seconds, 2), "s", ALL_BAR)
    lowest = min({each.level for each in room.guests}, key=("plain", "namespace", "user").index)
    yield figure("live", f"machines behind walls of the level '{lowest}'", len(room.guests), "machines", None)
    time.sleep(SETTLED)


def _at_work(room: Room, taught: Classroom) -> Figures:
    """A command now and then at each. The first one at a machine finds nothing translated yet, and is told apart."""
    with _pages(taught) as pages, ThreadPoolExecutor(len(room.guests)) as people:
        until = time.monotonic() + room.extent.typing
        each = list(people.map(lambda guest: _types(guest, until), room.guests))
    first, later = [some[0] for some in each], [seconds for some in each for seconds in some[1:]]
    what = f"answer of the first command at each of {len(first)} machines, median"
    yield figure("live", what, round(1000 * _at(first, 0.5), 1), "ms", None)
    what = f"answer of a command at {len(room.guests)} machines, 95th of {len(later)}"
    yield figure("live", what, round(1000 * _at(later, 0.95), 1), "ms", ANSWER_BAR)
    yield from _page_figures(pages, "while they type")


def _types(guest: Guest, until: float) -> list[float]:
    own = random.Random(str(guest.folder))  # noqa: S311 - a pace, no secret
    time.sleep(own.uniform(0, BETWEEN))
    found = [answer(guest, own.choice(COMMANDS))]
    while time.monotonic() < until:
        time.sleep(own.uniform(0.5, 1.5) * BETWEEN)
        found.append(answer(guest, own.choice(COMMANDS)))
    return found


def answer(guest: Guest, command: str) -> float:
    """Type a command; the seconds until its mark was there."""
    offset, begun = guest.console_size, time.monotonic()
    guest.type(f"{command}\n".encode())
    while (taken := time.monotonic() - begun) < LATEST:
        new = guest.console(offset, 1 << 16)
        if END in new:
            return taken
        time.sleep(LOOK)
    return LATEST


def _idle(room: Room, taught: Classroom) -> Figures:
    """Nobody types: what each takes, its keeper and launchers included."""
    trees = [_tree(int(each.about["keeper"])) for each in room.guests]
    with _pages(taught) as pages:
        before, begun = [_processor(tree) for tree in trees], time.monotonic()
        time.sleep(room.extent.idle)
        after, seconds = [_processor(tree) for tree in trees], time.monotonic() - begun
    shares = [100 * (new - old) / seconds for old, new in zip(before, after, strict=True)]
    yield figure("live", "an idle machine, mean", round(sum(shares) / len(shares), 2), "%", IDLE_BAR)
    yield figure("live", "an idle machine, the busiest", round(max(shares), 2), "%", IDLE_BAR)
    memory = [_memory(tree) for tree in trees]
    yield figure("live", "memory of its own of a machine, mean", round(sum(memory) / len(memory)), "MiB", None)
    yield from _page_figures(pages, "while they are idle")


def _spinning(room: Room, taught: Classroom) -> Figures:
    """All but one compute without end."""
    *spinning, quiet = room.guests
    for each in spinning:
        each.type(f"{SPIN}\n".encode())
    time.sleep(NOTICED)
    with _pages(taught) as pages:
        until, taken = time.monotonic() + room.extent.spinning, []
        while time.monotonic() < until:
            taken.append(answer(quiet, "date"))
            time.sleep(1)
    what = f"answer of a command while {len(spinning)} others spin, median"
    yield figure("live", what, round(1000 * _at(taken, 0.5)), "ms", None)
    yield from _page_figures(pages, f"while {len(spinning)} spin")
    begun, machines = time.monotonic(), len(room.guests)
    room.empty()
    yield figure("live", f"{machines} ended, one after the other", round(time.monotonic() - begun, 2), "s", None)


@contextmanager
def _pages(taught: Classroom) -> Iterator[dict[str, list[float]]]:
    """Ask for pages in turn meanwhile; the milliseconds of each, by what it is."""
    asked = {
        "health": "/health",
        "home": "/",
        "lab": f"/labs/{LAB}",
        "workbench": f"/attempts/{taught.seats[0].attempt}",
    }
    found: dict[str, list[float]] = {name: [] for name in asked}
    over = threading.Event()
    get = _client(taught)
    for path in asked.values():
        get(path)

    def ask() -> None:
        while not over.is_set():
            for name, path in asked.items():
                found[name].append(get(path))
                over.wait(0.25)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield found
    finally:
        over.set()
        asking.join()


def _client(taught: Classroom) -> Callable[[str], float]:
    connection = HTTPConnection("127.0.0.1", taught.server.port, timeout=60)

    def get(path: str) -> float:
        begun = time.monotonic()
        connection.request("GET", path, headers={"Cookie": taught.seats[0].cookie})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:  # noqa: PLR2004 - a page
            raise RuntimeError(f"{path} answered {answer.status}")
        return 1000 * (time.monotonic() - begun)

    return get


def _page_figures(pages: dict[str, list[float]], when: str) -> Figures:
    for name, taken in pages.items():
        yield figure("live", f"page {name} {when}, 95th of {len(taken)}", round(_at(taken, 0.95), 1), "ms", PAGE_BAR)


def _at(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of them does not pass."""
    ordered = sorted(values)
    return round(ordered[max(0, -int(-share * len(ordered) // 1) - 1)], 4)


def _tree(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for each in found:
        below = Path(f"/proc/{each}/task/{each}/children").read_text("ascii")
        found += map(int, below.split())
    return found


def _processor(pids: Sequence[int]) -> float:
    """Seconds of processor that some processes have used."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def _memory(pids: Sequence[int]) -> float:
    """MiB that are gone from this computer by some processes (Pss, proc(5))."""
    total = 0
    for pid in pids:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii", "replace")
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total / 1024
