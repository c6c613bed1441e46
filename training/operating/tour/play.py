"""Play the path: against a server of its own, or one that runs already; with a kill between any two steps on demand."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from training.operating.tour.client import Reader, TourError
from training.operating.tour.path import STEPS, Step, Walk, see_as_instructor
from training.operating.tour.server import Server

Say = Callable[[str], None]


@dataclass(slots=True)
class Outcome:
    """How it went: steps played, steps that failed, points that the trainee has, seconds."""

    steps: int = 0
    failed: int = 0
    points: float = 0.0
    seconds: float = 0.0
    kills: int = 0


def play(walk: Walk, say: Say, between: Callable[[], None] = lambda: None, steps: Sequence[Step] = STEPS) -> Outcome:
    """Play all steps; the first that fails ends the tour. `between` is called between any two of them."""
    outcome, began = Outcome(), time.monotonic()
    for name, step in steps:
        if outcome.steps:
            between()
        outcome.steps += 1
        try:
            result = step(walk)
        except (TourError, StopIteration, ValueError, KeyError, IndexError) as fault:
            outcome.failed += 1
            say(f"{outcome.steps:2} {name}: FAILED: {type(fault).__name__}: {fault}")
            break
        say(f"{outcome.steps:2} {name}: {result}")
    outcome.points, outcome.seconds = walk.points, time.monotonic() - began
    return outcome


def against(url: str, login: str, password: str, say: Say) -> Outcome:
    """Play against a server that runs."""
    return play(Walk(Reader(url, patience=20), login, password), say)


def alone(say: Say, *, kill: int = 0) -> Outcome:
    """Play against a server of its own, then look at the attempt as the instructor.

    `kill` ends the server with SIGKILL after every so many steps and starts it again; 0 leaves it alone.
    """
    with own_server() as server:
        return on(server, say, kill=kill)


def on(server: Server, say: Say, *, kill: int = 0) -> Outcome:
    """Play against a server whose first passwords are known, the instructor's view included; `kill` as in `alone`."""
    kills = steps = 0

    def between() -> None:
        nonlocal kills, steps
        steps += 1
        if kill and steps % kill == 0:
            server.kill()
            server.start()
            kills += 1

    instructor = Reader(server.url)
    last: Step = (
        "the instructor's view",
        lambda walk: see_as_instructor(walk, instructor, server.passwords["instructor"]),
    )
    walk = Walk(Reader(server.url), "trainee", server.passwords["trainee"])
    outcome = play(walk, say, between, (*STEPS, last))
    outcome.kills = kills
    return outcome


@contextmanager
def own_server() -> Iterator[Server]:
    """A new installation in a temporary folder, running until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="engram-tour-") as folder:
        server = Server(Path(folder) / "instance")
        server.start()
        try:
            yield server
        finally:
            server.stop()
