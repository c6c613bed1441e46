"""What the command line does with courses: check them, and make their plugin output anew."""

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from training.analysis import command, setup
from training.analysis import service as analysis
from training.analysis.executor import InlineExecutor
from training.analysis.models import State
from training.content.source import Mistake
from training.courses import installed
from training.courses.generate import generate
from training.courses.manuscript import glossary, reader
from training.courses.manuscript.output import Listing, Run
from training.errors import UNREADABLE, Damaged, Refused, describe
from training.evidence import service as evidence
from training.evidence.service import Vault
from training.forge import pack
from training.settings import Settings
from training.store import Store
from training.store.migrate import upgrade


def check(
    settings: Settings, names: Collection[str] = (), *, write: bool = False
) -> tuple[list[Mistake], list[Mistake]]:
    """Mistakes and warnings of the glossary and of courses, all or those named.

    With `write` the plugin output of modules is made anew first. Raises Refused for a name that no course has.
    """
    folders = sorted(file.parent for file in settings.courses.glob(f"*/{reader.FILE}"))
    if unknown := set(names) - {folder.name for folder in folders}:
        known = ", ".join(folder.name for folder in folders) or "none"
        raise Refused(
            f"there is no course {min(unknown)} in {settings.courses}, and no lab of that name; the courses are {known}"
        )
    folders = [folder for folder in folders if not names or folder.name in names]
    mistakes: set[Mistake] = set(glossary.check(glossary.shipped(settings.courses)))
    warnings: set[Mistake] = set()
    if write:
        with _laboratory(settings) as run:
            for folder in folders:
                mistakes.update(generate(folder, run))
    exhibits, today = _exhibits(settings), datetime.now(UTC).date()
    there = installed.labs(settings.labs)
    for folder in folders:
        try:
            found, remarks = reader.examine(folder, today, there, exhibits)
            mistakes.update(found)
            warnings.update(remarks)
        except UNREADABLE as bad:
            mistakes.add(Mistake(f"courses/{folder.name}", 1, describe(bad)))
    return sorted(mistakes), sorted(warnings)


def _exhibits(settings: Settings) -> dict[str, str]:
    """SHA-256 of the image of each pack, by name; a damaged pack is reported where packs are checked."""
    found: dict[str, str] = {}
    for folder in evidence.packs_in(settings.labs):
        try:
            manifest = pack.read(folder)
        except Damaged:
            continue
        found[manifest.name] = manifest.sha256
    return found


@contextmanager
def _laboratory(settings: Settings) -> Iterator[Run]:
    """A place to run plugins in: its own database, exhibits unpacked when asked for, all gone after the check."""
    settings.instance.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="check-", dir=settings.instance) as folder:
        laboratory = _Laboratory(settings, Path(folder))
        try:
            yield laboratory.run
        finally:
            laboratory.close()


class _Laboratory:
    def __init__(self, settings: Settings, instance: Path) -> None:
        url = f"sqlite:///{instance / 'engram.db'}"
        upgrade(url)
        self.settings, self.instance, self.store = settings, instance, Store(url)
        self.exhibits: dict[str, str] = {}
        vault = Vault(self.store, instance, settings.labs / "exhibits", _now)
        self.engine = setup.engine(settings, self.store, InlineExecutor(), vault.open, folder=instance, clock=_now)

    def run(self, exhibit: str, text: str) -> Listing:
        """All rows of a command on the exhibit of a pack. Raises Refused where the run is not complete."""
        if exhibit not in self.exhibits:
            self.exhibits[exhibit] = self._unpack(exhibit)
        with self.store.writing() as session:
            registered = evidence.get(session, self.exhibits[exhibit])
            asked = analysis.ask(session, registered, command.parse(text, registered.os), _now())
        self.engine.wake()
        with self.store.reading() as session:
            run = analysis.get(session, asked.id)
        if run.state is not State.COMPLETE:
            raise Refused(f"{text} on {exhibit} ended as {run.state.value}: {run.reason or 'no reason was given'}")
        # a page of a course is the same everywhere, so its marks are under no installation's secret
        with self.engine.veiled(run, lambda: "") as result:
            return Listing(self.exhibits[exhibit], run.volatility, result.columns, tuple(result))

    def close(self) -> None:
        """End what runs and let go of the database."""
        self.engine.stop()
        self.store.close()

    def _unpack(self, exhibit: str) -> str:
        folder = self.settings.labs / "exhibits" / exhibit
        if not folder.is_dir():
            raise Refused(f"there is no exhibit {exhibit} in {self.settings.labs.name}/exhibits")
        return evidence.register(self.store, self.instance, folder, _now())


def _now() -> datetime:
    return datetime.now(UTC)
