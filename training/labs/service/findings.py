"""Findings: how one is read, submitted, judged and counted, and the hints that help towards it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.audit import service as audit
from training.errors import Conflict, Refused, TooMany
from training.grading import credit
from training.grading.citations import Cited, CitedLine
from training.grading.credit import Hinted, History, Standing, Tried
from training.grading.judge import Confidence, State, Verdict, judge, understand
from training.grading.judge import Finding as Claim
from training.grading.question import Question
from training.grading.sealed import SealedKey
from training.grading.values.base import Unreadable, Value
from training.labs.models import Citation, Draft, Finding, HintTaken
from training.labs.service import notebook
from training.labs.service.attempts import Case, still_open
from training.labs.service.notebook import OpenResult, Place

OfQuestion = TypeVar("OfQuestion", Finding, HintTaken)
LONGEST = 2_000
MOST_CITED = 40
CONFIDENCES = tuple(str(one) for one in Confidence)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a trainee typed for a question: the value, how sure they are, numbers of the citations that prove it.

    `bare` says that it is to be submitted although nothing is cited; `seen` is the step of the question that the page
    showed, None where it is not known.
    """

    value: str
    confidence: str | None = None
    cited: tuple[int, ...] = ()
    bare: bool = False
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """How a typed value was read: as a value with notes, or not at all, with the form that is expected."""

    value: Value | None
    why: str = ""
    expected: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class Submitted:
    """The outcome: a finding, or none, and then no try was spent and the draft is kept.

    There is none where the text could not be read, or where it could (`uncited`) and nothing is cited for it.
    """

    finding: Finding | None
    read: Read
    repeated: bool = False
    uncited: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """Where one question of an attempt stands."""

    question: Question
    findings: tuple[Finding, ...] = ()
    hints: tuple[HintTaken, ...] = ()
    draft: Draft | None = None
    standing: Standing = field(default=Standing(0.0, 0.0, 0, 0, 0.0))

    @property
    def solved(self) -> bool:
        """Whether a finding was judged wholly right."""
        return self.standing.best >= 1.0

    @property
    def last(self) -> Finding | None:
        """The newest finding."""
        return self.findings[-1] if self.findings else None

    @property
    def step(self) -> int:
        """Findings and hints so far: a page that shows fewer is out of date."""
        return len(self.findings) + len(self.hints)


def read(case: Case, question: Question, text: str) -> Read:
    """How a text would be read, before anything is submitted. Says nothing about whether it is right."""
    try:
        return Read(understand(question, text, _key(case, question)))
    except Unreadable as bad:
        return Read(None, bad.why, bad.expected, bad.example)


def keep_draft(session: Session, case: Case, question: Question, claimed: Claimed, now: datetime) -> Draft:
    """Keep what is typed for a question; the last text counts."""
    still_open(case.attempt)
    _within_limits(claimed)
    ids = [str(one.id) for one in _citations(session, case, claimed)]
    draft = session.get(Draft, (case.attempt.id, question.id))
    if draft is None:
        draft = Draft(attempt_id=case.attempt.id, question=question.id)
        session.add(draft)
    draft.value, draft.confidence, draft.citations, draft.updated_at = claimed.value, claimed.confidence, ids, now
    return draft


