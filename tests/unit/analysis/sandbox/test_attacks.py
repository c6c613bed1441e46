"""A confined run tries to get out, in every way of starting it; a control tries the same unconfined."""

import functools
import os
import shutil
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.unit.analysis.sandbox.conftest import Cell
from training.analysis.sandbox import LAYERS, launch
from training.analysis.sandbox.probe import probe

FILES, CALLS = {"landlock", "mount"}, {"seccomp"}


@dataclass(frozen=True)
class Attack:
    """What is tried, the layers of which any one stops it, and whether it works where nothing stops it."""

    code: str
    stopped_by: set[str]
    works: bool = True


ATTACKS = {
    "open /etc/passwd": Attack("c('open', b'/etc/passwd', 0)", FILES),
    "list the root": Attack("os.listdir('/')", {"landlock"}),
    "read another exhibit": Attack("c('open', outside + b'/secret', 0)", FILES),
    "through /proc/self/root": Attack("c('open', b'/proc/self/root' + outside + b'/secret', 0)", FILES),
    "through the parent's root": Attack("c('open', b'/proc/%d/root' % parent + outside + b'/secret', 0)", FILES),
    "through the first process's root": Attack("c('open', b'/proc/1/root/etc/passwd', 0)", FILES, works=False),
    "through dots": Attack("c('open', inside + b'/../outside/secret', 0)", FILES),
    "write outside": Attack("c('open', outside + b'/new', os.O_CREAT | os.O_WRONLY, 0o600)", FILES),
    "make a folder outside": Attack("c('mkdir', outside + b'/folder', 0o700)", FILES),
    "write into the program": Attack("c('access', program, 2) or c('open', program, os.O_RDWR)", FILES, works=False),
    "move a file out": Attack("c('rename', inside + b'/mine', outside + b'/mine')", FILES),
    "plant a link": Attack("c('symlink', b'/etc/passwd', inside + b'/link')", {"landlock"}),
    "plant a device": Attack("c('mknod', inside + b'/device', 0o020600, 0x103)", CALLS, works=False),
    "plant a pipe": Attack("c('mkfifo', inside + b'/pipe', 0o600)", {"landlock"} | CALLS),
    "TCP socket": Attack("c('socket', 2, 1, 0)", CALLS),
    "UDP socket": Attack("c('socket', 2, 2, 0)", CALLS),
    "Unix socket": Attack("c('socket', 1, 1, 0)", CALLS),
    "raw socket": Attack("c('socket', 17, 3, 0)", CALLS, works=False),
    "connect TCP": Attack("c('connect', given['tcp'], inet(given['port']), 16)", CALLS | {"landlock"}),
    "connect an abstract socket": Attack("c('connect', given['unix'], abstract(), 3 + len(given['name']))", CALLS),
    "bind TCP": Attack("c('bind', given['spare'], inet(0), 16)", CALLS | {"landlock"}),
    "send UDP": Attack("c('sendto', given['udp'], b'x', 1, 0, inet(given['port']), 16)", CALLS),
    "listen": Attack("c('listen', given['listening'], 1)", CALLS),
    "fork": Attack("forks()", CALLS),
    "fork by Python": Attack("os.fork() or os._exit(0)", {"audit"}),
    "clone3": Attack("call('clone3', 0, 0)", CALLS, works=False),
    "exec": Attack("c('execve', b'/does/not/exist', None, None)", CALLS, works=False),
    "run a program": Attack("os.posix_spawn('/bin/true', ['true'], {})", {"audit"}),
    "trace the parent": Attack("c('ptrace', 16, parent, None, None)", CALLS, works=False),
    "read the parent's memory": Attack("open(f'/proc/{parent}/mem', 'rb').read(0)", {"landlock", "user", *CALLS}),
    "kill the parent": Attack("c('kill', parent, 0)", CALLS | {"landlock"}),
    "kill everything": Attack("c('kill', -1, 0)", CALLS, works=False),
    "kill by thread": Attack("call('tkill', parent, 0)", CALLS | {"landlock"}),
    "open the parent by pidfd": Attack("call('pidfd_open', parent, 0)", CALLS),
    "become root": Attack("c('setresuid', 0, 0, 0)", {"user"} | CALLS, works=False),
    "mount": Attack("c('mount', b'none', inside, b'tmpfs', 0, None)", CALLS, works=False),
    "unmount": Attack("c('umount2', inside, 2)", CALLS, works=False),
    "new user namespace": Attack("c('unshare', 0x10000000)", CALLS, works=False),
    "new PID namespace": Attack("c('unshare', 0x20000000)", CALLS, works=False),
    "join a namespace": Attack("c('setns', given['tcp'], 0)", CALLS, works=False),
    "chroot": Attack("c('chroot', inside)", CALLS, works=False),
    "bpf": Attack("call('bpf', 0, None, 0)", CALLS, works=False),
    "keys": Attack("call('keyctl', 0, -3, 1)", CALLS, works=False),
    "io_uring": Attack("call('io_uring_setup', 1, None)", CALLS, works=False),
    "userfaultfd": Attack("call('userfaultfd', 1)", CALLS, works=False),
    "perf": Attack("call('perf_event_open', None, 0, 0, -1, 0)", CALLS, works=False),
    "personality": Attack("c('personality', 0x0040000)", CALLS),
    "memory of another process": Attack("call('process_vm_readv', parent, None, 0, None, 0, 0)", CALLS, works=False),
    "words for the terminal": Attack("c('ioctl', 0, 0x5412, b'x')", CALLS, works=False),
    "visible again": Attack("c('prctl', 4, 1, 0, 0, 0)", CALLS),
    "outlive the parent": Attack("c('prctl', 1, 0, 0, 0, 0)", CALLS),
    "a call of tomorrow": Attack("c('syscall', 5000)", CALLS, works=False),
    "more open files": Attack("libc_limit(7, 65)", {"limits"}),
    "core dumps": Attack("libc_limit(4, 1)", {"limits"}, works=False),
}
ERRORS = {"clone3": {"ENOSYS"}, "a call of tomorrow": {"ENOSYS"}, "unmount": {"EPERM"}}

