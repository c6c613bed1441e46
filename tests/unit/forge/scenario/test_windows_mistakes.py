"""Mistakes of a Windows scenario are told with their line, all at once, and never by a traceback."""

import copy
import re
from pathlib import Path

import pytest
import yaml

from tests.unit.forge.windows.stories import SERVER, example
from training.forge import scenario
from training.forge.scenario import ScenarioMistakes

WRONG = (Path(__file__).parent / "wrong.yaml").read_text("utf-8")


def mistakes(into: Path, text: str) -> list[str]:
    path = into / "scenario.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ScenarioMistakes) as caught:
        scenario.load_any(path)
    assert all(each.startswith(f"{path}:") for each in caught.value.mistakes)
    return [each.removeprefix(f"{path}:") for each in caught.value.mistakes]


BASE = ("many", "short")
"""Processes that are right and that others refer to."""


def cases() -> list[tuple[str, str, str]]:
    """Each wrong line with its section and what is said of it, its number in the section left out."""
    found, section = [], ""
    for line in WRONG.splitlines():
        if re.match(r"[a-z]+:", line):
            section = line.partition(":")[0]
        if told := re.search(r" *#! (.*)$", line):
            said = re.sub(r"^([a-z]+)\.\d+", r"\1", told[1])
            found.append((section, line[: told.start()], said))
    return found


def alone(section: str, line: str) -> str:
    """A scenario in which nothing but one line is wrong."""
    lines = WRONG.splitlines()
    right = [each for each in lines if any(f"{{name: {name}," in each for name in BASE)]
    if "parent: fifth" in line:
        right.append("  - {name: fifth, program: 'C:\\a\\f.exe', parent: gone, started: 2026-05-04T09:00:05Z}")
    if section == "planted":
        first = "  - {name: first, program: 'C:\\a\\f.exe', parent: gone, started: 2026-05-04T09:00:05Z}"
        return "\n".join([SERVER + "processes:", *right, first, line])
    if section == "processes":
        return "\n".join([SERVER + "processes:", *right, line])
    return "\n".join([SERVER + "processes:", *right, f"{section}:", line])


@pytest.mark.parametrize(("section", "line", "said"), cases(), ids=lambda each: str(each)[:40])
def test_each_mistake_alone_is_told_with_its_line(tmp_path: Path, section: str, line: str, said: str) -> None:
    text = alone(section, line)
    told = mistakes(tmp_path, text)
    number = text.count("\n") + 1
    plain = [re.sub(r"^(\d+: [a-z]+)\.\d+", r"\1", each) for each in told]
    assert any(each.startswith(f"{number}: {said}") for each in plain), told


def test_many_mistakes_come_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    told = mistakes(tmp_path, SERVER + WRONG)
    lines = [int(each.partition(":")[0]) for each in told]
    assert lines == sorted(lines)
    assert len(told) >= 25


@pytest.mark.parametrize(
    ("old", "new", "only"),
    [
        ("build: 20348", "build: 19041", "machine: build: a server has the build 20348"),
        ("captured: 2026-05-04T09:40:31Z", "captured: 2026-05-04T01:12:31Z", "machine.captured: is less than 5"),
        ("role: server", "role: laptop", "machine.role: must be"),
        ("host: SRV-FILE-2", "host: srv file", "machine.host: must be capitals, digits and hyphens"),
        (', remote: "192.0.2.61:51312"', "", "users.noor.logon: on a server who logs on comes over the network"),
        ("rid: 1107", "rid: 12", "users.noor.rid: must be at least 500"),
        ("addresses: [192.0.2.7/24]", "addresses: [10.1.2.3/8]", "machine.addresses.0: 10.1.2.3 is not from"),
        ("name: o.adair", "name: n.haddad", "users.1: there is a user n.haddad already"),
        ('zone: "UTC+01:00", ', "", "record.zone: is missing"),
    ],
)
def test_a_mistake_of_the_machine_is_told(tmp_path: Path, old: str, new: str, only: str) -> None:
    assert old in SERVER
    told = [each.partition(": ")[2] for each in mistakes(tmp_path, SERVER.replace(old, new))]
    assert any(each.startswith(only) for each in told), told


PLACES = [
    ("processes", 0, "parent"), ("processes", 1, "started"), ("processes", 2, "program"), ("machine", "captured"),
    ("users", "maren", "logon"), ("endpoints", 0, "local"), ("registry", 0, "values"), ("processes", 4, "hidden"),
    ("planted", "tools"), ("events", "clock"), ("machine", "addresses"), ("processes", 0, "handles"), ("processes",),
]  # fmt: skip
DOCUMENT = yaml.safe_load(example())
ODD = (None, -5, "\x85 {gone}", True, [0], {"a": 1})
"""One value of each type."""


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_whatever_stands_somewhere_is_right_or_a_mistake_with_its_line(
    tmp_path: Path, place: tuple[str | int, ...]
) -> None:
    told = [line for value in ODD for line in told_of(tmp_path / "scenario.yaml", place, value)]
    assert told
    assert all(re.match(rf"{re.escape(str(tmp_path / 'scenario.yaml'))}:\d+: ", each) for each in told)


def told_of(path: Path, place: tuple[str | int, ...], value: object) -> list[str]:
    """The mistakes of the example with something else in one place."""
    holder = document = copy.deepcopy(DOCUMENT)
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    path.write_text(yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True), "utf-8")
    try:
        scenario.load_any(path)
    except ScenarioMistakes as bad:
        return bad.mistakes
    return []