def submit(
    session: Session,
    case: Case,
    question: Question,
    claimed: Claimed,
    request_key: str,
    evidence: tuple[OpenResult, Sequence[str]],
    now: datetime,
) -> Submitted:
    """Keep a finding and judge it, in one transaction. The attempt's row is locked by the caller.

    The same request key with the same content always gives the same finding. A text that can't be read spends no try
    and is kept as the draft; so is one without a citation where the question asks for proof, unless it is `bare`.

    Raises:
        Conflict: the attempt is closed, the request key was used for other content, the page was out of date, or the
            last finding was exactly this.
        TooMany: no try is left.
        Refused: the text is too long, or cites too much.
    """
    _within_limits(claimed)
    citations = _citations(session, case, claimed)
    seen = session.scalars(select(Finding).filter_by(attempt_id=case.attempt.id, request_key=request_key)).first()
    if seen is not None:
        _same_content(seen, question, claimed, citations)
        return Submitted(seen, read(case, question, claimed.value), repeated=True)
    still_open(case.attempt)
    before = progress(session, case, question)
    _up_to_date(before, claimed)
    understood = read(case, question, claimed.value)
    if understood.value is None:
        keep_draft(session, case, question, claimed, now)
        return Submitted(None, understood)
    _not_again(before, understood.value, citations)
    if before.standing.tries_left == 0 or len(before.findings) >= 99:  # noqa: PLR2004 - what the database allows
        raise TooMany(f"All {len(question.points)} tries of this question are spent. Nothing was submitted.")
    if question.proof and not citations and not claimed.bare:
        keep_draft(session, case, question, claimed, now)
        return Submitted(None, understood, uncited=True)
    verdict = judge(
        question,
        Claim(claimed.value, Confidence(claimed.confidence) if claimed.confidence else None),
        _key(case, question),
        _cited(notebook.places(session, citations, *evidence)),
        _history(before.findings, before.hints),
    )
    finding = _kept(case, question, claimed, citations, verdict, before)
    finding.request_key, finding.understood, finding.at = request_key, understood.value.text, now
    session.add(finding)
    session.flush()
    _tidy(session, case, question)
    _report(session, case, finding, now)
    return Submitted(finding, understood)


def _kept(
    case: Case, question: Question, claimed: Claimed, citations: Sequence[Citation], verdict: Verdict, before: Progress
) -> Finding:
    return Finding(
        attempt_id=case.attempt.id,
        question=question.id,
        try_no=len(before.findings) + 1,
        step=before.step + 1,
        value=claimed.value,
        confidence=claimed.confidence,
        citations=[str(one.id) for one in citations],
        verdict=verdict.model_dump(mode="json"),
        judged=verdict.state is State.JUDGED,
        credit=verdict.credit,
        points=verdict.points,
    )


def _tidy(session: Session, case: Case, question: Question) -> None:
    draft = session.get(Draft, (case.attempt.id, question.id))
    if draft is not None:
        session.delete(draft)


def _report(session: Session, case: Case, finding: Finding, now: datetime) -> None:
    details = {
        "attempt": str(case.attempt.id),
        "question": finding.question,
        "try": finding.try_no,
        "judged": finding.judged,
        "credit": finding.credit,
    }
    audit.record(
        session,
        act="finding.submitted",
        actor=case.attempt.person_id,
        subject=f"finding:{finding.id}",
        details=details,
        now=now,
    )


def take_hint(session: Session, case: Case, question: Question, number: int, now: datetime) -> HintTaken:
    """Open a hint at the price that its button shows. Opening it again costs nothing; hints open in order.

    Raises:
        NotThere or Refused: the question has no such hint, or the one before it is still closed.
        Conflict: the attempt is closed.
    """
    before = progress(session, case, question)
    if 1 <= number <= len(before.hints):
        return before.hints[number - 1]
    still_open(case.attempt)
    if not 1 <= number <= len(question.hints):
        raise Refused(f"Question {question.id} has {len(question.hints)} hints; there is no hint {number}.")
    if number != len(before.hints) + 1:
        raise Refused(f"Hint {number} opens after hint {number - 1}.")
    taken = HintTaken(
        attempt_id=case.attempt.id,
        question=question.id,
        number=number,
        step=before.step + 1,
        price=question.hints[number - 1].price,
        at=now,
    )
    session.add(taken)
    session.flush()
    details = {"question": question.id, "hint": number, "price": taken.price}
    subject = f"attempt:{case.attempt.id}"
    audit.record(session, act="hint.opened", actor=case.attempt.person_id, subject=subject, details=details, now=now)
    return taken


def progress(session: Session, case: Case, question: Question) -> Progress:
    """Where one question stands."""
    return progress_of_all(session, case)[question.id]


def progress_of_all(session: Session, case: Case) -> dict[str, Progress]:
    """Where every question of an attempt stands, by its id, in the lab's order."""
    return progress_of(session, [case])[case.attempt.id]


