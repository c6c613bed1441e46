"""The command that plants the faults of the table, on a small tree: what it must tell, and what it must leave alone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from tests.mutants import named
from training.settings import ROOT

SOUND = "def share(points: int, total: int) -> float:\n    return points / total\n"
TESTS = "from training.points import share\n\n\ndef test_half():\n    assert share(1, 2) == 0.5\n"
FAULT = {
    "id": "turned-round",
    "cost": "marks",
    "file": "training/points.py",
    "text": "points / total",
    "replacement": "total / points",
    "tests": ["tests/test_points.py"],
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    for name, text in {
        "training/points.py": SOUND,
        "tests/test_points.py": TESTS,
        "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def table(tree: Path, *faults: Mapping[str, object]) -> list[str]:
    """Arguments for a table of these faults beside the tree."""
    lines = []
    for fault in faults:
        lines += ["[[fault]]", *(f"{name} = {value!r}" for name, value in fault.items())]
    file = tree.parent / "table.toml"
    file.write_text("\n".join(lines), "utf-8")
    return ["--table", str(file), "--tree", str(tree), "--jobs", "1"]


def state_of(tree: Path) -> dict[str, str]:
    """Every file of a tree with its digest."""
    files = (path for path in sorted(tree.rglob("*")) if path.is_file())
    return {str(path): sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_fault_that_a_test_notices_is_counted_and_the_tree_stays_as_it_was(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = state_of(tree)
    assert named.main(table(tree, FAULT)) == 0
    said = capsys.readouterr().out
    assert "noticed    turned-round: tests/test_points.py::test_half" in said
    assert "1 faults planted, 1 noticed, 0 not" in said
    assert state_of(tree) == before


def test_a_survivor_fails_the_command(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unseen = {**FAULT, "id": "unseen", "replacement": "points / max(total, 1)"}
    assert named.main(table(tree, FAULT, unseen)) == 1
    said = capsys.readouterr().out
    assert "SURVIVED   unseen (marks): tests/test_points.py" in said
    assert "2 faults planted, 1 noticed, 1 not" in said


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"text": "points // total"}, "turned-round: the text stands 0 times in training/points.py, not once"),
        ({"text": "points"}, "turned-round: the text stands 2 times in training/points.py, not once"),
        ({"file": "training/score.py"}, "turned-round: training/score.py doesn't exist"),
        ({"replacement": "points / total"}, "turned-round: the replacement is the text itself"),
        ({"replacement": "points /"}, "turned-round: training/points.py would not be Python any more"),
        ({"tests": ["tests/test_score.py::test_half"]}, "turned-round: no such test: tests/test_score.py::test_half"),
        (
            {"tests": ["tests/test_points.py::test_third"]},
            "turned-round: no such test: tests/test_points.py::test_third",
        ),
        ({"tests": []}, "turned-round: it names no tests"),
    ],
)
def test_an_entry_that_is_out_of_date_fails_the_command_before_anything_is_run(
    tree: Path, capsys: pytest.CaptureFixture[str], change: Mapping[str, object], why: str
) -> None:
    (tree / "tests" / "test_points.py").write_text("raise SystemExit('was run')\n" + TESTS, "utf-8")
    assert named.main(table(tree, {**FAULT, **change})) == 1
    said = capsys.readouterr().out
    assert why in said
    assert "planted, " not in said


def test_a_test_that_fails_on_the_sound_tree_too_proves_nothing(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "tests" / "test_points.py").write_text(TESTS.replace("0.5", "0.25"), "utf-8")
    assert named.main(table(tree, FAULT)) == 1
    said = capsys.readouterr().out
    assert "NO VERDICT turned-round: tests/test_points.py::test_half fails without the fault, too" in said


def test_a_test_outside_of_the_light_tier_doesn_t_count(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    marked = f"import pytest\n\npytestmark = pytest.mark.browser\n\n{TESTS}"
    (tree / "tests" / "test_points.py").write_text(marked, "utf-8")
    assert named.main(table(tree, FAULT)) == 1
    assert "NO VERDICT turned-round: pytest ended with 5" in capsys.readouterr().out


def test_a_fault_without_a_field_or_with_the_id_of_another_is_a_mistake(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert named.main(table(tree, {name: value for name, value in FAULT.items() if name != "cost"})) == 1
    assert "needs the fields" in capsys.readouterr().out
    assert named.main(table(tree, FAULT, FAULT)) == 1
    assert "more than one fault has the id turned-round" in capsys.readouterr().out
    assert named.main([*table(tree, FAULT), "no-such-id"]) == 1
    assert "no-such-id: no fault has this id" in capsys.readouterr().out


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_signal_in_the_middle_leaves_the_tree_as_it_was(tree: Path, tmp_path: Path, number: signal.Signals) -> None:
    begun, scratch = tmp_path / "begun", tmp_path / "scratch"
    scratch.mkdir()
    waiting = f"import os, pathlib, time\npathlib.Path({str(begun)!r}).write_text(str(os.getpid()))\ntime.sleep(60)\n"
    (tree / "tests" / "test_points.py").write_text(waiting + TESTS, "utf-8")
    before = state_of(tree)
    arguments = [sys.executable, "-m", "tests.mutants.named", *table(tree, FAULT)]
    command = subprocess.Popen(arguments, cwd=ROOT, env={**os.environ, "TMPDIR": str(scratch)})
    until = time.monotonic() + 60
    while not (begun.exists() and begun.read_text()) and time.monotonic() < until:
        time.sleep(0.05)
    child = int(begun.read_text())
    planted = next(scratch.glob("faults-*/tree0/training/points.py"))
    assert "total / points" in planted.read_text("utf-8")
    command.send_signal(number)
    command.wait(30)
    assert state_of(tree) == before
    if number is signal.SIGKILL:
        os.kill(child, signal.SIGKILL)  # nobody could: see the next line for what a signal that can be caught does
        return
    assert command.returncode == 130
    assert list(scratch.iterdir()) == []
    assert not Path(f"/proc/{child}").exists()


def test_the_tables_have_faults_of_every_package_of_the_program_and_each_can_be_planted() -> None:
    faults = named.read_tables(named.TABLES)
    assert named.mistakes_in(faults, ROOT) == []
    packages = {path.name for path in (ROOT / "training").iterdir() if (path / "__init__.py").is_file()}
    assert packages - {fault.file.split("/")[1] for fault in faults} == set()
    for package in packages:
        inside = {fault.file for fault in named.read_tables(named.TABLES / f"{package}.toml")}
        assert all(file.startswith(f"training/{package}/") for file in inside)
