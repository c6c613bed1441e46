"""Figures of the engine against their bars, as far as they need no command line: many who ask at the same time."""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from training.analysis import cards as plugin_cards
from training.analysis import service
from training.analysis.command import Command, parse
from training.analysis.engine import Engine, utc_now
from training.analysis.exhibit import ExhibitFiles
from training.analysis.job import MIB
from training.analysis.models import Run, State
from training.analysis.work import Here
from training.store import Store
from training.store.migrate import upgrade

PEOPLE = 30
AT_ONCE = 2
BUDGET = 2048 * MIB
PACE = 0.02
ONE = {"linux": "linux.psscan", "windows": "windows.psscan"}

Figures = Iterator[dict[str, Any]]


class Class:
    """People who ask an engine, each in a thread of their own."""

    def __init__(self, store: Store, engine: Engine, files: ExhibitFiles) -> None:
        self._store, self._engine, self._files = store, engine, files

    def ask(self, commands: Sequence[Command]) -> tuple[list[Run], float]:
        """Everybody asks for one command at the same moment. The runs when all have ended, and the seconds since."""
        asked: list[UUID] = []
        starting = threading.Barrier(len(commands) + 1)

        def one(number: int, command: Command) -> None:
            starting.wait()
            with self._store.writing() as session:
                asked.append(service.ask(session, self._files, command, utc_now(), UUID(int=number + 1)).id)
            self._engine.wake()

        people = [threading.Thread(target=one, args=each) for each in enumerate(commands)]
        for person in people:
            person.start()
        starting.wait()
        began = time.monotonic()
        for person in people:
            person.join()
        while not all(run.state.ended for run in self._runs(asked)):
            time.sleep(PACE)
        return self._runs(asked), time.monotonic() - began

    def _runs(self, asked: Sequence[UUID]) -> list[Run]:
        with self._store.reading() as session:
            return [service.get(session, each) for each in dict.fromkeys(asked)]


@contextmanager
def class_of(files: ExhibitFiles, folder: Path) -> Iterator[Class]:
    """An engine with a database of its own."""
    url = f"sqlite:///{folder / 'bench.db'}"
    upgrade(url)
    store = Store(url)
    with ThreadPoolExecutor(AT_ONCE) as executor:
        place = Here(folder / "cache", BUDGET)
        engine = Engine(store, executor, place, lambda _sha256: files, folder, at_once=AT_ONCE)
        try:
            yield Class(store, engine, files)
        finally:
            engine.stop()
    store.close()


def different(os: str, many: int) -> list[Command]:
    """As many different commands, of the plugins that take least."""
    cards = sorted(plugin_cards.load().for_os(os), key=lambda card: (card.seconds, card.name))
    return [parse(card.name, os) for card in cards if not card.needs and not card.own][:many]


def asking(files: ExhibitFiles, folder: Path, count: int = PEOPLE) -> Figures:
    """Thirty people at the same time: all for one run, then each for another one."""
    with class_of(files, folder) as people:
        runs, seconds = people.ask([parse(ONE[files.os], files.os)] * count)
        complete = sum(run.state is State.COMPLETE for run in runs)
        yield figure(f"runs made for {count} people who ask for the same at once", len(runs), "runs", 1,
                     ok=len(runs) == complete == 1)  # fmt: skip
        yield figure(f"seconds until {count} people have it, the exhibit's start included", round(seconds, 2), "s")
        asked = different(files.os, count)
        runs, seconds = people.ask(asked)
        complete = sum(run.state is State.COMPLETE for run in runs)
        yield figure(f"runs complete of {count} different ones asked for at once", complete, "runs", count,
                     ok=complete == len(asked) == count)  # fmt: skip
        yield figure(f"seconds until they are complete, {AT_ONCE} at a time", round(seconds, 2), "s")


def figure(metric: str, value: float, unit: str, bar: float | None = None, *, ok: bool = True) -> dict[str, Any]:
    """One line of the benchmark."""
    return {"bench": "engine", "metric": metric, "value": value, "unit": unit, "bar": bar, "ok": ok}
