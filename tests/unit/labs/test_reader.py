import re
import shutil
from pathlib import Path

import pytest

from tests.unit.labs.conftest import FOLDER
from training.analysis import cards
from training.content.source import ContentError
from training.labs import reader

BRIEF = "The case."


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A copy of the real lab, to make mistakes in."""
    folder = tmp_path / "labs" / "finance-workstation"
    shutil.copytree(FOLDER, folder)
    return folder


def change(lab: Path, old: str, new: str) -> int:
    """Replace a text of lab.yaml once; the line where it stood."""
    file = lab / "lab.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_real_lab_has_no_mistake() -> None:
    assert reader.check(FOLDER) == []


def test_loading_is_remembered_and_gives_questions_brief_and_keys(lab: Path) -> None:
    loaded = reader.load(lab)
    assert loaded is reader.load(lab)
    assert [one.id for one in loaded.questions] == [f"q{number}" for number in range(1, 14)]
    assert "Merrow &amp; Lind" in loaded.brief
    assert set(loaded.seals) == {f"finance-workstation-{letter}" for letter in "abcd"}
    assert loaded.question("q1") is loaded.questions[0]
    assert loaded.question("q99") is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("truth: truth.planted.actor.pid", "truth: truth.planted.actor.pid and and", "key.truth"),
        ("points: [10, 8, 6, 4, 2]", "points: [10, 8, 9, 4, 2]", "never rise"),
        ("- plugin: linux.psaux", "- plugin: linux.psux", "no plugin linux.psux is offered"),
        ("shows: [PID]", "shows: [Pid]", "linux.psaux has no column Pid; it has: PID"),
        ('where: ARGS starts "[" and PPID > 2', 'where: ARG starts "[" and PPID > 2', "linux.psaux has no column ARG"),
        ('the(rows("linux.psaux")[ARGS', 'the(rows("linux.psux")[ARGS', "no plugin linux.psux is offered"),
        ("when: truth.zombies", "when: q7", "nothing is named 'q7'"),
        ("{material: record, step: capture", "{material: log, step: capture", "there is no material log"),
        ("  - id: q2\n", "  - id: q1\n", "two questions are named q1"),
        ("id: finance-workstation\n", "id: another-lab\n", "id is another-lab, but the folder is named"),
        ("level: intermediate", "level: hard", "level"),
        ("licence: VSL-1.0", "licence: none", "licence"),
        ("minutes: 75", "minuets: 75", "minuets: not a known field"),
        (
            "{plugin: linux.pidhashtable,",
            "{plugin: linux.pstree,",
            "linux.pstree reads what linux.pslist reads (task list)",
        ),
        (
            "plugin: linux.malware.process_spoofing\n        where",
            "plugin: linux.spoof\n        where",
            "no plugin linux.spoof",
        ),
        ('where: Exe_Path ends "/busybox"', 'where: Exe ends "/busybox"', "process_spoofing has no column Exe"),
        ("where: PID in hands", "where: PID in feet", "linux.sockstat has no column feet"),
        ("seen: [{run: [linux.bash]}]", "seen: [{run: [linux.bush]}]", "no plugin linux.bush is offered"),
        ("seen: [{finding: [q10]}]", "seen: [{finding: [q99]}]", "there is no question q99"),
        ("seen: [{corroborated: [any]}]", "seen: [{corroborated: [q10]}]", "no question q10 with corroboration"),
        ("seen: [{verified: true}]", "seen: [{verified: true, run: [banners]}]", "exactly one of `verified`"),
    ],
)
def test_each_mistake_is_shown_with_its_line(lab: Path, old: str, new: str, message: str) -> None:
    line = change(lab, old, new)
    found = [one for one in reader.check(lab) if message in one.message]
    assert found, reader.check(lab)
    assert found[0].file == "labs/finance-workstation/lab.yaml"
    assert abs(found[0].line - line) <= 1


def test_steps_that_need_each_other_are_named_at_the_line_of_each(lab: Path) -> None:
    verify = change(lab, "seen: [{verified: true}]", "seen: [{verified: true}]\n      needs: [conclude]") + 1
    found = [one for one in reader.check(lab) if "need each other in a circle" in one.message]
    text = (lab / "lab.yaml").read_text("utf-8").splitlines()
    assert verify in [one.line for one in found]
    assert len(found) in {3, 4}
    assert all(text[one.line - 1].lstrip().startswith("needs:") for one in found)


def test_a_step_that_is_none_is_refused(lab: Path) -> None:
    change(lab, "needs: [identify, list]", "needs: [identify, lost]")
    assert any("conclude needs 'lost', which is no step" in one.message for one in reader.check(lab))


def test_two_named_mistakes_at_least_are_asked_for(lab: Path) -> None:
    file = lab / "lab.yaml"
    text = file.read_text("utf-8")
    start = text.index("    mistakes:\n", text.index("  - id: q7"))
    second = text.index("      - code: M-TRUNC", start)
    file.write_text(text[:second] + text[text.index("    hints:", second) :], "utf-8")
    assert any("q7 names 1 mistakes; at least 2 are asked for" in one.message for one in reader.check(lab))


def test_a_baseline_is_another_exhibit_that_is_there(lab: Path) -> None:
    (lab.parent / "exhibits" / "before-the-case").mkdir(parents=True)
    change(lab, "minutes: 75", "minutes: 75\nbaseline: before-the-case\ndumps: true")
    assert reader.check(lab) == []
    assert (reader.load(lab).file.baseline, reader.load(lab).file.dumps) == ("before-the-case", True)
    change(lab, "baseline: before-the-case", "baseline: after-the-case")
    assert [one.message for one in reader.check(lab)] == ["there is no pack after-the-case in labs/exhibits"]
    change(lab, "baseline: after-the-case", "baseline: finance-workstation-a")
    assert "nothing to compare it with" in reader.check(lab)[0].message


def test_all_mistakes_are_reported_at_once(lab: Path) -> None:
    change(lab, "shows: [PID]", "shows: [Pid]")
    change(lab, "when: truth.zombies", "when: q7")
    (lab / "brief.md").unlink()
    shutil.rmtree(lab / "keys")
    found = [f"{one.file} {one.message}" for one in reader.check(lab)]
    for message in ("no column Pid", "nothing is named 'q7'", "brief.md can't be read", "are not sealed"):
        assert any(message in one for one in found), (message, found)


def test_a_question_that_changed_after_it_was_sealed_is_a_mistake(lab: Path) -> None:
    change(lab, "truth: truth.planted.actor.pid", "truth: truth.planted.actor.ppid")
    assert any("q1 has changed since the keys" in one.message for one in reader.check(lab))
    assert any("q9 has changed" in one.message for one in reader.check(lab)), "it rests on question 1"


def test_a_change_of_feedback_needs_no_new_seal(lab: Path) -> None:
    change(lab, "say: This is the number in the PPID column", "say: This is what stands in the PPID column")
    assert reader.check(lab) == []


def test_keys_of_another_version_of_volatility_or_another_image_are_a_mistake(lab: Path) -> None:
    file = lab / "keys" / "finance-workstation-a.json"
    text = file.read_text("utf-8")
    file.write_text(text.replace(f'"{cards.load().volatility}"', '"1.0"'), "utf-8")
    assert any("sealed with Volatility 1.0" in one.message for one in reader.check(lab))
    shutil.copytree(
        FOLDER.parent / "exhibits" / "finance-workstation-a", lab.parent / "exhibits" / "finance-workstation-a"
    )
    file.write_text(re.sub(r'"exhibit": "[0-9a-f]{64}"', f'"exhibit": "{"0" * 64}"', text), "utf-8")
    assert any("were sealed for image 0000" in one.message for one in reader.check(lab))


def test_a_question_without_a_proved_key_is_a_mistake(lab: Path) -> None:
    file = lab / "keys" / "finance-workstation-a.json"
    text = file.read_text("utf-8")
    assert text.count('"unproved": {}') == 1
    file.write_text(text.replace('"unproved": {}', '"unproved": {"q1": ["the rows have 7"]}'), "utf-8")
    found = [one.message for one in reader.check(lab)]
    assert "the key of q1 is not proved on finance-workstation-a: the rows have 7" in found


def test_no_key_is_given_for_another_image_than_the_one_that_it_was_sealed_for(lab: Path) -> None:
    loaded, other = reader.load(lab), "0" * 64
    pack = "finance-workstation-a"
    assert loaded.key(pack, loaded.seals[pack].exhibit, "q1") is not None
    assert loaded.key(pack, other, "q1") is None
    beside = reader.acquired(lab, other)
    beside.parent.mkdir()
    shutil.copyfile(lab / "keys" / f"{pack}.json", beside)
    assert loaded.key(pack, other, "q1") is None, "whatever its file is called"
    assert loaded.key("own", other, "q1") is None


@pytest.mark.parametrize("content", ["", "{}", "[1, 2", '{"exhibit": 7}'])
def test_sealed_keys_that_can_not_be_read_say_what_to_do(lab: Path, content: str) -> None:
    (lab / "keys" / "finance-workstation-a.json").write_text(content, "utf-8")
    with pytest.raises(ContentError, match=r"python app\.py prove finance-workstation --write"):
        reader.load(lab)
    assert any("can't be read" in one.message for one in reader.check(lab))


def test_a_release_is_known_by_its_lab_and_not_by_its_digest(tmp_path: Path) -> None:
    folder = tmp_path / "lab" / "finance-workstation" / ("a" * 64)
    shutil.copytree(FOLDER, folder)
    assert reader.load(folder).id == "finance-workstation"
    assert reader.check(folder) == []
