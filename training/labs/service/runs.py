"""Questions to the exhibit: a command becomes a run, which everybody who asks the same shares."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.analysis import command as commands
from training.analysis import service as analysis
from training.analysis.models import Run, State
from training.errors import NotThere, TooMany
from training.evidence import service as evidence
from training.labs.models import Attempt, AttemptRun
from training.labs.service.attempts import still_open

MOST_RUNS = 500
"""Runs that one attempt may ask for: far beyond any need, within what a page can list."""


AT_ONCE = 4
"""Runs of one attempt that may be queued or running: nobody's questions keep a class waiting for long."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A run of an attempt: its number there, the run itself, and what the command line said to the trainee."""

    number: int
    run: Run
    notes: tuple[str, ...] = ()


def ask(session: Session, attempt: Attempt, text: str, now: datetime) -> Asked:
    """Put a command to the exhibit; the same command gives the same run while that one stands.

    The attempt's row is locked by the caller. After the commit the caller wakes the engine.

    Raises:
        Refused: the command can't be understood or is not offered; the message names the nearest valid spelling.
        Conflict: the attempt is closed.
        TooMany: the attempt has asked for as many runs as it may, in all or at once.
    """
    still_open(attempt)
    command = commands.parse(text)
    exhibit = evidence.get(session, attempt.exhibit)
    run = analysis.ask(session, exhibit, command, now)
    seen = session.scalars(select(AttemptRun).filter_by(attempt_id=attempt.id, run_id=run.id)).first()
    if seen is None:
        last = session.scalar(select(func.max(AttemptRun.number)).filter_by(attempt_id=attempt.id)) or 0
        if last >= MOST_RUNS:
            raise TooMany(f"This attempt has asked for {MOST_RUNS} runs, and no more are given. Use one that you have.")
        if not run.state.ended and _under_way(session, attempt) >= AT_ONCE:
            raise TooMany(f"{AT_ONCE} of your runs are under way. Wait until one has ended, then ask again.")
        seen = AttemptRun(attempt_id=attempt.id, number=last + 1, run_id=run.id, asked_at=now)
        session.add(seen)
        session.flush()
    return Asked(seen.number, run, command.notes)


def _under_way(session: Session, attempt: Attempt) -> int:
    mine = select(func.count()).select_from(AttemptRun).join(Run, Run.id == AttemptRun.run_id)
    open_states = (State.QUEUED, State.RUNNING)
    return session.scalar(mine.where(AttemptRun.attempt_id == attempt.id, Run.state.in_(open_states))) or 0


def listed(session: Session, attempt: Attempt) -> list[Asked]:
    """All runs of an attempt, the newest first."""
    found = session.execute(
        select(AttemptRun.number, Run)
        .join(Run, Run.id == AttemptRun.run_id)
        .where(AttemptRun.attempt_id == attempt.id)
        .order_by(AttemptRun.number.desc())
    )
    return [Asked(number, run) for number, run in found]


def numbered(session: Session, attempt: Attempt, number: int) -> Asked:
    """The run with this number in the attempt; NotThere when it has none."""
    run = session.scalars(
        select(Run)
        .join(AttemptRun, Run.id == AttemptRun.run_id)
        .where(AttemptRun.attempt_id == attempt.id, AttemptRun.number == number)
    ).first()
    if run is None:
        raise NotThere(f"This attempt has no run {number}.")
    return Asked(number, run)


def ahead(session: Session, run: Run) -> int:
    """How many runs of this installation wait or run before this one."""
    waiting = select(func.count()).select_from(Run).where(Run.ended_at.is_(None), Run.queued_at < run.queued_at)
    return session.scalar(waiting) or 0
