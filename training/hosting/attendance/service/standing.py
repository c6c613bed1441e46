"""How it stands: everybody and every half-day of a session, from its records."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from training.hosting.attendance.models import CheckIn, Record
from training.hosting.attendance.service import records
from training.hosting.attendance.state import Present, Rule, Times, state_of, times_of
from training.hosting.models import TeachingSession
from training.hosting.service import timetable

EARLY = timedelta(minutes=60)
"""How long before a half-day somebody may scan; it counts when check-in opens."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that attendance of a session is computed from.

    Attributes:
        times: half-days in order, as they were held.
        said: records by person, day and half.
        check_ins: by day and half.
        rule: by which it counts.
    """

    times: tuple[Times, ...]
    said: Mapping[tuple[UUID, int, int], list[Record]]
    check_ins: Mapping[tuple[int, int], CheckIn]
    rule: Rule

    def of(self, person: UUID, times: Times) -> Present:
        """How it stands with a person and a half-day."""
        half = times.half
        found = self.check_ins.get((half.day, half.half))
        opened = found is not None and found.opened_at is not None
        return state_of(times, self.said.get((person, half.day, half.half), ()), self.rule, opened=opened)

    def now(self, moment: datetime) -> Times | None:
        """The half-day that people come to at a moment: from EARLY before its beginning until its end."""
        coming = (one for one in self.times if one.slots and moment < one.ends)
        found = next(coming, None)
        return found if found is not None and moment >= found.begins - EARLY else None

    def numbered(self, number: int) -> Times | None:
        """The half-day with a number."""
        return next((one for one in self.times if one.half.number == number), None)


def ledger(session: Session, teaching: TeachingSession, person: UUID | None = None) -> Ledger:
    """Read it, in five queries whatever the size of the session; of one person, where one is named."""
    parts = timetable.parts(session, teaching)
    times = tuple(times_of(half, parts) for half in timetable.half_days(teaching, parts))
    said: dict[tuple[UUID, int, int], list[Record]] = defaultdict(list)
    for one in records.of(session, teaching, person):
        said[one.person_id, one.day, one.half].append(one)
    return Ledger(times, dict(said), records.check_ins(session, teaching), records.rule_of(session, teaching))


def attended(session: Session, teaching: TeachingSession) -> dict[UUID, tuple[Present, ...]]:
    """Every trainee's half-days, in order; those who were taken out keep theirs."""
    found = ledger(session, teaching)
    trainees = [one.person_id for one in teaching.members if not one.staff]
    return {person: tuple(found.of(person, times) for times in found.times) for person in trainees}


def today(session: Session, teaching: TeachingSession, now: datetime) -> dict[UUID, Present]:
    """How it stands with every trainee in the half-day that goes on, or that people come to; empty in between."""
    found = ledger(session, teaching)
    times = found.now(now)
    if times is None:
        return {}
    return {one.person_id: found.of(one.person_id, times) for one in teaching.members if not one.staff and one.active}
