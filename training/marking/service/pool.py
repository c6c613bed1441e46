"""The work of many attempts, as statistics and signs look at it: findings in order of time, as they are judged now."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.content.models import Release
from training.grading.question import Question
from training.grading.values.base import Canon, Unreadable
from training.grading.values.reading import read
from training.labs.models import Attempt, Finding, HintTaken
from training.labs.service import attempts, rules
from training.labs.service.attempts import Case
from training.labs.service.rules import Rules

Of = TypeVar("Of", Finding, HintTaken)
WHOLE = 1.0 - 1e-9
MOST_PEOPLE = 200
"""People whose work is looked at, those who began last: seven classes, and a page that answers in time."""


@dataclass(frozen=True)
class Work:
    """What happened in one attempt: its findings in order of time, and its hints."""

    case: Case
    rules: Rules
    findings: tuple[Finding, ...]
    hints: tuple[HintTaken, ...]

    @property
    def attempt(self) -> Attempt:
        """The attempt itself."""
        return self.case.attempt

    @cached_property
    def seconds(self) -> dict[UUID, float]:
        """Time to each finding from the one before, of any question, or from the beginning."""
        before = [self.attempt.opened_at, *(one.at for one in self.findings)]
        return {one.id: max(0.0, (one.at - at).total_seconds()) for one, at in zip(self.findings, before, strict=False)}

    def hinted(self, finding: Finding) -> bool:
        """Whether a hint of the question was open before a finding."""
        return any(hint.question == finding.question and hint.step < finding.step for hint in self.hints)


def gather(session: Session, instance: Path, found: Sequence[Attempt]) -> list[Work]:
    """The work of some attempts, in their order."""
    ids = [one.id for one in found]
    tried = session.scalars(
        select(Finding).where(Finding.attempt_id.in_(ids)).order_by(Finding.attempt_id, Finding.at, Finding.step)
    )
    hints = session.scalars(select(HintTaken).where(HintTaken.attempt_id.in_(ids)).order_by(HintTaken.attempt_id))
    findings_of, hints_of = _by_attempt(tried), _by_attempt(hints)
    return [
        Work(
            case,
            rules.of(session, case),
            findings_of.get(case.attempt.id, ()),
            hints_of.get(case.attempt.id, ()),
        )
        for case in attempts.cases(session, instance, found)
    ]


def made_at(session: Session, releases: Iterable[UUID], organisation: UUID) -> list[Attempt]:
    """The attempts of an organisation at some releases, in order of their beginning."""
    found = select(Attempt).where(Attempt.release_id.in_(list(releases)), Attempt.organisation_id == organisation)
    return list(session.scalars(found.order_by(Attempt.opened_at, Attempt.id)))


def newest(made: Sequence[Attempt], always: Container[UUID] = ()) -> tuple[list[Attempt], int]:
    """The attempts of the people who began last, and how many people are left out, who began before them.

    `made` is in order of beginning. Attempts of a person stay together, so that the first remains the first. Whoever
    made an attempt in `always` is kept besides.
    """
    people = list(dict.fromkeys(one.person_id for one in reversed(made)))  # whoever began last comes first
    kept = {*people[:MOST_PEOPLE], *(one.person_id for one in made if one.id in always)}
    return [one for one in made if one.person_id in kept], len(people) - len(kept)


def siblings(session: Session, release: Release) -> list[Release]:
    """All releases of the same lab, the release itself among them, in order of their publication."""
    found = select(Release).filter_by(kind=release.kind, name=release.name)
    return list(session.scalars(found.order_by(Release.published_at, Release.id)))


def correctness(finding: Finding) -> float | None:
    """How right the value is held to be now, 0 to 1; None where nobody has judged it, or the question is void."""
    now = finding.current
    said = now.judged and not now.verdict.get("void")
    return float(now.verdict.get("correctness", now.credit)) if said else None


def canon(question: Question, finding: Finding) -> Canon | None:
    """The canonical form of a finding; None where it can't be read any more."""
    try:
        return read(finding.understood, question.spec).canon
    except Unreadable:
        return None


def _by_attempt(rows: Iterable[Of]) -> dict[UUID, tuple[Of, ...]]:
    return {attempt: tuple(mine) for attempt, mine in groupby(rows, key=attrgetter("attempt_id"))}
