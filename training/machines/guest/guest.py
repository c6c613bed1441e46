"""A running machine of one person: started, spoken to, and ended, from any process of the server and by files alone."""

import contextlib
import fcntl
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from training.errors import Conflict, Damaged, NotThere, Refused, TooMany
from training.forge.linux.machine import MachineFault
from training.machines.guest import enclosure, ending, keeper, media, memory, parts, seats, stage
from training.machines.guest import snapshot as snapshots
from training.machines.guest.ending import Ended
from training.machines.guest.limits import Limits
from training.machines.guest.memory import Dumped
from training.machines.guest.monitor import Monitor, held, line
from training.machines.guest.snapshot import Snapshot
from training.sentence import phrase

KEEPER = Path(keeper.__file__)
ALIVE, ABOUT, ENDED, USED = "alive", "about.json", "ended.json", "used"
CONSOLE, TYPED = "console.out", "console.in"
OWN_FILES = (
    *(ALIVE, ABOUT, ENDED, USED, CONSOLE, TYPED, "log", "act", "control.lock", "type.lock", stage.UNSETTLED),
    *("qmp", "own", "control", "keeper", snapshots.ARRIVAL),
)
MOST_TYPED = 32 << 10
ONE_WRITE = 4096
"""Bytes that a pipe takes wholly or not at all (PIPE_BUF, pipe(7))."""
TYPED_SECONDS = 3.0
MOST_READ = 1 << 20
ENDED_SECONDS = 15.0
FULL = phrase("The machine does not take what is typed, as it is busy or stands still. Try again when it answers.")