def progress_of(session: Session, cases: Sequence[Case]) -> dict[UUID, dict[str, Progress]]:
    """The same for several attempts, by their ids, in three queries."""
    ids = [case.attempt.id for case in cases]
    findings = session.scalars(select(Finding).where(Finding.attempt_id.in_(ids)).order_by(Finding.try_no)).all()
    hints = session.scalars(select(HintTaken).where(HintTaken.attempt_id.in_(ids)).order_by(HintTaken.number)).all()
    drafts = session.scalars(select(Draft).where(Draft.attempt_id.in_(ids))).all()
    submitted, opened = _by_question(findings), _by_question(hints)
    typed = {(one.attempt_id, one.question): one for one in drafts}
    found: dict[UUID, dict[str, Progress]] = {}
    for case in cases:
        mine = found.setdefault(case.attempt.id, {})
        for question in case.lab.questions:
            at = (case.attempt.id, question.id)
            tries, helped = tuple(submitted.get(at, ())), tuple(opened.get(at, ()))
            standing = credit.standing(question.points, _history(tries, helped))
            mine[question.id] = Progress(question, tries, helped, typed.get(at), standing)
    return found


def _by_question(rows: Iterable[OfQuestion]) -> dict[tuple[UUID, str], list[OfQuestion]]:
    found: dict[tuple[UUID, str], list[OfQuestion]] = {}
    for one in rows:
        found.setdefault((one.attempt_id, one.question), []).append(one)
    return found


def score(found: dict[str, Progress]) -> float:
    """Points earned in an attempt."""
    return sum(one.standing.points for one in found.values())


def _history(findings: Sequence[Finding], hints: Sequence[HintTaken]) -> History:
    events: list[tuple[int, Tried | Hinted]] = [(one.step, Tried(one.credit)) for one in findings if one.judged]
    events += [(one.step, Hinted(one.price)) for one in hints]
    return History(tuple(event for _, event in sorted(events, key=lambda pair: pair[0])))


def _key(case: Case, question: Question) -> SealedKey | None:
    return case.lab.key(case.exhibit.name, case.exhibit.sha256, question.id)


def _within_limits(claimed: Claimed) -> None:
    if len(claimed.value) > LONGEST:
        raise Refused(f"The finding has {len(claimed.value):,} characters; at most {LONGEST:,} fit.", field="value")
    if len(claimed.cited) > MOST_CITED:
        raise Refused(f"{len(claimed.cited)} places are cited; choose at most {MOST_CITED}.", field="cited")
    if claimed.confidence not in {None, *CONFIDENCES}:
        raise Refused(f"How sure you are is one of {', '.join(CONFIDENCES)}.", field="confidence")


def _citations(session: Session, case: Case, claimed: Claimed) -> list[Citation]:
    return [notebook.get(session, case.attempt, number) for number in sorted(set(claimed.cited))]


def _same_content(seen: Finding, question: Question, claimed: Claimed, citations: Sequence[Citation]) -> None:
    now = (question.id, claimed.value, claimed.confidence, [str(one.id) for one in citations])
    if now != (seen.question, seen.value, seen.confidence, seen.citations):
        raise Conflict(
            f"This form was sent before with other content: '{seen.value}' was submitted and judged. "
            "Your new text stands below and was not submitted. Submit it again to make it a new finding."
        )


def _up_to_date(before: Progress, claimed: Claimed) -> None:
    if claimed.seen is not None and claimed.seen < before.step:
        raise Conflict(
            "This question has changed since you opened it (another tab?); nothing was submitted. "
            "Your text stands below. Read what is new, then submit it again."
        )


def _not_again(before: Progress, value: Value, citations: Sequence[Citation]) -> None:
    last = before.last
    if last and (last.understood, last.citations) == (value.text, [str(one.id) for one in citations]):
        raise Conflict(f"You submitted exactly this at try {last.try_no}; nothing was spent.")


def _cited(places: Sequence[Place]) -> list[Cited | CitedLine]:
    """Citations in grading's terms. Only complete runs can be cited, and a row that can't be read supports nothing."""
    return [
        CitedLine(place.citation.material, place.citation.line or 0, place.text)
        if place.citation.material
        else Cited(place.plugin, "complete", place.cells, place.citation.column or None)
        for place in places
        if place.fault is None
    ]
