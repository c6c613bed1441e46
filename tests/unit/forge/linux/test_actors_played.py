"""The actors, compiled and really run: what a process shows is read in /proc."""

import ctypes
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.forge.linux.played import Process, Stage, connection, free_port, nothing_comes, port_of, state_of, until
from training.forge.linux import actors
from training.forge.linux.actors import Programs


@pytest.fixture(scope="module")
def programs() -> Programs:
    return Programs(actors.compile_all("any", None))


@pytest.fixture
def stage(tmp_path: Path, programs: Programs) -> Iterator[Stage]:
    made = Stage(tmp_path, programs)
    yield made
    made.clear()


@pytest.fixture
def peer() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(20)
        yield door


def ask(port: str, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", int(port)), timeout=20) as end:
        end.sendall(request)
        return b"".join(iter(lambda: end.recv(65536), b""))


@pytest.mark.parametrize("label", ["[kworker/3:7]", "/usr/sbin/crond -n"])
def test_the_courier_runs_from_memory_and_its_file_is_gone(stage: Stage, peer: socket.socket, label: str) -> None:
    values = {"LABEL": label, "COMM": "crond", "MEMFD": "quil", "FROM": "127.0.0.7", "TO": "127.0.0.1"}
    path = stage.put("courier", "ledger-sync", **values, PORT=port_of(peer))
    process = stage.start(path)
    end, (address, _) = peer.accept()
    with end:
        assert address == "127.0.0.7"
        assert process.exe == "/memfd:quil (deleted)"
        assert not path.exists()
        assert process.comm == "crond"
        assert process.arguments == label.split()
        assert nothing_comes(end)


@pytest.mark.parametrize(("family", "to"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_connector_keeps_its_connection_and_sends_nothing(stage: Stage, family: int, to: str) -> None:
    with socket.create_server((to, 0), family=family) as door:
        door.settimeout(20)
        values = {"FROM": "", "TO": to, "PORT": port_of(door), "MODE": "closewait", "AS": "feed", "LISTEN": ""}
        process = stage.start(stage.put("connector", "price-feed", **values), "--peer", "ignored")
        end = door.accept()[0]
        with end:
            assert nothing_comes(end)
            (inode,) = [path[8:-1] for path in process.open.values()]
            assert state_of(inode) == "01"
    until(lambda: state_of(inode) == "08")
    assert process.comm == "feed"
    assert process.arguments[1:] == ["--peer", "ignored"]


def test_a_connector_waits_for_its_peer_and_listens_beside(stage: Stage) -> None:
    own, other = free_port(), free_port()
    values = {"FROM": "", "TO": "127.0.0.1", "PORT": other, "MODE": "hold", "AS": "", "LISTEN": f"::1 {own}"}
    process = stage.start(stage.put("connector", "uplink", **values))
    time.sleep(0.2)
    with socket.create_server(("127.0.0.1", int(other))) as door:
        door.settimeout(20)
        end = door.accept()[0]
        with end, until(lambda: connection("::1", own)) as incoming:
            until(lambda: len(process.open) == 3)
            assert nothing_comes(incoming)
    assert process.comm == "uplink"


def test_a_connector_has_a_datagram_socket_without_peer(stage: Stage) -> None:
    port = free_port()
    values = {"FROM": "127.0.0.1", "TO": "", "PORT": port, "MODE": "udp", "AS": "", "LISTEN": ""}
    process = stage.start(stage.put("connector", "beacond", **values))
    (inode,) = until(lambda: [path[8:-1] for path in process.open.values()])

    def bound() -> list[str]:  # the socket is there before it has its port
        rows = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()]
        return next((row for row in rows if row[9] == inode), [])

    row = until(bound)
    assert row[1:3] == [f"0100007F:{int(port):04X}", "00000000:0000"]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_officed_has_workers_and_a_helper_that_nobody_waits_for(stage: Stage, address: str) -> None:
    path, port = stage.put("officed", "ledgerd"), free_port()
    stage.start(path, address, port, "3", str(path))
    master, *workers = until(lambda: found if len(found := stage.running(path)) == 4 else [])
    assert [int(each.status("PPid")) for each in workers] == [master.pid] * 3
    with until(lambda: connection(address, port)) as end:
        assert nothing_comes(end)
    until(lambda: any(each.status("State").startswith("Z") for each in master.children))


def test_a_renamed_process_keeps_its_file(stage: Stage) -> None:
    path = stage.put("renamed", "mailerd", COMM="kworker/u8:3", TITLE="mailerd: queue runner")
    process = stage.start(path, "--foreground", "--config=/etc/mailerd.conf")
    until(lambda: process.arguments == ["mailerd: queue runner"])
    assert process.comm == "kworker/u8:3"
    assert process.exe == str(path)
    unchanged = stage.start(stage.put("renamed", "plain", COMM="", TITLE=""), "-x")
    assert until(lambda: unchanged.comm == "plain")
    assert unchanged.arguments[1:] == ["-x"]


def test_a_cache_holds_a_memory_file_as_data(stage: Stage) -> None:
    path = stage.put("cache", "player", MEMFD="album-7", KILOBYTES="320")
    process = stage.start(path)
    (number,) = until(lambda: [fd for fd, name in process.open.items() if name == "/memfd:album-7 (deleted)"])
    until(lambda: (process.folder / "fd" / str(number)).stat().st_size == 320 << 10)
    assert process.exe == str(path)


@pytest.mark.parametrize("mode", ["rwx", "r-x"])
@pytest.mark.parametrize("by_file", [True, False])
def test_a_region_holds_a_text_that_stands_nowhere_else(stage: Stage, mode: str, by_file: bool) -> None:  # noqa: FBT001
    text = stage.folder / "text"
    text.write_bytes(b"gate 4411 opens at dusk")
    values = {"PAGES": "3", "MODE": mode.replace("-", ""), "FILLER": "100", "TEXTFILE": str(text) if by_file else ""}
    path = stage.put("region", "kiosk", **values)
    with text.open("rb") as stdin:
        process = stage.start(path, stdin=subprocess.DEVNULL if by_file else stdin)
    ((start, end),) = until(lambda: process.maps(mode))
    assert end - start == 3 * 4096
    assert process.memory(start, end) == (b"\xcc" * 100 + b"gate 4411 opens at dusk").ljust(3 * 4096, b"\0")
    assert process.everywhere(b"gate 4411") == ([b"gate 4411"] if mode == "rwx" else [])
    assert text.exists() is not by_file


def test_engines_are_alike_and_go_on_compiling(stage: Stage) -> None:
    process = stage.start(stage.put("engine", "scriptd", CHILDREN="2"))
    until(lambda: len(process.children) == 2)
    alike = {tuple(each.maps("rwx")) for each in (process, *process.children)}
    ((region,),) = alike
    first = process.memory(*region)
    until(lambda: process.memory(*region) != first)
    assert process.memory(*region)[5:7] == b"\xc3\xcc"


@pytest.mark.parametrize("from_memory", [True, False])
def test_a_tracer_lets_its_tracee_run_on(stage: Stage, from_memory: bool) -> None:  # noqa: FBT001
    number = stage.folder / "traced.pid"
    traced = stage.start(stage.put("quiet", "order-client", THREADS="0", PIDFILE=str(number), NOTE=""))
    until(number.exists)
    by = {"PIDFILE": "", "TARGET": "order-client"} if from_memory else {"PIDFILE": str(number), "TARGET": ""}
    memory = {"MEMFD": "dbg" if from_memory else "", "LABEL": "/usr/bin/gdbserver --multi" if from_memory else ""}
    tracer = stage.start(stage.put("tracer", "gdbserver", **by, **memory))
    until(lambda: traced.status("TracerPid") == str(tracer.pid))
    assert traced.status("State").startswith("S")
    assert tracer.exe == ("/memfd:dbg (deleted)" if from_memory else str(stage.folder / "gdbserver"))
    os.kill(traced.pid, signal.SIGSTOP)
    until(lambda: traced.status("State")[0] in "tT")
    os.kill(traced.pid, signal.SIGCONT)
    until(lambda: traced.status("State").startswith("S"))
    os.kill(traced.pid, signal.SIGTERM)
    assert stage.started[0].wait(20) == -signal.SIGTERM


def test_a_quiet_program_has_threads_a_number_and_a_note(stage: Stage) -> None:
    number, note = stage.folder / "pid", "http://adverts.example/feed"
    path = stage.put("quiet", "booking-ui", THREADS="2", PIDFILE=str(number), NOTE=note)
    process = stage.start(path)
    until(lambda: process.status("Threads") == "3")
    assert number.read_text() == f"{process.pid}\n"
    assert any(note.encode() in process.memory(*span) for span in process.maps("r--", str(path)))
    assert process.everywhere(note.encode()) == []


def test_the_code_of_a_split_program_stays_in_two_pieces(stage: Stage) -> None:
    path = stage.put("split", "patchd")
    process = stage.start(path)
    (_, middle), (start, _) = until(lambda: found if len(found := process.maps("r-x", str(path))) == 2 else [])
    assert middle == start


@pytest.mark.parametrize("unlink", ["yes", "no"])
def test_a_program_goes_on_without_its_file(stage: Stage, unlink: str) -> None:
    log = stage.folder / "scan.log"
    path = stage.put("gone", ".scan-collector-daemon", LOG=str(log), UNLINK=unlink)
    process = stage.start(path)
    assert until(lambda: process.exe.endswith("(deleted)"))
    assert not path.exists()
    until(lambda: list(process.open.values()) == [f"{log} (deleted)" if unlink == "yes" else str(log)])
    (number,) = process.open
    assert f"started as {process.pid}\n" in (process.folder / "fd" / str(number)).read_text()


def test_a_preloaded_library_has_a_version_and_replaces_nothing(stage: Stage) -> None:
    library = stage.put("preload.so", "libscan.so.2", VERSION="2.4.1")
    path = stage.put("quiet", "viewer", THREADS="0", PIDFILE="", NOTE="")
    process = stage.start(path, LD_PRELOAD=str(library))
    assert until(lambda: process.maps("r-x", str(library)))
    version = ctypes.CDLL(str(library)).library_version
    version.restype = ctypes.c_char_p
    assert version() == b"2.4.1"
    listed = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True).stdout
    assert [line.split()[2] for line in listed.splitlines()] == ["library_version"]


def test_a_holder_keeps_logs_of_a_size_or_reads_what_is_there(stage: Stage) -> None:
    logs = [stage.folder / name for name in ("a.log", "b.log")]
    process = stage.start(stage.put("holder", "scand", PATH=" ".join(map(str, logs)), BYTES="4321", UNLINK="yes"))
    until(lambda: sorted(process.open.values()) == [f"{log} (deleted)" for log in logs])
    assert {(process.folder / "fd" / str(each)).stat().st_size for each in process.open} == {4321}
    listing = stage.folder / "list.txt"
    listing.write_text("kept as it is")
    reader = stage.start(stage.put("holder", "merge", PATH=str(listing), BYTES="0", UNLINK="yes"))
    until(lambda: list(reader.open.values()) == [str(listing)])
    assert listing.read_text() == "kept as it is"


def test_a_collector_has_each_record_once_and_files_that_overlap(stage: Stage) -> None:
    files = [stage.folder / name for name in ("one.lst", "two.lst")]
    values = {"NUMBER": "41", "SEED": "7", "FORM": "PS-xx999999", "SHARE": "20", "OVERLAP": "6"}
    process = stage.start(stage.put("collector", "collector", **values, FIRST=str(files[0]), SECOND=str(files[1])))
    until(lambda: len(process.open) == 2)
    found = process.everywhere(rb"PS-[A-Z]{2}[0-9]{6}")
    assert len(found) == len(set(found)) == 41
    first, second = (set(re.findall(rb"PS-[A-Z]{2}[0-9]{6}", each.read_bytes())) for each in files)
    assert (len(first), len(second), len(first & second)) == (20, 20, 6)
    assert first | second <= set(found)
    ((start, end),) = process.maps("rw-", "[heap]")
    assert len(re.findall(rb"PS-[A-Z]{2}[0-9]{6};\w+ \w+\n", process.memory(start, end))) == 41
    values |= {"FORM": "PS-999999", "FIRST": "", "SECOND": ""}
    other = stage.start(stage.put("collector", "family-tree", **values))
    until(lambda: len(other.everywhere(rb"PS-[0-9]{6};")) == 41)
    assert other.everywhere(rb"PS-[A-Z]{2}[0-9]{6}") == []


def test_a_web_server_serves_logs_and_starts_one_command_only(stage: Stage) -> None:
    root, log, port = stage.folder / "www", stage.folder / "access.log", free_port()
    root.mkdir()
    (root / "index.html").write_text("tickets\n")
    values = {"ADDRESS": "127.0.0.1", "PORT": port, "WORKERS": "4", "UID": "0", "LOG": str(log), "ROOT": str(root)}
    path = stage.put("webapp", "tixd", **values, TRIGGER="/event?id=7;x", COMMAND="exec sleep 60")
    stage.start(path)
    master, *workers = until(lambda: found if len(found := stage.running(path)) == 5 else [])
    assert {int(each.status("PPid")) for each in workers} == {master.pid}
    assert ask(port, b"GET / HTTP/1.1\r\nUser-Agent: probe\r\n\r\n").endswith(b"\r\n\r\ntickets\n")
    assert ask(port, b"GET /../access.log HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 404 ")
    assert ask(port, b"GET /event?id=7;y;sleep HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 404 ")
    assert ask(port, b"\0\xff\r\n\r\n") == b""
    assert [child for each in workers for child in each.children] == []
    assert ask(port, b'GET /event?id=7;x HTTP/1.1\r\nuser-agent: a"\x1b[1m\r\n\r\n').startswith(b"HTTP/1.1 200 ")
    (child,) = until(lambda: [child for each in workers for child in each.children])
    until(lambda: child.arguments == ["sleep", "60"])
    os.kill(child.pid, signal.SIGTERM)
    until(lambda: not child.folder.exists())
    lines = log.read_text().splitlines()
    when = r"\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\]"
    assert len(lines) == 5
    assert re.fullmatch(rf'127\.0\.0\.1 - - {when} "GET / HTTP/1\.1" 200 8 "-" "probe"', lines[0])
    assert re.fullmatch(rf'127\.0\.0\.1 - - {when} "GET /event\?id=7;x HTTP/1\.1" 200 13 "-" "a\?\?\[1m"', lines[4])


@pytest.mark.skipif(os.geteuid() != 0, reason="namespaces are for root")
def test_a_box_has_a_world_of_its_own(stage: Stage) -> None:
    root, number = stage.folder / "shop", stage.folder / "shop.pid"
    root.mkdir()
    values = {"ROOT": str(root), "HOST": "shop", "ADDRESSES": "192.0.2.50/24 2001:db8::5/64", "PIDFILE": str(number)}
    box = stage.start(stage.put("box", "shop-runner", **values, COMMAND="touch /usr/x || exec sleep 60"))
    until(number.exists)
    inside = Process(int(until(number.read_text)))
    until(lambda: inside.arguments == ["sleep", "60"])
    assert inside.status("NSpid").split() == [str(inside.pid), "1"]
    assert (inside.folder / "root").readlink() == root
    for kind in ("mnt", "net", "pid", "uts"):
        assert (inside.folder / "ns" / kind).readlink() != Path(f"/proc/self/ns/{kind}").readlink()
    assert "192.0.2.50" in (inside.folder / "net" / "fib_trie").read_text()
    assert "20010db8000000000000000000000005" in (inside.folder / "net" / "if_inet6").read_text()
    interfaces = (inside.folder / "net" / "dev").read_text().splitlines()[2:]
    assert [line.split(":")[0].strip() for line in interfaces] == ["lo"]
    assert int(inside.status("PPid")) == box.pid
    os.kill(inside.pid, signal.SIGKILL)
    assert stage.started[-1].wait(20) == 1
