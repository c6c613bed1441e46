"""Results by person: one row for each, one column for each lab, and the same as a file for a spreadsheet."""

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor, Role
from training.analysis.results.export import MARK, harmless
from training.audit import service as audit
from training.content import service as content
from training.grading.credit import written
from training.labs import reader
from training.labs.models import Assignment, Attempt
from training.labs.service import attempts, circles, findings
from training.labs.service.results import MOST_LINES, Line, trainees

State = Literal["passed", "not passed", "marker decides", "open", "not begun"]


@dataclass(frozen=True, slots=True)
class Column:
    """A lab: its name, its title, and where it stands among the labs."""

    name: str
    title: str
    place: int


@dataclass(frozen=True, slots=True)
class Cell:
    """What came of a person's work on a lab: the newest attempt, of how many, and where it stands."""

    line: Line
    attempts: int
    state: State


@dataclass(frozen=True, slots=True)
class Row:
    """One person, with a cell by the name of each lab that was begun."""

    person: UUID
    cells: Mapping[str, Cell]

    @property
    def passed(self) -> int:
        """How many labs are passed."""
        return sum(one.state == "passed" for one in self.cells.values())


@dataclass(frozen=True, slots=True)
class Roll:
    """The people and labs of an organisation or of a session. `cut`: attempts before the newest 500 are left out."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    cut: bool = False

    @property
    def people(self) -> set[UUID]:
        """Whoever stands on it."""
        return {row.person for row in self.rows}

    def named(self, names: Mapping[UUID, str]) -> list[tuple[str, Row]]:
        """The rows with the names of their people, by name; '' where a person was erased."""
        found = [(names.get(row.person, ""), row) for row in self.rows]
        return sorted(found, key=lambda one: (not one[0], one[0].casefold(), one[1].person))


def of_organisations(session: Session, actor: Actor, instance: Path, now: datetime) -> Roll:
    """The trainees of the organisations where the actor is an instructor, and whoever else made an attempt there."""
    mine = {organisation for organisation, role in actor.roles if role is Role.INSTRUCTOR}
    made = select(Attempt).where(Attempt.organisation_id.in_(mine))
    set_for = select(Assignment.lab).where(Assignment.organisation_id.in_(mine), Assignment.withdrawn_at.is_(None))
    found = session.scalars(made.order_by(Attempt.opened_at.desc()).limit(MOST_LINES)).all()
    return _roll(session, instance, found, trainees(session, mine), set(session.scalars(set_for)), now)


def of_circle(session: Session, instance: Path, circle: UUID, people: Collection[UUID], now: datetime) -> Roll:
    """The people of a circle, such as a teaching session, with their attempts at what was set for it."""
    made = select(Attempt).join(Assignment, Assignment.id == Attempt.assignment_id).where(Assignment.circle == circle)
    found = session.scalars(made.order_by(Attempt.opened_at.desc()).limit(MOST_LINES)).all()
    return _roll(session, instance, found, people, {one.lab for one in circles.of(session, circle)}, now)


def _roll(
    session: Session,
    instance: Path,
    made: Sequence[Attempt],
    people: Collection[UUID],
    labs: Collection[str],
    now: datetime,
) -> Roll:
    cases = attempts.whole_cases(session, instance, made)
    progress = findings.progress_of(session, cases)
    listed: dict[UUID, dict[str, list[Line]]] = {person: {} for person in people}
    columns: dict[str, Column] = {}
    for case in cases:
        line = Line(case.attempt, progress[case.attempt.id], case.terms, own=case.own)
        listed.setdefault(case.attempt.person_id, {}).setdefault(case.release.name, []).append(line)
        columns.setdefault(case.release.name, Column(case.release.name, case.lab.title, case.lab.file.place))
    others = filter(None, (content.latest(session, "lab", name) for name in set(labs) - columns.keys()))
    for release, lab in content.read_each(instance, others, reader.load):
        columns[release.name] = Column(release.name, lab.title, lab.file.place)
    rows = (
        Row(person, {lab: Cell(lines[0], len(lines), _state(lines[0], now)) for lab, lines in mine.items()})
        for person, mine in listed.items()
    )
    ordered = sorted(columns.values(), key=lambda one: (one.place, one.name))
    return Roll(tuple(ordered), tuple(rows), len(made) == MOST_LINES)


def _state(line: Line, now: datetime) -> State:
    if line.passed:
        return "passed"
    if line.attempt.closed_at is None and not line.terms.ended(now):
        return "open"
    return "marker decides" if line.undecided else "not passed"


def as_csv(roll: Roll, names: Mapping[UUID, str]) -> str:
    """The roll for a spreadsheet: a line for each person, four columns for each lab.

    UTF-8 with a byte order mark; texts that a spreadsheet would take for formulas begin with an apostrophe.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    parts = ("state", "points", "of", "begun")
    heads = [f"{one.name} {part}" for one in roll.columns for part in parts]
    writer.writerow(["trainee", "labs passed", *map(harmless, heads)])
    for name, row in roll.named(names):
        cells = [each for one in roll.columns for each in _fields(row.cells.get(one.name))]
        writer.writerow([harmless(name), row.passed, *cells])
    return MARK + text.getvalue()


def _fields(cell: Cell | None) -> tuple[str, ...]:
    if cell is None:
        return ("not begun", "", "", "")
    line = cell.line
    return cell.state, written(line.score), written(line.total), f"{line.attempt.opened_at:%Y-%m-%d %H:%M}Z"


def note(session: Session, roll: Roll, subject: str, by: UUID | None, now: datetime) -> None:
    """Record that somebody takes the roll away."""
    details = {"form": "csv", "people": len(roll.rows), "labs": len(roll.columns)}
    audit.record(session, act="results.exported", actor=by, subject=subject, details=details, now=now)
