"""What a scenario is in the words of the stage hand (guest/range_peer.c, guest/play.c): one order a line, fields parted
by tabs.

The orders lie in the machine when it starts, and the last of them is ``play``. The host says nothing until the play is
over: what comes from outside comes at another instruction each time, and would make each run another one.
"""

from training.forge.scenario import Scenario, Step


def of(scenario: Scenario) -> list[str]:
    """The orders of a scenario, in their order."""
    outside = scenario.outside
    found: list[tuple[str, ...]] = [("serve", each.address, str(each.port), each.folder) for each in outside.serves]
    found += [("listen", each.address, str(each.port), each.then) for each in outside.listens]
    found += [("call", each.from_, each.to, str(each.port)) for each in outside.calls]
    found += [_step(scenario, each) for each in scenario.play]
    return ["\t".join(words) for words in (*found, ("play",))]


def _step(scenario: Scenario, step: Step) -> tuple[str, ...]:
    return "step", str(round(step.pause * 1000)), step.as_ or "-", *_words(scenario, step)


def _words(scenario: Scenario, step: Step) -> tuple[str, ...]:
    if step.request:
        asked = step.request
        return "request", asked.from_, asked.to, str(asked.port), asked.method, asked.path, asked.agent
    if step.run is not None:
        return "run", step.run
    if step.shell is None:
        return ("freeze",)
    shell = scenario.shells[step.shell]
    if step.dial:
        return "dial", shell.terminal, str(shell.from_), f"{shell.dial}@{scenario.machine.own_address}"
    return ("hang", shell.terminal) if step.hang_up else ("press", shell.terminal, step.type or "")
