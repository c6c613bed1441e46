"""What the processes of a run of tests have in common: made by the first that asks for it, and changed by none."""

import fcntl
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from training.operating.tour.server import Server


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def made_once(target: Path, make: Callable[[Path], object]) -> Path:
    """A folder that is made by the first process of a run which asks for it; the others wait. Nobody changes it."""
    with target.with_name(f"{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            draft = target.with_name(f"{target.name}.draft")
            shutil.rmtree(draft, ignore_errors=True)  # of one who came to grief
            make(draft)
            draft.rename(target)
    return target


@dataclass(frozen=True)
class Founded:
    """An installation that a server has set up at its first start, and the passwords that it showed then."""

    instance: Path
    passwords: dict[str, str]

    def server(self, instance: Path) -> Server:
        """A server on a copy of it, not started yet."""
        shutil.copytree(self.instance, instance)
        return Server(instance, passwords=dict(self.passwords))


@pytest.fixture(scope="session")
def founded(shared: Path) -> Founded:
    """Set up once, by a real first start: that takes seconds, and most tests of a server are about something else."""

    def found(folder: Path) -> None:
        folder.mkdir()
        server = Server(folder / "instance")
        server.start()
        assert server.stop() == 0
        (folder / "passwords").write_text(json.dumps(server.passwords), "utf-8")

    folder = made_once(shared / "founded", found)
    return Founded(folder / "instance", json.loads((folder / "passwords").read_text("utf-8")))
