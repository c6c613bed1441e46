"""Every command that README.md or docs/ name is run as it stands there, on a fresh installation."""

import json
import os
import re
import shlex
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from tests.commands.book import Named, filled, named
from tests.commands.rows import ELSEWHERE, ROWS
from tests.commands.test_bench import NAMES
from tests.own_content import write_lab
from tests.runwide import Founded, made_once
from training.authoring import service as authoring
from training.authoring.service import Copy
from training.cli import TABLE, main
from training.labs import reader
from training.operating.tour.server import Server
from training.settings import PREFIX, ROOT, Settings
from training.store import Store

pytestmark = [pytest.mark.enable_socket, pytest.mark.long]
SMALL = ("finance-workstation", "preserve-tonight")
RUN = {step.text for row in ROWS.values() for step in row}


def test_every_command_that_a_page_names_is_run_by_a_test() -> None:
    benches = {f"bench {name}" for name in NAMES}
    missing = {text: page for text, page in named().items() if text not in RUN | ELSEWHERE | benches}
    assert missing == {}, "add them to a row of tests/commands/rows.py"


def test_every_row_runs_what_a_page_names() -> None:
    assert RUN - set(named()) == set(), "no page names them any more"


def test_every_command_of_the_program_is_named_by_a_page() -> None:
    assert {text.split()[0] for text in named()} == set(TABLE)


