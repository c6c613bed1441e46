"""Findings: how one is read, submitted, judged and kept, and the hints that help towards it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, or_, select
from sqlalchemy.orm import Session, joinedload

from training.audit import service as audit
from training.errors import Conflict, Damaged, Refused, TooMany
from training.grading.judge import Confidence, State, Verdict, judge, understand
from training.grading.judge import Finding as Claim
from training.grading.question import Question
from training.grading.values.base import Unreadable, Value
from training.grading.values.reading import kind_of
from training.labs.models import Citation, Draft, Finding, HintTaken
from training.labs.service import notebook, proof, rules
from training.labs.service.attempts import Case, admit, still_open
from training.labs.service.notebook import OpenResult
from training.labs.service.progress import (
    Progress,
    awaited,
    history,
    one_of,
    progress,
    progress_of,
    progress_of_all,
    score,
    total,
)
from training.labs.service.rules import Rules
from training.sentence import counted, phrase
from training.store import new_id, put

__all__ = [
    "CONFIDENCES",
    "Claimed",
    "Progress",
    "Read",
    "Submitted",
    "awaited",
    "held",
    "keep_draft",
    "progress",
    "progress_of",
    "progress_of_all",
    "read",
    "score",
    "submit",
    "take_hint",
    "total",
]

LONGEST_REASONING = 4_000
MOST_CITED = 40
MOST_FINDINGS = 99
"""Findings of a question that the database allows."""
CONFIDENCES = tuple(str(one) for one in Confidence)

# Every submission passes these: they are made once.
_SUBMITTED = (
    select(Finding)
    .where(
        Finding.attempt_id == bindparam("attempt"),
        or_(Finding.question == bindparam("question"), Finding.request_key == bindparam("request_key")),
    )
    .order_by(Finding.try_no)
    .options(joinedload(Finding.judgements))
)
_HELPED = (
    select(HintTaken)
    .where(HintTaken.attempt_id == bindparam("attempt"), HintTaken.question == bindparam("question"))
    .order_by(HintTaken.number)
)
_PLACE = ("id", "number", "run_id", "row", "column", "material", "line")  # what is read of a citation that is judged
_CITED = select(*(Citation.__table__.c[name] for name in _PLACE)).where(
    Citation.attempt_id == bindparam("attempt"), Citation.number.in_(bindparam("numbers", expanding=True))
)
_DRAFT = cast("Table", Draft.__table__)
_UNDRAFTED = delete(_DRAFT).where(
    _DRAFT.c.attempt_id == bindparam("attempt"), _DRAFT.c.question == bindparam("question")
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a trainee typed for a question: the value, how sure they are, numbers of the citations that prove it.

    `bare` says that it is to be submitted although nothing is cited; `seen` is the step of the question that the page
    showed, None where it is not known; `reasoning` is kept for whoever marks or reads it, and never graded.
    """

    value: str
    confidence: str | None = None
    cited: tuple[int, ...] = ()
    bare: bool = False
    seen: int | None = None
    reasoning: str = ""


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

    There is none where the text could not be read, or where it could (`uncited`) and nothing is cited for it, or
    (`fault`, one sentence) what is cited can't be read.
    """

    finding: Finding | None
    read: Read
    repeated: bool = False
    uncited: bool = False
    fault: str = ""


def read(session: Session, case: Case, question: Question, text: str) -> Read:
    """How a text would be read, before anything is submitted. Says nothing about whether it is right."""
    return _read(rules.of(session, case), question, text)


def _read(ruled: Rules, question: Question, text: str) -> Read:
    try:
        return Read(understand(question, text, ruled.key(question.id)))
    except Unreadable as bad:
        return Read(None, bad.why, bad.expected, bad.example)


def keep_draft(session: Session, case: Case, question: Question, claimed: Claimed, now: datetime) -> Draft:
    """Keep what is typed for a question; the last text counts."""
    still_open(case, now)
    _within_limits(question, claimed)
    ids = [str(one.id) for one in _citations(session, case, claimed)]
    draft = session.get(Draft, (case.attempt.id, question.id))
    if draft is None:
        draft = Draft(attempt_id=case.attempt.id, question=question.id)
        session.add(draft)
    draft.value, draft.confidence, draft.citations, draft.updated_at = claimed.value, claimed.confidence, ids, now
    draft.reasoning = claimed.reasoning
    return draft


def held(session: Session, case: Case, question: Question) -> Claimed:
    """What the form of a question holds on a page opened anew: the draft, else the last finding unless it is right."""
    now = progress(session, case, question)
    source = now.draft or (None if now.settled else now.last)
    if source is None:
        return Claimed("")
    kept = notebook.every(session, case.attempt)
    cited = tuple(one.number for one in kept if one.dropped_at is None and str(one.id) in source.citations)
    return Claimed(source.value, source.confidence, cited, reasoning=source.reasoning if now.draft else "")


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
    and is kept as the draft; so is one without a citation where the question asks for proof or has a rubric,
    unless it is `bare`, and one whose cited evidence can't be read.

    Raises:
        Conflict: the attempt is closed, its time is up or the last date past, an examination of the lab is open, the
            request key was used for other content, the page was out of date, the last finding was exactly this, or
            the question is not asked any more.
        TooMany: no try is left.
        Refused: the text is too long, or cites too much.
    """
    ruled = rules.of(session, case)
    question = ruled.question(question.id) or question
    _within_limits(question, claimed)
    citations = _citations(session, case, claimed)
    before, seen = _before(session, case, question, request_key)
    if seen is not None:
        _same_content(seen, question, claimed, citations)
        return Submitted(seen, _read(ruled, question, claimed.value), repeated=True)
    ruled.asked(question.id)
    share = admit(case, now)
    _up_to_date(before, claimed)
    understood = _read(ruled, question, claimed.value)
    waits = partial(_waits, session, case, question, claimed, now, understood)
    if understood.value is None:
        return waits()
    _not_again(before, understood.value, citations)
    _try_left(before)
    if (question.proof or question.rubric) and not citations and not claimed.bare:
        return waits(uncited=True)
    try:
        proven = proof.cited(session, citations, *evidence)
    except Damaged as bad:
        return waits(fault=bad.message)
    verdict = judge(
        question,
        Claim(claimed.value, Confidence(claimed.confidence) if claimed.confidence else None),
        ruled.key(question.id),
        proven,
        history(before.findings, before.hints),
        share,
    )
    finding = _kept(case, question, claimed, citations, verdict, before)
    finding.request_key, finding.understood, finding.at, finding.share = request_key, understood.value.text, now, share
    put(session, finding)
    session.connection().execute(_UNDRAFTED, {"attempt": case.attempt.id, "question": question.id})
    _report(session, case, finding, now)
    return Submitted(finding, understood)


