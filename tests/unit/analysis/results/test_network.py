"""Sockets and patterns of cross-views as pictures: of the exhibit, and of whatever an image may claim. Golden files."""

from os import environ as os_environ
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from tests.unit.analysis.results.drawn import checked, in_time, svg, texts
from training.analysis.views import (
    Material,
    cross,
    network,
    network_figure,
    pattern,
    timeline,
    timeline_figure,
    tree,
    tree_figure,
    view,
)
from training.analysis.views.network import MOST_HOLDERS, Holder, Network

STAT = {
    "NetNS": "int", "Process Name": "str", "PID": "int", "TID": "int", "FD": "int", "Sock Offset": "hex",
    "Family": "str", "Type": "str", "Proto": "str", "Source Addr": "str", "Source Port": "str",
    "Destination Addr": "str", "Destination Port": "str", "State": "str", "Filter": "str",
}  # fmt: skip
SCAN = {name: kind for name, kind in STAT.items() if name not in {"NetNS", "Process Name", "PID", "TID", "FD"}}
WINDOWS = {
    "Offset": "hex", "Proto": "str", "LocalAddr": "str", "LocalPort": "int", "ForeignAddr": "str", "ForeignPort": "int",
    "State": "str", "PID": "int", "Owner": "str", "Created": "datetime",
}  # fmt: skip
GOLDEN = Path(__file__).parent / "figures"
LISTEN = ("192.0.2.1", "22", "0.0.0.0", "0", "LISTEN")  # noqa: S104 - as the plugin prints it
OUT = ("192.0.2.1", "4000", "203.0.113.9", "443", "ESTABLISHED")


def nobody(_material: Material, _row: int) -> None:
    return None


def held(
    pid: int, name: str, socket: int, ends: tuple[str, ...], family: str = "AF_INET", proto: str = "TCP", ns: int = 7
) -> tuple[Any, ...]:
    return (ns, name, pid, pid, 3, socket, family, "STREAM", proto, *ends, None)


def found(offset: int, ends: tuple[str, ...]) -> tuple[Any, ...]:
    return (offset, "AF_INET", "STREAM", "TCP", *ends, None)


def linux(make: Any, rows: list[Any], scanned: list[Any] | None = None, **args: Any) -> Network:
    given_ = [Material("linux.sockstat", make(STAT, rows))]
    if scanned is not None:
        given_.append(Material("linux.sockscan", make(SCAN, scanned)))
    return network.of(given_, "linux", args.pop("cited", nobody), **args)


def test_the_exhibit_s_sockets_are_drawn_with_all_their_holders(exhibit_materials: dict[str, Material]) -> None:
    stat = exhibit_materials["linux.sockstat"]
    places = stat.columns()
    rows = [row for row in stat.rows() if row.cells[places["Family"]] in {"AF_INET", "AF_INET6"}]
    made = in_time(lambda: network.of(list(exhibit_materials.values()), "linux", nobody))
    assert {n for one in made.sockets for _, n in one.of("linux.sockstat")} == {row.n for row in rows}
    assert len([one for one in made.sockets if one.holders]) == len({row.cells[places["Sock Offset"]] for row in rows})
    assert sum(count for _, count in made.others) == stat.result.rows - len(rows)
    assert {one.only for one in made.sockets} == {""}, "the scan has the same ones"
    written = texts(checked(network_figure.figure(made)))
    for row in rows:
        pid, port = row.cells[places["PID"]], row.cells[places["Source Port"]]
        assert any(text.endswith(f" {pid}") for text in written)
        assert any(f":{port} TCP " in text for text in written)


def test_a_socket_that_was_inherited_is_one_and_what_nobody_holds_is_dashed(make: Any) -> None:
    rows = [
        held(1, "sshd", 100, LISTEN),
        held(2, "sh", 100, LISTEN),
        held(3, "curl", 101, OUT),
        held(4, "log", 9, ("/dev/log",) * 5, "AF_UNIX", ""),
    ]
    rows += [
        held(5, "peer", 102, ("203.0.113.9", "443", "192.0.2.1", "4000", "ESTABLISHED")),
        held(6, "six", 103, ("::1", "53", "::", "0", ""), "AF_INET6", "UDP", 8),
    ]
    gone = ("192.0.2.1", "4001", "203.0.113.9", "443", "CLOSE_WAIT")
    made = linux(
        make,
        rows,
        [found(1, LISTEN), found(2, OUT), found(3, gone)],
        cited=lambda m, n: 1 if (m.plugin, n) == ("linux.sockstat", 2) else None,
    )
    first, curl, peer, six, last = made.sockets
    assert (first.holders, first.far, first.listens) == ((Holder(1, "sshd"), Holder(2, "sh")), "", True)
    assert [(material.plugin, n) for material, n in first.rows] == [
        ("linux.sockstat", 0),
        ("linux.sockstat", 1),
        ("linux.sockscan", 0),
    ]
    assert (curl.cited, curl.said, curl.only) == ((1,), "its far end is a socket of this machine: peer 5", "")
    assert (peer.only, six.own, six.far, six.space) == ("open files", "[::1]:53", "", "8")
    assert (last.holders, last.only, last.far, last.state) == ((), "scan", "203.0.113.9:443", "CLOSE_WAIT")
    assert made.others == (("AF_UNIX", 1),)
    root = checked(network_figure.figure(made))
    assert {one.attrib["class"] for one in root.iter("path")} == {"ax", "ln", "path", "nd", "gone", "sus"}
    assert texts(root).count("203.0.113.9:443") == 2, "once for each namespace that is known"


