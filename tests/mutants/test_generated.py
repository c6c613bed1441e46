"""The command that runs mutmut, on a small tree: what makes it fail, and what it must leave alone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.mutants import generated
from tests.mutants.test_named import state_of
from training.settings import ROOT

SOURCE = """
def share(points, total):
    return points / total


def passed(points, line):
    return points >= line
"""
TESTS = """
from training.points import passed, share


def test_half():
    assert share(1, 2) == 0.5


def test_line():
    assert passed(60, 60)
"""
PART = """
[[part]]
name = "points"
modules = ["points.py", "rest.py"]
tests = ["tests/test_points.py"]
unexplained = {allowed}
"""
EXPLANATION = """
[[explained]]
module = "training.points"
function = "passed"
before = "return points >= line"
after = ["return points > line"]
reason = "{reason}"
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    for name, text in {
        "training/__init__.py": "",
        "training/points.py": SOURCE,
        "tests/test_points.py": TESTS,
        "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n",
        "labs/keys.yaml": "nothing",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def arguments(tree: Path, *asked: str, allowed: int = 0, explained: str = "") -> list[str]:
    parts, explanations = tree.parent / "parts.toml", tree.parent / "explained"
    parts.write_text(PART.format(allowed=allowed), "utf-8")
    explanations.mkdir(exist_ok=True)
    (explanations / "points.toml").write_text(explained, "utf-8")
    places = ["--tree", str(tree), "--work", str(tree.parent / "work")]
    return [*places, "--parts", str(parts), "--explained", str(explanations), "--jobs", "1", *asked]


def test_mutants_are_killed_and_the_tree_is_never_written(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = state_of(tree)
    assert generated.main(arguments(tree)) == 0
    said = capsys.readouterr().out
    assert "points: 2 of 2 killed, 0 survived" in said
    assert said.splitlines()[-1].startswith("1 parts, 2 of 2 mutants killed (100.0 %)")
    assert state_of(tree) == before


def test_a_survivor_fails_the_command_until_it_is_killed_or_explained(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tests = tree / "tests" / "test_points.py"
    tests.write_text(TESTS.replace("passed(60, 60)", "passed(61, 60)"), "utf-8")
    assert generated.main(arguments(tree)) == 1
    said = capsys.readouterr().out
    assert "survived: training.points passed\n    - return points >= line\n    + return points > line" in said
    assert "points: 1 of 2 mutants were killed: fewer than 90 %" in said
    assert "points: 1 survivors are neither killed nor explained; 0 are allowed" in said
    why = EXPLANATION.format(reason="Nobody reaches the line exactly.")
    generated.main(arguments(tree, explained=why))
    said = capsys.readouterr().out
    assert "neither killed nor explained" not in said
    assert "fewer than 90 %" in said  # an explanation is no kill
    tests.write_text(TESTS, "utf-8")  # what survived is tried again, since tests have changed
    assert generated.main(arguments(tree, explained=why)) == 1
    assert (
        "points: stale explanation: training.points passed: return points >= line -> return points > line"
        in capsys.readouterr().out
    )
    assert generated.main(arguments(tree)) == 0
    assert generated.main(arguments(tree, "training.points", "--report")) == 0


def test_one_module_of_a_part_can_be_run_alone_and_the_others_keep_what_became_of_theirs(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "training" / "rest.py").write_text("def rest(points):\n    return 100 - points\n", "utf-8")
    test = "\n\ndef test_rest():\n    from training.rest import rest\n\n    assert rest(60) == 40\n"
    (tree / "tests" / "test_points.py").write_text(TESTS + test, "utf-8")
    assert generated.main(arguments(tree, "training.points")) == 0
    assert "points: 2 of 2 killed, 0 survived" in capsys.readouterr().out
    assert generated.main(arguments(tree)) == 0
    assert "points: 4 of 4 killed, 0 survived" in capsys.readouterr().out
    assert generated.main(arguments(tree, "training.rest")) == 0
    assert "points: 2 of 2 killed, 0 survived" in capsys.readouterr().out
    assert generated.main(arguments(tree, "--report")) == 0
    assert "points: 4 of 4 killed, 0 survived" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"asked": "training.score"}, "training.score is no part, and no part holds a module of this name"),
        (
            {"explained": EXPLANATION.format(reason=" ")},
            "points.toml: training.points passed: name what it was mutated to, and give a reason",
        ),
        ({"explained": "[[explained]]\nmodule = 'training.points'"}, "missing 3 required positional arguments"),
        ({"allowed": 1}, "points: only 0 survivors are left: lower `unexplained` of points to that"),
    ],
)
def test_what_is_out_of_date_fails_the_command(
    tree: Path, capsys: pytest.CaptureFixture[str], more: dict[str, str | int], why: str
) -> None:
    asked = [str(more["asked"])] if "asked" in more else []
    given = arguments(tree, *asked, allowed=int(more.get("allowed", 0)), explained=str(more.get("explained", "")))
    assert generated.main(given) == 1
    assert why in capsys.readouterr().out


WAITING = """
import os
import time
from pathlib import Path

from training.points import passed, share


def test_all():
    assert (share(1, 2), passed(60, 60), passed(59, 60)) == (0.5, True, False) or os.environ["MUTANT_UNDER_TEST"]
    if os.environ["MUTANT_UNDER_TEST"].endswith("_1"):
        Path(BEGUN).touch()
        time.sleep(60)
"""


def test_a_run_that_was_broken_off_leaves_the_tree_as_it_was_and_goes_on(tree: Path, tmp_path: Path) -> None:
    begun, file = tmp_path / "begun", tree / "tests" / "test_points.py"
    file.write_text(WAITING.replace("BEGUN", repr(str(begun))), "utf-8")
    before = state_of(tree)
    command = [sys.executable, "-m", "tests.mutants.generated", *arguments(tree)]
    run = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    until = time.monotonic() + 120
    while not begun.exists() and run.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGTERM)
    run.wait(30)
    assert begun.exists()
    assert state_of(tree) == before
    file.write_text(TESTS, "utf-8")
    assert generated.main(arguments(tree)) == 0