def _waits(
    session: Session, case: Case, question: Question, claimed: Claimed, now: datetime, understood: Read, **why: Any
) -> Submitted:
    """No finding, for this reason: what was typed is kept as the draft."""
    keep_draft(session, case, question, claimed, now)
    return Submitted(None, understood, **why)


def _before(session: Session, case: Case, question: Question, request_key: str) -> tuple[Progress, Finding | None]:
    """Where the question stands, and the finding that was made by the same request before, whatever it is about."""
    here = {"attempt": case.attempt.id, "question": question.id}
    rows = session.scalars(_SUBMITTED, {**here, "request_key": request_key}).unique().all()
    helped = session.scalars(_HELPED, here).all() if question.hints else []
    seen = next((one for one in rows if one.request_key == request_key), None)
    return one_of(case, question, [one for one in rows if one.question == question.id], helped), seen


def _kept(
    case: Case, question: Question, claimed: Claimed, citations: Sequence[Citation], verdict: Verdict, before: Progress
) -> Finding:
    return Finding(
        id=new_id(),
        attempt_id=case.attempt.id,
        question=question.id,
        try_no=len(before.findings) + 1,
        step=before.step + 1,
        value=claimed.value,
        confidence=claimed.confidence,
        reasoning=claimed.reasoning,
        citations=[str(one.id) for one in citations],
        verdict=verdict.model_dump(mode="json"),
        judged=verdict.state is State.JUDGED,
        credit=verdict.credit,
        points=verdict.points,
        judgements=[],
    )


