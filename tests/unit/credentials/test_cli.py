"""`python app.py certificate` on files of every kind."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from tests.conftest import Clock
from tests.unit.credentials.conftest import SESSION
from training.accounts.actor import Actor
from training.credentials import codes, images, service
from training.credentials.cli import certificate
from training.credentials.making import Award, Site
from training.credentials.models import Certificate
from training.settings import Settings
from training.store import Store

pytestmark = pytest.mark.any_database


@pytest.fixture
def files(
    store: Store,
    site: Site,
    award: Callable[..., Award],
    actor_of: Callable[[Session, str], Actor],
    clock: Clock,
    tmp_path: Path,
) -> tuple[UUID, dict[str, Path]]:
    with store.writing() as session:
        made = service.issue(session, site, award(), actor_of(session, "instructor"), clock())
        kept = {
            "x.pdf": made.pdf,
            "x.png": images.png(made.kind, made.token),
            "x.svg": images.svg(made.kind, "x", made.credential),
            "x.json": made.credential.encode(),
            "x.jwt": made.token.encode(),
            "x.txt": made.signed.encode(),
        }
        for name, data in kept.items():
            (tmp_path / name).write_bytes(data)
        return made.id, {name: tmp_path / name for name in kept}


def run(settings: Settings, *words: str) -> Result:
    return CliRunner().invoke(certificate, words, obj=settings)


def test_every_file_is_known_and_ends_with_0(settings: Settings, files: tuple[UUID, dict[str, Path]]) -> None:
    for path in files[1].values():
        done = run(settings, "check", str(path))
        assert done.exit_code == 0, (path, done.output, done.exception)
        assert "valid" in done.output
        assert "Amara Diallo" in done.output


def test_revoked_and_edited_files_end_with_1(
    settings: Settings,
    files: tuple[UUID, dict[str, Path]],
    store: Store,
    clock: Clock,
    actor_of: Callable[[Session, str], Actor],
) -> None:
    key, paths = files
    edited = paths["x.pdf"].with_name("edited.pdf")
    edited.write_bytes(paths["x.pdf"].read_bytes().replace(b"/Lang (en)", b"/Lang (fr)"))
    done = run(settings, "check", str(edited))
    assert (done.exit_code, "edited" in done.output) == (1, True)
    with store.writing() as session:
        found = session.get_one(Certificate, key)
        service.revoke(session, found, actor_of(session, "host"), "Results of another person.", clock())
        code = codes.spelled(found.code)
    for path in paths.values():
        done = run(settings, "check", str(path))
        assert done.exit_code == 1
        assert "since 2026-11-25: Results of another person." in done.output
    listed = run(settings, "list", str(SESSION))
    assert code in listed.output
    assert "1 issued, 0 hold" in listed.output


def test_changed_credentials_and_other_files_are_refused(
    settings: Settings, files: tuple[UUID, dict[str, Path]], tmp_path: Path
) -> None:
    changed = tmp_path / "changed.json"
    changed.write_text(files[1]["x.json"].read_text().replace("33.5", "43.5"))
    assert "changed after" in str(run(settings, "check", str(changed)).exception)
    other = tmp_path / "other.txt"
    for text in ("hello", "ENGRAM1:AAAA", ""):
        other.write_text(text)
        assert run(settings, "check", str(other)).exit_code == 1
