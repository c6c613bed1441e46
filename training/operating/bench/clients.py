"""The process of the clients (`load.py`), and what it answers."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from training.operating.bench.classroom import Request
from training.operating.tour.server import Server


class Answer(NamedTuple):
    """One answer: client, request key, status, whether it is the verdict that must come, when it was asked, seconds."""

    lane: int
    key: str
    status: int
    right: bool
    began: float
    seconds: float

    @property
    def verdict(self) -> bool:
        """Whether the finding was acknowledged with the verdict that it must have."""
        return self.status == 200 and self.right  # noqa: PLR2004 - done


class Clients:
    """Clients at work, one for each lane of requests."""

    def __init__(self, server: Server, lanes: Sequence[Sequence[Request]]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "load.py"],
            cwd=Path(__file__).parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._process.stdin is None or self._process.stdout is None:
            msg = "the clients have no input and output"
            raise RuntimeError(msg)
        self._out = self._process.stdout
        with self._process.stdin as given:
            json.dump({"port": server.port, "lanes": lanes}, given)
        self._out.readline()  # they have begun

    def answers(self) -> list[Answer]:
        """Wait until all lanes have ended; what came back, in the order in which it came."""
        with self._process, self._out:
            return [Answer(*one) for one in json.loads(self._out.read())]
