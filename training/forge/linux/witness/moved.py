"""What differs between two accounts of one machine, of which the second was written when the first was done.

The accounts come after the memory was saved, so what moves between them may have moved since. Running times and times
of access are left aside, and so is the stage hand, which does the writing.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from training.forge.linux.witness.account import Account
from training.forge.linux.witness.planted import Found
from training.forge.scenario import Module as PlannedModule
from training.forge.scenario import Scenario
from training.forge.truth import OpenFile, Process, Socket
from training.grading.values.network import endpoint

STAGE_HAND = "range-peer"
RUNNING = "RSDI"
"""States between which a process changes all the time: running, waiting, waiting for a device, idle."""

_PROCESS = ("ppid", "comm", "exe", "args", "uid", "gid", "threads", "inner", "tracer", "namespaces", "root", "cwd")
_FILE = ("present", "size", "modified", "changed", "lines", "sha256", "inode")
_MODULE = ("state", "listed", "in_sysfs", "taint", "size")

Said = Iterator[tuple[str, bool]]
"""Sentences, each with whether it is about something that the scenario planted."""


def moved(first: Account, second: Account, scenario: Scenario, found: Found) -> Said:
    """What moved, in sentences. Files of interest count as planted: answers are made of what is in them."""
    planted = {each.pid for several in found.values() for each in several}
    yield from _processes(first, second, planted)
    yield from _sockets(first, second, planted)
    yield from _open_files(first, second, planted)
    modules = {module_name(each) for each in scenario.modules}
    for name, sentence in _differences(first.modules, second.modules, _MODULE):
        yield f"module {name}: {sentence}", name in modules
    for path, sentence in _differences(first.files, second.files, _FILE):
        yield f"file {path}: {sentence}", True


def module_name(module: PlannedModule) -> str:
    """The name under which the kernel knows a module of the scenario."""
    return module.with_.get("NAME") or module.path.rpartition("/")[2].removesuffix(".ko").replace("-", "_")


def stage_hands(account: Account) -> frozenset[int]:
    """PIDs of the stage hand and of the sessions that it dialled."""
    return frozenset(each.pid for each in account.processes.values() if each.comm == STAGE_HAND)


def _differences(
    before: Mapping[Any, Any], after: Mapping[Any, Any], fields: Iterable[str]
) -> Iterator[tuple[Any, str]]:
    for name in sorted({*before, *after}):
        if name not in after:
            yield name, "is gone"
        elif name not in before:
            yield name, "is new"
        else:
            was, became = before[name], after[name]
            for field in fields:
                if (old := getattr(was, field)) != (new := getattr(became, field)):
                    yield name, f"{field} was {_plain(old)} and became {_plain(new)}"


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return str(value) if value not in ("", None) else "nothing"


def _processes(first: Account, second: Account, planted: set[int]) -> Said:
    before, after = (
        {pid: each for pid, each in account.processes.items() if pid not in stage_hands(account)}
        for account in (first, second)
    )
    for pid, sentence in _differences(before, after, _PROCESS):
        known = before.get(pid) or after[pid]
        yield f"process {pid} ({known.comm}): {sentence}", pid in planted
    for pid in sorted(before.keys() & after.keys()):
        was, became = before[pid], after[pid]
        if _state(was) != _state(became):
            yield f"process {pid} ({was.comm}): state was {was.state} and became {became.state}", pid in planted


def _state(process: Process) -> str:
    return RUNNING[0] if process.state in RUNNING else process.state


def _sockets(first: Account, second: Account, planted: set[int]) -> Said:
    before, after = (_others(account) for account in (first, second))
    for each in sorted(before.keys() ^ after.keys()):
        socket = before.get(each) or after[each]
        local = endpoint(socket.local_address, socket.local_port)
        remote = endpoint(socket.remote_address, socket.remote_port)
        how = "is gone" if each in before else "is new"
        yield f"socket {socket.protocol} {local} to {remote} ({socket.state}): {how}", bool(planted & {*socket.pids})


def _others(account: Account) -> dict[tuple[object, ...], Socket]:
    """Sockets that are not the stage hand's alone, by all that is said of them."""
    hands = stage_hands(account)
    return {
        tuple(str(value) for _, value in each): each
        for each in account.sockets
        if not each.pids or not hands.issuperset(each.pids)
    }


def _open_files(first: Account, second: Account, planted: set[int]) -> Said:
    before, after = (
        {(each.pid, each.fd): each for each in account.open_files if each.pid in planted} for account in (first, second)
    )
    for (pid, fd), sentence in _differences(before, after, ("path", "deleted", "kind", "inode")):
        known: OpenFile = before.get((pid, fd)) or after[pid, fd]
        yield f"open file {fd} of process {pid} ({known.path}): {sentence}", True
