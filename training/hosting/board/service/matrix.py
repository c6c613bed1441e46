"""Trainees by questions: where each stands, told from what they submitted and opened, in a few queries for all."""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.accounts.models import SignIn
from training.analysis.models import Run, State
from training.content import service as content
from training.content.models import Release
from training.hosting.models import Part, PinnedRelease, TeachingSession
from training.labs import reader
from training.labs.models import Assignment, Attempt, AttemptRun, Draft, Finding, HintTaken, Judgement
from training.labs.reader import Lab

RIGHT, PARTLY, WRONG, TRIED, HINT, WORKING, OPEN, NONE, LEFT = (
    *("right", "partly", "wrong", "tried", "hint", "working", "open", "none", "left"),
)
SUBMITTED = "submitted"
"""In an examination, whatever was said of it."""
UNDONE = {OPEN, WORKING, HINT}
"""Nothing was submitted. Where the person has ended the attempt, nothing will be: LEFT."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Where one person stands on one question: a word of above, tries and hints so far, when it last moved."""

    state: str
    tries: int = 0
    hints: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A question: its lab, its id, how it is called, its points, and its number in the lab."""

    lab: str
    question: str
    short: str
    points: float
    number: int


@dataclass(frozen=True, slots=True)
class Work:
    """One person's work in a slot.

    Attributes:
        cells: by column; columns without one stand at nothing begun.
        begun: when the person began; None before.
        question: where the person is: what was typed or tried last and is not right yet.
        waiting: runs that are queued or running.
        finished: whether the person has ended every lab of the slot that was begun.
    """

    cells: Mapping[tuple[str, str], Cell] = field(default_factory=dict)
    begun: datetime | None = None
    question: tuple[str, str] | None = None
    waiting: int = 0
    finished: bool = False

    @property
    def hints(self) -> int:
        """How many were opened."""
        return sum(one.hints for one in self.cells.values())

    @property
    def right(self) -> int:
        """How many questions are right."""
        return sum(one.state == RIGHT for one in self.cells.values())


@dataclass(frozen=True, slots=True)
class Matrix:
    """A slot of a session: its labs, its questions, the work of each person who has begun.

    `veiled`: it is an examination, and nothing is said of right and wrong.
    """

    labs: tuple[Lab, ...] = ()
    columns: tuple[Column, ...] = ()
    work: Mapping[UUID, Work] = field(default_factory=dict)
    veiled: bool = False
    examination: bool = False


def of(session: Session, instance: Path, teaching: TeachingSession, part: Part | None, *, unveiled: bool) -> Matrix:
    """The matrix of a slot. `unveiled`: verdicts of an examination are shown before they are released."""
    names = [ref["name"] for ref in part.refs if ref["kind"] != "course" and ref.get("mode")] if part else []
    found = select(Assignment).filter_by(circle=teaching.id, person_id=None).where(Assignment.lab.in_(names))
    newest = {one.lab: one for one in session.scalars(found.order_by(Assignment.made_at, Assignment.id))}
    assigned = [newest[name] for name in dict.fromkeys(names) if name in newest]
    held = _held(session, instance, teaching, [one.lab for one in assigned])
    assigned = [one for one in assigned if one.lab in held]
    columns = tuple(
        Column(name, one.id, one.short or one.id, one.points[0], number)
        for name, lab in held.items()
        for number, one in enumerate(lab.questions, 1)
    )
    hidden = {one.lab for one in assigned if one.examination and one.released_at is None and not unveiled}
    work = _work(session, {one.id: one.lab for one in assigned}, columns, hidden)
    return Matrix(tuple(held.values()), columns, work, bool(hidden), any(one.examination for one in assigned))


def _held(session: Session, instance: Path, teaching: TeachingSession, names: Sequence[str]) -> dict[str, Lab]:
    """The labs as the session holds its people to them, in order."""
    pinned = select(PinnedRelease.name, PinnedRelease.release_id).filter_by(session_id=teaching.id, kind="lab")
    ids = dict(session.execute(pinned.where(PinnedRelease.name.in_(names))).all())
    releases = {name: session.get(Release, ids[name]) for name in names if name in ids}
    return {one.name: lab for one, lab in content.read_each(instance, filter(None, releases.values()), reader.load)}


def _work(session: Session, labs: Mapping[UUID, str], columns: Sequence[Column], hidden: set[str]) -> dict[UUID, Work]:
    """The work of everybody who has begun, by person."""
    begun = select(Attempt.id, Attempt.person_id, Attempt.assignment_id, Attempt.opened_at, Attempt.closed_at)
    rows = session.execute(begun.where(Attempt.assignment_id.in_(labs)).order_by(Attempt.opened_at, Attempt.id)).all()
    newest = {(row.person_id, labs[row.assignment_id]): row for row in rows}  # the last attempt of each at each lab
    asked = {row.id: (person, lab) for (person, lab), row in newest.items()}
    known = {(one.lab, one.question) for one in columns}
    cells, last = _cells(session, asked, hidden, known)
    runs = _runs(session, list(asked))
    made: dict[UUID, Work] = {}
    for (person, lab), row in newest.items():
        before = made.get(person, Work(finished=True))
        mine = {(lab, name): cell for name, cell in cells.get(row.id, {}).items() if (lab, name) in known}
        blank = {(one.lab, one.question): Cell(OPEN) for one in columns if one.lab == lab}
        if row.closed_at is not None:
            blank = {at: replace(cell, state=LEFT) for at, cell in blank.items()}
            mine = {at: replace(cell, state=LEFT) if cell.state in UNDONE else cell for at, cell in mine.items()}
        question = last.get(row.id) or next((one.question for one in columns if one.lab == lab), "")
        opened = min(row.opened_at, before.begun or row.opened_at)
        waiting = before.waiting + runs[row.id]
        finished = before.finished and row.closed_at is not None
        made[person] = Work({**before.cells, **blank, **mine}, opened, (lab, question), waiting, finished)
    return made


def _cells(
    session: Session, asked: Mapping[UUID, tuple[UUID, str]], hidden: set[str], known: Container[tuple[str, str]]
) -> tuple[dict[UUID, dict[str, Cell]], dict[UUID, str]]:
    """Cells by attempt and question, and where each attempt moved last on a question that is not right."""
    ids = list(asked)
    cells: dict[UUID, dict[str, Cell]] = {}
    for attempt, question, updated in session.execute(_drafts(ids)):
        cells.setdefault(attempt, {})[question] = Cell(WORKING, at=updated)
    for attempt, question, number, at in session.execute(_hints(ids)):
        cells.setdefault(attempt, {})[question] = Cell(HINT, hints=number, at=at)
    newer = _judgements(session, ids)
    tries: dict[tuple[UUID, str], list[tuple[bool, float, datetime]]] = {}
    for one, attempt, question, judged, credit, at in session.execute(_findings(ids)):
        if (asked[attempt][1], question) not in known:
            continue  # a marker reads it, as the reason of a decision at a machine, and nobody is asked it
        tries.setdefault((attempt, question), []).append((*newer.get(one, (judged, credit)), at))
    for (attempt, question), listed in tries.items():
        hints = cells.get(attempt, {}).get(question, Cell(OPEN)).hints
        state = SUBMITTED if asked[attempt][1] in hidden else _said(listed)
        cells.setdefault(attempt, {})[question] = Cell(state, len(listed), hints, listed[-1][2])
    return cells, {attempt: _last(mine) for attempt, mine in cells.items()}


def _said(tries: Sequence[tuple[bool, float, datetime]]) -> str:
    best = max((credit for judged, credit, _ in tries if judged), default=0.0)
    if best >= 1:
        return RIGHT
    if not tries[-1][0]:
        return TRIED
    return PARTLY if best > 0 else WRONG


def _last(cells: Mapping[str, Cell]) -> str:
    """The question that moved last and is not done; where all are done that moved, the one that moved last."""
    moved = [(one.at, name) for name, one in cells.items() if one.at is not None]
    undone = [(at, name) for at, name in moved if cells[name].state not in {RIGHT, SUBMITTED}]
    return max(undone or moved)[1]


def _drafts(ids: Sequence[UUID]) -> Any:
    found = select(Draft.attempt_id, Draft.question, Draft.updated_at)
    return found.where(Draft.attempt_id.in_(ids), Draft.value != "")


def _hints(ids: Sequence[UUID]) -> Any:
    found = select(HintTaken.attempt_id, HintTaken.question, func.count(), func.max(HintTaken.at))
    return found.where(HintTaken.attempt_id.in_(ids)).group_by(HintTaken.attempt_id, HintTaken.question)


def _findings(ids: Sequence[UUID]) -> Any:
    found = select(Finding.id, Finding.attempt_id, Finding.question, Finding.judged, Finding.credit, Finding.at)
    return found.where(Finding.attempt_id.in_(ids)).order_by(Finding.try_no)


def _judgements(session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[bool, float]]:
    """What was decided after findings were submitted; the last counts."""
    found = select(Judgement.finding_id, Judgement.judged, Judgement.credit)
    found = found.join(Finding, Finding.id == Judgement.finding_id).where(Finding.attempt_id.in_(ids))
    return {one: (judged, credit) for one, judged, credit in session.execute(found.order_by(Judgement.seq))}


def _runs(session: Session, ids: Sequence[UUID]) -> Counter[UUID]:
    """Runs under way, by attempt."""
    found = select(AttemptRun.attempt_id, func.count()).join(Run, Run.id == AttemptRun.run_id)
    found = found.where(Run.state.in_((State.QUEUED, State.RUNNING)), AttemptRun.attempt_id.in_(ids))
    return Counter(dict(session.execute(found.group_by(AttemptRun.attempt_id)).all()))


def seen(session: Session, people: Sequence[UUID]) -> dict[UUID, datetime]:
    """When people last asked this installation for anything, to the minute."""
    found = select(SignIn.person_id, func.max(SignIn.seen_at)).where(SignIn.person_id.in_(people))
    return dict(session.execute(found.group_by(SignIn.person_id)).all())
