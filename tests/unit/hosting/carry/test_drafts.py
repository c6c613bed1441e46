"""What processes that were killed have left is swept away, and nothing else."""

import errno
import fcntl
import os
import stat
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


@pytest.mark.parametrize(
    "said", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES, errno.ENOSPC]
)
def test_only_where_there_are_no_links_a_file_is_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(said, os.strerror(said))

    made, target = tmp_path / "made", tmp_path / "week.engram"
    made.write_text("whole")
    with monkeypatch.context() as without:
        without.setattr(os, "link", refuse)
        if said in {errno.EACCES, errno.ENOSPC}:
            with pytest.raises(OSError, match=os.strerror(said)) as bad:
                drafts.publish(made, target)
            assert (bad.value.errno, target.exists(), made.read_text()) == (said, False, "whole")
            return
        drafts.publish(made, target)
        assert (made.exists(), target.read_text()) == (False, "whole")
        made.write_text("other")
        with pytest.raises(Conflict) as there:
            drafts.publish(made, target)
    told = f"{target} is there already. Choose another name, or move it away."
    assert str(there.value) == told
    with pytest.raises(Conflict) as there:
        drafts.publish(made, target)
    assert str(there.value) == told
    assert (made.read_text(), target.read_text()) == ("other", "whole")


def opened() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_folder_for_work_is_its_owners_alone_and_is_made_again_where_somebody_swept_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "new" / "place"
    swept: list[Path] = []
    lock = fcntl.flock

    def late(descriptor: int, how: int) -> None:
        """A sweeper was quicker: the folder goes away before it is locked."""
        lock(descriptor, how)
        if not swept:
            swept.extend(place.iterdir())
            swept[0].rmdir()

    before = opened()
    with monkeypatch.context() as busy:
        busy.setattr(fcntl, "flock", late)
        with drafts.folder(place) as mine:
            assert [one.name for one in place.iterdir()] == [mine.name]
            assert mine.parent == place
            assert mine not in swept
            assert mine.name.startswith(".engram-carry-")
            assert [stat.S_IMODE(one.stat().st_mode) for one in (mine, place)] == [0o700, 0o700]
            assert opened() == before + 1
            others = [place / f"{drafts.PREFIX}{number}" for number in range(3)]
            for one in others:
                one.mkdir()
            held = os.open(others[1], os.O_RDONLY)
            lock(held, fcntl.LOCK_SH)
            drafts.sweep(place)
            assert set(place.iterdir()) == {mine, others[1]}, "somebody works there"
            os.close(held)
    assert list(place.iterdir()) == [others[1]]
    drafts.sweep(place)
    drafts.sweep(tmp_path / "none")
    assert list(place.iterdir()) == []
    assert opened() == before


def test_a_folder_that_was_swept_before_it_was_opened_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept, open_ = list[Path](), os.open

    def late(path: Path, flags: int) -> int:
        if not swept:
            swept.append(path)
            path.rmdir()
        return open_(path, flags)

    with monkeypatch.context() as busy:
        busy.setattr(os, "open", late)
        made, lock = drafts._made(tmp_path)
    os.close(lock)
    assert (list(tmp_path.iterdir()), made in swept, len(swept)) == ([made], False, 1)


def test_a_private_file_is_its_owners_alone_and_is_new(tmp_path: Path) -> None:
    with open(tmp_path / "made", "xb", opener=drafts.private) as file:
        file.write(b"whole")
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o600
    with pytest.raises(FileExistsError), open(tmp_path / "made", "xb", opener=drafts.private):
        pass
    assert (tmp_path / "made").read_bytes() == b"whole"


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
