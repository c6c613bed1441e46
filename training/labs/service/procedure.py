"""How somebody worked in an attempt: its log in the terms of the lab's procedure."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.analysis.models import Run, State
from training.grading import procedure
from training.grading.procedure import Act, Kind, Score
from training.labs.models import AttemptCommand, AttemptRun, Citation, Finding
from training.labs.service import runs
from training.labs.service.attempts import Case

Timed = tuple[datetime, int, int, Act]
"""When, which kind of act comes first at one instant, its place among its kind, the act."""


def score_of(session: Session, case: Case) -> Score | None:
    """How somebody worked; None where the lab's author has named no procedure."""
    named = case.lab.file.procedure
    if named is None:
        return None
    acts = [act for *_, act in sorted(_acts(session, case), key=lambda one: one[:3])]
    proof = {
        source.plugin
        for question in case.lab.questions
        for source in (*question.proof, *question.corroboration)
        if source.plugin is not None
    }
    return procedure.score(named, acts, _runs(session, case), proof)


def may_be_told(case: Case, now: datetime) -> bool:
    """Whether the person may see how they worked: the steps tell what to do, so not while they can still do it."""
    return case.over(now) and case.told(now)


def _acts(session: Session, case: Case) -> Iterator[Timed]:
    attempt = case.attempt.id
    commands = select(AttemptCommand).filter_by(attempt_id=attempt).order_by(AttemptCommand.at, AttemptCommand.id)
    for place, typed in enumerate(session.scalars(commands)):
        if runs.is_verify(typed.typed):
            yield typed.at, 0, place, Act(Kind.VERIFIED)
    asked = select(AttemptRun, Run).join(Run, Run.id == AttemptRun.run_id).where(AttemptRun.attempt_id == attempt)
    plugins: dict[UUID | None, str] = {}
    for one, run in session.execute(asked):
        plugins[run.id] = run.plugin
        if run.state is State.COMPLETE:
            yield one.asked_at, 1, one.number, Act(Kind.RUN, run.plugin)
    for cited in session.scalars(select(Citation).filter_by(attempt_id=attempt)):
        act = Act(Kind.LINE, cited.material) if cited.material else Act(Kind.CITED, plugins.get(cited.run_id, ""))
        yield cited.made_at, 2, cited.number, act
    for place, found in enumerate(session.scalars(select(Finding).filter_by(attempt_id=attempt).order_by(Finding.id))):
        if found.judged:
            yield found.at, 3, place, Act(Kind.FINDING, found.question)
        if found.verdict.get("corroboration"):
            yield found.at, 4, place, Act(Kind.CORROBORATED, found.question)


def _runs(session: Session, case: Case) -> list[tuple[str, bool]]:
    """The plugin of each complete run, and whether a row of it was cited."""
    cited = set(session.scalars(select(Citation.run_id).filter_by(attempt_id=case.attempt.id)))
    asked = select(Run).join(AttemptRun, Run.id == AttemptRun.run_id)
    asked = asked.where(AttemptRun.attempt_id == case.attempt.id, Run.state == State.COMPLETE)
    return [(run.plugin, run.id in cited) for run in session.scalars(asked)]
