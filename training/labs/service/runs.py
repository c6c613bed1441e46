"""Questions to the exhibit: a command becomes a run, which everybody who asks the same shares."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.analysis import cards as plugin_cards
from training.analysis import command as commands
from training.analysis import service as analysis
from training.analysis.command import Command
from training.analysis.models import Run, State
from training.errors import Conflict, NotThere, Refused, TooMany
from training.evidence import service as evidence
from training.evidence.service import Verified
from training.labs.models import Attempt, AttemptRun
from training.labs.service import activity, history
from training.labs.service.activity import Act
from training.labs.service.attempts import Case, not_closed, still_open
from training.sentence import counted, phrase

MOST_RUNS = 500
"""Runs that one attempt may ask for: far beyond any need, within what a page can list."""

AT_ONCE = 4
"""Runs of one attempt that may be queued or running: nobody's questions keep a class waiting for long."""

ENDED = "Ended by the person who had asked for it."
"""The reason of a run that its only asker ended."""

UNDER_WAY = (State.QUEUED, State.RUNNING)


@dataclass(frozen=True, slots=True)
class Asked:
    """A run of an attempt: its number there, the run itself, the command as it was read where one was."""

    number: int
    run: Run
    command: Command | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What the command line says to the trainee."""
        return self.command.notes if self.command else ()


@dataclass(frozen=True, slots=True)
class Told:
    """A command that gave no run, and what the trainee is told; `limit` says that a limit was reached."""

    message: str
    limit: bool


def put(session: Session, case: Case, text: str, now: datetime) -> Asked | Told:
    """Put a typed command to the exhibit and keep it in the history, whatever becomes of it.

    The attempt's row is locked by the caller. After the commit the caller wakes the engine. Raises Conflict when the
    attempt is closed, or its time or its examination has ended.
    """
    try:
        with session.begin_nested():
            asked = ask(session, case, text, now)
            history.keep(session, case.attempt, text, now, number=asked.number)
    except (Refused, TooMany) as bad:
        history.keep(session, case.attempt, text, now, answer=bad.message)
        return Told(bad.message, isinstance(bad, TooMany))
    return asked


def is_verify(text: str) -> bool:
    """Whether a typed command asks for the exhibit to be hashed."""
    return text.strip().lower() == history.VERIFY


def verified(session: Session, case: Case, found: Verified, now: datetime) -> str:
    """Note that a trainee had the exhibit hashed, and what they are told of it.

    The attempt's row is locked by the caller. Raises Conflict as `put`, TooMany as `history.keep`.
    """
    still_open(case, now)
    answer = (
        phrase("The exhibit is damaged: %(fault)s", fault=found.fault)
        if found.fault
        else phrase(
            "SHA-256 %(sha256)s, worked out over the list of papers at %(time)s UTC. The list names each "
            "paper with its own digest.",
            sha256=found.sha256,
            time=f"{found.at:%Y-%m-%d %H:%M:%S}",
        )
        if case.lab.file.on_papers
        else phrase(
            "SHA-256 %(sha256)s, worked out over the whole image at %(time)s UTC. With this digest the exhibit was "
            "registered here. Whether the acquisition record names it too is for you to see.",
            sha256=found.sha256,
            time=f"{found.at:%Y-%m-%d %H:%M:%S}",
        )
    )
    history.keep(session, case.attempt, history.VERIFY, now, answer=answer)
    return answer


def ask(session: Session, case: Case, text: str, now: datetime) -> Asked:
    """The run that answers a command; the same command gives the same run while that one stands.

    Raises:
        Refused: the command can't be understood, is not offered, or writes files where the lab allows none; the message
            names the nearest valid spelling.
        Conflict: the attempt is closed, or its time or its examination has ended.
        TooMany: the attempt has asked for as many runs as it may, in all or at once.
    """
    still_open(case, now)
    if case.lab.file.on_papers:
        raise Refused(
            phrase("This exercise is worked on papers: there is no memory image to ask. Read and cite the papers."),
            field="command",
        )
    attempt = case.attempt
    exhibit = evidence.get(session, attempt.exhibit)
    command = commands.parse(text, os=exhibit.os)
    if not case.lab.file.dumps and command.writes_files(plugin_cards.load()):
        raise Refused(
            phrase(
                "%(command)s writes files out of the image, and this lab works with rows alone. Leave that option out.",
                command=command.text,
            ),
            field="command",
        )
    run = analysis.ask(session, exhibit, command, now, asker=attempt.person_id)
    seen = session.scalars(select(AttemptRun).filter_by(attempt_id=attempt.id, run_id=run.id)).first()
    if seen is None:
        seen = _join(session, attempt, run, now)
        activity.told(session, case.terms.assignment, attempt.person_id, Act.MOVED, now)
    return Asked(seen.number, run, command)


def _join(session: Session, attempt: Attempt, run: Run, now: datetime) -> AttemptRun:
    last = session.scalar(select(func.max(AttemptRun.number)).filter_by(attempt_id=attempt.id)) or 0
    if last >= MOST_RUNS:
        raise TooMany(
            phrase("This attempt has asked for %(n)s runs, and no more are given. Use one that you have.", n=MOST_RUNS)
        )
    if not run.state.ended and _under_way(session, attempt, run) >= AT_ONCE:
        raise TooMany(phrase("%(n)s of your runs are under way. Wait until one has ended, then ask again.", n=AT_ONCE))
    made = AttemptRun(attempt_id=attempt.id, number=last + 1, run_id=run.id, asked_at=now)
    session.add(made)
    session.flush()
    return made


def room(session: Session, attempt: Attempt) -> int:
    """How many more runs this person may have under way."""
    return max(0, AT_ONCE - _under_way(session, attempt))


def _under_way(session: Session, attempt: Attempt, beside: Run | None = None) -> int:
    """How many runs of this person wait or run, in any attempt; `beside` is not counted."""
    mine = select(func.count()).where(Run.asker == attempt.person_id, Run.state.in_(UNDER_WAY))
    return session.scalar(mine.where(Run.id != beside.id) if beside else mine) or 0


def again(session: Session, case: Case, number: int, now: datetime) -> Asked | Told:
    """Ask for a run anew that failed, was ended or is partial: a new try with a number of its own. Errors as `put`."""
    return put(session, case, numbered(session, case.attempt, number).run.text, now)


def end(session: Session, attempt: Attempt, number: int, now: datetime) -> UUID | None:
    """End a run that nobody else waits for. One that is running is returned, for the engine to end after the commit.

    Raises:
        NotThere: the attempt has no such run.
        Conflict: the attempt is closed, the run has ended, or others wait for it and it goes on for them.
    """
    not_closed(attempt)
    run = numbered(session, attempt, number).run
    if run.state.ended:
        raise Conflict(phrase("Run %(run)s has ended already.", run=str(number)))
    if waiting := others(session, attempt, run):
        raise Conflict(
            counted(
                "Another trainee waits for run %(run)s, so it goes on. It costs you nothing.",
                "%(num)s other trainees wait for run %(run)s, so it goes on. It costs you nothing.",
                waiting,
                run=str(number),
            )
        )
    if analysis.withdraw(session, run, ENDED, now):
        return None
    return run.id


def others(session: Session, attempt: Attempt, run: Run) -> int:
    """How many other open attempts asked for the same run."""
    found = select(func.count()).select_from(AttemptRun).join(Attempt, Attempt.id == AttemptRun.attempt_id)
    found = found.where(AttemptRun.run_id == run.id, Attempt.id != attempt.id, Attempt.closed_at.is_(None))
    return session.scalar(found) or 0


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
        raise NotThere(phrase("This attempt has no run %(run)s.", run=str(number)))
    return Asked(number, run)


def ahead(session: Session, run: Run) -> int:
    """How many runs of this installation run, or will be started, before this one starts; 0 once it has."""
    order = [one.id for one in analysis.queue(session)]
    if run.id not in order:
        return 0
    running = session.scalar(select(func.count()).select_from(Run).where(Run.state == State.RUNNING)) or 0
    return running + order.index(run.id)
