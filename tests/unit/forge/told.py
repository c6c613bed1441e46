"""A small scenario, and what a machine on which it was played would tell; tests change the lines and read them."""

import json
from typing import Any

from training.forge.linux import witness
from training.forge.scenario import Scenario
from training.forge.truth import Truth

START = 1_773_144_390
"""When the machine was switched on: 2026-03-10T12:06:30Z."""

Said = list[dict[str, Any]]
END = {"kind": "end"}


def plan(**other: Any) -> Scenario:
    """The scenario, with other parts where they are given."""
    parts: dict[str, Any] = {
        "scenario": 2,
        "name": "told",
        "title": "Told",
        "seed": 1,
        "number": 0,
        "drawn": {"port": 8443, "start": "2026-03-10T12:06:30Z", "label": "kworker/3:7"},
        "machine": {
            "host": "ws",
            "memory": 128,
            "clock": "2026-03-10T12:06:30Z",
            "clock_offset": 134,
            "addresses": ["192.0.2.17/24", "203.0.113.66/32"],
        },
        "accounts": [
            {"name": "root", "uid": 0, "home": "/root", "shell": "/bin/bash"},
            {"name": "mira", "uid": 1001, "home": "/home/mira", "shell": "/bin/bash"},
            {"name": "backup", "uid": 34, "home": "/var/backups", "shell": "/bin/sh"},
        ],
        "shells": {
            "mira": {"terminal": "tty1", "log_in": "mira"},
            "nightly": {"terminal": "tty2", "log_in": "backup"},
            "responder": {"terminal": "tty3", "rescue": True},
            "empty": {"terminal": "tty4", "waiting": True},
            "first": {"terminal": "ssh1", "dial": "root", "from": "203.0.113.66"},
            "second": {"terminal": "ssh2", "dial": "mira", "from": "203.0.113.66"},
        },
        "modules": [{"path": "/lib/modules/extra/net-audit.ko", "source": "hide", "modified": "2026-03-01T10:00:00Z"}],
        "setup": ["insmod /lib/modules/extra/net-audit.ko"],
        "files": [
            {
                "path": "/home/mira/.bash_history",
                "modified": "2026-03-09T10:00:00Z",
                "lines": ["ls", "#1700000000", "date", "", "w", "id"],
                "first": 5,
            }
        ],
        "play": [
            {"pause": 2, "shell": "second", "dial": True},
            {"pause": 2, "shell": "first", "dial": True, "as": "came"},
            {"pause": 2, "shell": "first", "type": "./run &", "as": "start"},
            {"pause": 2, "shell": "mira", "type": "ls"},
            {"pause": 2, "shell": "responder", "enter": True},
            {"pause": 2, "shell": "responder", "type": "date", "as": "clock"},
            {"pause": 2, "freeze": True},
        ],
        "planted": {
            "actor": {"exe": "/memfd:quil"},
            "web": {"args": "httpd -f"},
            "workers": {"parent": "web", "many": True},
        },
        "of_interest": ["/srv/a", "/srv/gone"],
        "record": {
            "case": "17",
            "exhibit": "E1",
            "firm": "A firm",
            "zone": "UTC+01:00",
            "consent": "The owner's.",
            "people": {"Ada": "owner"},
            "stage_hand": "range-peer is no evidence.",
        },
    }
    return Scenario.model_validate(parts | other)


def process(pid: int, ppid: int, comm: str, **other: Any) -> dict[str, Any]:
    """What the collector says of a process."""
    spaces = {"mnt": 40, "net": 41, "pid": 42, "uts": 43}
    row = {"kind": "process", "pid": pid, "ppid": ppid, "terminal": 0, "state": "S", "ticks": 100 * pid}
    row |= {"kthread": False, "uid": 0, "gid": 0, "tracer": 0, "comm": comm, "inner": [], "args": f"{comm}\0"}
    return row | {"exe": f"/usr/bin/{comm}", "root": "/", "cwd": "/", "namespaces": spaces, "threads": []} | other


def socket(inode: int, local: str, remote: str, state: int, **other: Any) -> dict[str, Any]:
    """What it says of a socket."""
    ends = {"local": local, "remote": remote, "state": state}
    return {"kind": "socket", "protocol": "tcp", "inode": inode, "netns": 41} | ends | other


def holds(pid: int, inode: int, fd: int = 3) -> dict[str, Any]:
    """What it says of a process that holds a socket."""
    return opened(pid, fd, f"socket:[{inode}]", type="sock", inode=inode)


def opened(pid: int, fd: int, path: str, **other: Any) -> dict[str, Any]:
    """What it says of an open file."""
    row = {"kind": "open", "pid": pid, "fd": fd, "path": path, "deleted": False, "type": "reg", "inode": 9, "size": 5}
    return row | other


def file(path: str, **other: Any) -> dict[str, Any]:
    """What it says of a file of interest."""
    times = dict.fromkeys(("modified", "changed", "accessed"), START)
    content = {"size": 8, "inode": 77, "lines": 2, "entries": 2, "sha256": "ab" * 32}
    return {"kind": "file", "path": path, "present": True} | times | content | other