@dataclass(frozen=True, slots=True)
class Guest:
    """The machine of a folder. It lives on without the process that started it; `attach` finds it again."""

    folder: Path

    @classmethod
    def start(cls, snapshot: Snapshot, folder: Path, limits: Limits, *, group: str = "") -> Self:
        """Start a machine from a snapshot; it runs when this returns.

        Args:
            snapshot: where it goes on.
            folder: its own, in the folder of all machines. It may hold other files than those of a machine.
            limits: of it, and of all.
            group: whose quota it counts in, such as a session's id.

        Raises:
            Conflict: the folder holds a machine already; `clear` it first.
            TooMany: the server or the group is full; the sentence is for people.
            MachineFault: QEMU is missing or did not start.
        """
        enclosure.available()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        guest = cls(folder)
        with held(folder, "act", seats.DOOR_SECONDS):
            if any((folder / name).exists() for name in (ALIVE, ENDED)):
                raise Conflict(f"{folder}: there is a machine already, or there was one")
            with seats.taken(folder.parent, snapshot.memory, limits, group) as (seat, lock):
                guest._start(snapshot, limits, seat, lock, group)
        return guest

    def _start(self, snapshot: Snapshot, limits: Limits, seat: int, lock: int, group: str) -> None:
        way = enclosure.best()
        about = {"snapshot": str(snapshot.folder), "key": snapshot.key, "memory": snapshot.memory, "seat": seat}
        about |= {"group": group, "way": way, "began": time.time()}
        plan = parts.plan(snapshot.memory, way, enclosure.FIRST_USER + seat, limits)
        plan |= {"folder": str(self.folder.absolute()), "snapshot": str(snapshot.folder.absolute()), "about": about}
        (self.folder / USED).touch(0o600)
        with contextlib.suppress(OSError):  # on another file system the snapshot's own is looked at
            (self.folder / snapshots.ARRIVAL).hardlink_to(snapshot.arrival)
        try:
            done = subprocess.run(  # noqa: S603 - a list, no shell
                [sys.executable, "-I", "-S", str(KEEPER)],
                input=json.dumps(plan),
                capture_output=True,
                text=True,
                timeout=keeper.START_SECONDS + 10,
                check=False,
                start_new_session=True,
                pass_fds=(lock,),
                env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise MachineFault(f"the machine could not be started: {error}") from error
        if done.returncode:
            said = (done.stdout or done.stderr).strip()
            self._forget()
            raise MachineFault(f"the machine could not be started: {said}")

    @classmethod
    def attach(cls, folder: Path) -> Self:
        """The machine of a folder, running or ended.

        Raises:
            NotThere: none was ever started there.
        """
        if not (folder / ABOUT).is_file():
            raise NotThere(
                phrase("This machine no longer exists on the server. Begin the lab again to get another one.")
            )
        return cls(folder)

    @property
    def about(self) -> dict[str, Any]:
        """What was written down when it started: ``snapshot``, ``key``, ``memory`` (MiB), ``group``, ``level``,
        ``layers``, ``uid``, ``began`` (seconds since 1970), ``keeper`` and ``qemu`` (numbers of processes, for people).
        """
        found: dict[str, Any] = json.loads((self.folder / ABOUT).read_text("utf-8"))
        return found

    @property
    def level(self) -> str:
        """The isolation that was reached: ``user``, ``namespace`` or ``plain``."""
        return str(self.about["level"])

    @property
    def layers(self) -> tuple[str, ...]:
        """The walls that the kernel showed around it when it had started."""
        return tuple(self.about["layers"])

    @property
    def began(self) -> datetime:
        """When it was started (UTC)."""
        return datetime.fromtimestamp(self.about["began"], UTC)

    @property
    def used(self) -> datetime:
        """When a person last did something with it (UTC)."""
        return datetime.fromtimestamp((self.folder / USED).stat().st_mtime, UTC)

    @property
    def running(self) -> bool:
        """Whether it runs (or stands still, paused)."""
        return not (self.folder / ENDED).exists() and self._kept()

    @property
    def ended(self) -> Ended | None:
        """Why it ended; nothing while it runs."""
        for _ in range(2):  # it may end between the two looks
            with contextlib.suppress(FileNotFoundError):
                return ending.read(json.loads((self.folder / ENDED).read_text("utf-8")))
            if self._kept():
                return None
        return Ended("lost")

    def _kept(self) -> bool:
        """Whether a keeper lives: it holds a lock, which ends with it."""
        try:
            number = os.open(self.folder / ALIVE, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            return False
        finally:
            os.close(number)

    def touch(self) -> None:
        """Note that a person is at work here."""
        os.utime(self.folder / USED)

    def type(self, data: bytes) -> None:
        """Type into the console. Nothing waits for an answer; nothing is typed between these bytes by others.

        Raises:
            Refused: more than 32 KiB.
            TooMany: the machine does not take what was typed before.
            MachineFault: it has ended.
        """
        if len(data) > MOST_TYPED:
            raise Refused(f"{len(data)} bytes: at most {MOST_TYPED} can be typed at once")
        with held(self.folder, "type.lock", 2 * TYPED_SECONDS):
            try:
                number = os.open(self.folder / TYPED, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
            except OSError as error:
                raise MachineFault("the machine has ended: nothing can be typed") from error
            try:
                _write(number, data)
            finally:
                os.close(number)
        self.touch()

    @property
    def console_size(self) -> int:
        """Bytes that the console has shown so far."""
        return (self.folder / CONSOLE).lstat().st_size

    def console(self, offset: int, most: int) -> bytes:
        """Up to `most` bytes of what the console has shown, from an offset; never more than 1 MiB at once."""
        number = os.open(self.folder / CONSOLE, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            return os.pread(number, max(0, min(most, MOST_READ)), max(0, offset))
        finally:
            os.close(number)

    def order(self, *words: str, seconds: float = stage.ORDER_SECONDS) -> str:
        """Give the dormant part an order, see `stage.order`."""
        return stage.order(self.folder, *words, seconds=seconds)

    def account(self, kind: stage.Kind, about: Iterable[str] = ()) -> list[str]:
        """What the dormant part writes down, see `stage.account`."""
        return stage.account(self.folder, kind, about)

    def hand(self, path: str) -> bytes:
        """A file of the machine, given away by the dormant part, see `stage.hand`."""
        return stage.hand(self.folder, path)

    def plug(self, name: str, image: Path, serial: str, *, read_only: bool, failing: bool = False) -> None:
        """Plug in a medium, see `media.plug`."""
        with Monitor.of(self.folder) as monitor:
            media.plug(monitor, name, image, serial, read_only=read_only, failing=failing)
        self.touch()

    def unplug(self, name: str) -> None:
        """Pull a medium out, see `media.unplug`."""
        with Monitor.of(self.folder) as monitor:
            media.unplug(monitor, name)
        self.touch()

    def pause(self) -> None:
        """Let it stand still: no instruction runs, its clock stands."""
        with Monitor.of(self.folder) as monitor:
            monitor.tell("stop")

    def resume(self) -> None:
        """Let it run on."""
        with Monitor.of(self.folder) as monitor:
            monitor.tell("cont")

    def dump(self, target: Path) -> Dumped:
        """Write its memory from outside to a new file, see `memory.dump`."""
        about = self.about
        with Monitor.of(self.folder) as monitor:
            done = memory.dump(monitor, target, about["memory"], about["uid"])
        self.touch()
        return done

    def displaced(self, dump: Path) -> int:
        """Pages of a dump of it that differ from its memory at the arrival, see `memory.displaced`."""
        kept = self.folder / snapshots.ARRIVAL
        if not kept.exists():
            about = self.about
            now = snapshots.snapshot(Path(about["snapshot"]))
            if now.key != about["key"]:
                raise Damaged(phrase("The memory at the arrival is not kept any more: the snapshot was made anew."))
            kept = now.arrival
        return memory.displaced(dump, kept)

    def stop(self, why: str = "stopped") -> None:
        """End it, for a reason of `ending.SENTENCES`. Returns when it has ended; one that had already stays as it is.

        Raises:
            MachineFault: its keeper does not answer.
        """
        if why not in ending.SENTENCES:
            raise ValueError(f"{why} is no reason of {', '.join(ending.SENTENCES)}")
        if not self._kept():
            return
        with contextlib.suppress(MachineFault), line(self.folder, "keeper", "keeper") as door:
            door.send(json.dumps({"why": why}))
            door.read(ENDED_SECONDS)
        until = time.monotonic() + ENDED_SECONDS
        while self._kept():
            if time.monotonic() > until:
                raise MachineFault("the machine could not be ended: its keeper does not answer")
            time.sleep(0.005)

    def clear(self) -> None:
        """Remove the files of a machine that has ended, with all that its console showed; others in the folder stay.

        Raises:
            Conflict: it runs.
        """
        if self._kept():
            raise Conflict(phrase("The machine still runs. End it first."))
        self._forget()

    def _forget(self) -> None:
        for name in OWN_FILES:
            (self.folder / name).unlink(missing_ok=True)


def _write(number: int, data: bytes) -> None:
    until = time.monotonic() + TYPED_SECONDS
    for at in range(0, len(data), ONE_WRITE):
        while True:
            try:
                os.write(number, data[at : at + ONE_WRITE])
                break
            except BlockingIOError as full:
                if time.monotonic() >= until:
                    raise TooMany(FULL) from full
                select.select([], [number], [], 0.05)
            except BrokenPipeError as gone:
                raise MachineFault("the machine has ended: nothing can be typed") from gone
