"""The places where somebody could type: which process sits there, and what it had in its history."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from training.forge.linux.witness.account import Account
from training.forge.linux.witness.account import Typed as Line
from training.forge.linux.witness.planted import SHELLS, shown
from training.forge.scenario import Scenario
from training.forge.scenario import Shell as Place
from training.forge.truth import Process, Shell, Typed

HISTORY = ".bash_history"
MOST_OLD_LINES = 500
"""Lines that bash keeps (HISTSIZE where nobody sets it)."""

_BYE = re.compile(r"\s*(exit|logout)\b")
_STAMP = re.compile(r"#[0-9]")
_VIRTUAL = 4
"""Major number of the virtual terminals."""


@dataclass(frozen=True, slots=True)
class _Visit:
    """What the play says of a place: the steps in which it was last dialled (-1: at the start of the machine), may
    have been left by a typed line, and was surely left.
    """

    name: str
    place: Place
    account: str
    began: int
    byes: tuple[int, ...]
    hung_up: bool


def shells(account: Account, scenario: Scenario, complaints: list[str]) -> Iterator[Shell]:
    """The shells of a scenario; `complaints` gets what does not add up."""
    lines = dict(zip(typed_steps(scenario), account.typed, strict=False))
    visits = [_visit(scenario, name) for name, place in scenario.shells.items() if not place.waiting]
    seats = {**_at_terminals(account, visits, complaints), **_dialled(account, visits, complaints)}
    for visit in visits:
        process = seats.get(visit.name)
        if process is None and not (visit.hung_up or visit.byes):
            complaints.append(f"shell {visit.name}: expected a shell at {visit.place.terminal}, found none")
        began = max(visit.began, *(n for n in visit.byes if _left(lines.get(n), process)), -1)
        who = scenario.account(visit.account)
        if process and process.uid != who.uid:
            complaints.append(f"shell {visit.name}: expected uid {who.uid} ({who.name}), found {shown(process)}")
        comm = process.comm if process else who.shell.rpartition("/")[2]
        yield Shell(
            name=visit.name,
            pid=process.pid if process else 0,
            uid=process.uid if process else who.uid,
            comm=comm,
            terminal=visit.place.terminal,
            old_lines=_old_lines(account, scenario, visit, began, complaints) if comm == "bash" else 0,
            typed=tuple(
                Typed(text=line.text, seconds=line.seconds)
                for number, line in lines.items()
                if number > (began if process else visit.began) and scenario.play[number].shell == visit.name
            ),
        )


def typed_steps(scenario: Scenario) -> list[int]:
    """Numbers of the steps in which a line is typed."""
    return [number for number, step in enumerate(scenario.play) if step.type]


def _visit(scenario: Scenario, name: str) -> _Visit:
    place = scenario.shells[name]
    own = [(number, step) for number, step in enumerate(scenario.play) if step.shell == name]
    began = max((number for number, step in own if step.dial), default=-1)
    byes = tuple(number for number, step in own if number > began and step.type and _BYE.match(step.type))
    hung_up = any(step.hang_up for number, step in own if number > began)
    return _Visit(name, place, place.log_in or place.dial or "root", began, byes, hung_up)


def _left(line: Line | None, process: Process | None) -> bool:
    """Whether a typed farewell ended the shell before this one; it may have ended a shell inside it only."""
    return bool(line and process and process.started > datetime.fromtimestamp(line.seconds, UTC))


def _at_terminals(account: Account, visits: list[_Visit], complaints: list[str]) -> dict[str, Process]:
    """The outermost shell of each virtual terminal, by the name of the place."""
    seats: dict[str, Process] = {}
    for visit in visits:
        if visit.place.dial:
            continue
        device = _VIRTUAL << 8 | int(visit.place.terminal.removeprefix("tty"))
        here = [each for each in _shells(account) if account.terminals[each.pid] == device]
        inside = {each.pid for each in here}
        outermost = [each for each in here if not inside & {above.pid for above in account.ancestors(each.pid)}]
        if len(outermost) > 1:
            found = "; ".join(map(shown, outermost))
            complaints.append(
                f"shell {visit.name}: expected one shell at {visit.place.terminal}, found {len(outermost)}: {found}"
            )
        elif outermost:
            seats[visit.name] = outermost[0]
    return seats


def _dialled(account: Account, visits: list[_Visit], complaints: list[str]) -> dict[str, Process]:
    """The shells of dialled sessions, by the name of the place: they begin in the order in which they are dialled."""
    living = sorted((v for v in visits if v.place.dial and not v.hung_up and v.began >= 0), key=lambda v: v.began)
    found = [each for each in _shells(account) if _comm(account, each.ppid) == "dropbear"]
    found.sort(key=lambda each: each.started)
    if len(found) != len(living):
        living = [visit for visit in living if not visit.byes]
    if len(found) != len(living):
        names = ", ".join(visit.name for visit in living) or "none"
        complaints.append(
            f"dialled sessions: expected {len(living)} ({names}), found {len(found)}: {'; '.join(map(shown, found))}"
        )
        return {}
    for visit, process in zip(living, found, strict=True):
        ends = {each.remote_address for each in account.sockets if process.ppid in each.pids}
        if visit.place.from_ not in ends:
            ends_shown = ", ".join(sorted(ends)) or "nowhere"
            complaints.append(f"shell {visit.name}: expected a session from {visit.place.from_}, found {ends_shown}")
    return {visit.name: process for visit, process in zip(living, found, strict=True)}


def _shells(account: Account) -> list[Process]:
    return [each for each in account.processes.values() if each.comm in SHELLS]


def _comm(account: Account, pid: int) -> str:
    return account.processes[pid].comm if pid in account.processes else ""


def _old_lines(account: Account, scenario: Scenario, visit: _Visit, began: int, complaints: list[str]) -> int:
    """Lines that a bash loaded from its history file when it began.

    They are those that the scenario laid there, unless another bash of that home had ended before and so written to
    the file; then the file is as it was found after the freeze, unless one ended later too.
    """
    path = f"{scenario.account(visit.account).home}/{HISTORY}"
    ends = _ends(scenario, visit.account)
    if not any(number <= began for number in ends):
        planned = [each.content.split("\n")[:-1] for each in scenario.files if each.path == path]
        return min(sum(bool(line) and not _STAMP.match(line) for lines in planned for line in lines), MOST_OLD_LINES)
    if any(number > began for number in ends):
        complaints.append(
            f"shell {visit.name}: a shell of {visit.account} ended before it began and one after it, so that nobody "
            f"knows how many lines of {path} it loaded; let one of them stay"
        )
    elif path not in account.entries:
        complaints.append(
            f"shell {visit.name}: a shell of {visit.account} ended before it began: name {path} in of_interest"
        )
    return min(account.entries.get(path, 0), MOST_OLD_LINES)


def _ends(scenario: Scenario, owner: str) -> list[int]:
    """Steps in which a shell of an account was left."""
    places = {name for name, each in scenario.shells.items() if owner in (each.log_in, each.dial)}
    return [
        number
        for number, step in enumerate(scenario.play)
        if step.shell in places and (step.hang_up or (step.type and _BYE.match(step.type)))
    ]
