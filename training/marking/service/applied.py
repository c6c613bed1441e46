"""What a grading version that was applied did to people: points, total and pass just before it, and just after.

It is worked out from rows that never change: findings, hints and judgements up to the version, by the rules before it
and by its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.grading import credit
from training.grading.amend import AMENDMENTS, Amendment
from training.labs.models import Attempt, Finding, GradingVersion, HintTaken, Judgement
from training.labs.service import attempts, progress
from training.labs.service.attempts import Case
from training.labs.service.rules import Rules
from training.marking.service import scope
from training.marking.service.preview import Certificates, Score, none_issued, score

Work = tuple[Sequence[Finding], Sequence[HintTaken]]


@dataclass(frozen=True, slots=True)
class Turned:
    """Points of an attempt before a version and after it, and the certificates that rest on them."""

    old: Score
    new: Score
    certificates: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether points, total or pass changed."""
        return self.old != self.new


def turned(
    session: Session,
    instance: Path,
    version: GradingVersion,
    made: Sequence[Attempt],
    certificates: Certificates = none_issued,
) -> dict[UUID, Turned]:
    """What a version did to some attempts on its release, by attempt; in as many queries for one as for many."""
    ids = [one.id for one in made]
    tried = select(Finding).where(Finding.attempt_id.in_(ids), Finding.at <= version.made_at).order_by(Finding.step)
    helped = select(HintTaken).where(HintTaken.attempt_id.in_(ids), HintTaken.at <= version.made_at)
    findings, hints = session.scalars(tried).all(), session.scalars(helped).all()
    sides = _sides(session, version)
    named = certificates(session, ids)
    ruled: dict[str, tuple[Rules, ...]] = {}
    found = {}
    for case in attempts.cases(session, instance, made):
        rules = ruled.setdefault(case.exhibit.sha256, tuple(scope.fitting(session, case, one) for one in sides))
        mine = [one for one in findings if one.attempt_id == case.attempt.id]
        work = (mine, [one for one in hints if one.attempt_id == case.attempt.id])
        stood = [_stood(one, version) for one in mine]
        old, new = (_score(case, rules[side], work, [one[side] for one in stood]) for side in (0, 1))
        found[case.attempt.id] = Turned(old, new, tuple(named.get(case.attempt.id, ())))
    return found


def totals(session: Session, instance: Path, version: GradingVersion) -> tuple[float, float]:
    """Points that all questions are worth before a version, and since, on the exhibit of the first attempt."""
    of = {"release_id": version.release_id, "organisation_id": version.organisation_id}
    first = session.scalars(select(Attempt).filter_by(**of).order_by(Attempt.opened_at, Attempt.id).limit(1)).one()
    case = attempts.case(session, instance, first)
    old, new = (scope.fitting(session, case, one).total for one in _sides(session, version))
    return old, new


def _sides(session: Session, version: GradingVersion) -> tuple[tuple[Amendment, ...], tuple[Amendment, ...]]:
    """The amendments that were in force before a version, and its own."""
    of = {"release_id": version.release_id, "organisation_id": version.organisation_id, "number": version.number - 1}
    found = session.scalars(select(GradingVersion).filter_by(**of)).first()
    before = AMENDMENTS.validate_python(found.amendments if found else [])
    return before, AMENDMENTS.validate_python(version.amendments)


def _stood(finding: Finding, version: GradingVersion) -> tuple[Finding | Judgement, Finding | Judgement]:
    """What stood of a finding just before a version, and just after."""
    stood: list[Finding | Judgement] = [finding]
    for one in finding.judgements:
        if brought(one, version):
            return stood[-1], one
        if one.at <= version.made_at and one.version_id != version.id:
            stood.append(one)
    return stood[-1], stood[-1]


def brought(one: Judgement, version: GradingVersion) -> bool:
    """Whether a judgement came with a version; one by a person, such as a withdrawal by its rules, came later."""
    return one.version_id == version.id and one.by is None


def _score(case: Case, rules: Rules, work: Work, stood: Sequence[Finding | Judgement]) -> Score:
    """Points of an attempt by rules, where this is what stands of its findings."""
    findings, hints = work
    credits_of = {one.id: said.credit for one, said in zip(findings, stood, strict=True) if said.judged}
    points = awaited = 0.0
    for question in rules.questions:
        mine = [one for one in findings if one.question == question.id]
        helped = [one for one in hints if one.question == question.id]
        stands = credit.standing(question.points, progress.history(mine, helped, credits_of)).points
        points += stands
        if mine and mine[-1].id not in credits_of:
            marked = progress.history(mine, helped, {**credits_of, mine[-1].id: 1.0})
            awaited += credit.standing(question.points, marked).points - stands
    return score(points, rules.total, case.terms.pass_percent, awaited)
