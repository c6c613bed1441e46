"""The truth from the accounts, and what in them is not as the scenario planned."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any

from training.forge.linux.witness import account as accounts
from training.forge.linux.witness import planted as plants
from training.forge.linux.witness.account import Account, NotAsPlanned
from training.forge.linux.witness.account import Typed as Line
from training.forge.linux.witness.moved import module_name, moved, stage_hands
from training.forge.linux.witness.shells import shells, typed_steps
from training.forge.scenario import Scenario, Step
from training.forge.truth import Mapping, Planted, Truth, Typed, Variable


def planted_pids(lines: Iterable[str], scenario: Scenario) -> list[int]:
    """PIDs of all processes that fit a planted name, sorted: whose maps and environment the truth wants.

    Whether they are as many as planned is `collect`'s question.
    """
    found = plants.find(accounts.read(lines), scenario)
    return sorted({each.pid for several in found.values() for each in several})


def collect(first: Iterable[str], maps: Iterable[str], second: Iterable[str], scenario: Scenario) -> Truth:
    """The truth of a machine.

    Args:
        first: its account right after the freeze.
        maps: what it said of the maps and environments of the `planted_pids` of the first account.
        second: its account again, after that.
        scenario: what was played.

    Raises:
        NotAsPlanned: an account isn't whole, the machine isn't what was planned, or something planted moved between
            the accounts; all complaints at once.
    """
    account, again = accounts.read(first, "the first account"), accounts.read(second, "the second account")
    found = plants.find(account, scenario)
    pids = {each.pid for several in found.values() for each in several}
    with accounts.as_collected("the account of maps"):
        mappings, environment = _details(maps, pids)
    complaints = [
        *plants.complaints(account, scenario, found),
        *_machine(account, scenario),
        *_modules(account, scenario),
        *_play(account, scenario),
        *_files(account, scenario),
        *_silent(account, pids - {each.pid for each in mappings}),
    ]
    places = tuple(shells(account, scenario, complaints))
    movements = list(moved(account, again, scenario, found))
    complaints += [f"moved after the freeze: {sentence}" for sentence, planted in movements if planted]
    if complaints:
        raise NotAsPlanned(complaints)
    return Truth(
        **_told(account, scenario),
        maps=mappings,
        environment=environment,
        shells=places,
        planted=_planted(account, scenario, found),
        moved=tuple(sentence for sentence, _ in movements),
    )


def as_found(first: Iterable[str], maps: Iterable[str], second: Iterable[str], scenario: Scenario) -> Truth:
    """The truth of a machine at whose console somebody worked, as it was found: what was planted may have ended, and is
    then not among ``planted``; nothing has to be as planned.

    Args:
        first: its account right after the image was taken.
        maps: what it said of the maps and environments of the `planted_pids` of the first account.
        second: its account again, after that.
        scenario: what was played until the arrival, and since.

    Raises:
        NotAsPlanned: an account isn't whole.
    """
    account, again = accounts.read(first, "the first account"), accounts.read(second, "the second account")
    found = {name: each for name, each in plants.find(account, scenario).items() if each}
    for name, several in found.items():
        if not scenario.planted[name].many and len(several) > 1:
            found[name] = tuple(sorted(several, key=lambda process: (process.started, process.pid))[:1])
    pids = {each.pid for several in found.values() for each in several}
    with accounts.as_collected("the account of maps"):
        mappings, environment = _details(maps, pids)
    return Truth(
        **_told(account, scenario),
        maps=mappings,
        environment=environment,
        shells=tuple(shells(account, scenario, [])),
        planted=_planted(account, scenario, found),
        moved=tuple(sentence for sentence, _ in moved(account, again, scenario, found)),
        live=account.live,
    )


def _told(account: Account, scenario: Scenario) -> dict[str, Any]:
    """Fields of the truth that the account and the scenario hold as they are."""
    lines = dict(zip(typed_steps(scenario), account.typed, strict=False))
    told = ("host", "release", "kernel", "booted", "sockets", "open_files", "mounts", "addresses", "kernel_log")
    later = account.typed[len(lines) :]
    return {name: getattr(account, name) for name in told} | {
        "frozen": account.now,
        "clock_offset": scenario.machine.clock_offset,
        "drawn": scenario.drawn,
        "processes": tuple(account.processes.values()),
        "modules": tuple(account.modules.values()),
        "files": tuple(account.files.values()),
        "events": dict(account.events),
        "commands": {
            step.as_: Typed(text=lines[number].text, seconds=lines[number].seconds)
            for number, step in enumerate(scenario.play)
            if step.as_ and step.type and number in lines
        }
        | {step.as_: Typed(text=line.text, seconds=line.seconds) for step, line in _typed_later(scenario, later)},
        "stage_hands": tuple(sorted(stage_hands(account))),
        "zombies": tuple(each.pid for each in account.processes.values() if each.state == "Z"),
    }


def _typed_later(scenario: Scenario, lines: Sequence[Line]) -> Iterator[tuple[Step, Line]]:
    """Named steps of the living play in which a line was typed, with the line."""
    left = list(lines)
    for step in scenario.living:
        terminal = scenario.shells[step.shell].terminal if step.shell else ""
        for line in left:
            if step.type and (line.terminal, line.text) == (terminal, step.type):
                left.remove(line)
                if step.as_:
                    yield step, line
                break


def _planted(account: Account, scenario: Scenario, found: plants.Found) -> dict[str, Planted | tuple[Planted, ...]]:
    every = {name: tuple(plants.planted(account, each) for each in several) for name, several in found.items()}
    return {name: several if scenario.planted[name].many else several[0] for name, several in every.items()}


def _files(account: Account, scenario: Scenario) -> Iterator[str]:
    for path in scenario.of_interest:
        if path not in account.files:
            yield f"file of interest {path}: expected a word on it, found none"


def _silent(account: Account, pids: set[int]) -> Iterator[str]:
    """Planted processes of whose memory nothing was said, though they have one."""
    for pid in sorted(pids):
        process = account.processes[pid]
        if process.exe:
            yield f"planted process {plants.shown(process)}: expected its memory maps, found none"


def _machine(account: Account, scenario: Scenario) -> Iterator[str]:
    """The name and the addresses."""
    if account.host != scenario.machine.host:
        yield f"machine: expected the name {scenario.machine.host}, found {account.host}"
    there = {f"{each.address}/{each.prefix}" for each in account.addresses}
    for each in scenario.machine.addresses:
        if each not in there:
            yield f"machine: expected the address {each}, found {', '.join(sorted(there)) or 'none'}"


def _modules(account: Account, scenario: Scenario) -> Iterator[str]:
    """The modules that a line loads and none unloads."""
    lines = [*scenario.setup, *(each.run for each in scenario.services)]
    lines += [line for step in scenario.play for line in (step.type, step.run) if line]
    for each in scenario.modules:
        name = module_name(each)
        loads = any(each.path in line for line in lines) and not any("rmmod" in line and name in line for line in lines)
        module = account.modules.get(name)
        if loads and (module is None or module.state != "live"):
            found = f"found it {module.state or 'without a state'}" if module else "found no such module"
            yield f"module {name} ({each.path}): expected it live, {found}"


def _play(account: Account, scenario: Scenario) -> Iterator[str]:
    """The typed lines and the named steps, in the order of the play."""
    wanted = [(scenario.shells[step.shell].terminal, step.type) for step in scenario.play if step.type and step.shell]
    typed = [(each.terminal, each.text) for each in account.typed]
    for number, (planned, line) in enumerate(zip_longest(wanted, typed), 1):
        if planned != line:
            expected = f"{planned[1]!r} at {planned[0]}" if planned else "no more"
            yield f"typed line {number}: expected {expected}, found {f'{line[1]!r} at {line[0]}' if line else 'none'}"
            break
    names = [name for name, _ in account.events]
    if names != list(scenario.named):
        yield f"named steps: expected {', '.join(scenario.named) or 'none'}, found {', '.join(names) or 'none'}"


def _details(lines: Iterable[str], pids: set[int]) -> tuple[tuple[Mapping, ...], tuple[Variable, ...]]:
    """The mappings and variables of the planted processes."""
    said = accounts.said(lines, "the account of maps")
    mappings = tuple(
        Mapping(
            pid=row["pid"],
            start=row["start"],
            end=row["end"],
            perms=row["perms"],
            path=accounts.path(row["path"]),
            inode=row["inode"],
        )
        for row in said["map"]
        if row["pid"] in pids
    )
    return mappings, tuple(
        Variable(pid=row["pid"], key=key, value=value)
        for row in said["environment"]
        if row["pid"] in pids
        for key, sign, value in (each.partition("=") for each in accounts.text(row["text"]).split("\0"))
        if sign
    )
