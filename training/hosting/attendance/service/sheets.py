"""Paper: sheets as they were printed, and the way back from what was typed or scanned off them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.errors import Refused
from training.hosting.attendance import characters
from training.hosting.attendance.models import Sheet
from training.hosting.attendance.service import grid, records
from training.hosting.attendance.service.grid import UNDECIDED, Filled
from training.hosting.attendance.service.records import Mark, Origin
from training.hosting.attendance.service.standing import Ledger, ledger
from training.hosting.attendance.state import Times
from training.hosting.models import TeachingSession
from training.hosting.service import people
from training.hosting.service.record import Faulty, not_closed, note
from training.sentence import joined, phrase

LONGEST, TOKENS, MOST = 20_000, 2_000, 400
"""Characters and tokens of an entry; sheets of a session."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What an entry says: people by half-day who are named, and all who stand on the sheets."""

    sheet: Sheet
    named: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Entered:
    """What came of an entry: how many records, and who was left as it was, since something else was recorded."""

    count: int
    left: tuple[UUID, ...]
    half: int


def make(session: Session, actor: Actor, teaching: TeachingSession, times: Times, now: datetime) -> list[Sheet]:
    """Make the sheets of a half-day for those who are in the session now, `characters.ROWS` on each.

    Raises:
        Conflict: the session is closed.
        Refused: it has no trainees, or too many sheets.
    """
    not_closed(teaching)
    trainees = [one.member for one in people.of(session, teaching) if not one.member.staff]
    if not trainees:
        raise Refused(phrase("This session has no trainees yet: there is nobody to sign."))
    pages = [trainees[at : at + characters.ROWS] for at in range(0, len(trainees), characters.ROWS)]
    if len(of(session, teaching)) + len(pages) > MOST:
        raise Refused(phrase("A session has at most %(most)s sheets. Print one of those that there are.", most=MOST))
    made = []
    for number, page in enumerate(pages, 1):
        code = characters.new_code()
        while session.get(Sheet, code) is not None:
            code = characters.new_code()
        pairs = zip(page, characters.marks(code), strict=False)
        rows = [{"person": str(one.person_id), "mark": mark, "seat": one.seat or ""} for one, mark in pairs]
        place = {"session_id": teaching.id, "day": times.half.day, "half": times.half.half}
        made.append(Sheet(code=code, **place, number=number, of=len(pages), rows=rows, printed_at=now))
    session.add_all(made)
    details = {"day": times.half.day, "half": times.half.half, "sheets": [one.code for one in made]}
    note(session, "attendance.printed", actor, teaching, details, now)
    return made


def of(session: Session, teaching: TeachingSession) -> list[Sheet]:
    """All sheets of a session, the newest last."""
    found = select(Sheet).filter_by(session_id=teaching.id).order_by(Sheet.printed_at, Sheet.number)
    return list(session.scalars(found))


def printed(session: Session, teaching: TeachingSession, times: Times) -> list[Sheet]:
    """The sheets of a half-day that were made last."""
    half = [one for one in of(session, teaching) if (one.day, one.half) == (times.half.day, times.half.half)]
    return [one for one in half if one.printed_at == half[-1].printed_at]


def enter(
    session: Session,
    actor: Actor,
    teaching: TeachingSession,
    typed: str,
    kind: str,
    origin: Origin,
    now: datetime,
) -> list[Entered]:
    """Keep what sheets say. `kind` says whose marks were typed: of the 'absent' or of the 'present'.

    Where something else was recorded before, it stays, and the person is named: paper against check-in is for the
    staff to decide.

    Raises:
        Refused: with every token that is no sheet or no row of one, by line.
        Conflict: the session is not open.
    """
    records.running(teaching)
    if kind not in {"absent", "present"}:
        raise Faulty({"kind": phrase("Say whose marks these are: of the absent or of the present.")})
    entries = read(session, teaching, typed)
    found, base = ledger(session, teaching), records.last(session, teaching)
    made = []
    for entry in entries:
        times = _times(found, entry.sheet)
        said = {UUID(row["person"]): _word(UUID(row["person"]) in entry.named, kind) for row in entry.sheet.rows}
        states = {person: found.of(person, times).status for person in said}
        marks = {one: Mark(word) for one, word in said.items() if states[one] in UNDECIDED}
        left = tuple(one for one, word in said.items() if one not in marks and not _agree(states[one], word))
        count = grid.keep(session, actor, teaching, times, Filled(marks, "", base), origin, now)
        made.append(Entered(count, left, times.half.number))
    return made


