"""The systems that a machine may run: which model a scenario is read by, and what its parts need to be looked at alone.

A scenario without ``system`` is one of Linux: played on a real machine. ``system: windows`` is one that is written.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from training.forge.scenario.contradictions import contradictions
from training.forge.scenario.model import Scenario
from training.forge.scenario.reading import Where
from training.forge.scenario.steps import Frozen
from training.forge.scenario.windows.contradictions import contradictions as contradictions_of_windows
from training.forge.scenario.windows.model import WindowsScenario

Variant = TypeVar("Variant", bound=Frozen)


@dataclass(frozen=True)
class System(Generic[Variant]):
    """One of them.

    Attributes:
        name: as the field ``system`` has it.
        model: of a variant.
        contradictions: what doesn't fit together in a variant, each with its place.
        stand_ins: for fields that every scenario has, where what was written is wrong.
        inner: the same for fields further inside, by section; ``""`` for all others.
        naming: fields by which the parts of a section name other parts.
        last: words of which one says that a whole section is wrong, where it was left out, by section.
    """

    name: str
    model: type[Variant]
    contradictions: Callable[[Variant], Iterator[tuple[Where, str]]]
    stand_ins: Mapping[str, Any]
    inner: Mapping[str, Mapping[str, Any]]
    naming: Mapping[str, tuple[str, ...]]
    last: Mapping[str, str] = field(default_factory=dict)


_RECORD = {**dict.fromkeys(("case", "exhibit", "firm", "consent", "stage_hand"), "-"), "zone": "UTC+00:00"}
_COMMON: dict[str, Any] = {
    "scenario": 2,
    "name": "nameless",
    "title": "",
    "machine": {},
    "record": {},
    "people": {},
    **_RECORD,
}

LINUX = System(
    name="linux",
    model=Scenario,
    contradictions=contradictions,
    stand_ins={
        **_COMMON,
        "play": [{"pause": 1, "freeze": True}],
        "accounts": [{"name": "root", "uid": 0, "home": "/root", "shell": "/bin/bash"}],
        "host": "nameless",
        "memory": 128,
        "clock": "9999-12-31T23:59:59Z",
        "addresses": ["192.0.2.1/24"],
    },
    inner={"play": {"pause": 1}, "": {"modified": "1970-01-01T00:00:00Z"}},
    naming={"play": ("shell",), "shells": ("log_in", "dial")},
    last={"play": "freeze"},
)

WINDOWS = System(
    name="windows",
    model=WindowsScenario,
    contradictions=contradictions_of_windows,
    stand_ins={
        **_COMMON,
        "system": "windows",
        "host": "NAMELESS",
        "role": "workstation",
        "build": 19041,
        "booted": "1999-01-01T00:00:00Z",
        "captured": "9999-12-31T23:59:59Z",
        "addresses": ["192.0.2.1/24"],
    },
    inner={},
    naming={
        "processes": ("name", "parent", "creator", "user", "kept_by"),
        "endpoints": ("process",),
        "services": ("process",),
        "registry": ("user",),
        "tasks": ("user",),
        "userassist": ("user",),
        "callbacks": ("module",),
        "hooks": ("module",),
    },
)

SYSTEMS: dict[str, System[Any]] = {each.name: each for each in (LINUX, WINDOWS)}