def _report(session: Session, case: Case, finding: Finding, now: datetime) -> None:
    details = {
        "attempt": str(case.attempt.id),
        "question": finding.question,
        "try": finding.try_no,
        "judged": finding.judged,
        "credit": finding.credit,
        "share": finding.share,
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
        Conflict: the attempt is closed, or nothing is accepted any more.
    """
    before = progress(session, case, question)
    if 1 <= number <= len(before.hints):
        return before.hints[number - 1]
    admit(case, now)
    if not case.terms.hints:
        raise Refused(phrase("No hint can be opened here: the instructor has set this lab without hints."))
    if not 1 <= number <= len(question.hints):
        raise Refused(
            counted(
                "Question %(id)s has %(num)s hint; there is no hint %(hint)s.",
                "Question %(id)s has %(num)s hints; there is no hint %(hint)s.",
                len(question.hints),
                id=question.id,
                hint=str(number),
            )
        )
    if number != len(before.hints) + 1:
        raise Refused(phrase("Hint %(n)s opens after hint %(before)s.", n=str(number), before=str(number - 1)))
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


def unsure() -> str:
    """What is said where a confidence is none that there is."""
    return phrase("How sure you are is one of %(known)s.", known=", ".join(CONFIDENCES))


def _within_limits(question: Question, claimed: Claimed) -> None:
    longest = kind_of(question.spec).longest
    if len(claimed.value) > longest:
        why = phrase("The finding has %(n)s characters; at most %(most)s fit.", n=len(claimed.value), most=longest)
        raise Refused(why, field="value")
    if len(claimed.reasoning) > LONGEST_REASONING:
        n = len(claimed.reasoning)
        why = phrase("The reasoning has %(n)s characters; at most %(most)s fit.", n=n, most=LONGEST_REASONING)
        raise Refused(why, field="reasoning")
    if len(claimed.cited) > MOST_CITED:
        why = phrase("%(n)s places are cited; choose at most %(most)s.", n=len(claimed.cited), most=MOST_CITED)
        raise Refused(why, field="cited")
    if claimed.confidence not in {None, *CONFIDENCES}:
        raise Refused(unsure(), field="confidence")


def _citations(session: Session, case: Case, claimed: Claimed) -> list[Citation]:
    numbers = sorted(set(claimed.cited))
    if not numbers:
        return []
    found = session.connection().execute(_CITED, {"attempt": case.attempt.id, "numbers": numbers})
    rows = {one.number: cast("Citation", one) for one in found}
    return [rows.get(number) or notebook.get(session, case.attempt, number) for number in numbers]


def _same_content(seen: Finding, question: Question, claimed: Claimed, citations: Sequence[Citation]) -> None:
    now = (question.id, claimed.value, claimed.confidence, claimed.reasoning, [str(one.id) for one in citations])
    if now != (seen.question, seen.value, seen.confidence, seen.reasoning, seen.citations):
        raise Conflict(
            phrase(
                "This form was sent before with other content: '%(value)s' was submitted and judged. "
                "Your new text stands below and was not submitted. Submit it again to make it a new finding.",
                value=seen.value,
            )
        )


def _up_to_date(before: Progress, claimed: Claimed) -> None:
    if claimed.seen is not None and claimed.seen < before.step:
        raise Conflict(
            phrase(
                "This question has changed since you opened it (another tab?); nothing was submitted. "
                "Your text stands below. Read what is new, then submit it again."
            )
        )


def _try_left(before: Progress) -> None:
    """Findings that wait for a marker count too: each may turn out to spend a try."""
    if before.standing.tries_left == 0 or len(before.findings) >= MOST_FINDINGS:
        tries = len(before.question.points)
        raise TooMany(
            counted(
                "The only try of this question is spent. Nothing was submitted.",
                "All %(num)s tries of this question are spent. Nothing was submitted.",
                tries,
            )
        )
    if before.tries_left == 0:
        raise TooMany(phrase("The tries that are left are taken by findings that a marker has still to look at."))


def _not_again(before: Progress, value: Value, citations: Sequence[Citation]) -> None:
    last = before.last
    if last and (last.understood, last.citations) == (value.text, [str(one.id) for one in citations]):
        raise Conflict(phrase("You submitted exactly this at try %(n)s; nothing was spent.", n=str(last.try_no)))
