"""Every test that is collected is run, or left out by its mark: counted and said at the end of each run."""

from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass
class Count:
    """What one run of the tests has chosen, left out and run. With several workers, that of the process over them."""

    left_out: int = 0
    chosen: frozenset[str] = frozenset()
    ran: set[str] = field(default_factory=set)

    @property
    def missing(self) -> list[str]:
        """The tests that were chosen and never ran, by their ids."""
        return sorted(self.chosen - self.ran)


COUNT = pytest.StashKey[Count]()
LEFT_OUT = "tests left out"  # by a worker, in what it hands over at its end


def pytest_configure(config: pytest.Config) -> None:
    """Begin to count."""
    config.stash[COUNT] = Count()


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Some are left out, by -m or -k."""
    if items:
        items[0].config.stash[COUNT].left_out += len(items)


def pytest_collection_finish(session: pytest.Session) -> None:
    """All tests are known; a worker tells the process over it."""
    count = session.config.stash[COUNT]
    count.chosen = frozenset(item.nodeid for item in session.items)
    handed = _handed_over(session.config)
    if handed is not None:
        handed[LEFT_OUT] = count.left_out


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:
    """A worker knows its tests; all know the same."""
    node.config.stash[COUNT].chosen |= set(ids)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker has ended, and left word of what it left out."""
    left_out = getattr(node, "workeroutput", {}).get(LEFT_OUT, 0)
    count = node.config.stash[COUNT]
    count.left_out = max(count.left_out, left_out)


class _Reports:
    """Notes which tests were run."""

    def __init__(self, count: Count) -> None:
        self._count = count

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.failed:
            self._count.ran.add(report.nodeid)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Listen to the reports, where they come together."""
    if _handed_over(session.config) is None:
        session.config.pluginmanager.register(_Reports(session.config.stash[COUNT]))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A run in which a chosen test did not run has failed, unless it was broken off or asked to end at a failure."""
    count = session.config.stash[COUNT]
    whole = not (session.shouldstop or session.shouldfail or session.config.option.collectonly)
    if whole and _handed_over(session.config) is None and count.missing and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say the three numbers, and what never ran."""
    count = config.stash[COUNT]
    if config.option.collectonly:
        return
    whole = len(count.chosen) + count.left_out
    terminalreporter.write_line(
        f"{whole} tests collected: {count.left_out} left out by -m or -k, {len(count.ran & count.chosen)} of the other "
        f"{len(count.chosen)} ran"
    )
    for name in count.missing[:20]:
        terminalreporter.write_line(f"never ran: {name}")


def _handed_over(config: pytest.Config) -> dict[str, Any] | None:
    """What a worker hands over at its end; None in the process over the workers, and where there are none."""
    return getattr(config, "workeroutput", None)
