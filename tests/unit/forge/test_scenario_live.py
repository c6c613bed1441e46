"""Scenarios of machines that live: what they may say, what the stage hand is told of it, and what in them is wrong."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.forge.test_scenario import SMALL
from training.forge import scenario
from training.forge.linux import etc, orders, rootfs
from training.forge.scenario import Scenario, ScenarioMistakes

LABS = Path(__file__).parents[3] / "labs"
ALIVE = ("first-response", "quiet-triage", "open-container")
LIVE: dict[str, Any] = {
    "outsiders": ["{peer}"],
    "names": {"address": "198.51.100.9", "known": {"relay.quay.example": "{peer}"}},
    "when": [{"lookup": True, "begin": "asked"}, {"gap": 5, "begin": "stood"}],
    "steps": [
        {"pause": 240, "drop": {"address": "{peer}", "port": "{port}"}, "as": "renews"},
        {"pause": 60.5, "tell": {"address": "{peer}", "port": "{port}", "text": "clear"}, "as": "clears"},
        {"pause": 2, "shell": "desk", "type": "date"},
        {"pause": 2, "begin": "asked"},
        {"pause": 2, "end": "asked"},
    ],
    "on_call": {
        "asked": [{"pause": 4, "run": "true"}],
        "stood": [{"pause": 2, "shell": "desk", "type": "id", "as": "moved"}],
    },
}


def written(into: Path, change: Any = None) -> Path:
    """The small scenario with a living play, changed."""
    document = yaml.safe_load(SMALL)
    document["machine"] |= {"additions": ["live"]}
    document["shells"] = {"desk": {"terminal": "tty1", "log_in": "root"}}
    document["files"] = [{"path": "/srv/a", "modified": "2026-03-09T12:00:00Z", "text": "a"}]
    document["machine"]["addresses"] = ["192.0.2.30/24", "{peer}/32", "198.51.100.9/32"]
    document["outside"] = {"listens": [{"address": "{peer}", "port": "{port}", "then": "answer", "hears": "sign"}]}
    document["live"] = yaml.safe_load(yaml.safe_dump(LIVE))
    if change:
        change(document)
    path = into / "scenario.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path


def drawn(into: Path, change: Any = None) -> Scenario:
    return scenario.load(written(into, change)).draw(1, 0)


def test_the_stage_hand_learns_the_living_play_before_the_play(tmp_path: Path) -> None:
    plan = drawn(tmp_path)
    peer, port = str(plan.drawn["peer"]), str(plan.drawn["port"])
    told = [each.split("\t") for each in orders.of(plan)]
    living = [words for words in told if words[0] not in {"listen", "step", "play"}]
    assert ["listen", peer, port, "answer", "sign"] in told
    assert living == [
        ["later", "-", "240000", "renews", "drop", peer, port],
        ["later", "-", "60500", "clears", "tell", peer, port, "clear"],
        ["later", "-", "2000", "-", "press", "tty1", "date"],
        ["later", "-", "2000", "-", "begin", "asked"],
        ["later", "-", "2000", "-", "end", "asked"],
        ["later", "asked", "4000", "-", "run", "true"],
        ["later", "stood", "2000", "moved", "press", "tty1", "id"],
        ["when", "lookup", "asked"],
        ["when", "gap", "stood", "5.0"],
        ["outsider", peer],
        ["names", "198.51.100.9"],
        ["name", "relay.quay.example", peer],
    ]
    assert told.index(living[-1]) < min(told.index(words) for words in told if words[0] == "step")
    assert told[-1] == ["play"]


def test_only_a_machine_that_lives_has_a_console_and_places_for_media(tmp_path: Path) -> None:
    plan = drawn(tmp_path)
    found = etc.of(plan)
    assert found["/etc/inittab"].endswith("ttyS0::respawn:/opt/range/console\n")
    for folder, label in zip(etc.MEDIA, ("KIT", "EVIDENCE"), strict=True):
        assert f"LABEL={label} {folder} ext4 " in found["/etc/fstab"]
    still = plan.model_copy(update={"live": None})
    assert "ttyS0" not in etc.of(still)["/etc/inittab"]
    assert "/etc/fstab" not in etc.of(still)
    taken = plan.model_copy(update={"files": (*plan.files, plan.files[0].model_copy(update={"path": "/mnt/evid"}))})
    assert ("/mnt/evid", "is a folder of this machine, and no file can be there") in rootfs.misplaced(taken)


def test_a_plan_without_a_living_play_says_nothing_of_one(tmp_path: Path) -> None:
    plan = drawn(tmp_path)
    assert Scenario.model_validate_json(plan.model_dump_json(by_alias=True)) == plan
    still = plan.model_copy(update={"live": None})
    assert '"live":{' not in still.model_dump_json(by_alias=True)
    assert '"hears":null' not in still.model_dump_json(by_alias=True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["machine"].pop("additions"), "machine.additions: a machine that lives needs the addition live"),
        (lambda d: d["machine"]["addresses"].append("2001:db8::9/128"), "has IPv4 addresses only"),
        (lambda d: d["live"]["outsiders"].append("203.0.113.251"), "live.outsiders.1: 203.0.113.251 is not among"),
        (lambda d: d["live"]["outsiders"].append("192.0.2.30"), "192.0.2.30 is the machine's own address"),
        (lambda d: d["live"]["names"].update(address="198.51.100.8"), "live.names.address: 198.51.100.8 is not among"),
        (lambda d: d["live"]["names"].update(known={"example.com": "{peer}"}), "must be a name that ends in .example"),
        (lambda d: d["live"]["when"][0].update(begin="ask"), "live.when.0.begin: there is no list ask; nearest: asked"),
        (lambda d: d["live"]["when"][0].update(gap=3), "say exactly one of lookup, gap"),
        (lambda d: d["live"]["steps"][3].update(begin="nobody"), "live.steps.3.begin: there is no list nobody"),
        (lambda d: d["live"]["steps"][0]["drop"].update(port=80), "the outside keeps no connections at"),
        (lambda d: d["live"]["steps"].append({"pause": 2, "freeze": True}), "say exactly one of type, enter, dial"),
        (lambda d: d["live"]["steps"][3].update(freeze=True), "live.steps.3: the freeze is the arrival"),
        (lambda d: d["live"]["steps"][0].update(pause=4000), "live.steps.0.pause: must be at most 3600"),
        (lambda d: d["live"]["steps"].extend({"pause": 3600, "run": "true"} for _ in range(4)), "more than 14400"),
        (lambda d: d["live"]["steps"][2].update({"shell": "dusk"}), "live.steps.2.shell: there is no shell dusk"),
        (lambda d: d["live"]["on_call"]["stood"][0].update({"as": "clears"}), "there is an event clears already"),
        (lambda d: d["live"].update(console={"user": "mira"}), "live.console.user: must be 'root'"),
        (lambda d: d["live"]["on_call"].update(empty=[]), "must have at least 1 elements"),
        (lambda d: d["outside"]["listens"][0].update(then="keep"), "only a port that answers"),
        (lambda d: d.pop("live"), "only in a machine that lives (live) is a line answered or heard"),
    ],
)
def test_mistakes_are_told_with_their_places(tmp_path: Path, change: Any, said: str) -> None:
    with pytest.raises(ScenarioMistakes) as wrong:
        scenario.load(written(tmp_path, change))
    assert said in wrong.value.message
    assert all(":1: the whole" not in each for each in wrong.value.mistakes)


def test_a_drop_is_of_a_living_play_only(tmp_path: Path) -> None:
    early = {"pause": 2, "drop": {"address": "{peer}", "port": 1}}
    with pytest.raises(ScenarioMistakes, match=r"play\.0\.drop: there is no such field here"):
        scenario.load(written(tmp_path, lambda d: d["play"].insert(0, early)))


@pytest.mark.parametrize("lab", ALIVE)
def test_what_matters_in_the_live_labs_holds_for_all_own_variants(lab: str) -> None:
    plans = scenario.load(LABS / lab / "scenario.yaml").variants(1, 4)
    for plan in plans:
        assert plan.live
        assert plan.machine.clock.weekday() < 5, "a working day"
        assert plan.machine.clock_offset
        assert sum(step.pause for step in plan.play) < 60, "it is waited for"
        handed = {each.file: each.text or "" for each in plan.materials}
        assert set(handed) == {"authority.txt", "call.txt"}
        assert "{=" not in "".join(handed.values()), "they are handed over before anything is known"
    first = [plan.live.steps[0].pause for plan in plans if plan.live and lab == "first-response"]
    assert all(pause + 195 > 180 for pause in first), "what is graded is there for three minutes"
    assert len({plan.model_dump_json() for plan in plans}) == 4