@pytest.fixture
def instance(founded: Founded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of an installation as the first start left it, which the commands of this test work on."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv(f"{PREFIX}INSTANCE", str(tmp_path / "instance"))
    shutil.copytree(founded.instance, tmp_path / "instance")
    return tmp_path / "instance"


@pytest.fixture
def play(instance: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., None]:
    """Play a row; each command ends as it should, and its last line is a summary with figures."""
    foreign = tmp_path / "foreign.pdf"
    foreign.write_bytes(b"%PDF-1.7\nof somebody else")
    values = {"FOLDER": str(tmp_path), "FOREIGN": str(foreign), "NOW": f"{datetime.now(UTC):%H:%M}"}

    def run(row: tuple[Named, ...], **more: str) -> None:
        notes = {**values, **more}
        for step in row:
            text = step.text
            for _ in range(2):  # what stands for a word may have words of its own that stand for something
                text = filled(text, step.fill if text == step.text else {}, notes)
            code, output, errors = _ended(shlex.split(text), capsys)
            assert code in _codes(step, output), f"{text}: {code}\n{output}\n{errors}"
            if code and not output:
                assert len(errors.strip().splitlines()) == 1, errors
            elif "--help" not in text:
                assert re.search(r"\d", output.splitlines()[-1]), f"{text}: no figure in {output.splitlines()[-1]}"
            if step.notes:
                found = re.search(step.notes, output)
                assert found, output
                notes |= {name: value for name, value in found.groupdict().items() if value}

    assert instance.is_dir()
    return run


def _codes(step: Named, output: str) -> set[int]:
    """How a command may end. What it looks at may be in the way on this machine; then it has to say so."""
    if step.text.startswith("session check"):
        return {0 if ", 0 in the way," in output else 1}
    return {step.code}


def _ended(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Exit code, output and errors of the program."""
    before = structlog.get_config()
    capsys.readouterr()
    try:
        main(arguments)
        code = 0
    except SystemExit as left:
        if isinstance(left.code, str):
            return 1, capsys.readouterr().out, left.code
        code = left.code or 0
    finally:
        structlog.configure(**before)
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.mark.parametrize("name", ["accounts", "sessions", "carrying", "moving"])
def test_commands_on_a_fresh_installation(play: Callable[..., None], name: str) -> None:
    play(ROWS[name])


def test_commands_on_a_course_that_is_edited_here_and_has_changed(
    play: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    courses = shutil.copytree(ROOT / "courses", tmp_path / "courses")
    _edit_here(Copy("course", "memory-analysis"), courses / "memory-analysis")
    page = courses / "memory-analysis" / "01-foundations" / "index.md"
    page.write_text(page.read_text("utf-8") + "\nOne more sentence.\n", "utf-8")
    monkeypatch.setenv(f"{PREFIX}COURSES", str(courses))
    play(ROWS["editing"], COURSES=str(courses))


def _edit_here(copy: Copy, shipped: Path) -> None:
    """Make a working copy of shipped files, as the button of the page does."""
    store = Store(Settings.load().database)
    with store.writing() as session:
        authoring.take(session, copy, shipped, None, datetime.now(UTC))
    store.close()


def test_commands_on_a_lab_of_somebodys_own(
    play: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lab(tmp_path / "labs", "harbour-office")
    monkeypatch.setenv(f"{PREFIX}LABS", str(tmp_path / "labs"))
    play(ROWS["own labs"])


@pytest.fixture(scope="session")
def small(shared: Path) -> Path:
    """An installation with two labs, one of them on one exhibit alone, set up by a first start."""

    def found(folder: Path) -> None:
        labs, instance = folder / "labs", folder / "instance"
        for name in SMALL:
            shutil.copytree(ROOT / "labs" / name, labs / name)
        file = labs / SMALL[0] / reader.FILE
        exhibit = reader.draft(labs / SMALL[0]).exhibits[0]
        file.write_text(re.sub(r"(?m)^exhibits: .*$", f"exhibits: [{exhibit}]", file.read_text("utf-8")), "utf-8")
        _link_packs(labs, (exhibit, "debian-6.12.118-cloud"))
        instance.mkdir()
        (instance / "engram.toml").write_text(f"labs = {json.dumps(str(labs))}\n", "utf-8")
        server = Server(instance)
        server.start()
        assert server.stop() == 0

    return made_once(shared / "small", found)


def _link_packs(labs: Path, names: tuple[str, ...]) -> None:
    (labs / "exhibits").mkdir()
    for name in names:
        (labs / "exhibits" / name).symlink_to(ROOT / "labs" / "exhibits" / name)


@pytest.fixture
def few_labs(small: Path, instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands of this test work on a copy of the installation with two labs, and on one course of no exhibit."""
    shutil.rmtree(instance)
    shutil.copytree(small / "instance", instance)
    (instance / "engram.toml").unlink()
    monkeypatch.setenv(f"{PREFIX}LABS", str(shutil.copytree(small / "labs", tmp_path / "labs", symlinks=True)))
    for name in ("glossary", "cybercrime-law"):
        shutil.copytree(ROOT / "courses" / name, tmp_path / "courses" / name)
    monkeypatch.setenv(f"{PREFIX}COURSES", str(tmp_path / "courses"))


@pytest.mark.usefixtures("few_labs")
@pytest.mark.parametrize("name", ["personal data", "keeping", "labs"])
def test_commands_that_take_long_with_many_labs(play: Callable[..., None], name: str) -> None:
    play(ROWS[name])


def test_commands_of_the_forge_that_need_no_machine(
    play: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labs = tmp_path / "labs"
    shutil.copytree(ROOT / "labs" / "command-lines", labs / "command-lines")
    (labs / "exhibits").mkdir()
    monkeypatch.setenv(f"{PREFIX}LABS", str(labs))
    play(ROWS["forge"])


@pytest.mark.machine
@pytest.mark.timeout(3600)
def test_commands_that_boot_machines(
    play: Callable[..., None], instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labs = tmp_path / "labs"
    for name in ("finance-workstation", "first-response"):
        # Materials that lie there would take the letters of the exhibits that are made here.
        shutil.copytree(ROOT / "labs" / name, labs / name, ignore=shutil.ignore_patterns("finance-workstation-?"))
    (labs / "exhibits").mkdir()
    shutil.copytree(ROOT / "labs" / "kits", labs / "kits")
    monkeypatch.setenv(f"{PREFIX}LABS", str(labs))
    _edit_here(Copy("lab", "finance-workstation"), labs / "finance-workstation")
    play(ROWS["machines"])
