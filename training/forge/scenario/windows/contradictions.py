"""What is right in each field of a Windows scenario but doesn't fit together."""

import ipaddress
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from training.forge.scenario.contradictions import strange_addresses
from training.forge.scenario.expressions import IMAGE, fields, handed_over
from training.forge.scenario.reading import Where
from training.forge.scenario.windows.actors import actors, known
from training.forge.scenario.windows.leavings import leavings
from training.forge.scenario.windows.model import WindowsScenario
from training.forge.scenario.windows.processes import PAGE
from training.forge.scenario.windows.words import end_of
from training.grading.keys.syntax import nearest

if TYPE_CHECKING:
    from training.forge.windows.planning.casting import Cast

Found = Iterator[tuple[Where, str]]

SHORTEST = timedelta(minutes=5)
"""Between the boot and the capture: an office machine takes so long until all that belongs to it runs."""


def contradictions(scenario: WindowsScenario) -> Found:
    """All of them, each with its place."""
    from training.forge.windows.planning.casting import cast as casting  # noqa: PLC0415 - is in terms of a scenario

    yield from _machine(scenario)
    yield from _users(scenario)
    cast = casting(scenario)
    yield from actors(scenario, cast)
    yield from _endpoints(scenario, cast)
    yield from _modules(scenario)
    yield from leavings(scenario, cast)
    yield from _moments(scenario)
    yield from _materials(scenario)
    yield from strange_addresses(scenario.model_dump(by_alias=True, exclude={"drawn"}), ())


def twice(where: Where, values: Iterable[object], what: str) -> Found:
    """Say which of some values stands in a list for the second time."""
    seen: set[object] = set()
    for number, value in enumerate(values):
        if value in seen:
            yield (*where, number), what.format(value)
        seen.add(value)


def _machine(scenario: WindowsScenario) -> Found:
    machine = scenario.machine
    if machine.captured - machine.booted < SHORTEST:
        yield ("machine", "captured"), f"is less than {SHORTEST.seconds // 60} minutes after machine.booted"
    addresses = [each.partition("/")[0] for each in machine.addresses]
    yield from twice(("machine", "addresses"), addresses, "{} is there already")
    if machine.controller in addresses:
        yield ("machine", "controller"), f"{machine.controller} is the machine's own address"
    yield from twice(("machine", "without"), machine.without, "{} is left out already")


def _users(scenario: WindowsScenario) -> Found:
    machine = scenario.machine
    logged: list[str] = []
    rids = {each.rid: each.name for each in scenario.accounts}
    for name, user in scenario.users.items():
        where: Where = ("users", name)
        if name in ("system", "local_service", "network_service"):
            yield where, f"{name} is an account of every machine: take another name"
        if user.local and rids.get(user.rid) != user.name:
            yield (*where, "local"), f"there is no account {user.name} with rid {user.rid} among accounts"
        if not user.local and not machine.domain:
            yield where, "is no account of the machine (local: true), and the machine is in no domain"
        if user.logon is None:
            continue
        logged.append(name)
        if not machine.booted < user.logon < machine.captured:
            yield (*where, "logon"), "is not between machine.booted and machine.captured"
        if (machine.role == "server") is (user.remote is None):
            what = "comes over the network: say remote" if machine.role == "server" else "is at the machine: no remote"
            yield (*where, "logon"), f"on a {machine.role} who logs on {what}"
    if machine.role == "workstation" and len(logged) > 1:
        yield ("users", logged[1], "logon"), f"{logged[0]} is logged on at the machine already"
    yield from twice(("users",), [each.name for each in scenario.users.values()], "there is a user {} already")


def _endpoints(scenario: WindowsScenario, cast: "Cast") -> Found:
    machine = scenario.machine
    own = {each.partition("/")[0] for each in machine.addresses}
    taken: set[tuple[object, ...]] = set()
    yield from twice(("endpoints",), [each.name for each in scenario.endpoints], "there is an endpoint {} already")
    for number, each in enumerate(scenario.endpoints):
        where: Where = ("endpoints", number)
        address, _ = end_of(each.local)
        local = ipaddress.ip_address(address)
        if not (address in own or local.is_loopback or local.is_unspecified):
            yield (*where, "local"), f"{address} is not among machine.addresses"
        if each.protocol == "udp" and (each.state or each.remote):
            yield where, "of UDP has neither a state nor a remote end"
        elif each.protocol == "tcp" and not each.state:
            yield where, "of TCP needs its state"
        elif each.protocol == "tcp" and (each.state == "LISTENING") is (each.remote is not None):
            what = "waits for others: it has no remote end" if each.remote else "needs its remote end"
            yield (*where, "remote"), f"a socket that is {each.state} {what}"
        elif each.remote and ipaddress.ip_address(end_of(each.remote)[0]).version != local.version:
            yield (*where, "remote"), "both ends are of IPv4, or both of IPv6"
        key = (each.protocol, each.local, each.remote)
        if key in taken and not each.ended:
            yield where, "the same ends stand here already"
        taken.add(key)
        yield from _owner(scenario, cast, number)


