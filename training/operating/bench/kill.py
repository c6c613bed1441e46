"""SIGKILL at random moments while a class submits: what was acknowledged must be there afterwards.

Eight clients submit; at a random moment the server is killed, by its process id, and started again. Every finding whose
verdict had reached its client is looked for in the database and on the page of its attempt. Each client then goes on
where its connection broke, with the same request under the same key: what had been stored without an answer must not be
stored twice.
"""

import random
import re
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

from sqlalchemy import select, text

from training.audit import service as audit
from training.labs.models import Finding
from training.operating.bench.answers import LANES
from training.operating.bench.classroom import Classroom, Request, classroom
from training.operating.bench.clients import Answer, Clients
from training.operating.bench.figures import Figures, figure
from training.operating.tour import play
from training.settings import Settings

TRIALS, SEATS = 200, 24
FEW_TRIALS, FEW_SEATS, SELDOM = 2, 8, 7  # of the short forms; a tour is killed after every so many steps
SEED = 20_261_125
SOONEST, LATEST = 0.02, 0.5  # seconds between the first request and the kill
MOST = 120  # requests that a client may send in one trial
TRY = re.compile(r"Try (\d+), read as")


@dataclass(slots=True)
class Outcome:
    """What trials came to. Everything but the first two must be 0.

    Attributes:
        kills, acknowledged: how often the server was killed, how many verdicts had reached their clients by then.
        lost: acknowledged findings that are not in the database as they were sent.
        twice: request keys that are stored more than once.
        unshown: pages that do not show a finding that was acknowledged.
        refused: answers that were no verdict.
        broken: what is wrong with the database file or the audit chain.
    """

    kills: int = 0
    acknowledged: int = 0
    lost: int = 0
    twice: int = 0
    unshown: int = 0
    refused: int = 0
    broken: list[str] = field(default_factory=list)


def kill(_settings: Settings, *, short: bool = False) -> Figures:
    """Two hundred trials: acknowledged findings that a kill lost."""
    count, seats = (FEW_TRIALS, FEW_SEATS) if short else (TRIALS, SEATS)
    with tempfile.TemporaryDirectory(prefix="engram-bench-") as folder, classroom(Path(folder), seats) as room:
        began = time.monotonic()
        done = trials(room, count)
        seconds = (time.monotonic() - began) / count
    said = f"in {done.kills} kills under load, of {done.acknowledged} acknowledged"
    yield figure("kill", f"findings lost {said}", done.lost, "findings", 0)
    yield figure("kill", "request keys stored twice", done.twice, "findings", 0)
    yield figure("kill", "pages without an acknowledged finding", done.unshown, "pages", 0)
    yield figure("kill", "answers that were no verdict", done.refused, "answers", 0)
    yield figure("kill", "faults of the database file and the audit chain", len(done.broken), "faults", 0)
    yield figure("kill", "one trial", round(seconds, 2), "s", None)


def tour_kill(_settings: Settings, *, short: bool = False) -> Figures:
    """The tour with SIGKILL between any two steps: steps whose outcome was lost."""
    said: list[str] = []
    outcome = play.alone(said.append, kill=SELDOM if short else 1)
    yield figure("tour-kill", f"steps lost in {outcome.kills} kills", outcome.failed, "steps", 0)


def trials(room: Classroom, count: int, seed: int = SEED) -> Outcome:
    """So many kills, at moments that the seed decides."""
    chance = random.Random(seed)  # noqa: S311 - moments of a test, no secrets
    outcome, lanes = Outcome(), list[list[Request]]()
    for _ in range(count):
        if not lanes or not all(lanes):
            room.sit()
            lanes = room.round(LANES)
        sent = [lane[:MOST] for lane in lanes]
        answers = _until_killed(room, sent, chance.uniform(SOONEST, LATEST))
        outcome.kills += 1
        kept = _acknowledged(sent, answers, outcome)
        outcome.broken += _faults_of_file(room)
        room.server.start()
        _look_up(room, kept, outcome)
        if kept:
            outcome.unshown += not _shows(room, chance.choice(kept))
        done = Counter(one.lane for one in answers)
        lanes = [lane[done[number] :] for number, lane in enumerate(lanes)]
    with room.store.reading() as session:
        fault = audit.check(session).fault
    outcome.broken += [fault] if fault else []
    return outcome


def _until_killed(room: Classroom, lanes: list[list[Request]], seconds: float) -> list[Answer]:
    """Let all clients submit and kill the server after some seconds; the answers that had come by then."""
    clients = Clients(room.server, lanes)
    time.sleep(seconds)
    room.server.kill()
    return clients.answers()


def _acknowledged(sent: list[list[Request]], answers: list[Answer], outcome: Outcome) -> list[Request]:
    by_key = {one["key"]: one for lane in sent for one in lane}
    kept = [by_key[one.key] for one in answers if one.verdict]
    outcome.acknowledged += len(kept)
    outcome.refused += len(answers) - len(kept)
    return kept


def _look_up(room: Classroom, kept: list[Request], outcome: Outcome) -> None:
    """Compare what was acknowledged with the rows of the database."""
    with room.store.reading() as session:
        found = session.execute(
            select(Finding.request_key, Finding.question, Finding.value).where(
                Finding.request_key.in_([one["key"] for one in kept])
            )
        ).all()
    times = Counter(row.request_key for row in found)
    there = {(row.request_key, row.question, row.value) for row in found}
    outcome.twice += sum(count > 1 for count in times.values())
    outcome.lost += sum((one["key"], one["question"], one["value"]) not in there for one in kept)


def _shows(room: Classroom, one: Request) -> bool:
    """Whether the page of the question shows this try, or a later one."""
    connection = HTTPConnection("127.0.0.1", room.server.port, timeout=60)
    connection.request("GET", one["path"].replace("/findings", ""), headers={"Cookie": one["cookie"]})
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    return answer.status == HTTPStatus.OK and int(one["try"]) <= max(map(int, TRY.findall(page)), default=0)


def _faults_of_file(room: Classroom) -> list[str]:
    """What SQLite says of its file after the kill, before a server has opened it again."""
    if not room.store.is_sqlite:
        return []
    with room.store.reading() as session:
        said = session.scalars(text("PRAGMA integrity_check")).all()
    return [line for line in said if line != "ok"]
