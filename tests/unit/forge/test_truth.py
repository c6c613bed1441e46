"""The truth as a file, and as what the key language works on."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from tests.unit.forge.told import START, collected
from training.errors import Damaged
from training.forge import truth
from training.forge.truth import Drawn, Truth
from training.grading.keys.expression import Expression

TOLD = collected()


def test_a_truth_is_the_same_when_it_was_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    path.write_text(TOLD.model_dump_json(indent=1), encoding="utf-8")
    assert truth.read(path) == TOLD


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (12, 12),
        ("12", "12"),
        ("1773144390", "1773144390"),
        ("2026-03-10T12:06:30Z", datetime.fromtimestamp(START, UTC)),
        ("2026-03-10", "2026-03-10"),
    ],
)
def test_drawn_numbers_times_and_texts_stay_what_they_are(given: object, value: object) -> None:
    drawn: TypeAdapter[object] = TypeAdapter(Drawn)
    read = drawn.validate_json(json.dumps(given))
    assert (read, type(read)) == (value, type(value))
    assert drawn.validate_json(drawn.dump_json(read)) == value


@pytest.mark.parametrize("given", [True, 1.5, None, [1]])
def test_nothing_else_can_be_drawn(given: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Drawn).validate_json(json.dumps(given))


def test_every_field_that_is_wrong_is_named(tmp_path: Path) -> None:
    wrong = json.loads(TOLD.model_dump_json())
    wrong["version"] = 1
    wrong["processes"][0]["pid"] = -1
    wrong["more"] = 1
    path = tmp_path / "truth.json"
    path.write_text(json.dumps(wrong))
    with pytest.raises(Damaged, match=r"version: .*processes\.0\.pid: .*more: Extra inputs"):
        truth.read(path)
    path.write_text("{")
    with pytest.raises(Damaged, match=r"truth\.json: the whole: Invalid JSON"):
        truth.read(path)
    with pytest.raises(Damaged, match="cannot be read: No such file"):
        truth.read(tmp_path / "none")


def test_a_truth_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        TOLD.host = "other"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("truth.planted.actor.pid", 25),
        ("truth.planted.workers.pid", [17, 18]),
        ("the(truth.planted.actor.connections).remote", "203.0.113.66:8443"),
        ("truth.planted.actor.started", datetime.fromtimestamp(START + 25, UTC)),
        ("truth.drawn.port", 8443),
        ("truth.drawn.start", datetime.fromtimestamp(START, UTC)),
        ("time(truth.events.came)", datetime.fromtimestamp(START + 20.25, UTC)),
        ("time(truth.commands.clock.seconds)", datetime.fromtimestamp(START + 40, UTC)),
        ("truth.modules[in_sysfs and not listed].name", ["net_audit"]),
        ("the(truth.sockets[pids has 17]).local_port", 80),
        ('truth.shells[comm = "bash" and count(typed) > 0].pid', [11, 24]),
        ('minus(truth.processes[comm = "bash"].pid, truth.shells[old_lines > 0].pid)', [12, 24]),
        ("truth.processes[tracer > 0].pid", [18]),
        ("the(truth.files[not present]).modified", None),
        ("truth.processes[namespaces.net = 0].pid", [28]),
        ("truth.stage_hands", [26, 27]),
    ],
)
def test_keys_reach_what_is_in_it(expression: str, value: object) -> None:
    assert Expression.parse(expression).evaluate({"truth": TOLD.model_dump(mode="json")}, {}) == value


def test_a_shell_and_a_process_are_found_by_name_and_number() -> None:
    assert isinstance(TOLD, Truth)
    assert TOLD.shell("mira").pid == 11
    assert TOLD.process(25).exe == "/memfd:quil (deleted)"
