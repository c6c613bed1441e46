"""Which processes the scenario means by its planted names, and what the truth says of each of them."""

from collections.abc import Mapping

from training.forge.linux.witness.account import Account
from training.forge.scenario import Scenario, Selector
from training.forge.truth import Connection, Planted, Process, Socket
from training.grading.values.network import endpoint

SHELLS = ("bash", "sh", "ash")
GONE = " (deleted)"
NEAREST = 3
"""So many processes are named where none fits."""

Found = Mapping[str, tuple[Process, ...]]


def find(account: Account, scenario: Scenario) -> dict[str, tuple[Process, ...]]:
    """The processes that fit each planted name, however many they are; parents are looked for before children."""
    found: dict[str, tuple[Process, ...]] = {}
    waiting = dict(scenario.planted)
    while ready := [name for name, each in waiting.items() if each.parent is None or each.parent in found]:
        for name in ready:
            selector = waiting.pop(name)
            all_of = account.processes.values()
            found[name] = tuple(each for each in all_of if all(_parts(selector, each, found).values()))
    return found | dict.fromkeys(waiting, ())


def _parts(selector: Selector, process: Process, found: Found) -> dict[str, bool]:
    """Which of the parts that a selector gives hold of a process."""
    parents = {each.pid for each in found.get(selector.parent or "", ())}
    holds = {
        "exe": selector.exe in (process.exe, process.exe.removesuffix(GONE)),
        "comm": selector.comm == process.comm,
        "args": selector.args == " ".join(process.args),
        "parent": process.ppid in parents,
        "uid": selector.uid == process.uid,
    }
    return {part: holds[part] for part in holds if getattr(selector, part) is not None}


def complaints(account: Account, scenario: Scenario, found: Found) -> list[str]:
    """What is wrong with the number of processes that fit."""
    return [
        _complaint(account, name, selector, found)
        for name, selector in scenario.planted.items()
        if not (found[name] if selector.many else len(found[name]) == 1)
    ]


def _complaint(account: Account, name: str, selector: Selector, found: Found) -> str:
    given = selector.model_dump(exclude_none=True, exclude={"many"})
    wanted = " and ".join(f"{part} {value}" for part, value in given.items())
    expected = f"planted {name}: expected {'one process or more' if selector.many else 'one process'} with {wanted}"
    if several := found[name]:
        return f"{expected}; found {len(several)}: {'; '.join(map(shown, several))}"
    names = {_base(each or "") for each in (selector.exe, selector.comm, selector.args)} - {""}
    near = [each for each in account.processes.values() if names & {each.comm, _base(each.exe), _base(*each.args[:1])}]
    return f"{expected}; found none" + (f"; nearest: {'; '.join(map(shown, near[:NEAREST]))}" if near else "")


def _base(line: str = "") -> str:
    """The name of the program in a path or a command line."""
    return line.split(" ", maxsplit=1)[0].rpartition("/")[2]


def shown(process: Process) -> str:
    """A process in a message."""
    words = f", args {' '.join(process.args)}" if process.args else ""
    file = f", exe {process.exe}" if process.exe else ""
    return f"PID {process.pid} (comm {process.comm}{file}{words}, parent {process.ppid}, uid {process.uid})"[:400]


def planted(account: Account, process: Process) -> Planted:
    """All that the truth says of a planted process."""
    ancestors = tuple(account.ancestors(process.pid))
    return Planted(
        **dict(process),
        line=" ".join(process.args),
        ancestors=tuple(each.pid for each in ancestors),
        connections=tuple(_connection(each, account.sockets) for each in _connected(account, process.pid)),
        shell=next((each.pid for each in ancestors if each.comm in SHELLS), 0),
    )


def _connected(account: Account, pid: int) -> list[Socket]:
    held = [each for each in account.sockets if pid in each.pids and each.remote_port]
    return sorted(held, key=lambda each: (each.protocol, each.local_port, each.remote_port))


def _connection(own: Socket, sockets: tuple[Socket, ...]) -> Connection:
    ends = [
        each
        for each in sockets
        if each.netns == own.netns
        and each.protocol[:3] == own.protocol[:3]
        and (each.local_address, each.local_port) == (own.remote_address, own.remote_port)
        and (each.remote_address, each.remote_port) == (own.local_address, own.local_port)
    ]
    return Connection(
        local=endpoint(own.local_address, own.local_port),
        remote=endpoint(own.remote_address, own.remote_port),
        state=own.state,
        protocol=own.protocol,
        peer=min((pid for each in ends for pid in each.pids), default=0),
    )
