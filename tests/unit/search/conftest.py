"""One course in an installation of its own, whose files tests may change."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from tests.conftest import Clock, introduce
from training.content import service as content
from training.content.models import Release
from training.courses.manuscript import reader as courses
from training.learning.models import Enrolment
from training.search import service
from training.search.service import Results
from training.settings import ROOT, Settings
from training.store import Store

SAMPLE = ROOT / "tests" / "unit" / "courses" / "sample" / "harbour"


@dataclass
class Harbour:
    """An installation with one course, whose files tests may change."""

    folder: Path
    settings: Settings
    store: Store
    clock: Clock

    def publish(self) -> Release:
        self.clock.forward(minutes=1)
        with self.store.writing() as session:
            return content.publish(session, self.settings.instance, "course", self.folder, courses.check, self.clock())

    def change(self, file: str, old: str, new: str) -> None:
        before = (self.folder / file).read_text("utf-8")
        assert old in before
        (self.folder / file).write_text(before.replace(old, new), "utf-8")

    def terms(self, text: str) -> None:
        """Make this the glossary."""
        folder = self.folder.parent / "glossary"
        folder.mkdir(exist_ok=True)
        (folder / "glossary.yaml").write_text(text, "utf-8")

    def enrol(self) -> UUID:
        """Somebody who begins with the course as its files are now."""
        release = self.publish()
        with self.store.writing() as session:
            who = introduce(session, self.clock())["trainee"]
            row = Enrolment(person_id=who, course="harbour", release_id=release.id, begun_at=self.clock())
            session.add(row)
        return who

    def find(
        self, asked: str, language: str = "en", page: int = 1, *, reader: UUID | None = None, exact: bool = False
    ) -> Results:
        return service.search(self.store, self.settings, asked, language, page, reader=reader, exact=exact)

    def found(self, asked: str, language: str = "en", reader: UUID | None = None) -> list[tuple[str, str, str, str]]:
        return [(one.kind, one.name, one.place, one.anchor) for one in self.find(asked, language, reader=reader).hits]


@pytest.fixture
def harbour(tmp_path: Path, settings: Settings, store: Store, clock: Clock) -> Harbour:
    folder = tmp_path / "courses" / "harbour"
    shutil.copytree(SAMPLE, folder)
    own = settings.model_copy(update={"courses": folder.parent})
    made = Harbour(folder, own, store, clock)
    made.publish()
    return made
