"""One account of the machine: the collector's lines read and put in order, before anything is expected of them."""

import json
import re
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from training.errors import DomainError
from training.forge.truth import (
    Address,
    Ended,
    Happened,
    InterestingFile,
    KernelLine,
    Lived,
    Module,
    Mount,
    Namespaces,
    OpenFile,
    Process,
    Socket,
    Started,
)
from training.grading.values.network import address as canonical

Raw = dict[str, Any]
END = {"kind": "end"}
LONGEST = 4096
"""Characters of a path that are kept."""

COMM = 15
"""Characters of a process's short name (the kernel's TASK_COMM_LEN without its end)."""

TCP_STATES = (
    "",
    "ESTABLISHED",
    "SYN_SENT",
    "SYN_RECV",
    "FIN_WAIT1",
    "FIN_WAIT2",
    "TIME_WAIT",
    "CLOSE",
    "CLOSE_WAIT",
    "LAST_ACK",
    "LISTEN",
    "CLOSING",
    "SYN_RECV",
)
"""States of ``/proc/net/tcp`` by number (the kernel's ``include/net/tcp_states.h``; 12 is a request not yet taken)."""

_ESTABLISHED = 1
_SIGNAL = 0x7F
"""Bits of a process's status (wait(2)) that name the signal which ended it."""
_LOADED = {"Live": "live", "Loading": "coming", "Unloading": "going"}
_WORKER = re.compile(r"kworker/(?:u?[0-9]+:[0-9]+H?)")
_ESCAPED = re.compile(r"\\([0-7]{3})")


class NotAsPlanned(DomainError):
    """The machine isn't what the scenario planned; `complaints` say of each thing what was expected and found."""

    def __init__(self, complaints: list[str]) -> None:
        super().__init__("\n".join(complaints))
        self.complaints = complaints


@dataclass(frozen=True, slots=True)
class Typed:
    """A line that the stage hand typed at a terminal, with the second of its Enter."""

    terminal: str
    text: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Account:
    """What the machine said of itself at one moment.

    ``terminals`` are the device numbers of processes' terminals; ``entries`` the lines of files of interest as bash
    counts them in a history (ended, neither empty nor a time stamp), by path.
    """

    host: str
    release: str
    kernel: str
    now: datetime
    booted: datetime
    processes: Mapping[int, Process]
    terminals: Mapping[int, int]
    sockets: tuple[Socket, ...]
    modules: Mapping[str, Module]
    open_files: tuple[OpenFile, ...]
    mounts: tuple[Mount, ...]
    files: Mapping[str, InterestingFile]
    entries: Mapping[str, int]
    addresses: tuple[Address, ...]
    typed: tuple[Typed, ...]
    events: tuple[tuple[str, float], ...]
    kernel_log: tuple[KernelLine, ...]
    live: Lived | None = None

    def ancestors(self, pid: int) -> Iterator[Process]:
        """Parents of a process, the nearest first."""
        seen = {pid}
        while (parent := self.processes.get(self.processes[pid].ppid)) and parent.pid not in seen:
            yield parent
            pid = parent.pid
            seen.add(pid)


def said(lines: Iterable[str], what: str) -> dict[str, list[Raw]]:
    """The objects of an account by kind. Raises `NotAsPlanned` where a line is none, or the last is not the end."""
    found: defaultdict[str, list[Raw]] = defaultdict(list)
    last: Raw = {}
    for number, line in enumerate(lines, 1):
        last = _object(line)
        if not isinstance(last.get("kind"), str):
            raise NotAsPlanned([f"{what}, line {number}: expected a JSON object with a kind, found {line[:200]!r}"])
        found[last["kind"]].append(last)
    if last != END:
        raise NotAsPlanned([f"{what}: expected the end as its last line, found {json.dumps(last)[:200]}"])
    return found


def _object(line: str) -> Raw:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


@contextmanager
def as_collected(what: str) -> Iterator[None]:
    """Raise `NotAsPlanned` where fields of an account are missing or not what the collector writes."""
    try:
        yield
    except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, struct.error) as error:
        fault = f"{type(error).__name__}: {error}"[:300]
        raise NotAsPlanned([f"{what}: expected the fields that the collector writes, found {fault}"]) from error


