"""What is new for a person: labs that are set and count now, results that were released and findings judged lately."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.accounts.actor import Actor, Role
from training.errors import Conflict
from training.labs.models import Assignment, Attempt, Finding, Judgement
from training.labs.service import assignments, attempts
from training.labs.service.attempts import Case
from training.labs.service.terms import Terms

LATELY = timedelta(days=14)
"""How long the release of results is told: nobody keeps when a person last looked."""


@dataclass(frozen=True, slots=True)
class Due:
    """A lab that is set and counts now, for one person.

    Attributes:
        assignment: what is set.
        terms: as they apply to the person.
        attempt: the open attempt at it; None before one is begun.
        before: an open attempt at the lab that was begun before it; where `stopped` says so, it is closed first.
        minutes: how long whoever begins now can work so that it counts; None without a time limit, or once begun.
        steps: the dates to come until it ends for the person, each with the percentage in force until then.
    """

    assignment: Assignment
    terms: Terms
    attempt: Attempt | None = None
    before: Attempt | None = None
    stopped: str = ""
    minutes: int | None = None
    steps: tuple[tuple[datetime, int], ...] = ()

    @property
    def address(self) -> str:
        """Where it is worked on, or where the attempt is closed that stands in its way."""
        made = self.attempt or (self.before if self.stopped else None)
        return f"/attempts/{made.id}" if made else f"/labs/{self.assignment.lab}"

    @property
    def counts_until(self) -> datetime | None:
        """When it ends for the person, or stops counting; None where nothing is set."""
        last = self.terms.dates[-1][0] if self.terms.dates else None
        return min((end for end in (self.terms.until, last) if end is not None), default=None)


@dataclass(frozen=True, slots=True)
class Told:
    """An examination of which the results were released lately, with the person's attempt."""

    assignment: Assignment
    attempt: Attempt


def due(session: Session, actor: Actor, now: datetime) -> list[Due]:
    """What a trainee can work on now so that it counts, whatever ends first on top. An examination is taken once."""
    if actor.home is None or not actor.holds(Role.TRAINEE, actor.home):
        return []
    standing = assignments.standing_in(session, actor.home, actor.id).values()
    ids = [one.assignment.id for one in standing if one.assignment]
    made = select(Attempt).where(Attempt.person_id == actor.id, Attempt.assignment_id.in_(ids))
    mine = session.scalars(made.order_by(Attempt.opened_at)).all()
    found = [_with_before(session, actor, one, now) for terms in standing if (one := _due(terms, mine, now))]
    return sorted(found, key=lambda one: (one.counts_until is None, one.counts_until or now, one.assignment.title))


def _due(terms: Terms, mine: Sequence[Attempt], now: datetime) -> Due | None:
    """One lab that is set, as it stands for a person with these attempts; None where nothing counts now."""
    it = terms.assignment
    if it is None or it.opens_at > now:
        return None
    made = [one for one in mine if one.assignment_id == it.id]
    current = next((one for one in made if one.closed_at is None), None)
    if current is None and made and it.examination:
        return None
    own = replace(terms, begun=current.opened_at if current else None)
    if not own.share(now):
        return None
    return Due(it, own, current, minutes=None if current else own.minutes(now), steps=_steps(own, now))


def _steps(terms: Terms, now: datetime) -> tuple[tuple[datetime, int], ...]:
    """The dates to come, the last of them when the person's time is up if that is sooner."""
    found: list[tuple[datetime, int]] = []
    for until, percent in terms.dates:
        end = min(until, terms.until or until)
        if until >= now and (not found or found[-1][0] < end):
            found.append((end, percent))
    return tuple(found)


def _with_before(session: Session, actor: Actor, due: Due, now: datetime) -> Due:
    """The same with an open attempt that was begun before it, and what to do about that one."""
    before = attempts.current(session, actor.id, due.assignment.lab) if actor.id and not due.attempt else None
    if before is None:
        return due
    try:
        attempts.not_beside(assignments.longest(session, due.terms), before, now)
    except Conflict as why:
        return replace(due, before=before, stopped=why.message)
    return replace(due, before=before)


def told(session: Session, actor: Actor, now: datetime) -> list[Told]:
    """Examinations that a person took and whose results were released in the last 14 days, the newest first."""
    found = (
        select(Assignment, Attempt)
        .join(Attempt, Attempt.assignment_id == Assignment.id)
        .where(Attempt.person_id == actor.id, Assignment.released_at > now - LATELY)
        .order_by(Assignment.released_at.desc(), Attempt.opened_at)
    )
    return [Told(assignment, attempt) for assignment, attempt in session.execute(found)]


@dataclass(frozen=True, slots=True)
class Decided:
    """Findings of one attempt that people decided on lately, in one way.

    Attributes:
        case: the attempt.
        origin: mark, appeal or override.
        questions: the questions they answer, numbered from 1 as the lab has them.
        at: when the last of them was decided.
    """

    case: Case
    origin: str
    questions: tuple[int, ...]
    at: datetime

    @property
    def address(self) -> str:
        """The first of these questions on the workbench."""
        question = self.case.lab.questions[self.questions[0] - 1].id if self.questions else ""
        return f"/attempts/{self.case.attempt.id}?question={question}#finding"


def decided(session: Session, actor: Actor, instance: Path, now: datetime) -> list[Decided]:
    """Marks, appeals and other decisions of the last 14 days on a person's findings, where they may be told."""
    found = (
        select(Finding.attempt_id, Finding.question, Judgement.origin, Judgement.at)
        .join(Judgement, Judgement.finding_id == Finding.id)
        .join(Attempt, Attempt.id == Finding.attempt_id)
        .where(Attempt.person_id == actor.id, Judgement.at > now - LATELY, Judgement.origin != "regrade")
    )
    made: dict[tuple[UUID, str], dict[str, datetime]] = {}
    for attempt, question, origin, at in session.execute(found):
        by_question = made.setdefault((attempt, origin), {})
        by_question[question] = max(at, by_question.get(question, at))
    mine = session.scalars(select(Attempt).where(Attempt.id.in_({attempt for attempt, _ in made}))).all()
    cases = {one.attempt.id: one for one in attempts.whole_cases(session, instance, mine) if one.told(now)}
    listed = [_decided(cases[attempt], origin, ats) for (attempt, origin), ats in made.items() if attempt in cases]
    return sorted(listed, key=lambda one: one.at, reverse=True)


def _decided(case: Case, origin: str, ats: Mapping[str, datetime]) -> Decided:
    numbers = tuple(n for n, question in enumerate(case.lab.questions, 1) if question.id in ats)
    return Decided(case, origin, numbers, max(ats.values()))
