"""How the program starts, and what a page weighs."""

import re
import tempfile
from pathlib import Path
from statistics import median

from training.operating.bench.figures import Figures, figure
from training.operating.tour import play
from training.operating.tour.client import Page, Reader
from training.operating.tour.path import COURSE, LAB
from training.operating.tour.server import Server
from training.settings import Settings

STARTS = 5
START_BAR = 3.0  # seconds
WEIGHT_BAR = 100 * 1024  # bytes of a first view in all, uncompressed
LINKED = re.compile(r'(?:href|src)="(/static/[^"]+)"')


def start(_settings: Settings, *, short: bool = False) -> Figures:
    """Seconds from the command to the first answer, on an installation that was set up before: the median of five."""
    with tempfile.TemporaryDirectory(prefix="engram-bench-") as folder:
        server = Server(Path(folder) / "instance")
        first = server.start()
        server.stop()
        seconds = []
        for _ in range(1 if short else STARTS):
            seconds.append(server.start())
            server.stop()
    yield figure("start", "first start", round(first, 2), "s", None)
    yield figure("start", "second start, median", round(median(seconds), 2), "s", START_BAR)


def weight(_settings: Settings, *, short: bool = False) -> Figures:  # noqa: ARG001 - nothing is repeated
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
            yield figure("weight", name, _in_all(server, page), "bytes", WEIGHT_BAR)


def _in_all(server: Server, page: Page) -> int:
    linked = [Reader(server.url).get(address).size for address in sorted(set(LINKED.findall(page.html)))]
    return page.size + sum(linked)
