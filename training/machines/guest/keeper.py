"""The keeper of one machine: a small process that starts QEMU, watches over it, and writes down why it ended.

It is started as a file (``python -I -S keeper.py``) with one JSON object on its standard input, imports nothing of the
program, and outlives the server that started it. While it lives it holds two locks: ``alive`` in the machine's folder,
and the seat that the server handed over. A lock goes with the process that holds it, so that no number of a process
is ever trusted. It ends the machine that floods its console or lives too long, whether or not a server runs.

QEMU gets everything as open files with fixed numbers: it needs to write into no folder, and the places of the files
that it reads are not shown to it.
"""

import contextlib
import fcntl
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from typing import Any, NoReturn

QMP, OWN, CONTROL, KERNEL, INITRD, MEMORY = 10, 11, 12, 13, 14, 15
"""Numbers of QEMU's open files: sockets that listen for the server's monitor, the keeper's and the second serial line,
and what it starts from. The console is its standard input and output.
"""
TICK = 1.0
"""Seconds between two looks at how large the console's file is."""
START_SECONDS = 60.0
"""Until a machine that did not come up is given up; far less than a second is usual."""
LARGEST_SAID = 1 << 20
LARGEST_LOG = 1 << 20
LONGEST_ASKED = 512
CALM, TIRELESS = 5, 12
"""Niceness of a machine: all else on this computer goes first. One that computes without a pause for `TIRELESS_AFTER`
seconds stands further back until it pauses, so that thirty of them leave the server its share, and one that waits for a
person still answers at once.
"""
TIRELESS_AFTER = 20.0
FLOOD, LATE, FAILED = "console flood", "too long", "failed"
GUESTS = {"guest-shutdown": "powered off", "guest-reset": "rebooted", "guest-panic": "powered off"}


class Failure(Exception):
    """The machine did not come up."""


def main() -> int:
    """Split off the process that stays; answer when its machine runs, or say why it does not."""
    plan = json.load(sys.stdin)
    heard, said = os.pipe()
    if os.fork() == 0:
        os.close(heard)
        stay(plan, said)
    os.close(said)
    with os.fdopen(heard, encoding="utf-8") as file:
        word = file.read()
    sys.stdout.write(word or "the keeper of the machine ended by itself")
    return 0 if word == "up" else 1


