"""Marks of the staff: a whole half-day at once, with reasons; what somebody else changed meanwhile is shown first."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.errors import Conflict
from training.hosting.attendance.models import Record
from training.hosting.attendance.service import records
from training.hosting.attendance.service.records import REMARK, Mark, Origin
from training.hosting.attendance.service.standing import Ledger, ledger
from training.hosting.attendance.state import MARKS, Present, Times
from training.hosting.models import TeachingSession
from training.hosting.service.record import Faulty
from training.sentence import counted, phrase

CHOICES = ("present", "late", "excused", "absent", "admitted", "barred", "void")
OF_EXAMINATIONS = ("admitted", "barred")
UNDECIDED = ("open", "waiting")


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled form.

    Attributes:
        marks: by person.
        rest: what all others are of whom nothing is known: 'present', 'absent', or empty.
        base: number of the newest record when the form was shown.
    """

    marks: Mapping[UUID, Mark]
    rest: str
    base: int


class Overtaken(Conflict):
    """Others recorded something about these people after the form was shown; nothing of the form was kept."""

    def __init__(self, people: frozenset[UUID]) -> None:
        super().__init__(
            counted(
                "Somebody else recorded something about %(num)s person after this page was shown. Nothing was kept. "
                "Look at the marked row, then send it again or leave it.",
                "Somebody else recorded something about %(num)s people after this page was shown. Nothing was kept. "
                "Look at the marked rows, then send them again or leave them.",
                len(people),
            )
        )
        self.people = people


def keep(
    session: Session,
    actor: Actor,
    teaching: TeachingSession,
    times: Times,
    filled: Filled,
    origin: Origin,
    now: datetime,
) -> int:
    """Keep the marks of a half-day; how many records that made. The row of the session is locked.

    Raises:
        Faulty: with every row that can't be accepted, as `mark-PERSON`.
        Overtaken: others were at some of the rows meanwhile.
        Conflict: the session is not open.
    """
    records.running(teaching)
    found = ledger(session, teaching)
    people = [one.person_id for one in teaching.members if not one.staff]
    changed = {
        person: mark
        for person, mark in filled.marks.items()
        if person in people and not _same(found.of(person, times), mark)
    }
    faults = {
        f"mark-{person}": text for person, mark in changed.items() if (text := _fault(found, times, person, mark))
    }
    if faults:
        raise Faulty(faults)
    late = {one for one in changed if _newer(found, times, one, filled.base, origin.request_key)}
    if late:
        raise Overtaken(frozenset(late))
    if filled.rest:
        active = {one.person_id for one in teaching.members if one.active}
        others = (one for one in people if one in active and one not in filled.marks)
        changed |= {one: Mark(filled.rest) for one in others if found.of(one, times).status in UNDECIDED}
    made = [
        records.add(session, actor, teaching, person, times.half, _after(found, times, person, mark), origin, now)
        for person, mark in changed.items()
    ]
    return sum(one is not None for one in made)


def remark_of(state: Present) -> str:
    """The remark of the last mark that counts."""
    marks = [one for one in state.records if isinstance(one, Record) and one.what in CHOICES]
    return (marks[-1].detail.remark if marks[-1].detail else "") if marks else ""


def _after(found: Ledger, times: Times, person: UUID, mark: Mark) -> Mark:
    said = found.said.get((person, times.half.day, times.half.half), [])
    return replace(mark, replaces=said[-1].id) if said else mark


def _newer(found: Ledger, times: Times, person: UUID, base: int, request_key: str) -> bool:
    said = found.said.get((person, times.half.day, times.half.half), [])
    return any(one.seq > base and one.request_key != request_key for one in said)


def _same(state: Present, mark: Mark) -> bool:
    """Whether a mark says what is known already, so that two who say the same are no conflict."""
    last = next((one for one in reversed(state.records) if one.what in CHOICES), None)
    if last is None or (mark.remark and mark.remark != remark_of(state)):
        return False
    return (last.what, last.minutes) == (mark.what, mark.minutes) and last is state.records[-1]


def _said_before(state: Present, mark: Mark) -> bool:
    """Whether the last mark says the same, from when the half-day was planned or held otherwise."""
    last = next((one for one in reversed(state.records) if one.what in MARKS), None)
    return last is not None and (last.what, last.minutes) == (mark.what, mark.minutes)


def _fault(found: Ledger, times: Times, person: UUID, mark: Mark) -> str:
    """The first thing that is wrong with a mark, empty if nothing is."""
    contact, minutes = int(times.contact), mark.minutes
    known = found.of(person, times).status not in UNDECIDED
    wrong = (
        (mark.what not in CHOICES, phrase("Choose present, late, excused or absent.")),
        (
            mark.what in OF_EXAMINATIONS and times.examination is None,
            phrase("This half-day has no examination."),
        ),
        (mark.what == "late" and minutes is None, phrase("Write how many minutes late.")),
        (
            minutes is not None and mark.what not in {"present", "late", "excused"},
            phrase("Minutes go with present, late and excused."),
        ),
        (
            minutes is not None and not 0 <= minutes <= contact and not _said_before(found.of(person, times), mark),
            phrase("Minutes are 0 to %(most)s in this half-day.", most=contact),
        ),
        (
            len(mark.remark) > REMARK or not mark.remark.isprintable(),
            phrase("A reason has at most %(most)s characters.", most=REMARK),
        ),
        (
            not mark.remark and (known or mark.what in {"excused", "void", *OF_EXAMINATIONS}),
            phrase("Write why: the record keeps it."),
        ),
    )
    return next((text for holds, text in wrong if holds), "")
