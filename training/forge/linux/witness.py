"""From what the guest wrote down to the truth.

The guest's collector (``guest/collect.c``) sends one JSON object a line; here they are put together: which process
holds which socket, which shell sat at which terminal, which process is the planted one. Anything that doesn't add up
is an error.
"""

import ipaddress
import json
import struct
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from training.errors import DomainError
from training.forge.scenario import Scenario
from training.forge.scenario import Shell as Place
from training.forge.truth import Actor, Drawn, InterestingFile, Process, Shell, Socket, Truth, Typed

Raw = dict[str, Any]
TCP_STATES = {
    1: "ESTABLISHED",
    2: "SYN_SENT",
    3: "SYN_RECV",
    4: "FIN_WAIT1",
    5: "FIN_WAIT2",
    6: "TIME_WAIT",
    7: "CLOSE",
    8: "CLOSE_WAIT",
    9: "LAST_ACK",
    10: "LISTEN",
    11: "CLOSING",
}
"""States of ``/proc/net/tcp`` (the kernel's ``include/net/tcp_states.h``)."""
SHELLS_WITH_HISTORY = "bash"
STAGE_HAND = "range-peer"


class NotAsPlanned(DomainError):
    """The machine isn't what the scenario planned; the message says what is missing."""


def collect(lines: Iterable[str], scenario: Scenario) -> Truth:
    """The truth of a machine.

    Args:
        lines: what the collector sent.
        scenario: what was played.

    Raises:
        NotAsPlanned: something that the scenario plants isn't there, or is there twice.
    """
    said: defaultdict[str, list[Raw]] = defaultdict(list)
    for line in lines:
        each = json.loads(line)
        said[each.pop("kind")].append(each)
    machine = _one(said["machine"], "account of the machine")
    now = datetime.fromtimestamp(float(machine["now"]), UTC)
    booted = now - timedelta(seconds=float(machine["uptime"]))
    processes = tuple(
        sorted((_process(each, booted, machine["hertz"]) for each in said["process"]), key=lambda each: each.pid)
    )
    sockets = tuple(_sockets(said["socket"], said["holds"]))
    files = tuple(_file(each) for each in said["file"])
    shells = tuple(_shells(scenario, said["process"], said["typed"], files))
    history = {each.pid for each in shells if each.comm == SHELLS_WITH_HISTORY and (each.typed or each.old_lines)}
    all_bash = {each.pid for each in processes if each.comm == SHELLS_WITH_HISTORY}
    return Truth(
        host=machine["node"],
        release=machine["release"],
        version=machine["version"],
        booted=booted,
        frozen=now,
        clock_offset=scenario.machine.clock_offset,
        processes=processes,
        sockets=sockets,
        shells=shells,
        files=files,
        scenario=Drawn.model_validate(scenario.drawn.model_dump()),
        actor=_actor(scenario, processes, sockets),
        commands=_commands(scenario, shells),
        bash_with_history=tuple(sorted(history)),
        bash_without=tuple(sorted(all_bash - history)),
        other_shells=tuple(each.pid for each in processes if each.comm == "sh"),
        zombies=tuple(each.pid for each in processes if each.state == "Z"),
        stage_hands=tuple(each.pid for each in processes if each.comm == STAGE_HAND),
    )


def _one(found: list[Any], what: str) -> Any:
    if len(found) != 1:
        raise NotAsPlanned(f"the machine has {len(found)} of this, expected one: {what}")
    return found[0]


def _text(value: str) -> str:
    """The collector writes bytes: one character each. They are UTF-8 where they can be."""
    return value.encode("latin-1").decode("utf-8", "replace")


def _process(each: Raw, booted: datetime, hertz: int) -> Process:
    return Process(
        pid=each["pid"],
        ppid=each["ppid"],
        comm=_text(each["comm"]),
        exe=_text(each["exe"]),
        args=tuple(_text(each["args"]).rstrip("\0").split("\0")) if each["args"] else (),
        uid=each["uid"],
        state=each["state"],
        started=booted + timedelta(seconds=each["ticks"] / hertz),
    )


def _sockets(rows: list[Raw], holds: list[Raw]) -> Iterable[Socket]:
    holders: dict[int, int] = {}
    for each in sorted(holds, key=lambda hold: -hold["pid"]):  # a socket inherited by a child belongs to the elder
        holders[each["inode"]] = each["pid"]
    for each in rows:
        local, remote = _end(each["local"]), _end(each["remote"])
        state = TCP_STATES.get(each["state"], "UNKNOWN") if each["protocol"].startswith("tcp") else "UNCONNECTED"
        yield Socket(
            protocol=each["protocol"],
            local_address=local[0],
            local_port=local[1],
            remote_address=remote[0],
            remote_port=remote[1],
            state=state,
            pid=holders.get(each["inode"]),
        )


