"""The word that work on other threads is to end: the programs that it waits for are ended, and no new one is begun."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Halt:
    """Said once, from any thread, to all that were given it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._said = False

    @contextmanager
    def ends(self, program: subprocess.Popen[bytes]) -> Iterator[None]:
        """While this lasts the word kills the program; one that was said before does so at once."""
        with self._lock:
            self._running.add(program)
            if self._said:
                program.kill()
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(program)

    def say(self) -> None:
        """End what runs, and whatever is begun from now on."""
        with self._lock:
            self._said = True
            for each in self._running:
                each.kill()
