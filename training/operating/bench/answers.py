"""Graded findings over HTTP: how many a second, and how long one takes from the form to its verdict.

Eight clients submit for sixty trainees, who are signed in beforehand, each with an open attempt at the lab, the runs
made and the places cited. Wrong and right values take turns, each a finding of its own that is judged and stored; the
answer is the verdict. A first round warms everything up and is not counted. Afterwards every acknowledged finding is
looked for in the database.
"""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from sqlalchemy import func, select

from training.labs.models import Finding
from training.operating.bench.classroom import Classroom, Request, classroom
from training.operating.bench.clients import Answer, Clients
from training.operating.bench.figures import Figures, figure
from training.operating.tour.server import Server
from training.settings import Settings

SEATS, LANES, ROUNDS = 60, 8, 3
FEW_SEATS = 8  # of the short form, which has one round
WARM = 4  # one request in so many of a round goes before, to warm everything up
RATE_BAR = 300.0  # findings a second
TAIL_BAR = 50.0  # milliseconds


@dataclass(frozen=True, slots=True)
class Round:
    """One round: the answers, how many requests there were, the seconds of processor that the server took."""

    answers: list[Answer]
    asked: int
    processor: float

    @property
    def rate(self) -> float:
        """Verdicts a second, from the first request to the last answer."""
        end = max(one.began + one.seconds for one in self.answers)
        return len(self.answers) / (end - min(one.began for one in self.answers))

    @property
    def times(self) -> list[float]:
        """Milliseconds of each answer."""
        return [1000 * one.seconds for one in self.answers]

    @property
    def tail(self) -> float:
        """Their 95th percentile."""
        return quantiles(self.times, n=20)[-1]

    @property
    def faults(self) -> int:
        """Requests without the verdict that they must have."""
        return self.asked - sum(one.verdict for one in self.answers)


def answers(_settings: Settings, *, short: bool = False) -> Figures:
    """Submissions a second by eight clients from sixty accounts, and their 95th percentile: medians of three rounds."""
    seats, count = (FEW_SEATS, 1) if short else (SEATS, ROUNDS)
    with tempfile.TemporaryDirectory(prefix="engram-bench-") as folder, classroom(Path(folder), seats) as room:
        all_rounds = [run(room, [lane[: len(lane) // WARM] for lane in room.round(LANES)])]
        for _ in range(count):
            room.sit()
            all_rounds.append(run(room, room.round(LANES)))
        kept = [one.key for each in all_rounds for one in each.answers]
        lost = len(kept) - stored(room, kept)
    rounds = all_rounds[1:]
    asked, faults = sum(one.asked for one in rounds), sum(one.faults for one in rounds)
    taken = 1000 * sum(one.processor for one in rounds) / max(1, asked - faults)
    middle = median(time for one in rounds for time in one.times)
    rate, tail = median(one.rate for one in rounds), median(one.tail for one in rounds)
    yield figure("answers", "graded findings", round(rate, 1), "per s", RATE_BAR, least=True)
    yield figure("answers", "95th percentile", round(tail, 1), "ms", TAIL_BAR)
    yield figure("answers", "median", round(middle, 1), "ms", None)
    yield figure("answers", "processor of the server", round(taken, 2), "ms per finding", None)
    yield figure("answers", f"without the right verdict, of {asked}", faults, "findings", 0)
    yield figure("answers", f"not in the database, of {len(kept)}", lost, "findings", 0)


def run(room: Classroom, lanes: Sequence[Sequence[Request]]) -> Round:
    """Send the requests of all lanes and wait for the answers."""
    before = processor(room.server)
    came = Clients(room.server, lanes).answers()
    return Round(came, sum(map(len, lanes)), processor(room.server) - before)


def processor(server: Server) -> float:
    """Seconds of processor that a server has taken so far: the process that was started, and those that answer."""
    return sum(_taken(pid) for pid in (server.pid, *server.children))


def _taken(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def stored(room: Classroom, keys: Sequence[str]) -> int:
    """How many findings with these request keys stand in the database."""
    with room.store.reading() as session:
        parts = [keys[at : at + 500] for at in range(0, len(keys), 500)]
        found = [session.scalar(select(func.count()).where(Finding.request_key.in_(part))) or 0 for part in parts]
    return sum(found)
