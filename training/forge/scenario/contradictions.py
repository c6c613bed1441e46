"""What is right in each field of a scenario but doesn't fit together."""

import ipaddress
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from training.forge.scenario.alive import alive
from training.forge.scenario.expressions import expressions
from training.forge.scenario.model import LONGEST_PLAY, File, Listens, Made, Scenario, Serves
from training.forge.scenario.reading import Where
from training.forge.scenario.seats import Seats, steps_of
from training.forge.scenario.words import IPAddress, addresses_in, is_documentation
from training.grading.keys.syntax import nearest

Found = Iterator[tuple[Where, str]]

OF_SYSTEM = ("/usr/bin/", "/usr/sbin/", "/usr/lib/", "/usr/libexec/", "/opt/range/")
"""Folders in which the base has programs of its own."""

INNER = "ADDRESSES"
"""The value of an actor whose addresses are those of a network world of its own."""

_MASK = ipaddress.ip_network("255.0.0.0/8")


def contradictions(scenario: Scenario) -> Found:
    """All of them, each with its place."""
    yield from _accounts(scenario)
    yield from _shells(scenario)
    yield from _paths(scenario)
    yield from _actors(scenario)
    yield from _additions(scenario)
    yield from strange_addresses(scenario.model_dump(by_alias=True), ())
    yield from _missing_addresses(scenario)
    yield from _ends(scenario)
    yield from _play(scenario)
    yield from alive(scenario)
    yield from _planted(scenario)
    yield from expressions(scenario)


def _twice(where: Where, values: Iterable[object], what: str) -> Found:
    """Say which of some values stands in a list for the second time."""
    seen: set[object] = set()
    for number, value in enumerate(values):
        if value in seen:
            yield (*where, number), what.format(value)
        seen.add(value)


def _accounts(scenario: Scenario) -> Found:
    yield from _twice(("accounts",), [each.name for each in scenario.accounts], "there is an account {} already")
    yield from _twice(("accounts",), [each.uid for each in scenario.accounts], "an account has uid {} already")
    known = {each.name: each.uid for each in scenario.accounts}
    if known.get("root") != 0:
        yield ("accounts",), "there must be an account root with uid 0"
    named: list[tuple[Where, str]] = [(("files", n, "owner"), each.owner) for n, each in enumerate(scenario.files)]
    named += [(("programs", n, "owner"), each.owner) for n, each in enumerate(scenario.programs)]
    named += [(("services", n, "user"), each.user) for n, each in enumerate(scenario.services)]
    named += [(("shells", name), each.log_in or each.dial or "root") for name, each in scenario.shells.items()]
    for where, name in named:
        if name not in known:
            yield where, f"there is no account {name}{nearest(name, known)}"


def _shells(scenario: Scenario) -> Found:
    taken: dict[str, str] = {}
    for name, shell in scenario.shells.items():
        if other := taken.get(shell.terminal):
            yield ("shells", name, "terminal"), f"{shell.terminal} is the terminal of {other} already"
        taken[shell.terminal] = name
    own = scenario.machine.own_address
    if not any("dropbear" in line for line in _lines(scenario)):
        for name, shell in scenario.shells.items():
            if shell.dial:
                what = f"nothing answers at port 22 of {own}: add the service dropbear -p {own}:22"
                yield ("shells", name, "dial"), what


