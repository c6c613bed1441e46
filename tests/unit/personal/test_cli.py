"""`app.py user export|erase|due`, as whoever runs the server types it: what it says, and its exit code."""

import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from tests.conftest import People
from training.accounts.models import Person
from training.audit.models import Event
from training.cli import Table
from training.personal.models import Erasure
from training.personal.service import copies, export
from training.settings import Settings
from training.store import Store

pytestmark = pytest.mark.usefixtures("people")


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(Table("app"), ["user", *arguments], obj=settings)


def erased(store: Store, people: People) -> bool:
    with store.reading() as session:
        return session.get_one(Person, people["trainee"]).erased_at is not None


@pytest.mark.any_database
def test_an_export_that_fails_leaves_no_file(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "TABLES", None)  # a fault in the middle of it
    assert run(settings, "export", "trainee", str(tmp_path / "trainee.zip")).exit_code != 0
    assert not (tmp_path / "trainee.zip").exists()


@pytest.mark.any_database
def test_an_export_is_a_file_of_its_owner_alone_and_never_written_over(
    settings: Settings, store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "trainee.zip"
    done = run(settings, "export", "trainee", str(file), "--language", "ar")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[-1].startswith("export: ")
    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(file) as archive:
        assert b'dir="rtl"' in archive.read("index.html")
    assert run(settings, "export", "trainee", str(file)).exit_code != 0
    assert run(settings, "export", "nobody", str(tmp_path / "nobody.zip")).exit_code != 0
    assert not (tmp_path / "nobody.zip").exists()
    with store.reading() as session:
        assert session.scalars(select(Event.details).where(Event.act == "personal.exported")).one()["by"] == "command"


def test_an_erasure_is_shown_asked_for_taken_back_and_done(settings: Settings, store: Store, people: People) -> None:
    shown = run(settings, "erase", "trainee", "--show")
    assert shown.exit_code == 0
    assert "removed        1  membership" in shown.output
    assert run(settings, "erase", "trainee").output.splitlines()[-1].endswith("0 hold it")
    assert run(settings, "erase", "trainee").exit_code != 0  # one waits already
    assert run(settings, "due").exit_code == 0
    assert run(settings, "erase", "trainee", "--withdraw").exit_code == 0
    assert not erased(store, people)
    run(settings, "erase", "trainee")
    with store.writing() as session:
        session.execute(update(Erasure).values(due_at=Erasure.asked_at))
    due = run(settings, "due")
    assert due.exit_code == 1
    assert due.output.splitlines()[-1] == "due: 1 erasures, 0 entries of rules; nothing was done"
    done = run(settings, "due", "--apply")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[-1].startswith("due: 1 people erased")
    assert erased(store, people)


@pytest.mark.any_database
def test_what_is_held_is_refused_at_once_and_leaves_nothing_waiting(settings: Settings, store: Store) -> None:
    done = run(settings, "erase", "administrator", "--now")
    assert done.exit_code != 0
    assert "last administrator" in done.output
    with store.reading() as session:
        assert session.scalars(select(Erasure)).all() == []


@pytest.mark.any_database
def test_a_restored_installation_that_was_kept_aside_is_named(settings: Settings, people: People, store: Store) -> None:
    (settings.instance / copies.RESTORES / "20260101T000000Z").mkdir(parents=True)
    done = run(settings, "erase", "trainee", "--now")
    assert done.exit_code == 0, done.output
    assert "before-restore/20260101T000000Z" in done.output
    assert erased(store, people)
