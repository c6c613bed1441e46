"""How fast passages are found in the courses and labs of the repository."""

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import training.schema  # noqa: F401 - rows name each other's tables
from training.content import service as content
from training.courses.manuscript import reader as courses
from training.labs import reader as labs
from training.operating.bench.figures import Figures, figure
from training.search import service
from training.settings import Settings
from training.store import Store
from training.store.migrate import upgrade

BAR = 50.0  # milliseconds, for 95 of 100 searches
ROUNDS = 20
ASKED = (
    "memory",
    "linux.pslist",
    '"chain of custody"',
    "hidden process",
    "the of and",
    "evidence preservation order court",
    "preuve numérique",
    "الذاكرة",
    "nothingisfound",
    "volatilty",
    "cahin of custdy",
    "mémiore preuve numeriqe",
    "الذاكره الطبية المتطايرر",
    "p",
)


def search(settings: Settings, *, short: bool = False) -> Figures:
    """Seconds to index all that is published; milliseconds of a search, the page's own work left out."""
    with tempfile.TemporaryDirectory(prefix="engram-bench-") as folder:
        own = settings.model_copy(update={"instance": Path(folder), "database_url": ""})
        upgrade(own.database)
        store = Store(own.database)
        with store.writing() as session:
            for kind, parent, check in (("course", own.courses, courses.check), ("lab", own.labs, labs.check)):
                content.publish_all(session, own.instance, kind, parent, check, datetime.now(UTC))
        begun = time.perf_counter()
        sources = service.keep(store, own)
        yield figure("search", f"index of {sources} sources", round(time.perf_counter() - begun, 2), "s", None)
        for language in ("en", "ar"):
            times = [_timed(store, own, text, language) for _ in range(1 if short else ROUNDS) for text in ASKED]
            yield figure("search", f"search, median, {language}", round(quantiles(times, n=20)[9], 1), "ms", None)
            yield figure("search", f"search, p95, {language}", round(quantiles(times, n=20)[18], 1), "ms", BAR)
        store.close()


def _timed(store: Store, settings: Settings, text: str, language: str) -> float:
    begun = time.perf_counter()
    service.search(store, settings, text, language)
    return 1_000 * (time.perf_counter() - begun)
