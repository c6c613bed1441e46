"""Where people sit in a play, step after step, and what can't be done at a shell in its state."""

from collections.abc import Iterator, Sequence

from training.forge.scenario.model import Scenario, Shell
from training.forge.scenario.reading import Where
from training.forge.scenario.steps import Step
from training.grading.keys.syntax import nearest


def steps_of(scenario: Scenario) -> Iterator[tuple[Where, Step]]:
    """All steps with their places: of the play, of the living play, and of the lists on call."""
    yield from ((("play", number), step) for number, step in enumerate(scenario.play))
    if scenario.live:
        yield from ((("live", "steps", number), step) for number, step in enumerate(scenario.live.steps))
        for name, several in scenario.live.on_call.items():
            yield from ((("live", "on_call", name, number), step) for number, step in enumerate(several))


class Seats:
    """The states of a scenario's shells (entered, dialled or gone), and the names of events so far."""

    def __init__(self, scenario: Scenario) -> None:
        self._shells = scenario.shells
        self._states: dict[str, str] = {}
        self._names: set[str] = set()

    def taken(self, place: Where, steps: Sequence[Step]) -> Iterator[tuple[Where, str]]:
        """What is wrong with some steps that follow all earlier ones, each with its place."""
        for number, step in enumerate(steps):
            if step.as_ in self._names:
                yield (*place, number, "as"), f"there is an event {step.as_} already"
            self._names |= {step.as_} if step.as_ else set()
            if step.shell and step.shell not in self._shells:
                what = f"there is no shell {step.shell}{nearest(step.shell, self._shells)}"
                yield (*place, number, "shell"), what
            elif step.shell:
                state = self._states.get(step.shell, "")
                if wrong := _at_shell(step, self._shells[step.shell], state):
                    yield (*place, number), wrong
                self._states[step.shell] = "dialled" if step.dial else "gone" if step.hang_up else state or "entered"


def _at_shell(step: Step, shell: Shell, state: str) -> str:
    """What is wrong with a step at a shell that is untouched, entered, dialled or gone; empty if nothing is."""
    if (step.dial or step.hang_up) and not shell.dial:
        return "only a shell with dial can be dialled and hung up"
    if step.dial:
        return "is dialled already" if state == "dialled" else ""
    if shell.dial and state != "dialled":
        return "types after it is hung up" if state == "gone" else "types before it is dialled"
    if shell.rescue and not state and not step.enter:
        return "a rescue shell waits for Enter (enter: true) before it takes a line"
    return ""
