"""Sort the tests by what they need: a browser, a machine that boots, the stock command line, a database.

Nothing is left out by chance or by count. `make test` runs everything that needs none of the first three, `make
test-all` runs everything, and `.ci/run` runs what is marked `database` on PostgreSQL as well.
"""

import gc
from collections.abc import Generator

import pytest

from training.settings import ROOT

LONG = ("long", "browser", "machine", "cluster", "stock")
STOCK_FIXTURES = frozenset({"stock", "sides"})
"""Fixtures that run Volatility's own command line."""


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """Mark what needs more than Python, and begin modules that take minutes first.

    What is skipped where a program is missing (QEMU, a compiler, busybox) belongs to the tests of machines: the light
    ones run anywhere. Tests of pages are not marked `database`: the walk along all routes sees their queries on both
    databases. Of a test with many sets of parameters the first is, as the others make the same queries; where they
    differ, the test has the mark itself.
    """
    seen = set()
    for item in items:
        name, fixtures = item.nodeid.partition("[")[0], set(getattr(item, "fixturenames", ()))
        page = item.path.is_relative_to(ROOT / "tests" / "web")
        if "settings" in fixtures and not page and name not in seen and not item.get_closest_marker("any_database"):
            item.add_marker(pytest.mark.database)
        if fixtures & STOCK_FIXTURES:
            item.add_marker(pytest.mark.stock)
        if item.get_closest_marker("skipif"):
            item.add_marker(pytest.mark.machine)
        seen.add(name)
    yield  # -m chooses by marks, and the order is made
    long = {item.path for item in items if any(item.get_closest_marker(name) for name in LONG)}
    items.sort(key=lambda item: item.path not in long)


def pytest_collection_finish() -> None:
    """Leave what the collection of thousands of tests has made out of every later search for garbage, and search less
    often: looking through all of it again and again took up to a quarter of the time of tests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 10, 10)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that is skipped has failed: something that it needs is not installed, and it says what."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped, and nothing may be: {report.longrepr}"
    return report
