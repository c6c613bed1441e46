"""Attendance as CSV, and the way back: a file is compared with what stands, and only what differs becomes a record.

One line for each trainee and half-day; number, sign-in name and seat have to be those of the same person, the name not
that of somebody else, and the date that of the half-day. A line is unchanged when its cells are those that an export
would write now, so that the own export changes nothing, exact minutes or not. Texts that a spreadsheet would take for
formulas begin with an apostrophe.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from training.accounts.actor import Actor
from training.analysis.results.export import MARK, harmless
from training.errors import Refused
from training.hosting.attendance.service import grid, records
from training.hosting.attendance.service.grid import Filled
from training.hosting.attendance.service.records import Mark, Origin
from training.hosting.attendance.service.standing import Ledger, ledger
from training.hosting.attendance.state import ARRIVALS, MARKS, Present, Times
from training.hosting.models import TeachingSession
from training.hosting.roster.reading.whose import Known, Whose
from training.hosting.service import people, timetable
from training.hosting.service.people import Listed
from training.hosting.service.record import Faulty
from training.sentence import joined, phrase

COLUMNS = (
    *("number", "login", "name", "seat", "half_day", "date", "status", "minutes", "contact_minutes"),
    *("late_minutes", "admitted", "attended", "reason"),
)
NEEDED = ("half_day", "status")
TYPED = ("status", "minutes", "late_minutes", "admitted", "reason")
"""What a file can change; the other columns say what a line is about, or are computed."""
LARGEST, LINES, WIDEST, SHOWN = 500_000, 20_000, 2_000, 50
STATUSES = ("open", "waiting", "present", "late", "excused", "absent")


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a file that differs from what stands: its number, about whom and what, before and after."""

    line: int
    person: UUID
    name: str
    half: int
    before: Mapping[str, str]
    after: Mapping[str, str]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """A file compared with what stands: lines that say nothing new, and those that do."""

    same: int
    changes: tuple[Change, ...]
    base: int


def as_csv(session: Session, teaching: TeachingSession) -> str:
    """Everything, by seat and half-day; whoever was taken out comes last."""
    found = ledger(session, teaching)
    made = io.StringIO()
    out = csv.writer(made, lineterminator="\r\n")
    out.writerow(COLUMNS)
    for one in _trainees(session, teaching):
        for times in found.times:
            cells = _cells(teaching, found, one, times)
            out.writerow([harmless(cells[name]) for name in COLUMNS])
    return MARK + made.getvalue()


def compare(session: Session, teaching: TeachingSession, text: str) -> Compared:
    """What a file would change; nothing is written.

    Raises:
        Faulty: with every line that can't be read or accepted, by its number.
    """
    found = ledger(session, teaching)
    trainees = {one.member.person_id: one for one in _trainees(session, teaching)}
    staff = [one for one in people.of(session, teaching, withdrawn=True) if one.member.staff]
    whose = Whose(map(_known, trainees.values()), map(_known, staff))
    faults: list[str] = []
    changes: list[Change] = []
    seen: dict[tuple[UUID, int], int] = {}
    same = 0
    for line, cells in _rows(text):
        try:
            one, times = trainees[_meant(cells, whose)], _half(cells, found)
            before = _cells(teaching, found, one, times)
            _of_that_day(cells, before["date"])
            _first_time(seen, (one.member.person_id, times.half.number), line)
            state = found.of(one.member.person_id, times)
            change = _change(line, one, times, state, before, {**before, **cells})
        except Refused as bad:
            faults.append(phrase("Line %(line)s: %(fault)s", line=str(line), fault=bad.message))
            continue
        same += change is None
        changes += [change] if change else []
    if faults:
        more = phrase("There are %(num)s more.", num=len(faults) - SHOWN) if len(faults) > SHOWN else ""
        raise Faulty({"file": joined(*faults[:SHOWN], more)})
    return Compared(same, tuple(changes), records.last(session, teaching))


def take(
    session: Session, actor: Actor, teaching: TeachingSession, text: str, base: int, origin: Origin, now: datetime
) -> int:
    """Make the records that a file asks for; how many. All or nothing. `base` is that of the comparison that was seen.

    Raises:
        Faulty: as `compare`.
        Conflict: others recorded something about the same people since then, or the session is not open.
    """
    records.running(teaching)
    compared = compare(session, teaching, text)
    found, made = ledger(session, teaching), 0
    for place in range(max((len(one.marks) for one in compared.changes), default=0)):
        for half in sorted({one.half for one in compared.changes}):
            times = found.numbered(half)
            lines = [one for one in compared.changes if one.half == half and len(one.marks) > place]
            if times is not None and lines:
                marks = {one.person: one.marks[place] for one in lines}
                made += grid.keep(session, actor, teaching, times, Filled(marks, "", base), origin, now)
    return made


