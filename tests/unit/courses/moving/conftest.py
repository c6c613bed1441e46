"""A sender and a receiver, each an installation of its own, with the small course of the tests."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import Clock
from training.content import service as content
from training.content.models import Release
from training.courses.manuscript import reader
from training.courses.moving import pack
from training.settings import ROOT, Settings
from training.store import Store
from training.store.migrate import upgrade

SAMPLES = ROOT / "tests" / "unit" / "courses" / "sample"


@dataclass
class Site:
    """An installation: its settings and its database."""

    settings: Settings
    store: Store
    clock: Clock = field(default_factory=Clock)

    def publish(self, name: str = "harbour") -> Release:
        with self.store.writing() as session:
            folder = self.settings.courses / name
            return content.publish(session, self.settings.instance, "course", folder, reader.check, self.clock())

    def pack(self, *names: str) -> bytes:
        with self.store.reading() as session:
            releases = [content.get(session, "course", name) for name in names or ("harbour",)]
            return pack.make(session, self.settings.instance, releases, self.clock())


@pytest.fixture
def receiver(settings: Settings, store: Store, tmp_path: Path) -> Site:
    (tmp_path / "receiver-courses").mkdir()
    return Site(settings.model_copy(update={"courses": tmp_path / "receiver-courses"}), store)


@pytest.fixture(scope="session")
def sender_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of SQLite, of which each sender has a copy: to make one takes longer than a test."""
    file = tmp_path_factory.mktemp("sender") / "engram.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def sender(settings: Settings, tmp_path: Path, sender_database: Path) -> Iterator[Site]:
    courses, instance = tmp_path / "sender-courses", tmp_path / "sender-instance"
    shutil.copytree(SAMPLES, courses)
    instance.mkdir()
    url = f"sqlite:///{shutil.copy(sender_database, instance)}"
    site = Site(settings.model_copy(update={"courses": courses, "instance": instance, "database_url": ""}), Store(url))
    site.publish()
    yield site
    site.store.close()
