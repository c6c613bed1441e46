"""What a machine tells, put together and compared with what was planned (test_collector asks real ones)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.forge.told import (
    END,
    START,
    changed,
    collected,
    file,
    holds,
    maps,
    opened,
    plan,
    process,
    said,
    socket,
    without,
)
from training.forge.linux import witness
from training.forge.linux.witness import NotAsPlanned

STEPS = plan().model_dump(mode="json")["play"]
HISTORY = "/home/mira/.bash_history"


def complaints(*told: Any, **other: Any) -> list[str]:
    with pytest.raises(NotAsPlanned) as caught:
        collected(*told, **other)
    assert str(caught.value) == "\n".join(caught.value.complaints)
    return caught.value.complaints


def test_the_account_is_put_together() -> None:
    truth = collected()
    assert truth.booted == datetime.fromtimestamp(START, UTC)
    assert truth.frozen == datetime.fromtimestamp(START + 60.5, UTC)
    assert truth.process(22).started == datetime.fromtimestamp(START + 22, UTC)
    assert truth.process(26).args == ("Müller", "two words")
    assert truth.process(2).args == ()
    assert (truth.zombies, truth.stage_hands) == ((28,), (26, 27))
    assert (truth.version, truth.host, truth.clock_offset) == (2, "ws", 134)
    assert truth.drawn == {"port": 8443, "start": datetime.fromtimestamp(START, UTC), "label": "kworker/3:7"}
    assert truth.events == {"came": START + 20.25, "start": START + 25.5, "clock": START + 40.5}
    assert {name: (each.text, each.seconds - START) for name, each in truth.commands.items()} == {
        "start": ("./run &", 25), "clock": ("date", 40),
    }  # fmt: skip


def test_kernel_threads_have_the_names_of_their_task_structures() -> None:
    truth = collected()
    assert [truth.process(pid).comm for pid in (3, 4, 25)] == ["kworker/0:1H", "rcu_tasks_trace", "kworker/3:7"]


def test_planted_processes_are_found_by_all_their_parts() -> None:
    truth = collected()
    actor, workers = truth.planted["actor"], truth.planted["workers"]
    assert not isinstance(actor, tuple)
    assert isinstance(workers, tuple)
    assert (actor.pid, actor.shell, actor.line, actor.ancestors) == (25, 24, "[kworker/3:7]", (24, 23, 20, 1))
    (connection,) = actor.connections
    assert (connection.local, connection.remote) == ("192.0.2.17:53411", "203.0.113.66:8443")
    assert (connection.peer, connection.state, connection.protocol) == (26, "ESTABLISHED", "tcp")
    assert [each.pid for each in workers] == [17, 18]
    assert (workers[1].inner, workers[1].tracer, workers[1].threads) == ((4, 1), 16, (189, 190))
    assert workers[0].connections == ()  # a listener is no connection
    assert witness.planted_pids(map(json.dumps, said()), plan()) == [16, 17, 18, 25]


def test_sockets_have_all_their_holders_and_canonical_addresses() -> None:
    sockets = {each.inode: each for each in collected().sockets}
    assert sockets[8].pids == (26, 27)
    assert (sockets[12].pids, sockets[12].local_address, sockets[12].protocol) == ((16, 17), "192.0.2.17", "tcp6")
    assert (sockets[11].local_address, sockets[11].local_port, sockets[11].state) == ("2001:db8::1", 53, "UNCONNECTED")
    assert (sockets[0].pids, sockets[0].state) == ((), "TIME_WAIT")


def test_an_other_end_in_another_network_is_no_other_end() -> None:
    told = [each | ({"netns": 99} if each.get("inode") == 8 and each["kind"] == "socket" else {}) for each in said()]
    actor = collected(told).planted["actor"]
    assert not isinstance(actor, tuple)
    assert actor.connections[0].peer == 0


def test_modules_are_told_by_both_places() -> None:
    truth = collected()
    assert [(each.name, each.listed, each.in_sysfs, each.taint, each.size) for each in truth.modules] == [
        ("gauge", True, True, "OE", 12288), ("net_audit", False, True, "OE", 8192),
    ]  # fmt: skip
    assert [(each.seconds, each.text) for each in truth.kernel_log] == [(9.25, "net_audit: loading out-of-tree module")]


def test_files_mounts_maps_and_environments_are_told() -> None:
    truth = collected()
    present, gone = truth.files
    assert (present.size, present.lines, present.sha256, present.inode) == (8, 2, "ab" * 32, 77)
    assert present.modified == datetime.fromtimestamp(START, UTC)
    assert (gone.present, gone.size, gone.modified, gone.sha256) == (False, 0, None, "")
    (mount,) = truth.mounts
    assert (mount.point, mount.fstype, mount.source, mount.options, mount.id) == (
        "/mnt/a b", "tmpfs", "tickets", "rw,nosuid", 36,
    )  # fmt: skip
    assert [each.pid for each in truth.maps] == [16, 17, 18, 25]
    assert [(each.key, each.value) for each in truth.environment] == [("HOME", "/root"), ("A", "b=c")]


def test_paths_beyond_all_measure_are_cut() -> None:
    truth = collected([*said()[:-1], opened(25, 5, "/" + "x" * 9000), END])
    assert len(next(each.path for each in truth.open_files if each.fd == 5)) == 4096


def test_shells_are_told_apart() -> None:
    truth = collected()
    assert {each.name: (each.pid, each.comm, each.terminal) for each in truth.shells} == {
        "mira": (11, "bash", "tty1"), "nightly": (13, "sh", "tty2"), "responder": (14, "sh", "tty3"),
        "first": (24, "bash", "ssh1"), "second": (22, "bash", "ssh2"),
    }  # fmt: skip
    assert [each.text for each in truth.shell("first").typed] == ["./run &"]
    assert truth.shell("second").typed == ()


def test_old_lines_are_those_that_bash_takes_from_the_file() -> None:
    truth = collected()
    assert {each.name: each.old_lines for each in truth.shells} == {
        "mira": 3, "nightly": 0, "responder": 0, "first": 0, "second": 3,
    }  # fmt: skip


def test_an_unended_last_line_is_no_old_line() -> None:
    history = {"path": HISTORY, "modified": "2026-03-09T10:00:00Z", "text": "one\ntwo\nthree"}
    assert collected(files=[history]).shell("mira").old_lines == 2


def test_a_shell_that_hung_up_has_ended() -> None:
    told = without(without(pid=21), pid=22)
    play = [*STEPS[:-1], {"pause": 1, "shell": "second", "hang_up": True}, STEPS[-1]]
    second = collected(told, play=play).shell("second")
    assert (second.pid, second.uid, second.comm, second.old_lines) == (0, 1001, "bash", 3)


def test_what_a_shell_loaded_after_another_had_ended_stands_in_the_file() -> None:
    play = [STEPS[0], {"pause": 1, "shell": "second", "hang_up": True}, *STEPS]
    path = ("/srv/a", "/srv/gone", HISTORY)
    told = [*said()[:-1], file(HISTORY, entries=6), END]
    assert collected(told, play=play, of_interest=path).shell("second").old_lines == 6
    assert complaints(play=play) == [
        f"shell second: a shell of mira ended before it began: name {HISTORY} in of_interest"
    ]


def test_what_nobody_can_know_of_a_history_is_an_error() -> None:
    play = [STEPS[0], {"pause": 1, "shell": "second", "hang_up": True}, *STEPS[:-1],
            {"pause": 1, "shell": "second", "hang_up": True}, STEPS[-1]]  # fmt: skip
    told = without(without(pid=21), pid=22)
    assert "nobody knows how many lines" in complaints(told, play=play)[0]


def test_a_line_that_left_the_shell_counts_where_a_newer_shell_sits_there() -> None:
    play = [*STEPS[:4], {"pause": 1, "shell": "mira", "type": "exit"}, *STEPS[4:]]
    line = {"kind": "typed", "terminal": "tty1", "text": "exit", "seconds": START + 35}
    at = next(n for n, each in enumerate(said()) if each.get("text") == "date")
    told = [*said()[:at], line, *said()[at:]]
    interest = ("/srv/a", "/srv/gone", HISTORY)
    stayed = collected(changed(11, at=told), play=play).shell("mira")
    assert ([each.text for each in stayed.typed], stayed.old_lines) == (["ls", "exit"], 3)
    newer = [*changed(11, at=changed(12, at=told, ticks=3701), ticks=3700)[:-1], file(HISTORY, entries=5), END]
    respawned = collected(newer, play=play, of_interest=interest).shell("mira")
    assert (respawned.typed, respawned.old_lines) == ((), 5)


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        (changed(25, exe="/usr/bin/other"), "planted actor: expected one process with exe /memfd:quil; found none"),
        (changed(26, exe="/memfd:quil"), "found 2: PID 25 (comm kworker/3:7"),
        (changed(17, ppid=1), None),
        (changed(18, at=changed(17, ppid=1), ppid=1), "planted workers: expected one process or more with parent web"),
        (changed(16, args="httpd\0"), "httpd -f; found none; nearest: PID 16 (comm httpd, exe /usr/bin/httpd, a"),
        (changed(13, comm="zsh"), "shell nightly: expected a shell at tty2, found none"),
        ([*said()[:-1], process(30, 1, "sh", terminal=4 << 8 | 2), END], "shell nightly: expected one shell at tty2"),
        (changed(11, uid=7), "shell mira: expected uid 1001 (mira), found PID 11"),
        (changed(24, comm="zsh"), "dialled sessions: expected 2 (second, first), found 1: PID 22"),
        (without(inode=9, kind="socket"), "shell second: expected a session from 203.0.113.66, found nowhere"),
        (without(name="net_audit"), "module net_audit (/lib/modules/extra/net-audit.ko): expected it live"),
        (without(address="203.0.113.66"), "machine: expected the address 203.0.113.66/32, found 192.0.2.17/24"),
        (without(text="ls"), "typed line 2: expected 'ls' at tty1, found 'date' at tty3"),
        (without(text="date"), "typed line 3: expected 'date' at tty3, found none"),
        (without(name="came"), "named steps: expected came, start, clock, found start, clock"),
        (without(path="/srv/gone"), "file of interest /srv/gone: expected a word on it, found none"),
        (without(kind="machine"), "the first account: expected one line on the machine, found 0"),
        (said()[:-1], "the first account: expected the end as its last line, found"),
        ([{"kind": 7}, *said()], "the first account, line 1: expected a JSON object with a kind"),
    ],
)  # fmt: skip
def test_what_does_not_add_up_is_said(told: Any, complaint: str | None) -> None:
    if complaint is None:
        collected(told)
    else:
        assert any(complaint in each for each in complaints(told)), complaints(told)


def test_all_complaints_come_at_once() -> None:
    told = changed(25, at=changed(13, at=without(name="net_audit"), comm="zsh"), exe="/usr/bin/other")
    assert [each.split(":")[0] for each in complaints(told)] == [
        "planted actor", "module net_audit (/lib/modules/extra/net-audit.ko)", "shell nightly",
    ]  # fmt: skip


def test_a_planted_process_without_maps_is_an_error() -> None:
    assert "expected its memory maps, found none" in complaints(None, without(maps(), pid=17))[0]


def test_a_module_that_no_line_loads_need_not_be_there() -> None:
    told = without(without(name="net_audit"), kind="kernel", microseconds=9_250_000)
    assert [each.name for each in collected(told, setup=["true"]).modules] == ["gauge"]


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        (without(pid=28), "process 28 (rotate): is gone"),
        ([*said()[:-1], process(40, 2, "kworker/u4:9", exe="", args="", kthread=True), END], "(kworker/u4:9): is new"),
        (changed(12, comm="less"), "process 12 (bash): comm was bash and became less"),
        (changed(12, state="T"), "process 12 (bash): state was S and became T"),
        (without(state=6), "socket tcp 192.0.2.17:80 to 203.0.113.66:36873 (TIME_WAIT): is gone"),
        ([*said()[:-1], {"kind": "sysfs", "name": "more", "size": 1, "state": "live", "taint": ""}, END],
         "module more: is new"),
    ],
)  # fmt: skip
def test_what_moved_after_the_freeze_is_told(second: Any, sentence: str) -> None:
    (told,) = collected(None, None, second).moved
    assert sentence in told


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        (without(pid=17, kind="process"), "process 17 (httpd): is gone"),
        (changed(25, comm="other"), "process 25 (kworker/3:7): comm was kworker/3:7 and became other"),
        (changed(25, state="Z"), "process 25 (kworker/3:7): state was S and became Z"),
        ([each | ({"state": 8} if each.get("inode") == 7 and each["kind"] == "socket" else {}) for each in said()],
         "socket tcp 192.0.2.17:53411 to 203.0.113.66:8443 (CLOSE_WAIT): is new"),
        (without(path="/srv/log"), "open file 4 of process 25 (/srv/log): is gone"),
        ([each | ({"state": "going"} if each.get("name") == "net_audit" else {}) for each in said()],
         "module net_audit: state was live and became going"),
        ([each | ({"size": 9} if each.get("path") == "/srv/a" else {}) for each in said()],
         "file /srv/a: size was 8 and became 9"),
    ],
)  # fmt: skip
def test_something_planted_that_moved_is_an_error(second: Any, sentence: str) -> None:
    assert f"moved after the freeze: {sentence}" in complaints(None, None, second)


def test_running_times_the_stage_hand_and_looking_at_files_move_nothing() -> None:
    second = changed(26, at=changed(25, state="R"), state="R", cwd="/proc")
    second = [each | ({"accessed": START + 61} if each.get("path") == "/srv/a" else {}) for each in second]
    second += [socket(90, "0100007F:1000", "0100007F:1001", 1), holds(27, 90, 8), process(29, 26, "range-peer"), END]
    assert collected(None, None, second).moved == ()


@pytest.mark.parametrize(
    "line",
    [
        '{"kind": "process"}',
        '{"kind": "process", "pid": [], "comm": 7}',
        '{"kind": "socket", "protocol": "tcp", "local": "x", "remote": "y", "inode": 1, "state": 1}',
        '{"kind": "mount", "namespace": 1, "line": "short"}',
        '{"kind": "typed", "terminal": "tty1", "text": "\u0100", "seconds": 1}',
        "[" * 200_000,
    ],
)
def test_lines_that_no_collector_writes_are_a_complaint_and_no_fault_of_ours(line: str) -> None:
    lines = [line, *map(json.dumps, said())]
    with pytest.raises(NotAsPlanned, match="the account"):
        witness.planted_pids(lines, plan())
    maps_ = [json.dumps(each) for each in maps()]
    whole = [json.dumps(each) for each in said()]
    with pytest.raises(NotAsPlanned, match="the account of maps: expected the fields that the collector writes"):
        witness.collect(whole, ['{"kind": "map", "pid": 25}', *maps_], whole, plan())
