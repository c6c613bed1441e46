"""The exhibit that the repository holds, opened by the engine."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import volatility3.framework

from training.analysis.volatility import framework
from training.analysis.volatility.bench import reference as references
from training.forge import pack

from .client import ROOT, Kernel, Warm

PACKS = ROOT / "labs" / "exhibits"
PACK = PACKS / "finance-workstation-a"


Broken = Callable[[str], Warm]


@dataclass(frozen=True)
class Files:
    """Where an exhibit's image and symbol folder lie."""

    image: Path
    symbols: Path


@pytest.fixture(autouse=True)
def _handlers_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Volatility makes every handler of addresses that it finds in its process, without arguments.

    Its own processes hold none but its own. That of the tests also draws certificates, with a library that has others.
    """
    found = volatility3.framework.class_subclasses

    def own(cls: type) -> Iterator[type]:
        return (one for one in found(cls) if not one.__module__.startswith("fpdf"))

    monkeypatch.setattr(volatility3.framework, "class_subclasses", own)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("island-exhibit")
    return Files(pack.unpack(PACK, folder), folder / "symbols")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("island-cache")


@pytest.fixture(scope="session")
def kernel(files: Files, cache: Path) -> Iterator[Kernel]:
    started = Kernel(files.symbols, cache)
    yield started
    assert started.close() == 0


@pytest.fixture(scope="session")
def warm(kernel: Kernel, files: Files) -> Iterator[Warm]:
    opened = kernel.open(files.image, "linux")
    yield opened
    opened.close()


BREAKABLE = """
from training.analysis.volatility import kernel
load = kernel.load
def patched(start):
    loaded = load(start)
    from training.analysis.volatility import warm
    serve = warm.serve
    def broken(loaded, said, *files):
        exec(said.pop("break"), {"loaded": loaded})
        return serve(loaded, said, *files)
    warm.serve = broken
    return loaded
kernel.load = patched
"""


@pytest.fixture(scope="session")
def breakable(files: Files, cache: Path) -> Iterator[Kernel]:
    """A kernel process that may be broken for one warm process, which is a fork of it: see `broken`."""
    started = Kernel(files.symbols, cache, BREAKABLE)
    yield started
    assert started.close() == 0


@pytest.fixture
def broken(breakable: Kernel, files: Files, warm: Warm) -> Iterator[Broken]:
    """Opens the exhibit in a warm process in which something is broken on purpose, by Python that it executes first."""
    opened: list[Warm] = []

    def make(patch: str) -> Warm:
        opened.append(breakable.open(files.image, "linux", warm.ready["kernel"], **{"break": patch}))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The Windows image to compare on; only tests that are collected where there is one may ask for it."""
    forge = references.folder()
    assert forge, f"{references.VARIABLE} is not set"
    made = references.make(forge, tmp_path_factory.mktemp("reference"))
    return Files(made.image, made.symbols)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was compared with the command line, and what was not."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "compared with vol":
                terminalreporter.write_line(f"{name}: {value}")
    if references.folder() is None:
        terminalreporter.write_line(
            f"not collected: tests of windows.* plugins against vol; {references.VARIABLE} names no folder"
        )


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Volatility in this process, settled on a folder of its own: its plugins by class name."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        for name in ("XDG_CACHE_HOME", "HOME"):
            patch.setenv(name, str(tmp_path_factory.mktemp("library")))
        framework.settle(tmp_path_factory.mktemp("library-cache"))  # changes the same variables
        yield framework.load()
