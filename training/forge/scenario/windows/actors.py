"""What doesn't fit together in the processes of a Windows scenario."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from training.forge.scenario.reading import Where
from training.forge.scenario.windows.model import WindowsScenario
from training.forge.scenario.windows.processes import MOST_HANDLES, PAGE, Holds, Program
from training.forge.windows.privileges import PRIVILEGES
from training.grading.keys.syntax import nearest

if TYPE_CHECKING:
    from training.forge.windows.planning.casting import Cast

Found = Iterator[tuple[Where, str]]

RESERVED = ("gone",)
ACCOUNTS = ("system", "local_service", "network_service")


def actors(scenario: WindowsScenario, cast: "Cast") -> Found:
    """All of it, each with its place."""
    yield from _names(scenario, cast)
    yield from _numbers(scenario)
    for number, each in enumerate(scenario.processes):
        where: Where = ("processes", number)
        yield from _times(scenario, cast, each, where)
        yield from _people(scenario, cast, each, where)
        yield from _areas(cast, each, where)
        yield from _rights(each, where)
        yield from _handles(scenario, cast, each, where)
    yield from _planted(scenario, cast)


def known(name: str, cast: "Cast", *, left: bool = False) -> str:
    """What to say of a name that no process has, or with ``left`` one of which nothing is left; empty otherwise."""
    if name not in cast:
        return f"there is no process {name}{nearest(name, cast.names)}"
    return f"of {name} nothing is left" if left and cast[name].phantom else ""


def _names(scenario: WindowsScenario, cast: "Cast") -> Found:
    seen: set[str] = set()
    consoles = {f"{each.name}_console" for each in scenario.processes}
    for number, each in enumerate(scenario.processes):
        where: Where = ("processes", number, "name")
        if each.name in seen:
            yield where, f"there is a process {each.name} already"
        elif each.name in RESERVED or each.name.startswith("gone_"):
            yield where, f"{each.name} has a meaning of its own: take another name"
        elif each.name in cast and cast[each.name].program is not each:
            yield where, f"{each.name} is a process of every such machine: take another name"
        elif each.name in consoles:
            yield where, f"{each.name} is the console host of another process: take another name"
        seen.add(each.name)


def _numbers(scenario: WindowsScenario) -> Found:
    taken: dict[int, Program] = {}
    for number, each in enumerate(scenario.processes):
        if each.pid is None:
            continue
        other = taken.get(each.pid)
        if other and not _apart(each, other):
            yield ("processes", number, "pid"), f"{each.pid} is that of {other.name}, which had not ended by then"
        taken[each.pid] = each


def _apart(one: Program, other: Program) -> bool:
    first, second = sorted((one, other), key=lambda each: each.started)
    return first.ended is not None and first.ended < second.started


def _times(scenario: WindowsScenario, cast: "Cast", each: Program, where: Where) -> Found:
    machine = scenario.machine
    for field, time in (("started", each.started), ("ended", each.ended)):
        if time is None:
            continue
        if time <= machine.booted:
            yield (*where, field), f"is not later than machine.booted, {_shown(machine.booted)}"
        elif time >= machine.captured:
            yield (*where, field), f"is not earlier than machine.captured, {_shown(machine.captured)}"
    if each.ended and each.ended <= each.started:
        yield (*where, "ended"), f"is not later than its start, {_shown(each.started)}"
    for field in ("parent", "creator", "kept_by"):
        name = getattr(each, field)
        if name is None or (field == "parent" and name == "gone"):
            continue
        if wrong := known(name, cast):
            yield (*where, field), wrong
        elif name == each.name:
            yield (*where, field), "is the process itself"
        else:
            yield from _relation(cast, each, field, name, where)


def _relation(cast: "Cast", each: Program, field: str, name: str, where: Where) -> Found:
    """Whether another process was there when a process was started, or at the end."""
    other, own = cast[name], cast[each.name]
    started, ended = _in_seconds(other.created), _in_seconds(other.exited)
    if field == "kept_by":
        if other.exited:
            yield (*where, field), f"{name} has ended itself, and with it its handles"
        return
    if other.program and other.program.started >= each.started:
        yield (*where, field), f"{name} is not older: it was started at {_shown(other.program.started)}"
    elif not other.program and other.created >= own.created:
        yield (*where, field), f"{name} is younger: it was started at about {started}"
    elif other.exited and other.exited <= own.created:
        yield (*where, field), f"{name} had ended by then, at {ended}; say gone for a parent that is no more"


def _people(scenario: WindowsScenario, cast: "Cast", each: Program, where: Where) -> Found:
    if each.user is not None and each.user not in scenario.users and each.user not in ACCOUNTS:
        others = [*scenario.users, *ACCOUNTS]
        yield (*where, "user"), f"there is no user {each.user}{nearest(each.user, others)}"
    there = {0, 1, *cast.sessions.values()}
    if each.session is not None and each.session not in there:
        yield (*where, "session"), f"there is no session {each.session}, only {', '.join(map(str, sorted(there)))}"
    user = each.user if each.user in scenario.users else None
    logon = scenario.users[user].logon if user else None
    if logon and each.started <= logon:
        yield (*where, "started"), f"is not later than the logon of {user}, {_shown(logon)}"


def _areas(cast: "Cast", each: Program, where: Where) -> Found:
    seen: set[str] = set()
    for number, area in enumerate(each.areas):
        place: Where = (*where, "areas", number)
        if area.name in seen:
            yield (*place, "name"), f"the process has an area {area.name} already"
        seen.add(area.name)
        if area.text and area.at + len(area.text.encode("utf-8")) > area.size:
            yield (*place, "text"), f"ends behind the area, which has {area.size} bytes"
        if area.file and not area.mapped:
            yield (*place, "file"), "is that of a mapped area: say mapped: true"
    for number, spot in enumerate(each.runs):
        place = (*where, "runs", number)
        if "+" in spot:
            yield from _in_image(cast, each, spot, place)
        elif spot not in seen:
            what = f"the process has no area {spot}{nearest(spot, seen)}; a place in an image is written x.dll+0x1000"
            yield place, what


def _in_image(cast: "Cast", each: Program, spot: str, place: Where) -> Found:
    """Whether a place lies in an image that a process has mapped."""
    from training.forge.windows.planning.images import mapped  # noqa: PLC0415 - it is written in terms of a scenario

    name, _, offset = spot.partition("+")
    images = mapped(cast, cast[each.name])
    if name.lower() not in images:
        yield place, f"the process has not mapped {name}{nearest(name.lower(), images)}: name it under libraries"
    elif not PAGE <= int(offset, 16) < images[name.lower()]:
        yield place, f"must lie from {PAGE:#x} up to {images[name.lower()]:#x}, the size of {name}"


def _rights(each: Program, where: Where) -> Found:
    for number, name in enumerate(each.privileges):
        if name not in PRIVILEGES:
            yield (*where, "privileges", number), f"Windows knows no {name}{nearest(name, PRIVILEGES)}"


def _handles(scenario: WindowsScenario, cast: "Cast", each: Program, where: Where) -> Found:
    if (count := sum(one.count for one in each.handles)) > MOST_HANDLES:
        yield (*where, "handles"), f"are {count} handles, more than {MOST_HANDLES}"
    for number, one in enumerate(each.handles):
        place: Where = (*where, "handles", number)
        name = one.process or one.thread
        if name is not None:
            if wrong := known(name, cast, left=True):
                yield (*place, one.kind), wrong
            elif one.thread and cast[name].exited:
                yield (*place, one.kind), f"{name} has ended: it has no threads"
        yield from _keys(scenario, cast, each, one, place)


def _keys(scenario: WindowsScenario, cast: "Cast", each: Program, one: Holds, place: Where) -> Found:
    if one.key and one.key.startswith("HKCU") and cast[each.name].user not in scenario.users:
        yield (*place, "key"), f"{each.name} belongs to no user of the scenario, so that it has no HKCU"


def _planted(scenario: WindowsScenario, cast: "Cast") -> Found:
    own = {each.name for each in scenario.processes}
    for name, planted in scenario.planted.items():
        if name in own:
            yield ("planted", name), "is a process of the story, which is planted under its name already"
        for number, one in enumerate((planted,) if isinstance(planted, str) else planted):
            where: Where = ("planted", name) if isinstance(planted, str) else ("planted", name, number)
            if wrong := known(one, cast, left=True):
                yield where, wrong
    for number, job in enumerate(scenario.jobs):
        for place, one in enumerate(job):
            if wrong := known(one, cast, left=True):
                yield ("jobs", number, place), wrong


def _in_seconds(time: int) -> str:
    from training.forge.windows.planning.moments import moment  # noqa: PLC0415 - it is written in terms of a scenario

    return _shown(moment(time)) if time else ""


def _shown(moment: object) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
