"""With one machine no port is open but the web server's own, whatever runs."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runwide import Founded
from training.operating.tour.client import Reader
from training.operating.tour.path import Walk

LISTENS = "0A"  # TCP state in /proc/net/tcp, see proc(5)
ACCEPTS = 0x10000  # flag of a listening socket in /proc/net/unix


def below(pid: int) -> set[int]:
    """A process and everything that it started."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(entry.name)] = int(
                (entry / "stat").read_text("ascii", "replace").rpartition(") ")[2].split()[1]
            )
    found = {pid}
    while more := {one for one, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def sockets(pid: int) -> set[str]:
    """Inodes of the sockets that a process holds."""
    found = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            kind, _, inode = str(descriptor.readlink()).partition(":[")
            if kind == "socket":
                found.add(inode.rstrip("]"))
    return found


def listening(pid: int) -> Iterator[str]:
    """What a process can be reached by from outside: TCP that listens, UDP that is bound, Unix sockets that accept."""
    held = sockets(pid)
    for table, inode_at in (("tcp", 9), ("tcp6", 9), ("udp", 9), ("udp6", 9)):
        for line in Path(f"/proc/{pid}/net/{table}").read_text("ascii").splitlines()[1:]:
            words = line.split()
            if words[inode_at] in held and (table.startswith("udp") or words[3] == LISTENS):
                yield f"{table} port {int(words[1].rpartition(':')[2], 16)}"
    for line in Path(f"/proc/{pid}/net/unix").read_text("utf-8").splitlines()[1:]:
        words = line.split()
        if words[6] in held and int(words[3], 16) & ACCEPTS:
            yield f"unix {words[7:]}"


def test_the_look_sees_a_socket_that_listens() -> None:
    import socket  # noqa: PLC0415 - only here

    before = sorted(listening(os.getpid()))
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as unix, socket.socket(type=socket.SOCK_DGRAM) as udp:
        for bound in (tcp, udp):
            bound.bind(("127.0.0.1", 0))
        tcp.listen()
        unix.bind("\0engram-test-of-listening")
        unix.listen()
        ports = [one.getsockname()[1] for one in (tcp, udp)]
        found = sorted(set(listening(os.getpid())) - set(before))
    assert found == [f"tcp port {ports[0]}", f"udp port {ports[1]}", "unix ['@engram-test-of-listening']"]


@pytest.mark.timeout(300)
def test_nothing_listens_but_the_web_server(founded: Founded, tmp_path: Path) -> None:
    server = founded.server(tmp_path / "instance")
    server.start()
    try:
        assert list(listening(server.pid)) == [f"tcp port {server.port}"]
        walk = Walk(Reader(server.url), "trainee", server.passwords["trainee"])
        for step in (walk.door, walk.sign_in, walk.syllabus, walk.module, walk.lab, walk.processes):
            step()
        everything = below(server.pid)
        answering = {server.pid, *server.children}
        assert len(everything - answering) >= 3, "scribe, kernel process, warm process"
        for pid in everything:
            assert list(listening(pid)) == ([f"tcp port {server.port}"] if pid in answering else [])
    finally:
        server.kill()
