"""Where actors are run for a test, and what the kernel shows of them."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, TypeVar

from training.forge.linux.actors import Programs

T = TypeVar("T")


def until(found: Callable[[], T | None]) -> T:
    """What is found once it is there."""
    end = time.monotonic() + 20
    while not (got := found()) and time.monotonic() < end:
        time.sleep(0.02)
    assert got
    return got


class Process:
    """A running actor, as the kernel shows it."""

    def __init__(self, pid: int) -> None:
        self.folder = Path(f"/proc/{pid}")
        self.pid = pid

    @property
    def comm(self) -> str:
        return (self.folder / "comm").read_text().strip()

    @property
    def exe(self) -> str:
        return str((self.folder / "exe").readlink())

    @property
    def arguments(self) -> list[str]:
        return [each for each in (self.folder / "cmdline").read_text().split("\0") if each]

    def status(self, key: str) -> str:
        found = re.search(rf"^{key}:\s+(.*)$", (self.folder / "status").read_text(), re.MULTILINE)
        assert found
        return found[1]

    @property
    def open(self) -> dict[int, str]:
        found = {}
        for each in (self.folder / "fd").iterdir():
            with suppress(FileNotFoundError):  # closed in between
                found[int(each.name)] = str(each.readlink())
        return {number: name for number, name in found.items() if number > 2}

    @property
    def children(self) -> list["Process"]:
        mine = (self.folder / "task" / str(self.pid) / "children").read_text()
        return [Process(int(each)) for each in mine.split()]

    def maps(self, permissions: str, name: str = "") -> list[tuple[int, int]]:
        lines = [line.split() for line in (self.folder / "maps").read_text().splitlines()]
        wanted = [f[0].split("-") for f in lines if f[1][:3] == permissions and "".join(f[5:6]) == name]
        return [(int(start, 16), int(end, 16)) for start, end in wanted]

    def memory(self, start: int, end: int) -> bytes:
        with (self.folder / "mem").open("rb") as file:
            file.seek(start)
            return file.read(end - start)

    def everywhere(self, pattern: bytes) -> list[bytes]:
        """All that a pattern finds in what of its memory is private and may be written."""
        lines = [line.split() for line in (self.folder / "maps").read_text().splitlines()]
        spans = [f[0].split("-") for f in lines if f[1][1] == "w"]
        return [hit for start, end in spans for hit in re.findall(pattern, self.memory(int(start, 16), int(end, 16)))]


class Stage:
    """Where actors are put and started."""

    def __init__(self, folder: Path, programs: Programs) -> None:
        self.folder, self.programs = folder, programs
        self.started: list[subprocess.Popen[bytes]] = []

    def put(self, source: str, name: str, **values: str) -> Path:
        path = self.folder / name
        path.write_bytes(self.programs.made(source, values))
        path.chmod(0o755)
        return path

    def start(self, path: Path, *arguments: str, stdin: IO[bytes] | int = subprocess.DEVNULL, **more: str) -> Process:
        process = subprocess.Popen([path, *arguments], stdin=stdin, env={**os.environ, **more}, cwd=self.folder)
        self.started.append(process)
        return Process(process.pid)

    def running(self, path: Path) -> list[Process]:
        """Processes of a program that left our care, oldest first."""
        found = []
        for each in Path("/proc").glob("[0-9]*"):
            try:
                if str((each / "exe").readlink()).startswith(str(path)):
                    found.append(Process(int(each.name)))
            except OSError:
                continue
        return sorted(found, key=lambda process: process.pid)

    def clear(self) -> None:
        for process in self.started:
            process.kill()
        for each in self.running(self.folder):
            os.kill(each.pid, signal.SIGKILL)
        for process in self.started:
            process.wait()


def port_of(door: socket.socket) -> str:
    return str(door.getsockname()[1])


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return port_of(door)


def nothing_comes(end: socket.socket) -> bool:
    end.settimeout(0.3)
    try:
        return end.recv(1) is None
    except TimeoutError:
        return True


def state_of(inode: str) -> str:
    """The state of a TCP socket as /proc/net has it: 01 established, 08 the peer has closed."""
    rows = [line.split() for net in ("tcp", "tcp6") for line in Path(f"/proc/net/{net}").read_text().splitlines()]
    return next((row[3] for row in rows if row[9] == inode), "")


def connection(host: str, port: str) -> socket.socket | None:
    try:
        return socket.create_connection((host, int(port)), timeout=20)
    except ConnectionRefusedError:
        return None
