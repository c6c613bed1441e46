"""What grading says of the pieces of an examination that were labs or exercises taken in examination mode in a session.

It is offered, and recorded only when somebody takes it over: what is recorded is told to the person at once. What a
marker has still to look at, and what is not over, is not offered. Answers to quizzes of courses are never taken in
examination mode, so a piece of questions is typed in.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.content.models import Release
from training.credentials import results
from training.credentials.grid import Row, Sheet
from training.credentials.results import Wish
from training.credentials.rules import percent
from training.errors import Conflict
from training.hosting.models import TeachingSession
from training.hosting.plan import Examination
from training.hosting.service import timetable
from training.labs.models import Assignment, Attempt
from training.labs.service import attempts, progress
from training.labs.service.attempts import Case
from training.labs.service.combined import points
from training.labs.service.evidence import exact
from training.labs.service.progress import Progress
from training.sentence import phrase

NEW, OTHER, SAME, WAITS, AT_WORK, OWN = "new", "other", "same", "waits", "work", "own"


@dataclass(frozen=True, slots=True)
class Graded:
    """One attempt as it is graded now, and what is recorded of its piece.

    Attributes:
        piece: number of the piece from 0.
        lab, release: title of the lab, and the release of it that the attempt works on.
        waiting: questions of which a marker has still to look at something.
        over: whether nothing is accepted in it any more.
        told: whether its results were released to the person.
        percent: of the points, cut off after two decimals.
        own: whether it is that of whoever records.
    """

    piece: int
    row: Row
    attempt_id: UUID
    lab: str
    release: Release
    begun: datetime
    waiting: int
    over: bool
    told: bool
    percent: str
    own: bool

    @property
    def recorded(self) -> str:
        """Percent that is recorded of the piece; empty for none."""
        return self.row.pieces[self.piece]

    @property
    def state(self) -> str:
        """new, other or same, beside what is recorded; or why it can't be taken over: waits, work or own."""
        if self.own or not self.over or self.waiting:
            return OWN if self.own else WAITS if self.over else AT_WORK
        if not self.recorded:
            return NEW
        return SAME if results.hundredths(self.percent) == results.hundredths(self.recorded) else OTHER

    @property
    def key(self) -> str:
        """What a form calls it."""
        return f"{self.piece}-{self.row.person_id}"


def labs_of(session: Session, teaching: TeachingSession, examination: Examination) -> dict[int, str]:
    """The lab of each piece that is one, by the number of the piece.

    A piece names its lab. Where that was exchanged in the timetable, or a lab was set for an examination whose pieces
    name none, it is that of the only piece that can be meant.
    """
    parts = (one for one in timetable.parts(session, teaching) if one.exam == examination.name)
    held = dict.fromkeys(ref["name"] for one in parts for ref in one.refs if ref.get("mode"))
    query = select(Assignment.lab).where(Assignment.circle == teaching.id, Assignment.mode == "examination")
    taken = {*session.scalars(query.distinct())}
    pieces = examination.pieces
    found = {number: one.lab for number, one in enumerate(pieces) if one.lab and one.lab in taken}
    left = [name for name in held if name in taken and name not in found.values()]
    free = [number for number, one in enumerate(pieces) if number not in found and (one.lab or len(pieces) == 1)]
    return found | ({free[0]: left[0]} if len(left) == len(free) == 1 else {})


def offered(session: Session, instance: Path, it: Sheet, now: datetime) -> list[Graded]:
    """What is graded of a sitting, by piece and then as its people are listed."""
    labs = labs_of(session, it.teaching, it.examination)
    made = {(lab, one.person_id): one for lab, one in _attempts(session, it, set(labs.values()))}
    cases = {one.attempt.id: one for one in attempts.cases(session, instance, list(made.values()))}
    stands = progress.progress_of(session, list(cases.values()))
    return [
        _graded(it, piece, row, cases[attempt.id], stands[attempt.id], now)
        for piece, lab in sorted(labs.items())
        for row in it.rows
        if (attempt := made.get((lab, row.person_id))) is not None
    ]


def digest(found: Sequence[Graded]) -> str:
    """Stands for what was offered: who takes it over sends it along."""
    said = [(one.key, str(one.attempt_id), one.percent, one.recorded, one.state) for one in found]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def take(
    session: Session,
    actor: Actor,
    it: Sheet,
    found: Sequence[Graded],
    also: Collection[str],
    now: datetime,
) -> int:
    """Record what is graded of all pieces that have no percent, and of those in `also` that have another one.

    How many people it was of. The session's row must be locked. Raises Conflict where there is nothing to take over.
    """
    taken: dict[UUID, list[Graded]] = {}
    for one in found:
        if one.state == NEW or (one.state == OTHER and one.key in also):
            taken.setdefault(one.row.person_id, []).append(one)
    if not taken:
        raise Conflict(phrase("There is nothing to take over, or nothing was chosen."))
    for person, several in taken.items():
        row = several[0].row
        pieces, by_piece = list(row.pieces), {one.piece: one for one in several}
        for piece, one in by_piece.items():
            pieces[piece] = one.percent
        day = row.day if row.last else timetable.local(it.teaching, several[0].begun).date().isoformat()
        sources = {piece: one.attempt_id for piece, one in by_piece.items()}
        wish = Wish(it.examination.name, it.sitting, tuple(pieces), day, sources)
        results.record(session, actor, it.teaching, person, wish, now)
    return len(taken)


def _attempts(session: Session, it: Sheet, labs: Collection[str]) -> list[tuple[str, Attempt]]:
    """Attempts of the sitting, the newest of several of one person last."""
    query = select(Assignment.lab, Attempt).join(Assignment, Assignment.id == Attempt.assignment_id)
    query = query.where(Assignment.circle == it.teaching.id, Assignment.mode == "examination", Assignment.lab.in_(labs))
    again = _again(session, it) if it.sitting > 1 else None
    query = query.where(Assignment.person_id.is_(None) if again is None else Assignment.id.in_(again))
    rows = session.execute(query.order_by(Attempt.opened_at, Attempt.id))
    return [(lab, attempt) for lab, attempt in rows]


def _again(session: Session, it: Sheet) -> set[UUID]:
    """What was set for the resits of the sitting."""
    name, found = it.examination.name, set[UUID]()
    for row in it.rows:
        granted = results.resit(session, it.teaching, row.person_id, name, it.sitting)
        found |= {UUID(one["assignment"]) for one in granted.works} if granted else set()
    return found


def _graded(it: Sheet, piece: int, row: Row, case: Case, stands: dict[str, Progress], now: datetime) -> Graded:
    counted = points(case.own, progress.score(stands), progress.total(stands), progress.awaited(stands))
    earned, worth = counted.score, counted.total
    return Graded(
        piece=piece,
        row=row,
        attempt_id=case.attempt.id,
        lab=case.lab.title,
        release=case.release,
        begun=case.attempt.opened_at,
        waiting=sum(one.waiting > 0 for one in stands.values()),
        over=case.over(now),
        told=case.terms.told,
        percent=percent(min(exact(earned) / exact(worth), Fraction(1))) if worth else "0",
        own=row.person_id == it.by,
    )
