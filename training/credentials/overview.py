"""A session as certificates see it: who was there, what examinations came to, who gets what and why not more."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy.orm import Session

from training.credentials import results, service
from training.credentials.models import Certificate, CriticalError, Result
from training.credentials.rules import Half, Outcome, Plan, Presence, Sitting, eligible
from training.hosting import plan as plans
from training.hosting.attendance.service import attended
from training.hosting.attendance.state import Present
from training.hosting.models import RuleChange, TeachingSession
from training.hosting.plan import Rules
from training.hosting.service import people, timetable
from training.hosting.service import rules as changed
from training.sentence import phrase


@dataclass(frozen=True, slots=True)
class Line:
    """One trainee: what the rules give, what it rests on, and the certificates so far, the newest last."""

    person_id: UUID
    name: str
    seat: str
    minutes: dict[int, int]  # by half-day
    results: tuple[Result, ...]
    outcome: Outcome
    certificates: tuple[Certificate, ...]
    sat: tuple[Sitting, ...] = ()  # the results as the rules take them, in the same order
    errors: tuple[CriticalError, ...] = ()  # with those that were taken back
    lacking: tuple[Result, ...] = ()  # sittings of which some piece has no percent yet

    @property
    def standing(self) -> Certificate | None:
        """The certificate that holds."""
        return next((one for one in self.certificates if one.revocation is None), None)

    @property
    def waits(self) -> bool:
        """Whether an appeal against a critical error is not answered."""
        return any(one.waits for one in self.errors)

    @property
    def misfits(self) -> bool:
        """Whether the results give another certificate now than the one that holds, or none."""
        return self.standing is not None and self.standing.kind != self.outcome.kind

    @property
    def may_get(self) -> bool:
        """Whether one can be issued: the rules give one, and none holds."""
        return bool(self.outcome.kind) and self.standing is None


@dataclass(frozen=True, slots=True)
class Overview:
    """All trainees of a session. `digest` stands for the results; `confirmed` are those who have confirmed them.

    `ends` are the planned ends of its half-days.
    """

    teaching: TeachingSession
    rules: Rules
    halves: tuple[Half, ...]
    lines: tuple[Line, ...]
    digest: str
    confirmed: tuple[UUID, ...]
    changes: tuple[RuleChange, ...] = ()
    ends: tuple[datetime, ...] = ()

    def ahead(self, now: datetime) -> int:
        """How many half-days have not ended yet; none of a session that is closed."""
        return 0 if self.teaching.closed_at is not None else sum(one > now for one in self.ends)

    @property
    def misfits(self) -> tuple[Line, ...]:
        """Those whose certificate is not the one that the results give now."""
        return tuple(one for one in self.lines if one.misfits)

    @property
    def ready(self) -> bool:
        """Whether two people have confirmed the results as they are."""
        return len(self.confirmed) >= service.CONFIRMATIONS

    @property
    def waiting(self) -> tuple[Line, ...]:
        """Those who get a certificate and never had one. Where one was revoked, another is issued only by name."""
        return tuple(one for one in self.lines if one.may_get and not one.certificates)

    def of(self, person_id: UUID) -> Line | None:
        """The line of a person."""
        return next((one for one in self.lines if one.person_id == person_id), None)


def overview(session: Session, teaching: TeachingSession) -> Overview:
    """What the records of a session come to now."""
    rules = plans.rules_of(teaching.rules)
    days = timetable.half_days(teaching, timetable.parts(session, teaching))
    halves = tuple(Half(one.number, one.minutes, one.exams) for one in days)
    there, newest = attended(session, teaching), results.newest(session, teaching)
    errors, rows_of = results.errors(session, teaching), dict[UUID, list[Result]]()
    for of, row in sorted(newest.items(), key=lambda each: each[0][1:]):
        rows_of.setdefault(of[0], []).append(row)
    issued = service.of_session(session, teaching.id)
    lines = []
    for one in people.of(session, teaching, withdrawn=True):
        if one.member.role != "trainee":
            continue
        key = one.member.person_id
        present = there.get(key, ())
        minutes = {each.half: each.minutes for each in present}
        rows, wrong = rows_of.get(key, []), tuple(errors.get(key, ()))
        found = tuple(row for row in rows if results.whole(row))
        sat = tuple(results.sitting(row, _critical(rules, wrong, row)) for row in found)
        outcome = _outcome(rules, halves, present, sat, active=one.member.active)
        mine = tuple(each for each in issued if each.person_id == key)
        lacking = tuple(row for row in rows if not results.whole(row))
        lines.append(Line(key, one.name, one.member.seat or "", minutes, found, outcome, mine, sat, wrong, lacking))
    changes = tuple(changed.changes(session, teaching))
    digest = _digest(lines, changes)
    confirmed = tuple(service.confirmed_by(session, teaching.id, digest))
    return Overview(
        teaching, rules, halves, tuple(lines), digest, confirmed, changes, tuple(one.ends_at for one in days)
    )


def _critical(rules: Rules, errors: Sequence[CriticalError], row: Result) -> tuple[str, ...]:
    return results.critical_of(rules, errors, row.examination, row.sitting)


def _outcome(
    rules: Rules, halves: Sequence[Half], present: Sequence[Present], sittings: Sequence[Sitting], *, active: bool
) -> Outcome:
    """What the rules give; nothing to whoever was taken out of the session."""
    there = [Presence(one.half, one.minutes, admitted=one.admitted is not False) for one in present]
    outcome = eligible(plan(rules), halves, there, sittings)
    return outcome if active else replace(outcome, kind="", reasons=(phrase("Taken out of the session."),))


def plan(rules: Rules) -> Plan:
    """The rules of a session as exact figures."""
    more = rules.achievement
    return Plan(
        needed=rules.attendance.needed,
        needed_for_achievement=more.needed if more else None,
        passed={one.name: _share(one.passed) for one in rules.examinations},
        present=_share(rules.attendance.percent),
        mean=_share(more.mean) if more and more.mean is not None else None,
        least=_share(more.each) if more and more.each is not None else None,
        resits=rules.resit.times,
        resit_days=rules.resit.days,
    )


def _share(percent: int) -> Fraction:
    return Fraction(percent, plans.PERCENT)


def _digest(lines: Sequence[Line], changes: Sequence[RuleChange]) -> str:
    """What is confirmed: the table, and the rules where they are not those of the plan any more."""
    said: list[dict[str, object]] = [
        {
            "person": str(one.person_id),
            "minutes": sorted(one.minutes.items()),
            "results": [
                (row.examination, row.sitting, row.score, [str(each) for each in sat.critical], row.sat_on.isoformat())
                for row, sat in zip(one.results, one.sat, strict=True)
            ],
            "kind": one.outcome.kind,
            "hours": str(one.outcome.hours).removesuffix(".0"),  # as in what was confirmed before they had a decimal
        }
        for one in sorted(lines, key=lambda line: line.person_id)
    ]
    said += [{"rules": changes[-1].after}] if changes else []
    return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()
