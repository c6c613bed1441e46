"""The tour, which hosts run before a class: it plays its whole path, through kills too, and says where it fails."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runwide import Founded
from tests.web.test_start import run
from training.operating.tour import play
from training.operating.tour.client import TourError, read
from training.operating.tour.path import STEPS
from training.operating.tour.server import Server

pytestmark = [pytest.mark.enable_socket, pytest.mark.long]
ALL_STEPS = len(STEPS) + 1  # the instructor's view is the last


@pytest.fixture
def server(founded: Founded, tmp_path: Path) -> Iterator[Server]:
    """A server of an installation of its own, running."""
    started = founded.server(tmp_path / "instance")
    started.start()
    yield started
    started.kill()


def test_the_tour_plays_the_whole_path_on_an_installation_of_its_own(tmp_path: Path) -> None:
    done = run("tour", instance=tmp_path / "unused")
    assert done.returncode == 0, done.stdout
    *steps, summary = done.stdout.splitlines()
    assert [int(line.split()[0]) for line in steps] == list(range(1, ALL_STEPS + 1))
    assert "the instructor's view: the attempt at finance-workstation with " in steps[-1]
    assert re.fullmatch(rf"tour: {ALL_STEPS} steps, 0 failed, 0 kills, [1-9][\d.]* points, [\d.]+ s", summary)
    assert not (tmp_path / "unused").exists()


def test_the_tour_loses_nothing_to_a_kill_between_steps(server: Server) -> None:
    told: list[str] = []
    outcome = play.on(server, told.append, kill=4)
    assert outcome.failed == 0, "\n".join(told)
    assert (outcome.steps, outcome.kills) == (ALL_STEPS, (ALL_STEPS - 1) // 4)
    assert outcome.points > 0


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
