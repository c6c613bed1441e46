"""What the collector tells of this computer, compared with what is known of it otherwise."""

import hashlib
import os
import re
import socket
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from training.forge.linux import rootfs
from training.forge.linux.witness import account

HARNESS = """
#include "range_peer.h"
#include <string.h>
int main(int count, char **words)
{
	struct typed line = {"tty1", "say \\"so\\"", 5};
	struct event event = {"looked", {7, 250000000}};
	static char about[65536];

	for (int i = 2; i < count; i++)
		strcat(strcat(about, words[i]), " ");
	if (words[1][0] == 'm')
		collect_maps(stdout, about);
	else
		collect(stdout, &line, 1, &event, 1, about);
	return 0;
}
"""
Ask = Callable[..., list[str]]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """The collector as a program of this computer."""
    work = tmp_path_factory.mktemp("collector")
    (work / "harness.c").write_text(HARNESS)
    sources = [*map(str, rootfs.GUEST.glob("collect*.c")), str(work / "harness.c")]
    command = ["gcc", "-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", f"-I{rootfs.GUEST}", "-o", str(work / "it")]
    subprocess.run([*command, *sources], check=True)

    def run(*words: str) -> list[str]:
        done = subprocess.run([str(work / "it"), *words], check=True, capture_output=True, text=True)
        return done.stdout.splitlines()

    return run


def test_files_of_every_length_have_their_hash_and_lines(ask: Ask, tmp_path: Path) -> None:
    lengths = [*range(140), 65_535, 65_536, 65_537, 1_000_003]
    contents = {tmp_path / str(length): os.urandom(length) for length in lengths}
    for path, content in contents.items():
        path.write_bytes(content)
        os.utime(path, (1_000, 2_000))
    files = account.read(ask("all", *map(str, contents), str(tmp_path), "/nothing/there")).files
    for path, content in contents.items():
        each = files[str(path)]
        assert (each.sha256, each.size, each.lines) == (
            hashlib.sha256(content).hexdigest(), len(content), content.count(b"\n"),
        )  # fmt: skip
        assert (each.inode, each.modified) == (path.stat().st_ino, datetime.fromtimestamp(2_000, UTC))
        assert path.stat().st_atime == 1_000, "looking moved the time of access"
    assert (files[str(tmp_path)].present, files[str(tmp_path)].sha256) == (True, "")
    assert not files["/nothing/there"].present


@pytest.mark.parametrize(
    ("content", "entries"),
    [
        ("", 0),
        ("a\nb\n", 2),
        ("a\n\nb", 1),
        ("#1\na\n", 1),
        ("##1\n#x\n#\n", 3),
        ("#12", 0),
        ("a\n#1\n", 1),
        ("\n\n", 0),
    ],
)
def test_lines_of_a_history_are_counted_as_bash_does(ask: Ask, tmp_path: Path, content: str, entries: int) -> None:
    path = tmp_path / "history"
    path.write_text(content)
    assert account.read(ask("all", str(path))).entries[str(path)] == entries
    script = f"set -o history; history -c; history -r {path}; history | wc -l"
    command = ["bash", "--norc", "-i", "-c", f"histchars='!^#'; {script}"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert int(done.stdout.split()[-1]) == entries


@pytest.mark.enable_socket
def test_this_very_process_is_told_as_it_is(ask: Ask, tmp_path: Path) -> None:
    halt = threading.Event()
    thread = threading.Thread(target=halt.wait)
    thread.start()
    memory = os.memfd_create("quil")
    read_end, write_end = os.pipe()
    kept = (tmp_path / "kept").open("w")
    kept.write("12345")
    kept.flush()
    (tmp_path / "kept").unlink()
    with socket.create_server(("127.0.0.1", 0)) as door, kept:
        port = door.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as mine, door.accept()[0]:
            seen = account.read(ask("all"))
            local_port = mine.getsockname()[1]
    for descriptor in (memory, read_end, write_end):
        os.close(descriptor)
    halt.set()
    own = seen.processes[os.getpid()]
    assert (own.ppid, own.uid, own.gid, own.exe) == (
        os.getppid(), os.getuid(), os.getgid(), str(Path("/proc/self/exe").readlink()),
    )  # fmt: skip
    assert "\0".join(own.args).encode() == Path("/proc/self/cmdline").read_bytes().rstrip(b"\0")
    assert thread.native_id in own.threads
    assert os.getpid() not in own.threads
    assert own.namespaces.net == Path("/proc/self/ns/net").stat().st_ino
    assert (own.root, own.cwd, own.kthread) == ("/", str(Path.cwd()), False)
    held = {each.fd: each for each in seen.open_files if each.pid == os.getpid()}
    assert (held[memory].path, held[memory].deleted, held[memory].kind) == ("/memfd:quil", True, "memfd")
    assert held[read_end].kind == "pipe"
    assert any(each.path == str(tmp_path / "kept") and each.deleted and each.size == 5 for each in held.values())
    ends = {(each.local_port, each.remote_port): each for each in seen.sockets}
    assert ends[port, 0].state == "LISTEN"
    assert [ends[pair].state for pair in ((port, local_port), (local_port, port))] == ["ESTABLISHED"] * 2
    assert os.getpid() in ends[local_port, port].pids


def test_what_it_is_given_is_told_on(ask: Ask) -> None:
    seen = account.read(ask("all"))
    assert seen.typed == (account.Typed("tty1", 'say "so"', 5),)
    assert seen.events == (("looked", 7.25),)
    assert (seen.host, seen.release) == (os.uname().nodename, os.uname().release)
    assert abs((datetime.now(UTC) - seen.now).total_seconds()) < 60


def test_the_collector_leaves_its_own_looking_out(ask: Ask) -> None:
    seen = account.read(ask("all"))
    (own,) = [each for each in seen.processes.values() if each.args[1:] == ("all",) and each.comm == "it"]
    assert not [each for each in seen.open_files if each.pid == own.pid and each.path.startswith("/proc/")]


def test_maps_and_environment_are_those_of_the_process(ask: Ask) -> None:
    with subprocess.Popen(
        ["cat"], env={"A": "b=c", "EMPTY": ""}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(b"?")
        assert child.stdout.read(1) == b"?", "it is wholly loaded"
        said = account.said(ask("maps", str(child.pid)), "it")
        expected = Path(f"/proc/{child.pid}/maps").read_text().splitlines()
        child.stdin.close()
    told_of = [
        f"{row['start']:08x}-{row['end']:08x} {row['perms']} {row['inode']} {row['path']}" for row in said["map"]
    ]
    wanted = [re.sub(r"^(\S+ \S+) \S+ \S+ (\d+) *", r"\1 \2 ", line) for line in expected]
    assert told_of == wanted
    assert said["environment"][0]["text"] == "A=b=c\0EMPTY=\0"