def _trainees(session: Session, teaching: TeachingSession) -> list[Listed]:
    return [one for one in people.of(session, teaching, withdrawn=True) if not one.member.staff]


def _cells(teaching: TeachingSession, found: Ledger, one: Listed, times: Times) -> dict[str, str]:
    state = found.of(one.member.person_id, times)
    return {
        "number": one.member.number,
        "login": one.login,
        "name": one.name,
        "seat": one.member.seat or "",
        "half_day": str(times.half.number),
        "date": timetable.local(teaching, times.half.starts_at).date().isoformat(),
        "status": state.status,
        "minutes": _figure(state.exact),
        "contact_minutes": _figure(state.contact),
        "late_minutes": _figure(state.late),
        "admitted": "" if state.admitted is None else "yes" if state.admitted else "no",
        "attended": "yes" if state.attended else "no",
        "reason": grid.remark_of(state),
    }


def _figure(value: object) -> str:
    """Minutes to two decimals, cut and not rounded: 157.499 is not 157.5. Whole ones without a point."""
    hundredths = int(value * 100)  # type: ignore[operator]  # a fraction
    return str(hundredths // 100) if hundredths % 100 == 0 else f"{hundredths // 100}.{hundredths % 100:02}"


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    if len(text) > LARGEST:
        raise Faulty({"file": phrase("The file has more than %(most)s characters.", most=LARGEST)})
    text = text.removeprefix(MARK)
    head = text.split("\n", 1)[0]
    between = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
    names: list[str] | None = None
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if names is None:
                names = _head(row)
            else:
                yield reader.line_num, _line(reader.line_num, names, row)
            if reader.line_num > LINES:
                raise Faulty({"file": phrase("The file has more than %(most)s lines.", most=LINES)})
    except csv.Error as bad:
        message = phrase(
            "Line %(line)s can't be read as CSV: is a quotation mark not closed?", line=str(reader.line_num)
        )
        raise Faulty({"file": message}) from bad
    if names is None:
        raise Faulty({"file": phrase("The file is empty. Choose one that was exported here.")})


def _head(row: list[str]) -> list[str]:
    names = [cell.strip().casefold() for cell in row]
    missing = [one for one in NEEDED if one not in names]
    if not {"number", "login"} & set(names):
        missing.append("number")
    twice = sorted({one for one in names if names.count(one) > 1})
    if missing or twice:
        message = joined(
            phrase("Columns are missing: %(names)s.", names=", ".join(missing)) if missing else "",
            phrase("Columns stand twice: %(names)s.", names=", ".join(twice)[:WIDEST]) if twice else "",
        )
        raise Faulty({"file": message})
    return names


def _line(line: int, names: list[str], row: list[str]) -> dict[str, str]:
    if len(row) != len(names) or any(len(cell) > WIDEST for cell in row):
        message = phrase(
            "Line %(line)s has %(n)s cells, the first %(names)s.", line=str(line), n=len(row), names=len(names)
        )
        raise Faulty({"file": message})
    cells = {name: _plain(cell) for name, cell in zip(names, row, strict=True)}
    return {name: cell for name, cell in cells.items() if name in COLUMNS}


def _plain(cell: str) -> str:
    """A cell without the apostrophe that an export put before what looks like a formula."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and harmless(cell[1:]) == cell else cell


def _known(one: Listed) -> Known:
    return Known(one.member.person_id, one.member.number, one.login, one.name, one.member.seat or "")


def _meant(cells: Mapping[str, str], whose: Whose) -> UUID:
    """Whom a line is about: by number or sign-in name; every other cell about the person has to agree."""
    given = {name: cells.get(name, "") for name in ("number", "login", "name", "seat")}
    meant = whose.of(given) if given["number"] or given["login"] else None
    if meant is None or (meant.person is None and not meant.told):
        who = given[meant.columns[0]] if meant else ""
        raise Refused(phrase("nobody of this session has number or login %(who)s.", who=who[:80]))
    if meant.person is None:
        columns = ", ".join(meant.columns)
        raise Refused(phrase("%(columns)s: %(fault)s", columns=columns, fault=meant.told))
    return meant.person


def _half(cells: Mapping[str, str], found: Ledger) -> Times:
    half = cells["half_day"]
    times = found.numbered(int(half)) if half.isascii() and half.isdigit() and len(half) < 5 else None  # noqa: PLR2004
    if times is None:
        raise Refused(phrase("there is no half-day %(half)s.", half=half[:20]))
    return times


def _of_that_day(cells: Mapping[str, str], day: str) -> None:
    """Raises Refused for a line whose date is not that of its half-day, or is written otherwise than ISO."""
    typed = cells.get("date", "")
    if typed and typed != day:
        told = phrase(
            "date: half-day %(half)s is on %(day)s, and not on %(typed)s.",
            half=cells["half_day"],
            day=day,
            typed=typed[:20],
        )
        raise Refused(told)


def _first_time(seen: dict[tuple[UUID, int], int], key: tuple[UUID, int], line: int) -> None:
    if key in seen:
        raise Refused(phrase("the same person and half-day as line %(line)s.", line=str(seen[key])))
    seen[key] = line


def _change(
    line: int, one: Listed, times: Times, state: Present, before: Mapping[str, str], after: Mapping[str, str]
) -> Change | None:
    """What a line changes. A figure that it leaves alone stays as exact as it is, whatever else it says."""
    if all(before[name] == after[name] for name in TYPED):
        return None
    if len(after["reason"]) > records.REMARK or not after["reason"].isprintable():
        raise Refused(phrase("a reason has at most %(most)s characters.", most=records.REMARK))
    marks: list[Mark] = []
    changed = {name for name in TYPED if before[name] != after[name]}
    if changed & {"status", "minutes", "late_minutes"}:
        marks.append(_mark(times, before, after))
    elif changed == {"reason"}:
        marks.append(_again(state, after["reason"]))
    if "admitted" in changed:
        if not before["admitted"] or after["admitted"] not in {"yes", "no"}:
            raise Refused(phrase("admitted is yes or no, in half-days with an examination."))
        marks.append(Mark("admitted" if after["admitted"] == "yes" else "barred", None, after["reason"]))
    decided = before["status"] not in grid.UNDECIDED or len(marks) > 1
    if not after["reason"] and (decided or marks[0].what in {"excused", "void", *grid.OF_EXAMINATIONS}):
        raise Refused(phrase("it changes what stands. Write why in the column reason."))
    shown = [{name: cells[name] for name in TYPED} for cells in (before, after)]
    return Change(line, one.member.person_id, one.name, times.half.number, shown[0], shown[1], tuple(marks))


def _mark(times: Times, before: Mapping[str, str], after: Mapping[str, str]) -> Mark:
    status, contact = after["status"].casefold(), int(times.contact)
    if status not in {"present", "late", "excused", "absent"}:
        these = ", ".join(STATUSES[2:])
        raise Refused(phrase("status %(status)s is none of %(these)s.", status=status[:40], these=these))
    if status == "late":
        if before["minutes"] != after["minutes"] and before["late_minutes"] == after["late_minutes"]:
            raise Refused(phrase("of who is late change late_minutes; the minutes follow from it."))
        return Mark("late", _whole(after["late_minutes"], contact, "late_minutes"), after["reason"])
    typed = after["minutes"] if before["minutes"] != after["minutes"] else ""
    if status == "absent":
        if typed not in {"", "0"}:
            raise Refused(phrase("who is absent has no minutes."))
        return Mark("absent", None, after["reason"])
    minutes = _whole(typed, contact, "minutes") if typed else None
    return Mark(status, None if status == "present" and minutes == contact else minutes, after["reason"])


def _again(state: Present, reason: str) -> Mark:
    """A record that adds a reason and changes nothing else: the last mark once more, or that none stands.

    Raises Refused where nothing stands, or where the last mark, said once more, would undo a coming or going after it.
    """
    if state.status in grid.UNDECIDED:
        raise Refused(phrase("a reason goes with a status: write present, late, excused or absent."))
    last = next((one for one in reversed(state.records) if one.what in {*MARKS, "void"}), None)
    if last is None or last.what == "void":
        return Mark("void", None, reason)
    fixed = last.minutes is not None and last.what != "late"
    moves = () if fixed else ARRIVALS if last.what in {"absent", "excused"} else ("left",)
    if any(one.seq > last.seq and one.what in moves for one in state.records):
        raise Refused(
            phrase("somebody came or went after the last mark: with the reason, change the status or minutes.")
        )
    return Mark(last.what, last.minutes, reason)


def _whole(typed: str, most: int, column: str) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 4 and int(typed) <= most):  # noqa: PLR2004
        text = phrase("%(column)s is a whole number from 0 to %(most)s.", column=column, most=most)
        raise Refused(text)
    return int(typed)