def test_connections_of_windows_belong_to_their_owners(make: Any) -> None:
    rows = [
        (
            1,
            "TCPv4",
            "192.0.2.5",
            50_000,
            "203.0.113.9",
            443,
            "ESTABLISHED",
            77,
            "evil.exe",
            "2026-03-10T12:00:00+00:00",
        ),
        (2, "UDPv6", "::", 500, "*", 0, "", 4, "System", "2026-03-10T12:00:00+00:00"),
    ]
    tables = Material("windows.netstat", make(WINDOWS, rows[:1]))
    made = network.of([tables, Material("windows.netscan", make(WINDOWS, rows))], "windows", nobody)
    assert [(one.holders[0].name, one.far, one.only) for one in made.sockets] == [
        ("System", "", "scan"),
        ("evil.exe", "203.0.113.9:443", ""),
    ]
    checked(network_figure.figure(made))


def test_pictures_of_the_exhibit_are_the_ones_that_were_looked_at(exhibit_materials: dict[str, Material]) -> None:
    """Whoever changes how figures are drawn looks at them, and writes these files anew with GOLDEN=1."""
    found, os = list(exhibit_materials.values()), "linux"
    read = timeline.read([exhibit_materials["linux.pslist"]])
    drawn = {
        "tree": tree_figure.figure(tree.of(found, os)),
        "time": tree_figure.figure(tree.of(found, os, focus=1), timed=True),
        "timeline": timeline_figure.figure(timeline.of(read, nobody, *timeline.window(read))),
        "network": network_figure.figure(network.of(found, os, nobody)),
        "matrix": pattern.figure(pattern.of(cross(view(os, "processes"), found))),
    }
    for name, one in drawn.items():
        if "GOLDEN" in os_environ:
            (GOLDEN / f"{name}.svg").write_text(svg(one) + "\n", "utf-8")
        assert svg(one) + "\n" == (GOLDEN / f"{name}.svg").read_text("utf-8"), name


TEXT = st.one_of(st.sampled_from(["", "0.0.0.0", "::", "\u202e1.2.3.4", "x" * 4096]), st.text(max_size=12))  # noqa: S104
ROW = st.builds(
    held,
    st.integers(0, 9),
    TEXT,
    st.integers(0, 30),
    st.tuples(TEXT, TEXT, TEXT, TEXT, TEXT),
    st.sampled_from(["AF_INET", "AF_UNIX"]),
    st.sampled_from(["TCP", "UDP", "RAW"]),
    st.integers(0, 3),
)


@try_examples(30)
@given(st.lists(ROW, max_size=120), st.integers(0, 9))
def test_whatever_sockets_an_image_claims_can_be_drawn(make: Any, rows: list[Any], page: int) -> None:
    made = linux(make, rows, page=page)
    assert {n for one in made.sockets for _, n in one.rows} == {
        n for n, row in enumerate(rows) if row[6] == "AF_INET" and row[8] != "RAW"
    }
    pages = [linux(make, rows, page=number + 1).shown for number in range(made.pages)]
    assert tuple(one.own for each in pages for one in each) == tuple(one.own for one in made.sockets)
    if made.shown:
        checked(in_time(lambda: network_figure.figure(made)))


def test_a_socket_of_thousands_and_thousands_of_sockets_stay_inside_the_limits(make: Any) -> None:
    ends = [("192.0.2.1", str(i), "203.0.113.9", str(i), "ESTABLISHED") for i in range(2_000)]
    many = linux(make, [held(i, f"p{i}", i, one, ns=i) for i, one in enumerate(ends)])
    checked(in_time(lambda: network_figure.figure(many)))
    shared = linux(make, [held(i, f"p{i}", 1, LISTEN) for i in range(2_000)])
    assert len(shared.sockets[0].holders) == 2_000
    assert f"and {2_000 - MOST_HOLDERS:,} more" in texts(checked(network_figure.figure(shared)))


def test_the_matrix_groups_what_sources_have_and_lack(exhibit_materials: dict[str, Material], make: Any) -> None:
    table = cross(view("linux", "processes"), list(exhibit_materials.values()))
    made = pattern.of(table)
    assert sum(group.count for group in made.groups) == len(table.entries)
    assert made.groups[0].code[:4] == "ssss"
    assert not made.groups[0].odd
    ended = [group for group in made.groups if "has ended" in " ".join(one.says for one in group.patterns)]
    assert {group.code for group in ended} >= {"nnls1"}
    assert [pattern.code(table.view, one) for one in table.entries].count(ended[0].code) == ended[0].count
    root = checked(in_time(lambda: pattern.figure(made)))
    assert [text for text in texts(root) if text.isdigit()] == [str(group.count) for group in made.groups]
    assert 'class="hl"' not in svg(pattern.figure(made))
    # Taken out of the list, as a rootkit would: it comes first.
    listed = exhibit_materials["linux.pslist"]
    columns = {column.name: column.type for column in listed.result.columns}
    rows = [row.cells for row in listed.rows()]
    others = [one for name, one in exhibit_materials.items() if name not in {"linux.pslist", "linux.pstree"}]
    hidden = pattern.of(
        cross(view("linux", "processes"), [*others, Material("linux.pslist", make(columns, rows[:-1]))])
    )
    assert (hidden.groups[0].odd, hidden.groups[0].count, hidden.groups[0].code) == (True, 1, "nrss3")
    assert hidden.groups[0].examples == (
        pattern.label(table.view, next(one for one in table.entries if one.key[0] == rows[-1][1])),
    )
    assert 'class="hl"' in svg(pattern.figure(hidden))
    empty = pattern.of(cross(view("linux", "modules"), []))
    assert (empty.groups, empty.others) == ((), 0)
