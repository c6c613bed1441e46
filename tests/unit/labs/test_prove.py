import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import Clock
from tests.unit.labs.conftest import FOLDER, LAB, PACK, Answered
from training.cli import commands
from training.errors import NotThere
from training.labs.prove import Proof, names, prove
from training.settings import Settings


def proof(answered: Answered, labs: Path, *, write: bool = False) -> Proof:
    settings = answered.settings.model_copy(update={"labs": labs})
    [done] = prove(settings, LAB, Clock(), write=write, variants=[PACK.name])
    return done


def test_every_key_of_the_real_lab_is_proved_and_its_sealed_file_is_current(answered: Answered) -> None:
    [done] = prove(answered.settings, LAB, Clock(), variants=[PACK.name])
    assert [(one.id, one.problems) for one in done.proved if not one.sound] == []
    assert done.faults == ()
    assert done.sound
    assert [one.id for one in done.proved if one.truth is None] == ["q11", "q12", "q13"], "free text has no key"
    assert len(done.proved) == 13
    assert all(len(one.mistakes) >= 2 for one in done.proved if one.truth is not None), "two named mistakes at least"
    assert all(one.truth == one.rows for one in done.proved if one.id != "q6")


def test_named_mistakes_really_stand_in_this_exhibit(answered: Answered) -> None:
    [done] = prove(answered.settings, LAB, Clock(), variants=[PACK.name])
    empty = [(one.id, code) for one in done.proved for code, values in one.mistakes if not values]
    assert empty == []


def test_a_key_that_disagrees_is_not_sealed_and_says_why(answered: Answered, labs: Path) -> None:
    file = labs / LAB / "lab.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("truth: truth.planted.actor.pid\n", "truth: truth.planted.actor.ppid\n"), "utf-8")
    done = proof(answered, labs)
    assert not done.sound
    assert "disagree" in done.proved[0].problems[0]
    assert "q1" not in done.seal.sealed.keys
    assert any("keys of questions that are not proved: q1" in fault for fault in done.faults)


def test_write_seals_anew_and_what_was_altered_by_hand_is_found(answered: Answered, labs: Path) -> None:
    file = labs / LAB / "keys" / f"{PACK.name}.json"
    content = json.loads(file.read_text("utf-8"))
    content["sealed"]["keys"]["q1"]["answer"] = 1
    content["volatility"] = "1.0"
    file.write_text(json.dumps(content), "utf-8")
    faults = " ".join(proof(answered, labs).faults)
    assert "the sealed key of q1 is not what the exhibit gives" in faults
    assert "sealed with Volatility 1.0" in faults
    file.unlink()
    assert "are not sealed" in proof(answered, labs).faults[0]
    assert proof(answered, labs, write=True).sound
    assert file.read_bytes() == (FOLDER / "keys" / file.name).read_bytes(), "the same input gives the same file"


def test_what_is_missing_is_named(answered: Answered, labs: Path) -> None:
    settings: Settings = answered.settings.model_copy(update={"labs": labs})
    with pytest.raises(NotThere, match=r"no lab other .*there are: finance-workstation"):
        list(prove(settings, "other", Clock()))
    (labs / "exhibits" / PACK.name).unlink()
    with pytest.raises(NotThere, match="the pack finance-workstation-a is not in"):
        list(prove(settings, LAB, Clock()))
    assert names(labs) == [LAB]


def test_the_command_prints_a_line_for_each_question_and_fails_when_something_disagrees(
    answered: Answered, labs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGRAM_INSTANCE", str(answered.settings.instance))
    monkeypatch.setenv("ENGRAM_LABS", str(labs))
    whole = CliRunner().invoke(commands, ["prove", "--all"])
    assert whole.exit_code == 0, whole.output
    assert whole.output.count("truth and rows agree") == 10
    assert whole.output.count("free text, no key") == 3
    assert whole.output.splitlines()[-1].startswith("prove: 1 lab on 1 exhibit, 10 of 10 keys agree")
    answers = [
        str(one["answer"])
        for one in json.loads((FOLDER / "keys" / f"{PACK.name}.json").read_text())["sealed"]["keys"].values()
    ]
    assert not any(one in whole.output for one in answers if len(one) > 8), "answers are not printed by themselves"
    assert "/memfd:" in CliRunner().invoke(commands, ["prove", LAB, "--show"]).output
    (labs / LAB / "keys" / f"{PACK.name}.json").unlink()
    broken = CliRunner().invoke(commands, ["prove", LAB])
    assert broken.exit_code == 1
    assert "1 faults" in broken.output.splitlines()[-1]
    assert CliRunner().invoke(commands, ["prove"]).exit_code == 2
    assert CliRunner().invoke(commands, ["prove", LAB, "--all"]).exit_code == 2
