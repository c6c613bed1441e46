"""What a function of the key language is: its register, its place in an expression, the arguments it may ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from training.grading.keys.data import Budget, Data, kind
from training.grading.keys.syntax import KeyProblem

MOST_ARGUMENTS = 40


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a call stands: its place, the steps that are left, the column after `by`."""

    at: int
    budget: Budget
    by: str | None = None

    def problem(self, reason: str) -> KeyProblem:
        """An error at this place."""
        return KeyProblem(reason, self.at)


@dataclass(frozen=True, slots=True)
class Function:
    """A function: an example that is true, how many arguments it takes, and what it does with them.

    Examples may use `truth.tasks`, rows with pid, ppid and comm; a test works each of them out.
    """

    example: str
    fewest: int
    most: int
    body: Callable[[Scene, list[Data]], Data]


FUNCTIONS: dict[str, Function] = {}
_Body = Callable[[Scene, list[Data]], Data]


def function(name: str, example: str, fewest: int, most: int | None = None) -> Callable[[_Body], _Body]:
    """Register a function under a name, with an example and the fewest and most arguments."""

    def register(body: _Body) -> _Body:
        FUNCTIONS[name] = Function(example, fewest, fewest if most is None else most, body)
        return body

    return register


def list_of(scene: Scene, value: Data) -> list[Data]:
    """An argument that must be a list; its elements are paid for."""
    if not isinstance(value, list):
        raise scene.problem(f"a list is expected, not {kind(value)}")
    scene.budget.spend(len(value), scene.at)
    return value


def text_of(scene: Scene, value: Data) -> str:
    """An argument that must be a text."""
    if not isinstance(value, str):
        raise scene.problem(f"a text is expected, not {kind(value)}")
    return value


def whole_of(scene: Scene, value: Data) -> int:
    """An argument that must be a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise scene.problem(f"a whole number is expected, not {kind(value)}")
    return value
