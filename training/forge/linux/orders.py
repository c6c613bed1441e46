"""What a scenario is in the words of the stage hand (guest/range_peer.c, guest/play.c): one order a line, fields parted
by tabs.

The orders lie in the machine when it starts, and the last of them is ``play``. The host says nothing until the play is
over: what comes from outside comes at another instruction each time, and would make each run another one. The living
play of a machine is learnt with the rest; it begins when the host says ``live``.
"""

from collections.abc import Iterator

from training.forge.scenario import Live, Living, Scenario, Step

Words = tuple[str, ...]
LIVING = "-"
"""The track of the living play; the lists on call are tracks of their own names."""


def of(scenario: Scenario) -> list[str]:
    """The orders of a scenario, in their order."""
    outside = scenario.outside
    found: list[Words] = [("serve", each.address, str(each.port), each.folder) for each in outside.serves]
    for door in outside.listens:
        hears = (door.hears,) if door.hears else ()
        found.append(("listen", door.address, str(door.port), door.then, *hears))
    found += [("call", each.from_, each.to, str(each.port)) for each in outside.calls]
    found += _living(scenario, scenario.live) if scenario.live else ()
    found += [("step", *_step(scenario, each)) for each in scenario.play]
    return ["\t".join(words) for words in (*found, ("play",))]


def _living(scenario: Scenario, live: Live) -> Iterator[Words]:
    for track, steps in {LIVING: live.steps, **live.on_call}.items():
        yield from (("later", track, *_step(scenario, each)) for each in steps)
    for each in live.when:
        yield ("when", "lookup", each.begin) if each.lookup else ("when", "gap", each.begin, str(each.gap))
    yield from (("outsider", each) for each in live.outsiders)
    if live.names:
        yield "names", live.names.address
        yield from (("name", name, address) for name, address in live.names.known.items())


def _step(scenario: Scenario, step: Step) -> Words:
    return str(round(step.pause * 1000)), step.as_ or "-", *_words(scenario, step)


def _words(scenario: Scenario, step: Step) -> Words:
    if isinstance(step, Living) and (words := _of_living(step)):
        return words
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


def _of_living(step: Living) -> Words:
    """The words of what only a living play has; none where a step is another."""
    if step.drop:
        return "drop", step.drop.address, str(step.drop.port)
    if step.tell:
        return "tell", step.tell.address, str(step.tell.port), step.tell.text
    if step.begin:
        return "begin", step.begin
    return ("end", step.end) if step.end else ()
