"""The exhibit as the analysis sees it, and an engine on it."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from training.analysis import cards, service
from training.analysis.command import parse
from training.analysis.engine import Engine
from training.analysis.executor import InlineExecutor
from training.analysis.exhibit import ExhibitFiles
from training.analysis.job import Job, Limits
from training.analysis.models import Run
from training.analysis.place import Place
from training.analysis.work import Here
from training.store import Store

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
SOMEBODY = UUID(int=1)


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
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    """This machine as a place to run things, shared by tests that leave it whole: its warm processes stay."""
    made = Here(tmp_path_factory.mktemp("cache"), 2**31)
    yield made
    made.close()


class Shared:
    """A place whose end is not the end of the one behind it."""

    def __init__(self, place: Place) -> None:
        self.work = place.work

    def close(self) -> None:
        """Nothing: others use it."""


MakeEngine = Callable[..., Engine]


@pytest.fixture
def make_engine(store: Store, files: ExhibitFiles, tmp_path: Path, here: Here) -> Iterator[MakeEngine]:
    """Makes engines on the exhibit; they are stopped after the test."""
    made: list[Engine] = []

    def make(
        executor: Executor | None = None,
        open_exhibit: Callable[[str], ExhibitFiles] = lambda _sha256: files,
        *,
        place: Place | None = None,
        at_once: int = 2,
        **limits: float,
    ) -> Engine:
        kept = Limits(**limits) if limits else None  # type: ignore[arg-type]
        where = place or Shared(here)
        made.append(
            Engine(store, executor or InlineExecutor(), where, open_exhibit, tmp_path, at_once=at_once, limits=kept)
        )
        return made[-1]

    yield make
    for engine in made:
        engine.stop()


@pytest.fixture
def ask(store: Store, files: ExhibitFiles) -> Callable[[str], Run]:
    """Ask for a run, committed, nothing started."""

    def asked(text: str) -> Run:
        with store.writing() as session:
            return service.ask(session, files, parse(text), NOW, SOMEBODY)

    return asked


@pytest.fixture
def again(store: Store) -> Callable[[Run], Run]:
    """The run as it stands in the database now."""

    def read(run: Run) -> Run:
        with store.reading() as session:
            return service.get(session, run.id)

    return read


def job_of(files: ExhibitFiles, folder: Path, plugin: str, **limits: float) -> Job:
    """A job as the engine makes it, with its result in `folder`."""
    known = cards.load()
    card = known.get(plugin)
    return Job(
        exhibit=files.sha256,
        symbols_sha256=files.symbols_sha256,
        os=files.os,
        image=files.image,
        symbols=files.symbols,
        plugin=card.name,
        plugin_version=card.version,
        volatility=known.volatility,
        island=known.island,
        options={},
        result=folder / f"{plugin}.db",
        dumps=folder / "dumps",
        limits=Limits(**limits),  # type: ignore[arg-type]
    )
