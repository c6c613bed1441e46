"""The tour, which hosts run before a class: it plays its whole path and says where it fails. `bench tour-kill`, which
test_bench.py runs, kills the server on the way.
"""

import re
from pathlib import Path

import pytest

from tests.web.test_start import run
from training.operating.tour.client import TourError, read
from training.operating.tour.path import STEPS
from training.operating.tour.server import Server

pytestmark = [pytest.mark.enable_socket, pytest.mark.long]
ALL_STEPS = len(STEPS) + 1  # the instructor's view is the last


def test_the_tour_plays_the_whole_path_on_an_installation_of_its_own(tmp_path: Path) -> None:
    done = run("tour", instance=tmp_path / "unused")
    assert done.returncode == 0, done.stdout
    *steps, summary = done.stdout.splitlines()
    assert [int(line.split()[0]) for line in steps] == list(range(1, ALL_STEPS + 1))
    assert "the instructor's view: the attempt at finance-workstation with " in steps[-1]
    assert re.fullmatch(rf"tour: {ALL_STEPS} steps, 0 failed, 0 kills, [1-9][\d.]* points, [\d.]+ s", summary)
    assert not (tmp_path / "unused").exists()


def test_the_tour_against_a_running_server_reads_the_password_from_a_file(live: Server, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("not the password\n", "utf-8")
    done = run("tour", "--url", live.url, "--password-file", str(tmp_path / "password"), instance=tmp_path / "unused")
    assert done.returncode == 1
    assert "2 sign in: FAILED: TourError: " in done.stdout.splitlines()[-2]
    assert done.stdout.splitlines()[-1].startswith("tour: 2 steps, 1 failed, 0 kills, 0 points, ")


def test_what_is_missing_on_an_answer_that_is_no_page_is_told_with_the_answer() -> None:
    page = read(503, "http://127.0.0.1:8000/sign-in", b"<h1>Too busy</h1>")
    with pytest.raises(TourError, match=r"no form with login on http://127.0.0.1:8000/sign-in \(503: Too busy\)"):
        page.form("login")
