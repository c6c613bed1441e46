"""The exhibit that is handed out: whole, and of one piece."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from training.errors import Damaged
from training.forge import pack, record, scenario, truth
from training.forge.pack import Manifest, Role
from training.forge.truth import Truth

ROOT = Path(__file__).parents[3]
PACK = ROOT / "labs" / "exhibits" / "finance-workstation-a"
PLAN = scenario.load(ROOT / "labs" / "finance-workstation" / "scenario.yaml")


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return pack.read(PACK)


@pytest.fixture(scope="module")
def facts(manifest: Manifest) -> Truth:
    return truth.read(PACK / manifest.files[Role.TRUTH].name)


def test_the_pack_is_whole_and_small_enough() -> None:
    manifest = pack.check(PACK)
    assert sum(path.stat().st_size for path in PACK.iterdir()) <= 45_000_000
    assert {path.name for path in PACK.iterdir()} == {part.name for part in manifest.files.values()} | {pack.MANIFEST}
    assert {each.source_package for each in manifest.licences} >= {"linux", "busybox", "bash", "dropbear", "glibc"}


def test_the_truth_is_that_of_the_scenario(facts: Truth) -> None:
    assert facts.scenario.model_dump() == PLAN.drawn.model_dump()
    assert facts.host == PLAN.machine.host
    typed = [(step.shell, step.type) for step in PLAN.play if step.type]
    for shell in facts.shells:
        assert [each.text for each in shell.typed] == [text for name, text in typed if name == shell.name]
    assert facts.actor.remote == f"{PLAN.drawn.peer_address}:{PLAN.drawn.peer_port}"
    assert facts.actor.args == f"[{PLAN.drawn.label}]"


def test_the_machine_is_believable(facts: Truth) -> None:
    people = [each for each in facts.processes if each.exe]
    assert len(people) >= 25
    assert len(facts.zombies) == 1
    assert facts.process(facts.zombies[0]).ppid not in (1, facts.actor.pid)
    assert timedelta() < facts.booted - PLAN.machine.clock < timedelta(seconds=30)
    modified = {each.path: each.modified for each in facts.files}
    assert modified[PLAN.drawn.archive].timestamp() == pytest.approx(facts.commands["archive"].seconds, abs=1)
    assert not any(path.endswith(PLAN.drawn.program) for path in modified)


def test_events_come_in_the_order_of_the_story(facts: Truth) -> None:
    fetched, archived = facts.commands["fetch"].seconds, facts.commands["archive"].seconds
    assert fetched + 3 <= facts.actor.started.timestamp() <= archived - 3
    assert facts.actor.started.timestamp() - facts.commands["start"].seconds == pytest.approx(0, abs=1)
    assert archived + 3 < facts.frozen.timestamp()
    times = [each.seconds for shell in facts.shells for each in shell.typed]
    assert len(times) == len(set(times))


def test_the_record_follows_from_truth_and_scenario(manifest: Manifest, facts: Truth) -> None:
    text = (PACK / manifest.files[Role.RECORD].name).read_text(encoding="utf-8")
    assert text == record.write(PLAN, facts, manifest.sha256, pack.IMAGE)
    lines = text.splitlines()
    assert [int(line[:3]) for line in lines] == list(range(1, len(lines) + 1))
    assert all(len(line) <= 110 for line in lines)
    assert manifest.sha256 in text
    shown, reference = (re.search(rf"{who}: +(\S+ \S+) UTC", text) for who in ("machine", "reference"))
    assert shown
    assert reference
    assert shown[1] > reference[1]
    assert sum("Command typed at" in line for line in lines) == 4


def test_a_damaged_truth_names_its_fields(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    with pytest.raises(Damaged, match="cannot be read"):
        truth.read(path)
    path.write_text('{"host": 1}')
    with pytest.raises(Damaged, match=r"truth\.json: host: .*; release: Field required"):
        truth.read(path)