def stay(plan: dict[str, Any], said: int) -> NoReturn:
    """Keep the machine until it ends. Never returns."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)
    keeper = None
    try:
        keeper = Keeper(plan)
        keeper.start()
        os.write(said, b"up")
        os.close(said)
        said = -1
        keeper.watch()
    except Exception as error:  # noqa: BLE001 - whatever QEMU says or does: the machine ends, and why is written down
        if keeper is not None:
            keeper.end(FAILED, str(error))
        if said >= 0:
            os.write(said, str(error).encode("utf-8", "replace")[:4000] or b"it did not start")
    os._exit(0)


class Keeper:
    """One machine and what is known of it."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        os.chdir(plan["folder"])  # names of sockets may have 108 bytes, with the path of a folder before them or not
        os.umask(0o077)
        self.alive = os.open("alive", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        fcntl.flock(self.alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.child = 0
        self.status: int | None = None
        self.guests_word = ""
        self.rest = b""
        self.until = time.monotonic() + float(plan["seconds"])
        self.pace: Pace | None = None
        self.monitor = socket.socket(socket.AF_UNIX)
        self.door = listening("keeper")

    def start(self) -> None:
        """Start QEMU, let it take up the saved state, and let it run."""
        folder_files = {QMP: listening("qmp").detach(), OWN: listening("own").detach()}
        folder_files[CONTROL] = listening("control").detach()
        for number, name in ((KERNEL, "kernel"), (INITRD, "initrd"), (MEMORY, "memory")):
            folder_files[number] = os.open(f"{self.plan['snapshot']}/{name}", os.O_RDONLY)
        with contextlib.suppress(FileNotFoundError):
            os.unlink("console.in")  # noqa: PTH108 - this process has no need of pathlib
        os.mkfifo("console.in", 0o600)
        end = os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        folder_files[0] = os.open("console.in", os.O_RDWR)  # a writer of its own: QEMU never reads an end of file
        folder_files[1] = self.console = os.open("console.out", os.O_RDWR | end, 0o600)
        folder_files[2] = self.log = os.open("log", os.O_RDWR | end, 0o600)
        self.child = os.fork()
        if self.child == 0:
            become(self.plan, folder_files)
        for number, one in folder_files.items():
            if number not in {1, 2}:
                os.close(one)
        self.restore()
        pid = qemu_of(self.child)
        seen = layers(pid)
        write("about.json", {**self.plan["about"], "keeper": os.getpid(), "qemu": pid, **seen})
        self.pace = Pace(pid)

    def restore(self) -> None:
        """Over the keeper's own monitor: hand QEMU the saved state, wait until it's taken up, and let it run."""
        until = time.monotonic() + START_SECONDS
        self.monitor.settimeout(0.05)
        self.monitor.connect("own")
        self.tell("qmp_capabilities", until)
        self.tell("migrate-set-capabilities", until, capabilities=[self.plan["unread"]])
        state = os.open(f"{self.plan['snapshot']}/state", os.O_RDONLY)
        try:
            self.tell("getfd", until, handed=state, fdname="state")
        finally:
            os.close(state)
        self.tell("migrate-incoming", until, uri="fd:state")
        while (now := self.tell("query-migrate", until).get("status")) != "completed":
            if now in {"failed", "cancelled"}:
                raise Failure("the saved state could not be taken up: it does not fit this QEMU")
            time.sleep(0.003)
        self.tell("cont", until)

    def tell(self, what: str, until: float, *, handed: int | None = None, **arguments: Any) -> Any:
        """One order over the keeper's monitor; its answer."""
        line = json.dumps({"execute": what, "arguments": arguments}).encode() + b"\n"
        try:
            if handed is None:
                self.monitor.sendall(line)
            else:
                socket.send_fds(self.monitor, [line], [handed])
        except OSError as error:
            self.reap(5)
            raise Failure(self.last_words()) from error
        while time.monotonic() < until:
            for said in self.lines():
                if "return" in said:
                    return said["return"]
                if "error" in said:
                    raise Failure(f"QEMU refused {what}: {said['error'].get('desc')}")
            if self.ended():
                raise Failure(self.last_words())
        raise Failure("the machine did not come up in time")

    def lines(self) -> list[dict[str, Any]]:
        """What the monitor said since, and the guest's last word kept if it is among that. Empty at the end too."""
        try:
            got = self.monitor.recv(65536)
        except TimeoutError:
            return []
        except OSError:
            got = b""
        if not got:
            self.reap(5)
            if self.status is None:
                raise Failure("QEMU hung up on its keeper")
            return []
        *whole, self.rest = (self.rest + got).split(b"\n")
        if len(self.rest) > LARGEST_SAID:
            raise Failure("QEMU's monitor sent a line without end")
        found = [one for one in map(json.loads, filter(None, whole)) if isinstance(one, dict)]
        for one in found:
            if one.get("event") == "SHUTDOWN":
                self.guests_word = GUESTS.get(one.get("data", {}).get("reason"), self.guests_word)
            elif one.get("event") == "SUSPEND":
                self.guests_word = "asleep"
        return found

    def watch(self) -> None:
        """Until the machine ends: hear its monitor, whoever asks at the door, and the clock."""
        poll = select.poll()
        for one in (self.monitor, self.door):
            poll.register(one, select.POLLIN)
        while True:
            ready = {number for number, _ in poll.poll(TICK * 1000)}
            if self.monitor.fileno() in ready:
                self.lines()
            if self.ended() or self.guests_word == "asleep":
                return self.end(self.guests_word or FAILED, "" if self.guests_word else self.last_words())
            if self.door.fileno() in ready and self.asked():
                return None
            if os.fstat(self.console).st_size > self.plan["console_bytes"]:
                return self.end(FLOOD)
            if os.fstat(self.log).st_size > LARGEST_LOG:
                return self.end(FAILED, "QEMU complained without end")
            if time.monotonic() > self.until:
                return self.end(LATE)
            if self.pace:
                self.pace.look()

    def asked(self) -> bool:
        """Hear one who came to the door: a reason ends the machine, anything else doesn't."""
        try:
            caller, _ = self.door.accept()
        except OSError:
            return False
        with caller:
            caller.settimeout(1)
            try:
                why = str(json.loads(caller.recv(LONGEST_ASKED))["why"])
            except (OSError, ValueError, KeyError, TypeError):
                return False
            self.end(why)
            with contextlib.suppress(OSError):
                caller.sendall(b"ended\n")
            return True

    def end(self, why: str, detail: str = "") -> None:
        """End QEMU and all that belongs to it, and write down why."""
        if self.child and self.status is None:
            os.kill(self.child, signal.SIGKILL)  # a child that was not waited for: the number is still its own
            self.reap(10)
        write("ended.json", {"why": why, "detail": detail, "at": time.time()})
        for name in ("qmp", "own", "control", "keeper", "console.in"):
            with contextlib.suppress(OSError):
                os.unlink(name)  # noqa: PTH108

    def ended(self) -> bool:
        """Whether QEMU has ended."""
        self.reap(0)
        return self.status is not None

    def reap(self, seconds: float) -> None:
        """Wait for QEMU's end, at most so long."""
        until = time.monotonic() + seconds
        while self.child and self.status is None:
            done, status = os.waitpid(self.child, os.WNOHANG)
            if done:
                self.status = os.waitstatus_to_exitcode(status)
            elif time.monotonic() >= until:
                return
            else:
                time.sleep(0.005)

    def last_words(self) -> str:
        """The end of what QEMU said on its standard error, or how it ended."""
        size = os.fstat(self.log).st_size
        text = os.pread(self.log, 2000, max(0, size - 2000)).decode("utf-8", "replace").strip()
        return text.splitlines()[-1] if text else f"QEMU ended with {self.status}"


def listening(name: str) -> socket.socket:
    """A socket of the file system, in this folder, that only this user may knock at."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name)  # noqa: PTH108
    made = socket.socket(socket.AF_UNIX)
    made.bind(name)
    made.listen(8)
    return made


def become(plan: dict[str, Any], files: dict[int, int]) -> NoReturn:
    """In the child: take the open files, narrow the limits, and become the program. Never returns."""
    try:
        high = {number: fcntl.fcntl(one, fcntl.F_DUPFD, 64) for number, one in files.items()}
        for number, one in high.items():
            os.dup2(one, number)
        os.closerange(max(high) + 1, 1024)
        for name, most in plan["rlimits"].items():
            kind = getattr(resource, name)
            hard = resource.getrlimit(kind)[1]
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)  # noqa: PLW2901
            resource.setrlimit(kind, (most, most))
        os.execve(plan["command"][0], plan["command"], {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"})  # noqa: S606
    except OSError as error:
        os.write(2, f"{plan['command'][0]}: {error}\n".encode())
    os._exit(127)


def qemu_of(pid: int) -> int:
    """The process that is QEMU itself: the last of the line of children that the launchers are."""
    while True:
        try:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:  # noqa: PTH123
                below = file.read().split()
        except OSError:
            return pid
        if not below:
            return pid
        pid = int(below[0])


def layers(pid: int) -> dict[str, Any]:
    """What holds the process, as the kernel shows it: the walls by name, and its user."""
    found = []
    with contextlib.suppress(OSError):
        for kind, name in (("net", "no-network"), ("user", "user-namespace"), ("pid", "pid"), ("mnt", "mount")):
            if os.readlink(f"/proc/{pid}/ns/{kind}") != os.readlink(f"/proc/self/ns/{kind}"):  # noqa: PTH115
                found.append(name)
    status = {}
    with contextlib.suppress(OSError), open(f"/proc/{pid}/status", encoding="utf-8") as file:  # noqa: PTH123
        status = dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
    user = int(status.get("Uid", str(os.getuid())).split()[0])
    found += ["seccomp"] * (status.get("Seccomp") == "2") + ["no-new-privileges"] * (status.get("NoNewPrivs") == "1")
    found += ["own-user"] * (user != os.getuid()) + ["no-capabilities"] * (int(status.get("CapEff", "1"), 16) == 0)
    level = "user" if user != os.getuid() else "namespace" if "mount" in found else "plain"
    return {"level": level, "layers": ["limits", *found], "uid": user}


class Pace:
    """How much a machine computes, and its place behind all else. Threads can be moved forward again by root only; the
    group that the kernel makes of each session (sched(7), 'The autogroup feature') by anybody.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.may_return = os.geteuid() == 0
        self.since = self.looked = time.monotonic()
        self.wanted = self.want()
        self.nice = 0
        self.stand(CALM)

    def want(self) -> float:
        """Seconds for which its busiest thread has run or waited for a processor."""
        found = [0]
        with contextlib.suppress(OSError, ValueError):
            for thread in os.listdir(f"/proc/{self.pid}/task"):  # noqa: PTH208
                with open(f"/proc/{self.pid}/task/{thread}/schedstat", encoding="ascii") as file:  # noqa: PTH123
                    ran, waited, _ = map(int, file.read().split())
                    found.append(ran + waited)
        return max(found) / 1e9

    def look(self) -> None:
        """Move it back where it has not paused for long, and forward again where it has."""
        now = time.monotonic()
        if now - self.looked < TICK:
            return
        wanted = self.want()
        if wanted - self.wanted < 0.8 * (now - self.looked):
            self.since = now
        self.looked, self.wanted = now, wanted
        self.stand(TIRELESS if now - self.since > TIRELESS_AFTER else CALM)

    def stand(self, nice: int) -> None:
        """Take this place."""
        if nice == self.nice:
            return
        self.nice = nice
        with contextlib.suppress(OSError), open(f"/proc/{self.pid}/autogroup", "w", encoding="ascii") as file:  # noqa: PTH123
            file.write(str(nice))
        if nice == CALM or self.may_return:
            with contextlib.suppress(OSError):
                for thread in os.listdir(f"/proc/{self.pid}/task"):  # noqa: PTH208
                    os.setpriority(os.PRIO_PROCESS, int(thread), nice)


def write(name: str, content: dict[str, Any]) -> None:
    """A file of the folder, whole or not at all."""
    with open(f"{name}.new", "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump(content, file)
    os.replace(f"{name}.new", name)  # noqa: PTH105


if __name__ == "__main__":
    sys.exit(main())