def _paths(scenario: Scenario) -> Found:
    from training.forge.linux import rootfs  # noqa: PLC0415 - it is written in terms of a scenario

    files: list[tuple[Where, File | Made]] = [(("files", n), each) for n, each in enumerate(scenario.files)]
    parts = [*files, *_made(scenario)]
    places: dict[str, Where] = {rootfs.real(a.home): ("accounts", n, "home") for n, a in enumerate(scenario.accounts)}
    places |= {rootfs.real(each.path): (*where, "path") for where, each in parts}
    for path, what in rootfs.misplaced(scenario):
        yield places.get(path, ("shells",)), f"{path}: {what}"
    for where, each in parts:
        if each.modified > scenario.machine.clock:
            yield (*where, "modified"), f"is later than the machine's clock, {_shown(scenario.machine.clock)}"
    for number, module in enumerate(scenario.modules):
        if not (module.path.startswith("/lib/modules/") and module.path.endswith(".ko")):
            yield ("modules", number, "path"), "a module lies below /lib/modules/ and ends in .ko"
    yield from _twice(("of_interest",), scenario.of_interest, "{} stands here already")
    yield from _twice(("materials",), [each.file for each in scenario.materials], "there is a material {} already")


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _made(scenario: Scenario) -> list[tuple[Where, Made]]:
    """Programs and modules with their places."""
    programs: list[tuple[Where, Made]] = [(("programs", n), each) for n, each in enumerate(scenario.programs)]
    return [*programs, *((("modules", n), each) for n, each in enumerate(scenario.modules))]


def _actors(scenario: Scenario) -> Found:
    """Sources that there are not, and values that they don't take or lack."""
    from training.forge.linux import actors  # noqa: PLC0415 - reads C sources, and only who checks needs it

    for where, each in _made(scenario):
        if each.source not in actors.SOURCES:
            yield (*where, "source"), f"there is no {each.source}{nearest(each.source, actors.SOURCES)}"
            continue
        places = actors.placeholders(each.source)
        for name in sorted(each.with_.keys() - places):
            yield (*where, "with", name), f"{each.source} takes no {name}{nearest(name, places)}"
        if lacking := sorted(places - each.with_.keys()):
            yield (*where, "with"), f"{each.source} needs {', '.join(lacking)} too"


def _additions(scenario: Scenario) -> Found:
    from training.forge.linux import rootfs  # noqa: PLC0415 - it is written in terms of a scenario

    where: Where = ("machine", "additions")
    yield from _twice(where, scenario.machine.additions, "{} is added already")
    for number, name in enumerate(scenario.machine.additions):
        if name not in rootfs.ADDITIONS:
            yield (*where, number), f"there is no addition {name}{nearest(name, rootfs.ADDITIONS)}"


def strange_addresses(value: Any, where: Where) -> Found:
    """Addresses of real networks, wherever they stand. A browser's name holds versions that only look like some."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key != "agent":
                yield from strange_addresses(each, (*where, key))
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            yield from strange_addresses(each, (*where, number))
    elif isinstance(value, str):
        for address in addresses_in(value):
            if not (is_documentation(address) or _inside(address) or address in _MASK):
                yield where, f"{address} is not from the ranges kept for documentation"
                break


def _inside(address: IPAddress) -> bool:
    """Whether an address means the machine itself on every machine."""
    return address.is_loopback or address.is_unspecified


def _missing_addresses(scenario: Scenario) -> Found:
    """Addresses at which something has an end in the guest, but which the guest doesn't have."""
    ends: list[tuple[Where, str | None]] = []
    ends += [(("shells", name, "from"), shell.from_) for name, shell in scenario.shells.items()]
    outside = scenario.outside
    ends += [(("outside", "serves", n, "address"), each.address) for n, each in enumerate(outside.serves)]
    ends += [(("outside", "listens", n, "address"), each.address) for n, each in enumerate(outside.listens)]
    for n, call in enumerate(outside.calls):
        ends += [(("outside", "calls", n, "from"), call.from_), (("outside", "calls", n, "to"), call.to)]
    for where, step in steps_of(scenario):
        if step.request:
            ends += [((*where, "request", "from"), step.request.from_)]
            ends += [((*where, "request", "to"), step.request.to)]
    for n, program in enumerate(scenario.programs):
        ends += [
            (("programs", n, "with", name), str(address))
            for name, value in program.with_.items()
            if name != INNER
            for address in addresses_in(value)
            if not _inside(address)
        ]
    hosts = scenario.machine.hosts
    for where, address in ends:
        if address and address not in hosts:
            yield where, f"{address} is not among machine.addresses, so nothing in the machine has it"


