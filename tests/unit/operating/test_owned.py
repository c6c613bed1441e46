"""What of somebody's own labs goes into a backup: their files, and nothing that lies elsewhere or is hidden."""

from pathlib import Path

import pytest

from tests.conftest import Clock
from tests.own_content import Own, own_installation
from training.operating import backup
from training.settings import Settings

pytestmark = pytest.mark.any_database
LAB = "harbour-office"


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Own:
    return own_installation(settings, tmp_path / "own", [LAB])


def test_links_and_hidden_files_of_a_lab_are_not_backed_up(own: Own, tmp_path: Path, clock: Clock) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "secret").write_text("of the server")
    lab = own.labs / LAB
    (lab / "folder").symlink_to(elsewhere)
    (lab / "file").symlink_to(elsewhere / "secret")
    (lab / ".git").mkdir()
    (lab / ".git" / "config").write_text("of its author")
    (lab / "notes.md").write_text("of the lab")
    made = backup.back_up(own.settings, tmp_path / "backups", clock())
    (held,) = [path for path in made.folder.rglob(LAB) if path.is_dir()]
    names = {path.name for path in held.rglob("*")}
    assert {"lab.yaml", "notes.md"} <= names
    assert names.isdisjoint({"folder", "file", "secret", ".git", "config"})
    assert not any(b"of the server" in path.read_bytes() for path in made.folder.rglob("*") if path.is_file())
    assert made.left_out == {}
