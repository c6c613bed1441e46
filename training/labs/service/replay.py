"""An attempt step by step, in order of time: what was typed, run, cited, submitted, and what was said of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.analysis.models import Run
from training.labs.models import AttemptCommand, AttemptRun, Citation, Finding, HintTaken, Judgement
from training.labs.service import runs, unmasking
from training.labs.service.attempts import Case

PAGE = 200
"""Steps on a page."""


class Kind(StrEnum):
    """What a step is. At one instant they come in this order."""

    OPENED = "opened"
    VERIFIED = "verified"
    TYPED = "typed"
    SHOWN = "shown"
    RUN = "run"
    CITED = "cited"
    DROPPED = "dropped"
    HINT = "hint"
    FINDING = "finding"
    JUDGED = "judged"
    CLOSED = "closed"


ORDER = list(Kind)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in an attempt, with the rows that say so.

    `run` is the run of a RUN, `number` its number in the attempt; a TYPED or SHOWN has its command, a CITED or DROPPED
    its citation, a HINT its hint, a FINDING its finding, a JUDGED the finding and the judgement.
    """

    at: datetime
    kind: Kind
    place: int = 0
    number: int | None = None
    command: AttemptCommand | None = None
    run: Run | None = None
    citation: Citation | None = None
    hint: HintTaken | None = None
    finding: Finding | None = None
    judgement: Judgement | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a replay: its number from 1, the time since the attempt was opened, what happened."""

    n: int
    since: timedelta
    event: Event

    @property
    def clock(self) -> str:
        """The time since the beginning as hours, minutes and seconds."""
        seconds = max(0, int(self.since.total_seconds()))
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def steps(session: Session, case: Case, *, told: bool = True) -> list[Step]:
    """Every step of an attempt. Drafts are no steps: what is typed and not sent is nobody's business.

    Without `told` later judgements are left out, as whoever must not see verdicts yet must not see these.
    """
    found = (one for one in _events(session, case) if told or one.kind is not Kind.JUDGED)
    events = sorted(found, key=lambda one: (one.at, ORDER.index(one.kind), one.place))
    start = case.attempt.opened_at
    return [Step(n, one.at - start, one) for n, one in enumerate(events, 1)]


def cited_in(shown: Sequence[Step]) -> set[UUID]:
    """Ids of the citations that steps name: those that are shown need their rows."""
    found: set[UUID] = set()
    for step in shown:
        if step.event.citation:
            found.add(step.event.citation.id)
        if step.event.finding:
            found.update(UUID(one) for one in step.event.finding.citations)
    return found


def _events(session: Session, case: Case) -> Iterator[Event]:
    attempt = case.attempt
    yield Event(attempt.opened_at, Kind.OPENED)
    yield from _commands(session, attempt.id)
    yield from _runs(session, attempt.id)
    for one in session.scalars(select(Citation).filter_by(attempt_id=attempt.id)):
        yield Event(one.made_at, Kind.CITED, one.number, citation=one)
        if one.dropped_at:
            yield Event(one.dropped_at, Kind.DROPPED, one.number, citation=one)
    for hint in session.scalars(select(HintTaken).filter_by(attempt_id=attempt.id)):
        yield Event(hint.at, Kind.HINT, hint.number, hint=hint)
    found = select(Finding).filter_by(attempt_id=attempt.id).order_by(Finding.id)
    for place, finding in enumerate(session.scalars(found)):
        yield Event(finding.at, Kind.FINDING, place, finding=finding)
        for judgement in finding.judgements:
            yield Event(judgement.at, Kind.JUDGED, place, finding=finding, judgement=judgement)
    if attempt.closed_at:
        yield Event(attempt.closed_at, Kind.CLOSED)


def _commands(session: Session, attempt: UUID) -> Iterator[Event]:
    found = select(AttemptCommand).filter_by(attempt_id=attempt).order_by(AttemptCommand.at, AttemptCommand.id)
    for place, one in enumerate(session.scalars(found)):
        kind = Kind.SHOWN if unmasking.is_shown(one) else Kind.TYPED
        kind = Kind.VERIFIED if runs.is_verify(one.typed) else kind
        yield Event(one.at, kind, place, number=one.number, command=one)


def _runs(session: Session, attempt: UUID) -> Iterator[Event]:
    """A run stands where its answer was there: when it ended, or when it was asked where it had been made before."""
    asked = select(AttemptRun, Run).join(Run, Run.id == AttemptRun.run_id).where(AttemptRun.attempt_id == attempt)
    for one, run in session.execute(asked):
        at = max(one.asked_at, run.ended_at) if run.ended_at else one.asked_at
        yield Event(at, Kind.RUN, one.number, number=one.number, run=run)
