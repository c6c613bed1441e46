"""A scenario as large as the language lets it be is planned, told and written."""

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.forge.windows.stories import changed, drawn, example
from training.forge.scenario import WindowsScenario
from training.forge.scenario.windows.contradictions import contradictions
from training.forge.windows import forge
from training.forge.windows.planning import story
from training.forge.windows.telling import tell

BEGINS = ("nops", "program", "function", "nothing")
SECOND = timedelta(seconds=1)


def process(number: int, plan: WindowsScenario) -> dict[str, Any]:
    """A process with a bit of everything, and something special by its number."""
    logon = plan.users["maren"].logon
    assert logon
    areas = [
        {
            "name": f"area_{place}",
            "size": 0x1000 * (1 + place),
            "protection": "EXECUTE_READWRITE",
            "begins": BEGINS[place],
            "text": "x" * 20,
        }
        for place in range(4)
    ]
    console = {"console": {"commands": ["dir"] * 20, "screen": ["row"] * 60}} if number % 11 == 2 else {}
    return {
        "name": f"process_{number}",
        "program": rf"C:\Tools\tool{number}.exe",
        "parent": "explorer" if number % 7 else "gone",
        "started": (logon + (400 + 31 * number) * SECOND).isoformat(),
        "areas": areas,
        "runs": ["area_0"],
        "handles": [
            {"event": "", "count": 7998 if number == 70 else 60},
            {"process": "lsass", "access": 0x1410},
            {"mutant": f"mutant{number}"},
        ],
        "libraries": [rf"C:\Tools\l{number}.dll", {"path": rf"C:\Tools\u{number}.dll", "lists": []}],
        "wow64": number % 9 == 3,
        "hollow": number % 9 == 4,
        "ghosted": number % 9 == 5,
        "hidden": number % 9 == 6,
        "environment": {f"A{number}": "b" * 100},
        "strings": ["text " * 50],
        **console,
    }


@pytest.fixture(scope="module")
def largest(tmp_path_factory: pytest.TempPathFactory) -> WindowsScenario:
    plan = drawn(example(), tmp_path_factory.mktemp("largest"))
    hidden = plan.process("hidden")
    assert hidden
    when = (hidden.started + 9 * SECOND).isoformat()
    values = {
        "v" * 255: {"kind": "SZ", "data": "z" * 90_000},
        "n": {"kind": "DWORD", "data": 5},
        "m": {"kind": "MULTI_SZ", "data": ["a", "b"]},
        "b": {"kind": "BINARY", "data": "00ff" * 20_000},
    }
    keys = [
        {"key": rf"HKLM\SOFTWARE\Vendor\Key{number}\{'d' * 200}", "time": when, "values": values} for number in range(9)
    ]
    ends = [
        {
            "name": f"end_{number}",
            "local": f"192.0.2.44:{20_000 + number}",
            "remote": f"203.0.113.{number + 1}:443",
            "state": "ESTABLISHED",
            "process": "hidden",
            "created": (hidden.started + (2 + number) * SECOND).isoformat(),
        }
        for number in range(64)
    ]
    processes = [each.model_dump(mode="json") for each in plan.processes]
    processes += [process(number, plan) for number in range(96 - len(processes))]
    machine = {**plan.machine.model_dump(mode="json"), "memory": 256}
    return changed(plan, machine=machine, processes=processes, registry=keys, endpoints=ends)


def test_nothing_in_it_contradicts(largest: WindowsScenario) -> None:
    assert list(contradictions(largest)) == []


def test_it_is_planned_told_and_written(largest: WindowsScenario) -> None:
    told = story(largest)
    truth = tell(told)
    assert len(truth.processes) > 170
    many = next(each for each in told.plan.processes if "process_70" in each.labels)
    assert len(many.handles) > 8000
    assert sum(each.planted for each in truth.windows.values) == 9 * 4
    forged = forge(told.plan)
    assert len(forged.data) == 256 << 20
