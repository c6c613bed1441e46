"""Pages of modules: how long the server takes to make one, and what it weighs, for every module that can be published.

The program answers in this process, without a network in between: what is measured is the whole way of a request, from
the first look at the session to the finished page. The first view of each module, which renders its text, is not
counted; the bar speaks of those after it. A weight is that of a first view: the page with its stylesheet and scripts,
as a reader with nothing answered sees it, and then in each language with every question answered and explained.
"""

import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from training.accounts import service as accounts
from training.content import service as content
from training.courses.manuscript import reader
from training.factory import create_app, open_rooms
from training.learning import service as learning
from training.operating import startup
from training.operating.bench import answering
from training.operating.bench.figures import Figures, figure
from training.sentence import LANGUAGES
from training.settings import Settings

VIEWS = 25  # counted for each module
FEW_MODULES = 3  # of the short form, each seen twice
RENDER_BAR = 15.0  # milliseconds
WEIGHT_BAR = 100.0  # KiB
LINKED = re.compile(r'(?:href|src)="(/static/[^"]+)"')


def pages(settings: Settings, *, short: bool = False) -> Figures:
    """Milliseconds and KiB over all modules, and the slowest and heaviest of them by name."""
    with tempfile.TemporaryDirectory(prefix="engram-bench-") as folder, _client(settings, Path(folder)) as client:
        times: dict[str, list[float]] = {}
        weights: dict[str, float] = {}
        processor: list[float] = []
        addresses, views = _addresses(client.application.extensions["rooms"]), VIEWS
        if short:
            addresses, views = addresses[:FEW_MODULES], 2
        for address in addresses:
            first = client.get(address)
            if first.status_code != 200:  # noqa: PLR2004 - a page
                raise RuntimeError(f"{address} answered {first.status_code}")
            weights[address] = weight(client, first) / 1024
            began = time.process_time()
            times[address] = [_milliseconds(client, address) for _ in range(views)]
            processor.append(1000 * (time.process_time() - began) / views)
        answered = _answered(client, list(times))
    every = [one for each in times.values() for one in each]
    slowest = max(times, key=lambda address: median(times[address]))
    yield figure("pages", "modules", len(times), "pages", None)
    yield figure("pages", "render, median", round(median(every), 2), "ms", RENDER_BAR)
    yield figure("pages", "render, 95th percentile", round(quantiles(every, n=20)[-1], 2), "ms", RENDER_BAR)
    yield figure("pages", "processor for one, median", round(median(processor), 2), "ms", None)
    yield figure("pages", f"render, median of {slowest}", round(median(times[slowest]), 2), "ms", RENDER_BAR)
    yield from _heavy("weight", weights)
    yield from _heavy("weight answered", answered)


def _heavy(what: str, weights: dict[str, float]) -> Figures:
    heaviest = max(weights, key=lambda address: weights[address])
    yield figure("pages", f"{what}, median", round(median(weights.values()), 1), "KiB", WEIGHT_BAR)
    yield figure("pages", f"{what} of {heaviest}", round(weights[heaviest], 1), "KiB", WEIGHT_BAR)


@contextmanager
def _client(settings: Settings, instance: Path) -> Iterator[Any]:
    """Somebody signed in to an installation of its own with the courses and labs of this one."""
    mine = settings.model_copy(update={"instance": instance, "database_url": ""})
    startup.migrate(mine, _now(), _nothing)
    rooms = open_rooms(mine)
    try:
        startup.publish(rooms.store, mine, _now(), _nothing)
        with rooms.store.writing() as session:
            accounts.found(session, _now())
            token = accounts.start(session, accounts.by_login(session, "trainee").id, now=_now())
        client = create_app(mine, rooms).test_client()
        with client.session_transaction() as cookie:
            cookie["token"] = token
        yield client
    finally:
        rooms.engine.stop()
        rooms.store.close()


def _addresses(rooms: Any) -> list[str]:
    with rooms.store.reading() as session:
        folders = [content.folder_of(rooms.settings.instance, one) for one in content.offered(session, "course")]
    courses = [reader.load(folder) for folder in folders]
    return [f"/courses/{course.id}/{module.id}" for course in courses for module in course.modules]


def _answered(client: Any, addresses: list[str]) -> dict[str, float]:
    """KiB of each module in each language, by both, once the reader has answered all there is."""
    rooms, weights = client.application.extensions["rooms"], dict[str, float]()
    with rooms.store.writing() as session:
        who = accounts.actor_of(accounts.by_login(session, "trainee"))
        for course, module in (address.split("/")[2:] for address in addresses):
            place = learning.place(session, rooms.settings.instance, who, course)
            answering.answer_all(session, who, place, module, _now())
    for language in LANGUAGES:
        client.set_cookie("language", language)
        weights |= {f"{address} in {language}": weight(client, client.get(address)) / 1024 for address in addresses}
    return weights


def weight(client: Any, page: Any) -> int:
    """Bytes of a first view of a page, as they are without compression: itself, its stylesheet, its scripts."""
    return len(page.data) + sum(len(client.get(address).data) for address in sorted(set(LINKED.findall(page.text))))


def _milliseconds(client: Any, address: str) -> float:
    began = time.perf_counter()
    client.get(address)
    return 1000 * (time.perf_counter() - began)


def _now() -> datetime:
    return datetime.now(UTC)


def _nothing(_said: str) -> None:
    """Nobody is there to be told."""
