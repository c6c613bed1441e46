"""Play the path: against a server of its own, or one that runs already; with a kill between any two steps on demand."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from training.operating.tour.client import Reader, TourError
from training.operating.tour.path import LAB, STEPS, Walk
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


def play(walk: Walk, say: Say, between: Callable[[], None] = lambda: None) -> Outcome:
    """Play all steps; the first that fails ends the tour. `between` is called between any two of them."""
    outcome, began = Outcome(), time.monotonic()
    for name, step in STEPS:
        if outcome.steps:
            between()
        outcome.steps += 1
        try:
            came = step(walk)
        except (TourError, StopIteration, ValueError, KeyError, IndexError) as bad:
            outcome.failed += 1
            say(f"{outcome.steps:2} {name}: FAILED: {type(bad).__name__}: {bad}")
            break
        if isinstance(came, float):
            outcome.points = came
        say(f"{outcome.steps:2} {name}: {came}")
    outcome.seconds = time.monotonic() - began
    return outcome


def against(url: str, login: str, password: str, say: Say) -> Outcome:
    """Play against a server that runs."""
    return play(Walk(Reader(url, patience=20), login, password), say)


def alone(say: Say, *, kill: int = 0) -> Outcome:
    """Play against a server of its own, then look at the result as the instructor.

    `kill` ends the server with SIGKILL after every so many steps and starts it again; 0 leaves it alone.
    """
    with own_server() as server:
        kills = steps = 0

        def between() -> None:
            nonlocal kills, steps
            steps += 1
            if kill and steps % kill == 0:
                server.kill()
                server.start()
                kills += 1

        walk = Walk(Reader(server.url), "trainee", server.passwords["trainee"])
        outcome = play(walk, say, between)
        outcome.kills = kills
        if not outcome.failed:
            _instructor(server, outcome, say)
        return outcome


def _instructor(server: Server, outcome: Outcome, say: Say) -> None:
    """The instructor sees the attempt with the same score."""
    outcome.steps += 1
    teacher = Reader(server.url)
    try:
        teacher.get("/results")
        form = teacher.page.form("login", "password")
        teacher.send(form, {"login": "instructor", "password": server.passwords["instructor"]})
        teacher.get("/results")
        teacher.page.needs("First trainee", f"{outcome.points:g}")
        teacher.get(teacher.page.link("/results/"))
        teacher.page.needs("First trainee", f"{outcome.points:g}", "awaited)", "linux.psaux", "M-PPID")
    except TourError as bad:
        outcome.failed += 1
        say(f"{outcome.steps:2} the instructor's view: FAILED: {bad}")
        return
    say(f"{outcome.steps:2} the instructor's view: the attempt at {LAB} with {outcome.points:g} points")


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
