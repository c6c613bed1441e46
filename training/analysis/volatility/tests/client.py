"""A small host: starts a kernel process, opens images, orders runs and reads them to the end."""

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.analysis import channel

ROOT = Path(__file__).resolve().parents[4]
LIMITS = {"rows": 1_000_000, "cell_chars": 1_000_000, "seconds": 120}


def receive(control: socket.socket) -> dict[str, Any] | None:
    packet = channel.receive(control)
    return packet.said if packet else None


@dataclass
class Said:
    """What a run wrote, sorted by kind, and what was said about it."""

    hello: dict[str, Any] | None
    status: dict[str, Any] | None
    seconds: float
    lines: list[dict[str, Any]]
    header: dict[str, Any] | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    end: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.header = next((line for line in self.lines if "columns" in line), None)
        self.rows = [line for line in self.lines if "n" in line]
        self.files = [line for line in self.lines if "file" in line]
        self.end = next((line for line in self.lines if "end" in line), {})


@dataclass
class Started:
    """A run that has been ordered."""

    rows: int
    line: socket.socket
    began: float

    def finish(self) -> Said:
        """Read it to the end."""
        with self.line:
            hello = receive(self.line)
            with os.fdopen(self.rows, "rb") as pipe:
                lines = [json.loads(text) for text in pipe]
            seconds = time.monotonic() - self.began
            status = hello if hello is None or "hello" not in hello else receive(self.line)
        return Said(hello, status, seconds, lines)


class Warm:
    """The host's side of a warm process."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.ready = receive(control) or {}

    def start(self, plugin: str, options: dict[str, Any] | None = None, **more: Any) -> Started:
        reading, writing = os.pipe()
        ours, theirs = channel.pair()
        order = {"plugin": plugin, "options": options or {}, "work": more.get("work")}
        order["limits"] = LIMITS | more.get("limits", {})
        with theirs:
            began = time.monotonic()
            channel.send(self.control, order | more.get("changed", {}), writing, theirs.fileno())
        os.close(writing)
        return Started(reading, ours, began)

    def run(self, plugin: str, options: dict[str, Any] | None = None, **more: Any) -> Said:
        return self.start(plugin, options, **more).finish()

    def close(self) -> None:
        self.control.close()


class Kernel:
    """The host's side of a kernel process. `prelude` is Python that it executes first, to break things on purpose."""

    def __init__(self, symbols: Path, cache: Path, prelude: str = "", **environment: str) -> None:
        cache.mkdir(parents=True, exist_ok=True)
        self.control, theirs = channel.pair()
        main = "from training.analysis.volatility.__main__ import main\nsys.exit(main(sys.argv[1:]))"
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-c", f"import sys\n{prelude}\n{main}", "kernel", str(theirs.fileno())],
                cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)} | environment, pass_fds=[theirs.fileno()],
            )  # fmt: skip
        channel.send(self.control, {"symbols": str(symbols), "cache": str(cache)})
        self.ready = receive(self.control) or {}

    def open(self, image: Path, system: str, kernel: dict[str, Any] | None = None, **changed: Any) -> Warm:
        ours, theirs = channel.pair()
        with theirs, image.open("rb") as opened:
            message = {"open": image.stem, "os": system, "kernel": kernel} | changed
            channel.send(self.control, message, theirs.fileno(), opened.fileno())
        return Warm(ours)

    def close(self) -> int:
        self.control.close()
        return self.process.wait(60)