def said() -> Said:
    """The account."""
    mine, theirs, ssh = "110200C0:D0A3", "427100CB:20FB", "110200C0:0016"
    return [
        {"kind": "machine", "node": "ws", "release": "6", "version": "#1",
         "now": START + 60.5, "uptime": 60.5, "hertz": 100},
        *(_typed(terminal, text, second)
          for terminal, text, second in (("ssh1", "./run &", 25), ("tty1", "ls", 30), ("tty3", "date", 40))),
        *({"kind": "event", "name": name, "seconds": START + second}
          for name, second in (("came", 20.25), ("start", 25.5), ("clock", 40.5))),
        process(1, 0, "init"),
        process(2, 0, "kthreadd", exe="", args="", kthread=True),
        process(3, 2, "kworker/0:1H-events_highpri", exe="", args="", kthread=True, state="I"),
        process(4, 2, "rcu_tasks_trace_kthread", exe="", args="", kthread=True, state="I"),
        process(10, 1, "login", terminal=4 << 8 | 1),
        process(11, 10, "bash", terminal=4 << 8 | 1, uid=1001, gid=1001),
        process(12, 11, "bash", terminal=4 << 8 | 1, uid=1001),
        process(13, 1, "sh", terminal=4 << 8 | 2, uid=34),
        process(14, 1, "sh", terminal=4 << 8 | 3),
        process(16, 1, "httpd", args="httpd\0-f\0"),
        process(17, 16, "httpd", args="httpd\0-f\0worker\0"),
        process(18, 16, "httpd", args="httpd\0-f\0worker\0", inner=[4, 1], tracer=16, threads=[190, 189]),
        process(20, 1, "dropbear"),
        process(21, 20, "dropbear", uid=1001),
        process(22, 21, "bash", uid=1001),
        process(23, 20, "dropbear"),
        process(24, 23, "bash"),
        process(25, 24, "kworker/3:7", exe="/memfd:quil (deleted)", args="[kworker/3:7]\0"),
        process(26, 1, "range-peer", args="M\u00c3\u00bcller\0two words\0"),
        process(27, 26, "range-peer"),
        process(28, 1, "rotate", state="Z", exe="", args="", root="", cwd="",
                namespaces=dict.fromkeys(("mnt", "net", "pid", "uts"), 0)),
        socket(7, mine, theirs, 1),
        socket(8, theirs, mine, 1),
        socket(9, ssh, "427100CB:9000", 1),
        socket(10, ssh, "427100CB:9001", 1),
        socket(0, "110200C0:0050", "427100CB:9009", 6),
        socket(11, "B80D0120000000000000000001000000:0035", "0" * 32 + ":0000", 7, protocol="udp6"),
        socket(12, "0000000000000000FFFF0000110200C0:0050", "0" * 32 + ":0000", 10, protocol="tcp6"),
        holds(25, 7), holds(26, 8), holds(27, 8), holds(21, 9), holds(23, 10), holds(17, 12), holds(16, 12),
        opened(25, 4, "/srv/log", deleted=True),
        {"kind": "address", "interface": "lo", "address": "192.0.2.17", "prefix": 24},
        {"kind": "address", "interface": "lo", "address": "203.0.113.66", "prefix": 32},
        {"kind": "mount", "namespace": 40,
         "line": "36 1 0:30 / /mnt/a\\040b rw,nosuid shared:7 master:2 - tmpfs tickets rw,size=1024k"},
        {"kind": "listed", "name": "gauge", "size": 12288, "state": "Live", "taint": "OE"},
        {"kind": "sysfs", "name": "gauge", "size": 12288, "state": "live", "taint": "OE"},
        {"kind": "sysfs", "name": "net_audit", "size": 8192, "state": "live", "taint": "OE"},
        {"kind": "kernel", "microseconds": 9_250_000, "text": "net_audit: loading out-of-tree module"},
        {"kind": "kernel", "microseconds": 9_300_000, "text": "gauges are no gauge_s"},
        file("/srv/a"),
        {"kind": "file", "path": "/srv/gone", "present": False},
        END,
    ]  # fmt: skip


def maps() -> Said:
    """What it tells of the planted processes, and of one that is none."""
    row = {"kind": "map", "start": 4096, "end": 8192, "perms": "r-xp", "inode": 5, "path": "/memfd:quil (deleted)"}
    return [
        *(row | {"pid": pid} for pid in (16, 17, 18, 25, 1)),
        {"kind": "environment", "pid": 25, "text": "HOME=/root\0A=b=c\0broken\0"},
        END,
    ]


def collected(
    first: Said | None = None, details: Said | None = None, second: Said | None = None, **other: Any
) -> Truth:
    """The truth of these accounts; the second is the first where none is given."""
    told = first or said()
    before, details_lines, after = (map(json.dumps, each) for each in (told, details or maps(), second or told))
    return witness.collect(before, details_lines, after, plan(**other))


def changed(pid: int | None = None, *, at: Said | None = None, **other: Any) -> Said:
    """The account with other values of one process."""
    return [each | other if each["kind"] == "process" and each["pid"] == pid else each for each in at or said()]


def without(at: Said | None = None, **values: Any) -> Said:
    """The account without the lines that have these values."""
    return [each for each in at or said() if any(each.get(key) != value for key, value in values.items())]


def _typed(terminal: str, text: str, second: int) -> dict[str, Any]:
    return {"kind": "typed", "terminal": terminal, "text": text, "seconds": START + second}
