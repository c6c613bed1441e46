"""What a confined process still can, and that a second time only narrows."""

import os
import socket
from pathlib import Path

import pytest

from tests.unit.analysis.sandbox.conftest import Cell
from tests.unit.analysis.sandbox.test_fork import works
from training.analysis.sandbox import landlock, launch
from training.analysis.sandbox.confine import namespaces
from training.analysis.sandbox.limits import GRACE, OUT_OF_TIME

RUN = """
close_up(may_fork=True, fds=given.get("open", []))
pid, own = confine.fork()
if pid:
    os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
layers = close_up(fds=given.get("open", []))
"""
LAZY = """
new = [name for name in ("tomllib", "sqlite3", "decimal", "csv", "xml.dom.minidom", "lzma") if name not in sys.modules]
for name in [*new, *given["packages"]]:
    attempt(name, lambda: __import__(name))
import zoneinfo, tempfile
attempt("file", lambda: Path(home, "kept").write_text("x"))
attempt("replace", lambda: os.replace(Path(home, "kept"), Path(home, "moved")))
attempt("folder", lambda: Path(home, "files").mkdir())
attempt("inside", lambda: Path(home, "files", "dump").write_bytes(b"x"))
attempt("temporary", lambda: tempfile.TemporaryDirectory(dir=home).cleanup())
attempt("null", lambda: open("/dev/null", "w").write("x"))
attempt("random", lambda: open("/dev/urandom", "rb").read(1))
attempt("a signal to itself", lambda: c("kill", os.getpid(), 0))
tell()
"""


@pytest.mark.parametrize("way", launch.WAYS)
def test_a_confined_run_imports_and_writes_where_it_may(cell: Cell, way: str) -> None:
    if works(way):
        told = cell.run(RUN + LAZY, way=way, packages=["yara", "capstone", "Crypto.Cipher.AES"])
        assert len(told) >= 14
        assert {name: said for name, said in told.items() if said[0] != "done"} == {}


CHANNELS = """
os.write(given["pipe"], b"rows")
line = socket.socket(fileno=given["line"])
line.send(b"hello")
message, fds, _, _ = socket.recv_fds(line, 100, 1)
line.sendmsg([os.read(fds[0], 4)])
attempt("reopen", lambda: os.read(os.open(f"/proc/self/fd/{given['image']}", os.O_RDONLY), 15).decode())
attempt("write", lambda: os.open(f"/proc/self/fd/{given['image']}", os.O_WRONLY))
tell(message=message.decode())
"""


@pytest.mark.parametrize("way", launch.WAYS)
def test_pipes_sockets_and_files_that_were_inherited_still_work(cell: Cell, way: str) -> None:
    if not works(way):
        return
    ours, theirs = os.pipe()
    image = os.open(cell.outside / "secret", os.O_RDONLY)
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with here, there:
        socket.send_fds(here, [b"go"], [image])
        told = cell.run(
            RUN + CHANNELS, way=way, fds=[theirs, there.fileno(), image],
            pipe=theirs, line=there.fileno(), image=image, open=[image],
        )  # fmt: skip
        assert os.read(ours, 4) == b"rows"
        assert [here.recv(9), here.recv(9)] == [b"hello", b"anot"]
    for one in (ours, theirs, image):
        os.close(one)
    assert told["message"] == "go"
    assert told["reopen"] == ["done", "'another exhibit'"]
    assert told["write"][0] != "done"


def test_written_bytes_and_open_files_have_a_limit(cell: Cell) -> None:
    code = """
attempt("bytes", lambda: Path(home, "big").write_bytes(bytes(2**20 + 1)))
attempt("files", lambda: [os.dup(0) for _ in range(70)])
tell()
"""
    told = cell.run(RUN + code)
    assert told["bytes"][0] == "EFBIG"
    assert told["files"][0] == "EMFILE"


@pytest.mark.parametrize("forked", [False, True])
def test_processor_time_has_a_limit(cell: Cell, forked: bool) -> None:  # noqa: FBT001
    code = """
pid, own = confine.fork() if given["forked"] else (os.fork(), False)
if not pid:
    close_up(cpu_seconds=1)
    while True:
        pass
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
tell(own=own, status=status, seconds=os.times().children_user + os.times().children_system)
"""
    told = cell.run(code, forked=forked)
    assert told["status"] == (OUT_OF_TIME if told["own"] else -24)
    assert told["seconds"] < GRACE


def test_a_second_time_only_narrows(cell: Cell) -> None:
    code = """
import resource
inner = Path(home, "inner")
inner.mkdir()
close_up(may_fork=True, cpu_seconds=10, writable=inner)
first = resource.getrlimit(resource.RLIMIT_CPU)
confine.confine(readable=[Path(given["outside"])], writable=[Path(home)], readable_fds=[], cpu_seconds=1000,
                file_bytes=2**30, open_files=1000, may_fork=True)
attempt("wider", lambda: Path(home, "x").touch())
attempt("still", lambda: Path(inner, "x").touch())
libc.open.restype = ctypes.c_int
attempt("wider by the library", lambda: c("open", f"{home}/y".encode(), os.O_CREAT | os.O_WRONLY, 0o600))
tell(first=first, second=resource.getrlimit(resource.RLIMIT_CPU), files=resource.getrlimit(resource.RLIMIT_FSIZE))
"""
    told = cell.run(code)
    assert told["first"] == told["second"] == [10, 10 + GRACE]
    assert told["files"] == [2**20, 2**20]
    assert told["wider"][0] == "Python"
    assert told["still"][0] == "done"
    assert told["wider by the library"][0] == "EACCES" or not landlock.version()


def test_calls_of_another_kind_of_processor_end_the_process(cell: Cell) -> None:
    """On x86-64 a program can ask in the numbers of 32 bits: the filter must not take them for its own."""
    code = """
import mmap, platform
pid = os.fork()
if not pid:
    close_up()
    if platform.machine() != "x86_64":
        os.kill(os.getpid(), signal.SIGSYS)
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(bytes.fromhex("b814000000cd80c3"))  # mov eax, 20 (getpid); int 0x80; ret
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
    os._exit(0)
tell(status=os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
    assert cell.run(code)["status"] < 0


@pytest.mark.parametrize("way", ["bubblewrap", "own"])
def test_an_enclosure_shows_neither_settings_nor_other_processes(cell: Cell, way: str) -> None:
    if not works(way):
        return
    code = """
attempt("names", lambda: sorted(os.environ))
tell(pids=[name for name in os.listdir("/proc") if name.isdecimal()], root=sorted(os.listdir("/")), me=os.getuid(),
     network=[name for _, name in socket.if_nameindex()], groups=os.getgroups(), set=os.environ.get("ENGRAM_SECRET"),
     written=[attempt(str(path), lambda: Path(path, "x").touch()) for path in ("/", "/dev", "/usr")])
"""
    told = cell.run(code, way=way, env={"ENGRAM_SECRET": "a password"})
    assert told["set"] is None
    assert told["pids"] == ["1"]
    assert told["network"] == ["lo"]
    assert told["me"] == 65534
    assert 0 not in told["groups"]
    assert not {"home", "srv", "var", "mnt"} & set(told["root"]) or str(Path.cwd()).startswith(
        ("/home", "/srv", "/var")
    )
    assert {told[path][0] for path in ("/", "/dev", "/usr")} <= {"EROFS", "EACCES"}


def test_layers_of_another_start_are_not_believed(cell: Cell) -> None:
    told = cell.run("tell(layers=confine.layers_here())", env={"ENGRAM_LAYERS": namespaces()})
    assert set(told["layers"]) <= {"user"}
