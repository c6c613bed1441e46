"""All results of one sitting of an examination at once: people by pieces, typed into a grid or sent as a file.

Only what differs from what is recorded becomes a record, and only if nothing at all is wrong: all or nothing.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.credentials import results
from training.credentials.models import Result
from training.credentials.results import Wish
from training.errors import NotThere, Refused
from training.hosting import plan as plans
from training.hosting.models import TeachingSession
from training.hosting.plan import Examination
from training.hosting.roster.reading.whose import Known
from training.hosting.service import people, timetable
from training.hosting.service.record import Faulty
from training.sentence import phrase

DAY = "day"
"""The column of the day; a piece is called by its number, from 1."""


@dataclass(frozen=True, slots=True)
class Row:
    """A trainee: percent of each piece and the day as recorded, else empty and the day that is likely; `last` is the
    row that holds them. `closed`: why nothing can be recorded of this sitting; empty where something can.
    """

    person_id: UUID
    name: str
    login: str
    number: str
    seat: str
    last: Result | None
    pieces: tuple[str, ...]
    day: str
    closed: str

    @property
    def seen(self) -> str:
        """Stands for what is recorded: who types sends it along."""
        return str(self.last.id) if self.last else ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sitting of an examination of a session, as somebody records it; `others` have no row in it."""

    teaching: TeachingSession
    examination: Examination
    sitting: int
    sittings: int  # that the rules allow
    by: UUID | None
    rows: tuple[Row, ...]
    others: tuple[Known, ...] = ()

    @property
    def digest(self) -> str:
        """Stands for all that is recorded of it."""
        said = json.dumps([(str(one.person_id), one.seen) for one in self.rows])
        return hashlib.sha256(said.encode()).hexdigest()

    def of(self, person: UUID) -> Row | None:
        """The row of a person."""
        return next((one for one in self.rows if one.person_id == person), None)


