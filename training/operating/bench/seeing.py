"""Figures of an attempt: how long the server takes for a page of each, and how long each picture alone.

A trainee of an installation of its own works on a lab that is as full as one gets: every run that a figure is made of,
and beside them the longest result that there is, of linux.kallsyms with more than 150,000 rows. The program answers in
this process, as in `bench pages`; the first view of each page is not counted.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from training.accounts import service as accounts
from training.analysis.models import State
from training.analysis.views import (
    cross,
    network,
    network_figure,
    pattern,
    timeline,
    timeline_figure,
    tree,
    tree_figure,
    view,
)
from training.factory import create_app, open_rooms
from training.labs.models import Attempt
from training.labs.service import attempts, runs, seeing
from training.operating import startup
from training.operating.bench.figures import Figures, figure
from training.operating.bench.pages import weight
from training.settings import Settings
from training.web.rooms import Rooms

LAB = "finance-workstation"
COMMANDS = (
    *("linux.pslist", "linux.pstree", "linux.pidhashtable", "linux.psscan", "linux.psaux", "linux.sockstat"),
    *("linux.sockscan", "linux.bash", "linux.pagecache.Files", "engram.timeline", "linux.kallsyms"),
)
VIEWS = 15  # counted for each page
PAGE_BAR, FIGURE_BAR = 150.0, 30.0  # milliseconds
WEIGHT_BAR = 100.0  # KiB
LONGEST = 300  # seconds for a run
PAUSE = 0.05  # seconds between two looks at a run


def figures(settings: Settings) -> Figures:
    """Milliseconds of processor for each page and each picture, and KiB of a first view of the page."""
    with tempfile.TemporaryDirectory(prefix="engram-bench-") as folder, _at_work(settings, Path(folder)) as (rooms, at):
        client = _client(rooms)
        with rooms.store.reading() as session:
            listed = runs.listed(session, session.get_one(Attempt, at))
        yield figure("seeing", "rows of the longest result", max(one.run.rows or 0 for one in listed), "rows", None)
        for name in ("tree", "timeline", "network", "matrix"):
            address = f"/attempts/{at}/seeing/{name}"
            first = client.get(address)
            if first.status_code != 200:  # noqa: PLR2004 - a page
                raise RuntimeError(f"{address} answered {first.status_code}")
            pages = [_milliseconds(partial(client.get, address)) for _ in range(VIEWS)]
            yield figure("seeing", f"page of {name}, median", round(median(pages), 2), "ms", PAGE_BAR)
            yield figure("seeing", f"first view of {name}", round(weight(client, first) / 1024, 1), "KiB", WEIGHT_BAR)
        for name, draw in _pictures(rooms, listed):
            times = [_milliseconds(draw) for _ in range(VIEWS)]
            yield figure("seeing", f"picture of {name}, median", round(median(times), 2), "ms", FIGURE_BAR)


@contextmanager
def _at_work(settings: Settings, instance: Path) -> Iterator[tuple[Rooms, Any]]:
    """An installation in which a trainee has had all commands answered, and the attempt."""
    mine = settings.model_copy(update={"instance": instance, "database_url": ""})
    startup.migrate(mine, _now(), _quiet)
    rooms = open_rooms(mine)
    try:
        startup.prepare(mine, rooms.store, _now(), _quiet, _quiet)
        with rooms.store.writing() as session:
            actor = accounts.actor_of(accounts.by_login(session, "trainee"))
            at = attempts.begin(session, mine.instance, actor, LAB, _now()).id
        for command in COMMANDS:
            _answered(rooms, at, command)
        yield rooms, at
    finally:
        rooms.engine.stop()
        rooms.store.close()


def _answered(rooms: Rooms, at: Any, command: str) -> None:
    with rooms.store.writing() as session:
        case = attempts.case(session, rooms.settings.instance, session.get_one(Attempt, at))
        number = runs.ask(session, case, command, _now()).number
    rooms.engine.wake()
    last = time.monotonic() + LONGEST
    while time.monotonic() < last:
        with rooms.store.reading() as session:
            run = runs.numbered(session, session.get_one(Attempt, at), number).run
        if run.state.ended:
            break
        time.sleep(PAUSE)
    if run.state is not State.COMPLETE:
        raise RuntimeError(f"{command} is {run.state.word}: {run.reason}")


def _client(rooms: Rooms) -> Any:
    client = create_app(rooms.settings, rooms).test_client()
    with rooms.store.writing() as session:
        token = accounts.start(session, accounts.by_login(session, "trainee").id, now=_now())
    with client.session_transaction() as cookie:
        cookie["token"] = token
    return client


def _pictures(rooms: Rooms, listed: list[runs.Asked]) -> Iterator[tuple[str, Callable[[], object]]]:
    """Each picture, of results that are open already, from what was read of them."""
    with seeing.materials(listed, None, rooms.engine.result) as found:
        trees, nets, table = (
            tree.of(found, "linux"),
            network.of(found, "linux", tree.nobody),
            cross(view("linux", "processes"), found),
        )
        read = timeline.read(found)
        line = timeline.of(read, tree.nobody, *timeline.window(read))
        yield "tree", lambda: tree_figure.figure(trees)
        yield "tree along time", lambda: tree_figure.figure(trees, timed=True)
        yield "timeline", lambda: timeline_figure.figure(line)
        yield "network", lambda: network_figure.figure(nets)
        yield "matrix", lambda: pattern.figure(pattern.of(table))


def _milliseconds(work: Callable[[], object]) -> float:
    """Processor that a piece of work took: other work on the machine doesn't count."""
    began = time.process_time()
    work()
    return 1000 * (time.process_time() - began)


def _now() -> datetime:
    return datetime.now(UTC)


def _quiet(*_told: object) -> None:
    """Nobody is there to be told."""
