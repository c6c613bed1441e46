"""A machine in QEMU, emulated without hardware help, and what is done to it from outside.

The machine has one processor, no network card and no disk. It's told what to do over QMP (QEMU's documentation,
"QEMU Machine Protocol"), shows its console on the first serial line, and takes orders on the second one. It ends with
this process: setpriv(1) asks the kernel to kill it when its parent dies.
"""

import contextlib
import gzip
import io
import json
import shutil
import socket
import subprocess
import tempfile
import time
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from training.errors import DomainError

QEMU = "qemu-system-x86_64"
LARGEST_HANDED = 64 << 20
SANDBOX = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"


class MachineFault(DomainError):
    """The machine couldn't be started, didn't answer in time, or refused an order."""


class Line:
    """A serial line or QMP as lines of text over a socket, with a deadline for every read."""

    def __init__(self, path: Path, what: str) -> None:
        self.what = what
        self._rest = b""
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise

    def send(self, text: str) -> None:
        """Send one line."""
        self._socket.sendall(text.encode() + b"\n")

    def read(self, timeout: float) -> str:
        """The next line without its end; `MachineFault` when none comes in `timeout` seconds."""
        until = time.monotonic() + timeout
        while b"\n" not in self._rest:
            self._socket.settimeout(max(until - time.monotonic(), 0.001))
            try:
                got = self._socket.recv(65536)
            except TimeoutError as error:
                raise MachineFault(f"the machine's {self.what} said nothing for {timeout:.0f} seconds") from error
            except OSError as error:
                raise MachineFault(f"the machine's {self.what} broke off: {error.strerror}") from error
            if not got:
                raise MachineFault(f"the machine's {self.what} was closed: the machine has ended")
            self._rest += got
        line, self._rest = self._rest.split(b"\n", 1)
        return line.rstrip(b"\r").decode("utf-8", "replace")

    def wait_for(self, wanted: str, timeout: float) -> None:
        """Read until a line is exactly `wanted`."""
        until = time.monotonic() + timeout
        while self.read(max(until - time.monotonic(), 0.001)) != wanted:
            pass

    def read_bytes(self, count: int, timeout: float) -> bytes:
        """Exactly `count` bytes as they come, each block within `timeout` seconds."""
        have, self._rest = bytearray(self._rest), b""
        self._socket.settimeout(timeout)
        while len(have) < count:
            try:
                got = self._socket.recv(65536)
            except OSError as error:
                raise MachineFault(f"the machine's {self.what} broke off after {len(have)} of {count} bytes") from error
            if not got:
                raise MachineFault(f"the machine's {self.what} was closed after {len(have)} of {count} bytes")
            have += got
        self._rest = bytes(have[count:])
        return bytes(have[:count])

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


class Machine:
    """A booted guest; use it as a context manager, which ends it whatever happens.

    Args:
        kernel: the kernel image.
        initrd: the initramfs.
        memory: MiB.
        clock: what the guest's clock shows at switching on (UTC); the host's clock without it.
        append: more words for the kernel's command line.
    """

    def __init__(
        self, kernel: Path, initrd: Path, *, memory: int, clock: datetime | None = None, append: str = ""
    ) -> None:
        self.memory = memory
        self._command = [
            *("-accel", "tcg", "-m", str(memory), "-smp", "1", "-no-reboot", "-nodefaults", "-no-user-config"),
            *("-display", "none", "-vga", "std", "-nic", "none", "-sandbox", SANDBOX),
            *("-kernel", str(kernel), "-initrd", str(initrd)),
            *("-append", f"console=ttyS0 quiet nokaslr rdinit=/sbin/init {append}".rstrip()),
            *("-rtc", f"base={clock:%Y-%m-%dT%H:%M:%S}" if clock else "base=utc"),
        ]
        self._closing = contextlib.ExitStack()

    def __enter__(self) -> Self:
        missing = {QEMU: "qemu-system-x86", "setpriv": "util-linux"}
        for program, package in missing.items():
            if shutil.which(program) is None:
                raise MachineFault(f"{program} is missing: install the Debian package {package}")
        with self._closing:
            work = Path(self._closing.enter_context(tempfile.TemporaryDirectory(prefix="engram-machine-")))
            self._start(work)
            self._closing = self._closing.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def _start(self, work: Path) -> None:
        command = ["setpriv", "--pdeathsig", "KILL", QEMU, *self._command, "-S"]
        command += ["-qmp", f"unix:{work}/qmp,server=on,wait=off"]
        for name in ("console", "control"):
            command += [
                "-chardev",
                f"socket,id={name},path={work}/{name},server=on,wait=off",
                "-serial",
                f"chardev:{name}",
            ]
        errors = self._closing.enter_context((work / "errors").open("w+b"))
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)  # noqa: S603
        self._closing.callback(self._end)
        until = time.monotonic() + 20
        while not all((work / name).exists() for name in ("qmp", "console", "control")):
            if self._process.poll() is not None or time.monotonic() > until:
                break
            time.sleep(0.02)
        try:
            self._qmp = self._line(work / "qmp", "monitor")
            self.console = self._line(work / "console", "console")
            self.control = self._line(work / "control", "second serial line")
            self._qmp.read(20)  # the greeting
            self._tell("qmp_capabilities")
            self._tell("cont")
        except (MachineFault, OSError) as error:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)  # it's about to say why on its standard error
            errors.seek(0)
            why = errors.read().decode("utf-8", "replace").strip() or str(error)
            raise MachineFault(f"the machine could not be started: {why}") from error

    def _line(self, path: Path, what: str) -> Line:
        line = Line(path, what)
        self._closing.callback(line.close)
        return line

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()

    def _tell(self, what: str, **arguments: Any) -> Any:
        self._qmp.send(json.dumps({"execute": what, "arguments": arguments}))
        while True:
            answer = json.loads(self._qmp.read(60))
            if "error" in answer:
                raise MachineFault(f"the machine refused {what}: {answer['error'].get('desc')}")
            if "return" in answer:
                return answer["return"]

    def stop(self) -> None:
        """Freeze the machine: no instruction runs, its clock stands still."""
        self._tell("stop")

    def resume(self) -> None:
        """Let it run on."""
        self._tell("cont")

    def save_memory(self, path: Path) -> None:
        """Write its physical memory to a file, byte for byte. Stop it first."""
        self._tell("pmemsave", val=0, size=self.memory << 20, filename=str(path.resolve()))
        if path.stat().st_size != self.memory << 20:
            raise MachineFault(f"{path}: the machine wrote {path.stat().st_size} bytes, expected {self.memory << 20}")

    def order(self, text: str, timeout: float = 30) -> str:
        """Give the stage hand inside an order; returns what it answered after ``ok``."""
        self.control.send(text)
        answer = self.control.read(timeout)
        if not answer.startswith("ok"):
            raise MachineFault(f"the stage hand could not do '{text}': {answer}")
        return answer.removeprefix("ok").strip()

    def hand(self, path: str) -> bytes:
        """The content of a file inside, given away by the stage hand. It starts a program there: use it after the
        freeze only.
        """
        packed = self.control.read_bytes(int(self.order(f"hand {path}", 60)), 30)
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            content = file.read(LARGEST_HANDED + 1)
        if len(content) > LARGEST_HANDED:
            raise MachineFault(f"{path} inside the machine is larger than {LARGEST_HANDED} bytes")
        return content
