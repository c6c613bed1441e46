"""A server of its own, in a process that can be killed at any moment and started again on the same instance."""

import fcntl
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from training.accounts import first
from training.errors import Conflict
from training.settings import PREFIX, ROOT

READY = "Engram answers"


def free_port() -> int:
    """A loopback port that nobody holds just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """`python app.py serve` on an instance folder and a loopback port; `passwords` of first accounts, by login.

    `labs` is a folder of labs other than the program's; `said` what it printed until it answered.
    """

    instance: Path
    port: int = field(default_factory=free_port)
    passwords: dict[str, str] = field(default_factory=dict)
    labs: Path | None = None
    said: str = ""
    _process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Its process id."""
        if self._process is None:
            msg = "the server was not started"
            raise RuntimeError(msg)
        return self._process.pid

    @property
    def children(self) -> set[int]:
        """The processes that it has started and that answer for it."""
        return {int(one) for one in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text("ascii").split()}

    def start(self) -> float:
        """Start it and wait until it answers; the seconds that took. Conflict carries what it said when it ended."""
        began = time.monotonic()
        # None of the settings of this installation may reach it, its database least of all.
        env = {"PATH": os.environ.get("PATH", os.defpath)}
        env |= {f"{PREFIX}INSTANCE": str(self.instance), f"{PREFIX}LISTEN": f"127.0.0.1:{self.port}"}
        env |= {f"{PREFIX}LABS": str(self.labs)} if self.labs else {}
        self._process = subprocess.Popen(
            [sys.executable, "app.py", "serve"],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if self._process.stdout is None:
            msg = "the server has no output"
            raise RuntimeError(msg)
        said = []
        for line in self._process.stdout:
            said.append(line)
            if line.startswith(READY):
                self.said = "".join(said)
                self.passwords |= first.read(self.instance)
                threading.Thread(target=_drain, args=(self._process.stdout,), daemon=True).start()
                return time.monotonic() - began
        self._process.stdout.close()
        raise Conflict("The server did not start: " + "".join(said).strip())

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL, by its process id. The kernel then ends the processes that it started;
        when this returns, none of them has the instance or the port any more.
        """
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait(20)
            _wait_until_free(self.instance)

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        if self._process is None:
            return 0
        self._process.terminate()
        try:
            return self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            return -9


def _wait_until_free(instance: Path) -> None:
    """Wait until no process holds the lock of an instance, which a killed server's children do for a moment longer."""
    end = time.monotonic() + 20
    with (instance / "engram.lock").open("rb") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    msg = f"{instance} is still held 20 s after its server was killed"
                    raise RuntimeError(msg) from None
                time.sleep(0.01)
            else:
                return


def _drain(stream: IO[str]) -> None:
    """Read on, so that the server never waits for a full pipe, and close it when the server has ended."""
    with stream:
        for _line in stream:
            pass
