"""Where the questions of an attempt stand: findings by what counts of them now, hints, drafts, points."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from training.grading import credit
from training.grading.credit import Hinted, History, Standing, Tried
from training.grading.question import Question
from training.labs.models import Draft, Finding, HintTaken
from training.labs.service import rules
from training.labs.service.attempts import Case

OfQuestion = TypeVar("OfQuestion", Finding, HintTaken)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where one question of an attempt stands.

    Attributes:
        question: as it is judged now.
        findings, hints: in order.
        draft: what is typed and not submitted.
        standing: points and tries, by what counts of the findings now.
        told: whether the person of the attempt may see feedback and points.
    """

    question: Question
    findings: tuple[Finding, ...] = ()
    hints: tuple[HintTaken, ...] = ()
    draft: Draft | None = None
    standing: Standing = field(default=Standing(0.0, 0.0, 0, 0, 0.0))
    told: bool = True

    @property
    def solved(self) -> bool:
        """Whether a finding was judged wholly right, a proven loss among them. Nothing to show before `told`."""
        lost = any(one.current.verdict.get("lost") and one.current.verdict.get("solved") for one in self.findings)
        return self.standing.best >= 1.0 or lost

    @property
    def void(self) -> bool:
        """Whether it was withdrawn: the credit says nothing of right and wrong. Nothing to show before `told`."""
        return any(one.current.verdict.get("void") for one in self.findings)

    @property
    def settled(self) -> bool:
        """Whether the person of the attempt knows it to be solved."""
        return self.told and self.solved

    @property
    def last(self) -> Finding | None:
        """The newest finding."""
        return self.findings[-1] if self.findings else None

    @property
    def step(self) -> int:
        """Findings and hints so far: a page that shows fewer is out of date."""
        return len(self.findings) + len(self.hints)

    @property
    def waiting(self) -> int:
        """Findings after the last judged one, at which a marker has still to look."""
        behind = takewhile(lambda one: not one.current.judged, reversed(self.findings))
        return sum(1 for _ in behind)

    @property
    def tries_left(self) -> int:
        """Tries that are left, those set aside that findings will spend which a marker has still to look at."""
        return max(0, self.standing.tries_left - self.waiting)

    @property
    def hint_costs(self) -> float:
        """Points that the next hint takes of what the question is still worth, and so never more than that; 0 where
        none is left. Nothing to show before `told`.
        """
        following = self.question.hints[len(self.hints) :]
        if not following:
            return 0.0
        return round(min(following[0].price * self.question.points[0], self.standing.worth), 6)

    @property
    def awaited(self) -> float:
        """Points that a marker can still give for the last finding, at most: they are neither earned nor lost yet."""
        if self.last is None or self.last.current.judged:
            return 0.0
        judged = {one.id: one.current.credit for one in self.findings if one.current.judged}
        marked = history(self.findings, self.hints, {**judged, self.last.id: 1.0})
        return credit.standing(self.question.points, marked).points - self.standing.points


def progress_of(
    session: Session, cases: Sequence[Case], now: datetime | None = None
) -> dict[UUID, dict[str, Progress]]:
    """Where every question of attempts stands, by attempt and question, in the lab's order; in three queries.

    With a time, what a question is still worth is what a finding received then would add, late share and all, and what
    explains is told as it may be then.
    """
    ids = [case.attempt.id for case in cases]
    found = select(Finding).where(Finding.attempt_id.in_(ids)).order_by(Finding.try_no)
    # Judgements come in the same query: most findings have none.
    findings = session.scalars(found.options(joinedload(Finding.judgements))).unique().all()
    hints = session.scalars(select(HintTaken).where(HintTaken.attempt_id.in_(ids)).order_by(HintTaken.number)).all()
    drafts = session.scalars(select(Draft).where(Draft.attempt_id.in_(ids))).all()
    submitted, opened = _by_question(findings), _by_question(hints)
    typed = {(one.attempt_id, one.question): one for one in drafts}
    made: dict[UUID, dict[str, Progress]] = {}
    for case in cases:
        mine = made.setdefault(case.attempt.id, {})
        for question in rules.of(session, case).questions:
            at = (case.attempt.id, question.id)
            tries, helped = tuple(submitted.get(at, ())), tuple(opened.get(at, ()))
            mine[question.id] = one_of(case, question, tries, helped, typed.get(at), now)
    return made


def one_of(
    case: Case,
    question: Question,
    findings: Sequence[Finding],
    hints: Sequence[HintTaken],
    draft: Draft | None = None,
    now: datetime | None = None,
) -> Progress:
    """Where one question stands, from its rows."""
    share = 1.0 if now is None else case.terms.share(now) or 0.0
    standing = credit.standing(question.points, history(findings, hints), share)
    told = case.terms.told if now is None else case.told(now)
    return Progress(question, tuple(findings), tuple(hints), draft, standing, told)


def progress(session: Session, case: Case, question: Question) -> Progress:
    """Where one question stands. Raises Conflict where it is not asked any more."""
    return progress_of_all(session, case)[rules.of(session, case).asked(question.id).id]


def progress_of_all(session: Session, case: Case, now: datetime | None = None) -> dict[str, Progress]:
    """Where every question of an attempt stands, by its id, in the lab's order."""
    return progress_of(session, [case], now)[case.attempt.id]


def at_hand(found: Mapping[str, Progress]) -> str:
    """The question that a workbench opens with where none is named: the first that can be worked on, else the first."""
    open_yet = (name for name, one in found.items() if not one.settled and one.tries_left)
    return next(open_yet, next(iter(found)))


def score(found: dict[str, Progress]) -> float:
    """Points earned in an attempt."""
    return sum(one.standing.points for one in found.values())


def total(found: dict[str, Progress]) -> float:
    """Points that the questions of an attempt are worth at first, as they are judged now."""
    return sum(one.question.points[0] for one in found.values())


def awaited(found: dict[str, Progress]) -> float:
    """Points of an attempt that wait for markers, at most."""
    return sum(one.awaited for one in found.values())


def history(
    findings: Sequence[Finding], hints: Sequence[HintTaken], credits_of: Mapping[UUID, float] | None = None
) -> History:
    """The tries and hints of a question in order of time, by what counts of each finding now.

    With `credits_of`, by those: a finding that has none there counts as one that is not judged.
    """
    if credits_of is None:
        credits_of = {one.id: one.current.credit for one in findings if one.current.judged}
    events: list[tuple[int, Tried | Hinted]] = [
        (one.step, Tried(credits_of[one.id], one.share)) for one in findings if one.id in credits_of
    ]
    events += [(one.step, Hinted(one.price)) for one in hints]
    return History(tuple(event for _, event in sorted(events, key=lambda pair: pair[0])))


def _by_question(rows: Iterable[OfQuestion]) -> dict[tuple[UUID, str], list[OfQuestion]]:
    found: dict[tuple[UUID, str], list[OfQuestion]] = {}
    for one in rows:
        found.setdefault((one.attempt_id, one.question), []).append(one)
    return found