CODE = """
import resource
inside, outside = home.encode(), given["outside"].encode()
parent = given["parent"]
program = confine.__file__.encode()
call = syscalls.call
Path(home, "mine").touch()
def inet(port):
    return struct.pack("=H", 2) + struct.pack("!H", port) + bytes([127, 0, 0, 1]) + bytes(8)
def abstract():
    return struct.pack("=H", 1) + b"\\0" + given["name"].encode()
def forks():
    pid = c("fork")
    if pid == 0:
        libc._exit(0)
    return pid
def libc_limit(kind, value):
    return c("setrlimit", kind, struct.pack("=QQ", value, value))
libc.setrlimit.argtypes = [ctypes.c_int, ctypes.c_char_p]
layers = list(confine.layers_here())
if given["confined"]:
    close_up(may_fork=True)
    pid, own = confine.fork()
    if pid:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    layers = list(close_up())
for name, code in given["attacks"].items():
    attempt(name, lambda: eval(code))
tell(layers=layers)
"""


@functools.cache
def attacked(way: str, *, confined: bool) -> dict[str, Any]:
    """What became of every attack in one way of starting."""
    base = Path(tempfile.mkdtemp(prefix="attacked-"))
    cell = Cell(base / "home", base / "outside")
    for path in (cell.home, cell.outside):
        path.mkdir()
    (cell.outside / "secret").write_text("another exhibit", encoding="ascii")
    name = f"engram-test-{os.getpid()}-{way}-{confined}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as target:
        target.bind(f"\0{name}")
        target.listen()
        with (
            socket.socket() as tcp,
            socket.socket() as spare,
            socket.socket() as listening,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
            socket.socket(socket.AF_UNIX) as unix,
        ):
            fds = {"tcp": tcp, "spare": spare, "listening": listening, "udp": udp, "unix": unix}
            numbers: dict[str, Any] = {key: one.fileno() for key, one in fds.items()}
            told = cell.run(
                CODE,
                way=way,
                fds=tuple(numbers.values()),
                confined=confined,
                parent=os.getpid(),
                port=server.getsockname()[1],
                name=name,
                attacks={key: attack.code for key, attack in ATTACKS.items() if confined or attack.works},
                **numbers,
            )
    shutil.rmtree(base)
    return told


@pytest.mark.parametrize("way", launch.WAYS)
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_from_a_run_is_stopped(name: str, way: str) -> None:
    if launch.trial(way).reason:
        assert launch.best() != way
        return
    told = attacked(way, confined=True)
    result, sentence = told[name]
    if ATTACKS[name].stopped_by & set(told["layers"]):
        assert result not in {"done", "NameError", "TypeError"}, sentence
        assert result in ERRORS.get(name, {result}), sentence


@pytest.mark.parametrize("name", [name for name, attack in ATTACKS.items() if attack.works])
def test_the_same_attack_works_where_nothing_confines(name: str) -> None:
    result, sentence = attacked("none", confined=False)[name]
    assert result == "done", sentence


def test_a_run_has_every_layer_that_the_probe_promises() -> None:
    told = attacked(launch.best(), confined=True)
    promised = {layer.name for layer in probe() if layer.reached}
    assert set(told["layers"]) == promised
    assert {"limits", "no-new-privileges", "audit"} <= promised
    assert told["layers"] == [name for name in LAYERS if name in promised]


@pytest.mark.parametrize("way", ["bubblewrap", "own"])
def test_calls_that_the_filter_refuses_are_refused_by_it(way: str) -> None:
    if launch.trial(way).reason:
        assert launch.best() != way
        return
    told = attacked(way, confined=True)
    refused = {name for name, attack in ATTACKS.items() if attack.stopped_by == CALLS and name not in ERRORS}
    assert {told[name][0] for name in refused} == {"EPERM"}