def _ends(scenario: Scenario) -> Found:
    """Listeners of the outside that would get in each other's way, or that lie on the machine's own address."""
    yield from _twice(
        ("machine", "addresses"), [each.partition("/")[0] for each in scenario.machine.addresses], "{} is there already"
    )
    taken: set[tuple[str, int]] = set()
    ends: list[tuple[Where, Serves | Listens]] = []
    ends += [(("outside", "serves", n), each) for n, each in enumerate(scenario.outside.serves)]
    ends += [(("outside", "listens", n), each) for n, each in enumerate(scenario.outside.listens)]
    for where, each in ends:
        if (each.address, each.port) in taken:
            yield where, f"there is a listener at {each.address} port {each.port} already"
        if each.address == scenario.machine.own_address:
            yield (*where, "address"), f"{each.address} is the machine's own address, not one of the outside"
        taken.add((each.address, each.port))


def _play(scenario: Scenario) -> Found:
    if [step.freeze for step in scenario.play] != [False] * (len(scenario.play) - 1) + [True]:
        yield ("play",), "the last step, and no other, is freeze"
    if (seconds := sum(step.pause for step in scenario.play)) > LONGEST_PLAY:
        yield ("play",), f"the pauses take {seconds:g} seconds together, more than {LONGEST_PLAY}"
    yield from Seats(scenario).taken(("play",), scenario.play)


def _planted(scenario: Scenario) -> Found:
    from training.forge.linux import rootfs  # noqa: PLC0415 - it is written in terms of a scenario

    uids = {each.uid for each in scenario.accounts}
    for name, selector in scenario.planted.items():
        where: Where = ("planted", name)
        if selector.uid is not None and selector.uid not in uids:
            yield (*where, "uid"), f"there is no account with uid {selector.uid}"
        if selector.parent is not None:
            if selector.parent not in scenario.planted:
                yield (
                    (*where, "parent"),
                    f"{selector.parent} is not planted{nearest(selector.parent, scenario.planted)}",
                )
            elif scenario.planted[selector.parent].many:
                yield (*where, "parent"), f"{selector.parent} stands for many processes, a parent is one"
            elif name in _line_of(scenario, selector.parent):
                yield (*where, "parent"), "is its own ancestor"
        if selector.exe and (real := rootfs.real(selector.exe)) != selector.exe:
            yield (*where, "exe"), f"the kernel's name for it is {real}"
        elif selector.exe and not _is_made(scenario, selector.exe.removesuffix(" (deleted)")):
            known = [each.path for each in scenario.programs]
            what = f"nothing in this scenario puts a program at {selector.exe}{nearest(selector.exe, known)}"
            yield (*where, "exe"), what


def _line_of(scenario: Scenario, name: str) -> set[str]:
    """A planted name and those above it."""
    line: set[str] = set()
    while name in scenario.planted and name not in line:
        line.add(name)
        name = scenario.planted[name].parent or ""
    return line


def _is_made(scenario: Scenario, exe: str) -> bool:
    """Whether a file reference is no plain path, or one of the base or of a program, or made by a line or an actor."""
    if not exe.startswith("/") or exe.startswith("/memfd:"):
        return True
    paths = {each.path for each in (*scenario.programs, *scenario.modules)} | {each.path for each in scenario.files}
    if exe in paths or exe.startswith(OF_SYSTEM):
        return True
    lines = [*_lines(scenario), *(value for each in scenario.programs for value in each.with_.values())]
    return any(PurePosixPath(exe).name in line for line in lines)


def _lines(scenario: Scenario) -> list[str]:
    """All lines of sh in a scenario: typed, played, of the setup and of services."""
    lines = [step.type or step.run or "" for _, step in steps_of(scenario)]
    return [*lines, *scenario.setup, *(each.run for each in scenario.services)]
