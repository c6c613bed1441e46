"""What the signs of a session are worked out from: findings of its attempts in grading's terms.

A session, or sitting, is an assignment, or all practice of an organisation on one release.
"""

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.analysis.models import Run
from training.content.models import Release
from training.grading import signs
from training.grading.question import Question
from training.grading.signs import Asked, Before, Found, Tried
from training.labs.models import Assignment, Attempt, AttemptRun, Finding
from training.labs.reader import Lab
from training.marking.service import pool
from training.marking.service.pool import WHOLE, Work

Exhibits = dict[UUID, dict[str, UUID]]
"""The exhibits that a person has worked on, by SHA-256, each with the first attempt."""
Runs = dict[UUID, list[tuple[str, datetime]]]
"""Plugins that were asked in an attempt, and when."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """A session of a release with what its findings show. Names of people in `found` are ids of their attempts.

    `works` are its attempts; on the release `left_out` people who began earlier are not looked at, see `pool.newest`.
    Of a person with several attempts only the first is looked at, and only where it is the first ever on that exhibit:
    later ones show what was learnt before.
    """

    assignment: Assignment | None
    lab: Lab
    works: tuple[Work, ...]
    found: Found
    left_out: int = 0

    @property
    def key(self) -> str:
        """Its name in addresses."""
        return str(self.assignment.id) if self.assignment else "practice"


def of_release(
    session: Session, instance: Path, release: Release, organisation: UUID, always: Container[UUID] = ()
) -> list[Sitting]:
    """The sittings of an organisation on a release, the newest first. People of the attempts in `always` are kept."""
    made, left_out = pool.newest(pool.made_at(session, [release.id], organisation), always)
    works = pool.gather(session, instance, made)
    seen, asked = _exhibits(session, works), _runs(session, works)
    by_assignment: dict[UUID | None, list[Work]] = {}
    for work in reversed(works):
        by_assignment.setdefault(work.attempt.assignment_id, []).append(work)
    found = [_sitting(session, mine[::-1], works, seen, asked) for mine in by_assignment.values()]
    return [replace(one, left_out=left_out) for one in found]


def _sitting(session: Session, mine: Sequence[Work], works: Sequence[Work], seen: Exhibits, asked: Runs) -> Sitting:
    """One sitting, from its attempts in order of their beginning."""
    lab, assignment_id = mine[0].case.lab, mine[0].attempt.assignment_id
    first = {work.attempt.person_id: work for work in reversed(mine)}
    tried = [
        one
        for person, work in first.items()
        if seen[person][work.attempt.exhibit] == work.attempt.id
        for one in _tried(work, asked.get(work.attempt.id, []), seen[person])
    ]
    found = signs.find(_asked(lab), tried, _before(works, mine[0].attempt.opened_at))
    assignment = session.get(Assignment, assignment_id) if assignment_id else None
    return Sitting(assignment, lab, tuple(mine), found)


def _asked(lab: Lab) -> dict[str, Asked]:
    return {
        one.id: signs.asked_of(one, max(0, sum(one.id in seal.sealed.keys for seal in lab.seals.values()) - 1))
        for one in lab.questions
    }


def _exhibits(session: Session, works: Sequence[Work]) -> Exhibits:
    """The exhibits that each person has worked on, wherever that was, each with the first attempt."""
    people = {work.attempt.person_id for work in works}
    found = select(Attempt.id, Attempt.person_id, Attempt.exhibit).where(Attempt.person_id.in_(people))
    seen: Exhibits = {}
    for attempt, person, exhibit in session.execute(found.order_by(Attempt.opened_at, Attempt.id)):
        seen.setdefault(person, {}).setdefault(exhibit, attempt)
    return seen


def _runs(session: Session, works: Sequence[Work]) -> Runs:
    ids = [work.attempt.id for work in works]
    rows = session.execute(
        select(AttemptRun.attempt_id, Run.plugin, AttemptRun.asked_at)
        .join(Run, Run.id == AttemptRun.run_id)
        .where(AttemptRun.attempt_id.in_(ids))
    )
    found: Runs = {}
    for attempt, plugin, at in rows:
        found.setdefault(attempt, []).append((plugin, at))
    return found


def _tried(work: Work, asked: Sequence[tuple[str, datetime]], seen: Container[str]) -> Iterable[Tried]:
    """The judged findings of an attempt in grading's terms. What answers a withdrawn question says nothing.

    What was erased says nothing either: texts that are gone are no equal answers.
    """
    for one in work.findings:
        question, right = work.case.lab.question(one.question), pool.correctness(one)
        key = work.rules.key(one.question)
        if one.erased or question is None or right is None or (key is not None and key.void):
            continue
        yield Tried(
            person=str(work.attempt.id),
            question=question.id,
            number=one.try_no,
            value=one.understood,
            right=right >= WHOLE,
            wrong=right == 0,
            at=one.at.timestamp(),
            named=_named(one),
            seconds=work.seconds[one.id],
            variant=work.case.exhibit.name,
            foreign=_foreign(work, question, one, seen) if right == 0 else (),
            ran=_ran(question, one, asked),
        )


def _named(finding: Finding) -> bool:
    """Whether the author foresaw the value: as a mistake, or as a look-alike."""
    verdict = finding.current.verdict
    return bool(verdict.get("mistake") or verdict.get("lookalikes"))


def _foreign(work: Work, question: Question, finding: Finding, seen: Container[str]) -> tuple[str, ...]:
    """Other exhibits on which a value is right, without those that the person has worked on too."""
    value = pool.canon(question, finding)
    if value is None:
        return ()
    seals = work.case.lab.seals.items()
    others = {name: dict(seal.sealed.keys) for name, seal in seals if seal.exhibit not in seen}
    return signs.foreign(question, value, work.rules.keys, others)


def _ran(question: Question, finding: Finding, asked: Sequence[tuple[str, datetime]]) -> bool | None:
    """Whether a plugin that shows the answer had been asked; None where a handed-over material shows it too."""
    if not question.proof or any(source.material for source in question.proof):
        return None
    plugins = {source.plugin for source in (*question.proof, *question.corroboration)}
    return any(plugin in plugins and at <= finding.at for plugin, at in asked)


def _before(works: Sequence[Work], begun: datetime) -> Before:
    """Wrong values of all sessions, one for each person, and times to the first try before this one was begun."""
    wrong: dict[str, set[tuple[str, UUID]]] = {}
    seconds: dict[str, list[float]] = {}
    for work in works:
        for one in work.findings:
            if pool.correctness(one) == 0:
                wrong.setdefault(one.question, set()).add((one.understood, work.attempt.person_id))
            if one.try_no == 1 and one.at < begun:
                seconds.setdefault(one.question, []).append(work.seconds[one.id])
    counts = {name: Counter(value for value, _ in given) for name, given in wrong.items()}
    return Before(counts, seconds)
