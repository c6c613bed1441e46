"""The exhibit as the analysis sees it, and an engine on it."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from training.analysis import service
from training.analysis.command import parse
from training.analysis.engine import Engine, Limits
from training.analysis.executor import InlineExecutor
from training.analysis.exhibit import ExhibitFiles
from training.analysis.models import Run
from training.store import Store

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def files(unpacked: Path) -> ExhibitFiles:
    """The unpacked exhibit."""
    symbols = next((unpacked / "symbols").glob("linux/*"))
    return ExhibitFiles(
        hashlib.sha256((unpacked / "image.raw").read_bytes()).hexdigest(),
        hashlib.sha256(symbols.read_bytes()).hexdigest(),
        unpacked / "image.raw",
        unpacked / "symbols",
        "linux",
    )


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all runs of these tests, so that the symbol file is identified once."""
    return tmp_path_factory.mktemp("cache")


MakeEngine = Callable[..., Engine]


@pytest.fixture
def make_engine(store: Store, files: ExhibitFiles, tmp_path: Path, cache: Path) -> Iterator[MakeEngine]:
    """Makes engines on the exhibit; they are stopped after the test."""
    made: list[Engine] = []

    def make(
        executor: Executor | None = None,
        open_exhibit: Callable[[str], ExhibitFiles] = lambda _sha256: files,
        **limits: float,
    ) -> Engine:
        kept = Limits(**limits) if limits else None  # type: ignore[arg-type]
        results = tmp_path / "results"
        made.append(Engine(store, executor or InlineExecutor(), open_exhibit, results, cache=cache, limits=kept))
        return made[-1]

    yield make
    for engine in made:
        engine.stop()


@pytest.fixture
def ask(store: Store, files: ExhibitFiles) -> Callable[[str], Run]:
    """Ask for a run, committed, nothing started."""

    def asked(text: str) -> Run:
        with store.writing() as session:
            return service.ask(session, files, parse(text), NOW)

    return asked


@pytest.fixture
def again(store: Store) -> Callable[[Run], Run]:
    """The run as it stands in the database now."""

    def read(run: Run) -> Run:
        with store.reading() as session:
            return service.get(session, run.id)

    return read