def read(lines: Iterable[str], what: str = "the account") -> Account:
    """Read an account. Raises `NotAsPlanned` where it isn't whole; `what` names it there."""
    with as_collected(what):
        return _account(said(lines, what), what)


def _account(each: dict[str, list[Raw]], what: str) -> Account:
    if len(each["machine"]) != 1:
        raise NotAsPlanned([f"{what}: expected one line on the machine, found {len(each['machine'])}"])
    machine = each["machine"][0]
    now = _moment(machine["now"])
    booted = now - timedelta(seconds=float(machine["uptime"]))
    opened = tuple(_open_file(row) for row in each["open"])
    modules = _modules(each["listed"], each["sysfs"])
    return Account(
        host=text(machine["node"]),
        release=machine["release"],
        kernel=machine["version"],
        now=now,
        booted=booted,
        processes=_processes(each["process"], booted, machine["hertz"]),
        terminals={row["pid"]: row["terminal"] for row in each["process"]},
        sockets=tuple(_sockets(each["socket"], opened)),
        modules=modules,
        open_files=opened,
        mounts=tuple(_mount(row["namespace"], text(row["line"])) for row in each["mount"]),
        files={text(row["path"]): _file(row) for row in each["file"]},
        entries={text(row["path"]): row.get("entries", 0) for row in each["file"]},
        addresses=tuple(
            Address(interface=row["interface"], address=canonical(row["address"]), prefix=row["prefix"])
            for row in each["address"]
        ),
        typed=tuple(Typed(row["terminal"], text(row["text"]), row["seconds"]) for row in each["typed"]),
        events=tuple((row["name"], float(row["seconds"])) for row in each["event"]),
        kernel_log=tuple(_kernel_log(each["kernel"], modules)),
        live=_lived(each) if each["arrival"] else None,
    )


def _lived(each: dict[str, list[Raw]]) -> Lived:
    """What went on since arrival: processes of the console, others that ended, and events. Lines of the footprint may
    stand before the account, which says the same: each process stands here once.
    """
    arrival = float(each["arrival"][0]["seconds"])
    started, ended = ({(row["pid"], row.get("begin")): row for row in each[kind]} for kind in ("started", "ended"))
    return Lived(
        arrival=_moment(arrival),
        started=tuple(
            Started(
                pid=row["pid"],
                ppid=row["ppid"],
                uid=row["uid"],
                comm=text(row["comm"]),
                exe=path(row["exe"]),
                args=_words(row["args"]),
                started=_moment(row["begin"]),
                ended=_moment(row["end"]) if "end" in row else None,
            )
            for row in started.values()
        ),
        ended=tuple(
            Ended(pid=row["pid"], comm=text(row["comm"]), signal=row["status"] & _SIGNAL, ended=_moment(row["seconds"]))
            for row in ended.values()
        ),
        happened=tuple(
            Happened(name=row["name"], seconds=float(row["seconds"]))
            for row in each["event"]
            if float(row["seconds"]) >= arrival
        ),
    )


def text(value: str) -> str:
    """The collector writes bytes, one character each. They are UTF-8 where they can be."""
    return value.encode("latin-1").decode("utf-8", "replace")


def path(value: str) -> str:
    """A path, cut where it is beyond all measure."""
    return text(value)[:LONGEST]


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)


def _processes(rows: list[Raw], booted: datetime, hertz: int) -> dict[int, Process]:
    made = (_process(row, booted, hertz) for row in rows)
    return {each.pid: each for each in sorted(made, key=lambda each: each.pid)}


def _process(row: Raw, booted: datetime, hertz: int) -> Process:
    return Process(
        pid=row["pid"],
        ppid=row["ppid"],
        comm=_comm(text(row["comm"]), kthread=row["kthread"]),
        exe=path(row["exe"]),
        args=_words(row["args"]),
        uid=row["uid"],
        gid=row["gid"],
        state=row["state"],
        started=booted + timedelta(seconds=row["ticks"] / hertz),
        threads=tuple(sorted(row["threads"])),
        inner=tuple(row["inner"]),
        tracer=row["tracer"],
        namespaces=Namespaces.model_validate(row["namespaces"]),
        root=path(row["root"]),
        cwd=path(row["cwd"]),
        kthread=row["kthread"],
    )


def _words(line: str) -> tuple[str, ...]:
    """The words of a command line as the kernel has it, with a zero byte after each."""
    return tuple(text(line).rstrip("\0").split("\0")) if line else ()


