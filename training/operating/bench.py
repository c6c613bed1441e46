"""Figures of the running program against their bars: how it starts, what a page weighs, what a kill loses."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from training.operating.tour import play
from training.operating.tour.client import Page, Reader
from training.operating.tour.path import COURSE, LAB
from training.operating.tour.server import Server
from training.settings import Settings

STARTS = 5
START_BAR = 3.0  # seconds
WEIGHT_BAR = 100 * 1024  # bytes of a first view in all, uncompressed
LINKED = re.compile(r'(?:href|src)="(/static/[^"]+)"')
Figures = Iterator[dict[str, Any]]


def start(_settings: Settings) -> Figures:
    """Seconds from the command to the first answer, on an installation that was set up before: the median of five."""
    with tempfile.TemporaryDirectory(prefix="engram-bench-") as folder:
        server = Server(Path(folder) / "instance")
        first = server.start()
        server.stop()
        seconds = []
        for _ in range(STARTS):
            seconds.append(server.start())
            server.stop()
    yield _figure("start", "first start", round(first, 2), "s", None)
    yield _figure("start", "second start, median", round(median(seconds), 2), "s", START_BAR)


def weight(_settings: Settings) -> Figures:
    """Bytes of a first view of the main pages: the page, its stylesheet and its scripts, nothing cached."""
    with play.own_server() as server:
        reader = Reader(server.url)
        pages = {"sign-in": reader.get("/sign-in")}
        form = reader.page.form("login", "password")
        reader.send(form, {"login": "trainee", "password": server.passwords["trainee"]})
        pages["home"] = reader.get("/")
        for number in (1, 2, 3):
            pages[f"module 3.{number}"] = reader.get(f"/courses/{COURSE}/m3-{number}")
        reader.get(f"/labs/{LAB}")
        pages["lab"] = reader.page
        pages["workbench"] = reader.send(reader.page.form(says="Begin the lab"), {})
        for name, page in pages.items():
            yield _figure("weight", name, _in_all(server, page), "bytes", WEIGHT_BAR)


def kill(_settings: Settings) -> Figures:
    """The tour with SIGKILL between any two steps: steps whose outcome was lost."""
    said: list[str] = []
    outcome = play.alone(said.append, kill=True)
    yield _figure("kill", f"steps lost in {outcome.kills} kills", outcome.failed, "steps", 0)


def _in_all(server: Server, page: Page) -> int:
    linked = [Reader(server.url).get(address).size for address in sorted(set(LINKED.findall(page.html)))]
    return page.size + sum(linked)


def _figure(bench: str, metric: str, value: float, unit: str, bar: float | None) -> dict[str, Any]:
    return {
        "bench": bench,
        "metric": metric,
        "value": value,
        "unit": unit,
        "bar": bar,
        "ok": bar is None or value <= bar,
    }
