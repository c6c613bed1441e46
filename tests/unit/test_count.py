"""What a run says of itself at its end: what was run, what was left out, what is left behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from training.settings import ROOT

TESTS = """
import subprocess
import sys
import pytest

def test_that_passes() -> None:
    pass

@pytest.mark.browser
def test_that_is_left_out() -> None:
    pass
"""
SKIPPED = """
def test_that_is_skipped() -> None:
    pytest.skip("no such program")
"""
LEFT = """
def test_that_leaves_a_process() -> None:
    global kept
    kept = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
"""


def run(tmp_path: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A run of these tests, under what every test of the tree runs under."""
    (tmp_path / "test_it.py").write_text(text, "utf-8")
    plugins = [f"-ptests.{name}" for name in ("needs", "count", "leftovers")]
    words = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), f"--rootdir={tmp_path}", *plugins]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [*words, "-m", "not browser", "-p", "no:cacheprovider", *options, str(tmp_path / "test_it.py")],
        cwd=ROOT, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "workers"])
def test_what_was_collected_left_out_and_run_is_counted(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = run(tmp_path, TESTS, *options)
    assert "2 tests collected: 1 left out by -m or -k, 1 of the other 1 ran" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


def test_a_test_that_is_skipped_has_failed(tmp_path: Path) -> None:
    done = run(tmp_path, TESTS + SKIPPED)
    assert "skipped, and nothing may be" in done.stdout
    assert "no such program" in done.stdout
    assert done.returncode == 1


def test_a_process_that_is_left_behind_fails_the_run_and_is_named(tmp_path: Path) -> None:
    done = run(tmp_path, TESTS + LEFT, "-W", "ignore", "--patience=1")
    assert done.returncode == 1, done.stdout + done.stderr
    named = next(line for line in done.stdout.splitlines() if line.startswith("left behind: process "))
    assert "time.sleep(60)" in named
    os.kill(int(named.split()[3].rstrip(":")), 9)
