import re
from pathlib import Path

import pytest

from training.forge import scenario
from training.forge.scenario import ScenarioMistakes

REAL = Path(__file__).parents[3] / "labs" / "finance-workstation" / "scenario.yaml"


def mistakes(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioMistakes) as caught:
        scenario.load(path)
    assert all(each.startswith(f"{path}:") for each in caught.value.mistakes)
    return [each.removeprefix(f"{path}:") for each in caught.value.mistakes]


def changed(old: str, new: str) -> tuple[str, int]:
    """The real scenario with one text replaced, and the line where it stood."""
    text = REAL.read_text(encoding="utf-8")
    assert text.count(old) == 1
    return text.replace(old, new), text[: text.index(old)].count("\n") + 1


def test_the_scenario_of_lab_2_is_right_and_drawn_values_are_filled_in() -> None:
    plan = scenario.load(REAL)
    assert plan.pack == "finance-workstation-a"
    assert plan.machine.addresses[1] == "203.0.113.66/32"
    assert plan.shells["intruder"].from_ == "203.0.113.41"
    typed = {step.as_: step.type for step in plan.play if step.as_}
    assert typed["archive"] == f"tar -czf {plan.drawn.archive} -C /srv payroll"
    assert typed["fetch"] == plan.drawn.fetch
    assert not re.search(r"\{[a-z_]+\}", plan.model_dump_json())


def test_the_scenario_keeps_the_rules_of_lab_2() -> None:
    plan = scenario.load(REAL)
    history = next(each.text for each in plan.files if each.path == "/home/mira/.bash_history")
    assert 6 <= len(history.splitlines()) <= 9
    assert "wget" in history
    assert plan.drawn.peer_address not in history
    assert len(Path(plan.drawn.archive).name) >= 16
    assert not plan.drawn.label.startswith("kworker/0:")
    assert all(2 <= step.pause <= 9 for step in plan.play)
    assert 4 <= sum(step.shell == "mira" and step.type is not None for step in plan.play) <= 6
    assert sum(step.shell == "responder" and step.type is not None for step in plan.play) == 4


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("memfd: quil", "memfd: Q", "drawn.memfd: String should match"),
        ("memory: 128 ", "memory: lots ", "machine.memory: Input should be a valid integer"),
        ("peer_address: 203.0.113.66", "peer_address: 8.8.8.8", "is not from the ranges kept for documentation"),
        ("clock: 2026-03-10T12:06:30Z", "clock: 2026-03-10T12:06:30+02:00", "machine.clock: must be in UTC"),
        ("variant: a", "variant: a\nsurprise: 1", "surprise: Extra inputs are not permitted"),
        ("path: /home/mira/shift-plan.txt", "path: home/mira/../x", "must be an absolute path"),
        ("log_in: jonas}", "log_in: nobody}", "shells.jonas: there is no account nobody"),
        ("{terminal: tty5, waiting: true}", "{terminal: tty4, waiting: true}", "two shells share a terminal"),
        ("shell: nightly, type: df -h /srv", "shell: weekly, type: df", "there is no shell weekly"),
        ("type: df -h /srv", "type: df -h /srv, enter: true", "say exactly one of type, enter, dial, freeze"),
        ("modified: 2026-03-06T09:12:03Z", "modified: 2026-04-06T09:12:03Z", "is later than the machine's clock"),
        ("{pause: 6, freeze: true}", "{pause: 6, shell: mira, type: exit}", "the last step, and no other, is freeze"),
        (", as: archive}", "}", "exactly one line is named archive"),
        ("{pause: 2, shell: intruder, dial: true}", "{pause: 2, shell: mira, type: id}", "types before it is dialled"),
        ("rescue: true}", "rescue: true, waiting: true}", "say exactly one of log_in, rescue, waiting, dial"),
        ("chmod 755 {program}", "chmod 755 {programme}", "{programme} is not among drawn"),
        ("title: The finance workstation", "title: one\ntitle: two", "title: stands here twice"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    text, line = changed(old, new)
    found = mistakes(tmp_path, text)
    fitting = [each for each in found if complaint in each]
    assert fitting, found
    told = int(fitting[0].split(":")[0])
    opening = text.splitlines()[told - 1]
    near = told in (line, line + 1) or opening.rstrip().endswith(":") or "shell: intruder" in opening
    assert near, (fitting, line)


def test_the_line_of_a_field_is_exact(tmp_path: Path) -> None:
    text, line = changed("memory: 128 ", "memory: lots ")
    assert [each.split(":")[0] for each in mistakes(tmp_path, text)] == [str(line)]


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    text, _ = changed("memfd: quil", "memfd: Q")
    text = text.replace("memory: 128 ", "memory: 2 ").replace("owner: jonas", "owner: Jonas!")
    assert len(mistakes(tmp_path, text)) == 3


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        ("a: [1, 2", 1, "not readable as YAML"),
        ("a: 1\nb: &x 2\nc: *x\n", 3, "aliases are not used"),
        ("- a\n", 1, "must be a mapping"),
        ("", 1, "must be a mapping"),
        ("scenario: 1\nwhen: 2026-13-45\n", 1, "not readable as YAML"),
        ("a:\n- " + "[" * 5000, 2, "nested more than 12 deep"),
    ],
)
def test_a_file_that_is_no_scenario_at_all(tmp_path: Path, text: str, line: int, complaint: str) -> None:
    found = mistakes(tmp_path, text)
    assert complaint in found[0]
    assert found[0].startswith(f"{line}:")


def test_a_missing_and_an_endless_file(tmp_path: Path) -> None:
    with pytest.raises(ScenarioMistakes, match="cannot be read"):
        scenario.load(tmp_path / "none.yaml")
    (tmp_path / "long.yaml").write_text("#" * (scenario.LARGEST + 1))
    with pytest.raises(ScenarioMistakes, match="larger than"):
        scenario.load(tmp_path / "long.yaml")
