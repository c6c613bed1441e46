"""`app.py machines` and `app.py session prepare`, as whoever runs the server types them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.machines_place import LAB
from tests.unit.machines.service.conftest import Scene
from training.cli import Table
from training.machines.ranges import Range
from training.machines.service import preparing
from training.settings import PREFIX, ROOT, Settings


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(Table("app"), list(arguments), obj=settings)


@pytest.fixture
def ranged(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Commands find the machines of the scene."""
    monkeypatch.setattr(Range, "of", lambda _settings: scene.here)
    return scene


def test_machines_are_listed_and_ended_by_their_ids(ranged: Scene) -> None:
    first, second = ranged.begin(), ranged.begin("colleague")
    listed = run(ranged.settings, "machines", "list")
    assert listed.exit_code == 0, listed.output
    *lines, last = listed.output.splitlines()
    assert {line.split()[0] for line in lines} == {str(first), str(second)}
    assert all(LAB in line and "live" in line for line in lines)
    assert last == "machines: 2 go on"
    ended = run(ranged.settings, "machines", "stop", str(first)[:13])
    assert ended.exit_code == 0, ended.output
    assert ranged.response(first).state == "ended"
    assert not ranged.here.machine(first).exists()
    assert ranged.response(second).state == "live"
    assert run(ranged.settings, "machines", "stop", str(first)[:4]).exit_code != 0
    assert run(ranged.settings, "machines", "stop", "--all").output == "machines: 1 ended\n"
    assert run(ranged.settings, "machines", "stop", "--all").exit_code != 0


def test_live_labs_are_known_and_their_variants_are_drawn(settings: Settings) -> None:
    assert "first-response" in preparing.live_labs(settings.labs)
    assert "finance-workstation" not in preparing.live_labs(settings.labs)
    plans = preparing.plans(settings.labs, "first-response")
    assert [one.variant for one in plans] == ["a", "b", "c", "d"]
    assert len({one.drawn["hidden"] for one in plans}) > 1


def test_what_can_not_be_prepared_says_why(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    none = run(settings, "machines", "prepare", "no-such-lab")
    assert none.exit_code != 0
    assert "there is no such lab" in str(none.exception)
    plain = run(settings, "machines", "prepare", "finance-workstation")
    assert "the lab has no live part" in str(plain.exception)
    monkeypatch.setattr("shutil.which", lambda _name: None)
    without = run(settings, "machines", "prepare", "first-response")
    assert without.exit_code != 0
    assert "install the Debian package" in str(without.exception)


@pytest.mark.machine
@pytest.mark.enable_socket
def test_a_signal_ends_all_that_are_being_prepared_and_leaves_none(tmp_path: Path) -> None:
    environment = {**os.environ, f"{PREFIX}INSTANCE": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "app.py", "machines", "prepare", "first-response"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as begun:
        assert begun.stdout
        assert any("the machine is up" in line for line in begun.stdout)
        assert list((tmp_path / "snapshots").glob(".first-response-?-*/new"))
        begun.send_signal(signal.SIGINT)
        assert begun.wait(30) != 0
    assert not [one for one in (tmp_path / "snapshots").iterdir() if one.suffix != ".lock"]


def test_the_folder_of_a_snapshot_is_named_by_lab_and_variant(tmp_path: Path, scene: Scene) -> None:
    assert scene.here.prepared(LAB, "a")
    assert not scene.here.prepared(LAB, "z")
    assert scene.here.base_file(LAB, "a").read_text("utf-8") == "debian-6.12.118-cloud"
    assert (ROOT / "labs" / "exhibits" / "debian-6.12.118-cloud").is_dir()
    assert not list(tmp_path.glob("snapshots"))
