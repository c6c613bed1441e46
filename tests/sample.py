"""What of the suite runs each time: all of it with WHOLE=1, without it a fixed part of what is long or many alike."""

import os
from collections import Counter
from collections.abc import Generator
from zlib import crc32

import pytest

from tests.once import set_aside
from training.settings import ROOT

SERVER = os.environ.get("ENGRAM_DATABASE_URL", "")
LONG = ("long", "browser", "machine", "cluster")
MANY = 8
"""Sets of parameters of one test from which on every fourth is made each time."""


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
    """What uses a database is marked as such, so that it runs on PostgreSQL too, unless something else counts there.

    Tests of pages don't: the walk along all routes sees their queries on both databases. Of a test with many sets of
    parameters the first does, as the others make the same queries; where that is not so, it has the mark itself. There
    a fixed twentieth of them runs, and all where WHOLE is set.
    Modules that take minutes are begun first, so that no process is left alone with one at the end. Some long checks
    are made only where WHOLE is set.
    """
    if "WHOLE" not in os.environ:
        sets = Counter(item.nodeid.partition("[")[0] for item in items)
        left = [item for item in items if _waits(item, sets[item.nodeid.partition("[")[0]])]
        config.hook.pytest_deselected(items=left)
        waits = set(left)
        items[:] = [item for item in items if item not in waits]
    seen = set()
    part = SERVER and "WHOLE" not in os.environ
    for item in items:
        name = item.nodeid.partition("[")[0]
        page = item.path.is_relative_to(ROOT / "tests" / "web")
        other = name in seen or bool(part and crc32(name.encode()) % 20) or item.get_closest_marker("any_database")
        if "settings" in getattr(item, "fixturenames", ()) and not page and not other:
            item.add_marker(pytest.mark.database)
        seen.add(name)
    yield  # -m chooses by marks, and the order is made
    long = {item.path for item in items if any(item.get_closest_marker(name) for name in LONG)}
    items.sort(key=lambda item: item.path not in long)


def _waits(item: pytest.Item, sets: int) -> bool:
    """Whether a test is left to WHOLE=1: a long check, or one of many alike, of which every n-th is made each time.

    Where an installation is made for each set of parameters, every fifth of them runs, but for roles and languages;
    of a test with many sets every fourth. Of what needs a browser, a machine or the stock command line a fixed quarter
    runs, and what is marked as `always`: the ways that everything else rests on.
    """
    if item.get_closest_marker("whole"):
        return True
    fixtures = getattr(item, "fixturenames", ())
    long = item.get_closest_marker("machine") or item.path.is_relative_to(ROOT / "tests" / "browser")
    if (long or "stock" in fixtures) and not item.get_closest_marker("always") and crc32(item.nodeid.encode()) % 4:
        return True
    marked, spec = item.get_closest_marker("every"), getattr(item, "callspec", None)
    if spec is None:
        return False
    dear = "settings" in fixtures and not {"who", "role", "language"} & set(spec.params)
    nth = marked.args[0] if marked else 5 if dear else 4 if sets >= MANY else 1
    return bool(sum(spec.indices.values()) % nth)


def pytest_collection_finish() -> None:
    """All tests are known."""
    set_aside()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where NO_SKIPS is set, as in CI, a test that is skipped has failed: something is not installed."""
    report = yield
    if report.skipped and os.environ.get("NO_SKIPS"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr}"
    return report
