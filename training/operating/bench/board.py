"""What looking costs: a room of sixty and three boards ask every five seconds, while findings come in.

The same work is done with and without the pages that ask, in turns; what they cost is the difference in processor time
of the server, as a share of one core.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from uuid import UUID

from training.accounts import service as accounts
from training.accounts.actor import Role
from training.hosting.service import people, sessions, slots
from training.hosting.service.people import Place
from training.hosting.service.sessions import Wish
from training.hosting.service.slots import Slot
from training.operating.bench.answers import processor
from training.operating.bench.classroom import Classroom, Request, Seat, classroom, now
from training.operating.bench.figures import Figures, figure
from training.operating.tour.path import LAB
from training.settings import Settings

SEATS, BOARDS, ROUNDS, SECONDS, WARM = 60, 3, 3, 30, 12
SHORT_SEATS, SHORT_SECONDS = 8, 5  # of the short form, which has one round
PER_SECOND = 2  # findings: a room of sixty at its busiest
SHARE_BAR, SLOWEST_BAR = 5.0, 500.0  # percent of a core, milliseconds


@dataclass(frozen=True, slots=True)
class Spell:
    """Some seconds of the room: kind, path, status and seconds of each answer; processor time of the server."""

    answers: list[tuple[str, str, int, float]]
    processor: float

    def statuses(self, kind: str, end: str = "") -> list[int]:
        """Of the answers of a kind whose paths end so."""
        return [status for one, path, status, _ in self.answers if one == kind and path.endswith(end)]


def board(_settings: Settings, *, short: bool = False) -> Figures:
    """Share of a core that polling takes, the slowest request, and how many polls found nothing new."""
    seats, count, seconds = (SHORT_SEATS, 1, SHORT_SECONDS) if short else (SEATS, ROUNDS, SECONDS)
    with tempfile.TemporaryDirectory(prefix="engram-bench-") as folder, classroom(Path(folder), seats) as room:
        teaching, staff = begin(room)
        pages = [{"path": f"/sessions/{teaching}/board/live", "cookie": one.cookie} for one in staff]
        pages += [{"path": f"/sessions/{teaching}/notices?back=/", "cookie": one.cookie} for one in room.seats]
        work = room.round(1)[0]
        spells: list[tuple[Spell, Spell]] = []
        size = seconds * PER_SECOND
        spell(room, pages, work[:20], min(WARM, seconds))  # everything is warm, and each page has what it shows
        for number in range(count):
            mine = work[20 + 2 * number * size : 20 + 2 * (number + 1) * size]
            spells.append((spell(room, pages, mine[:size], seconds), spell(room, [], mine[size:], seconds)))
    looked = [one for one, _ in spells]
    shares = [100 * (with_pages.processor - without.processor) / seconds for with_pages, without in spells]
    polls = [status for one in looked for status in one.statuses("poll")]
    told = [status for one in looked for status in one.statuses("poll", "back=/")]
    boards = [status for one in looked for status in one.statuses("poll", "live")]
    every = [one for pair in spells for each in pair for one in each.answers]
    unmet = sum(status not in {200, 304} for _, _, status, _ in every)
    slowest = 1000 * max(taken for *_, taken in every)
    quickly = 1000 * median(taken for kind, *_, taken in every if kind == "poll")
    yield figure("board", f"polling of {seats} seats and {BOARDS} boards", round(median(shares), 2), "%", SHARE_BAR)
    yield figure("board", "slowest request", round(slowest, 1), "ms", SLOWEST_BAR)
    yield figure("board", "median poll", round(quickly, 2), "ms", None)
    yield figure("board", f"polls of seats without news, of {len(told)}", _share(told), "%", 95.0, least=True)
    yield figure("board", f"polls of boards without news, of {len(boards)}", _share(boards), "%", None)
    yield figure("board", f"failed, of {len(every)} with {len(polls)} polls", unmet, "requests", 0)


def _share(statuses: Sequence[int]) -> float:
    """Percent of answers that are 304."""
    return round(100 * sum(one == 304 for one in statuses) / max(1, len(statuses)), 1)  # noqa: PLR2004


def spell(room: Classroom, pages: Sequence[dict[str, str]], work: Sequence[Request], seconds: int) -> Spell:
    """Let the room look and work for some seconds."""
    before = processor(room.server)
    plan = {"port": room.server.port, "seconds": seconds, "polls": pages, "answers": work}
    done = subprocess.run(
        [sys.executable, "polls.py"],
        cwd=Path(__file__).parent,
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        check=True,
    )
    taken, said = processor(room.server) - before, json.loads(done.stdout)
    for page, known in zip(pages, said["polls"], strict=True):
        page["mark"] = known.get("mark", "")
    return Spell([tuple(one) for one in said["came"]], taken)


def begin(room: Classroom) -> tuple[UUID, list[Seat]]:
    """Put the class into an open session that works on the lab now; the session, and its staff at their boards."""
    staff = room.people(BOARDS, Role.INSTRUCTOR, "staff")
    lead = staff[0].actor
    with room.store.writing() as session:
        home = accounts.by_login(session, "trainee").home_id
        today = now()
        start = today - timedelta(minutes=5)
        made = sessions.make(session, lead, home, Wish("Bench", start.date(), "UTC", seats=SEATS, days=2), today)
        slot = Slot(1, start.time().replace(second=0, microsecond=0), 120, "P", "Practice", (f"lab/{LAB}",))
        slots.add(session, lead, made, slot, today)
        seated = enumerate(room.seats, 1)
        places = {seat.actor.id: Place(seat=f"{number:02}") for number, seat in seated if seat.actor.id}
        places |= {one.actor.id: Place(role="instructor") for one in staff[1:] if one.actor.id}
        people.add_all(session, lead, made, places, today)
        sessions.open_up(session, lead, made, today)
    room.sit()
    return made.id, staff
