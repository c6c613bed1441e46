"""What doesn't fit together in the living play of a scenario."""

import ipaddress
from collections.abc import Iterator

from training.forge.scenario.living import LONGEST_LIVING, Live
from training.forge.scenario.model import Scenario
from training.forge.scenario.reading import Where
from training.forge.scenario.seats import Seats, steps_of
from training.forge.scenario.steps import Living
from training.grading.keys.syntax import nearest

Found = Iterator[tuple[Where, str]]

ADDITION = "live"
"""The addition that holds the stage hand and the console of machines that live."""


def alive(scenario: Scenario) -> Found:
    """All of it, each with its place."""
    yield from _doors(scenario)
    if scenario.live:
        if ADDITION not in scenario.machine.additions:
            yield ("machine", "additions"), f"a machine that lives needs the addition {ADDITION}"
        yield from _addresses(scenario, scenario.live)
        yield from _steps(scenario, scenario.live)
        yield from _lists(scenario, scenario.live)


def _doors(scenario: Scenario) -> Found:
    for number, each in enumerate(scenario.outside.listens):
        if scenario.live is None and (each.then == "answer" or each.hears):
            yield ("outside", "listens", number), "only in a machine that lives (live) is a line answered or heard"
        elif each.hears and each.then != "answer":
            yield ("outside", "listens", number, "hears"), "only a port that answers (then: answer) hears lines"


def _lists(scenario: Scenario, live: Live) -> Found:
    """Lists on call that somebody names and that are not there."""
    named: list[tuple[Where, str | None]] = [
        (("live", "when", n, "begin"), one.begin) for n, one in enumerate(live.when)
    ]
    for where, step in steps_of(scenario):
        if isinstance(step, Living):
            named += [((*where, "begin"), step.begin), ((*where, "end"), step.end)]
    for where, name in named:
        if name and name not in live.on_call:
            yield where, f"there is no list {name}{nearest(name, live.on_call)}"


def _addresses(scenario: Scenario, live: Live) -> Found:
    """Addresses that are nobody's, the machine's own, or of a kind that the link can't be closed to."""
    machine = scenario.machine
    for number, each in enumerate(machine.addresses):
        if ipaddress.ip_interface(each).version == 6:  # noqa: PLR2004 - a version
            yield ("machine", "addresses", number), "a machine that lives has IPv4 addresses only"
    ends: list[tuple[Where, str]] = [(("live", "outsiders", n), each) for n, each in enumerate(live.outsiders)]
    if live.names:
        ends.append((("live", "names", "address"), live.names.address))
    for where, address in ends:
        if address == machine.own_address:
            yield where, f"{address} is the machine's own address, not one of the outside"
        elif address not in machine.hosts:
            yield where, f"{address} is not among machine.addresses, so nothing in the machine has it"


def _steps(scenario: Scenario, live: Live) -> Found:
    seats = Seats(scenario)
    list(seats.taken(("play",), scenario.play))  # told where the play is looked at
    yield from seats.taken(("live", "steps"), live.steps)
    for name, several in live.on_call.items():
        yield from seats.taken(("live", "on_call", name), several)
    if (seconds := sum(step.pause for step in live.steps)) > LONGEST_LIVING:
        yield ("live", "steps"), f"the pauses take {seconds:g} seconds together, more than {LONGEST_LIVING}"
    doors = {(each.address, each.port) for each in scenario.outside.listens if each.then != "close"}
    for where, step in steps_of(scenario):
        if isinstance(step, Living):
            for kind, end in (("drop", step.drop), ("tell", step.tell)):
                if end and (end.address, end.port) not in doors:
                    yield (*where, kind), f"the outside keeps no connections at {end.address} port {end.port}"
