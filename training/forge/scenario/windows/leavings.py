"""What doesn't fit together in what an incident leaves: services, registry, tasks, traces, files, accounts."""

import binascii
from collections.abc import Iterator
from typing import TYPE_CHECKING

from training.forge.scenario.reading import Where
from training.forge.scenario.windows.actors import known
from training.forge.scenario.windows.incident import LONGEST_VALUE, Datum, Recorded
from training.forge.scenario.windows.model import WindowsScenario
from training.grading.keys.syntax import nearest

if TYPE_CHECKING:
    from training.forge.windows.planning.casting import Cast

Found = Iterator[tuple[Where, str]]

USUAL_ACCOUNTS = {"Administrator": 500, "Guest": 501, "DefaultAccount": 503, "WDAGUtilityAccount": 504}
"""Local accounts that every machine has, with the numbers that are always theirs."""
ROOM = 600
"""Bytes of a record of the master file table that are left for the name and the streams of a file."""
MOST_NUMBER = {"DWORD": 1 << 32, "QWORD": 1 << 64}


def leavings(scenario: WindowsScenario, cast: "Cast") -> Found:
    """All of it, each with its place."""
    yield from _services(scenario, cast)
    yield from _registry(scenario)
    yield from _users(scenario)
    yield from _accounts(scenario)
    yield from _files(scenario)
    for number, task in enumerate(scenario.tasks):
        if task.path.startswith("\\Microsoft\\"):
            yield ("tasks", number, "path"), "is among those of Windows: take another folder"


def _services(scenario: WindowsScenario, cast: "Cast") -> Found:
    from training.forge.windows.planning import facts  # noqa: PLC0415 - it is written in terms of a scenario

    taken = {each.name.lower() for each in facts.services(scenario.machine.role)}
    taken |= {each[0].lower() for each in facts.idle_drivers()}
    taken |= {each.driver.lower() for each in facts.modules() if each.driver}
    for number, each in enumerate(scenario.services):
        where: Where = ("services", number)
        if each.name.lower() in taken:
            yield (*where, "name"), f"there is a service {each.name} already"
        taken.add(each.name.lower())
        driver = each.kind in ("driver", "file_system")
        if driver and each.process:
            yield (*where, "process"), "a driver runs in the kernel and in no process"
        elif not driver and (each.state == "running") is (each.process is None):
            what = "runs in a process: say process" if each.state == "running" else "is stopped and has no process"
            yield (*where, "process"), f"a service that is {each.state} {what}"
        elif each.process and (wrong := known(each.process, cast, left=True)):
            yield (*where, "process"), wrong
        elif each.process and cast[each.process].exited:
            yield (*where, "process"), f"{each.process} has ended"


def _registry(scenario: WindowsScenario) -> Found:
    seen: set[tuple[str, str | None]] = set()
    for number, each in enumerate(scenario.registry):
        where: Where = ("registry", number)
        if each.key.startswith("HKCU") is (each.user is None):
            what = "needs user" if each.user is None else "has no user"
            yield (*where, "key"), f"a key below {each.key[:4]} {what}"
        elif each.user is not None and each.user not in scenario.users:
            yield (*where, "user"), f"there is no user {each.user}{nearest(each.user, scenario.users)}"
        elif each.user is not None and scenario.users[each.user].logon is None:
            yield (*where, "user"), f"{each.user} is not logged on: that hive is not in memory"
        if (each.key.lower(), each.user) in seen:
            yield (*where, "key"), "stands here already"
        seen.add((each.key.lower(), each.user))
        for name, datum in each.values.items():
            if wrong := _datum(datum):
                yield (*where, "values", name), wrong


def _datum(datum: Datum) -> str:
    """What is wrong with the data of a value of its kind; empty if nothing is."""
    data = datum.data
    if datum.kind in MOST_NUMBER:
        fits = isinstance(data, int) and data < MOST_NUMBER[datum.kind]
        return "" if fits else f"a {datum.kind} is a whole number below {MOST_NUMBER[datum.kind]}"
    if datum.kind == "MULTI_SZ":
        return "" if isinstance(data, tuple) else "a MULTI_SZ is a list of texts"
    if not isinstance(data, str):
        return f"a {datum.kind} is a text"
    if datum.kind != "BINARY":
        return ""
    try:
        size = len(binascii.unhexlify(data.replace(" ", "")))
    except (binascii.Error, ValueError):
        return "a BINARY is written in hexadecimal digits, two a byte"
    return "" if size <= LONGEST_VALUE else f"has more than {LONGEST_VALUE} bytes"


def _users(scenario: WindowsScenario) -> Found:
    """Users whom something names that need their hive in memory."""
    for number, used in enumerate(scenario.userassist):
        user = scenario.users.get(used.user)
        if user is None:
            yield ("userassist", number, "user"), f"there is no user {used.user}{nearest(used.user, scenario.users)}"
        elif user.logon is None:
            yield ("userassist", number, "user"), f"{used.user} is not logged on: that hive is not in memory"
    for number, task in enumerate(scenario.tasks):
        if task.user is not None and task.user not in (*scenario.users, "system"):
            yield ("tasks", number, "user"), f"there is no user {task.user}{nearest(task.user, scenario.users)}"


def _accounts(scenario: WindowsScenario) -> Found:
    names: set[str] = set()
    rids: set[int] = set()
    usual = {name.lower(): rid for name, rid in USUAL_ACCOUNTS.items()}
    for number, each in enumerate(scenario.accounts):
        where: Where = ("accounts", number)
        if each.name.lower() in names:
            yield (*where, "name"), f"there is an account {each.name} already"
        if each.rid in rids:
            yield (*where, "rid"), f"an account has rid {each.rid} already"
        if usual.get(each.name.lower(), each.rid) != each.rid:
            yield (*where, "rid"), f"{each.name} always has {usual[each.name.lower()]}"
        elif each.rid in usual.values() and each.name.lower() not in usual:
            owner = next(name for name, rid in USUAL_ACCOUNTS.items() if rid == each.rid)
            yield (*where, "rid"), f"{each.rid} is that of {owner}"
        names.add(each.name.lower())
        rids.add(each.rid)


def _needed(each: Recorded) -> int:
    """Bytes that the name and the streams of a file take in its record, with what stands before each."""
    name = 2 * len(each.path.rpartition("\\")[2]) + 7
    return name + sum(2 * len(stream) + len(text.encode()) + 40 for stream, text in each.streams.items())


def _files(scenario: WindowsScenario) -> Found:
    captured = scenario.machine.captured
    seen: set[str] = set()
    for number, each in enumerate(scenario.mft):
        where: Where = ("mft", number)
        for field in ("created", "modified", "named_created"):
            time = getattr(each, field)
            if time is not None and time > captured:
                yield (*where, field), f"is later than machine.captured, {captured:%Y-%m-%dT%H:%M:%SZ}"
        if each.path.lower() in seen:
            yield (*where, "path"), "stands here already"
        seen.add(each.path.lower())
        if (needed := _needed(each)) > ROOM:
            yield (*where, "streams"), f"need {needed} bytes with the name; a record has room for {ROOM}"
    held = {one.file.lower() for each in scenario.processes for one in each.handles if one.file}
    held |= {one.file.lower() for each in scenario.processes for one in each.areas if one.file}
    cached: set[str] = set()
    for number, file in enumerate(scenario.cached):
        if file.path.lower() in cached:
            yield ("cached", number, "path"), "stands here already"
        elif file.path.lower() not in held:
            yield ("cached", number, "path"), "is found through a handle or an area only, and no process has one of it"
        cached.add(file.path.lower())
