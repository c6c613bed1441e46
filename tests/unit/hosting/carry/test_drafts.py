"""What processes that were killed have left is swept away, and nothing else."""

import errno
import os
import tempfile
from pathlib import Path
from uuid import UUID

import pytest

from training.errors import Conflict
from training.hosting.carry import drafts, history

from .conftest import Place


def test_only_what_nobody_works_on_is_swept_away(tmp_path: Path) -> None:
    left = Path(tempfile.mkdtemp(prefix=drafts.PREFIX, dir=tmp_path))
    (left / "below").mkdir()
    (left / "below" / "file").write_bytes(b"half")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / f"{drafts.PREFIX}link").symlink_to(elsewhere)
    (tmp_path / f"{drafts.PREFIX}file").write_bytes(b"of somebody")
    with drafts.folder(tmp_path) as mine:
        (mine / "file").write_bytes(b"half")
        drafts.sweep(tmp_path)
        assert not left.exists()
        assert (mine / "file").read_bytes() == b"half"
        assert mine.stat().st_mode & 0o077 == 0
    assert not mine.exists()
    assert elsewhere.is_dir()
    assert (tmp_path / f"{drafts.PREFIX}file").is_file()


def test_a_folder_goes_away_when_its_work_fails(tmp_path: Path) -> None:
    with pytest.raises(MemoryError), drafts.folder(tmp_path) as mine:
        (mine / "file").write_bytes(b"half")
        raise MemoryError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("links", [True, False])
def test_a_file_gets_its_name_once_also_where_there_are_no_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, links: bool
) -> None:
    def refuse(*_: object) -> None:  # as FAT and exFAT do
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    if not links:
        monkeypatch.setattr(os, "link", refuse)
    for name in ("first", "second"):
        (tmp_path / name).write_text(name)
    drafts.publish(tmp_path / "first", tmp_path / "week.engram")
    with pytest.raises(Conflict, match="is there already"):
        drafts.publish(tmp_path / "second", tmp_path / "week.engram")
    assert (tmp_path / "week.engram").read_text() == "first"


@pytest.mark.any_database
def test_bundles_that_never_came_to_be_noted_go_after_a_day(home: Place, teaching: UUID, tmp_path: Path) -> None:
    sent = home.send(teaching, tmp_path / "week.engram")
    kept = home.instance / "carried"
    old, fresh, noted = (kept / f"{name}.zip" for name in ("a" * 64, "b" * 64, sent.name))
    now = home.now()
    for file, age in ((old, 2 * history.KEPT), (fresh, 60.0), (noted, 2 * history.KEPT)):
        file.touch()
        os.utime(file, (now.timestamp() - age,) * 2)
    history.sweep(home.store, home.instance, now)
    assert {one.name for one in kept.glob("*.zip")} == {fresh.name, noted.name}
