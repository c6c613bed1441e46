"""`session dossier`, `session merge`, `verify FILE`: from the command line, as whoever runs the server does it."""

import re
import stat
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from tests.conftest import Clock
from training.audit.models import Event
from training.cli import commands
from training.courses.moving import archive, signing
from training.hosting.dossier import verify
from training.settings import Settings
from training.store import Store

from .conftest import OTHER, again

pytestmark = pytest.mark.any_database

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, worked: UUID, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command as from a shell; a refusal comes back as the exception."""
    monkeypatch.setattr(Settings, "load", classmethod(lambda _cls, *_args, **_values: settings))

    def call(*arguments: str | Path) -> Result:
        return CliRunner().invoke(commands, [str(one) for one in arguments], standalone_mode=False)

    return call


def acts(store: Store) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(Event).filter_by(act="session.sealed")) or 0


def test_a_session_is_sealed_verified_and_merged(
    run: Run, worked: UUID, settings: Settings, store: Store, tmp_path: Path
) -> None:
    one, two, both = tmp_path / "one.zip", tmp_path / "two.zip", tmp_path / "both.zip"
    done = run("session", "dossier", str(worked)[:13], "--to", one)
    assert done.exception is None, done.output
    data = one.read_bytes()
    name = sha256(data).hexdigest()
    said = f"session dossier: {one}, {len(data):,} bytes, SHA-256 {name}"
    assert done.output.splitlines()[-1] == said
    assert re.search(rf"session {worked}, sealed \S+, \d+ records, \d+ events", done.output)
    assert stat.S_IMODE(one.stat().st_mode) == 0o600
    assert acts(store) == 1

    checked = run("verify", one)
    assert checked.exit_code == 0
    assert checked.output.splitlines()[-1] == f"verify: {one}, 1 sealed dossiers, SHA-256 {name}, 0 faults"
    assert signing.fingerprint(signing.public_key(settings.instance)) in checked.output

    assert run("session", "dossier", str(worked), "--to", two).exception is None
    merged = run("session", "merge", one, two, one, "--to", both)
    assert merged.exception is None, merged.output
    of_both = sha256(both.read_bytes()).hexdigest()
    assert merged.output.splitlines()[-1] == (
        f"session merge: {both}, 2 dossiers, {both.stat().st_size:,} bytes, SHA-256 {of_both}"
    )
    assert run("verify", both).output.splitlines()[-1].endswith(f"2 sealed dossiers, SHA-256 {of_both}, 0 faults")


def test_nothing_is_written_over_and_nothing_is_left_of_what_failed(
    run: Run, worked: UUID, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "there.zip"
    there.write_bytes(b"mine")
    for arguments in (("dossier", str(worked)), ("merge", there)):
        refused = run("session", *arguments, "--to", there)
        assert str(refused.exception) == f"{there} is there already. Choose another name, or move it away."
    assert there.read_bytes() == b"mine"
    assert acts(store) == 0

    def fail(*_given: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("training.hosting.dossier.service.note_sealed", fail)
    assert isinstance(run("session", "dossier", str(worked), "--to", tmp_path / "new.zip").exception, OSError)
    assert not (tmp_path / "new.zip").exists()
    assert "No session has" in str(run("session", "dossier", "0" * 32, "--to", tmp_path / "new.zip").exception)


def test_every_fault_is_printed_and_the_command_fails(run: Run, worked: UUID, tmp_path: Path) -> None:
    good, bad, forged = tmp_path / "good.zip", tmp_path / "bad.zip", tmp_path / "forged.zip"
    assert run("session", "dossier", str(worked), "--to", good).exception is None
    files = verify.unpacked(good.read_bytes())
    wrong = {**files, "summary.html": b"", "records/finding.jsonl": files["records/finding.jsonl"][1:]}
    bad.write_bytes(archive.write(wrong))
    told = run("verify", bad)
    assert told.exit_code == 1
    assert [line[14:] for line in told.output.splitlines()[:-1]] == [
        "records/finding.jsonl was changed after it was sealed",
        "summary.html was changed after it was sealed",
    ]
    assert told.output.endswith("2 faults\n")

    forged.write_bytes(again(files))
    told = run("verify", forged)
    assert told.exit_code == 1
    assert signing.fingerprint(OTHER.public_key().public_bytes_raw()) in told.output

    refused = run("session", "merge", good, bad, "--to", tmp_path / "both.zip")
    assert str(refused.exception).count(f"{bad}: ") == 2
    assert str(good) not in str(refused.exception)
    assert not (tmp_path / "both.zip").exists()


def test_a_key_that_is_trusted_here_counts(
    run: Run, worked: UUID, settings: Settings, store: Store, clock: Clock, tmp_path: Path
) -> None:
    file = tmp_path / "one.zip"
    assert run("session", "dossier", str(worked), "--to", file).exception is None
    file.write_bytes(again(verify.unpacked(file.read_bytes())))
    assert run("verify", file).exit_code == 1
    name = signing.fingerprint(OTHER.public_key().public_bytes_raw())
    with store.writing() as session:
        signing.trust(session, settings.instance, name, "the laptop", None, clock())
    assert run("verify", file).exit_code == 0
