"""What the records of a person say of a half-day: minutes present, late, admitted, attended. Pure, and exact.

Time comes in as the server's clock gave it, order as the server numbered it. Where the two contradict each other the
order is believed: within the records of a person and a half-day no moment lies before one that was numbered earlier.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import Protocol
from uuid import UUID

from training.hosting.models import Part
from training.hosting.service.timetable import HalfDay

MINUTE = timedelta(minutes=1)
PERCENT = 100
STATES = ("open", "waiting", "present", "late", "excused", "absent")
ARRIVALS, MARKS = ("waiting", "arrived"), ("present", "late", "excused", "absent")


class Said(Protocol):
    """A record, as far as it decides something: see models.Record."""

    id: UUID
    seq: int
    what: str
    minutes: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Slot:
    """Contact time from one instant to another."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Times:
    """A half-day as it was held, else as it is planned.

    Attributes:
        half: the half-day.
        slots: its contact time, in order, no two at once.
        begins: from when lateness counts: the planned beginning, or the real one where that was later.
        examination: when its examination begins; None without one.
    """

    half: HalfDay
    slots: tuple[Slot, ...]
    begins: datetime
    examination: datetime | None = None

    @property
    def ends(self) -> datetime:
        """When its contact time is over."""
        return max((one.ends for one in self.slots), default=self.begins)

    @property
    def contact(self) -> Fraction:
        """All its contact minutes."""
        return minutes_of(sum((one.ends - one.begins for one in self.slots), timedelta()))

    @property
    def contact_shown(self) -> int:
        """The same, whole."""
        return _nearest(self.contact)


@dataclass(frozen=True, slots=True)
class Rule:
    """By what it counts: percent of contact minutes, minutes within which nobody is late, minutes of late entry.

    Late entry: until so many minutes after its beginning an examination can be entered.
    """

    percent: int = 75
    late: int = 10
    late_entry: int = 30


@dataclass(frozen=True, slots=True)
class Present:
    """How it stands with a person and a half-day.

    Attributes:
        half: number of the half-day in the session, from 1; `day` says more of it.
        minutes: present, in whole minutes of the planned half-day. What is not whole is rounded to the side on which
            it was decided, so that comparing them with the plan decides the same as the exact ones did.
        exact: present in contact time, as it was held, exact.
        contact: contact minutes of the half-day, as it was held.
        status: 'open' (nothing said), 'waiting' (check-in is not open yet), 'present', 'late', 'excused' or 'absent'.
        late: minutes late, exact; 0 for who was not there.
        admitted: to the examination; None where there is none.
        attended: whether the half-day counts.
        gone: whether the person left and did not come back.
        records: what this rests on, in order.
        shown, late_shown: minutes present and late for people to read: the nearest whole ones that tell the same as
            the exact ones did, such as 11 for who came half a minute after the ten within which nobody is late.
    """

    half: int
    day: HalfDay
    minutes: int
    exact: Fraction
    contact: Fraction
    status: str
    late: Fraction
    admitted: bool | None
    attended: bool
    gone: bool
    records: tuple[Said, ...]
    shown: int = 0
    late_shown: int = 0

    @property
    def contact_shown(self) -> int:
        """Contact minutes, whole."""
        return max(_nearest(self.contact), self.shown)


@dataclass(slots=True)
class _Course:
    """What was gathered so far: times present, or minutes that were fixed by a mark."""

    spans: tuple[tuple[datetime, datetime | None], ...] = ()
    fixed: int | None = None
    mark: str = ""
    waits: bool = False
    word: str = ""  # about the examination

    @property
    def inside(self) -> bool:
        return self.fixed is not None or bool(self.spans and self.spans[-1][1] is None)