def _end(text: str) -> tuple[str, int]:
    """An end as ``/proc/net`` writes it: the address in words of four bytes in the machine's own order, and the
    port.
    """
    words, port = text.split(":")
    raw = b"".join(struct.pack("<I", int(words[at : at + 8], 16)) for at in range(0, len(words), 8))
    return str(ipaddress.ip_address(raw)), int(port, 16)


def _file(each: Raw) -> InterestingFile:
    modified = datetime.fromtimestamp(each["modified"], UTC)
    return InterestingFile(path=_text(each["path"]), size=each["size"], modified=modified, lines=each["lines"])


def _shells(
    scenario: Scenario, processes: list[Raw], typed: list[Raw], files: tuple[InterestingFile, ...]
) -> Iterable[Shell]:
    lines = {each.path: each.lines for each in files}
    for name, place in scenario.shells.items():
        if place.waiting:
            continue
        shell = _one([each for each in processes if _sits_at(each, place, processes)], f"shell of {name}")
        home = scenario.account(place.log_in or place.dial or "root").home
        yield Shell(
            name=name,
            pid=shell["pid"],
            uid=shell["uid"],
            comm=shell["comm"],
            old_lines=lines.get(f"{home}/.bash_history", 0) if shell["comm"] == SHELLS_WITH_HISTORY else 0,
            typed=tuple(
                Typed(text=_text(t["text"]), seconds=t["seconds"]) for t in typed if t["terminal"] == place.terminal
            ),
        )


def _sits_at(process: Raw, place: Place, processes: list[Raw]) -> bool:
    """Whether a process is the shell of a place: of a virtual terminal by its number, of a dialled one by its
    parent.
    """
    if process["comm"] not in (SHELLS_WITH_HISTORY, "sh"):
        return False
    parent = next((each for each in processes if each["pid"] == process["ppid"]), None)
    if place.dial:
        return parent is not None and parent["comm"] == "dropbear"
    on_terminal = process["terminal"] == (4 << 8 | int(place.terminal.removeprefix("tty")))
    return bool(on_terminal and (parent is None or parent["comm"] not in (SHELLS_WITH_HISTORY, "sh")))


def _actor(scenario: Scenario, processes: tuple[Process, ...], sockets: tuple[Socket, ...]) -> Actor:
    exe = f"/memfd:{scenario.drawn.memfd} (deleted)"
    planted: Process = _one([each for each in processes if each.exe == exe], f"process that runs {exe}")
    if any(each.comm == scenario.drawn.label for each in processes if each.pid != planted.pid):
        raise NotAsPlanned(f"another process is called {scenario.drawn.label}: draw another label")
    held = [each for each in sockets if each.pid == planted.pid and each.state == "ESTABLISHED"]
    own: Socket = _one(held, "connection of the planted process")
    mirrored = (own.remote_address, own.remote_port, own.local_address, own.local_port)
    ends = [s for s in sockets if (s.local_address, s.local_port, s.remote_address, s.remote_port) == mirrored]
    peer: Socket = _one(ends, "other end of the planted connection")
    if peer.pid is None:
        raise NotAsPlanned("no process holds the other end of the planted connection")
    by_pid, ancestors = {each.pid: each for each in processes}, [planted.ppid]
    while by_pid[ancestors[-1]].ppid:
        ancestors.append(by_pid[ancestors[-1]].ppid)
    return Actor(
        pid=planted.pid,
        ppid=planted.ppid,
        exe=planted.exe,
        comm=planted.comm,
        args=" ".join(planted.args),
        started=planted.started,
        ancestors=tuple(ancestors),
        shell=next(pid for pid in ancestors if by_pid[pid].comm == SHELLS_WITH_HISTORY),
        peer=peer.pid,
        local=f"{own.local_address}:{own.local_port}",
        remote=f"{own.remote_address}:{own.remote_port}",
    )


def _commands(scenario: Scenario, shells: tuple[Shell, ...]) -> dict[str, Typed]:
    by_name = {each.name: each for each in shells}
    commands: dict[str, Typed] = {}
    for step in scenario.play:
        if step.as_ and step.shell:
            lines = [each for each in by_name[step.shell].typed if each.text == step.type]
            commands[step.as_] = _one(lines, f"typed line {step.as_}")
    return commands
