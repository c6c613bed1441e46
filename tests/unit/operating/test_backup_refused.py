"""Backups that are not made, and those that are not taken; what a restore leaves of what was there before."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Clock, People
from training.errors import Conflict, Damaged
from training.operating import backup
from training.settings import Settings
from training.store import Store

pytestmark = pytest.mark.any_database


@pytest.fixture
def done(settings: Settings, store: Store, people: People, clock: Clock, tmp_path: Path) -> backup.Done:
    response = settings.instance / "responses" / "r1"
    response.mkdir(parents=True)
    for name in ("console", "medium-1.img", "image.raw", "lock"):
        (response / name).write_text(name)
    (settings.instance / "secret").write_text("signs cookies")
    made = backup.back_up(settings, tmp_path / "backups", clock())
    store.close()
    return made


def orphan(file: Path) -> None:
    """Leave a row without what it belongs to."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE person SET home_id = 'nowhere' WHERE login = 'trainee'")


def test_a_second_backup_of_the_same_second_is_not_written_over_the_first(
    done: backup.Done, settings: Settings, clock: Clock
) -> None:
    with pytest.raises(Conflict, match="exists already"):
        backup.back_up(settings, done.folder.parent, clock())
    assert (done.folder / "backup.json").is_file()


def test_what_only_a_running_machine_needs_is_left_out(done: backup.Done) -> None:
    assert [one.name for one in (done.folder / "responses" / "r1").iterdir()] == ["console"]


def test_a_database_with_rows_that_belong_to_nothing_is_not_backed_up_as_if_it_were_whole(
    settings: Settings, store: Store, people: People, clock: Clock, tmp_path: Path
) -> None:
    store.close()
    orphan(settings.instance / "engram.db")
    before = os.umask(0o022)
    try:
        with pytest.raises(Damaged, match="1 rows without what they belong to; nothing was kept"):
            backup.back_up(settings, tmp_path / "backups", clock())
    finally:
        left = os.umask(before)
    assert list((tmp_path / "backups").iterdir()) == []
    assert left == 0o022  # files written after a backup have the mode that they would have had before it


@pytest.mark.parametrize(("kind", "why"), [("postgresql", "of a postgresql database"), ("sqlite", "without what they")])
def test_a_backup_of_another_kind_or_with_a_broken_database_is_refused_before_anything_is_moved(
    done: backup.Done, settings: Settings, clock: Clock, kind: str, why: str
) -> None:
    if kind == "sqlite":
        orphan(done.folder / "engram.db")
    file = done.folder / "backup.json"
    manifest = json.loads(file.read_text("utf-8")) | {"database": kind}
    manifest["files"]["engram.db"] = backup._digest(done.folder / "engram.db")
    file.write_text(json.dumps(manifest), "utf-8")
    with pytest.raises((Conflict, Damaged), match=why):
        backup.restore(settings, done.folder, clock())
    assert not (settings.instance / "before-restore").exists()


def test_nothing_of_the_database_before_is_left_beside_the_restored_one(
    done: backup.Done, settings: Settings, clock: Clock
) -> None:
    for name in ("engram.db-wal", "engram.db-shm"):
        (settings.instance / name).write_bytes(b"of the one before")
    backup.restore(settings, done.folder, clock())
    kept = next((settings.instance / "before-restore").iterdir())
    assert {one.name for one in kept.iterdir()} == {
        "engram.db",
        "engram.db-wal",
        "engram.db-shm",
        "responses",
        "secret",
    }
    assert {one.name for one in settings.instance.glob("engram.db*")} == {"engram.db"}
    assert kept.stat().st_mode & 0o077 == 0
    assert [(settings.instance / name).stat().st_mode & 0o077 for name in ("engram.db", "secret")] == [0, 0]
