"""The board of a session: each trainee with attendance, last seen, how long stuck, hints; the totals above."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.analysis.models import Run, State
from training.hosting.attendance import service as attendance
from training.hosting.board.models import HelpRequest, Incident
from training.hosting.board.service import asking, clocks, counter, matrix, parts
from training.hosting.board.service.matrix import Column, Matrix, Work
from training.hosting.models import Part, TeachingSession
from training.hosting.service import people, timetable
from training.hosting.service.people import Listed
from training.labs.models import Activity
from training.labs.service import activity
from training.sentence import counted, phrase

STUCK_AFTER = timedelta(minutes=10)
WRONG_IN_A_ROW = 3
SAID = ("present", "late", "excused", "absent")
HOLD = 7
"""Seconds for which a board may stay as it is while trainees work: longer than a page waits until it asks again, so
that a room that submits all the time has a board drawn at every second look.
"""
VERSION = re.compile(r"[\w.]+~[0-9.]+~[0-9]{1,12}", re.ASCII)
MANY = 5
"""From so many people stuck on one question on, the room is stopped and taught."""
SUSPECT = 10
"""From so many on, the question itself is suspected."""


@dataclass(frozen=True, slots=True)
class Row:
    """A trainee on the board.

    Attributes:
        person: name, seat.
        work: in the slot.
        attendance: present, late, excused or absent; empty where nobody marked it.
        idle: whole minutes since the person was last seen; None: never.
        stuck: why, one sentence; empty for whoever isn't. `stuck_for` in whole minutes, where that can be said.
        asks: the person's request for help.
    """

    person: Listed
    work: Work
    attendance: str = ""
    idle: int | None = None
    stuck: str = ""
    stuck_for: int | None = None
    asks: HelpRequest | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """All that a board shows of a slot.

    Attributes:
        running, queued: runs that are made now, and those that somebody waits for.
        warming: runs that wait and that nobody asked for: they come after all others.
    """

    teaching: TeachingSession
    part: Part | None
    parts: Sequence[Part]
    matrix: Matrix
    rows: Sequence[Row]
    queue: Sequence[HelpRequest]
    names: Mapping[UUID, str]
    running: int
    queued: int
    warming: int
    paused: Incident | None
    crowds: Mapping[Column, int]
    late: int
    now: datetime

    @property
    def present(self) -> int:
        """Trainees who are here: as marked, else as seen in the last ten minutes."""
        return sum(_here(one) for one in self.rows)

    @property
    def stuck(self) -> int:
        """Trainees who are stuck."""
        return sum(bool(one.stuck) for one in self.rows)

    @property
    def waiting(self) -> int:
        """Requests for help that nobody has taken."""
        return sum(one.taken_by is None for one in self.queue)

    def reached(self, column: Column) -> int:
        """How many have a question right; of an examination that is veiled, how many have submitted something."""
        done = {matrix.SUBMITTED} if self.matrix.veiled else {matrix.RIGHT}
        at = (column.lab, column.question)
        return sum(at in one.work.cells and one.work.cells[at].state in done for one in self.rows)


def _here(row: Row) -> bool:
    if row.attendance:
        return row.attendance in {"present", "late"}
    return row.idle is not None and row.idle <= STUCK_AFTER // timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Mark:
    """The version of a board: what changes whenever there may be something new on it.

    Attributes:
        urgent: with what staff does, with requests for help, and with the minute. It is seen at the next look.
        moves: with what trainees and their runs do.
        at: when the board is made, in seconds.
    """

    urgent: str
    moves: str
    at: int

    def __str__(self) -> str:
        return f"{self.urgent}~{self.moves}~{self.at}"

    def held(self, known: str) -> bool:
        """Whether a page that shows this version may keep it: nothing is new, or it was made a moment ago and nothing
        but the work of the room has gone on.
        """
        urgent, moves, at = known.rsplit("~", 2) if VERSION.fullmatch(known) else ("", "", "0")
        return urgent == self.urgent and (moves == self.moves or 0 <= self.at - int(at) < HOLD)


def mark(session: Session, teaching: TeachingSession, now: datetime) -> Mark:
    """The version of a board: asked before all else, and mostly instead of it."""
    acts, version = counter.acts(session, teaching.id), counter.version(session, teaching.id)
    running, queued, warming = runs(session)
    return Mark(f"{version}.{counter.minute(now)}", f"{acts}.{running}.{queued}.{warming}", int(now.timestamp()))


def runs(session: Session) -> tuple[int, int, int]:
    """How many runs of this installation are running, how many people wait for, how many are made ahead of time."""
    asked = Run.asker.is_not(None)
    found = select(Run.state, asked, func.count()).where(Run.state.in_((State.RUNNING, State.QUEUED)))
    counts = {(state, bool(by)): n for state, by, n in session.execute(found.group_by(Run.state, asked))}
    running = counts.get((State.RUNNING, True), 0) + counts.get((State.RUNNING, False), 0)
    return running, counts.get((State.QUEUED, True), 0), counts.get((State.QUEUED, False), 0)


def of(
    session: Session,
    instance: Path,
    teaching: TeachingSession,
    now: datetime,
    *,
    wanted: str = "",
    unveiled: bool = False,
) -> Seen:
    """The board of a session as it is now, for the slot that is wanted or the one that goes on."""
    slots = timetable.parts(session, teaching)
    part = parts.shown(slots, now, wanted)
    seen = matrix.of(session, instance, teaching, part, unveiled=unveiled)
    everybody = people.of(session, teaching)
    waiting = asking.queue(session, teaching, now)
    rows = _rows(session, teaching, [one for one in everybody if not one.member.staff], seen, waiting, now)
    return Seen(
        teaching,
        part,
        slots,
        seen,
        rows,
        waiting,
        {one.member.person_id: one.name for one in everybody},
        *runs(session),
        clocks.paused(session, teaching.id),
        crowds(rows, seen),
        parts.late(part, now) if part else 0,
        now,
    )


def crowds(rows: Sequence[Row], seen: Matrix) -> dict[Column, int]:
    """Questions on which many are stuck, and how many."""
    stuck = Counter(one.work.question for one in rows if one.stuck)
    return {one: n for one in seen.columns if (n := stuck[one.lab, one.question]) >= MANY}


def _rows(
    session: Session,
    teaching: TeachingSession,
    trainees: Sequence[Listed],
    seen: Matrix,
    waiting: Sequence[HelpRequest],
    now: datetime,
) -> list[Row]:
    ids = [one.member.person_id for one in trainees]
    last, moves = matrix.seen(session, ids), activity.of(session, teaching.id)
    marked, asks = _marked(session, teaching, now), {one.person_id: one for one in waiting}
    made = []
    for one, person in zip(trainees, ids, strict=True):
        work = seen.work.get(person, Work())
        idle = _minutes(now - last[person]) if person in last else None
        why, long = _stuck(work, moves.get(person), asks.get(person), seen, now)
        made.append(Row(one, work, marked.get(person, ""), idle, why, long, asks.get(person)))
    return made


def _marked(session: Session, teaching: TeachingSession, now: datetime) -> dict[UUID, str]:
    """Attendance in the half-day that goes on, of those of whom something is said."""
    found = attendance.today(session, teaching, now)
    return {person: one.status for person, one in found.items() if one.status in SAID}


def _stuck(
    work: Work, moves: Activity | None, asks: HelpRequest | None, seen: Matrix, now: datetime
) -> tuple[str, int | None]:
    """Why somebody is stuck, and for how many minutes: said so, three wrong in a row, or no progress in practice."""
    since = max((at for at in (work.begun, moves.progress_at if moves else None) if at is not None), default=None)
    long = _minutes(now - since) if since else None
    if asks is not None:
        return phrase("Asks for help"), _minutes(now - asks.at)
    if seen.examination or work.begun is None or work.finished or work.right == len(seen.columns):
        return "", None
    if moves is not None and moves.wrong >= WRONG_IN_A_ROW:
        return counted("%(num)s wrong in a row", "%(num)s wrong in a row", moves.wrong), long
    if long is not None and long >= _minutes(STUCK_AFTER):
        return phrase("No new run, citation or right finding"), long
    return "", None


def _minutes(span: timedelta) -> int:
    """Whole minutes; none where a clock was set back."""
    return max(0, span // timedelta(minutes=1))
