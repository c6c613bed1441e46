"""An instructor's word over that of grading: one finding, with a reason, and the way back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.audit import service as audit
from training.errors import Conflict, Refused
from training.grading.judge import Verdict
from training.labs.models import Finding, Judgement
from training.labs.service.attempts import Case
from training.marking.service import judgements, scope
from training.marking.service.judgements import Stood
from training.sentence import phrase


def override(
    session: Session, case: Case, finding: Finding, credit: float, reason: str, seen: int, by: UUID, now: datetime
) -> Judgement:
    """Give a finding another credit. The attempt's row is locked by the caller; repeating a request changes nothing.

    Args:
        session: the caller's unit of work.
        case: the attempt that the finding belongs to.
        finding: what is judged.
        credit: 0 to 1.
        reason: why; the trainee reads it.
        seen: number of the judgement that the page showed as the newest, 0 for the finding's own verdict.
        by: the instructor.
        now: when.

    Raises:
        Refused: no reason, a credit out of range, it is the instructor's own work, or the finding was never judged and
            a later one of the question was.
        Conflict: another judgement was made since the page was opened, or the rules in force have no such question.
    """
    reason, credit = judgements.reason_of(reason), judgements.share_of(credit)
    judgements.not_own(case.attempt, by)
    newest = judgements.chain(finding)[-1]
    if _same(newest, "override", credit, reason, by):
        return newest.judgement  # type: ignore[return-value]  # `_same` has looked
    _nothing_since(newest, seen)
    _takes_no_place(session, finding)
    question = judgements.question_of(session, case, finding)
    verdict = judgements.decided(question, finding, judgements.before(session, finding), credit, reason)
    made = judgements.write(finding, "override", verdict, reason, by, None, now)
    _report(session, "override.made", made, newest, by, now)
    return made


def withdraw(
    session: Session,
    case: Case,
    finding: Finding,
    reason: str,
    seen: int,
    by: UUID,
    sources: scope.Sources,
    now: datetime,
) -> Judgement:
    """Take an override back: what stood before it stands again, judged by the rules that are in force now.

    Raises:
        Refused: no reason, or it is the instructor's own work.
        Conflict: what stands is no override, or another judgement was made since the page was opened.
    """
    reason = judgements.reason_of(reason)
    judgements.not_own(case.attempt, by)
    newest = judgements.chain(finding)[-1]
    if newest.withdraws and newest.seq == seen + 1 and _by(newest) == (reason, by):
        return newest.judgement  # type: ignore[return-value]  # the finding's own verdict withdraws nothing
    _nothing_since(newest, seen)
    if newest.below is None:
        raise Conflict(phrase("What stands is no override, so there is nothing to withdraw."))
    origin, version, verdict = _restored(session, case, finding, newest.below, sources)
    made = judgements.write(finding, origin, verdict, reason, by, version, now, withdraws=newest)
    _report(session, "override.withdrawn", made, newest, by, now)
    return made


def overridden(newest: Stood) -> bool:
    """Whether what stands is an override that can be withdrawn."""
    return newest.below is not None


def _restored(
    session: Session, case: Case, finding: Finding, former: Stood, sources: scope.Sources
) -> tuple[str, UUID | None, Verdict]:
    """Origin, version and verdict of what stood before. What the program said is said again by the rules in force."""
    version = scope.newest(session, case.release.id, case.attempt.organisation_id)
    if former.by_hand or version is None:
        origin = former.judgement.origin if former.judgement and former.by_hand else "override"
        return origin, former.judgement.version_id if former.judgement else None, Verdict.model_validate(former.verdict)
    verdict = scope.judged_now(session, case, finding, sources)
    return "regrade", version.id, verdict or Verdict.model_validate(former.verdict)


def _same(newest: Stood, origin: str, credit: float, reason: str, by: UUID) -> bool:
    one = newest.judgement
    if one is None or newest.withdraws:
        return False
    return (one.origin, one.credit, one.reason, one.by) == (origin, credit, reason, by)


def _by(newest: Stood) -> tuple[str, UUID | None]:
    return (newest.judgement.reason, newest.judgement.by) if newest.judgement else ("", None)


def _takes_no_place(session: Session, finding: Finding) -> None:
    """Raises Refused where a finding that was never judged would push one that came later to a try that pays less."""
    if finding.current.judged:
        return
    of = {"attempt_id": finding.attempt_id, "question": finding.question}
    later = session.scalars(select(Finding).filter_by(**of).where(Finding.step > finding.step))
    judged = next((one for one in later if one.current.judged), None)
    if judged is not None:
        raise Refused(
            phrase(
                "Try %(n)s of this question is judged already. A verdict on an earlier finding would take its "
                "place among the tries, and points that were earned could fall. Override the later finding instead.",
                n=str(judged.try_no),
            )
        )


def _nothing_since(newest: Stood, seen: int) -> None:
    if newest.seq != seen:
        raise Conflict(
            phrase(
                "Somebody judged this finding since you opened the page; nothing was changed. "
                "Read what stands now, then decide again."
            )
        )


def _report(session: Session, act: str, made: Judgement, newest: Stood, by: UUID, now: datetime) -> None:
    session.flush()
    before = newest.verdict.get("credit", 0.0)
    details = {"finding": str(made.finding_id), "seq": made.seq, "from": before, "to": made.credit}
    audit.record(session, act=act, actor=by, subject=f"judgement:{made.id}", details=details, now=now)
