import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from training.forge import scenario
from training.forge.linux import witness
from training.forge.linux.witness import NotAsPlanned

PLAN = scenario.load(Path(__file__).parents[4] / "labs" / "finance-workstation" / "scenario.yaml")
START = 1_773_144_390
Said = list[dict[str, Any]]


def process(pid: int, ppid: int, comm: str, **other: Any) -> dict[str, Any]:
    row = {"kind": "process", "pid": pid, "ppid": ppid, "session": pid, "terminal": 0, "uid": 0, "state": "S"}
    return row | {"ticks": 100 * pid, "comm": comm, "exe": f"/usr/bin/{comm}", "args": f"{comm}\0"} | other


def said() -> Said:
    """What a machine would say on which the scenario was played."""
    lines: Said = [
        {"kind": "machine", "node": "ws", "release": "6", "version": "#1",
         "now": START + 60.5, "uptime": 60.5, "hertz": 100},
        process(1, 0, "init"),
        process(2, 0, "kthreadd", exe="", args=""),
        process(10, 1, "login", terminal=4 << 8 | 1),
        process(11, 10, "bash", terminal=4 << 8 | 1, uid=1001),
        process(12, 11, "bash", terminal=4 << 8 | 1, uid=1001),
        process(13, 1, "bash", terminal=4 << 8 | 2, uid=1002),
        process(14, 1, "sh", terminal=4 << 8 | 3, uid=34),
        process(15, 1, "sh", terminal=4 << 8 | 4),
        process(20, 1, "dropbear"),
        process(21, 20, "bash"),
        process(22, 21, "kworker/3:7", exe="/memfd:quil (deleted)", args="[kworker/3:7]\0"),
        process(23, 1, "range-peer", args="M\u00c3\u00bcller\0two words\0"),
        process(24, 1, "rotate", state="Z", exe="", args=""),
        {"kind": "socket", "protocol": "tcp", "state": 1, "inode": 7,
         "local": "110200C0:D0A3", "remote": "427100CB:20FB"},
        {"kind": "socket", "protocol": "tcp", "state": 1, "inode": 8,
         "local": "427100CB:20FB", "remote": "110200C0:D0A3"},
        {"kind": "socket", "protocol": "udp6", "local": "B80D0120000000000000000001000000:0035",
         "remote": "00000000000000000000000000000000:0000", "state": 7, "inode": 0},
        {"kind": "holds", "pid": 22, "inode": 7},
        {"kind": "holds", "pid": 23, "inode": 8},
        {"kind": "holds", "pid": 24, "inode": 8},
        {"kind": "file", "path": "/home/mira/.bash_history", "size": 154, "modified": START - 9, "lines": 7},
        {"kind": "end"},
    ]  # fmt: skip
    for number, step in enumerate(PLAN.play):
        if step.shell and step.type:
            terminal = PLAN.shells[step.shell].terminal
            lines.append({"kind": "typed", "terminal": terminal, "text": step.type, "seconds": START + number})
    return lines


def collected(lines: Said) -> Any:
    return witness.collect(map(json.dumps, lines), PLAN)


def test_the_account_is_put_together() -> None:
    truth = collected(said())
    assert truth.booted == datetime.fromtimestamp(START, UTC)
    assert truth.process(22).started == datetime.fromtimestamp(START + 22, UTC)
    assert truth.process(23).args == ("Müller", "two words")
    assert truth.process(2).args == ()
    assert (truth.zombies, truth.stage_hands) == ((24,), (23,))
    assert truth.clock_offset == 134


def test_the_planted_process_and_both_its_ends_are_found() -> None:
    actor = collected(said()).actor
    assert (actor.pid, actor.ppid, actor.shell, actor.peer) == (22, 21, 21, 23)
    assert actor.ancestors == (21, 20, 1)
    assert (actor.local, actor.remote) == ("192.0.2.17:53411", "203.0.113.66:8443")
    assert actor.args == "[kworker/3:7]"


def test_sockets_of_both_families_are_read() -> None:
    sockets = collected(said()).sockets
    assert [each.state for each in sockets] == ["ESTABLISHED", "ESTABLISHED", "UNCONNECTED"]
    assert (sockets[2].local_address, sockets[2].local_port, sockets[2].pid) == ("2001:db8::1", 53, None)


def test_shells_are_told_apart() -> None:
    truth = collected(said())
    assert {each.name: each.pid for each in truth.shells} == {
        "mira": 11, "jonas": 13, "nightly": 14, "responder": 15, "intruder": 21,
    }  # fmt: skip
    assert truth.shell("mira").old_lines == 7
    assert [each.text for each in truth.shell("responder").typed] == ["date", "ps", "netstat -tn", "mount"]
    assert truth.bash_with_history == (11, 21)
    assert truth.bash_without == (12, 13)
    assert truth.other_shells == (14, 15)
    assert truth.commands["archive"].text.startswith("tar ")


@pytest.mark.parametrize(
    ("pid", "other", "complaint"),
    [
        (22, {"exe": "/usr/bin/other"}, "0 of this, expected one: process that runs /memfd:quil"),
        (23, {"exe": "/memfd:quil (deleted)"}, "2 of this"),
        (14, {"comm": "kworker/3:7"}, "another process is called kworker/3:7"),
        (13, {"comm": "zsh"}, "expected one: shell of jonas"),
    ],
)
def test_what_does_not_add_up_is_an_error(pid: int, other: dict[str, Any], complaint: str) -> None:
    lines = [each | other if each.get("pid") == pid and each["kind"] == "process" else each for each in said()]
    if pid == 14:
        lines.append(process(16, 1, "sh", terminal=4 << 8 | 3))
    with pytest.raises(NotAsPlanned, match=complaint):
        collected(lines)


@pytest.mark.parametrize(
    ("kind", "field", "value", "complaint"),
    [
        ("socket", "inode", 7, "connection of the planted process"),
        ("socket", "inode", 8, "other end of the planted connection"),
        ("typed", "text", PLAN.drawn.fetch, "typed line fetch"),
        ("machine", "node", "ws", "account of the machine"),
    ],
)
def test_what_is_missing_is_an_error(kind: str, field: str, value: Any, complaint: str) -> None:
    lines = [each for each in said() if not (each["kind"] == kind and each.get(field) == value)]
    with pytest.raises(NotAsPlanned, match=complaint):
        collected(lines)


def test_an_other_end_that_nobody_holds_is_an_error() -> None:
    lines = [each for each in said() if not (each["kind"] == "holds" and each["inode"] == 8)]
    with pytest.raises(NotAsPlanned, match="no process holds the other end"):
        collected(lines)
