"""The language of ``scenario.yaml``: what a machine is, who uses it, and what happens until it is frozen.

A scenario is data. `load` reads it as a `Draft` and reports every mistake at once, each with its line; a draft draws
what differs from variant to variant and gives a `Scenario`, in which nothing is left open. docs/scenarios.md explains
each field to authors.
"""

from training.forge.scenario.draft import Draft, load, load_any
from training.forge.scenario.living import Console, Live, Names, When
from training.forge.scenario.model import (
    LETTERS,
    Account,
    Call,
    File,
    Listens,
    Machine,
    Made,
    Material,
    Module,
    Outside,
    Program,
    Record,
    Scenario,
    Selector,
    Serves,
    Service,
    Shell,
    as_drawn,
)
from training.forge.scenario.reading import ScenarioMistakes
from training.forge.scenario.steps import Living, Request, Step, Tell, There
from training.forge.scenario.windows.model import WindowsScenario
from training.forge.scenario.words import EXPRESSION

__all__ = [
    "EXPRESSION",
    "LETTERS",
    "Account",
    "Call",
    "Console",
    "Draft",
    "File",
    "Listens",
    "Live",
    "Living",
    "Machine",
    "Made",
    "Material",
    "Module",
    "Names",
    "Outside",
    "Program",
    "Record",
    "Request",
    "Scenario",
    "ScenarioMistakes",
    "Selector",
    "Serves",
    "Service",
    "Shell",
    "Step",
    "Tell",
    "There",
    "When",
    "WindowsScenario",
    "as_drawn",
    "load",
    "load_any",
]
