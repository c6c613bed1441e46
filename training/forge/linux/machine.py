"""A machine in QEMU, and what is done to it from outside.

The machine has one processor, no network card and no disk. It's told what to do over QMP (QEMU's documentation,
"QEMU Machine Protocol"), shows its console on the first serial line, and takes orders on the second one. It ends with
this process: setpriv(1) asks the kernel to kill it when its parent dies.

Emulated, its clock counts its own instructions ("TCG Instruction Counting" there): what it sleeps costs no time
outside, and two machines that do the same are nearly the same. A machine that people talk to keeps our time instead.
"""

import contextlib
import gzip
import io
import json
import math
import os
import shutil
import socket
import subprocess
import tempfile
import time
import zlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from training.errors import DomainError
from training.forge.halt import Halt

QEMU = "qemu-system-x86_64"
LARGEST_HANDED = 64 << 20
"""Bytes of a file of the guest, and of what it is packed to."""
LARGEST_UNREAD = 1 << 20
"""Bytes of one line."""
LARGEST_ACCOUNT = 32 << 20
"""Bytes of what the guest writes down at once; some 100 KiB are usual."""
LONGEST_ACCOUNT = 50_000
"""Lines of it; some hundreds are usual."""
SENT_WITHIN = 30
"""Seconds until an order that nobody takes is given up."""
LONGEST = 900
"""Seconds that a machine may run in all; some ten on an idle computer."""
INSTRUCTION = 2
"""An instruction takes two to this power nanoseconds of the machine's own time: a processor of 250 MHz."""
LONGEST_NUMBER = 12
LONGEST_SHOWN = 400
LAST_LINE = '{"kind": "end"}'
KVM = Path("/dev/kvm")
PROCESSOR = Path("/proc/cpuinfo")
Accelerator = Literal["auto", "tcg", "kvm"]
SANDBOX = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"


class MachineFault(DomainError):
    """The machine couldn't be started, didn't answer in time, or refused an order."""


class Line:
    """A serial line or QMP as lines of text over a socket, with a deadline for every read.

    Args:
        path: of the socket.
        what: it is, in messages.
        end: when nothing is read from it any more, whatever a read was given (`time.monotonic`).
    """

    def __init__(self, path: Path, what: str, end: float = math.inf) -> None:
        self.what = what
        self._end = end
        self._rest = bytearray()
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise

    def send(self, text: str, *, handed: int | None = None) -> None:
        """Send one line, with an open file for the other side if there is one (as a descriptor)."""
        line = text.encode() + b"\n"
        try:
            self._socket.settimeout(SENT_WITHIN)
            if handed is not None:
                line = line[socket.send_fds(self._socket, [line], [handed]) :]
            self._socket.sendall(line)
        except OSError as error:
            raise MachineFault(f"the machine's {self.what} takes nothing: {error}") from error

    def _more(self, until: float) -> None:
        left = min(until, self._end) - time.monotonic()
        late = MachineFault(
            "the machine took longer than it may in all"
            if self._end <= until
            else f"the machine's {self.what} said nothing in time"
        )
        if left <= 0:
            raise late
        try:
            self._socket.settimeout(left)
            got = self._socket.recv(65536)
        except TimeoutError as error:
            raise late from error
        except OSError as error:
            raise MachineFault(f"the machine's {self.what} broke off: {error.strerror}") from error
        if not got:
            raise MachineFault(f"the machine's {self.what} was closed: the machine has ended")
        self._rest += got

    def _taken(self, count: int) -> bytes:
        """The first bytes of what came, which are gone from there."""
        got = bytes(self._rest[:count])
        del self._rest[:count]
        return got

    def read(self, timeout: float) -> str:
        """The next line without its end; `MachineFault` when none comes in `timeout` seconds."""
        return self.read_until(b"\n", timeout)[:-1].rstrip("\r")

    def read_until(self, end: bytes, timeout: float) -> str:
        """What comes up to some bytes and with them, as a prompt that ends no line; `MachineFault` as in `read`."""
        until, looked = time.monotonic() + timeout, 0
        while (at := self._rest.find(end, looked)) < 0:
            looked = max(len(self._rest) - len(end), 0)
            if looked > LARGEST_UNREAD:
                raise MachineFault(f"the machine's {self.what} sent {len(self._rest)} bytes without {end!r}")
            self._more(until)
        return self._taken(at + len(end)).decode("utf-8", "replace")

    def read_lines(self, last: str, timeout: float) -> list[str]:
        """The next lines up to one that is `last`, all within `timeout` seconds.

        Raises:
            MachineFault: they don't come in time, or are more than anything that is read so may have.
        """
        until, lines, size = time.monotonic() + timeout, [""], 0
        while lines[-1] != last:
            lines.append(self.read(until - time.monotonic()))
            size += len(lines[-1])
            if len(lines) > LONGEST_ACCOUNT or size > LARGEST_ACCOUNT:
                raise MachineFault(f"the machine's {self.what} sent {len(lines)} lines and no end of them")
        return lines[1:]

    def read_bytes(self, count: int, timeout: float) -> bytes:
        """Exactly `count` bytes, all within `timeout` seconds."""
        until = time.monotonic() + timeout
        while len(self._rest) < count:
            self._more(until)
        return self._taken(count)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def shown(word: str) -> str:
    """What a guest said, fit for a message: short, and nothing in it that a terminal obeys."""
    return "".join(each if each.isprintable() else "\ufffd" for each in word[:LONGEST_SHOWN])