@dataclass(frozen=True, slots=True)
class Entry:
    """What was typed of one person, by column; a column that is not there, or holds nothing, says nothing.

    `seen` is that of the row as it was seen; None: that is held otherwise.
    """

    person_id: UUID
    cells: Mapping[str, str]
    seen: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A row that would be recorded: before and after by column, and what is given to the service."""

    row: Row
    before: Mapping[str, str]
    after: Mapping[str, str]
    wish: Wish


def sheet(
    session: Session,
    actor: Actor,
    teaching: TeachingSession,
    name: str,
    sitting: int,
    now: datetime,
    person: UUID | None = None,
) -> Sheet:
    """What is recorded of a sitting, of all or of one person.

    Raises NotThere for an examination or sitting that the rules don't have.
    """
    rules = plans.rules_of(teaching.rules)
    examination = rules.examination(name)
    if examination is None or not 1 <= sitting <= 1 + rules.resit.times:
        raise NotThere(phrase("The rules of this session know no such examination."))
    newest = results.newest(session, teaching, person)
    usual = min(_usual(session, teaching, name), timetable.local(teaching, now).date())
    rows: list[Row] = []
    listed = people.of(session, teaching, withdrawn=True)
    for one in listed:
        key = one.member.person_id
        if one.member.role != "trainee" or person not in {None, key}:
            continue
        last, day = newest.get((key, name, sitting)), usual
        closed = phrase("Nobody records results of their own.") if key == actor.id else ""
        if sitting > 1:
            granted = results.resit(session, teaching, key, name, sitting)
            if granted is None:
                continue
            day = timetable.local(teaching, granted.opens_at).date()
            first = newest.get((key, name, sitting - 1))
            closed = closed or ("" if first and results.whole(first) else results.BEFORE)
        elif not one.member.active and last is None:
            continue
        pieces = _fitting(last, examination)
        at = (last.sat_on if last else day).isoformat()
        rows.append(Row(key, one.name, one.login, one.member.number, one.member.seat or "", last, pieces, at, closed))
    here = {one.person_id for one in rows}
    others = tuple(
        Known(one.member.person_id, one.member.number, one.login, one.name, one.member.seat or "")
        for one in listed
        if one.member.person_id not in here
    )
    return Sheet(teaching, examination, sitting, 1 + rules.resit.times, actor.id, tuple(rows), others)


def columns(examination: Examination) -> list[str]:
    """What columns are called: pieces by their numbers, and the day."""
    return [*(str(number) for number, _ in enumerate(examination.pieces, 1)), DAY]


def touched(session: Session, it: Sheet, entries: Sequence[Entry]) -> list[Entry]:
    """Those in which something was typed: what is as it was seen says nothing, even where others recorded since."""
    return [one for one in entries if (row := it.of(one.person_id)) is not None and _typed_in(session, it, row, one)]


def _typed_in(session: Session, it: Sheet, row: Row, entry: Entry) -> bool:
    if not entry.seen or entry.seen == row.seen:
        was = row.pieces if entry.seen else ("",) * len(row.pieces)
        day = row.day if entry.seen or not row.last else entry.cells.get(DAY, "")
    else:
        old = session.get(Result, _key(entry.seen))
        if old is None or (old.session_id, old.person_id) != (it.teaching.id, row.person_id):
            return True
        was, day = _fitting(old, it.examination), old.sat_on.isoformat()
    names = columns(it.examination)
    return any(entry.cells.get(name, one).strip() != one for name, one in zip(names, (*was, day), strict=True))


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def compare(it: Sheet, entries: Sequence[Entry], now: datetime) -> tuple[list[Change], dict[tuple[UUID, str], str]]:
    """What entries would change, and what is wrong with them, by person and column. Nothing is written."""
    changes: list[Change] = []
    faults: dict[tuple[UUID, str], str] = {}
    for entry in entries:
        row = it.of(entry.person_id)
        if row is None:
            continue
        wrong = _wrong(it, row, entry, now)
        faults |= {(row.person_id, column): told for column, told in wrong.items()}
        if not wrong and (change := _change(it, row, entry)):
            stale = entry.seen is not None and entry.seen != row.seen
            if row.closed or stale:
                faults[row.person_id, "1"] = row.closed or STALE
            else:
                changes.append(change)
    return changes, faults


def keep(
    session: Session,
    actor: Actor,
    it: Sheet,
    entries: Sequence[Entry],
    now: datetime,
    called: Callable[[UUID, str], str],
) -> int:
    """Record what differs; how many rows. `called` says the name of a field. The session's row must be locked.

    Raises Faulty with all that is wrong, by field.
    """
    changes, faults = compare(it, entries, now)
    if faults:
        raise Faulty({called(*where): told for where, told in faults.items()})
    for one in changes:
        try:
            results.record(session, actor, it.teaching, one.row.person_id, one.wish, now)
        except Refused as bad:
            column = DAY if bad.field == "sat_on" else "1"
            raise Faulty({called(one.row.person_id, column): bad.message}) from None
    return len(changes)


STALE = phrase("Somebody else recorded this row since you looked. What is recorded now stands beside it.")


def _usual(session: Session, teaching: TeachingSession, name: str) -> date:
    """The day on which an examination is planned, else the first of the session."""
    days = (
        timetable.local(teaching, one.starts_at).date()
        for one in timetable.parts(session, teaching)
        if one.exam == name
    )
    return min(days, default=teaching.starts_on)


def _fitting(last: Result | None, examination: Examination) -> tuple[str, ...]:
    """The percentages that are recorded, as many as the examination has pieces now."""
    had = list(last.pieces) if last else []
    return tuple((*had, *("" for _ in examination.pieces))[: len(examination.pieces)])


def _wrong(it: Sheet, row: Row, entry: Entry, now: datetime) -> dict[str, str]:
    faults = {}
    for number, (piece, had) in enumerate(zip(it.examination.pieces, row.pieces, strict=True), 1):
        typed = entry.cells.get(str(number))
        if typed is not None and (told := results.fault(piece.title, typed, had=bool(had))):
            faults[str(number)] = told
    day = entry.cells.get(DAY, "").strip()
    if day:
        try:
            results.day_of(it.teaching, day, now)
        except Refused as bad:
            faults[DAY] = bad.message
    return faults


def _change(it: Sheet, row: Row, entry: Entry) -> Change | None:
    """What differs; a day alone says nothing of somebody of whom nothing is recorded."""
    typed = [results.percent_of(entry.cells.get(str(number), "")) or had for number, had in enumerate(row.pieces, 1)]
    pieces = tuple(had if had and _same(had, one) else one for had, one in zip(row.pieces, typed, strict=True))
    day = entry.cells.get(DAY, "").strip() or row.day
    if pieces == row.pieces and (row.last is None or day == row.day):
        return None
    names = columns(it.examination)
    before = dict(zip(names, (*row.pieces, row.day if row.last else ""), strict=True))
    after = dict(zip(names, (*pieces, day), strict=True))
    return Change(row, before, after, Wish(it.examination.name, it.sitting, pieces, day))


def _same(one: str, other: str) -> bool:
    return bool(other) and results.hundredths(one) == results.hundredths(other)