def _owner(scenario: WindowsScenario, cast: "Cast", number: int) -> Found:
    each, where = scenario.endpoints[number], ("endpoints", number)
    if wrong := known(each.process, cast, left=True):
        yield (*where, "process"), wrong
        return
    owner = cast[each.process]
    if not scenario.machine.booted < each.created < scenario.machine.captured:
        yield (*where, "created"), "is not between machine.booted and machine.captured"
    elif owner.program and each.created <= owner.program.started:
        yield (*where, "created"), f"is not later than the start of {each.process}"
    elif owner.program and owner.program.ended and each.created >= owner.program.ended:
        yield (*where, "created"), f"{each.process} had ended by then"
    if owner.exited and not each.ended:
        yield (*where, "process"), f"{each.process} has ended: its sockets are gone (ended: true)"


def _modules(scenario: WindowsScenario) -> Found:
    from training.forge.windows.builds.load import build  # noqa: PLC0415 - reads tables, and only who checks needs them
    from training.forge.windows.planning.facts import modules  # noqa: PLC0415 - likewise

    sizes = {each.file.lower(): each.pages << 12 for each in modules()}
    for number, module in enumerate(scenario.modules):
        if module.file.lower() in sizes:
            yield ("modules", number, "path"), f"there is a module {module.file} already"
        sizes[module.file.lower()] = module.size
    spots = [(("callbacks", n), each.module, each.offset) for n, each in enumerate(scenario.callbacks)]
    spots += [(("hooks", n), each.module, each.offset) for n, each in enumerate(scenario.hooks)]
    for where, name, offset in spots:
        if name.lower() not in sizes:
            yield (*where, "module"), f"there is no module {name}{nearest(name, sizes)}"
        elif not PAGE <= offset < sizes[name.lower()]:
            yield (*where, "offset"), f"must be 0x1000 to {sizes[name.lower()]:#x}, the size of {name}"
    calls = build(str(scenario.machine.build)).syscalls
    for number, hook in enumerate(scenario.hooks):
        if hook.function not in calls:
            yield ("hooks", number, "function"), f"there is no such system call{nearest(hook.function, calls)}"
    yield from twice(("hooks",), [each.function for each in scenario.hooks], "{} is hooked already")
    for number, callback in enumerate(scenario.callbacks):
        if (callback.kind == "registry") is not bool(callback.altitude):
            yield ("callbacks", number, "altitude"), "goes with a registry callback, and only with one"


def _moments(scenario: WindowsScenario) -> Found:
    """Times that lie behind the capture, or before the boot where they can't."""
    captured, booted = scenario.machine.captured, scenario.machine.booted
    after: list[tuple[Where, datetime]] = []
    after += [(("events", name), each) for name, each in scenario.events.items()]
    for number, unloaded in enumerate(scenario.unloaded):
        if not booted < unloaded.time < captured:
            yield ("unloaded", number, "time"), "is not between machine.booted and machine.captured"
    after += [(("services", n, "time"), each.time) for n, each in enumerate(scenario.services)]
    after += [(("registry", n, "time"), each.time) for n, each in enumerate(scenario.registry)]
    after += [(("userassist", n, "time"), used.time) for n, used in enumerate(scenario.userassist)]
    after += [(("amcache", n, "time"), program.time) for n, program in enumerate(scenario.amcache)]
    after += [(("shimcache", n, "modified"), shim.modified) for n, shim in enumerate(scenario.shimcache)]
    after += [(("accounts", n, "created"), account.created) for n, account in enumerate(scenario.accounts)]
    after += [(("secrets", n, "time"), secret.time) for n, secret in enumerate(scenario.secrets)]
    for number, task in enumerate(scenario.tasks):
        after += [(("tasks", number, "created"), task.created), (("tasks", number, "last_run"), task.last_run)]
        if task.last_run < task.created:
            yield ("tasks", number, "last_run"), "is earlier than created"
    for where, time in after:
        if time > captured:
            yield where, f"is later than machine.captured, {captured:%Y-%m-%dT%H:%M:%SZ}"


def _materials(scenario: WindowsScenario) -> Found:
    from training.forge.windows_truth import WindowsPlanted, WindowsTruth  # noqa: PLC0415 - only who checks needs it

    for number, material in enumerate(scenario.materials):
        if material.from_:
            yield ("materials", number, "from"), "a machine that is written hands over no files: write the text"
    yield from twice(("materials",), [each.file for each in scenario.materials], "there is a material {} already")
    planted = {*scenario.planted, *(each.name for each in scenario.processes)}
    truth = {
        **fields(WindowsTruth),
        "drawn": None,
        "events": dict.fromkeys(scenario.events),
        "planted": dict.fromkeys(sorted(planted), fields(WindowsPlanted)),
    }
    yield from handed_over(scenario.materials, scenario.record.lines, {"truth": truth, "image": IMAGE})