def _comm(name: str, *, kthread: bool) -> str:
    """The name in the task structure. ``/proc`` adds to a worker's what it works on, and shows long names of kernel
    threads whole (the kernel's ``proc_task_name``).
    """
    worker = _WORKER.match(name) if kthread else None
    return (worker[0] if worker else name)[:COMM] if kthread else name


def _sockets(rows: list[Raw], opened: tuple[OpenFile, ...]) -> Iterator[Socket]:
    holders: defaultdict[int, set[int]] = defaultdict(set)
    for each in opened:
        if each.kind == "sock":
            holders[each.inode].add(each.pid)
    for row in rows:
        local, remote = _end(row["local"]), _end(row["remote"])
        yield Socket(
            protocol=row["protocol"],
            local_address=local[0],
            local_port=local[1],
            remote_address=remote[0],
            remote_port=remote[1],
            state=_state(row["protocol"], row["state"]),
            pids=tuple(sorted(holders.get(row["inode"], ()))) if row["inode"] else (),
            netns=row["netns"],
            inode=row["inode"],
        )


def _state(protocol: str, number: int) -> str:
    if protocol.startswith("udp"):
        return "ESTABLISHED" if number == _ESTABLISHED else "UNCONNECTED"
    return TCP_STATES[number] if 0 < number < len(TCP_STATES) else "UNKNOWN"


def _end(written: str) -> tuple[str, int]:
    """An end as ``/proc/net`` writes it: the address in words of four bytes in the machine's own order, and the
    port. An IPv4 address in an IPv6 socket is given as IPv4.
    """
    words, port = written.split(":")
    raw = b"".join(struct.pack("<I", int(words[at : at + 8], 16)) for at in range(0, len(words), 8))
    whole = ".".join(map(str, raw)) if len(raw) == 4 else ":".join(raw[at : at + 2].hex() for at in range(0, 16, 2))  # noqa: PLR2004 - bytes of an IPv4 address
    return canonical(whole), int(port, 16)


def _open_file(row: Raw) -> OpenFile:
    return OpenFile(
        pid=row["pid"],
        fd=row["fd"],
        path=path(row["path"]),
        deleted=row["deleted"],
        kind=row["type"],
        inode=row["inode"],
        size=row["size"],
    )


def _modules(listed: list[Raw], in_sysfs: list[Raw]) -> dict[str, Module]:
    """The modules of both places under their names."""
    list_rows, sysfs_rows = ({row["name"]: row for row in rows} for rows in (listed, in_sysfs))
    return {
        name: Module(
            name=name,
            state=sysfs_rows[name]["state"] if name in sysfs_rows else _LOADED.get(list_rows[name]["state"], ""),
            listed=name in list_rows,
            in_sysfs=name in sysfs_rows,
            taint=(sysfs_rows.get(name) or list_rows[name])["taint"],
            size=(list_rows.get(name) or sysfs_rows[name])["size"],
        )
        for name in sorted({*list_rows, *sysfs_rows})
    }


def _mount(namespace: int, line: str) -> Mount:
    """A line of ``/proc/PID/mountinfo`` (proc_pid_mountinfo(5)): a dash ends the optional fields."""
    fields = line.split(" ")
    kind = fields.index("-") + 1
    return Mount(
        namespace=namespace,
        point=_unescaped(fields[4])[:LONGEST],
        fstype=fields[kind],
        source=_unescaped(fields[kind + 1])[:LONGEST],
        options=fields[5],
        id=int(fields[0]),
    )


def _unescaped(field: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 8)), field)


def _file(row: Raw) -> InterestingFile:
    times = {name: _moment(row[name]) if row["present"] else None for name in ("modified", "changed", "accessed")}
    return InterestingFile(
        path=path(row["path"]),
        present=row["present"],
        size=row.get("size", 0),
        lines=row.get("lines", 0),
        sha256=row.get("sha256", ""),
        inode=row.get("inode", 0),
        **times,
    )


def _kernel_log(rows: list[Raw], modules: Mapping[str, Module]) -> Iterator[KernelLine]:
    """Lines in which the name of a module stands as a word of its own."""
    named = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in modules) or "(?!)")
    for row in rows:
        line = text(row["text"])
        if named.search(line):
            yield KernelLine(seconds=row["microseconds"] / 1_000_000, text=line)