def read(session: Session, teaching: TeachingSession, typed: str) -> list[Entry]:
    """The sheets in a text, and whose rows were named. A scanner types a sheet and a row as one token, one a line."""
    if len(typed) > LONGEST:
        raise Faulty(
            {"marks": phrase("This has more than %(most)s characters. Enter one sheet at a time.", most=LONGEST)}
        )
    sheets = {one.code: one for one in of(session, teaching)}
    named: dict[str, set[UUID]] = {}
    faults: list[str] = []
    code = ""
    for line, token in _tokens(typed):
        whole = len(token) in {characters.CODE, characters.CODE + characters.MARK}
        mark = token[characters.CODE :] if whole else token
        fault = ""
        if whole:
            code, fault = token[: characters.CODE], _sheet_fault(token[: characters.CODE], sheets)
            named.setdefault(code, set())
        if not fault and mark:
            person, fault = _row(code, mark, sheets)
            named.setdefault(code, set()).update(person)
        if fault:
            faults.append(phrase("Line %(line)s: %(fault)s", line=str(line), fault=fault))
    if not named and not faults:
        faults.append(phrase("Begin with the id of the sheet: seven characters at its top."))
    if faults:
        raise Faulty({"marks": joined(*faults[:20])})
    return [Entry(sheets[one], frozenset(people)) for one, people in named.items()]


def _tokens(typed: str) -> Iterator[tuple[int, str]]:
    seen = 0
    for number, line in enumerate(typed.splitlines(), 1):
        for token in line.upper().replace(",", " ").replace(";", " ").split():
            seen += 1
            if seen > TOKENS:
                raise Faulty({"marks": phrase("This has more than %(most)s marks.", most=TOKENS)})
            yield number, token.replace("-", "")


def _sheet_fault(code: str, sheets: dict[str, Sheet]) -> str:
    if not characters.sound(code):
        return phrase("%(code)s is no id of a sheet: a character is wrong. Read it again.", code=code)
    if code not in sheets:
        return phrase("sheet %(code)s is not of this session.", code=code)
    return ""


def _row(code: str, mark: str, sheets: dict[str, Sheet]) -> tuple[list[UUID], str]:
    """Whose row this is, or what is wrong with it."""
    if not code:
        return [], phrase("%(mark)s stands before the id of its sheet.", mark=mark[:20])
    if code not in sheets:  # said already
        return [], ""
    found = [UUID(row["person"]) for row in sheets[code].rows if row["mark"] == mark]
    if found:
        return found, ""
    said = {"mark": mark[:20], "code": code}
    if characters.sound_mark(code, mark):
        return [], phrase("sheet %(code)s has no row %(mark)s.", **said)
    return [], phrase("%(mark)s is no mark of sheet %(code)s: a character is wrong. Read it again.", **said)


def _times(found: Ledger, sheet: Sheet) -> Times:
    times = next((one for one in found.times if (one.half.day, one.half.half) == (sheet.day, sheet.half)), None)
    if times is None:
        message = phrase("The half-day of sheet %(code)s is not in the timetable any more.", code=sheet.code)
        raise Faulty({"marks": message})
    return times


def _word(named: bool, kind: str) -> str:  # noqa: FBT001 - the one thing that it asks
    return kind if named else "present" if kind == "absent" else "absent"


def _agree(status: str, word: str) -> bool:
    return status == word or (word == "present" and status == "late") or (word == "absent" and status == "excused")