def minutes_of(time: timedelta) -> Fraction:
    """A duration in minutes, exact."""
    return Fraction(time // timedelta(microseconds=1), 60_000_000)


def times_of(half: HalfDay, parts: Iterable[Part]) -> Times:
    """The times of a half-day: those at which its slots were really begun and ended, else the planned ones."""
    found = sorted((one for one in parts if (one.day, one.half) == (half.day, half.half) and one.contact), key=_start)
    slots = _merged([Slot(_start(one), _end(one)) for one in found])
    begins = max(half.starts_at, slots[0].begins) if slots else half.starts_at
    return Times(half, slots, begins, next((_start(one) for one in found if one.examination), None))


def _start(part: Part) -> datetime:
    return part.began_at or part.starts_at


def _end(part: Part) -> datetime:
    start = _start(part)
    return max(part.ended_at, start) if part.ended_at else start + part.minutes * MINUTE


def _merged(slots: Sequence[Slot]) -> tuple[Slot, ...]:
    made: list[Slot] = []
    for one in slots:
        if made and one.begins <= made[-1].ends:
            made[-1] = Slot(made[-1].begins, max(made[-1].ends, one.ends))
        else:
            made.append(one)
    return tuple(made)


def state_of(times: Times, said: Iterable[Said], rule: Rule, *, opened: bool = True) -> Present:
    """How it stands after these records, whatever order they come in. `opened`: whether check-in was ever opened.

    Whoever has not left is taken as present to the end.
    """
    records = tuple(sorted(said, key=lambda one: one.seq))
    course = _followed(times, records, opened=opened)
    spans = [(begins, times.ends if ends is None else ends) for begins, ends in course.spans]
    contact = times.contact
    minutes = _within(times.slots, spans) if course.fixed is None else min(Fraction(course.fixed), contact)
    late = max(minutes_of(spans[0][0] - times.begins), Fraction(0)) if spans else Fraction(0)
    status = _status(course, minutes, late, rule)
    admitted = _admitted(times, course, spans, rule)
    enough = contact > 0 and minutes * PERCENT >= contact * rule.percent
    return Present(
        times.half.number,
        times.half,
        _whole(minutes / contact * times.half.minutes if contact else minutes, up=enough),
        minutes,
        contact,
        status,
        late if minutes else Fraction(0),
        admitted,
        enough and admitted is not False and status in {"present", "late", "excused"},
        bool(spans) and course.fixed is None and not course.inside,
        records,
        _said(minutes, ceil(contact * rule.percent / PERCENT), over=enough),
        _said(late, rule.late + 1, over=late > rule.late) if minutes else 0,
    )


def _followed(times: Times, records: Sequence[Said], *, opened: bool) -> _Course:
    it, now, arrived = _Course(), None, _Course()
    for one in records:
        now = one.at if now is None else max(now, one.at)
        if one.what == "void":
            it = replace(arrived, word=it.word)
        elif one.what in {"admitted", "barred"}:
            it.word = one.what
        elif one.what in MARKS:
            it = _marked(it, one, times)
        else:
            _moved(it, one.what, now, opened=opened)
            _moved(arrived, one.what, now, opened=opened)
    return it


def _marked(it: _Course, one: Said, times: Times) -> _Course:
    if one.what == "late":
        return _Course(((times.begins + (one.minutes or 0) * MINUTE, None),), None, "late", word=it.word)
    if one.what == "present" and one.minutes is None:
        return _Course(
            ((min(times.begins, times.half.starts_at, *_first(times)), None),), None, "present", word=it.word
        )
    fixed = one.minutes if one.what in {"present", "excused"} else None
    return _Course((), fixed, one.what, word=it.word)


def _first(times: Times) -> list[datetime]:
    return [times.slots[0].begins] if times.slots else []


def _moved(it: _Course, what: str, now: datetime, *, opened: bool) -> None:
    """Somebody comes or goes. Whoever is inside already, or outside, changes nothing by saying it again."""
    if what == "waiting" and not opened:
        it.waits = it.waits or not it.inside
    elif what in ARRIVALS and not it.inside:
        it.spans = (*it.spans, (now, None))
        it.waits, it.mark = False, "" if it.mark in {"absent", "excused"} else it.mark
    elif what == "left" and it.fixed is None and it.inside:
        it.spans = (*it.spans[:-1], (it.spans[-1][0], max(now, it.spans[-1][0])))


def _within(slots: Iterable[Slot], spans: Sequence[tuple[datetime, datetime]]) -> Fraction:
    """Minutes of the spans that lie in slots, none counted twice."""
    joined = _merged([Slot(*one) for one in sorted(spans)])
    inside = (min(one.ends, span.ends) - max(one.begins, span.begins) for one in slots for span in joined)
    return minutes_of(sum((time for time in inside if time > timedelta()), timedelta()))


def _whole(minutes: Fraction, *, up: bool) -> int:
    return ceil(minutes) if up else floor(minutes)


def _nearest(minutes: Fraction) -> int:
    return floor(minutes + Fraction(1, 2))


def _said(minutes: Fraction, line: int, *, over: bool) -> int:
    """The nearest whole minutes on the side of a line on which the exact ones are."""
    return max(_nearest(minutes), line) if over else min(_nearest(minutes), max(line - 1, 0))


def _status(course: _Course, minutes: Fraction, late: Fraction, rule: Rule) -> str:
    if course.mark == "excused":
        return "excused"
    if course.mark == "absent" or (not minutes and (course.spans or course.fixed == 0)):
        return "absent"
    if not course.spans and course.fixed is None:
        return "waiting" if course.waits else "open"
    return "late" if course.mark == "late" or late > rule.late else "present"


def _admitted(times: Times, course: _Course, spans: Sequence[tuple[datetime, datetime]], rule: Rule) -> bool | None:
    """To an examination: in the room at its beginning or within late entry, unless staff said otherwise."""
    if times.examination is None:
        return None
    if course.word:
        return course.word == "admitted"
    if course.fixed is not None:
        return course.fixed > 0 and course.mark == "present"
    last = times.examination + rule.late_entry * MINUTE
    return any(begins <= last and ends > times.examination for begins, ends in spans)
