"""Figures of an attempt: how long the server takes for a page of each, and how long each picture alone.

A trainee of an installation of its own works on a lab that is as full as one gets: every run that a figure is made of,
and beside them the longest result that there is, of linux.kallsyms with more than 150,000 rows. The program answers in
this process, as in `bench pages`; the first view of each page is not counted.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from training.accounts import service as accounts
from training.analysis.models import State
from training.analysis.views import (
    bytes_figure,
    bytes_region,
    cross,
    network,
    network_figure,
    pattern,
    timeline,
    timeline_figure,
    tree,
    tree_figure,
    view,
    walk,
    walk_figure,
)
from training.factory import create_app, open_rooms
from training.labs.models import Attempt
from training.labs.service import attempts, runs, seeing
from training.operating import startup
from training.operating.bench.classroom import lay_out_lab
from training.operating.bench.figures import Figures, figure
from training.operating.bench.pages import weight
from training.operating.tour.path import LAB
from training.settings import Settings
from training.web.rooms import Rooms

COMMANDS = (
    *("linux.pslist", "linux.pstree", "linux.pidhashtable", "linux.psscan", "linux.psaux", "linux.sockstat"),
    *("linux.sockscan", "linux.bash", "linux.pagecache.Files", "engram.timeline"),
)
MANY_ROWS = "linux.kallsyms"
"""No figure is made of it. It takes twenty seconds, and the short form goes without."""
PLACES = {
    "bytes": "engram.bytes --pid 1 --address 0x400000 --length 4096",
    "walk": "engram.walk --pid 1 --address 0x400000",
}
"""Addresses at the program of the first process, which is one that always lies there."""
PAGES = {
    **{name: name for name in ("tree", "timeline", "network", "matrix")},
    "bytes": "bytes?pid=1&address=0x400000&length=4096",
    "walk": "walk?pid=1&address=0x400000",
}
VIEWS = 15  # counted for each page
PAGE_BAR, FIGURE_BAR = 150.0, 30.0  # milliseconds
WEIGHT_BAR = 100.0  # KiB
LONGEST = 300  # seconds for a run
PAUSE = 0.05  # seconds between two looks at a run


def figures(settings: Settings, *, short: bool = False) -> Figures:
    """Milliseconds of processor for each page and each picture, and KiB of a first view of the page."""
    views, further = (1, ()) if short else (VIEWS, (MANY_ROWS,))
    with (
        tempfile.TemporaryDirectory(prefix="engram-bench-") as folder,
        at_work(settings, Path(folder), (*COMMANDS, *further, *PLACES.values())) as (rooms, at),
    ):
        client = client_of(rooms)
        with rooms.store.reading() as session:
            listed = runs.listed(session, session.get_one(Attempt, at))
        yield figure("seeing", "rows of the longest result", max(one.run.rows or 0 for one in listed), "rows", None)
        for name, place in PAGES.items():
            address = f"/attempts/{at}/seeing/{place}"
            first = client.get(address)
            if first.status_code != 200:  # noqa: PLR2004 - a page
                raise RuntimeError(f"{address} answered {first.status_code}")
            pages = [milliseconds(partial(client.get, address)) for _ in range(views)]
            yield figure("seeing", f"page of {name}, median", round(median(pages), 2), "ms", PAGE_BAR)
            yield figure("seeing", f"first view of {name}", round(weight(client, first) / 1024, 1), "KiB", WEIGHT_BAR)
        for name, draw in _pictures(rooms, listed):
            times = [milliseconds(draw) for _ in range(views)]
            yield figure("seeing", f"picture of {name}, median", round(median(times), 2), "ms", FIGURE_BAR)


@contextmanager
def at_work(settings: Settings, folder: Path, commands: Iterable[str]) -> Iterator[tuple[Rooms, Any]]:
    """An installation with one lab, in which a trainee has had all commands answered, and the attempt."""
    mine = settings.model_copy(update={**lay_out_lab(folder), "instance": folder / "instance", "database_url": ""})
    startup.migrate(mine, now(), _quiet)
    rooms = open_rooms(mine)
    try:
        startup.prepare(mine, rooms.store, now(), _quiet, _quiet)
        with rooms.store.writing() as session:
            actor = accounts.actor_of(accounts.by_login(session, "trainee"))
            at = attempts.begin(session, mine.instance, actor, LAB, now()).id
        for command in commands:
            _answered(rooms, at, command)
        yield rooms, at
    finally:
        rooms.engine.stop()
        rooms.store.close()


def _answered(rooms: Rooms, at: Any, command: str) -> None:
    with rooms.store.writing() as session:
        case = attempts.case(session, rooms.settings.instance, session.get_one(Attempt, at))
        number = runs.ask(session, case, command, now()).number
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


def client_of(rooms: Rooms) -> Any:
    """A client of the program in which the trainee is signed in."""
    client = create_app(rooms.settings, rooms).test_client()
    with rooms.store.writing() as session:
        token = accounts.start(session, accounts.by_login(session, "trainee").id, now=now())
    with client.session_transaction() as cookie:
        cookie["token"] = token
    return client


def _pictures(rooms: Rooms, listed: list[runs.Asked]) -> Iterator[tuple[str, Callable[[], object]]]:
    """Each picture, of results that are open already, from what was read of them."""
    with seeing.materials(listed, None, rooms.shown) as found:
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
        by_plugin = {one.plugin: one for one in found}
        region = bytes_region.of(by_plugin[bytes_region.PLUGIN], tree.nobody)
        way = walk.of(by_plugin[walk.PLUGIN], tree.nobody)
        if way is None:
            raise RuntimeError(f"{PLACES['walk']} gave no way")
        yield "bytes", lambda: bytes_figure.figure(region)
        yield "walk", lambda: walk_figure.figure(way)


def milliseconds(work: Callable[[], object]) -> float:
    """Processor that a piece of work took: other work on the machine doesn't count."""
    began = time.process_time()
    work()
    return 1000 * (time.process_time() - began)


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def _quiet(*_told: object) -> None:
    """Nobody is there to be told."""
