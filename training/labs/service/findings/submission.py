"""A finding is submitted: held against what stands in the attempt, judged, and kept with an event of the audit log.

Whoever else writes waits meanwhile, and a whole class may submit at once: rows are read and written as plain values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, delete, or_, select
from sqlalchemy.orm import Session

from training.audit import service as audit
from training.errors import Conflict, Damaged, TooMany
from training.grading.citations import Cited, CitedLine
from training.grading.judge import Confidence, State, Verdict, judge
from training.grading.judge import Finding as Claim
from training.grading.question import Question
from training.grading.values.base import Value
from training.labs.models import Citation, Draft, Finding, HintTaken, Judgement
from training.labs.service import activity, own_keys, proof, rules
from training.labs.service.activity import Act
from training.labs.service.attempts import Case, admit
from training.labs.service.findings.claims import Claimed, Read, citations, understood, within_limits
from training.labs.service.findings.drafts import keep_draft
from training.labs.service.notebook import OpenResult
from training.labs.service.progress import Progress, history, one_of
from training.labs.service.rules import Rules
from training.sentence import counted, phrase
from training.store import Plain, new_id

MOST_FINDINGS = 99
"""Findings of a question that the database allows."""

_FINDING, _JUDGEMENT, _HINT = Plain(Finding, more=("judgements",)), Plain(Judgement), Plain(HintTaken)
_finding, _judgement, _hint = _FINDING.table.c, _JUDGEMENT.table.c, _HINT.table.c
_draft = cast("Table", Draft.__table__)

# Every submission passes these: they are made once.
_SUBMITTED = (
    select(*_FINDING.columns, *_JUDGEMENT.columns)
    .join_from(_FINDING.table, _JUDGEMENT.table, _judgement.finding_id == _finding.id, isouter=True)
    .where(
        _finding.attempt_id == bindparam("attempt_id"),
        or_(_finding.question == bindparam("question"), _finding.request_key == bindparam("request_key")),
    )
    .order_by(_finding.try_no, _judgement.seq)
)
_HELPED = (
    select(*_HINT.columns)
    .where(_hint.attempt_id == bindparam("attempt_id"), _hint.question == bindparam("question"))
    .order_by(_hint.number)
)
_UNDRAFTED = delete(_draft).where(
    _draft.c.attempt_id == bindparam("attempt_id"), _draft.c.question == bindparam("question")
)


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
    within_limits(question, claimed)
    cited = citations(session, case, claimed)
    before, seen = _before(session, case, question, request_key)
    read = understood(ruled, question, claimed.value)
    if seen is not None:
        _same_content(seen, question, claimed, cited)
        return Submitted(seen, read, repeated=True)
    ruled.asked(question.id)
    share = admit(case, now)
    _up_to_date(before, claimed)
    waits = partial(_waits, session, case, question, claimed, now, read)
    if read.value is None:
        return waits()
    if question.key is not None and (why := own_keys.awaited(session, case)):
        return waits(fault=why)
    _not_again(before, read.value, cited)
    _try_left(before)
    if (question.proof or question.rubric) and not cited and not claimed.bare:
        return waits(uncited=True)
    try:
        proven = proof.cited(session, cited, *evidence)
    except Damaged as bad:
        return waits(fault=bad.message)
    verdict = _verdict(ruled, claimed, proven, before, share)
    given = {"request_key": request_key, "understood": read.value.text, "share": share, "at": now}
    finding = _keep(session, case, before, claimed, cited, verdict, given)
    _report(session, case, finding)
    return Submitted(finding, read)


def _waits(
    session: Session, case: Case, question: Question, claimed: Claimed, now: datetime, read: Read, **why: Any
) -> Submitted:
    """No finding, for this reason: what was typed is kept as the draft."""
    keep_draft(session, case, question, claimed, now)
    return Submitted(None, read, **why)


def _before(session: Session, case: Case, question: Question, request_key: str) -> tuple[Progress, Finding | None]:
    """Where the question stands, and the finding that was made by the same request before, whatever it is about."""
    here = {"attempt_id": case.attempt.id, "question": question.id}
    connection = session.connection()
    found: dict[UUID, Finding] = {}
    for row in connection.execute(_SUBMITTED, {**here, "request_key": request_key}):
        values = iter(row)
        read = _FINDING.take(values, [])
        one = found.setdefault(read.id, read)
        if judgement := _JUDGEMENT.maybe(values):
            one.judgements.append(judgement)
    helped = [_HINT.take(iter(row)) for row in connection.execute(_HELPED, here)] if question.hints else []
    seen = next((one for one in found.values() if one.request_key == request_key), None)
    return one_of(case, question, [one for one in found.values() if one.question == question.id], helped), seen


def _verdict(
    ruled: Rules, claimed: Claimed, proven: Sequence[Cited | CitedLine], before: Progress, share: float
) -> Verdict:
    question = before.question
    claim = Claim(claimed.value, Confidence(claimed.confidence) if claimed.confidence else None)
    return judge(question, claim, ruled.key(question.id), proven, history(before.findings, before.hints), share)


def _keep(
    session: Session,
    case: Case,
    before: Progress,
    claimed: Claimed,
    cited: Sequence[Citation],
    verdict: Verdict,
    given: Mapping[str, object],
) -> Finding:
    """Keep a finding, in the place of what was typed for the question so far."""
    here = {"attempt_id": case.attempt.id, "question": before.question.id}
    session.connection().execute(_UNDRAFTED, here)
    return _FINDING.put(
        session,
        id=new_id(),
        try_no=len(before.findings) + 1,
        step=before.step + 1,
        value=claimed.value,
        confidence=claimed.confidence,
        reasoning=claimed.reasoning,
        citations=[str(one.id) for one in cited],
        verdict=verdict.model_dump(mode="json"),
        judged=verdict.state is State.JUDGED,
        credit=verdict.credit,
        points=verdict.points,
        judgements=[],
        **here,
        **given,
    )


def _report(session: Session, case: Case, finding: Finding) -> None:
    """Note in the audit log that a finding was submitted, and tell whoever watches the room."""
    details = {
        "attempt": str(case.attempt.id),
        "question": finding.question,
        "try": finding.try_no,
        "judged": finding.judged,
        "credit": finding.credit,
        "share": finding.share,
    }
    subject, actor = f"finding:{finding.id}", case.attempt.person_id
    audit.record(session, act="finding.submitted", actor=actor, subject=subject, details=details, now=finding.at)
    activity.told(session, case.terms.assignment, actor, _act(finding), finding.at)


def _act(finding: Finding) -> Act:
    """What a finding means for whoever watches the room."""
    if not finding.judged:
        return Act.OTHER
    return Act.RIGHT if finding.credit >= 1 else Act.PARTLY if finding.credit > 0 else Act.WRONG


def _same_content(seen: Finding, question: Question, claimed: Claimed, cited: Sequence[Citation]) -> None:
    now = (question.id, claimed.value, claimed.confidence, claimed.reasoning, [str(one.id) for one in cited])
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


def _not_again(before: Progress, value: Value, cited: Sequence[Citation]) -> None:
    last = before.last
    if last and (last.understood, last.citations) == (value.text, [str(one.id) for one in cited]):
        raise Conflict(phrase("You submitted exactly this at try %(n)s; nothing was spent.", n=str(last.try_no)))
