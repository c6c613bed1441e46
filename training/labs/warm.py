"""Make the runs of a lab ahead of time, so that nobody in a class waits for what everybody will ask.

They are the runs that the lab's answer keys are worked out from, and those that findings may cite. Nobody's turn is
taken: in the queue they come after everything that people wait for.
"""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from training.analysis import service as analysis
from training.analysis import setup
from training.analysis.command import Command
from training.analysis.models import Run, State
from training.errors import Conflict, NotThere
from training.evidence import service as evidence
from training.evidence.service import Progress, Vault
from training.forge import pack
from training.grading.question import queries, sources
from training.labs import reader
from training.labs.prove import names
from training.settings import Settings
from training.store import Store

PACE = 0.1  # seconds between two looks at what has ended

Clock = Callable[[], datetime]
Hold = Callable[[Path], AbstractContextManager[None]]
"""Takes the instance for this process; Conflict when a server has it."""
Seen = Callable[[str, int, int], None]
"""Called with the names of the labs, the runs that have ended, and how many there are."""


@dataclass(frozen=True, slots=True)
class Warmed:
    """How it went: what was there before, what was made, what did not complete, and what is left to a server."""

    there: int
    made: int
    incomplete: tuple[str, ...]
    queued: int
    seconds: float

    @property
    def summary(self) -> str:
        """All of it in one line."""
        runs = self.there + self.made + len(self.incomplete) + self.queued
        left = f", {self.queued} left to the running server" if self.queued else ""
        return (
            f"warm: {runs} runs, {self.made} made, {self.there} were there, {len(self.incomplete)} not complete{left}, "
            f"{self.seconds:.1f} s"
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """Runs that were asked for: those that had a result already, and those to come."""

    there: frozenset[UUID]
    coming: frozenset[UUID]


def warm(
    settings: Settings, store: Store, labs: Sequence[str], clock: Clock, hold: Hold, seen: Seen, progress: Progress
) -> Warmed:
    """Ask for the runs of labs and make them here. Where a server has the instance they are only asked for: it makes
    them when nobody waits.

    Raises:
        NotThere: there is no such lab, or a pack is missing.
        ContentError: the files of a lab have mistakes.
        Damaged: a pack is damaged.
        NoRoom: the disk has too little room for the exhibits that are to be unpacked.
    """
    began = time.monotonic()
    wanted = [each for lab in labs for each in _wanted(settings, lab)]
    _demand_room(settings.instance, {packed for packed, _ in wanted})
    asked = _ask(settings, store, wanted, clock, progress)
    with ExitStack() as stack:
        try:
            stack.enter_context(hold(settings.instance))
        except Conflict:
            return Warmed(len(asked.there), 0, (), len(asked.coming), time.monotonic() - began)
        stack.enter_context(_engine(settings, store, clock))
        incomplete = _wait(store, asked.coming, lambda done: seen(", ".join(labs), done, len(asked.coming)))
    made = len(asked.coming) - len(incomplete)
    return Warmed(len(asked.there), made, incomplete, 0, time.monotonic() - began)


def commands(settings: Settings, lab: str) -> list[Command]:
    """The runs of one lab: what its keys read and what may be cited. Raises NotThere, ContentError."""
    questions = _file(settings, lab).questions
    wanted = queries(questions) | sources(questions)
    return list(dict.fromkeys(Command.of(query.plugin, dict(query.options)) for query in sorted(wanted, key=str)))


def _file(settings: Settings, lab: str) -> reader.LabFile:
    if not (settings.labs / lab / reader.FILE).is_file():
        raise NotThere(f"there is no lab {lab} in {settings.labs}; there are: {', '.join(names(settings.labs))}")
    return reader.draft(settings.labs / lab)


def _wanted(settings: Settings, lab: str) -> Iterator[tuple[Path, Command]]:
    """Pack and command of each run of a lab."""
    asked = commands(settings, lab)
    for name in _file(settings, lab).exhibits:
        packed = settings.labs / "exhibits" / name
        if not packed.is_dir():
            raise NotThere(f"the pack {name} is not in {packed.parent}; make it with: python app.py forge")
        yield from ((packed, command) for command in asked)


def _demand_room(instance: Path, packs: set[Path]) -> None:
    """Say at once what would otherwise be found after some of them."""
    manifests = [pack.read(packed) for packed in packs]
    images = {
        each.sha256: each.size
        for each in manifests
        if not (evidence.folder_of(instance, each.sha256) / pack.IMAGE).exists()
    }
    needed, free = sum(images.values()), shutil.disk_usage(instance).free
    if free < needed:
        raise pack.NoRoom(
            f"{instance}: {len(images)} exhibits are still to be unpacked and need {needed} bytes, {free} are free"
        )


def _ask(
    settings: Settings, store: Store, wanted: Sequence[tuple[Path, Command]], clock: Clock, progress: Progress
) -> Asked:
    packs = dict.fromkeys(packed for packed, _ in wanted)
    known = {packed: evidence.register(store, settings.instance, packed, clock(), progress) for packed in packs}
    with store.writing() as session:
        runs = {
            run.id: run.state
            for packed, command in wanted
            for run in [analysis.ask(session, evidence.get(session, known[packed]), command, clock())]
        }
    there = frozenset(run for run, state in runs.items() if state is State.COMPLETE)
    return Asked(there, frozenset(runs) - there)


@contextmanager
def _engine(settings: Settings, store: Store, clock: Clock) -> Iterator[None]:
    """An engine that works off what is queued."""
    vault = Vault(store, settings.instance, settings.labs / "exhibits", clock)
    executor = ThreadPoolExecutor(settings.runs_at_once)
    engine = setup.engine(settings, store, executor, vault.open, clock=clock)
    try:
        engine.start()
        yield
    finally:
        engine.stop()
        executor.shutdown(cancel_futures=True)


def _wait(store: Store, coming: frozenset[UUID], seen: Callable[[int], None]) -> tuple[str, ...]:
    """Until all have ended; those that did not complete, each as a sentence."""
    last = -1
    while True:
        with store.reading() as session:
            runs = [analysis.get(session, run) for run in coming]
        done = sum(run.state.ended for run in runs)
        if done != last:
            seen(done)
            last = done
        if done == len(runs):
            return tuple(sorted(_said(run) for run in runs if run.state is not State.COMPLETE))
        time.sleep(PACE)


def _said(run: Run) -> str:
    return f"{run.text} on {run.exhibit[:12]}: {run.state.value}: {run.reason}"
