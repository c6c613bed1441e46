"""One act on a running machine over its monitor (QEMU's documentation, "QEMU Machine Protocol").

A monitor speaks to one at a time. Whoever acts holds the lock ``act`` of the machine's folder meanwhile, so that two
processes of the server never act on one machine at once. What QEMU says is read as hostile: within limits of size and
time, and nothing in it is believed but what was asked for.
"""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from training.errors import TooMany
from training.forge.linux.machine import Line, MachineFault, shown
from training.sentence import phrase

ANSWER_SECONDS = 20.0
WAIT_SECONDS = 30.0
"""Until somebody else's act on the same machine is waited for no longer."""
MOST_EVENTS = 1000
BUSY = phrase("Something else is being done to this machine just now. Try again in a moment.")


@contextmanager
def held(folder: Path, name: str, seconds: float) -> Iterator[None]:
    """Hold a lock of a folder, which ends with the process at the latest.

    Raises:
        TooMany: somebody else holds it longer than that.
    """
    number = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        until = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as busy:
                if time.monotonic() >= until:
                    raise TooMany(BUSY) from busy
                time.sleep(0.01)
        yield
    finally:
        os.close(number)


@contextmanager
def line(folder: Path, name: str, what: str) -> Iterator[Line]:
    """Connect to a socket of a machine's folder, however long the folder's path is.

    Raises:
        MachineFault: nothing listens there: the machine has ended.
    """
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            made = Line(Path(f"/proc/self/fd/{number}/{name}"), what)
        except OSError as error:
            raise MachineFault(f"the machine's {what} can't be reached: {error.strerror or error}") from error
        with contextlib.closing(made):
            yield made
    finally:
        os.close(number)


class Monitor:
    """The monitor of a running machine, for one act."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._events: list[dict[str, Any]] = []
        self._read(time.monotonic() + ANSWER_SECONDS)  # the greeting
        self.tell("qmp_capabilities")

    @classmethod
    @contextmanager
    def of(cls, folder: Path) -> Iterator[Self]:
        """Act on the machine of a folder; nobody else does meanwhile."""
        with held(folder, "act", WAIT_SECONDS), line(folder, "qmp", "monitor") as made:
            yield cls(made)

    def _read(self, until: float) -> dict[str, Any]:
        said = self._line.read(until - time.monotonic())
        try:
            found = json.loads(said)
        except (ValueError, RecursionError) as error:
            raise MachineFault(f"the machine's monitor said nothing that can be read: {shown(said)[:80]}") from error
        if not isinstance(found, dict):
            raise MachineFault(f"the machine's monitor said nothing that can be read: {shown(said)[:80]}")
        if "event" in found and len(self._events) < MOST_EVENTS:
            self._events.append(found)
        return found

    def tell(self, what: str, *, handed: int | None = None, seconds: float = ANSWER_SECONDS, **arguments: Any) -> Any:
        """One order; its answer. `handed` is an open file that goes along.

        Raises:
            MachineFault: it was refused, or there was no answer in time.
        """
        self._line.send(json.dumps({"execute": what, "arguments": arguments}), handed=handed)
        until = time.monotonic() + seconds
        while True:
            answer = self._read(until)
            if "error" in answer:
                about = answer["error"] if isinstance(answer["error"], dict) else {}
                raise MachineFault(f"the machine refused {what}: {shown(str(about.get('desc')))}")
            if "return" in answer:
                return answer["return"]

    def wait_for(self, event: str, about: dict[str, str], seconds: float) -> bool:
        """Wait until QEMU tells of an event with some data; whether it did in time."""
        until, looked = time.monotonic() + seconds, 0
        while True:
            for one in self._events[looked:]:
                data = one.get("data")
                if one["event"] == event and isinstance(data, dict) and about.items() <= data.items():
                    return True
            looked = len(self._events)
            try:
                self._read(until)
            except MachineFault:
                if time.monotonic() >= until:
                    return False
                raise
