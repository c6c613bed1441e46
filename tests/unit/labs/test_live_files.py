"""What an author of a live lab is told before anybody works on it: each mistake by file and line."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from training.content.source import ContentError
from training.grading.conduct.plan import StepName
from training.labs import live_scenario, reader
from training.labs.livefile import Live
from training.settings import ROOT

LAB = "first-response"
Change = Callable[[str], str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a live lab, as its author has it."""
    copied = tmp_path / LAB
    shutil.copytree(ROOT / "labs" / LAB, copied)
    return copied


def told(folder: Path, change: Change = str, file: str = reader.FILE) -> list[str]:
    path = folder / file
    before = path.read_text("utf-8")
    after = change(before)
    assert after != before or change is str
    path.write_text(after, "utf-8")
    return [str(one) for one in reader.check(folder)]


@pytest.mark.parametrize("name", ["first-response", "quiet-triage", "open-container"])
def test_the_live_labs_have_no_mistakes_and_hand_over_what_their_scenario_gives(name: str) -> None:
    folder = ROOT / "labs" / name
    assert reader.check(folder) == []
    lab = reader.load(folder)
    assert lab.file.live is not None
    assert lab.exhibits == ()
    assert lab.seals == {}
    assert lab.file.sets == tuple(f"{name}-{letter}" for letter in "abcd")
    for pack in lab.file.sets:
        assert list(lab.handed(pack)) == ["authority", "call"]
    plan = lab.file.live.plan
    assert [fork.id for fork in plan.forks] == [fork.id for fork in lab.file.live.forks]
    assert {step.step for step in plan.steps} <= set(StepName)


def line_of(folder: Path, text: str) -> int:
    lines = (folder / reader.FILE).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("kind: live\n", ""), "only a kind: live has it"),
        (lambda text: text.replace("\nlive:\n", "\nexhibits: [x-a]\n\nlive:\n"), "so it has no exhibits"),
        (lambda text: text.replace("name: call\n", "name: form\n"), "comes with the image that a trainee acquires"),
        (lambda text: text.replace("on_call: [hurry,", "on_call: [hurri,"), "no event hurri on call; it has: hurry"),
        (lambda text: text.replace("does: link cut", "does: fire nothing"), "no event nothing on call"),
        (lambda text: text.replace("does: link cut", "does: rm -rf"), "does"),
        (lambda text: text.replace("variants: [a, b, c, d]", "variants: [a, b, a]"), "variants names 'a' twice"),
        (lambda text: text.replace("id: filter,", "id: leave,"), "two options of link are named 'leave'"),
        (lambda text: text.replace("before: memory", "before: never", 1), "before"),
        (lambda text: text.replace("material: console, where", "material: cons, where", 1), "no material cons"),
        (lambda text: text.replace('part = "output"', 'prt = "output"', 1), "console has no column prt"),
        (lambda text: text.replace("count(truth.processes", 'count(rows("linux.bash")', 1), "asks the truth"),
        (lambda text: text.replace("seed: 20260324", "seed: 7"), "is not what scenario.yaml gives"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_with_its_line(folder: Path, change: Change, said: str) -> None:
    found = told(folder, change)
    assert any(said in one for one in found), found
    assert all(re.match(rf"labs/{LAB}/[a-z/.-]+:[0-9]+: ", one) for one in found), found


def test_a_mistake_stands_at_its_line(folder: Path) -> None:
    found = told(folder, lambda text: text.replace("on_call: [hurry,", "on_call: [hurri,"))
    known = "it has: hurry, moves, loses"
    line = line_of(folder, "on_call: [hurri,")
    assert found == [f"labs/{LAB}/lab.yaml:{line}: the scenario has no event hurri on call; {known}"]


def test_a_live_lab_without_its_live_part_says_so(folder: Path) -> None:
    found = told(folder, lambda text: re.sub(r"(?ms)^live:\n.*?^questions:", "questions:", text))
    assert any("says under `live` what its machine is" in one for one in found)


def test_a_scenario_with_mistakes_and_one_without_a_living_part_are_told(folder: Path) -> None:
    broken = told(folder, lambda text: text.replace("host: ws-finance-07", "host: WS"), "scenario.yaml")
    assert any("scenario.yaml has mistakes" in one for one in broken)
    (folder / "scenario.yaml").unlink()
    assert any("scenario.yaml has mistakes" in one for one in told(folder))


def test_a_loss_and_a_console_belong_to_live_labs_alone(tmp_path: Path) -> None:
    other = tmp_path / "finance-workstation"
    shutil.copytree(ROOT / "labs" / "finance-workstation", other)
    lost = "    lost: {when: 1 = truth.x, proof: [{material: record, where: number = 1}]}\n    mistakes:\n"
    found = told(
        other,
        lambda text: text.replace("    mistakes:\n", lost, 1).replace("{material: flows,", "{material: console,", 1),
    )
    assert any("only a live lab has it" in one for one in found)
    assert any("a console is there only in a live lab" in one for one in found)


def test_materials_are_written_anew_from_the_scenario(folder: Path) -> None:
    written = folder / "materials" / f"{LAB}-b" / "authority.txt"
    before = written.read_bytes()
    written.write_bytes(b"Everything is allowed.\n")
    assert any("authority.txt:1: is not what scenario.yaml gives" in one for one in told(folder))
    live_scenario.write_materials(folder, reader.unchecked(folder))
    assert written.read_bytes() == before
    assert told(folder) == []


def test_conduct_has_its_decisions_in_one_place() -> None:
    with pytest.raises(ValueError, match="the decisions stand under live"):
        Live.model_validate(
            {
                "variants": ["a"],
                "seed": 1,
                "minutes": 10,
                "authority": ["Yes."],
                "limits": ["No more."],
                "conduct": {"forks": [{"id": "x", "text": "What?", "options": {"a": "one", "b": "two"}}]},
            }
        )


def test_a_draft_with_mistakes_is_not_proved(folder: Path) -> None:
    told(folder, lambda text: text.replace("kind: live\n", ""))
    with pytest.raises(ContentError):
        reader.draft(folder)