def accelerator(wanted: Accelerator) -> Literal["tcg", "kvm"]:
    """What a machine runs on: ``auto`` is the processor itself (KVM) where it can do that and this process may use it,
    else emulation (TCG).
    """
    if wanted != "auto":
        return wanted
    able = {"vmx", "svm"} & set(PROCESSOR.read_text(encoding="utf-8", errors="replace").split())
    return "kvm" if able and os.access(KVM, os.R_OK | os.W_OK) else "tcg"


def _said(packer: subprocess.Popen[bytes]) -> str:
    return packer.stderr.read().decode("utf-8", "replace").strip() if packer.stderr else ""


class Machine:
    """A guest; use it as a context manager, which ends it whatever happens.

    Args:
        kernel: the kernel image.
        initrd: the initramfs.
        memory: MiB.
        clock: what the guest's clock shows at switching on (UTC); the host's clock without it.
        on: what it runs on, see `accelerator`.
        keeps_our_time: its clock goes as ours does. Else, where it is emulated, sleep costs it nothing.
        saved: a state that `save` wrote; the machine goes on there. Everything else must be as it was.
        seconds: that it may run in all; afterwards nothing that it says is read.
        halt: the word that ends it from another thread.

    `keeps_our_time`, `saved`, `save` and the order ``rest`` are for a machine that people talk to while it runs; no
    exhibit is made with them.
    """

    def __init__(  # noqa: PLR0913 - each an option of the machine
        self,
        kernel: Path,
        initrd: Path,
        *,
        memory: int,
        clock: datetime | None = None,
        on: Accelerator = "tcg",
        keeps_our_time: bool = False,
        saved: Path | None = None,
        seconds: float = LONGEST,
        halt: Halt | None = None,
    ) -> None:
        self.memory = memory
        self._saved = saved
        self._seconds = seconds
        self._halt = halt or Halt()
        chosen = accelerator(on)
        counted = chosen == "tcg" and not keeps_our_time
        self._command = [
            *("-accel", chosen, "-m", str(memory), "-smp", "1", "-no-reboot", "-nodefaults", "-no-user-config"),
            *("-display", "none", "-vga", "std", "-nic", "none", "-sandbox", SANDBOX),
            *("-kernel", str(kernel), "-initrd", str(initrd)),
            *("-append", "console=ttyS0 quiet nokaslr rdinit=/sbin/init"),
            *("-rtc", f"base={f'{clock:%Y-%m-%dT%H:%M:%S}' if clock else 'utc'},clock=vm"),
            *(("-icount", f"shift={INSTRUCTION},sleep=off") if counted else ()),
            *(("-incoming", "defer") if saved else ()),
        ]
        self._closing = contextlib.ExitStack()

    def __enter__(self) -> Self:
        missing = {QEMU: "qemu-system-x86", "setpriv": "util-linux", "zstd": "zstd"}
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
            command += ["-chardev", f"socket,id={name},path={work}/{name},server=on,wait=off"]
            command += ["-serial", f"chardev:{name}"]
        errors = self._closing.enter_context((work / "errors").open("w+b"))
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)  # noqa: S603
        self._closing.callback(self._end)
        self._closing.enter_context(self._halt.ends(self._process))
        self._until = time.monotonic() + self._seconds
        try:
            self._qmp = self._line(work / "qmp", "monitor")
            self.console = self._line(work / "console", "console")
            self.control = self._line(work / "control", "second serial line")
            self._qmp.read(20)  # the greeting
            self._tell("qmp_capabilities")
            if self._saved:
                self._restore(self._saved)
            self._tell("cont")
        except (MachineFault, OSError) as error:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)  # it's about to say why on its standard error
            errors.seek(0)
            why = errors.read().decode("utf-8", "replace").strip() or str(error)
            raise MachineFault(f"the machine could not be started: {why}") from error

    def _line(self, path: Path, what: str) -> Line:
        """Connect to a socket of QEMU, which may still be about to make it and to listen."""
        until = time.monotonic() + 20
        while True:
            try:
                line = Line(path, what, self._until)
            except (FileNotFoundError, ConnectionRefusedError):
                if self._process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.02)
            else:
                self._closing.callback(line.close)
                return line

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()

    def _tell(self, what: str, *, handed: int | None = None, **arguments: Any) -> Any:
        self._qmp.send(json.dumps({"execute": what, "arguments": arguments}), handed=handed)
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

    def save(self, path: Path, *, level: int = 3, timeout: float = 120) -> None:
        """Write the whole state of a stopped machine to a file (QEMU's migration stream, zstd), from which another one
        can go on; this one can too.
        """
        self._tell("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
        self._pass_state(["zstd", f"-{level}", "-q", "-f", "-o", str(path)], "migrate", timeout)

    def _restore(self, path: Path) -> None:
        if not path.is_file() or not path.stat().st_size:
            raise MachineFault(f"{path}: there is no saved state")
        self._pass_state(["zstd", "-d", "-q", "-c", str(path)], "migrate-incoming", 120)

    def _pass_state(self, command: list[str], order: Literal["migrate", "migrate-incoming"], timeout: float) -> None:
        """Let QEMU write its state into zstd, or read it from there. QEMU itself may start no program: it gets the end
        of a pipe.
        """
        reading, writing = os.pipe()
        its, zstds = (writing, reading) if order == "migrate" else (reading, writing)
        end = {"stdin" if order == "migrate" else "stdout": zstds}
        try:
            packer = subprocess.Popen(command, stderr=subprocess.PIPE, **end)  # type: ignore[call-overload] # noqa: S603 - a list, no shell
            self._tell("getfd", handed=its, fdname="state")
        finally:
            os.close(reading)
            os.close(writing)
        with packer:
            try:
                self._tell(order, uri="fd:state")
                self._wait_for_the_state(packer, timeout)
                packer.wait(timeout)
            except (MachineFault, subprocess.TimeoutExpired) as error:
                packer.kill()
                raise MachineFault(f"the state could not be passed: {error} {_said(packer)}".rstrip()) from error
            if packer.returncode:
                raise MachineFault(f"zstd failed: {_said(packer)}")

    def _wait_for_the_state(self, packer: subprocess.Popen[bytes], timeout: float) -> None:
        until = time.monotonic() + timeout
        while (state := self._tell("query-migrate")).get("status") != "completed":
            if state.get("status") in ("failed", "cancelled") or packer.poll() or time.monotonic() > until:
                raise MachineFault(f"{state.get('status')}, {state.get('error-desc', 'no reason given')}")
            time.sleep(0.05)

    def save_memory(self, path: Path) -> None:
        """Write its physical memory to a file, byte for byte. Stop it first."""
        self._tell("pmemsave", val=0, size=self.memory << 20, filename=str(path.resolve()))
        if path.stat().st_size != self.memory << 20:
            raise MachineFault(f"{path}: the machine wrote {path.stat().st_size} bytes, expected {self.memory << 20}")

    def wait_until_ready(self, timeout: float) -> None:
        """Wait for the stage hand's first word; `MachineFault` says which line of the machine's start failed."""
        word = self.control.read(timeout)
        if word != "ready":
            raise MachineFault(f"the machine did not come up: {shown(word)}")

    def order(self, *words: str, timeout: float = 30) -> str:
        """Give the stage hand inside an order (guest/range_peer.c lists them); returns what it answered after
        ``ok``.
        """
        self.control.send("\t".join(words))
        answer = self.control.read(timeout)
        if not answer.startswith("ok"):
            raise MachineFault(f"the stage hand could not do '{' '.join(words)}': {shown(answer)}")
        return answer.removeprefix("ok").strip()

    def account(self, kind: Literal["truth", "maps"], about: Iterable[str], timeout: float = 180) -> list[str]:
        """What the stage hand writes down: of the machine and some files, or of some processes. JSON, one object a
        line.
        """
        self.control.send(f"{kind}\t{' '.join(about)}")
        return self.control.read_lines(LAST_LINE, timeout)

    def hand(self, path: str) -> bytes:
        """The content of a file inside, given away by the stage hand. It starts a program there: use it after the
        freeze only.
        """
        said = self.order("hand", path, timeout=60)
        if not (said.isascii() and said.isdigit() and len(said) <= LONGEST_NUMBER and int(said) <= LARGEST_HANDED):
            raise MachineFault(
                f"{path}: the stage hand says {said[:80]!r} and no size of at most {LARGEST_HANDED} bytes"
            )
        packed = self.control.read_bytes(int(said), 120)
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
                content = file.read(LARGEST_HANDED + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise MachineFault(f"{path}: the stage hand sent something that is not packed by gzip: {error}") from error
        if len(content) > LARGEST_HANDED:
            raise MachineFault(f"{path} inside the machine is larger than {LARGEST_HANDED} bytes")
        return content
