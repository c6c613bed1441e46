"""Moving content from the command line, as a host with a USB stick does."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.unit.courses.moving.conftest import Site
from training.authoring import service
from training.authoring.cli import course
from training.authoring.service import Copy
from training.content.source import ContentError
from training.courses.manuscript import reader
from training.errors import Conflict, DomainError, NotThere

pytestmark = pytest.mark.any_database
Run = Callable[..., list[str]]


def run(site: Site, *arguments: str | Path) -> list[str]:
    done = CliRunner().invoke(course, [str(one) for one in arguments], obj=site.settings)
    if isinstance(done.exception, DomainError):
        raise done.exception
    assert done.exception is None, done.output
    return done.output.splitlines()


def test_a_pack_travels_in_two_steps(sender: Site, receiver: Site, tmp_path: Path) -> None:
    stick = tmp_path / "stick" / "harbour.engram"
    said = run(sender, "pack", "harbour", stick)
    key = said[0].removeprefix("key: ")
    with pytest.raises(Conflict, match="is there already"):
        run(sender, "pack", "harbour", stick)
    shown = run(receiver, "import", stick)
    assert f"key: {key}" in shown
    assert "Nobody here trusts this key" in shown[2]
    assert "take it" not in shown[-1].lower()
    shown = run(receiver, "import", stick, "--trust", "Harbour police")
    assert f"key: {key}, Harbour police" in shown
    assert "  new: 01-quay/index.md" in shown
    seen = shown[-1].rpartition(" ")[2]
    with pytest.raises(Conflict, match="Look at the difference again"):
        run(receiver, "import", stick, "--yes", "0" * 64)
    assert run(receiver, "import", stick, "--yes", seen) == [
        "harbour: release 1 is offered now",
        "course import: 1 courses taken",
    ]
    assert "  It is here already, and offered." in run(receiver, "import", stick)


@pytest.mark.parametrize("form", ["gift", "moodle", "cartridge"])
def test_a_course_is_written_for_other_systems(sender: Site, tmp_path: Path, form: str) -> None:
    said = run(sender, "export", "harbour", "--format", form, tmp_path / "out")
    assert "6 questions" in said[-1]
    assert (tmp_path / "out").stat().st_size > 500


def test_questions_come_back_beside_the_module(sender: Site, tmp_path: Path) -> None:
    bank = tmp_path / "bank.gift"
    run(sender, "export", "harbour", "--format", "gift", bank)
    said = run(sender, "questions", bank, "--into", "harbour/01-quay")
    assert said[-1].endswith("python app.py check harbour")
    folder = sender.settings.courses / "harbour"
    assert (folder / "01-quay" / "imported-1.md").is_file()
    assert (folder / "keys" / "imported-01-quay-1.yaml").is_file()
    assert reader.check(folder) == []  # nothing that is there was touched
    copy = Copy("course", "harbour")
    with sender.store.writing() as session:
        service.take(session, copy, folder, None, sender.clock())
    run(sender, "questions", bank, "--into", "harbour/01-quay")
    with sender.store.reading() as session:
        assert "01-quay/imported-2.md" in service.contents(session, copy)
    assert not (folder / "01-quay" / "imported-2.md").exists()


def test_what_is_wrong_is_said(sender: Site, tmp_path: Path) -> None:
    bank = tmp_path / "bank.gift"
    bank.write_bytes(b"One {#x}\n\n\xff")
    with pytest.raises(ContentError, match=r"bank\.gift:3: not UTF-8"):
        run(sender, "questions", bank, "--into", "harbour/01-quay")
    bank.write_bytes(b"One {#1}")
    for into in ("harbour/../..", "nowhere/01-quay", "../harbour/01-quay", "harbour"):
        with pytest.raises(NotThere):
            run(sender, "questions", bank, "--into", into)
