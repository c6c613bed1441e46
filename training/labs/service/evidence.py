"""What a person's attempts show of them, for the record of competencies. Nothing is written here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from training.content.models import Release
from training.grading import credit
from training.labs.models import Attempt, AttemptCommand
from training.labs.service import attempts, progress
from training.labs.service.attempts import Case
from training.labs.service.history import VERIFY
from training.labs.service.progress import Progress

FINEST = 10**9
"""Largest denominator of points: they are kept as floats, which come back exact up to this."""


@lru_cache(maxsize=4_096)
def exact(points: float) -> Fraction:
    """The fraction that a float of the records stands for."""
    return Fraction(points).limit_denominator(FINEST)


@dataclass(frozen=True, slots=True)
class Taken:
    """An attempt in which something was submitted, as far as its person may know what came of it.

    Attributes:
        at: when its points reached the share that was asked about, or the last finding where they never did.
        last: the last finding.
        unseen: whether the person had not begun this lab on this variant before.
        verified: whether the exhibit was hashed before the first finding.
        earned, worth: points by what counts now, and what all questions are worth at first; exact.
        part_earned, part_worth, part: the same of the questions that were answered, and how many they are.
        judges: people who judged findings of it.
    """

    case: Case
    at: datetime
    last: datetime
    unseen: bool
    hints: int
    verified: bool
    earned: Fraction
    worth: Fraction
    part_earned: Fraction
    part_worth: Fraction
    part: int
    questions: int
    judges: frozenset[UUID]


def of_person(session: Session, instance: Path, person: UUID, share: Fraction) -> list[Taken]:
    """All attempts of a person that show something, in order of their beginning.

    What an examination came to is left out until its results are released, as its person may not know it before.
    """
    mine = select(Attempt, Release.name).join(Release, Release.id == Attempt.release_id)
    mine = mine.where(Attempt.person_id == person).order_by(Attempt.opened_at, Attempt.id)
    rows = session.execute(mine).all()
    cases = {one.attempt.id: one for one in attempts.whole_cases(session, instance, [attempt for attempt, _ in rows])}
    found = progress.progress_of(session, list(cases.values()))
    verified = _verified(session, list(cases))
    had: set[tuple[str, str]] = set()
    made = []
    for attempt, lab in rows:
        variant, case = (lab, attempt.exhibit), cases.get(attempt.id)
        unseen = variant not in had
        had.add(variant)
        if case is None:  # its release is damaged: it shows nothing, and its exhibit was seen all the same
            continue
        questions = found[attempt.id]
        if case.terms.told and any(one.findings for one in questions.values()):
            made.append(_taken(case, questions, verified.get(case.attempt.id), share, unseen=unseen))
    return made


def _taken(
    case: Case, questions: Mapping[str, Progress], verified: datetime | None, share: Fraction, *, unseen: bool
) -> Taken:
    findings = [finding for one in questions.values() for finding in one.findings]
    answered = [one for one in questions.values() if one.findings]
    first, last = min(one.at for one in findings), max(one.at for one in findings)
    worth = _sum(one.question.points[0] for one in questions.values())
    earned = _sum(one.standing.points for one in questions.values())
    reached = _reached(tuple(questions.values()), share * worth) if earned >= share * worth else None
    return Taken(
        case=case,
        at=reached or last,
        last=last,
        unseen=unseen,
        hints=sum(len(one.hints) for one in questions.values()),
        verified=verified is not None and verified <= first,
        earned=earned,
        worth=worth,
        part_earned=_sum(one.standing.points for one in answered),
        part_worth=_sum(one.question.points[0] for one in answered),
        part=len(answered),
        questions=len(questions),
        judges=frozenset(each.by for one in findings for each in one.judgements if each.by is not None),
    )


def _reached(questions: Sequence[Progress], needed: Fraction) -> datetime | None:
    """When the points of an attempt first came to so many; None where they never did."""
    earned: dict[str, Fraction] = {}
    by_name = {one.question.id: one for one in questions}
    findings = sorted((each for one in questions for each in one.findings), key=lambda each: (each.at, each.step))
    for finding in findings:
        one = by_name[finding.question]
        so_far = [each for each in one.findings if each.step <= finding.step]
        hints = [each for each in one.hints if each.step < finding.step]
        standing = credit.standing(one.question.points, progress.history(so_far, hints))
        earned[finding.question] = exact(standing.points)
        if sum(earned.values()) >= needed:
            return finding.at
    return None


def _sum(points: Iterable[float]) -> Fraction:
    return sum(map(exact, points), Fraction(0))


def _verified(session: Session, ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """When the exhibit was first hashed, by attempt."""
    typed = func.lower(func.trim(AttemptCommand.typed))
    found = select(AttemptCommand.attempt_id, func.min(AttemptCommand.at)).where(
        AttemptCommand.attempt_id.in_(ids), typed == VERIFY, AttemptCommand.number.is_(None)
    )
    return {row[0]: row[1] for row in session.execute(found.group_by(AttemptCommand.attempt_id))}
