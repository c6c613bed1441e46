"""Scenarios in the language of Windows: the manual's, that of the bench with everything in it, and small ones."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from training.forge import scenario
from training.forge.scenario import WindowsScenario
from training.forge.windows.planning import Story, story

ROOT = Path(__file__).parents[4]
MANUAL = ROOT / "docs" / "scenarios.md"
EVERY = ROOT / "training" / "operating" / "bench" / "windows" / "every.yaml"

SERVER = """\
scenario: 2
system: windows
name: small-server
title: A small server
machine:
  host: SRV-FILE-2
  role: server
  build: 20348
  domain: HARROW
  dns: corp.harrow.example
  controller: 192.0.2.10
  booted: 2026-05-04T01:11:09Z
  captured: 2026-05-04T09:40:31Z
  addresses: [192.0.2.7/24]
users:
  noor: {name: n.haddad, rid: 1107, administrator: true, logon: 2026-05-04T08:02:13Z, remote: "192.0.2.61:51312"}
  owen: {name: o.adair, rid: 1109, logon: 2026-05-04T08:42:44Z, remote: "192.0.2.62:50217"}
record: {case: C, exhibit: E, firm: F, zone: "UTC+01:00", consent: none, people: {}}
"""


def example() -> str:
    """The whole Windows scenario of the manual."""
    block = r"^```yaml\n(scenario: 2\nsystem: windows\n.*?)^```$"
    found = re.search(block, MANUAL.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def drawn(text: str, into: Path, number: int = 0, seed: int = 1) -> WindowsScenario:
    """A variant of a scenario that is written in a text."""
    path = into / "scenario.yaml"
    path.write_text(text, "utf-8")
    plan = scenario.load_any(path).draw(seed, number)
    assert isinstance(plan, WindowsScenario)
    return plan


@cache
def everything() -> Story:
    """The scenario of the bench, planned."""
    plan = scenario.load_any(EVERY).draw(1, 0)
    assert isinstance(plan, WindowsScenario)
    return story(plan)


def changed(plan: WindowsScenario, **parts: Any) -> WindowsScenario:
    """A scenario with other parts, read anew."""
    document = {**plan.model_dump(mode="json"), **parts}
    return WindowsScenario.model_validate_json(WindowsScenario.model_validate(document).model_dump_json())
