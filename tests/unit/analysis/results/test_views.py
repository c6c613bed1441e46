"""Cross-views on what plugins say of the exhibit, against its truth, and on rows made to disagree."""

import json
from pathlib import Path
from typing import Any

import pytest

from training.analysis import cards
from training.analysis.render import ABSENCES
from training.analysis.views import VIEWS, Entry, Material, State, about_pid, cross, view, views_of
from training.analysis.views import material as material_module
from training.errors import NotThere

Materials = dict[str, Material]


@pytest.fixture(scope="module")
def truth(unpacked: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((unpacked / "truth.json").read_text("utf-8"))
    return read


@pytest.fixture(scope="module")
def tasks(exhibit_materials: Materials) -> dict[int, Entry]:
    """Entries of the view of processes, by PID; what has none is left out."""
    entries = cross(view("linux", "processes"), list(exhibit_materials.values())).entries
    return {entry.key[0]: entry for entry in entries if entry.key[0]}


def test_every_living_process_is_seen_by_all(tasks: dict[int, Entry], truth: dict[str, Any]) -> None:
    for process in truth["processes"]:
        if process["state"] == "Z":
            continue
        entry = tasks[process["pid"]]
        # The program that reads /proc adds what a kernel thread works on to its name.
        assert process["comm"].startswith(entry.key[2]), process
        assert {sight.state for sight in entry.sights.values()} == {State.SEEN}, process
        assert entry.patterns == ()
        assert entry.cells["PPID"] == str(process["ppid"])


def test_a_zombie_has_ended_and_is_no_hidden_process(tasks: dict[int, Entry], truth: dict[str, Any]) -> None:
    assert truth["zombies"]
    for zombie in truth["zombies"]:
        entry = tasks[zombie]
        assert entry.cells["state"] == "EXIT_ZOMBIE"
        assert entry.seen("scan", "table of PIDs")
        assert entry.lacks("list", "tree")
        assert [pattern.weight for pattern in entry.patterns] == [1]


def test_what_ran_and_ended_is_only_in_the_scan(tasks: dict[int, Entry], truth: dict[str, Any]) -> None:
    living = {process["pid"] for process in truth["processes"]}
    gone = [entry for pid, entry in tasks.items() if pid not in living]
    assert gone
    for entry in gone:
        assert entry.cells["state"] == "EXIT_DEAD"
        assert [source for source in entry.sights if entry.seen(source)] == ["scan"]
        assert entry.sights["table of PIDs"].state is State.NOT_LISTED


def test_rows_that_are_named_show_the_entry(
    tasks: dict[int, Entry], exhibit_materials: Materials, truth: dict[str, Any]
) -> None:
    pid = truth["planted"]["actor"]["pid"]
    for source in view("linux", "processes").sources:
        material = exhibit_materials[source.plugin]
        for n in tasks[pid].sights[source.name].rows:
            assert material.result.row(n).cells[material.columns()["PID"]] == pid


def test_a_process_that_was_taken_out_of_the_list_comes_first(
    make: Any, exhibit_materials: Materials, truth: dict[str, Any]
) -> None:
    """The exhibit's own rows, with the planted process taken out of the list, as a rootkit would."""
    pid = truth["planted"]["actor"]["pid"]
    listed = exhibit_materials["linux.pslist"]
    columns = {column.name: column.type for column in listed.result.columns}
    rows = [row.cells for row in listed.rows() if row.cells[listed.columns()["PID"]] != pid]
    others = [one for name, one in exhibit_materials.items() if name != "linux.pslist"]
    table = cross(view("linux", "processes"), [*others, Material("linux.pslist", make(columns, rows))])
    first = table.entries[0]
    assert first.key[0] == pid
    assert first.sights["list"].state is State.NOT_SEEN
    assert {pattern.weight for pattern in first.patterns} == {3}
    assert all(pattern.innocent for pattern in first.patterns)
    # Of a list that was cut off, or narrowed by an option, the same says nothing.
    for changed in ({"complete": False}, {"options": {"pid": [1]}}):
        unsure = Material("linux.pslist", make(columns, rows), **changed)
        entry = next(one for one in cross(table.view, [*others, unsure]).entries if one.key[0] == pid)
        assert entry.sights["list"].state is State.UNKNOWN
        assert not entry.patterns
        # … and a whole result of the same plugin is preferred to it, wherever it stands.
        assert cross(table.view, [*others, listed, unsure]).used["linux.pslist"] is listed


def test_a_list_that_is_too_long_to_be_read_is_not_whole(
    exhibit_materials: Materials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(material_module, "MOST_ROWS", 5)
    table = cross(view("linux", "processes"), list(exhibit_materials.values()))
    assert set(table.unsure) == set(table.view.plugins)
    assert not any(sight.state is State.NOT_SEEN for entry in table.entries for sight in entry.sights.values())


def test_what_was_not_run_is_named(exhibit_materials: Materials) -> None:
    table = cross(view("linux", "processes"), [exhibit_materials["linux.pslist"]])
    assert table.missing == ("linux.pstree", "linux.pidhashtable", "linux.psscan")
    assert {entry.sights["scan"].state for entry in table.entries} == {State.NOT_RUN}
    assert not any(entry.patterns for entry in table.entries)
    assert cross(view("linux", "processes"), []).entries == ()


def test_sockets_of_the_exhibit(exhibit_materials: Materials, truth: dict[str, Any]) -> None:
    table = cross(view("linux", "sockets"), list(exhibit_materials.values()))
    inet = {entry.key[2:6]: entry for entry in table.entries if entry.key[0] == "AF_INET"}
    for socket in (one for one in truth["sockets"] if one["protocol"] in {"tcp", "udp"} and one["inode"]):
        key = (socket["local_address"], str(socket["local_port"]), socket["remote_address"], str(socket["remote_port"]))
        assert inet[key].seen("open files")
        assert inet[key].seen("scan")
        assert set(map(str, socket["pids"])) <= set(inet[key].cells["PID"].split(", "))


def test_everything_about_the_planted_process(exhibit_materials: Materials, truth: dict[str, Any]) -> None:
    pid, shell = truth["planted"]["actor"]["pid"], truth["planted"]["actor"]["shell"]
    groups = about_pid(pid, list(exhibit_materials.values()))
    assert {group.material.plugin for group in groups} == {
        f"linux.{name}" for name in ("pslist", "psscan", "pidhashtable", "pstree", "psaux", "sockstat")
    }
    assert {(group.relation, group.total) for group in groups} == {("process", 1)}
    parent = about_pid(shell, list(exhibit_materials.values()))
    children = next(one for one in parent if one.relation == "child" and one.material.plugin == "linux.pslist")
    assert {row.cells[children.material.columns()["PID"]] for row in children.rows} >= {pid}
    assert about_pid(99_999, list(exhibit_materials.values())) == ()
    assert about_pid(2**80, []) == ()


def test_threads_of_the_kernel_and_lists_of_pids(make: Any, exhibit_materials: Materials) -> None:
    (thread,) = about_pid(3, [exhibit_materials["linux.kthreads"]])
    assert (thread.column, thread.relation, thread.total) == ("TID", "thread", 1)
    creds = Material("linux.malware.check_creds", make({"PIDs": "str"}, [("1, 20, 300",), ("2, 30",), ("120",)]))
    (group,) = about_pid(20, [creds])
    assert [row.n for row in group.rows] == [0]
    many = Material("linux.lsof", make({"PID": "int", "FD": "int"}, [(7, n) for n in range(500)]))
    (group,) = about_pid(7, [many])
    assert (len(group.rows), group.total) == (200, 500)


MODXVIEW = {
    "Name": "str",
    "Address": "hex",
    "In procfs": "bool",
    "In sysfs": "bool",
    "In scan": "bool",
    "Taints": "str",
}
LSMOD = {"Offset": "hex", "Module Name": "str", "Code Size": "hex", "Taints": "str"}


def test_modules(make: Any) -> None:
    materials = [
        Material("linux.lsmod", make(LSMOD, [(1, "ext4", 4096, ""), (2, "bare", 4096, "")])),
        Material("linux.malware.check_modules", make(LSMOD, [(3, "hidden", 8192, "OE")])),
        Material(
            "linux.malware.modxview",
            make(
                MODXVIEW,
                [
                    (0, 0, None, ("ext4", 1, True, True, True, ""), {}),
                    (1, 0, None, ("bare", 2, True, False, True, ""), {}),
                    (2, 0, None, ("hidden", 3, False, True, True, "OE"), {}),
                    (3, 0, None, ("torn", 4, None, False, True, ""), {2: "unreadable"}),
                ],
            ),
        ),
    ]
    entries = {entry.key[0]: entry for entry in cross(view("linux", "modules"), materials).entries}
    assert next(iter(entries)) == "hidden"
    assert entries["hidden"].sights["/proc/modules"].rows == (2,)  # the row that says no can be cited as well
    assert entries["hidden"].seen("sysfs only")
    assert [pattern.weight for pattern in entries["bare"].patterns] == [2]
    assert entries["ext4"].patterns == ()
    assert entries["torn"].sights["/proc/modules"].state is State.UNKNOWN


PROCESS = {"PID": "int", "PPID": "int", "ImageFileName": "str", "CreateTime": "datetime", "ExitTime": "datetime"}
START, END = "2023-11-14T10:00:00+00:00", "2023-11-14T10:03:02+00:00"


def alive(n: int, pid: int, name: str) -> tuple[Any, ...]:
    return (n, 0, None, (pid, 4, name, START, None), {4: "not applicable"})


def test_processes_of_windows(make: Any) -> None:
    listed = [alive(0, 4, "System"), (1, 0, None, (50, 4, "whoami.exe", START, END), {}), alive(2, 60, "quiet.exe")]
    scanned = [*listed[:2], alive(2, 60, "quiet.exe"), alive(3, 70, "keyview.exe")]
    table = cross(
        view("windows", "processes"),
        [
            Material("windows.pslist", make(PROCESS, listed)),
            Material("windows.pstree", make(PROCESS, listed)),
            Material("windows.psscan", make(PROCESS, scanned)),
            Material("windows.thrdscan", make({"PID": "int", "TID": "int"}, [(4, 8), (4, 12), (70, 74), (80, 84)])),
        ],
    )
    entries = {entry.key[0]: entry for entry in table.entries}
    assert [entry.key[0] for entry in table.entries] == [70, 60, 80, 4, 50]
    assert entries[70].seen("threads")
    assert entries[4].sights["threads"].rows == (0, 1)
    assert entries[50].sights["threads"].state is State.NOT_LISTED
    assert [pattern.weight for pattern in entries[50].patterns] == [1]
    assert entries[80].key == (80, None, None)


def test_modules_and_connections_of_windows(make: Any) -> None:
    module = {"Name": "str", "Base": "hex", "Size": "hex"}
    table = cross(
        view("windows", "modules"),
        [
            Material("windows.modules", make(module, [("ntoskrnl.exe", 1, 2)])),
            Material("windows.modscan", make(module, [("ntoskrnl.exe", 1, 2), ("mskbd64.sys", 3, 2)])),
            Material("windows.unloadedmodules", make({"Name": "str", "StartAddress": "hex"}, [("dump.sys", 5)])),
        ],
    )
    assert [(entry.key, entry.weight) for entry in table.entries] == [
        (("mskbd64.sys", 3), 3), (("dump.sys", 5), 1), (("ntoskrnl.exe", 1), 0),
    ]  # fmt: skip
    ends = dict.fromkeys(("Proto", "LocalAddr", "LocalPort", "ForeignAddr", "ForeignPort", "State"), "str")
    rows = [
        ("TCPv4", "192.0.2.17", "50112", "203.0.113.77", "443", "ESTABLISHED", 6104),
        ("UDPv4", "::", "1", "*", "0", "", 4),
    ]
    sockets = [
        Material("windows.netstat", make({**ends, "PID": "int"}, rows[1:])),
        Material("windows.netscan", make({**ends, "PID": "int"}, rows)),
    ]
    first, second = cross(view("windows", "sockets"), sockets).entries
    assert (first.key[-1], first.weight, second.weight) == (6104, 2, 0)


def test_cells_of_several_rows_are_joined_and_cut(make: Any) -> None:
    columns = {"Family": "str", "Proto": "str", "Source Addr": "str", "Source Port": "str", "Destination Addr": "str",
               "Destination Port": "str", "PID": "int"}  # fmt: skip
    rows = [("AF_INET", "TCP", "a", "1", "b", "2", pid) for pid in (1, 2, 2, 3, 4, 5, 6, 7)]
    (entry,) = cross(view("linux", "sockets"), [Material("linux.sockstat", make(columns, rows))]).entries
    assert entry.cells["PID"] == "1, 2, 3, 4, 5, …"
    assert entry.sights["open files"].rows == tuple(range(8))


@pytest.mark.parametrize("kind", ABSENCES)
def test_a_result_that_lacks_the_key_says_nothing(make: Any, kind: str) -> None:
    table = cross(
        view("linux", "processes"),
        [
            Material("linux.psscan", make({"PID": "int"}, [(1,)])),
            Material(
                "linux.pslist",
                make({"PID": "int", "TID": "int", "COMM": "str"}, [(0, 0, None, (1, 1, None), {2: kind})]),
            ),
        ],
    )
    (entry,) = table.entries
    assert entry.key == (1, 1, None)
    assert entry.sights["scan"].state is State.UNKNOWN


def test_views_are_declared_for_plugins_that_are_offered() -> None:
    offered = cards.load()
    for one in VIEWS:
        for source in one.sources:
            if source.plugin not in offered:
                pytest.fail(f"{one.os} {one.name} needs {source.plugin}, which is not offered")
            names = {column.name for column in offered.get(source.plugin).columns}
            wanted = {*source.key, *source.cells.values(), source.when} - {None, ""}
            assert wanted <= names, f"{source.plugin} has no {wanted - names}"
            assert len(source.key) == len(one.key)
            assert set(source.cells) <= {*one.key, *one.columns}
    assert [one.name for one in views_of("linux")] == ["processes", "modules", "sockets"]
    with pytest.raises(NotThere, match="no view"):
        view("linux", "nothing")
