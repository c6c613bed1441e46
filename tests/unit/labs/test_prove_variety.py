"""What proving says of a lab with several exhibits, and what it shows where the two forms of a key differ."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.conftest import Clock
from tests.unit.labs.conftest import FOLDER, LAB, PACK, Answered
from training.cli import commands
from training.errors import NotThere
from training.grading.keys.expression import Expression, RowSets
from training.grading.keys.syntax import Query
from training.grading.question import Question
from training.labs import reader, variety
from training.labs.prove import prove
from training.labs.prove import variety as variety_of
from training.labs.reader import Seal

QUESTIONS = reader.draft(FOLDER).questions
SEAL = reader.seal(FOLDER, PACK.name)
ROWS: RowSets = {Query("p"): [{"n": 1}, {"n": 2}, {"n": 3}]}


def edit(labs: Path, old: str, new: str) -> None:
    file = labs / LAB / "lab.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def answering(**answers: Any) -> Seal:
    """The real seal with other answers, as another variant would have."""
    keys = dict(SEAL.sealed.keys)
    keys |= {name: keys[name].model_copy(update={"answer": answer}) for name, answer in answers.items()}
    return SEAL.model_copy(update={"sealed": SEAL.sealed.model_copy(update={"keys": keys})})


def question(name: str) -> Question:
    return next(one for one in QUESTIONS if one.id == name)


def test_an_answer_that_is_the_same_on_all_exhibits_is_refused() -> None:
    found = variety.compare([question("q1"), question("q2")], {"x-a": SEAL, "x-b": answering(q1=4711)})
    assert [fault.split(":")[0] for fault in found.faults] == ["q2"]
    assert "the same on all 2 exhibits" in found.faults[0]
    assert found.warnings == ()


def test_one_exhibit_has_nothing_to_be_compared_with_and_free_text_has_no_answer() -> None:
    assert variety.compare(QUESTIONS, {"x-a": SEAL}).faults == ()
    assert [one for one in variety.compare(QUESTIONS, {"x-a": SEAL, "x-b": SEAL}).faults if one.startswith("q11")] == []


def test_two_exhibits_that_share_an_answer_are_a_warning_that_names_them() -> None:
    seals = {"x-a": answering(q1=1), "x-b": answering(q1=2), "x-c": answering(q1=1)}
    found = variety.compare([question("q1")], seals)
    assert found.faults == ()
    assert found.warnings == ("q1: the same answer is right on x-a and x-c",)
    [sequence] = [one for one in QUESTIONS if one.type == "sequence"]
    order = SEAL.sealed.keys[sequence.id].answer
    assert isinstance(order, tuple)
    turned = answering(**{sequence.id: order[::-1]})
    assert variety.compare([sequence], {"x-a": SEAL, "x-b": SEAL, "x-c": turned}).warnings == (), "few orders are there"


def test_a_fixed_key_may_be_the_same_everywhere() -> None:
    choice = Question.model_validate(
        {
            "id": "q1",
            "type": "choice",
            "text": "Which is it?",
            "points": 1,
            "options": {"a": "This", "b": "That"},
            "key": {"constant": "a"},
        }
    )
    key = SEAL.sealed.keys["q1"].model_copy(update={"answer": "a"})
    seal = SEAL.model_copy(update={"sealed": SEAL.sealed.model_copy(update={"keys": {"q1": key}})})
    assert variety.compare([choice], {"x-a": seal, "x-b": seal}) == variety.Variety((), ())


def test_the_sealed_answers_of_variants_that_were_not_proved_now_count_too(answered: Answered, labs: Path) -> None:
    edit(labs, f"exhibits: [{PACK.name}]", f"exhibits: [{PACK.name}, {LAB}-b]")
    settings = answered.settings.model_copy(update={"labs": labs})
    (labs / "exhibits" / f"{LAB}-b").symlink_to(PACK)
    shutil.copyfile(labs / LAB / "keys" / f"{PACK.name}.json", labs / LAB / "keys" / f"{LAB}-b.json")
    proofs = list(prove(settings, LAB, Clock(), variants=["a"]))
    assert [proof.pack for proof in proofs] == [PACK.name]
    same = {fault.partition(":")[0] for fault in variety_of(settings, LAB, proofs).faults}
    assert {"q1", "q2", "q3", "q6", "q9"} <= same
    (labs / LAB / "keys" / f"{LAB}-b.json").write_text(SEAL.model_copy(update={"exhibit": "0" * 64}).model_dump_json())
    assert variety_of(settings, LAB, proofs).faults == (), "sealed for another image"
    with pytest.raises(NotThere, match=rf"{LAB} has no variant z; it has: {PACK.name}, {LAB}-b"):
        list(prove(settings, LAB, Clock(), variants=["a", "z"]))


def test_where_the_forms_differ_both_are_shown_with_the_rows(
    answered: Answered, labs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(labs, "truth: truth.planted.actor.pid\n", "truth: truth.planted.actor.ppid\n")
    settings = answered.settings.model_copy(update={"labs": labs})
    [proof] = prove(settings, LAB, Clock())
    [different] = proof.differences
    assert different.question == "q1"
    assert different.truth != different.rows
    assert different.rows == str(SEAL.sealed.keys["q1"].answer)
    assert sum(used.picked for used in different.used) >= 1
    assert any(SEAL.sealed.keys["q1"].answer in row.values() for used in different.used for row in used.rows)
    monkeypatch.setenv("ENGRAM_INSTANCE", str(answered.settings.instance))
    monkeypatch.setenv("ENGRAM_LABS", str(labs))
    done = CliRunner().invoke(commands, ["prove", LAB, "--variant", "a"])
    assert done.exit_code == 1
    lines = done.output.splitlines()
    at = lines.index(f"    q1 on {PACK.name}:")
    assert lines[at + 1].startswith(f"      truth {different.truth}")
    assert lines[at + 1].endswith("truth.planted.actor.ppid")
    assert lines[at + 2].startswith(f"      rows  {different.rows}")
    assert "rows were used" in lines[at + 3]
    assert f"PID={different.rows}" in lines[at + 4]
    assert "0 keys the same on all exhibits" in lines[-1]


@pytest.mark.parametrize(
    ("form", "picked"),
    [
        ('the(rows("p")[n > 1].n)', [2, 3]),
        ('count(rows("p"))', [1, 2, 3]),
        ('the(rows("p")[n = q1].n)', [2]),
        ('the(rows("p")[missing = 1].n)', []),
        ('count(union(rows("p")[n = 1].n, rows("p")[n = 3].n))', [1, 3]),
    ],
)
def test_the_rows_that_an_expression_picked_are_told(form: str, picked: list[int]) -> None:
    found = list(variety._used(Expression.parse(form).tree, {"q1": 2}, ROWS))
    assert [row["n"] for used in found for row in used.rows] == picked
    assert all(used.there == 3 for used in found)
