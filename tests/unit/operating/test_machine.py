"""`check machine`: one line per layer and fact, and warnings that do not fail."""

import re
import shutil

import pytest
from click.testing import CliRunner

from training.analysis.sandbox import LAYERS
from training.analysis.sandbox.probe import Layer, probe
from training.machines.guest import enclosure
from training.operating import machine as operating
from training.operating.cli import check
from training.operating.machine import Line, Machine
from training.settings import Settings

pytestmark = pytest.mark.any_database
SUMMARY = re.compile(r"check machine: (\d) of 9 layers, (\d+) warnings")


def test_each_layer_and_each_fact_has_a_line(settings: Settings) -> None:
    done = CliRunner().invoke(check, ["machine"], obj=settings)
    lines = done.output.splitlines()
    assert done.exit_code == 0, done.output
    assert [next(name for name in LAYERS if f" {name}" in line) for line in lines[:9]] == list(LAYERS)
    found = SUMMARY.fullmatch(lines[-1])
    assert found
    assert int(found[1]) == sum(layer.reached for layer in probe())
    assert int(found[2]) == sum(line.startswith("warning: ") for line in lines)
    assert any(line.startswith("machine: processors: ") for line in lines)
    assert sum(" live machines: " in line for line in lines) == 1


def test_what_is_missing_is_a_warning_with_its_reason() -> None:
    machine = Machine(
        (Layer("limits", True, "Kept."), Layer("mount", False, "Install the package bubblewrap.")),
        (Line("memory", "1.0 GiB", warning=True),),
    )
    assert list(machine.lines()) == [
        "layer: limits: Kept.",
        "warning: layer mount is missing: Install the package bubblewrap.",
        "warning: memory: 1.0 GiB",
    ]
    assert machine.summary == "check machine: 1 of 2 layers, 2 warnings"


def test_without_qemu_and_without_walls_live_machines_are_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    found = shutil.which
    monkeypatch.setattr(enclosure, "best", lambda: "plain")
    monkeypatch.setattr(enclosure, "why_not", lambda way: f"no {way} here")
    monkeypatch.setattr(shutil, "which", lambda name: found(name) or f"/usr/bin/{name}")
    line = operating._live()
    assert line.warning
    assert "level plain" in line.text
    assert line.text.endswith("user does not work: no user here; namespace does not work: no namespace here")
    monkeypatch.setattr(shutil, "which", lambda name: None if name.startswith("qemu") else found(name))
    line = operating._live()
    assert line.warning
    assert "install the Debian package qemu-system-x86" in line.text


def test_writing_belongs_to_the_content(settings: Settings) -> None:
    done = CliRunner().invoke(check, ["machine", "--write"], obj=settings)
    assert done.exit_code != 0
    assert "--write and --translated belong to the content" in str(done.exception)
