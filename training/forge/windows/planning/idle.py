"""The machine that exhibits of a build are packed against: the baseline of its role alone, with names of nobody."""

from typing import Any

import yaml

from training.forge.scenario.windows.model import BUILDS, WindowsScenario
from training.forge.windows.planning.facts import FOLDER


def role_of(build: str) -> str:
    """The role of the machines that have a build.

    Raises:
        KeyError: no machine has it.
    """
    for role, builds in BUILDS.items():
        if build in builds:
            return role
    raise KeyError(build)


def idle(build: str) -> WindowsScenario:
    """The scenario of the base of a build, in which nothing happens."""
    document: dict[str, Any] = yaml.safe_load((FOLDER / "idle.yaml").read_text("utf-8"))
    role, remote = role_of(build), document.pop("remote")
    document["machine"] |= {"role": role, "build": int(build)}
    if role == "server":
        document["users"]["user"]["remote"] = remote
    drawn = {"name": f"windows-{build}-{role}", "title": "An idle machine", "seed": 0, "number": 0, "drawn": {}}
    return WindowsScenario.model_validate(drawn | document)
